package redshift_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"reflect"
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

// TestTruncate has statements beside TRUNCATE, which commits its transaction: what is told
// to be rolled back must not be committed.
func TestTruncate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		c := newConn(t, cloud)
		list := sqls("DELETE FROM a", "-- all\ntruncate TABLE t", "INSERT INTO t VALUES (1)", "DELETE FROM b")
		if _, err := c.RunAll(t.Context(), list, redshift.RunAllOptions{}); err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, r := range w.runs {
			sizes = append(sizes, len(r.sqls))
		}
		if !slices.Equal(sizes, []int{1, 1, 2}) {
			t.Errorf("sent in %v", sizes)
		}
		_, err := c.RunAll(t.Context(), list, redshift.RunAllOptions{Mode: redshift.Transaction})
		if e, ok := errors.AsType[*redshift.InputError](err); !ok || e.Index != 1 {
			t.Errorf("got %v", err)
		}
	})
}

// TestOneResultUnread has a batch of which one result cannot be read. What became of the
// other statements is told all the same, and nothing is run again.
func TestOneResultUnread(t *testing.T) {
	for _, mode := range []redshift.Mode{redshift.Auto, redshift.AutoCommit} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, func(sql string) reply {
				switch {
				case strings.HasPrefix(sql, "CALL"):
					return count(2)
				case sql == "b" && mode == redshift.AutoCommit:
					return reply{err: "ERROR: permission denied"}
				}
				return reply{}
			})
			cloud.Inject(awstest.Fault{Operation: resultCall, Err: awstest.Status(400, &datatypes.ResourceNotFoundException{}), Match: func(c awstest.Call) bool {
				return strings.HasSuffix(*c.Input.(*datasdk.GetStatementResultInput).Id, ":3")
			}})
			ss := sqls("a", "b", "CALL c()", "CALL d()")
			for i := range ss {
				ss[i].Token = fmt.Sprint(i)
			}
			c := newConn(t, cloud)
			for range 2 {
				outcomes, err := c.RunAll(t.Context(), ss, redshift.RunAllOptions{Mode: mode})
				e, ok := errors.AsType[*redshift.InterruptedError](err)
				if !ok || !errors.Is(err, redshift.ErrGone) || e.State != redshift.StateFinished || !strings.HasSuffix(e.ID, ":3") || e.SQL != "CALL c()" || e.Count != 1 {
					t.Errorf("%q: got %v", mode, err)
				}
				if errors.Is(err, redshift.ErrPermission) != (mode == redshift.AutoCommit) {
					t.Errorf("%q: b is not told of: %v", mode, err)
				}
				if outcomes[0].Err != nil || !errors.Is(outcomes[2].Err, redshift.ErrGone) || (outcomes[1].Err == nil) != (mode == redshift.Auto) || errors.Is(outcomes[1].Err, redshift.ErrGone) {
					t.Errorf("%q: got %+v", mode, outcomes)
				}
				if outcomes[3].Err != nil || len(outcomes[3].Result.Columns) != 2 {
					t.Errorf("%q: got %+v", mode, outcomes[3])
				}
				time.Sleep(time.Minute)
			}
			for _, sql := range []string{"a", "CALL c()", "CALL d()"} {
				if n := len(slices.DeleteFunc(w.effects(), func(ran string) bool { return ran != sql })); n != 1 {
					t.Errorf("%q: %s ran %d times", mode, sql, n)
				}
			}
		})
	}
}

// TestReadingStopped ends the context while the results of a batch are read: those that
// were not are not waited for one by one.
func TestReadingStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return count(2) })
		cloud.Inject(awstest.Fault{Operation: resultCall, Skip: 1, Err: awstest.Error(503, "ServiceUnavailable", "")})
		began := time.Now()
		outcomes, err := newConn(t, cloud).RunAll(t.Context(), sqls("CALL a()", "CALL b()", "CALL c()"), redshift.RunAllOptions{})
		if outcomes[0].Err != nil || outcomes[1].Err == nil || outcomes[2].Err == nil || err == nil {
			t.Errorf("got %+v, %v", outcomes, err)
		}
		if took := time.Since(began); took > 12*time.Minute {
			t.Errorf("took %v", took)
		}
		e, _ := errors.AsType[*redshift.InterruptedError](outcomes[2].Err)
		if e == nil || e.State != redshift.StateFinished || e.SQL != "CALL c()" {
			t.Errorf("got %v", outcomes[2].Err)
		}
	})
}

