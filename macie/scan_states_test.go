package macie_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	textracttypes "github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/macie"
)

// A stateCase is one image and what becomes of it.
type stateCase struct {
	name    string
	key     string // Defaults to x.png.
	content []byte
	exports bool
	arrange func(t *testing.T, w *world, o *macie.ScanImagesOptions)
	state   macie.State
	reason  string // is in it
	again   bool   // a second scan of the same looks at it once more
}

var stateCases = []stateCase{
	{name: "finding", content: pngOf(plain, card), state: macie.StateFinding},
	{name: "finding, with its record lost", content: pngOf(card), exports: true, arrange: loseRecords, state: macie.StateFinding},
	{name: "finding beside a page that is not readable", key: "x.pdf", content: pdfOf(card, "UNREADABLE"),
		state: macie.StateFinding, reason: "could not read 1 of 2 pages"},
	{name: "finding that only the record tells", content: pngOf(card), exports: true,
		arrange: func(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
			w.macie.FindingsPerRun, w.macie.RestShare = 0, 0
		},
		state: macie.StateFinding},

	{name: "clean", content: pngOf(plain), exports: true, state: macie.StateClean},
	{name: "clean, with a record that comes late", content: pngOf(plain), exports: true,
		arrange: lateRecords, state: macie.StateClean},

	{name: "unproven without an export", content: pngOf(plain), state: macie.StateUnproven, reason: "does not export"},
	{name: "unproven without its record", content: pngOf(plain), exports: true, arrange: loseRecords,
		state: macie.StateUnproven, reason: "no analysis record of it has arrived", again: true},

	{name: "partial by text detection", key: "x.pdf", content: pdfOf(plain, "UNREADABLE", plain), exports: true,
		state: macie.StatePartial, reason: "could not read 1 of 3 pages"},
	{name: "partial by text detection, without an export", key: "x.pdf", content: pdfOf(plain, "UNREADABLE", plain),
		state: macie.StatePartial, reason: "could not read 1 of 3 pages"},
	{name: "partial without text", key: "x.pdf", content: pdfOf("", "UNREADABLE"),
		state: macie.StatePartial, reason: "could not read 1 of 2 pages"},
	{name: "partial by Macie", content: pngOf(plain), exports: true, arrange: macieSays("PARTIAL", "TIME_CUT_OFF_REACHED"),
		state: macie.StatePartial, reason: "TIME_CUT_OFF_REACHED"},

	{name: "failed: the key of the results is closed to Macie", content: pngOf(card), exports: true,
		arrange: func(_ *testing.T, w *world, o *macie.ScanImagesOptions) {
			o.Results.KMSKey = kmsKey + "9"
			w.macie.DenyKey(kmsKey + "9")
		},
		state: macie.StateFailed, reason: "INVALID_ENCRYPTION: its service role AWSServiceRoleForAmazonMacie", again: true},
	{name: "failed: the key of the image is closed", content: pngOf(card), arrange: closedKey,
		state: macie.StateFailed, reason: "kms:Decrypt", again: true},
	{name: "failed: the key of the image is closed to Textract", content: pngOf(card), arrange: textractDenied,
		state: macie.StateFailed, reason: "kms:Decrypt", again: true},
	{name: "failed: Textract refuses it", content: pngOf(), arrange: func(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
		w.put("x.png", pngOf()[:60])
	}, state: macie.StateFailed, reason: "text detection", again: true},
	{name: "failed: a PNG that breaks off in its header", content: pngOf()[:20], state: macie.StateFailed, reason: "malformed png", again: true},
	{name: "failed: a text that is called image", content: []byte("not an image"), state: macie.StateFailed, reason: "its content is none", again: true},
	{name: "failed: a PDF with a password", key: "x.pdf", content: []byte(strings.Replace(string(pdfOf(card)), "/Root", "/Encrypt 1 0 R /Root", 1)),
		state: macie.StateFailed, reason: "encrypted", again: true},
	{name: "failed: deleted before it was read", content: pngOf(card), arrange: deletedAt("S3.GetObject"),
		state: macie.StateFailed, reason: "deleted since it was listed"},
	{name: "failed: deleted before its text was", content: pngOf(card), arrange: deletedAt("Textract.DetectDocumentText"),
		state: macie.StateFailed, reason: "the object may not be there"},
	{name: "failed: deleted after its text was read", content: pngOf(card), arrange: deletedAt("S3.HeadObject"),
		state: macie.StateFailed, reason: "deleted since it was listed"},
	{name: "failed: changed three times", content: pngOf(card), arrange: changes(3), state: macie.StateFailed, reason: "it changed 3 times", again: true},
	{name: "changed twice", content: pngOf(card), arrange: changes(2), state: macie.StateUnproven, reason: "does not export"},

	{name: "skipped: a folder", key: "x/", state: macie.StateSkipped, reason: "a folder"},
	{name: "skipped: empty", state: macie.StateSkipped, reason: "empty"},
	{name: "skipped: emptied before it was read", content: pngOf(card),
		arrange: func(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
			w.before("S3.GetObject", func() { w.put("x.png", nil) })
		}, state: macie.StateSkipped, reason: "empty"},
	{name: "skipped: by its name", key: "x.gif", content: pngOf(card), state: macie.StateSkipped, reason: "by the end of its name"},
	{name: "skipped: by its content", key: "x", content: []byte("hello"), state: macie.StateSkipped, reason: "no image"},
	{name: "skipped: another format", content: []byte("GIF89a000000000000"), state: macie.StateSkipped, reason: "does not read gif"},
	{name: "skipped: bytes", content: append(pngOf(card), make([]byte, 10<<20)...), state: macie.StateSkipped, reason: "10 MB"},
	{name: "skipped: pixels", content: wide(10_001), state: macie.StateSkipped, reason: "10001 pixels on a side"},
	{name: "not skipped: as many pixels as it may have", content: wide(10_000, card), state: macie.StateFinding},
	{name: "skipped: pages", key: "x.pdf", content: pdfOf(make([]string, 3001)...), state: macie.StateSkipped, reason: "3001 pages"},
	{name: "skipped: archived", content: pngOf(card), arrange: archived, state: macie.StateSkipped, reason: "GLACIER"},
	{name: "not skipped: any name, if asked to", key: "x.dat", content: pngOf(card),
		arrange: func(_ *testing.T, _ *world, o *macie.ScanImagesOptions) { o.AllNames = true }, state: macie.StateFinding},

	{name: "no text", content: pngOf(), state: macie.StateNoText},
	{name: "no text but spaces", content: pngOf(" "), state: macie.StateNoText},
}

