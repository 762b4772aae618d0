package maciejobs_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
)

// describes makes the job have one status after the other, and keep the last.
func describes(c *awstest.Cloud, statuses ...macie2sdk.DescribeClassificationJobOutput) {
	n := 0
	awstest.Handle(c, func(_ context.Context, in *macie2sdk.DescribeClassificationJobInput) (*macie2sdk.DescribeClassificationJobOutput, error) {
		if *in.JobId != job {
			return nil, awstest.Status(404, &types.ResourceNotFoundException{})
		}
		out := statuses[min(n, len(statuses)-1)]
		n++
		return &out, nil
	})
}

// TestWait meets all outcomes; none may hang. The last status is repeated for ever.
func TestWait(t *testing.T) {
	type output = macie2sdk.DescribeClassificationJobOutput
	running := output{JobStatus: "RUNNING", Statistics: &types.Statistics{ApproximateNumberOfObjectsToProcess: aws.Float64(41.5)}}
	expires := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		last  output
		want  maciejobs.Status
		stuck string // in what it says
	}{
		{name: "complete", last: output{JobStatus: "COMPLETE"}, want: maciejobs.Status{State: "COMPLETE"}},
		{
			name: "complete without errors", last: output{JobStatus: "COMPLETE", LastRunErrorStatus: &types.LastRunErrorStatus{Code: "NONE"}},
			want: maciejobs.Status{State: "COMPLETE"},
		},
		{
			name: "complete with errors", last: output{JobStatus: "COMPLETE", LastRunErrorStatus: &types.LastRunErrorStatus{Code: "ERROR"}},
			want: maciejobs.Status{State: "COMPLETE", Error: true},
		},
		{name: "cancelled", last: output{JobStatus: "CANCELLED"}, want: maciejobs.Status{State: "CANCELLED"}},
		{name: "quota", last: output{JobStatus: "PAUSED"}, want: maciejobs.Status{State: "PAUSED"}, stuck: "monthly quota"},
		{
			name: "paused", last: output{JobStatus: "USER_PAUSED", UserPausedDetails: &types.UserPausedDetails{JobExpiresAt: &expires}},
			want: maciejobs.Status{State: "USER_PAUSED", Expires: expires}, stuck: "before 2025-03-01T00:00:00Z",
		},
		{name: "paused, without details", last: output{JobStatus: "USER_PAUSED"}, want: maciejobs.Status{State: "USER_PAUSED"}, stuck: "resume it"},
		{name: "idle", last: output{JobStatus: "IDLE"}, want: maciejobs.Status{State: "IDLE"}, stuck: "recurring"},
		{name: "unheard of", last: output{JobStatus: "NAPPING"}, want: maciejobs.Status{State: "NAPPING"}, stuck: `"NAPPING"`},
		{name: "no status", last: output{}, stuck: `""`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := awstest.New(t)
				describes(c, running, running, test.last)
				var told []maciejobs.Status
				start := time.Now()
				s, err := newJobs(c).Wait(t.Context(), job, func(s maciejobs.Status) { told = append(told, s) })
				if err != nil || s != test.want {
					t.Errorf("got %+v, %v, want %+v", s, err, test.want)
				}
				if (s.Stuck() == "") != (test.stuck == "") || !strings.Contains(s.Stuck(), test.stuck) || s.Over() == (s.Stuck() != "") {
					t.Errorf("over %t, stuck %q", s.Over(), s.Stuck())
				}
				if len(told) != 3 || told[0] != (maciejobs.Status{State: "RUNNING", ToProcess: 42}) || told[2] != s {
					t.Errorf("told %v", told)
				}
				if took := time.Since(start).Round(time.Second); took != time.Minute {
					t.Errorf("waited %s, want two intervals", took)
				}
			})
		})
	}
}

