package ocr_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/macie/pii"
)

// card is what a text detector may return for a picture of a card.
func card() ocr.Document {
	words := []ocr.PlacedWord{
		{Text: "Card", Box: ocr.Box{Left: 0.10, Top: 0.50, Width: 0.10, Height: 0.05}},
		{Text: "4111", Box: ocr.Box{Left: 0.25, Top: 0.50, Width: 0.10, Height: 0.05}},
		{Text: "1111", Box: ocr.Box{Left: 0.36, Top: 0.50, Width: 0.10, Height: 0.05}},
		{Text: "1111", Box: ocr.Box{Left: 0.47, Top: 0.50, Width: 0.10, Height: 0.05}},
		{Text: "1111", Box: ocr.Box{Left: 0.58, Top: 0.50, Width: 0.10, Height: 0.05}},
		{Text: "12/27", Box: ocr.Box{Left: 0.75, Top: 0.50, Width: 0.12, Height: 0.05}},
	}
	text := "Card 4111 1111 1111 1111 12/27"
	return ocr.Document{Pages: []ocr.Page{{Number: 1, Lines: []ocr.Line{
		{Text: "EXAMPLE BANK", Box: ocr.Box{Left: 0.1, Top: 0.1, Width: 0.3, Height: 0.05}},
		{Text: text, Box: ocr.Box{Left: 0.1, Top: 0.5, Width: 0.77, Height: 0.05}, Words: ocr.SplitWords(text, words)},
	}}}}.Clean()
}

// Macie says where an occurrence begins. The same expression that it was found with
// says where it ends, and the words where that is in the image.
func Example() {
	d := card()
	occurrence := ocr.Span{Line: 2, Column: 6}

	span, ok := d.Extend(occurrence, ocr.Regexp(regexp.MustCompile(`\d{4}( \d{4}){3}`)))
	fmt.Println(d.Snippet(span, []ocr.Span{span}, 6), ok)
	for _, region := range d.Regions(span) {
		fmt.Printf("page %d: %.2f to %.2f from the left\n", region.Page, region.Box.Left, region.Box.Left+region.Box.Width)
	}
	// Output:
	// Card ███████████████████ 12/27 true
	// page 1: 0.25 to 0.68 from the left
}

// What Macie does not say is not guessed: without the end, everything up to the end
// of the line is covered.
func ExampleDocument_Regions() {
	d := card()
	for _, region := range d.Regions(ocr.Span{Line: 2, Column: 6}) {
		fmt.Printf("page %d: %.2f to %.2f from the left\n", region.Page, region.Box.Left, region.Box.Left+region.Box.Width)
	}
	// Output:
	// page 1: 0.25 to 0.87 from the left
}

// A matcher of one's own finds spans in a document without Macie.
func ExampleFindAll() {
	d := card()
	spans := ocr.FindAll(d, func(line string) [][2]int {
		var ranges [][2]int
		for _, m := range pii.Find(line) {
			ranges = append(ranges, [2]int{m.Start, m.End})
		}
		return ranges
	})
	for _, s := range spans {
		fmt.Printf("line %d, columns %d to before %d: %s\n", s.Line, s.Column, s.EndColumn, d.Snippet(s, spans, 0))
	}
	// Output:
	// line 2, columns 6 to before 25: …███████████████████…
}

func ExampleDocument_Text() {
	d := ocr.Document{Pages: []ocr.Page{
		{Number: 1, Lines: []ocr.Line{{Text: "one\r\nline"}, {Text: "two"}}},
		{Number: 2, Lines: []ocr.Line{{Text: "three"}}},
	}}
	fmt.Print(d.Text())
	// Output:
	// one  line
	// two
	// three
}

func ExampleDocument_Write() {
	d := ocr.Document{Pages: []ocr.Page{{Number: 1, Lines: []ocr.Line{
		{Text: "<b>", Box: ocr.Box{Left: 0.1, Top: 0.123456, Width: 0.25, Height: 0.5}},
	}}}}
	if err := d.Write(os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"pages":[{"number":1,"lines":[{"text":"\u003cb\u003e","box":{"left":0.1,"top":0.12345,"width":0.25,"height":0.50001}}]}]}
}

func ExampleRead() {
	_, err := ocr.Read(strings.NewReader(`{"pages":[{"number":1,"lines":[{"text":"a","box":{"left":0.9,"top":0,"width":0.5,"height":0.1}}]}]}`))
	fmt.Println(err)
	// Output:
	// ocr: read document: byte 97: page 1, line 1: box (left 0.9, top 0, width 0.5, height 0.1) is no area of the page
}

func ExampleSort() {
	lines := []ocr.Line{
		{Text: "total", Box: ocr.Box{Left: 0.1, Top: 0.800, Width: 0.2, Height: 0.02}},
		{Text: "right", Box: ocr.Box{Left: 0.6, Top: 0.098, Width: 0.2, Height: 0.02}},
		{Text: "left", Box: ocr.Box{Left: 0.1, Top: 0.100, Width: 0.2, Height: 0.02}},
	}
	for _, line := range ocr.Sort(lines) {
		fmt.Println(line.Text)
	}
	// Output:
	// left
	// right
	// total
}
