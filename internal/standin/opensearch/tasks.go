package opensearch

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A task is work that a request started and did not wait for. It is done by the
// first request that comes when it is due.
type task struct {
	id          int
	action      string
	description string
	start, due  time.Time
	work        func(now time.Time) tally // nil once it is done
	done        tally
}

// retries and the rest of a tally are as _reindex and its like answer.
type retries struct {
	Bulk   int `json:"bulk"`
	Search int `json:"search"`
}

// A tally is what work on many documents did.
type tally struct {
	Total            int             `json:"total"`
	Updated          *int            `json:"updated,omitempty"` // nil where only deleting is done
	Created          *int            `json:"created,omitempty"`
	Deleted          int             `json:"deleted"`
	Batches          int             `json:"batches"`
	VersionConflicts int             `json:"version_conflicts"`
	Noops            int             `json:"noops"`
	Retries          retries         `json:"retries"`
	Throttled        int             `json:"throttled_millis"`
	PerSecond        json.RawMessage `json:"requests_per_second"`
	Until            int             `json:"throttled_until_millis"`

	failures []workFailure
}

type workFailure struct {
	Index  string    `json:"index"`
	ID     string    `json:"id"`
	Cause  *apiError `json:"cause"`
	Status int       `json:"status"`
}

// A workAnswer is a tally as a request that waited for it gets it.
type workAnswer struct {
	Took     int64 `json:"took"`
	TimedOut bool  `json:"timed_out"`
	tally
	Failures []workFailure `json:"failures"`
}

func (t tally) answer(took time.Duration) workAnswer {
	return workAnswer{Took: took.Milliseconds(), tally: t, Failures: append([]workFailure{}, t.failures...)}
}

// status is that of the answer: that of the worst failure.
func (t tally) status() int {
	status := http.StatusOK
	for _, f := range t.failures {
		status = max(status, f.Status)
	}
	return status
}

// settle does the tasks that are due.
func (s *Server) settle(now time.Time) {
	s.mu.RLock()
	due := slices.ContainsFunc(s.tasks, func(t *task) bool { return t.ready(now) })
	s.mu.RUnlock()
	if !due {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tasks {
		if t.ready(now) {
			t.done, t.work = t.work(now), nil
		}
	}
}

func (t *task) ready(now time.Time) bool { return t.work != nil && !now.Before(t.due) }

// run does work for a request, or makes a task of it. The caller holds s.mu.
func (s *Server) run(q *request, action, description string, work func(time.Time) tally) (int, any, error) {
	if q.query.Get("wait_for_completion") != "false" {
		done := work(q.start)
		return done.status(), done.answer(time.Since(q.start)), nil
	}
	s.made++
	t := &task{id: s.made, action: action, description: description, start: q.start, due: q.start.Add(s.TaskTime), work: work}
	s.tasks = append(s.tasks, t)
	if t.ready(q.start) {
		t.done, t.work = work(q.start), nil
	}
	return http.StatusOK, map[string]string{"task": nodeID + ":" + strconv.Itoa(t.id)}, nil
}

func getTask(s *Server, q *request) (int, any, error) {
	node, number, ok := strings.Cut(q.name, ":")
	id, err := strconv.Atoi(number)
	if !ok || err != nil {
		return 0, nil, illegalArgument("malformed task id %s", q.name)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	i := slices.IndexFunc(s.tasks, func(t *task) bool { return t.id == id && node == nodeID })
	if i < 0 {
		return 0, nil, taskNotFound(q.name, node)
	}
	return http.StatusOK, s.tasks[i].show(q.start), nil
}

func taskNotFound(name, node string) *apiError {
	missing := newError(http.StatusNotFound, "resource_not_found_exception", "task [%s] isn't running and hasn't stored its results", name)
	if node == nodeID {
		return missing
	}
	e := newError(http.StatusNotFound, "resource_not_found_exception", "task [%s] belongs to the node [%s] which isn't part of the cluster and there is no record of the task", name, node)
	e.CausedBy, e.root = missing, missing
	return e
}

func (t *task) show(now time.Time) any {
	shown := struct {
		Completed bool `json:"completed"`
		Task      any  `json:"task"`
		Response  any  `json:"response,omitempty"`
	}{Completed: t.work == nil}
	took := now.Sub(t.start)
	if shown.Completed {
		took = t.due.Sub(t.start)
		shown.Response = t.done.answer(took)
	}
	shown.Task = map[string]any{"node": nodeID, "id": t.id, "type": "transport", "action": t.action, "status": t.done,
		"description": t.description, "start_time_in_millis": t.start.UnixMilli(), "running_time_in_nanos": took.Nanoseconds(),
		"cancellable": true, "cancelled": false, "headers": struct{}{}}
	return shown
}

// note counts what became of one document. It returns false if the work is to end.
func (t *tally) note(op *operation, index string, done outcome, fail *apiError, proceed bool) bool {
	switch {
	case fail != nil && fail.Status == http.StatusConflict:
		t.VersionConflicts++
		if proceed {
			return true
		}
		fallthrough
	case fail != nil:
		t.failures = append(t.failures, workFailure{index, op.id, fail, fail.Status})
		return false
	case done.result == "created":
		*t.Created++
	case done.result == "updated":
		*t.Updated++
	case done.result == "deleted":
		t.Deleted++
	}
	return true
}

func describe(from, to string) string { return fmt.Sprintf("reindex from [%s] to [%s]", from, to) }
