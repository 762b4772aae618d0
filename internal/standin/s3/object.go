package s3

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/awstest"
)

func (s *Service) handleObjects(c *awstest.Cloud) {
	awstest.Handle(c, s.putObject)
	awstest.Handle(c, s.copyObject)
	awstest.Handle(c, s.getObject)
	awstest.Handle(c, s.headObject)
	awstest.Handle(c, s.deleteObject)
	awstest.Handle(c, s.deleteObjects)
	awstest.Handle(c, s.listObjectsV2)
	awstest.Handle(c, s.listObjectVersions)
	awstest.Handle(c, s.putObjectTagging)
	awstest.Handle(c, s.getObjectTagging)
	awstest.Handle(c, s.deleteObjectTagging)
}

// An Object is what a test says of an object.
type Object struct {
	Body            []byte
	ContentType     string // Defaults to binary/octet-stream, as S3 does.
	CacheControl    string
	ContentEncoding string
	Metadata        map[string]string
	KMSKey          string // ARN; empty means the bucket's default encryption
}

// Put stores an object by another hand. It panics without the bucket. The version
// is empty in a bucket that never had versioning.
func (s *Service) Put(bucket, key string, o Object) (etag, versionID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.mustBucket(bucket)
	v := &version{
		body: append([]byte(nil), o.Body...),
		// An object that comes without a checksum gets this one ("Checking object
		// integrity" in the user guide).
		checksum: sumOf(s3types.ChecksumAlgorithmCrc64nvme, o.Body),
		headers: headers{
			contentType: o.ContentType, cacheControl: o.CacheControl, contentEncoding: o.ContentEncoding,
		},
		metadata:   storedMetadata(o.Metadata),
		encryption: b.encryptsSeed(o.KMSKey),
	}
	s.store(b, key, v)
	v.etag = v.newETag()
	return v.etag, aws.ToString(b.shownID(v))
}

func (b *bucket) encryptsSeed(kmsKey string) encryption {
	if kmsKey == "" {
		kmsKey = aws.ToString(b.encryption.ApplyServerSideEncryptionByDefault.KMSMasterKeyID)
	}
	if kmsKey == "" {
		return encryption{algorithm: s3types.ServerSideEncryptionAes256}
	}
	return encryption{algorithm: s3types.ServerSideEncryptionAwsKms, key: kmsKey}
}

// Get returns the current version of an object. KMSKey is then the key that it is
// really encrypted with.
func (s *Service) Get(bucket, key string) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.mustBucket(bucket).live(key)
	if v == nil {
		return Object{}, false
	}
	return Object{
		Body:        append([]byte(nil), v.body...),
		ContentType: v.shownContentType(), CacheControl: v.cacheControl, ContentEncoding: v.contentEncoding,
		Metadata: maps.Clone(v.metadata), KMSKey: v.encryption.key,
	}, true
}

// Delete deletes an object by another hand, as DeleteObject without a version
// does.
func (s *Service) Delete(bucket, key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteCurrent(s.mustBucket(bucket), key)
}

func (s *Service) mustBucket(name string) *bucket {
	b, ok := s.buckets[name]
	if !ok {
		panic("s3: no bucket " + name)
	}
	return b
}

// newETag returns the entity tag of a new version: the MD5 digest of its body,
// except where a KMS key encrypts it ("Object" in the API reference). There it
// differs even between two objects of the same body, so that nobody takes it for
// a digest.
func (v *version) newETag() string {
	text := v.body
	if v.algorithm != s3types.ServerSideEncryptionAes256 {
		text = fmt.Appendf(nil, "%d %s %x", v.number, v.key, v.body)
	}
	sum := md5.Sum(text)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (v *version) shownContentType() string {
	if v.contentType == "" {
		return "binary/octet-stream"
	}
	return v.contentType
}

// shownStorageClass leaves STANDARD out, as S3 does in headers.
func (v *version) shownStorageClass() s3types.StorageClass {
	if v.storageClass == s3types.StorageClassStandard {
		return ""
	}
	return v.storageClass
}

// putHeaders returns what is kept of a call.
func putHeaders(in *s3sdk.PutObjectInput) headers {
	h := headers{
		// The SDK sends this one where the caller gives none, and the input does not
		// show it.
		contentType:        "application/octet-stream",
		cacheControl:       aws.ToString(in.CacheControl),
		contentDisposition: aws.ToString(in.ContentDisposition),
		contentEncoding:    aws.ToString(in.ContentEncoding),
		contentLanguage:    aws.ToString(in.ContentLanguage),
		redirect:           aws.ToString(in.WebsiteRedirectLocation),
		storageClass:       in.StorageClass,
	}
	if in.ContentType != nil {
		h.contentType = *in.ContentType
	}
	if in.Expires != nil {
		h.expires = in.Expires.UTC().Format(http.TimeFormat)
	}
	return h
}

// maxMetadataBytes is for names and values together ("Working with object
// metadata" in the user guide).
const maxMetadataBytes = 2 * 1024

func checkMetadata(metadata map[string]string) error {
	size := 0
	for name, value := range metadata {
		size += len(name) + len(value)
	}
	if size > maxMetadataBytes {
		return awstest.Error(http.StatusBadRequest, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
	}
	return nil
}

// storedMetadata returns metadata as S3 gives it back. Names lose their case.
// Values outside US-ASCII come back in the form of RFC 2047, and for S3 the bytes
// of a header are ISO 8859-1: the user guide shows that "ÄMÄZÕÑ S3" returns as
// =?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?=.
func storedMetadata(metadata map[string]string) map[string]string {
	if len(metadata) == 0 {
		return nil
	}
	stored := make(map[string]string, len(metadata))
	for name, value := range metadata {
		value = strings.TrimSpace(value)
		if !isASCII(value) {
			latin := make([]rune, 0, len(value))
			for _, b := range []byte(value) {
				latin = append(latin, rune(b))
			}
			value = "=?UTF-8?B?" + base64.StdEncoding.EncodeToString([]byte(string(latin))) + "?="
		}
		stored[strings.ToLower(name)] = value
	}
	return stored
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > '~' || r < ' ' }) < 0
}

// expiresTime is the time of an Expires header, nil if there is none.
func (v *version) expiresTime() *time.Time {
	t, err := http.ParseTime(v.expires)
	if err != nil {
		return nil
	}
	return &t
}
