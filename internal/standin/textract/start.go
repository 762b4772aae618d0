package textract

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	textractsdk "github.com/aws/aws-sdk-go-v2/service/textract"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// lifetime is how long a token and a job ID are valid ("Calling Amazon Textract
// asynchronous operations" in the developer guide).
const lifetime = 7 * 24 * time.Hour

// A job is an asynchronous detection.
type job struct {
	id      string
	request request
	token   string
	started time.Time

	// What is below is set once, when the file has been read.
	ends     time.Time // zero until then
	status   types.JobStatus
	message  string
	pages    int
	warnings []types.Warning
	blocks   []types.Block
}

// A request is what two calls with one token must have in common.
type request struct{ bucket, key, version, tag, topic, role string }

func requestOf(in *textractsdk.StartDocumentTextDetectionInput) request {
	o := in.DocumentLocation.S3Object
	r := request{*o.Bucket, *o.Name, aws.ToString(o.Version), aws.ToString(in.JobTag), "", ""}
	if n := in.NotificationChannel; n != nil {
		r.topic, r.role = *n.SNSTopicArn, *n.RoleArn
	}
	return r
}

func (s *Service) startDocumentTextDetection(ctx context.Context, in *textractsdk.StartDocumentTextDetectionInput) (*textractsdk.StartDocumentTextDetectionOutput, error) {
	caller, err := s.enter(ctx, startOperation)
	if err != nil {
		return nil, err
	}
	if err := checkStart(caller, in); err != nil {
		return nil, err
	}
	token, wanted := aws.ToString(in.ClientRequestToken), requestOf(in)
	j, err := s.repeated(caller, token, wanted)
	if err != nil {
		return nil, err
	}
	if j == nil {
		if j, err = s.startNew(ctx, caller, token, wanted, in.DocumentLocation.S3Object); err != nil {
			return nil, err
		}
	}
	return &textractsdk.StartDocumentTextDetectionOutput{JobId: &j.id}, nil
}

// repeated returns the job that an earlier call with the token started, if any.
func (s *Service) repeated(caller awstest.Caller, token string, wanted request) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tenant(caller).repeated(token, wanted)
}

func (t *tenant) repeated(token string, wanted request) (*job, error) {
	t.forget(time.Now())
	j, ok := t.tokens[token]
	if ok && j.request != wanted {
		return nil, tokenMismatch()
	}
	return j, nil
}

// forget drops the jobs whose lifetime is over, and their tokens.
func (t *tenant) forget(now time.Time) {
	for len(t.kept) > 0 && now.Sub(t.kept[0].started) >= lifetime {
		j := t.kept[0]
		t.kept = t.kept[1:]
		delete(t.jobs, j.id)
		delete(t.tokens, j.token)
	}
}

func (s *Service) startNew(ctx context.Context, caller awstest.Caller, token string, wanted request, o *types.S3Object) (*job, error) {
	document, content, err := s.load(ctx, o)
	if err != nil {
		return nil, err
	}
	f, err := checkFile(content, jobLimit)
	if err != nil {
		return nil, err
	}
	j, added, err := s.add(caller, token, wanted)
	if err == nil && added {
		s.run(j, document, f, content)
	}
	return j, err
}

// add makes a job, unless another call with the token has meanwhile, or too many
// are in progress.
func (s *Service) add(caller awstest.Caller, token string, wanted request) (j *job, added bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tenant(caller)
	if j, err := t.repeated(token, wanted); j != nil || err != nil {
		return j, false, err
	}
	now := time.Now()
	if limit := s.quotasOf(t).Jobs; limit > 0 && t.inProgress(now) >= limit {
		n := s.calls[startOperation]
		n.Limited++
		s.calls[startOperation] = n
		return nil, false, tooManyJobs()
	}
	s.started++
	j = &job{id: fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, "job ", s.started))), request: wanted, token: token, started: now}
	t.jobs[j.id] = j
	t.kept = append(t.kept, j)
	t.running = append(t.running, j)
	if token != "" {
		t.tokens[token] = j
	}
	return j, true, nil
}

// inProgress counts the jobs that have not ended.
func (t *tenant) inProgress(now time.Time) int {
	t.running = slices.DeleteFunc(t.running, func(j *job) bool { return j.ended(now) })
	return len(t.running)
}

func (j *job) ended(now time.Time) bool { return !j.ends.IsZero() && !j.ends.After(now) }

// run reads the file of a job, and with that decides how it will end.
func (s *Service) run(j *job, d Document, f format, content []byte) {
	outcome := job{status: types.JobStatusFailed, message: "BAD_DOCUMENT"}
	r, err := s.result(f, content)
	switch {
	case err != nil, len(r.pages) == 0:
	case r.total > maxPages:
		outcome.message = "DOCUMENT_TOO_LARGE"
	default:
		outcome = job{status: types.JobStatusSucceeded, pages: r.total, blocks: r.blocks(s.nextRun(), true)}
		if len(r.unread) > 0 {
			outcome.status, outcome.warnings = types.JobStatusPartialSuccess, []types.Warning{warning(r.unread)}
		}
		s.bill(d, Pages{Async: len(r.pages)})
	}
	duration := s.jobDuration(outcome.pages)
	s.mu.Lock()
	defer s.mu.Unlock()
	j.status, j.message, j.pages, j.warnings, j.blocks = outcome.status, outcome.message, outcome.pages, outcome.warnings, outcome.blocks
	j.ends = j.started.Add(duration)
	if j.request.topic != "" {
		s.unsaid = append(s.unsaid, j)
	}
}

func warning(pages []int) types.Warning {
	w := types.Warning{ErrorCode: aws.String("PAGE_UNREADABLE")}
	for _, p := range pages {
		w.Pages = append(w.Pages, int32(p))
	}
	return w
}
