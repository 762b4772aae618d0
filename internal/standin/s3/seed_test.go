package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/awspatterns/awspatterns/internal/standin/s3"
)

func TestPutGetDelete(t *testing.T) {
	w := newWorld(t, s3.Bucket{Versioned: true})
	o := s3.Object{
		Body: []byte("hello"), ContentType: "text/plain", CacheControl: "no-store", ContentEncoding: "br",
		Metadata: map[string]string{"n": "1"}, KMSKey: key,
	}
	etag, version := w.service.Put("data", "a", o)
	if got, ok := w.service.Get("data", "a"); !ok || !reflect.DeepEqual(got, o) {
		t.Errorf("got %+v, want %+v", got, o)
	}
	out, err := w.get("a")
	if err != nil || *out.ETag != etag || *out.VersionId != version || *out.SSEKMSKeyId != key {
		t.Errorf("got %+v and %v, want entity tag %s, version %s", out, err, etag, version)
	}
	w.service.Delete("data", "a")
	if _, ok := w.service.Get("data", "a"); ok {
		t.Error("the object is still there")
	}
	if n := w.cloud.Count(); n != 1 || w.service.Writes() != 0 {
		t.Errorf("%d calls and %d writes, want the one call of the client", n, w.service.Writes())
	}
}

// What a test hands over or gets is its own.
func TestSeedsAreCopies(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	body, metadata := []byte("hello"), map[string]string{"n": "1"}
	w.service.Put("data", "a", s3.Object{Body: body, Metadata: metadata})
	body[0], metadata["n"] = 'X', "X"
	got, _ := w.service.Get("data", "a")
	got.Body[1], got.Metadata["n"] = 'X', "X"
	out, err := w.get("a")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out.Body)
	out.Metadata["n"] = "X"
	if again, _ := w.get("a"); string(text) != "hello" || err != nil || again.Metadata["n"] != "1" {
		t.Errorf("got %q, %v, metadata %v", text, err, again.Metadata)
	}
}

func TestBreakBody(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	w.service.Put("data", "a", s3.Object{Body: []byte("hello")})
	w.service.BreakBody("data", "a", 2, func() { w.service.Put("data", "a", s3.Object{Body: []byte("other")}) })
	for _, want := range []struct {
		body string
		err  error
	}{{"he", io.ErrUnexpectedEOF}, {"other", nil}} {
		out, err := w.get("a")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(out.Body)
		if string(body) != want.body || err != want.err {
			t.Errorf("got %q and %v, want %q and %v", body, err, want.body, want.err)
		}
		if _, again := out.Body.Read(make([]byte, 1)); want.err != nil && again != want.err {
			t.Errorf("reading on: got %v, want %v", again, want.err)
		}
	}
}

func TestBodyEnds(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	w.service.Put("data", "a", s3.Object{Body: []byte("hello")})
	ctx, cancel := context.WithCancel(t.Context())
	out, err := w.GetObject(ctx, &s3sdk.GetObjectInput{Bucket: aws.String("data"), Key: aws.String("a")})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := io.ReadAll(out.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context: got %v, want %v", err, context.Canceled)
	}
	out, err = w.get("a")
	if err != nil {
		t.Fatal(err)
	}
	out.Body.Close()
	if _, err := io.ReadAll(out.Body); err == nil {
		t.Error("a closed body can be read")
	}
}

func TestPageSize(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	w.service.PageSize = 2
	for i := range 5 {
		w.service.Put("data", fmt.Sprint(i), s3.Object{})
	}
	var pages []int
	list := s3sdk.NewListObjectsV2Paginator(w, &s3sdk.ListObjectsV2Input{Bucket: aws.String("data")})
	for list.HasMorePages() {
		page, err := list.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, len(page.Contents))
	}
	if got := fmt.Sprint(pages); got != "[2 2 1]" {
		t.Errorf("got pages of %s, want [2 2 1]", got)
	}
}

func TestWrites(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	steps := []struct {
		name   string
		call   func() error
		writes int
	}{
		{"put", func() error { return w.put("a", "hello") }, 1},
		{"same again", func() error { return w.put("a", "hello") }, 2},
		{"refused put", func() error { return w.put(strings.Repeat("k", 1025), "hello") }, 2},
		{"refused delete", func() error { return w.delete("a", aws.String(`"0"`)) }, 2},
		{"delete", func() error { return w.delete("a", nil) }, 3},
		{"delete again", func() error { return w.delete("a", nil) }, 3},
	}
	for _, step := range steps {
		err := step.call()
		if got := w.service.Writes(); got != step.writes {
			t.Errorf("%s: got %d writes (%v), want %d", step.name, got, err, step.writes)
		}
	}
}

func TestDump(t *testing.T) {
	const want = `bucket data of 123456789012 in eu-central-1, versioning Suspended, AES256
  policy {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data"}}
  "a b"
    5 bytes, sha256 2cf24dba5fb0a30e, text/plain, AES256, cache no-store, encoding br, meta n="1", tag t="1"
    delete marker
    null version: 0 bytes, sha256 e3b0c44298fc1c14, application/octet-stream, aws:kms ` + key + `
  "c"
    null version: delete marker
`
	for n := range 2 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, s3.Bucket{Versioned: true})
			fill(t, w, n)
			if got := w.service.Dump(); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// fill leads to the same state whatever n is, at another time and with other
// version IDs.
func fill(t *testing.T, w *world, n int) {
	time.Sleep(time.Duration(n) * time.Hour)
	for range n {
		_, version := w.service.Put("data", "other", s3.Object{})
		_, err := w.DeleteObject(t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String("data"), Key: aws.String("other"), VersionId: &version})
		must(t, err)
	}
	_, err := w.PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("a b"), Body: strings.NewReader("hello"), ContentType: aws.String("text/plain"),
		CacheControl: aws.String("no-store"), ContentEncoding: aws.String("br"), Metadata: map[string]string{"n": "1"}, Tagging: aws.String("t=1"),
	})
	must(t, err)
	must(t, w.delete("a b", nil))
	_, err = w.PutBucketVersioning(t.Context(), &s3sdk.PutBucketVersioningInput{
		Bucket: aws.String("data"), VersioningConfiguration: &s3types.VersioningConfiguration{Status: s3types.BucketVersioningStatusSuspended},
	})
	must(t, err)
	_, err = w.PutObject(t.Context(), &s3sdk.PutObjectInput{
		Bucket: aws.String("data"), Key: aws.String("a b"), ServerSideEncryption: s3types.ServerSideEncryptionAwsKms, SSEKMSKeyId: aws.String(key),
	})
	must(t, err)
	must(t, w.delete("c", nil))
	_, err = w.PutBucketPolicy(t.Context(), &s3sdk.PutBucketPolicyInput{
		Bucket: aws.String("data"), Policy: aws.String(`{"Statement": {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::data"}}`),
	})
	must(t, err)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
