package macie2

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

func (s *Service) handleSessions(c *awstest.Cloud) {
	awstest.Handle(c, s.enableMacie)
	awstest.Handle(c, s.getMacieSession)
	awstest.Handle(c, s.putExport)
	awstest.Handle(c, s.getExport)
}

// Enable enables Macie by another hand.
func (s *Service) Enable(account, region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enable(awstest.Caller{Account: account, Region: region}, types.MacieStatusEnabled)
}

func (s *Service) enable(caller awstest.Caller, status types.MacieStatus) *session {
	at := place{caller.Account, caller.Region}
	session, ok := s.sessions[at]
	if !ok {
		session = newSession(at, caller.Partition())
		s.sessions[at] = session
	}
	session.status, session.updated = status, now()
	return session
}

func newSession(at place, partition string) *session {
	return &session{place: at, partition: partition, created: now(), frequency: types.FindingPublishingFrequencyFifteenMinutes}
}

// Suspend suspends Macie in a place, which cancels its jobs ("If you suspend or
// disable Macie" in the reference of log events). While it is suspended, no job
// can be created.
func (s *Service) Suspend(account, region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	session := s.must(account, region)
	session.status, session.updated = types.MacieStatusPaused, now()
	for _, j := range session.jobs {
		if j.live() {
			s.cancel(j)
		}
	}
}

func (s *Service) must(account, region string) *session {
	session, ok := s.sessions[place{account, region}]
	if !ok {
		panic("macie2: not enabled for " + account + " in " + region)
	}
	return session
}

func (s *Service) enableMacie(ctx context.Context, in *macie2sdk.EnableMacieInput) (*macie2sdk.EnableMacieOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	caller := awstest.CallerOf(ctx)
	if caller.Account == "" {
		return nil, awstest.Denied()
	}
	err := first(
		refuse(in.Status != "" && !slices.Contains(in.Status.Values(), in.Status), "status isn't valid"),
		refuse(in.FindingPublishingFrequency != "" && !slices.Contains(in.FindingPublishingFrequency.Values(), in.FindingPublishingFrequency),
			"findingPublishingFrequency isn't valid"))
	if err != nil {
		return nil, err
	}
	if _, enabled := s.sessions[place{caller.Account, caller.Region}]; enabled {
		// Seen by users of Terraform: "Macie has already been enabled".
		return nil, conflict("Macie has already been enabled")
	}
	status := in.Status
	if status == "" {
		status = types.MacieStatusEnabled
	}
	session := s.enable(caller, status)
	if in.FindingPublishingFrequency != "" {
		session.frequency = in.FindingPublishingFrequency
	}
	return nil, nil
}

func (s *Service) getMacieSession(ctx context.Context, _ *macie2sdk.GetMacieSessionInput) (*macie2sdk.GetMacieSessionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return &macie2sdk.GetMacieSessionOutput{
		CreatedAt: aws.Time(session.created), UpdatedAt: aws.Time(session.updated), Status: session.status,
		FindingPublishingFrequency: session.frequency,
		ServiceRole: aws.String("arn:" + session.partition + ":iam::" + session.account +
			":role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"),
	}, nil
}

// DenyKey takes a KMS key away from Macie: objects that are encrypted with it are
// skipped (INVALID_ENCRYPTION), and it cannot be the key of the export.
func (s *Service) DenyKey(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[arn] = true
}

// AllowKey undoes [Service.DenyKey].
func (s *Service) AllowKey(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.denied, arn)
}

// DenyBucket takes a bucket away from Macie, as a restrictive bucket policy does:
// a job that is to read it ends with an error (BUCKET_ACCESS_DENIED), and the
// export does not get there.
func (s *Service) DenyBucket(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed[name] = true
}

// Export sets the export configuration by another hand, and as if the policy of
// the bucket let Macie write. It panics without the bucket.
func (s *Service) Export(account, region, bucketName, prefix, kmsKey string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session := s.must(account, region)
	if _, ok := s.store.find(bucketName, nil); !ok {
		panic("macie2: no bucket " + bucketName)
	}
	session.trusted = true
	session.export = &types.ClassificationExportConfiguration{S3Destination: &types.S3Destination{
		BucketName: &bucketName, KmsKeyArn: &kmsKey,
	}}
	if prefix != "" {
		session.export.S3Destination.KeyPrefix = &prefix
	}
}

func (s *Service) getExport(ctx context.Context, _ *macie2sdk.GetClassificationExportConfigurationInput) (*macie2sdk.GetClassificationExportConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	return &macie2sdk.GetClassificationExportConfigurationOutput{Configuration: copyOf(session.export)}, nil
}

func (s *Service) putExport(ctx context.Context, in *macie2sdk.PutClassificationExportConfigurationInput) (*macie2sdk.PutClassificationExportConfigurationOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if in.Configuration.S3Destination == nil {
		return nil, invalid("s3Destination is required")
	}
	if err := s.checkDestination(session, in.Configuration.S3Destination); err != nil {
		return nil, err
	}
	session.export, session.trusted = copyOf(in.Configuration), false
	s.put(session, "macie-test-object", nil)
	return &macie2sdk.PutClassificationExportConfigurationOutput{Configuration: copyOf(in.Configuration)}, nil
}

var kmsKeyARN = regexp.MustCompile(`^arn:aws[a-z-]*:kms:([a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+$`)

// checkDestination tests the settings as Macie does before it takes them. It does
// not know opt-in Regions, for which there are more rules.
func (s *Service) checkDestination(session *session, d *types.S3Destination) error {
	b, ok := s.store.find(*d.BucketName, nil)
	if !ok {
		return invalid("The bucket doesn't exist: " + *d.BucketName)
	}
	key := kmsKeyARN.FindStringSubmatch(*d.KmsKeyArn)
	return first(
		refuse(d.ExpectedBucketOwner != nil && *d.ExpectedBucketOwner != b.owner, "expectedBucketOwner doesn't own the bucket"),
		refuse(key == nil, "kmsKeyArn isn't the ARN of a KMS key"),
		refuse(key != nil && key[1] != b.region, "The KMS key must be in the same Region as the bucket"),
		refuse(s.denied[*d.KmsKeyArn], "Macie isn't allowed to use the KMS key"),
		refuse(s.closed[b.name] || !mayExport(session, b, d), "Macie isn't allowed to add objects to the bucket"),
	)
}

// writable reports whether records can be exported now.
func (s *Service) writable(session *session) bool {
	if session.export == nil {
		return false
	}
	d := session.export.S3Destination
	b, ok := s.store.find(*d.BucketName, nil)
	return ok && !s.denied[*d.KmsKeyArn] && !s.closed[b.name] && (session.trusted || mayExport(session, b, d))
}

// put writes an object below the prefix of the export, encrypted with its key.
func (s *Service) put(session *session, name string, body []byte) {
	d := session.export.S3Destination
	s.store.Put(*d.BucketName, session.exportPrefix()+name, s3.Object{
		Body: body, ContentType: "application/octet-stream", KMSKey: *d.KmsKeyArn,
	})
}

// exportPrefix ends in a slash unless it is empty.
func (s *session) exportPrefix() string {
	prefix := strings.TrimSuffix(aws.ToString(s.export.S3Destination.KeyPrefix), "/")
	if prefix == "" {
		return ""
	}
	return prefix + "/"
}

func copyOf(c *types.ClassificationExportConfiguration) *types.ClassificationExportConfiguration {
	if c == nil {
		return nil
	}
	destination := *c.S3Destination
	return &types.ClassificationExportConfiguration{S3Destination: &destination}
}
