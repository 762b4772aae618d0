package maciejobs

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/internal/pace"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// A Status is how far a job is.
type Status struct {
	State string // RUNNING, COMPLETE, CANCELLED, PAUSED, USER_PAUSED or IDLE

	// Error is whether Macie met errors of access to the account or the bucket, so
	// that it did not look at everything: also a COMPLETE job may have missed
	// objects.
	Error bool

	ToProcess int64     // objects that are left, roughly
	Expires   time.Time // when a USER_PAUSED job is cancelled
}

// Over reports whether the job has ended, well or not: nothing more comes.
func (s Status) Over() bool {
	return s.State == string(types.JobStatusComplete) || s.State == string(types.JobStatusCancelled)
}

// Stuck tells why the job does not go on before somebody does something about it.
// It is empty for a job that runs or has ended.
func (s Status) Stuck() string {
	switch types.JobStatus(s.State) {
	case types.JobStatusRunning, types.JobStatusComplete, types.JobStatusCancelled:
		return ""
	case types.JobStatusPaused:
		return "Macie paused the job: it would go over the monthly quota of sensitive data discovery; raise the quota, or wait for the next month"
	case types.JobStatusUserPaused:
		if s.Expires.IsZero() {
			return "somebody paused the job; resume it"
		}
		return fmt.Sprintf("somebody paused the job; resume it before %s, when Macie cancels it", s.Expires.UTC().Format(time.RFC3339))
	case types.JobStatusIdle:
		return "the job is idle: it is a recurring one between two runs"
	}
	return fmt.Sprintf("the job has the status %q, which this version of the library does not know", s.State)
}

// Look returns the status of a job.
func (j *Jobs) Look(ctx context.Context, id string) (Status, error) {
	out, err := j.api.DescribeClassificationJob(ctx, &macie2sdk.DescribeClassificationJobInput{JobId: &id})
	if err != nil {
		return Status{}, fmt.Errorf("looking at the job %s: %w", id, reason.Cause(ctx, err))
	}
	s := Status{State: string(out.JobStatus)}
	if out.LastRunErrorStatus != nil {
		s.Error = out.LastRunErrorStatus.Code == types.LastRunErrorStatusCodeError
	}
	if out.Statistics != nil {
		s.ToProcess = objects(aws.ToFloat64(out.Statistics.ApproximateNumberOfObjectsToProcess))
	}
	if out.UserPausedDetails != nil {
		s.Expires = aws.ToTime(out.UserPausedDetails.JobExpiresAt)
	}
	return s, nil
}

// objects returns an approximate number of objects as a number of objects.
func objects(n float64) int64 {
	if n >= 0 && n < 1<<53 { // not NaN
		return int64(math.Ceil(n))
	}
	return 0
}

// Wait looks at a job every PollInterval until it is over or stuck, and returns its
// last status. progress, if not nil, is told of each. A look that was throttled is
// made again at the next.
func (j *Jobs) Wait(ctx context.Context, id string, progress func(Status)) (Status, error) {
	for {
		s, err := j.Look(ctx, id)
		if err != nil && (!throttled(err) || ctx.Err() != nil) {
			return s, err
		}
		if err == nil {
			if progress != nil {
				progress(s)
			}
			if s.Over() || s.Stuck() != "" {
				return s, nil
			}
		}
		if err := pace.Sleep(ctx, j.config.PollInterval); err != nil {
			return s, fmt.Errorf("waiting for the job %s: %w", id, err)
		}
	}
}
