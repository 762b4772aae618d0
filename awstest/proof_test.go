package awstest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/awspatterns/awspatterns"
)

// A shelf is a small S3 with one bucket, and a file that a process keeps beside
// it.
type shelf struct {
	mu      sync.Mutex
	objects map[string]string
	file    string
}

func newShelf(c *Cloud) *shelf {
	w := &shelf{objects: map[string]string{"in/a": "A", "in/b": "B", "keep": "K"}}
	Handle(c, func(_ context.Context, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		out := &s3.ListObjectsV2Output{}
		for _, key := range slices.Sorted(maps.Keys(w.objects)) {
			if strings.HasPrefix(key, aws.ToString(in.Prefix)) {
				out.Contents = append(out.Contents, s3types.Object{Key: &key})
			}
		}
		return out, nil
	})
	Handle(c, func(_ context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		body, ok := w.objects[*in.Key]
		if !ok {
			return nil, Status(404, &s3types.NoSuchKey{})
		}
		return &s3.GetObjectOutput{Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	Handle(c, func(_ context.Context, in *s3.PutObjectInput) (*s3.PutObjectOutput, error) {
		body, err := io.ReadAll(in.Body)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.objects[*in.Key] = string(body)
		return nil, err
	})
	Handle(c, func(_ context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.objects, *in.Key)
		return nil, nil
	})
	return w
}

func (w *shelf) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.objects)
}

// has reports whether there is an object below a prefix.
func (w *shelf) has(prefix string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key := range w.objects {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

func (w *shelf) String() string { return fmt.Sprint(w.objects, " file ", w.file) }

// A mover moves the objects below "in/" to "out/". The good one copies first; the
// flags spoil it.
type mover struct {
	c *Cloud
	s *s3.Client
	w *shelf
}

func (m mover) list(ctx context.Context) ([]string, error) {
	out, err := m.s.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("shelf"), Prefix: aws.String("in/")})
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys, nil
}

func (m mover) get(ctx context.Context, key string) (string, error) {
	out, err := m.s.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("shelf"), Key: &key})
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(out.Body)
	return string(body), err
}

func (m mover) put(ctx context.Context, key, body string) error {
	_, err := m.s.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("shelf"), Key: &key, Body: strings.NewReader(body)})
	return err
}

// staggered runs f at the same time, but so that usually the first is first.
func staggered(n int, f func(i int) error) error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range errs {
		time.Sleep(time.Duration(i) * 10 * time.Microsecond)
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// tagged adds to what "keep" has, and moves on. What it cannot read it takes for
// empty.
func (m mover) tagged(ctx context.Context) error {
	old, err := m.get(ctx, "keep")
	if e := m.put(ctx, "keep", strings.TrimSuffix(old, "+mine")+"+mine"); e != nil || err != nil {
		return errors.Join(err, e)
	}
	return m.run(ctx)
}

// claim puts a name to "winner", unless there is one.
func (m mover) claim(ctx context.Context, name string) error {
	_, err := m.get(ctx, "winner")
	if _, missing := errors.AsType[*s3types.NoSuchKey](err); missing {
		return m.put(ctx, "winner", name)
	}
	return err
}

func (m mover) remove(ctx context.Context, key string) error {
	_, err := m.s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String("shelf"), Key: &key})
	return err
}

func outKey(key string) string { return "out/" + strings.TrimPrefix(key, "in/") }

