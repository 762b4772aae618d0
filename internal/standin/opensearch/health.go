package opensearch

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// health is what is known of shards.
type health struct {
	Cluster    string                 `json:"cluster_name"`
	Status     string                 `json:"status"`
	TimedOut   bool                   `json:"timed_out"`
	Nodes      int                    `json:"number_of_nodes"`
	DataNodes  int                    `json:"number_of_data_nodes"`
	Master     bool                   `json:"discovered_master"`
	Manager    bool                   `json:"discovered_cluster_manager"`
	Primaries  int                    `json:"active_primary_shards"`
	Active     int                    `json:"active_shards"`
	Relocating int                    `json:"relocating_shards"`
	Starting   int                    `json:"initializing_shards"`
	Unassigned int                    `json:"unassigned_shards"`
	Delayed    int                    `json:"delayed_unassigned_shards"`
	Pending    int                    `json:"number_of_pending_tasks"`
	InFlight   int                    `json:"number_of_in_flight_fetch"`
	Waiting    int                    `json:"task_max_waiting_in_queue_millis"`
	Percent    float64                `json:"active_shards_percent_as_number"`
	Indices    map[string]indexHealth `json:"indices,omitempty"`
}

type indexHealth struct {
	Status     string `json:"status"`
	Shards     int    `json:"number_of_shards"`
	Replicas   int    `json:"number_of_replicas"`
	Primaries  int    `json:"active_primary_shards"`
	Active     int    `json:"active_shards"`
	Relocating int    `json:"relocating_shards"`
	Starting   int    `json:"initializing_shards"`
	Unassigned int    `json:"unassigned_shards"`
}

func (s *Server) healthOf(ix *index) indexHealth {
	total, successful := s.copies(ix)
	n := len(ix.shards)
	h := indexHealth{Status: "green", Shards: n, Replicas: ix.replicas(), Primaries: n, Active: successful * n, Unassigned: (total - successful) * n}
	switch {
	case successful == 0:
		h.Status, h.Primaries = "red", 0
	case successful < total:
		h.Status = "yellow"
	}
	return h
}

// worse is how bad a status is.
var worse = map[string]int{"green": 0, "yellow": 1, "red": 2}

// clusterHealth waits for a status, if it is asked to, and tells how it is.
func clusterHealth(s *Server, q *request) (int, any, error) {
	wanted, given := worse[q.query.Get("wait_for_status")]
	if q.query.Get("wait_for_status") != "" && !given {
		return 0, nil, illegalArgument("No enum constant org.opensearch.cluster.health.ClusterHealthStatus.%s", strings.ToUpper(q.query.Get("wait_for_status")))
	}
	timeout := 30 * time.Second
	if text := q.query.Get("timeout"); text != "" {
		ok := false
		if timeout, ok = parseTime(text); !ok {
			return 0, nil, illegalArgument("failed to parse setting [timeout] with value [%s] as a time value: unit is missing or unrecognized", text)
		}
	}
	var h health
	reached := until(q.Context(), timeout, func() bool {
		var found bool
		h, found = s.health(q)
		return found && (!given || worse[h.Status] <= wanted)
	})
	if !reached {
		h.TimedOut = true
		return http.StatusRequestTimeout, h, nil
	}
	return http.StatusOK, h, nil
}

// until tries until something is so. It returns false when the time is over.
func until(ctx context.Context, timeout time.Duration, so func() bool) bool {
	for end := time.Now().Add(timeout); !so(); {
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		wait(ctx, &Fault{Latency: min(left, 50*time.Millisecond)})
	}
	return true
}

// health returns how the indices are that a request names. found is false if one
// of them is not there, which makes it red.
func (s *Server) health(q *request) (h health, found bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	h = health{Cluster: s.clusterName(), Status: "green", Nodes: s.dataNodes(), DataNodes: s.dataNodes(), Master: true, Manager: true, Percent: 100}
	indices, fail := s.resolve(q.index, open)
	if fail != nil {
		h.Status = "red"
		return h, false
	}
	h.Indices = map[string]indexHealth{}
	for _, ix := range indices {
		one := s.healthOf(ix)
		h.Indices[ix.name] = one
		h.Primaries += one.Primaries
		h.Active += one.Active
		h.Unassigned += one.Unassigned
		if worse[one.Status] > worse[h.Status] {
			h.Status = one.Status
		}
	}
	h.Percent = s.percent()
	if level := q.query.Get("level"); level != "indices" {
		h.Indices = nil
	}
	return h, true
}

// percent is how many of the shards of all indices are active.
func (s *Server) percent() float64 {
	active, all := 0, 0
	for _, ix := range s.indices {
		total, successful := s.copies(ix)
		all += total * len(ix.shards)
		active += successful * len(ix.shards)
	}
	if all == 0 {
		return 100
	}
	return 100 * float64(active) / float64(all)
}

// active waits until an index has as many copies of its shards as a request wants.
func (s *Server) active(q *request, name string) bool {
	wanted := q.query.Get("wait_for_active_shards")
	timeout := 30 * time.Second
	if given, ok := parseTime(q.query.Get("timeout")); ok {
		timeout = given
	}
	return until(q.Context(), timeout, func() bool {
		s.mu.RLock()
		defer s.mu.RUnlock()
		ix := s.indices[name]
		if ix == nil {
			return false
		}
		total, successful := s.copies(ix)
		return successful >= wantedCopies(wanted, total)
	})
}

// wantedCopies reads wait_for_active_shards, which is 1 by default.
func wantedCopies(wanted string, total int) int {
	switch n, err := strconv.Atoi(wanted); {
	case wanted == "all":
		return total
	case err != nil:
		return 1
	default:
		return n
	}
}
