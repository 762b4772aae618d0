package s3

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (s *Service) listObjectVersions(ctx context.Context, in *s3sdk.ListObjectVersionsInput) (*s3sdk.ListObjectVersionsOutput, error) {
	l, err := s.newListing(in.Prefix, in.Delimiter, in.MaxKeys)
	if err != nil {
		return nil, err
	}
	if in.VersionIdMarker != nil && in.KeyMarker == nil {
		return nil, invalidArgument("A version-id marker cannot be specified without a key marker.")
	}
	encode, err := encoder(in.EncodingType)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, err
	}
	found := b.versionEntries(l, aws.ToString(in.KeyMarker), in.VersionIdMarker)
	out := &s3sdk.ListObjectVersionsOutput{
		Name: in.Bucket, Prefix: aws.String(encode(l.prefix)), Delimiter: encodeSet(encode, in.Delimiter),
		KeyMarker: encodeSet(encode, in.KeyMarker), VersionIdMarker: in.VersionIdMarker,
		EncodingType: in.EncodingType, MaxKeys: aws.Int32(int32(l.size)), IsTruncated: aws.Bool(false),
	}
	room := s.room(l)
	if len(found) > room {
		found = found[:room]
		out.IsTruncated = aws.Bool(room > 0)
	}
	if *out.IsTruncated {
		last := found[room-1]
		out.NextKeyMarker = aws.String(encode(last.name))
		if last.version != nil {
			out.NextVersionIdMarker = &last.version.id
		}
	}
	for _, e := range found {
		b.addVersion(out, e, encode)
	}
	return out, nil
}

type versionEntry struct {
	entry
	version *version // nil for a common prefix
}

// versionEntries returns what comes after a mark: by key, and of one key the
// newest version first. A mark without a version is past all versions of its key.
func (b *bucket) versionEntries(l listing, keyMark string, idMark *string) []versionEntry {
	var found []versionEntry
	keys := slices.Sorted(maps.Keys(b.objects))
	if idMark != nil && l.group(keyMark+l.prefix) == "" {
		for _, v := range b.olderThan(keyMark, *idMark) {
			found = append(found, versionEntry{entry{name: keyMark}, v})
		}
	}
	for _, e := range l.entries(keys, keyMark) {
		if e.isPrefix {
			found = append(found, versionEntry{entry: e})
			continue
		}
		for _, v := range slices.Backward(b.objects[e.name]) {
			found = append(found, versionEntry{e, v})
		}
	}
	return found
}

// olderThan returns the versions of a key that come after one of them, newest
// first. That one may be gone since: whoever deletes page by page asks for what
// comes after the last version he deleted.
func (b *bucket) olderThan(key, id string) []*version {
	versions := slices.Clone(b.objects[key])
	slices.Reverse(versions)
	if i := slices.IndexFunc(versions, func(v *version) bool { return v.id == id }); i >= 0 {
		return versions[i+1:]
	}
	if number, ok := versionNumber(id); ok {
		return slices.DeleteFunc(versions, func(v *version) bool { return v.number >= number })
	}
	return versions
}

func (b *bucket) addVersion(out *s3sdk.ListObjectVersionsOutput, e versionEntry, encode func(string) string) {
	v, key := e.version, aws.String(encode(e.name))
	switch {
	case v == nil:
		out.CommonPrefixes = append(out.CommonPrefixes, s3types.CommonPrefix{Prefix: key})
	case v.marker:
		out.DeleteMarkers = append(out.DeleteMarkers, s3types.DeleteMarkerEntry{
			Key: key, VersionId: &v.id, IsLatest: aws.Bool(v == b.current(e.name)),
			LastModified: &v.modified, Owner: b.canonicalOwner(),
		})
	default:
		out.Versions = append(out.Versions, s3types.ObjectVersion{
			Key: key, VersionId: &v.id, IsLatest: aws.Bool(v == b.current(e.name)),
			LastModified: &v.modified, Owner: b.canonicalOwner(),
			ETag: &v.etag, Size: aws.Int64(int64(len(v.body))),
			StorageClass:      s3types.ObjectVersionStorageClass(cmp.Or(v.storageClass, s3types.StorageClassStandard)),
			ChecksumAlgorithm: []s3types.ChecksumAlgorithm{v.checksum.algorithm}, ChecksumType: s3types.ChecksumTypeFullObject,
		})
	}
}
