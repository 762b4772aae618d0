package macie_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	dynamodbsdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/dynamodb"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// TestArticle has each of the article's 15 defects, in the order of the list in
// which they were found: what the article's solution does wrong is here done right.
func TestArticle(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, w *world)
	}{
		{"1 an upper-case extension stops nothing", upperCase},
		{"2 a completion that is lost blocks nothing", lostCompletion},
		{"3 all parts of a result are read", allParts},
		{"4 a value counts once, not as line and as words", countedOnce},
		{"5 Macie analyses the text alone, not the JSON too", textAlone},
		{"6 a refused job leaves its images unscanned, not scanned", refusedJob},
		{"7 every page of every list is read", smallPages},
		{"8 two runs at once start one job", twoRuns},
		{"8 images that are done early do not start the job early", earlyImages},
		{"9 a stopped run and a second one pay nothing again", paidOnce},
		{"9 throttling loses no image", throttledScan},
		{"10 what failed or was read in part is told, by image", toldByImage},
		{"11 x.png and x.jpg are told apart", sameName},
		{"12 several buckets, and no identifier of one's own", severalBuckets},
		{"13 no text beside the originals", nothingBeside},
		{"14 only the outcome of our own job counts", ownJob},
		{"15 TIFF, PDF, names without an extension, more than 10 MB", moreFormats},
		{"15 what a scan wrote is not scanned", notItsOwn},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test.run(t, newWorld(awstest.New(t))) })
		})
	}
}

// mustScan scans, and fails the test if there is an error.
func (w *world) mustScan(t *testing.T, opts macie.ScanImagesOptions) macie.ScanImagesResult {
	t.Helper()
	result, err := macie.ScanImages(t.Context(), w.clients(), opts)
	if err != nil {
		t.Fatalf("ScanImages: %v", err)
	}
	checkSum(t, result)
	return result
}

// checkSum checks that every listed object is in one state.
func checkSum(t *testing.T, r macie.ScanImagesResult) {
	t.Helper()
	sum := r.Pending
	for _, n := range r.States {
		sum += n
	}
	if sum != r.Listed {
		t.Errorf("%d objects listed, and states %v with %d pending are %d", r.Listed, r.States, r.Pending, sum)
	}
}

// imagesOf returns the images of a result by their keys.
func imagesOf(t *testing.T, r macie.ScanImagesResult) map[string]macie.Image {
	t.Helper()
	images := map[string]macie.Image{}
	for i, err := range r.Images(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		images[i.Key] = i
	}
	return images
}

func upperCase(t *testing.T, w *world) {
	w.put("IMG.JPG", jpegOf(card))
	w.put("a/Scan.PnG", pngOf(card))
	w.put("z.png", pngOf(card))
	wantStates(t, w.mustScan(t, w.options()), "IMG.JPG finding", "a/Scan.PnG finding", "z.png finding")
}

// lostCompletion: nobody delivers the notices of the stand-in.
func lostCompletion(t *testing.T, w *world) {
	w.put("a.png", pngOf(card))
	w.put("b.pdf", pdfOf(plain, card))
	opts := w.options()
	opts.Async = true
	wantStates(t, w.mustScan(t, opts), "a.png finding", "b.pdf finding")
	if n := w.textract.Calls("StartDocumentTextDetection").Accepted; n != 2 {
		t.Errorf("%d jobs of Textract, want 2", n)
	}
}

func allParts(t *testing.T, w *world) {
	w.textract.PageSize = 7 // blocks: a line of four words has five
	page := strings.Repeat(plain+lineBreak, 10)
	w.put("a.pdf", pdfOf(page, page, page+card))
	i := imagesOf(t, w.mustScan(t, w.options()))["a.pdf"]
	if i.State != macie.StateFinding || len(i.Findings) != 1 || len(i.Findings[0].Places) != 1 {
		t.Fatalf("got %+v", i)
	}
	if r := i.Findings[0].Places[0].Regions; len(r) != 1 || r[0].Page != 3 {
		t.Errorf("the last line of page 3 is at %+v", r)
	}
	if n := w.textract.Calls("GetDocumentTextDetection").Accepted; n < 10 {
		t.Errorf("read in %d calls: the result had one part", n)
	}
}

func countedOnce(t *testing.T, w *world) {
	w.put("a.png", pngOf("Customer", card, plain))
	i := imagesOf(t, w.mustScan(t, w.options()))["a.png"]
	if len(i.Findings) != 1 || i.Findings[0].Count != 1 {
		t.Errorf("got %+v, want the one card number", i.Findings)
	}
	want := "Customer\n" + card + "\n" + plain
	if got := strings.TrimSpace(w.texts()[i.TextID]); got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
}

