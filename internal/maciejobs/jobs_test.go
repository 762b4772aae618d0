package maciejobs_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/maciejobs"
)

const (
	account = "123456789012"
	region  = "eu-central-1"
	job     = "0123456789abcdef0123456789abcdef"
)

func newJobs(c *awstest.Cloud) *maciejobs.Jobs {
	return maciejobs.New(macie2sdk.NewFromConfig(c.Config(region, account)), maciejobs.Config{})
}

func spec() maciejobs.Spec {
	return maciejobs.Spec{Name: "run-1-0", Token: "token", Account: account, Bucket: "results", Prefix: "runs/1/text/0/"}
}

func TestSpecValidate(t *testing.T) {
	many := func(n int) (ids []string) {
		for i := range n {
			ids = append(ids, fmt.Sprint(i))
		}
		return ids
	}
	tests := []struct {
		name   string
		change func(s *maciejobs.Spec)
		want   string // in the error; empty for none
	}{
		{name: "plain", change: func(s *maciejobs.Spec) {}},
		{name: "all that is allowed", change: func(s *maciejobs.Spec) {
			s.Name, s.Description = strings.Repeat("é", 500), strings.Repeat("é", 200)
			s.Selector, s.ManagedIDs, s.CustomIDs, s.AllowLists = "EXCLUDE", []string{"NAME"}, many(30), many(10)
		}},
		{name: "no name", change: func(s *maciejobs.Spec) { s.Name = "" }, want: "no Name"},
		{name: "long name", change: func(s *maciejobs.Spec) { s.Name = strings.Repeat("n", 501) }, want: "501 characters"},
		{name: "long description", change: func(s *maciejobs.Spec) { s.Description = strings.Repeat("n", 201) }, want: "201 characters"},
		{name: "no token", change: func(s *maciejobs.Spec) { s.Token = "" }, want: "no Token"},
		{name: "account", change: func(s *maciejobs.Spec) { s.Account = "12345678901" }, want: "12 digits"},
		{name: "no bucket", change: func(s *maciejobs.Spec) { s.Bucket = "" }, want: "no Bucket"},
		{name: "no prefix", change: func(s *maciejobs.Spec) { s.Prefix = "" }, want: "no Prefix"},
		{name: "long prefix", change: func(s *maciejobs.Spec) { s.Prefix = strings.Repeat("p", 1025) }, want: "1025 bytes"},
		{name: "not UTF-8", change: func(s *maciejobs.Spec) { s.Prefix = "\xff/" }, want: "UTF-8"},
		{name: "selector", change: func(s *maciejobs.Spec) { s.Selector = "SOME" }, want: "the Selector is"},
		{name: "include nothing", change: func(s *maciejobs.Spec) { s.Selector = "INCLUDE" }, want: "takes ManagedIDs"},
		{name: "managed and recommended", change: func(s *maciejobs.Spec) { s.ManagedIDs = many(1) }, want: "only the Selectors"},
		{name: "nothing to look for", change: func(s *maciejobs.Spec) { s.Selector = "NONE" }, want: "takes CustomIDs"},
		{name: "31 custom", change: func(s *maciejobs.Spec) { s.CustomIDs = many(31) }, want: "31 custom"},
		{name: "11 allow lists", change: func(s *maciejobs.Spec) { s.AllowLists = many(11) }, want: "11 allow lists"},
		{name: "twice", change: func(s *maciejobs.Spec) { s.CustomIDs = []string{"a", "a"} }, want: "twice"},
		{name: "empty id", change: func(s *maciejobs.Spec) { s.AllowLists = []string{""} }, want: "empty"},
		{name: "tag of AWS", change: func(s *maciejobs.Spec) { s.Tags = map[string]string{"aws:x": ""} }, want: `"aws:"`},
		{name: "long tag", change: func(s *maciejobs.Spec) { s.Tags = map[string]string{"k": strings.Repeat("v", 257)} }, want: "256"},
		{name: "51 tags", change: func(s *maciejobs.Spec) {
			s.Tags = map[string]string{}
			for _, k := range many(51) {
				s.Tags[k] = ""
			}
		}, want: "51 tags"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := spec()
			test.change(&s)
			err := s.Validate()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if test.want != "" {
				c := awstest.New(t) // in which nothing is handled: a call would fail the test
				if _, err := newJobs(c).Create(t.Context(), s); err == nil || c.Count() != 0 {
					t.Errorf("Create: %v after %d calls", err, c.Count())
				}
			}
		})
	}
}

