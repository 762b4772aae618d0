package opensearch

import (
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/rows"
)

// write makes a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFilesRefused(t *testing.T) {
	dir := t.TempDir()
	file := write(t, "a.jsonl", "{}\n")
	link, hard := filepath.Join(dir, "link.jsonl"), filepath.Join(dir, "hard.jsonl")
	for _, err := range []error{os.Symlink(file, link), os.Link(file, hard)} {
		if err != nil {
			t.Skip(err)
		}
	}
	tests := map[string]struct {
		files []string
		want  []string // in the error
	}{
		"missing":   {[]string{file, "no/such.jsonl"}, []string{"no/such.jsonl", "no such file"}},
		"empty":     {[]string{""}, []string{`no such file`}},
		"folder":    {[]string{dir}, []string{dir, "is a folder: name the files in it"}},
		"device":    {[]string{os.DevNull}, []string{os.DevNull, "no regular file", "give it as Documents"}},
		"twice":     {[]string{file, file}, []string{file, "are one: name it once"}},
		"two ways":  {[]string{file, filepath.Join(filepath.Dir(file), ".", "x", "..", "a.jsonl")}, []string{file, "a.jsonl"}},
		"by a link": {[]string{file, link}, []string{file, link, "are one"}},
		"hard link": {[]string{hard, file}, []string{file, hard, "are one"}},
		"no format": {[]string{write(t, "a.xml", "")}, []string{"a.xml", `extension ".xml" tells no format`}},
		"parquet":   {[]string{write(t, "a.parquet", "")}, []string{"a.parquet", "give the format"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := openSource(t.Context(), Clients{}, IngestOptions{Files: test.files})
			for _, want := range test.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
		})
	}
}

