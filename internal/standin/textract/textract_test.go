package textract

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie/ocr"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	key     = "arn:aws:kms:eu-central-1:123456789012:key/k"
)

// A world is a bucket of scans in each of two Regions, and a client without
// retries.
type world struct {
	*testing.T
	cloud *awstest.Cloud
	s3    *s3.Service
	*Service
	client *textractsdk.Client
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, cloud: awstest.New(t)}
	w.s3 = s3.New(w.cloud)
	w.s3.CreateBucket("scans", s3.Bucket{Owner: account, Region: region, Versioned: true})
	w.s3.CreateBucket("plain", s3.Bucket{Owner: account, Region: region})
	w.s3.CreateBucket("foreign", s3.Bucket{Owner: "210987654321", Region: region})
	w.s3.CreateBucket("elsewhere", s3.Bucket{Owner: account, Region: "us-east-1"})
	w.Service = New(w.cloud, w.s3, read)
	w.client = w.clientOf(region, account)
	return w
}

func (w *world) clientOf(region, account string) *textractsdk.Client {
	return textractsdk.NewFromConfig(w.cloud.Config(region, account), func(o *textractsdk.Options) { o.Retryer = aws.NopRetryer{} })
}

// Files for read: after the magic number a mark that says what is in them.
const (
	pngFile  = "\x89PNG\r\n\x1a\n"
	jpegFile = "\xff\xd8\xff"
	tiffFile = "II*\x00"
	pdfFile  = "%PDF-"
)

// read makes pages of text: pages are divided by \f, lines by \n. The word
// "corrupt" makes an error, and pages that are "unreadable" are left out.
func read(content []byte) ([]ocr.Page, error) {
	text := string(content)
	for _, m := range magics {
		text = strings.TrimPrefix(text, m.begins)
	}
	if text == "corrupt" {
		return nil, errors.New("corrupt")
	}
	var pages []ocr.Page
	var unread []int
	for i, page := range strings.Split(text, "\f") {
		if page == "unreadable" {
			unread = append(unread, i+1)
			continue
		}
		p := ocr.Page{Number: i + 1}
		for j, line := range strings.FieldsFunc(page, func(r rune) bool { return r == '\n' }) {
			p.Lines = append(p.Lines, ocr.Line{Text: line, Box: ocr.Box{Left: 0.1, Top: 0.1 * float32(j+1), Width: 0.5, Height: 0.05}})
		}
		pages = append(pages, p)
	}
	if len(unread) > 0 {
		return pages, &PartialError{Pages: unread}
	}
	return pages, nil
}

func (w *world) put(bucket, key, content string) (version string) {
	_, version = w.s3.Put(bucket, key, s3.Object{Body: []byte(content)})
	return version
}

func object(bucket, key, version string) *types.S3Object {
	return &types.S3Object{Bucket: &bucket, Name: &key, Version: set(version)}
}

func (w *world) detect(o *types.S3Object) (*textractsdk.DetectDocumentTextOutput, error) {
	return w.client.DetectDocumentText(w.Context(), &textractsdk.DetectDocumentTextInput{Document: &types.Document{S3Object: o}})
}

func startInput(o *types.S3Object) *textractsdk.StartDocumentTextDetectionInput {
	return &textractsdk.StartDocumentTextDetectionInput{DocumentLocation: &types.DocumentLocation{S3Object: o}}
}

func (w *world) start(o *types.S3Object) (string, error) { return w.startWith(startInput(o)) }

func (w *world) startWith(in *textractsdk.StartDocumentTextDetectionInput) (string, error) {
	out, err := w.client.StartDocumentTextDetection(w.Context(), in)
	if err != nil {
		return "", err
	}
	return *out.JobId, nil
}

