package conformance

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var policyCases = []testCase{
	{"bucket policy", bucketPolicy},
	{"bucket policy that is malformed", malformedPolicy},
	{"bucket policy that is public", publicPolicy},
	{"public access block", publicAccessBlock},
	{"public access block of a new bucket", defaultPublicAccessBlock},
}

var encryptionCases = []testCase{
	{"encryption of a new bucket", defaultEncryption},
	{"encryption that S3 adds", addedEncryption},
	{"encryption of a bucket", bucketEncryption},
	{"encryption of a bucket, deleted", deletedEncryption},
	{"encryption of an object", objectEncryption},
	{"encryption with a key but no algorithm", keyWithoutAlgorithm},
	{"etag under KMS is no digest", kmsETag},
}

const somePolicy = `{"Version": "2012-10-17", "Statement": [{"Sid": "Tls", "Effect": "Deny", "Principal": "*",
	"Action": "s3:*", "Resource": ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"],
	"Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}`

func (w *world) putPolicy(text string) error {
	_, err := w.PutBucketPolicy(w.ctx, &s3.PutBucketPolicyInput{
		Bucket: &w.bucket, Policy: aws.String(strings.ReplaceAll(text, "BUCKET", w.bucket)),
	})
	return err
}

func (w *world) policy() (string, error) {
	out, err := w.GetBucketPolicy(w.ctx, &s3.GetBucketPolicyInput{Bucket: &w.bucket})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.Policy), nil
}

func bucketPolicy(w *world) {
	_, err := w.policy()
	w.fails("at first", err, http.StatusNotFound, "NoSuchBucketPolicy")
	w.must(w.putPolicy(somePolicy))
	text, err := w.policy()
	w.must(err)
	var got, want any
	w.must(json.Unmarshal([]byte(text), &got))
	w.must(json.Unmarshal([]byte(strings.ReplaceAll(somePolicy, "BUCKET", w.bucket)), &want))
	w.equal("policy", got, want)
	for range 2 {
		_, err = w.DeleteBucketPolicy(w.ctx, &s3.DeleteBucketPolicyInput{Bucket: &w.bucket})
		w.must(err)
	}
	_, err = w.policy()
	w.fails("after deletion", err, http.StatusNotFound, "NoSuchBucketPolicy")
}

func malformedPolicy(w *world) {
	for name, change := range map[string]string{
		"no JSON":       "no JSON",
		"cut short":     somePolicy[:len(somePolicy)-1],
		"empty":         "{}",
		"effect":        strings.Replace(somePolicy, `"Deny"`, `"Maybe"`, 1),
		"principal":     strings.Replace(somePolicy, `"Principal": "*",`, "", 1),
		"action":        strings.Replace(somePolicy, `"Action": "s3:*",`, "", 1),
		"other service": strings.Replace(somePolicy, `"s3:*"`, `"sns:*"`, 1),
		"other bucket":  strings.ReplaceAll(somePolicy, "BUCKET", "other"),
		"version":       strings.Replace(somePolicy, "2012-10-17", "2012-10-18", 1),
	} {
		w.fails(name, w.putPolicy(change), http.StatusBadRequest, "MalformedPolicy")
	}
	_, err := w.policy()
	w.fails("afterwards", err, http.StatusNotFound, "NoSuchBucketPolicy")
}