// TestScanStates reaches every state for each of its causes, and then scans again:
// what is settled is asked of nobody again, and keeps its run.
func TestScanStates(t *testing.T) {
	for _, test := range stateCases {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if test.key == "" {
					test.key = "x.png"
				}
				w := newWorld(awstest.New(t))
				test.scan(t, w)
			})
		})
	}
}

func (test stateCase) scan(t *testing.T, w *world) {
	opts := w.options()
	if test.exports {
		w.macie.Export(account, region, exports, "records/", kmsKey)
	}
	w.put(test.key, test.content)
	if test.arrange != nil {
		test.arrange(t, w, &opts)
	}
	result, err := macie.ScanImages(t.Context(), w.clients(), opts)
	if failed := test.state == macie.StateFailed; failed != errors.Is(err, macie.ErrFailedImages) || !failed && err != nil {
		t.Errorf("got %v", err)
	}
	checkSum(t, result)
	if result.Listed != 1 || result.States[test.state] != 1 {
		t.Errorf("got %v of %d", result.States, result.Listed)
	}
	i := imagesOf(t, result)[test.key]
	if i.State != test.state || test.reason == "" && i.Reason != "" || !strings.Contains(i.Reason, test.reason) {
		t.Errorf("got %s: %q, want %s: %q", i.State, i.Reason, test.state, test.reason)
	}
	if (len(i.Findings) > 0) != (i.State == macie.StateFinding) {
		t.Errorf("an image that is %s has the findings %+v", i.State, i.Findings)
	}
	if i.Run != result.Run {
		t.Errorf("the verdict is of run %q", i.Run)
	}
	if test.arrange != nil && !test.again {
		return // what was arranged may differ the second time
	}
	before, calls := i, w.paidCalls()
	again, _ := macie.ScanImages(t.Context(), w.clients(), opts)
	i = imagesOf(t, again)[test.key]
	if looked := w.paidCalls() > calls || i.Run == again.Run && i.State != macie.StateSkipped; looked != test.again {
		t.Errorf("scanned again: %d calls that cost, run %s, verdict of run %s, want it looked at: %v", w.paidCalls()-calls, again.Run, i.Run, test.again)
	}
	if !test.again && (i.State != before.State || i.Reason != before.Reason) {
		t.Errorf("scanned again: %s: %q, was %s: %q", i.State, i.Reason, before.State, before.Reason)
	}
}