// TestReasonOfTheBatch has a batch whose reason is told of the batch alone, while its
// statements tell which of them failed.
func TestReasonOfTheBatch(t *testing.T) {
	const message = "Query #2 failed with ERROR: permission denied for schema b"
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		describeBatch(cloud, datatypes.ExecutionModeTransaction, "FAILED", message, []datatypes.StatementStatusString{"FINISHED", "FAILED"})
		outcomes, err := newConn(t, cloud).RunAll(t.Context(), two, redshift.RunAllOptions{})
		e, ok := errors.AsType[*redshift.StatementError](err)
		if !ok || e.Index != 1 || e.Message != message || !errors.Is(err, redshift.ErrPermission) {
			t.Errorf("got %v", err)
		}
		if got := told(outcomes); got != "back failed" {
			t.Errorf("got %s", got)
		}
	})
}

// TestTokenTwice has two statements with one token: the service would take the second for
// a repetition of the first.
func TestTokenTwice(t *testing.T) {
	for _, mode := range []redshift.Mode{redshift.Auto, redshift.AutoCommit} {
		cloud := awstest.New(t)
		ss := []redshift.Statement{{SQL: "DROP DATABASE a", Token: "t"}, {SQL: "DROP DATABASE b", Token: "t"}}
		_, err := newConn(t, cloud).RunAll(t.Context(), ss, redshift.RunAllOptions{Mode: mode})
		if e, ok := errors.AsType[*redshift.InputError](err); !ok || e.Index != 1 || !strings.Contains(err.Error(), "token of statement 1") || cloud.Count() != 0 {
			t.Errorf("%q: got %v after %d calls", mode, err, cloud.Count())
		}
	}
}

// TestPointers has pointers to each type that is documented, with a value and NULL.
func TestPointers(t *testing.T) {
	type pointers struct {
		Null  *sql.Null[string] `redshift:"null"`
		Bytes *[]byte           `redshift:"bytes"`
		Any   *any              `redshift:"any"`
		Time  *sql.NullTime     `redshift:"time"`
		JSON  json.RawMessage   `redshift:"json"`
		Rat   big.Rat           `redshift:"rat"`
	}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{
			columns: columns("null varchar", "bytes varbyte", "any int8", "time date", "json super", "rat numeric"),
			rows: [][]datatypes.Field{
				row(text("a"), text("00ff"), number(7), text("2024-01-01"), text(`{"a":1}`), text("1.5")),
				row(nothing(), nothing(), nothing(), nothing(), nothing(), text("0")),
			},
		})
		got, err := redshift.Collect[pointers](t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		a := got[0]
		if a.Null.V != "a" || string(*a.Bytes) != "\x00\xff" || *a.Any != int64(7) || a.Time.Time.Year() != 2024 || string(a.JSON) != `{"a":1}` || a.Rat.Cmp(big.NewRat(3, 2)) != 0 {
			t.Errorf("got %+v", a)
		}
		if n := got[1]; n.Null != nil || n.Bytes != nil || n.Any != nil || n.Time != nil || n.JSON != nil {
			t.Errorf("got %+v", n)
		}
	})
}

// TestUnsureTypes has fields for which the documentation says that a column does not go there.
func TestUnsureTypes(t *testing.T) {
	type ofString struct {
		A string `redshift:"a"`
	}
	if err := collect[ofString](t, columns("a varbyte"), text("00ff")); err == nil {
		t.Error("took the digits of a varbyte for its text")
	}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: columns("a numeric"), rows: [][]datatypes.Field{row(text("1.5"))}})
		if got, err := redshift.Collect[big.Rat](t.Context(), r); err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// TestWaitRefused has services that refuse the wait without naming the parameter.
func TestWaitRefused(t *testing.T) {
	for _, refusal := range []error{invalid("Invalid request"), awstest.Error(400, "SerializationException", ""), awstest.Error(400, "UnknownParameter", "")} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute} })
			w.plain = true
			cloud.Inject(awstest.Fault{Operation: describeCall, Err: refusal, Match: func(c awstest.Call) bool {
				return c.Input.(*datasdk.DescribeStatementInput).WaitTimeSeconds != nil
			}})
			if _, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"}); err != nil {
				t.Errorf("%v: got %v", refusal, err)
			}
		})
	}
}

