// Package conformance says what an Amazon S3 has to do, as cases that run through
// the real SDK client: over the stand-in, over an emulator, or over S3 itself.
//
// What is right is decided by the AWS documentation alone. Where an emulator does
// otherwise, its test names the case with the reason; the case stays as it is.
package conformance

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Run runs every case with a client of its own and in a bucket of its own. The
// client needs an account that may do everything.
//
// Deviations names the cases that are known to fail, with the reason. A case
// among them that passes fails the test, so that the list stays true.
func Run(t *testing.T, client func(t *testing.T) *s3.Client, deviations map[string]string) {
	var names []string
	for _, group := range cases {
		for _, c := range group {
			names = append(names, c.name)
			t.Run(c.name, func(t *testing.T) {
				check(t, c, client(t), deviations[c.name])
			})
		}
	}
	for name := range deviations {
		if !slices.Contains(names, name) {
			t.Errorf("there is no case %q to deviate from", name)
		}
	}
}

type testCase struct {
	name string
	run  func(*world)
}

var cases = [][]testCase{
	objectCases, rangeCases, conditionCases, checksumCases, metadataCases, taggingCases, keyCases,
	deleteCases, versionCases, listCases, listVersionsCases, copyCases, bucketCases, policyCases, encryptionCases, settingCases,
}

// check runs a case and judges what it found.
func check(t *testing.T, c testCase, client *s3.Client, deviation string) {
	w := &world{ctx: t.Context(), Client: client}
	w.try(func(w *world) {
		w.bucket = w.newBucket()
		c.run(w)
	})
	text, failed := verdict(strings.Join(w.problems, "\n"), deviation)
	if failed {
		t.Error(text)
	} else if text != "" {
		t.Log(text)
	}
}

// verdict judges the problems that a case found. A case that is known to deviate
// has to find some.
func verdict(problems, deviation string) (text string, failed bool) {
	switch {
	case deviation == "":
		return problems, problems != ""
	case problems == "":
		return "no longer deviates: " + deviation, true
	}
	return "deviates: " + deviation + "\n" + problems, false
}

// A world is a bucket and what a case found wrong with it. Its methods that
// return no error end the case if a call fails.
type world struct {
	*s3.Client
	ctx      context.Context
	bucket   string
	problems []string
}

// stopped is what a case panics with that cannot go on.
type stopped struct{}

func (w *world) try(run func(*world)) {
	defer func() {
		if v := recover(); v != nil && v != (stopped{}) {
			panic(v)
		}
	}()
	run(w)
}

func (w *world) errorf(format string, args ...any) {
	w.problems = append(w.problems, fmt.Sprintf(format, args...))
}

// must ends the case if err is not nil.
func (w *world) must(err error) {
	if err != nil {
		w.errorf("%v", err)
		panic(stopped{})
	}
}

// equal compares what with what the documentation says.
func (w *world) equal(what string, got, want any) {
	got, want = value(got), value(want)
	if !reflect.DeepEqual(got, want) {
		w.errorf("%s: got %#v, want %#v", what, got, want)
	}
}

// value returns what a pointer points to, for messages that can be read.
func value(v any) any {
	if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
		return p.Elem().Interface()
	} else if p.Kind() == reflect.Pointer {
		return nil
	}
	return v
}

// fails checks that a call was answered with an HTTP status and an error code.
func (w *world) fails(what string, err error, status int, code string) {
	response, _ := errors.AsType[*awshttp.ResponseError](err)
	api, _ := errors.AsType[smithy.APIError](err)
	switch {
	case response == nil || api == nil:
		w.errorf("%s: got %v, want %d %s", what, err, status, code)
	case response.HTTPStatusCode() != status || api.ErrorCode() != code:
		w.errorf("%s: got %d %s (%s), want %d %s", what, response.HTTPStatusCode(), api.ErrorCode(), api.ErrorMessage(), status, code)
	}
}

