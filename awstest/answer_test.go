package awstest_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"github.com/awspatterns/awspatterns/awstest"
)

func TestErrorsLookReal(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	err := get(t.Context(), client(cloud), "none")
	if _, ok := errors.AsType[*s3types.NoSuchKey](err); !ok {
		t.Errorf("%v is no NoSuchKey", err)
	}
	if _, ok := errors.AsType[*smithy.OperationError](err); !ok {
		t.Errorf("%v is no OperationError", err)
	}
	if e, ok := errors.AsType[*awshttp.ResponseError](err); !ok || e.HTTPStatusCode() != 404 || e.ServiceRequestID() == "" {
		t.Errorf("%v is no ResponseError with status 404 and a request ID", err)
	}
}

// What the SDK refuses by itself does not reach the Cloud.
func TestInvalidCallsDoNotArrive(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	nowhere := cloud.Config("", account)
	for _, test := range []struct {
		name, want string
		client     *s3.Client
		in         *s3.GetObjectInput
	}{
		{"no key", "missing required field, GetObjectInput.Key", client(cloud), &s3.GetObjectInput{Bucket: aws.String("bucket")}},
		{"no Region", "egion", s3.NewFromConfig(nowhere), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")}},
		{"bad ARN", "ARN", client(cloud), &s3.GetObjectInput{Bucket: aws.String("arn:aws:s3:bad"), Key: aws.String("k")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.client.GetObject(t.Context(), test.in); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if cloud.Count() != 0 {
		t.Errorf("calls %v", cloud.Calls())
	}
}

func TestPresigningMakesNoCall(t *testing.T) {
	cloud := awstest.New(t)
	req, err := s3.NewPresignClient(client(cloud)).PresignGetObject(t.Context(),
		&s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(req.URL, "X-Amz-Signature=") || cloud.Count() != 0 {
		t.Errorf("URL %s, calls %v", req.URL, cloud.Calls())
	}
}

func TestNilOutputIsEmpty(t *testing.T) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(context.Context, *s3.GetObjectInput) (*s3.GetObjectOutput, error) { return nil, nil })
	out, err := client(cloud).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if err != nil || out == nil || out.Body != nil {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestOutputIsNilWithError(t *testing.T) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(context.Context, *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		return &s3.GetObjectOutput{ETag: aws.String("e")}, errOther
	})
	out, err := client(cloud).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if !errors.Is(err, errOther) || out != nil {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestPaginator(t *testing.T) {
	cloud := awstest.New(t)
	o := newObjects(cloud)
	for i := range 5 {
		o.data[fmt.Sprint(i)] = nil
	}
	var keys []string
	pages := s3.NewListObjectsV2Paginator(client(cloud), &s3.ListObjectsV2Input{Bucket: aws.String("bucket")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range page.Contents {
			keys = append(keys, *object.Key)
		}
	}
	if !slices.Equal(keys, o.keys()) || cloud.Count() != 3 {
		t.Errorf("%d calls list %v, want 3 and %v", cloud.Count(), keys, o.keys())
	}
}

func TestWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		o := newObjects(cloud)
		waiter := s3.NewObjectExistsWaiter(client(cloud))
		start := time.Now()
		time.AfterFunc(42*time.Second, func() { o.put(t.Context(), &s3.PutObjectInput{Key: aws.String("k")}) })
		if err := waiter.Wait(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")}, 5*time.Minute); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took < 42*time.Second || took > 5*time.Minute {
			t.Errorf("the object of second 42 was seen after %v", took)
		}
		start = time.Now()
		err := waiter.Wait(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("never")}, time.Hour)
		if err == nil || !strings.Contains(err.Error(), "exceeded max wait time") {
			t.Errorf("waiting in vain returns %v", err)
		}
		if took := time.Since(start); took < 50*time.Minute || took > time.Hour+time.Minute {
			t.Errorf("waiting an hour took %v", took)
		}
	})
}

func TestBodies(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 10_000)
	for _, test := range []struct {
		name string
		body io.Reader
		want string
	}{
		{"none", nil, ""},
		{"empty", strings.NewReader(""), ""},
		{"seekable", strings.NewReader(text), text},
		{"unseekable", io.MultiReader(strings.NewReader(text)), text},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			o := newObjects(cloud)
			if err := put(t.Context(), client(cloud), "k", test.body); err != nil {
				t.Fatal(err)
			}
			if got := string(o.data["k"]); got != test.want {
				t.Errorf("%d bytes arrived, want the %d that were sent", len(got), len(test.want))
			}
		})
	}
}

