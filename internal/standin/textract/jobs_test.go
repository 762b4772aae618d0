package textract

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
)

const (
	topic = "arn:aws:sns:eu-central-1:123456789012:AmazonTextractDone"
	role  = "arn:aws:iam::123456789012:role/textract"
)

func channel() *types.NotificationChannel {
	return &types.NotificationChannel{SNSTopicArn: aws.String(topic), RoleArn: aws.String(role)}
}

func (w *world) mustStart(o *types.S3Object) string {
	w.Helper()
	id, err := w.start(o)
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func TestJob(t *testing.T) {
	inBubble(t, func(w *world) {
		old := w.put("scans", "a.pdf", pdfFile+"one\fzwei drei")
		w.put("scans", "a.pdf", pdfFile+"new")
		id := w.mustStart(object("scans", "a.pdf", old))
		time.Sleep(time.Second)
		out := w.get(id)
		if out.JobStatus != types.JobStatusInProgress || out.Blocks != nil || out.DocumentMetadata != nil {
			w.Errorf("got %v with %d blocks after one second", out.JobStatus, len(out.Blocks))
		}
		time.Sleep(time.Second)
		out = w.get(id)
		equal(w, "status", out.JobStatus, types.JobStatusSucceeded)
		equal(w, "pages", *out.DocumentMetadata.Pages, 2)
		want := []string{"PAGE 1", "LINE 1 one", "WORD 1 one", "PAGE 2", "LINE 2 zwei drei", "WORD 2 zwei", "WORD 2 drei"}
		if got := texts(out.Blocks); !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
		if out.NextToken != nil || out.StatusMessage != nil || out.Warnings != nil {
			w.Errorf("got %v, %v, %v", out.NextToken, out.StatusMessage, out.Warnings)
		}
		if got := w.Billed(); len(got) != 1 || got[Document{"scans", "a.pdf", old}] != (Pages{Async: 2}) {
			w.Errorf("got %v", got)
		}
	})
}

func TestJobOfAnImageHasPageOne(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile+"one")
		id := w.mustStart(object("scans", "a.png", ""))
		time.Sleep(time.Second)
		if got, want := texts(w.get(id).Blocks), []string{"PAGE 1", "LINE 1 one", "WORD 1 one"}; !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestJobsThatEndOtherwise(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "partial.pdf", pdfFile+"one\funreadable\fthree")
		w.put("scans", "none.pdf", pdfFile+"unreadable\funreadable")
		w.put("scans", "corrupt.png", pngFile+"corrupt")
		w.put("scans", "wide.png", wideImage(t, 10_001))
		w.put("scans", "most.tif", tiffFile+strings.Repeat("\f", 2999))
		w.put("scans", "long.tif", tiffFile+strings.Repeat("\f", 3000))
		ids := map[string]string{}
		for _, name := range []string{"partial.pdf", "none.pdf", "corrupt.png", "wide.png", "most.tif", "long.tif"} {
			ids[name] = w.mustStart(object("scans", name, ""))
		}
		time.Sleep(time.Hour)
		for name, want := range map[string]types.JobStatus{
			"partial.pdf": types.JobStatusPartialSuccess, "most.tif": types.JobStatusSucceeded,
			"none.pdf": types.JobStatusFailed, "corrupt.png": types.JobStatusFailed,
			"wide.png": types.JobStatusFailed, "long.tif": types.JobStatusFailed,
		} {
			out := w.get(ids[name])
			equal(w, name, out.JobStatus, want)
			equal(w, name+" has a message", out.StatusMessage != nil, want == types.JobStatusFailed)
			equal(w, name+" has blocks", out.Blocks != nil, want != types.JobStatusFailed)
		}
		partial := w.get(ids["partial.pdf"])
		equal(w, "pages", *partial.DocumentMetadata.Pages, 3)
		if got := partial.Warnings; len(got) != 1 || !slices.Equal(got[0].Pages, []int32{2}) || got[0].ErrorCode == nil {
			w.Errorf("got warnings %v", got)
		}
		equal(w, "pages billed", w.BilledTotal(), Pages{Async: 2 + 3000})
	})
}

