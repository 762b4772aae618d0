package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

func cover(t testing.TB, data []byte, f Format, areas []Area, style Style) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Cover(&b, bytes.NewReader(data), f, areas, style); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func decode(t testing.TB, data []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func isBlack(c color.Color) bool {
	r, g, b, a := c.RGBA()
	return r == 0 && g == 0 && b == 0 && a == 0xffff
}

func isDark(c color.Color) bool {
	r, g, b, _ := c.RGBA()
	return r < 0x1800 && g < 0x1800 && b < 0x1800
}

// polygons returns the convex polygons that an area is made of, in pixels.
func polygons(a Area, width, height int) [][]Point {
	var all [][]Point
	if a.hasBox() {
		all = append(all, []Point{{a.Left, a.Top}, {a.Left + a.Width, a.Top}, {a.Left + a.Width, a.Top + a.Height}, {a.Left, a.Top + a.Height}})
	}
	if len(a.Polygon) > 0 {
		all = append(all, append([]Point(nil), a.Polygon...))
	}
	for _, p := range all {
		for i := range p {
			p[i].X *= float64(width)
			p[i].Y *= float64(height)
		}
	}
	return all
}

// meets tells whether two convex polygons have a point in common: no line
// separates them.
func meets(p, q []Point) bool {
	for _, sides := range [][]Point{p, q} {
		for i, a := range sides {
			b := sides[(i+1)%len(sides)]
			nx, ny := b.Y-a.Y, a.X-b.X
			pLow, pHigh := math.Inf(1), math.Inf(-1)
			qLow, qHigh := math.Inf(1), math.Inf(-1)
			for _, c := range p {
				pLow, pHigh = min(pLow, c.X*nx+c.Y*ny), max(pHigh, c.X*nx+c.Y*ny)
			}
			for _, c := range q {
				qLow, qHigh = min(qLow, c.X*nx+c.Y*ny), max(qHigh, c.X*nx+c.Y*ny)
			}
			if pHigh < qLow || qHigh < pLow {
				return false
			}
		}
	}
	return true
}

// square is a pixel with edge pixels around it.
func square(x, y int, edge float64) []Point {
	left, top, right, bottom := float64(x)-edge, float64(y)-edge, float64(x)+1+edge, float64(y)+1+edge
	return []Point{{left, top}, {right, top}, {right, bottom}, {left, bottom}}
}

// randomArea is a box, or a box that is turned, partly outside the page at times.
func randomArea(random *rand.Rand) Area {
	cx, cy := random.Float64(), random.Float64()
	w, h := random.Float64()*0.2, random.Float64()*0.1
	if random.IntN(2) == 0 {
		return Area{Left: cx, Top: cy, Width: w, Height: h}
	}
	sin, cos := math.Sincos(random.Float64() * 2 * math.Pi)
	a := Area{}
	for _, corner := range []Point{{-w, -h}, {w, -h}, {w, h}, {-w, h}} {
		a.Polygon = append(a.Polygon, Point{cx + corner.X*cos - corner.Y*sin, cy + corner.X*sin + corner.Y*cos})
	}
	return a
}

// TestRedactPNG checks each pixel: those that an area touches are black, those
// farther away than the edge are as they were.
func TestRedactPNG(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 25 {
		img := noise(60+random.IntN(80), 40+random.IntN(60), uint64(round))
		width, height := img.Rect.Dx(), img.Rect.Dy()
		areas := []Area{randomArea(random), randomArea(random)}
		style := Style{Edge: round % 5}
		edge := float64(round % 5)
		if edge == 0 {
			edge = redactEdge
		}
		got := decode(t, cover(t, encodePNG(t, img), PNG, areas, style))
		if got.Bounds() != img.Bounds() {
			t.Fatalf("got %v, want %v", got.Bounds(), img.Bounds())
		}
		for y := range height {
			for x := range width {
				touched, near := false, false
				for _, a := range areas {
					for _, p := range polygons(a, width, height) {
						touched = touched || meets(p, square(x, y, edge-1))
						near = near || meets(p, square(x, y, edge+1))
					}
				}
				switch {
				case touched && !isBlack(got.At(x, y)):
					t.Fatalf("round %d: %d, %d is %v under %+v", round, x, y, got.At(x, y), areas)
				case !near && got.At(x, y) != img.At(x, y):
					t.Fatalf("round %d: %d, %d is %v, was %v, far from %+v", round, x, y, got.At(x, y), img.At(x, y), areas)
				}
			}
		}
	}
}

// kinds returns an image of each kind that decoders of PNG and TIFF make.
func kinds(width, height int) map[string]draw.Image {
	rect := image.Rect(0, 0, width, height)
	palette := color.Palette{color.NRGBA{200, 100, 50, 255}, color.NRGBA{10, 220, 90, 255}, color.NRGBA{255, 255, 255, 255}, color.NRGBA{90, 90, 90, 128}}
	all := map[string]draw.Image{
		"gray": image.NewGray(rect), "gray 16": image.NewGray16(rect),
		"opaque": image.NewNRGBA(rect), "alpha": image.NewNRGBA(rect),
		"opaque 16": image.NewNRGBA64(rect), "alpha 16": image.NewNRGBA64(rect),
		"palette": image.NewPaletted(rect, palette),
	}
	for name, img := range all {
		random := rand.New(rand.NewPCG(5, 6))
		for y := range height {
			for x := range width {
				c := color.NRGBA64{uint16(random.IntN(1 << 16)), uint16(random.IntN(1 << 16)), uint16(random.IntN(1 << 16)), 0xffff}
				if strings.HasPrefix(name, "alpha") {
					c.A = uint16(random.IntN(1 << 16))
				}
				switch m := img.(type) {
				case *image.NRGBA:
					m.SetNRGBA(x, y, color.NRGBA{uint8(c.R), uint8(c.G), uint8(c.B), uint8(c.A)})
				case *image.NRGBA64:
					m.SetNRGBA64(x, y, c)
				case *image.Paletted:
					m.SetColorIndex(x, y, uint8(random.IntN(len(palette))))
				default:
					img.Set(x, y, c)
				}
			}
		}
	}
	return all
}

// exactly returns a colour without premultiplying it.
func exactly(c color.Color) color.NRGBA64 {
	switch c := c.(type) {
	case color.NRGBA64:
		return c
	case color.NRGBA:
		return color.NRGBA64{uint16(c.R) * 257, uint16(c.G) * 257, uint16(c.B) * 257, uint16(c.A) * 257}
	}
	return color.NRGBA64Model.Convert(c).(color.NRGBA64)
}

func compare(t *testing.T, got, want image.Image, except image.Rectangle) {
	t.Helper()
	if got.Bounds() != want.Bounds() {
		t.Fatalf("got %v, want %v", got.Bounds(), want.Bounds())
	}
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if !image.Pt(x, y).In(except) && exactly(got.At(x, y)) != exactly(want.At(x, y)) {
				t.Fatalf("%d, %d: got %v, want %v", x, y, got.At(x, y), want.At(x, y))
			}
		}
	}
}

