package rows_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

// A table has rows of one column, and an error behind them.
type table struct {
	columns []string
	values  [][]any
	err     error
	closed  *int
}

func (t table) Columns() []string { return t.columns }

func (t table) Rows(from int64) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for i := from; i < int64(len(t.values)); i++ {
			if !yield(t.values[i], nil) {
				return
			}
		}
		if t.err != nil {
			yield(nil, t.err)
		}
	}
}

func (t table) Close() error { *t.closed++; return nil }

type fileOf struct {
	*strings.Reader
	closed *int
}

func (f fileOf) Close() error { *f.closed++; return nil }

func TestOf(t *testing.T) {
	errTable := errors.New("page is damaged")
	values := [][]any{{int64(1), nil}, {"x", true}}
	ab := []string{"a", "b"}
	for _, test := range []struct {
		name  string
		table table
		from  int64
		want  string
		err   string
	}{
		{"all", table{columns: ab, values: values}, 0, "0@0 a=1 b=<nil>\n1@0 a=x b=true\n", ""},
		{"from", table{columns: ab, values: values}, 1, "1@0 a=x b=true\n", ""},
		{"broken", table{columns: ab, values: values, err: errTable}, 0, "0@0 a=1 b=<nil>\n1@0 a=x b=true\n", "rows: in: record 2: page is damaged"},
		{"too few values", table{columns: ab, values: [][]any{{1}}}, 0, "", "rows: in: record 0: 1 values for 2 columns"},
		{"names", table{columns: []string{"a", "a"}, values: values}, 0, "", "two columns"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var closedTable, closedFile int
			test.table.closed = &closedTable
			in := rows.Input{Name: "in", OpenAt: func(context.Context) (rows.File, int64, error) {
				return fileOf{strings.NewReader("content"), &closedFile}, 7, nil
			}}
			f := rows.Of(func(r io.ReaderAt, size int64) (table, error) {
				if _, ok := r.(fileOf); !ok || size != 7 {
					t.Errorf("opened with %T, %d", r, size)
				}
				return test.table, nil
			})
			got, err := read(t, f, in, test.from)
			if got != test.want || test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("got %q, %v, want %q, %q", got, err, test.want, test.err)
			}
			if closedTable != 1 || closedFile != 1 {
				t.Errorf("table closed %d times, file %d times", closedTable, closedFile)
			}
		})
	}
}

// TestOfErrors checks what cannot be opened.
func TestOfErrors(t *testing.T) {
	closed := 0
	refused := rows.Of(func(io.ReaderAt, int64) (table, error) { return table{}, errors.New("no Parquet") })
	file := func(context.Context) (rows.File, int64, error) {
		return fileOf{strings.NewReader(""), &closed}, 0, nil
	}
	denied := func(context.Context) (rows.File, int64, error) { return nil, 0, errors.New("denied") }
	for want, in := range map[string]rows.Input{
		"rows: in: cannot be read in any order": {Name: "in"},
		"rows: in: denied":                      {Name: "in", OpenAt: denied},
		"rows: in: no Parquet":                  {Name: "in", OpenAt: file},
	} {
		if _, err := read(t, refused, in, 0); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if closed != 1 {
		t.Errorf("the file was closed %d times", closed)
	}
	if _, err := read(t, rows.JSONLines(rows.JSONLinesOptions{}), rows.Input{Name: "in"}, 0); err == nil {
		t.Error("an input that cannot be opened was read")
	}
}
