package rows

import (
	"context"
	"fmt"
	"io"
	"iter"
)

// Of returns a format whose files are tables that open reads, such as
// rows.Of(parquet.Open). A table that is an io.Closer is closed.
func Of[T Table](open func(io.ReaderAt, int64) (T, error)) Format { return tables[T]{open} }

type tables[T Table] struct {
	open func(io.ReaderAt, int64) (T, error)
}

func (f tables[T]) Records(ctx context.Context, in Input, from int64) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		if err := f.read(ctx, in, from, yield); err != nil {
			yield(Record{}, fmt.Errorf("rows: %s: %w", in.Name, err))
		}
	}
}

func (f tables[T]) read(ctx context.Context, in Input, from int64, yield func(Record, error) bool) error {
	if in.OpenAt == nil {
		return fmt.Errorf("cannot be read in any order, as its format must")
	}
	file, size, err := in.OpenAt(ctx)
	if err != nil {
		return err
	}
	defer file.Close()
	table, err := f.open(file, size)
	if err != nil {
		return err
	}
	if c, ok := any(table).(io.Closer); ok {
		defer c.Close()
	}
	columns := table.Columns()
	if err := checkColumns(columns); err != nil {
		return err
	}
	return rowsOf(ctx, table, columns, from, yield)
}

func rowsOf(ctx context.Context, table Table, columns []string, from int64, yield func(Record, error) bool) error {
	n := from
	for values, err := range table.Rows(from) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil && len(values) != len(columns) {
			err = fmt.Errorf("%d values for %d columns", len(values), len(columns))
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", n, err)
		}
		if !yield(Record{Number: n, Columns: columns, Values: values}, nil) {
			return nil
		}
		n++
	}
	return nil
}
