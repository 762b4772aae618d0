package awstest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	ststypes "github.com/aws/aws-sdk-go-v2/service/sts/types"

	"github.com/awspatterns/awspatterns/awstest"
)

const (
	region  = "eu-west-1"
	account = "123456789012"
)

var errOther = errors.New("another error")

// objects is the smallest useful S3: one bucket, pages of two keys.
type objects struct {
	mu   sync.Mutex
	data map[string][]byte
}

func newObjects(c *awstest.Cloud) *objects {
	o := &objects{data: map[string][]byte{}}
	awstest.Handle(c, o.put)
	awstest.Handle(c, o.get)
	awstest.Handle(c, o.head)
	awstest.Handle(c, o.list)
	return o
}

func (o *objects) put(_ context.Context, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
	var data []byte
	if in.Body != nil {
		var err error
		if data, err = io.ReadAll(in.Body); err != nil {
			return nil, err
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.data[*in.Key] = data
	return &s3.PutObjectOutput{ETag: aws.String(`"etag"`)}, nil
}

func (o *objects) get(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	data, ok := o.data[*in.Key]
	if !ok {
		return nil, awstest.Status(404, &s3types.NoSuchKey{})
	}
	return &s3.GetObjectOutput{Body: io.NopCloser(bytes.NewReader(data)), ContentLength: aws.Int64(int64(len(data)))}, nil
}

func (o *objects) head(_ context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	data, ok := o.data[*in.Key]
	if !ok {
		return nil, awstest.Status(404, &s3types.NotFound{})
	}
	return &s3.HeadObjectOutput{ContentLength: aws.Int64(int64(len(data)))}, nil
}

func (o *objects) list(_ context.Context, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var keys []string
	for key := range o.data {
		if key > aws.ToString(in.ContinuationToken) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	out := &s3.ListObjectsV2Output{}
	if len(keys) > 2 {
		keys = keys[:2]
		out.IsTruncated, out.NextContinuationToken = aws.Bool(true), aws.String(keys[1])
	}
	for _, key := range keys {
		out.Contents = append(out.Contents, s3types.Object{Key: aws.String(key)})
	}
	return out, nil
}

// keys returns which objects there are, sorted.
func (o *objects) keys() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	keys := []string{}
	for key := range o.data {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func put(ctx context.Context, c *s3.Client, key string, body io.Reader) error {
	_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: &key, Body: body})
	return err
}

func get(ctx context.Context, c *s3.Client, key string) error {
	_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: &key})
	return err
}

func client(c *awstest.Cloud) *s3.Client { return s3.NewFromConfig(c.Config(region, account)) }

// recorder is a TB that keeps what is reported to it.
type recorder struct {
	mu   sync.Mutex
	errs []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, fmt.Sprintf(format, args...))
}

func TestRoundTrip(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	c := client(cloud)
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k"), Body: strings.NewReader("hello")})
	if err != nil {
		t.Fatal(err)
	}
	if id, _ := awsmiddleware.GetRequestIDMetadata(out.ResultMetadata); id == "" {
		t.Error("the output has no request ID")
	}
	got, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(got.Body); string(data) != "hello" || err != nil {
		t.Errorf("got %q, %v", data, err)
	}
	if got, want := cloud.Operations(), []string{"S3.PutObject", "S3.GetObject"}; !slices.Equal(got, want) {
		t.Errorf("operations %v, want %v", got, want)
	}
	call := cloud.Calls()[0]
	if in, ok := call.Input.(*s3.PutObjectInput); !ok || *in.Key != "k" {
		t.Errorf("logged input %#v", call.Input)
	}
	if got, want := call.String(), "S3.PutObject PUT https://bucket.s3.eu-west-1.amazonaws.com/k?x-id=PutObject"; got != want {
		t.Errorf("call %s, want %s", got, want)
	}
}

// Clients from Config send what those from config.LoadDefaultConfig send.
func TestChecksumsAreOn(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	if err := put(t.Context(), client(cloud), "k", strings.NewReader("hello")); err != nil {
		t.Fatal(err)
	}
	if err := get(t.Context(), client(cloud), "k"); err != nil {
		t.Fatal(err)
	}
	put, get := cloud.Calls()[0].Header, cloud.Calls()[1].Header
	if put.Get("X-Amz-Trailer") != "x-amz-checksum-crc32" {
		t.Errorf("PutObject sends no checksum: %v", put)
	}
	if get.Get("X-Amz-Checksum-Mode") != "ENABLED" {
		t.Errorf("GetObject asks for no checksum: %v", get)
	}
}

