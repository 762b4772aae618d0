package opensearch

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// answerWait is how long an answer is waited for when a request cannot be written on.
const answerWait = time.Second

// dial connects to a server.
func dial(ctx context.Context, network, address string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}
	c, err := dialer.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &heard{Conn: c, over: make(chan struct{})}, nil
}

// heard is a connection that is read to its end before it is known that it cannot be
// written to. A server may refuse a large request, with 413, before it has read all of
// it, and close. net/http would report that the rest cannot be written, and mostly not
// the answer, which is there: https://github.com/golang/go/issues/11745.
type heard struct {
	net.Conn
	failed atomic.Bool
	ended  sync.Once
	over   chan struct{} // nothing more can be read
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.Conn.Read(b)
	if err != nil {
		h.end()
	}
	return n, err
}

func (h *heard) Write(b []byte) (int, error) {
	n, err := h.Conn.Write(b)
	if err != nil && !h.failed.Swap(true) {
		timer := time.NewTimer(answerWait)
		defer timer.Stop()
		select {
		case <-h.over:
		case <-timer.C:
		}
	}
	return n, err
}

func (h *heard) Close() error {
	h.end()
	return h.Conn.Close()
}

func (h *heard) end() { h.ended.Do(func() { close(h.over) }) }
