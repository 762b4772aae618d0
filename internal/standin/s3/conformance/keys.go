package conformance

import (
	"net/http"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var keyCases = hostileKeyCases()

// hostileKeys are keys that are names to S3 and something else on the way there.
var hostileKeys = map[string]string{
	"spaces":           " a  b ",
	"plus":             "a+b c",
	"percent":          "100%/%2F%zz",
	"hash and query":   "a#b?c=d&e",
	"unicode":          "日本/é/𝄞",
	"decomposed":       "e\u0301",
	"leading slash":    "/a",
	"slashes":          "a//b///",
	"dots":             "a/./b/../c",
	"quotes":           `a"b'c<d>&e`,
	"backslash":        `a\b`,
	"control":          "a\tb",
	"reserved":         "!*'();:@&=+$,/[]",
	"colon":            "dt=2026-01-01T00:00:00/part:0",
	"tilde":            "~user/.hidden",
	"trailing slash":   "dir/",
	"like a directive": "versions",
	"1,024 bytes":      strings.Repeat("k", 1024),
	"1,024 bytes of é": strings.Repeat("é", 512),
}

func hostileKeyCases() []testCase {
	list := []testCase{{"key that is too long", tooLongKey}, {"key that is too long in bytes", tooManyBytes}, {"keys of different case", keyCase}}
	var names []string
	for name := range hostileKeys {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		list = append(list, testCase{"key with " + name, func(w *world) { hostileKey(w, hostileKeys[name]) }})
	}
	return list
}

// hostileKey takes a key through all that may be done with it.
func hostileKey(w *world, key string) {
	w.put("other", "other")
	w.put(key, "hello")
	w.equal("body", w.get(key).body, "hello")
	w.equal("length", w.head(key).ContentLength, int64(5))
	// A control character cannot stand in the XML of an answer, so that listings of
	// any key have to ask for the encoding.
	w.equal("listed", slices.Contains(w.listedKeys(w.listEncoded()), key), true)
	w.must(w.setTags(key, "n", "1"))
	w.equal("tags", w.tags(key), map[string]string{"n": "1"})
	w.delete(key)
	w.absent(key)
	w.put(key, "again")
	out := w.deleteMany(false, s3types.ObjectIdentifier{Key: &key})
	w.equal("deleted", deletedKeys(out), key)
	w.absent(key)
	w.equal("other body", w.get("other").body, "other")
}

func tooLongKey(w *world) { w.refusesKey(strings.Repeat("k", 1025)) }

func tooManyBytes(w *world) { w.refusesKey(strings.Repeat("é", 512) + "k") }

func (w *world) refusesKey(key string) {
	_, err := w.tryPut(key, "hello")
	w.fails("put", err, http.StatusBadRequest, "KeyTooLongError")
	_, err = w.tryGet(key)
	w.fails("get", err, http.StatusBadRequest, "KeyTooLongError")
}

func keyCase(w *world) {
	w.put("a", "small")
	w.put("A", "large")
	w.equal("body", w.get("a").body, "small")
	w.equal("body", w.get("A").body, "large")
}

func (w *world) listEncoded() *s3.ListObjectsV2Output {
	out, err := w.ListObjectsV2(w.ctx, &s3.ListObjectsV2Input{Bucket: aws.String(w.bucket), EncodingType: s3types.EncodingTypeUrl})
	w.must(err)
	return out
}
