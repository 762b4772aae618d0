package textdetect_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/textract"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// TestBigDocument reads results of many parts, which are cut anywhere, also between
// a line and its words.
func TestBigDocument(t *testing.T) {
	pages := []string{page("first", 40), "", page("third", 30), page("fourth", 60)}
	for _, size := range []int{0, 1, 7, 250} { // of a part; 0 is 1,000
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.textract.PageSize = size
			r := w.reader()
			id, err := r.Start(t.Context(), w.put("big.pdf", pdfFile, pages...), "", "")
			w.must(err)
			got, err := r.Wait(t.Context(), id)
			w.must(err)
			w.equal("text", got.Document.Text(), strings.Join(pages, ""))
			w.equal("pages", got.Pages, 4)
			w.equal("failed pages", len(got.FailedPages), 0)
			w.equal("model", got.Model, "1.0")
			w.must(got.Document.Check())
			for i, p := range got.Document.Pages {
				w.equal("number of page", p.Number, i+1)
				for _, l := range p.Lines {
					w.equal("words", words(l), strings.Fields(l.Text))
				}
			}
			blocks := 4 + 130 + 130*5 // of pages, lines and words
			if size > 0 {
				w.equal("parts", w.textract.Calls("GetDocumentTextDetection").Accepted, 1+(blocks-1)/size)
			}
		})
	}
}

// TestManyJobs has 25 times as many jobs as may be in progress.
func TestManyJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const jobs = 2500
		w := newWorld(t)
		w.cloud.MaxCalls, w.cloud.LogLimit, w.cloud.Latency, w.cloud.Seed = 30_000, -1, 100*time.Microsecond, 1
		w.textract.Quotas.StartTPS, w.textract.Quotas.GetTPS, w.textract.Quotas.Jobs = 15, 25, 100
		w.textract.JobDuration = func(pages int) time.Duration { return time.Duration(pages) * 5 * time.Second }
		r := w.reader(func(c *textdetect.Config) { c.StartTPS, c.GetTPS, c.Jobs = 15, 25, 100 })
		took := timed(func() {
			var wg sync.WaitGroup
			for i := range jobs {
				name := fmt.Sprint("document ", i)
				o := w.put(name, pdfFile, strings.Split(strings.Repeat(name+"\n\f", 1+i%3), "\f")...)
				wg.Go(func() {
					id, err := r.Start(t.Context(), o, fmt.Sprint("token", i), "")
					w.must(err)
					got, err := r.Wait(t.Context(), id)
					w.must(err)
					w.equal("text", got.Document.Text(), strings.Repeat(name+"\n", 1+i%3))
				})
			}
			wg.Wait()
		})
		starts, gets := w.textract.Calls("StartDocumentTextDetection"), w.textract.Calls("GetDocumentTextDetection")
		t.Logf("%d jobs took %v, with starts %+v and gets %+v", jobs, took, starts, gets)
		if starts.Limited > 5 || starts.Throttled > starts.Accepted/100 || gets.Throttled > gets.Accepted/100 {
			t.Errorf("starts %+v, gets %+v", starts, gets)
		}
		// A job takes 15 s on average and is noticed some seconds later: 100 at a time
		// are 375 s, and the looks, 25 in a second, a bit more.
		if took > 900*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestSharedSlots has another program that has jobs in progress, and later has not.
func TestSharedSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const quota, others, jobs = 100, 60, 1000
		w := newWorld(t)
		w.cloud.MaxCalls = 30_000
		w.textract.Quotas.Jobs = quota
		w.textract.JobDuration = func(pages int) time.Duration {
			if pages == 2 {
				return 200 * time.Second
			}
			return 10 * time.Second
		}
		long, short := w.put("long.pdf", pdfFile, "1", "2"), w.put("short.pdf", pdfFile, "1")
		other := w.reader()
		for range others {
			_, err := other.Start(t.Context(), long, "", "")
			w.must(err)
		}
		r := w.reader()
		var mu sync.Mutex
		var done []time.Duration
		began := time.Now()
		var wg sync.WaitGroup
		for range jobs {
			wg.Go(func() {
				id, err := r.Start(t.Context(), short, "", "")
				w.must(err)
				_, err = r.Wait(t.Context(), id)
				w.must(err)
				mu.Lock()
				defer mu.Unlock()
				done = append(done, time.Since(began))
			})
		}
		wg.Wait()
		refused := w.textract.Calls("StartDocumentTextDetection").Limited
		t.Logf("%d jobs took %v, with %d refused", jobs, time.Since(began), refused)
		if refused > 40 {
			t.Errorf("%d starts were refused", refused)
		}
		// 40 at a time take 12.5 s, which would be 312 s for all; with all slots from
		// 200 s on, less.
		if took := time.Since(began); took < 240*time.Second || took > 300*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

