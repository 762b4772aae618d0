package maciejobs

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/internal/reason"
)

// A Session is how Macie is set up in an account and Region.
type Session struct {
	Enabled bool   // jobs can run
	Status  string // ENABLED or PAUSED; empty if Macie was never enabled, or was disabled

	// Export is where Macie writes analysis records; nil if it exports none. If
	// ExportErr is set, that is not known.
	Export    *Export
	ExportErr error
}

// An Export is where Macie writes analysis records.
type Export struct {
	Bucket string
	Prefix string
	KMSKey string // ARN of the key that encrypts them
	Owner  string // account that must own the bucket; empty for any
}

// Session reads how Macie is set up.
func (j *Jobs) Session(ctx context.Context) (Session, error) {
	out, err := j.api.GetMacieSession(ctx, &macie2sdk.GetMacieSessionInput{})
	if notEnabled(err) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, fmt.Errorf("reading whether Macie is enabled: %w", reason.Cause(ctx, err))
	}
	s := Session{Enabled: out.Status == types.MacieStatusEnabled, Status: string(out.Status)}
	s.Export, err = j.export(ctx)
	if ctx.Err() != nil {
		return Session{}, fmt.Errorf("reading where Macie exports to: %w", reason.Cause(ctx, err))
	}
	if err != nil {
		s.ExportErr = fmt.Errorf("reading where Macie exports to: %w", err)
	}
	return s, nil
}

// notEnabled reports whether Macie refuses since it is not enabled. It tells so
// with the error of a missing permission (the Terraform provider goes by the same
// message).
func notEnabled(err error) bool {
	denied, ok := errors.AsType[*types.AccessDeniedException](err)
	return ok && strings.Contains(strings.ToLower(denied.ErrorMessage()), "macie is not enabled")
}

func (j *Jobs) export(ctx context.Context) (*Export, error) {
	out, err := j.api.GetClassificationExportConfiguration(ctx, &macie2sdk.GetClassificationExportConfigurationInput{})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if out.Configuration == nil || out.Configuration.S3Destination == nil {
		return nil, nil
	}
	d := out.Configuration.S3Destination
	return &Export{
		Bucket: aws.ToString(d.BucketName), Prefix: aws.ToString(d.KeyPrefix),
		KMSKey: aws.ToString(d.KmsKeyArn), Owner: aws.ToString(d.ExpectedBucketOwner),
	}, nil
}