// TestRedactKinds redacts images of each kind, as PNG and as TIFF: the area is
// black, all else exactly as it was.
func TestRedactKinds(t *testing.T) {
	covered := image.Rect(20-3, 10-3, 40+3, 20+3)
	area := []Area{{Left: 0.2, Top: 0.2, Width: 0.2, Height: 0.2}}
	for name, img := range kinds(100, 50) {
		t.Run(name, func(t *testing.T) {
			w := newTIFFWriter()
			if err := w.add(newCanvas(img)); err != nil {
				t.Fatal(err)
			}
			files := map[Format][]byte{PNG: encodePNG(t, img), TIFF: w.data}
			for f, data := range files {
				got := decode(t, cover(t, data, f, area, Style{}))
				compare(t, got, img, covered)
				for y := covered.Min.Y; y < covered.Max.Y; y++ {
					for x := covered.Min.X; x < covered.Max.X; x++ {
						if !isBlack(got.At(x, y)) {
							t.Fatalf("%s: %d, %d is %v", f, x, y, got.At(x, y))
						}
					}
				}
			}
		})
	}
}

// TestRedactLeavesNothing covers two images that differ in the areas only: the
// copies are the same, byte for byte.
func TestRedactLeavesNothing(t *testing.T) {
	one, two := image.NewRGBA(image.Rect(0, 0, 203, 117)), image.NewRGBA(image.Rect(0, 0, 203, 117))
	draw.Draw(one, one.Rect, noise(203, 117, 1), image.Point{}, draw.Src)
	draw.Draw(two, two.Rect, one, image.Point{}, draw.Src)
	secret := image.Rect(61, 47, 122, 60)
	for y := secret.Min.Y; y < secret.Max.Y; y++ {
		for x := secret.Min.X; x < secret.Max.X; x++ {
			v := uint8(255 * ((x + y) % 2))
			two.SetRGBA(x, y, color.RGBA{v, v, v, 255})
			one.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
		}
	}
	// Gray, as text on paper is: a JPEG spreads colours over 16 pixels.
	grayOf := func(img image.Image) *image.Gray {
		g := image.NewGray(img.Bounds())
		draw.Draw(g, g.Rect, img, image.Point{}, draw.Src)
		return g
	}
	area := []Area{{Left: 61.0 / 203, Top: 47.0 / 117, Width: 61.0 / 203, Height: 13.0 / 117}}
	encode := map[Format]func(image.Image) []byte{
		PNG:  func(img image.Image) []byte { return encodePNG(t, img) },
		JPEG: func(img image.Image) []byte { return encodeJPEG(t, grayOf(img)) },
		TIFF: func(img image.Image) []byte {
			w := newTIFFWriter()
			w.add(newCanvas(img))
			return w.data
		},
	}
	for f, encode := range encode {
		a, b := encode(one), encode(two)
		if bytes.Equal(a, b) {
			t.Fatalf("%s: the originals are the same", f)
		}
		if !bytes.Equal(cover(t, a, f, area, Style{}), cover(t, b, f, area, Style{})) {
			t.Errorf("%s: the copies differ", f)
		}
	}
}

