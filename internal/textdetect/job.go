package textdetect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/pace/sdkpace"
)

// Start starts a job that reads a file: PNG or JPEG of up to 10 MB, TIFF or PDF of
// up to 500 MB and 3,000 pages. It waits for a slot; [Reader.Wait], [Reader.Look] and
// [Reader.Drop] give it back.
//
// With a token, of up to 64 letters, digits, - and _, an equal Start within 7 days
// starts no other job and returns the same id. The tag, of up to 64 letters, digits
// and _.-:, is in the notice of the job's end. Both may be empty.
func (r *Reader) Start(ctx context.Context, o Object, token, tag string) (jobID string, err error) {
	if r.err != nil {
		return "", fmt.Errorf("start text detection: %w", r.err)
	}
	in := r.startInput(o, token, tag)
	var refusal error
	for {
		t, err := r.slots.acquire(ctx)
		if err != nil {
			return "", noSlot(o, err, refusal)
		}
		out, err := r.api.StartDocumentTextDetection(ctx, in, paced(r.start), onlyWith(t))
		switch {
		case err == nil && out.JobId != nil:
			t.started(*out.JobId, o)
			return *out.JobId, nil
		case isLimit(err):
			t.refused()
			refusal = err
		default:
			t.failed()
			if !errors.Is(err, errSlotGone) {
				return "", failure(ctx, "start text detection of", subject{object: o}, cmp.Or(err, errNoJobID))
			}
		}
	}
}

var (
	errSlotGone = errors.New("the slot is gone")
	errNoJobID  = errors.New("an answer without a job id")
)

func (r *Reader) startInput(o Object, token, tag string) *textractsdk.StartDocumentTextDetectionInput {
	in := &textractsdk.StartDocumentTextDetectionInput{
		DocumentLocation:   &types.DocumentLocation{S3Object: o.sdk()},
		ClientRequestToken: optional(token),
		JobTag:             optional(tag),
		KMSKeyId:           optional(r.cfg.KMSKey),
	}
	if r.cfg.TopicARN != "" {
		in.NotificationChannel = &types.NotificationChannel{SNSTopicArn: &r.cfg.TopicARN, RoleArn: &r.cfg.RoleARN}
	}
	return in
}

// noSlot is the error of a wait that ctx has ended.
func noSlot(o Object, err, refusal error) error {
	if refusal != nil {
		err = fmt.Errorf("%w: the last one was refused: %w", err, refusal)
	}
	return fmt.Errorf("start text detection of %s: waiting for a job to end: %w", o, err)
}

func isLimit(err error) bool {
	_, limit := errors.AsType[*types.LimitExceededException](err)
	return limit
}

// onlyWith lets a start be sent only if its ticket holds when its time has come, and
// keeps the client from retrying what only the end of a job helps against.
func onlyWith(t *ticket) func(*textractsdk.Options) {
	check := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (
		middleware.FinalizeOutput, middleware.Metadata, error,
	) {
		if !t.send() {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, errSlotGone
		}
		return next.HandleFinalize(ctx, in)
	}
	return func(o *textractsdk.Options) {
		noRetryForSlots(o)
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("awspatterns:Slot", check), sdkpace.ID, middleware.After)
		})
	}
}

type slotRetryer struct{ aws.Retryer }

func (r slotRetryer) IsErrorRetryable(err error) bool {
	return !isLimit(err) && r.Retryer.IsErrorRetryable(err)
}

// GetAttemptToken is of aws.RetryerV2, which a client's retryer may be.
func (r slotRetryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	if v2, ok := r.Retryer.(aws.RetryerV2); ok {
		return v2.GetAttemptToken(ctx)
	}
	return r.Retryer.GetInitialToken(), nil
}

// Look looks at a job once. When it is done, Look gives back its slot and reads its
// result, in as many calls as that has parts. An error of the document is that of a
// job that is done.
func (r *Reader) Look(ctx context.Context, jobID string) (res Result, done bool, err error) {
	if r.err != nil {
		return Result{}, false, fmt.Errorf("look at job %s: %w", jobID, r.err)
	}
	s := subject{jobID: jobID, object: r.slots.object(jobID)}
	res, done, err = r.look(ctx, jobID)
	if err != nil {
		err = failure(ctx, "read result of", s, err)
		_, done = errors.AsType[*DocumentError](err)
		res = Result{}
	}
	if done {
		r.slots.release(jobID)
	}
	return res, done, err
}

