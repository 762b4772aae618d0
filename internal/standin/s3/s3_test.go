package s3_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	s3sdk "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/s3"
	"github.com/awspatterns/awspatterns/internal/standin/s3/conformance"
)

const (
	account = "123456789012"
	other   = "210987654321"
	region  = "eu-central-1"
	key     = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

func TestConformance(t *testing.T) {
	for _, region := range []string{"us-east-1", region} {
		t.Run(region, func(t *testing.T) {
			conformance.Run(t, func(t *testing.T) *s3sdk.Client {
				cloud := awstest.New(t)
				s3.New(cloud)
				return s3sdk.NewFromConfig(cloud.Config(region, account))
			}, nil)
		})
	}
}

// A world is a cloud with one bucket, "data", and a client of its owner.
type world struct {
	*s3sdk.Client
	t       *testing.T
	cloud   *awstest.Cloud
	service *s3.Service
}

func newWorld(t *testing.T, b s3.Bucket) *world {
	cloud := awstest.New(t)
	service := s3.New(cloud)
	b.Owner, b.Region = account, region
	service.CreateBucket("data", b)
	return &world{s3sdk.NewFromConfig(cloud.Config(region, account)), t, cloud, service}
}

// as returns the world as a client of another account or Region sees it.
func (w *world) as(region, account string) *world {
	return &world{s3sdk.NewFromConfig(w.cloud.Config(region, account)), w.t, w.cloud, w.service}
}

func (w *world) get(key string) (*s3sdk.GetObjectOutput, error) {
	return w.GetObject(w.t.Context(), &s3sdk.GetObjectInput{Bucket: aws.String("data"), Key: &key})
}

func (w *world) put(key, body string) error {
	_, err := w.PutObject(w.t.Context(), &s3sdk.PutObjectInput{Bucket: aws.String("data"), Key: &key, Body: strings.NewReader(body)})
	return err
}

func (w *world) delete(key string, ifMatch *string) error {
	_, err := w.DeleteObject(w.t.Context(), &s3sdk.DeleteObjectInput{Bucket: aws.String("data"), Key: &key, IfMatch: ifMatch})
	return err
}

// want checks the HTTP status and code of an error; "" wants none.
func want(t *testing.T, what string, err error, answer string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	response, ok := errors.AsType[*awshttp.ResponseError](err)
	api, ok2 := errors.AsType[smithy.APIError](err)
	if ok && ok2 {
		got = http.StatusText(response.HTTPStatusCode()) + ": " + api.ErrorCode()
	}
	if got != answer {
		t.Errorf("%s: got %q, want %q", what, got, answer)
	}
}

func TestOtherAccounts(t *testing.T) {
	const denied = "Forbidden: AccessDenied"
	w := newWorld(t, s3.Bucket{Readers: []string{"333333333333"}, Writers: []string{"444444444444"}})
	w.service.Put("data", "a", s3.Object{Body: []byte("hello")})
	for _, c := range []struct{ account, get, put, location string }{
		{account, "", "", ""},
		{other, denied, denied, denied},
		{"333333333333", "", denied, denied},
		{"444444444444", denied, "", denied},
	} {
		w := w.as(region, c.account)
		_, err := w.get("a")
		want(t, "get by "+c.account, err, c.get)
		want(t, "put by "+c.account, w.put("b", "hello"), c.put)
		want(t, "delete by "+c.account, w.delete("b", nil), c.put)
		_, err = w.GetBucketLocation(t.Context(), &s3sdk.GetBucketLocationInput{Bucket: aws.String("data")})
		want(t, "location by "+c.account, err, c.location)
	}
}

func TestOtherRegion(t *testing.T) {
	_, err := newWorld(t, s3.Bucket{}).as("us-west-2", other).get("a")
	want(t, "get by another account", err, "Moved Permanently: PermanentRedirect")
	w := newWorld(t, s3.Bucket{}).as("us-west-2", account)
	_, err = w.get("a")
	want(t, "get", err, "Moved Permanently: PermanentRedirect")
	if response, ok := errors.AsType[*awshttp.ResponseError](err); !ok || response.Response.Header.Get("x-amz-bucket-region") != region {
		t.Errorf("got %v, want the Region of the bucket in its header", err)
	}
	_, err = w.HeadBucket(t.Context(), &s3sdk.HeadBucketInput{Bucket: aws.String("data")})
	want(t, "head bucket", err, "Moved Permanently: MovedPermanently")
	out, err := w.GetBucketLocation(t.Context(), &s3sdk.GetBucketLocationInput{Bucket: aws.String("data")})
	if err != nil || out.LocationConstraint != region {
		t.Errorf("got %v and %v, want the Region of the bucket", out, err)
	}
}

func TestCreateBucket(t *testing.T) {
	const illegal = "Bad Request: IllegalLocationConstraintException"
	for _, c := range []struct{ name, endpoint, account, constraint, want string }{
		{"new-bucket", "us-east-1", account, "", ""},
		{"new-bucket", "us-east-1", account, region, ""},
		{"new-bucket", "us-east-1", account, "us-east-1", "Bad Request: InvalidLocationConstraint"},
		{"new-bucket", region, account, region, ""},
		{"new-bucket", region, account, "", illegal},
		{"new-bucket", region, account, "us-west-2", illegal},
		{"data", region, account, region, "Conflict: BucketAlreadyOwnedByYou"},
		{"data", "us-east-1", account, "", "Conflict: BucketAlreadyOwnedByYou"},
		{"data", region, other, region, "Conflict: BucketAlreadyExists"},
	} {
		in := &s3sdk.CreateBucketInput{Bucket: &c.name}
		if c.constraint != "" {
			in.CreateBucketConfiguration = &s3types.CreateBucketConfiguration{LocationConstraint: s3types.BucketLocationConstraint(c.constraint)}
		}
		_, err := newWorld(t, s3.Bucket{}).as(c.endpoint, c.account).CreateBucket(t.Context(), in)
		want(t, strings.Join([]string{c.name, "at", c.endpoint, "in", c.constraint}, " "), err, c.want)
	}
}

func TestDenyKMS(t *testing.T) {
	w := newWorld(t, s3.Bucket{KMSKey: key})
	w.service.Put("data", "a", s3.Object{Body: []byte("hello")})
	w.service.DenyKMS(key)
	_, err := w.get("a")
	want(t, "get", err, "Forbidden: AccessDenied")
	const message = "User: arn:aws:iam::123456789012:user/awstest is not authorized to perform: kms:Decrypt on resource: " + key +
		" because no identity-based policy allows the kms:Decrypt action"
	if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorMessage() != message {
		t.Errorf("got %v, want %s", err, message)
	}
	head := &s3sdk.HeadObjectInput{Bucket: aws.String("data"), Key: aws.String("a")}
	_, err = w.HeadObject(t.Context(), head)
	want(t, "head", err, "")
	head.ChecksumMode = s3types.ChecksumModeEnabled
	_, err = w.HeadObject(t.Context(), head)
	want(t, "head with checksum", err, "Forbidden: Forbidden")
	want(t, "put", w.put("a", "again"), "Forbidden: AccessDenied")
	_, err = w.CopyObject(t.Context(), &s3sdk.CopyObjectInput{
		Bucket: aws.String("data"), Key: aws.String("b"), CopySource: aws.String("data/a"), ServerSideEncryption: s3types.ServerSideEncryptionAes256,
	})
	want(t, "copy", err, "Forbidden: AccessDenied")
	if o, ok := w.service.Get("data", "a"); !ok || string(o.Body) != "hello" || w.service.Writes() != 0 {
		t.Errorf("got %q after %d writes, want it unchanged", o.Body, w.service.Writes())
	}
}

// What the documentation of S3 does not tell in so many words.
func TestConditionalDeleteWithoutObject(t *testing.T) {
	w := newWorld(t, s3.Bucket{Versioned: true})
	for _, etag := range []string{"*", `"0"`} {
		want(t, etag, w.delete("a", &etag), "Not Found: NoSuchKey")
	}
	w.service.Put("data", "a", s3.Object{})
	w.service.Delete("data", "a")
	for _, etag := range []string{"*", `"0"`} {
		want(t, etag+" over a marker", w.delete("a", &etag), "Precondition Failed: PreconditionFailed")
	}
}

func TestRelativeKeys(t *testing.T) {
	const refused = "Bad Request: InvalidURI"
	w := newWorld(t, s3.Bucket{})
	for name, answer := range map[string]string{
		"a/..": "", "a/../b": "", "./a": "", "..a": "",
		"..": refused, "../a": refused, "a/../../b": refused, "a/../..": refused,
	} {
		want(t, name, w.put(name, "hello"), answer)
	}
}

func TestRefused(t *testing.T) {
	for name, change := range map[string]func(*s3sdk.PutObjectInput){
		"Bad Request: InvalidRequest":     func(in *s3sdk.PutObjectInput) { in.ObjectLockMode = s3types.ObjectLockModeCompliance },
		"Not Implemented: NotImplemented": func(in *s3sdk.PutObjectInput) { in.IfNoneMatch = aws.String(`"0"`) },
		"Bad Request: InvalidArgument":    func(in *s3sdk.PutObjectInput) { in.ServerSideEncryption = "ROT13" },
		"Bad Request: InvalidTag":         func(in *s3sdk.PutObjectInput) { in.Tagging = aws.String("aws:a=1") },
	} {
		in := &s3sdk.PutObjectInput{Bucket: aws.String("data"), Key: aws.String("a")}
		change(in)
		_, err := newWorld(t, s3.Bucket{}).PutObject(t.Context(), in)
		want(t, name, err, name)
	}
}

// Of many writers with the same condition one succeeds.
func TestConcurrentWrites(t *testing.T) {
	w := newWorld(t, s3.Bucket{})
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			_, err := w.PutObject(context.Background(), &s3sdk.PutObjectInput{
				Bucket: aws.String("data"), Key: aws.String("a"), IfNoneMatch: aws.String("*"),
			})
			if err == nil {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || w.service.Writes() != 1 {
		t.Errorf("%d writers won, %d writes; want 1 of each", won.Load(), w.service.Writes())
	}
}
