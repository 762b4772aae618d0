package conformance

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var listCases = []testCase{
	{"list nothing", listNothing},
	{"list objects", listObjects},
	{"list in binary order", listOrder},
	{"list by prefix", listPrefix},
	{"list by delimiter", listDelimiter},
	{"list by a long delimiter", listLongDelimiter},
	{"list in pages", listPages},
	{"list common prefixes in pages", listPrefixPages},
	{"list after a key", listAfter},
	{"list after a key within a prefix", listAfterWithin},
	{"list with the token that was sent", listToken},
	{"list no keys", listNoKeys},
	{"list more keys than a page holds", listManyKeys},
	{"list fewer keys than none", listNegative},
	{"list encoded", listEncoding},
	{"list with owner", listOwner},
	{"list without deleted objects", listDeleted},
	{"list with a token that is none", listBadToken},
}

func (w *world) list(change func(*s3.ListObjectsV2Input)) *s3.ListObjectsV2Output {
	in := &s3.ListObjectsV2Input{Bucket: &w.bucket}
	if change != nil {
		change(in)
	}
	out, err := w.ListObjectsV2(w.ctx, in)
	w.must(err)
	return out
}

// listedKeys returns the keys of a page, decoded if they are encoded.
func (w *world) listedKeys(out *s3.ListObjectsV2Output) []string {
	var keys []string
	for _, o := range out.Contents {
		key := *o.Key
		if out.EncodingType == s3types.EncodingTypeUrl {
			var err error
			key, err = url.QueryUnescape(key)
			w.must(err)
		}
		keys = append(keys, key)
	}
	return keys
}

func prefixesOf(out *s3.ListObjectsV2Output) []string {
	var prefixes []string
	for _, p := range out.CommonPrefixes {
		prefixes = append(prefixes, *p.Prefix)
	}
	return prefixes
}

func (w *world) putAll(keys ...string) {
	for _, key := range keys {
		w.put(key, "body of "+key)
	}
}

func listNothing(w *world) {
	out := w.list(nil)
	w.equal("objects", len(out.Contents), 0)
	w.equal("count", out.KeyCount, int32(0))
	w.equal("truncated", out.IsTruncated, false)
	w.equal("token", out.NextContinuationToken, nil)
	w.equal("name", out.Name, w.bucket)
	w.equal("size of a page", out.MaxKeys, int32(1000))
}

func listObjects(w *world) {
	w.put("a", "hello")
	out := w.list(nil)
	w.equal("count", out.KeyCount, int32(1))
	o := out.Contents[0]
	w.equal("key", o.Key, "a")
	w.equal("size", o.Size, int64(5))
	w.equal("etag", o.ETag, etagOf("hello"))
	w.equal("storage class", o.StorageClass, s3types.ObjectStorageClassStandard)
	w.equal("owner", o.Owner, nil)
	w.equal("time", o.LastModified.Equal(*w.head("a").LastModified), true)
}

// "Objects are returned sorted in an ascending order of the respective key names",
// by their UTF-8 bytes ("Listing object keys programmatically"). By UTF-16, 𝄞
// would come before ～.
func listOrder(w *world) {
	want := []string{"!", "A", "Z", "a", "a!", "a/", "a/b", "a0", "aa", "z", "é", "日", "～", "𝄞"}
	for i := range want {
		w.put(want[(i*5)%len(want)], "")
	}
	w.equal("keys", w.listedKeys(w.list(nil)), want)
}

func listPrefix(w *world) {
	w.putAll("a", "ab/1", "ab/2", "ab3", "b")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.Prefix = aws.String("ab") })
	w.equal("keys", w.listedKeys(out), []string{"ab/1", "ab/2", "ab3"})
	w.equal("prefix", out.Prefix, "ab")
	out = w.list(func(in *s3.ListObjectsV2Input) { in.Prefix = aws.String("c") })
	w.equal("count of none", out.KeyCount, int32(0))
}

func listDelimiter(w *world) {
	w.putAll("a", "d/1", "d/2", "d/e/3", "d/f/4", "d2", "g/5")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.Delimiter = aws.String("/") })
	w.equal("keys", w.listedKeys(out), []string{"a", "d2"})
	w.equal("prefixes", prefixesOf(out), []string{"d/", "g/"})
	w.equal("count", out.KeyCount, int32(4))
	w.equal("delimiter", out.Delimiter, "/")
	out = w.list(func(in *s3.ListObjectsV2Input) { in.Delimiter, in.Prefix = aws.String("/"), aws.String("d/") })
	w.equal("keys", w.listedKeys(out), []string{"d/1", "d/2"})
	w.equal("prefixes", prefixesOf(out), []string{"d/e/", "d/f/"})
}

func listLongDelimiter(w *world) {
	w.putAll("a--b--c", "a--d", "a-e", "f")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.Delimiter = aws.String("--") })
	w.equal("keys", w.listedKeys(out), []string{"a-e", "f"})
	w.equal("prefixes", prefixesOf(out), []string{"a--"})
}

