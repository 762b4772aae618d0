package parquet

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A column reads the values of a leaf in one row group, row by row.
type column struct {
	leaf  *node
	pages parquet.Pages
	page  parquet.Page
	from  parquet.ValueReader // of page

	buf    [128]parquet.Value
	ready  []parquet.Value // of buf, not yet used
	values []parquet.Value // of the row
	next   int             // of values
}

// open opens the values in row group i behind skip rows.
func (c *column) open(file *parquet.File, i int, skip int64) error {
	chunk := file.RowGroups()[i].ColumnChunks()[c.leaf.from]
	indexed := skip > 0 && usableIndex(file, chunk, &file.Metadata().RowGroups[i].Columns[c.leaf.from])
	c.pages = chunk.Pages()
	if indexed || c.leaf.rep == 0 {
		return c.pages.SeekToRow(skip)
	}
	for range skip { // a page may begin within a row, so that it cannot be sought
		if err := c.read(); err != nil {
			return err
		}
	}
	return nil
}

// usableIndex loads the index of pages, with which a row is found without reading
// those before it, if the file has it and it is sound.
func usableIndex(file *parquet.File, chunk parquet.ColumnChunk, meta *format.ColumnChunk) bool {
	const large = 64 << 20
	if meta.OffsetIndexOffset <= 0 || meta.OffsetIndexLength > large {
		return false
	}
	b := make([]byte, meta.OffsetIndexLength)
	if _, err := file.ReadAt(b, meta.OffsetIndexOffset); err != nil || !checkThrift(b) {
		return false
	}
	_, err := chunk.OffsetIndex()
	return err == nil
}

// read reads the values of the next row.
func (c *column) read() error {
	c.values, c.next = c.values[:0], 0
	for {
		if len(c.ready) == 0 {
			err := c.fill()
			if err == io.EOF && len(c.values) > 0 {
				return nil
			}
			if err != nil {
				return err
			}
		}
		for i := range c.ready {
			if len(c.values) > 0 && c.ready[i].RepetitionLevel() == 0 {
				c.ready = c.ready[i:]
				return nil
			}
			c.values = append(c.values, c.ready[i])
			if c.leaf.rep == 0 {
				c.ready = c.ready[i+1:]
				return nil
			}
		}
		c.ready = nil
	}
}

// fill reads more values. It returns io.EOF at the end of the row group.
func (c *column) fill() error {
	for {
		if c.from == nil {
			if err := c.nextPage(); err != nil {
				return err
			}
		}
		n, err := c.from.ReadValues(c.buf[:])
		if err != nil {
			c.from = nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		if n > 0 {
			c.ready = c.buf[:n]
			return nil
		}
	}
}

// nextPage goes on to the next page. Values of the row at hand that are of the last
// one are kept.
func (c *column) nextPage() error {
	for i := range c.values {
		c.values[i] = c.values[i].Clone()
	}
	c.release()
	page, err := c.pages.ReadPage()
	if err != nil {
		return err
	}
	c.page, c.from = page, page.Values()
	return nil
}

func (c *column) release() {
	if c.page != nil {
		parquet.Release(c.page)
		c.page = nil
	}
}

func (c *column) close() {
	c.release()
	if c.pages != nil {
		_ = c.pages.Close() // reading has ended
	}
}

// A group reads the rows of a row group.
type group struct {
	file   *File
	leaves []*column // by the number of the leaf; nil if it is not read
	row    []any
}

// openGroup opens the columns of row group i behind skip rows. What it returns must
// be closed also after an error.
func (f *File) openGroup(i int, skip int64) (r *group, err error) {
	defer catch(&err)
	chunks := f.file.RowGroups()[i].ColumnChunks()
	r = &group{file: f, leaves: make([]*column, len(chunks)), row: make([]any, len(f.columns))}
	for _, n := range f.columns {
		for _, leaf := range n.leaves() {
			c := &column{leaf: leaf}
			r.leaves[leaf.from] = c
			if err := c.open(f.file, i, skip); err != nil {
				return r, leaf.wrap(err)
			}
		}
	}
	return r, nil
}

func (n *node) wrap(err error) error {
	if err == io.EOF {
		err = errors.New("has too few values")
	}
	return fmt.Errorf("column %s: %w", quoted(n.path), err)
}

// next reads a row.
func (r *group) next() (row []any, err error) {
	defer catch(&err)
	for _, c := range r.leaves {
		if c != nil {
			if err := c.read(); err != nil {
				return nil, c.leaf.wrap(err)
			}
		}
	}
	for i, n := range r.file.columns {
		if r.row[i], err = r.field(n); err != nil {
			return nil, err
		}
	}
	for _, c := range r.leaves {
		if c != nil && c.next != len(c.values) {
			return nil, c.leaf.wrap(errLevels)
		}
	}
	return r.row, nil
}

// end checks that there are no more rows than the row group says.
func (r *group) end() (err error) {
	defer catch(&err)
	for _, c := range r.leaves {
		if c == nil {
			continue
		}
		switch err := c.read(); err {
		case io.EOF:
		case nil:
			return c.leaf.wrap(errors.New("has more values than its row group has rows"))
		default:
			return c.leaf.wrap(err)
		}
	}
	return nil
}

func (r *group) close() {
	if r == nil {
		return
	}
	for _, c := range r.leaves {
		if c != nil {
			c.close()
		}
	}
}
