package macie

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/aws-sdk-go-v2/service/textract"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with, all of one account
// and Region. A pattern needs those that its permissions name; others may be nil.
type Clients struct {
	Macie         MacieAPI
	S3            S3API
	ServiceQuotas ServiceQuotasAPI
	SNS           SNSAPI
	STS           STSAPI
	Textract      TextractAPI

	// Region that the clients are in.
	Region string
}

// NewClients returns clients for cfg, which name this library in their user agent.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		Macie:         macie2.NewFromConfig(cfg),
		S3:            s3.NewFromConfig(cfg),
		ServiceQuotas: servicequotas.NewFromConfig(cfg),
		SNS:           sns.NewFromConfig(cfg),
		STS:           sts.NewFromConfig(cfg),
		Textract:      textract.NewFromConfig(cfg),
		Region:        cfg.Region,
	}
}

// MacieAPI is what this package needs of *macie2.Client.
type MacieAPI interface {
	BatchGetCustomDataIdentifiers(context.Context, *macie2.BatchGetCustomDataIdentifiersInput, ...func(*macie2.Options)) (*macie2.BatchGetCustomDataIdentifiersOutput, error)
	CreateClassificationJob(context.Context, *macie2.CreateClassificationJobInput, ...func(*macie2.Options)) (*macie2.CreateClassificationJobOutput, error)
	CreateCustomDataIdentifier(context.Context, *macie2.CreateCustomDataIdentifierInput, ...func(*macie2.Options)) (*macie2.CreateCustomDataIdentifierOutput, error)
	DeleteCustomDataIdentifier(context.Context, *macie2.DeleteCustomDataIdentifierInput, ...func(*macie2.Options)) (*macie2.DeleteCustomDataIdentifierOutput, error)
	DescribeClassificationJob(context.Context, *macie2.DescribeClassificationJobInput, ...func(*macie2.Options)) (*macie2.DescribeClassificationJobOutput, error)
	GetAllowList(context.Context, *macie2.GetAllowListInput, ...func(*macie2.Options)) (*macie2.GetAllowListOutput, error)
	GetClassificationExportConfiguration(context.Context, *macie2.GetClassificationExportConfigurationInput, ...func(*macie2.Options)) (*macie2.GetClassificationExportConfigurationOutput, error)
	GetCustomDataIdentifier(context.Context, *macie2.GetCustomDataIdentifierInput, ...func(*macie2.Options)) (*macie2.GetCustomDataIdentifierOutput, error)
	GetFindings(context.Context, *macie2.GetFindingsInput, ...func(*macie2.Options)) (*macie2.GetFindingsOutput, error)
	GetMacieSession(context.Context, *macie2.GetMacieSessionInput, ...func(*macie2.Options)) (*macie2.GetMacieSessionOutput, error)
	ListClassificationJobs(context.Context, *macie2.ListClassificationJobsInput, ...func(*macie2.Options)) (*macie2.ListClassificationJobsOutput, error)
	ListCustomDataIdentifiers(context.Context, *macie2.ListCustomDataIdentifiersInput, ...func(*macie2.Options)) (*macie2.ListCustomDataIdentifiersOutput, error)
	ListFindings(context.Context, *macie2.ListFindingsInput, ...func(*macie2.Options)) (*macie2.ListFindingsOutput, error)
	TagResource(context.Context, *macie2.TagResourceInput, ...func(*macie2.Options)) (*macie2.TagResourceOutput, error)
	TestCustomDataIdentifier(context.Context, *macie2.TestCustomDataIdentifierInput, ...func(*macie2.Options)) (*macie2.TestCustomDataIdentifierOutput, error)
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	GetBucketEncryption(context.Context, *s3.GetBucketEncryptionInput, ...func(*s3.Options)) (*s3.GetBucketEncryptionOutput, error)
	GetBucketLifecycleConfiguration(context.Context, *s3.GetBucketLifecycleConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketLifecycleConfigurationOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	GetPublicAccessBlock(context.Context, *s3.GetPublicAccessBlockInput, ...func(*s3.Options)) (*s3.GetPublicAccessBlockOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// ServiceQuotasAPI is what this package needs of *servicequotas.Client.
type ServiceQuotasAPI interface {
	ListServiceQuotas(context.Context, *servicequotas.ListServiceQuotasInput, ...func(*servicequotas.Options)) (*servicequotas.ListServiceQuotasOutput, error)
}

// SNSAPI is what this package needs of *sns.Client.
type SNSAPI interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// TextractAPI is what this package needs of *textract.Client.
type TextractAPI interface {
	DetectDocumentText(context.Context, *textract.DetectDocumentTextInput, ...func(*textract.Options)) (*textract.DetectDocumentTextOutput, error)
	GetDocumentTextDetection(context.Context, *textract.GetDocumentTextDetectionInput, ...func(*textract.Options)) (*textract.GetDocumentTextDetectionOutput, error)
	StartDocumentTextDetection(context.Context, *textract.StartDocumentTextDetectionInput, ...func(*textract.Options)) (*textract.StartDocumentTextDetectionOutput, error)
}