func TestLogKeepsInputAsItWas(t *testing.T) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		in.Key = aws.String("changed by the handler")
		return nil, nil
	})
	in := &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")}
	if _, err := client(cloud).GetObject(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if *in.Key != "k" {
		t.Errorf("the caller's key is now %q", *in.Key)
	}
	in.Key = aws.String("changed by the caller")
	if got := *cloud.Calls()[0].Input.(*s3.GetObjectInput).Key; got != "k" {
		t.Errorf("logged key %q, want k", got)
	}
}

func TestLaterHandlerReplaces(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	awstest.Handle(cloud, func(context.Context, *s3.GetObjectInput) (*s3.GetObjectOutput, error) { return nil, nil })
	if err := get(t.Context(), client(cloud), "none"); err != nil {
		t.Errorf("the first handler answered: %v", err)
	}
}

// PutObjectOutput has the name of the right output, but is of another package;
// PutObject is not the name of its input.
type (
	PutObjectOutput struct{}
	PutObject       struct{}
)

func TestHandleRefusesOtherOutputs(t *testing.T) {
	for name, handle := range map[string]func(*awstest.Cloud){
		"other operation": func(c *awstest.Cloud) {
			awstest.Handle(c, func(context.Context, *s3.PutObjectInput) (*s3.GetObjectOutput, error) { return nil, nil })
		},
		"other package": func(c *awstest.Cloud) {
			awstest.Handle(c, func(context.Context, *s3.PutObjectInput) (*PutObjectOutput, error) { return nil, nil })
		},
		"no input": func(c *awstest.Cloud) {
			awstest.Handle(c, func(context.Context, *PutObject) (*PutObjectOutput, error) { return nil, nil })
		},
		"no output": func(c *awstest.Cloud) {
			awstest.Handle(c, func(context.Context, *s3.PutObjectInput) (*s3.PutObjectInput, error) { return nil, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			handle(awstest.New(t))
		})
	}
}

func TestAccountsAndRegions(t *testing.T) {
	cloud := awstest.New(t)
	awstest.Handle(cloud, func(ctx context.Context, _ *sts.GetCallerIdentityInput) (*sts.GetCallerIdentityOutput, error) {
		who := awstest.CallerOf(ctx)
		return &sts.GetCallerIdentityOutput{Account: aws.String(who.Account), Arn: aws.String(who.Partition() + " " + who.Region)}, nil
	})
	for _, who := range []struct{ region, account, arn string }{
		{"us-east-1", "111111111111", "aws us-east-1"},
		{"cn-north-1", "222222222222", "aws-cn cn-north-1"},
	} {
		out, err := sts.NewFromConfig(cloud.Config(who.region, who.account)).GetCallerIdentity(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if *out.Account != who.account || *out.Arn != who.arn {
			t.Errorf("the handler is called by %s in %s, want %s in %s", *out.Account, *out.Arn, who.account, who.arn)
		}
		last := cloud.Calls()[cloud.Count()-1]
		if got, want := last.Caller, (awstest.Caller{Account: who.account, Region: who.region}); got != want {
			t.Errorf("logged caller %v, want %v", got, want)
		}
	}
	if got := awstest.CallerOf(t.Context()); got != (awstest.Caller{}) {
		t.Errorf("outside of a handler, the caller is %v", got)
	}
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"us-east-1":      "aws",
		"eu-central-1":   "aws",
		"":               "aws",
		"cn-northwest-1": "aws-cn",
		"us-gov-west-1":  "aws-us-gov",
		"us-iso-east-1":  "aws-iso",
		"us-isob-east-1": "aws-iso-b",
		"eu-isoe-west-1": "aws-iso-e",
		"us-isof-east-1": "aws-iso-f",
		"eusc-de-east-1": "aws-eusc",
	} {
		if got := (awstest.Caller{Region: region}).Partition(); got != want {
			t.Errorf("Region %q is in %s, want %s", region, got, want)
		}
	}
}

// A handler for sts:AssumeRole hands out the credentials of the role's account;
// who uses them calls from there.
func TestAssumedRole(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	awstest.Handle(cloud, func(ctx context.Context, in *sts.AssumeRoleInput) (*sts.AssumeRoleOutput, error) {
		c, err := awstest.Credentials(strings.Split(*in.RoleArn, ":")[4]).Retrieve(ctx)
		return &sts.AssumeRoleOutput{Credentials: &ststypes.Credentials{
			AccessKeyId: &c.AccessKeyID, SecretAccessKey: &c.SecretAccessKey, SessionToken: aws.String("token"),
		}}, err
	})
	cfg := cloud.Config(region, account)
	out, err := sts.NewFromConfig(cfg).AssumeRole(t.Context(), &sts.AssumeRoleInput{
		RoleArn: aws.String("arn:aws:iam::999999999999:role/reader"), RoleSessionName: aws.String("s"),
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID: *out.Credentials.AccessKeyId, SecretAccessKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken,
		}, nil
	})
	if err := put(t.Context(), s3.NewFromConfig(cfg), "k", nil); err != nil {
		t.Fatal(err)
	}
	calls := cloud.Calls()
	if calls[0].Account != account || calls[1].Account != "999999999999" {
		t.Errorf("the calls are of %q and %q, want %q and 999999999999", calls[0].Account, calls[1].Account, account)
	}
}

