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

// comprehendOverlap is how many bytes, about, two pieces share, so that each value is
// whole in one of them if it has no more than half as many.
const comprehendOverlap = 2_000

// Detect sends the text in pieces of up to 100,000 bytes. They overlap, so that values
// of up to 1,000 bytes are found wherever the text is divided.
func (d *ComprehendDetector) Detect(ctx context.Context, doc ocr.Document) ([]Detection, error) {
	if d.Client == nil {
		return nil, errors.New("comprehend: no Client")
	}
	text := doc.Text()
	lines := newLineIndex(text)
	var all []entity
	for _, p := range pieces(text, maxComprehend, comprehendOverlap) {
		found, err := d.entities(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("comprehend: from line %d on: %w", lines.span(p.first, p.first+1).Line, err)
		}
		all = joined(all, found, p.first+comprehendOverlap)
	}
	var found []Detection
	for _, e := range all {
		found = append(found, Detection{Type: e.kind, Category: "PERSONAL_INFORMATION", Span: lines.span(e.begin, e.end)})
	}
	return found, nil
}

// An entity is what Comprehend found, by the characters of the whole text, from 0.
type entity struct {
	kind       string
	begin, end int
}

// entities asks Comprehend about a piece.
func (d *ComprehendDetector) entities(ctx context.Context, p piece) ([]entity, error) {
	if strings.TrimSpace(p.text) == "" {
		return nil, nil
	}
	out, err := d.Client.DetectPiiEntities(ctx, &comprehend.DetectPiiEntitiesInput{
		Text: &p.text, LanguageCode: types.LanguageCode(d.language()),
	})
	if err != nil {
		return nil, err
	}
	var found []entity
	size := utf8.RuneCountInString(p.text)
	for _, e := range out.Entities {
		if e.Score != nil && *e.Score < d.minScore() {
			continue
		}
		begin, end := int(aws.ToInt32(e.BeginOffset)), int(aws.ToInt32(e.EndOffset))
		if begin < 0 || end <= begin || end > size {
			return nil, fmt.Errorf("an entity from %d to %d, in a text of %d characters", begin, end, size)
		}
		found = append(found, entity{string(e.Type), p.first + begin, p.first + end})
	}
	return found, nil
}

// joined adds what was found in a piece to what was found before it. Both pieces may
// have found the same, or one a part of it: what begins before the character shared
// can be in both.
func joined(all, found []entity, shared int) []entity {
	before := len(all)
	for _, e := range found {
		at := -1
		if e.begin < shared {
			at = slices.IndexFunc(all[:before], func(o entity) bool { return o.kind == e.kind && o.begin < e.end && e.begin < o.end })
		}
		if at < 0 {
			all = append(all, e)
			continue
		}
		all[at].begin, all[at].end = min(all[at].begin, e.begin), max(all[at].end, e.end)
	}
	return all
}

// A piece is a part of a text.
type piece struct {
	text  string
	first int // its first character, from 0
}

// pieces divides a text into pieces of up to limit bytes, which share about overlap
// bytes, and half of that at least. They begin and end between lines or words, where
// the text has some.
func pieces(text string, limit, overlap int) []piece {
	var all []piece
	first := 0
	for len(text) > limit {
		end := limit - overlap/2 + boundary(text[limit-overlap/2:limit+1])
		all = append(all, piece{text[:end], first})
		from := end - overlap
		from += boundary(text[from : from+overlap/2])
		first += utf8.RuneCountInString(text[:from])
		text = text[from:]
	}
	if text != "" {
		all = append(all, piece{text, first})
	}
	return all
}

// boundary returns where in a part of a text to divide it: behind the last line in
// it, or else the last word, or else before the last character that begins in it.
func boundary(part string) int {
	for _, c := range []byte("\n ") {
		if at := strings.LastIndexByte(part[:len(part)-1], c); at >= 0 {
			return at + 1
		}
	}
	at := len(part) - 1
	for at > 0 && !utf8.RuneStart(part[at]) {
		at--
	}
	return at
}

// A lineIndex tells the lines and columns of the characters of a text.
type lineIndex struct {
	starts []int // the characters, from 0, that lines begin with
}

func newLineIndex(text string) lineIndex {
	x := lineIndex{starts: []int{0}}
	n := 0
	for _, r := range text {
		n++
		if r == '\n' {
			x.starts = append(x.starts, n)
		}
	}
	return x
}

func (x lineIndex) at(character int) (line, column int) {
	i, exact := slices.BinarySearch(x.starts, character)
	if !exact {
		i--
	}
	return i + 1, character - x.starts[i] + 1
}

// span returns the span of characters from begin up to, and without, end. Line feeds
// around it, which have no column, do not belong to it.
func (x lineIndex) span(begin, end int) ocr.Span {
	for end-begin > 1 && x.feed(begin) {
		begin++
	}
	for end-begin > 1 && x.feed(end-1) {
		end--
	}
	line, column := x.at(begin)
	endLine, endColumn := x.at(end - 1)
	s := ocr.Span{Line: line, Column: column, EndColumn: endColumn + 1}
	if endLine != line {
		s.EndLine = endLine
	}
	return s
}

// feed reports whether a character is a line feed.
func (x lineIndex) feed(character int) bool {
	_, ok := slices.BinarySearch(x.starts, character+1)
	return ok
}