func TestStartRefuses(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile)
		w.put("scans", "gif", "GIF89a")
		w.put("scans", "large.png", pngFile+strings.Repeat(" ", 10<<20))
		w.put("elsewhere", "a.png", pngFile)
		with := func(change func(*textractsdk.StartDocumentTextDetectionInput)) *textractsdk.StartDocumentTextDetectionInput {
			in := startInput(object("scans", "a.png", ""))
			in.NotificationChannel = channel()
			change(in)
			return in
		}
		type input = textractsdk.StartDocumentTextDetectionInput
		tests := []struct {
			name string
			in   *input
			want string
		}{
			{"nothing wrong", with(func(*input) {}), ""},
			{"missing", startInput(object("scans", "b.png", "")), "InvalidS3ObjectException"},
			{"other Region", startInput(object("elsewhere", "a.png", "")), "InvalidS3ObjectException"},
			{"format", startInput(object("scans", "gif", "")), "UnsupportedDocumentException"},
			{"size", startInput(object("scans", "large.png", "")), "DocumentTooLargeException"},
			{"no object", &input{DocumentLocation: &types.DocumentLocation{}}, "InvalidParameterException"},
			{"empty token", with(func(in *input) { in.ClientRequestToken = aws.String("") }), "InvalidParameterException"},
			{"long token", with(func(in *input) { in.ClientRequestToken = aws.String(strings.Repeat("a", 65)) }), "InvalidParameterException"},
			{"key as token", with(func(in *input) { in.ClientRequestToken = aws.String("a.png") }), "InvalidParameterException"},
			{"long good token", with(func(in *input) { in.ClientRequestToken = aws.String(strings.Repeat("a", 64)) }), ""},
			{"key as tag", with(func(in *input) { in.JobTag = aws.String("a/b.png") }), "InvalidParameterException"},
			{"long tag", with(func(in *input) { in.JobTag = aws.String(strings.Repeat("a", 65)) }), "InvalidParameterException"},
			{"good tag", with(func(in *input) { in.JobTag = aws.String("a_b.C:9-") }), ""},
			{"topic elsewhere", with(func(in *input) {
				in.NotificationChannel.SNSTopicArn = aws.String("arn:aws:sns:us-east-1:123456789012:AmazonTextract")
			}), "InvalidParameterException"},
			{"no topic", with(func(in *input) {
				in.NotificationChannel.SNSTopicArn = aws.String("arn:aws:sqs:eu-central-1:123456789012:queue")
			}), "InvalidParameterException"},
			{"no role", with(func(in *input) { in.NotificationChannel.RoleArn = aws.String("arn:aws:iam::123456789012:user/a") }), "InvalidParameterException"},
			{"output", with(func(in *input) { in.OutputConfig = &types.OutputConfig{S3Bucket: aws.String("out")} }), "NotImplemented"},
			{"key", with(func(in *input) { in.KMSKeyId = aws.String("alias/a") }), "NotImplemented"},
		}
		for _, test := range tests {
			_, err := w.startWith(test.in)
			w.fails(test.name, err, test.want)
		}
		equal(w, "pages", w.BilledTotal(), Pages{Async: 3})
	})
}

func TestTokens(t *testing.T) {
	inBubble(t, func(w *world) {
		version := w.put("scans", "a.png", pngFile)
		started := func(change func(*textractsdk.StartDocumentTextDetectionInput)) (string, error) {
			in := startInput(object("scans", "a.png", ""))
			in.ClientRequestToken, in.NotificationChannel, in.JobTag = aws.String("t"), channel(), aws.String("tag")
			change(in)
			return w.startWith(in)
		}
		same := func(*textractsdk.StartDocumentTextDetectionInput) {}
		first, err := started(same)
		w.fails("first", err, "")
		for name, change := range map[string]func(*textractsdk.StartDocumentTextDetectionInput){
			"version": func(in *textractsdk.StartDocumentTextDetectionInput) {
				in.DocumentLocation.S3Object.Version = &version
			},
			"key": func(in *textractsdk.StartDocumentTextDetectionInput) {
				in.DocumentLocation.S3Object.Name = aws.String("b")
			},
			"tag":     func(in *textractsdk.StartDocumentTextDetectionInput) { in.JobTag = nil },
			"channel": func(in *textractsdk.StartDocumentTextDetectionInput) { in.NotificationChannel = nil },
		} {
			_, err := started(change)
			w.fails(name, err, "IdempotentParameterMismatchException")
		}
		w.s3.Delete("scans", "a.png") // the job is known, and its object is not looked at
		time.Sleep(lifetime - time.Second)
		second, err := started(same)
		w.fails("second", err, "")
		equal(w, "job", second, first)
		equal(w, "notifications", len(w.Deliver()), 1)
		equal(w, "pages", w.BilledTotal(), Pages{Async: 1})

		w.put("scans", "a.png", pngFile)
		time.Sleep(time.Second)
		third, err := started(same)
		w.fails("after seven days", err, "")
		if third == first {
			w.Error("the token outlives seven days")
		}
		equal(w, "pages", w.BilledTotal(), Pages{Async: 2})
		time.Sleep(time.Second)
		equal(w, "notifications", len(w.Deliver()), 1)
	})
}