func (w *world) get(id string) *textractsdk.GetDocumentTextDetectionOutput {
	w.Helper()
	out, err := w.client.GetDocumentTextDetection(w.Context(), &textractsdk.GetDocumentTextDetectionInput{JobId: &id})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

// code returns the code of an error, "" for none.
func code(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	if err != nil {
		return "no API error: " + err.Error()
	}
	return ""
}

func (w *world) fails(what string, err error, want string) {
	w.Helper()
	if code(err) != want {
		w.Errorf("%s: got %v, want %q", what, err, want)
	}
}

func equal[T comparable](w *world, what string, got, want T) {
	w.Helper()
	if got != want {
		w.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// inBubble runs a test where time is virtual.
func inBubble(t *testing.T, test func(*world)) {
	synctest.Test(t, func(t *testing.T) { test(newWorld(t)) })
}

// texts returns the blocks as "LINE 1 some text", with 0 for no page.
func texts(blocks []types.Block) []string {
	var texts []string
	for _, b := range blocks {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %d %s", b.BlockType, aws.ToInt32(b.Page), aws.ToString(b.Text))))
	}
	return texts
}

func wideImage(t *testing.T, width int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, 1))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDetectBlocks(t *testing.T) {
	w := newWorld(t)
	w.put("scans", "a.png", pngFile+"DRIVER LICENCE\nZürich 5")
	out, err := w.detect(object("scans", "a.png", ""))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"PAGE 0", "LINE 0 DRIVER LICENCE", "LINE 0 Zürich 5", "WORD 0 DRIVER", "WORD 0 LICENCE", "WORD 0 Zürich", "WORD 0 5"}
	if got := texts(out.Blocks); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	equal(w, "pages", *out.DocumentMetadata.Pages, 1)
	page, line, word := out.Blocks[0], out.Blocks[2], out.Blocks[5]
	if got, want := page.Relationships[0].Ids, []string{*out.Blocks[1].Id, *out.Blocks[2].Id}; !slices.Equal(got, want) {
		t.Errorf("children of the page: got %q, want %q", got, want)
	}
	if got, want := line.Relationships[0].Ids, []string{*out.Blocks[5].Id, *out.Blocks[6].Id}; !slices.Equal(got, want) {
		t.Errorf("children of the line: got %q, want %q", got, want)
	}
	if page.Confidence != nil || *word.Confidence <= 0 || *word.Confidence > 100 || word.TextType != types.TextTypePrinted || line.TextType != "" {
		t.Errorf("got confidence %v and type %q of a word, type %q of a line", word.Confidence, word.TextType, line.TextType)
	}
	box, polygon := line.Geometry.BoundingBox, line.Geometry.Polygon
	if box.Left != 0.1 || box.Top != 0.2 || len(polygon) != 4 || polygon[2].X != 0.6 || polygon[2].Y != 0.25 {
		t.Errorf("got box %v and polygon %v", *box, polygon)
	}
	if b := word.Geometry.BoundingBox; b.Left != 0.1 || b.Width != 0.375 { // 6 of the 8 characters
		t.Errorf("got box %v of a word", *b)
	}
}

func TestWordsOfTheTest(t *testing.T) {
	line := ocr.Line{Text: "Müller A", Words: []ocr.Word{
		{Start: 1, End: 7, Polygon: []ocr.Point{{X: 0.1}, {X: 0.2}, {X: 0.3}}}, {Start: 8, End: 9},
	}}
	m := blockMaker{run: 1}
	m.addPage(ocr.Page{Lines: []ocr.Line{line}})
	if got, want := texts(m.blocks), []string{"PAGE 0", "LINE 0 Müller A", "WORD 0 Müller", "WORD 0 A"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(m.blocks[2].Geometry.Polygon) != 3 {
		t.Errorf("got polygon %v", m.blocks[2].Geometry.Polygon)
	}
	for _, w := range []ocr.Word{{Start: 0, End: 1}, {Start: 3, End: 3}, {Start: 8, End: 10}} {
		if !panics(func() { textOf(line, w) }) {
			t.Errorf("columns %d to %d: no panic", w.Start, w.End)
		}
	}
}

func panics(f func()) (did bool) {
	defer func() { did = recover() != nil }()
	f()
	return false
}

func TestSpacesMakeWords(t *testing.T) {
	for text, want := range map[string][]string{
		"  a  bc ": {"a", "bc"}, "a\tb": {"a", "b"}, "é": {"é"}, " ": nil, "": nil,
	} {
		line, got := ocr.Line{Text: text}, []string(nil)
		for _, word := range wordsOf(line) {
			got = append(got, textOf(line, word))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestDetectRefuses(t *testing.T) {
	w := newWorld(t)
	w.s3.DenyKMS(key)
	w.s3.Put("scans", "locked.png", s3.Object{Body: []byte(pngFile), KMSKey: key})
	w.put("scans", "a.png", pngFile+"one")
	w.put("scans", "deleted.png", pngFile)
	w.s3.Delete("scans", "deleted.png")
	w.put("foreign", "a.png", pngFile)
	w.put("elsewhere", "a.png", pngFile)
	w.put("scans", "a#b.png", pngFile)
	for name, content := range map[string]string{
		"empty": "", "gif": "GIF89a", "corrupt.png": pngFile + "corrupt", "two.pdf": pdfFile + "a\fb", "two.tif": tiffFile + "a\fb",
		"wide.png": wideImage(t, 10_001), "large.png": pngFile + strings.Repeat(" ", 10<<20), "partial.pdf": pdfFile + "unreadable",
	} {
		w.put("scans", name, content)
	}
	tests := []struct {
		name, bucket, key, version, want string
	}{
		{"missing", "scans", "b.png", "", "InvalidS3ObjectException"},
		{"missing bucket", "nowhere", "a.png", "", "InvalidS3ObjectException"},
		{"missing version", "scans", "a.png", "version-99999999", "InvalidS3ObjectException"},
		{"no version", "scans", "a.png", "x", "InvalidS3ObjectException"},
		{"deleted", "scans", "deleted.png", "", "InvalidS3ObjectException"},
		{"not readable", "foreign", "a.png", "", "InvalidS3ObjectException"},
		{"other Region", "elsewhere", "a.png", "", "InvalidS3ObjectException"},
		{"KMS denied", "scans", "locked.png", "", "InvalidS3ObjectException"},
		{"number sign", "scans", "a#b.png", "", "InvalidS3ObjectException"},
		{"empty", "scans", "empty", "", "UnsupportedDocumentException"},
		{"other format", "scans", "gif", "", "UnsupportedDocumentException"},
		{"two pages", "scans", "two.pdf", "", "UnsupportedDocumentException"},
		{"two images", "scans", "two.tif", "", "UnsupportedDocumentException"},
		{"corrupt", "scans", "corrupt.png", "", "BadDocumentException"},
		{"unreadable page", "scans", "partial.pdf", "", "BadDocumentException"},
		{"side", "scans", "wide.png", "", "BadDocumentException"},
		{"size", "scans", "large.png", "", "DocumentTooLargeException"},
		{"short bucket name", "ab", "a.png", "", "InvalidParameterException"},
		{"bucket name", "a/b", "a.png", "", "InvalidParameterException"},
		{"blank key", "scans", " ", "", "InvalidParameterException"},
		{"long key", "scans", strings.Repeat("a", 1025), "", "InvalidParameterException"},
	}
	for _, test := range tests {
		_, err := w.detect(object(test.bucket, test.key, test.version))
		w.fails(test.name, err, test.want)
	}
	equal(w, "pages billed", w.BilledTotal(), Pages{})
	equal(w, "calls", w.Calls("DetectDocumentText"), Calls{Accepted: len(tests)})
}

func TestDetectReads(t *testing.T) {
	w := newWorld(t)
	old := w.put("scans", "a.png", pngFile+"old")
	w.put("scans", "a.png", pngFile+"new")
	w.put("scans", "one.pdf", pdfFile+"one")
	w.put("scans", "blank.jpg", jpegFile)
	w.put("scans", "wide.png", wideImage(t, 10_000))
	w.put("plain", "a.tif", "MM\x00*text")
	w.put("scans", "full.png", pngFile+strings.Repeat("a", 10<<20-len(pngFile)))
	tests := []struct {
		bucket, key, version, want string
	}{
		{"scans", "a.png", "", "PAGE 0,LINE 0 new,WORD 0 new"},
		{"scans", "a.png", old, "PAGE 0,LINE 0 old,WORD 0 old"},
		{"scans", "one.pdf", "", "PAGE 1,LINE 1 one,WORD 1 one"},
		{"plain", "a.tif", "", "PAGE 1,LINE 1 text,WORD 1 text"},
		{"scans", "blank.jpg", "", "PAGE 0"},
	}
	for _, test := range tests {
		out, err := w.detect(object(test.bucket, test.key, test.version))
		if err != nil {
			t.Errorf("%s: %v", test.key, err)
		} else if got := strings.Join(texts(out.Blocks), ","); got != test.want {
			t.Errorf("%s: got %q, want %q", test.key, got, test.want)
		}
	}
	for _, name := range []string{"wide.png", "full.png"} {
		_, err := w.detect(object("scans", name, ""))
		w.fails(name, err, "")
	}
	if _, err := w.detect(object("scans", "a.png", old)); err != nil {
		t.Error(err)
	}
	equal(w, "pages", w.BilledTotal(), Pages{Sync: 8})
	equal(w, "pages of the old version", w.Billed()[Document{"scans", "a.png", old}], Pages{Sync: 2})
	equal(w, "pages without a version", w.Billed()[Document{"plain", "a.tif", ""}], Pages{Sync: 1})
	if strings.Contains(strings.Join(w.cloud.Operations(), " "), "S3") {
		t.Error("the log holds the reads of Textract")
	}
}

func TestDetectBytes(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		name string
		in   types.Document
		want string
	}{
		{"bytes", types.Document{Bytes: []byte(pngFile)}, ""},
		{"neither", types.Document{}, "InvalidParameterException"},
		{"both", types.Document{Bytes: []byte(pngFile), S3Object: object("scans", "a", "")}, "InvalidParameterException"},
		{"empty", types.Document{Bytes: []byte{}}, "InvalidParameterException"},
		{"empty object", types.Document{S3Object: &types.S3Object{}}, "InvalidParameterException"},
		{"size", types.Document{Bytes: []byte(pngFile + strings.Repeat(" ", 10<<20))}, "DocumentTooLargeException"},
	}
	for _, test := range tests {
		_, err := w.client.DetectDocumentText(t.Context(), &textractsdk.DetectDocumentTextInput{Document: &test.in})
		w.fails(test.name, err, test.want)
	}
	equal(w, "pages", w.Billed()[Document{}], Pages{Sync: 1})
}

func TestErrorsAreTyped(t *testing.T) {
	w := newWorld(t)
	_, err := w.detect(object("scans", "missing", ""))
	if e, ok := errors.AsType[*types.InvalidS3ObjectException](err); !ok || !strings.HasPrefix(e.ErrorMessage(), "Unable to get object metadata from S3.") {
		t.Errorf("got %v", err)
	}
	if status, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); !ok || status.HTTPStatusCode() != 400 {
		t.Errorf("got %v, want status 400", err)
	}
}

func TestRegionWithoutTextract(t *testing.T) {
	w := newWorld(t)
	client := textractsdk.NewFromConfig(w.cloud.Config("eu-north-1", account))
	_, err := client.DetectDocumentText(t.Context(), &textractsdk.DetectDocumentTextInput{Document: &types.Document{Bytes: []byte(pngFile)}})
	if e, ok := errors.AsType[*net.DNSError](err); !ok || e.Name != "textract.eu-north-1.amazonaws.com" {
		t.Errorf("got %v", err)
	}
	equal(w, "attempts", w.cloud.Count(), 1)
}

func TestReaderOfTwoPagesInAnImage(t *testing.T) {
	w := newWorld(t)
	if !panics(func() { w.result(pngFormat, []byte(pngFile+"a\fb")) }) {
		t.Error("no panic")
	}
}

func TestJobLimits(t *testing.T) {
	for f, want := range map[format]int{pngFormat: 10 << 20, jpegFormat: 10 << 20, tiffFormat: 500 << 20, pdfFormat: 500 << 20} {
		if got := jobLimit(f); got != want {
			t.Errorf("format %d: got %d, want %d", f, got, want)
		}
	}
	if _, err := checkFile([]byte(pdfFile+strings.Repeat(" ", 10<<20)), jobLimit); err != nil {
		t.Error(err)
	}
}

func TestDefaultDuration(t *testing.T) {
	w := newWorld(t)
	for pages, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 30: 30 * time.Second} {
		if got := w.jobDuration(pages); got != want {
			t.Errorf("%d pages: got %v, want %v", pages, got, want)
		}
	}
}