type brokenReader struct{ io.ReadSeeker }

func (brokenReader) Read([]byte) (int, error) { return 0, errOther }

func TestBodyThatCannotBeRead(t *testing.T) {
	cloud := awstest.New(t)
	o := newObjects(cloud)
	err := put(t.Context(), client(cloud), "k", brokenReader{strings.NewReader("hello")})
	if !errors.Is(err, errOther) || len(o.data) != 0 {
		t.Errorf("got %v, objects %v", err, o.keys())
	}
}

// The SDK rewinds a body that the handler has read before it fails.
func TestRetriesSendTheBodyAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		var got []string
		awstest.Handle(cloud, func(_ context.Context, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
			data, err := io.ReadAll(in.Body)
			if got = append(got, string(data)); len(got) < 3 {
				return nil, awstest.Error(503, "SlowDown", "")
			}
			return nil, err
		})
		if err := put(t.Context(), client(cloud), "k", strings.NewReader("hello")); err != nil {
			t.Fatal(err)
		}
		if want := []string{"hello", "hello", "hello"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestUnseekableBodyIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newObjects(cloud)
		cloud.Inject(awstest.Fault{Times: 1, Err: awstest.Throttled()})
		err := put(t.Context(), client(cloud), "k", io.MultiReader(strings.NewReader("hello")))
		if err == nil || !strings.Contains(err.Error(), "failed to rewind") {
			t.Errorf("got %v, want the SDK's error about rewinding", err)
		}
	})
}

func TestRetriesGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newObjects(cloud)
		cloud.Inject(awstest.Fault{Err: awstest.Throttled()})
		err := put(t.Context(), client(cloud), "k", nil)
		if _, ok := errors.AsType[*retry.MaxAttemptsError](err); !ok {
			t.Errorf("%v is no MaxAttemptsError", err)
		}
		if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "ThrottlingException" {
			t.Errorf("%v is no ThrottlingException", err)
		}
		if cloud.Count() != retry.DefaultMaxAttempts || len(cloud.Operations()) != 1 {
			t.Errorf("%d attempts of %v, want %d of one", cloud.Count(), cloud.Operations(), retry.DefaultMaxAttempts)
		}
		for i, call := range cloud.Calls() {
			if call.Attempt != i+1 || call.Err == nil {
				t.Errorf("attempt %d is logged as %d with error %v", i+1, call.Attempt, call.Err)
			}
			if got, want := call.Header.Get("Amz-Sdk-Request"), fmt.Sprintf("attempt=%d; max=3", i+1); got != want {
				t.Errorf("attempt %d is logged with header %q, want %q", i+1, got, want)
			}
		}
	})
}

func TestRetryQuotaIsReal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newObjects(cloud)
		cloud.Inject(awstest.Fault{Err: awstest.Throttled()})
		c := client(cloud)
		for range 1000 {
			if _, ok := errors.AsType[ratelimit.QuotaExceededError](put(t.Context(), c, "k", nil)); ok {
				return
			}
		}
		t.Error("the retry quota never ran out")
	})
}