// TestNoSlot has all slots taken by others: one start at a time tries again, less and
// less often.
func TestNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.textract.Quotas.Jobs = 1
		w.textract.JobDuration = func(int) time.Duration { return time.Hour }
		o := w.put("a.pdf", pdfFile, "text")
		_, err := w.reader().Start(t.Context(), o, "", "")
		w.must(err)
		r := w.reader(func(c *textdetect.Config) { c.StartTPS = 2 })
		why := errors.New("no more time")
		ctx, cancel := context.WithTimeoutCause(t.Context(), 30*time.Minute, why)
		defer cancel()
		var wg sync.WaitGroup
		took := timed(func() {
			for range 50 {
				wg.Go(func() {
					_, err := r.Start(ctx, o, "", "")
					if !errors.Is(err, why) || textdetect.Fatal(err) || !strings.Contains(err.Error(), "waiting for a job to end") {
						t.Errorf("got %v", err)
					}
				})
			}
			wg.Wait()
		})
		w.equal("time", took, 30*time.Minute)
		if refused := w.textract.Calls("StartDocumentTextDetection").Limited; refused < 25 || refused > 40 {
			t.Errorf("%d starts were refused", refused)
		}
		time.Sleep(31 * time.Minute)
		if took := timed(func() { _, err = r.Start(t.Context(), o, "", "") }); err != nil || took > time.Second {
			t.Errorf("with a free slot: %v after %v", err, took)
		}
	})
}

// TestStress has a quota that changes, documents that fail, calls that are throttled
// and callers that give up, at random: every other one gets its text, and no slot is
// lost.
func TestStress(t *testing.T) {
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			w.cloud.MaxCalls, w.cloud.Latency, w.cloud.Seed = 100_000, 20*time.Microsecond, seed+1
			w.textract.JobDuration = func(int) time.Duration { return 10 * time.Second }
			r := w.reader(func(c *textdetect.Config) { c.Jobs, c.StartTPS = 20, 10 })
			random := rand.New(rand.NewPCG(seed, 0))
			some := func(c awstest.Call) bool { return strings.HasSuffix(c.Request(), "a") } // a digit of a hash
			throttled := w.cloud.Inject(awstest.Fault{Match: some, Attempts: 2, Err: awstest.Throttled()})
			var wg sync.WaitGroup
			for i := range 300 {
				text, patience := fmt.Sprintf("text %d\n", i), time.Hour
				if random.IntN(4) == 0 {
					patience = time.Duration(random.Int64N(int64(3 * time.Minute)))
				}
				if random.IntN(10) == 0 {
					text = "unreadable"
				}
				o := w.put(fmt.Sprint("document ", i), pdfFile, text)
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), patience)
					defer cancel()
					var got textdetect.Result
					id, err := r.Start(ctx, o, "", "")
					if err == nil {
						got, err = r.Wait(ctx, id)
					}
					switch {
					case patience < time.Hour && errors.Is(err, context.DeadlineExceeded):
					case text == "unreadable":
						wantDocumentError(t, err, textdetect.CodeFailed)
					case err != nil || got.Document.Text() != text:
						t.Errorf("%s: got %q, %v", o, got.Document.Text(), err)
					}
				})
			}
			wg.Go(func() {
				for range 20 {
					w.textract.SetQuotas(account, region, textract.Quotas{StartTPS: 10, GetTPS: 100, Jobs: 1 + random.IntN(30)})
					time.Sleep(10 * time.Second)
				}
				w.textract.SetQuotas(account, region, textract.Quotas{StartTPS: 10, GetTPS: 100, Jobs: 20})
			})
			wg.Wait()
			time.Sleep(time.Hour)
			w.textract.JobDuration = func(int) time.Duration { return 24 * time.Hour }
			w.equal("slots given back", free(w, r, w.put("last", pdfFile, "text")), 20)
			if throttled() == 0 || w.textract.Calls("StartDocumentTextDetection").Limited == 0 {
				t.Errorf("seed %d: %d throttled, %+v", seed, throttled(), w.textract.Calls("StartDocumentTextDetection"))
			}
		})
	}
}

// TestOwnJobEnds has a start that waits for a slot: it goes on when a job of ours
// ends, not when its pause does.
func TestOwnJobEnds(t *testing.T) {
	for name, end := range map[string]func(*world, *textdetect.Reader, string){
		"Wait": func(w *world, r *textdetect.Reader, id string) { _, err := r.Wait(w.Context(), id); w.must(err) },
		"Look": func(w *world, r *textdetect.Reader, id string) {
			time.Sleep(time.Minute)
			_, _, err := r.Look(w.Context(), id)
			w.must(err)
		},
		"Drop": func(_ *world, r *textdetect.Reader, id string) { r.Drop(id) },
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			o := w.put("a.pdf", pdfFile, "text")
			r := w.reader(func(c *textdetect.Config) { c.Jobs = 1 })
			first, err := r.Start(t.Context(), o, "", "")
			w.must(err)
			var wg sync.WaitGroup
			var second time.Time
			wg.Go(func() {
				_, err := r.Start(t.Context(), o, "", "")
				w.must(err)
				second = time.Now()
			})
			time.Sleep(time.Second)
			end(w, r, first)
			ended := time.Now()
			wg.Wait()
			if took := second.Sub(ended); took < 0 || took > 100*time.Millisecond {
				t.Errorf("%s: the second start came %v after the end of the first", name, took)
			}
		})
	}
}

