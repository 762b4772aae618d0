package imagefile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A pdfWriter makes PDFs for tests.
type pdfWriter struct {
	bytes.Buffer
	at      map[int]int // offsets of objects, from the header on
	within  map[int][2]int
	prev    int // offset of the section before, if there is one
	start   int // offset of the last section
	eol     string
	trailer string // more of it
}

func newPDF() *pdfWriter {
	w := &pdfWriter{at: map[int]int{}, within: map[int][2]int{}, prev: -1, eol: " \n"}
	w.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return w
}

func (w *pdfWriter) object(num int, text string) {
	w.at[num] = w.Len()
	fmt.Fprintf(w, "%d 0 obj\n%s\nendobj\n", num, text)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func (w *pdfWriter) stream(num int, dict string, data []byte) {
	w.object(num, fmt.Sprintf("<< %s /Length %d >>\nstream\r\n%s\nendstream", dict, len(data), data))
}

// objects writes an object stream.
func (w *pdfWriter) objects(num int, texts map[int]string) {
	var table, all strings.Builder
	for i, n := range sortedKeys(texts) {
		fmt.Fprintf(&table, "%d %d ", n, all.Len())
		all.WriteString(texts[n] + "\n")
		w.within[n] = [2]int{num, i}
	}
	dict := fmt.Sprintf("/Type /ObjStm /N %d /First %d /Filter /FlateDecode", len(texts), table.Len())
	w.stream(num, dict, deflated([]byte(table.String()+all.String())))
}

func sortedKeys[V any](m map[int]V) []int {
	var keys []int
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// table ends the file, or a revision of it, with a table in the text.
func (w *pdfWriter) table() {
	w.start = w.Len()
	w.WriteString("xref\n")
	fmt.Fprintf(w, "0 1\n0000000000 65535 f%s", w.eol)
	for _, num := range sortedKeys(w.at) {
		fmt.Fprintf(w, "%d 1\n%010d 00000 n%s", num, w.at[num], w.eol)
	}
	fmt.Fprintf(w, "trailer\n<< /Size 100 /Root 1 0 R %s %s >>\n", w.previous(), w.trailer)
	w.end()
}

func (w *pdfWriter) previous() string {
	if w.prev < 0 {
		return ""
	}
	return fmt.Sprint("/Prev ", w.prev)
}

func (w *pdfWriter) end() {
	fmt.Fprintf(w, "startxref\n%d\n%%%%EOF\n", w.start)
	w.prev, w.at, w.within = w.start, map[int]int{}, map[int][2]int{}
}

// xrefStream ends the file, or a revision of it, with a stream, whose rows have
// the filters of PNG.
func (w *pdfWriter) xrefStream(num int) {
	w.start = w.Len()
	w.at[num] = w.Len()
	var index strings.Builder
	var rows [][]byte
	all := map[int]bool{}
	for n := range w.at {
		all[n] = true
	}
	for n := range w.within {
		all[n] = true
	}
	for _, n := range sortedKeys(all) {
		fmt.Fprintf(&index, "%d 1 ", n)
		row := []byte{1, 0, 0, 0, 0, 0}
		binary.BigEndian.PutUint32(row[1:], uint32(w.at[n]))
		if in, ok := w.within[n]; ok {
			row[0], row[5] = 2, byte(in[1])
			binary.BigEndian.PutUint32(row[1:], uint32(in[0]))
		}
		rows = append(rows, row)
	}
	dict := fmt.Sprintf("/Type /XRef /Size 100 /W [1 4 1] /Index [%s] /Root 1 0 R %s %s /Filter [/FlateDecode] /DecodeParms [<< /Predictor 12 /Columns 6 >>]",
		&index, w.previous(), w.trailer)
	data := deflated(filtered(rows))
	fmt.Fprintf(w, "%d 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n", num, dict, len(data), data)
	w.end()
}

// filtered applies the five filters of PNG in turn.
func filtered(rows [][]byte) []byte {
	var out []byte
	above := make([]byte, 6)
	for i, row := range rows {
		filter := byte(i % 5)
		out = append(out, filter)
		for x, v := range row {
			var left, corner byte
			if x > 0 {
				left, corner = row[x-1], above[x-1]
			}
			switch filter {
			case 1:
				v -= left
			case 2:
				v -= above[x]
			case 3:
				v -= byte((int(left) + int(above[x])) / 2)
			case 4:
				v -= paeth(left, above[x], corner)
			}
			out = append(out, v)
		}
		above = row
	}
	return out
}

func kids(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 0 R ", first+i)
	}
	return b.String()
}

// body writes catalog, page tree and n pages.
func (w *pdfWriter) body(n int) {
	w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
	w.object(2, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids(10, n), n))
	for i := range n {
		w.object(10+i, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>")
	}
}

func goodPDFs() map[string][]byte {
	files := map[string][]byte{}
	add := func(name string, write func(w *pdfWriter)) {
		w := newPDF()
		write(w)
		files[name] = w.Bytes()
	}
	add("classic", func(w *pdfWriter) { w.body(3); w.table() })
	add("lines end with carriage returns", func(w *pdfWriter) { w.eol = "\r\n"; w.body(3); w.table() })
	add("entries of 19 bytes", func(w *pdfWriter) { w.eol = "\n"; w.body(3); w.table() })
	add("entries of 21 bytes", func(w *pdfWriter) { w.eol = " \r\n"; w.body(3); w.table() })
	add("odd white space and comments", func(w *pdfWriter) {
		w.at[1] = w.Len()
		w.WriteString("1%no\r0\tobj%>> /Pages 9 0 R\n<</Type/Catalog/Lang(a\\)(b)>>)/ID<3E3E>/Pa#67es\x002\f0 R/X[[]<<>>-.5 +3 null true]>>endobj ")
		w.at[2] = w.Len()
		w.WriteString("2 0 obj<</Kids[10 0 R%]\n11 0 R\r\n12 0 R]/Count 3%4\n/Type/Pages>>endobj\n")
		for i := range 3 {
			w.object(10+i, "<</Type/Page/Parent 2 0 R>>")
		}
		w.table()
	})
	add("count and kids elsewhere", func(w *pdfWriter) {
		w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
		w.object(2, "<< /Type /Pages /Kids 4 0 R /Count 3 0 R >>")
		w.object(3, "3")
		w.object(4, "[10 0 R 11 0 R 12 0 R]")
		for i := range 3 {
			w.object(10+i, "<< /Type /Page >>")
		}
		w.table()
	})
	add("tree of two levels", func(w *pdfWriter) {
		w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
		w.object(2, "<< /Type /Pages /Kids [3 0 R 12 0 R] /Count 3 >>")
		w.object(3, "<< /Type /Pages /Kids [10 0 R 11 0 R] /Count 2 /Parent 2 0 R >>")
		for i := range 3 {
			w.object(10+i, "<< /Type /Page >>")
		}
		w.table()
	})
	add("streams", func(w *pdfWriter) {
		w.objects(50, map[int]string{1: "<< /Type /Catalog /Pages 2 0 R >>", 2: "<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>",
			10: "<< /Type /Page >>", 11: "<< /Type /Page >>", 12: "<< /Type /Page >>"})
		w.xrefStream(60)
	})
	add("stream whose length is elsewhere", func(w *pdfWriter) {
		w.objects(50, map[int]string{1: "<< /Type /Catalog /Pages 2 0 R >>", 2: "<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>"})
		text := bytes.Replace(w.Bytes(), []byte("/Length "), []byte("/Length 70 0 R /Was "), 1)
		w.Reset()
		w.Write(text)
		w.object(70, "200")
		for i := range 3 {
			w.object(10+i, "<< /Type /Page >>")
		}
		w.xrefStream(60)
	})
	add("changed twice", func(w *pdfWriter) {
		w.body(1)
		w.table()
		w.object(2, "<< /Type /Pages /Kids [10 0 R 11 0 R] /Count 2 >>")
		w.object(11, "<< /Type /Page >>")
		w.table()
		w.objects(50, map[int]string{2: "<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>", 12: "<< /Type /Page >>"})
		w.xrefStream(60)
	})
	add("hybrid", func(w *pdfWriter) {
		w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
		for i := range 3 {
			w.object(10+i, "<< /Type /Page >>")
		}
		at := w.at
		w.at = map[int]int{}
		w.objects(50, map[int]string{2: "<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>"})
		w.xrefStream(60)
		stream := w.start
		w.prev, w.at = -1, at
		w.trailer = fmt.Sprint("/XRefStm ", stream)
		w.table()
	})
	add("hybrid that calls the hidden free", func(w *pdfWriter) {
		w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
		for i := range 3 {
			w.object(10+i, "<< /Type /Page >>")
		}
		at := w.at
		at[2] = 0
		w.at = map[int]int{}
		w.objects(50, map[int]string{2: "<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>"})
		w.xrefStream(60)
		w.prev, w.at = -1, at
		w.trailer = fmt.Sprint("/XRefStm ", w.start)
		w.table()
	})
	files["linearized"] = linearized()
	files["table that begins at 1"] = beginsAt1()
	files["after junk, counted from the header"] = append([]byte("HTTP/1.1 200 OK\r\n\r\n"), files["classic"]...)
	files["with much behind the end"] = append(bytes.Clone(files["classic"]), bytes.Repeat([]byte{0}, 3000)...)
	return files
}

// linearized has the section of the first page at the beginning, which leads to
// the one of the others.
func linearized() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n5 0 obj\n<< /Linearized 1 /N 3 >>\nendobj\n")
	first := b.Len()
	head := "xref\n1 1\n%010d 00000 n \n10 1\n%010d 00000 n \ntrailer\n<< /Size 13 /Root 1 0 R /Prev %010d >>\nstartxref\n0\n%%%%EOF\n"
	length := len(fmt.Sprintf(head, 0, 0, 0))
	catalog := "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
	page := "%d 0 obj\n<< /Type /Page >>\nendobj\n"
	one := first + length + len(catalog)
	tree := one + len(fmt.Sprintf(page, 10))
	trees := "2 0 obj\n<< /Type /Pages /Kids [10 0 R 11 0 R 12 0 R] /Count 3 >>\nendobj\n"
	two := tree + len(trees)
	three := two + len(fmt.Sprintf(page, 11))
	main := three + len(fmt.Sprintf(page, 12))
	fmt.Fprintf(&b, head, first+length, one, main)
	b.WriteString(catalog + fmt.Sprintf(page, 10) + trees + fmt.Sprintf(page, 11) + fmt.Sprintf(page, 12))
	fmt.Fprintf(&b, "xref\n0 1\n0000000000 65535 f \n2 1\n%010d 00000 n \n11 2\n%010d 00000 n \n%010d 00000 n \ntrailer\n<< /Size 13 >>\n", tree, two, three)
	fmt.Fprintf(&b, "startxref\n%d\n%%%%EOF\n", first)
	return b.Bytes()
}

