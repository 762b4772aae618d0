package integration_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/awspatterns/awspatterns/internal/imagefile"
)

// printPDF lets Chromium print a document.
func printPDF(t *testing.T, html string) []byte {
	t.Helper()
	browser := startBrowser(t)
	url := "data:text/html;charset=utf-8;base64," + base64.StdEncoding.EncodeToString([]byte(html))
	if err := chromedp.Do(browser, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	pdf, err := chromedp.Run(browser, chromedp.PrintToPDF())
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// pagesHTML is a document of so many pages.
func pagesHTML(n int) string {
	return strings.Repeat(`<p style="break-after: page">One page with some text on it</p>`, n-1) + "<p>The last page</p>"
}

var pdfPages = regexp.MustCompile(`(?m)^Pages:\s+(\d+)$`)

// TestPDFPages compares the pages that are counted with what qpdf and poppler say,
// in files that Chromium printed and qpdf rewrote in all ways that it knows.
func TestPDFPages(t *testing.T) {
	qpdf, pdfinfo := engine(t, "qpdf", "qpdf"), engine(t, "poppler", "pdfinfo")
	dir := t.TempDir()
	for _, n := range []int{1, 2, 45} {
		printed := filepath.Join(dir, fmt.Sprintf("%d pages.pdf", n))
		if err := os.WriteFile(printed, printPDF(t, pagesHTML(n)), 0o666); err != nil {
			t.Fatal(err)
		}
		rewritten := map[string][]string{
			"printed":            {},
			"linearized":         {"--linearize"},
			"object streams":     {"--object-streams=generate"},
			"no object streams":  {"--object-streams=disable"},
			"both":               {"--linearize", "--object-streams=generate"},
			"uncompressed":       {"--stream-data=uncompress", "--object-streams=disable"},
			"recompressed":       {"--recompress-flate", "--compression-level=9", "--object-streams=generate"},
			"qdf":                {"--qdf"},
			"newer":              {"--min-version=2.0"},
			"its pages twice":    {"--pages", printed, "1-z", printed, "z-1", "--"},
			"the last page":      {"--pages", printed, "z", "--"},
			"split and overlaid": {"--overlay", printed, "--to=1", "--"},
		}
		for name, options := range rewritten {
			t.Run(fmt.Sprintf("%d, %s", n, name), func(t *testing.T) {
				file := printed
				if name != "printed" {
					file = filepath.Join(t.TempDir(), "rewritten.pdf")
					run(t, qpdf, append(append([]string{printed}, options...), file)...)
				}
				info := inspect(t, file, imagefile.PDF)
				told := pdfPages.FindStringSubmatch(run(t, pdfinfo, file))
				if told == nil || told[1] != strconv.Itoa(info.Pages) {
					t.Errorf("counted %d pages, poppler says %v", info.Pages, told)
				}
				if counted := strings.TrimSpace(run(t, qpdf, "--show-npages", file)); counted != strconv.Itoa(info.Pages) {
					t.Errorf("counted %d pages, qpdf says %s", info.Pages, counted)
				}
			})
		}
		t.Run(fmt.Sprintf("%d, encrypted", n), func(t *testing.T) {
			for _, password := range []string{"", "secret"} {
				file := filepath.Join(t.TempDir(), "encrypted.pdf")
				run(t, qpdf, "--encrypt", password, "owner", "256", "--", printed, file)
				if _, err := tryInspect(t, file, imagefile.PDF); !errors.Is(err, imagefile.ErrEncrypted) {
					t.Errorf("password %q: %v, want ErrEncrypted", password, err)
				}
			}
		})
	}
}

// TestTIFFPages compares the pages that are counted, and their sizes, with what
// libtiff says of files that it wrote in many ways.
func TestTIFFPages(t *testing.T) {
	tiffcp, tiffinfo := engine(t, "libtiff", "tiffcp"), engine(t, "libtiff", "tiffinfo")
	small, large := drawPage(t, "One"), drawPage(t, "One", "Two", "Three")
	ways := map[string][]string{
		"as they are": {}, "LZW": {"-c", "lzw"}, "Deflate": {"-c", "zip"}, "PackBits": {"-c", "packbits"},
		"big endian": {"-B"}, "little endian": {"-L"}, "tiles": {"-t", "-w", "64", "-l", "64"}, "strips of a row": {"-r", "1"},
		"LZW with differences, big endian": {"-B", "-c", "lzw:2"}, "separate planes": {"-p", "separate"},
	}
	for name, options := range ways {
		for _, pages := range [][]drawnPage{{small}, {small, large}, {large, small, small, large, small, small, small}} {
			t.Run(fmt.Sprintf("%s, %d", name, len(pages)), func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "pages.tiff")
				content := tiffFile(t, tiffcp, pages, options...)
				if err := os.WriteFile(file, content, 0o666); err != nil {
					t.Fatal(err)
				}
				info := inspect(t, file, imagefile.TIFF)
				told := run(t, tiffinfo, file)
				size := fmt.Sprintf("Image Width: %d Image Length: %d", info.Width, info.Height)
				if n := strings.Count(told, "Image Width:"); n != info.Pages || info.Pages != len(pages) || !strings.Contains(told, size) {
					t.Errorf("counted %d pages of %s, and libtiff says:\n%s", info.Pages, size, told)
				}
				checkCovered(t, tiffinfo, content, pages)
			})
		}
	}
	t.Run("BigTIFF", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "big.tiff")
		content := tiffFile(t, tiffcp, []drawnPage{small}, "-8")
		if err := os.WriteFile(file, content, 0o666); err != nil {
			t.Fatal(err)
		}
		if f := imagefile.Sniff(content); f != imagefile.BigTIFF {
			t.Errorf("sniffed %q", f)
		}
	})
}

