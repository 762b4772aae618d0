package s3

import (
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Contents are a bucket as a service sees it that reads by a role of its own, such
// as Amazon Macie.
type Contents struct {
	Owner, Region string
	Created       time.Time
	Policy        string
	KMSKey        string // of the default encryption
	Objects       []Stored
}

// A Stored is the current version of an object.
type Stored struct {
	Key, ETag  string // the entity tag with its quotes
	VersionID  string // empty in a bucket that never had versioning
	Modified   time.Time
	Body       []byte // not to be changed
	Encryption s3types.ServerSideEncryption
	KMSKey     string
	Class      s3types.StorageClass
	Tags       []s3types.Tag
}

// Contents returns a bucket with those of its objects that are wanted, in the
// order of their keys; with nil, none is. It is not a call.
func (s *Service) Contents(bucketName string, wanted func(key string) bool) (Contents, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.buckets[bucketName]
	if !ok {
		return Contents{}, false
	}
	c := Contents{
		Owner: b.Owner, Region: b.Region, Created: b.created, Policy: b.policy,
		KMSKey: aws.ToString(b.encryption.ApplyServerSideEncryptionByDefault.KMSMasterKeyID),
	}
	if wanted == nil {
		return c, true
	}
	for _, key := range slices.Sorted(maps.Keys(b.objects)) {
		if v := b.live(key); v != nil && wanted(key) {
			c.Objects = append(c.Objects, b.stored(key, v))
		}
	}
	return c, true
}

func (b *bucket) stored(key string, v *version) Stored {
	o := Stored{
		Key: key, ETag: v.etag, VersionID: aws.ToString(b.shownID(v)), Modified: v.modified, Body: v.body,
		Encryption: v.encryption.algorithm, KMSKey: v.encryption.key, Class: v.storageClass, Tags: slices.Clone(v.tags),
	}
	if o.Class == "" {
		o.Class = s3types.StorageClassStandard
	}
	return o
}