func TestRedactJPEG(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 320, 200))
	draw.Draw(img, img.Rect, image.NewUniform(color.RGBA{240, 200, 100, 255}), image.Point{}, draw.Src)
	got := decode(t, cover(t, encodeJPEG(t, img), JPEG, []Area{{Left: 0.25, Top: 0.25, Width: 0.5, Height: 0.5}}, Style{}))
	for y := range 200 {
		for x := range 320 {
			inside := image.Pt(x, y).In(image.Rect(80, 50, 240, 150))
			far := !image.Pt(x, y).In(image.Rect(80-24, 50-24, 240+24, 150+24))
			if inside && !isDark(got.At(x, y)) || far && isDark(got.At(x, y)) {
				t.Fatalf("%d, %d is %v", x, y, got.At(x, y))
			}
		}
	}
}

// sides says where the first row and the first column of a stored image are
// displayed, as the table of tag 274 in TIFF 6.0 does.
var sides = [...][2]string{
	1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
	5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"},
}

// displayedAt returns where the pixel of a row and column is displayed.
func displayedAt(orientation, row, column, width, height int) image.Point {
	var p image.Point
	for i, n := range []int{row, column} {
		switch sides[orientation][i] {
		case "top":
			p.Y = n
		case "bottom":
			p.Y = height - 1 - n
		case "left":
			p.X = n
		case "right":
			p.X = width - 1 - n
		}
	}
	return p
}

// storedAs returns an image as it is stored for an orientation.
func storedAs(displayed *image.RGBA, orientation int) *image.RGBA {
	width, height := displayed.Rect.Dx(), displayed.Rect.Dy()
	rows, columns := height, width
	if orientation >= 5 {
		rows, columns = width, height
	}
	img := image.NewRGBA(image.Rect(0, 0, columns, rows))
	for row := range rows {
		for column := range columns {
			p := displayedAt(orientation, row, column, width, height)
			img.SetRGBA(column, row, displayed.RGBAAt(p.X, p.Y))
		}
	}
	return img
}

