package vector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
)

// textInput is text as an input of records.
func textInput(text string) rows.Input {
	return rows.Input{Name: "in", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text)), nil
	}}
}

// recordsOf is a format whose records are given.
type recordsOf []rows.Record

func (f recordsOf) Records(context.Context, rows.Input, int64) iter.Seq2[rows.Record, error] {
	return func(yield func(rows.Record, error) bool) {
		for i, r := range f {
			r.Number = int64(i)
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestFromRowsJSON(t *testing.T) {
	inf := strings.Repeat("9", 50)
	tests := []struct {
		name, field, text string
		want              []float32
		err               string
	}{
		{"arrays", "", "[1, 2.5]\n\n [ -3e1 ,0.25 ] \r\n", []float32{1, 2.5, -30, 0.25}, ""},
		{"numbers", "", "[0,-0,0.0,1E2,1e+2,100e-2,12345678901234567890,1e-60]", []float32{0, 0, 0, 100, 100, 1, 12345678901234567890, 0}, ""},
		{"objects", "", `{"id": 1, "v": [1, 2], "tags": ["a"], "empty": [], "deep": {"v": [1]}}` + "\n" + `{"v":[3,4]}`, []float32{1, 2, 3, 4}, ""},
		{"named", "b", `{"a": [1], "b": [2]}` + "\n" + `{"b": [3], "a": [4]}`, []float32{2, 3}, ""},
		{"named with escapes", "a\"ü", `{"a\"\u00fc": [1], "\u0061": 2}`, []float32{1}, ""},
		{"mixed", "", "[1]\n{\"v\": [2]}\n[3]", []float32{1, 2, 3}, ""},
		{"ambiguous", "", `{"b": [1], "a": [2], "c": "x"}`, nil, `line 1: the fields ["a" "b"] hold arrays of numbers: name the one`},
		{"no array", "", `{"a": 1}`, nil, "no field holds an array of numbers"},
		{"other field", "v", `{"w": [1]}`, nil, `there is no field "v"`},
		{"later without", "", "{\"v\": [1]}\n{\"v\": [2]}\n{\"w\": [3]}\n{}", nil, `line 3: there is no field "v" (2 records have no vector that can be used)`},
		{"null", "", "{\"v\": [1]}\n{\"v\": null}", nil, `line 2: field "v": "null}" where an array of numbers should be`},
		{"null inside", "", "[1]\n[null]", nil, `line 2: "null]" where a number should be`},
		{"text", "", `["1"]`, nil, "where a number should be"},
		{"truth", "", `[true]`, nil, "where a number should be"},
		{"twice", "v", `{"v": [1], "v": [2]}`, nil, `field "v" is there twice`},
		{"dimensions", "", "[1, 2]\n[1]\n[1, 2]\n[1, 2, 3]", nil, "line 2: has 1 dimensions, the first vector 2 (2 records"},
		{"first dimension", "", "[" + strings.Repeat("1,", MaxDimension) + "1]", nil, "line 1: more than 16000 dimensions: a vector has 1 to 16000"},
		{"NaN", "", "[1, 2]\n[NaN, 1]\n[1, Infinity]\n[-Infinity, 1]", nil, "line 2: vector 1 has NaN as number 0: OpenSearch takes finite numbers only (3 records"},
		{"NaN in the first object", "", `{"id": 1, "v": [1, NaN]}`, nil, "line 1: vector 0 has NaN as number 1"},
		{"broken first object", "", `{"id": 1, "v": [1, 2}`, nil, `"[1, 2}" where a value should be`},
		{"cut off first object", "", `{"v": [1, 2`, nil, `"[1, 2" where a value should be`},
		{"beyond", "", "[1, " + inf + "]", nil, "line 1: vector 0 has +Inf as number 1"},
		{"empty", "", "", nil, "in: has no vectors"},
		{"blank", "", "\n \n", nil, "in: has no vectors"},
		{"empty array", "", "[]", nil, "is an empty array"},
		{"trailing comma", "", "[1,]", nil, "ends in a comma"},
		{"document", "", "[[1, 2], [3, 4]]", nil, "is an array of arrays: write one vector to a line"},
		{"several lines", "", "{\n\"v\": [1]\n}", nil, "line 1: "},
		{"cut off", "", "[1, 2]\n[1, ", nil, "line 2: ends where a number should be"},
		{"cut off object", "", "{\"v\": [1, 2]}\n{\"v\": [1, 2]", nil, "line 2: ends where a comma or } should be"},
		{"behind", "", "[1] 2", nil, `"2" where the end of the line should be`},
		{"behind an object", "v", `{"v": [1]} {}`, nil, `"{}" where the end`},
		{"no colon", "v", `{"v" [1]}`, nil, "where a colon should be"},
		{"no key", "v", `{v: [1]}`, nil, "a field in quotes"},
		{"other members are checked", "v", `{"v": [1], "w": 01}`, nil, "where a value should be"},
		{"zeros", "", "[01]", nil, "where a number should be"},
		{"plus", "", "[+1]", nil, "where a number should be"},
		{"point", "", "[1.]", nil, "where a number should be"},
		{"hexadecimal", "", "[0x1p2]", nil, "a comma or ]"},
		{"text line", "", "embedding", nil, "an array of numbers"},
		{"UTF-16", "", "\xff\xfe[\x001\x00", nil, "UTF-16"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			temp := t.TempDir()
			f, err := FromRows(t.Context(), rows.JSONLines(rows.JSONLinesOptions{}), textInput(test.text), OpenOptions{Field: test.field, TempDir: temp})
			checkRows(t, f, err, test.want, test.err)
			if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

func checkRows(t *testing.T, f *File, err error, want []float32, wantErr string) {
	t.Helper()
	if wantErr != "" {
		if err == nil || !strings.Contains(err.Error(), wantErr) || !strings.HasPrefix(err.Error(), "vector: read records: ") {
			t.Fatalf("got %v, want %q", err, wantErr)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := allVectors(t, f); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

func TestFromRowsColumns(t *testing.T) {
	columns := []string{"id", "v", "w"}
	row := func(values ...any) rows.Record { return rows.Record{Columns: columns, Values: values} }
	text := func(values ...string) rows.Record {
		r := rows.Record{Columns: columns}
		for _, v := range values {
			r.Text = append(r.Text, []byte(v))
		}
		return r
	}
	list := func(values ...any) []any { return values }
	tests := []struct {
		name, field string
		records     recordsOf
		want        []float32
		err         string
	}{
		{"types", "", recordsOf{row(int64(1), list(float32(0.5), float64(1), int64(-2), uint64(3), json.Number("4.25")), "x")}, []float32{0.5, 1, -2, 3, 4.25}, ""},
		{"named", "w", recordsOf{row(1, list(1.0), list(2.0)), row(1, nil, list(3.0))}, []float32{2, 3}, ""},
		{"ambiguous", "", recordsOf{row(1, list(1.0), list(2.0))}, nil, `record 0: the fields ["v" "w"]`},
		{"none", "", recordsOf{row(1, list("a"), list())}, nil, "no field holds an array"},
		{"no column", "x", recordsOf{row(1, 2, 3)}, nil, `there is no column "x": the columns are ["id" "v" "w"]`},
		{"null", "v", recordsOf{row(1, list(1.0), nil), row(2, nil, nil)}, nil, `record 1: column "v": is null, and not a list of numbers`},
		{"null inside", "v", recordsOf{row(1, list(1.0), nil), row(2, list(nil), nil)}, nil, `record 1: column "v": dimension 0, counted from 0: is null, and not a number`},
		{"empty list", "v", recordsOf{row(1, list(), nil)}, nil, "is an empty list"},
		{"text inside", "v", recordsOf{row(1, list("1"), nil)}, nil, "of type string, and not a number"},
		{"too long", "v", recordsOf{row(1, slices.Repeat(list(1.0), MaxDimension+1), nil)}, nil, `column "v": more than 16000 dimensions`},
		{"lists inside", "v", recordsOf{row(1, list(list(1.0)), nil)}, nil, "is a list, and not a number"},
		{"beyond", "v", recordsOf{row(1, list(1e39), nil)}, nil, "record 0: vector 0 has +Inf as number 0"},
		{"text", "", recordsOf{text("1", "[1, 2]", "x"), text("2", " [3,4] ", "[1]")}, []float32{1, 2, 3, 4}, ""},
		{"no array as text", "v", recordsOf{text("1", "1, 2", "")}, nil, "where an array of numbers should be"},
		{"bad record", "v", recordsOf{row(1, list(1.0), nil), {Line: 7, Err: errors.New("is broken")}}, nil, "line 7: is broken"},
		{"all bad", "v", slices.Repeat(recordsOf{row(1, nil, nil)}, maxBadRecords+5), nil, "(10000 records have no vector that can be used; no more were looked at)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := FromRows(t.Context(), test.records, rows.Input{Name: "in"}, OpenOptions{Field: test.field, TempDir: t.TempDir()})
			checkRows(t, f, err, test.want, test.err)
		})
	}
}

// TestFromRowsCSV reads vectors that are text, as databases export them.
func TestFromRowsCSV(t *testing.T) {
	in := textInput("id,embedding\n1,\"[1,2]\"\n2,\"[3,4]\"\n")
	f, err := FromRows(t.Context(), rows.CSV(rows.CSVOptions{}), in, OpenOptions{})
	checkRows(t, f, err, []float32{1, 2, 3, 4}, "")
	path := writeFile(t, "a.TSV.gz", gzipOf([]byte("id\tembedding\n1\t[1,2]\n")))
	f, err = Open(t.Context(), path, OpenOptions{})
	checkRows(t, f, err, []float32{1, 2}, "")
}

func TestFromRowsStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	calls := 0
	_, err := FromRows(ctx, rows.JSONLines(rows.JSONLinesOptions{}), textInput(strings.Repeat("[1]\n", 100_000)), OpenOptions{
		TempDir: t.TempDir(),
		Progress: func(n int64) {
			if calls++; n != rowsPerProgress {
				t.Errorf("%d records", n)
			}
			cancel(stopped)
		},
	})
	if !errors.Is(err, stopped) || calls != 1 {
		t.Errorf("got %v after %d calls", err, calls)
	}
	path := writeFile(t, "a.npy.gz", gzipOf(npyFloats(2, fileNumbers(100, 2))))
	temp := t.TempDir()
	if _, err := Open(ctx, path, OpenOptions{TempDir: temp}); !errors.Is(err, stopped) {
		t.Errorf("unpacking: got %v", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSpoolErrors(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if _, err := FromRows(t.Context(), recordsOf{}, rows.Input{}, OpenOptions{TempDir: missing}); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "name another folder as TempDir") {
		t.Errorf("no folder: got %v", err)
	}
	full, err := os.OpenFile("/dev/full", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there is no device that is full")
	}
	s, err := newSpool(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.file.Close()
	s.file = full
	s.w.Reset(full)
	err = s.writeVector(make([]float32, 16_000))
	for range 40 {
		err = errors.Join(err, s.writeVector(make([]float32, 16_000)))
	}
	if err == nil || !strings.Contains(err.Error(), "/dev/full: the disk is full after ") {
		t.Errorf("full: got %v", err)
	}
	if err := s.flush(); err == nil {
		t.Error("the rest: no error")
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
}

// TestSpoolNames removes the file when it is closed where it could not be before.
func TestSpoolNames(t *testing.T) {
	temp := t.TempDir()
	s, err := newSpool(temp)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.file.Name(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.remove = true
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestFromRowsMemory reads 16 MB of text, and 8 MB of vectors from them, with less than 4
// MiB of memory, counting all that was ever allocated.
func TestFromRowsMemory(t *testing.T) {
	const lines = 8000
	line := "[" + strings.Repeat("0.125, ", 255) + "0.25]\n"
	in := rows.Input{Name: "in", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(&repeated{text: line, n: lines}), nil
	}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f, err := FromRows(t.Context(), rows.JSONLines(rows.JSONLinesOptions{}), in, OpenOptions{TempDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Check(t.Context()); err != nil || f.Len() != lines || f.Dimension() != 256 {
		t.Errorf("%d vectors of %d dimensions, %v", f.Len(), f.Dimension(), err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// repeated is a text n times.
type repeated struct {
	text string
	n    int
	at   int
}

func (r *repeated) Read(b []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}
	n := copy(b, r.text[r.at:])
	if r.at += n; r.at == len(r.text) {
		r.n, r.at = r.n-1, 0
	}
	return n, nil
}

// TestParseNumberAllocates checks that numbers cost no memory of their own.
func TestParseNumberAllocates(t *testing.T) {
	line := []byte("[" + strings.Repeat("-0.04512837156653404, ", 383) + "0.1]")
	dst := make([]float32, 0, 384)
	if n := testing.AllocsPerRun(10, func() {
		if _, err := appendLine(dst, line, ""); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a line", n)
	}
}

// BenchmarkReadLines parses lines as Python writes them, beside encoding/json.
func BenchmarkReadLines(b *testing.B) {
	var line []byte
	for i := range 384 {
		line = fmt.Appendf(line, "%c%.17g", map[bool]byte{true: '[', false: ','}[i == 0], float64(fileNumbers(400, 1)[i])/2777.7)
	}
	line = append(line, ']')
	object := fmt.Appendf(nil, `{"id": 17, "title": "The weather is lovely today.", "embedding": %s}`, line)
	for name, text := range map[string][]byte{"array": line, "object": object} {
		b.Run(name, func(b *testing.B) {
			dst := make([]float32, 0, 384)
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if _, err := appendLine(dst, text, "embedding"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("encoding-json", func(b *testing.B) {
		var dst []float32
		b.SetBytes(int64(len(line)))
		for b.Loop() {
			if err := json.Unmarshal(line, &dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}
