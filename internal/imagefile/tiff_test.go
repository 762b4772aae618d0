package imagefile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// pagesOf decodes all pages of a TIFF.
func pagesOf(t testing.TB, data []byte) []image.Image {
	t.Helper()
	pages, err := coverablePages(data)
	if err != nil {
		t.Fatal(err)
	}
	var images []image.Image
	for i, page := range pages {
		c, err := decodePage(data, page, i+1)
		if err != nil {
			t.Fatal(err)
		}
		images = append(images, c.image())
	}
	return images
}

// allKinds is a TIFF with a page of each kind, and what they show.
func allKinds(t testing.TB) ([]byte, []image.Image) {
	t.Helper()
	w := newTIFFWriter()
	var want []image.Image
	for _, size := range []image.Point{{100, 50}, {1, 1}, {3, 700}, {200, 200}} {
		all := kinds(size.X, size.Y)
		for _, name := range []string{"gray", "gray 16", "opaque", "alpha", "opaque 16", "alpha 16", "palette"} {
			if err := w.add(newCanvas(all[name])); err != nil {
				t.Fatal(err)
			}
			want = append(want, all[name])
		}
	}
	return w.data, want
}

func TestTIFFWriter(t *testing.T) {
	data, want := allKinds(t)
	got := pagesOf(t, data)
	if len(got) != len(want) {
		t.Fatalf("%d pages, want %d", len(got), len(want))
	}
	for i := range got {
		compare(t, got[i], want[i], image.Rectangle{})
	}
	info, _, err := inspectBytes(data, TIFF)
	if err != nil || info != (Info{TIFF, 28, 100, 50, 700, 1}) {
		t.Errorf("got %+v, %v", info, err)
	}
}

// TestTIFFReadByOthers has Pillow, which is libtiff, read what the writer made.
func TestTIFFReadByOthers(t *testing.T) {
	if err := exec.Command("python3", "-c", "import PIL").Run(); err != nil {
		t.Skip("no Pillow")
	}
	w := newTIFFWriter()
	var want strings.Builder
	all := kinds(61, 700)
	for _, name := range []string{"gray", "opaque", "alpha", "gray 16"} {
		if err := w.add(newCanvas(all[name])); err != nil {
			t.Fatal(err)
		}
		img := all[name]
		for _, p := range []image.Point{{0, 0}, {60, 0}, {17, 350}, {60, 699}} {
			c := exactly(img.At(p.X, p.Y))
			switch name {
			case "gray":
				fmt.Fprintln(&want, c.R>>8)
			case "gray 16":
				fmt.Fprintln(&want, c.R)
			case "opaque":
				fmt.Fprintln(&want, c.R>>8, c.G>>8, c.B>>8)
			default:
				fmt.Fprintln(&want, c.R>>8, c.G>>8, c.B>>8, c.A>>8)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "a.tiff")
	if err := os.WriteFile(file, w.data, 0o600); err != nil {
		t.Fatal(err)
	}
	script := `
import sys
from PIL import Image
img = Image.open(sys.argv[1])
for page in range(img.n_frames):
    img.seek(page)
    img.load()
    for at in (0, 0), (60, 0), (17, 350), (60, 699):
        v = img.getpixel(at)
        print(*(v if isinstance(v, tuple) else (v,)))
`
	got, err := exec.Command("python3", "-W", "error::UserWarning", "-c", script, file).Output()
	if err != nil || string(got) != want.String() {
		t.Errorf("%v\ngot:\n%s\nwant:\n%s", err, got, &want)
	}
}

func TestCoverPages(t *testing.T) {
	data, want := allKinds(t)
	areas := []Area{{Page: 4, Left: 0.1, Top: 0.1, Width: 0.1, Height: 0.2}, {Page: 28, Left: 0.5, Top: 0.5, Width: 0.1, Height: 0.1}, {Page: 4, Left: 0.8, Width: 0.2, Height: 0.1}}
	got := pagesOf(t, cover(t, data, TIFF, areas, Style{}))
	if len(got) != len(want) {
		t.Fatalf("%d pages, want %d", len(got), len(want))
	}
	for i := range got {
		switch i + 1 {
		case 4:
			if !isBlack(got[i].At(15, 10)) || !isBlack(got[i].At(95, 2)) {
				t.Errorf("page 4 is not covered: %v, %v", got[i].At(15, 10), got[i].At(95, 2))
			}
			compare(t, got[i], want[i], image.Rect(7, 0, 100, 18))
		case 28:
			if !isBlack(got[i].At(101, 101)) || !isBlack(got[i].At(119, 119)) {
				t.Errorf("page 28 is not covered")
			}
			compare(t, got[i], want[i], image.Rect(97, 97, 123, 123))
		default:
			compare(t, got[i], want[i], image.Rectangle{})
		}
	}
}

// TestCoverTIFFOfOthers covers files of another writer, with its compressions.
func TestCoverTIFFOfOthers(t *testing.T) {
	for name, img := range kinds(90, 70) {
		for _, compression := range []tiff.CompressionType{tiff.Uncompressed, tiff.Deflate} {
			for _, predictor := range []bool{false, true} {
				t.Run(fmt.Sprint(name, compression, predictor), func(t *testing.T) {
					var b bytes.Buffer
					if err := tiff.Encode(&b, img, &tiff.Options{Compression: compression, Predictor: predictor}); err != nil {
						t.Fatal(err)
					}
					got := decode(t, cover(t, b.Bytes(), TIFF, []Area{{Width: 0.5, Height: 0.5}}, Style{}))
					if !isBlack(got.At(44, 34)) {
						t.Errorf("not covered: %v", got.At(44, 34))
					}
					want := decode(t, b.Bytes())
					if name == "palette" { // which has 16 bits in a TIFF
						want = in8Bits(want)
					}
					compare(t, got, want, image.Rect(0, 0, 48, 38))
				})
			}
		}
	}
}

func in8Bits(img image.Image) image.Image {
	out := image.NewNRGBA(img.Bounds())
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			out.SetNRGBA(x, y, color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0xff})
		}
	}
	return out
}

// TestCoverSharedPixels has pages with the same pixels, which the decoder must not
// change under the others' feet.
func TestCoverSharedPixels(t *testing.T) {
	pix := make([]byte, 20*10)
	for i := range pix {
		pix[i] = byte(i + 20)
	}
	data := buildTIFF(binary.BigEndian, testPage{width: 20, height: 10, orientation: 1, pix: pix}, testPage{width: 20, height: 10, orientation: 3}, testPage{width: 20, height: 10, orientation: 6})
	got := pagesOf(t, cover(t, data, TIFF, []Area{{Page: 1, Width: 1, Height: 1}}, Style{}))
	if !isBlack(got[0].At(5, 5)) {
		t.Error("page 1 is not covered")
	}
	if v := got[1].(*image.Gray).GrayAt(0, 0).Y; v != pix[len(pix)-1] {
		t.Errorf("page 2: %d, want %d", v, pix[len(pix)-1])
	}
	if v := got[2].(*image.Gray); v.Rect.Dx() != 10 || v.GrayAt(9, 0).Y != pix[0] {
		t.Errorf("page 3: %v, %d, want %d", v.Rect, v.GrayAt(9, 0).Y, pix[0])
	}
}