func TestWhatIsRetried(t *testing.T) {
	for _, test := range []struct {
		name     string
		err      error
		attempts int
	}{
		{"throttled", awstest.Throttled(), 2},
		{"internal error", awstest.Error(500, "InternalError", ""), 2},
		{"connection reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, 2},
		{"denied", awstest.Denied(), 1},
		{"cancelled", &aws.RequestCanceledError{Err: errOther}, 1},
		{"modeled", awstest.Status(404, &s3types.NoSuchBucket{}), 1},
		{"other", errOther, 1},
		{"crash", awstest.ErrCrash, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				newObjects(cloud)
				cloud.Inject(awstest.Fault{Times: 1, Err: test.err})
				err := put(t.Context(), client(cloud), "k", nil)
				if cloud.Count() != test.attempts {
					t.Errorf("%d attempts, want %d", cloud.Count(), test.attempts)
				}
				if test.attempts == 1 && !errors.Is(err, test.err) || test.attempts > 1 && err != nil {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

func TestRetryerOfTheCallIsHonoured(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	cloud.Inject(awstest.Fault{Times: 1, Err: awstest.Throttled()})
	_, err := client(cloud).GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")},
		func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	if err == nil || cloud.Count() != 1 {
		t.Errorf("got %v after %d attempts, want an error after one", err, cloud.Count())
	}
}

func TestContextEnds(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		calls int // that arrived
		logs  bool
	}{
		{"on the way", awstest.Fault{}, 0, false},
		{"while delayed", awstest.Fault{Latency: time.Hour}, 1, true},
		{"during backoff", awstest.Fault{Err: awstest.Throttled()}, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				if test.calls == 0 {
					cloud.Latency = time.Hour
				}
				o := newObjects(cloud)
				cloud.Inject(test.fault)
				ctx, cancel := context.WithTimeout(t.Context(), time.Microsecond+time.Nanosecond)
				defer cancel()
				start := time.Now()
				err := put(ctx, client(cloud), "k", nil)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v, want that the deadline was exceeded", err)
				}
				if took := time.Since(start); took > time.Second {
					t.Errorf("it took %v to notice", took)
				}
				calls := cloud.Calls()
				if len(calls) != test.calls || len(o.data) != 0 {
					t.Errorf("%d calls arrived and left %v, want %d and nothing", len(calls), o.keys(), test.calls)
				}
				if test.logs && calls[0].Err == nil {
					t.Error("the logged call has no error")
				}
			})
		})
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Latency = 3 * time.Second
		newObjects(cloud)
		start := time.Now()
		put(t.Context(), client(cloud), "k", nil)
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("the call took %v, want 3 s", took)
		}
	})
}

