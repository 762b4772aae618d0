package macie_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/macie"
)

const (
	textractTopic = "arn:aws:sns:eu-west-1:123456789012:AmazonTextractDone"
	textractRole  = "arn:aws:iam::123456789012:role/TextractTells"
)

// An eventWorld has the queue and the log that bring events to the handlers. What
// was not taken is brought again.
type eventWorld struct {
	*world
	queue  []string // messages of Textract
	logs   int      // of the log of Macie, so many were taken
	mangle func([]string) []string
	silent bool // Macie logs nothing
	tune   func(*macie.ScanEventsOptions)
}

func newEventWorld(w *world) *eventWorld { return &eventWorld{world: w} }

func (w *eventWorld) options() macie.ScanEventsOptions {
	opts := macie.ScanEventsOptions{ScanImagesOptions: w.world.options(), TextractTopic: textractTopic, TextractRole: textractRole}
	opts.ImagesPerJob, opts.Concurrency = 2, 1
	if w.tune != nil {
		w.tune(&opts)
	}
	return opts
}

// take brings the messages that are due into the queue.
func (w *eventWorld) take() {
	var due []string
	for _, n := range w.textract.Deliver() {
		due = append(due, n.Message)
	}
	if w.mangle != nil {
		due = w.mangle(due)
	}
	w.queue = append(w.queue, due...)
}

// tell gives the queue to the handler, ten messages at a time.
func (w *eventWorld) tell(ctx context.Context) error {
	w.take()
	for len(w.queue) > 0 {
		batch := w.queue[:min(len(w.queue), 10)]
		response, err := macie.OnTextractCompletion(ctx, w.clients(), w.options(), sqsEvent(batch...))
		if err != nil {
			return err
		}
		if len(response.BatchItemFailures) > 0 {
			return response.BatchItemFailures[0].Err
		}
		w.queue = w.queue[len(batch):]
	}
	return nil
}

// tellMacie gives the log of Macie to the handler, one entry at a time.
func (w *eventWorld) tellMacie(ctx context.Context) (status macie.ScanStatus, err error) {
	log := w.macie.LogEvents()
	for ; w.logs < len(log) && !status.Done; w.logs++ {
		if w.silent {
			continue
		}
		if status, err = macie.OnMacieEvent(ctx, w.clients(), w.options(), logsEvent(log[w.logs])); err != nil {
			return status, err
		}
	}
	return status, nil
}

// drive runs the handlers as events call them, until the scan is done.
func (w *eventWorld) drive(ctx context.Context) (macie.ScanStatus, error) {
	status, err := macie.StartScanImages(ctx, w.clients(), w.options())
	for range 3 * 24 * 60 {
		if err != nil || status.Done {
			return status, err
		}
		time.Sleep(time.Minute)
		if err := w.tell(ctx); err != nil {
			return status, err
		}
		if status, err = w.tellMacie(ctx); err == nil && !status.Done {
			status, err = macie.OnMacieEvent(ctx, w.clients(), w.options(), tick)
		}
	}
	return status, errors.New("not done: " + status.Next)
}

// tick is an event of a schedule ("Amazon EventBridge" in the developer guide of
// Lambda).
var tick = json.RawMessage(`{
	"version": "0", "account": "123456789012", "region": "eu-west-1", "detail": {}, "detail-type": "Scheduled Event",
	"source": "aws.events", "time": "2026-03-01T01:23:45Z", "id": "cdc73f9d-aea9-11e3-9d5a-835b769c0d9c",
	"resources": ["arn:aws:events:eu-west-1:123456789012:rule/my-schedule"]
}`)

// sqsEvent is a batch of SQS whose messages come from SNS ("Using Lambda with Amazon
// SQS" in the developer guide of Lambda).
func sqsEvent(messages ...string) json.RawMessage {
	var bodies []string
	for _, m := range messages {
		bodies = append(bodies, snsEnvelope(m))
	}
	return rawSQSEvent(bodies...)
}

func rawSQSEvent(bodies ...string) json.RawMessage {
	var records []any
	for i, body := range bodies {
		records = append(records, map[string]any{
			"messageId": fmt.Sprintf("059f36b4-87a3-44ab-83d2-6619752%05d", i), "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
			"body": body, "attributes": map[string]any{"ApproximateReceiveCount": "1"}, "messageAttributes": map[string]any{},
			"md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs",
			"eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:texts", "awsRegion": region,
		})
	}
	return asJSON(map[string]any{"Records": records})
}

func snsEnvelope(message string) string {
	return string(asJSON(map[string]any{
		"Type": "Notification", "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "TopicArn": textractTopic, "Message": message,
		"Timestamp": "2026-01-02T12:45:07.000Z", "SignatureVersion": "1", "Signature": "tcc6faL2yUC6dgZdmrwh1Y4cGa/ebXEkAi6RibDsvpi+tE/1+82j...65r==",
		"SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-ac565b8b1a6c5d002d285f9598aa1d9b.pem",
		"UnsubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=" + textractTopic,
	}))
}

// snsEvent is an event of SNS ("Using Lambda with Amazon SNS" in the developer
// guide of Lambda).
func snsEvent(messages ...string) json.RawMessage {
	var records []any
	for _, m := range messages {
		var sns map[string]any
		if err := json.Unmarshal([]byte(snsEnvelope(m)), &sns); err != nil {
			panic(err)
		}
		records = append(records, map[string]any{
			"EventVersion": "1.0", "EventSubscriptionArn": textractTopic + ":21be56ed-a058-49f5-8c98-aedd2564c486",
			"EventSource": "aws:sns", "Sns": sns,
		})
	}
	return asJSON(map[string]any{"Records": records})
}

// logsEvent is an event of a subscription of CloudWatch Logs ("Using Lambda with
// CloudWatch Logs" in the developer guide of Lambda).
func logsEvent(events ...macie2.Event) json.RawMessage {
	var lines []any
	for _, e := range events {
		lines = append(lines, map[string]any{"id": "eventId1", "timestamp": e.Time.UnixMilli(), "message": string(e.JSON)})
	}
	return zippedLogs(map[string]any{
		"messageType": "DATA_MESSAGE", "owner": account, "logGroup": "/aws/macie/classificationjobs", "logStream": "job",
		"subscriptionFilters": []string{"texts"}, "logEvents": lines,
	})
}

func zippedLogs(content any) json.RawMessage {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(asJSON(content)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return asJSON(map[string]any{"awslogs": map[string]any{"data": base64.StdEncoding.EncodeToString(b.Bytes())}})
}

func asJSON(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// Ways in which messages come.
func twice(m []string) []string    { return slices.Concat(m, m) }
func reversed(m []string) []string { m = slices.Clone(m); slices.Reverse(m); return m }
func lost([]string) []string       { return nil }

// smallEventWorld is the small world, where things take a minute or two.
func smallEventWorld(c *awstest.Cloud) *eventWorld {
	w := newEventWorld(smallWorld(c))
	w.macie.Duration = 90 * time.Second
	w.tune = func(o *macie.ScanEventsOptions) { o.StaleAfter = 2 * time.Minute }
	return w
}
