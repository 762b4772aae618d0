package logs

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const flowLine = `{"event":{"event_type":"netflow","proto":"TCP"}}`

func zip(t *testing.T, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, part := range parts {
		w := gzip.NewWriter(&b)
		io.WriteString(w, part)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "logs/b/2.log"), []byte(flowLine+"\n"+flowLine)) // no line feed at the end
	write(t, filepath.Join(dir, "logs/a/1.log.gz"), zip(t, flowLine+"\n", flowLine+"\n"+flowLine+"\n"))
	write(t, filepath.Join(dir, "logs/.hidden/3.log"), []byte(flowLine))
	write(t, filepath.Join(dir, "logs/.4.log"), []byte(flowLine))
	write(t, filepath.Join(dir, "logs/empty.log"), nil)
	write(t, filepath.Join(dir, "gzip-without-its-ending"), zip(t, flowLine))
	if err := os.Mkdir(filepath.Join(dir, "nothing"), 0o777); err != nil {
		t.Fatal(err)
	}

	r := analyze(t, Options{Sources: Files(filepath.Join(dir, "logs"), filepath.Join(dir, "gzip-without-its-ending"))})
	if r.Sources != 4 || r.Flows != 6 || r.Lines != 6 || r.BadLines != 0 {
		t.Errorf("got %+v", r.Totals)
	}
	for want, path := range map[string]string{"no files": filepath.Join(dir, "nothing"), "no such file": filepath.Join(dir, "missing")} {
		if _, err := Analyze(t.Context(), Options{Sources: Files(path)}); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestPieces cuts a file at every byte: each line is read once, wherever the cuts
// are, and bad ones have their numbers.
func TestPieces(t *testing.T) {
	text := flowLine + "\nbad\n\n" + strings.Repeat("x", 90) + "\r\n" + flowLine + "\n" + flowLine
	want := ""
	for size := int64(1); size < int64(len(text))+2; size++ {
		file := filepath.Join(t.TempDir(), "a.log")
		write(t, file, []byte(text))
		r := analyze(t, Options{Sources: Files(file), pieceSize: size, Workers: 3, MaxLine: 80})
		if r.Lines != 6 || r.Flows != 3 || r.BadLines != 2 || r.Blank != 1 || r.Bytes != uint64(len(text)) {
			t.Fatalf("pieces of %d bytes: got %+v", size, r.Totals)
		}
		got := strings.ReplaceAll(fmt.Sprint(r.Bad), file, "a.log")
		if want == "" {
			want = got
		}
		if got != want {
			t.Errorf("pieces of %d bytes: got %s, want %s", size, got, want)
		}
	}
	if want != "[a.log:2 (byte 49): at byte 0 of the line: found 'b' where an object should stand a.log:4 (byte 54): at byte 0 of the line: longer than 80 bytes]" {
		t.Errorf("got %s", want)
	}
}

// TestLongLines checks that a line of some megabytes is read, and that one which is
// too long is skipped without being held.
func TestLongLines(t *testing.T) {
	long := func(n int) string {
		return `{"x":"` + strings.Repeat("x", n) + `","event":{"event_type":"netflow"}}` + "\n"
	}
	r := analyzeText(t, flowLine+"\n"+long(5<<20)+long(17<<20)+flowLine+"\n"+long(100)[:50], Options{})
	if r.Flows != 3 || r.BadLines != 2 || r.Bad[0].Line != 3 || r.Bad[0].Reason != "longer than 16777216 bytes" || r.Bad[1].Line != 5 {
		t.Errorf("got %+v, %v", r.Totals, r.Bad)
	}
	w := worker{analysis: newAnalysis(Options{MaxLine: 1 << 20, Workers: 1, Sources: Files("x")})}
	w.tally = newExact(nil, nil)
	src := &source{Source: Source{Name: "endless line", Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.LimitReader(readerFunc(func(p []byte) (int, error) { return len(p), nil }), 50<<20)), nil
	}}, lines: make([]int64, 1)}
	w.read(t.Context(), piece{source: src})
	if w.soFar.BadLines != 1 || len(w.lines.buf) > 2<<20 {
		t.Errorf("got %+v, with a buffer of %d bytes", w.soFar, len(w.lines.buf))
	}
}

