package redshift_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

func TestToken(t *testing.T) {
	tokens := map[string]bool{}
	for _, plan := range []string{"", "1", "11", "a"} {
		for i := range 12 {
			token := redshift.Token(plan, i)
			if len(token) != 64 || token != redshift.Token(plan, i) {
				t.Errorf("got %q", token)
			}
			tokens[token] = true
		}
	}
	if len(tokens) != 4*12 {
		t.Errorf("got %d tokens", len(tokens))
	}
}

// TestGrantRevokeGrant applies three plans within the 8 hours for which tokens live, and the
// first of them twice. The second grant is the same statement as the first: with a token
// made of the statement, it would not be run.
func TestGrantRevokeGrant(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		c := newConn(t, cloud)
		const grant, revoke = `GRANT SELECT ON TABLE "t" TO ROLE "r"`, `REVOKE SELECT ON TABLE "t" FROM ROLE "r"`
		for _, plan := range []struct {
			id, sql string
			again   bool
		}{
			{"plan 1", grant, false}, {"plan 1", grant, true}, {"plan 2", revoke, false}, {"plan 3", grant, false},
			{"plan 1", grant, true}, {"plan 3", grant, true},
		} {
			r, err := c.Run(t.Context(), redshift.Statement{SQL: plan.sql, Token: redshift.Token(plan.id, 0)})
			if err != nil || r.Deduplicated != plan.again {
				t.Errorf("%s: got %+v, %v", plan.id, r, err)
			}
			time.Sleep(time.Hour)
		}
		if got := w.effects(); !slices.Equal(got, []string{grant, revoke, grant}) {
			t.Errorf("ran %q", got)
		}
		time.Sleep(8 * time.Hour)
		if r, err := c.Run(t.Context(), redshift.Statement{SQL: grant, Token: redshift.Token("plan 1", 0)}); err != nil || r.Deduplicated {
			t.Errorf("after 8 hours: got %+v, %v", r, err)
		}
	})
}

// TestDeduplicated is about what tells an earlier call apart: the time between.
func TestDeduplicated(t *testing.T) {
	for _, test := range []struct {
		between time.Duration
		latency time.Duration // of the second call
		want    bool
	}{
		{time.Second, 0, false}, // not told apart, as documented
		{4 * time.Second, 0, true},
		{4 * time.Second, 30 * time.Second, true},
		{time.Second, 30 * time.Second, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, nil)
			c := newConn(t, cloud)
			s := redshift.Statement{SQL: "DROP TABLE t", Token: "t"}
			if r, err := c.Run(t.Context(), s); err != nil || r.Deduplicated {
				t.Errorf("got %+v, %v", r, err)
			}
			time.Sleep(test.between)
			cloud.Inject(awstest.Fault{Operation: executeCall, Latency: test.latency})
			if r, err := c.Run(t.Context(), s); err != nil || r.Deduplicated != test.want {
				t.Errorf("%+v: got %+v, %v", test, r, err)
			}
			if len(w.effects()) != 1 {
				t.Errorf("ran %q", w.effects())
			}
		})
	}
	t.Run("slow first call", func(t *testing.T) { // its attempts take a minute, and all are its own
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, nil)
			cloud.Inject(awstest.Fault{Operation: executeCall, Latency: 20 * time.Second, Err: errors.New("reset"), Applied: true, Times: 3})
			r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "DROP TABLE t", Token: "t"})
			if err != nil || r.Deduplicated {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	})
}

// TestFailureIsNotRemembered has a plan that fails for want of a permission and, once that
// is given, is applied again with the same tokens.
func TestFailureIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		allowed := false
		w := newDataWorld(cloud, func(sql string) reply {
			if sql == "CREATE SCHEMA b" && !allowed {
				return reply{err: "ERROR: permission denied for database dev"}
			}
			return reply{}
		})
		c := newConn(t, cloud)
		single := redshift.Statement{SQL: "CREATE SCHEMA b", Token: "single"}
		batch := []redshift.Statement{{SQL: "CREATE SCHEMA a", Token: "1"}, {SQL: "CREATE SCHEMA b", Token: "2"}}
		run := func(want error, again bool) {
			t.Helper()
			r, err := c.Run(t.Context(), single)
			if !errors.Is(err, want) || err == nil && r.Deduplicated != again {
				t.Errorf("got %+v, %v", r, err)
			}
			for _, mode := range []redshift.Mode{redshift.Transaction, redshift.AutoCommit} {
				outcomes, err := c.RunAll(t.Context(), batch, redshift.RunAllOptions{Mode: mode})
				if !errors.Is(err, want) {
					t.Errorf("%s: got %v", mode, err)
				}
				if err == nil && (outcomes[0].Result.Deduplicated != (again || mode == redshift.AutoCommit) || outcomes[1].Result.Deduplicated != again) {
					t.Errorf("%s: got %+v, %+v", mode, outcomes[0].Result, outcomes[1].Result)
				}
			}
			time.Sleep(time.Minute)
		}
		run(redshift.ErrPermission, false)
		run(redshift.ErrPermission, false)
		allowed = true
		run(nil, false)
		run(nil, true)
		run(nil, true)
		// The single one; the transaction; of the batch the first, when b failed, and then b.
		want := []string{"CREATE SCHEMA a", "CREATE SCHEMA b", "CREATE SCHEMA a", "CREATE SCHEMA b", "CREATE SCHEMA b"}
		if got := w.effects(); !slices.Equal(got, want) {
			t.Errorf("ran %q", got)
		}
	})
}