// TestCancel ends waits of every kind, and finds their slots given back.
func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.textract.JobDuration = func(int) time.Duration { return time.Hour }
		o := w.put("a.pdf", pdfFile, "text")
		r := w.reader(func(c *textdetect.Config) { c.Jobs, c.DetectTPS = 10, 0.001 })
		_, err := r.Detect(t.Context(), o)
		w.must(err)
		why := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		var wg sync.WaitGroup
		check := func(what string, err error) {
			if !errors.Is(err, why) || textdetect.Fatal(err) || !strings.Contains(err.Error(), "enough") {
				t.Errorf("%s: got %v", what, err)
			}
		}
		var ids []string
		for range 10 {
			id, err := r.Start(ctx, o, "", "")
			w.must(err)
			ids = append(ids, id)
		}
		for _, id := range ids {
			wg.Go(func() { _, err := r.Wait(ctx, id); check("wait", err) })
			wg.Go(func() { _, err := r.Start(ctx, o, "", ""); check("start", err) })
			wg.Go(func() { _, err := r.Detect(ctx, o); check("detect", err) })
		}
		time.Sleep(100 * time.Second)
		w.equal("time to end", timed(func() { cancel(why); wg.Wait() }), time.Duration(0))
		w.equal("slots given back", free(w, r, o), 10)
	})
}

// TestResume has jobs that another process has started.
func TestResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		o := w.put("a.pdf", pdfFile, "text\n")
		id, err := w.reader().Start(t.Context(), o, "token", "tag")
		w.must(err)
		r := w.reader(func(c *textdetect.Config) { c.Jobs = 1 })
		again, err := r.Start(t.Context(), o, "token", "tag")
		w.must(err)
		w.equal("id for the same token", again, id)
		r.Drop(again)
		time.Sleep(time.Minute)
		w.equal("time of a wait", timed(func() {
			got, err := r.Wait(t.Context(), id)
			w.must(err)
			w.equal("text", got.Document.Text(), "text\n")
		}) < time.Second, true)
		_, err = r.Start(t.Context(), w.put("b.pdf", pdfFile, "other"), "token", "tag")
		wantDocumentError(t, err, "IdempotentParameterMismatchException", "s3://scans/b.pdf", "same token")
		time.Sleep(7 * 24 * time.Hour)
		_, done, err := r.Look(t.Context(), id)
		wantDocumentError(t, err, "InvalidJobIdException", "job "+id, "expired")
		w.equal("done", done, true)
		w.equal("slots given back", free(w, r, o), 1)
	})
}

// TestPolls looks at a job less and less often.
func TestPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.textract.JobDuration = func(int) time.Duration { return 10 * time.Minute }
		r := w.reader()
		id, err := r.Start(t.Context(), w.put("a.pdf", pdfFile, "text"), "", "")
		w.must(err)
		took := timed(func() { _, err = r.Wait(t.Context(), id) })
		w.must(err)
		looks := w.textract.Calls("GetDocumentTextDetection").Accepted
		if took > 630*time.Second || looks < 20 || looks > 25 {
			t.Errorf("%d looks in %v", looks, took)
		}
	})
}

func TestNotification(t *testing.T) {
	w := newWorld(t)
	topic, role := "arn:aws:sns:us-east-1:123456789012:AmazonTextractDone", "arn:aws:iam::123456789012:role/textract"
	r := w.reader(func(c *textdetect.Config) { c.TopicARN, c.RoleARN = topic, role })
	_, err := r.Start(t.Context(), w.put("a.pdf", pdfFile, "text"), "", "tag")
	w.must(err)
	in := w.cloud.Calls()[0].Input.(*textractsdk.StartDocumentTextDetectionInput)
	w.equal("topic", *in.NotificationChannel.SNSTopicArn, topic)
	w.equal("role", *in.NotificationChannel.RoleArn, role)
	w.equal("tag", *in.JobTag, "tag")
	w.equal("no token", in.ClientRequestToken == nil && in.KMSKeyId == nil, true)
}

