package macie_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	macie2 "github.com/awspatterns/awspatterns/internal/standin/macie2"
	"github.com/awspatterns/awspatterns/macie"
)

func eventFile(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "events", name))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// TestParseCompletions reads events as AWS documents them.
func TestParseCompletions(t *testing.T) {
	const job = "fd0d8c18b1f8c5bd7d0b8ed7a4f3e5cf1d9d1e2a77e0a1f5d1d3a4a9ab0c1d2e"
	for _, test := range []struct {
		file    string
		ids     string
		partial bool
	}{
		{"sns.json", "95df01b4-ee98-5cb9-9903-4c221d41eb5e", false},
		{"sqs.json", "059f36b4-87a3-44ab-83d2-661975830a7d 2e1424d4-f796-459a-8184-9c92662be6da", true},
		{"textract.json", "", false},
	} {
		t.Run(test.file, func(t *testing.T) {
			messages, partial, err := macie.ParseCompletions(eventFile(t, test.file))
			if err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, m := range messages {
				ids = append(ids, m.ID)
				if m.Err != nil || m.JobID != job || m.Tag != "customer-7" || m.Bucket != "scans" || m.Key != "a b/ä+%20.png" {
					t.Errorf("%+v", m)
				}
			}
			if got := strings.Join(ids, " "); got != test.ids || partial != test.partial {
				t.Errorf("got %q, %t", got, partial)
			}
		})
	}
}

