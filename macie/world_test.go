package macie_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/state"
)

const (
	account = "123456789012"
	region  = "eu-west-1"
	scans   = "scans"   // bucket of images
	results = "results" // bucket of texts
	exports = "exports" // bucket of analysis records
	kmsKey  = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// A world is an account with images, Textract and Macie.
type world struct {
	*awstest.Cloud
	s3       *s3.Service
	textract *textract.Service
	macie    *macie2.Service
	store    state.Store
}

func newWorld(c *awstest.Cloud) *world {
	w := &world{Cloud: c, s3: s3.New(c), store: state.NewMemory()}
	sts.Handle(c)
	w.textract = textract.New(c, w.s3, readText)
	w.macie = macie2.New(c, w.s3)
	w.s3.CreateBucket(scans, s3.Bucket{Owner: account, Region: region})
	w.s3.CreateBucket(results, s3.Bucket{Owner: account, Region: region, KMSKey: kmsKey})
	w.s3.CreateBucket(exports, s3.Bucket{Owner: account, Region: region})
	w.macie.Enable(account, region)
	w.macie.AllowKey(kmsKey)
	return w
}

func (w *world) clients() macie.Clients { return macie.NewClients(w.Config(region, account)) }

// options for the images of the world. What a bucket has to have is tried alone.
func (w *world) options() macie.ScanImagesOptions {
	return macie.ScanImagesOptions{
		Sources:     []macie.ImageSource{{Bucket: scans}},
		Results:     macie.ResultsLocation{Bucket: results, Prefix: "scan/"},
		Store:       w.store,
		Quotas:      macie.TextractQuotas{Detect: 100, Start: 100, Get: 100, Jobs: 100},
		Unprotected: true,
	}
}

func (w *world) put(key string, content []byte) {
	w.s3.Put(scans, key, s3.Object{Body: content})
}

// pngOf returns a PNG whose text, for the stand-in of Textract, is behind the
// image.
func pngOf(lines ...string) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		panic(err)
	}
	return append(b.Bytes(), textOf(lines)...)
}

func jpegOf(lines ...string) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		panic(err)
	}
	return append(b.Bytes(), textOf(lines)...)
}

// pdfOf returns a PDF with a page for each text.
func pdfOf(pages ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), fmt.Sprintf(format, args...))
	}
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", i+3))
	}
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Count %d /Kids [%s] >>", len(pages), strings.Join(kids, " "))
	for range pages {
		object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>")
	}
	b.Write(textOf([]string{strings.Join(pages, pageBreak)}))
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, xref)
	return b.Bytes()
}

const (
	textBegins = "\n%TEXT:"
	textEnds   = ":TEXT\n"
	lineBreak  = "|"
	pageBreak  = "||"
)

func textOf(lines []string) []byte {
	return []byte(textBegins + strings.Join(lines, lineBreak) + textEnds)
}

// readText is the text detection of the stand-in: lines below each other.
func readText(content []byte) ([]ocr.Page, error) {
	_, text, ok := bytes.Cut(content, []byte(textBegins))
	if !ok {
		return nil, fmt.Errorf("corrupt")
	}
	text, _, _ = bytes.Cut(text, []byte(textEnds))
	var pages []ocr.Page
	partial := &textract.PartialError{}
	for i, p := range strings.Split(string(text), pageBreak) {
		page := ocr.Page{Number: i + 1}
		if p == "UNREADABLE" {
			partial.Pages = append(partial.Pages, page.Number)
		}
		for n, line := range strings.Split(p, lineBreak) {
			if line != "" && p != "UNREADABLE" {
				page.Lines = append(page.Lines, ocr.Line{Text: line, Box: ocr.Box{Left: 0.1, Top: 0.05 * float32(n+1), Width: 0.8, Height: 0.04}})
			}
		}
		pages = append(pages, page)
	}
	if len(partial.Pages) > 0 {
		return pages, partial
	}
	return pages, nil
}

const (
	card  = "Credit card 4539 1488 0343 6467"
	plain = "Minutes of the garden club"
)

// states returns "key state" of all images of a result.
func statesOf(t *testing.T, r macie.ScanImagesResult) []string {
	t.Helper()
	var lines []string
	for i, err := range r.Images(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, i.Key+" "+string(i.State))
	}
	return lines
}

func wantStates(t *testing.T, r macie.ScanImagesResult, want ...string) {
	t.Helper()
	if got := statesOf(t, r); !slices.Equal(got, want) {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// sweep is for proofs that run a pattern hundreds of times, one after the other. The
// race detector would make them take many minutes, and sees as much in the proofs
// of any order, which run with it. They run beside each other.
func sweep(t *testing.T) {
	if underRace {
		t.Skip("runs without the race detector")
	}
	t.Parallel()
}
