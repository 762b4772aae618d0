package macie2

import (
	"strings"
	"time"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// storage is S3 as Macie's service role sees it.
type storage struct{ *s3.Service }

// A bucket is one with the current versions of its objects, in the order of
// their keys.
type bucket struct {
	name, owner, region string
	created             time.Time
	policy              string
	kmsKey              string // of the default encryption
	objects             []object
}

type object struct {
	key, etag, version string
	modified           time.Time
	body               []byte
	algorithm          string
	kmsKey             string
	storageClass       string
	tags               []s3types.Tag
}

// find returns a bucket with the objects for which wanted is true; nil wants none.
func (s storage) find(name string, wanted func(key string) bool) (bucket, bool) {
	c, ok := s.Contents(name, wanted)
	if !ok {
		return bucket{}, false
	}
	b := bucket{name: name, owner: c.Owner, region: c.Region, created: c.Created, policy: c.Policy, kmsKey: c.KMSKey}
	for _, o := range c.Objects {
		b.objects = append(b.objects, object{
			key: o.Key, etag: strings.Trim(o.ETag, `"`), version: o.VersionID, modified: o.Modified, body: o.Body,
			algorithm: string(o.Encryption), kmsKey: o.KMSKey, storageClass: string(o.Class), tags: o.Tags,
		})
	}
	return b, true
}
