package redshift_test

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