func (r *Reader) look(ctx context.Context, jobID string) (res Result, done bool, err error) {
	out, err := r.part(ctx, jobID, nil)
	if err != nil {
		return res, false, err
	}
	switch out.JobStatus {
	case types.JobStatusInProgress:
		return res, false, nil
	case types.JobStatusSucceeded, types.JobStatusPartialSuccess:
	case types.JobStatusFailed:
		return res, true, &jobFailed{aws.ToString(out.StatusMessage)}
	default:
		return res, false, fmt.Errorf("unknown status %q", out.JobStatus)
	}
	r.slots.release(jobID) // reading can take a while
	res, err = r.read(ctx, jobID, out)
	return res, err == nil, err
}

// read reads the parts after the first one.
func (r *Reader) read(ctx context.Context, jobID string, out *textractsdk.GetDocumentTextDetectionOutput) (Result, error) {
	var c collector
	var w warnings
	res := Result{Model: aws.ToString(out.DetectDocumentTextModelVersion)}
	first := out
	for {
		c.add(out.Blocks)
		w.add(out)
		token := aws.ToString(out.NextToken)
		if token == "" {
			break
		}
		next, err := r.part(ctx, jobID, &token)
		if err != nil {
			return res, err
		}
		if aws.ToString(next.NextToken) == token {
			return res, errors.New("a part of the result that is its own next part")
		}
		out = next
	}
	res.Document = c.document()
	res.Pages = pagesOf(first.DocumentMetadata, res.Document)
	named, texts := w.result()
	res.FailedPages, res.Warnings = unread(res, named, first.JobStatus == types.JobStatusPartialSuccess), texts
	return res, nil
}

// part reads a part of a result: up to 1,000 blocks, the most and the default.
func (r *Reader) part(ctx context.Context, jobID string, token *string) (*textractsdk.GetDocumentTextDetectionOutput, error) {
	return r.api.GetDocumentTextDetection(ctx, &textractsdk.GetDocumentTextDetectionInput{
		JobId:      &jobID,
		MaxResults: aws.Int32(1000),
		NextToken:  token,
	}, paced(r.get))
}

// warnings are those of all parts of a result. Each part may have them all.
type warnings struct {
	texts  []string
	failed map[int]bool
}

func (w *warnings) add(out *textractsdk.GetDocumentTextDetectionOutput) {
	partial := out.JobStatus == types.JobStatusPartialSuccess
	if message := aws.ToString(out.StatusMessage); partial && message != "" {
		w.addText(message)
	}
	for _, warning := range out.Warnings {
		text := aws.ToString(warning.ErrorCode)
		if len(warning.Pages) > 0 {
			text = fmt.Sprintf("%s: pages %s", text, strings.Trim(fmt.Sprint(warning.Pages), "[]"))
		}
		w.addText(text)
		for _, page := range warning.Pages {
			if w.failed == nil {
				w.failed = map[int]bool{}
			}
			w.failed[int(page)] = w.failed[int(page)] || partial
		}
	}
	if partial && len(w.texts) == 0 {
		w.addText(string(types.JobStatusPartialSuccess))
	}
}

func (w *warnings) addText(text string) {
	if !slices.Contains(w.texts, text) {
		w.texts = append(w.texts, text)
	}
}

func (w *warnings) result() (failed []int, texts []string) {
	maps.DeleteFunc(w.failed, func(_ int, failed bool) bool { return !failed })
	return slices.Sorted(maps.Keys(w.failed)), w.texts
}

// mostPoll is the most time between two looks at a job, unless PollInterval is more.
const mostPoll = 30 * time.Second

// Wait looks at a job until it is done, and returns its result. It gives back the
// slot of the job, also when it ends with an error. A job that was not started by
// this Reader is looked at right away, and takes a slot until it ends.
func (r *Reader) Wait(ctx context.Context, jobID string) (Result, error) {
	if r.err != nil {
		return Result{}, fmt.Errorf("wait for job %s: %w", jobID, r.err)
	}
	s := subject{jobID: jobID, object: r.slots.object(jobID)}
	pause := r.cfg.PollInterval
	if !r.slots.adopt(jobID) {
		pause = 0
	}
	defer r.slots.release(jobID)
	for {
		if err := pace.Sleep(ctx, pause); err != nil {
			return Result{}, failure(ctx, "wait for", s, err)
		}
		res, done, err := r.Look(ctx, jobID)
		if done || err != nil {
			return res, err
		}
		pause = min(max(pause*3/2, r.cfg.PollInterval), max(mostPoll, r.cfg.PollInterval))
	}
}

// Drop gives back the slot of a job that nobody will wait for, since its end is
// told by a notice. The job goes on.
func (r *Reader) Drop(jobID string) { r.slots.release(jobID) }
