package rows_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/awspatterns/awspatterns/rows"
)

// input is text as an Input.
func input(content string) rows.Input { return inputOf(strings.NewReader(content)) }

func inputOf(r io.Reader) rows.Input {
	return rows.Input{
		Name: "in",
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(r), nil },
	}
}

// read returns the records as text, one a line, and the error that ended them.
func read(t *testing.T, f rows.Format, in rows.Input, from int64) (string, error) {
	t.Helper()
	var out strings.Builder
	for r, err := range f.Records(t.Context(), in, from) {
		if err != nil {
			return out.String(), err
		}
		fmt.Fprintf(&out, "%d@%d ", r.Number, r.Line)
		switch {
		case r.Err != nil:
			fmt.Fprintf(&out, "%v: %q\n", r.Err, r.Raw)
		case r.JSON != nil:
			fmt.Fprintf(&out, "%s\n", r.JSON)
		default:
			out.WriteString(cells(r) + "\n")
		}
	}
	return out.String(), nil
}

func cells(r rows.Record) string {
	var all []string
	for i, column := range r.Columns {
		if r.Text == nil {
			all = append(all, fmt.Sprintf("%s=%v", column, r.Values[i]))
		} else if r.Text[i] == nil {
			all = append(all, column+"=NULL")
		} else {
			all = append(all, fmt.Sprintf("%s=%q", column, r.Text[i]))
		}
	}
	return strings.Join(all, " ")
}

type readTest struct {
	name   string
	format rows.Format
	text   string
	from   int64
	want   string // records, a line each
	err    string // in the error that ends reading
}

func (test readTest) run(t *testing.T) {
	t.Helper()
	t.Run(test.name, func(t *testing.T) {
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"at once":           func(r io.Reader) io.Reader { return r },
			"bytes":             iotest.OneByteReader,
			"data with the end": iotest.DataErrReader,
		} {
			got, err := read(t, test.format, inputOf(wrap(strings.NewReader(test.text))), test.from)
			if got != test.want {
				t.Errorf("%s:\ngot\n%s\nwant\n%s", name, got, test.want)
			}
			if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
				t.Errorf("%s: got error %v, want %q", name, err, test.err)
			}
		}
	})
}

var errBroken = errors.New("connection reset")

// TestBrokenInput checks that what was read whole is there, that what was read in part
// is not, and that the error tells where.
func TestBrokenInput(t *testing.T) {
	for _, test := range []struct {
		name   string
		format rows.Format
		text   string
	}{
		{"JSON lines", rows.JSONLines(rows.JSONLinesOptions{}), "{\"a\":1}\n{\"a\":2}\n{\"a\":3"},
		{"CSV", rows.CSV(rows.CSVOptions{}), "a,b\n1,2\n3,4\n5"},
		{"CSV in quotes", rows.CSV(rows.CSVOptions{}), "a,b\n1,2\n3,4\n\"5\n"},
		{"TSV", rows.TSV(rows.TSVOptions{}), "a\tb\n1\t2\n3\t4\n5"},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := inputOf(io.MultiReader(strings.NewReader(test.text), iotest.ErrReader(errBroken)))
			got, err := read(t, test.format, in, 0)
			if n := strings.Count(got, "\n"); n != 2 {
				t.Errorf("got %d records, want 2:\n%s", n, got)
			}
			want := fmt.Sprintf("rows: in: record 2, behind byte %d: connection reset", len(test.text))
			if !errors.Is(err, errBroken) || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
		})
	}
}

// TestCanceled checks that reading ends with ctx.
func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endless := inputOf(endlessLines{})
	n := 0
	for _, err := range rows.JSONLines(rows.JSONLinesOptions{}).Records(ctx, endless, 0) {
		if n++; n == 3 {
			cancel()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want that ctx was canceled", err)
		}
		if n > 1e6 {
			t.Fatal("reading goes on")
		}
	}
}

type endlessLines struct{}

func (endlessLines) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = "{}\n"[i%3]
	}
	return len(b) / 3 * 3, nil
}
