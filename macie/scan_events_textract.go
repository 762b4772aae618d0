package macie

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// A BatchResponse tells AWS Lambda which messages of an SQS batch are to be
// delivered again ("Implementing partial batch responses" in its developer guide;
// the event source mapping needs ReportBatchItemFailures). It is what the function
// returns.
type BatchResponse struct {
	BatchItemFailures []BatchItemFailure `json:"batchItemFailures"`
}

// A BatchItemFailure is a message that is to be delivered again.
type BatchItemFailure struct {
	ItemIdentifier string `json:"itemIdentifier"` // message id of SQS
	Err            error  `json:"-"`              // why
}

// An EventError reports that an event is not what AWS sends.
type EventError struct {
	Part string // of the event, such as "Records[0].body"; empty for all of it
	Err  error
}

func (e *EventError) Error() string {
	if e.Part == "" {
		return fmt.Sprintf("the event cannot be read: %v", e.Err)
	}
	return fmt.Sprintf("the event cannot be read: %s: %v", e.Part, e.Err)
}

func (e *EventError) Unwrap() error { return e.Err }

// OnTextractCompletion takes what Textract tells of the end of text detections,
// reads their texts, and creates the Macie job when an image was the last of its
// job. The event is what AWS Lambda gets from SNS or, with or without raw delivery,
// from SQS, or one message of Textract.
//
// Messages that come twice, in another order or late are harmless, and so are
// those about other files or of an earlier run. Each message of an SQS batch that
// was not seen to is a failure in the response, and the error is nil; of other
// events, failures are the error. It is an [*EventError] for an event that
// cannot be read at all. A message that cannot be read is a failure, too, so
// that the queue puts it where it puts such messages.
//
// IAM actions: [ScanEventsPermissions].
func OnTextractCompletion(ctx context.Context, c Clients, opts ScanEventsOptions, event json.RawMessage) (BatchResponse, error) {
	response := BatchResponse{BatchItemFailures: []BatchItemFailure{}}
	batch, err := parseCompletions(event)
	if err == nil {
		err = onTextractCompletion(ctx, c, opts, batch)
	}
	if err != nil {
		return response, fmt.Errorf("macie: completion of text detection: %w", reason.Cause(ctx, err))
	}
	var failures []error
	for _, d := range batch.deliveries {
		if d.err != nil {
			response.BatchItemFailures = append(response.BatchItemFailures, BatchItemFailure{ItemIdentifier: d.id, Err: d.err})
			failures = append(failures, d.err)
		}
	}
	if len(failures) > 0 && !batch.partial {
		return response, fmt.Errorf("macie: completion of text detection: %w", reason.Cause(ctx, errors.Join(failures...)))
	}
	return response, nil
}

