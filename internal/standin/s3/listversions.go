package s3

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

func (s *Service) listObjectVersions(ctx context.Context, in *s3sdk.ListObjectVersionsInput) (*s3sdk.ListObjectVersionsOutput, error) {
	l, err := newListing(in.Prefix, in.Delimiter, in.MaxKeys, in.EncodingType)
	if err != nil {
		return nil, err
	}
	if in.VersionIdMarker != nil && in.KeyMarker == nil {
		return nil, invalidArgument("A version-id marker cannot be specified without a key marker.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, err
	}
	page, truncated := firstPage(s, l, b.versionEntries(l, aws.ToString(in.KeyMarker), in.VersionIdMarker))
	out := &s3sdk.ListObjectVersionsOutput{
		Name: in.Bucket, Prefix: aws.String(l.encode(l.prefix)), Delimiter: l.encodeSet(in.Delimiter),
		KeyMarker: l.encodeSet(in.KeyMarker), VersionIdMarker: in.VersionIdMarker,
		EncodingType: in.EncodingType, MaxKeys: aws.Int32(int32(l.size)), IsTruncated: &truncated,
	}
	if truncated {
		last := page[len(page)-1]
		out.NextKeyMarker = aws.String(l.encode(last.name))
		if last.version != nil {
			out.NextVersionIdMarker = &last.version.id
		}
	}
	for _, e := range page {
		b.addVersion(out, e, l)
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
	if idMark != nil && strings.HasPrefix(keyMark, l.prefix) && l.group(keyMark) == "" {
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

func (b *bucket) addVersion(out *s3sdk.ListObjectVersionsOutput, e versionEntry, l listing) {
	v, key := e.version, aws.String(l.encode(e.name))
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
