package macie2

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

// storage is S3 as Macie's service role sees it. The stand-in for S3 has no
// accessor that lists a bucket or tells entity tags, versions, tags and policies,
// so this looks into it: under its lock, and without changing anything. It is to
// be replaced as soon as there is one.
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
	service := reflect.ValueOf(s.Service).Elem()
	mu := open(service.FieldByName("mu")).Addr().Interface().(*sync.Mutex)
	mu.Lock()
	defer mu.Unlock()
	found := open(service.FieldByName("buckets")).MapIndex(reflect.ValueOf(name))
	if !found.IsValid() {
		return bucket{}, false
	}
	v := found.Elem()
	b := bucket{
		name: name, owner: v.FieldByName("Owner").String(), region: v.FieldByName("Region").String(),
		created: open(v.FieldByName("created")).Interface().(time.Time),
		policy:  v.FieldByName("policy").String(),
	}
	rule := open(v.FieldByName("encryption")).Interface().(s3types.ServerSideEncryptionRule)
	if key := rule.ApplyServerSideEncryptionByDefault.KMSMasterKeyID; key != nil {
		b.kmsKey = *key
	}
	if wanted == nil {
		return b, true
	}
	versioned := v.FieldByName("versioning").String() != ""
	for i := v.FieldByName("objects").MapRange(); i.Next(); {
		last := i.Value().Index(i.Value().Len() - 1).Elem()
		if key := i.Key().String(); wanted(key) && !last.FieldByName("marker").Bool() {
			b.objects = append(b.objects, objectOf(key, last, versioned))
		}
	}
	slices.SortFunc(b.objects, func(a, b object) int { return strings.Compare(a.key, b.key) })
	return b, true
}

func objectOf(key string, v reflect.Value, versioned bool) object {
	o := object{
		key:  key,
		etag: strings.Trim(v.FieldByName("etag").String(), `"`),
		// What is stored is never changed, so this needs no copy.
		body:         v.FieldByName("body").Bytes(),
		modified:     open(v.FieldByName("modified")).Interface().(time.Time),
		algorithm:    v.FieldByName("algorithm").String(),
		kmsKey:       v.FieldByName("encryption").FieldByName("key").String(),
		storageClass: v.FieldByName("storageClass").String(),
		tags:         slices.Clone(open(v.FieldByName("tags")).Interface().([]s3types.Tag)),
	}
	if o.storageClass == "" {
		o.storageClass = string(s3types.StorageClassStandard)
	}
	if versioned {
		o.version = v.FieldByName("id").String()
	}
	return o
}

// open lets a field be read that another package does not export.
func open(field reflect.Value) reflect.Value {
	return reflect.NewAt(field.Type(), unsafe.Pointer(field.UnsafeAddr())).Elem()
}