// TestTokenFormat holds the format of tokens: a plan that was stored by one version of this
// library and is applied by another within 8 hours must not run its statements again.
func TestTokenFormat(t *testing.T) {
	for _, test := range []struct {
		plan  string
		index int
		want  string
	}{
		{"plan", 0, "d7dc3513fb30c62b43a86491ec7e6715d9bd1a8d4b8968e1d858d9c0a7862467"}, // SHA-256 of "4:plan1:0"
		{"", 12, "de4f9c68cbc40071c056ea90521ae90ed2d186e967de813a9a2bc924200603db"},    // of "0:2:12"
	} {
		if got := redshift.Token(test.plan, test.index); got != test.want {
			t.Errorf("%q, %d: got %s", test.plan, test.index, got)
		}
	}
}

// TestSessionOpening has the statement that begins a session fail, or its end not seen.
func TestSessionOpening(t *testing.T) {
	for _, test := range []struct {
		name  string
		takes time.Duration
		err   string
	}{
		{"fails", 0, "ERROR: permission denied"},
		{"context ends", time.Hour, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, func(sql string) reply {
				if sql == "a" {
					return reply{err: test.err, takes: test.takes}
				}
				return reply{}
			})
			s := newSession(t, newConn(t, cloud), time.Hour)
			if _, err := s.Run(ending(t, time.Minute), redshift.Statement{SQL: "a"}); err == nil {
				t.Error("no error")
			}
			if _, err := s.RunAll(t.Context(), two, redshift.RunAllOptions{}); err != nil {
				t.Error(err)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
			last := w.executes[len(w.executes)-1]
			if len(w.sessions) != 1 || aws.ToString(last.SessionId) != "session-1" || aws.ToInt32(last.SessionKeepAliveSeconds) != 0 {
				t.Errorf("%s: %d sessions, closed with %+v", test.name, len(w.sessions), last)
			}
		})
	}
}

// TestManyCancelled ends the context of more statements than the quota lets cancel in time.
// Each is told as what became of it.
func TestManyCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(string) reply { return reply{takes: time.Hour} })
		c := newConn(t, cloud)
		ctx, cancel := context.WithCancelCause(t.Context())
		const n = 40
		errs := make(chan error)
		for i := range n {
			go func() {
				_, err := c.Run(ctx, redshift.Statement{SQL: fmt.Sprint("CALL load", i, "()")})
				errs <- err
			}()
		}
		time.Sleep(time.Minute)
		began := time.Now()
		cancel(errShutdown)
		stopped := 0
		for range n {
			err := <-errs
			e, ok := errors.AsType[*redshift.InterruptedError](err)
			if !ok || !errors.Is(err, errShutdown) {
				t.Fatalf("got %v", err)
			}
			i := slices.IndexFunc(w.runs, func(r *dataRun) bool { return r.id == e.ID })
			if w.runs[i].aborted.IsZero() != (e.State == redshift.StateUnknown) {
				t.Errorf("%s: %v", e.ID, err)
			}
			if e.State == redshift.StateStopped {
				stopped++
			}
		}
		if took := time.Since(began); stopped < 25 || took > 11*time.Second {
			t.Errorf("stopped %d in %v", stopped, took)
		}
	})
}

// TestReads has statements that do or do not only read, which decides on tokens.
func TestReads(t *testing.T) {
	for _, test := range []struct {
		sql   string
		reads bool
	}{
		{"SELECT 1", true},
		{"select 1;", true},
		{"-- c\n/* d */ SELECT 1", true},
		{"((SELECT 1))", true},
		{"WITH a AS (SELECT 1) SELECT * FROM a", true},
		{"SHOW TABLES FROM SCHEMA a.b", true},
		{"EXPLAIN DELETE FROM t", true},
		{"SELECT 'into', \"into\" FROM t", true},
		{"SELECT 1 INTO t", false},
		{"SELECT a /* */ INTO t FROM b", false},
		{"WITH a AS (SELECT 1) DELETE FROM t", false},
		{"CREATE TABLE t AS SELECT 1", false},
		{"CALL load()", false},
		{"UNLOAD ('SELECT 1') TO 's3://b'", false},
		{"SELECT 1; DELETE FROM t", false}, // refused for another reason
		{"SELECT pg_terminate_backend(1)", false},
		{"INSERT INTO t SELECT 1", false},
		{"SET a TO 1", false},
	} {
		cloud := awstest.New(t)
		cloud.Inject(awstest.Fault{Err: awstest.Denied()})
		_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: test.sql, Token: "t"})
		if got := strings.Contains(err.Error(), "only reads"); got != test.reads {
			t.Errorf("%q: got %v", test.sql, err)
		}
	}
}

