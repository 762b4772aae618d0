package macie_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/ocr"
	"github.com/awspatterns/awspatterns/state"
)

// TestScanEventsPermissions compares what is declared with what the calls need, in
// a scan in which everything comes up: a process dies while it creates a job.
func TestScanEventsPermissions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallEventWorld(awstest.New(t))
		topic := sns.New(w.Cloud).CreateTopic(account, region, "done")
		tune := w.tune
		w.tune = func(o *macie.ScanEventsOptions) {
			tune(o)
			o.TopicARN = topic
			o.Export = macie.ResultsLocation{Bucket: exports, Prefix: "records", KMSKey: kmsKey}
			o.Results.KMSKey = kmsKey
		}
		w.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Err: awstest.Error(500, "InternalServerException", "try again"), Times: 3})
		if _, err := w.drive(t.Context()); err == nil {
			t.Error("no fault")
		}
		if _, err := w.drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		policy := macie.ScanEventsPermissions(w.options()).Apply
		awstest.CheckPermissions(t, policy, w.Calls(), s3.Actions, sts.Actions, macie2.Actions, sns.Actions, textract.ActionsOf(w.Calls()))
		i := slices.IndexFunc(policy, func(p awspatterns.Permission) bool { return p.Action == "iam:PassRole" })
		if i < 0 || policy[i].Resources[0] != textractRole || policy[i].Conditions["StringEquals"]["iam:PassedToService"][0] != "textract.amazonaws.com" {
			t.Errorf("the permission to pass the role: %+v", policy)
		}
	})
	if p := macie.ScanEventsPermissions(macie.ScanEventsOptions{}); len(p.Apply) > 0 {
		t.Errorf("options that are refused need %v", p)
	}
}

func TestScanEventsOptionsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*macie.ScanEventsOptions)
		want   string
	}{
		{"no store", func(o *macie.ScanEventsOptions) { o.Store = nil }, "no Store"},
		{"no topic", func(o *macie.ScanEventsOptions) { o.TextractTopic = "" }, `the TextractTopic "" is no ARN`},
		{"topic elsewhere", func(o *macie.ScanEventsOptions) {
			o.TextractTopic = strings.Replace(o.TextractTopic, region, "us-east-1", 1)
		}, "the TextractTopic is in us-east-1, and Textract is called in eu-west-1"},
		{"no role", func(o *macie.ScanEventsOptions) { o.TextractRole = textractTopic }, "is no ARN of a role"},
		{"ceiling", func(o *macie.ScanEventsOptions) { o.MaxPages = 1 }, "MaxPages and MaxCost are for ScanImages"},
		{"margin", func(o *macie.ScanEventsOptions) { o.Margin = -1 }, "Margin is -1ns"},
		{"sources", func(o *macie.ScanEventsOptions) { o.Sources = nil }, "no Sources"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newEventWorld(newWorld(awstest.New(t)))
			w.tune = test.change
			_, start := macie.StartScanImages(t.Context(), w.clients(), w.options())
			_, completion := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), sqsEvent(string(eventFile(t, "textract.json"))))
			_, event := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick)
			for _, err := range []error{start, completion, event} {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v, want %q", err, test.want)
				}
			}
			if n := w.Count(); n > 0 {
				t.Errorf("%d calls", n)
			}
		})
	}
}

// TestScanEventsOtherForm keeps the forms from taking each other's runs over.
func TestScanEventsOtherForm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.CrashAfter(6)
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options().ScanImagesOptions); err == nil {
			t.Fatal("no crash")
		}
		w.Recover()
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); !errors.Is(err, macie.ErrOtherForm) {
			t.Errorf("start: %v", err)
		}
		if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); !errors.Is(err, macie.ErrOtherForm) {
			t.Errorf("tick: %v", err)
		}
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options().ScanImagesOptions); err != nil {
			t.Fatal(err)
		}
		w.put("b.png", pngOf(plain))
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options().ScanImagesOptions); !errors.Is(err, macie.ErrOtherForm) {
			t.Errorf("ScanImages: %v", err)
		}
		if _, err := w.drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := macie.ScanImages(t.Context(), w.clients(), w.options().ScanImagesOptions); err != nil {
			t.Error(err)
		}
	})
}

