package opensearch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/rows"
	"github.com/awspatterns/awspatterns/state"
)

// open opens a source that is there.
func open(t *testing.T, c Clients, opts IngestOptions) source {
	t.Helper()
	s, err := openSource(t.Context(), c, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// collect returns what a source yields from a position on, as text, and the error
// that ended it.
func collect(ctx context.Context, s source, from Position) (got []string, err error) {
	for it, err := range s.items(ctx, from) {
		if err != nil {
			return got, err
		}
		got = append(got, describe(it))
	}
	return got, nil
}

// describe is an item without what its bytes refer to.
func describe(it item) string {
	where := fmt.Sprintf("%d:%d ", it.pos.Input, it.pos.Record)
	if it.bad != nil {
		if it.bad.Reason == "" || it.bad.Position != it.pos || it.bad.Input != it.input {
			return fmt.Sprintf("%+v", it.bad)
		}
		return where + "bad " + it.bad.Type + ": " + string(it.bad.Source) // the words of the reason are not ours alone
	}
	return where + it.doc.ID + "@" + it.doc.Routing + " " + string(it.doc.Source)
}

// check compares what a source yields with what is wanted.
func check(t *testing.T, s source, want ...string) {
	t.Helper()
	got, err := collect(t.Context(), s, Position{})
	if err != nil {
		t.Error(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// gzipped returns texts, each as a member of one gzip file.
func gzipped(texts ...string) string {
	var b bytes.Buffer
	for _, text := range texts {
		w := gzip.NewWriter(&b)
		w.Write([]byte(text))
		w.Close()
	}
	return b.String()
}

// docs yields documents.
func docs(docs ...Document) iter.Seq2[Document, error] {
	return func(yield func(Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

// doc is a document of this content.
func doc(source string) Document { return Document{Source: []byte(source)} }

func TestCheckSource(t *testing.T) {
	file := write(t, "a.jsonl", "")
	checkpoint := NewCheckpoint(state.NewMemory(), "n")
	tests := map[string]struct {
		opts IngestOptions
		want string // in the error; "" for none
	}{
		"nothing":            {IngestOptions{}, "0 of Files, Objects and Documents are set: set one of them"},
		"files":              {IngestOptions{Files: []string{file}}, ""},
		"files, documents":   {IngestOptions{Files: []string{file}, Documents: docs()}, "2 of Files, Objects and Documents"},
		"objects, no client": {IngestOptions{Objects: []string{"s3://bucket/key"}}, "Clients.S3"},
		"version of files":   {IngestOptions{Files: []string{file}, Version: "1"}, "Version is for Documents"},
		"format of documents": {IngestOptions{Documents: docs(), Format: rows.JSONLines(rows.JSONLinesOptions{})},
			"no Format goes with Documents"},
		"checkpoint, no version": {IngestOptions{Documents: docs(), Checkpoint: checkpoint}, "needs the Version of the Documents"},
		"checkpoint":             {IngestOptions{Documents: docs(), Checkpoint: checkpoint, Version: "1"}, ""},
		"checkpoint of files":    {IngestOptions{Files: []string{file}, Checkpoint: checkpoint}, ""},
		"two kinds of ids":       {IngestOptions{Documents: docs(), IDField: "id", GeneratedIDs: true}, "exclude each other"},
		"id of no name":          {IngestOptions{Documents: docs(), IDField: "a,,b"}, `field ""`},
		"dropped and typed":      {IngestOptions{Files: []string{file}, Fields: rows.Fields{Drop: []string{"a"}, Types: map[string]rows.Type{"a": rows.Integer}}}, `field "a"`},
		"unknown type":           {IngestOptions{Documents: docs(), Fields: rows.Fields{Types: map[string]rows.Type{"a": "int"}}}, `field "a"`},
		"format by no name":      {IngestOptions{Files: []string{write(t, "data", "")}}, "tells no format"},
		"format given": {IngestOptions{Files: []string{write(t, "data", "")}, Format: rows.JSONLines(rows.JSONLinesOptions{})},
			""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := openSource(t.Context(), Clients{}, test.opts)
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSourceVersion checks which changes of options make a checkpoint unusable: those
// that change documents, ids, or how they are written.
func TestSourceVersion(t *testing.T) {
	file, other := write(t, "a.csv", "a,b\n1,2\n"), write(t, "b.csv", "a,b\n1,2\n")
	with := func(change func(*IngestOptions)) string {
		opts := IngestOptions{Files: []string{file}, Fields: rows.Fields{Rename: map[string]string{"a": "x", "b": "y"}}}
		if change != nil {
			change(&opts)
		}
		return open(t, Clients{}, opts).version()
	}
	const (
		same    = iota
		content // other files
		options
	)
	tests := map[string]struct {
		change func(*IngestOptions)
		want   int
	}{
		"nothing":       {nil, same},
		"the default":   {func(o *IngestOptions) { o.Mode = Append }, same},
		"sizes":         {func(o *IngestOptions) { o.MaxBatchBytes, o.Workers, o.Compress, o.Tune = 1, 1, true, true }, same},
		"dead letters":  {func(o *IngestOptions) { o.DeadLetters, o.MaxRejected = NewDeadLetterWriter(nil), 3 }, same},
		"another file":  {func(o *IngestOptions) { o.Files = []string{other} }, content},
		"one more file": {func(o *IngestOptions) { o.Files = []string{file, other} }, content},
		"mode":          {func(o *IngestOptions) { o.Mode = Overwrite }, options},
		"format":        {func(o *IngestOptions) { o.Format = rows.TSV(rows.TSVOptions{}) }, options},
		"CSV":           {func(o *IngestOptions) { o.Format = rows.CSV(rows.CSVOptions{}) }, options},
		"a field":       {func(o *IngestOptions) { o.Fields.Drop = []string{"c"} }, options},
		"a name":        {func(o *IngestOptions) { o.Fields.Rename = map[string]string{"a": "y", "b": "x"} }, options},
		"a type":        {func(o *IngestOptions) { o.Fields.Types = map[string]rows.Type{"a": rows.Integer} }, options},
		"null":          {func(o *IngestOptions) { o.Fields.OmitNull = true }, options},
		"id":            {func(o *IngestOptions) { o.IDField = "x" }, options},
		"generated ids": {func(o *IngestOptions) { o.GeneratedIDs = true }, options},
		"routing":       {func(o *IngestOptions) { o.RoutingField = "x" }, options},
		"pipeline":      {func(o *IngestOptions) { o.Pipeline = "p" }, options},
	}
	wasContent, wasOptions, _ := strings.Cut(with(nil), ".")
	seen := map[string]string{}
	for name, test := range tests {
		version := with(test.change)
		isContent, isOptions, _ := strings.Cut(version, ".")
		if (isContent != wasContent) != (test.want == content) || (isOptions != wasOptions) != (test.want == options) {
			t.Errorf("%s: got %s, was %s", name, version, with(nil))
		}
		if before, ok := seen[version]; ok && test.want == options {
			t.Errorf("%s and %s have one version", name, before)
		}
		seen[version] = name
	}
}

// TestFormatVersion checks that options of formats are part of a version.
func TestFormatVersion(t *testing.T) {
	formats := []rows.Format{
		nil, rows.JSONLines(rows.JSONLinesOptions{}), rows.JSONLines(rows.JSONLinesOptions{MaxLine: 9}),
		rows.TSV(rows.TSVOptions{}), rows.TSV(rows.TSVOptions{Null: "NULL"}), rows.TSV(rows.TSVOptions{Columns: []string{"a", "b"}}),
		rows.TSV(rows.TSVOptions{Columns: []string{"a b"}}),
		rows.CSV(rows.CSVOptions{}), rows.CSV(rows.CSVOptions{Separator: ";"}), rows.CSV(rows.CSVOptions{EmptyNull: true}),
		tableFormat{Sheet: "a"}, tableFormat{Sheet: "b"}, &tableFormat{Sheet: "a"},
	}
	seen := map[string]int{}
	for i, f := range formats {
		version := describeFormat(f)
		if j, ok := seen[version]; ok {
			t.Errorf("formats %d and %d are both %q", i, j, version)
		}
		if seen[version] = i; version != describeFormat(f) {
			t.Errorf("%q changes", version)
		}
	}
}

// A tableFormat is one of the caller's.
type tableFormat struct{ Sheet string }

func (tableFormat) Records(context.Context, rows.Input, int64) iter.Seq2[rows.Record, error] {
	return nil
}

// mixed is options with several files of all formats, with what is wrong in them.
func mixed(t *testing.T) IngestOptions {
	return IngestOptions{
		Files: []string{
			write(t, "one.jsonl", "{\"id\": 1, \"n\": \"1\"}\n\n{\"id\": 2}\r\nno\n[]\n{\"id\":null}\n{\"id\":\"x\",\"n\":\"y\"}"),
			write(t, "empty.csv", ""),
			write(t, "two.csv.gz", gzipped("id,n\n3,4\n\n4,\"a\nb\"\n", "5\n\n6,7,8\n7,1")),
			write(t, "head.csv", "id,n\n"),
			write(t, "three.tsv", "id\tn\n\\N\t1\n8\t\\N\n9\t10\n"),
		},
		IDField: "id",
		Fields:  rows.Fields{Types: map[string]rows.Type{"n": rows.Integer}},
	}
}

func TestSourceMixed(t *testing.T) {
	s := open(t, Clients{}, mixed(t))
	check(t, s,
		`0:0 1@ {"id":1,"n":1}`,
		`0:1 2@ {"id":2}`,
		`0:2 bad document_error: no`,
		`0:3 bad document_error: []`,
		`0:4 bad id_error: {"id":null}`,
		`0:5 bad field_error: {"id":"x","n":"y"}`,
		`2:0 3@ {"id":"3","n":4}`,
		`2:1 bad field_error: {"id":"4","n":"a\nb"}`,
		`2:2 bad record_error: 5`,
		`2:3 bad record_error: 6,7,8`,
		`2:4 7@ {"id":"7","n":1}`,
		`4:0 bad id_error: {"id":null,"n":"1"}`,
		`4:1 8@ {"id":"8","n":null}`,
		`4:2 9@ {"id":"9","n":10}`,
	)
	if s.done() != s.size() {
		t.Errorf("read %d of %d bytes", s.done(), s.size())
	}
}

// TestSourceResumes goes on at every position that a run may have come to: what it
// reads is the rest of what is read from the start.
func TestSourceResumes(t *testing.T) {
	files := mixed(t)
	documents := IngestOptions{Documents: docs(doc("{}"), doc("no"), doc(`{"a":1}`), Document{ID: "1", Source: []byte("{}")}, doc(""))}
	for name, opts := range map[string]IngestOptions{"files": files, "documents": documents} {
		s := open(t, Clients{}, opts)
		all, err := collect(t.Context(), s, Position{})
		if err != nil {
			t.Fatal(err)
		}
		for input := range max(len(opts.Files), 1) + 1 {
			for record := range int64(8) {
				from := Position{input, record}
				want := slices.DeleteFunc(slices.Clone(all), func(item string) bool {
					var p Position
					fmt.Sscanf(item, "%d:%d", &p.Input, &p.Record)
					return p.before(from)
				})
				got, err := collect(t.Context(), s, from)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%s from %v: got %q, %v, want %q", name, from, got, err, want)
				}
				if s.done() != s.size() {
					t.Errorf("%s from %v: %d of %d bytes", name, from, s.done(), s.size())
				}
			}
		}
	}
}

func TestSourceCancelled(t *testing.T) {
	lines := strings.Repeat("{}\n", 1000)
	cause := errors.New("enough")
	for name, opts := range map[string]IngestOptions{
		"files": {Files: []string{write(t, "a.jsonl", lines), write(t, "b.jsonl", lines)}},
		"documents": {Documents: func(yield func(Document, error) bool) {
			for yield(doc("{}"), nil) {
			}
		}},
	} {
		for _, after := range []int{0, 1, 1500} {
			ctx, cancel := context.WithCancelCause(t.Context())
			if after == 0 {
				cancel(cause)
			}
			n := 0
			var failed error
			for _, err := range open(t, Clients{}, opts).items(ctx, Position{}) {
				if err != nil {
					failed = err
					continue
				}
				if n++; n == after {
					cancel(cause)
				}
			}
			if n != after || !errors.Is(failed, cause) {
				t.Errorf("%s: %d items instead of %d, then %v", name, n, after, failed)
			}
			cancel(nil)
		}
	}
}

// TestSourceBoundedMemory reads far more than it may hold. How much more makes no
// difference, and millions take long under the race detector.
func TestSourceBoundedMemory(t *testing.T) {
	const n = 200_000
	line := `{"id":"tt0000001","title":"Carmencita","year":1894}` + "\n"
	generated := func(yield func(Document, error) bool) {
		for range n {
			if !yield(doc(line), nil) {
				return
			}
		}
	}
	for name, opts := range map[string]IngestOptions{
		"file":      {Files: []string{write(t, "a.jsonl", strings.Repeat(line, n))}, IDField: "id"},
		"gzip":      {Files: []string{write(t, "a.jsonl", gzipped(strings.Repeat(line, n)))}},
		"documents": {Documents: generated},
	} {
		s := open(t, Clients{}, opts)
		before, most, count := heap(), uint64(0), 0
		for it, err := range s.items(t.Context(), Position{}) {
			if err != nil || it.bad != nil {
				t.Fatal(err, it.bad)
			}
			if count++; count%(n/4) == 0 {
				most = max(most, heap())
			}
		}
		if count != n || most > before+2<<20 {
			t.Errorf("%s: %d documents, %d bytes more than %d", name, count, most-before, before)
		}
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
