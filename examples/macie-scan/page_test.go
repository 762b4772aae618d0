package main

import (
	"bytes"
	"encoding/binary"
	"image"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// TestHostileNames gives images names that would like to be markup or paths.
func TestHostileNames(t *testing.T) {
	const script = `x"><script>alert(1)</script>`
	i := macie.Image{
		Bucket: "b", Key: "../../etc/" + script + "\x1b[31m.png", Format: "png", State: macie.StateFinding, Reason: script,
		Findings: []macie.Finding{{Type: script, Severity: `high" onload="x`, Count: 2}},
	}
	r := &report{settings: &settings{scan: macie.ScanImagesOptions{Sources: []macie.ImageSource{{Bucket: "b", Prefix: script}}}}}
	r.views = []view{{image: i, problem: script, occurrences: []macie.Occurrence{{Type: script, Snippet: script}}}, {image: macie.Image{State: macie.StateFailed, Key: script}}}
	body, err := r.body()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(body, "<script") || strings.Contains(body, `" onload`) {
		t.Errorf("got\n%s", body)
	}
	r.shown = []macie.Image{i}
	var out bytes.Buffer
	r.table(&out)
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "?") {
		t.Errorf("got %q", out.String())
	}
}

func TestFileName(t *testing.T) {
	seen := map[string]bool{}
	for _, key := range []string{"a/b.png", "b.png", "../b", "..", "/", "", "ü.png", strings.Repeat("x", 1024), "a\x00b", "CON"} {
		name := fileName(macie.Image{Bucket: "b", Key: key, Format: "png"})
		if seen[name] || len(name) > 80 || strings.ContainsAny(name, "/\\\x00") || !strings.HasSuffix(name, ".png") || strings.HasPrefix(name, ".") {
			t.Errorf("%q: %q", key, name)
		}
		seen[name] = true
	}
}

func TestPages(t *testing.T) {
	on := func(numbers ...int) macie.Finding {
		var f macie.Finding
		for _, n := range numbers {
			f.Places = append(f.Places, macie.Place{Regions: []ocr.Region{{Page: n}}})
		}
		return f
	}
	for want, f := range map[string]macie.Finding{
		"?": on(), "1": on(1, 1), "1, 3": on(3, 1), "1 to 9": on(9, 4, 1, 2),
	} {
		if got := pages(f); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	for id, want := range map[string]string{
		"CREDIT_CARD_NUMBER": "Credit card number", "USA_PASSPORT_NUMBER": "USA passport number", "IBAN": "IBAN", "__": "__", "": "",
	} {
		if got := title(id); got != want {
			t.Errorf("%q: got %q, want %q", id, got, want)
		}
	}
}

// tiffOf returns a TIFF of gray pages of one pixel each, that are so wide.
func tiffOf(widths ...int) []byte {
	file := []byte("MM\x00*\x00\x00\x00\x08")
	for i, width := range widths {
		const fields = 8
		at := len(file)
		pixels := at + 2 + fields*12 + 4
		file = binary.BigEndian.AppendUint16(file, fields)
		for _, f := range [fields][3]uint32{
			{256, 4, uint32(width)}, {257, 4, 1}, {258, 3, 8 << 16}, {259, 3, 1 << 16}, {262, 3, 1 << 16},
			{273, 4, uint32(pixels)}, {278, 4, 1}, {279, 4, uint32(width)},
		} {
			file = binary.BigEndian.AppendUint16(file, uint16(f[0]))
			file = binary.BigEndian.AppendUint16(file, uint16(f[1]))
			file = binary.BigEndian.AppendUint32(file, 1)
			file = binary.BigEndian.AppendUint32(file, f[2])
		}
		next := pixels + width
		if i == len(widths)-1 {
			next = 0
		}
		file = binary.BigEndian.AppendUint32(file, uint32(next))
		file = append(file, make([]byte, width)...)
	}
	return file
}

func TestPictures(t *testing.T) {
	file := tiffOf(10, 20, 30, 40, 50, 60)
	tests := []struct {
		want   map[int]bool
		widths []int
	}{
		{nil, []int{10}},
		{map[int]bool{2: true, 5: true}, []int{20, 50}},
		{map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}, []int{10, 20, 30, 40}},
		{map[int]bool{7: true}, nil},
	}
	for _, tt := range tests {
		var widths []int
		for _, p := range pictures(file, tt.want) {
			if p.Width != p.Page*10 {
				t.Errorf("page %d is %d wide", p.Page, p.Width)
			}
			widths = append(widths, p.Width)
		}
		if !slices.Equal(widths, tt.widths) {
			t.Errorf("%v: got %v, want %v", tt.want, widths, tt.widths)
		}
	}
	if got := pictures([]byte("no image"), nil); got != nil {
		t.Errorf("got %v", got)
	}
	if p, err := pictureOf(image.NewGray(image.Rect(0, 0, 7000, 1))); err != nil || p.Width != 1400 || p.Height != 1 {
		t.Errorf("%d x %d, %v", p.Width, p.Height, err)
	}
}

// FuzzPages reads what may be no copy at all: each page takes it further.
func FuzzPages(f *testing.F) {
	f.Add(tiffOf(1, 2))
	f.Add([]byte("MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x08"))
	f.Add([]byte("MM\x00*"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		n := 0
		for number, page := range pagesOf(file) {
			n++
			if number != n || len(page) != len(file) {
				t.Fatalf("page %d is number %d, of %d bytes", n, number, len(page))
			}
		}
		if n > max(1, len(file)) {
			t.Fatalf("%d pages in %d bytes", n, len(file))
		}
	})
}
