package distinct

import (
	"bufio"
	"cmp"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// files are sorted runs of keys on disk. As soon as there are fanIn runs of one
// level, they become one of the next, so that few files are open however many ids
// there are.
type files struct {
	dir    string
	levels [][]run
}

const (
	fanIn      = 64
	readBuffer = 64 << 10
)

// A run is a file of sorted keys.
type run struct {
	file *os.File
	name string // empty if the file is removed already
	keys int64
}

// write adds a run.
func (f *files) write(keys []key) error {
	r, err := f.create(func(put func(key) error) error {
		for _, k := range keys {
			if err := put(k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.add(0, r)
}

func (f *files) add(level int, r run) error {
	if level == len(f.levels) {
		f.levels = append(f.levels, nil)
	}
	f.levels[level] = append(f.levels[level], r)
	runs := f.levels[level]
	if len(runs) < fanIn {
		return nil
	}
	merged, err := f.create(func(put func(key) error) error { return mergeRuns(runs, nil, put) })
	if err != nil {
		return err
	}
	f.levels[level] = nil
	if err := closeRuns(runs); err != nil {
		return errors.Join(err, closeRuns([]run{merged}))
	}
	return f.add(level+1, merged)
}

// create makes a run of what fill puts into it, in order; what comes twice is left
// out. The file has no name where the system allows that, so that nothing remains of
// a process that is killed.
func (f *files) create(fill func(put func(key) error) error) (r run, err error) {
	file, err := os.CreateTemp(f.dir, "awspatterns-ids-*")
	if err != nil {
		return run{}, err
	}
	r = run{file: file}
	if os.Remove(file.Name()) != nil {
		r.name = file.Name()
	}
	w := bufio.NewWriterSize(file, readBuffer)
	var last key
	err = fill(func(k key) error {
		if r.keys > 0 && k == last {
			return nil
		}
		last = k
		r.keys++
		b := binary.BigEndian.AppendUint64(w.AvailableBuffer(), k.hi)
		_, err := w.Write(binary.BigEndian.AppendUint64(b, k.lo))
		return err
	})
	if err = cmp.Or(err, w.Flush()); err != nil {
		return run{}, errors.Join(fmt.Errorf("keep ids in %s: %w", file.Name(), err), closeRuns([]run{r}))
	}
	return r, nil
}

// merge calls each with all keys in order, those in memory among them. Those that
// are in several runs come several times.
func (f *files) merge(memory []key, each func(key)) error {
	var runs []run
	for _, level := range f.levels {
		runs = append(runs, level...)
	}
	return mergeRuns(runs, memory, func(k key) error { each(k); return nil })
}

func (f *files) close() error {
	var errs []error
	for _, level := range f.levels {
		errs = append(errs, closeRuns(level))
	}
	f.levels = nil
	return errors.Join(errs...)
}

func closeRuns(runs []run) error {
	var errs []error
	for _, r := range runs {
		errs = append(errs, r.file.Close())
		if r.name != "" {
			errs = append(errs, os.Remove(r.name))
		}
	}
	return errors.Join(errs...)
}

// mergeRuns calls each with the keys of runs and memory in order.
func mergeRuns(runs []run, memory []key, each func(key) error) error {
	cursors := cursors{{memory: memory}}
	for _, r := range runs {
		section := io.NewSectionReader(r.file, 0, r.keys*keySize)
		cursors = append(cursors, &cursor{name: r.file.Name(), r: bufio.NewReaderSize(section, readBuffer), left: r.keys})
	}
	open := cursors[:0]
	for _, c := range cursors {
		more, err := c.next()
		if err != nil {
			return err
		}
		if more {
			open = append(open, c)
		}
	}
	heap.Init(&open)
	for len(open) > 0 {
		if err := each(open[0].key); err != nil {
			return err
		}
		more, err := open[0].next()
		if err != nil {
			return err
		}
		if more {
			heap.Fix(&open, 0)
		} else {
			heap.Pop(&open)
		}
	}
	return nil
}

// A cursor reads a run, or what is in memory.
type cursor struct {
	key    key
	memory []key
	name   string
	r      *bufio.Reader
	left   int64
}

// next reads the next key.
func (c *cursor) next() (more bool, err error) {
	if len(c.memory) > 0 {
		c.key, c.memory = c.memory[0], c.memory[1:]
		return true, nil
	}
	if c.left == 0 {
		return false, nil
	}
	c.left--
	b, err := c.r.Peek(keySize)
	if err != nil {
		return false, fmt.Errorf("read ids of %s: %w", c.name, noEOF(err))
	}
	c.key = key{binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:])}
	_, err = c.r.Discard(keySize)
	return true, err
}

func noEOF(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

type cursors []*cursor

func (c cursors) Len() int           { return len(c) }
func (c cursors) Less(i, j int) bool { return compare(c[i].key, c[j].key) < 0 }
func (c cursors) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }
func (c *cursors) Push(x any)        { *c = append(*c, x.(*cursor)) }
func (c *cursors) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
