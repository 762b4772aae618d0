package s3

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// maxPage is how many keys one page holds at most.
const maxPage = 1000

// A listing is what a call asks for.
type listing struct {
	prefix    string
	delimiter string
	size      int
}

func (s *Service) newListing(prefix, delimiter *string, maxKeys *int32) (listing, error) {
	size := min(cmp.Or(aws.ToInt32(maxKeys), maxPage), maxPage)
	switch {
	case size < 0:
		return listing{}, invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647")
	case maxKeys != nil && *maxKeys == 0:
		size = 0
	}
	return listing{aws.ToString(prefix), aws.ToString(delimiter), int(size)}, nil
}

// room is how many entries the page to answer with may hold, which may be fewer
// than the call asks for.
func (s *Service) room(l listing) int {
	if s.PageSize > 0 {
		return min(l.size, s.PageSize)
	}
	return l.size
}

// group returns the common prefix that a key is listed under, "" if it is listed
// itself.
func (l listing) group(key string) string {
	if l.delimiter == "" {
		return ""
	}
	before, _, found := strings.Cut(key[len(l.prefix):], l.delimiter)
	if !found {
		return ""
	}
	return l.prefix + before + l.delimiter
}

// entries returns keys, sorted, or common prefixes of them that come after a
// mark: each is listed if it is greater than mark itself ("CommonPrefixes is
// filtered out from results if it is not lexicographically greater than the
// StartAfter value", ListObjectsV2 in the API reference).
func (l listing) entries(keys []string, mark string) []entry {
	var found []entry
	for _, key := range keys {
		if !strings.HasPrefix(key, l.prefix) {
			continue
		}
		e := entry{name: key}
		if group := l.group(key); group != "" {
			e = entry{name: group, isPrefix: true}
		}
		if e.name > mark && (len(found) == 0 || found[len(found)-1] != e) {
			found = append(found, e)
		}
	}
	return found
}

type entry struct {
	name     string
	isPrefix bool
}

func (s *Service) listObjectsV2(ctx context.Context, in *s3sdk.ListObjectsV2Input) (*s3sdk.ListObjectsV2Output, error) {
	out, err := s.listPage(ctx, in)
	return out, modeled(err, "NoSuchBucket", typedNoSuchBucket)
}

func (s *Service) listPage(ctx context.Context, in *s3sdk.ListObjectsV2Input) (*s3sdk.ListObjectsV2Output, error) {
	l, err := s.newListing(in.Prefix, in.Delimiter, in.MaxKeys)
	if err != nil {
		return nil, err
	}
	mark := aws.ToString(in.StartAfter)
	if in.ContinuationToken != nil {
		if mark, err = readToken(*in.ContinuationToken); err != nil {
			return nil, err
		}
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
	entries := l.entries(b.liveKeys(), mark)
	out := &s3sdk.ListObjectsV2Output{
		Name: in.Bucket, Prefix: aws.String(encode(l.prefix)), Delimiter: encodeSet(encode, in.Delimiter),
		StartAfter: encodeSet(encode, in.StartAfter), ContinuationToken: in.ContinuationToken,
		EncodingType: in.EncodingType, MaxKeys: aws.Int32(int32(l.size)), IsTruncated: aws.Bool(false),
	}
	if room := s.room(l); len(entries) > room && l.size > 0 {
		entries = entries[:room]
		out.IsTruncated = aws.Bool(true)
		out.NextContinuationToken = aws.String(newToken(entries[room-1].name))
	} else if l.size == 0 {
		entries = nil
	}
	out.KeyCount = aws.Int32(int32(len(entries)))
	for _, e := range entries {
		if e.isPrefix {
			out.CommonPrefixes = append(out.CommonPrefixes, s3types.CommonPrefix{Prefix: aws.String(encode(e.name))})
			continue
		}
		out.Contents = append(out.Contents, b.listed(e.name, encode, aws.ToBool(in.FetchOwner)))
	}
	return out, nil
}

// liveKeys returns the keys of objects that are not deleted, in the order of
// their UTF-8 bytes.
func (b *bucket) liveKeys() []string {
	keys := slices.Sorted(maps.Keys(b.objects))
	return slices.DeleteFunc(keys, func(key string) bool { return b.live(key) == nil })
}

func (b *bucket) listed(key string, encode func(string) string, owner bool) s3types.Object {
	v := b.live(key)
	o := s3types.Object{
		Key: aws.String(encode(key)), ETag: &v.etag, LastModified: &v.modified, Size: aws.Int64(int64(len(v.body))),
		StorageClass:      s3types.ObjectStorageClass(cmp.Or(v.storageClass, s3types.StorageClassStandard)),
		ChecksumAlgorithm: []s3types.ChecksumAlgorithm{v.checksum.algorithm}, ChecksumType: s3types.ChecksumTypeFullObject,
	}
	if owner {
		o.Owner = b.canonicalOwner()
	}
	return o
}

// canonicalOwner returns the owner by an ID of the form that S3 gives accounts.
func (b *bucket) canonicalOwner() *s3types.Owner {
	sum := sha256.Sum256([]byte("canonical user of account " + b.Owner))
	return &s3types.Owner{ID: aws.String(hex.EncodeToString(sum[:]))}
}

// A token hides the key after which the next page begins, so that nobody makes
// one himself.
const tokenPrefix = "1"

func newToken(mark string) string {
	return tokenPrefix + base64.RawURLEncoding.EncodeToString([]byte(mark))
}

func readToken(token string) (string, error) {
	hidden, ok := strings.CutPrefix(token, tokenPrefix)
	mark, err := base64.RawURLEncoding.DecodeString(hidden)
	if !ok || err != nil {
		return "", invalidArgument("The continuation token provided is incorrect")
	}
	return string(mark), nil
}

// encoder returns how names are written in an answer. In the encoding "url" a
// space is a plus sign and a slash stays.
func encoder(t s3types.EncodingType) (func(string) string, error) {
	switch t {
	case "":
		return func(s string) string { return s }, nil
	case s3types.EncodingTypeUrl:
		return func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }, nil
	}
	return nil, invalidArgument("Invalid Encoding Method specified in Request")
}

func encodeSet(encode func(string) string, s *string) *string {
	if s == nil {
		return nil
	}
	return aws.String(encode(*s))
}