// A creator answers CreateClassificationJob and keeps when it was asked.
type creator struct {
	mu     sync.Mutex
	inputs []*macie2sdk.CreateClassificationJobInput
	times  []time.Time
}

func newCreator(c *awstest.Cloud) *creator {
	k := &creator{}
	awstest.Handle(c, func(_ context.Context, in *macie2sdk.CreateClassificationJobInput) (*macie2sdk.CreateClassificationJobOutput, error) {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.inputs, k.times = append(k.inputs, in), append(k.times, time.Now())
		return &macie2sdk.CreateClassificationJobOutput{JobId: aws.String("job of " + *in.ClientToken)}, nil
	})
	return k
}

// TestCreateInput looks at the request: one prefix, text objects, once.
func TestCreateInput(t *testing.T) {
	c := awstest.New(t)
	k := newCreator(c)
	s := spec()
	s.CustomIDs, s.Tags = []string{"c"}, map[string]string{"run": "1"}
	id, err := newJobs(c).Create(t.Context(), s)
	if err != nil || id != "job of token" {
		t.Fatal(id, err)
	}
	in := k.inputs[0]
	and := in.S3JobDefinition.Scoping.Includes.And
	for i, want := range []string{"OBJECT_KEY STARTS_WITH [runs/1/text/0/]", "OBJECT_EXTENSION EQ [txt]"} {
		term := and[i].SimpleScopeTerm
		if got := fmt.Sprint(term.Key, " ", term.Comparator, " ", term.Values); got != want {
			t.Errorf("term %d is %s, want %s", i, got, want)
		}
	}
	if len(and) != 2 || in.S3JobDefinition.Scoping.Excludes != nil {
		t.Error("more scoping than planned")
	}
	buckets := in.S3JobDefinition.BucketDefinitions
	if len(buckets) != 1 || *buckets[0].AccountId != account || !slices.Equal(buckets[0].Buckets, []string{"results"}) {
		t.Errorf("got buckets %v", buckets)
	}
	if in.JobType != types.JobTypeOneTime || in.ManagedDataIdentifierSelector != types.ManagedDataIdentifierSelectorRecommended ||
		in.InitialRun != nil || in.Description != nil || *in.Name != "run-1-0" || in.Tags["run"] != "1" || in.CustomDataIdentifierIds[0] != "c" {
		t.Errorf("got %+v", in)
	}
}

// TestCreatePaced lets eight goroutines create jobs: never two within 10 seconds,
// and no later than needed.
func TestCreatePaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		c.Latency = 300 * time.Millisecond
		k := newCreator(c)
		j := newJobs(c)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				s := spec()
				s.Token = fmt.Sprint(i)
				if id, err := j.Create(t.Context(), s); err != nil || id != "job of "+s.Token {
					t.Errorf("got %q, %v", id, err)
				}
			})
		}
		wg.Wait()
		if len(k.times) != 8 {
			t.Fatalf("%d jobs", len(k.times))
		}
		for i := 1; i < len(k.times); i++ {
			if gap := k.times[i].Sub(k.times[i-1]); gap < 10*time.Second {
				t.Errorf("job %d came %s after the one before", i, gap)
			}
		}
		if took := time.Since(start); took > 75*time.Second {
			t.Errorf("8 jobs took %s", took)
		}
	})
}

// TestCreateThrottled: others use the quota too.
func TestCreateThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		k := newCreator(c)
		// Five in a row, more than the SDK would try.
		c.Inject(awstest.Fault{Operation: "Macie2.CreateClassificationJob", Times: 5, Err: awstest.Throttled()})
		id, err := newJobs(c).Create(t.Context(), spec())
		if err != nil || id != "job of token" || len(k.times) != 1 {
			t.Fatalf("got %q, %v, %d jobs", id, err, len(k.times))
		}
		calls := c.Calls()
		if len(calls) != 6 {
			t.Errorf("%d calls, want 6, ten seconds apart", len(calls))
		}
		for _, call := range calls {
			if call.Attempt != 1 {
				t.Errorf("the SDK repeated a throttled call: %v", call.Attempt)
			}
		}
	})
}

// TestCreateRepeats: an outage is the SDK's to repeat, under the same token.
func TestCreateRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := awstest.New(t)
		k := newCreator(c)
		c.Inject(awstest.Fault{Attempts: 1, Applied: true, Err: awstest.Error(500, "InternalServerException", "boom")})
		if _, err := newJobs(c).Create(t.Context(), spec()); err != nil {
			t.Fatal(err)
		}
		if len(k.inputs) != 2 || *k.inputs[0].ClientToken != "token" || *k.inputs[1].ClientToken != "token" {
			t.Errorf("%d creations", len(k.inputs))
		}
	})
}