// texts returns the texts that Macie is given, by the id in their names.
func (w *world) texts() map[string]string {
	texts := map[string]string{}
	for key, body := range w.content(results) {
		name := key[strings.LastIndex(key, "/")+1:]
		if id, ok := strings.CutSuffix(name, ".txt"); ok {
			texts[id] = body
		}
	}
	return texts
}

// content returns what is in a bucket, by key.
func (w *world) content(bucket string) map[string]string {
	content := map[string]string{}
	c, _ := w.s3.Contents(bucket, func(string) bool { return true })
	for _, o := range c.Objects {
		content[o.Key] = string(o.Body)
	}
	return content
}

func textAlone(t *testing.T, w *world) {
	w.macie.Export(account, region, exports, "", kmsKey)
	w.put("a.png", pngOf(card))
	w.put("b.png", pngOf(plain))
	result := w.mustScan(t, w.options())
	wantStates(t, result, "a.png finding", "b.png clean")
	size := 0
	for _, text := range w.texts() {
		size += len(text)
	}
	if got := w.macie.BytesClassified(); size == 0 || got != int64(size) {
		t.Errorf("Macie analysed %d bytes, the texts have %d", got, size)
	}
	if n := len(w.macie.Events()); n != 1 {
		t.Errorf("%d findings in Macie, want 1", n)
	}
}

func refusedJob(t *testing.T, w *world) {
	w.put("a.png", pngOf(card))
	refused := w.Inject(awstest.Fault{
		Operation: "Macie2.CreateClassificationJob", Times: 1,
		Err: awstest.Status(402, &macietypes.ServiceQuotaExceededException{Message: aws.String("too many jobs")}),
	})
	result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
	if refused() != 1 {
		t.Fatal("no job was refused")
	}
	if _, quota := errors.AsType[*macietypes.ServiceQuotaExceededException](err); !quota {
		t.Errorf("got %v, want the refusal", err)
	}
	checkSum(t, result)
	if result.Pending != 1 || len(statesOf(t, result)) != 0 {
		t.Errorf("a job that Macie refused: %v, %d pending", result.States, result.Pending)
	}
	wantStates(t, w.mustScan(t, w.options()), "a.png finding")
	if got := w.textract.BilledTotal(); got != (textract.Pages{Sync: 1}) {
		t.Errorf("billed %+v, want one page", got)
	}
}

// smallPages has lists of the store, of S3 and of Macie in pages of two, and reads
// of the store that lag behind where they are not asked to be consistent.
func smallPages(t *testing.T, w *world) {
	db := dynamodb.New(w.Cloud)
	db.PageSize, db.Lag, w.s3.PageSize, w.macie.PageSize = 2, time.Hour, 2, 2
	client := dynamodbsdk.NewFromConfig(w.Config(region, account))
	if _, err := client.CreateTable(t.Context(), state.DynamoDBTable("scans")); err != nil {
		t.Fatal(err)
	}
	w.store = state.NewDynamoDB(client, "scans")
	w.macie.Export(account, region, exports, "", kmsKey)
	var want []string
	for n := range 7 {
		key := fmt.Sprintf("%d.png", n)
		w.put(key, pngOf(card))
		want = append(want, key+" finding")
	}
	wantStates(t, w.mustScan(t, w.options()), want...)
	if w.macie.Jobs() != 1 {
		t.Errorf("%d jobs for 7 images", w.macie.Jobs())
	}
}

func twoRuns(t *testing.T, w *world) {
	w.put("a.png", pngOf(card))
	w.put("b.pdf", pdfOf(plain, plain))
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			wantStates(t, w.mustScan(t, w.options()), "a.png finding", "b.pdf unproven")
		})
	}
	all.Wait()
	if w.macie.Jobs() != 1 {
		t.Errorf("two runs at once started %d jobs", w.macie.Jobs())
	}
	if got := w.textract.BilledTotal(); got != (textract.Pages{Sync: 1, Async: 2}) {
		t.Errorf("two runs at once paid for %+v", got)
	}
}

// earlyImages: one takes an hour to read, and the others are done at once.
func earlyImages(t *testing.T, w *world) {
	w.textract.JobDuration = func(int) time.Duration { return time.Hour }
	w.put("a.png", pngOf(card))
	w.put("b.png", pngOf(card))
	w.put("c.pdf", pdfOf(plain, card))
	result := w.mustScan(t, w.options())
	wantStates(t, result, "a.png finding", "b.png finding", "c.pdf finding")
	if len(result.Jobs) != 1 || result.Jobs[0].Images != 3 || w.macie.Jobs() != 1 {
		t.Errorf("jobs %+v, want one for all three", result.Jobs)
	}
}

