package opensearch

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// A lentBody is the body of a request, until it is taken back. net/http may read on
// after it has returned: when a request timed out, or was answered before all of it
// was there. Whoever called Do may use the bytes for something else by then.
type lentBody struct {
	mu    sync.Mutex
	bytes []byte
	back  bool
}

var errTakenBack = errors.New("the request is over")

// lend makes bytes the body of r.
func lend(bytes []byte, r *http.Request) *lentBody {
	body := &lentBody{bytes: bytes}
	if len(bytes) > 0 {
		r.ContentLength = int64(len(bytes))
		r.GetBody = body.reader
		r.Body, _ = body.reader()
	}
	return body
}

func (b *lentBody) reader() (io.ReadCloser, error) {
	return &lentReader{b, bytes.NewReader(b.bytes)}, nil
}

// takeBack returns when nobody reads the bytes, and nobody will.
func (b *lentBody) takeBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.back = true
}

type lentReader struct {
	body *lentBody
	rest *bytes.Reader
}

func (r *lentReader) Read(p []byte) (int, error) {
	r.body.mu.Lock()
	defer r.body.mu.Unlock()
	if r.body.back {
		return 0, errTakenBack
	}
	return r.rest.Read(p)
}

func (r *lentReader) Close() error { return nil }