// beginsAt1 has a table that says that it begins with object 1, but has object 0.
func beginsAt1() []byte {
	w := newPDF()
	w.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
	w.object(2, "<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>")
	for i := 3; i < 6; i++ {
		w.object(i, "<< /Type /Page >>")
	}
	start := w.Len()
	w.WriteString("xref\n1 6\n0000000000 65535 f \n")
	for i := 1; i < 6; i++ {
		fmt.Fprintf(w, "%010d 00000 n \n", w.at[i])
	}
	fmt.Fprintf(w, "trailer\n<< /Root 1 0 R /Size 6 >>\nstartxref\n%d\n%%%%EOF", start)
	return w.Bytes()
}

func TestInspectPDF(t *testing.T) {
	for name, data := range goodPDFs() {
		t.Run(name, func(t *testing.T) {
			info, _, err := inspectBytes(data, PDF)
			if want := (Info{Format: PDF, Pages: 3, Orientation: 1}); err != nil || info != want {
				t.Errorf("got %+v, %v", info, err)
			}
		})
	}
}

func TestInspectPDFUnknown(t *testing.T) {
	page := "<< /Type /Page >>"
	tests := []struct {
		name  string
		want  string
		write func(w *pdfWriter)
	}{
		{"cut short", "no startxref", func(w *pdfWriter) { w.body(3) }},
		{"negative count", "count of -3 pages", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [] /Count -3 >>")
			w.table()
		}},
		{"huge count", "count of 2000000000 pages", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [2 0 R] /Count 2000000000 >>")
			w.table()
		}},
		{"count too large for a number", "count of 1e+22 pages", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [2 0 R] /Count 10000000000000000000000 >>")
			w.table()
		}},
		{"more pages than objects", "there are 4 objects", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 9000 >>")
			w.object(3, "<< /Type /Pages /Kids [2 0 R] /Count 9000 >>")
			w.table()
		}},
		{"no pages", "no pages", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [] /Count 0 >>")
			w.table()
		}},
		{"more kids than pages", "3 kids, but 1 pages", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [3 0 R 3 0 R 3 0 R] /Count 1 >>")
			w.object(3, page)
			w.table()
		}},
		{"one kid says it has more", "count of 1 pages, but its kids have 5", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
			w.object(3, "<< /Type /Pages /Kids [] /Count 5 >>")
			w.table()
		}},
		{"fewer than it says", "count of 3 pages, but its kids have 2", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 3 >>")
			w.object(3, page)
			w.object(4, page)
			w.table()
		}},
		{"of many kids the last has more", "count of 30 pages, but its kids have 38", func(w *pdfWriter) {
			w.object(1, "<< /Pages 2 0 R >>")
			w.object(2, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count 30 >>", kids(10, 30)))
			for i := range 29 {
				w.object(10+i, page)
			}
			w.object(39, "<< /Type /Pages /Kids [] /Count 9 >>")
			w.table()
		}},
		{"no catalog", "no dictionary", func(w *pdfWriter) { w.object(2, page); w.table() }},
		{"no page tree", "page tree: no dictionary", func(w *pdfWriter) { w.object(1, "<< /Type /Catalog >>"); w.table() }},
		{"reference to itself", "without end", func(w *pdfWriter) { w.object(1, "1 0 R"); w.table() }},
		{"sections in a loop", "comes before itself", func(w *pdfWriter) {
			w.prev = w.Len()
			w.table()
		}},
		{"section beyond the end", "section at 99999999", func(w *pdfWriter) { w.prev = 99999999; w.table() }},
		{"offset of another object", "has object 10", func(w *pdfWriter) { w.body(1); w.at[1] = w.at[10]; w.table() }},
		{"nested without end", "nested more than", func(w *pdfWriter) {
			w.object(1, strings.Repeat("[", 100_000))
			w.table()
		}},
		{"object that does not end", "does not end", func(w *pdfWriter) {
			w.body(3)
			w.at[1] = w.Len()
			w.WriteString("1 0 obj << /A (")
			w.WriteString(strings.Repeat("x", 2<<20))
			w.table()
		}},
		{"part of more entries than the file can have", "part of 900000000 entries", func(w *pdfWriter) {
			fmt.Fprintf(w, "xref\n0 900000000\n0000000000 65535 f \n0000000000 65535 f \nstartxref\n%d\n", w.Len())
		}},
		{"many parts", "more than 20000 parts", func(w *pdfWriter) {
			start := w.Len()
			fmt.Fprintf(w, "xref\n%sstartxref\n%d\n", strings.Repeat("0 0\n", 21_000), start)
		}},
		{"entries of another form", "malformed entry", func(w *pdfWriter) {
			fmt.Fprintf(w, "xref\n0 2\n0000000000 65535 free \n0000000000 65535 free \nstartxref\n%d\n", w.Len())
		}},
		{"bomb", "makes more than", func(w *pdfWriter) {
			start := w.Len()
			w.stream(60, "/Type /XRef /Size 1 /W [1 4 1] /Filter /FlateDecode", deflated(make([]byte, 17<<20)))
			fmt.Fprintf(w, "startxref\n%d\n", start)
		}},
		{"filter that is not used", "filter LZWDecode", func(w *pdfWriter) {
			start := w.Len()
			w.stream(60, "/Type /XRef /Size 1 /W [1 4 1] /Filter /LZWDecode", nil)
			fmt.Fprintf(w, "startxref\n%d\n", start)
		}},
		{"fields of many bytes", "field of 9 bytes", func(w *pdfWriter) {
			start := w.Len()
			w.stream(60, "/Type /XRef /Size 1 /W [1 9 1]", nil)
			fmt.Fprintf(w, "startxref\n%d\n", start)
		}},
		{"object streams that need one another", "without end", func(w *pdfWriter) {
			for _, num := range []int{50, 51} {
				w.objects(num, map[int]string{num*10 + 1: "1"})
			}
			text := strings.ReplaceAll(w.String(), "/Length ", "/Length 501 0 R /Was ")
			w.Reset()
			w.WriteString(strings.ReplaceAll(text, "/Filter", "/Filters"))
			w.at[51] = strings.Index(w.String(), "51 0 obj")
			w.within[1] = [2]int{50, 0}
			w.within[501] = [2]int{51, 0}
			w.xrefStream(60)
		}},
		{"object that is not at its place", "object stream 50: object 8 at 18", func(w *pdfWriter) {
			w.objects(50, map[int]string{7: page, 8: page})
			w.within[1] = [2]int{50, 1}
			w.xrefStream(60)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newPDF()
			test.write(w)
			info, read, err := inspectBytes(w.Bytes(), PDF)
			if _, unknown := errors.AsType[*UnknownPagesError](err); !unknown || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if info.Pages != 0 || read.bytes > maxBytes || read.reads > 100 {
				t.Errorf("%d pages, %d reads of %d bytes", info.Pages, read.reads, read.bytes)
			}
		})
	}
}

