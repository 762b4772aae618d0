package s3

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// bodyBreak says where the body of an answer ends too early.
type bodyBreak struct {
	after int64
	then  func()
}

// BreakBody makes the connection break while the body of the next GetObject of a
// key arrives: after so many bytes of it, or at its end if it has no more, reading
// fails with [io.ErrUnexpectedEOF]. Just before that then is run, if it is not nil; it may
// call the Service, for instance to overwrite the object.
func (s *Service) BreakBody(bucket, key string, after int64, then func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breaks[objectName{bucket, key}] = bodyBreak{after, then}
}

// newBody returns the body of an answer.
func (s *Service) newBody(ctx context.Context, name objectName, content []byte) io.ReadCloser {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := &body{ctx: ctx, content: bytes.NewReader(content)}
	if broken, ok := s.breaks[name]; ok {
		delete(s.breaks, name)
		b.content = io.LimitReader(b.content, broken.after)
		b.broken = &broken
	}
	return b
}

// A body is read as from the wire: it ends with the context of its request, and
// cannot be read once it is closed, which may happen while it is read.
type body struct {
	ctx     context.Context
	content io.Reader
	broken  *bodyBreak
	err     error // that ended reading
	closed  atomic.Bool
}

var errClosed = errors.New("http: read on closed response body") // as net/http has it

func (b *body) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, errClosed
	}
	if b.err == nil {
		b.err = b.ctx.Err()
	}
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.content.Read(p)
	if err == io.EOF && b.broken != nil {
		if b.broken.then != nil {
			b.broken.then()
		}
		err = io.ErrUnexpectedEOF
	}
	b.err = err
	return n, err
}

func (b *body) Close() error {
	b.closed.Store(true)
	return nil
}
