package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

const (
	executeCall  = "Redshift Data.ExecuteStatement"
	batchCall    = "Redshift Data.BatchExecuteStatement"
	describeCall = "Redshift Data.DescribeStatement"
	resultCall   = "Redshift Data.GetStatementResult"
	cancelCall   = "Redshift Data.CancelStatement"
)

// throttled is how the Data API throttles: with 400 and not 429.
func throttled() error {
	return awstest.Error(http.StatusBadRequest, "ThrottlingException", "Rate exceeded")
}

// calls counts the attempts of an operation.
func calls(cloud *awstest.Cloud, operation string) (n int) {
	for _, c := range cloud.Calls() {
		if c.Name() == operation {
			n++
		}
	}
	return n
}

func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return reply{takes: 95 * time.Second, affected: 7} })
		began := time.Now()
		r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{
			SQL: "UPDATE t SET a = :a WHERE b = :b", Parameters: map[string]string{"b": "2", "a": "1"},
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.ID == "" || r.QueryID != 4711 || r.Affected != 7 || r.Duration != 95*time.Second || r.Columns != nil || r.Deduplicated ||
			r.CreatedAt.Before(began) || r.CreatedAt.After(began.Add(time.Second)) || r.CreatedAt.Location() != time.UTC {
			t.Errorf("got %+v", r)
		}
		if n := calls(cloud, describeCall); n != 4 {
			t.Errorf("asked %d times in 95 s of which the service waits 30", n)
		}
		p := w.executes[0].Parameters
		if len(p) != 2 || *p[0].Name != "a" || *p[0].Value != "1" || *p[1].Name != "b" || *p[1].Value != "2" {
			t.Errorf("sent %v", p)
		}
		if n := calls(cloud, resultCall); n != 0 {
			t.Errorf("read %d pages of no result", n)
		}
	})
}

// TestPolls has services that do not wait: they refuse to, do not know the parameter, or do
// not heed it. A statement of 60 s is then asked after with growing pauses.
func TestPolls(t *testing.T) {
	for _, test := range []struct {
		name          string
		plain         bool
		fault         error
		first, second int // waits of the first and of the second statement
	}{
		{"too many wait", true, awstest.Status(400, &datatypes.ActiveWaitingRequestsExceededException{}), 1, 1},
		{"unknown parameter", true, invalid("Unknown parameter WaitTimeSeconds"), 1, 0},
		{"not heeded", true, nil, 18, 18},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute} })
				w.plain = test.plain
				waits := 0
				cloud.Inject(awstest.Fault{Operation: describeCall, Err: test.fault, Match: func(c awstest.Call) bool {
					waiting := c.Input.(*datasdk.DescribeStatementInput).WaitTimeSeconds != nil
					if waiting {
						waits++
					}
					return waiting
				}})
				c := newConn(t, cloud)
				for _, want := range []int{test.first, test.second} {
					waits = 0
					before := calls(cloud, describeCall)
					began := time.Now()
					if _, err := c.Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil {
						t.Fatal(err)
					}
					if took := time.Since(began); took > 66*time.Second {
						t.Errorf("took %v", took)
					}
					if waits != want {
						t.Errorf("waited %d times, want %d", waits, want)
					}
					// 0.1, 0.2, … 3.2 s, then 5 s each
					if n := calls(cloud, describeCall) - before; n < 17 || n > 20 {
						t.Errorf("asked %d times", n)
					}
				}
			})
		})
	}
}