// oriented returns files that store img for an orientation.
func oriented(t testing.TB, img *image.RGBA, orientation int) map[Format][]byte {
	stored := storedAs(img, orientation)
	gray := image.NewGray(stored.Rect)
	draw.Draw(gray, gray.Rect, stored, image.Point{}, draw.Src)
	return map[Format][]byte{
		PNG:  withChunks(encodePNG(t, stored), chunk("eXIf", exifBlock(binary.BigEndian, uint16(orientation)))),
		JPEG: withSegments(encodeJPEG(t, stored), exifSegment(uint16(orientation))),
		TIFF: buildTIFF(binary.LittleEndian, testPage{width: gray.Rect.Dx(), height: gray.Rect.Dy(), orientation: uint16(orientation), pix: gray.Pix}),
	}
}

func TestOrientation(t *testing.T) {
	// Four quarters of different brightness, so that each turn shows.
	const width, height = 160, 96
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	quarters := []uint8{100, 150, 200, 250}
	for i, v := range quarters {
		at := image.Pt(i%2*width/2, i/2*height/2)
		draw.Draw(img, image.Rect(0, 0, width/2, height/2).Add(at), image.NewUniform(color.Gray{v}), image.Point{}, draw.Src)
	}
	area := Area{Left: 0.5, Top: 0.125, Width: 0.375, Height: 0.25} // in the second quarter
	box := image.Rect(80, 12, 140, 36)
	for orientation := 1; orientation <= 8; orientation++ {
		for f, data := range oriented(t, img, orientation) {
			t.Run(fmt.Sprint(f, " ", orientation), func(t *testing.T) {
				info, _, err := inspectBytes(data, f)
				if w, h := info.Displayed(); err != nil || w != width || h != height || info.Orientation != orientation {
					t.Fatalf("%+v, %v", info, err)
				}
				checkQuarters(t, cover(t, data, f, nil, Style{}), quarters, image.Rectangle{})
				copied := cover(t, data, f, []Area{area}, Style{})
				checkQuarters(t, copied, quarters, box)
				if again, _, _ := inspectBytes(copied, f); again.Orientation != 1 || again.Width != width {
					t.Errorf("the copy is %+v", again)
				}

				ignored := cover(t, data, f, []Area{storedArea(area, orientation)}, Style{IgnoreOrientation: true})
				checkQuarters(t, ignored, quarters, box)

				both := decode(t, cover(t, data, f, []Area{area}, Style{BothOrientations: true}))
				other := area.turned(orientation)
				for _, p := range []Point{{area.Left, area.Top}, {other.Left, other.Top}} {
					x, y := int(p.X*width)+2, int(p.Y*height)+2
					if !isDark(both.At(x, y)) {
						t.Errorf("both: %d, %d is %v", x, y, both.At(x, y))
					}
				}
			})
		}
	}
}

// storedArea returns where an area of the displayed page is on the stored page,
// by its corners in a large picture.
func storedArea(a Area, orientation int) Area {
	const n = 200
	stored := Area{Left: 2, Top: 2, Width: a.Width, Height: a.Height}
	if orientation >= 5 {
		stored.Width, stored.Height = a.Height, a.Width
	}
	for row := range n {
		for column := range n {
			p := displayedAt(orientation, row, column, n, n)
			if float64(p.X) >= a.Left*n && float64(p.X) < (a.Left+a.Width)*n && float64(p.Y) >= a.Top*n && float64(p.Y) < (a.Top+a.Height)*n {
				stored.Left, stored.Top = min(stored.Left, float64(column)/n), min(stored.Top, float64(row)/n)
			}
		}
	}
	return stored
}

