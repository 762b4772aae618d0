package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

var usageColumns, usageColumnKinds = []string{"z", "n", "b", "a t"}, []string{"string", "int64", "bool", "timestamp"}

func rowsIn(rows ...[]any) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func TestUsage(t *testing.T) {
	at := time.Date(2026, 11, 1, 12, 0, 0, 1000, time.UTC)
	many := make([][]any, 5000)
	for i := range many {
		many[i] = []any{fmt.Sprint("user ", i%7), int64(i), i%3 == 0, at.Add(time.Duration(i) * time.Second)}
		if i%5 == 0 {
			many[i][i%4] = nil
		}
	}
	for name, rows := range map[string][][]any{
		"none":    nil,
		"one":     {{"a", int64(1), true, at}},
		"nil":     {{nil, nil, nil, nil}, {nil, nil, nil, nil}},
		"hostile": {{" \"a\",b\\N\r\n\x00\x1f\x7fé\u2028\ufffd", int64(math.MinInt64), false, time.Time{}}, {"", int64(math.MaxInt64), nil, at}, {strings.Repeat("x", 1e6), nil, true, nil}},
		"true":    slices.Repeat([][]any{{"same", int64(7), true, at}}, 3000),
		"many":    many,
	} {
		t.Run(name, func(t *testing.T) {
			var a, b bytes.Buffer
			for _, to := range []*bytes.Buffer{&a, &b} {
				if err := (Usage{}).Encode(to, usageColumns, usageColumnKinds, rowsIn(rows...)); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Error("the same rows make other bytes")
			}
			columns, read, err := Usage{}.Decode(bytes.NewReader(a.Bytes()), int64(a.Len()))
			if err != nil || !slices.Equal(columns, usageColumns) {
				t.Fatalf("got %q and %v", columns, err)
			}
			var got [][]any
			for row, err := range read {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, slices.Clone(row))
			}
			if !reflect.DeepEqual(got, rows) {
				t.Errorf("got %d rows, want %d: %.300v", len(got), len(rows), got)
			}
			f, err := parquet.OpenFile(bytes.NewReader(a.Bytes()), int64(a.Len()))
			if err != nil || f.NumRows() != int64(len(rows)) {
				t.Errorf("parquet-go: got %v rows and %v", f, err)
			}
		})
	}
}

// TestUsageGroups writes more rows than a row group has.
func TestUsageGroups(t *testing.T) {
	var b bytes.Buffer
	err := Usage{}.Encode(&b, []string{"n"}, []string{"int64"}, func(yield func([]any, error) bool) {
		for i := range usageGroup + 5 {
			if !yield([]any{int64(i)}, nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || len(f.meta.RowGroups) != 2 || f.NumRows() != usageGroup+5 {
		t.Fatalf("got %v and %v", f, err)
	}
	n := int64(0)
	for row, err := range f.Rows(0) {
		if err != nil || row[0] != n {
			t.Fatalf("row %d: got %v and %v", n, row, err)
		}
		n++
	}
}

func TestUsageRefuses(t *testing.T) {
	for _, test := range []struct {
		columns, kinds []string
		row            []any
		want           string
	}{
		{nil, nil, nil, "0 columns of 0 kinds"},
		{usageColumns, usageColumnKinds[:3], nil, "4 columns of 3 kinds"},
		{[]string{"a", "a"}, []string{"int64", "bool"}, nil, `"a" of column 2`},
		{[]string{""}, []string{"int64"}, nil, `"" of column 1`},
		{[]string{"a"}, []string{"float"}, nil, `no kind "float"`},
		{[]string{"a"}, []string{"int64"}, []any{int64(1), int64(2)}, "row 1: 2 values for 1 columns"},
		{[]string{"a"}, []string{"int64"}, []any{1}, "row 1: value 1: int is no value"},
		{[]string{"a"}, []string{"int64"}, []any{"1"}, "string is no value"},
		{[]string{"a"}, []string{"string"}, []any{"\xff"}, "no UTF-8"},
		{[]string{"a"}, []string{"string"}, []any{time.Time{}}, "time.Time is no value"},
	} {
		err := Usage{}.Encode(io.Discard, test.columns, test.kinds, rowsIn(test.row))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %v, want %q", test.row, err, test.want)
		}
	}
	enough := errors.New("enough")
	err := Usage{}.Encode(io.Discard, usageColumns, usageColumnKinds, func(yield func([]any, error) bool) { yield(nil, enough) })
	if !errors.Is(err, enough) {
		t.Errorf("got %v", err)
	}
	if _, _, err := (Usage{}).Decode(strings.NewReader("hello"), 5); err == nil {
		t.Error("text is read")
	}
}