// TestDescribeFails has a statement of an hour that cannot be asked after for some time.
func TestDescribeFails(t *testing.T) {
	outage := awstest.Error(http.StatusInternalServerError, "InternalServerException", "")
	for _, test := range []struct {
		name  string
		fault awstest.Fault
		ok    bool
	}{
		{"four times", awstest.Fault{Err: outage, Times: 4 * 3}, true}, // each call has three attempts
		{"eight minutes", awstest.Fault{Err: outage, Times: 3 * 14}, true},
		{"no connection", awstest.Fault{Err: errors.New("connection reset"), Times: 12}, true},
		{"throttled for an hour", awstest.Fault{Err: throttled(), Times: 3 * 350}, true},
		{"not yet found", awstest.Fault{Err: awstest.Status(400, &datatypes.ResourceNotFoundException{}), Times: 3}, true},
		{"for good", awstest.Fault{Err: outage}, false},
		{"denied", awstest.Fault{Err: awstest.Denied()}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Hour} })
				test.fault.Operation = describeCall
				hits := cloud.Inject(test.fault)
				_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
				if hits() == 0 || test.ok && hits() != test.fault.Times {
					t.Errorf("%d hits", hits())
				}
				e, interrupted := errors.AsType[*redshift.InterruptedError](err)
				if test.ok != (err == nil) || !test.ok && (!interrupted || e.ID != w.runs[0].id || e.State != redshift.StateUnknown) {
					t.Errorf("got %v", err)
				}
				if n := calls(cloud, cancelCall); n != 0 {
					t.Errorf("cancelled %d times", n)
				}
				time.Sleep(2 * time.Hour)
				if len(w.effects()) != 1 {
					t.Error("the statement was not left to run")
				}
			})
		})
	}
}

// TestDescribeFlaps has an hour in which only each sixth call gets an answer.
func TestDescribeFlaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return reply{takes: time.Hour} })
		n := 0
		hits := cloud.Inject(awstest.Fault{Operation: describeCall, Err: awstest.Error(503, "ServiceUnavailable", ""), Match: func(c awstest.Call) bool {
			if c.Attempt == 1 {
				n++
			}
			return n%6 != 0
		}})
		if _, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil || hits() < 300 {
			t.Errorf("got %v after %d failures", err, hits())
		}
	})
}

// TestLongRequestsCut has something on the way that cuts off requests which wait.
func TestLongRequestsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return reply{takes: time.Hour} })
		hits := cloud.Inject(awstest.Fault{Operation: describeCall, Err: errors.New("connection reset"), Latency: 10 * time.Second, Match: func(c awstest.Call) bool {
			return c.Input.(*datasdk.DescribeStatementInput).WaitTimeSeconds != nil
		}})
		if _, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil || hits() != 3 {
			t.Errorf("got %v after %d", err, hits())
		}
	})
}

// TestThrottled has each operation throttled more often than the client repeats it.
func TestThrottled(t *testing.T) {
	for _, operation := range []string{executeCall, batchCall, describeCall, resultCall} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, func(string) reply { return count(2) })
			hits := cloud.Inject(awstest.Fault{Operation: operation, Err: throttled(), Times: 30})
			c := newConn(t, cloud)
			if _, err := c.Run(t.Context(), redshift.Statement{SQL: "SELECT 1"}); err != nil {
				t.Error(err)
			}
			if _, err := c.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
				t.Error(err)
			}
			if hits() != 30 || len(w.effects()) != 3 {
				t.Errorf("%s: %d hits, ran %q", operation, hits(), w.effects())
			}
		})
	}
	t.Run("until the context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, nil)
			cloud.Inject(awstest.Fault{Operation: executeCall, Err: throttled()})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			began := time.Now()
			_, err := newConn(t, cloud).Run(ctx, redshift.Statement{SQL: "DROP TABLE a"})
			if _, interrupted := errors.AsType[*redshift.InterruptedError](err); interrupted || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			if took := time.Since(began); took != time.Hour {
				t.Errorf("took %v", took)
			}
		})
	})
}

// TestCrowded has a warehouse with 500 active statements for half a minute.
func TestCrowded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		full := awstest.Status(400, &datatypes.ActiveStatementsExceededException{})
		cloud.Inject(awstest.Fault{Operation: executeCall, Err: full, Times: 6})
		c := newConn(t, cloud)
		if _, err := c.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"}); err != nil {
			t.Error(err)
		}
		cloud.Inject(awstest.Fault{Operation: executeCall, Err: full})
		_, err := c.Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"})
		if err == nil || !strings.Contains(err.Error(), "too many statements or sessions") {
			t.Errorf("got %v", err)
		}
	})
}