// checkQuarters checks the brightness of an image: that of its quarters, but dark
// in the box. Lossy edges are left out.
func checkQuarters(t *testing.T, data []byte, quarters []uint8, box image.Rectangle) {
	t.Helper()
	img := decode(t, data)
	width, height := img.Bounds().Dx(), img.Bounds().Dy()
	for y := range height {
		for x := range width {
			p := image.Pt(x, y)
			if x%(width/2) < 8 && x >= 8 || y%(height/2) < 8 && y >= 8 || x%(width/2) >= width/2-8 || y%(height/2) >= height/2-8 {
				if !p.In(box) {
					continue
				}
			}
			r, _, _, _ := img.At(x, y).RGBA()
			got, want := int(r>>8), int(quarters[x*2/width+y*2/height*2])
			switch {
			case p.In(box.Inset(1)):
				want = 0
			case p.In(box.Inset(-24)) && !box.Empty():
				continue
			}
			if got < want-8 || got > want+8 {
				t.Fatalf("%d, %d is %d, want %d", x, y, got, want)
			}
		}
	}
}

// TestCoverLeavesMetadata puts a secret wherever a format has room for one.
func TestCoverLeavesMetadata(t *testing.T) {
	const secret = "S1234567D"
	img := noise(40, 30, 9)
	exif := append(exifBlock(binary.BigEndian, 1), secret...)
	page := testPage{width: 6, height: 4, orientation: 1, pix: make([]byte, 24)}
	withText := page
	withText.extra = [][4]uint32{{270, 2, uint32(len(secret)), 8}, {700, 1, uint32(len(secret)), 8}}
	withText.pix = append([]byte(secret), make([]byte, 24-len(secret))...) // is drawn over
	files := map[Format][]byte{
		PNG: append(withChunks(encodePNG(t, img), chunk("tEXt", []byte("Title\x00"+secret)), chunk("iTXt", []byte(secret)),
			chunk("eXIf", exif), chunk("iCCP", []byte(secret))), secret...),
		JPEG: append(withSegments(encodeJPEG(t, img), segment(0xe1, append([]byte("Exif\x00\x00"), exif...)), segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00"+secret)),
			segment(0xfe, []byte(secret)), segment(0xe2, []byte("ICC_PROFILE\x00\x01\x01"+secret)), segment(0xed, []byte(secret))), secret...),
		TIFF: append(buildTIFF(binary.LittleEndian, page, withText), secret...),
	}
	areas := map[Format][]Area{TIFF: {{Page: 2, Width: 1, Height: 1}}}
	for f, data := range files {
		got := cover(t, data, f, areas[f], Style{})
		if bytes.Contains(got, []byte(secret)) {
			t.Errorf("%s: the copy has the secret", f)
		}
		switch f {
		case PNG:
			for at := 8; at < len(got); at += 12 + int(binary.BigEndian.Uint32(got[at:])) {
				if kind := string(got[at+4 : at+8]); !strings.Contains("IHDR IDAT IEND", kind) {
					t.Errorf("the copy has a chunk %s", kind)
				}
			}
		case JPEG:
			for at := 2; got[at+1] != 0xda; at += 2 + int(binary.BigEndian.Uint16(got[at+2:])) {
				if marker := got[at+1]; marker >= 0xe0 {
					t.Errorf("the copy has a segment %x", marker)
				}
			}
		}
	}
}

