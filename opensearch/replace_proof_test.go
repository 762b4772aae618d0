package opensearch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
	"github.com/awspatterns/awspatterns/opensearch"
)

// A keptReplace world has a file that the plan is kept in.
type keptReplace struct {
	*replaceWorld
	file []byte
}

// manyBooks is a domain with all there can be: indices that books showed before, one that it shows, one
// that a run has begun to load, and those of others.
func manyBooks(w *replaceWorld) *replaceWorld {
	oldBooks(w)
	for i := range 3 {
		w.do("PUT", fmt.Sprint("/books-00000", i+1), fmt.Sprintf(`{"settings": {"refresh_interval": "5s"}, "mappings": {"_meta": {"owner": "search", "awspatterns": {"replace":
			{"alias": "books", "generation": %d, "source": "%d", "definition": "d", "plan": "p", "state": "loaded", "documents": 10}}}}}`, i+1, i))
	}
	w.add("books-000003", "first", 10)
	w.do("POST", "/_aliases", `{"actions": [{"remove": {"index": "library", "alias": "books"}}, {"add": {"index": "books-000003", "alias": "books"}}]}`)
	w.do("PUT", "/books-000009", `{"mappings": {"_meta": {"awspatterns": {"replace": {"alias": "books", "generation": 9, "state": "loading"}}}}}`)
	w.do("PUT", "/books-archive", `{}`)
	return w
}

var planDigest = regexp.MustCompile(`"plan":"sha256:[0-9a-f]+"`)

// state is what lasts. The digest of the plan that an index was made for differs if a
// run was stopped before.
func (w *replaceWorld) state() string {
	return planDigest.ReplaceAllString(w.server.State(), `"plan":""`)
}

// A replaceVariant is a way to replace.
type replaceVariant struct {
	name       string
	host       string
	samePlan   bool // the plan is kept in a file, and applied again after a crash
	checkpoint bool
	start      func(*replaceWorld) *replaceWorld
	change     func(*opensearch.ReplaceOptions)
	latency    time.Duration
}

func (v replaceVariant) options(w *replaceWorld) opensearch.ReplaceOptions {
	opts := replaceOptions()
	opts.Ingest.RetryFor = time.Second
	if v.checkpoint {
		opts.Ingest.Checkpoint = w.checkpoint
	}
	if v.change != nil {
		v.change(&opts)
	}
	return opts
}

func (v replaceVariant) proof(latency time.Duration) awstest.Proof[*keptReplace] {
	return awstest.Proof[*keptReplace]{
		Start: func(c *awstest.Cloud) *keptReplace {
			w := &keptReplace{replaceWorld: v.start(newReplaceWorld(c, v.host))}
			c.Latency = max(latency, c.Latency)
			return w
		},
		Run: func(ctx context.Context, _ *awstest.Cloud, w *keptReplace) error {
			opts := v.options(w.replaceWorld)
			if !v.samePlan {
				_, err := replaced(ctx, w.clients(), opts)
				return err
			}
			plan, err := w.plan(ctx, opts)
			if err != nil {
				return err
			}
			_, err = opensearch.ApplyReplace(ctx, w.clients(), plan)
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *keptReplace) (awspatterns.Plan, error) {
			plan, err := opensearch.PlanReplace(ctx, w.clients(), v.options(w.replaceWorld))
			return plan.Plan, err
		},
		State: func(w *keptReplace) string { return w.state() },
	}
}

// plan returns the plan of the file. If there is none, it plans, and keeps the plan
// unless it is incomplete.
func (w *keptReplace) plan(ctx context.Context, opts opensearch.ReplaceOptions) (plan opensearch.ReplacePlan, err error) {
	if w.file == nil {
		if plan, err = opensearch.PlanReplace(ctx, w.clients(), opts); err != nil || plan.Incomplete {
			return plan, err
		}
		text, err := json.Marshal(plan)
		if err != nil {
			return plan, err
		}
		if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
			return plan, err
		}
	}
	plan = opensearch.ReplacePlan{}
	err = json.Unmarshal(w.file, &plan)
	plan.Options.Ingest.Documents, plan.Options.Ingest.Checkpoint = opts.Ingest.Documents, opts.Ingest.Checkpoint
	return plan, err
}

var replaceVariants = []replaceVariant{
	{name: "many", host: booksHost, start: manyBooks},
	{name: "many, same plan", host: booksHost, start: manyBooks, samePlan: true},
	{name: "many, checkpoint", host: booksHost, start: manyBooks, checkpoint: true, latency: 400 * time.Millisecond},
	{name: "many, checkpoint, same plan", host: booksHost, start: manyBooks, checkpoint: true, samePlan: true, latency: 400 * time.Millisecond},
	{name: "index", host: booksHost, start: concreteBooks, change: func(o *opensearch.ReplaceOptions) { o.ReplaceIndex = true }},
	{name: "collection", host: booksCollection, start: manyBooks},
	{name: "workers", host: booksHost, start: manyBooks, change: func(o *opensearch.ReplaceOptions) {
		o.Ingest.Workers, o.Ingest.MaxBatchDocuments, o.ForceMerge = 3, 2, 1
	}},
}

func concreteBooks(w *replaceWorld) *replaceWorld {
	w.do("PUT", "/books", `{"mappings": `+booksMapping+`}`)
	w.add("books", "first", 10)
	return w
}

