package chargeback

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"
	"strings"
)

// rowsBetweenLooks is how many rows are decoded between two looks whether ctx has ended.
const rowsBetweenLooks = 4096

// A kept is a table of a warehouse in an archive.
type kept[T Row] struct {
	table[T]
	store  Store
	format Format
	folder string // of the table
}

func keptOf[T Row](a Archive, warehouse string) (kept[T], error) {
	k := kept[T]{table: tableOf[T](), store: a.Store, format: a.format()}
	if k.store == nil {
		return k, errNoStore
	}
	folder, err := folderOf(warehouse)
	k.folder = folder + "/" + string(k.name)
	return k, err
}

// Read returns the rows of a warehouse, given by its key, whose time is in an interval, in
// the order of time and key. The time is Start of minutes and scalings, End of queries,
// transactions and scans, and Taken of the others. It holds the rows of one object at a
// time, which are those of an hour or a day.
//
// An object that cannot be read, and one that does not belong there, ends the rows with an
// error that names it, and the row. No rows is no error: [Archive.Coverage] tells what was
// harvested.
func Read[T Row](ctx context.Context, a Archive, warehouse string, in Interval) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		k, err := keptOf[T](a, warehouse)
		if err == nil && in.To.Before(in.From) {
			err = fmt.Errorf("an interval from %s to %s", in.From, in.To)
		}
		if err == nil {
			err = k.read(ctx, in, func(row T) bool { return yield(row, nil) })
		}
		if err != nil {
			yield(*new(T), fmt.Errorf("chargeback: reading %s of %s: %w", k.name, warehouse, err))
		}
	}
}

// read hands over the rows of an interval until it is told to stop.
func (k kept[T]) read(ctx context.Context, in Interval, hand func(T) bool) error {
	if !in.From.Before(in.To) {
		return nil
	}
	for name, err := range k.store.List(ctx, listPrefix(k.folder, in)) {
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, "/") { // what the console makes of a folder
			continue
		}
		o, err := parseObject(k.folder, k.format.Extension(), k.hourly, name)
		if err != nil {
			return err
		}
		if !o.in.overlaps(in) {
			continue
		}
		rows, _, err := k.get(ctx, o)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if in.contains(k.time(&row)) && !hand(row) {
				return nil
			}
		}
	}
	return nil
}

// get returns the rows of an object in order, and its version. An object that is not there
// has no rows and no version.
func (k kept[T]) get(ctx context.Context, o object) ([]T, string, error) {
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	body, version, err := k.store.Get(ctx, o.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	rows, err := k.decode(ctx, o, body)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", o.name, err)
	}
	return rows, version, nil
}

func (k kept[T]) decode(ctx context.Context, o object, body []byte) (all []T, err error) {
	columns, rows, err := k.format.Decode(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return nil, err
	}
	from, err := k.places(columns)
	if err != nil {
		return nil, err
	}
	for values, err := range rows {
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(all)+1, err)
		}
		if len(all)%rowsBetweenLooks == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		row, err := k.row(values, from)
		if err == nil && !o.in.contains(k.time(&row)) {
			err = fmt.Errorf("its time is %s", k.time(&row))
		}
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", len(all)+1, err)
		}
		all = append(all, k.normal(row))
	}
	if !slices.IsSortedFunc(all, k.compare) {
		slices.SortStableFunc(all, k.compare)
	}
	return all, k.checkDoubles(all)
}

// checkDoubles refuses rows with one key, which would be billed twice. They are next to each
// other if they have one time, as those that were copied.
func (k kept[T]) checkDoubles(sorted []T) error {
	for i := 1; i < len(sorted); i++ {
		if k.compare(sorted[i-1], sorted[i]) == 0 {
			key := k.key(&sorted[i])
			return fmt.Errorf("two rows have the key %v", key[:k.keys])
		}
	}
	return nil
}

// places returns where the columns of the table are among those of an object. Others are
// left out.
func (k kept[T]) places(columns []string) ([]int, error) {
	from := make([]int, len(k.column))
	for i, c := range k.column {
		if from[i] = slices.Index(columns, c.name); from[i] < 0 {
			return nil, fmt.Errorf("there is no column %s", c.name)
		}
	}
	return from, nil
}