// TestScanEventsOtherIdentifiers has a handler with other options than the run was
// begun with, which StartScanImages replaces.
func TestScanEventsOtherIdentifiers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		first, err := macie.StartScanImages(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Fatal(err)
		}
		w.tune = func(o *macie.ScanEventsOptions) { o.Identifiers.Selector = "ALL" }
		time.Sleep(time.Minute)
		w.take()
		_, err = macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), sqsEvent(w.queue...))
		if err == nil || !strings.Contains(err.Error(), "was begun with other Identifiers") {
			t.Errorf("completion: %v", err)
		}
		if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err == nil {
			t.Error("tick: no error")
		}
		status, err := w.drive(t.Context())
		if err != nil || status.Run == first.Run {
			t.Fatalf("%+v, %v", status, err)
		}
		wantStates(t, *status.Result, "a.png finding")
		if total := w.textract.BilledTotal(); total.Async != 1 {
			t.Errorf("billed %+v", total)
		}
	})
}

// TestScanEventsHeld has one process list, and another come at that time.
func TestScanEventsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.put("a.png", pngOf(card))
		w.Inject(awstest.Fault{Operation: "S3.ListObjectsV2", Latency: 5 * time.Minute, Times: 1})
		var first sync.WaitGroup
		first.Go(func() {
			if status, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil || status.Submitted != 1 {
				t.Errorf("the first: %+v, %v", status, err)
			}
		})
		time.Sleep(4 * time.Minute)
		status, err := macie.StartScanImages(t.Context(), w.clients(), w.options())
		if err != nil || status.Submitted != 0 || status.Listed || !strings.Contains(status.Next, "another process, which lists") {
			t.Errorf("the second: %+v, %v", status, err)
		}
		first.Wait()

		w.put("b.png", pngOf(card)) // the run is listed
		if status, err = w.drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		wantStates(t, *status.Result, "a.png finding")
	})
}

// TestScanEventsKilledLister takes over from a process that was killed while it
// listed, when its lease has ended and not before. Meanwhile there are images in
// the place where it was.
func TestScanEventsKilledLister(t *testing.T) {
	const images = 7
	for k := 1; killedLister(t, k, images); k++ {
	}
}

func killedLister(t *testing.T, k, images int) (killed bool) {
	synctest.Test(t, func(t *testing.T) {
		w := newEventWorld(newWorld(awstest.New(t)))
		w.store = localStore{w.store, w.Cloud}
		for i := range images {
			w.put(fmt.Sprintf("%d.png", i), pngOf(card))
		}
		w.CrashAfter(k)
		_, err := macie.StartScanImages(t.Context(), w.clients(), w.options())
		if killed = w.Crashed(); !killed {
			return
		}
		if err == nil {
			t.Errorf("killed after call %d: no error", k)
		}
		w.Recover()
		for i := range images {
			w.put(fmt.Sprintf("%d+.png", i), pngOf(card))
		}
		before := w.Count()
		status, err := macie.StartScanImages(t.Context(), w.clients(), w.options())
		if err != nil {
			t.Errorf("killed after call %d: then %v", k, err)
		}
		if held := strings.Contains(status.Next, "another process, which lists"); held != (status.Submitted == 0 && !status.Listed) || held && w.Count() > before+100 {
			t.Errorf("killed after call %d: at once: %+v", k, status)
		}
		time.Sleep(2 * time.Minute)
		if status, err = w.drive(t.Context()); err != nil {
			t.Errorf("killed after call %d: %v", k, err)
			return
		}
		n := int(status.Result.States[macie.StateFinding])
		if n < images || n > 2*images || status.Result.Pending != 0 || w.textract.BilledTotal().Async != n {
			t.Errorf("killed after call %d: %v, billed %+v", k, status.Result, w.textract.BilledTotal())
		}
		if jobs := w.macie.Jobs(); jobs != len(status.Result.Jobs) || jobs > (n+1)/2+2 {
			t.Errorf("killed after call %d: %d jobs for %d images", k, jobs, n)
		}
	})
	return killed
}

// TestScanEventsAllAtOnce gives the messages of a job's images to as many handlers
// at the same time. No look at everything comes after them: they must not miss each
// other.
func TestScanEventsAllAtOnce(t *testing.T) {
	for seed := range uint64(60) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			w := newEventWorld(newWorld(c))
			w.store = localStore{w.store, c}
			const images = 7
			w.tune = func(o *macie.ScanEventsOptions) { o.ImagesPerJob = images }
			for i := range images {
				w.put(fmt.Sprintf("%d.png", i), pngOf(card))
			}
			if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			w.take()
			c.Seed = seed + 1
			var handlers sync.WaitGroup
			for i, m := range w.queue {
				handlers.Go(func() {
					time.Sleep(time.Duration(seed*uint64(i)%5) * 100 * time.Microsecond)
					if _, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), snsEvent(m)); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
			}
			handlers.Wait()
			if n := w.macie.Jobs(); n != 1 || creations(c.Calls()) != 1 {
				t.Errorf("seed %d: %d jobs", seed, n)
			}
		})
	}
}