func paidOnce(t *testing.T, w *world) {
	w.put("a.png", pngOf(card))
	w.put("b.pdf", pdfOf(plain, plain))
	opts := w.options()
	opts.Async = true
	w.Inject(awstest.Fault{Operation: "Textract.GetDocumentTextDetection", Times: 1, Err: awstest.ErrCrash})
	if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil {
		t.Error("a call was lost for good, and there is no error")
	}
	jobs := 0
	for n := range 2 {
		wantStates(t, w.mustScan(t, opts), "a.png finding", "b.pdf unproven")
		if n == 0 {
			jobs = w.macie.Jobs()
		}
	}
	if got := w.textract.BilledTotal(); got != (textract.Pages{Async: 3}) {
		t.Errorf("billed %+v, want three pages", got)
	}
	if w.macie.Jobs() != jobs {
		t.Errorf("a scan of what is unchanged started %d jobs", w.macie.Jobs()-jobs)
	}
}

// throttledScan has quotas of one call a second, which others use too, and two jobs
// at a time.
func throttledScan(t *testing.T, w *world) {
	w.textract.Quotas = textract.Quotas{DetectTPS: 1, StartTPS: 1, GetTPS: 1, Jobs: 2}
	w.Inject(awstest.Fault{Operation: "Textract.DetectDocumentText", Attempts: 2, Times: 20, Err: awstest.Throttled()})
	var want []string
	for n := range 30 {
		key, content := fmt.Sprintf("%02d.png", n), pngOf(card)
		if n >= 25 {
			key, content = fmt.Sprintf("%02d.pdf", n), pdfOf(plain, card)
		}
		w.put(key, content)
		want = append(want, key+" finding")
	}
	opts := w.options()
	opts.Quotas = macie.TextractQuotas{Detect: 1, Start: 1, Get: 1, Jobs: 2}
	wantStates(t, w.mustScan(t, opts), want...)
}

func toldByImage(t *testing.T, w *world) {
	w.put("bad.png", pngOf()[:40])
	w.put("good.png", pngOf(plain))
	w.put("part.pdf", pdfOf(plain, "UNREADABLE", plain))
	result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
	if !errors.Is(err, macie.ErrFailedImages) {
		t.Errorf("got %v", err)
	}
	if i, ok := errors.AsType[*macie.ImageError](err); !ok || i.Key != "bad.png" {
		t.Errorf("the error names no image: %v", err)
	}
	wantStates(t, result, "bad.png failed", "good.png unproven", "part.pdf partial")
	images := imagesOf(t, result)
	if part := images["part.pdf"]; !slices.Equal(part.FailedPages, []int{2}) || !strings.Contains(part.Reason, "1 of 3 pages") {
		t.Errorf("got %+v", part)
	}
	if images["bad.png"].Reason == "" || len(result.Attention) != 3 {
		t.Errorf("got %+v", result.Attention)
	}
}

func sameName(t *testing.T, w *world) {
	for _, key := range []string{"x.jpg", "x.jpeg", "x", "y/x.png"} {
		w.put(key, jpegOf(plain))
	}
	w.put("x.png", pngOf(card))
	wantStates(t, w.mustScan(t, w.options()),
		"x unproven", "x.jpeg unproven", "x.jpg unproven", "x.png finding", "y/x.png unproven")
}

func severalBuckets(t *testing.T, w *world) {
	const other = "210987654321"
	w.s3.CreateBucket("theirs", s3.Bucket{Owner: other, Region: region, Readers: []string{account}})
	w.s3.Put("theirs", "in/a.png", s3.Object{Body: pngOf(card)})
	w.s3.Put("theirs", "out/b.png", s3.Object{Body: pngOf(card)})
	w.put("c.png", pngOf(card))
	opts := w.options()
	opts.Sources = append(opts.Sources, macie.ImageSource{Bucket: "theirs", Prefix: "in/", Owner: other})
	result := w.mustScan(t, opts)
	wantStates(t, result, "c.png finding", "in/a.png finding")
	if got := imagesOf(t, result)["in/a.png"].URL(); got != "s3://theirs/in/a.png" {
		t.Errorf("got %s", got)
	}
}

func nothingBeside(t *testing.T, w *world) {
	w.put("a.png", pngOf(card))
	w.put("b.pdf", pdfOf(plain, card))
	before := w.content(scans)
	w.mustScan(t, w.options())
	if after := w.content(scans); !maps.Equal(before, after) {
		t.Errorf("the source bucket holds %v, held %v", after, before)
	}
	for key := range w.content(results) {
		if !strings.HasPrefix(key, "scan/texts/") && !strings.HasPrefix(key, "scan/ocr/") {
			t.Errorf("the scan wrote %s", key)
		}
		if o, _ := w.s3.Get(results, key); o.KMSKey != kmsKey {
			t.Errorf("%s is encrypted by %q", key, o.KMSKey)
		}
	}
	opts := w.options()
	opts.Sources[0].Bucket = results
	if _, err := macie.ScanImages(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "BesideOriginals") {
		t.Errorf("results beside the originals: %v", err)
	}
}