func TestUnsignedCallsHaveNoAccount(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	cfg := cloud.Config(region, account)
	cfg.Credentials = aws.AnonymousCredentials{}
	if err := put(t.Context(), s3.NewFromConfig(cfg), "k", nil); err != nil {
		t.Fatal(err)
	}
	if got, want := cloud.Calls()[0].Caller, (awstest.Caller{Region: region}); got != want {
		t.Errorf("caller %+v, want %+v", got, want)
	}
}

// A request belongs to the Region that it is signed for.
func TestRegionOfSignature(t *testing.T) {
	bucket := func(name string) *s3.HeadBucketInput { return &s3.HeadBucketInput{Bucket: &name} }
	for _, test := range []struct {
		name, want string
		in         *s3.HeadBucketInput
		option     func(*s3.Options)
	}{
		{"client's", region, bucket("bucket"), func(*s3.Options) {}},
		{"of an ARN", "us-west-2", bucket("arn:aws:s3:us-west-2:123456789012:accesspoint/ap"), func(o *s3.Options) { o.UseARNRegion = true }},
		{"of the call", "us-west-2", bucket("bucket"), func(o *s3.Options) { o.Region = "us-west-2" }},
		{"of the signature alone", "us-west-2", bucket("bucket"), s3.WithSigV4SigningRegion("us-west-2")},
		{"of the endpoint", "us-east-1", bucket("bucket"), func(o *s3.Options) { o.Region = "aws-global" }},
		{"all, in Version 4a", region, bucket("arn:aws:s3::123456789012:accesspoint/name.mrap"), func(*s3.Options) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			var caller awstest.Caller
			awstest.Handle(cloud, func(ctx context.Context, _ *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
				caller = awstest.CallerOf(ctx)
				return nil, nil
			})
			hits := cloud.Inject(awstest.Fault{Region: test.want})
			if _, err := client(cloud).HeadBucket(t.Context(), test.in, test.option); err != nil {
				t.Fatal(err)
			}
			want := awstest.Caller{Account: account, Region: test.want}
			if logged := cloud.Calls()[0].Caller; logged != want || caller != want || hits() != 1 {
				t.Errorf("logged %+v, handled %+v, %d hits, want %+v", logged, caller, hits(), want)
			}
		})
	}
}

func TestLogLimit(t *testing.T) {
	for _, test := range []struct {
		limit int
		want  []string // keys, with "!" where the answer was an error
	}{
		{0, []string{"a", "b!", "c", "d!", "e"}},
		{-1, nil},
		{1, []string{"e"}},
		{2, []string{"d!", "e"}},
		{3, []string{"c", "d!", "e"}},
		{9, []string{"a", "b!", "c", "d!", "e"}},
	} {
		t.Run(fmt.Sprint(test.limit), func(t *testing.T) {
			cloud := awstest.New(t)
			cloud.LogLimit = test.limit
			o := newObjects(cloud)
			o.data["a"], o.data["c"], o.data["e"] = nil, nil, nil
			for _, key := range []string{"a", "b", "c", "d", "e"} {
				get(t.Context(), client(cloud), key)
			}
			var got []string
			for _, call := range cloud.Calls() {
				key := *call.Input.(*s3.GetObjectInput).Key
				if call.Err != nil {
					key += "!"
				}
				got = append(got, key)
			}
			if !slices.Equal(got, test.want) || cloud.Count() != 5 {
				t.Errorf("the log has %v of %d calls, want %v of 5", got, cloud.Count(), test.want)
			}
		})
	}
}

// An answer that comes when its call has left the log is not written to another.
func TestLogLimitWithLateAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.LogLimit = 1
		awstest.Handle(cloud, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
			if *in.Key == "slow" {
				time.Sleep(time.Minute)
				return nil, awstest.Denied()
			}
			return nil, nil
		})
		var wg sync.WaitGroup
		wg.Go(func() {
			if err := get(t.Context(), client(cloud), "slow"); err == nil {
				t.Error("the slow call got no error")
			}
		})
		time.Sleep(time.Second)
		if err := get(t.Context(), client(cloud), "fast"); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if calls := cloud.Calls(); len(calls) != 1 || *calls[0].Input.(*s3.GetObjectInput).Key != "fast" || calls[0].Err != nil {
			t.Errorf("the log is %+v", calls)
		}
	})
}

