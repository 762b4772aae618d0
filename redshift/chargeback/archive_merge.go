package chargeback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Merged is what [Merge] wrote.
type Merged struct {
	Added   int // rows that were not there
	Changed int // rows that were there, with the same key and other values
	Objects int // that were written
}

// A Merge holds the rows of so many objects, and so many rows if they are not all of one
// object: rows come nearly in order of time.
const (
	mergeObjects = 8
	mergeRows    = 1 << 18
)

// conflictsMost is how often an object is read and written again if others write it too.
const conflictsMost = 10

// Merge writes rows of a warehouse, given by its key, into the archive. A row replaces the
// one with its key in the object of its time, so that rows may be merged again: those that
// are there already are not written. Several processes may merge at once.
//
// Rows may come in any order, best in that of time: it holds the rows of a few objects, and
// an object whose rows come back after those of many others is written again. After an error
// some objects are written, which Merged tells, and none in part: merge all rows again.
func Merge[T Row](ctx context.Context, a Archive, warehouse string, rows iter.Seq2[T, error]) (Merged, error) {
	k, err := keptOf[T](a, warehouse)
	m := merger[T]{kept: k}
	if err == nil {
		err = m.all(ctx, rows)
	}
	if err != nil {
		return m.done, fmt.Errorf("chargeback: merging %s of %s: %w", k.name, warehouse, err)
	}
	return m.done, nil
}

// A merger collects rows by object.
type merger[T Row] struct {
	kept[T]
	groups []*group[T] // the one that a row came for last is the last
	held   int         // rows of all groups
	done   Merged
}

// A group is the rows that are to be merged into an object.
type group[T Row] struct {
	object
	rows []T
}

func (m *merger[T]) all(ctx context.Context, rows iter.Seq2[T, error]) error {
	n := 0
	for row, err := range rows {
		if err != nil {
			return err
		}
		if n++; n%rowsBetweenLooks == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := m.add(ctx, m.normal(row)); err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
	}
	for len(m.groups) > 0 {
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// add puts a row into its group, and writes others if there are too many.
func (m *merger[T]) add(ctx context.Context, row T) error {
	at := m.time(&row)
	if err := checkTime(at); err != nil {
		return err
	}
	last := len(m.groups) - 1
	if last < 0 || !m.groups[last].in.contains(at) {
		m.open(at)
		last = len(m.groups) - 1
	}
	m.groups[last].rows = append(m.groups[last].rows, row)
	m.held++
	for len(m.groups) > mergeObjects || m.held > mergeRows && len(m.groups) > 1 {
		if err := m.flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// open makes the group of a time the last one.
func (m *merger[T]) open(at time.Time) {
	i := slices.IndexFunc(m.groups, func(g *group[T]) bool { return g.in.contains(at) })
	if i < 0 {
		m.groups = append(m.groups, &group[T]{object: objectOf(m.folder, m.format.Extension(), m.hourly, at)})
		return
	}
	g := m.groups[i]
	m.groups = append(slices.Delete(m.groups, i, i+1), g)
}

// flush writes the first group.
func (m *merger[T]) flush(ctx context.Context) error {
	g := m.groups[0]
	m.groups = m.groups[1:]
	m.held -= len(g.rows)
	return repeated(ctx, func() error { return m.write(ctx, g) })
}

// repeated does what it is given again while it meets others that write.
func repeated(ctx context.Context, write func() error) (err error) {
	for range conflictsMost {
		if err = write(); !errors.Is(err, ErrConflict) || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("%d times: %w", conflictsMost, err)
}

// write merges a group into its object as that is now.
func (m *merger[T]) write(ctx context.Context, g *group[T]) error {
	rows, version, err := m.get(ctx, g.object)
	if err != nil {
		return err
	}
	rows, added, changed := m.merge(rows, g.rows)
	if added+changed == 0 {
		return nil
	}
	body, err := m.encode(ctx, rows)
	if err == nil {
		err = m.store.Put(ctx, g.name, version, body)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", g.name, err)
	}
	m.done.Added += added
	m.done.Changed += changed
	m.done.Objects++
	return nil
}

// merge returns the rows with those of more, sorted. Of rows with one key the last counts.
func (k kept[T]) merge(rows, more []T) (all []T, added, changed int) {
	place := make(map[rowKey]int, len(rows)+len(more))
	for i := range rows {
		place[k.key(&rows[i])] = i
	}
	before := slices.Clone(rows)
	for _, row := range more {
		key := k.key(&row)
		if i, ok := place[key]; ok {
			rows[i] = row
			continue
		}
		place[key] = len(rows)
		rows = append(rows, row)
	}
	for i, row := range before {
		if rows[i] != row {
			changed++
		}
	}
	added = len(rows) - len(before)
	slices.SortFunc(rows, k.compare)
	return rows, added, changed
}

func (k kept[T]) encode(ctx context.Context, rows []T) ([]byte, error) {
	var b bytes.Buffer
	names, kinds := k.header()
	values := make([]any, len(names))
	err := k.format.Encode(&b, names, kinds, func(yield func([]any, error) bool) {
		for i := range rows {
			if i%rowsBetweenLooks == 0 && ctx.Err() != nil {
				yield(nil, context.Cause(ctx))
				return
			}
			k.values(&rows[i], values)
			if !yield(values, nil) {
				return
			}
		}
	})
	return b.Bytes(), err
}