// TestBadLinesAreKept checks that the first ones are listed, in their order, and
// all are counted.
func TestBadLinesAreKept(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		write(t, filepath.Join(dir, fmt.Sprintf("%d.log", i)), []byte(strings.Repeat(flowLine+"\nbad\n", 100)))
	}
	for _, workers := range []int{1, 4} {
		r := analyze(t, Options{Sources: Files(dir), Workers: workers, Reported: 150, pieceSize: 700})
		if r.BadLines != 500 || len(r.Bad) != 150 {
			t.Fatalf("got %d bad lines, %d listed", r.BadLines, len(r.Bad))
		}
		for i, bad := range r.Bad {
			if want := int64(2 * (i%100 + 1)); bad.Line != want || filepath.Base(bad.Source) != fmt.Sprintf("%d.log", i/100) || bad.Offset != int64(i%100)*53+49 {
				t.Errorf("%d: got %v", i, bad)
			}
		}
	}
}

// TestUnread checks that what cannot be read is reported, and the rest read.
func TestUnread(t *testing.T) {
	denied := errors.New("denied")
	whole := zip(t, strings.Repeat(flowLine+"\n", 10_000))
	dir := t.TempDir()
	write(t, filepath.Join(dir, "1-truncated.gz"), whole[:len(whole)-5])
	write(t, filepath.Join(dir, "2-half.gz"), whole[:len(whole)/2])
	write(t, filepath.Join(dir, "3-garbage-behind.gz"), append(zip(t, flowLine+"\n"), "garbage"...))
	write(t, filepath.Join(dir, "4-corrupt.gz"), append([]byte{0x1f, 0x8b}, strings.Repeat("x", 50)...))
	write(t, filepath.Join(dir, "5-good.gz"), whole)
	sources := func(yield func(Source, error) bool) {
		for s, err := range Files(dir) {
			yield(s, err)
		}
		yield(Source{Name: "6-denied", Open: func(context.Context) (io.ReadCloser, error) { return nil, denied }}, nil)
		yield(Source{Name: "7-broken", Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader(flowLine+"\n"+flowLine), iotest.ErrReader(denied))), nil
		}}, nil)
	}
	r, err := Analyze(t.Context(), Options{Sources: sources, Workers: 2})
	if err == nil || !strings.Contains(err.Error(), "logs: analyze: 6 of 7 sources were not read to the end: ") || !errors.Is(err, denied) || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if source, ok := errors.AsType[*SourceError](err); !ok || filepath.Base(source.Source) != "1-truncated.gz" {
		t.Errorf("got %v", source)
	}
	var names []string
	for _, u := range r.Unread {
		names = append(names, filepath.Base(u.Source)[:1])
	}
	if fmt.Sprint(names) != "[1 2 3 4 6 7]" || r.Failed != 6 || r.Sources != 7 {
		t.Errorf("got %v, %+v", names, r.Totals)
	}
	// All of the truncated one, some of the half one; the last line of the broken
	// one, which may be cut off, is no line.
	if r.Flows < 20_000+1000 || r.Flows > 30_002 || r.BadLines != 0 {
		t.Errorf("got %+v", r.Totals)
	}
	if u := r.Unread[0]; u.Offset < 400_000 || u.Reason != "unexpected EOF" {
		t.Errorf("got %+v", u)
	}

	r, err = Analyze(t.Context(), Options{Sources: sources, Reported: 1})
	if err == nil || len(r.Unread) != 1 || filepath.Base(r.Unread[0].Source) != "1-truncated.gz" || r.Failed != 6 {
		t.Errorf("got %v, %+v", err, r.Unread)
	}
}

// TestUnreadBegins checks that a source that cannot be opened is not said to have been
// read as far as the one before it.
func TestUnreadBegins(t *testing.T) {
	denied := errors.New("denied")
	sources := func(yield func(Source, error) bool) {
		for s := range Reader("good", strings.NewReader(strings.Repeat(flowLine+"\n", 100))) {
			yield(s, nil)
		}
		yield(Source{Name: "denied", Open: func(context.Context) (io.ReadCloser, error) { return nil, denied }}, nil)
	}
	r, err := Analyze(t.Context(), Options{Sources: sources, Workers: 1})
	if !errors.Is(err, denied) || len(r.Unread) != 1 || r.Unread[0].Offset != 0 {
		t.Errorf("got %v, %+v", err, r.Unread)
	}
}

