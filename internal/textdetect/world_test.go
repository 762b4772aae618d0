package textdetect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/internal/textdetect"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

const (
	account = "123456789012"
	region  = "us-east-1"
	bucket  = "scans"
)

// A world is a bucket of scans, and Textract.
type world struct {
	*testing.T
	cloud    *awstest.Cloud
	s3       *s3.Service
	textract *textract.Service
	client   *textractsdk.Client
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, cloud: awstest.New(t)}
	w.s3 = s3.New(w.cloud)
	w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: region, Versioned: true})
	w.textract = textract.New(w.cloud, w.s3, read)
	w.client = textractsdk.NewFromConfig(w.cloud.Config(region, account))
	return w
}

// reader returns a Reader that knows the quotas of the world.
func (w *world) reader(change ...func(*textdetect.Config)) *textdetect.Reader {
	cfg := textdetect.Config{DetectTPS: 100, StartTPS: 100, GetTPS: 100, Jobs: 100}
	for _, c := range change {
		c(&cfg)
	}
	return textdetect.New(w.client, cfg)
}

const (
	pngFile = "\x89PNG\r\n\x1a\n"
	pdfFile = "%PDF-"
)

// put writes a file of so many pages.
func (w *world) put(key, magic string, pages ...string) textdetect.Object {
	_, version := w.s3.Put(bucket, key, s3.Object{Body: []byte(magic + strings.Join(pages, "\f"))})
	return textdetect.Object{Bucket: bucket, Key: key, VersionID: version}
}

// read makes pages of a file: lines are ended by \n. It cannot read a page that is
// "unreadable".
func read(content []byte) (pages []ocr.Page, err error) {
	text := strings.TrimPrefix(strings.TrimPrefix(string(content), pngFile), pdfFile)
	var unread []int
	for i, page := range strings.Split(text, "\f") {
		if page == "unreadable" {
			unread = append(unread, i+1)
			continue
		}
		p := ocr.Page{Number: i + 1}
		for j, line := range strings.FieldsFunc(page, func(r rune) bool { return r == '\n' }) {
			p.Lines = append(p.Lines, ocr.Line{Text: line, Box: ocr.Box{Left: 0.1, Top: 0.001 * float32(j+1), Width: 0.5, Height: 0.001}})
		}
		pages = append(pages, p)
	}
	if len(unread) == len(strings.Split(text, "\f")) {
		return nil, errors.New("corrupt")
	}
	if len(unread) > 0 {
		return pages, &textract.PartialError{Pages: unread}
	}
	return pages, nil
}

// page returns so many lines of a page, that no other page has.
func page(name string, lines int) string {
	var b strings.Builder
	for i := range lines {
		fmt.Fprintf(&b, "%s line %d of Jörg\n", name, i+1)
	}
	return b.String()
}

// handle answers GetDocumentTextDetection with these parts, whose tokens are "1",
// "2" and so on.
func (w *world) handle(parts ...*textractsdk.GetDocumentTextDetectionOutput) {
	awstest.Handle(w.cloud, func(_ context.Context, in *textractsdk.GetDocumentTextDetectionInput) (*textractsdk.GetDocumentTextDetectionOutput, error) {
		n := 0
		if in.NextToken != nil {
			fmt.Sscan(*in.NextToken, &n)
		}
		return parts[n], nil
	})
}

func (w *world) equal(what string, got, want any) {
	w.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// timed returns how long f takes.
func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

// words returns the words of a line, and where they are.
func words(l ocr.Line) (texts []string) {
	text := []rune(l.Text)
	for _, w := range l.Words {
		texts = append(texts, string(text[w.Start-1:w.End-1]))
	}
	return texts
}

func status(s types.JobStatus) *textractsdk.GetDocumentTextDetectionOutput {
	return &textractsdk.GetDocumentTextDetectionOutput{JobStatus: s}
}
