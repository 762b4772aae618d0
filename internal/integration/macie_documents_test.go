package integration_test

import (
	"bytes"
	"errors"
	"image"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/drawn"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// TestScanDrawnDocuments scans drawn documents twice: once with the text that was
// drawn, where it was drawn, once as Tesseract reads them. What is found the first
// time is found the second time, in the same place, and redacting that hides it.
// The bank card is left out: Tesseract does not read raised digits.
func TestScanDrawnDocuments(t *testing.T) {
	r := newRecognizer(t)
	documents, files := map[string]drawn.Document{}, map[string][]byte{}
	for _, d := range []drawn.Document{drawn.DrivingLicence(), drawn.IdentityCard(), drawn.Minutes(), drawn.Landscape()} {
		documents[d.Name+".png"], files[d.Name+".png"] = d, d.PNG()
	}
	documents["invoice.tif"], files["invoice.tif"] = drawn.Invoice(), drawn.Invoice().TIFF()
	documents["passport.jpg"], files["passport.jpg"] = drawn.Passport(), drawn.Passport().Turned()
	told := scanWith(t, func(content []byte) ([]ocr.Page, error) {
		for key, file := range files {
			if bytes.Equal(file, content) {
				return []ocr.Page{documents[key].Page}, nil
			}
		}
		return nil, errors.New("another file")
	}, files)
	read := scanWith(t, r.Read, files)

	found := 0
	for key, d := range documents {
		t.Run(d.Name, func(t *testing.T) {
			want, got := told[key], read[key]
			if want.State != got.State || want.redactErr != nil || got.redactErr != nil {
				t.Fatalf("%q of what was drawn, %q as it is read; redacting: %v, %v", want.State, got.State, want.redactErr, got.redactErr)
			}
			if want.State != macie.StateFinding {
				return
			}
			text := readAgain(t, r, got.redacted, 1)[0]
			for _, o := range want.located.Occurrences {
				found++
				if covered := coverage(got.located, o); covered < 0.9 {
					t.Errorf("%s: %.0f %% of where it is drawn is found", o.Type, covered*100)
				}
				// The machine readable zone of the passport has its number, too, which
				// is not found: other digits follow on it.
				doc := ocr.Document{Pages: []ocr.Page{d.Page}}
				value := doc.Slice(o.Span)
				if value == "" || strings.Count(text, value) >= strings.Count(doc.Text(), value) {
					t.Errorf("the redacted copy shows %s %q:\n%s", o.Type, value, text)
				}
			}
			if len(got.located.Occurrences) != len(want.located.Occurrences) {
				t.Errorf("%d places, want %d", len(got.located.Occurrences), len(want.located.Occurrences))
			}
			title := strings.Fields(d.Page.Lines[0].Text)[0]
			if !strings.Contains(text, title) {
				t.Errorf("the redacted copy lacks %q:\n%s", title, text)
			}
		})
	}
	if found < 5 {
		t.Errorf("%d occurrences in all documents", found)
	}
}

// coverage returns which share of the places of an occurrence the best place of
// its type covers.
func coverage(located macie.LocateResult, wanted macie.Occurrence) float64 {
	page := image.Rect(0, 0, 10_000, 10_000)
	best := 0.0
	for _, o := range located.Occurrences {
		if o.Type != wanted.Type || len(o.Regions) != 1 || len(wanted.Regions) != 1 {
			continue
		}
		want := pixels(wanted.Regions[0].Box, page)
		shared := want.Intersect(pixels(o.Regions[0].Box, page))
		best = max(best, float64(shared.Dx()*shared.Dy())/float64(want.Dx()*want.Dy()))
	}
	return best
}
