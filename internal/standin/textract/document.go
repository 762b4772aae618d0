package textract

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/textract/types"
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
	out, content, err := s.objects.Read(ctx, &s3sdk.GetObjectInput{Bucket: o.Bucket, Key: o.Name, VersionId: o.Version})
	if err != nil {
		return Document{}, nil, invalidS3Object()
	}
	return Document{*o.Bucket, *o.Name, aws.ToString(out.VersionId)}, content, nil
}