// The clients of directory buckets make a session first, which is a call too.
func TestDirectoryBucketMakesSession(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	awstest.Handle(cloud, func(ctx context.Context, _ *s3.CreateSessionInput) (*s3.CreateSessionOutput, error) {
		c, err := awstest.Credentials(awstest.CallerOf(ctx).Account).Retrieve(ctx)
		return &s3.CreateSessionOutput{Credentials: &s3types.SessionCredentials{
			AccessKeyId: &c.AccessKeyID, SecretAccessKey: &c.SecretAccessKey, SessionToken: aws.String("token"),
			Expiration: aws.Time(time.Now().Add(time.Hour)),
		}}, err
	})
	_, err := client(cloud).PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("b--euw1-az1--x-s3"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cloud.Operations(), []string{"S3.CreateSession", "S3.PutObject"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
	if got := cloud.Calls()[1].Account; got != account {
		t.Errorf("the call with the session is of account %q, want %s", got, account)
	}
}

// requests makes calls and returns what they ask for, and their targets.
func requests(t *testing.T, calls ...func(context.Context, *s3.Client, *awstest.Cloud)) (requests, targets []string) {
	t.Helper()
	cloud := awstest.New(nil) // nobody handles the calls
	for i, call := range calls {
		before := cloud.Count()
		call(t.Context(), client(cloud), cloud)
		logged := cloud.Calls()[before:]
		if len(logged) != 1 {
			t.Fatalf("call %d is %d calls", i+1, len(logged))
		}
		requests, targets = append(requests, logged[0].Request()), append(targets, logged[0].Target)
	}
	return requests, targets
}

func TestRequestsThatDiffer(t *testing.T) {
	type calls = []func(context.Context, *s3.Client, *awstest.Cloud)
	putting := func(in s3.PutObjectInput) func(context.Context, *s3.Client, *awstest.Cloud) {
		return func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			in.Bucket, in.Key = aws.String("bucket"), aws.String("k")
			c.PutObject(ctx, &in)
		}
	}
	filtering := func(f s3types.MetricsFilter) func(context.Context, *s3.Client, *awstest.Cloud) {
		return func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			c.PutBucketMetricsConfiguration(ctx, &s3.PutBucketMetricsConfigurationInput{
				Bucket: aws.String("bucket"), Id: aws.String("i"), MetricsConfiguration: &s3types.MetricsConfiguration{Id: aws.String("i"), Filter: f},
			})
		}
	}
	posting := func(method, url, body string) func(context.Context, *s3.Client, *awstest.Cloud) {
		return func(ctx context.Context, _ *s3.Client, cloud *awstest.Cloud) {
			r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			cloud.HTTPClient().Do(r)
		}
	}
	for name, calls := range map[string]calls{
		"body":         {putting(s3.PutObjectInput{}), putting(s3.PutObjectInput{Body: strings.NewReader("a")}), putting(s3.PutObjectInput{Body: io.MultiReader(strings.NewReader("b"))})},
		"header":       {putting(s3.PutObjectInput{}), putting(s3.PutObjectInput{IfMatch: aws.String("e")}), putting(s3.PutObjectInput{IfNoneMatch: aws.String("e")})},
		"map":          {putting(s3.PutObjectInput{Metadata: map[string]string{"a": "b c:d"}}), putting(s3.PutObjectInput{Metadata: map[string]string{"a": "b", "c": "d"}})},
		"time":         {putting(s3.PutObjectInput{Expires: aws.Time(time.Unix(1, 0))}), putting(s3.PutObjectInput{Expires: aws.Time(time.Unix(2, 0))})},
		"union":        {filtering(&s3types.MetricsFilterMemberPrefix{Value: "a"}), filtering(&s3types.MetricsFilterMemberAccessPointArn{Value: "a"}), filtering(nil)},
		"HTTP, method": {posting("POST", "https://a.test/", ""), posting("PUT", "https://a.test/", "")},
		"HTTP, URL":    {posting("POST", "https://a.test/?a=1", ""), posting("POST", "https://a.test/?a=2", "")},
		"HTTP, body":   {posting("POST", "https://a.test/", "a"), posting("POST", "https://a.test/", "b")},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := requests(t, calls...)
			if slices.Sort(got); len(slices.Compact(got)) != len(calls) {
				t.Errorf("different requests are the same: %q", got)
			}
		})
	}
}

func TestRequestsThatAreEqual(t *testing.T) {
	type call = func(context.Context, *s3.Client, *awstest.Cloud)
	started := time.Now()
	for name, call := range map[string]call{
		"bodies": func() call {
			readers := []io.Reader{strings.NewReader("hello"), io.MultiReader(strings.NewReader("hello"))}
			return func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
				put(ctx, c, "k", readers[0])
				readers = append(readers[1:], strings.NewReader("hello"))
			}
		}(),
		"maps": func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			metadata := map[string]string{}
			for i := range 50 {
				metadata[fmt.Sprint(i)] = fmt.Sprint(i)
			}
			c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Metadata: metadata})
		},
		"pointers": func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			c.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: aws.String("bucket"), Delete: &s3types.Delete{
				Objects: []s3types.ObjectIdentifier{{Key: aws.String("a"), LastModifiedTime: aws.Time(started.Round(0))}, {Key: aws.String("b"), Size: new(int64)}},
			}})
		},
		"token": func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			c.RenameObject(ctx, &s3.RenameObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), RenameSource: aws.String("s")})
		},
		// The SDK fills the token into the input itself, which a program may send again.
		"token of the first time": func() call {
			in := &s3.RenameObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), RenameSource: aws.String("s")}
			return func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) { c.RenameObject(ctx, in) }
		}(),
		// As the SDK does it for operations that have a token in the query.
		"token in the URL": func(ctx context.Context, c *s3.Client, _ *awstest.Cloud) {
			fill := middleware.InitializeMiddlewareFunc("token", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
				middleware.InitializeOutput, middleware.Metadata, error,
			) {
				in.Parameters.(*s3.ListObjectsV2Input).StartAfter = aws.String(rand.Text() + "/")
				return next.HandleInitialize(ctx, in)
			})
			c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("bucket")}, s3.WithAPIOptions(func(stack *middleware.Stack) error {
				return stack.Initialize.Insert(fill, "awstest:Capture", middleware.Before)
			}))
		},
		"presigned": func(ctx context.Context, c *s3.Client, cloud *awstest.Cloud) {
			signer := func(o *s3.PresignOptions) { o.Presigner = laterSigner{time.Since(started)} }
			started = started.Add(-time.Hour)
			r, err := s3.NewPresignClient(c).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")}, signer)
			if err != nil {
				t.Fatal(err)
			}
			cloud.HTTPClient().Get(r.URL)
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, targets := requests(t, call, call, call)
			if differ := targets[0] != targets[1]; differ != (name == "token in the URL" || name == "presigned") {
				t.Errorf("got the targets %q", targets)
			}
			for _, request := range got[1:] {
				if request != got[0] {
					t.Errorf("equal requests differ: %q", got)
				}
			}
		})
	}
}

