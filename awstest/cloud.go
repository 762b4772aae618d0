package awstest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A TB is what this package needs of a testing.TB.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// A Cloud is AWS in the process: all accounts and Regions. Make one with [New],
// for each test its own, and set its fields before the first call. Its methods
// may be called from several goroutines. Handlers may run at the same time and
// guard the state they share.
type Cloud struct {
	// Latency is how long every call takes. In a synctest bubble it must not be
	// zero: an SDK waiter near its deadline polls without end while the clock
	// stands still. New sets one microsecond.
	Latency time.Duration

	// Seed, if not zero, makes every call take up to 1,000 times Latency, by
	// chance but for one seed always the same. In a synctest bubble, calls made
	// at the same time so arrive in an order that the seed decides.
	Seed uint64

	// MaxCalls is where the code under test is taken to be spinning: calls beyond
	// it fail, and beyond twice as many they panic, to stop code that goes on all
	// the same. New sets 10,000.
	MaxCalls int

	// LogLimit is how many calls the log keeps, the latest. Zero keeps all, a
	// negative number none.
	LogLimit int

	tb TB

	mu        sync.Mutex
	handlers  map[reflect.Type]handler
	hosts     map[string]http.Handler
	faults    []*fault
	seen      map[uint64]uint64 // how often, by a hash of the call; used with a Seed alone
	added     map[string]bool   // what SDKs have added to inputs, such as tokens
	failed    map[string]int    // how often in a row, by Call.key; of HTTP requests
	calls     int
	forgotten int // of calls; what is kept of one across forget, such as a crash point, stays right
	log       []Call
	problems  []error
	crash     crashPoint
}

type handler func(context.Context, any) (any, error)

// New returns a Cloud in which nothing is handled. What must not happen in a test,
// such as a call that nobody handles, is an error of tb; without one (tb is
// nil) [Cloud.Err] tells it.
func New(tb TB) *Cloud {
	return &Cloud{
		Latency:  time.Microsecond,
		MaxCalls: 10_000,
		tb:       tb,
		handlers: map[reflect.Type]handler{},
		hosts:    map[string]http.Handler{},
		seen:     map[uint64]uint64{},
		failed:   map[string]int{},
		added:    map[string]bool{},
	}
}

// Handle makes h answer the operation whose input is In, in all accounts and
// Regions; [CallerOf] tells h which. A later Handle for the same operation
// replaces it. A nil output stands for an empty one.
//
// The input is a copy, with the payload that was about to be sent as its
// io.Reader, if the operation has one. Handle panics if Out is not the output
// of that operation.
func Handle[In, Out any](c *Cloud, h func(context.Context, *In) (*Out, error)) {
	in, out := reflect.TypeFor[In](), reflect.TypeFor[Out]()
	name, isInput := strings.CutSuffix(in.Name(), "Input")
	if in.PkgPath() != out.PkgPath() || !isInput || out.Name() != name+"Output" {
		panic(fmt.Sprintf("awstest: %v does not answer %v", out, in))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.handlers[in] = func(ctx context.Context, v any) (any, error) {
		o, err := h(ctx, v.(*In))
		if o == nil {
			o = new(Out) // the SDK writes the result's metadata into it
		}
		return o, err
	}
}

// Config returns a configuration for clients in a Region that act for an
// account. Such clients never reach the network: a request that gets past the
// Cloud is refused and reported.
func (c *Cloud) Config(region, account string) aws.Config {
	return aws.Config{
		Region:      region,
		Credentials: Credentials(account),
		HTTPClient: smithyhttp.ClientDoFunc(func(r *http.Request) (*http.Response, error) {
			return nil, c.problem(fmt.Errorf("awstest: a request escaped to %s", r.URL))
		}),
		APIOptions: []func(*middleware.Stack) error{c.install},

		// What config.LoadDefaultConfig sets and a bare aws.Config lacks.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
}

// keyPrefix begins the access key of every account in the Cloud.
const keyPrefix = "AKIATEST"

// Credentials returns the credentials of an account, as [Cloud.Config] uses them
// and as a handler for sts:AssumeRole hands them out.
func Credentials(account string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{
			AccessKeyID:     keyPrefix + account,
			SecretAccessKey: secret(keyPrefix + account),
			AccountID:       account,
			Source:          "awstest",
		}, nil
	})
}

