package integration_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/tiff"

	"github.com/awspatterns/awspatterns/internal/imagefile"
)

// A drawnPage is a page of text, and where the ink of each of its words is.
type drawnPage struct {
	img   *image.Gray
	words []drawnWord
}

// A drawnWord is in a line, counted from 0. Its rectangle is in pixels.
type drawnWord struct {
	text string
	line int
	ink  image.Rectangle
}

// drawPage draws lines below each other, 34 pixels high as at 16 points and 150
// DPI. It draws word by word, so that where each one is does not come from what
// is to be tested.
func drawPage(t *testing.T, lines ...string) drawnPage {
	t.Helper()
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 34, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	p := drawnPage{img: image.NewGray(image.Rect(0, 0, 1240, 200+80*len(lines)))}
	draw.Draw(p.img, p.img.Rect, image.White, image.Point{}, draw.Src)
	pen := font.Drawer{Dst: p.img, Src: image.Black, Face: face}
	for n, line := range lines {
		pen.Dot = fixed.P(100, 140+80*n)
		for _, word := range strings.Fields(line) {
			ink, _ := pen.BoundString(word)
			at := image.Rect(ink.Min.X.Floor(), ink.Min.Y.Floor(), ink.Max.X.Ceil(), ink.Max.Y.Ceil())
			p.words = append(p.words, drawnWord{word, n, at})
			pen.DrawString(word)
			pen.Dot.X += pen.MeasureString(" ")
		}
	}
	return p
}

// inks returns where a text is drawn that is in one line of the page, each time.
func (p drawnPage) inks(t *testing.T, text string) []image.Rectangle {
	t.Helper()
	wanted := strings.Fields(text)
	var inks []image.Rectangle
	for i := range p.words {
		var at image.Rectangle
		n := 0
		for ; n < len(wanted) && i+n < len(p.words) && p.words[i+n].text == wanted[n] && p.words[i+n].line == p.words[i].line; n++ {
			at = at.Union(p.words[i+n].ink)
		}
		if n == len(wanted) {
			inks = append(inks, at)
		}
	}
	if len(inks) == 0 {
		t.Fatalf("%q is not drawn", text)
	}
	return inks
}

func pngFile(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turnedJPEG returns an image as a camera stores it that is held upright: turned
// to the left, with an EXIF orientation of 6, "turn to the right to display".
func turnedJPEG(t *testing.T, img *image.Gray) []byte {
	t.Helper()
	width, height := img.Rect.Dx(), img.Rect.Dy()
	stored := image.NewGray(image.Rect(0, 0, height, width))
	for y := range height {
		for x := range width {
			stored.SetGray(y, width-1-x, img.GrayAt(x, y))
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, stored, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	const exif = "\xff\xe1\x00\x22Exif\x00\x00" + // the marker, its length of 34 bytes
		"MM\x00\x2a\x00\x00\x00\x08" + "\x00\x01" + // a TIFF with a directory of one entry,
		"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00" + "\x00\x00\x00\x00" // the orientation
	return append([]byte("\xff\xd8"+exif), b.Bytes()[2:]...)
}

// displayed decodes a JPEG of turnedJPEG and turns it to the right.
func displayed(stored image.Image) *image.Gray {
	width, height := stored.Bounds().Dy(), stored.Bounds().Dx()
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.GrayModel.Convert(stored.At(y, width-1-x)))
		}
	}
	return img
}

// decodePages returns the pages of an image. tiffsplit, of libtiff, takes a TIFF
// apart: the decoder knows the first page alone.
func decodePages(t *testing.T, content []byte) []image.Image {
	t.Helper()
	if imagefile.Sniff(content) != imagefile.TIFF {
		return []image.Image{decode(t, content)}
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "whole.tiff"), content, 0o666); err != nil {
		t.Fatal(err)
	}
	runIn(t, dir, engine(t, "libtiff", "tiffsplit"), "whole.tiff", "page-")
	files, err := filepath.Glob(filepath.Join(dir, "page-*"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	var pages []image.Image
	for _, file := range files {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, decode(t, page))
	}
	return pages
}

func decode(t *testing.T, content []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// lightPixels counts the pixels of a part of an image that are not black. JPEG
// makes black almost black.
func lightPixels(img image.Image, part image.Rectangle) int {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y > 8 {
				n++
			}
		}
	}
	return n
}

// otherPixels counts the pixels of a part that are light in one image and dark in
// the other.
func otherPixels(a, b image.Image, part image.Rectangle) int {
	light := func(c color.Color) bool { return color.GrayModel.Convert(c).(color.Gray).Y > 128 }
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if light(a.At(x, y)) != light(b.At(x, y)) {
				n++
			}
		}
	}
	return n
}

// hasColour reports whether a part of an image is not all black, white and grey.
func hasColour(img image.Image, part image.Rectangle) bool {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if r, g, _, _ := img.At(x, y).RGBA(); r > g+0x4000 {
				return true
			}
		}
	}
	return false
}

// tiffFile makes a TIFF of several pages with tiffcp, of libtiff, and its options.
func tiffFile(t *testing.T, tiffcp string, pages []drawnPage, options ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	args := slices.Clone(options)
	for i, page := range pages {
		var b bytes.Buffer
		if err := tiff.Encode(&b, page.img, nil); err != nil {
			t.Fatal(err)
		}
		file := strconv.Itoa(i) + ".tiff"
		if err := os.WriteFile(filepath.Join(dir, file), b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	runIn(t, dir, tiffcp, append(args, "out.tiff")...)
	content, err := os.ReadFile(filepath.Join(dir, "out.tiff"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// run runs a program and returns what it writes.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	return runIn(t, "", name, args...)
}

// runIn runs a program in a directory: to tiffcp, a comma in a path means a page.
func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}