// laterSigner presigns as if it was later.
type laterSigner struct{ by time.Duration }

func (s laterSigner) PresignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, hash, service, region string,
	at time.Time, options ...func(*v4.SignerOptions),
) (string, http.Header, error) {
	return v4.NewSigner().PresignHTTP(ctx, credentials, r, hash, service, region, at.Add(s.by), options...)
}

func TestRequestOfRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newObjects(cloud)
		cloud.Inject(awstest.Fault{Attempts: 1, Err: awstest.Throttled()})
		cloud.Inject(awstest.Fault{Attempts: 2, Err: awstest.Throttled(), Applied: true})
		body := []byte("hello")
		if err := put(t.Context(), client(cloud), "k", bytes.NewReader(body)); err != nil {
			t.Fatal(err)
		}
		want := cloud.Calls()[0].Request()
		if name := cloud.Calls()[0].String() + " "; !strings.HasPrefix(want, name) || len(want) == len(name) {
			t.Errorf("got %q, want %q and a hash", want, name)
		}
		for i, call := range cloud.Calls() {
			if call.Request() != want || call.Attempt != i+1 || i == 3 {
				t.Errorf("attempt %d is %q, want %q", call.Attempt, call.Request(), want)
			}
		}
		copy(body, "later") // the log has what was sent
		if got := cloud.Calls()[0].Request(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		if err := put(t.Context(), client(cloud), "k", bytes.NewReader(body)); err != nil || cloud.Calls()[3].Request() == want {
			t.Errorf("got %v, request %q", err, cloud.Calls()[3].Request())
		}
	})
}

// A caller may use an input again, as for batches.
func TestRequestOfInputUsedAgain(t *testing.T) {
	objects := []s3types.ObjectIdentifier{{Key: aws.String("a")}}
	in := &s3.DeleteObjectsInput{Bucket: aws.String("bucket"), Delete: &s3types.Delete{Objects: objects}}
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(context.Context, *s3.DeleteObjectsInput) (*s3.DeleteObjectsOutput, error) { return nil, nil })
	for _, key := range []string{"a", "b"} {
		objects[0].Key = &key
		if _, err := client(cloud).DeleteObjects(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	if calls := cloud.Calls(); calls[0].Request() == calls[1].Request() {
		t.Errorf("two requests are the same: %s", calls[0].Request())
	}
}

// A call that a test makes itself has a request too.
func TestRequestOfOtherCalls(t *testing.T) {
	if got := (awstest.Call{Service: "local", Operation: "WriteFile", Target: "file"}).Request(); got != "local.WriteFile file" {
		t.Errorf("got %q", got)
	}
}
