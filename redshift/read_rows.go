package redshift

import (
	"context"
	"errors"
	"fmt"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A lookup is a statement that reads and what becomes of its rows.
type lookup struct {
	name       string
	sql        string
	parameters map[string]string
	keep       func(catalogRow)
}

// ask makes a lookup of a query.
func ask(q redshiftsql.Query, parameters map[string]string, keep func(catalogRow)) lookup {
	return lookup{name: q.Name, sql: q.SQL, parameters: parameters, keep: keep}
}

// lookUp runs lookups together, each by itself: one that is denied keeps no other from
// being read. What cannot be read is noted as unknown.
func (r *reader) lookUp(ctx context.Context, all []lookup) {
	statements := make([]Statement, len(all))
	for i, l := range all {
		statements[i] = Statement{SQL: l.sql, Parameters: l.parameters}
	}
	outcomes, err := r.conn.RunAll(ctx, statements, RunAllOptions{Mode: AutoCommit})
	for i, l := range all {
		switch {
		case i < len(outcomes) && outcomes[i].Result != nil:
			if err := l.read(ctx, outcomes[i].Result); err != nil {
				r.unknown(l.name, err)
			}
		case i < len(outcomes) && outcomes[i].Err != nil:
			r.unknown(l.name, outcomes[i].Err)
		default:
			r.unknown(l.name, err)
		}
	}
}

// read keeps all rows of a result, or none.
func (l lookup) read(ctx context.Context, result *Result) error {
	var rows []catalogRow
	var err error
	for row, failed := range result.Rows(ctx) {
		if failed != nil {
			return failed
		}
		rows = append(rows, catalogRow{row: row, err: &err})
	}
	for _, row := range rows {
		l.keep(row)
	}
	return err
}

// A catalogRow is a row of the catalog, where NULL is as good as nothing.
type catalogRow struct {
	row Row
	err *error // the first thing that is wrong with any row
}

func (r catalogRow) text(column string) string  { return valueOf[string](r, column) }
func (r catalogRow) flag(column string) bool    { return valueOf[bool](r, column) }
func (r catalogRow) number(column string) int64 { return valueOf[int64](r, column) }

func valueOf[T any](r catalogRow, column string) (value T) {
	got, err := r.row.Named(column)
	if err != nil || got == nil {
		*r.err = errors.Join(*r.err, err)
		return value
	}
	value, ok := got.(T)
	if !ok {
		*r.err = errors.Join(*r.err, fmt.Errorf("column %s is a %T, not a %T", column, got, value))
	}
	return value
}
