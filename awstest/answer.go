package awstest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http/httputil"
	"net/url"
	"reflect"
	"slices"
	"strconv"
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
	asked    any    // the caller's input, copied before the SDK completes it
	rendered []byte // asked, before anybody can change what it points to
	input    any
	attempt  int
}

type operationKey struct{}

// install puts the Cloud at both ends of a stack. Deserialize is run once for
// each attempt, after signing; presigning ends before it, so it needs no answer.
func (c *Cloud) install(stack *middleware.Stack) error {
	if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("awstest:Begin", c.begin), middleware.Before); err != nil {
		return err
	}
	if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("awstest:Capture", c.capture), middleware.After); err != nil {
		return err
	}
	return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("awstest:Answer", c.answer), middleware.Before)
}

func (c *Cloud) begin(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	op := &operation{asked: c.withoutAdded(in.Parameters)}
	op.rendered = appendValue(nil, reflect.ValueOf(op.asked))
	return next.HandleInitialize(middleware.WithStackValue(ctx, operationKey{}, op), in)
}

func (c *Cloud) capture(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (
	middleware.InitializeOutput, middleware.Metadata, error,
) {
	op := middleware.GetStackValue(ctx, operationKey{}).(*operation)
	op.input = in.Parameters
	c.mu.Lock()
	for _, text := range op.added() {
		c.added[text] = true
	}
	c.mu.Unlock()
	return next.HandleInitialize(ctx, in)
}

func (c *Cloud) answer(ctx context.Context, in middleware.DeserializeInput, _ middleware.DeserializeHandler) (
	out middleware.DeserializeOutput, md middleware.Metadata, err error,
) {
	op := middleware.GetStackValue(ctx, operationKey{}).(*operation)
	op.attempt++
	req := in.Request.(*smithyhttp.Request)
	// The Region of the client is not always that of the call: an ARN may name
	// another, and a global service has one of its own.
	signed, _ := parseSignature(req.Header.Get("Authorization"))
	call := Call{
		Service:   awsmiddleware.GetServiceID(ctx),
		Operation: awsmiddleware.GetOperationName(ctx),
		Caller: Caller{
			Account: signed.account,
			Region:  cmp.Or(signed.region, awsmiddleware.GetRegion(ctx)),
		},
		Attempt: op.attempt,
		Target:  req.Method + " " + req.URL.String(),
		Header:  req.Header,
		Input:   shallowCopy(op.input),
	}
	body, sent := sentBody(op.input, req)
	call.request = op.request(call, sent)
	err = c.do(ctx, call, func(ctx context.Context) (err error) {
		c.mu.Lock()
		h, ok := c.handlers[reflect.TypeOf(op.input).Elem()]
		c.mu.Unlock()
		if !ok {
			return c.problem(fmt.Errorf("awstest: nobody handles %s", call))
		}
		out.Result, err = h(ctx, withBody(op.input, body))
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
	if beyond := c.calls - c.forgotten - c.MaxCalls; beyond > 0 {
		err := fmt.Errorf("awstest: more than %d calls, the last one %s", c.MaxCalls, call)
		if beyond == 1 {
			c.problemLocked(err)
		} else if beyond > c.MaxCalls {
			panic(fmt.Sprintf("awstest: more than twice %d calls, the last one %s", c.MaxCalls, call))
		}
		return entry, verdict{err: err}
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
	h := fnv.New64a()
	fmt.Fprintln(h, call.key(), call.Attempt)
	name := h.Sum64()
	c.mu.Lock()
	c.seen[name]++
	nth := c.seen[name]
	c.mu.Unlock()
	r := rand.New(rand.NewPCG(c.Seed, name+nth))
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

var readerType = reflect.TypeFor[io.Reader]()

// sentBody reads the payload that was about to be sent as the streaming member of
// an input, if it has one, and returns it and a reader of it. Reading the request
// to its end is also what the SDK's checksum middleware needs; for a retry the SDK
// rewinds it.
func sentBody(input any, req *smithyhttp.Request) (io.Reader, []byte) {
	if streaming(input) < 0 || req.GetStream() == nil {
		return nil, nil
	}
	sent, err := io.ReadAll(req.GetStream())
	if err == nil && isChunked(req) {
		sent, err = io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(sent)))
	}
	if err != nil {
		return iotest.ErrReader(err), sent
	}
	return bytes.NewReader(sent), sent
}

// withBody returns a copy of input whose streaming member is body, unless that is
// nil.
func withBody(input any, body io.Reader) any {
	input = shallowCopy(input)
	if body != nil {
		reflect.ValueOf(input).Elem().Field(streaming(input)).Set(reflect.ValueOf(body))
	}
	return input
}

// streaming returns which field of an input is its streaming member, or -1.
func streaming(input any) int {
	t := reflect.TypeOf(input).Elem()
	for i := range t.NumField() {
		if t.Field(i).Type == readerType {
			return i
		}
	}
	return -1
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

// request returns [Call.Request]. It is made from the typed input and not from what
// is serialized, where maps come in any order and tokens are new each time.
func (op *operation) request(call Call, body []byte) string {
	name := call.String()
	for _, text := range op.added() { // it may be in the URL, too
		name = strings.ReplaceAll(name, url.QueryEscape(text), "")
	}
	return name + " " + digest(op.rendered, body)
}

// added returns the text that the SDK has added to the input, such as a token.
func (op *operation) added() []string {
	asked, input := reflect.ValueOf(op.asked).Elem(), reflect.ValueOf(op.input).Elem()
	if asked.Type() != input.Type() {
		return nil
	}
	var all []string
	for i := range input.NumField() {
		if text, ok := textOf(input.Field(i)); ok && asked.Field(i).IsNil() {
			all = append(all, text)
		}
	}
	return all
}

// withoutAdded returns a copy of an input without what the SDK has added to it when it was
// sent before: the SDK does that in place, so that a program that sends the same input
// again sends the same token.
func (c *Cloud) withoutAdded(input any) any {
	plain := shallowCopy(input)
	fields := reflect.ValueOf(plain).Elem()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range fields.NumField() {
		if text, ok := textOf(fields.Field(i)); ok && c.added[text] {
			fields.Field(i).SetZero()
		}
	}
	return plain
}

// textOf returns the text that a field of an input points to, unless that is empty.
func textOf(field reflect.Value) (string, bool) {
	if field.Kind() != reflect.Pointer || field.IsNil() || field.Elem().Kind() != reflect.String {
		return "", false
	}
	return field.Elem().String(), field.Elem().Len() > 0
}

func digest(parts ...[]byte) string {
	h := sha256.New()
	for _, part := range parts {
		h.Write(part)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// appendValue renders a value, equal ones alike: without addresses, with maps in
// order, and without the streaming member. Fields that are not set are left out,
// so that a newer SDK with more of them changes nothing.
func appendValue(b []byte, v reflect.Value) []byte {
	if v.CanInterface() {
		if t, ok := v.Interface().(time.Time); ok {
			return strconv.AppendInt(b, t.UnixNano(), 10)
		}
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return append(b, "nil"...)
		}
		if v.Kind() == reflect.Interface { // a union, whose members differ in nothing else
			b = append(b, v.Elem().Type().String()...)
		}
		return appendValue(b, v.Elem())
	case reflect.Struct:
		b = append(b, '{')
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.Type != readerType && !v.Field(i).IsZero() {
				b = append(append(b, f.Name...), ':')
				b = append(appendValue(b, v.Field(i)), ',')
			}
		}
		return append(b, '}')
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return strconv.AppendQuote(b, string(v.Bytes()))
		}
		b = append(b, '[')
		for i := range v.Len() {
			b = append(appendValue(b, v.Index(i)), ',')
		}
		return append(b, ']')
	case reflect.Map:
		entries := make([]string, 0, v.Len())
		for key, value := range v.Seq2() {
			entries = append(entries, string(appendValue(append(appendValue(nil, key), ':'), value)))
		}
		slices.Sort(entries)
		return fmt.Append(b, entries)
	case reflect.String:
		return strconv.AppendQuote(b, v.String())
	}
	return fmt.Append(b, v)
}
