package macie

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	macietypes "github.com/aws/aws-sdk-go-v2/service/macie2/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/internal/textdetect"
)

// A PreflightError names all that a scan lacks, before anything is paid for.
type PreflightError struct {
	Missing []string
	Errs    []error // that say so, if any
}

func (e *PreflightError) Error() string { return "missing: " + strings.Join(e.Missing, "; ") }

func (e *PreflightError) Unwrap() []error { return e.Errs }

func (e *PreflightError) add(err error, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if err != nil {
		text += ": " + reason.Of(err)
		e.Errs = append(e.Errs, err)
	}
	e.Missing = append(e.Missing, text)
}

// preflight looks at what the scan needs in the account, and names all that is
// missing. What may not be looked at is missing, too: it is not known to be there.
func (s *scan) preflight(ctx context.Context) error {
	var missing PreflightError
	if !s.opts.Unprotected {
		s.checkResults(ctx, &missing)
	}
	if s.opts.Detector == nil {
		s.checkMacie(ctx, &missing)
	}
	if available, known := textdetect.Available(s.c.Region); known && !available {
		s.checkTextract(ctx, &missing)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(missing.Missing) > 0 {
		return &missing
	}
	return nil
}

// checkResults checks that the results bucket protects the text that it is to hold.
func (s *scan) checkResults(ctx context.Context, missing *PreflightError) {
	bucket, owner := s.opts.Results.Bucket, optional(s.owner(s.opts.Results.Owner))
	encryption, err := s.c.S3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket, ExpectedBucketOwner: owner})
	switch {
	case err != nil && errorCode(err) != "ServerSideEncryptionConfigurationNotFoundError":
		missing.add(err, "the encryption of %s, which could not be read", bucket)
	case s.opts.Results.KMSKey == "" && (err != nil || !byKMS(encryption.ServerSideEncryptionConfiguration)):
		missing.add(nil, "encryption of %s by a KMS key, or Results.KMSKey", bucket)
	}
	block, err := s.c.S3.GetPublicAccessBlock(ctx, &s3.GetPublicAccessBlockInput{Bucket: &bucket, ExpectedBucketOwner: owner})
	switch {
	case err != nil && errorCode(err) != "NoSuchPublicAccessBlockConfiguration":
		missing.add(err, "the public access block of %s, which could not be read", bucket)
	case err != nil || !blocksAll(block.PublicAccessBlockConfiguration):
		missing.add(nil, "the public access block of %s, with all of its four settings", bucket)
	}
	lifecycle, err := s.c.S3.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket, ExpectedBucketOwner: owner})
	switch {
	case err != nil && errorCode(err) != "NoSuchLifecycleConfiguration":
		missing.add(err, "the lifecycle rules of %s, which could not be read", bucket)
	case err != nil || !expires(lifecycle.Rules, s.opts.Results.Prefix):
		missing.add(nil, "a lifecycle rule of %s that expires what is below %q", bucket, s.opts.Results.Prefix)
	}
}

func byKMS(c *s3types.ServerSideEncryptionConfiguration) bool {
	return c != nil && slices.ContainsFunc(c.Rules, func(r s3types.ServerSideEncryptionRule) bool {
		d := r.ApplyServerSideEncryptionByDefault
		return d != nil && (d.SSEAlgorithm == s3types.ServerSideEncryptionAwsKms || d.SSEAlgorithm == s3types.ServerSideEncryptionAwsKmsDsse)
	})
}

func blocksAll(c *s3types.PublicAccessBlockConfiguration) bool {
	return c != nil && aws.ToBool(c.BlockPublicAcls) && aws.ToBool(c.BlockPublicPolicy) &&
		aws.ToBool(c.IgnorePublicAcls) && aws.ToBool(c.RestrictPublicBuckets)
}

// expires reports whether a rule deletes all below a prefix some time.
func expires(rules []s3types.LifecycleRule, prefix string) bool {
	return slices.ContainsFunc(rules, func(r s3types.LifecycleRule) bool {
		if r.Status != s3types.ExpirationStatusEnabled || r.Expiration == nil {
			return false
		}
		if r.Expiration.Days == nil && r.Expiration.Date == nil {
			return false
		}
		only, whole := rulePrefix(r)
		return whole && strings.HasPrefix(prefix, only)
	})
}

// rulePrefix returns the prefix that a rule is for, and whether it is for all
// objects below it.
func rulePrefix(r s3types.LifecycleRule) (prefix string, whole bool) {
	switch f := r.Filter; {
	case f == nil:
		//lint:ignore SA1019 old rules have it in place of a filter
		return aws.ToString(r.Prefix), true
	case f.And != nil || f.Tag != nil || f.ObjectSizeGreaterThan != nil || f.ObjectSizeLessThan != nil:
		return "", false
	default:
		return aws.ToString(f.Prefix), true
	}
}

// checkMacie checks that Macie is there, with all that is asked of it.
func (s *scan) checkMacie(ctx context.Context, missing *PreflightError) {
	session, err := s.jobs.Session(ctx)
	switch {
	case err != nil:
		missing.add(err, "the status of Macie in %s, which could not be read", s.c.Region)
		return
	case !session.Enabled:
		missing.add(nil, "Macie in %s, which is %s", s.c.Region, strings.ToLower(session.Status))
		return
	}
	s.session = session
	switch {
	case session.ExportErr != nil: // unknown is not absent
		missing.add(session.ExportErr, "the export of analysis records, whose configuration could not be read")
	case session.Export == nil && s.opts.RequireProof:
		missing.add(ErrNoProof, "the export of analysis records (PutClassificationExportConfiguration)")
	}
	s.checkIdentifiers(ctx, missing)
}

func (s *scan) checkIdentifiers(ctx context.Context, missing *PreflightError) {
	if ids := s.opts.Identifiers.Custom; len(ids) > 0 {
		out, err := s.c.Macie.BatchGetCustomDataIdentifiers(ctx, &macie2.BatchGetCustomDataIdentifiersInput{Ids: ids})
		if err != nil {
			missing.add(err, "the custom data identifiers, which could not be read")
		} else {
			for _, id := range ids {
				if !exists(out.CustomDataIdentifiers, id) {
					missing.add(nil, "the custom data identifier %s", id)
				}
			}
		}
	}
	for _, id := range s.opts.Identifiers.AllowLists {
		if _, err := s.c.Macie.GetAllowList(ctx, &macie2.GetAllowListInput{Id: &id}); err != nil {
			missing.add(err, "the allow list %s", id)
		}
	}
}

func exists(found []macietypes.BatchGetCustomDataIdentifierSummary, id string) bool {
	return slices.ContainsFunc(found, func(s macietypes.BatchGetCustomDataIdentifierSummary) bool {
		return aws.ToString(s.Id) == id && !aws.ToBool(s.Deleted)
	})
}

// checkTextract asks Textract for a job that does not exist: where the service is
// not, there is no such host. The list of Regions may be old, so it is not enough.
func (s *scan) checkTextract(ctx context.Context, missing *PreflightError) {
	err := textdetect.Probe(ctx, s.c.Textract)
	if err != nil {
		missing.add(err, "Amazon Textract in %s", s.c.Region)
	}
}