func TestKMSKey(t *testing.T) {
	w := newWorld(t)
	awstest.Handle(w.cloud, func(_ context.Context, in *textractsdk.StartDocumentTextDetectionInput) (*textractsdk.StartDocumentTextDetectionOutput, error) {
		return &textractsdk.StartDocumentTextDetectionOutput{JobId: aws.String(*in.KMSKeyId)}, nil
	})
	id, err := w.reader(func(c *textdetect.Config) { c.KMSKey = "alias/scans" }).Start(t.Context(), textdetect.Object{Bucket: bucket, Key: "a"}, "", "")
	w.must(err)
	w.equal("key", id, "alias/scans")
}

// TestOutcomes has jobs that end other than with a result.
func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		r := w.reader()
		run := func(pages ...string) (textdetect.Result, error) {
			id, err := r.Start(t.Context(), w.put("a.pdf", pdfFile, pages...), "", "")
			w.must(err)
			return r.Wait(t.Context(), id)
		}
		_, err := run("unreadable")
		wantDocumentError(t, err, textdetect.CodeFailed, "s3://scans/a.pdf (job ", "BAD_DOCUMENT")

		got, err := run("one\n", "unreadable", "three\n", "unreadable")
		w.must(err)
		w.equal("text", got.Document.Text(), "one\nthree\n")
		w.equal("failed pages", got.FailedPages, []int{2, 4})
		w.equal("warnings", got.Warnings, []string{"PAGE_UNREADABLE: pages 2 4"})
		w.equal("slots given back", free(w, r, w.put("b.pdf", pdfFile, "text")), 100)
	})
}

// TestAnswers has answers that the stand-in does not give.
func TestAnswers(t *testing.T) {
	warn := func(out *textractsdk.GetDocumentTextDetectionOutput, pages ...int32) *textractsdk.GetDocumentTextDetectionOutput {
		out.Warnings = []types.Warning{{ErrorCode: aws.String("W"), Pages: pages}}
		return out
	}
	next := func(out *textractsdk.GetDocumentTextDetectionOutput, token string) *textractsdk.GetDocumentTextDetectionOutput {
		out.NextToken = &token
		return out
	}
	for _, test := range []struct {
		name           string
		parts          []*textractsdk.GetDocumentTextDetectionOutput
		done           bool
		err            string
		pages, warning string
	}{
		{"in progress", []*textractsdk.GetDocumentTextDetectionOutput{status("IN_PROGRESS")}, false, "", "[]", "[]"},
		{"nothing at all", []*textractsdk.GetDocumentTextDetectionOutput{status("SUCCEEDED")}, true, "", "[]", "[]"},
		{"warnings of a success", []*textractsdk.GetDocumentTextDetectionOutput{warn(status("SUCCEEDED"), 3)}, true, "", "[]", "[W: pages 3]"},
		{"warnings in each part", []*textractsdk.GetDocumentTextDetectionOutput{
			next(warn(status("PARTIAL_SUCCESS"), 3, 1), "1"), warn(status("PARTIAL_SUCCESS"), 3, 1)}, true, "", "[1 3]", "[W: pages 3 1]"},
		{"a part of a success without saying why", []*textractsdk.GetDocumentTextDetectionOutput{status("PARTIAL_SUCCESS")}, true, "", "[1]", "[PARTIAL_SUCCESS]"},
		{"a failure without saying why", []*textractsdk.GetDocumentTextDetectionOutput{status("FAILED")}, true, "does not say why", "[]", "[]"},
		{"a status of the future", []*textractsdk.GetDocumentTextDetectionOutput{status("SLEEPING")}, false, `status "SLEEPING"`, "[]", "[]"},
		{"no status", []*textractsdk.GetDocumentTextDetectionOutput{status("")}, false, `status ""`, "[]", "[]"},
		{"a part that repeats itself", []*textractsdk.GetDocumentTextDetectionOutput{next(status("SUCCEEDED"), "1"), next(status("SUCCEEDED"), "1")}, false, "its own next part", "[]", "[]"},
	} {
		w := newWorld(t)
		w.handle(test.parts...)
		got, done, err := w.reader().Look(t.Context(), "id")
		if done != test.done || fmt.Sprint(got.FailedPages) != test.pages || fmt.Sprint(got.Warnings) != test.warning {
			t.Errorf("%s: got %+v, %v", test.name, got, done)
		}
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) || textdetect.Fatal(err) {
			t.Errorf("%s: got %v, want %q", test.name, err, test.err)
		}
	}
}

func TestNoJobID(t *testing.T) {
	w := newWorld(t)
	awstest.Handle(w.cloud, func(context.Context, *textractsdk.StartDocumentTextDetectionInput) (*textractsdk.StartDocumentTextDetectionOutput, error) {
		return nil, nil
	})
	if id, err := w.reader().Start(t.Context(), textdetect.Object{Bucket: bucket, Key: "a"}, "", ""); err == nil || id != "" {
		t.Errorf("got %q, %v", id, err)
	}
}
