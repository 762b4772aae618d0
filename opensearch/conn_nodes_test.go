package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/opensearch"
)

// cluster answers for several hosts, of which some are down.
type cluster struct {
	mu   sync.Mutex
	down map[string]error
	asks []ask
}

type ask struct {
	host string
	at   time.Time
}

func (c *cluster) Do(r *http.Request) (*http.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks = append(c.asks, ask{r.URL.Host, time.Now()})
	if err := c.down[r.URL.Host]; err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// asked returns how often each host was asked since the last time.
func (c *cluster) asked() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := map[string]int{}
	for _, a := range c.asks {
		counts[a.host]++
	}
	c.asks = nil
	return counts
}

var refusedConnection = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}

func nodes(t *testing.T, n int) (*cluster, *opensearch.Conn) {
	t.Helper()
	c := &cluster{down: map[string]error{}}
	opts := opensearch.ConnOptions{HTTPClient: c}
	for i := range n {
		opts.Endpoints = append(opts.Endpoints, fmt.Sprintf("https://n%d", i))
	}
	conn, err := opensearch.NewConn(opts)
	if err != nil {
		t.Fatal(err)
	}
	return c, conn
}

func get(t *testing.T, conn *opensearch.Conn) error {
	t.Helper()
	_, err := conn.Do(t.Context(), opensearch.Request{Method: "POST", Path: "/"})
	return err
}

func TestTurns(t *testing.T) {
	c, conn := nodes(t, 3)
	for range 30 {
		if err := get(t, conn); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.asked(); got["n0"] != 10 || got["n1"] != 10 || got["n2"] != 10 {
		t.Errorf("got %v", got)
	}
}

// TestEndpointDown has one of three endpoints die: requests go on without a pause, and it
// is asked less and less, by one request at a time, until it is back.
func TestEndpointDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := nodes(t, 3)
		c.down["n1"] = refusedConnection
		begin := time.Now()
		for range 30 {
			if err := get(t, conn); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.asked(); got["n1"] != 1 || got["n0"]+got["n2"] != 30 || time.Since(begin) != 0 {
			t.Errorf("got %v in %v", got, time.Since(begin))
		}
		tries := 0
		for range 600 { // ten minutes of requests
			time.Sleep(time.Second)
			if err := get(t, conn); err != nil {
				t.Fatal(err)
			}
		}
		tries = c.asked()["n1"]
		if tries < 10 || tries > 30 { // 1, 2, 4, 8, 16, 32, 60, 60 … seconds, each by half less at most
			t.Errorf("asked it %d times in ten minutes", tries)
		}
		c.down["n1"] = nil
		for range 61 {
			time.Sleep(time.Second)
			get(t, conn)
		}
		c.asked()
		for range 30 {
			get(t, conn)
		}
		if got := c.asked()["n1"]; got != 10 {
			t.Errorf("it is back, but was asked %d times of 30", got)
		}
	})
}

// TestFailuresTogether has 64 requests under way when an endpoint dies, which counts
// as one failure.
func TestFailuresTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := nodes(t, 2)
		all := make(chan struct{})
		slow := client(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "n0" {
				<-all
			}
			return c.Do(r)
		})
		conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{"https://n0", "https://n1"}, HTTPClient: slow})
		if err != nil {
			t.Fatal(err)
		}
		c.down["n0"] = refusedConnection
		var working sync.WaitGroup
		for range 64 {
			working.Go(func() { get(t, conn) })
		}
		synctest.Wait()
		close(all)
		working.Wait()
		c.asked()
		time.Sleep(1001 * time.Millisecond)
		for range 4 {
			get(t, conn)
		}
		if got := c.asked()["n0"]; got != 1 {
			t.Errorf("after its first rest, of a second at most, it was asked %d times", got)
		}
	})
}

func TestAllDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, conn := nodes(t, 3)
		for _, host := range []string{"n0", "n1", "n2"} {
			c.down[host] = refusedConnection
		}
		if err := get(t, conn); err == nil {
			t.Fatal("no error")
		}
		if got := c.asked(); got["n0"]+got["n1"]+got["n2"] != 5 || len(got) != 3 {
			t.Errorf("got %v", got)
		}
		clear(c.down)
		if err := get(t, conn); err != nil { // although all rest
			t.Error(err)
		}
	})
}

// TestStopIsNoFailure has callers that stop waiting not count against an endpoint.
func TestStopIsNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		var mu sync.Mutex
		conn, err := opensearch.NewConn(opensearch.ConnOptions{
			Endpoints: []string{"https://n0", "https://n1"},
			HTTPClient: client(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				asked[r.URL.Host]++
				mu.Unlock()
				<-r.Context().Done()
				return nil, r.Context().Err()
			}),
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			conn.Do(ctx, opensearch.Request{Method: "GET", Path: "/"})
			cancel()
		}
		if asked["n0"] != 5 || asked["n1"] != 5 {
			t.Errorf("got %v", asked)
		}
	})
}
