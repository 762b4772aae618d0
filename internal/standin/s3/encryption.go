package s3

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// encryption is how an object is encrypted at rest.
type encryption struct {
	algorithm s3types.ServerSideEncryption
	key       string // ARN of the KMS key; empty for SSE-S3
	bucketKey bool
}

// encryptionWith returns the rule of a bucket whose objects are encrypted with a
// KMS key, or with S3's own keys if that is empty.
func encryptionWith(kmsKey string) s3types.ServerSideEncryptionRule {
	byDefault := &s3types.ServerSideEncryptionByDefault{SSEAlgorithm: s3types.ServerSideEncryptionAes256}
	if kmsKey != "" {
		byDefault.SSEAlgorithm, byDefault.KMSMasterKeyID = s3types.ServerSideEncryptionAwsKms, &kmsKey
	}
	return s3types.ServerSideEncryptionRule{ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: aws.Bool(false)}
}

// encrypts decides how a new object is encrypted: as the call says, else as the
// bucket does by default.
func (b *bucket) encrypts(ctx context.Context, algorithm s3types.ServerSideEncryption, key *string, bucketKey *bool) (encryption, error) {
	if key != nil && algorithm != s3types.ServerSideEncryptionAwsKms && algorithm != s3types.ServerSideEncryptionAwsKmsDsse {
		return encryption{}, invalidArgument("Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms")
	}
	byDefault := b.encryption.ApplyServerSideEncryptionByDefault
	if algorithm == "" {
		algorithm, key = byDefault.SSEAlgorithm, byDefault.KMSMasterKeyID
	}
	if bucketKey == nil {
		bucketKey = b.encryption.BucketKeyEnabled
	}
	e := encryption{algorithm: algorithm}
	switch algorithm {
	case s3types.ServerSideEncryptionAes256:
	case s3types.ServerSideEncryptionAwsKms, s3types.ServerSideEncryptionAwsKmsDsse:
		e.key = b.keyARN(ctx, aws.ToString(key))
		e.bucketKey = aws.ToBool(bucketKey)
	default:
		return encryption{}, invalidArgument("The encryption method specified is not supported")
	}
	return e, nil
}

// keyARN returns the ARN of a KMS key that a call names by its ID, or of the one
// that AWS keeps for S3 if the call names none.
func (b *bucket) keyARN(ctx context.Context, key string) string {
	switch caller := awstest.CallerOf(ctx); {
	case strings.HasPrefix(key, "arn:"):
		return key
	case key == "":
		return fmt.Sprintf("arn:%s:kms:%s:%s:key/aws-s3", caller.Partition(), b.Region, b.Owner)
	case strings.HasPrefix(key, "alias/"):
		return fmt.Sprintf("arn:%s:kms:%s:%s:%s", caller.Partition(), b.Region, caller.Account, key)
	default:
		return fmt.Sprintf("arn:%s:kms:%s:%s:key/%s", caller.Partition(), b.Region, caller.Account, key)
	}
}

// DenyKMS takes a KMS key away from all callers: from now on they can neither read
// nor write objects that are encrypted with it. HeadObject still tells about them,
// unless it is asked for the checksum: "If you enable checksum mode and the object
// is uploaded with a checksum and encrypted with an AWS KMS key, you must have
// permission to use the kms:Decrypt action" (HeadObject in the API reference).
func (s *Service) DenyKMS(keyARN string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[keyARN] = true
}

// allowKMS reports whether a caller may use the key of an object.
func (s *Service) allowKMS(ctx context.Context, e encryption, action string) error {
	if !s.denied[e.key] {
		return nil
	}
	caller := awstest.CallerOf(ctx)
	return awstest.Error(http.StatusForbidden, "AccessDenied", fmt.Sprintf(
		"User: arn:%s:iam::%s:user/awstest is not authorized to perform: %s on resource: %s because no identity-based policy allows the %[3]s action",
		caller.Partition(), caller.Account, action, e.key))
}

// KMS actions that S3 takes in the name of the caller ("Using server-side
// encryption with AWS KMS keys" in the user guide).
const (
	kmsDecrypt         = "kms:Decrypt"
	kmsGenerateDataKey = "kms:GenerateDataKey"
)