func TestReplaceProof(t *testing.T) {
	sweep(t)
	for _, v := range replaceVariants {
		t.Run(v.name, func(t *testing.T) {
			proof := v.proof(v.latency)
			if v.name == "workers" {
				t.Run("in any order", proof.AnyOrder(20))
				t.Run("retries", proof.Retries)
				return
			}
			t.Run("converges", proof.Converges)
			if v.checkpoint && !v.samePlan { // takes longest, and goes most ways
				t.Run("converges after two crashes", v.proof(0).ConvergesTwice)
			}
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
			if !v.samePlan {
				t.Run("plan only reads", proof.PlanReads)
				t.Run("denied reads", proof.DeniedReads)
			}
		})
	}
}

// A watcher searches what an alias shows at every request, and all the time.
type watcher struct {
	w     *replaceWorld
	mu    sync.Mutex
	looks int
	seen  map[string]bool
}

// look notes which editions a reader sees, and how many books of each.
func (r *watcher) look() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	r.looks++
	var answer struct {
		Hits struct {
			Hits []struct {
				Source struct{ Edition string } `json:"_source"`
			}
		}
	}
	status, text := r.w.request("POST", "/books/_search", `{"size": 100}`)
	if status != 200 || json.Unmarshal([]byte(text), &answer) != nil {
		r.seen[fmt.Sprint("wrong: ", status, text)] = true
		return
	}
	editions := map[string]int{}
	for _, h := range answer.Hits.Hits {
		editions[h.Source.Edition]++
	}
	r.seen[fmt.Sprint(editions)] = true
}

func (r *watcher) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.seen))
}

// TestReplaceReader: whoever reads all the time sees the old index or the new one, whole,
// however often the process dies.
func TestReplaceReader(t *testing.T) {
	for _, v := range replaceVariants {
		if v.samePlan || v.name == "workers" {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			for at, calls := 0, 1; at <= calls && !(underRace && at > 3); at++ {
				synctest.Test(t, func(t *testing.T) {
					if n := v.watch(t, at); at == 0 {
						calls = n
					}
				})
			}
		})
	}
}

// watch replaces, and dies after a call unless that is the 0th. It returns how many
// calls there were.
func (v replaceVariant) watch(t *testing.T, at int) int {
	w := v.start(newReplaceWorld(awstest.New(nil), v.host))
	w.Latency = max(time.Millisecond, v.latency)
	w.LogLimit = 1
	r := &watcher{w: w}
	r.look()
	w.Inject(awstest.Fault{Match: func(awstest.Call) bool { r.look(); return false }})
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for at == 0 { // otherwise, it looks at every call
			select {
			case <-stop:
				return
			case <-time.After(w.Latency / 3):
				r.look()
			}
		}
	}()
	if at > 0 {
		w.CrashAfter(at)
	}
	before := w.Count()
	_, err := replaced(t.Context(), w.clients(), v.options(w))
	calls := w.Count() - before
	if (err != nil) != (at > 0) {
		t.Fatalf("crash after call %d: %v", at, err)
	}
	r.look()
	w.Recover()
	if _, err := replaced(t.Context(), w.clients(), v.options(w)); err != nil {
		t.Fatalf("after the crash after call %d: %v", at, err)
	}
	r.look()
	close(stop)
	<-stopped
	if got := r.all(); len(got) != 2 || got[0] != "map[first:10]" || got[1] != "map[second:12]" || r.looks < calls {
		t.Errorf("crash after call %d: in %d looks, a reader sees %v", at, r.looks, got)
	}
	return calls
}

// TestReplaceMany plans where there is all there can be.
func TestReplaceMany(t *testing.T) {
	w := manyBooks(newReplaceWorld(awstest.New(t), booksHost))
	golden.Equal(t, "testdata/golden/replace_many.txt", planned(t, w, replaceOptions()).String())

	w.do("PUT", "/books-000004", `{"mappings": {"_meta": {"awspatterns": {"replace": {"alias": "books", "generation": 4, "state": "loading"}}}}}`)
	golden.Equal(t, "testdata/golden/replace_begun.txt", planned(t, w, replaceOptions()).String())

	w.Inject(awstest.Fault{Match: func(c awstest.Call) bool { return strings.Contains(c.Target, "_stats") }, Err: awstest.Denied()})
	golden.Equal(t, "testdata/golden/replace_unknown.txt", planned(t, w, replaceOptions()).String())
}

// TestReplacePermissions compares what is declared with what is called.
func TestReplacePermissions(t *testing.T) {
	arns := map[string]string{
		booksHost:       "arn:aws:es:eu-central-1:123456789012:domain/books",
		booksCollection: "arn:aws:aoss:eu-central-1:123456789012:collection/0123456789abcdefghij",
	}
	for host, arn := range arns {
		synctest.Test(t, func(t *testing.T) {
			w := manyBooks(newReplaceWorld(awstest.New(t), host))
			opts := replaceOptions()
			opts.Ingest.ARN = arn
			declared := opensearch.ReplacePermissions(opts)
			before := w.Count()
			plan := planned(t, w, opts)
			planned := w.Count()
			if _, err := opensearch.ApplyReplace(t.Context(), w.clients(), plan); err != nil {
				t.Fatal(err)
			}
			calls := w.Calls()
			awstest.CheckPermissions(t, declared.Plan, calls[before:planned], standin.Actions)
			awstest.CheckPermissions(t, declared.Apply, calls[planned:], standin.Actions)
			name := "testdata/golden/replace_policy_" + map[string]string{booksHost: "domain", booksCollection: "collection"}[host] + ".txt"
			golden.Equal(t, name, string(declared.Plan.Document(awspatterns.Target{}))+string(declared.Apply.Document(awspatterns.Target{}))+strings.Join(declared.Beside, "\n")+"\n")
		})
	}
	opts := replaceOptions()
	opts.Alias = "a*"
	if p := opensearch.ReplacePermissions(opts); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