// failsAs is fails for an error that has a type of its own.
func failsAs[E error](w *world, what string, err error, status int, code string) {
	w.fails(what, err, status, code)
	if _, ok := errors.AsType[E](err); !ok {
		w.errorf("%s: got %T, want %v in it", what, err, reflect.TypeFor[E]())
	}
}

func headerOf(err error, name string) string {
	if response, ok := errors.AsType[*awshttp.ResponseError](err); ok {
		return response.Response.Header.Get(name)
	}
	return ""
}

func (w *world) newBucket() string {
	name := "conformance-" + strings.ToLower(rand.Text())
	_, err := w.CreateBucket(w.ctx, w.createBucketInput(name))
	w.must(err)
	return name
}

func (w *world) createBucketInput(name string) *s3.CreateBucketInput {
	in := &s3.CreateBucketInput{Bucket: &name}
	if region := w.Options().Region; region != "us-east-1" {
		in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(region)}
	}
	return in
}

func (w *world) setVersioning(status s3types.BucketVersioningStatus) {
	_, err := w.PutBucketVersioning(w.ctx, &s3.PutBucketVersioningInput{
		Bucket: &w.bucket, VersioningConfiguration: &s3types.VersioningConfiguration{Status: status},
	})
	w.must(err)
}

func (w *world) put(key, body string, options ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	out, err := w.tryPut(key, body, options...)
	w.must(err)
	return out
}

func (w *world) tryPut(key, body string, options ...func(*s3.PutObjectInput)) (*s3.PutObjectOutput, error) {
	in := &s3.PutObjectInput{Bucket: &w.bucket, Key: &key, Body: strings.NewReader(body)}
	for _, option := range options {
		option(in)
	}
	return w.PutObject(w.ctx, in)
}

// got is an object together with its body.
type got struct {
	*s3.GetObjectOutput
	body string
}

func (w *world) get(key string, options ...func(*s3.GetObjectInput)) got {
	out, err := w.tryGet(key, options...)
	w.must(err)
	return out
}

func (w *world) tryGet(key string, options ...func(*s3.GetObjectInput)) (got, error) {
	in := &s3.GetObjectInput{Bucket: &w.bucket, Key: &key}
	for _, option := range options {
		option(in)
	}
	out, err := w.GetObject(w.ctx, in)
	if err != nil {
		return got{}, err
	}
	defer out.Body.Close()
	var body bytes.Buffer
	_, err = io.Copy(&body, out.Body)
	return got{out, body.String()}, err
}

func (w *world) head(key string, options ...func(*s3.HeadObjectInput)) *s3.HeadObjectOutput {
	out, err := w.tryHead(key, options...)
	w.must(err)
	return out
}

func (w *world) tryHead(key string, options ...func(*s3.HeadObjectInput)) (*s3.HeadObjectOutput, error) {
	in := &s3.HeadObjectInput{Bucket: &w.bucket, Key: &key}
	for _, option := range options {
		option(in)
	}
	return w.HeadObject(w.ctx, in)
}

func (w *world) delete(key string, options ...func(*s3.DeleteObjectInput)) *s3.DeleteObjectOutput {
	out, err := w.tryDelete(key, options...)
	w.must(err)
	return out
}

func (w *world) tryDelete(key string, options ...func(*s3.DeleteObjectInput)) (*s3.DeleteObjectOutput, error) {
	in := &s3.DeleteObjectInput{Bucket: &w.bucket, Key: &key}
	for _, option := range options {
		option(in)
	}
	return w.DeleteObject(w.ctx, in)
}

// absent checks that there is no object of a key.
func (w *world) absent(key string) {
	_, err := w.tryHead(key)
	failsAs[*s3types.NotFound](w, "head "+key, err, http.StatusNotFound, "NotFound")
}

func etagOf(body string) string {
	sum := md5.Sum([]byte(body))
	return `"` + hex.EncodeToString(sum[:]) + `"`
}
