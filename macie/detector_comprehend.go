package macie

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/comprehend/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A ComprehendDetector finds personal data by Amazon Comprehend, at once and with
// the places where values end. It knows no custom identifiers, and makes no
// findings in Macie and Security Hub.
//
// Costs: DetectPiiEntities by units of 100 characters. IAM action:
// comprehend:DetectPiiEntities.
type ComprehendDetector struct {
	Client ComprehendAPI

	// Language of the text: en or es. Defaults to en.
	Language string

	// MinScore is the least confidence of what is reported, from 0 to 1. Defaults
	// to 0.5.
	MinScore float32
}

// ComprehendAPI is what [ComprehendDetector] needs of *comprehend.Client.
type ComprehendAPI interface {
	DetectPiiEntities(context.Context, *comprehend.DetectPiiEntitiesInput, ...func(*comprehend.Options)) (*comprehend.DetectPiiEntitiesOutput, error)
}

// maxComprehend is how many bytes of text one call takes (DetectPiiEntities in the
// API reference).
const maxComprehend = 100_000

// ID names the detector with its language and its least confidence.
func (d *ComprehendDetector) ID() string {
	return fmt.Sprintf("comprehend %s %g", d.language(), d.minScore())
}

// Permissions returns what the detector needs.
func (d *ComprehendDetector) Permissions() awspatterns.Policy {
	return awspatterns.Policy{{Action: "comprehend:DetectPiiEntities", Resources: []string{"*"}}}
}

func (d *ComprehendDetector) language() string {
	if d.Language == "" {
		return "en"
	}
	return d.Language
}

func (d *ComprehendDetector) minScore() float32 {
	if d.MinScore == 0 {
		return 0.5
	}
	return d.MinScore
}

// Detect sends the text in pieces of up to 100,000 bytes, divided between lines: a
// value that is divided by that is not found.
func (d *ComprehendDetector) Detect(ctx context.Context, doc ocr.Document) ([]Detection, error) {
	if d.Client == nil {
		return nil, errors.New("comprehend: no Client")
	}
	var found []Detection
	for _, p := range pieces(doc.Text(), maxComprehend) {
		if strings.TrimSpace(p.text) == "" {
			continue
		}
		out, err := d.Client.DetectPiiEntities(ctx, &comprehend.DetectPiiEntitiesInput{
			Text: &p.text, LanguageCode: types.LanguageCode(d.language()),
		})
		if err != nil {
			return nil, fmt.Errorf("comprehend: lines from %d: %w", p.line, err)
		}
		lines := p.index()
		for _, e := range out.Entities {
			if aws.ToFloat32(e.Score) < d.minScore() {
				continue
			}
			begin, end := int(aws.ToInt32(e.BeginOffset)), int(aws.ToInt32(e.EndOffset))
			if begin < 0 || end <= begin || end > lines.size {
				return nil, fmt.Errorf("comprehend: an entity from %d to %d, in a text of %d characters", begin, end, lines.size)
			}
			found = append(found, Detection{
				Type: string(e.Type), Category: "PERSONAL_INFORMATION", Span: lines.span(begin, end),
			})
		}
	}
	return found, nil
}

// A piece is a part of a text.
type piece struct {
	text         string
	line, column int // of its first character, from 1
}

// pieces divides a text between lines, or else between characters, into pieces of
// up to limit bytes.
func pieces(text string, limit int) []piece {
	var all []piece
	line, column := 1, 1
	for text != "" {
		n := min(len(text), limit)
		if n < len(text) {
			if end := strings.LastIndexByte(text[:n], '\n'); end >= 0 {
				n = end + 1
			} else {
				for n > 0 && !utf8.RuneStart(text[n]) {
					n--
				}
			}
		}
		all = append(all, piece{text[:n], line, column})
		if newlines := strings.Count(text[:n], "\n"); newlines > 0 {
			line, column = line+newlines, 1
		}
		column += utf8.RuneCountInString(text[strings.LastIndexByte(text[:n], '\n')+1 : n])
		text = text[n:]
	}
	return all
}

// A lineIndex tells the line and column of a character of a piece.
type lineIndex struct {
	piece
	starts []int // character that each line begins with
	size   int   // in characters
}

func (p piece) index() lineIndex {
	x := lineIndex{piece: p, starts: []int{0}}
	for _, r := range p.text {
		x.size++
		if r == '\n' {
			x.starts = append(x.starts, x.size)
		}
	}
	return x
}

func (x lineIndex) at(character int) (line, column int) {
	i, exact := slices.BinarySearch(x.starts, character)
	if !exact {
		i--
	}
	column = character - x.starts[i] + 1
	if i == 0 {
		column += x.column - 1
	}
	return x.line + i, column
}

// span returns the span of characters from begin up to, and without, end.
func (x lineIndex) span(begin, end int) ocr.Span {
	line, column := x.at(begin)
	endLine, endColumn := x.at(end - 1)
	s := ocr.Span{Line: line, Column: column, EndColumn: endColumn + 1}
	if endLine != line {
		s.EndLine = endLine
	}
	return s
}