func TestCoverRefuses(t *testing.T) {
	img := noise(40, 30, 9)
	pngFile, jpegFile := encodePNG(t, img), encodeJPEG(t, img)
	large := bytes.Clone(pngFile)
	copy(large[16:], chunk("IHDR", []byte("\x00\x00\x27\x11\x00\x00\x00\x05\x08\x02\x00\x00\x00"))[8:])
	largeJPEG := bytes.Clone(jpegFile)
	frame := bytes.Index(largeJPEG, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(largeJPEG[frame+7:], MaxSide+1)
	page := testPage{width: 6, height: 4, orientation: 1, pix: make([]byte, 24)}
	with := func(extra ...[4]uint32) []byte {
		odd := page
		odd.extra = extra
		return buildTIFF(binary.LittleEndian, page, odd)
	}
	short := page
	short.extra = [][4]uint32{{tagStripByteCounts, tiffLong, 1, 3}}
	one := []Area{{Left: 0.1, Top: 0.1, Width: 0.1, Height: 0.1}}
	at := func(page int) []Area { return []Area{{Page: page, Width: 1, Height: 1}} }
	tests := []struct {
		name  string
		data  []byte
		f     Format
		areas []Area
		want  string
		is    error
	}{
		{"pdf", []byte("%PDF-1.4"), PDF, one, "unsupported: drawing on pdf", ErrUnsupported},
		{"gif", []byte("GIF89a"), GIF, one, "unsupported: drawing on gif", ErrUnsupported},
		{"empty png", nil, PNG, one, "file is empty", ErrEmpty},
		{"empty tiff", nil, TIFF, one, "file is empty", ErrEmpty},
		{"jpeg as png", jpegFile, PNG, one, "malformed png", nil},
		{"animated", withChunks(pngFile, chunk("acTL", make([]byte, 8))), PNG, one, "animated PNG", ErrUnsupported},
		{"orientation behind the pixels", append(bytes.Clone(pngFile[:len(pngFile)-12]), append(chunk("eXIf", exifBlock(binary.BigEndian, 6)), chunk("IEND", nil)...)...),
			PNG, one, "orientation behind the pixels", ErrUnsupported},
		{"png cut short", pngFile[:len(pngFile)-20], PNG, one, "malformed png", nil},
		{"jpeg cut short", jpegFile[:len(jpegFile)-200], JPEG, one, "malformed jpeg", nil},
		{"png too wide", large, PNG, one, "page 1 is 10001 x 5 pixels", nil},
		{"jpeg too wide", largeJPEG, JPEG, one, "page 1 is 10001 x 30 pixels", nil},
		{"tiff too high", with([4]uint32{tagHeight, tiffLong, 1, 10_001}), TIFF, one, "page 2 is 6 x 10001 pixels", nil},
		{"tiff with a thumbnail", with([4]uint32{tagNewSubfile, tiffLong, 1, 1}), TIFF, one, "smaller copy", ErrUnsupported},
		{"tiff with a thumbnail of old", with([4]uint32{tagOldSubfile, tiffShort, 1, 2}), TIFF, one, "smaller copy", ErrUnsupported},
		{"tiff with a mask", with([4]uint32{tagNewSubfile, tiffLong, 1, 4}), TIFF, one, "a mask", ErrUnsupported},
		{"tiff with jpeg", with([4]uint32{tagCompression, tiffShort, 1, 7}), TIFF, one, "page 2: compression value 7", ErrUnsupported},
		{"tiff with planes", with([4]uint32{tagPlanar, tiffShort, 1, 2}, [4]uint32{tagSamplesPerPixel, tiffShort, 1, 3}), TIFF, one, "separate planes", ErrUnsupported},
		{"tiff with bits reversed", with([4]uint32{tagFillOrder, tiffShort, 1, 2}), TIFF, one, "reverse order", ErrUnsupported},
		{"tiff with few pixels", buildTIFF(binary.LittleEndian, page, short), TIFF, one, "malformed tiff: page 2", nil},
		{"tiff cut short", with()[:60], TIFF, one, "malformed tiff", io.ErrUnexpectedEOF},
		{"page beyond the last", with(), TIFF, at(3), "area 0: page 3 of 2", nil},
		{"second page of a png", pngFile, PNG, at(2), "area 0: page 2 of 1", nil},
		{"page below zero", pngFile, PNG, at(-1), "page -1", nil},
		{"no extent", pngFile, PNG, []Area{{Left: 0.5, Top: 0.5}}, "neither a box nor a polygon", nil},
		{"negative", pngFile, PNG, []Area{{Left: 0.5, Top: 0.5, Width: -0.1, Height: 0.1}}, "box of -0.1", nil},
		{"not a number", pngFile, PNG, []Area{{Left: math.NaN(), Width: 0.1, Height: 0.1}}, "NaN is no place", nil},
		{"infinite", pngFile, PNG, []Area{{Polygon: []Point{{math.Inf(1), 0}}}}, "+Inf is no place", nil},
		{"outside", pngFile, PNG, []Area{one[0], {Left: 1.2, Width: 0.1, Height: 0.1}}, "area 1: outside the page", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, mark := range []Mark{Redact, Outline} {
				var b bytes.Buffer
				err := Cover(&b, bytes.NewReader(test.data), test.f, test.areas, Style{Mark: mark})
				if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
					t.Errorf("got %v, want %q", err, test.want)
				}
				_, large := errors.AsType[*SizeError](err)
				if large != strings.Contains(test.want, "pixels") && !strings.Contains(test.want, "behind") {
					t.Errorf("got %T", err)
				}
				if b.Len() > 0 {
					t.Errorf("%d bytes written", b.Len())
				}
			}
		})
	}
}

