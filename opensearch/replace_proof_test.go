package opensearch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
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
	ctx := context.Background()
	for i := range 3 {
		opts := edition(fmt.Sprint("edition ", i), 10)
		opts.Keep = 9
		if _, err := replaced(ctx, w.clients(), opts); err != nil {
			panic(err)
		}
	}
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
	if v.checkpoint {
		opts.Ingest.Checkpoint = w.checkpoint
	}
	if v.change != nil {
		v.change(&opts)
	}
	return opts
}

func (v replaceVariant) proof() awstest.Proof[*keptReplace] {
	return awstest.Proof[*keptReplace]{
		Start: func(c *awstest.Cloud) *keptReplace {
			w := &keptReplace{replaceWorld: v.start(newReplaceWorld(c, v.host))}
			c.Latency = max(v.latency, c.Latency)
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
			proof := v.proof()
			t.Run("converges", proof.Converges)
			t.Run("converges after two crashes", proof.ConvergesTwice)
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
			if !v.samePlan {
				t.Run("plan only reads", proof.PlanReads)
				t.Run("denied reads", proof.DeniedReads)
			}
		})
	}
}

// A watcher searches what an alias shows before and after every request, and whenever
// it can.
type watcher struct {
	w       *replaceWorld
	running atomic.Bool
	wrong   sync.Map
	seen    sync.Map
	looks   atomic.Int64
}

// look notes what a reader sees: the edition and how many books there are of it.
func (r *watcher) look() {
	var answer struct {
		Hits struct {
			Total struct{ Value int }
			Hits  []struct {
				Source struct{ Edition string } `json:"_source"`
			}
		}
	}
	status, text := r.w.request("POST", "/books/_search", `{"size": 100, "track_total_hits": true}`)
	if status != 200 || json.Unmarshal([]byte(text), &answer) != nil {
		r.wrong.Store(fmt.Sprint(status, text), true)
		return
	}
	editions := map[string]int{}
	for _, h := range answer.Hits.Hits {
		editions[h.Source.Edition]++
	}
	r.looks.Add(1)
	r.seen.Store(fmt.Sprint(editions), true)
}

func (r *watcher) all() (seen []string) {
	r.wrong.Range(func(k, _ any) bool { seen = append(seen, "wrong: "+k.(string)); return true })
	r.seen.Range(func(k, _ any) bool { seen = append(seen, k.(string)); return true })
	slices.Sort(seen)
	return seen
}

// TestReplaceReader: whoever reads all the time sees the old index or the new one, whole,
// however often the process dies.
func TestReplaceReader(t *testing.T) {
	for _, v := range replaceVariants {
		if v.samePlan {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			calls := 0
			for at := 0; at <= calls; at++ {
				w := v.start(newReplaceWorld(awstest.New(nil), v.host))
				r := &watcher{w: w}
				r.look()
				r.running.Store(true)
				var reading sync.WaitGroup
				if at == 0 {
					reading.Go(func() {
						for r.running.Load() {
							r.look()
						}
					})
				}
				w.Inject(awstest.Fault{Match: func(awstest.Call) bool { r.look(); return false }})
				before := w.Count()
				if at > 0 {
					w.CrashAfter(at)
				}
				_, err := replaced(t.Context(), w.clients(), v.options(w))
				if at == 0 {
					calls = w.Count() - before
				}
				if (err != nil) != (at > 0) {
					t.Fatalf("crash after call %d: %v", at, err)
				}
				r.look()
				w.Recover()
				if _, err := replaced(t.Context(), w.clients(), v.options(w)); err != nil {
					t.Fatalf("after the crash after call %d: %v", at, err)
				}
				r.running.Store(false)
				reading.Wait()
				r.look()
				got := r.all()
				if len(got) != 2 || !strings.HasSuffix(got[0], ":10]") || got[1] != "map[second:12]" || r.looks.Load() < int64(calls) {
					t.Errorf("crash after call %d: in %d looks, a reader sees %v", at, r.looks.Load(), got)
				}
				if underRace && at == 0 {
					return
				}
			}
		})
	}
}

// TestReplacePermissions compares what is declared with what is called.
func TestReplacePermissions(t *testing.T) {
	arns := map[string]string{
		booksHost:       "arn:aws:es:eu-central-1:123456789012:domain/books",
		booksCollection: "arn:aws:aoss:eu-central-1:123456789012:collection/0123456789abcdefghij",
	}
	for host, arn := range arns {
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
	}
	opts := replaceOptions()
	opts.Alias = "a*"
	if p := opensearch.ReplacePermissions(opts); p.Plan != nil || p.Apply != nil {
		t.Errorf("options that are refused need %v", p)
	}
}