func TestInspectPDFEncrypted(t *testing.T) {
	for _, trailer := range []string{"/Encrypt 90 0 R", "/Encrypt << /Filter /Standard >>"} {
		w := newPDF()
		w.trailer = trailer
		w.body(3)
		w.table()
		if _, _, err := inspectBytes(w.Bytes(), PDF); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%s: %v", trailer, err)
		}
		w = newPDF()
		w.trailer = trailer
		w.body(3)
		w.xrefStream(60)
		if _, _, err := inspectBytes(w.Bytes(), PDF); !errors.Is(err, ErrEncrypted) {
			t.Errorf("%s, stream: %v", trailer, err)
		}
	}
	w := newPDF()
	w.trailer = "/Encrypt null"
	w.body(3)
	w.table()
	if info, _, err := inspectBytes(w.Bytes(), PDF); err != nil || info.Pages != 3 {
		t.Errorf("not encrypted: %+v, %v", info, err)
	}
}

// TestInspectPDFReads has files with much between their objects, as images are.
func TestInspectPDFReads(t *testing.T) {
	image := strings.Repeat("\x80", 100_000)
	classic := newPDF()
	classic.object(1, "<< /Type /Catalog /Pages 2 0 R >>")
	for i := range 100 {
		classic.object(10+2*i, "<< /Type /Page /Parent 2 0 R >>")
		classic.stream(11+2*i, "/Subtype /Image", []byte(image))
	}
	var all strings.Builder
	for i := range 100 {
		fmt.Fprintf(&all, "%d 0 R ", 10+2*i)
	}
	classic.object(2, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count 100 >>", &all))
	classic.table()

	streams := newPDF()
	objects := map[int]string{1: "<< /Type /Catalog /Pages 2 0 R >>", 2: fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count 100 >>", kids(500, 100))}
	for i := range 100 {
		streams.stream(200+i, "/Subtype /Image", []byte(image))
		objects[500+i] = "<< /Type /Page /Parent 2 0 R >>"
	}
	streams.objects(50, objects)
	streams.xrefStream(60)

	for name, w := range map[string]*pdfWriter{"classic": classic, "streams": streams} {
		info, read, err := inspectBytes(w.Bytes(), PDF)
		if err != nil || info.Pages != 100 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
		if read.reads > 4 || read.bytes > 64<<10 {
			t.Errorf("%s of %d bytes: %d reads of %d bytes", name, w.Len(), read.reads, read.bytes)
		}
	}
}
