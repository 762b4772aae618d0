package textract

import (
	"context"
	"strings"
	_ "unsafe" // for linkname

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// A Document is what text was detected in: a version of an object. Version is
// empty in a bucket that never had versioning. Of bytes that a call brings itself,
// all is empty.
type Document struct{ Bucket, Key, Version string }

// load returns the content of an object as the caller may read it, in the Region
// of the call. All that can stand in the way is one error.
func (s *Service) load(ctx context.Context, o *types.S3Object) (Document, []byte, error) {
	if strings.Contains(*o.Name, "#") {
		return Document{}, nil, invalidS3Object()
	}
	out, content, err := readObject(s.objects, ctx, &s3sdk.GetObjectInput{Bucket: o.Bucket, Key: o.Name, VersionId: o.Version}, true)
	if err != nil {
		return Document{}, nil, invalidS3Object()
	}
	return Document{*o.Bucket, *o.Name, aws.ToString(out.VersionId)}, content, nil
}

// readObject is what GetObject does for a caller, without being a call: a crash of
// the caller's process, which stops its calls, does not stop Textract's own. The
// stand-in for S3 has no exported function for it yet.
//
//go:linkname readObject github.com/awspatterns/awspatterns/internal/standin/s3.(*Service).read
func readObject(s *s3.Service, ctx context.Context, in *s3sdk.GetObjectInput, decrypts bool) (*s3sdk.GetObjectOutput, []byte, error)
