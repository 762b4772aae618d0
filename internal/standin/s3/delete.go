package s3

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// A deletion is what became of one object.
type deletion struct {
	versionID *string
	marker    bool // a delete marker was made, or was itself deleted
	changed   bool
}

func (s *Service) deleteObject(ctx context.Context, in *s3sdk.DeleteObjectInput) (*s3sdk.DeleteObjectOutput, error) {
	if in.IfMatchLastModifiedTime != nil || in.IfMatchSize != nil {
		return nil, notImplemented("conditions on time or size, which only directory buckets have")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, writing)
	if err != nil {
		return nil, err
	}
	d, err := s.delete(b, *in.Key, in.VersionId, in.IfMatch)
	if err != nil {
		return nil, err
	}
	return &s3sdk.DeleteObjectOutput{DeleteMarker: set(d.marker), VersionId: d.versionID}, nil
}

// maxDeletes is how many objects DeleteObjects takes (API reference).
const maxDeletes = 1000

func (s *Service) deleteObjects(ctx context.Context, in *s3sdk.DeleteObjectsInput) (*s3sdk.DeleteObjectsOutput, error) {
	if n := len(in.Delete.Objects); n == 0 || n > maxDeletes {
		return nil, malformedXML()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, writing)
	if err != nil {
		return nil, err
	}
	out := &s3sdk.DeleteObjectsOutput{}
	for _, object := range in.Delete.Objects {
		d, err := s.delete(b, *object.Key, object.VersionId, object.ETag)
		if err != nil {
			out.Errors = append(out.Errors, deleteError(object, err))
			continue
		}
		if !aws.ToBool(in.Delete.Quiet) {
			out.Deleted = append(out.Deleted, deleted(object, d))
		}
	}
	return out, nil
}

func deleteError(object s3types.ObjectIdentifier, err error) s3types.Error {
	api, _ := errors.AsType[smithy.APIError](err)
	return s3types.Error{
		Key: object.Key, VersionId: object.VersionId,
		Code: aws.String(api.ErrorCode()), Message: aws.String(api.ErrorMessage()),
	}
}

func deleted(object s3types.ObjectIdentifier, d deletion) s3types.DeletedObject {
	out := s3types.DeletedObject{Key: object.Key, VersionId: object.VersionId, DeleteMarker: set(d.marker)}
	if d.marker {
		out.DeleteMarkerVersionId = d.versionID
	}
	return out
}

// delete deletes what a call names, if its condition holds. What is not there
// counts as deleted.
func (s *Service) delete(b *bucket, key string, id, ifMatch *string) (deletion, error) {
	if err := checkKey(key); err != nil {
		return deletion{}, err
	}
	if err := b.mayDelete(key, ifMatch); err != nil {
		return deletion{}, err
	}
	var d deletion
	if id == nil {
		d = s.deleteCurrent(b, key)
	} else {
		if err := checkVersion(*id); err != nil {
			return deletion{}, err
		}
		removed := b.remove(key, *id)
		d = deletion{versionID: id, changed: removed != nil, marker: removed != nil && removed.marker}
	}
	if d.changed {
		s.writes++
	}
	return d, nil
}

// mayDelete decides a conditional delete, which looks at the current version
// whatever version is to go ("How to perform conditional deletes" in the user
// guide).
func (b *bucket) mayDelete(key string, ifMatch *string) error {
	if ifMatch == nil {
		return nil
	}
	switch v := b.current(key); {
	case v == nil:
		return noSuchKey()
	case v.marker || !matches(*ifMatch, v.etag):
		return preconditionFailed()
	}
	return nil
}

// deleteCurrent deletes an object without naming a version: for good where there
// was never versioning, else by a delete marker, even if there is no object. While
// versioning is suspended the marker takes the place of the null version
// (DeleteObject in the API reference).
func (s *Service) deleteCurrent(b *bucket, key string) deletion {
	if b.versioning == "" {
		return deletion{changed: b.remove(key, nullVersion) != nil}
	}
	marker := &version{marker: true}
	s.store(b, key, marker)
	return deletion{versionID: &marker.id, marker: true, changed: true}
}