func TestTokensOfOthers(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile)
		w.put("foreign", "a.png", pngFile)
		w.put("elsewhere", "a.png", pngFile)
		ids := map[string]bool{}
		for bucket, client := range map[string]*textractsdk.Client{
			"scans": w.client, "foreign": w.clientOf(region, "210987654321"), "elsewhere": w.clientOf("us-east-1", account),
		} {
			in := startInput(object(bucket, "a.png", ""))
			in.ClientRequestToken = aws.String("t")
			out, err := client.StartDocumentTextDetection(w.Context(), in)
			w.fails(bucket, err, "")
			ids[*out.JobId] = true
		}
		equal(w, "jobs", len(ids), 3)
	})
}

func TestARefusedStartUsesNoToken(t *testing.T) {
	inBubble(t, func(w *world) {
		in := startInput(object("scans", "a.png", ""))
		in.ClientRequestToken = aws.String("t")
		_, err := w.startWith(in)
		w.fails("missing", err, "InvalidS3ObjectException")
		w.put("scans", "b.png", pngFile)
		in.DocumentLocation.S3Object.Name = aws.String("b.png")
		_, err = w.startWith(in)
		w.fails("another", err, "")
	})
}

func TestConcurrentStartsOfOneToken(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile)
		ids := make([]string, 20)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				in := startInput(object("scans", "a.png", ""))
				in.ClientRequestToken = aws.String("t")
				ids[i], _ = w.startWith(in)
			})
		}
		wg.Wait()
		slices.Sort(ids)
		if got := slices.Compact(ids); len(got) != 1 || got[0] == "" {
			w.Errorf("got jobs %q", got)
		}
		equal(w, "pages", w.BilledTotal(), Pages{Async: 1})
	})
}

func TestGetRefuses(t *testing.T) {
	inBubble(t, func(w *world) {
		w.PageSize = 2
		w.put("scans", "a.png", pngFile+"one\ntwo")
		first, second := w.mustStart(object("scans", "a.png", "")), w.mustStart(object("scans", "a.png", ""))
		time.Sleep(time.Second)
		token := *w.get(first).NextToken
		get := func(c *textractsdk.Client, in textractsdk.GetDocumentTextDetectionInput) error {
			_, err := c.GetDocumentTextDetection(w.Context(), &in)
			return err
		}
		type input = textractsdk.GetDocumentTextDetectionInput
		tests := []struct {
			name   string
			client *textractsdk.Client
			in     input
			want   string
		}{
			{"nothing wrong", w.client, input{JobId: &first, NextToken: &token, MaxResults: aws.Int32(5000)}, ""},
			{"unknown job", w.client, input{JobId: aws.String("a")}, "InvalidJobIdException"},
			{"other account", w.clientOf(region, "210987654321"), input{JobId: &first}, "InvalidJobIdException"},
			{"other Region", w.clientOf("us-east-1", account), input{JobId: &first}, "InvalidJobIdException"},
			{"empty job", w.client, input{JobId: aws.String("")}, "InvalidParameterException"},
			{"token of another job", w.client, input{JobId: &second, NextToken: &token}, "InvalidParameterException"},
			{"no token", w.client, input{JobId: &first, NextToken: aws.String("2")}, "InvalidParameterException"},
			{"empty token", w.client, input{JobId: &first, NextToken: aws.String("")}, "InvalidParameterException"},
			{"no results", w.client, input{JobId: &first, MaxResults: aws.Int32(0)}, "InvalidParameterException"},
		}
		for _, test := range tests {
			w.fails(test.name, get(test.client, test.in), test.want)
		}
		time.Sleep(lifetime - 2*time.Second)
		w.fails("before seven days", get(w.client, input{JobId: &first}), "")
		time.Sleep(2 * time.Second)
		w.fails("after seven days", get(w.client, input{JobId: &first}), "InvalidJobIdException")
	})
}