func TestParseCompletionsRefused(t *testing.T) {
	for _, test := range []struct{ name, event, want string }{
		{"nothing", ``, "unexpected end of JSON input"},
		{"no object", `[]`, "cannot unmarshal array"},
		{"null", `null`, "no JobId or DocumentLocation"},
		{"another event", `{"detail-type": "Scheduled Event"}`, "no JobId or DocumentLocation"},
		{"other records", `{"Records": 7}`, "cannot unmarshal number"},
		{"of S3", `{"Records": [{"eventSource": "aws:s3", "s3": {}}]}`, "Records[0].body: neither of SQS nor of SNS"},
		{"no JSON in SNS", `{"Records": [{"Sns": {"Message": "hello"}}]}`, "Records[0].Sns.Message: invalid character"},
		{"no key", `{"JobId": "1", "DocumentLocation": {"S3Bucket": "scans"}}`, "no JobId or DocumentLocation"},
		{"envelope of something else", `{"Records": [{"Sns": {"Message": "{\"Message\": \"[]\"}"}}]}`, "Message: json: cannot unmarshal array"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newEventWorld(newWorld(awstest.New(t)))
			_, err := macie.OnTextractCompletion(t.Context(), w.clients(), w.options(), json.RawMessage(test.event))
			if _, ok := errors.AsType[*macie.EventError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestParseMacieEvent reads events as AWS documents them.
func TestParseMacieEvent(t *testing.T) {
	logs := zippedLogs(map[string]any{
		"messageType": "DATA_MESSAGE", "logGroup": "/aws/macie/classificationjobs", "logEvents": []any{
			map[string]any{"message": `{"eventType": "JOB_CREATED", "jobId": "0"}`},
			map[string]any{"message": `{"eventType": "JOB_COMPLETED", "jobId": "1"}`},
			map[string]any{"message": `{"eventType": "BUCKET_ACCESS_DENIED", "jobId": "2"}`},
			map[string]any{"message": `{"eventType": "JOB_PAUSED_BY_MACIE_SERVICE_QUOTA_MET", "jobId": "3"}`},
		},
	})
	for _, test := range []struct {
		name       string
		event      []byte
		tick, ends bool
		jobs       string
		ignored    string
	}{
		{name: "schedule", event: tick, tick: true},
		{name: "finding", event: eventFile(t, "finding.json"), jobs: "3ce05dbb7ec5505def334104bf94b1e3"},
		{name: "policy finding", event: eventFile(t, "policy.json"), ignored: "a finding of no job"},
		{name: "logs", event: logs, jobs: "1 3", ends: true},
		{name: "creation alone", event: logsEvent(macie2.Event{JSON: []byte(`{"eventType": "JOB_CREATED", "jobId": "0"}`)}), ends: true, ignored: "no job has changed"},
		{name: "test of the subscription", event: zippedLogs(map[string]any{"messageType": "CONTROL_MESSAGE", "logGroup": ""}), ignored: `a "CONTROL_MESSAGE" of the log group ""`},
		{name: "another group", event: zippedLogs(map[string]any{"messageType": "DATA_MESSAGE", "logGroup": "/aws/lambda/x"}), ignored: `a "DATA_MESSAGE" of the log group "/aws/lambda/x"`},
		{name: "another event", event: []byte(`{"detail-type": "Object Created", "source": "aws.s3"}`), ignored: `an event "Object Created" of "aws.s3"`},
		{name: "empty", event: []byte(`{}`), ignored: `an event "" of ""`},
	} {
		t.Run(test.name, func(t *testing.T) {
			news, err := macie.ParseMacieEvent(test.event)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(news.Jobs, " "); got != test.jobs || news.Tick != test.tick || news.Ended != test.ends || news.Ignored != test.ignored {
				t.Errorf("got %+v", news)
			}
		})
	}
}

func TestParseMacieEventRefused(t *testing.T) {
	for _, test := range []struct{ name, event, want string }{
		{"nothing", ``, "unexpected end of JSON input"},
		{"no object", `7`, "cannot unmarshal number"},
		{"a finding that is none", `{"source": "aws.macie", "detail-type": "Macie Finding", "detail": []}`, "detail: json: cannot unmarshal array"},
		{"a finding without a detail", `{"source": "aws.macie", "detail-type": "Macie Finding"}`, "detail: unexpected end"},
		{"logs that are no base64", `{"awslogs": {"data": "!"}}`, "awslogs.data: illegal base64"},
		{"logs that are not packed", `{"awslogs": {"data": "e30="}}`, "awslogs.data: unexpected EOF"},
		{"logs that are empty", `{"awslogs": {}}`, "awslogs.data: EOF"},
		{"packed nonsense", string(zippedLogs("nonsense")), "awslogs.data: json: cannot unmarshal string"},
		{"a line that is no JSON", string(logsEvent(macie2.Event{JSON: []byte("ended")})), "awslogs.data: logEvents[0].message: invalid character"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newEventWorld(newWorld(awstest.New(t)))
			_, err := macie.OnMacieEvent(t.Context(), w.clients(), w.options(), json.RawMessage(test.event))
			if _, ok := errors.AsType[*macie.EventError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestParseMacieEventBomb unpacks no more than a batch can hold.
func TestParseMacieEventBomb(t *testing.T) {
	_, err := macie.ParseMacieEvent(zippedLogs(strings.Repeat("a", 65<<20)))
	if err == nil || !strings.Contains(err.Error(), "more than 67108864 bytes") {
		t.Errorf("got %v", err)
	}
}

// FuzzParseEvents has every event be read or refused, by an *EventError, and every
// record of a batch be accounted for.
func FuzzParseEvents(f *testing.F) {
	for _, file := range []string{"sns.json", "sqs.json", "textract.json", "finding.json", "policy.json"} {
		f.Add(eventFile(f, file))
	}
	f.Add([]byte(tick))
	f.Add([]byte(logsEvent(macie2.Event{JSON: []byte(`{"eventType": "JOB_COMPLETED", "jobId": "1"}`)})))
	f.Add([]byte(rawSQSEvent("{}", `{"Message": "{}"}`, "")))
	f.Fuzz(func(t *testing.T, event []byte) {
		messages, _, err := macie.ParseCompletions(event)
		checkEventError(t, err)
		var records struct{ Records []json.RawMessage }
		if err == nil && json.Unmarshal(event, &records) == nil && records.Records != nil && len(messages) != len(records.Records) {
			t.Errorf("%d messages of %d records", len(messages), len(records.Records))
		}
		for _, m := range messages {
			if m.Err == nil && (m.JobID == "" || m.Bucket == "" || m.Key == "") {
				t.Errorf("%+v", m)
			}
			if m.Err != nil && records.Records == nil {
				t.Errorf("one message that cannot be read is no error of the event: %+v", m)
			}
		}
		news, err := macie.ParseMacieEvent(event)
		checkEventError(t, err)
		if err == nil && !news.Tick && len(news.Jobs) == 0 && news.Ignored == "" {
			t.Errorf("nothing to do, and nothing is said: %+v", news)
		}
	})
}

func checkEventError(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*macie.EventError](err); err != nil && !ok {
		t.Errorf("%T: %v", err, err)
	}
}