// TestSizes has statements of just what the Data API takes, and a byte more.
func TestSizes(t *testing.T) {
	of := func(bytes int) redshift.Statement {
		const around = "DELETE FROM t WHERE a = ''"
		return redshift.Statement{SQL: "DELETE FROM t WHERE a = '" + strings.Repeat("a", bytes-len(around)) + "'"}
	}
	for _, test := range []struct {
		sizes []int // of statements, in KB
		want  []int // statements of each call
	}{
		{[]int{99, 99}, []int{1, 1}},
		{[]int{100}, []int{1}},
		{[]int{200, 1, 1}, []int{1, 2}},
		{[]int{50, 50, 50}, []int{2, 1}},
		{[]int{1, 99, 1}, []int{2, 1}},
	} {
		for _, mode := range []redshift.Mode{redshift.Auto, redshift.AutoCommit} {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, nil)
				var ss []redshift.Statement
				for _, kb := range test.sizes {
					ss = append(ss, of(kb<<10))
				}
				if _, err := newConn(t, cloud).RunAll(t.Context(), ss, redshift.RunAllOptions{Mode: mode}); err != nil {
					t.Error(err)
				}
				var got []int
				for _, r := range w.runs {
					got = append(got, len(r.sqls))
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("%v: sent in %v", test.sizes, got)
				}
			})
		}
	}
	_, err := newConn(t, awstest.New(t)).Run(t.Context(), of(200<<10+1))
	if !errors.Is(err, redshift.ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

// TestThousand has a thousand statements, of which one fails: each has an outcome, in its
// place.
func TestThousand(t *testing.T) {
	for _, test := range []struct {
		mode               redshift.Mode
		n, fails           int
		ok, back, not, ran int
	}{
		{redshift.Auto, 41, 40, 40, 0, 0, 40},
		{redshift.Auto, 80, 7, 0, 7, 72, 0},
		{redshift.Auto, 1000, 487, 480, 7, 512, 480},
		{redshift.AutoCommit, 1000, 487, 999, 0, 0, 999},
		{redshift.Transaction, 40, 7, 0, 7, 32, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			ss := many(test.n)
			w := newDataWorld(cloud, func(sql string) reply {
				if sql == ss[test.fails].SQL {
					return reply{err: "-"}
				}
				return reply{}
			})
			outcomes, err := newConn(t, cloud).RunAll(t.Context(), ss, redshift.RunAllOptions{Mode: test.mode})
			e, ok := errors.AsType[*redshift.StatementError](err)
			if !ok || e.Index != test.fails || e.SQL != ss[test.fails].SQL || outcomes[test.fails].Err != error(e) {
				t.Errorf("got %v", err)
			}
			got := strings.Fields(told(outcomes))
			want := slices.Concat(slices.Repeat([]string{"ok"}, min(test.ok, test.fails)), slices.Repeat([]string{"back"}, test.back), []string{"failed"},
				slices.Repeat([]string{"not"}, test.not), slices.Repeat([]string{"ok"}, max(0, test.ok-test.fails)))
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
			if n := len(w.effects()); n != test.ran {
				t.Errorf("ran %d", n)
			}
		})
	}
}

// TestNulls has NULL in columns of all types, in fields of all types.
func TestNulls(t *testing.T) {
	type nulls struct {
		Bool  *bool         `redshift:"bool"`
		Int2  *int16        `redshift:"int2"`
		Int8  *uint64       `redshift:"int8"`
		Float *float32      `redshift:"float8"`
		Num   *big.Rat      `redshift:"numeric"`
		Text  *string       `redshift:"bpchar"`
		Bytes []byte        `redshift:"varbyte"`
		Time  *time.Time    `redshift:"timestamptz"`
		Date  sql.Null[any] `redshift:"date"`
		Super any           `redshift:"super"`
	}
	kinds := strings.Fields("bool int2 int8 float8 numeric bpchar varbyte timestamptz date super")
	var cols []string
	var fields []datatypes.Field
	for _, kind := range kinds {
		cols, fields = append(cols, kind+" "+kind), append(fields, nothing())
	}
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: columns(cols...), rows: [][]datatypes.Field{fields}})
		got, err := redshift.Collect[nulls](t.Context(), r)
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], nulls{}) {
			t.Errorf("got %+v, %v", got, err)
		}
		for row, err := range r.Rows(t.Context()) {
			for i := range kinds {
				if v, failed := row.Value(i); err != nil || failed != nil || v != nil {
					t.Errorf("%s: got %v, %v, %v", kinds[i], v, failed, err)
				}
			}
		}
	})
}

