package textract

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A blockMaker turns pages into blocks. IDs are unique, and other ones for each
// time that a document is read.
type blockMaker struct {
	run    int
	ids    int
	page   *int32 // nil for an answer that does not tell it
	blocks []types.Block
}

// addPage adds the blocks of a page in the order of Textract: the page, all its
// lines, all their words.
func (m *blockMaker) addPage(p ocr.Page) {
	page := m.block(types.BlockTypePage, ocr.Box{Width: 1, Height: 1}, nil)
	var lines, words []types.Block
	for _, l := range p.Lines {
		line := m.block(types.BlockTypeLine, l.Box, l.Polygon)
		line.Text, line.Confidence = aws.String(l.Text), aws.Float32(99.25)
		first := len(words)
		for _, w := range wordsOf(l) {
			word := m.block(types.BlockTypeWord, w.Box, w.Polygon)
			word.Text, word.Confidence = aws.String(textOf(l, w)), aws.Float32(99.5)
			word.TextType = types.TextTypePrinted
			words = append(words, word)
		}
		line.Relationships = children(words[first:])
		lines = append(lines, line)
	}
	page.Relationships = children(lines)
	m.blocks = append(append(append(m.blocks, page), lines...), words...)
}

func (m *blockMaker) block(kind types.BlockType, box ocr.Box, polygon []ocr.Point) types.Block {
	m.ids++
	return types.Block{
		BlockType: kind,
		Id:        aws.String(fmt.Sprintf("%08x-0000-4000-8000-%012x", m.run, m.ids)),
		Page:      m.page,
		Geometry:  geometry(box, polygon),
	}
}

func children(blocks []types.Block) []types.Relationship {
	if len(blocks) == 0 {
		return nil
	}
	r := types.Relationship{Type: types.RelationshipTypeChild}
	for _, b := range blocks {
		r.Ids = append(r.Ids, *b.Id)
	}
	return []types.Relationship{r}
}

func geometry(b ocr.Box, polygon []ocr.Point) *types.Geometry {
	if len(polygon) == 0 {
		right, bottom := b.Left+b.Width, b.Top+b.Height
		polygon = []ocr.Point{{X: b.Left, Y: b.Top}, {X: right, Y: b.Top}, {X: right, Y: bottom}, {X: b.Left, Y: bottom}}
	}
	g := &types.Geometry{BoundingBox: &types.BoundingBox{Left: b.Left, Top: b.Top, Width: b.Width, Height: b.Height}}
	for _, p := range polygon {
		g.Polygon = append(g.Polygon, types.Point{X: p.X, Y: p.Y})
	}
	return g
}

// textOf returns the characters of a word. It panics if the line has no such
// columns: the test is wrong.
func textOf(l ocr.Line, w ocr.Word) string {
	text := []rune(l.Text)
	if w.Start < 1 || w.End <= w.Start || w.End > len(text)+1 {
		panic(fmt.Sprintf("textract: the line %q has no word from column %d to %d", l.Text, w.Start, w.End))
	}
	return string(text[w.Start-1 : w.End-1])
}

// wordsOf returns the words of a line, as the test says or else those between its
// spaces, each with its share of the line's box.
func wordsOf(l ocr.Line) []ocr.Word {
	if len(l.Words) > 0 {
		return l.Words
	}
	var words []ocr.Word
	column, start, total := 1, 0, utf8.RuneCountInString(l.Text)
	for _, r := range l.Text + " " {
		switch space := unicode.IsSpace(r); {
		case space && start > 0:
			words = append(words, ocr.Word{Start: start, End: column, Box: share(l.Box, start-1, column-1, total)})
			start = 0
		case !space && start == 0:
			start = column
		}
		column++
	}
	return words
}

// share returns the part of a box from one character to before another, of total.
func share(b ocr.Box, from, to, total int) ocr.Box {
	each := b.Width / float32(total)
	b.Left, b.Width = b.Left+each*float32(from), each*float32(to-from)
	return b
}
