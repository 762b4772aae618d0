package textdetect

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/macie/ocr"
)

func block(kind types.BlockType, page int32, id, text string, words ...string) types.Block {
	b := types.Block{BlockType: kind, Id: &id, Geometry: &types.Geometry{
		BoundingBox: &types.BoundingBox{Left: 0.1, Top: 0.1, Width: 0.5, Height: 0.1},
		Polygon:     []types.Point{{X: 0.1, Y: 0.1}, {X: 0.6, Y: 0.1}, {X: 0.6, Y: 0.2}, {X: 0.1, Y: 0.2}},
	}}
	if page != 0 {
		b.Page = &page
	}
	if kind != types.BlockTypePage {
		b.Text = &text
	}
	if len(words) > 0 {
		b.Relationships = []types.Relationship{
			{Type: types.RelationshipTypeValue, Ids: []string{"none"}},
			{Type: types.RelationshipTypeChild, Ids: words},
		}
	}
	return b
}

func collect(parts ...[]types.Block) ocr.Document {
	var c collector
	for _, part := range parts {
		c.add(part)
	}
	return c.document()
}

// show prints pages, lines and words in one line.
func show(d ocr.Document) string {
	var parts []string
	for _, p := range d.Pages {
		parts = append(parts, fmt.Sprintf("#%d", p.Number))
		for _, l := range p.Lines {
			parts = append(parts, fmt.Sprintf("%q", l.Text))
			for _, w := range l.Words {
				parts = append(parts, fmt.Sprintf("%d-%d", w.Start, w.End))
			}
		}
	}
	return strings.Join(parts, " ")
}

const (
	pageBlock = types.BlockTypePage
	lineBlock = types.BlockTypeLine
	wordBlock = types.BlockTypeWord
)

