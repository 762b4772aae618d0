// Package maciejobs runs classification jobs of Amazon Macie over a prefix of a
// bucket, waits for them, and reads what they found: findings from Macie, and the
// analysis records that Macie exports to S3.
package maciejobs

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// API is what this package needs of *macie2.Client.
type API interface {
	CreateClassificationJob(context.Context, *macie2sdk.CreateClassificationJobInput, ...func(*macie2sdk.Options)) (*macie2sdk.CreateClassificationJobOutput, error)
	DescribeClassificationJob(context.Context, *macie2sdk.DescribeClassificationJobInput, ...func(*macie2sdk.Options)) (*macie2sdk.DescribeClassificationJobOutput, error)
	GetClassificationExportConfiguration(context.Context, *macie2sdk.GetClassificationExportConfigurationInput, ...func(*macie2sdk.Options)) (*macie2sdk.GetClassificationExportConfigurationOutput, error)
	GetFindings(context.Context, *macie2sdk.GetFindingsInput, ...func(*macie2sdk.Options)) (*macie2sdk.GetFindingsOutput, error)
	GetMacieSession(context.Context, *macie2sdk.GetMacieSessionInput, ...func(*macie2sdk.Options)) (*macie2sdk.GetMacieSessionOutput, error)
	ListClassificationJobs(context.Context, *macie2sdk.ListClassificationJobsInput, ...func(*macie2sdk.Options)) (*macie2sdk.ListClassificationJobsOutput, error)
	ListFindings(context.Context, *macie2sdk.ListFindingsInput, ...func(*macie2sdk.Options)) (*macie2sdk.ListFindingsOutput, error)
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}

// A Config says how fast to go.
type Config struct {
	// CreateInterval is the least time between two creations of jobs. Defaults to
	// 10 seconds, the quota of an account in a Region ("Amazon Macie quotas" in the
	// user guide: 0.1 requests a second, not adjustable).
	CreateInterval time.Duration

	// PollInterval is how often Wait looks at a job. Defaults to 30 seconds.
	PollInterval time.Duration
}

// Jobs creates and follows jobs in one account and Region. Its methods may be
// called from several goroutines.
type Jobs struct {
	api    API
	config Config

	// turn holds the time before which nobody may create a job. Whoever took it
	// creates, and puts the next time back. It is a channel so that waiting for it
	// ends with the context.
	turn chan time.Time
}

// New returns Jobs that call api.
func New(api API, cfg Config) *Jobs {
	cfg.CreateInterval = cmp.Or(cfg.CreateInterval, 10*time.Second)
	cfg.PollInterval = cmp.Or(cfg.PollInterval, 30*time.Second)
	j := &Jobs{api: api, config: cfg, turn: make(chan time.Time, 1)}
	j.turn <- time.Time{}
	return j
}

// throttled reports whether a call was refused for its rate alone.
func throttled(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return false
	}
	_, ok = retry.DefaultThrottleErrorCodes[api.ErrorCode()]
	return ok
}

// optional returns nil for an empty string: the SDK would send it.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