// pages lists page by page and joins what the pages hold.
func (w *world) pages(in s3.ListObjectsV2Input) string {
	in.Bucket = &w.bucket
	var pages []string
	for {
		out, err := w.ListObjectsV2(w.ctx, &in)
		w.must(err)
		page := append(w.listedKeys(out), prefixesOf(out)...)
		pages = append(pages, strings.Join(page, " "))
		w.equal("count", out.KeyCount, int32(len(page)))
		w.equal("token only if truncated", out.NextContinuationToken != nil, aws.ToBool(out.IsTruncated))
		if !aws.ToBool(out.IsTruncated) || len(pages) > 20 {
			return strings.Join(pages, " | ")
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

func listPages(w *world) {
	w.putAll("a", "b", "c", "d", "e")
	w.equal("by 2", w.pages(s3.ListObjectsV2Input{MaxKeys: aws.Int32(2)}), "a b | c d | e")
	w.equal("by 5", w.pages(s3.ListObjectsV2Input{MaxKeys: aws.Int32(5)}), "a b c d e")
	w.equal("by 1", w.pages(s3.ListObjectsV2Input{MaxKeys: aws.Int32(1)}), "a | b | c | d | e")
	w.equal("after b by 2", w.pages(s3.ListObjectsV2Input{MaxKeys: aws.Int32(2), StartAfter: aws.String("b")}), "c d | e")
}

// "All of the keys that roll up into a common prefix count as a single return"
// (ListObjectsV2 in the API reference).
func listPrefixPages(w *world) {
	w.putAll("a", "d/1", "d/2", "d/3", "e", "g/1", "g/2", "h")
	in := s3.ListObjectsV2Input{Delimiter: aws.String("/"), MaxKeys: aws.Int32(2)}
	w.equal("by 2", w.pages(in), "a d/ | e g/ | h")
	in.MaxKeys = aws.Int32(1)
	w.equal("by 1", w.pages(in), "a | d/ | e | g/ | h")
}

func listAfter(w *world) {
	w.putAll("a", "b", "c")
	for _, c := range []struct {
		after string
		want  []string
	}{{"a", []string{"b", "c"}}, {"aa", []string{"b", "c"}}, {"0", []string{"a", "b", "c"}}, {"c", nil}} {
		out := w.list(func(in *s3.ListObjectsV2Input) { in.StartAfter = &c.after })
		w.equal("after "+c.after, w.listedKeys(out), c.want)
		w.equal("start", out.StartAfter, c.after)
	}
}

// "CommonPrefixes is filtered out from results if it is not lexicographically
// greater than the StartAfter value" (ListObjectsV2 in the API reference).
func listAfterWithin(w *world) {
	w.putAll("d/1", "d/2", "e/1", "f")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.Delimiter, in.StartAfter = aws.String("/"), aws.String("d/1") })
	w.equal("prefixes", prefixesOf(out), []string{"e/"})
	w.equal("keys", w.listedKeys(out), []string{"f"})
}

// "If ContinuationToken was sent with the request, it is included in the response"
// (ListObjectsV2 in the API reference).
func listToken(w *world) {
	w.putAll("a", "b")
	first := w.list(func(in *s3.ListObjectsV2Input) { in.MaxKeys = aws.Int32(1) })
	w.equal("token of the first page", first.ContinuationToken, nil)
	second := w.list(func(in *s3.ListObjectsV2Input) { in.ContinuationToken = first.NextContinuationToken })
	w.equal("token of the second page", second.ContinuationToken, *first.NextContinuationToken)
}

func listNoKeys(w *world) {
	w.putAll("a", "b")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.MaxKeys = aws.Int32(0) })
	w.equal("none", out.KeyCount, int32(0))
	w.equal("none is not truncated", out.IsTruncated, false)
}

// "The response might contain fewer keys but will never contain more" than 1,000
// (ListObjectsV2 in the API reference).
func listManyKeys(w *world) {
	w.putAll("a", "b")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.MaxKeys = aws.Int32(5000) })
	w.equal("at most 1,000", out.MaxKeys, int32(1000))
	w.equal("all", out.KeyCount, int32(2))
}

func listNegative(w *world) {
	_, err := w.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: &w.bucket, MaxKeys: aws.Int32(-1)})
	w.fails("negative", err, http.StatusBadRequest, "InvalidArgument")
}

// The example of ListObjectsV2 in the API reference.
func listEncoding(w *world) {
	w.putAll("test_file(3).png", "é/x y")
	out := w.list(func(in *s3.ListObjectsV2Input) {
		in.EncodingType, in.Delimiter = s3types.EncodingTypeUrl, aws.String("/")
	})
	w.equal("encoding", out.EncodingType, s3types.EncodingTypeUrl)
	w.equal("key", out.Contents[0].Key, "test_file%283%29.png")
	w.equal("prefix", prefixesOf(out), []string{"%C3%A9/"})
	out = w.list(func(in *s3.ListObjectsV2Input) {
		in.EncodingType, in.Prefix = s3types.EncodingTypeUrl, aws.String("é/")
	})
	w.equal("key", w.listedKeys(out), []string{"é/x y"})
	w.equal("prefix", out.Prefix, "%C3%A9/")
}

func listOwner(w *world) {
	w.put("a", "hello")
	out := w.list(func(in *s3.ListObjectsV2Input) { in.FetchOwner = aws.Bool(true) })
	owner := out.Contents[0].Owner
	w.equal("owner is told", owner != nil && aws.ToString(owner.ID) != "", true)
}

func listDeleted(w *world) {
	w.setVersioning(s3types.BucketVersioningStatusEnabled)
	w.putAll("a", "b", "c")
	w.put("b", "again")
	w.delete("c")
	w.equal("keys", w.listedKeys(w.list(nil)), []string{"a", "b"})
}

func listBadToken(w *world) {
	_, err := w.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: &w.bucket, ContinuationToken: aws.String("no token")})
	w.fails("list", err, http.StatusBadRequest, "InvalidArgument")
}
