package opensearch

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/awspatterns/awspatterns/internal/useragent"
)

// Clients are what this package works with. Conn is always needed, S3 only to read
// objects.
type Clients struct {
	Conn *Conn // to the domain or collection; see NewConn
	S3   S3API
}

// NewClients returns clients for cfg, which name this library in their user agent.
// Conn, which needs endpoints, is the caller's to add.
func NewClients(cfg aws.Config) Clients {
	return Clients{S3: s3.NewFromConfig(useragent.Add(cfg))}
}

// S3API is what this package needs of *s3.Client.
type S3API interface {
	GetObject(context.Context, *s3.GetObjectInput, ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	HeadObject(context.Context, *s3.HeadObjectInput, ...func(*s3.Options)) (*s3.HeadObjectOutput, error)
	ListObjectsV2(context.Context, *s3.ListObjectsV2Input, ...func(*s3.Options)) (*s3.ListObjectsV2Output, error)
}
