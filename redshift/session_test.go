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

func newSession(t *testing.T, c *redshift.Conn, keep time.Duration) *redshift.Session {
	t.Helper()
	s, err := c.Session(t.Context(), redshift.SessionOptions{KeepAlive: keep})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(sql string) reply {
			if strings.HasPrefix(sql, "SELECT") {
				return count(3)
			}
			return reply{}
		})
		s := newSession(t, newConn(t, cloud), time.Minute)
		if cloud.Count() != 0 {
			t.Error("a session without a statement was begun")
		}
		if _, err := s.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Second)
		r, err := s.Run(t.Context(), redshift.Statement{SQL: "SELECT * FROM t"})
		if err != nil || r.Affected != 3 || len(r.Columns) != 2 {
			t.Errorf("got %+v, %v", r, err)
		}
		time.Sleep(50 * time.Second)
		if _, err := s.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
			t.Fatal(err)
		}
		begin, second, third := w.batches[0], w.executes[0], w.batches[1]
		if *begin.SessionKeepAliveSeconds != 60 || begin.SessionId != nil || *begin.WorkgroupName != "etl" {
			t.Errorf("began with %+v", begin)
		}
		for _, id := range []*string{second.SessionId, third.SessionId} {
			if aws.ToString(id) != "session-1" {
				t.Errorf("went on with session %q", aws.ToString(id))
			}
		}
		if second.WorkgroupName != nil || second.Database != nil || second.SessionKeepAliveSeconds != nil {
			t.Errorf("went on with %+v", second)
		}
		pages := calls(cloud, resultCall)
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		last := w.executes[len(w.executes)-1]
		if *last.SessionKeepAliveSeconds != 0 || *last.SessionId != "session-1" || !strings.HasPrefix(*last.Sql, "SHOW ") || calls(cloud, resultCall) != pages {
			t.Errorf("closed with %+v", last)
		}
		before := cloud.Count()
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: "SELECT 1"}); err == nil || !strings.Contains(err.Error(), "closed") {
			t.Errorf("after Close: %v", err)
		}
		if err := s.Close(t.Context()); err != nil || cloud.Count() != before {
			t.Errorf("closed again: %v, %d calls", err, cloud.Count()-before)
		}
		time.Sleep(time.Second)
		if s := w.sessions["session-1"]; time.Now().Before(s.until) {
			t.Error("the session is still there")
		}
	})
}

// TestSessionLost has sessions end before their next statement.
func TestSessionLost(t *testing.T) {
	for _, test := range []struct {
		name  string
		keep  time.Duration
		every time.Duration // a statement
		n     int           // statements that are run
		calls int           // of the lost one
	}{
		{"idle", time.Minute, 2 * time.Minute, 1, 1},
		{"24 hours", 10 * time.Hour, 9 * time.Hour, 3, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, nil)
				s := newSession(t, newConn(t, cloud), test.keep)
				for range test.n {
					if _, err := s.Run(t.Context(), redshift.Statement{SQL: "INSERT INTO t VALUES (1)"}); err != nil {
						t.Fatal(err)
					}
					time.Sleep(test.every)
				}
				for range 2 {
					before := cloud.Count()
					if _, err := s.Run(t.Context(), redshift.Statement{SQL: "INSERT INTO t VALUES (1)"}); !errors.Is(err, redshift.ErrSessionLost) {
						t.Errorf("got %v", err)
					}
					if n := cloud.Count() - before; n != test.calls {
						t.Errorf("%d calls", n)
					}
					test.calls = 0 // it is known now
				}
				outcomes, err := s.RunAll(t.Context(), two, redshift.RunAllOptions{})
				if !errors.Is(err, redshift.ErrSessionLost) || !errors.Is(outcomes[1].Err, redshift.ErrNotRun) {
					t.Errorf("got %v, %v", outcomes, err)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Errorf("closed: %v", err)
				}
				if len(w.effects()) != test.n {
					t.Errorf("ran %q", w.effects())
				}
			})
		})
	}
}

