package macie_test

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// says is a Detector that says what it is told to.
type says []macie.Detection

func (says) ID() string { return "says" }

func (d says) Detect(context.Context, ocr.Document) ([]macie.Detection, error) { return d, nil }

// refused redacts, and checks that this is refused because something would stay
// legible.
func (w *world) refused(t *testing.T, located macie.LocateResult) error {
	t.Helper()
	var out bytes.Buffer
	_, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out})
	if _, ok := errors.AsType[*macie.IncompleteError](err); !ok || out.Len() > 0 {
		t.Errorf("got %v and a copy of %d bytes", err, out.Len())
	}
	return err
}

// TestLocateNowhere has places that are not in the text: they cannot be covered, so
// they are not located.
func TestLocateNowhere(t *testing.T) {
	for name, span := range map[string]ocr.Span{
		"line":        {Line: 9, Column: 1},
		"column":      {Line: 1, Column: 200},
		"end line":    {Line: 1, Column: 1, EndLine: 4},
		"end column":  {Line: 1, Column: 1, EndColumn: 300},
		"no line":     {Column: 3},
		"ends before": {Line: 1, Column: 5, EndColumn: 4},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.put("a.png", whitePNG("Zhang Wei", plain))
				opts := w.options()
				detector := says{{Type: "NAME", Span: ocr.Span{Line: 1, Column: 1, EndColumn: 10}}, {Type: "NAME", Span: span}}
				opts.Detector = detector
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				if err != nil {
					t.Fatal(err)
				}
				located := w.locate(t, result.Attention[0], func(o *macie.LocateOptions) { o.Detector = detector })
				if len(located.Shortfalls) != 1 || located.Shortfalls[0] != (macie.Shortfall{Type: "NAME", Count: 2, Located: 1}) {
					t.Errorf("%+v", located)
				}
				w.refused(t, located)
			})
		})
	}
}

// TestLocateNowhereInMacie is the same of places that Macie tells.
func TestLocateNowhereInMacie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(card))
		i.Findings[0].Places[0].Span = ocr.Span{Line: 7, Column: 1, EndLine: 7}
		located := w.locate(t, i, nil)
		if located.Complete() || len(located.Occurrences) != 0 {
			t.Errorf("%+v", located)
		}
		w.refused(t, located)
	})
}

// TestRedactNothingKnown has findings that do not tell what or how much was found.
func TestRedactNothingKnown(t *testing.T) {
	tests := map[string]func(i *macie.Image){
		"no details": func(i *macie.Image) { i.Findings = nil },
		"no count":   func(i *macie.Image) { i.Findings[0].Count, i.Findings[0].Places, i.Findings[0].Type = 0, nil, "NAME" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				i := w.scanned(t, "a.png", whitePNG(card))
				change(&i)
				w.refused(t, w.locate(t, i, nil))
			})
		})
	}
}

// TestRedactNoRegion has a result of Locate, from a file say, whose occurrence has no
// region.
func TestRedactNoRegion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		located := w.locate(t, w.scanned(t, "a.png", whitePNG(card)), nil)
		located.Occurrences[0].Regions = nil
		w.refused(t, located)
	})
}

// TestRedactPartOfText refuses where Macie found something, and analysed but a part.
func TestRedactPartOfText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.png", whitePNG(card, plain))
		opts := w.options()
		macieSays("PARTIAL", "TIME_CUT_OFF_REACHED")(t, w, &opts)
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		i := result.Attention[0]
		if i.State != macie.StateFinding || !strings.Contains(i.Reason, "a part of its text: TIME_CUT_OFF_REACHED") {
			t.Errorf("%s: %s", i.State, i.Reason)
		}
		if err := w.refused(t, w.locate(t, i, nil)); !strings.Contains(err.Error(), "TIME_CUT_OFF_REACHED") {
			t.Error(err)
		}
	})
}