// paidCalls are calls of Textract, and jobs of Macie.
func (w *world) paidCalls() int {
	return w.textract.Calls("DetectDocumentText").Accepted + w.textract.Calls("StartDocumentTextDetection").Accepted + w.macie.Jobs()
}

// before does something at the first call of an operation, before it takes effect.
func (w *world) before(operation string, f func()) {
	done := false
	w.Inject(awstest.Fault{Operation: operation, Match: func(c awstest.Call) bool {
		if !done && !ofResults(c) {
			done = true
			f()
		}
		return false
	}})
}

// ofResults reports whether a call is about what scans write.
func ofResults(c awstest.Call) bool {
	return strings.Contains(c.Target, results) || strings.Contains(c.Target, exports)
}

func loseRecords(_ *testing.T, w *world, o *macie.ScanImagesOptions) {
	o.ProofWait = time.Minute
	w.macie.Outcomes(macie2.Outcome{LoseRecords: true}, macie2.Outcome{LoseRecords: true})
}

// lateRecords are exported ten minutes after the job. The stand-in does what is due
// when it is called, and nobody calls Macie while records are waited for.
func lateRecords(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
	w.macie.ExportDelay = 10 * time.Minute
	w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Match: func(awstest.Call) bool {
		w.macie.LogEvents()
		return false
	}})
}

// macieSays makes Macie report a status for all texts.
func macieSays(code, reason string) func(*testing.T, *world, *macie.ScanImagesOptions) {
	return func(_ *testing.T, w *world, o *macie.ScanImagesOptions) {
		o.Progress = func(p macie.ScanProgress) {
			for key := range w.content(results) {
				if p.Phase == "analysing" && strings.HasSuffix(key, ".txt") {
					w.macie.SetStatus(results, key, code, reason)
				}
			}
		}
	}
}

func closedKey(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
	const theirs = "arn:aws:kms:eu-west-1:123456789012:key/closed"
	w.s3.Put(scans, "x.png", s3.Object{Body: pngOf(card), KMSKey: theirs})
	w.s3.DenyKMS(theirs)
}

func textractDenied(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
	w.Inject(awstest.Fault{
		Operation: "Textract.DetectDocumentText",
		Err:       awstest.Status(400, &textracttypes.InvalidS3ObjectException{Message: aws.String("Unable to get object metadata from S3.")}),
	})
}

func deletedAt(operation string) func(*testing.T, *world, *macie.ScanImagesOptions) {
	return func(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
		w.before(operation, func() { w.s3.Delete(scans, "x.png") })
	}
}

