package parquet

import (
	"errors"
	"fmt"
	"io"
)

// A cell is a value of a leaf with its levels.
type cell struct {
	value    any
	rep, def int
}

// A column reads the values of a leaf in one row group, row by row.
type column struct {
	leaf  *node
	pages *pages
	page  *page
	left  int // values of page

	cells []cell // of the row
	next  int    // of cells
	ahead bool   // after is the first cell of the next row
	after cell
}

const (
	maxCells  = 1 << 24 // of a row, in all columns
	keptCells = 1 << 16 // for which a column keeps memory for the next row
)

// skip goes to row n.
func (c *column) skip(n int64, group int, f *File) error {
	if n == 0 {
		return nil
	}
	first, err := c.pages.skipTo(n, &f.meta.RowGroups[group].Columns[c.leaf.from])
	if err != nil {
		return err
	}
	for ; first < n; first++ {
		if err := c.read(maxCells); err != nil {
			return err
		}
	}
	return nil
}

// read reads the next row, of up to limit values if it is a list. It returns io.EOF at the end of the row group.
func (c *column) read(limit int) (err error) {
	if cap(c.cells) > keptCells {
		c.cells = nil
	}
	c.cells, c.next = c.cells[:0], 0
	if !c.ahead {
		if c.after, err = c.cell(); err != nil {
			return err
		}
	}
	c.ahead = false
	if c.after.rep != 0 {
		return errLevels
	}
	c.cells = append(c.cells, c.after)
	for c.leaf.rep > 0 {
		c.after, err = c.cell()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if c.after.rep == 0 {
			c.ahead = true
			return nil
		}
		if len(c.cells) >= limit {
			return errors.New("too many values in one row")
		}
		c.cells = append(c.cells, c.after)
	}
	return nil
}

// cell reads the next value.
func (c *column) cell() (v cell, err error) {
	for c.left == 0 {
		if c.page, err = c.pages.next(); err != nil {
			return v, err
		}
		c.left = c.page.n
	}
	c.left--
	if v.rep, err = level(c.page.reps, c.leaf.rep); err != nil {
		return v, err
	}
	if v.def, err = level(c.page.defs, c.leaf.def); err != nil || v.def < c.leaf.def {
		return v, err
	}
	if c.page.source == nil {
		v.value, err = c.pages.lookUp(c.page.indexes)
		return v, err
	}
	b, err := c.page.source.next()
	if err != nil {
		return v, err
	}
	v.value, err = c.leaf.value(b)
	return v, err
}

func level(h *hybrid, limit int) (int, error) {
	if h == nil {
		return 0, nil
	}
	n, err := h.next()
	if err == nil && int(n) > limit {
		err = errLevels
	}
	return int(n), err
}

func (p *pages) lookUp(indexes *hybrid) (any, error) {
	i, err := indexes.next()
	if err != nil {
		return nil, err
	}
	if int(i) >= len(p.dictionary) {
		return nil, fmt.Errorf("value %d of a dictionary of %d", i, len(p.dictionary))
	}
	return p.dictionary[i], nil
}

// A group reads the rows of a row group.
type group struct {
	file   *File
	leaves []*column // by the number of the leaf; nil if it is not read
	read   []*column // those that are
	row    []any
	limit  int // of the cells of a row
}

// openGroup opens the columns of row group i behind skip rows.
func (f *File) openGroup(i int, skip int64) (r *group, err error) {
	defer catch(&err)
	chunks := f.meta.RowGroups[i].Columns
	tools := new(decompressor)
	r = &group{file: f, leaves: make([]*column, len(chunks)), row: make([]any, len(f.columns)), limit: maxCells}
	for _, n := range f.columns {
		for _, leaf := range n.leaves() {
			c := &column{leaf: leaf, pages: newPages(leaf, f, &chunks[leaf.from], tools)}
			r.leaves[leaf.from] = c
			r.read = append(r.read, c)
			if err := c.skip(skip, i, f); err != nil {
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
	left := r.limit
	for _, c := range r.read {
		if err := c.read(left); err != nil {
			return nil, c.leaf.wrap(err)
		}
		left -= len(c.cells)
	}
	for i, n := range r.file.columns {
		if r.row[i], err = r.field(n); err != nil {
			return nil, err
		}
	}
	for _, c := range r.read {
		if c.next != len(c.cells) {
			return nil, c.leaf.wrap(errLevels)
		}
	}
	return r.row, nil
}

// end checks that there are no more rows than the row group says.
func (r *group) end() (err error) {
	defer catch(&err)
	for _, c := range r.read {
		switch err := c.read(r.limit); err {
		case io.EOF:
		case nil:
			return c.leaf.wrap(errors.New("has more values than its row group has rows"))
		default:
			return c.leaf.wrap(err)
		}
	}
	return nil
}