// BlockPublicPolicy refuses policies that let everyone in ("Blocking public access
// to your Amazon S3 storage" in the user guide). New buckets have it.
func publicPolicy(w *world) {
	const public = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
		"Action": "s3:GetObject", "Resource": "arn:aws:s3:::BUCKET/*"}]}`
	w.fails("blocked", w.putPolicy(public), http.StatusForbidden, "AccessDenied")
	_, err := w.DeletePublicAccessBlock(w.ctx, &s3.DeletePublicAccessBlockInput{Bucket: &w.bucket})
	w.must(err)
	w.must(w.putPolicy(public))
}

func (w *world) publicAccess() (*s3types.PublicAccessBlockConfiguration, error) {
	out, err := w.GetPublicAccessBlock(w.ctx, &s3.GetPublicAccessBlockInput{Bucket: &w.bucket})
	if err != nil {
		return nil, err
	}
	return out.PublicAccessBlockConfiguration, nil
}

func (w *world) equalAccess(acls, ignore, policy, restrict bool) {
	settings, err := w.publicAccess()
	w.must(err)
	w.equal("block ACLs", settings.BlockPublicAcls, acls)
	w.equal("ignore ACLs", settings.IgnorePublicAcls, ignore)
	w.equal("block policies", settings.BlockPublicPolicy, policy)
	w.equal("restrict buckets", settings.RestrictPublicBuckets, restrict)
}

func publicAccessBlock(w *world) {
	_, err := w.PutPublicAccessBlock(w.ctx, &s3.PutPublicAccessBlockInput{
		Bucket:                         &w.bucket,
		PublicAccessBlockConfiguration: &s3types.PublicAccessBlockConfiguration{BlockPublicPolicy: aws.Bool(true)},
	})
	w.must(err)
	w.equalAccess(false, false, true, false)
	_, err = w.DeletePublicAccessBlock(w.ctx, &s3.DeletePublicAccessBlockInput{Bucket: &w.bucket})
	w.must(err)
	_, err = w.publicAccess()
	w.fails("after deletion", err, http.StatusNotFound, "NoSuchPublicAccessBlockConfiguration")
}

// "Default settings for new S3 buckets FAQ" in the user guide.
func defaultPublicAccessBlock(w *world) { w.equalAccess(true, true, true, true) }

func (w *world) encryption() s3types.ServerSideEncryptionByDefault {
	out, err := w.GetBucketEncryption(w.ctx, &s3.GetBucketEncryptionInput{Bucket: &w.bucket})
	w.must(err)
	w.equal("rules", len(out.ServerSideEncryptionConfiguration.Rules), 1)
	return *out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault
}

const someKey = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func (w *world) encryptWithKey() {
	_, err := w.PutBucketEncryption(w.ctx, &s3.PutBucketEncryptionInput{
		Bucket: &w.bucket,
		ServerSideEncryptionConfiguration: &s3types.ServerSideEncryptionConfiguration{Rules: []s3types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &s3types.ServerSideEncryptionByDefault{
				SSEAlgorithm: s3types.ServerSideEncryptionAwsKms, KMSMasterKeyID: aws.String(someKey),
			},
		}}},
	})
	w.must(err)
}

func defaultEncryption(w *world) {
	w.equal("algorithm", w.encryption().SSEAlgorithm, s3types.ServerSideEncryptionAes256)
}

// "Amazon S3 automatically applies server-side encryption with Amazon S3 managed
// keys (SSE-S3) as the base level of encryption" and tells so in the header
// ("Setting default server-side encryption behavior" in the user guide).
func addedEncryption(w *world) {
	w.equal("put", w.put("a", "hello").ServerSideEncryption, s3types.ServerSideEncryptionAes256)
	w.equal("get", w.get("a").ServerSideEncryption, s3types.ServerSideEncryptionAes256)
	w.equal("head", w.head("a").ServerSideEncryption, s3types.ServerSideEncryptionAes256)
}

func bucketEncryption(w *world) {
	w.encryptWithKey()
	w.equal("algorithm", w.encryption().SSEAlgorithm, s3types.ServerSideEncryptionAwsKms)
	w.equal("key", w.encryption().KMSMasterKeyID, someKey)
	put := w.put("a", "hello")
	w.equal("algorithm of put", put.ServerSideEncryption, s3types.ServerSideEncryptionAwsKms)
	w.equal("key of put", put.SSEKMSKeyId, someKey)
	head := w.head("a")
	w.equal("algorithm of head", head.ServerSideEncryption, s3types.ServerSideEncryptionAwsKms)
	w.equal("key of head", head.SSEKMSKeyId, someKey)
	put = w.put("b", "hello", func(in *s3.PutObjectInput) { in.ServerSideEncryption = s3types.ServerSideEncryptionAes256 })
	w.equal("algorithm of the other put", put.ServerSideEncryption, s3types.ServerSideEncryptionAes256)
	w.equal("key of the other put", put.SSEKMSKeyId, nil)
}

// DeleteBucketEncryption in the API reference.
func deletedEncryption(w *world) {
	w.encryptWithKey()
	_, err := w.DeleteBucketEncryption(w.ctx, &s3.DeleteBucketEncryptionInput{Bucket: &w.bucket})
	w.must(err)
	w.equal("algorithm afterwards", w.encryption().SSEAlgorithm, s3types.ServerSideEncryptionAes256)
}

func withKey(in *s3.PutObjectInput) {
	in.ServerSideEncryption, in.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, aws.String(someKey)
}

func objectEncryption(w *world) {
	w.put("a", "hello", withKey)
	get := w.get("a")
	w.equal("body", get.body, "hello")
	w.equal("algorithm", get.ServerSideEncryption, s3types.ServerSideEncryptionAwsKms)
	w.equal("key", get.SSEKMSKeyId, someKey)
}

func keyWithoutAlgorithm(w *world) {
	_, err := w.tryPut("a", "hello", func(in *s3.PutObjectInput) { in.SSEKMSKeyId = aws.String(someKey) })
	w.fails("put", err, http.StatusBadRequest, "InvalidArgument")
}

// "Objects encrypted by SSE-KMS have ETags that are not an MD5 digest of their
// object data" (Object in the API reference).
func kmsETag(w *world) {
	put := w.put("a", "hello", withKey)
	w.equal("is the digest", *put.ETag == etagOf("hello"), false)
	w.equal("etag of head", w.head("a").ETag, *put.ETag)
	w.equal("body", w.get("a", func(in *s3.GetObjectInput) { in.IfMatch = put.ETag }).body, "hello")
}
