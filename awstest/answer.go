package awstest

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http/httputil"
	"reflect"
	"strings"
	"testing/iotest"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// operation travels in the context from the Initialize step, where the typed
// input is known, to the Deserialize step, where the answer is given.
type operation struct {
	input   any
	attempt int
}

type operationKey struct{}

// install puts the Cloud at both ends of a stack. Deserialize is run once for
// each attempt, after signing; presigning ends before it, so it needs no answer.
func (c *Cloud) install(stack *middleware.Stack) error {
	if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("awstest:Capture", capture), middleware.After); err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("awstest:Answer", c.answer), middleware.Before)
}

func capture(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	ctx = middleware.WithStackValue(ctx, operationKey{}, &operation{input: in.Parameters})
	return next.HandleInitialize(ctx, in)
}

func (c *Cloud) answer(ctx context.Context, in middleware.DeserializeInput, _ middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	op := middleware.GetStackValue(ctx, operationKey{}).(*operation)
	op.attempt++
	req := in.Request.(*smithyhttp.Request)
	call := Call{
		Service:   awsmiddleware.GetServiceID(ctx),
		Operation: awsmiddleware.GetOperationName(ctx),
		Caller: Caller{
			Account: accountOf(req.Header.Get("Authorization")),
			Region:  awsmiddleware.GetRegion(ctx),
		},
		Attempt: op.attempt,
		Target:  req.Method + " " + req.URL.String(),
		Header:  req.Header,
		Input:   shallowCopy(op.input),
	}
	err = c.do(ctx, call, func(ctx context.Context) (err error) {
		c.mu.Lock()
		h, ok := c.handlers[reflect.TypeOf(op.input).Elem()]
		c.mu.Unlock()
		if !ok {
			return c.problem(fmt.Errorf("awstest: nobody handles %s", call))
		}
		out.Result, err = h(ctx, withSentBody(op.input, req))
		return err
	})
	if err != nil {
		out.Result = nil
	}
	awsmiddleware.SetRequestIDMetadata(&md, requestID)
	return out, md, err
}

const requestID = "awstest-request"

// do lets a call arrive: it takes its time, meets what was injected and then,
// unless that stands in the way, runs effect. effect runs outside the lock: a
// goroutine that waits for a mutex would hold up a synctest bubble.
func (c *Cloud) do(ctx context.Context, call Call, effect func(context.Context) error) error {
	deaths := c.deaths()
	if err := sleep(ctx, c.latency(call)); err != nil {
		return err
	}
	entry, v := c.admit(call)
	if err := sleep(ctx, v.latency); err != nil {
		return c.answered(entry, deaths, err)
	}
	err := v.err
	if v.reaches {
		err = effect(context.WithValue(ctx, callerKey{}, call.Caller))
		if v.err != nil {
			err = v.err
		}
	}
	return c.answered(entry, deaths, err)
}

// A verdict is what a call meets.
type verdict struct {
	reaches bool // the handler runs
	err     error
	latency time.Duration
}

// admit logs a call and decides what it meets. It returns which entry of the
// log it is, counted from the first call.
func (c *Cloud) admit(call Call) (int, verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.calls
	c.calls++
	if c.LogLimit >= 0 {
		c.log = append(c.log, call)
	}
	if c.LogLimit > 0 && len(c.log) > c.LogLimit {
		c.log = c.log[1:]
	}
	if c.calls > c.MaxCalls {
		return entry, verdict{err: c.problemLocked(fmt.Errorf("awstest: more than %d calls, the last one %s", c.MaxCalls, call))}
	}
	if c.crash.stops(c.calls) {
		return entry, verdict{err: ErrCrash}
	}
	return entry, c.meetFaults(call)
}

// answered completes the entry of the log. An answer does not arrive at a
// process that has died since the call was made, also if there is a new one.
func (c *Cloud) answered(entry, deaths int, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.crash.deaths > deaths {
		err = ErrCrash
	}
	if i := entry - (c.calls - len(c.log)); i >= 0 && i < len(c.log) {
		c.log[i].Err = err
	}
	return err
}

// latency returns how long a call takes before it arrives.
func (c *Cloud) latency(call Call) time.Duration {
	if c.Seed == 0 {
		return c.Latency
	}
	name := fmt.Sprint(call.Account, call.Region, call.Attempt, call.Name(), call.Target)
	c.mu.Lock()
	c.seen[name]++
	nth := c.seen[name]
	c.mu.Unlock()
	h := fnv.New64a()
	io.WriteString(h, name)
	r := rand.New(rand.NewPCG(c.Seed, h.Sum64()+nth))
	return c.Latency + time.Duration(r.Int64N(999*int64(c.Latency)+1))
}

// sleep waits as a request on the wire does: it fails when ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &smithy.CanceledError{Err: ctx.Err()}
	}
}

// accountOf reads the account from the access key that signed a request.
func accountOf(authorization string) string {
	_, credential, _ := strings.Cut(authorization, "Credential="+keyPrefix)
	account, _, _ := strings.Cut(credential, "/")
	return account
}

var readerType = reflect.TypeFor[io.Reader]()

// withSentBody returns a copy of input whose streaming member, if it has one,
// reads the payload that was about to be sent. Reading the request to its end is
// also what the SDK's checksum middleware needs.
func withSentBody(input any, req *smithyhttp.Request) any {
	input = shallowCopy(input)
	v := reflect.ValueOf(input).Elem()
	for i := range v.NumField() {
		if v.Field(i).Type() != readerType {
			continue
		}
		if req.GetStream() == nil {
			break
		}
		body, err := io.ReadAll(req.GetStream())
		if err == nil && isChunked(req) {
			body, err = io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(body)))
		}
		if err != nil {
			v.Field(i).Set(reflect.ValueOf(iotest.ErrReader(err)))
		} else {
			v.Field(i).Set(reflect.ValueOf(bytes.NewReader(body)))
		}
	}
	return input
}

// isChunked reports whether the SDK has put the payload into chunks, to send a
// checksum behind it. An encoding of the caller's is a header of its own.
func isChunked(req *smithyhttp.Request) bool {
	return strings.Contains(strings.Join(req.Header.Values("Content-Encoding"), ","), "aws-chunked")
}

func shallowCopy(v any) any {
	p := reflect.New(reflect.TypeOf(v).Elem())
	p.Elem().Set(reflect.ValueOf(v).Elem())
	return p.Interface()
}