// changes puts another image in place while its text is read, so many times for
// each of two scans. The last one has no finding.
func changes(n int) func(*testing.T, *world, *macie.ScanImagesOptions) {
	return func(_ *testing.T, w *world, _ *macie.ScanImagesOptions) {
		calls := 0
		w.Inject(awstest.Fault{Operation: "Textract.DetectDocumentText", Match: func(awstest.Call) bool {
			if calls++; calls%3 != 0 || n == 3 {
				w.put("x.png", pngOf(plain, fmt.Sprint(calls)))
			}
			return false
		}})
	}
}

func archived(t *testing.T, w *world, _ *macie.ScanImagesOptions) {
	_, err := s3sdk.NewFromConfig(w.Config(region, account)).PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String(scans), Key: aws.String("x.png"), Body: strings.NewReader("…"), StorageClass: s3types.StorageClassGlacier,
	})
	if err != nil {
		t.Fatal(err)
	}
}

// wide returns a PNG that says it is so many pixels wide.
func wide(pixels int, lines ...string) []byte {
	b := pngOf(lines...)
	binary.BigEndian.PutUint32(b[16:], uint32(pixels))
	return b
}

// TestScanFindings checks what findings say.
func TestScanFindings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(awstest.New(t))
		client := macie2sdk.NewFromConfig(w.Config(region, account))
		nric, err := client.CreateCustomDataIdentifier(t.Context(), &macie2sdk.CreateCustomDataIdentifierInput{
			Name: aws.String("NRIC"), Regex: aws.String(`[SFTG]\d{7}[A-Z]`), Keywords: []string{"Identity"},
		})
		if err != nil {
			t.Fatal(err)
		}
		w.put("a.pdf", pdfOf(plain, plain+lineBreak+card+lineBreak+card, "Identity No S1234567D"))
		opts := w.options()
		opts.Identifiers = macie.Identifiers{Selector: "INCLUDE", Managed: []string{"CREDIT_CARD_NUMBER"}, Custom: []string{*nric.CustomDataIdentifierId}}
		i := imagesOf(t, w.mustScan(t, opts))["a.pdf"]
		if i.Pages != 3 || i.Format != "pdf" || i.JobID == "" || i.TextID == "" || len(i.Findings) != 2 {
			t.Fatalf("got %+v", i)
		}
		cards, nrics := i.Findings[0], i.Findings[1]
		if cards.Type != "CREDIT_CARD_NUMBER" || cards.Count != 2 || cards.Custom != "" || cards.ID == "" || cards.Category != "FINANCIAL_INFORMATION" || cards.Severity == "" {
			t.Errorf("got %+v", cards)
		}
		if nrics.Type != "NRIC" || nrics.Count != 1 || nrics.Custom == "" || nrics.ID == "" {
			t.Errorf("got %+v", nrics)
		}
		// A line n is at 0.05·n from the top, and 0.04 high.
		for _, want := range []struct {
			place macie.Place
			page  int
			line  float32
		}{{cards.Places[0], 2, 2}, {cards.Places[1], 2, 3}, {nrics.Places[0], 3, 1}} {
			if len(want.place.Regions) != 1 {
				t.Fatalf("got %+v", want.place)
			}
			r := want.place.Regions[0]
			if top := 0.05 * want.line; r.Page != want.page || r.Box.Top < top-0.001 || r.Box.Top+r.Box.Height > top+0.041 || r.Box.Left <= 0.1 || r.Box.Left+r.Box.Width > 0.901 {
				t.Errorf("got %+v, want it on page %d, line %v, behind the words before it", r, want.page, want.line)
			}
		}
	})
}