// TestLostAnswers has the answers to the first attempts of each operation lost, as many as
// the client makes and more.
func TestLostAnswers(t *testing.T) {
	for _, operation := range []string{executeCall, batchCall, describeCall, resultCall} {
		for _, times := range []int{1, 3, 7} {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(string) reply { return count(2) })
				hits := cloud.Inject(awstest.Fault{Operation: operation, Err: errors.New("connection reset"), Applied: true, Times: times})
				c := newConn(t, cloud)
				if _, err := c.Run(t.Context(), redshift.Statement{SQL: "INSERT INTO t VALUES (1)"}); err != nil {
					t.Error(err)
				}
				if _, err := c.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
					t.Error(err)
				}
				if want := []string{"INSERT INTO t VALUES (1)", two[0].SQL, two[1].SQL}; hits() != times || !slices.Equal(w.effects(), want) {
					t.Errorf("%s %d times: ran %q", operation, times, w.effects())
				}
			})
		}
	}
	t.Run("all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, nil)
			cloud.Inject(awstest.Fault{Operation: executeCall, Err: errors.New("connection reset"), Applied: true})
			_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "INSERT INTO t VALUES (1)"})
			e, ok := errors.AsType[*redshift.InterruptedError](err)
			if !ok || e.ID != "" || e.State != redshift.StateUnknown {
				t.Errorf("got %v", err)
			}
			if len(w.effects()) != 1 {
				t.Errorf("ran %q", w.effects())
			}
		})
	})
}

// TestNotSent has requests that are refused: they are not repeated, and nothing runs.
func TestNotSent(t *testing.T) {
	for _, test := range []struct {
		err  error
		is   error
		want string
	}{
		{awstest.Error(400, "AccessDeniedException", "User is not authorized"), redshift.ErrPermission, "permission denied"},
		{invalid("Redshift endpoint doesn't exist in this region."), redshift.ErrNotFound, `workgroup "etl"`},
		{invalid("Cluster etl is paused."), redshift.ErrPaused, "resume it"},
		{awstest.Status(400, &datatypes.ResourceNotFoundException{}), redshift.ErrNotFound, ""},
		{invalid("Database must be provided."), nil, "Database must be provided."},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, nil)
			cloud.Inject(awstest.Fault{Operation: executeCall, Err: test.err})
			_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"})
			if err == nil || !errors.Is(err, test.err) || test.is != nil && !errors.Is(err, test.is) ||
				!strings.HasPrefix(err.Error(), "redshift: run: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v", err)
			}
			if cloud.Count() != 1 {
				t.Errorf("%d calls", cloud.Count())
			}
		})
	}
}

// TestUnknownStatus has a state that the API reference does not know, but users have seen.
func TestUnknownStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		n := 0
		awstest.Handle(cloud, func(_ context.Context, in *datasdk.DescribeStatementInput) (*datasdk.DescribeStatementOutput, error) {
			if n++; n < 3 {
				return &datasdk.DescribeStatementOutput{Id: in.Id, Status: "UNKNOWN", Duration: -1, ResultRows: -1}, nil
			}
			return &datasdk.DescribeStatementOutput{Id: in.Id, Status: datatypes.StatusStringFinished, Duration: -1, ResultRows: -1}, nil
		})
		r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"})
		if err != nil || n != 3 || r.Duration != 0 || r.Affected != 0 {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

// TestPaced makes more calls at the same time than the quotas allow in a second. The
// service throttles what comes too fast; nothing of that is seen.
func TestPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return count(1) })
		c := newConn(t, cloud)
		errs := make(chan error)
		for i := range 200 {
			go func() {
				_, err := c.Run(t.Context(), redshift.Statement{SQL: fmt.Sprint("SELECT ", i)})
				errs <- err
			}()
		}
		times := map[string][]time.Time{}
		cloud.Inject(awstest.Fault{Match: func(c awstest.Call) bool {
			times[c.Name()] = append(times[c.Name()], time.Now())
			return false
		}})
		for range 200 {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
		for operation, most := range map[string]int{executeCall: 30, describeCall: 100, resultCall: 20} {
			at := times[operation]
			for i := most; i < len(at); i++ {
				if gap := at[i].Sub(at[i-most]); gap < time.Second {
					t.Errorf("%s: %d calls in %v", operation, most+1, gap)
					break
				}
			}
			if len(at) < 200 {
				t.Errorf("%s: %d calls", operation, len(at))
			}
		}
	})
}

