package macie_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	comprehendsdk "github.com/aws/aws-sdk-go-v2/service/comprehend"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/comprehend"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// document returns a document of lines.
func document(lines ...string) ocr.Document {
	var page ocr.Page
	page.Number = 1
	for _, l := range lines {
		page.Lines = append(page.Lines, ocr.Line{Text: l})
	}
	return ocr.Document{Pages: []ocr.Page{page}}
}

func TestPatternDetector(t *testing.T) {
	found, err := macie.PatternDetector().Detect(t.Context(), document("Bücher", "über 4539 1488 0343 6467, x@example.com"))
	want := []macie.Detection{
		{Type: "CREDIT_CARD_NUMBER", Category: "FINANCIAL_INFORMATION", Span: ocr.Span{Line: 2, Column: 6, EndColumn: 25}},
		{Type: "EMAIL_ADDRESS", Category: "PERSONAL_INFORMATION", Span: ocr.Span{Line: 2, Column: 27, EndColumn: 40}},
	}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

// names finds each "Zhang Wei", also over the end of a line.
func names(text string) []comprehend.Entity {
	var found []comprehend.Entity
	for _, m := range regexp.MustCompile(`Zhang\sWei`).FindAllStringIndex(text, -1) {
		begin := utf8.RuneCountInString(text[:m[0]])
		found = append(found, comprehend.Entity{Type: "NAME", Begin: begin, End: begin + 9, Score: 0.99})
	}
	return found
}

func TestComprehendDetector(t *testing.T) {
	long := strings.Repeat("ü", 60_000) // 120,000 bytes in one line
	tests := []struct {
		name  string
		doc   ocr.Document
		want  []ocr.Span
		calls int
	}{
		{name: "nothing", doc: document(), calls: 0},
		{name: "blank", doc: document(" ", ""), calls: 0},
		{
			name: "characters, not bytes", doc: document("Überschrift", "für Zhang Wei und"),
			want: []ocr.Span{{Line: 2, Column: 5, EndColumn: 14}}, calls: 1,
		},
		{
			name: "over the end of a line", doc: document("Herr Zhang", "Wei"),
			want: []ocr.Span{{Line: 1, Column: 6, EndLine: 2, EndColumn: 4}}, calls: 1,
		},
		{
			name: "in a later piece", doc: document(long, "x", "Zhang Wei"),
			want: []ocr.Span{{Line: 3, Column: 1, EndColumn: 10}}, calls: 2,
		},
		{
			name: "at the end of a line of several pieces", doc: document(long + "Zhang Wei"),
			want: []ocr.Span{{Line: 1, Column: 60_001, EndColumn: 60_010}}, calls: 2,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := awstest.New(t)
			comprehend.New(c, names)
			d := &macie.ComprehendDetector{Client: comprehendsdk.NewFromConfig(c.Config(region, account))}
			found, err := d.Detect(t.Context(), test.doc)
			if err != nil {
				t.Fatal(err)
			}
			var got []ocr.Span
			for _, f := range found {
				got = append(got, f.Span)
			}
			if !slices.Equal(got, test.want) || c.Count() != test.calls {
				t.Errorf("%v by %d calls, want %v by %d", got, c.Count(), test.want, test.calls)
			}
		})
	}
}

// TestScanImagesDetector scans without Macie.
func TestScanImagesDetector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", pngOf(card))
		w.put("b.png", pngOf(plain))
		w.put("c.png", pngOf())
		opts := w.options()
		opts.Detector = macie.PatternDetector()
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, result, "a.png finding", "b.png clean", "c.png no text")
		for _, name := range w.Operations() {
			if strings.HasPrefix(name, "Macie2.") {
				t.Errorf("%s was called", name)
			}
		}
		if i := result.Attention[0]; i.Findings[0].Count != 1 || len(i.Findings[0].Places[0].Regions) != 1 {
			t.Errorf("%+v", i)
		}
	})
}