func TestCreateEnds(t *testing.T) {
	why := errors.New("shut down")
	tests := []struct {
		name  string
		fault awstest.Fault
		wait  time.Duration // until ctx ends; 0 for before
		is    error
		says  string
	}{
		{name: "before", is: why},
		{name: "while throttled", fault: awstest.Fault{Err: awstest.Throttled()}, wait: time.Minute, is: why, says: "Rate exceeded"},
		{name: "denied", fault: awstest.Fault{Err: awstest.Denied()}, wait: time.Hour, says: `creating the job "run-1-0"`},
		{name: "quota", fault: awstest.Fault{Err: awstest.Status(402, &types.ServiceQuotaExceededException{})}, wait: time.Hour, is: &types.ServiceQuotaExceededException{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := awstest.New(t)
				newCreator(c)
				if test.fault.Err != nil {
					c.Inject(test.fault)
				}
				ctx, cancel := context.WithCancelCause(t.Context())
				if test.wait == 0 {
					cancel(why)
				} else {
					time.AfterFunc(test.wait, func() { cancel(why) })
				}
				j := newJobs(c)
				_, err := j.Create(ctx, spec())
				if err == nil || !strings.Contains(err.Error(), test.says) || test.is == why && !errors.Is(err, why) {
					t.Errorf("got %v", err)
				}
				if _, ok := test.is.(*types.ServiceQuotaExceededException); ok {
					if _, ok := errors.AsType[*types.ServiceQuotaExceededException](err); !ok {
						t.Errorf("got %v", err)
					}
				}
				c.ClearFaults()
				if _, err := j.Create(t.Context(), spec()); err != nil { // the turn was given back
					t.Errorf("afterwards: %v", err)
				}
			})
		})
	}
}

func TestFind(t *testing.T) {
	summary := func(id, name string, status types.JobStatus, day int) types.JobSummary {
		return types.JobSummary{JobId: &id, Name: &name, JobStatus: status, CreatedAt: aws.Time(time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC))}
	}
	tests := []struct {
		name string
		jobs []types.JobSummary // a page has one
		want string
	}{
		{name: "none"},
		{name: "names like it", jobs: []types.JobSummary{summary("1", "run-1-01", "RUNNING", 1), summary("2", "RUN-1-0", "RUNNING", 1)}},
		{name: "on the last page", jobs: []types.JobSummary{summary("1", "other", "RUNNING", 1), summary("2", "run-1-0", "COMPLETE", 1)}, want: "2"},
		{
			name: "several", want: "3",
			jobs: []types.JobSummary{summary("1", "run-1-0", "CANCELLED", 1), summary("2", "run-1-0", "RUNNING", 3), summary("3", "run-1-0", "RUNNING", 2)},
		},
		{name: "cancelled", jobs: []types.JobSummary{summary("2", "run-1-0", "CANCELLED", 2), summary("1", "run-1-0", "CANCELLED", 1)}, want: "1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := awstest.New(t)
			awstest.Handle(c, func(_ context.Context, in *macie2sdk.ListClassificationJobsInput) (*macie2sdk.ListClassificationJobsOutput, error) {
				term := in.FilterCriteria.Includes[0]
				if term.Key != types.ListJobsFilterKeyName || term.Comparator != types.JobComparatorEq || term.Values[0] != "run-1-0" {
					t.Errorf("got the filter %v", term)
				}
				i := len(aws.ToString(in.NextToken))
				out := &macie2sdk.ListClassificationJobsOutput{}
				if i < len(test.jobs) {
					out.Items = test.jobs[i : i+1]
				}
				if i+1 < len(test.jobs) {
					out.NextToken = aws.String(strings.Repeat("x", i+1))
				}
				return out, nil
			})
			id, found, err := newJobs(c).Find(t.Context(), "run-1-0")
			if err != nil || id != test.want || found != (test.want != "") {
				t.Errorf("got %q, %t, %v", id, found, err)
			}
		})
	}
	c := awstest.New(t)
	c.Inject(awstest.Fault{Err: awstest.Denied()})
	if _, found, err := newJobs(c).Find(t.Context(), "x"); err == nil || found {
		t.Errorf("denied: got %t, %v", found, err)
	}
}
