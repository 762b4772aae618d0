package ocr

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// large is the largest document that Amazon Textract reads: 3,000 pages, of 1,000
// words each, 10 a line. Its pages share their lines.
var large = sync.OnceValue(func() Document {
	var lines []Line
	for n := range 100 {
		line := drawn(strings.Repeat("4111 1111 ", 5)+fmt.Sprint("line ", n), 0.005+0.0095*float32(n))
		line.Box.Height, line.Box.Width = 0.009, 0.62
		lines = append(lines, line.rotate(1))
	}
	lines = Document{Pages: []Page{{1, lines}}}.Clean().Pages[0].Lines
	var d Document
	for number := range 3000 {
		d.Pages = append(d.Pages, Page{Number: number + 1, Lines: lines})
	}
	return d
})

func TestLargeDocument(t *testing.T) {
	d := large()
	if got, text := d.Lines(), d.Text(); got != 300_000 || strings.Count(text, "\n") != got {
		t.Errorf("got %d lines", got)
	}
	s := Span{Line: 299_999, Column: 6, EndColumn: 10}
	if r := d.Regions(s); len(r) != 1 || r[0].Page != 3000 || d.Slice(s) != "1111" || len(r[0].Polygon) != 4 {
		t.Errorf("got %v, %q", r, d.Slice(s))
	}
	if got := len(d.Regions(Span{Line: 2, EndLine: 300_000})); got != 299_999 {
		t.Errorf("got %d regions", got)
	}
}

func BenchmarkText(b *testing.B) {
	d := large()
	b.SetBytes(int64(len(d.Text())))
	b.ReportAllocs()
	for b.Loop() {
		d.Text()
	}
}

func BenchmarkRegions(b *testing.B) {
	d := large()
	for _, bench := range []struct {
		name string
		span Span
	}{
		{"first", Span{Line: 1, Column: 6, EndColumn: 20}},
		{"last", Span{Line: 300_000, Column: 6, EndColumn: 20}},
		{"all", Span{Line: 1, Column: 6, EndLine: 300_000}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(d.Regions(bench.span)) == 0 {
					b.Fatal("no regions")
				}
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	d := Document{Pages: large().Pages[:100]}
	var size counted
	if err := d.Write(&size); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		if err := d.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

type counted int

func (c *counted) Write(p []byte) (int, error) {
	*c += counted(len(p))
	return len(p), nil
}

func BenchmarkRead(b *testing.B) {
	var written bytes.Buffer
	if err := (Document{Pages: large().Pages[:100]}).Write(&written); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(written.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(bytes.NewReader(written.Bytes())); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFindAll(b *testing.B) {
	d := Document{Pages: large().Pages[:100]}
	match := Regexp(regexp.MustCompile(`\d{4} \d{4}`))
	for b.Loop() {
		FindAll(d, match)
	}
}

func BenchmarkSplitWords(b *testing.B) {
	text := strings.Repeat("4111 1111 ", 500)
	words := placed(strings.Fields(text))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		SplitWords(text, words)
	}
}