func TestPagesOfResults(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "long.pdf", pdfFile+strings.Repeat("a b\n", 700)) // 1 page, 700 lines, 1,400 words
		id := w.mustStart(object("scans", "long.pdf", ""))
		time.Sleep(time.Second)
		for _, test := range []struct {
			size, asked int
			want        []int
		}{
			{0, 0, []int{1000, 1000, 101}},
			{0, 2000, []int{1000, 1000, 101}},
			{0, 700, []int{700, 700, 700, 1}},
			{800, 0, []int{800, 800, 501}},
			{800, 900, []int{800, 800, 501}},
		} {
			w.PageSize = test.size
			in := &textractsdk.GetDocumentTextDetectionInput{JobId: &id}
			if test.asked > 0 {
				in.MaxResults = aws.Int32(int32(test.asked))
			}
			var sizes []int
			seen := map[string]bool{}
			for {
				out, err := w.client.GetDocumentTextDetection(w.Context(), in)
				if err != nil {
					w.Fatal(err)
				}
				sizes = append(sizes, len(out.Blocks))
				for _, b := range out.Blocks {
					seen[*b.Id] = true
				}
				if in.NextToken = out.NextToken; in.NextToken == nil {
					break
				}
			}
			if !slices.Equal(sizes, test.want) || len(seen) != 2101 {
				w.Errorf("%d of %d: got %v with %d blocks, want %v", test.asked, test.size, sizes, len(seen), test.want)
			}
		}
	})
}

func TestResultsAreCopied(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile+"one")
		id := w.mustStart(object("scans", "a.png", ""))
		time.Sleep(time.Second)
		out := w.get(id)
		out.Blocks[0] = types.Block{}
		*out.Blocks[1].Text = "changed"
		equal(w, "text", *w.get(id).Blocks[1].Text, "one")
		equal(w, "type", w.get(id).Blocks[0].BlockType, types.BlockTypePage)
	})
}

func TestNotifications(t *testing.T) {
	inBubble(t, func(w *world) {
		w.JobDuration = func(pages int) time.Duration { return time.Duration(pages) * time.Minute }
		type published struct{ topic, message string }
		var sent []published
		w.Publish = func(topicARN, message string) error {
			sent = append(sent, published{topicARN, message})
			return nil
		}
		w.put("scans", "long.pdf", pdfFile+"one\ftwo")
		w.put("scans", `short "1".pdf`, pdfFile+"one")
		w.put("scans", "corrupt.png", pngFile+"corrupt")
		w.put("scans", "partial.pdf", pdfFile+"one\ftwo\funreadable")
		long := startInput(object("scans", "long.pdf", ""))
		short := startInput(object("scans", `short "1".pdf`, ""))
		short.JobTag = aws.String("tag")
		corrupt := startInput(object("scans", "corrupt.png", ""))
		partial := startInput(object("scans", "partial.pdf", ""))
		ids := map[string]string{}
		for name, in := range map[string]*textractsdk.StartDocumentTextDetectionInput{"long": long, "short": short, "corrupt": corrupt, "partial": partial} {
			in.NotificationChannel = channel()
			ids[name], _ = w.startWith(in)
		}
		w.mustStart(object("scans", "long.pdf", "")) // without a channel
		equal(w, "failed at once", len(w.Deliver()), 1)
		next, ok := w.NextDelivery()
		if !ok || time.Until(next) > time.Minute {
			w.Fatalf("next delivery: %v, %t", next, ok)
		}
		time.Sleep(time.Until(next))
		equal(w, "one page", len(w.Deliver()), 1)
		time.Sleep(time.Hour)
		equal(w, "two and three pages", len(w.Deliver()), 2)
		equal(w, "again", len(w.Deliver()), 0)
		if _, ok := w.NextDelivery(); ok {
			w.Error("a delivery is left")
		}

		var got []string
		for _, p := range sent {
			var m struct{ JobId, Status, API, JobTag string }
			if err := json.Unmarshal([]byte(p.message), &m); err != nil || p.topic != topic || m.API != "StartDocumentTextDetection" {
				w.Errorf("got %v: %v", p, err)
			}
			for name, id := range ids {
				if id == m.JobId {
					got = append(got, name+" "+m.Status)
				}
			}
		}
		if want := []string{"corrupt FAILED", "short SUCCEEDED", "long SUCCEEDED", "partial SUCCEEDED"}; !slices.Equal(got, want) {
			w.Errorf("got %q, want %q", got, want)
		}
		want := `{"JobId":"` + ids["short"] + `","Status":"SUCCEEDED","API":"StartDocumentTextDetection","JobTag":"tag","Timestamp":` +
			sent[1].message[strings.Index(sent[1].message, "9466"):strings.Index(sent[1].message, `,"Doc`)] +
			`,"DocumentLocation":{"S3ObjectName":"short \"1\".pdf","S3Bucket":"scans"}}`
		equal(w, "message", sent[1].message, want)
		if !strings.Contains(sent[1].message, `"Timestamp":946684860`) || strings.Contains(sent[0].message, "JobTag") {
			w.Errorf("got %s\nand %s", sent[1].message, sent[0].message)
		}
	})
}