// TestScanFindingsLimit has a job with as many findings as Macie keeps.
func TestScanFindingsLimit(t *testing.T) {
	for _, exported := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			w.macie.FindingsPerRun, w.macie.RestShare = 2, 0
			if exported {
				w.macie.Export(account, region, exports, "", kmsKey)
			}
			for _, key := range []string{"a.png", "b.png", "c.png"} {
				w.put(key, pngOf(card))
			}
			w.put("d.png", pngOf(plain))
			opts := w.options()
			opts.ImagesPerJob = 4
			opts.SetMaxFindings(2)
			result := w.mustScan(t, opts)
			want := map[macie.State]int64{macie.StateFinding: 2, macie.StateUnproven: 2}
			if exported {
				want = map[macie.State]int64{macie.StateFinding: 3, macie.StateClean: 1}
			}
			for state, n := range want {
				if result.States[state] != n {
					t.Errorf("exported %v: %v, want %v", exported, result.States, want)
				}
			}
			if i := imagesOf(t, result)["d.png"]; !exported && !strings.Contains(i.Reason, "ImagesPerJob") {
				t.Errorf("got %q", i.Reason)
			}
		})
	}
}

// TestScanJobOutcomes ends jobs in all ways. The scan never waits for what does not
// come, and says so; another call goes on.
func TestScanJobOutcomes(t *testing.T) {
	first := func(w *world) func(bucket, key string) bool { // reaches the text of the card alone
		return func(_, key string) bool { return strings.Contains(w.content(results)[key], "card") }
	}
	tests := []struct {
		name    string
		outcome func(w *world) macie2.Outcome
		problem string
		resumes bool // by another hand; then the same run goes on
		jobs    int  // in the end
	}{
		{"cancelled", func(w *world) macie2.Outcome {
			return macie2.Outcome{Ends: macietypes.JobStatusCancelled, Reached: first(w)}
		}, "the job was cancelled", false, 2},
		{"with an error", func(w *world) macie2.Outcome { return macie2.Outcome{Error: true, Reached: first(w)} }, "ended with an error", false, 2},
		{"paused by the quota", func(w *world) macie2.Outcome {
			return macie2.Outcome{Ends: macietypes.JobStatusPaused, Reached: first(w)}
		}, "monthly quota", true, 1},
		{"paused by a user", func(w *world) macie2.Outcome {
			return macie2.Outcome{Ends: macietypes.JobStatusUserPaused, Reached: first(w)}
		}, "somebody paused the job", true, 1},
	}
	for _, test := range tests {
		for _, exported := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, exported %v", test.name, exported), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(awstest.New(t))
					if exported {
						w.macie.Export(account, region, exports, "", kmsKey)
					}
					w.put("a.png", pngOf(card))
					w.put("b.png", pngOf(plain))
					w.macie.Outcomes(test.outcome(w))
					result := stopped(t, w, test.problem)
					if test.resumes {
						stopped(t, w, test.problem) // nobody has resumed it
						w.macie.Resume(result.Jobs[0].ID)
					}
					final := w.mustScan(t, w.options())
					if test.resumes != (final.Run == result.Run) {
						t.Errorf("run %s follows %s", final.Run, result.Run)
					}
					want := "b.png unproven"
					if exported {
						want = "b.png clean"
					}
					wantStates(t, final, "a.png finding", want)
					if w.macie.Jobs() != test.jobs || w.textract.BilledTotal().Sync != 2 {
						t.Errorf("%d jobs, billed %+v", w.macie.Jobs(), w.textract.BilledTotal())
					}
				})
			})
		}
	}
}

// stopped scans, and wants to be told that the job did not analyse everything, with
// what it did.
func stopped(t *testing.T, w *world, problem string) macie.ScanImagesResult {
	t.Helper()
	begun := time.Now()
	result, err := macie.ScanImages(t.Context(), w.clients(), w.options())
	if !errors.Is(err, macie.ErrJobStopped) || !strings.Contains(err.Error(), problem) {
		t.Errorf("got %v, want %q", err, problem)
	}
	if time.Since(begun) > time.Hour {
		t.Errorf("it took %v", time.Since(begun))
	}
	checkSum(t, result)
	if len(result.Jobs) != 1 || !strings.Contains(result.Jobs[0].Problem, problem) {
		t.Fatalf("got %+v", result.Jobs)
	}
	wantStates(t, result, "a.png finding", "b.png unproven")
	if i := imagesOf(t, result)["b.png"]; !strings.Contains(i.Reason, problem) {
		t.Errorf("got %q", i.Reason)
	}
	return result
}