// checkCovered covers a part of each page, and lets libtiff read what was written,
// every strip of it.
func checkCovered(t *testing.T, tiffinfo string, content []byte, pages []drawnPage) {
	t.Helper()
	var areas []imagefile.Area
	for i := range pages {
		areas = append(areas, imagefile.Area{Page: i + 1, Left: 0.25, Top: 0.25, Width: 0.5, Height: 0.5})
	}
	var covered bytes.Buffer
	if err := imagefile.Cover(&covered, bytes.NewReader(content), imagefile.TIFF, areas, imagefile.Style{}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "covered.tiff")
	if err := os.WriteFile(file, covered.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	told := run(t, tiffinfo, "-D", file)
	if n := strings.Count(told, "Image Width:"); n != len(pages) || strings.Contains(told, "arning") || strings.Contains(told, "rror") {
		t.Errorf("libtiff reads %d pages, want %d:\n%s", n, len(pages), told)
	}
	for i, page := range decodePages(t, covered.Bytes()) {
		box := page.Bounds()
		area := image.Rect(box.Dx()/4, box.Dy()/4, box.Dx()*3/4, box.Dy()*3/4)
		if n := lightPixels(page, area); n > 0 {
			t.Errorf("page %d: %d pixels are not black", i+1, n)
		}
		around := area.Inset(-5) // Cover draws 3 pixels more
		above, left := image.Rect(0, 0, box.Dx(), around.Min.Y), image.Rect(0, 0, around.Min.X, box.Dy())
		if box != pages[i].img.Rect || otherPixels(page, pages[i].img, above)+otherPixels(page, pages[i].img, left) > 0 {
			t.Errorf("page %d: what is not covered is not as it was", i+1)
		}
	}
}

func inspect(t *testing.T, file string, f imagefile.Format) imagefile.Info {
	t.Helper()
	info, err := tryInspect(t, file, f)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func tryInspect(t *testing.T, file string, f imagefile.Format) (imagefile.Info, error) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sniffed := imagefile.Sniff(content); sniffed != f {
		t.Fatalf("sniffed %q, want %q", sniffed, f)
	}
	return imagefile.Inspect(bytes.NewReader(content), int64(len(content)), f)
}
