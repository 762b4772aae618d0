package respond_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/guardduty/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/guardduty"
)

const (
	sshType    = "UnauthorizedAccess:EC2/SSHBruteForce"
	dnsType    = "CryptoCurrency:EC2/BitcoinTool.B!DNS"
	bucketType = "Policy:S3/BucketPublicAccessGranted"
)

// A tryWorld is a world with GuardDuty, whose samples are handled two minutes later.
type tryWorld struct {
	*world
	duty     *guardduty.Service
	detector string
}

func newTryWorld(t *testing.T) *tryWorld {
	w := &tryWorld{world: newWorld(awstest.New(t))}
	w.duty = guardduty.New(w.Cloud)
	eventbridge.New(w.Cloud)
	w.detector = w.duty.CreateDetector(account, region)
	w.duty.PageSize, w.duty.Delay = 1, time.Minute
	return w
}

// respond handles the samples of types, a time after they are made.
func (w *tryWorld) respond(ctx context.Context, later time.Duration) {
	opts := respond.OnFindingOptions{Block: w.options(), Samples: true}
	opts.Block.Finding = respond.Finding{}
	w.duty.OnEvent = func(event []byte) {
		go func() {
			time.Sleep(later)
			respond.OnFinding(ctx, w.clients(), event, opts) // what it did is seen in the Store
		}()
	}
}

func TestTestResponse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTryWorld(t)
		w.respond(t.Context(), 2*time.Minute)
		opts := respond.TestResponseOptions{
			Types: []string{sshType, dnsType, bucketType, "No:EC2/SuchType"}, Store: w.store,
			Pattern: []byte(`{"detail":{"type":[{"prefix":"UnauthorizedAccess:"},{"prefix":"Crypto"},{"prefix":"Policy"}],"severity":[{"numeric":[">=",7]}]}}`),
		}
		for range 2 { // the second time, the samples are updated
			result, err := respond.TestResponse(t.Context(), w.clients(), opts)
			if err != nil || result.Passed() || result.Detector != w.detector {
				t.Fatalf("%v: %+v", err, result)
			}
			for i, want := range []struct{ handled, problem string }{{"2m", ""}, {"2m", ""}, {"-", "no address and no domain"}, {"-", "made no sample"}} {
				got := result.Types[i]
				handled := got.Handled >= 2*time.Minute && got.Handled <= 2*time.Minute+20*time.Second
				if handled != (want.handled != "-") || (got.Problem == "") != (want.problem == "") || !strings.Contains(got.Problem, want.problem) {
					t.Errorf("%s: %+v", got.Type, got)
				}
				if i < 3 && (!got.Matched || got.Seen < time.Minute || got.Seen > time.Minute+20*time.Second || !got.Finding.Sample) {
					t.Errorf("%s: %+v", got.Type, got)
				}
			}
			var table strings.Builder
			if err := result.WriteTable(&table); err != nil || strings.Count(table.String(), "\n") != 5 {
				t.Errorf("%v\n%s", err, table.String())
			}
		}
	})
}

func TestTestResponseProblems(t *testing.T) {
	tests := map[string]struct {
		change  func(*tryWorld, *respond.TestResponseOptions)
		problem string
		took    time.Duration
	}{
		"nothing happens": {func(w *tryWorld, o *respond.TestResponseOptions) {}, "nothing was done", 5 * time.Minute},
		"never seen":      {func(w *tryWorld, o *respond.TestResponseOptions) { w.duty.Delay = time.Hour }, "not seen", 5 * time.Minute},
		"no match": {func(w *tryWorld, o *respond.TestResponseOptions) {
			o.Pattern = []byte(`{"detail":{"severity":[{"numeric":[">",8]}]}}`)
		}, "pattern does not match", 70 * time.Second},
		"no pattern": {func(w *tryWorld, o *respond.TestResponseOptions) { o.Pattern = []byte(`{}`) }, "InvalidEventPattern", 5 * time.Minute},
		"effect fails": {func(w *tryWorld, o *respond.TestResponseOptions) {
			o.Effect = func(context.Context, respond.Finding) (bool, error) { return false, errors.New("no ticket") }
		}, "no ticket", 5 * time.Minute},
		"effect": {func(w *tryWorld, o *respond.TestResponseOptions) {
			o.Effect = func(_ context.Context, f respond.Finding) (bool, error) { return f.Type == sshType, nil }
		}, "", 70 * time.Second},
		"only seen": {func(w *tryWorld, o *respond.TestResponseOptions) { o.Store = nil }, "", 70 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newTryWorld(t)
				opts := respond.TestResponseOptions{Types: []string{sshType}, Store: w.store, Wait: 5 * time.Minute}
				test.change(w, &opts)
				begun := time.Now()
				result, err := respond.TestResponse(t.Context(), w.clients(), opts)
				if got := result.Types[0].Problem; err != nil || !strings.Contains(got, test.problem) || (got == "") != (test.problem == "") {
					t.Errorf("%v: %+v", err, result)
				}
				if took := time.Since(begun); took > test.took+time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

// A real finding of the type is no sample, and many pages of them are read.
func TestTestResponseAmongOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTryWorld(t)
		w.duty.PageSize, w.duty.Delay = 0, 0
		for i := range 120 {
			w.duty.AddFinding(w.detector, types.Finding{
				Id: aws.String(strings.Repeat("f", i+1)), Type: aws.String(sshType), AccountId: aws.String(account), Region: aws.String(region),
				UpdatedAt: aws.String(time.Now().Add(time.Minute).UTC().Format(time.RFC3339)),
			})
		}
		result, err := respond.TestResponse(t.Context(), w.clients(), respond.TestResponseOptions{Types: []string{sshType}})
		if err != nil || !result.Passed() || !result.Types[0].Finding.Sample {
			t.Errorf("%v: %+v", err, result)
		}
	})
}

func TestTestResponseEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newTryWorld(t)
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		result, err := respond.TestResponse(ctx, w.clients(), respond.TestResponseOptions{Types: []string{sshType}, Store: w.store})
		if !errors.Is(err, context.DeadlineExceeded) || result.Types[0].Seen == 0 {
			t.Errorf("%v: %+v", err, result)
		}
	})
}

func TestTestResponseRefuses(t *testing.T) {
	w := newTryWorld(t)
	for want, opts := range map[string]respond.TestResponseOptions{
		"0 Types": {}, "Types[1]": {Types: []string{sshType, sshType}}, "Types[0]": {Types: []string{"a*"}}, "negative": {Types: []string{sshType}, Wait: -1},
	} {
		if _, err := respond.TestResponse(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), want) || w.Count() > 0 {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
	w.duty.CreateDetector(account, region)
	_, two := respond.TestResponse(t.Context(), w.clients(), respond.TestResponseOptions{Types: []string{sshType}})
	_, none := respond.TestResponse(t.Context(), respond.NewClients(w.Config("eu-north-1", account)), respond.TestResponseOptions{Types: []string{sshType}})
	if two == nil || none == nil || !strings.Contains(none.Error(), "enable GuardDuty") {
		t.Errorf("errors %v and %v", two, none)
	}
}

func TestTestResponsePermissions(t *testing.T) {
	w := newTryWorld(t)
	w.duty.Delay = 0
	opts := respond.TestResponseOptions{Types: []string{sshType}, Pattern: []byte(`{"source":["aws.guardduty"]}`)}
	if _, err := respond.TestResponse(t.Context(), w.clients(), opts); err != nil {
		t.Fatal(err)
	}
	awstest.CheckPermissions(t, respond.TestResponsePermissions(opts).Apply, w.Calls(), guardduty.Actions, eventbridge.Actions)
}
