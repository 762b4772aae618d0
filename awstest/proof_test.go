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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

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

func change(a awspatterns.Action, key string) awspatterns.Change {
	return awspatterns.Change{Action: a, Resource: awspatterns.Resource{Type: "object", ID: key}}
}

// proofOf makes a proof of a move.
func proofOf(run func(m mover, ctx context.Context) error, plan func(m mover, ctx context.Context) (awspatterns.Plan, error)) Proof[*shelf] {
	proof := Proof[*shelf]{
		Start: newShelf,
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

func TestProofOfGoodPattern(t *testing.T) {
	proof := proofOf(mover.run, mover.plan)
	t.Run("converges", proof.Converges)
	t.Run("converges twice", proof.ConvergesTwice)
	t.Run("any order", proof.AnyOrder(20))
	t.Run("retries", proof.Retries)
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
				var wg sync.WaitGroup
				errs := make([]error, 4)
				for i := range errs {
					wg.Go(func() {
						// a name of its own, so that each takes a time of its own
						_, e := m.get(ctx, fmt.Sprint("in/", string(rune('a'+i%2)), "?", i))
						if _, missing := errors.AsType[*s3types.NoSuchKey](e); missing {
							e = nil
						}
						m.w.mu.Lock()
						free := m.w.objects["winner"] == ""
						m.w.mu.Unlock()
						if e == nil && free {
							e = m.put(ctx, "winner", fmt.Sprint(i))
						}
						errs[i] = e
					})
				}
				wg.Wait()
				return errors.Join(errs...)
			},
			check: anyOrder, want: "leaves",
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
				_, err := m.s.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("billed")})
				return err
			},
			check: retries, want: "answers lost once",
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

// TestPermissionFindings compares policies with calls.
func TestPermissionFindings(t *testing.T) {
	call := func(name string, input any) Call {
		service, operation, _ := strings.Cut(name, ".")
		return Call{Service: service, Operation: operation, Input: input}
	}
	any := []string{"*"}
	get := awspatterns.Permission{Action: "s3:GetObject", Resources: any, Operations: []string{"S3.GetObject(!VersionId)", "S3.HeadObject"}}
	version := awspatterns.Permission{Action: "s3:GetObjectVersion", Resources: any, Operations: []string{"S3.GetObject(VersionId)"}}
	search := awspatterns.Permission{Action: "es:ESHttpGet", Resources: any, Operations: []string{"es.GET"}}
	latest, old := call("S3.GetObject", &s3.GetObjectInput{}), call("S3.GetObject", &s3.GetObjectInput{VersionId: aws.String("1")})
	head, put := call("S3.HeadObject", &s3.HeadObjectInput{}), call("S3.PutObject", &s3.PutObjectInput{})
	tests := []struct {
		name   string
		policy awspatterns.Policy
		calls  []Call
		want   []string
	}{
		{"equal", awspatterns.Policy{get, version, search}, []Call{latest, old, head, head, call("es.GET", nil), call("local.Write", nil)}, nil},
		{"an undeclared action", awspatterns.Policy{get}, []Call{latest, head, put, put}, []string{"S3.PutObject was called"}},
		{"an undeclared version", awspatterns.Policy{get}, []Call{latest, head, old}, []string{"S3.GetObject was called"}},
		{"never called", awspatterns.Policy{get, version}, []Call{latest, head}, []string{"s3:GetObjectVersion: S3.GetObject(VersionId) was not called"}},
		{"an operation never called", awspatterns.Policy{get}, []Call{latest}, []string{"s3:GetObject: S3.HeadObject was not called"}},
		{"neither called nor implied", awspatterns.Policy{{Action: "s3:*", Resources: any}}, nil, []string{"s3:*: the permission names neither"}},
		{"no resources", awspatterns.Policy{{Action: "s3:GetObject", Operations: get.Operations}}, []Call{latest, head}, []string{"names no resources"}},
		{
			"implied", awspatterns.Policy{get, {Action: "kms:Decrypt", Resources: any, ImpliedBy: "s3:GetObject", Source: "https://…"}},
			[]Call{latest, head}, nil,
		},
		{
			"implied by what the policy lacks", awspatterns.Policy{get, {Action: "kms:GenerateDataKey", Resources: any, ImpliedBy: "s3:PutObject", Source: "https://…"}},
			[]Call{latest, head},
			[]string{"implied by s3:PutObject, which the policy lacks"},
		},
		{
			"implied without a source", awspatterns.Policy{get, {Action: "kms:Decrypt", Resources: any, ImpliedBy: "s3:GetObject"}},
			[]Call{latest, head},
			[]string{"names no source"},
		},
		{
			"called and implied", awspatterns.Policy{get, {Action: "kms:Decrypt", Resources: any, ImpliedBy: "s3:GetObject", Source: "x", Operations: []string{"KMS.Decrypt"}}},
			[]Call{latest, head},
			[]string{"both called and implied"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			findings := permissionFindings(test.policy, test.calls)
			if len(findings) != len(test.want) {
				t.Fatalf("got %v, want %q", findings, test.want)
			}
			for i, want := range test.want {
				if !strings.Contains(findings[i].Error(), want) {
					t.Errorf("got %v, want %q", findings[i], want)
				}
			}
		})
	}
	defer func() {
		if recover() == nil {
			t.Error("a field that the input does not have goes unnoticed")
		}
	}()
	permissionFindings(awspatterns.Policy{{Action: "x:y", Resources: any, Operations: []string{"S3.GetObject(Version)"}}}, []Call{latest})
}