func TestLostNotification(t *testing.T) {
	inBubble(t, func(w *world) {
		gone := errors.New("no such topic")
		w.Publish = func(string, string) error { return gone }
		w.put("scans", "a.png", pngFile)
		in := startInput(object("scans", "a.png", ""))
		in.NotificationChannel = channel()
		_, err := w.startWith(in)
		w.fails("start", err, "")
		time.Sleep(time.Second)
		if got := w.Deliver(); len(got) != 1 || got[0].Err != gone {
			w.Errorf("got %v", got)
		}
		equal(w, "again", len(w.Deliver()), 0)
	})
}

func TestCrashAfterStart(t *testing.T) {
	inBubble(t, func(w *world) {
		w.put("scans", "a.png", pngFile)
		in := startInput(object("scans", "a.png", ""))
		in.ClientRequestToken = aws.String("t")
		w.cloud.CrashBefore(1)
		if _, err := w.startWith(in); !errors.Is(err, awstest.ErrCrash) {
			w.Errorf("got %v", err)
		}
		equal(w, "pages before", w.BilledTotal(), Pages{})
		w.cloud.Recover()
		w.cloud.CrashAfter(1)
		if _, err := w.startWith(in); !errors.Is(err, awstest.ErrCrash) {
			w.Errorf("got %v", err)
		}
		equal(w, "pages after", w.BilledTotal(), Pages{Async: 1})
		w.cloud.Recover()
		_, err := w.startWith(in)
		w.fails("again", err, "")
		equal(w, "pages again", w.BilledTotal(), Pages{Async: 1})
	})
}

func TestPermissions(t *testing.T) {
	inBubble(t, func(w *world) {
		version := w.put("scans", "a.png", pngFile)
		resource := []string{"*"}
		policy := awspatterns.Policy{
			{Action: "textract:DetectDocumentText", Resources: resource},
			{Action: "textract:StartDocumentTextDetection", Resources: resource},
			{Action: "textract:GetDocumentTextDetection", Resources: resource},
			{Action: "iam:PassRole", Resources: resource},
			{Action: "s3:GetObjectVersion", Resources: resource},
		}
		_, err := w.detect(object("scans", "a.png", version))
		w.fails("detect", err, "")
		in := startInput(object("scans", "a.png", version))
		in.NotificationChannel = channel()
		id, err := w.startWith(in)
		w.fails("start", err, "")
		w.get(id)
		awstest.CheckPermissions(w, policy, w.cloud.Calls(), ActionsOf(w.cloud.Calls()))

		_, err = w.detect(object("scans", "a.png", ""))
		w.fails("detect", err, "")
		var missing finder
		awstest.CheckPermissions(&missing, policy, w.cloud.Calls(), ActionsOf(w.cloud.Calls()))
		equal(w, "findings without s3:GetObject", missing.n, 1)
		missing.n = 0
		awstest.CheckPermissions(&missing, append(policy, awspatterns.Permission{Action: "s3:GetObject", Resources: resource}), w.cloud.Calls(), Actions)
		equal(w, "findings by Actions", missing.n, 1) // s3:GetObjectVersion
	})
}

func TestPermissionsOfBytes(t *testing.T) {
	w := newWorld(t)
	_, err := w.client.DetectDocumentText(w.Context(), &textractsdk.DetectDocumentTextInput{Document: &types.Document{Bytes: []byte(pngFile)}})
	w.fails("detect", err, "")
	policy := awspatterns.Policy{{Action: "textract:DetectDocumentText", Resources: []string{"*"}}}
	awstest.CheckPermissions(w, policy, w.cloud.Calls(), ActionsOf(w.cloud.Calls()))
}

// A finder counts errors.
type finder struct{ n int }

func (f *finder) Helper()               {}
func (f *finder) Errorf(string, ...any) { f.n++ }

func TestBubbleEndsWithJobsRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.put("scans", "a.png", pngFile)
		w.mustStart(object("scans", "a.png", ""))
	})
}