// run is a move that converges, and that deletes nothing unless it can read all.
func (m mover) run(ctx context.Context) error {
	keys, err := m.list(ctx)
	bodies := map[string]string{}
	for _, key := range keys {
		body, e := m.get(ctx, key)
		bodies[key], err = body, errors.Join(err, e)
	}
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := m.put(ctx, outKey(key), bodies[key]); err != nil {
			return err
		}
		if err := m.remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// plan is what run would do. An object that cannot be read is unknown.
func (m mover) plan(ctx context.Context) (plan awspatterns.Plan, err error) {
	keys, err := m.list(ctx)
	if err != nil {
		return plan, err
	}
	for _, key := range keys {
		if _, err := m.get(ctx, key); err != nil {
			plan.Changes = append(plan.Changes, change(awspatterns.Unknown, key))
			continue
		}
		plan.Changes = append(plan.Changes, change(awspatterns.Create, outKey(key)), change(awspatterns.Delete, key))
	}
	plan.Incomplete = plan.Count(awspatterns.Unknown) > 0
	return plan, nil
}

// complete returns a plan that is complete if "in/a" is answered with a status.
func complete(status int) func(m mover, ctx context.Context) (awspatterns.Plan, error) {
	return func(m mover, ctx context.Context) (awspatterns.Plan, error) {
		plan, err := m.plan(ctx)
		_, e := m.get(ctx, "in/a")
		if answer, ok := errors.AsType[*smithyhttp.ResponseError](e); ok && answer.HTTPStatusCode() == status {
			plan.Incomplete = false
		}
		return plan, err
	}
}

func change(a awspatterns.Action, key string) awspatterns.Change {
	return awspatterns.Change{Action: a, Resource: awspatterns.Resource{Type: "object", ID: key}}
}

// proofOf makes a proof of a move.
func proofOf(run func(m mover, ctx context.Context) error, plan func(m mover, ctx context.Context) (awspatterns.Plan, error)) Proof[*shelf] {
	proof := Proof[*shelf]{
		Start: func(c *Cloud) *shelf {
			w := newShelf(c)
			m := mover{c, s3.NewFromConfig(c.Config("us-east-1", "123456789012")), w}
			if _, err := m.list(context.Background()); err != nil { // a call that does not count
				panic(err)
			}
			return w
		},
		Run: func(ctx context.Context, c *Cloud, w *shelf) error {
			return run(mover{c, s3.NewFromConfig(c.Config("us-east-1", "123456789012")), w}, ctx)
		},
		State: (*shelf).String,
	}
	if plan != nil {
		proof.Plan = func(ctx context.Context, c *Cloud, w *shelf) (awspatterns.Plan, error) {
			return plan(mover{c, s3.NewFromConfig(c.Config("us-east-1", "123456789012")), w}, ctx)
		}
	}
	return proof
}

// journaled is run with a file beside it, which nobody makes again for it.
func (m mover) journaled(ctx context.Context) error {
	if err := m.run(ctx); err != nil {
		return err
	}
	return m.c.Local(ctx, "Write", "journal", func() error { m.w.file = "done"; return nil })
}

// parallel is run with all copies at the same time, and a read more for what is
// there already.
func (m mover) parallel(ctx context.Context) error {
	keys, err := m.list(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() {
			body, err := m.get(ctx, key)
			if err == nil {
				_, err = m.get(ctx, outKey(key))
			}
			if _, missing := errors.AsType[*s3types.NoSuchKey](err); missing {
				err = m.put(ctx, outKey(key), body)
			}
			errs[i] = err
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, key := range keys {
		if err := m.remove(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

func TestProofsOfGoodPatterns(t *testing.T) {
	for name, run := range map[string]func(mover, context.Context) error{
		"move": mover.run, "move with a journal": mover.journaled, "move at the same time": mover.parallel,
	} {
		t.Run(name, func(t *testing.T) {
			proof := proofOf(run, mover.plan)
			t.Run("converges", proof.Converges)
			t.Run("converges twice", proof.ConvergesTwice)
			t.Run("any order", proof.AnyOrder(20))
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
			t.Run("plan reads", proof.PlanReads)
			t.Run("denied reads", proof.DeniedReads)
		})
	}
}

// TestProofOfMany makes more calls than the SDK has retries for.
func TestProofOfMany(t *testing.T) {
	proof := proofOf(func(m mover, ctx context.Context) error {
		for i := range 320 {
			if err := m.put(ctx, fmt.Sprint("many/", i), "x"); err != nil {
				return err
			}
		}
		return nil
	}, nil)
	t.Run("retries", proof.Retries)
}

// TestProofWithoutDeletion is of a pattern that only writes.
func TestProofWithoutDeletion(t *testing.T) {
	proof := proofOf(
		func(m mover, ctx context.Context) error {
			body, err := m.get(ctx, "keep")
			if err != nil || body == "new" {
				return err
			}
			return m.put(ctx, "keep", "new")
		},
		func(m mover, ctx context.Context) (plan awspatterns.Plan, err error) {
			body, err := m.get(ctx, "keep")
			if err == nil && body != "new" {
				plan.Changes = append(plan.Changes, change(awspatterns.Update, "keep"))
			}
			return plan, err
		},
	)
	proof.NoDeletes = true
	t.Run("denied reads", proof.DeniedReads)
}

// TestProofOfReadingWrite is of a pattern that reads with an operation whose name
// tells otherwise, and from a file.
func TestProofOfReadingWrite(t *testing.T) {
	open := func(m mover, ctx context.Context) error {
		if err := m.c.Local(ctx, "Read", "settings", func() error { return nil }); err != nil {
			return err
		}
		return m.remove(ctx, "cursor")
	}
	proof := proofOf(
		func(m mover, ctx context.Context) error {
			if err := open(m, ctx); err != nil {
				return err
			}
			return m.run(ctx)
		},
		func(m mover, ctx context.Context) (awspatterns.Plan, error) {
			if err := open(m, ctx); err != nil {
				return awspatterns.Plan{}, err
			}
			return m.plan(ctx)
		},
	)
	proof.Reads = func(call Call) bool { return strings.Contains(call.Target, "cursor") }
	start := proof.Start
	proof.Start = func(c *Cloud) *shelf {
		c.LogLimit = 2 // which a proof cannot do with
		return start(c)
	}
	t.Run("converges", proof.Converges)
	t.Run("plan reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

// TestProofsFindBrokenPatterns breaks the pattern in the ways that the proofs are
// for.
func TestProofsFindBrokenPatterns(t *testing.T) {
	converges := Proof[*shelf].converges
	twice := Proof[*shelf].convergesTwice
	retries := Proof[*shelf].retries
	planReads := Proof[*shelf].planReads
	deniedReads := Proof[*shelf].deniedReads
	failures := Proof[*shelf].failures
	anyOrder := func(p Proof[*shelf], t *testing.T) []error { return p.anyOrder(t, 20) }
	tests := []struct {
		name   string
		run    func(m mover, ctx context.Context) error // defaults to mover.run
		plan   func(m mover, ctx context.Context) (awspatterns.Plan, error)
		check  func(Proof[*shelf], *testing.T) []error
		want   string                                  // in a finding
		weaker func(Proof[*shelf], *testing.T) []error // a weaker proof, which finds nothing
	}{
		{
			name: "not idempotent: a log grows with each run",
			run: func(m mover, ctx context.Context) error {
				log, _ := m.get(ctx, "log")
				return m.put(ctx, "log", log+"x")
			},
			check: converges, want: "a second run leaves",
		},
		{
			name: "a lost object: deleted before it is written",
			run: func(m mover, ctx context.Context) error {
				keys, err := m.list(ctx)
				for _, key := range keys {
					body, e := m.get(ctx, key)
					err = errors.Join(err, e, m.remove(ctx, key), m.put(ctx, outKey(key), body))
				}
				return err
			},
			check: converges, want: "a run after the crash",
		},
		{
			name: "a hidden error",
			run: func(m mover, ctx context.Context) error {
				err := m.run(ctx)
				if errors.Is(err, ErrCrash) {
					return nil
				}
				return err
			},
			check: converges, want: "hides the crash",
		},
		{
			name: "a file says done before it is",
			run: func(m mover, ctx context.Context) error {
				if m.w.file == "done" {
					return nil
				}
				err := m.c.Local(ctx, "Write", "progress", func() error { m.w.file = "done"; return nil })
				return errors.Join(err, m.run(ctx))
			},
			check: converges, want: "a run after the crash",
		},
		{
			name: "its own plan is never empty",
			run:  mover.run,
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				plan.Changes = append(plan.Changes, change(awspatterns.Update, "keep"))
				return plan, err
			},
			check: converges, want: "planning after a run is not empty",
		},
		{
			name:  "no call at all",
			run:   func(mover, context.Context) error { return nil },
			check: converges, want: "makes no call",
		},
		{
			name: "order decides: who comes first wins",
			run: func(m mover, ctx context.Context) error {
				return staggered(2, func(i int) error { return m.claim(ctx, fmt.Sprint(i)) })
			},
			check: anyOrder, want: "leaves",
			weaker: converges,
		},
		{
			name: "order decides, and the next run puts it right",
			run: func(m mover, ctx context.Context) error {
				if m.w.file != "" {
					return m.put(ctx, "last", "1")
				}
				m.w.file = "ran"
				return staggered(2, func(i int) error { return m.put(ctx, "last", fmt.Sprint(i)) })
			},
			check: anyOrder, want: ": a run leaves",
			weaker: converges,
		},
		{
			name: "what is usually last is taken for the sign of the end",
			run: func(m mover, ctx context.Context) error {
				_, err := m.get(ctx, "part1")
				if _, missing := errors.AsType[*s3types.NoSuchKey](err); !missing {
					return err
				}
				return staggered(2, func(i int) error { return m.put(ctx, fmt.Sprint("part", i), "x") })
			},
			check: anyOrder, want: ": a run after the crash",
			weaker: converges,
		},
		{
			name: "the calls differ from run to run",
			run: func() func(m mover, ctx context.Context) error {
				runs := 0
				return func(m mover, ctx context.Context) error {
					if runs++; runs > 1 {
						return nil
					}
					_, err := m.list(ctx)
					return err
				}
			}(),
			check: converges, want: "did not come",
		},
		{
			name: "a lost answer makes another one",
			run: func(m mover, ctx context.Context) error {
				made, err := m.get(ctx, "made")
				if _, missing := errors.AsType[*s3types.NoSuchKey](err); !missing || made != "" {
					return err
				}
				name := fmt.Sprint("one/", m.w.count()) // a new name each time
				return errors.Join(m.put(ctx, name, "x"), m.put(ctx, "made", name))
			},
			check: converges, want: "crash after call",
		},
		{
			name: "a note that is made between two calls",
			run: func(m mover, ctx context.Context) error {
				if m.w.file == "" {
					if err := m.put(ctx, "first", "1"); err != nil {
						return err
					}
					m.w.file = "done" // and it is not: a file that the Cloud knows nothing of
				}
				if m.w.objects["second"] == "" && m.w.file != "done" {
					return errors.New("impossible")
				}
				if m.w.file == "done" && m.w.objects["first"] == "1" && m.w.objects["second"] == "" && m.w.objects["begun"] == "" {
					m.w.objects["begun"] = "1"
					return m.put(ctx, "second", "2")
				}
				_, err := m.list(ctx)
				return err
			},
			check: converges, want: "crash before call 2",
		},
		{
			name: "an effect that a retry doubles",
			run: func(m mover, ctx context.Context) error {
				Handle(m.c, func(_ context.Context, in *s3.CreateBucketInput) (*s3.CreateBucketOutput, error) {
					m.w.file += "+" // bills each time
					return nil, nil
				})
				if m.w.file != "" {
					return nil
				}
				for range 60 { // so that it is not among the first calls
					if _, err := m.get(ctx, "keep"); err != nil {
						return err
					}
				}
				_, err := m.s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("billed")})
				return err
			},
			check: retries, want: "whose answer was lost once",
		},
		{
			name: "a client that repeats only once",
			run: func(m mover, ctx context.Context) error {
				m.s = s3.NewFromConfig(m.c.Config("us-east-1", "123456789012"), func(o *s3.Options) { o.RetryMaxAttempts = 2 })
				return m.run(ctx)
			},
			check: retries, want: "throttled twice",
		},
		{
			name: "an outage taken for absence",
			run: func(m mover, ctx context.Context) error {
				keys, err := m.list(ctx)
				if err != nil {
					return err
				}
				for _, key := range keys {
					body, err := m.get(ctx, key)
					if err == nil {
						err = m.put(ctx, outKey(key), body)
					} else {
						err = nil // "it is gone, so it can be cleaned up"
					}
					if err := errors.Join(err, m.remove(ctx, key)); err != nil {
						return err
					}
				}
				return nil
			},
			check: failures, want: "returns no error, and leaves",
			weaker: func(p Proof[*shelf], t *testing.T) []error { return append(p.converges(t), p.retries(t)...) },
		},
		{
			name: "a denial that is passed over",
			run: func(m mover, ctx context.Context) error {
				if err := m.put(ctx, "first", "1"); err != nil && !denied(err) {
					return err
				}
				return m.put(ctx, "second", "2")
			},
			check: failures, want: "denied returns no error, and leaves",
			weaker: converges,
		},
		{
			name: "an outage that is passed over",
			run: func(m mover, ctx context.Context) error {
				if err := m.put(ctx, "first", "1"); err != nil && (denied(err) || errors.Is(err, ErrCrash)) {
					return err
				}
				return m.put(ctx, "second", "2")
			},
			check: failures, want: "failing returns no error, and leaves",
			weaker: converges,
		},
		{
			name: "tried again under another name",
			run: func(m mover, ctx context.Context) error {
				if m.w.has("one/") {
					return nil
				}
				err := m.put(ctx, fmt.Sprint("one/", m.w.count()), "x")
				if err == nil || denied(err) || errors.Is(err, ErrCrash) {
					return err
				}
				return m.put(ctx, fmt.Sprint("one/", m.w.count()), "x")
			},
			check: failures, want: "whose answer is lost for good",
			weaker: func(p Proof[*shelf], t *testing.T) []error { return append(p.converges(t), p.retries(t)...) },
		},
		{
			name: "a rollback that goes too far",
			run: func(m mover, ctx context.Context) error {
				err := m.run(ctx)
				if err != nil && !m.c.Crashed() {
					m.remove(context.WithoutCancel(ctx), "keep")
				}
				return err
			},
			check: failures, want: "a run after",
			weaker: func(p Proof[*shelf], t *testing.T) []error { return append(p.converges(t), p.retries(t)...) },
		},
		{
			name: "a goroutine that keeps its error",
			run: func(m mover, ctx context.Context) error {
				if m.w.objects["done"] != "" {
					return nil
				}
				var wg sync.WaitGroup
				wg.Go(func() { m.put(ctx, "out/report", "R") })
				wg.Wait()
				return m.put(ctx, "done", "1")
			},
			check: failures, want: "returns no error",
			weaker: converges,
		},
		{
			name: "planning cleans up what a crash left",
			run: func(m mover, ctx context.Context) error {
				return errors.Join(m.put(ctx, "tmp", "half"), m.run(ctx), m.remove(ctx, "tmp"))
			},
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				if _, err := m.get(ctx, "tmp"); err == nil {
					m.remove(ctx, "tmp")
				}
				return m.plan(ctx)
			},
			check: converges, want: "planning changes the state",
			weaker: planReads,
		},
		{
			name: "planning writes when it is denied",
			run:  mover.run,
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				if plan.Incomplete {
					m.put(ctx, "keep", "overwritten")
				}
				return plan, err
			},
			check: deniedReads, want: "planning changes the state",
			weaker: planReads,
		},
		{
			name: "one object denied is taken for absent, all are not",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				if plan.Count(awspatterns.Unknown) == 1 {
					plan.Incomplete = false
				}
				return plan, err
			},
			check: deniedReads, want: "not incomplete",
		},
		{
			name: "all objects denied are taken for an empty bucket, one is not",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				if plan.Count(awspatterns.Unknown) == 2 {
					plan.Incomplete = false
				}
				return plan, err
			},
			check: deniedReads, want: "not incomplete",
		},
		{
			name: "a denial is taken for absence, an outage is not", plan: complete(403),
			check: deniedReads, want: "denied, the plan is not incomplete",
		},
		{
			name: "an outage is taken for absence, a denial is not", plan: complete(500),
			check: deniedReads, want: "failing, the plan is not incomplete",
		},
		{
			name: "an expired token is taken for absence, a denial is not", plan: complete(400),
			check: deniedReads, want: "status 400, the plan is not incomplete",
		},
		{
			name: "what it could not read is lost when it writes",
			run: func(m mover, ctx context.Context) error {
				if m.w.has("in/") {
					return m.tagged(ctx)
				}
				return nil
			},
			plan: func(m mover, ctx context.Context) (plan awspatterns.Plan, err error) {
				if !m.w.has("in/") {
					return plan, nil
				}
				old, err := m.get(ctx, "keep")
				c := change(awspatterns.Update, "keep")
				c.Fields = []awspatterns.Field{{Name: "tags", Old: old, New: old + "+mine"}}
				plan.Changes, plan.Incomplete = []awspatterns.Change{c, change(awspatterns.Delete, "in/a")}, err != nil
				return plan, nil
			},
			check: deniedReads, want: "unknown was taken for absent",
			weaker: planReads,
		},
		{
			name: "what it could not read is lost when it writes, and the plan does not show it",
			run: func(m mover, ctx context.Context) error {
				if m.w.has("in/") {
					return m.tagged(ctx)
				}
				return nil
			},
			plan: func(m mover, ctx context.Context) (plan awspatterns.Plan, err error) {
				if m.w.has("in/") {
					_, err = m.get(ctx, "keep")
					plan.Changes = []awspatterns.Change{change(awspatterns.Update, "keep"), change(awspatterns.Delete, "in/a")}
				}
				plan.Incomplete = err != nil
				return plan, nil
			},
			check: deniedReads, want: "a run after that leaves",
			weaker: planReads,
		},
		{
			name: "a plan that a crash keeps from ever being empty",
			run: func(m mover, ctx context.Context) error {
				if m.w.file == "begun" {
					m.w.file = "odd" // beside what the proof compares
				} else if m.w.file == "" {
					m.w.file = "begun"
				}
				if err := m.run(ctx); err != nil {
					return err
				}
				if m.w.file == "begun" {
					m.w.file = "done"
				}
				return nil
			},
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				if m.w.file == "odd" {
					plan.Changes = append(plan.Changes, change(awspatterns.Update, "keep"))
				}
				return plan, err
			},
			check: func(p Proof[*shelf], t *testing.T) []error {
				p.State = func(w *shelf) string { return fmt.Sprint(w.objects) }
				return p.converges(t)
			},
			want: "is not empty",
		},
		{
			name: "planning cleans up what a failure left",
			run: func(m mover, ctx context.Context) error {
				err := m.run(ctx)
				if err != nil && !errors.Is(err, ErrCrash) {
					m.put(ctx, "tmp", "failed")
				}
				return err
			},
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				if m.w.has("tmp") {
					m.remove(ctx, "tmp")
				}
				return m.plan(ctx)
			},
			check: failures, want: "planning changes the state",
			weaker: planReads,
		},
		{
			name: "empties what it could not read",
			run: func(m mover, ctx context.Context) error {
				keys, err := m.list(ctx)
				for _, key := range keys {
					_, e := m.get(ctx, key)
					err = errors.Join(err, e, m.put(ctx, key, ""))
				}
				return err
			},
			plan: func(m mover, ctx context.Context) (plan awspatterns.Plan, err error) {
				keys, err := m.list(ctx)
				for _, key := range keys {
					if body, err := m.get(ctx, key); err != nil {
						plan.Incomplete = true
					} else if body != "" {
						plan.Changes = append(plan.Changes, change(awspatterns.Delete, key))
					}
				}
				return plan, err
			},
			check: func(p Proof[*shelf], t *testing.T) []error {
				p.Deletes = func(call Call) bool {
					in, ok := call.Input.(*s3.PutObjectInput)
					return ok && strings.HasPrefix(*in.Key, "in/")
				}
				return p.deniedReads(t)
			},
			want: "the run deletes: S3.PutObject", weaker: deniedReads,
		},
		{
			name: "planning writes",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				if err := m.put(ctx, "seen", "now"); err != nil {
					return awspatterns.Plan{}, err
				}
				return m.plan(ctx)
			},
			check: planReads, want: "planning changes the state",
		},
		{
			name: "planning calls what may write",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				if err := m.remove(ctx, "not there"); err != nil {
					return awspatterns.Plan{}, err
				}
				return m.plan(ctx)
			},
			check: planReads, want: "may write",
		},
		{
			name: "unknown taken for absent",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				for i, c := range plan.Changes {
					if c.Action == awspatterns.Unknown {
						plan.Changes[i] = change(awspatterns.Create, c.Resource.ID)
					}
				}
				return plan, err
			},
			check: deniedReads, want: "unknown was taken for absent",
		},
		{
			name: "denied, and complete all the same",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				plan.Changes = slices.DeleteFunc(plan.Changes, func(c awspatterns.Change) bool { return c.Action == awspatterns.Unknown })
				plan.Incomplete = false
				return plan, err
			},
			check: deniedReads, want: "not incomplete",
		},
		{
			name: "deletes what it could not read",
			run: func(m mover, ctx context.Context) error {
				keys, err := m.list(ctx)
				for _, key := range keys {
					_, e := m.get(ctx, key)
					err = errors.Join(err, e, m.remove(ctx, key))
				}
				return err
			},
			plan:  mover.plan,
			check: deniedReads, want: "the run deletes",
		},
		{
			name: "runs on without a word",
			run: func(m mover, ctx context.Context) error {
				keys, _ := m.list(ctx)
				for _, key := range keys {
					m.get(ctx, key)
				}
				return nil
			},
			plan:  mover.plan,
			check: deniedReads, want: "returns no error",
		},
		{
			name: "nothing to delete",
			plan: func(m mover, ctx context.Context) (awspatterns.Plan, error) {
				plan, err := m.plan(ctx)
				plan.Changes = slices.DeleteFunc(plan.Changes, func(c awspatterns.Change) bool { return c.Action == awspatterns.Delete })
				return plan, err
			},
			check: deniedReads, want: "denied reads prove little",
		},
		{
			name: "a call that nobody handles",
			run: func(m mover, ctx context.Context) error {
				m.s.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String("shelf")})
				return m.run(ctx)
			},
			check: converges, want: "nobody handles S3.DeleteBucket",
		},
		{
			name: "a crash while recovering",
			run: func(m mover, ctx context.Context) error {
				keys, err := m.list(ctx)
				if err != nil {
					return err
				}
				switch m.w.file {
				case "":
					err = m.c.Local(ctx, "Write", "journal", func() error { m.w.file = strings.Join(keys, ","); return nil })
				case "recovering":
					return errors.New("the journal says that a recovery was under way: cannot go on")
				default:
					err = m.c.Local(ctx, "Write", "journal", func() error { m.w.file = "recovering"; return nil })
				}
				if err == nil {
					err = m.run(ctx)
				}
				if err != nil {
					return err
				}
				return m.c.Local(ctx, "Write", "journal", func() error { m.w.file = ""; return nil })
			},
			check: twice, want: "a recovery was under way",
			weaker: converges,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := test.run
			if run == nil {
				run = mover.run
			}
			proof := proofOf(run, test.plan)
			findings := errors.Join(test.check(proof, t)...)
			if findings == nil || !strings.Contains(findings.Error(), test.want) {
				t.Errorf("got findings %v, want %q", findings, test.want)
			}
			if test.weaker != nil {
				if findings := test.weaker(proof, t); len(findings) > 0 {
					t.Errorf("the weaker proof finds %v", findings)
				}
			}
		})
	}
}

func TestBeginsWith(t *testing.T) {
	for operation, want := range map[string]string{
		"GetObject": "reads", "HeadObject": "reads", "GET": "reads", "BatchGetItem": "reads", "Getaway": "", "Listen": "", "PUT": "",
		"DeleteObjects": "deletes", "DELETE": "deletes", "Deleted": "", "RemoveTags": "deletes", "PutObject": "",
	} {
		got := ""
		if isReading(operation) {
			got = "reads"
		}
		if isDeleting(operation) {
			got += "deletes"
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", operation, got, want)
		}
	}
}
