package maciejobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// Find returns the id of the job with exactly this name. Of several, which Macie
// allows, it is the oldest that was not cancelled, else the oldest.
func (j *Jobs) Find(ctx context.Context, name string) (id string, found bool, err error) {
	pages := macie2sdk.NewListClassificationJobsPaginator(j.api, &macie2sdk.ListClassificationJobsInput{
		FilterCriteria: &types.ListJobsFilterCriteria{Includes: []types.ListJobsFilterTerm{{
			Key: types.ListJobsFilterKeyName, Comparator: types.JobComparatorEq, Values: []string{name},
		}}},
	})
	var best types.JobSummary
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", false, fmt.Errorf("looking for the job %q: %w", name, reason.Cause(ctx, err))
		}
		for _, job := range page.Items {
			if aws.ToString(job.Name) == name && (best.JobId == nil || preferred(job, best)) {
				best = job
			}
		}
	}
	return aws.ToString(best.JobId), best.JobId != nil, nil
}

// preferred reports whether a stands for a name rather than b.
func preferred(a, b types.JobSummary) bool {
	if a, b := a.JobStatus == types.JobStatusCancelled, b.JobStatus == types.JobStatusCancelled; a != b {
		return b
	}
	if order := aws.ToTime(a.CreatedAt).Compare(aws.ToTime(b.CreatedAt)); order != 0 {
		return order < 0
	}
	return aws.ToString(a.JobId) < aws.ToString(b.JobId)
}

// Create creates a job and returns its id. All creations of j are CreateInterval
// apart. One that Macie throttles all the same, since the quota is that of the
// account and others create jobs too, waits for its turn once more, until ctx ends.
func (j *Jobs) Create(ctx context.Context, s Spec) (id string, err error) {
	if err := s.Validate(); err != nil {
		return "", err
	}
	var last error // why Macie did not create it so far
	for {
		id, err := j.createInTurn(ctx, s)
		switch {
		case err == nil && id == "":
			return "", fmt.Errorf("job %q: Macie tells no id", s.Name)
		case err == nil:
			return id, nil
		case throttled(err) && ctx.Err() == nil:
			last = err
			continue
		case last != nil && ctx.Err() != nil:
			err = errors.Join(err, last)
		}
		return "", fmt.Errorf("creating the job %q: %w", s.Name, reason.Cause(ctx, err))
	}
}

func (j *Jobs) createInTurn(ctx context.Context, s Spec) (id string, err error) {
	var next time.Time
	select {
	case <-ctx.Done():
		return "", context.Cause(ctx)
	case next = <-j.turn:
	}
	defer func() { j.turn <- next }()
	if err := pace.Sleep(ctx, time.Until(next)); err != nil {
		return "", err
	}
	out, err := j.api.CreateClassificationJob(ctx, s.input(), throttlesAtOnce)
	next = time.Now().Add(j.config.CreateInterval) // from when it was answered: it may have taken its time to arrive
	if err != nil {
		return "", err
	}
	return aws.ToString(out.JobId), nil
}

// throttlesAtOnce keeps the SDK from repeating a throttled request within seconds,
// since the quota is one in ten. It repeats others as configured.
func throttlesAtOnce(o *macie2sdk.Options) {
	if o.Retryer == nil {
		return // not a client of the SDK
	}
	if r, ok := retry.AddWithMaxAttempts(o.Retryer, o.Retryer.MaxAttempts()).(aws.RetryerV2); ok {
		o.Retryer = notThrottled{r}
	}
}

type notThrottled struct{ aws.RetryerV2 }

func (r notThrottled) IsErrorRetryable(err error) bool {
	return !throttled(err) && r.RetryerV2.IsErrorRetryable(err)
}