// TestPadding has character(n) columns of nothing but spaces, and of several bytes a
// character; other spaces are of the value.
func TestPadding(t *testing.T) {
	for text, want := range map[string]string{
		"     ": "", "": "", "é  ": "é", "日本 ": "日本", " a ": " a", "a\u00a0 ": "a\u00a0", "a\t ": "a\t", "a\n": "a\n",
	} {
		if err := collectText(t, "bpchar", text, want); err != nil {
			t.Error(err)
		}
		if err := collectText(t, "varchar", text, text); err != nil {
			t.Error(err)
		}
	}
}

func collectText(t *testing.T, kind, value, want string) (err error) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, reply{columns: columns("a " + kind), rows: [][]datatypes.Field{row(text(value))}})
		got, failed := redshift.Collect[string](t.Context(), r)
		if failed != nil || got[0] != want {
			err = fmt.Errorf("%s %q: got %q, %w", kind, value, got, failed)
		}
	})
	return err
}

// TestNumeric has decimals of 38 digits, and the forms in which Java prints some.
func TestNumeric(t *testing.T) {
	for text, want := range map[string]string{
		"99999999999999999999999999999999999999":    "99999999999999999999999999999999999999",
		"-0.00000000000000000000000000000000000001": "-0.00000000000000000000000000000000000001",
		"-9223372036854775808":                      "-9223372036854775808",
		"9223372036854775808":                       "9223372036854775808",
		"-0.000000000000000001":                     "-0.00000000000000000100000000000000000000",
		"0E-10":                                     "0",
		"1.5E-8":                                    "0.000000015",
		"-12E+3":                                    "-12000",
	} {
		got, err := redshift.ParseNumeric(text)
		if err != nil || got.Cmp(rat(want)) != 0 {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "E1", "1E", "1E+", "1E1.0", "1E1E1", "1e1000000", "1E-+1", "0x1p4", "1E٣"} {
		if got, err := redshift.ParseNumeric(text); err == nil {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// TestNobodyAnswers has requests that hang, in a context without end.
func TestNobodyAnswers(t *testing.T) {
	for _, operation := range []string{executeCall, describeCall, resultCall} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, func(string) reply { return count(2) })
			cloud.Inject(awstest.Fault{Operation: operation, Latency: 24 * time.Hour, Times: 2})
			began := time.Now()
			r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
			if took := time.Since(began); err != nil || len(r.Columns) != 2 || took > 6*time.Minute || len(w.effects()) != 1 {
				t.Errorf("%s: got %v after %v", operation, err, took)
			}
			time.Sleep(48 * time.Hour)
		})
	}
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		cloud.Inject(awstest.Fault{Operation: describeCall, Latency: 24 * time.Hour})
		_, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
		if _, ok := errors.AsType[*redshift.InterruptedError](err); !ok || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no answer within 2m0s") {
			t.Errorf("got %v", err)
		}
		time.Sleep(48 * time.Hour)
	})
}

// TestCloseTakes closes a session whose last statement does not begin: the time that Close
// takes is what its documentation says.
func TestCloseTakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		s := newSession(t, newConn(t, cloud), time.Minute)
		if _, err := s.Run(t.Context(), redshift.Statement{SQL: "CREATE TABLE t (a int)"}); err != nil {
			t.Fatal(err)
		}
		w.pending = time.Hour
		began := time.Now()
		err := s.Close(t.Context())
		if took := time.Since(began); err == nil || took > 21*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
		if errors.Is(err, redshift.ErrSessionLost) || !strings.Contains(err.Error(), "ends by itself") {
			t.Errorf("got %v", err)
		}
	})
}