func TestFailed(t *testing.T) {
	for _, test := range []struct {
		message string
		is      error
		state   string
		want    []string // in the error
	}{
		{"ERROR: permission denied for relation t", redshift.ErrPermission, "", []string{"permission denied for relation t"}},
		{"ERROR: no rights [SQLSTATE: 42501]", redshift.ErrPermission, "42501", nil},
		{"ERROR: must be owner of relation t", redshift.ErrPermission, "", nil},
		{`ERROR: Relation "t" already exists`, redshift.ErrExists, "", nil},
		{`ERROR: relation "t" does not exist SQLState=42P01`, redshift.ErrNotFound, "42P01", nil},
		{"ERROR: CREATE DATABASE cannot run inside a transaction block", redshift.ErrTransaction, "", []string{"run it by itself"}},
		{"ERROR: USAGE cannot be granted to users and groups on a datashare", nil, "", []string{"TO NAMESPACE '<guid>'"}},
		{"ERROR: Datashare writes are not authorized by producer or associated by consumer", redshift.ErrPermission, "", []string{"AllowWrites"}},
		{"ERROR: Relation t is protected by a masking policy and cannot be added to a datashare", nil, "", []string{"MASKING OFF FOR DATASHARES"}},
		{"ERROR: cross-cluster query of the masked relation is not supported", nil, "", []string{"MASKING OFF"}},
		{"ERROR: Granting permissions to reserved user is not allowed", nil, "", []string{"TO DATASHARE"}},
		{"ERROR: reserved role ds:s", nil, "", []string{"ds:<share>"}},
		{"Database response exceeded size limit", redshift.ErrTooLarge, "", []string{"500 MB"}},
		{"Packet for query is too large (70000 > 65536)", redshift.ErrTooLarge, "", []string{"64 KB"}},
		{"ERROR: Query (1) cancelled on user's request", redshift.ErrCancelled, "", nil},
		{"-", nil, "", []string{"gave no reason", "query 4711 in SYS_QUERY_HISTORY"}},
		{"ERROR: syntax error at or near \"FROM\"\n  Position: 12", nil, "", []string{`near "FROM" Position: 12`}},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, func(string) reply { return reply{err: test.message} })
			sql := "CREATE TABLE t AS SELECT '" + strings.Repeat("é", 300) + "'"
			r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: sql})
			e, ok := errors.AsType[*redshift.StatementError](err)
			if !ok || r != nil {
				t.Fatalf("got %v", err)
			}
			if e.SQLState != test.state || e.QueryID != 4711 || e.ID == "" || e.Index != 0 || len(e.SQL) > 210 || !strings.HasPrefix(sql, strings.TrimSuffix(e.SQL, "…")) {
				t.Errorf("got %+v", e)
			}
			for _, sentinel := range []error{redshift.ErrPermission, redshift.ErrExists, redshift.ErrNotFound, redshift.ErrTransaction, redshift.ErrTooLarge, redshift.ErrCancelled} {
				if errors.Is(err, sentinel) != (sentinel == test.is) {
					t.Errorf("%q: is %v: %v", test.message, sentinel, errors.Is(err, sentinel))
				}
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

// TestCancelledByOthers has somebody else cancel the statement.
func TestCancelledByOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Hour} })
		go func() {
			time.Sleep(time.Minute)
			w.mu.Lock()
			defer w.mu.Unlock()
			w.runs[0].aborted = time.Now()
		}()
		_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
		if e, ok := errors.AsType[*redshift.StatementError](err); !ok || !errors.Is(err, redshift.ErrCancelled) || !strings.Contains(e.Error(), "the statement was cancelled") {
			t.Errorf("got %v", err)
		}
	})
}