// TestScanEventsTooShort refuses a time in which nothing could be done.
func TestScanEventsTooShort(t *testing.T) {
	w := newEventWorld(newWorld(awstest.New(t)))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := macie.StartScanImages(ctx, w.clients(), w.options()); err == nil || !strings.Contains(err.Error(), "within the Margin of 30s") || w.Count() > 0 {
		t.Errorf("%v, %d calls", err, w.Count())
	}
}

// TestScanEventsStores has many handlers at a time share a store in S3.
func TestScanEventsStores(t *testing.T) {
	for seed := range uint64(10) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			c.MaxCalls = 100_000
			w := newEventWorld(newWorld(c))
			w.macie.Export(account, region, exports, "records", kmsKey)
			w.s3.CreateBucket("state", s3.Bucket{Owner: account, Region: region})
			store, err := state.NewS3(s3sdk.NewFromConfig(w.Config(region, account)), "state", "scan/", state.S3Options{})
			if err != nil {
				t.Fatal(err)
			}
			w.store = store
			w.tune = func(o *macie.ScanEventsOptions) { o.ImagesPerJob, o.Concurrency = 4, 4 }
			for i := range 12 {
				w.put(fmt.Sprintf("%02d.png", i), pngOf(card))
			}
			c.Seed = seed + 1
			var starts sync.WaitGroup
			for range 3 {
				starts.Go(func() {
					if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
						t.Errorf("seed %d: start: %v", seed, err)
					}
				})
			}
			starts.Wait()
			time.Sleep(2 * time.Minute)
			if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
				t.Errorf("seed %d: start: %v", seed, err)
			}
			time.Sleep(time.Minute)
			w.take()
			var handlers sync.WaitGroup
			for _, m := range slices.Concat(w.queue, w.queue) {
				handlers.Go(func() {
					if _, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), snsEvent(m)); err != nil {
						t.Errorf("seed %d: %v", seed, err)
					}
				})
				handlers.Go(func() {
					if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err != nil {
						t.Errorf("seed %d: tick: %v", seed, err)
					}
				})
			}
			handlers.Wait()
			w.queue = nil
			time.Sleep(20 * time.Minute)
			events := w.macie.LogEvents()
			for _, e := range slices.Concat(events, events) {
				handlers.Go(func() {
					if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), logsEvent(e)); err != nil {
						t.Errorf("seed %d: log: %v", seed, err)
					}
				})
			}
			handlers.Wait()
			for n := 0; n < 30; n++ {
				time.Sleep(time.Minute)
				status, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick)
				if err != nil {
					t.Fatalf("seed %d: %v", seed, err)
				}
				if status.Done {
					break
				}
			}
			result, err := macie.LastScan(t.Context(), w.clients(), w.options().ScanImagesOptions)
			if err != nil || result.States[macie.StateFinding] != 12 || len(result.Jobs) != 3 || w.macie.Jobs() != 3 || w.textract.BilledTotal().Async != 12 {
				t.Errorf("seed %d: %v, %d jobs, billed %+v, %v", seed, result, w.macie.Jobs(), w.textract.BilledTotal(), err)
			}
		})
	}
}

// TestScanEventsNotice tells the topic that the run is done, once.
func TestScanEventsNotice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallEventWorld(awstest.New(t))
		topics := sns.New(w.Cloud)
		topic := topics.CreateTopic(account, region, "done")
		w.tune = func(o *macie.ScanEventsOptions) { o.TopicARN = topic }
		if _, err := w.drive(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err != nil {
			t.Fatal(err)
		}
		messages := topics.Messages(topic)
		if len(messages) != 1 || !strings.Contains(messages[0].Text, "5 objects: 2 finding, 1 clean, 1 no text, 1 skipped; 5 pages read") {
			t.Errorf("%+v", messages)
		}
	})
}

// A wordDetector finds a word.
type wordDetector struct{}

func (wordDetector) ID() string { return "word" }