// TestSessionEndsStatement has the session end at 24 hours with what runs in it.
func TestSessionEndsStatement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(sql string) reply { return reply{takes: 20 * time.Hour} })
		s := newSession(t, newConn(t, cloud), 12*time.Hour)
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(4*time.Hour+time.Second, func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.runs[1].aborted = time.Now()
		})
		_, err := s.Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
		if _, failed := errors.AsType[*redshift.StatementError](err); !failed || !errors.Is(err, redshift.ErrSessionLost) || !errors.Is(err, redshift.ErrCancelled) {
			t.Errorf("got %v", err)
		}
	})
}

// TestSessionOneAtATime runs statements from several goroutines.
func TestSessionOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute} })
		s := newSession(t, newConn(t, cloud), time.Hour)
		errs := make(chan error)
		for range 5 {
			go func() {
				_, err := s.Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
				errs <- err
			}()
		}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second, errShutdown)
		defer cancel()
		synctest.Wait()
		if _, err := s.Run(ctx, redshift.Statement{SQL: "CALL load()"}); !errors.Is(err, errShutdown) {
			t.Errorf("got %v", err)
		}
		for range 5 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		for i, r := range w.runs[1:] {
			if r.created.Before(w.runs[i].end(w)) || r.session != "session-1" {
				t.Errorf("statement %d ran in session %s beside the one before it", i+2, r.session)
			}
		}
		if len(w.runs) != 5 {
			t.Errorf("ran %d", len(w.runs))
		}
	})
}

// TestSessionClose closes sessions in which something is wrong.
func TestSessionClose(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		fails string // of the database, to the last statement
		want  string
		sent  bool
	}{
		{"after the context", awstest.Fault{}, "", "", true},
		{"the database fails", awstest.Fault{}, "ERROR: current transaction is aborted", "", true},
		{"denied", awstest.Fault{Operation: executeCall, Err: awstest.Denied()}, "", "ends by itself 1m0s after", false},
		{"hangs", awstest.Fault{Operation: executeCall, Latency: time.Hour}, "", "ends by itself 1m0s after", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(sql string) reply {
					if strings.HasPrefix(sql, "SHOW") {
						return reply{err: test.fails}
					}
					return reply{}
				})
				ctx, cancel := context.WithCancel(t.Context())
				s := newSession(t, newConn(t, cloud), time.Minute)
				if _, err := s.Run(ctx, redshift.Statement{SQL: "CREATE TABLE t (a int)"}); err != nil {
					t.Fatal(err)
				}
				cloud.Inject(test.fault)
				cancel()
				began := time.Now()
				err := s.Close(ctx)
				if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took > 16*time.Second {
					t.Errorf("took %v", took)
				}
				sent := slices.ContainsFunc(w.runs, func(r *dataRun) bool { return strings.HasPrefix(r.sqls[0], "SHOW") })
				if sent != test.sent {
					t.Errorf("sent: %v", sent)
				}
			})
		})
	}
}

func TestSessionInput(t *testing.T) {
	c := newConn(t, awstest.New(t))
	for _, keep := range []time.Duration{-1, time.Millisecond, 1500 * time.Millisecond, 25 * time.Hour} {
		if _, err := c.Session(t.Context(), redshift.SessionOptions{KeepAlive: keep}); err == nil {
			t.Errorf("took %v", keep)
		}
	}
	s := newSession(t, c, 0)
	_, err := s.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE t", Token: "t"})
	if _, ok := errors.AsType[*redshift.InputError](err); !ok || !strings.Contains(err.Error(), "no token") {
		t.Errorf("got %v", err)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSessionBusy has the service take a moment until it knows that a statement has ended.
func TestSessionBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		s := newSession(t, newConn(t, cloud), time.Minute)
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: "CREATE TABLE t (a int)"}); err != nil {
			t.Fatal(err)
		}
		hits := cloud.Inject(awstest.Fault{Operation: executeCall, Err: invalid("Session is busy with statement 1"), Times: 4})
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE t"}); err != nil || hits() != 4 {
			t.Errorf("got %v after %d", err, hits())
		}
	})
}
