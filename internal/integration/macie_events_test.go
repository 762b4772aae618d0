package integration_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/textract"

	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

// A taggedTextract remembers the tags of jobs, which moto leaves out of what it
// tells the topic.
type taggedTextract struct {
	macie.TextractAPI
	mu   sync.Mutex
	tags map[string]string // by job
}

func (c *taggedTextract) StartDocumentTextDetection(ctx context.Context, in *textract.StartDocumentTextDetectionInput, options ...func(*textract.Options)) (
	*textract.StartDocumentTextDetectionOutput, error,
) {
	out, err := c.TextractAPI.StartDocumentTextDetection(ctx, in, options...)
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.tags[*out.JobId] = aws.ToString(in.JobTag)
	}
	return out, err
}

// tag puts the tag of its job into what the topic was told.
func (c *taggedTextract) tag(t *testing.T, delivered map[string]any) {
	t.Helper()
	var completion map[string]any
	if err := json.Unmarshal([]byte(delivered["Message"].(string)), &completion); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	completion["JobTag"] = c.tags[completion["JobId"].(string)]
	message, err := json.Marshal(completion)
	if err != nil {
		t.Fatal(err)
	}
	delivered["Message"] = string(message)
}

// TestEventDrivenScanOnMoto scans in the event-driven form, over HTTP: moto's
// Textract tells moto's topic of the end of each job, and the topic its
// subscriber. What that gets is handed on as a queue of SQS does, or lost.
func TestEventDrivenScanOnMoto(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("lost %t", lost), func(t *testing.T) {
			a := newScanAccount(t)
			a.protect()
			completions, topic := a.subscribe("AmazonTextract-scans")
			notices, noticeTopic := a.subscribe("scans")
			tables := dynamodb.NewFromConfig(motoConfig(a.url))
			_, err := tables.CreateTable(t.Context(), state.DynamoDBTable("scans"))
			a.check(err)
			jobs := &taggedTextract{TextractAPI: a.clients.Textract, tags: map[string]string{}}
			a.clients.Textract = jobs
			opts := macie.ScanEventsOptions{
				ScanImagesOptions: a.opts, TextractTopic: topic, TextractRole: "arn:aws:iam::123456789012:role/textract",
				StaleAfter: time.Hour,
			}
			opts.Store, opts.TopicARN = state.NewDynamoDB(tables, "scans"), noticeTopic
			if lost {
				opts.StaleAfter = time.Nanosecond
			}
			keys := hostileKeys()
			for _, key := range keys {
				a.put(key, pngFile(t, drawPage(t, "A picture").img))
			}

			status, err := macie.StartScanImages(t.Context(), a.clients, opts)
			a.check(err)
			if !status.Listed || status.Submitted != len(keys) {
				t.Errorf("listed %t, %d submitted, want %d", status.Listed, status.Submitted, len(keys))
			}
			if !lost {
				a.complete(opts, jobs, completions, len(keys)) // the last one ends the run
			}
			for tries := 0; lost && !status.Done && tries < 10; tries++ {
				status, err = macie.StartScanImages(t.Context(), a.clients, opts)
				a.check(err)
			}
			result, err := macie.LastScan(t.Context(), a.clients, opts.ScanImagesOptions)
			a.check(err)
			if result.Run != status.Run || result.Pending > 0 || result.States[macie.StateFinding] != int64(len(keys)) {
				t.Errorf("run %s: %s, want findings in all of run %s", result.Run, result, status.Run)
			}
			a.checkNotice(notices, int64(len(keys)))
			if len(jobs.tags) != len(keys) {
				t.Errorf("%d text detections were started, want %d", len(jobs.tags), len(keys))
			}
		})
	}
}

// complete hands the ends of n text detections on, in batches of five, each batch
// twice.
func (a *scanAccount) complete(opts macie.ScanEventsOptions, jobs *taggedTextract, completions <-chan map[string]any, n int) {
	a.t.Helper()
	var records []map[string]any
	for i := range n {
		delivered := receive(a.t, completions)
		jobs.tag(a.t, delivered)
		body, err := json.Marshal(delivered)
		a.check(err)
		records = append(records, map[string]any{"messageId": fmt.Sprint(i), "eventSource": "aws:sqs", "body": string(body)})
		if len(records) < 5 && i < n-1 {
			continue
		}
		event, err := json.Marshal(map[string]any{"Records": records})
		a.check(err)
		for range 2 {
			response, err := macie.OnTextractCompletion(a.t.Context(), a.clients, opts, event)
			a.check(err)
			for _, failure := range response.BatchItemFailures {
				a.t.Errorf("message %s: %v", failure.ItemIdentifier, failure.Err)
			}
		}
		records = nil
	}
}

// checkNotice expects the notice of a scan that found something in each of n
// images, and no second one.
func (a *scanAccount) checkNotice(notices <-chan map[string]any, n int64) {
	a.t.Helper()
	var notice macie.ScanNotice
	message := receive(a.t, notices)["Message"].(string)
	a.check(json.Unmarshal([]byte(message), &notice))
	if strings.Contains(message, "png") || strings.Contains(message, "4539") {
		a.t.Errorf("the notice tells too much: %s", message)
	}
	if notice.Listed != n || notice.States[macie.StateFinding] != n || notice.Pages != n {
		a.t.Errorf("got %+v, want findings in %d images of a page", notice, n)
	}
	if len(notices) > 0 {
		a.t.Errorf("a second notice: %v", <-notices)
	}
}

// subscribe makes a topic and returns what its subscriber gets.
func (a *scanAccount) subscribe(topic string) (delivered <-chan map[string]any, topicARN string) {
	a.t.Helper()
	messages := make(chan map[string]any, 100)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var message map[string]any
		if json.Unmarshal(body, &message) == nil && message["Type"] == "Notification" {
			messages <- message
		}
	}))
	a.t.Cleanup(server.Close)
	topics := sns.NewFromConfig(motoConfig(a.url))
	out, err := topics.CreateTopic(a.t.Context(), &sns.CreateTopicInput{Name: &topic})
	a.check(err)
	_, err = topics.Subscribe(a.t.Context(), &sns.SubscribeInput{TopicArn: out.TopicArn, Protocol: aws.String("http"), Endpoint: &server.URL})
	a.check(err)
	return messages, *out.TopicArn
}

func receive(t *testing.T, messages <-chan map[string]any) map[string]any {
	t.Helper()
	select {
	case message := <-messages:
		return message
	case <-time.After(time.Minute):
		t.Fatal("no message arrives")
		return nil
	}
}
