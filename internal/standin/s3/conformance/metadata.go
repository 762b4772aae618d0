package conformance

import (
	"maps"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

var metadataCases = []testCase{
	{"metadata", metadata},
	{"metadata of 2 KB", metadataLimit},
	{"metadata outside ASCII", metadataUnicode},
}

var taggingCases = []testCase{
	{"tags of a put", putTags},
	{"change tags", changeTags},
	{"too many tags", tooManyTags},
	{"tags that are refused", refusedTags},
	{"two tags of one name", repeatedTag},
	{"tags of a key that is not there", missingTags},
}

// Names lose their case on the way, for they are header names.
func metadata(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) {
		in.Metadata = map[string]string{"Build": "17", "source-sha256": "ab=/+ cd", "empty": ""}
	})
	want := map[string]string{"build": "17", "source-sha256": "ab=/+ cd", "empty": ""}
	w.equal("metadata", w.get("a").Metadata, want)
	w.equal("metadata of head", w.head("a").Metadata, want)
}

// "The size of user-defined metadata is measured by taking the sum of the number
// of bytes in the UTF-8 encoding of each key and value" ("Working with object
// metadata" in the user guide).
func metadataLimit(w *world) {
	with := func(size int) func(*s3.PutObjectInput) {
		return func(in *s3.PutObjectInput) {
			in.Metadata = map[string]string{"a": strings.Repeat("x", size/2-1), "b": strings.Repeat("y", size-size/2-1)}
		}
	}
	w.put("a", "", with(2048))
	_, err := w.tryPut("b", "", with(2049))
	w.fails("one byte more", err, http.StatusBadRequest, "MetadataTooLarge")
	w.absent("b")
}

// The example of "Working with object metadata" in the user guide.
func metadataUnicode(w *world) {
	w.put("a", "", func(in *s3.PutObjectInput) { in.Metadata = map[string]string{"nonascii": "ÄMÄZÕÑ S3"} })
	w.equal("metadata", w.head("a").Metadata, map[string]string{"nonascii": "=?UTF-8?B?w4PChE3Dg8KEWsODwpXDg8KRIFMz?="})
}

func (w *world) tags(key string) map[string]string {
	out, err := w.GetObjectTagging(w.ctx, &s3.GetObjectTaggingInput{Bucket: &w.bucket, Key: &key})
	w.must(err)
	tags := map[string]string{}
	for _, tag := range out.TagSet {
		tags[*tag.Key] = *tag.Value
	}
	return tags
}

func (w *world) setTags(key string, tags ...string) error {
	set := []s3types.Tag{}
	for i := 0; i < len(tags); i += 2 {
		set = append(set, s3types.Tag{Key: &tags[i], Value: &tags[i+1]})
	}
	_, err := w.PutObjectTagging(w.ctx, &s3.PutObjectTaggingInput{Bucket: &w.bucket, Key: &key, Tagging: &s3types.Tagging{TagSet: set}})
	return err
}

func putTags(w *world) {
	w.put("a", "hello", func(in *s3.PutObjectInput) { in.Tagging = aws.String("team=data&path=a%2Fb%20c&empty=") })
	w.equal("tags", w.tags("a"), map[string]string{"team": "data", "path": "a/b c", "empty": ""})
	w.equal("count", w.get("a").TagCount, int32(3))
	w.put("b", "hello")
	w.equal("no tags", w.tags("b"), map[string]string{})
	w.equal("no count", w.get("b").TagCount, nil)
}

func changeTags(w *world) {
	etag := w.put("a", "hello", func(in *s3.PutObjectInput) { in.Tagging = aws.String("team=data") }).ETag
	w.must(w.setTags("a", "stage", "prod"))
	w.equal("tags", w.tags("a"), map[string]string{"stage": "prod"})
	w.equal("etag", w.head("a").ETag, *etag)
	_, err := w.DeleteObjectTagging(w.ctx, &s3.DeleteObjectTaggingInput{Bucket: &w.bucket, Key: aws.String("a")})
	w.must(err)
	w.equal("tags", w.tags("a"), map[string]string{})
}

// "You can associate up to 10 tags with an object" ("Categorizing your objects
// using tags" in the user guide).
func tooManyTags(w *world) {
	w.put("a", "hello")
	want := map[string]string{}
	var tags []string
	for i := range 10 {
		name := string(rune('a' + i))
		want[name] = "1"
		tags = append(tags, name, "1")
	}
	w.must(w.setTags("a", tags...))
	w.fails("eleven tags", w.setTags("a", append(tags, "z", "1")...), http.StatusBadRequest, "BadRequest")
	w.equal("tags", maps.Equal(w.tags("a"), want), true)
}

func refusedTags(w *world) {
	w.put("a", "hello")
	w.fails("long name", w.setTags("a", strings.Repeat("n", 129), "1"), http.StatusBadRequest, "InvalidTag")
	w.fails("long value", w.setTags("a", "n", strings.Repeat("v", 257)), http.StatusBadRequest, "InvalidTag")
	w.must(w.setTags("a", strings.Repeat("é", 128), strings.Repeat("é", 256)))
}

func repeatedTag(w *world) {
	w.put("a", "hello")
	w.fails("put", w.setTags("a", "n", "1", "n", "2"), http.StatusBadRequest, "InvalidTag")
}

func missingTags(w *world) {
	_, err := w.GetObjectTagging(w.ctx, &s3.GetObjectTaggingInput{Bucket: &w.bucket, Key: aws.String("a")})
	w.fails("get", err, http.StatusNotFound, "NoSuchKey")
	w.fails("put", w.setTags("a", "n", "1"), http.StatusNotFound, "NoSuchKey")
}