func onTextractCompletion(ctx context.Context, c Clients, opts ScanEventsOptions, batch deliveries) error {
	s, err := openEvents(ctx, c, opts)
	if err != nil {
		return err
	}
	if err := s.fits(); err != nil {
		return err
	}
	work, cancel := s.bounded(ctx)
	defer cancel()
	s.connectQuietly(work)
	var g errgroup.Group
	g.SetLimit(s.opts.Concurrency)
	for i := range batch.deliveries {
		d := &batch.deliveries[i]
		g.Go(func() error {
			switch {
			case d.err != nil:
			case s.late():
				d.err = errNoTime
			default:
				d.err = s.completed(work, d.completion)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil || !s.settled.Load() {
		return err
	}
	_, err = s.finish(work)
	return s.unlessLate(work, err)
}

// completed takes the end of one text detection.
func (s *eventScan) completed(ctx context.Context, m completion) error {
	if !s.open() || !s.isSource(m.DocumentLocation.S3Bucket, m.DocumentLocation.S3ObjectName) {
		return nil
	}
	for range maxConflicts {
		e, err := s.get(ctx, m.DocumentLocation.S3Bucket, m.DocumentLocation.S3ObjectName)
		if err != nil {
			return err
		}
		if e.version == "" || e.Seen != s.run.Run || e.TextID != m.JobTag {
			return nil
		}
		if e.Step == stepReading {
			err = s.readTold(ctx, e, m.JobID)
		}
		switch {
		case isConflict(err):
			continue
		case err != nil:
			return err
		case e.Step == stepReading:
			return nil // the message was about another detection
		}
		return s.proceed(ctx, e.Shard) // also if the message comes again: the process may have been killed here
	}
	return fmt.Errorf("%s: %w", m.JobID, ErrTakenOver)
}

// readTold reads the text of an image, if it is the job of the image that is done.
func (s *eventScan) readTold(ctx context.Context, e *entry, jobID string) error {
	if e.TextractJob == "" { // its start is not noted, or not yet
		if err := s.concluded(ctx, e, s.startDetection(ctx, e)); err != nil || e.Step != stepReading {
			return err
		}
	}
	if e.TextractJob != jobID {
		return nil
	}
	return s.readDetection(ctx, e)
}

func (s *scan) isSource(bucket, key string) bool {
	for _, source := range s.opts.Sources {
		if source.Bucket == bucket && strings.HasPrefix(key, source.Prefix) {
			return true
		}
	}
	return false
}

// A completion is the message of Textract about the end of a job ("Amazon Textract
// Results Notification" in its developer guide).
type completion struct {
	JobID            string `json:"JobId"`
	JobTag           string
	DocumentLocation struct{ S3ObjectName, S3Bucket string }
}

// Deliveries are the messages of an event.
type deliveries struct {
	deliveries []delivery
	partial    bool // each of them can be delivered again alone
}

type delivery struct {
	id         string
	completion completion
	err        error
}

// parseCompletions reads an event of Lambda, or one message.
func parseCompletions(event []byte) (deliveries, error) {
	var lambda struct {
		Records *[]struct {
			MessageID string  `json:"messageId"`
			Body      *string `json:"body"`
			SNS       *struct {
				MessageID string `json:"MessageId"`
				Message   string
			} `json:"Sns"`
		}
	}
	if err := json.Unmarshal(event, &lambda); err != nil {
		return deliveries{}, &EventError{Err: err}
	}
	var all deliveries
	if lambda.Records == nil {
		m, err := parseCompletion(string(event))
		if err != nil {
			return all, &EventError{Err: err}
		}
		all.deliveries = []delivery{{completion: m}}
		return all, nil
	}
	for i, record := range *lambda.Records {
		var d delivery
		part := "body"
		switch {
		case record.Body != nil:
			all.partial = true
			d.id = record.MessageID
			d.completion, d.err = parseCompletion(*record.Body)
		case record.SNS != nil:
			part = "Sns.Message"
			d.id = record.SNS.MessageID
			d.completion, d.err = parseCompletion(record.SNS.Message)
		default:
			d.err = errors.New("neither of SQS nor of SNS")
		}
		if d.err != nil {
			d.err = &EventError{Part: fmt.Sprintf("Records[%d].%s", i, part), Err: d.err}
		}
		all.deliveries = append(all.deliveries, d)
	}
	return all, nil
}

// parseCompletion reads a message of Textract, in the envelope of SNS or without.
func parseCompletion(text string) (completion, error) {
	var message struct {
		completion
		Message *string
	}
	if err := json.Unmarshal([]byte(text), &message); err != nil {
		return completion{}, err
	}
	m := message.completion
	if m.JobID == "" && message.Message != nil {
		if err := json.Unmarshal([]byte(*message.Message), &m); err != nil {
			return m, fmt.Errorf("the Message: %w", err)
		}
	}
	if m.JobID == "" || m.DocumentLocation.S3Bucket == "" || m.DocumentLocation.S3ObjectName == "" {
		return m, errors.New("it has no JobId or DocumentLocation, as messages of Textract have")
	}
	return m, nil
}
