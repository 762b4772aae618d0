package macie

import (
	"context"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/macie/pii"
)

// PatternDetector returns a Detector of a few patterns with check digits: see
// [pii.Find]. It calls nothing. It is for examples and quick checks, and no
// replacement for Macie: it finds no names and addresses, knows few countries, and
// does not look at what is written beside a number.
func PatternDetector() Detector { return patterns{} }

type patterns struct{}

// ID implements [Detector]. Its number grows when the patterns change.
func (patterns) ID() string { return "awspatterns macie/pii 1" }

// Detect implements [Detector].
func (patterns) Detect(ctx context.Context, doc ocr.Document) ([]Detection, error) {
	var found []Detection
	n := 0
	for _, page := range doc.Clean().Pages {
		for _, line := range page.Lines {
			n++
			for _, m := range pii.Find(line.Text) {
				found = append(found, Detection{
					Type: m.Type.String(), Category: m.Type.Category(),
					Span: ocr.Span{Line: n, Column: column(line.Text, m.Start), EndColumn: column(line.Text, m.End)},
				})
			}
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return found, nil
}

// column returns the column of a byte of a line.
func column(line string, b int) int { return 1 + utf8.RuneCountInString(line[:b]) }