func TestCallsIsACopy(t *testing.T) {
	cloud := awstest.New(t)
	newObjects(cloud)
	put(t.Context(), client(cloud), "k", nil)
	cloud.Calls()[0].Service = "changed"
	if got := cloud.Calls()[0].Service; got != "S3" {
		t.Errorf("the log was changed from outside: %s", got)
	}
}

func TestMaxCalls(t *testing.T) {
	for _, limit := range []int{0, 1, 2} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			tb := &recorder{}
			cloud := awstest.New(tb)
			cloud.MaxCalls = limit
			o := newObjects(cloud)
			calls, panicked := 0, ""
			func() {
				defer func() { panicked = fmt.Sprint(recover()) }()
				for calls < 100 { // of code that ignores errors
					calls++
					if err := put(t.Context(), client(cloud), fmt.Sprint(calls), nil); (err != nil) != (calls > limit) {
						t.Errorf("call %d: %v", calls, err)
					}
				}
			}()
			if got := o.keys(); len(got) != limit {
				t.Errorf("objects %v, want %d", got, limit)
			}
			if want := fmt.Sprintf("more than %d calls, the last one S3.PutObject", limit); len(tb.errs) != 1 || !strings.Contains(tb.errs[0], want) {
				t.Errorf("reported %q, want %q once", tb.errs, want)
			}
			if want := max(2, 2*limit+1); calls != want {
				t.Errorf("call %d panics, want %d", calls, want)
			}
			if last := fmt.Sprintf("the last one S3.PutObject PUT https://bucket.s3.eu-west-1.amazonaws.com/%d?", calls); !strings.Contains(panicked, last) {
				t.Errorf("got panic %q, want %q", panicked, last)
			}
		})
	}
}

// Without latency, a waiter at its deadline spins in a bubble.
func TestSpinningIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(nil)
		cloud.Latency, cloud.MaxCalls, cloud.LogLimit = 0, 1000, -1
		newObjects(cloud)
		err := s3.NewObjectExistsWaiter(client(cloud)).Wait(t.Context(),
			&s3.HeadObjectInput{Bucket: aws.String("bucket"), Key: aws.String("never")}, 2*time.Minute)
		if err == nil || cloud.Err() == nil {
			t.Errorf("the waiter returns %v, the Cloud %v", err, cloud.Err())
		}
	})
}

// arrivals makes 20 calls at the same time and returns their order.
func arrivals(t *testing.T, seed uint64) []string {
	var order []string
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Seed = seed
		newObjects(cloud)
		start, c := time.Now(), client(cloud)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() { get(t.Context(), c, fmt.Sprint(i)) })
		}
		wg.Wait()
		if took := time.Since(start); took < 20*time.Microsecond || took > time.Millisecond {
			t.Errorf("with a seed, 20 calls of at most 1,000 times 1 µs took %v", took)
		}
		for _, call := range cloud.Calls() {
			order = append(order, *call.Input.(*s3.GetObjectInput).Key)
		}
	})
	return order
}

func TestSeedDecidesOrder(t *testing.T) {
	first := arrivals(t, 1)
	for range 3 {
		if again := arrivals(t, 1); !slices.Equal(again, first) {
			t.Errorf("seed 1 gives the orders\n%v\n%v", first, again)
		}
	}
	if other := arrivals(t, 2); slices.Equal(other, first) {
		t.Errorf("seeds 1 and 2 give the same order %v", first)
	}
	if slices.IsSorted(first) {
		t.Errorf("seed 1 gives the order of the calls")
	}
}

