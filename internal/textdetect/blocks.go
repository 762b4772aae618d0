package textdetect

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A collector makes a document of the blocks of Textract: of LINE blocks, in the
// order in which they come, and their WORD blocks. These may come in a later part of
// a result, or an earlier one. It keeps no block, only what is drawn where: 3,000
// pages have more than a million.
type collector struct {
	pages map[int][]*line
	lines map[string]place           // where a word is wanted, by its id
	early map[string]*ocr.PlacedWord // words that no line has asked for
}

// A line may wait for words.
type line struct {
	ocr.Line
	words   []*ocr.PlacedWord // nil for those that have not come
	missing int
}

type place struct {
	line *line
	word int
}

// add takes a part of the blocks.
func (c *collector) add(blocks []types.Block) {
	if c.pages == nil {
		c.pages, c.lines, c.early = map[int][]*line{}, map[string]place{}, map[string]*ocr.PlacedWord{}
	}
	for i := range blocks {
		b := &blocks[i]
		switch b.BlockType {
		case types.BlockTypePage:
			if _, ok := c.pages[page(b)]; !ok {
				c.pages[page(b)] = nil // it may have no lines
			}
		case types.BlockTypeLine:
			c.addLine(b)
		case types.BlockTypeWord:
			c.addWord(b)
		}
	}
}

// page is the number of a block's page. DetectDocumentText leaves it out.
func page(b *types.Block) int { return max(1, int(aws.ToInt32(b.Page))) }

func (c *collector) addLine(b *types.Block) {
	l := &line{Line: ocr.Line{Text: aws.ToString(b.Text)}}
	l.Box, l.Polygon = geometry(b)
	ids := children(b)
	l.words = make([]*ocr.PlacedWord, 0, len(ids))
	for _, id := range ids {
		word, here := c.early[id]
		if here {
			delete(c.early, id)
		} else {
			c.lines[id] = place{l, len(l.words)}
			l.missing++
		}
		l.words = append(l.words, word)
	}
	if l.missing == 0 {
		l.finish()
	}
	c.pages[page(b)] = append(c.pages[page(b)], l)
}

func (c *collector) addWord(b *types.Block) {
	word := &ocr.PlacedWord{Text: aws.ToString(b.Text)}
	word.Box, word.Polygon = geometry(b)
	id := aws.ToString(b.Id)
	at, wanted := c.lines[id]
	if !wanted {
		c.early[id] = word
		return
	}
	delete(c.lines, id)
	at.line.words[at.word] = word
	if at.line.missing--; at.line.missing == 0 {
		at.line.finish()
	}
}

// finish finds the words that have come in the text of the line.
func (l *line) finish() {
	words := make([]ocr.PlacedWord, 0, len(l.words))
	for _, w := range l.words {
		if w != nil {
			words = append(words, *w)
		}
	}
	if l.Text == "" {
		l.Text = joined(words)
	}
	l.Words = ocr.SplitWords(l.Text, words)
	l.words = nil
}

func joined(words []ocr.PlacedWord) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, w.Text)
	}
	return strings.Join(texts, " ")
}

// document returns the pages in order, with those that have no text. Words that
// have not come are left out.
func (c *collector) document() ocr.Document {
	for _, at := range c.lines {
		if at.line.words != nil {
			at.line.finish()
		}
	}
	var d ocr.Document
	for _, number := range slices.Sorted(maps.Keys(c.pages)) {
		p := ocr.Page{Number: number}
		for _, l := range c.pages[number] {
			p.Lines = append(p.Lines, l.Line)
		}
		delete(c.pages, number)
		d.Pages = append(d.Pages, ocr.Document{Pages: []ocr.Page{p}}.Clean().Pages...)
	}
	return d
}

func children(b *types.Block) []string {
	var ids []string
	for _, r := range b.Relationships {
		if r.Type == types.RelationshipTypeChild {
			ids = append(ids, r.Ids...)
		}
	}
	return ids
}

func geometry(b *types.Block) (box ocr.Box, polygon []ocr.Point) {
	g := b.Geometry
	if g == nil {
		return box, nil
	}
	if bb := g.BoundingBox; bb != nil {
		box = ocr.Box{Left: bb.Left, Top: bb.Top, Width: bb.Width, Height: bb.Height}
	}
	polygon = make([]ocr.Point, len(g.Polygon))
	for i, p := range g.Polygon {
		polygon[i] = ocr.Point{X: p.X, Y: p.Y}
	}
	return box, polygon
}