func (wordDetector) Detect(_ context.Context, d ocr.Document) ([]macie.Detection, error) {
	if strings.Contains(d.Text(), "Credit") {
		return []macie.Detection{{Type: "CREDIT", Span: ocr.Span{}}}, nil
	}
	return nil, nil
}

// TestScanEventsDetector needs no Macie.
func TestScanEventsDetector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallEventWorld(awstest.New(t))
		w.tune = func(o *macie.ScanEventsOptions) { o.Detector = wordDetector{} }
		if _, err := macie.StartScanImages(t.Context(), w.clients(), w.options()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if err := w.tell(t.Context()); err != nil {
			t.Fatal(err)
		}
		result, err := macie.LastScan(t.Context(), w.clients(), w.options().ScanImagesOptions)
		if err != nil {
			t.Fatal(err)
		}
		wantStates(t, result, "a.png finding", "b.png clean", "c.pdf finding", "d.png no text", "e.md skipped")
		if status, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), tick); err != nil || !status.Done {
			t.Errorf("%+v, %v", status, err)
		}
		if w.macie.Jobs() != 0 {
			t.Errorf("%d jobs", w.macie.Jobs())
		}
	})
}

// TestScanEventsFindingsStorm looks at a job once in a while, however many findings
// tell of it.
func TestScanEventsFindingsStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := smallEventWorld(awstest.New(t))
		status, err := w.driveFor(t.Context(), 1)
		if err != nil || status.Done {
			t.Fatalf("%+v, %v", status, err)
		}
		job := w.macie.LogEvents()[0].JobID
		event := asJSON(map[string]any{"source": "aws.macie", "detail-type": "Macie Finding", "detail": map[string]any{"classificationDetails": map[string]any{"jobId": job}}})
		before := len(w.Calls())
		for range 50 {
			if _, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), event); err != nil {
				t.Fatal(err)
			}
		}
		looks := 0
		for _, call := range w.Calls()[before:] {
			if call.Operation == "DescribeClassificationJob" {
				looks++
			}
		}
		if looks > 1 {
			t.Errorf("%d looks", looks)
		}
		foreign := strings.Replace(string(event), job, "elsewhere", 1)
		if status, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), []byte(foreign)); err != nil || !strings.Contains(status.Next, "ignored: about no job") {
			t.Errorf("of another job: %+v, %v", status, err)
		}
	})
}

// TestScanEventsThrottled meets Macie's quota of creations, and Textract's of calls.
func TestScanEventsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.MaxCalls = 50_000
		w := newEventWorld(newWorld(c))
		w.store = localStore{w.store, c}
		w.macie.JobInterval = time.Minute // others create, too
		w.textract.Quotas = textract.Quotas{StartTPS: 2, GetTPS: 2}
		w.tune = func(o *macie.ScanEventsOptions) { o.ImagesPerJob, o.Concurrency = 3, 8 }
		for i := range 30 {
			w.put(fmt.Sprintf("%02d.png", i), pngOf(card))
		}
		if _, err := w.driveStubbornly(t.Context()); err != nil {
			t.Fatal(err)
		}
		result, err := macie.LastScan(t.Context(), w.clients(), w.options().ScanImagesOptions)
		if err != nil || result.States[macie.StateFinding] != 30 || w.macie.Jobs() != 10 || w.textract.BilledTotal().Async != 30 {
			t.Errorf("%v, %d jobs, billed %+v, %v", result, w.macie.Jobs(), w.textract.BilledTotal(), err)
		}
	})
}

// driveStubbornly is drive in calls of a minute, where what fails is called again.
func (w *eventWorld) driveStubbornly(ctx context.Context) (status macie.ScanStatus, err error) {
	for range 24 * 60 {
		call, cancel := context.WithTimeout(ctx, time.Minute)
		if status.Run == "" {
			status, err = macie.StartScanImages(call, w.clients(), w.options())
		} else {
			status, err = macie.OnMacieEvent(call, w.clients(), w.options(), tick)
		}
		cancel()
		if err == nil && status.Done {
			return status, nil
		}
		time.Sleep(10 * time.Second)
		call, cancel = context.WithTimeout(ctx, time.Minute)
		w.take()
		var left []string
		for _, m := range w.queue {
			if response, err := macie.OnTextractCompletion(call, w.clients(), w.options(), sqsEvent(m)); err != nil || len(response.BatchItemFailures) > 0 {
				left = append(left, m)
			}
		}
		w.queue = left
		cancel()
	}
	return status, fmt.Errorf("not done: %s: %w", status.Next, err)
}
