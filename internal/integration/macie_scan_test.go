package integration_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
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

// TestRedactEitherOrientation redacts a JPEG that is to be turned, once with the
// places of its text on the image as displayed, once as stored: Textract's
// documentation does not say which. The value is gone both times.
func TestRedactEitherOrientation(t *testing.T) {
	r := newRecognizer(t)
	page := drawPage(t, memberPage...)
	content := turnedJPEG(t, page.img)
	for _, test := range []struct {
		name string
		read textract.Reader
	}{
		{"displayed", r.Read},
		{"stored", func(content []byte) ([]ocr.Page, error) {
			pages, err := r.Read(content)
			return turnedLeft(pages), err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := scanWith(t, test.read, map[string][]byte{"turned.jpg": content})["turned.jpg"]
			if s.State != macie.StateFinding || s.redactErr != nil {
				t.Fatalf("%q (%s), redacting: %v", s.State, s.Reason, s.redactErr)
			}
			for _, ink := range page.inks(t, drawnCard) {
				if n := lightPixels(decode(t, s.redacted), ink); n > 0 {
					t.Errorf("%d pixels are not black", n)
				}
			}
			text := readAgain(t, r, s.redacted, 1)[0]
			if !strings.Contains(text, "Thank you") || !strings.Contains(text, "Credit card") {
				t.Errorf("other text is gone:\n%s", text)
			}
			for _, part := range strings.Fields(drawnCard) {
				if strings.Contains(text, part) {
					t.Errorf("the copy still shows %q:\n%s", part, text)
				}
			}
		})
	}
}

// turnedLeft moves places from an image as displayed to where they are on one
// that is stored turned to the left.
func turnedLeft(pages []ocr.Page) []ocr.Page {
	turn := func(b ocr.Box) ocr.Box {
		return ocr.Box{Left: b.Top, Top: 1 - b.Left - b.Width, Width: b.Height, Height: b.Width}
	}
	var turned []ocr.Page
	for _, page := range pages {
		page.Lines = slices.Clone(page.Lines)
		for i, line := range page.Lines {
			page.Lines[i].Box = turn(line.Box)
			page.Lines[i].Words = slices.Clone(line.Words)
			for n, word := range line.Words {
				page.Lines[i].Words[n].Box = turn(word.Box)
			}
		}
		turned = append(turned, page)
	}
	return turned
}

// TestScanPrintedPDF scans a PDF that Chromium prints. Where its text is, poppler
// tells; such a file cannot be redacted.
func TestScanPrintedPDF(t *testing.T) {
	r := newRecognizer(t)
	file := printPDF(t, `<p>Member of the garden club</p><p>Credit card `+drawnCard+`</p>
		<p style="break-before: page">Minutes</p><p style="break-before: page">Social Security number `+drawnSSN+`</p>`)
	s := scanWith(t, r.Read, map[string][]byte{"printed.pdf": file})["printed.pdf"]
	if s.State != macie.StateFinding || s.Pages != 3 || !errors.Is(s.redactErr, macie.ErrUnsupported) {
		t.Fatalf("%q (%s), %d pages, redacting: %v", s.State, s.Reason, s.Pages, s.redactErr)
	}
	want := []secret{{0, "CREDIT_CARD_NUMBER", drawnCard}, {2, "USA_SOCIAL_SECURITY_NUMBER", drawnSSN}}
	if len(s.located.Occurrences) != len(want) {
		t.Fatalf("got %+v", s.located.Occurrences)
	}
	words := popplerWords(t, file)
	for i, o := range s.located.Occurrences {
		if o.Type != want[i].kind || o.Regions[0].Page != want[i].page+1 {
			t.Errorf("got %+v, want %+v", o, want[i])
			continue
		}
		var at ocr.Box
		for _, w := range words[want[i].page] {
			if slices.Contains(strings.Fields(want[i].text), w.Text) {
				at = union(at, w.Box)
			}
		}
		page := image.Rect(0, 0, 10_000, 10_000)
		// Poppler tells the height of the line, Tesseract that of the digits.
		if found, printed := pixels(o.Regions[0].Box, page), pixels(at, page); overlap(found, printed) < 0.5 || !found.In(printed.Inset(-20)) {
			t.Errorf("%s is at %v, printed at %v", want[i].text, found, printed)
		}
	}
}

var popplerWord = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)</word>`)

// popplerWords returns the words of each page of a PDF, as pdftotext tells them.
func popplerWords(t *testing.T, content []byte) [][]ocr.PlacedWord {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.pdf")
	if err := os.WriteFile(file, content, 0o666); err != nil {
		t.Fatal(err)
	}
	number := func(s string) float32 {
		n, err := strconv.ParseFloat(s, 32)
		if err != nil {
			t.Fatal(err)
		}
		return float32(n)
	}
	var pages [][]ocr.PlacedWord
	for _, page := range strings.Split(run(t, engine(t, "poppler", "pdftotext"), "-bbox", file, "-"), "<page ")[1:] {
		var width, height float32
		if _, err := fmt.Sscanf(page, `width="%f" height="%f"`, &width, &height); err != nil {
			t.Fatal(err)
		}
		var words []ocr.PlacedWord
		for _, m := range popplerWord.FindAllStringSubmatch(page, -1) {
			left, top, right, bottom := number(m[1]), number(m[2]), number(m[3]), number(m[4])
			box := ocr.Box{Left: left / width, Top: top / height, Width: (right - left) / width, Height: (bottom - top) / height}
			words = append(words, ocr.PlacedWord{Text: m[5], Box: box})
		}
		pages = append(pages, words)
	}
	return pages
}

func union(a, b ocr.Box) ocr.Box {
	if a == (ocr.Box{}) {
		return b
	}
	left, top := min(a.Left, b.Left), min(a.Top, b.Top)
	return ocr.Box{
		Left: left, Top: top,
		Width:  max(a.Left+a.Width, b.Left+b.Width) - left,
		Height: max(a.Top+a.Height, b.Top+b.Height) - top,
	}
}
