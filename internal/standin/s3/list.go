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

	"github.com/awspatterns/awspatterns/awstest"
)

// maxPage is how many keys one page holds at most.
const maxPage = 1000

// A listing is what a call asks for.
type listing struct {
	prefix    string
	delimiter string
	size      int
	encode    func(string) string // how names are written in the answer
}

func newListing(prefix, delimiter *string, maxKeys *int32, encoding s3types.EncodingType) (listing, error) {
	l := listing{prefix: aws.ToString(prefix), delimiter: aws.ToString(delimiter), size: maxPage}
	if maxKeys != nil {
		l.size = min(int(*maxKeys), maxPage)
	}
	switch encoding {
	case "":
		l.encode = func(s string) string { return s }
	case s3types.EncodingTypeUrl:
		// A space becomes a plus sign, and a slash stays.
		l.encode = func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2F", "/") }
	default:
		return l, invalidArgument("Invalid Encoding Method specified in Request")
	}
	if l.size < 0 {
		return l, invalidArgument("Argument maxKeys must be an integer between 0 and 2147483647")
	}
	return l, nil
}

func (l listing) encodeSet(s *string) *string {
	if s == nil {
		return nil
	}
	return aws.String(l.encode(*s))
}

// firstPage returns what the page to answer with holds, which may be less than
// the call asks for, and whether there is more.
func firstPage[T any](s *Service, l listing, found []T) (page []T, truncated bool) {
	room := l.size
	if s.PageSize > 0 {
		room = min(room, s.PageSize)
	}
	if len(found) <= room {
		return found, false
	}
	return found[:room], room > 0
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
	l, err := newListing(in.Prefix, in.Delimiter, in.MaxKeys, in.EncodingType)
	if err != nil {
		return nil, err
	}
	mark, err := markOf(in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b, err := s.open(ctx, in.Bucket, in.ExpectedBucketOwner, reading)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(aws.ToString(in.Prefix), b.ListPrefix) {
		return nil, awstest.Denied()
	}
	page, truncated := firstPage(s, l, l.entries(b.liveKeys(), mark))
	out := &s3sdk.ListObjectsV2Output{
		Name: in.Bucket, Prefix: aws.String(l.encode(l.prefix)), Delimiter: l.encodeSet(in.Delimiter),
		StartAfter: l.encodeSet(in.StartAfter), ContinuationToken: in.ContinuationToken, EncodingType: in.EncodingType,
		MaxKeys: aws.Int32(int32(l.size)), KeyCount: aws.Int32(int32(len(page))), IsTruncated: &truncated,
	}
	if truncated {
		out.NextContinuationToken = aws.String(newToken(page[len(page)-1].name))
	}
	for _, e := range page {
		if e.isPrefix {
			out.CommonPrefixes = append(out.CommonPrefixes, s3types.CommonPrefix{Prefix: aws.String(l.encode(e.name))})
		} else {
			out.Contents = append(out.Contents, b.listed(e.name, l, aws.ToBool(in.FetchOwner)))
		}
	}
	return out, nil
}

// markOf returns after which key a page begins. A token goes before StartAfter.
func markOf(in *s3sdk.ListObjectsV2Input) (string, error) {
	if in.ContinuationToken != nil {
		return readToken(*in.ContinuationToken)
	}
	return aws.ToString(in.StartAfter), nil
}

// liveKeys returns the keys of objects that are not deleted, in the order of
// their UTF-8 bytes.
func (b *bucket) liveKeys() []string {
	keys := slices.Sorted(maps.Keys(b.objects))
	return slices.DeleteFunc(keys, func(key string) bool { return b.live(key) == nil })
}

func (b *bucket) listed(key string, l listing, owner bool) s3types.Object {
	v := b.live(key)
	o := s3types.Object{
		Key: aws.String(l.encode(key)), ETag: &v.etag, LastModified: &v.modified, Size: aws.Int64(int64(len(v.body))),
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
