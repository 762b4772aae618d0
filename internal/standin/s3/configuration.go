package s3

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleConfigurations(c *awstest.Cloud) {
	awstest.Handle(c, s.putBucketPolicy)
	awstest.Handle(c, s.getBucketPolicy)
	awstest.Handle(c, s.deleteBucketPolicy)
	awstest.Handle(c, s.putBucketEncryption)
	awstest.Handle(c, s.getBucketEncryption)
	awstest.Handle(c, s.deleteBucketEncryption)
	awstest.Handle(c, s.putPublicAccessBlock)
	awstest.Handle(c, s.getPublicAccessBlock)
	awstest.Handle(c, s.deletePublicAccessBlock)
}

func (s *Service) putBucketPolicy(ctx context.Context, in *s3sdk.PutBucketPolicyInput) (*s3sdk.PutBucketPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	p, err := parsePolicy(*in.Policy)
	if err != nil {
		return nil, err
	}
	caller := awstest.CallerOf(ctx)
	arn := "arn:" + caller.Partition() + ":s3:::" + b.name
	if err := p.check(arn); err != nil {
		return nil, err
	}
	if b.publicAccess != nil && aws.ToBool(b.publicAccess.BlockPublicPolicy) && p.public() {
		return nil, awstest.Error(http.StatusForbidden, "AccessDenied", "User: arn:"+caller.Partition()+":iam::"+caller.Account+
			":user/awstest is not authorized to perform: s3:PutBucketPolicy on resource: \""+arn+
			"\" because public policies are blocked by the BlockPublicPolicy block public access setting.")
	}
	b.policy = *in.Policy
	return nil, nil
}

func (s *Service) getBucketPolicy(ctx context.Context, in *s3sdk.GetBucketPolicyInput) (*s3sdk.GetBucketPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if b.policy == "" {
		return nil, awstest.Error(http.StatusNotFound, "NoSuchBucketPolicy", "The bucket policy does not exist")
	}
	policy := b.policy
	return &s3sdk.GetBucketPolicyOutput{Policy: &policy}, nil
}

func (s *Service) deleteBucketPolicy(ctx context.Context, in *s3sdk.DeleteBucketPolicyInput) (*s3sdk.DeleteBucketPolicyOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	b.policy = ""
	return nil, nil
}

func (s *Service) putBucketEncryption(ctx context.Context, in *s3sdk.PutBucketEncryptionInput) (*s3sdk.PutBucketEncryptionOutput, error) {
	rules := in.ServerSideEncryptionConfiguration.Rules
	if len(rules) != 1 || rules[0].ApplyServerSideEncryptionByDefault == nil {
		return nil, malformedXML()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	rule, byDefault := rules[0], *rules[0].ApplyServerSideEncryptionByDefault
	if byDefault.KMSMasterKeyID != nil && byDefault.SSEAlgorithm == s3types.ServerSideEncryptionAes256 {
		return nil, invalidArgument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse")
	}
	rule.ApplyServerSideEncryptionByDefault = &byDefault
	rule.BucketKeyEnabled = aws.Bool(aws.ToBool(rule.BucketKeyEnabled))
	b.encryption = rule
	return nil, nil
}

func (s *Service) getBucketEncryption(ctx context.Context, in *s3sdk.GetBucketEncryptionInput) (*s3sdk.GetBucketEncryptionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	rule, byDefault := b.encryption, *b.encryption.ApplyServerSideEncryptionByDefault
	rule.ApplyServerSideEncryptionByDefault = &byDefault
	return &s3sdk.GetBucketEncryptionOutput{ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{
		Rules: []s3types.ServerSideEncryptionRule{rule},
	}}, nil
}

// deleteBucketEncryption leaves a bucket encrypted with S3's own keys
// (DeleteBucketEncryption in the API reference).
func (s *Service) deleteBucketEncryption(ctx context.Context, in *s3sdk.DeleteBucketEncryptionInput) (*s3sdk.DeleteBucketEncryptionOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	b.encryption = encryptionWith("")
	return nil, nil
}

func (s *Service) putPublicAccessBlock(ctx context.Context, in *s3sdk.PutPublicAccessBlockInput) (*s3sdk.PutPublicAccessBlockOutput, error) {
	c := in.PublicAccessBlockConfiguration
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	// A setting that is left out is false.
	b.publicAccess = &s3types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(aws.ToBool(c.BlockPublicAcls)), IgnorePublicAcls: aws.Bool(aws.ToBool(c.IgnorePublicAcls)),
		BlockPublicPolicy: aws.Bool(aws.ToBool(c.BlockPublicPolicy)), RestrictPublicBuckets: aws.Bool(aws.ToBool(c.RestrictPublicBuckets)),
	}
	return nil, nil
}

func (s *Service) getPublicAccessBlock(ctx context.Context, in *s3sdk.GetPublicAccessBlockInput) (*s3sdk.GetPublicAccessBlockOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	if b.publicAccess == nil {
		return nil, awstest.Error(http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found")
	}
	settings := *b.publicAccess
	return &s3sdk.GetPublicAccessBlockOutput{PublicAccessBlockConfiguration: &settings}, nil
}

func (s *Service) deletePublicAccessBlock(ctx context.Context, in *s3sdk.DeletePublicAccessBlockInput) (*s3sdk.DeletePublicAccessBlockOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, configuring)
	if err != nil {
		return nil, err
	}
	b.publicAccess = nil
	return nil, nil
}