// TestSnippetOfShortfall has a value that is counted and not located beside one that
// is.
func TestSnippetOfShortfall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG("Zhang Wei, card 4539 1488 0343 6467, Li Na"))
		i.Findings = append(i.Findings, macie.Finding{Type: "NAME", Count: 2})
		located := w.locate(t, i, nil)
		if located.Complete() || len(located.Occurrences) != 1 {
			t.Fatalf("%+v", located)
		}
		if s := located.Occurrences[0].Snippet; strings.Trim(s, "█…") != "" || s == "" {
			t.Errorf("the snippet is %q", s)
		}
	})
}

// TestLocateIdentifiers has custom identifiers that do not tell where a value ends.
func TestLocateIdentifiers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		i := w.scanned(t, "a.png", whitePNG(card, "Staff EMP 004711 desk 3"))
		const arn = "arn:aws:macie2:eu-west-1:123456789012:custom-data-identifier/7"
		i.Findings = []macie.Finding{{
			Type: "staff", Custom: arn, Count: 1, Places: []macie.Place{{Span: ocr.Span{Line: 2, Column: 7, EndLine: 2}}},
		}}
		with := func(all ...macie.CustomIdentifier) func(o *macie.LocateOptions) {
			return func(o *macie.LocateOptions) { o.Identifiers = all }
		}
		for _, regex := range []string{"EMP|EMP [0-9]{6}", "EMP [0-9]{3,6}?", "EMP [0-9]+"} {
			located := w.locate(t, i, with(macie.CustomIdentifier{Name: "staff", Regex: regex}))
			if o := located.Occurrences[0]; o.Span.EndColumn != 17 || !o.Exact {
				t.Errorf("%s: %+v", regex, o.Span)
			}
		}
		opts := macie.LocateOptions{Image: i, Results: w.options().Results}
		with(macie.CustomIdentifier{Name: "staff", Regex: "EMP"}, macie.CustomIdentifier{Name: "staff", Regex: "EMP [0-9]{6}"})(&opts)
		if _, err := macie.Locate(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), `two Identifiers are named "staff"`) {
			t.Error(err)
		}
	})
}

// TestLocateSharedPlaces has a finding whose 15 places are shared by two types, one
// of which gets none.
func TestLocateSharedPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		lines := []string{"Name Zhang Wei, credit card 4539 1488 0343 6467"}
		for range 16 {
			lines = append(lines, "Social Security Number 123-45-6789")
		}
		i := w.scanned(t, "a.png", whitePNG(lines...))
		total := 0
		for _, f := range i.Findings {
			total += len(f.Places)
		}
		if total != 15 || len(i.Findings) != 2 {
			t.Fatalf("%d places of %d findings", total, len(i.Findings))
		}
		located := w.locate(t, i, nil)
		if len(located.Occurrences) != 17 || !located.Complete() {
			t.Errorf("%d occurrences, shortfalls %v", len(located.Occurrences), located.Shortfalls)
		}
		var out bytes.Buffer
		if _, err := macie.Redact(t.Context(), w.clients(), macie.DrawOptions{Located: located, Output: &out}); err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(&out); err != nil {
			t.Error(err)
		}
	})
}

// TestRedactUnreadPage has a finding of a Detector on one page, and another page that
// could not be read: the image says so, and is not redacted.
func TestRedactUnreadPage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		w.put("a.tiff", whiteTIFF(card, "UNREADABLE"))
		opts := w.options()
		opts.Detector = macie.PatternDetector()
		result, err := macie.ScanImages(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		i := result.Attention[0]
		if i.State != macie.StateFinding || i.Reason != "text detection could not read 1 of 2 pages" {
			t.Errorf("%s: %s", i.State, i.Reason)
		}
		located := w.locate(t, i, func(o *macie.LocateOptions) { o.Detector = opts.Detector })
		if err := w.refused(t, located); !strings.Contains(err.Error(), "the text of pages [2] was not read") {
			t.Error(err)
		}
		located.Image.Reason = "" // as an earlier scan kept it
		w.refused(t, located)
	})
}