func secret(accessKey string) string { return "secret of " + accessKey }

// A Caller is who makes a call, and where.
type Caller struct {
	Account string // that the credentials belong to; empty without credentials
	Region  string // that the request is signed for, or else the client's
}

// Partition returns the partition of the caller's Region.
func (c Caller) Partition() string {
	switch {
	case strings.HasPrefix(c.Region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(c.Region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(c.Region, "us-iso-"):
		return "aws-iso"
	case strings.HasPrefix(c.Region, "us-isob-"):
		return "aws-iso-b"
	case strings.HasPrefix(c.Region, "eu-isoe-"):
		return "aws-iso-e"
	case strings.HasPrefix(c.Region, "us-isof-"):
		return "aws-iso-f"
	case strings.HasPrefix(c.Region, "eusc-"):
		return "aws-eusc"
	}
	return "aws"
}

type callerKey struct{}

// CallerOf tells a handler who calls it.
func CallerOf(ctx context.Context) Caller {
	caller, _ := ctx.Value(callerKey{}).(Caller)
	return caller
}

// A Call is one attempt that reached the Cloud.
type Call struct {
	Service   string // the SDK's service ID, such as "S3"; of a signed HTTP request its signing name, such as "es"
	Operation string // such as "PutObject"; of an HTTP request its method
	Caller

	// Attempt is 1 for the first try, 2 for its first retry. Which HTTP requests
	// are retries, nobody tells: theirs is one more than the caller's equal requests
	// (see Request) that failed since one did not. To fail is to end in an error or
	// in status 429 or 5xx. After a crash it is 1 again.
	Attempt int

	Target string      // method and URL of the request
	Header http.Header // of the request; not to be changed
	Input  any         // shallow copy of the typed input, such as *s3.PutObjectInput; nil for HTTP
	Err    error       // what was answered

	request string
}

// Request identifies what was asked for: it is the same for equal requests and for
// all attempts of one, and differs where the input or the body does. What the SDK
// makes up, such as dates, signatures and idempotency tokens, is not in it.
func (c Call) Request() string { return cmp.Or(c.request, c.String()) }

// key is Request of one caller.
func (c Call) key() string { return c.Account + " " + c.Region + " " + c.Request() }

// Name returns the call as "S3.PutObject".
func (c Call) Name() string { return c.Service + "." + c.Operation }

// String returns the call with its target.
func (c Call) String() string { return strings.TrimSpace(c.Name() + " " + c.Target) }

// Calls returns the log: the attempts so far, in the order in which they
// arrived.
func (c *Cloud) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.log)
}

// Count returns how many attempts there were so far, whatever the log keeps.
func (c *Cloud) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls - c.forgotten
}

// Operations returns the names of the calls in the log, each once however often
// it was retried.
func (c *Cloud) Operations() []string {
	var ops []string
	for _, call := range c.Calls() {
		if call.Attempt == 1 {
			ops = append(ops, call.Name())
		}
	}
	return ops
}

// forget empties the log and lets Count and MaxCalls begin from zero. From then on
// the log is whole.
func (c *Cloud) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.LogLimit = 0 // a proof needs the whole log
	c.forgotten, c.log = c.calls, nil
}

// Err returns what happened that must not happen in a test: calls that nobody
// handles, requests that escaped, calls beyond MaxCalls.
func (c *Cloud) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.problems...)
}

// problem records err, and returns it.
func (c *Cloud) problem(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.problemLocked(err)
}

func (c *Cloud) problemLocked(err error) error {
	c.problems = append(c.problems, err)
	if c.tb != nil {
		c.tb.Helper()
		c.tb.Errorf("%v", err)
	}
	return err
}