// TestScanPreflight names all that is missing, before anything is paid for.
func TestScanPreflight(t *testing.T) {
	protected := func(_ *world, o *macie.ScanImagesOptions) { o.Unprotected = false }
	tests := []struct {
		name    string
		arrange func(w *world, o *macie.ScanImagesOptions)
		want    []string // of which each is in one line
	}{
		{"nothing", nil, nil},
		{"an unprotected bucket", func(w *world, o *macie.ScanImagesOptions) {
			protected(w, o)
			w.unprotect()
		}, []string{"encryption of results by a KMS key", "public access block of results", "lifecycle rule of results that expires what is below \"scan/\""}},
		{"a key that is given", func(w *world, o *macie.ScanImagesOptions) {
			protected(w, o)
			w.unprotect()
			o.Results.KMSKey = kmsKey
		}, []string{"public access block of results", "lifecycle rule of results"}},
		{"no bucket", func(w *world, o *macie.ScanImagesOptions) {
			protected(w, o)
			o.Results.Bucket = "no-such-bucket"
		}, []string{"encryption of no-such-bucket, which could not be read: S3 GetBucketEncryption: NoSuchBucket", "public access block of no-such-bucket, which could not be read", "lifecycle rules of no-such-bucket, which could not be read"}},
		{"reads that are denied", func(w *world, o *macie.ScanImagesOptions) {
			protected(w, o)
			for _, operation := range []string{"S3.GetBucketEncryption", "S3.GetPublicAccessBlock", "S3.GetBucketLifecycleConfiguration", "Macie2.GetClassificationExportConfiguration"} {
				w.Inject(awstest.Fault{Operation: operation, Err: awstest.Denied()})
			}
		}, []string{"encryption of results, which could not be read", "public access block of results, which could not be read", "lifecycle rules of results, which could not be read", "export of analysis records, whose configuration could not be read"}},
		{"Macie was never enabled", func(w *world, o *macie.ScanImagesOptions) { w.macie = macie2.New(w.Cloud, w.s3) }, []string{"Macie in eu-west-1"}},
		{"Macie is suspended", func(w *world, o *macie.ScanImagesOptions) { w.macie.Suspend(account, region) }, []string{"Macie in eu-west-1, which is paused"}},
		{"Macie may not be asked", func(w *world, o *macie.ScanImagesOptions) {
			w.Inject(awstest.Fault{Operation: "Macie2.GetMacieSession", Err: awstest.Denied()})
		}, []string{"the status of Macie in eu-west-1, which could not be read"}},
		{"no export", func(_ *world, o *macie.ScanImagesOptions) { o.RequireProof = true }, []string{"export of analysis records"}},
		{"identifiers", func(w *world, o *macie.ScanImagesOptions) {
			client := macie2sdk.NewFromConfig(w.Config(region, account))
			for n := range 2 {
				id, err := client.CreateCustomDataIdentifier(context.Background(), &macie2sdk.CreateCustomDataIdentifierInput{Name: aws.String(fmt.Sprint(n)), Regex: aws.String("S[0-9]{7}")})
				if err != nil {
					panic(err)
				}
				o.Identifiers.Custom = append(o.Identifiers.Custom, *id.CustomDataIdentifierId)
			}
			if _, err := client.DeleteCustomDataIdentifier(context.Background(), &macie2sdk.DeleteCustomDataIdentifierInput{Id: &o.Identifiers.Custom[0]}); err != nil {
				panic(err)
			}
			o.Identifiers.Custom = append(o.Identifiers.Custom, "11111111-2222-3333-4444-555555555555")
			o.Identifiers.AllowLists = []string{"ABCDEFGHIJKLMNOPQRSTUV"}
		}, []string{"the custom data identifier ", "the custom data identifier 11111111", "the allow list ABCD"}},
		{"identifiers that may not be read", func(w *world, o *macie.ScanImagesOptions) {
			o.Identifiers.Custom = []string{"x"}
			w.Inject(awstest.Fault{Operation: "Macie2.BatchGetCustomDataIdentifiers", Err: awstest.Denied()})
		}, []string{"custom data identifiers, which could not be read"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(awstest.New(t))
				w.put("a.png", pngOf(card))
				opts := w.options()
				if test.arrange != nil {
					test.arrange(w, &opts)
				}
				result, err := macie.ScanImages(t.Context(), w.clients(), opts)
				wantMissing(t, err, test.want)
				if len(test.want) > 0 && (result.Run != "" || w.paidCalls() != 0) {
					t.Errorf("something is missing, and the scan made run %q and %d calls that cost", result.Run, w.paidCalls())
				}
				if opts.RequireProof != errors.Is(err, macie.ErrNoProof) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// unprotect makes the results bucket one that is open and keeps everything.
func (w *world) unprotect() {
	w.s3.CreateBucket(results, s3.Bucket{Owner: account, Region: region})
	client := s3sdk.NewFromConfig(w.Config(region, account))
	if _, err := client.DeletePublicAccessBlock(context.Background(), &s3sdk.DeletePublicAccessBlockInput{Bucket: aws.String(results)}); err != nil {
		panic(err)
	}
}

func wantMissing(t *testing.T, err error, want []string) {
	t.Helper()
	if len(want) == 0 {
		if err != nil {
			t.Errorf("got %v", err)
		}
		return
	}
	missing, ok := errors.AsType[*macie.PreflightError](err)
	if !ok {
		t.Fatalf("got %v", err)
	}
	if len(missing.Missing) != len(want) {
		t.Errorf("got %q, want %q", missing.Missing, want)
	}
	for _, line := range want {
		if !slices.ContainsFunc(missing.Missing, func(m string) bool { return strings.Contains(m, line) }) {
			t.Errorf("got %q, want %q", missing.Missing, line)
		}
	}
}

// TestScanPreflightRegion scans in a Region that Textract is not in, as far as is
// known: it is asked, since the list grows old.
func TestScanPreflightRegion(t *testing.T) {
	for _, there := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			const north = "eu-north-1"
			w := newWorld(awstest.New(t))
			w.macie.Enable(account, north)
			for _, bucket := range []string{scans, results} {
				w.s3.CreateBucket(bucket, s3.Bucket{Owner: account, Region: north, KMSKey: kmsKey})
			}
			w.put("a.png", pngOf())
			if there { // the stand-in is not
				awstest.Handle(w.Cloud, func(context.Context, *textractsdk.GetDocumentTextDetectionInput) (*textractsdk.GetDocumentTextDetectionOutput, error) {
					return nil, awstest.Status(400, &textracttypes.InvalidJobIdException{})
				})
				awstest.Handle(w.Cloud, func(context.Context, *textractsdk.DetectDocumentTextInput) (*textractsdk.DetectDocumentTextOutput, error) {
					return &textractsdk.DetectDocumentTextOutput{Blocks: []textracttypes.Block{{BlockType: textracttypes.BlockTypePage}}}, nil
				})
			}
			result, err := macie.ScanImages(t.Context(), macie.NewClients(w.Config(north, account)), w.options())
			if there {
				if err != nil || result.States[macie.StateNoText] != 1 {
					t.Errorf("got %v, %v", result, err)
				}
				return
			}
			wantMissing(t, err, []string{"Amazon Textract in eu-north-1"})
		})
	}
}
