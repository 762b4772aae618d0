package macie_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	comprehendsdk "github.com/aws/aws-sdk-go-v2/service/comprehend"
	comprehendtypes "github.com/aws/aws-sdk-go-v2/service/comprehend/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/comprehend"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// detected returns what Comprehend finds in a document, and checks that each of it is
// a name there.
func detected(t *testing.T, doc ocr.Document) []ocr.Span {
	t.Helper()
	c := awstest.New(t)
	comprehend.New(c, names)
	d := &macie.ComprehendDetector{Client: comprehendsdk.NewFromConfig(c.Config(region, account))}
	found, err := d.Detect(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	var spans []ocr.Span
	for _, f := range found {
		if got := strings.ReplaceAll(doc.Slice(f.Span), "\n", " "); got != "Zhang Wei" {
			t.Errorf("%v is %q", f.Span, got)
		}
		spans = append(spans, f.Span)
	}
	return spans
}

// TestComprehendDetectorCuts has a value wherever a text is divided, in a line and
// over the end of one.
func TestComprehendDetectorCuts(t *testing.T) {
	for _, fill := range []string{"x", "ü", "words of a line ", "short\n"} {
		for _, at := range []int{98_000, 98_990, 99_000, 99_010, 99_985, 99_990, 99_991, 99_992, 99_995, 99_999, 100_000, 100_005} {
			for _, name := range []string{" Zhang Wei ", " Zhang\nWei "} {
				before := strings.Repeat(fill, at/len(fill)) + strings.Repeat(".", at%len(fill))
				text := before + name + strings.Repeat(fill, 60_000/len(fill))
				if got := detected(t, document(strings.Split(text, "\n")...)); len(got) != 1 {
					t.Errorf("%q at byte %d of %q…: %v", name, at, fill, got)
				}
			}
		}
	}
}

// TestComprehendDetectorLong compares what is found in long texts with what is in
// them.
func TestComprehendDetectorLong(t *testing.T) {
	parts := []string{"x", "ü", " ", "\n", "Zhang Wei", " Zhang Wei ", strings.Repeat("long", 300), "\n\n", " word", "Zhang\nWei"}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		var b strings.Builder
		for b.Len() < 350_000 {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		text := b.String()
		got := detected(t, document(strings.Split(text, "\n")...))
		if want := len(names(text)); len(got) != want || want < 100 {
			t.Errorf("%d names, want %d", len(got), want)
		}
		if !slices.IsSortedFunc(got, func(a, b ocr.Span) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		}) {
			t.Error("they are not in the order of the text")
		}
	}
}

// entities answers each call with the same.
type entities []comprehendtypes.PiiEntity

func (e entities) DetectPiiEntities(context.Context, *comprehendsdk.DetectPiiEntitiesInput, ...func(*comprehendsdk.Options)) (*comprehendsdk.DetectPiiEntitiesOutput, error) {
	return &comprehendsdk.DetectPiiEntitiesOutput{Entities: e}, nil
}

func TestComprehendDetectorEntities(t *testing.T) {
	of := func(begin, end int32, score *float32) entities {
		return entities{{Type: "NAME", BeginOffset: &begin, EndOffset: &end, Score: score}}
	}
	low, high := float32(0.49), float32(0.5)
	tests := []struct {
		name string
		says entities
		want []ocr.Span
		err  bool
	}{
		{name: "sure enough", says: of(0, 5, &high), want: []ocr.Span{{Line: 1, Column: 1, EndColumn: 6}}},
		{name: "not sure", says: of(0, 5, &low)},
		{name: "no score is no doubt", says: of(0, 5, nil), want: []ocr.Span{{Line: 1, Column: 1, EndColumn: 6}}},
		{name: "with line feeds around it", says: of(5, 10, &high), want: []ocr.Span{{Line: 2, Column: 1, EndColumn: 4}}},
		{name: "to the end", says: of(6, 10, &high), want: []ocr.Span{{Line: 2, Column: 1, EndColumn: 4}}},
		{name: "beyond the end", says: of(6, 11, &high), err: true},
		{name: "nothing", says: of(6, 6, &high), err: true},
		{name: "before the beginning", says: of(-1, 6, &high), err: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			doc := document("Zhang", "Wei")
			found, err := (&macie.ComprehendDetector{Client: test.says}).Detect(t.Context(), doc)
			var got []ocr.Span
			for _, f := range found {
				got = append(got, f.Span)
				if !doc.Valid(f.Span) {
					t.Errorf("%v is not in the text", f.Span)
				}
			}
			if !slices.Equal(got, test.want) || (err != nil) != test.err {
				t.Errorf("got %v, %v", got, err)
			}
			if err != nil && strings.Contains(err.Error(), "Wei") {
				t.Errorf("the error has the text: %v", err)
			}
		})
	}
}

// partly finds the beginning of a name at the end of a piece, and all of it in the
// next.
type partly struct{ calls int }

func (p *partly) DetectPiiEntities(_ context.Context, in *comprehendsdk.DetectPiiEntitiesInput, _ ...func(*comprehendsdk.Options)) (*comprehendsdk.DetectPiiEntitiesOutput, error) {
	p.calls++
	name := []string{"Zhang", "Zhang Wei"}[p.calls-1]
	begin := int32(strings.Index(*in.Text, "Zhang"))
	end := begin + int32(len(name))
	return &comprehendsdk.DetectPiiEntitiesOutput{Entities: []comprehendtypes.PiiEntity{{Type: "NAME", BeginOffset: &begin, EndOffset: &end}}}, nil
}

func TestComprehendDetectorParts(t *testing.T) {
	before := strings.Repeat("x", 99_500)
	found, err := (&macie.ComprehendDetector{Client: &partly{}}).Detect(t.Context(), document(before+" Zhang Wei "+before[:1000]))
	want := []macie.Detection{{Type: "NAME", Category: "PERSONAL_INFORMATION", Span: ocr.Span{Line: 1, Column: 99_502, EndColumn: 99_511}}}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestComprehendDetectorID differs with all that changes what is found.
func TestComprehendDetectorID(t *testing.T) {
	ids := map[string]bool{}
	for _, d := range []macie.ComprehendDetector{{}, {Language: "es"}, {MinScore: 0.9}, {MinScore: 0.25}} {
		ids[d.ID()] = true
	}
	same := macie.ComprehendDetector{Language: "en", MinScore: 0.5}
	if len(ids) != 4 || !ids[same.ID()] {
		t.Errorf("%v, %s", ids, same.ID())
	}
}
