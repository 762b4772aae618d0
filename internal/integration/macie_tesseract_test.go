package integration_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/awspatterns/awspatterns/internal/imagefile"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A recognizer reads text with Tesseract: text detection that nobody here wrote.
// It reads a file once, however often it is asked.
type recognizer struct {
	tesseract, pdftoppm string

	mu   sync.Mutex
	read map[[32]byte][]ocr.Page
}

func newRecognizer(t *testing.T) *recognizer {
	return &recognizer{
		tesseract: engine(t, "tesseract", "tesseract"), pdftoppm: engine(t, "poppler", "pdftoppm"),
		read: map[[32]byte][]ocr.Page{},
	}
}

// Read is a Reader for the stand-in for Textract. Places are on the page as it is
// displayed.
func (r *recognizer) Read(content []byte) ([]ocr.Page, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	sum := sha256.Sum256(content)
	if pages, ok := r.read[sum]; ok {
		return pages, nil
	}
	dir, err := os.MkdirTemp("", "tesseract-test-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	files, err := r.files(dir, content)
	if err != nil {
		return nil, err
	}
	var pages []ocr.Page
	for _, file := range files {
		cmd := exec.Command(r.tesseract, file, "-", "--dpi", "150", "tsv")
		cmd.Env = append(os.Environ(), "OMP_THREAD_LIMIT=1")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("tesseract: %w: %s", err, errs.String())
		}
		found, err := tesseractPages(out.String())
		if err != nil {
			return nil, err
		}
		for _, page := range found {
			page.Number = len(pages) + 1
			pages = append(pages, page)
		}
	}
	r.read[sum] = pages
	return pages, nil
}

// files writes what Tesseract is to read. It knows no PDF, and does not turn a
// JPEG as it is displayed.
func (r *recognizer) files(dir string, content []byte) ([]string, error) {
	file := filepath.Join(dir, "image")
	if err := os.WriteFile(file, content, 0o666); err != nil {
		return nil, err
	}
	switch imagefile.Sniff(content) {
	case imagefile.PDF:
		if out, err := exec.Command(r.pdftoppm, "-r", "150", "-gray", "-png", file, file).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("pdftoppm: %w: %s", err, out)
		}
		files, err := filepath.Glob(file + "-*.png")
		slices.Sort(files) // the numbers have leading zeros
		return files, err
	case imagefile.JPEG:
		info, err := imagefile.Inspect(bytes.NewReader(content), int64(len(content)), imagefile.JPEG)
		if err != nil || info.Orientation != 6 {
			return []string{file}, err
		}
		stored, _, err := image.Decode(bytes.NewReader(content))
		if err != nil {
			return nil, err
		}
		var turned bytes.Buffer
		if err := png.Encode(&turned, displayed(stored)); err != nil {
			return nil, err
		}
		return []string{file}, os.WriteFile(file, turned.Bytes(), 0o666)
	}
	return []string{file}, nil
}

// Levels of a row of Tesseract's TSV.
const (
	levelPage = "1"
	levelLine = "4"
	levelWord = "5"
)

// tesseractPages reads the TSV: a row for each page, block, paragraph, line and
// word, with places in pixels. Of levels above words only the place is told.
func tesseractPages(tsv string) ([]ocr.Page, error) {
	var pages []ocr.Page
	var words []ocr.PlacedWord
	var width, height float64
	flush := func() {
		if len(words) == 0 {
			return
		}
		page := &pages[len(pages)-1]
		line := &page.Lines[len(page.Lines)-1]
		var texts []string
		for _, w := range words {
			texts = append(texts, w.Text)
		}
		line.Text = strings.Join(texts, " ")
		line.Words = ocr.SplitWords(line.Text, words)
		words = nil
	}
	for n, row := range strings.Split(strings.TrimRight(tsv, "\n"), "\n") {
		fields := strings.Split(row, "\t")
		if len(fields) != 12 {
			return nil, fmt.Errorf("row %d has %d fields: %q", n, len(fields), row)
		}
		if n == 0 {
			continue // the names of the columns
		}
		var at [4]float64 // left, top, width, height
		for i := range at {
			var err error
			if at[i], err = strconv.ParseFloat(fields[6+i], 64); err != nil {
				return nil, fmt.Errorf("row %d: %w", n, err)
			}
		}
		if fields[0] == levelPage {
			flush()
			width, height = at[2], at[3]
			pages = append(pages, ocr.Page{})
			continue
		}
		box := ocr.Box{
			Left: float32(at[0] / width), Top: float32(at[1] / height),
			Width: float32(at[2] / width), Height: float32(at[3] / height),
		}
		switch fields[0] {
		case levelLine:
			flush()
			page := &pages[len(pages)-1]
			page.Lines = append(page.Lines, ocr.Line{Box: box})
		case levelWord:
			if text := strings.TrimSpace(fields[11]); text != "" { // of a picture it is a blank
				words = append(words, ocr.PlacedWord{Text: text, Box: box})
			}
		}
	}
	flush()
	for i := range pages {
		pages[i].Lines = slices.DeleteFunc(pages[i].Lines, func(l ocr.Line) bool { return strings.TrimSpace(l.Text) == "" })
	}
	return pages, nil
}

// TestTesseract checks the judge: it reads what is drawn, where it is drawn.
func TestTesseract(t *testing.T) {
	r := newRecognizer(t)
	drawn := drawPage(t, "Minutes of the garden club", "Credit card 4539 1488 0343 6467 valid")
	pages, err := r.Read(pngFile(t, drawn.img))
	if err != nil {
		t.Fatal(err)
	}
	doc := ocr.Document{Pages: pages}
	if want := "Minutes of the garden club\nCredit card 4539 1488 0343 6467 valid\n"; doc.Text() != want {
		t.Fatalf("read %q, want %q", doc.Text(), want)
	}
	n := 0
	for _, line := range pages[0].Lines {
		for _, word := range line.Words {
			at := pixels(word.Box, drawn.img.Rect)
			if iou := overlap(at, drawn.words[n].ink); iou < 0.7 {
				t.Errorf("%s is at %v, drawn at %v", drawn.words[n].text, at, drawn.words[n].ink)
			}
			n++
		}
	}
	if n != len(drawn.words) {
		t.Errorf("%d words, want %d", n, len(drawn.words))
	}
}

// pixels returns where a box is on a page.
func pixels(b ocr.Box, page image.Rectangle) image.Rectangle {
	scale := func(ratio float32, side int) int { return int(float64(ratio)*float64(side) + 0.5) }
	return image.Rect(
		scale(b.Left, page.Dx()), scale(b.Top, page.Dy()),
		scale(b.Left+b.Width, page.Dx()), scale(b.Top+b.Height, page.Dy()),
	)
}

// overlap returns the area that two rectangles share, as a share of the area of
// either.
func overlap(a, b image.Rectangle) float64 {
	area := func(r image.Rectangle) float64 { return float64(r.Dx()) * float64(r.Dy()) }
	shared := area(a.Intersect(b))
	return shared / (area(a) + area(b) - shared)
}
