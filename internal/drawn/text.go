package drawn

import (
	"image"
	"image/color"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/gomonobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A style is a font.
type style int

const (
	regular style = iota
	bold
	mono
	monoBold
)

// faces are fonts in the sizes that were asked for.
type faces struct {
	fonts []*sfnt.Font
	made  map[faceKey]font.Face
}

type faceKey struct {
	style style
	size  float64
}

func newFaces() faces {
	f := faces{made: map[faceKey]font.Face{}}
	for _, ttf := range [][]byte{goregular.TTF, gobold.TTF, gomono.TTF, gomonobold.TTF} {
		parsed, err := opentype.Parse(ttf)
		if err != nil {
			panic(err) // the fonts are compiled in
		}
		f.fonts = append(f.fonts, parsed)
	}
	return f
}

// face returns a font with so many pixels to the em.
func (f faces) face(st style, size float64) font.Face {
	key := faceKey{st, size}
	if f.made[key] == nil {
		face, err := opentype.NewFace(f.fonts[st], &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingNone})
		if err != nil {
			panic(err)
		}
		f.made[key] = face
	}
	return f.made[key]
}

// A span is a part of a line of text in one font.
type span struct {
	text  string
	style style
	size  float64
	color color.Color
}

// text writes a line that begins at x and stands on y.
func (s *sheet) text(x, y, size float64, st style, c color.Color, text string) {
	s.line(x, y, span{text, st, size, c})
}

// right writes a line that ends at x.
func (s *sheet) right(x, y, size float64, st style, c color.Color, text string) {
	width := font.MeasureString(s.faces.face(st, size), text)
	s.text(x-float64(width)/64, y, size, st, c, text)
}

// line writes a line of several spans, with a blank between them, and notes it
// with the boxes of its words.
func (s *sheet) line(x, y float64, spans ...span) {
	var line ocr.Line
	var whole image.Rectangle
	dot := fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)}
	column := 1
	for i, sp := range spans {
		face := s.faces.face(sp.style, sp.size)
		blank := font.MeasureString(face, " ")
		for j, word := range strings.Split(sp.text, " ") {
			if i > 0 || j > 0 {
				line.Text += " "
				column++
				dot.X += blank
			}
			if word == "" {
				continue
			}
			box := s.word(&dot, face, sp.color, word)
			end := column + utf8.RuneCountInString(word)
			line.Words = append(line.Words, ocr.Word{Start: column, End: end, Box: s.box(box)})
			line.Text += word
			column, whole = end, whole.Union(box)
		}
	}
	line.Box = s.box(whole)
	s.lines = append(s.lines, line)
}

// word draws a word and returns the pixels that it has ink on.
func (s *sheet) word(dot *fixed.Point26_6, face font.Face, c color.Color, word string) image.Rectangle {
	d := font.Drawer{Dst: s.img, Src: image.NewUniform(c), Face: face, Dot: *dot}
	ink, _ := d.BoundString(word)
	d.DrawString(word)
	*dot = d.Dot
	return image.Rect(ink.Min.X.Floor(), ink.Min.Y.Floor(), ink.Max.X.Ceil(), ink.Max.Y.Ceil())
}

// box returns pixels as ratios of the sheet.
func (s *sheet) box(r image.Rectangle) ocr.Box {
	w, h := float32(s.img.Rect.Dx()), float32(s.img.Rect.Dy())
	return ocr.Box{
		Left: float32(r.Min.X) / w, Top: float32(r.Min.Y) / h,
		Width: float32(r.Dx()) / w, Height: float32(r.Dy()) / h,
	}
}