// TestProgress is told of each state, in order, by one goroutine at a time, also of batches
// that run at the same time.
func TestProgressAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(string) reply { return reply{takes: time.Minute} })
		last := map[string]string{}
		c := newConn(t, cloud, func(o *redshift.ConnOptions) {
			o.Progress = func(p redshift.Progress) {
				if last[p.ID] == "FINISHED" || p.Count != 2 || p.SQL != two[0].SQL {
					t.Errorf("told %+v after %q", p, last[p.ID])
				}
				last[p.ID] = p.Status // without a lock
			}
		})
		errs := make(chan error)
		for range 20 {
			go func() {
				_, err := c.RunAll(t.Context(), two, redshift.RunAllOptions{})
				errs <- err
			}()
		}
		for range 20 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		for id, status := range last {
			if status != "FINISHED" {
				t.Errorf("%s: %s", id, status)
			}
		}
		if len(last) != 20 {
			t.Errorf("told of %d", len(last))
		}
	})
}

// TestReadAtOnce reads one result from several goroutines, one of which stops early.
func TestReadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := run(t, count(95), func(_ *awstest.Cloud, w *dataWorld) { w.pageSize = 10 })
		counts := make(chan int)
		for i := range 5 {
			go func() {
				n := 0
				for _, err := range r.Rows(t.Context()) {
					if err != nil {
						t.Error(err)
					}
					if n++; i == 0 && n == 15 {
						break
					}
				}
				counts <- n
			}()
		}
		sum := 0
		for range 5 {
			sum += <-counts
		}
		if sum != 15+4*95 {
			t.Errorf("read %d rows", sum)
		}
	})
}

// TestSomeParameters has parameters that only some statements of a batch use, casts, and
// names in strings and comments.
func TestSomeParameters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, nil)
		values := func(a, b string) map[string]string {
			m := map[string]string{}
			if a != "" {
				m["a"] = a
			}
			if b != "" {
				m["b"] = b
			}
			return m
		}
		if _, err := newConn(t, cloud).RunAll(t.Context(), []redshift.Statement{
			{SQL: "DELETE FROM t WHERE x = :a::int", Parameters: values("1", "")},
			{SQL: "DELETE FROM t -- :b\n WHERE x = ':b' /* :c */"},
			{SQL: "DELETE FROM t WHERE x IN (:a,:b)", Parameters: values("1", "2")},
			{SQL: "DELETE FROM t WHERE x=:b", Parameters: values("", "3")},
			{SQL: "DELETE FROM t WHERE x=:a", Parameters: values("4", "")},
		}, redshift.RunAllOptions{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, in := range w.batches {
			text := fmt.Sprint(len(in.Sqls))
			for _, p := range in.Parameters {
				text += fmt.Sprintf(" %s=%s", *p.Name, *p.Value)
			}
			got = append(got, text)
		}
		if want := []string{"3 a=1 b=2", "2 a=4 b=3"}; !slices.Equal(got, want) {
			t.Errorf("sent %q", got)
		}
	})
}

// TestRefusedForTheMoment has answers with a status of 400 that are about the request
// alone: the credentials had expired, or it came in too slowly.
func TestRefusedForTheMoment(t *testing.T) {
	for _, code := range []string{"ExpiredTokenException", "ExpiredToken", "RequestExpired", "RequestTimeoutException"} {
		for _, operation := range []string{describeCall, resultCall} {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				newDataWorld(cloud, func(string) reply { r := count(2); r.takes = time.Hour; return r })
				hits := cloud.Inject(awstest.Fault{Operation: operation, Err: awstest.Error(400, code, ""), Times: 6})
				r, err := newConn(t, cloud).Run(t.Context(), redshift.Statement{SQL: "CALL load()"})
				if err != nil || hits() != 6 || len(r.Columns) != 2 {
					t.Errorf("%s %s: got %v after %d", operation, code, err, hits())
				}
			})
		}
	}
}

// TestProcedureCommits calls a procedure that commits, beside another statement: nobody can
// see from the text that it does.
func TestProcedureCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, func(sql string) reply {
			if strings.HasPrefix(sql, "CALL") {
				return reply{err: "ERROR: COMMIT cannot be invoked from a procedure that is executing in an atomic context."}
			}
			return reply{}
		})
		_, err := newConn(t, cloud).RunAll(t.Context(), sqls("CREATE SCHEMA a", "CALL load()"), redshift.RunAllOptions{})
		if !errors.Is(err, redshift.ErrTransaction) || !strings.Contains(err.Error(), "AutoCommit") {
			t.Errorf("got %v", err)
		}
	})
}
