package awstest

import (
	"net/http"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// A Fault is what some calls meet. Fields left out restrict nothing.
type Fault struct {
	// Which calls: "S3.PutObject", "S3.*" or "" for all; of an account; in a
	// Region; that Match holds for, which must not call the Cloud.
	Operation string
	Account   string
	Region    string
	Match     func(Call) bool

	// Of those attempts, let Skip pass, then hit Times; 0 hits all. Skip counts
	// also those that another fault decides, Times does not.
	Skip  int
	Times int

	// Attempts, if not zero, hits only the first so many attempts of each call (see
	// [Call.Attempt]), so that its retries succeed.
	Attempts int

	// Err is the answer. If it is nil, the call is only delayed.
	Err error

	// Applied lets the call take effect; only its answer is lost.
	Applied bool

	// Latency is how much longer the call takes.
	Latency time.Duration
}

type fault struct {
	Fault
	met, hit int
}

// Inject adds a fault. Of several that a call matches, the first injected that
// has an error decides. The function returned tells how many attempts were hit
// so far: a fault that hits nothing proves nothing.
func (c *Cloud) Inject(f Fault) (hits func() int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	added := &fault{Fault: f}
	c.faults = append(c.faults, added)
	return func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return added.hit
	}
}

// ClearFaults removes all faults.
func (c *Cloud) ClearFaults() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = nil
}

func (c *Cloud) meetFaults(call Call) verdict {
	v := verdict{reaches: true}
	for _, f := range c.faults {
		if !f.meets(call) || v.err != nil && f.Err != nil {
			continue
		}
		f.hit++
		v.latency += f.Latency
		if f.Err != nil {
			v.err, v.reaches = f.Err, f.Applied
		}
	}
	return v
}

// meets counts a call that the fault is for, and reports whether it is its turn.
func (f *fault) meets(call Call) bool {
	switch {
	case f.Operation != "" && f.Operation != call.Name() && f.Operation != call.Service+".*",
		f.Account != "" && f.Account != call.Account,
		f.Region != "" && f.Region != call.Region,
		f.Attempts > 0 && call.Attempt > f.Attempts,
		f.Match != nil && !f.Match(call):
		return false
	}
	f.met++
	return f.met > f.Skip && (f.Times <= 0 || f.hit < f.Times)
}

// Throttled returns the error of a service that asks the caller to slow down. The
// SDK's standard retryer retries it.
func Throttled() error {
	return Error(http.StatusTooManyRequests, "ThrottlingException", "Rate exceeded")
}

// Denied returns the error of a caller that may not call an operation.
func Denied() error {
	return Error(http.StatusForbidden, "AccessDenied", "Access Denied")
}

// Error returns an error as the SDK makes it from an answer with an HTTP status, a
// code and a message.
func Error(status int, code, message string) error {
	e := &smithy.GenericAPIError{Code: code, Message: message, Fault: smithy.FaultServer}
	if status < 500 {
		e.Fault = smithy.FaultClient
	}
	return Status(status, e)
}

// Status wraps err, for instance an error type of a service, as the SDK wraps
// what it makes of an answer with an HTTP status.
func Status(status int, err error) error {
	return &awshttp.ResponseError{
		RequestID: requestID,
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{
				StatusCode: status, Status: http.StatusText(status), Header: http.Header{}, Body: http.NoBody,
			}},
			Err: err,
		},
	}
}