// TestInput has statements that are refused before any call.
func TestInput(t *testing.T) {
	values := func(kv ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			m[kv[i]] = kv[i+1]
		}
		return m
	}
	for _, test := range []struct {
		s    redshift.Statement
		want string
	}{
		{redshift.Statement{}, "empty"},
		{redshift.Statement{SQL: " \n"}, "empty"},
		{redshift.Statement{SQL: "SELECT '\xff'"}, "not UTF-8"},
		{redshift.Statement{SQL: "SELECT '" + strings.Repeat("a", 200<<10) + "'"}, "more than the 204800"},
		{redshift.Statement{SQL: "SELECT 1; DROP TABLE t"}, "behind the semicolon"},
		{redshift.Statement{SQL: "SELECT 1", Parameters: values("a", "1")}, `parameter "a" is not used`},
		{redshift.Statement{SQL: "SELECT ':a', \":a\", 1::int -- :a\n /* :a /* :a */ :a */, $$:a$$", Parameters: values("a", "1")}, `parameter "a" is not used`},
		{redshift.Statement{SQL: "SELECT :a", Parameters: values("a", "")}, `parameter "a" is empty`},
		{redshift.Statement{SQL: "SELECT :a", Parameters: values("a", "\xff")}, "not UTF-8"},
		{redshift.Statement{SQL: "SELECT :a"}, "no such parameter"},
		{redshift.Statement{SQL: "SELECT :a", Parameters: values("a-b", "1")}, "letters, digits and _"},
		{redshift.Statement{SQL: "DROP TABLE t", Token: strings.Repeat("t", 65)}, "65 characters"},
		{redshift.Statement{SQL: "DROP TABLE t", Token: "a b"}, "printable"},
		{redshift.Statement{SQL: "-- c\nSELECT 1", Token: "t"}, "only reads"},
	} {
		cloud := awstest.New(t)
		c := newConn(t, cloud)
		_, err := c.Run(t.Context(), test.s)
		if _, ok := errors.AsType[*redshift.InputError](err); !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: got %v, want %q", test.s.SQL, err, test.want)
			continue
		}
		outcomes, err := c.RunAll(t.Context(), []redshift.Statement{{SQL: "SELECT 1"}, test.s}, redshift.RunAllOptions{})
		if e, ok := errors.AsType[*redshift.InputError](err); !ok || e.Index != 1 || len(outcomes) != 2 ||
			!errors.Is(outcomes[0].Err, redshift.ErrNotRun) || !errors.Is(outcomes[1].Err, redshift.ErrNotRun) {
			t.Errorf("%.40q: got %v", test.s.SQL, err)
		}
		if cloud.Count() != 0 {
			t.Errorf("%.40q: %d calls", test.s.SQL, cloud.Count())
		}
	}
	for _, s := range []redshift.Statement{
		{SQL: "SELECT 1;"}, {SQL: "SELECT 1 ; -- done"}, {SQL: "SELECT ';' , $a$;$a$"},
		{SQL: "SELECT :a, :a", Parameters: values("a", "1")},
		{SQL: `SELECT 'it''s \' :b', :a`, Parameters: values("a", "1")},
		{SQL: "SELECT été$$, :a FROM t$$", Parameters: values("a", "1")},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			newDataWorld(cloud, nil)
			if _, err := newConn(t, cloud).Run(t.Context(), s); err != nil {
				t.Errorf("%q: %v", s.SQL, err)
			}
		})
	}
}

// TestSDKTokens makes sure of what a repetition relies on: the SDK leaves its token in the
// input.
func TestSDKTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		cloud.Inject(awstest.Fault{Operation: executeCall, Err: throttled(), Applied: true, Times: 5})
		if _, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "DROP TABLE a"}); err != nil {
			t.Fatal(err)
		}
		for _, in := range w.executes {
			if aws.ToString(in.ClientToken) == "" || *in.ClientToken != *w.executes[0].ClientToken {
				t.Errorf("sent with token %v after %v", aws.ToString(in.ClientToken), aws.ToString(w.executes[0].ClientToken))
			}
		}
		if len(w.executes) != 6 {
			t.Errorf("sent %d times", len(w.executes))
		}
	})
}
