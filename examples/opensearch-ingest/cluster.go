package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// A cluster is an OpenSearch in this process, with two nodes.
type cluster struct {
	*standin.Server
	URLs  []string
	nodes []*httptest.Server
	bad   atomic.Bool
}

func startCluster() *cluster {
	c := &cluster{Server: standin.New()}
	c.Server.DataNodes = 2
	for _, name := range []string{"one", "two"} {
		node := httptest.NewServer(c.Server.Node(name))
		c.nodes = append(c.nodes, node)
		c.URLs = append(c.URLs, node.URL)
	}
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(2026, 11))
	hit := func(percent int) bool { mu.Lock(); defer mu.Unlock(); return c.bad.Load() && dice.IntN(100) < percent }
	c.ItemFault = func(standin.Item) *standin.ItemError {
		if hit(5) {
			return standin.Rejected()
		}
		return nil
	}
	c.RequestFault = func(r *http.Request) *standin.Fault {
		switch {
		case r.Method != http.MethodPost:
		case hit(10):
			return standin.Throttled(r.URL.Path)
		case hit(10):
			return &standin.Fault{Reset: true}
		case hit(10):
			return &standin.Fault{Status: http.StatusBadGateway, Applied: true}
		}
		return nil
	}
	return c
}

// trouble begins and ends the trouble.
func (c *cluster) trouble(on bool) { c.bad.Store(on) }

// Close stops the nodes.
func (c *cluster) Close() {
	for _, n := range c.nodes {
		n.Close()
	}
}

// check looks into the index, past the API: how many documents are missing, and how
// many are there twice.
func (c *cluster) check(index string, want int) (lost, doubled int) {
	ids := map[string]int{}
	for _, doc := range c.Docs(index) {
		var film struct{ ID string }
		if json.Unmarshal(doc.Source, &film) == nil {
			ids[film.ID]++
		}
	}
	for _, n := range ids {
		doubled += n - 1
	}
	return want - len(ids), doubled
}

// A reader counts what a search finds, all the time.
type reader struct {
	end  context.CancelFunc
	done chan struct{}
	seen []string

	looks   atomic.Int64
	running atomic.Bool
}

func watch(ctx context.Context, conn *opensearch.Conn, index string) *reader {
	ctx, end := context.WithCancel(ctx)
	r := &reader{end: end, done: make(chan struct{})}
	r.running.Store(true)
	go func() {
		defer close(r.done)
		defer r.running.Store(false)
		last, times := "", 0
		for ctx.Err() == nil {
			found := count(ctx, conn, index)
			if ctx.Err() != nil {
				break
			}
			if found != last && last != "" {
				r.seen = append(r.seen, fmt.Sprintf("%s, %d times", last, times))
				times = 0
			}
			last = found
			times++
			r.looks.Add(1)
		}
		r.seen = append(r.seen, fmt.Sprintf("%s, %d times", last, times))
	}()
	return r
}

// stop ends the reader, after one look more, and returns what it saw, in order.
func (r *reader) stop() []string {
	before := r.looks.Load()
	for r.looks.Load() < before+2 && r.running.Load() {
		time.Sleep(time.Millisecond)
	}
	r.end()
	<-r.done
	return r.seen
}

func count(ctx context.Context, conn *opensearch.Conn, index string) string {
	answer, err := conn.Do(ctx, opensearch.Request{Method: http.MethodGet, Path: "/" + index + "/_count"})
	if err != nil {
		return err.Error()
	}
	var found struct{ Count int }
	if err := json.Unmarshal(answer.Body, &found); err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d films", found.Count)
}