// TestEarlierHalf has half of a batch done by an earlier call, and the rest refused now.
func TestEarlierHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(sql string) reply {
			if sql == "CREATE SCHEMA b" {
				return reply{err: "ERROR: permission denied"}
			}
			return reply{}
		})
		c := newConn(t, cloud)
		batch := []redshift.Statement{{SQL: "CREATE SCHEMA a", Token: "1"}, {SQL: "CREATE SCHEMA b", Token: "2"}}
		c.RunAll(t.Context(), batch, redshift.RunAllOptions{Mode: redshift.AutoCommit})
		time.Sleep(time.Minute)
		denied := awstest.Denied()
		cloud.Inject(awstest.Fault{Operation: batchCall, Skip: 1, Err: denied})
		outcomes, err := c.RunAll(t.Context(), batch, redshift.RunAllOptions{Mode: redshift.AutoCommit})
		if !errors.Is(err, denied) || outcomes[0].Err != nil || !outcomes[0].Result.Deduplicated || !errors.Is(outcomes[1].Err, denied) {
			t.Errorf("got %+v, %v", outcomes, err)
		}
	})
}

// TestWaitsForEarlier has a second process send what the first one has running, and see it
// fail: it is not run again.
func TestWaitsForEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute, err: "ERROR: division by zero"} })
		c := newConn(t, cloud)
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.Run(t.Context(), redshift.Statement{SQL: "CALL load()", Token: "t"})
				errs <- err
			}()
			time.Sleep(10 * time.Second)
		}
		for range 2 {
			if _, failed := errors.AsType[*redshift.StatementError](<-errs); !failed {
				t.Error("did not fail")
			}
		}
		if len(w.runs) != 1 {
			t.Errorf("submitted %d times", len(w.runs))
		}
	})
}

// TestTokensSent is about which requests have a token of ours.
func TestTokensSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return count(1) })
		c := newConn(t, cloud)
		run := func(ss ...redshift.Statement) {
			t.Helper()
			if _, err := c.RunAll(t.Context(), ss, redshift.RunAllOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		read, a, b := redshift.Statement{SQL: "SELECT 1"}, redshift.Statement{SQL: "DROP TABLE a", Token: "a"}, redshift.Statement{SQL: "DROP TABLE b", Token: "b"}
		run(read)
		run(read)
		run(a)
		run(a, b)
		run(a, b)
		run(b, a)
		if one, two := *w.executes[0].ClientToken, *w.executes[1].ClientToken; one == two {
			t.Error("two reads have one token")
		}
		if *w.executes[2].ClientToken != "a" {
			t.Errorf("sent %q", *w.executes[2].ClientToken)
		}
		var tokens []string
		for _, in := range w.batches {
			tokens = append(tokens, aws.ToString(in.ClientToken))
		}
		if len(tokens[0]) != 64 || tokens[0] != tokens[1] || tokens[0] == tokens[2] || tokens[0] == "a" {
			t.Errorf("batches have %q", tokens)
		}
		// What has a token is not in one call with what has none: the read would be old.
		run(read, a, b, read, read)
		if last := w.batches[len(w.batches)-2]; len(last.Sqls) != 2 || *last.ClientToken != tokens[0] {
			t.Errorf("sent %q", last.Sqls)
		}
	})
}

// TestKilled kills the process before and after each call, and runs it again.
func TestKilled(t *testing.T) {
	proof := awstest.Proof[*dataWorld]{
		Start: func(cloud *awstest.Cloud) *dataWorld {
			return newDataWorld(cloud, func(string) reply { return reply{takes: 3 * time.Second} })
		},
		Run: func(ctx context.Context, cloud *awstest.Cloud, w *dataWorld) error {
			c := newConn(t, cloud)
			if _, err := c.Run(ctx, redshift.Statement{SQL: "INSERT INTO t VALUES (1)", Token: "insert"}); err != nil {
				return err
			}
			_, err := c.RunAll(ctx, []redshift.Statement{{SQL: "INSERT INTO t VALUES (2)", Token: "a"}, {SQL: "INSERT INTO t VALUES (3)", Token: "b"}, {SQL: "DROP DATABASE d", Token: "c"}}, redshift.RunAllOptions{})
			return err
		},
		State: func(w *dataWorld) string {
			time.Sleep(time.Minute)
			return strings.Join(w.effects(), "\n")
		},
	}
	t.Run("converges", proof.Converges)
	t.Run("converges twice", proof.ConvergesTwice)
	t.Run("retries", proof.Retries)
	t.Run("failures", proof.Failures)
}