// The calls of a service that has one URL differ in their bodies alone.
func TestSeedDecidesOrderAtOneURL(t *testing.T) {
	keys := []string{"AKIA0", "AKIA1", "AKIA2", "AKIA3"}
	for name, call := range map[string]func(context.Context, *awstest.Cloud, string){
		"SDK": func(ctx context.Context, c *awstest.Cloud, key string) {
			sts.NewFromConfig(c.Config(region, account)).GetAccessKeyInfo(ctx, &sts.GetAccessKeyInfoInput{AccessKeyId: &key})
		},
		"SDK, streaming": func(ctx context.Context, c *awstest.Cloud, key string) {
			put(ctx, client(c), "k", strings.NewReader(key))
		},
		"HTTP": func(_ context.Context, c *awstest.Cloud, key string) {
			c.HTTPClient().Post("https://a.test/", "", strings.NewReader(key))
		},
	} {
		t.Run(name, func(t *testing.T) {
			order := func(seed uint64) (order []string) {
				synctest.Test(t, func(t *testing.T) {
					cloud := awstest.New(t)
					cloud.Seed = seed
					var mu sync.Mutex
					arrive := func(key string) {
						mu.Lock()
						defer mu.Unlock()
						order = append(order, key)
					}
					awstest.Handle(cloud, func(_ context.Context, in *sts.GetAccessKeyInfoInput) (*sts.GetAccessKeyInfoOutput, error) {
						arrive(*in.AccessKeyId)
						return nil, nil
					})
					awstest.Handle(cloud, func(_ context.Context, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
						key, err := io.ReadAll(in.Body)
						arrive(string(key))
						return nil, err
					})
					cloud.HandleHTTP("a.test", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						key, _ := io.ReadAll(r.Body)
						arrive(string(key))
					}))
					var wg sync.WaitGroup
					for _, key := range keys {
						wg.Go(func() { call(t.Context(), cloud, key) })
					}
					wg.Wait()
				})
				return order
			}
			first := order(1)
			if sorted := slices.Sorted(slices.Values(first)); !slices.Equal(sorted, keys) {
				t.Fatalf("got the calls %v", sorted)
			}
			for range 49 {
				if again := order(1); !slices.Equal(again, first) {
					t.Fatalf("seed 1 gives the orders %v and %v", first, again)
				}
			}
			if slices.Equal(order(2), first) && slices.Equal(order(3), first) {
				t.Errorf("seeds 1, 2 and 3 give the same order %v", first)
			}
		})
	}
}

// Calls that are the same in everything take their own time each.
func TestSeedOfEqualCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		cloud.Seed = 1
		newObjects(cloud)
		took := map[time.Duration]bool{}
		for range 5 {
			start := time.Now()
			put(t.Context(), client(cloud), "k", nil)
			took[time.Since(start)] = true
		}
		if len(took) != 5 {
			t.Errorf("five equal calls took %v", took)
		}
	})
}

func TestProblemsAreReported(t *testing.T) {
	// Code under test that replaces the APIOptions, instead of adding to them, is
	// stopped at the network.
	escape := func(ctx context.Context, c *s3.Client) error {
		_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("bucket"), Key: aws.String("k")},
			func(o *s3.Options) { o.APIOptions, o.Retryer = nil, aws.NopRetryer{} })
		return err
	}
	for _, test := range []struct {
		name, want string
		call       func(context.Context, *s3.Client) error
	}{
		{"unhandled", "nobody handles S3.GetObject GET https://", func(ctx context.Context, c *s3.Client) error { return get(ctx, c, "k") }},
		{"escaped", "a request escaped to https://bucket.s3.eu-west-1.amazonaws.com/k", escape},
	} {
		t.Run(test.name, func(t *testing.T) {
			tb := &recorder{}
			cloud := awstest.New(tb)
			err := test.call(t.Context(), client(cloud))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the caller gets %v, want %q", err, test.want)
			}
			if len(tb.errs) != 1 || !strings.Contains(tb.errs[0], test.want) {
				t.Errorf("the TB gets %q, want %q", tb.errs, test.want)
			}

			alone := awstest.New(nil)
			if err := alone.Err(); err != nil {
				t.Errorf("a new Cloud has %v", err)
			}
			err = test.call(t.Context(), client(alone))
			if err == nil || alone.Err() == nil || !strings.Contains(alone.Err().Error(), test.want) {
				t.Errorf("without a TB, the call returns %v and Err %v", err, alone.Err())
			}
		})
	}
}

func TestErrJoinsAll(t *testing.T) {
	cloud := awstest.New(nil)
	for range 3 {
		get(t.Context(), client(cloud), "k")
	}
	joined, ok := cloud.Err().(interface{ Unwrap() []error })
	if !ok || len(joined.Unwrap()) != 3 {
		t.Errorf("three problems are %v", cloud.Err())
	}
}

func TestParallel(t *testing.T) {
	cloud := awstest.New(t)
	o := newObjects(cloud)
	c := client(cloud)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			if err := put(t.Context(), c, fmt.Sprint(i), strings.NewReader("x")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if cloud.Count() != 50 || len(o.keys()) != 50 || len(cloud.Operations()) != 50 {
		t.Errorf("%d calls, %d objects, want 50", cloud.Count(), len(o.keys()))
	}
}