// TestUnreadPieces checks that a file that fails in many pieces takes the place of one
// source in the report, and not that of others.
func TestUnreadPieces(t *testing.T) {
	denied := errors.New("denied")
	file := filepath.Join(t.TempDir(), "a.log")
	write(t, file, []byte(strings.Repeat(flowLine+"\n", 100)))
	fails := func(context.Context) (io.ReadCloser, error) { return nil, denied }
	sources := func(yield func(Source, error) bool) {
		for s := range Files(file) {
			s.Open = fails
			yield(s, nil)
		}
		yield(Source{Name: "b", Open: fails}, nil)
	}
	r, _ := Analyze(t.Context(), Options{Sources: sources, Workers: 1, Reported: 2, pieceSize: 100})
	if r.Failed != 2 || len(r.Unread) != 2 || r.Unread[0].Source != file || r.Unread[1].Source != "b" {
		t.Errorf("%d failed, got %+v", r.Failed, r.Unread)
	}
}

// endless is a line that does not end, as a small gzip file can hold.
type endless struct {
	reads  int
	cancel func()
}

func (e *endless) Read(b []byte) (int, error) {
	switch e.reads++; e.reads {
	case 20:
		e.cancel()
	case 10_000:
		return 0, io.EOF
	}
	return copy(b, "xxxxxxxx"), nil
}

// TestCancelWithinLine checks that nobody waits for the end of a line.
func TestCancelWithinLine(t *testing.T) {
	for _, most := range []int{10, 1 << 20} {
		ctx, cancel := context.WithCancel(t.Context())
		r := &endless{cancel: cancel}
		if _, err := Analyze(ctx, Options{Sources: Reader("endless", r), MaxLine: most}); !errors.Is(err, context.Canceled) || r.reads > 100 {
			t.Errorf("%d reads, %v", r.reads, err)
		}
	}
}

// TestListingFails checks that a list of sources that ends with an error makes no
// report: nobody knows what is missing.
func TestListingFails(t *testing.T) {
	broken := errors.New("listing broke")
	sources := func(yield func(Source, error) bool) {
		for s := range Reader("1", strings.NewReader(flowLine)) {
			if !yield(s, nil) {
				return
			}
		}
		yield(Source{}, broken)
	}
	r, err := Analyze(t.Context(), Options{Sources: sources})
	if !errors.Is(err, broken) || r.Lines != 0 {
		t.Errorf("got %v, %+v", err, r.Totals)
	}
}

// TestFileThatShrinks checks that a large file which became shorter while it was
// read is not taken for whole.
func TestFileThatShrinks(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.log")
	write(t, file, []byte(strings.Repeat(flowLine+"\n", 1000)))
	sources := func(yield func(Source, error) bool) {
		for s := range Files(file) {
			open := s.Open
			s.Open = func(ctx context.Context) (io.ReadCloser, error) {
				os.Truncate(file, 2000)
				return open(ctx)
			}
			yield(s, nil)
		}
	}
	r, err := Analyze(t.Context(), Options{Sources: sources, pieceSize: 10_000})
	if !errors.Is(err, io.ErrUnexpectedEOF) || r.Failed != 1 || len(r.Unread) != 1 {
		t.Errorf("got %v, %+v", err, r.Unread)
	}
}

func TestProgress(t *testing.T) {
	dir := t.TempDir()
	for i := range 20 {
		write(t, filepath.Join(dir, fmt.Sprint(i)), []byte(flowLine))
	}
	calls, busy := 0, false
	var last Totals
	r := analyze(t, Options{Sources: Files(dir), Workers: 4, Progress: func(t Totals) {
		if busy {
			panic("two at a time")
		}
		busy = true
		calls++
		last = t
		busy = false
	}})
	if calls < 20 || last != r.Totals {
		t.Errorf("%d calls, the last with %+v, want %+v", calls, last, r.Totals)
	}
}