func TestBlocks(t *testing.T) {
	for _, test := range []struct {
		name   string
		blocks []types.Block
		want   string
	}{
		{"nothing", nil, ""},
		{"a page without text", []types.Block{block(pageBlock, 0, "p", "")}, "#1"},
		{"no page number", []types.Block{
			block(pageBlock, 0, "p", ""), block(lineBlock, 0, "l", "Jörg Müller", "a", "b"), block(wordBlock, 0, "a", "Jörg"), block(wordBlock, 0, "b", "Müller"),
		}, `#1 "Jörg Müller" 1-5 6-12`},
		{"pages in any order", []types.Block{
			block(lineBlock, 3, "l", "three"), block(lineBlock, 1, "m", "one"), block(lineBlock, 3, "n", "more"), block(pageBlock, 2, "p", ""),
		}, `#1 "one" #2 #3 "three" "more"`},
		{"a page number that is none", []types.Block{block(lineBlock, -4, "l", "x")}, `#1 "x"`},
		{"lines in the order of Textract", []types.Block{block(lineBlock, 1, "l", "right"), block(lineBlock, 1, "m", "left")}, `#1 "right" "left"`},
		{"control characters", []types.Block{
			block(lineBlock, 1, "l", "a\r\nb\u2028c\td", "w"), block(wordBlock, 1, "w", "d"),
		}, `#1 "a  b c d" 8-9`},
		{"a word before its line", []types.Block{block(wordBlock, 1, "w", "text"), block(lineBlock, 1, "l", "text", "w")}, `#1 "text" 1-5`},
		{"a word that is missing", []types.Block{block(lineBlock, 1, "l", "one two", "a", "b"), block(wordBlock, 1, "b", "two")}, `#1 "one two" 5-8`},
		{"a word of no line", []types.Block{block(wordBlock, 1, "w", "text")}, ""},
		{"a word of two lines", []types.Block{
			block(lineBlock, 1, "l", "one", "w"), block(lineBlock, 1, "m", "one", "w"), block(wordBlock, 1, "w", "one"),
		}, `#1 "one" "one" 1-4`},
		{"a word twice", []types.Block{
			block(lineBlock, 1, "l", "one", "w"), block(wordBlock, 1, "w", "one"), block(wordBlock, 1, "w", "two"),
		}, `#1 "one" 1-4`},
		{"a line that has a word twice", []types.Block{block(lineBlock, 1, "l", "one one", "w", "w"), block(wordBlock, 1, "w", "one")}, `#1 "one one"`},
		{"a line without text of its own", []types.Block{
			{BlockType: lineBlock, Relationships: []types.Relationship{{Type: types.RelationshipTypeChild, Ids: []string{"a", "b"}}}},
			block(wordBlock, 1, "a", "one"), block(wordBlock, 1, "b", "two"),
		}, `#1 "one two" 1-4 5-8`},
		{"blocks of other kinds", []types.Block{block(types.BlockTypeTable, 1, "t", "x"), block(types.BlockTypeLayoutText, 9, "t", "x")}, ""},
	} {
		got := collect(test.blocks)
		if show(got) != test.want {
			t.Errorf("%s: got %s, want %s", test.name, show(got), test.want)
		}
		if err := got.Check(); err != nil {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestParts cuts a result everywhere: where does not matter, nor whether words or
// lines come first.
func TestParts(t *testing.T) {
	blocks := pageOf(1, 6)
	blocks = append(blocks, pageOf(2, 6)...)
	want := collect(blocks)
	if want.Lines() != 12 || len(want.Pages[1].Lines[5].Words) != 6 {
		t.Fatal("the test is wrong: ", show(want))
	}
	for i := range blocks {
		j := (i + len(blocks)) / 2
		if got := collect(blocks[:i], blocks[i:j], blocks[j:]); !reflect.DeepEqual(got, want) {
			t.Fatalf("cut at %d and %d: got %s", i, j, show(got))
		}
	}
	var words, lines []types.Block
	for _, b := range blocks {
		if b.BlockType == wordBlock {
			words = append(words, b)
		} else {
			lines = append(lines, b)
		}
	}
	if got := collect(words, lines); !reflect.DeepEqual(got, want) {
		t.Errorf("words first: got %s", show(got))
	}
}

// pageOf returns a page of lines of six words.
func pageOf(number int32, lines int) []types.Block {
	blocks := []types.Block{block(pageBlock, number, fmt.Sprint("page", number), "")}
	var words []types.Block
	for i := range lines {
		text := fmt.Sprintf("invoice %d of Jörg Müller, paid", i)
		var ids []string
		for j, word := range strings.Fields(text) {
			id := fmt.Sprintf("%08x-0000-4000-8000-%04x%08x", number, i, j)
			ids = append(ids, id)
			words = append(words, block(wordBlock, number, id, word))
		}
		blocks = append(blocks, block(lineBlock, number, fmt.Sprint("line", number, i), text, ids...))
	}
	return append(blocks, words...)
}

// FuzzBlocks makes blocks of bytes: whatever they are, the document can be used, and
// has the lines of the blocks.
func FuzzBlocks(f *testing.F) {
	f.Add([]byte("\x01\x01Lone two\x00\x02\x01Wone\x00\x02\x02Wtwo"))
	f.Add([]byte("\x01\x01P\x00\x00\x09La\nb\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var blocks []types.Block
		lines := 0
		for part := range strings.SplitSeq(string(data), "\x00") {
			if len(part) < 3 {
				continue
			}
			kind, ids := wordBlock, []string{}
			switch part[2] % 3 {
			case 0:
				kind, lines = lineBlock, lines+1
				ids = append(ids, string('a'+part[0]%4), string('a'+part[1]%4))
			case 1:
				kind = pageBlock
			}
			b := block(kind, int32(int8(part[1])), string('a'+part[0]%4), part[3:], ids...)
			b.Geometry.BoundingBox.Left = float32(int8(part[0])) / 100
			blocks = append(blocks, b)
		}
		cut := 0
		if len(data) > 0 {
			cut = int(data[0]) % (len(blocks) + 1)
		}
		d := collect(blocks[:cut], blocks[cut:])
		if err := d.Check(); err != nil {
			t.Error(err)
		}
		if d.Lines() != lines {
			t.Errorf("got %d lines of %d", d.Lines(), lines)
		}
	})
}

func BenchmarkDocument(b *testing.B) {
	blocks := pageOf(1, 1000)
	b.ReportAllocs()
	for b.Loop() {
		if d := collect(blocks); d.Lines() != 1000 || len(d.Pages[0].Lines[0].Words) != 6 {
			b.Fatal(show(d))
		}
	}
	b.ReportMetric(float64(len(blocks)), "blocks")
}