func TestFilesContent(t *testing.T) {
	tests := map[string]struct {
		name, content string
		want          []string
		err           string
	}{
		"empty":               {name: "a.jsonl"},
		"empty gzip":          {name: "a.jsonl.gz", content: gzipped("")},
		"plain with .gz":      {name: "a.jsonl.gz", content: "{}\n", want: []string{"{}"}},
		"gzip without .gz":    {name: "a.jsonl", content: gzipped("{}\n"), want: []string{"{}"}},
		"members":             {name: "a.jsonl.gz", content: gzipped(`{"a":`, "1}\n{", "}"), want: []string{`{"a":1}`, "{}"}},
		"byte order mark":     {name: "a.jsonl", content: "\ufeff{}\n", want: []string{"{}"}},
		"UTF-16":              {name: "a.jsonl", content: "\xff\xfe{\x00}\x00", err: "is UTF-16: save it as UTF-8"},
		"half a gzip":         {name: "a.jsonl.gz", content: gzipped(strings.Repeat("{}\n", 3))[:20], want: []string{"{}", "{}", "{}"}, err: "unexpected EOF"},
		"gzip with a mistake": {name: "a.jsonl.gz", content: flipped(gzipped("{}\n{}\n")), err: "gzip: invalid checksum", want: []string{"{}", "{}"}},
		"open quote":          {name: "a.csv", content: "a\n\"1\n2\n", err: "quote"},
		"same names":          {name: "a.csv", content: "a,a\n1,2\n", err: `two columns have the name "a"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := write(t, test.name, test.content)
			s := open(t, Clients{}, IngestOptions{Files: []string{path}, GeneratedIDs: true})
			var got []string
			var failed error
			for it, err := range s.items(t.Context(), Position{}) {
				if failed = err; err == nil {
					got = append(got, string(it.doc.Source))
				}
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q", got)
			}
			if (failed == nil) != (test.err == "") || failed != nil && (!strings.Contains(failed.Error(), test.err) || strings.Count(failed.Error(), path) != 1) {
				t.Errorf("got error %v", failed)
			}
		})
	}
}

// flipped returns gzip whose checksum does not match.
func flipped(text string) string {
	b := []byte(text)
	b[len(b)-8] ^= 1
	return string(b)
}

// TestFilesNoID is about columns that no record can have an id of: that is no matter of
// one record.
func TestFilesNoID(t *testing.T) {
	path := write(t, "a.csv", "a,b\n1,2\n3,4\n")
	for name, opts := range map[string]IngestOptions{
		"id":      {IDField: "id"},
		"routing": {RoutingField: "id"},
		"type":    {Fields: rows.Fields{Types: map[string]rows.Type{"id": rows.Integer}}},
	} {
		opts.Files = []string{path}
		got, err := collect(t.Context(), open(t, Clients{}, opts), Position{})
		if _, ok := errors.AsType[*rows.ColumnsError](err); !ok || len(got) > 0 || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestFilesChanged(t *testing.T) {
	tests := map[string]struct {
		before, during func(path string) error
		read           int
	}{
		"grown before":    {before: func(path string) error { return os.WriteFile(path, []byte("{}\n{}\n{}\n{}\n"), 0o600) }},
		"touched before":  {before: func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) }},
		"replaced before": {before: replaced},
		"removed before":  {before: os.Remove},
		"grown":           {during: func(path string) error { return os.WriteFile(path, []byte("{}\n{}\n{}\n{}\n"), 0o600) }, read: 4},
		"replaced":        {during: replaced, read: 3},
		"removed":         {during: os.Remove, read: 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := write(t, "a.jsonl", "{}\n{}\n{}\n")
			next := write(t, "b.jsonl", "{}\n")
			s := open(t, Clients{}, IngestOptions{Files: []string{path, next}})
			if test.before != nil {
				if err := test.before(path); err != nil {
					t.Fatal(err)
				}
			}
			n := 0
			var failed error
			for _, err := range s.items(t.Context(), Position{}) {
				if failed = err; err != nil {
					break
				}
				if n++; n == 1 && test.during != nil {
					if err := test.during(path); err != nil {
						t.Fatal(err)
					}
				}
			}
			if n != test.read || failed == nil || !strings.Contains(failed.Error(), path) {
				t.Errorf("%d items, then %v", n, failed)
			}
			if name != "removed before" && !errors.Is(failed, ErrInputChanged) {
				t.Errorf("got %v", failed)
			}
		})
	}
}

// replaced puts another file of the same size and time there.
func replaced(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	other := path + ".new"
	return errors.Join(
		os.WriteFile(other, make([]byte, info.Size()), 0o600),
		os.Chtimes(other, time.Time{}, info.ModTime()),
		os.Rename(other, path),
	)
}

// TestFilesVersion checks that content is told by what is known without reading it.
func TestFilesVersion(t *testing.T) {
	path := write(t, "a.jsonl", "{}\n")
	version := func() string { return open(t, Clients{}, IngestOptions{Files: []string{path}}).version() }
	before := version()
	if version() != before {
		t.Error("the version changes by itself")
	}
	for _, test := range []struct {
		name   string
		change func() error
	}{ // in this order: the second leaves the time as the first set it
		{"time", func() error { return os.Chtimes(path, time.Time{}, time.Unix(1, 1)) }},
		{"size", func() error {
			return errors.Join(os.WriteFile(path, []byte("{}\n{}\n"), 0o600), os.Chtimes(path, time.Time{}, time.Unix(1, 1)))
		}},
	} {
		was := version()
		if err := test.change(); err != nil {
			t.Fatal(err)
		}
		if version() == was {
			t.Errorf("%s: the version stays", test.name)
		}
	}
}

// backward is a table that OpenAt reads, and that does not read all of it.
type backward struct{}

func (backward) Columns() []string { return []string{"last"} }

func (b backward) Rows(from int64) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		for n := from; n < 3; n++ {
			if !yield([]any{n}, nil) {
				return
			}
		}
	}
}

func openBackward(r io.ReaderAt, size int64) (backward, error) {
	for range 3 { // reading it again does not count
		if _, err := r.ReadAt(make([]byte, 10), size-10); err != nil {
			return backward{}, err
		}
	}
	return backward{}, nil
}

func TestFilesOfTables(t *testing.T) {
	opts := IngestOptions{
		Files:  []string{write(t, "a.parquet", strings.Repeat("x", 25)), write(t, "b.parquet", strings.Repeat("x", 12))},
		Format: rows.Of(openBackward), IDField: "last",
	}
	s := open(t, Clients{}, opts)
	check(t, s, `0:0 0@ {"last":0}`, `0:1 1@ {"last":1}`, `0:2 2@ {"last":2}`, `1:0 0@ {"last":0}`, `1:1 1@ {"last":1}`, `1:2 2@ {"last":2}`)
	if s.done() != 37 || s.size() != 37 {
		t.Errorf("%d of %d bytes", s.done(), s.size())
	}
	for range s.items(t.Context(), Position{1, 1}) {
		if s.done() != 25+12 {
			t.Errorf("%d bytes", s.done())
		}
		break
	}

	for content, want := range map[string]string{"short": "", gzipped("a table of 20 bytes."): "it is gzip"} {
		opts := opts
		opts.Files = append(slices.Clone(opts.Files), write(t, "c.parquet", content))
		got, err := collect(t.Context(), open(t, Clients{}, opts), Position{})
		if len(got) != 6 || err == nil || !strings.Contains(err.Error(), opts.Files[2]) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}