func TestCoverCheck(t *testing.T) {
	page := testPage{width: 6, height: 4, orientation: 1, pix: make([]byte, 24)}
	stop, pages := errors.New("stop"), 0
	style := Style{Check: func() error {
		if pages++; pages == 3 {
			return stop
		}
		return nil
	}}
	var b bytes.Buffer
	err := Cover(&b, bytes.NewReader(buildTIFF(binary.BigEndian, page, page, page, page)), TIFF, nil, style)
	if !errors.Is(err, stop) || b.Len() > 0 {
		t.Errorf("got %v, %d bytes", err, b.Len())
	}
}

func TestOutline(t *testing.T) {
	all := kinds(300, 200)
	for _, name := range []string{"gray", "gray 16", "alpha"} {
		t.Run(name, func(t *testing.T) {
			img := all[name]
			area := Area{Left: 0.2, Top: 0.5, Width: 0.4, Height: 0.2, Label: "NRIC é"}
			got := decode(t, cover(t, encodePNG(t, img), PNG, []Area{area}, Style{Mark: Outline, Color: color.NRGBA{G: 0xc0}}))
			green := color.NRGBA64{0, 0xc0c0, 0, 0xffff}
			for _, p := range []image.Point{{57, 98}, {182, 142}, {57, 142}, {182, 97}, {120, 142}, {57, 120}} {
				if exactly(got.At(p.X, p.Y)) != green {
					t.Errorf("%v is %v", p, got.At(p.X, p.Y))
				}
			}
			// All of the area is as it was, so is what is below.
			compare(t, got, img, image.Rect(0, 0, 300, 200).Intersect(image.Rect(0, 0, 300, 146)))
			for y := 100; y < 140; y++ {
				for x := 60; x < 180; x++ {
					if exactly(got.At(x, y)) != exactly(img.At(x, y)) {
						t.Fatalf("%d, %d was drawn on", x, y)
					}
				}
			}
			// The label is above: letters in white on green, and nothing else.
			white := 0
			for y := 84; y < 98; y++ {
				for x := 62; x < 100; x++ {
					switch exactly(got.At(x, y)) {
					case green:
					case color.NRGBA64{0xffff, 0xffff, 0xffff, 0xffff}:
						white++
					default:
						t.Fatalf("label: %d, %d is %v", x, y, got.At(x, y))
					}
				}
			}
			if white < 50 || white > 250 {
				t.Errorf("label has %d white pixels", white)
			}
		})
	}
}

// TestOutlineAnywhere draws outlines and labels in corners, on tiny pages and far
// outside, where nothing may go wrong.
func TestOutlineAnywhere(t *testing.T) {
	for _, size := range []int{1, 7, 90} {
		data := encodePNG(t, image.NewGray(image.Rect(0, 0, size, size)))
		for _, area := range []Area{
			{Width: 1, Height: 1, Label: "all of it, with a label that is far too long for the page"},
			{Left: -900, Top: -900, Width: 999, Height: 999, Label: "x"},
			{Left: 0.99, Top: 0.99, Width: 0.5, Height: 0.5, Label: "corner"},
			{Polygon: []Point{{0.5, 0.5}}, Label: "point"},
			{Polygon: []Point{{-999, 0.5}, {999, 0.6}}},
			{Height: 0.5},
		} {
			got := decode(t, cover(t, data, PNG, []Area{area}, Style{Mark: Outline}))
			if got.Bounds().Dx() != size {
				t.Errorf("got %v", got.Bounds())
			}
		}
	}
}

