package drawn

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/awspatterns/awspatterns/internal/imagefile"
	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/macie/pii"
)

// documents are drawn once for all tests, and not changed.
var documents = sync.OnceValue(All)

// TestBoxes compares boxes with the ink on a white sheet, to the pixel.
func TestBoxes(t *testing.T) {
	for _, text := range []string{"Ångström", "gyp", "S1234567D", "<<<", "-", "'"} {
		s := newSheet(600, 200, color.White)
		s.line(40.3, 100.7, span{text, bold, 48, color.Black}, span{"next", mono, 30, color.White})
		line := s.document("").Page.Lines[0]
		if line.Text != text+" next" || len(line.Words) != 2 {
			t.Fatalf("%+v", line)
		}
		if got, want := pixels(s.img, line.Words[0].Box), ink(s.img); got != want {
			t.Errorf("%q: the box is %v, and the ink %v", text, got, want)
		}
	}
}

// ink returns where an image is not white.
func ink(img *image.RGBA) image.Rectangle {
	var r image.Rectangle
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.RGBAAt(x, y) != (color.RGBA{0xff, 0xff, 0xff, 0xff}) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

func pixels(img *image.RGBA, b ocr.Box) image.Rectangle {
	w, h := float32(img.Rect.Dx()), float32(img.Rect.Dy())
	at := func(v float32) int { return int(v + 0.5) }
	return image.Rect(at(b.Left*w), at(b.Top*h), at((b.Left+b.Width)*w), at((b.Top+b.Height)*h))
}

// TestText checks what a text detection may tell: words within their line, lines
// that do not touch each other and are high enough to be read.
func TestText(t *testing.T) {
	for _, d := range documents() {
		var seen []image.Rectangle
		for _, l := range d.Page.Lines {
			box := pixels(d.Image, l.Box)
			if !box.In(d.Image.Rect) || box.Empty() {
				t.Errorf("%s: %q is at %v, on %v", d.Name, l.Text, box, d.Image.Rect)
			}
			if slices.ContainsFunc(seen, box.Overlaps) {
				t.Errorf("%s: %q, at %v, covers another line", d.Name, l.Text, box)
			}
			seen = append(seen, box)
			var words []string
			var whole image.Rectangle
			for _, w := range l.Words {
				words = append(words, string([]rune(l.Text)[w.Start-1:w.End-1]))
				whole = whole.Union(pixels(d.Image, w.Box))
			}
			if !slices.Equal(words, strings.Fields(l.Text)) || whole != box {
				t.Errorf("%s: %q has the words %q, at %v of %v", d.Name, l.Text, words, whole, box)
			}
			// Textract reads text from 15 pixels on ("Set quotas in Amazon Textract" in
			// the developer guide). That is the size of the font, of which a capital takes three quarters.
			if strings.ContainsAny(l.Text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") && box.Dy() < 12 {
				t.Errorf("%s: %q is %d pixels high", d.Name, l.Text, box.Dy())
			}
		}
	}
}

func TestSame(t *testing.T) {
	again := All()
	for i, d := range documents() {
		if !bytes.Equal(d.Image.Pix, again[i].Image.Pix) {
			t.Errorf("%s is another one each time", d.Name)
		}
	}
}

// TestValues checks that the numbers pass the checks of detectors.
func TestValues(t *testing.T) {
	want := map[string]string{
		"bank-card": "CREDIT_CARD_NUMBER", "identity-card": "SINGAPORE_NRIC", "invoice": "CREDIT_CARD_NUMBER IBAN",
	}
	for _, d := range documents() {
		doc := ocr.Document{Pages: []ocr.Page{d.Page}}
		var got []string
		for _, m := range pii.Find(doc.Text()) {
			got = append(got, m.Type.String())
		}
		if strings.Join(got, " ") != want[d.Name] {
			t.Errorf("%s: %v, want %s", d.Name, got, want[d.Name])
		}
	}
}

// TestMachineReadable compares with the example of ICAO Doc 9303, part 4, appendix B.
func TestMachineReadable(t *testing.T) {
	got := MachineReadable("UTO", "ERIKSSON", "ANNA MARIA", "L898902C3", "740812", "F", "120415", "ZE184226B")
	want := [2]string{
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
		"L898902C36UTO7408122F1204159ZE184226B<<<<<10",
	}
	if got != want {
		t.Errorf("got\n%s\n%s\nwant\n%s\n%s", got[0], got[1], want[0], want[1])
	}
}

// TestTurned checks that the photo, turned as its file says, is the document.
func TestTurned(t *testing.T) {
	d := BankCard()
	file := d.Turned()
	info, err := imagefile.Inspect(bytes.NewReader(file), int64(len(file)), imagefile.JPEG)
	if err != nil || info.Orientation != 6 {
		t.Fatalf("%+v, %v", info, err)
	}
	var displayed bytes.Buffer
	if err := imagefile.Cover(&displayed, bytes.NewReader(file), imagefile.JPEG, nil, imagefile.Style{Mark: imagefile.Outline}); err != nil {
		t.Fatal(err)
	}
	img, err := jpeg.Decode(&displayed)
	if err != nil || img.Bounds() != d.Image.Rect {
		t.Fatalf("%v, %v", img.Bounds(), err)
	}
	for _, at := range []image.Point{{30, 30}, {1180, 880}, {230, 350}, {500, 200}, {1000, 300}} {
		if a, b := d.Image.RGBAAt(at.X, at.Y), color.RGBAModel.Convert(img.At(at.X, at.Y)).(color.RGBA); distance(a, b) > 60 {
			t.Errorf("at %v: %v, want %v", at, b, a)
		}
	}
}

func distance(a, b color.RGBA) int {
	d := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
	return d(a.R, b.R) + d(a.G, b.G) + d(a.B, b.B)
}

func TestEncode(t *testing.T) {
	d := Minutes()
	for name, file := range map[imagefile.Format][]byte{imagefile.PNG: d.PNG(), imagefile.JPEG: d.JPEG(), imagefile.TIFF: d.TIFF()} {
		info, err := imagefile.Inspect(bytes.NewReader(file), int64(len(file)), name)
		if err != nil || info.Pages != 1 || info.Width != 1000 || info.Height != 1294 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
	}
	img, err := tiff.Decode(bytes.NewReader(d.TIFF()))
	if err != nil || color.RGBAModel.Convert(img.At(124, 128)) != d.Image.At(124, 128) {
		t.Errorf("%v", err)
	}
}
