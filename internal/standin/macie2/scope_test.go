package macie2_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

func TestScope(t *testing.T) {
	const pii = "Passport No: 123456789"
	texts := map[string]string{"a.txt": pii, "b.TXT": pii, "c": pii + pii, "d.log": pii, ".txt": pii, "x/a.txt": pii}
	all := []string{".txt", "a.txt", "b.TXT", "c", "d.log", "x/a.txt"}
	exclude := func(terms ...types.JobScopeTerm) func(*jobInput) {
		return func(in *jobInput) {
			in.S3JobDefinition.Scoping = &types.Scoping{Excludes: &types.JobScopingBlock{And: terms}}
		}
	}
	extension, key, size := types.ScopeFilterKeyObjectExtension, types.ScopeFilterKeyObjectKey, types.ScopeFilterKeyObjectSize
	for _, test := range []struct {
		name   string
		change func(*jobInput)
		want   []string
	}{
		{"none", func(in *jobInput) { in.S3JobDefinition.Scoping = nil }, all},
		{"extension", scoped(simple(extension, types.JobComparatorEq, "txt")), []string{".txt", "a.txt", "x/a.txt"}},
		{"extensions", scoped(simple(extension, types.JobComparatorEq, "TXT", "log")), []string{"b.TXT", "d.log"}},
		{"not extension", scoped(simple(extension, types.JobComparatorNe, "txt", "log")), []string{"b.TXT", "c"}},
		{"prefix", scoped(simple(key, types.JobComparatorStartsWith, "runs/1/x")), []string{"x/a.txt"}},
		{"prefixes", scoped(simple(key, types.JobComparatorStartsWith, "runs/1/a", "runs/1/d.")), []string{"a.txt", "d.log"}},
		{"prefix of nothing", scoped(simple(key, types.JobComparatorStartsWith, "1/")), nil},
		{"both", scoped(simple(key, types.JobComparatorStartsWith, "runs/1/a"), simple(extension, types.JobComparatorEq, "log")), nil},
		{"larger", scoped(simple(size, types.JobComparatorGt, "22")), []string{"c"}},
		{"no terms", scoped(), all},
		{"exclude nothing", exclude(), all},
		{"exclude", exclude(simple(extension, types.JobComparatorEq, "txt")), []string{"b.TXT", "c", "d.log"}},
		{"exclude what meets all", exclude(simple(extension, types.JobComparatorEq, "txt"), simple(key, types.JobComparatorStartsWith, "runs/1/x")),
			[]string{".txt", "a.txt", "b.TXT", "c", "d.log"}},
		{"older", scoped(simple(types.ScopeFilterKeyObjectLastModifiedDate, types.JobComparatorLt, "1999-01-01T00:00:00Z")), nil},
		{"younger", scoped(simple(types.ScopeFilterKeyObjectLastModifiedDate, types.JobComparatorGte, "1999-01-01T00:00:00Z")), all},
		{"tag", scoped(tagged("TAG", types.JobComparatorEq, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("run"), Value: aws.String("1")})), []string{"a.txt"}},
		{"tag key", scoped(tagged("TAG", types.JobComparatorEq, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("run"), Value: aws.String("")})), []string{"a.txt"}},
		{"tag of another value", scoped(tagged("TAG", types.JobComparatorEq, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("run"), Value: aws.String("2")})), nil},
		{"not tag", scoped(tagged("TAG", types.JobComparatorNe, types.TagTargetS3Object, types.TagValuePair{Key: aws.String("run")}), simple(extension, types.JobComparatorEq, "txt")),
			[]string{".txt", "x/a.txt"}},
	} {
		in(t, test.name, func(t *testing.T, w *world) {
			store := s3sdk.NewFromConfig(w.cloud.Config(region, account))
			w.put("runs/1/a.txt", "")
			settings := job("1")
			test.change(settings)
			for name, text := range texts {
				w.put("runs/1/"+name, text)
			}
			_, err := store.PutObjectTagging(t.Context(), &s3sdk.PutObjectTaggingInput{Bucket: aws.String("text"), Key: aws.String("runs/1/a.txt"),
				Tagging: &s3types.Tagging{TagSet: []s3types.Tag{{Key: aws.String("run"), Value: aws.String("1")}}}})
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.Sorted(maps.Keys(w.scan(settings, nil))); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// TestStorage compares what Macie sees of an object with what S3 tells its callers.
func TestStorage(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		store := s3sdk.NewFromConfig(w.cloud.Config(region, account))
		put, err := store.PutObject(t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String("text"), Key: aws.String("runs/1/a.txt"),
			Body: strings.NewReader("Passport No: 123456789"), Tagging: aws.String("image=1"), StorageClass: s3types.StorageClassStandardIa})
		if err != nil {
			t.Fatal(err)
		}
		head, err := store.HeadObject(t.Context(), &s3sdk.HeadObjectInput{Bucket: aws.String("text"), Key: aws.String("runs/1/a.txt")})
		if err != nil {
			t.Fatal(err)
		}
		w.put("runs/1/deleted.txt", "Passport No: 123456789")
		w.s3.Delete("text", "runs/1/deleted.txt")
		w.put("runs/1/new.txt", "Passport No: 123456789")
		w.put("runs/1/new.txt", "nothing any more")
		found := w.scan(job("1"), nil)
		if len(found) != 1 {
			t.Fatalf("got %d findings", len(found))
		}
		o := found["a.txt"].ResourcesAffected.S3Object
		if `"`+*o.ETag+`"` != *put.ETag || *o.VersionId != *put.VersionId || !o.LastModified.Equal(*head.LastModified) || *o.Size != *head.ContentLength ||
			o.StorageClass != types.StorageClassStandardIa || len(o.Tags) != 1 || *o.Tags[0].Key != "image" || *o.Tags[0].Value != "1" ||
			o.ServerSideEncryption.EncryptionType != types.EncryptionTypeAwsKms || *o.ServerSideEncryption.KmsMasterKeyId != *head.SSEKMSKeyId {
			t.Errorf("got %+v, want %+v", o, head)
		}
	})
	in(t, "without versions", func(t *testing.T, w *world) {
		settings := job("1")
		buckets(account, "export")(settings)
		w.s3.Put("export", "runs/1/a.txt", s3Object("Passport No: 123456789"))
		found := w.scan(settings, nil)
		o := found["a.txt"].ResourcesAffected.S3Object
		if *o.VersionId != "" || o.ServerSideEncryption.EncryptionType != types.EncryptionTypeAes256 || o.StorageClass != types.StorageClassStandard {
			t.Errorf("got %+v", o)
		}
	})
}

// TestScopeOfTheRun is about what is there when the job runs.
func TestScopeOfTheRun(t *testing.T) {
	in(t, "", func(t *testing.T, w *world) {
		w.put("runs/1/gone.txt", "Passport No: 123456789")
		w.create(job("1"))
		time.Sleep(time.Minute)
		w.s3.Delete("text", "runs/1/gone.txt")
		w.put("runs/1/new.txt", "Passport No: 123456789")
		time.Sleep(time.Hour)
		if got := w.macie.Dump(); strings.Contains(got, "gone.txt") || !strings.Contains(got, "finding text/runs/1/new.txt, SensitiveData:S3Object/Personal, Medium") {
			t.Errorf("got %s", got)
		}
	})
}