// cmykJPEG is a JPEG of inverted CMYK, as Adobe's programs write it: blocks of 8
// x 8 pixels, each of one colour.
func cmykJPEG(blocks [][4]uint8) []byte {
	b := []byte{0xff, 0xd8}
	b = append(b, segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))...)
	b = append(b, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...))...)
	b = append(b, segment(0xc0, []byte{8, 0, 8, 0, byte(8 * len(blocks)), 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0})...)
	// 12 lengths of differences, with codes of 4 bits; one code for the end of a block.
	b = append(b, segment(0xc4, []byte{0x00, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})...)
	b = append(b, segment(0xc4, []byte{0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})...)
	b = append(b, segment(0xda, []byte{4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0})...)
	var bits string
	var last [4]int
	for _, block := range blocks {
		for i, v := range block {
			dc := (int(v) - 128) * 8
			diff := dc - last[i]
			last[i] = dc
			length := len(fmt.Sprintf("%b", max(diff, -diff)))
			if diff == 0 {
				length = 0
			}
			bits += fmt.Sprintf("%04b", length)
			if diff < 0 {
				diff += 1<<length - 1
			}
			if length > 0 {
				bits += fmt.Sprintf("%0*b", length, diff)
			}
			bits += "0"
		}
	}
	bits += strings.Repeat("1", (8-len(bits)%8)%8)
	for ; len(bits) > 0; bits = bits[8:] {
		var v byte
		fmt.Sscanf(bits[:8], "%b", &v)
		if b = append(b, v); v == 0xff {
			b = append(b, 0)
		}
	}
	return append(b, 0xff, 0xd9)
}

func TestCoverCMYK(t *testing.T) {
	data := cmykJPEG([][4]uint8{{255, 255, 255, 255}, {255, 0, 0, 255}, {255, 255, 255, 255}, {255, 255, 255, 255}, {0, 255, 255, 255}, {255, 255, 255, 255}, {255, 255, 255, 0}})
	if _, ok := decode(t, data).(*image.CMYK); !ok {
		t.Fatalf("the original is %T", decode(t, data))
	}
	got := decode(t, cover(t, data, JPEG, []Area{{Left: 36.0 / 56, Top: 0.4, Width: 0.01, Height: 0.2}}, Style{Edge: 4}))
	want := []struct {
		x       int
		r, g, b int
	}{{3, 255, 255, 255}, {12, 255, 0, 0}, {36, 0, 0, 0}, {44, 255, 255, 255}, {52, 0, 0, 0}}
	for _, w := range want {
		r, g, b, _ := got.At(w.x, 3).RGBA()
		if off := max(abs(int(r>>8)-w.r), abs(int(g>>8)-w.g), abs(int(b>>8)-w.b)); off > 60 {
			t.Errorf("%d is %v, want %v", w.x, got.At(w.x, 3), w)
		}
	}
}

func abs(n int) int { return max(n, -n) }

func BenchmarkCoverPNG4000x3000(b *testing.B) {
	// A page of text, roughly: white with dark strokes.
	img := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		at := image.Pt(random.IntN(4000), random.IntN(3000)/50*50)
		draw.Draw(img, image.Rect(0, 0, 4, 20).Add(at), image.Black, image.Point{}, draw.Src)
	}
	data := encodePNG(b, img)
	areas := []Area{{Left: 0.1, Top: 0.1, Width: 0.3, Height: 0.02}, {Left: 0.5, Top: 0.6, Width: 0.3, Height: 0.02}}
	b.SetBytes(4000 * 3000)
	b.ReportAllocs()
	for b.Loop() {
		if err := Cover(io.Discard, bytes.NewReader(data), PNG, areas, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}