func TestWaitEnds(t *testing.T) {
	why := errors.New("shut down")
	running := macie2sdk.DescribeClassificationJobOutput{JobStatus: "RUNNING"}
	t.Run("context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			describes(c, running)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(100*time.Second, func() { cancel(why) })
			s, err := newJobs(c).Wait(ctx, job, nil)
			if !errors.Is(err, why) || s.State != "RUNNING" || !strings.Contains(err.Error(), job) {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	})
	t.Run("unknown job", func(t *testing.T) {
		c := awstest.New(t)
		describes(c, running)
		_, err := newJobs(c).Wait(t.Context(), "other", nil)
		if _, missing := errors.AsType[*types.ResourceNotFoundException](err); !missing {
			t.Errorf("got %v", err)
		}
	})
	t.Run("throttled for a while", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			describes(c, running, macie2sdk.DescribeClassificationJobOutput{JobStatus: "COMPLETE"})
			c.Inject(awstest.Fault{Times: 20, Err: awstest.Throttled()})
			if s, err := newJobs(c).Wait(t.Context(), job, nil); err != nil || s.State != "COMPLETE" {
				t.Errorf("got %+v, %v", s, err)
			}
		})
	})
	t.Run("throttled for ever", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := awstest.New(t)
			c.Inject(awstest.Fault{Err: awstest.Throttled()})
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(time.Hour, func() { cancel(why) })
			if _, err := newJobs(c).Wait(ctx, job, nil); !errors.Is(err, why) {
				t.Errorf("got %v", err)
			}
		})
	})
}

func TestSession(t *testing.T) {
	destination := &types.ClassificationExportConfiguration{S3Destination: &types.S3Destination{
		BucketName: aws.String("b"), KeyPrefix: aws.String("p/"), KmsKeyArn: aws.String("k"), ExpectedBucketOwner: aws.String(account),
	}}
	off := awstest.Status(403, &types.AccessDeniedException{Message: aws.String("Macie is not enabled.")})
	tests := []struct {
		name      string
		status    types.MacieStatus
		err       error
		export    *types.ClassificationExportConfiguration
		exportErr error
		want      maciejobs.Session
		bucket    string // of the export
		fails     bool
		unknown   bool // where it exports to
	}{
		{name: "enabled", status: "ENABLED", want: maciejobs.Session{Enabled: true, Status: "ENABLED"}},
		{name: "exports", status: "ENABLED", export: destination, want: maciejobs.Session{Enabled: true, Status: "ENABLED"}, bucket: "b"},
		{name: "an empty configuration", status: "ENABLED", export: &types.ClassificationExportConfiguration{}, want: maciejobs.Session{Enabled: true, Status: "ENABLED"}},
		{
			name: "no such configuration", status: "ENABLED", exportErr: awstest.Status(404, &types.ResourceNotFoundException{}),
			want: maciejobs.Session{Enabled: true, Status: "ENABLED"},
		},
		{name: "export denied", status: "ENABLED", exportErr: awstest.Denied(), want: maciejobs.Session{Enabled: true, Status: "ENABLED"}, unknown: true},
		{name: "suspended", status: "PAUSED", want: maciejobs.Session{Status: "PAUSED"}},
		{name: "never enabled", err: off},
		{name: "denied", err: awstest.Status(403, &types.AccessDeniedException{Message: aws.String("not authorized to perform macie2:GetMacieSession")}), fails: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := awstest.New(t)
			awstest.Handle(c, func(context.Context, *macie2sdk.GetMacieSessionInput) (*macie2sdk.GetMacieSessionOutput, error) {
				return &macie2sdk.GetMacieSessionOutput{Status: test.status}, test.err
			})
			awstest.Handle(c, func(context.Context, *macie2sdk.GetClassificationExportConfigurationInput) (*macie2sdk.GetClassificationExportConfigurationOutput, error) {
				return &macie2sdk.GetClassificationExportConfigurationOutput{Configuration: test.export}, test.exportErr
			})
			s, err := newJobs(c).Session(t.Context())
			if (err != nil) != test.fails || s.Enabled != test.want.Enabled || s.Status != test.want.Status || (s.ExportErr != nil) != test.unknown {
				t.Errorf("got %+v, %v", s, err)
			}
			if (s.Export != nil) != (test.bucket != "") {
				t.Fatalf("got the export %+v", s.Export)
			}
			if want := (maciejobs.Export{Bucket: "b", Prefix: "p/", KMSKey: "k", Owner: account}); s.Export != nil && *s.Export != want {
				t.Errorf("got the export %+v", *s.Export)
			}
		})
	}
}
