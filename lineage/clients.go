package lineage

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are the AWS clients that this package works with. None is needed to
// merge manifests from files and readers.
type Clients struct {
	S3  S3API
	STS STSAPI

	// Region that the clients are in. Plans are made for it.
	Region string
}

// NewClients returns clients for cfg, which name this library in their user agent.
func NewClients(cfg aws.Config) Clients {
	cfg = useragent.Add(cfg)
	return Clients{
		S3:     s3.NewFromConfig(cfg),
		STS:    sts.NewFromConfig(cfg),
		Region: cfg.Region,
	}
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	DeleteObject(context.Context, *s3.DeleteObjectInput, ...func(*s3.Options)) (*s3.DeleteObjectOutput, error)
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
	PutObject(context.Context, *s3.PutObjectInput, ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// STSAPI is what this package needs of *sts.Client.
type STSAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}
