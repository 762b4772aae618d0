package integration_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

// A scannedImage is what a scan, and the patterns after it, made of an image.
type scannedImage struct {
	macie.Image
	located             macie.LocateResult
	redacted, annotated []byte
	redactErr           error
}

// scanWith scans images, by key, whose text is read by read, and lets Macie's
// stand-in look for what its managed identifiers find.
func scanWith(t *testing.T, read textract.Reader, images map[string][]byte) map[string]scannedImage {
	t.Helper()
	scanned := map[string]scannedImage{}
	synctest.Test(t, func(t *testing.T) {
		const account, region = "123456789012", "eu-west-1"
		const key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
		cloud := awstest.New(t)
		objects := s3.New(cloud)
		sts.Handle(cloud)
		textract.New(cloud, objects, read)
		analysis := macie2.New(cloud, objects)
		objects.CreateBucket("scans", s3.Bucket{Owner: account, Region: region})
		objects.CreateBucket("results", s3.Bucket{Owner: account, Region: region, KMSKey: key})
		objects.CreateBucket("records", s3.Bucket{Owner: account, Region: region})
		analysis.Enable(account, region)
		analysis.AllowKey(key)
		analysis.Export(account, region, "records", "", key)
		for key, content := range images {
			objects.Put("scans", key, s3.Object{Body: content})
		}

		clients := macie.NewClients(cloud.Config(region, account))
		results := macie.ResultsLocation{Bucket: "results", Prefix: "scan/"}
		result, err := macie.ScanImages(t.Context(), clients, macie.ScanImagesOptions{
			Sources: []macie.ImageSource{{Bucket: "scans"}}, Results: results, RequireProof: true, Unprotected: true,
			Identifiers: macie.Identifiers{Selector: "ALL"},
			Quotas:      macie.TextractQuotas{Detect: 5, Start: 5, Get: 5, Jobs: 100},
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, err := range result.Images(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			s := scannedImage{Image: i}
			if i.State == macie.StateFinding {
				s.draw(t, clients, results)
			}
			scanned[i.Key] = s
		}
	})
	return scanned
}

func (s *scannedImage) draw(t *testing.T, clients macie.Clients, results macie.ResultsLocation) {
	t.Helper()
	var err error
	if s.located, err = macie.Locate(t.Context(), clients, macie.LocateOptions{Image: s.Image, Results: results}); err != nil {
		t.Fatal(err)
	}
	var redacted, annotated bytes.Buffer
	_, s.redactErr = macie.Redact(t.Context(), clients, macie.DrawOptions{Located: s.located, Output: &redacted})
	_, err = macie.Annotate(t.Context(), clients, macie.DrawOptions{Located: s.located, Output: &annotated})
	if (err == nil) != (s.redactErr == nil) {
		t.Errorf("%s: redacting: %v, annotating: %v", s.Key, s.redactErr, err)
	}
	s.redacted, s.annotated = redacted.Bytes(), annotated.Bytes()
}

// A secret is a value that is drawn on a page, from 0, and what it is.
type secret struct {
	page       int
	kind, text string
}

const (
	drawnCard  = "4539 1488 0343 6467"
	drawnSSN   = "536-22-1845"
	drawnPhone = "(212) 555-0143"
)

var (
	memberPage = []string{
		"Member of the garden club", "Name Maria Anders", "Credit card " + drawnCard + " valid for two years", "Thank you for your contribution",
	}
	taxPage = []string{"Statement of income", "Social Security number " + drawnSSN, "Received with thanks"}
	letter  = []string{"Minutes of the garden club", "The roses need water", "Nobody was against it"}
)

// TestScanImagesByTesseract scans images of drawn text that Tesseract reads, and
// lets Tesseract read what Redact and Annotate made of them.
func TestScanImagesByTesseract(t *testing.T) {
	r := newRecognizer(t)
	tiffcp := engine(t, "libtiff", "tiffcp")
	member, tax, plain := drawPage(t, memberPage...), drawPage(t, taxPage...), drawPage(t, letter...)
	twice := drawPage(t, "Credit card "+drawnCard, "Call by phone "+drawnPhone, "and by credit card "+drawnCard, "for the garden club")
	tests := []struct {
		key     string
		content []byte
		pages   []drawnPage
		secrets []secret
	}{
		{"member.png", pngFile(t, member.img), []drawnPage{member}, []secret{{0, "CREDIT_CARD_NUMBER", drawnCard}}},
		{"turned.jpg", turnedJPEG(t, member.img), []drawnPage{member}, []secret{{0, "CREDIT_CARD_NUMBER", drawnCard}}},
		{"tax.tiff", tiffFile(t, tiffcp, []drawnPage{tax}), []drawnPage{tax}, []secret{{0, "USA_SOCIAL_SECURITY_NUMBER", drawnSSN}}},
		{
			"pages.tiff", tiffFile(t, tiffcp, []drawnPage{tax, plain, member}, "-c", "zip"), []drawnPage{tax, plain, member},
			[]secret{{0, "USA_SOCIAL_SECURITY_NUMBER", drawnSSN}, {2, "CREDIT_CARD_NUMBER", drawnCard}},
		},
		{"twice.png", pngFile(t, twice.img), []drawnPage{twice}, []secret{
			{0, "CREDIT_CARD_NUMBER", drawnCard}, {0, "PHONE_NUMBER", drawnPhone}, {0, "CREDIT_CARD_NUMBER", drawnCard},
		}},
	}
	images := map[string][]byte{"letter.png": pngFile(t, plain.img), "blank.png": pngFile(t, drawPage(t).img)}
	for _, test := range tests {
		images[test.key] = test.content
	}
	scanned := scanWith(t, r.Read, images)

	if len(scanned) != len(images) {
		t.Errorf("%d images have a state, want %d", len(scanned), len(images))
	}
	for key, want := range map[string]macie.State{"letter.png": macie.StateClean, "blank.png": macie.StateNoText} {
		if got := scanned[key]; got.State != want {
			t.Errorf("%s is %q (%s), want %q", key, got.State, got.Reason, want)
		}
	}
	for _, test := range tests {
		t.Run(test.key, func(t *testing.T) {
			s := scanned[test.key]
			if s.State != macie.StateFinding || s.Pages != len(test.pages) || s.redactErr != nil {
				t.Fatalf("%q (%s), %d pages, redacting: %v", s.State, s.Reason, s.Pages, s.redactErr)
			}
			checkLocated(t, s.located, test.pages, test.secrets)
			checkRedacted(t, r, s.redacted, test.pages, test.secrets)
			checkAnnotated(t, r, s.annotated, test.pages, test.secrets)
		})
	}
}

// checkLocated compares places with the ink of what is drawn.
func checkLocated(t *testing.T, located macie.LocateResult, pages []drawnPage, secrets []secret) {
	t.Helper()
	if len(located.Occurrences) != len(secrets) || !located.Complete() {
		t.Fatalf("%d places, want %d; shortfalls %v", len(located.Occurrences), len(secrets), located.Shortfalls)
	}
	seen := map[secret]int{}
	for i, o := range located.Occurrences {
		want := secrets[i]
		if o.Type != want.kind || !o.Exact || len(o.Regions) != 1 || o.Regions[0].Page != want.page+1 {
			t.Errorf("got %+v, want one exact place of a %s on page %d", o, want.kind, want.page+1)
			continue
		}
		if strings.ContainsAny(o.Snippet, "0123456789") && strings.Contains(o.Snippet, want.text[len(want.text)-4:]) {
			t.Errorf("the snippet %q shows %s", o.Snippet, want.text)
		}
		page := pages[want.page]
		inks := page.inks(t, want.text)
		ink, at := inks[seen[want]], pixels(o.Regions[0].Box, page.img.Rect)
		seen[want]++
		if iou := overlap(at, ink); iou < 0.8 || !ink.In(at.Inset(-2)) {
			t.Errorf("%s %s is at %v, drawn at %v", want.kind, want.text, at, ink)
		}
	}
}

// checkRedacted looks at the pixels of a redacted copy, and lets it be read.
func checkRedacted(t *testing.T, r *recognizer, content []byte, pages []drawnPage, secrets []secret) {
	t.Helper()
	copies := decodePages(t, content)
	if len(copies) != len(pages) {
		t.Fatalf("%d pages, want %d", len(copies), len(pages))
	}
	for _, s := range secrets {
		for _, ink := range pages[s.page].inks(t, s.text) {
			if n := lightPixels(copies[s.page], ink); n > 0 {
				t.Errorf("%s on page %d: %d pixels are not black", s.text, s.page+1, n)
			}
		}
	}
	text := readAgain(t, r, content, len(pages))
	for _, s := range secrets {
		for _, part := range strings.Fields(s.text) {
			if strings.Contains(text[s.page], part) {
				t.Errorf("page %d of the redacted copy still shows %q:\n%s", s.page+1, part, text[s.page])
			}
		}
	}
	for n, page := range pages {
		for _, word := range page.words {
			if !isSecret(secrets, n, word) && !strings.Contains(text[n], word.text) {
				t.Errorf("page %d of the redacted copy lacks %q:\n%s", n+1, word.text, text[n])
			}
		}
	}
}

// checkAnnotated looks at the pixels of an annotated copy, and lets it be read:
// all is still there. The outline goes over the outermost pixels of a value, which
// Tesseract may stumble over.
func checkAnnotated(t *testing.T, r *recognizer, content []byte, pages []drawnPage, secrets []secret) {
	t.Helper()
	copies := decodePages(t, content)
	for _, s := range secrets {
		for _, ink := range pages[s.page].inks(t, s.text) {
			if !hasColour(copies[s.page], ink.Inset(-6)) {
				t.Errorf("there is no outline around %s on page %d", s.text, s.page+1)
			}
			inside := ink.Inset(4)
			if n := otherPixels(copies[s.page], pages[s.page].img, inside); n > inside.Dx()*inside.Dy()/100 {
				t.Errorf("%s on page %d: %d pixels are not as they were", s.text, s.page+1, n)
			}
		}
	}
	text := readAgain(t, r, content, len(pages))
	for n, page := range pages {
		for _, word := range page.words {
			if !isSecret(secrets, n, word) && !strings.Contains(text[n], word.text) {
				t.Errorf("page %d of the annotated copy lacks %q:\n%s", n+1, word.text, text[n])
			}
		}
	}
}

// isSecret reports whether a word of a page, from 0, is part of a secret on it.
func isSecret(secrets []secret, page int, word drawnWord) bool {
	return slices.ContainsFunc(secrets, func(s secret) bool {
		return s.page == page && slices.Contains(strings.Fields(s.text), word.text)
	})
}

// readAgain returns the text of each page of a copy.
func readAgain(t *testing.T, r *recognizer, content []byte, pages int) []string {
	t.Helper()
	read, err := r.Read(content)
	if err != nil {
		t.Fatal(err)
	}
	if len(read) != pages {
		t.Fatalf("Tesseract reads %d pages, want %d", len(read), pages)
	}
	var texts []string
	for _, page := range read {
		texts = append(texts, ocr.Document{Pages: []ocr.Page{page}}.Text())
	}
	return texts
}
