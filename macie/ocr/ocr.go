// Package ocr holds the text of an image line by line, with where each line and
// word is drawn, and finds the places of a span of text.
//
// It imports no AWS SDK.
package ocr

// A Document is the text that was read from an image.
type Document struct {
	Pages []Page `json:"pages"`
}

// A Page is one page of an image; a PNG or JPEG has one.
type Page struct {
	Number int    `json:"number"` // from 1
	Lines  []Line `json:"lines"`  // in reading order
}

// A Line is a line of text.
type Line struct {
	Text    string  `json:"text"`
	Box     Box     `json:"box"`
	Polygon []Point `json:"polygon,omitempty"` // what Box is around: of rotated text it is not a rectangle with level sides
	Words   []Word  `json:"words,omitempty"`
}

// A Word is a part of a line.
type Word struct {
	Start   int     `json:"start"` // column of its first character, from 1
	End     int     `json:"end"`   // column after its last character
	Box     Box     `json:"box"`
	Polygon []Point `json:"polygon,omitempty"`
}

// A Box is a rectangle in ratios of the page's width and height, from 0 to 1,
// from the left and the top of the page as it is displayed.
type Box struct {
	Left   float32 `json:"left"`
	Top    float32 `json:"top"`
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
}

// A Point is a place on a page, in ratios of its width and height.
type Point struct {
	X float32 `json:"x"`
	Y float32 `json:"y"`
}

// A Span is a part of the text of a document, as [Document.Text] returns it.
// Lines are counted from 1 through all pages, columns from 1 in characters (code
// points) from the beginning of the line.
type Span struct {
	Line      int `json:"line"`
	Column    int `json:"column,omitempty"`    // 0 if not known: the whole line
	EndLine   int `json:"endLine,omitempty"`   // 0 for Line
	EndColumn int `json:"endColumn,omitempty"` // after the last character; 0 if not known: up to the end of EndLine
}

// A Region is a place on a page.
type Region struct {
	Page    int     `json:"page"`
	Box     Box     `json:"box"`
	Polygon []Point `json:"polygon,omitempty"`
}