// ownJob: another job over the same texts is cancelled, and a third finds
// something elsewhere, long before ours is done.
func ownJob(t *testing.T, w *world) {
	w.put("a.png", pngOf(plain))
	w.s3.Put(results, "other/notes.txt", s3.Object{Body: []byte(card)})
	w.macie.Outcomes(macie2.Outcome{Duration: time.Minute, Ends: macietypes.JobStatusCancelled}, macie2.Outcome{Duration: time.Minute}, macie2.Outcome{Duration: time.Hour})
	client := macie2sdk.NewFromConfig(w.Config(region, account))
	for n := range 2 {
		_, err := client.CreateClassificationJob(t.Context(), &macie2sdk.CreateClassificationJobInput{
			ClientToken: aws.String(fmt.Sprint(n)), Name: aws.String("another"), JobType: macietypes.JobTypeOneTime,
			S3JobDefinition: &macietypes.S3JobDefinition{BucketDefinitions: []macietypes.S3BucketDefinitionForJob{{
				AccountId: aws.String(account), Buckets: []string{results},
			}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second)
	}
	begun := time.Now()
	result := w.mustScan(t, w.options())
	if time.Since(begun) < time.Hour {
		t.Errorf("the scan took %v, and its job an hour", time.Since(begun))
	}
	wantStates(t, result, "a.png unproven")
	if len(result.Jobs) != 1 || result.Jobs[0].Status != "COMPLETE" || result.Jobs[0].Problem != "" {
		t.Errorf("got %+v", result.Jobs)
	}
}

func moreFormats(t *testing.T, w *world) {
	w.put("a.tif", tiffOf(card))
	w.put("b.tiff", tiffOf(plain, card))
	w.put("c", pngOf(card))          // no extension
	w.put("d.png", pdfOf(plain))     // another format than its name says
	w.put("e.gif", []byte("GIF89a")) // by its name
	w.put("f", []byte("GIF89a0000")) // by its content
	w.put("g.png", append(pngOf(card), make([]byte, 10<<20)...))
	w.put("h.pdf", pdfOf(card, plain+textEnds+strings.Repeat(" ", 10<<20)))
	result := w.mustScan(t, w.options())
	wantStates(t, result, "a.tif finding", "b.tiff finding", "c finding", "d.png unproven",
		"e.gif skipped", "f skipped", "g.png skipped", "h.pdf finding")
	images := imagesOf(t, result)
	for key, reason := range map[string]string{"e.gif": "end of its name", "f": "gif", "g.png": "10 MB"} {
		if !strings.Contains(images[key].Reason, reason) {
			t.Errorf("%s: %q does not tell %q", key, images[key].Reason, reason)
		}
	}
	if r := images["b.tiff"].Findings[0].Places[0].Regions; len(r) != 1 || r[0].Page != 2 {
		t.Errorf("the second page of b.tiff is told as %+v", r)
	}
}

func notItsOwn(t *testing.T, w *world) {
	w.s3.Put(results, "in/a.png", s3.Object{Body: pngOf(card)})
	opts := w.options()
	opts.Sources, opts.BesideOriginals = []macie.ImageSource{{Bucket: results}}, true
	w.mustScan(t, opts)
	result := w.mustScan(t, opts) // lists what the first one wrote
	if result.States[macie.StateFinding] != 1 || result.States[macie.StateSkipped] != 2 || result.Listed != 3 {
		t.Errorf("got %v", result.States)
	}
	if got := w.textract.BilledTotal(); got.Sync != 1 {
		t.Errorf("billed %+v", got)
	}
}

// tiffOf returns a TIFF with a page for each text. Pages have no pixels: nobody
// here decodes them.
func tiffOf(pages ...string) []byte {
	var b bytes.Buffer
	b.WriteString("II*\x00")
	le := binary.LittleEndian
	next := uint32(8)
	b.Write(le.AppendUint32(nil, next))
	for i := range pages {
		const entries = 2
		next += 2 + entries*12 + 4
		b.Write(le.AppendUint16(nil, entries))
		for _, tag := range []uint16{256, 257} { // ImageWidth, ImageLength
			b.Write(le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, tag), 4), 1), 100))
		}
		if i == len(pages)-1 {
			next = 0
		}
		b.Write(le.AppendUint32(nil, next))
	}
	b.Write(textOf([]string{strings.Join(pages, pageBreak)}))
	return b.Bytes()
}
