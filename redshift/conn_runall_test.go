package redshift_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/redshift"
)

func many(n int) (ss []redshift.Statement) {
	for i := range n {
		ss = append(ss, redshift.Statement{SQL: fmt.Sprint("CREATE SCHEMA s", i)})
	}
	return ss
}

func sqls(list ...string) (ss []redshift.Statement) {
	for _, sql := range list {
		ss = append(ss, redshift.Statement{SQL: sql})
	}
	return ss
}

// TestBatches is how statements are divided into calls: "T3" is a batch of three in a
// transaction, "A3" one that commits each, "1" a statement by itself.
func TestBatches(t *testing.T) {
	long := redshift.Statement{SQL: "INSERT INTO t VALUES ('" + strings.Repeat("a", 40<<10) + "')"}
	with := func(value string) redshift.Statement {
		return redshift.Statement{SQL: "DELETE FROM t WHERE a = :a", Parameters: map[string]string{"a": value}}
	}
	for _, test := range []struct {
		name string
		ss   []redshift.Statement
		mode redshift.Mode
		want string
	}{
		{"none", nil, redshift.Auto, ""},
		{"one", many(1), redshift.Auto, "1"},
		{"one in a transaction", many(1), redshift.Transaction, "1"},
		{"one database in a transaction of its own", sqls("DROP DATABASE d"), redshift.Transaction, "1"},
		{"40", many(40), redshift.Auto, "T40"},
		{"93", many(93), redshift.Auto, "T40 T40 T13"},
		{"93 committed each", many(93), redshift.AutoCommit, "A40 A40 A13"},
		{"40 in a transaction", many(40), redshift.Transaction, "T40"},
		{"not in a transaction", sqls("CREATE SCHEMA a", "CREATE SCHEMA b", "CREATE DATABASE d FROM DATASHARE s", "DROP DATABASE e", "CREATE SCHEMA c"), redshift.Auto, "T2 1 1 1"},
		{"not in a transaction, committed each", sqls("CREATE SCHEMA a", "CREATE DATABASE d", "CREATE SCHEMA c"), redshift.AutoCommit, "A3"},
		{"text", []redshift.Statement{long, long, long, long, long}, redshift.Auto, "T2 T2 1"},
		{"parameters", []redshift.Statement{with("1"), with("1"), with("2"), with("2")}, redshift.Auto, "T2 T2"},
		{"tokens", []redshift.Statement{{SQL: "DROP TABLE a"}, {SQL: "DROP TABLE b"}, {SQL: "DROP TABLE c", Token: "c"}, {SQL: "DROP TABLE d", Token: "d"}, {SQL: "SELECT 1"}}, redshift.Auto, "T2 T2 1"},
	} {
		synctest.Test(t, func(t *testing.T) {
			cloud := awstest.New(t)
			w := newDataWorld(cloud, nil)
			outcomes, err := newConn(t, cloud).RunAll(t.Context(), test.ss, redshift.RunAllOptions{Mode: test.mode})
			if err != nil || len(outcomes) != len(test.ss) {
				t.Errorf("%s: got %d outcomes, %v", test.name, len(outcomes), err)
			}
			var got []string
			for _, r := range w.runs {
				form := "1"
				if r.mode != "" {
					form = fmt.Sprint(string(r.mode[:1]), len(r.sqls))
				}
				got = append(got, form)
			}
			if s := strings.Join(got, " "); s != test.want {
				t.Errorf("%s: got %s, want %s", test.name, s, test.want)
			}
			var all []string
			for i, s := range test.ss {
				all = append(all, s.SQL)
				if outcomes[i].Err != nil || outcomes[i].Result == nil {
					t.Errorf("%s: statement %d: %+v", test.name, i, outcomes[i])
				}
			}
			if !slices.Equal(all, w.effects()) {
				t.Errorf("%s: ran in another order", test.name)
			}
		})
	}
}

// TestAnyBatches divides statements drawn by chance: each is in one call, in order, and no
// call breaks a rule of the Data API, or one of ours.
func TestAnyBatches(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		var ss []redshift.Statement
		for range random.IntN(200) {
			s := redshift.Statement{SQL: "DELETE FROM t WHERE a = :a"}
			switch random.IntN(20) {
			case 0:
				s.SQL = "DROP DATABASE d"
			case 1:
				s.SQL = "INSERT INTO t VALUES ('" + strings.Repeat("x", random.IntN(150<<10)) + "')"
			default:
				s.Parameters = map[string]string{"a": fmt.Sprint(random.IntN(20) / 19)}
			}
			if random.IntN(10) > 0 {
				s.Token = fmt.Sprint(len(ss))
			}
			ss = append(ss, s)
		}
		mode := []redshift.Mode{redshift.Auto, redshift.AutoCommit}[random.IntN(2)]
		places, tokens, err := redshift.JobsOf(ss, mode)
		if err != nil {
			t.Fatal(err)
		}
		var all []int
		for call, of := range places {
			all = append(all, of...)
			bytes, values, drops, with := 0, map[string]bool{}, 0, 0
			for _, i := range of {
				bytes += len(ss[i].SQL)
				drops += strings.Count(ss[i].SQL, "DROP DATABASE")
				if ss[i].Parameters != nil {
					values[ss[i].Parameters["a"]] = true
				}
				if ss[i].Token != "" {
					with++
				}
			}
			if n := len(of); n > 40 || n > 1 && bytes > 100<<10 || len(values) > 1 || mode == redshift.Auto && drops > 0 && n > 1 ||
				with != 0 && with != n || (tokens[call] != "") != (with > 0) {
				t.Fatalf("call %d of %d statements: %d bytes, values %v, %d outside of transactions, %d tokens", call, n, bytes, values, drops, with)
			}
		}
		for i := range all {
			if all[i] != i {
				t.Fatalf("statement %d comes at %d", all[i], i)
			}
		}
		if len(all) != len(ss) {
			t.Fatalf("%d statements of %d", len(all), len(ss))
		}
	}
}

// TestNoTransaction has sets that cannot be one transaction, and is told before any call.
func TestNoTransaction(t *testing.T) {
	conflict := []redshift.Statement{
		{SQL: "DELETE FROM t WHERE a = :a", Parameters: map[string]string{"a": "1"}},
		{SQL: "DELETE FROM u WHERE a = :a", Parameters: map[string]string{"a": "2"}},
	}
	for _, test := range []struct {
		ss    []redshift.Statement
		mode  redshift.Mode
		index int
		is    error
		want  string
	}{
		{sqls("CREATE SCHEMA a", "CREATE DATABASE d FROM DATASHARE s OF NAMESPACE 'n'"), redshift.Transaction, 1, redshift.ErrTransaction, "Mode Auto"},
		{sqls("-- c\nDROP /* d */ DATABASE d", "CREATE SCHEMA a"), redshift.Transaction, 0, redshift.ErrTransaction, "Mode Auto"},
		{many(41), redshift.Transaction, 40, nil, "up to 40 statements"},
		{conflict, redshift.Transaction, 1, nil, `parameter "a" has two values`},
		{[]redshift.Statement{{SQL: "DROP TABLE a"}, {SQL: "DROP TABLE b", Token: "b"}}, redshift.Transaction, 1, nil, "some statements have a token"},
		{sqls("CREATE SCHEMA a", "COMMIT"), redshift.Auto, 1, nil, "begun and ended by the Mode"},
		{sqls("BEGIN", "CREATE SCHEMA a"), redshift.Transaction, 0, nil, "begun and ended by the Mode"},
	} {
		cloud := awstest.New(t)
		outcomes, err := newConn(t, cloud).RunAll(t.Context(), test.ss, redshift.RunAllOptions{Mode: test.mode})
		e, ok := errors.AsType[*redshift.InputError](err)
		if !ok || e.Index != test.index || e.SQL != test.ss[test.index].SQL && test.index > 0 || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
			t.Errorf("got %v, want %q", err, test.want)
		}
		if cloud.Count() != 0 || len(outcomes) != len(test.ss) || !errors.Is(outcomes[0].Err, redshift.ErrNotRun) {
			t.Errorf("%d calls, outcomes %v", cloud.Count(), outcomes)
		}
	}
	if _, err := newConn(t, awstest.New(t)).RunAll(t.Context(), nil, redshift.RunAllOptions{Mode: "BOTH"}); err == nil || !strings.Contains(err.Error(), `no Mode "BOTH"`) {
		t.Errorf("got %v", err)
	}
}

// TestOutcomes has a batch in which b fails: what becomes of each statement.
func TestOutcomes(t *testing.T) {
	const failing = "ERROR: permission denied"
	for _, test := range []struct {
		name  string
		sqls  []string
		mode  redshift.Mode
		fails string // "commit" for the transaction as a whole
		want  string // of each: ok, failed, back or not
		ran   string
	}{
		{"transaction", []string{"a", "b", "c"}, redshift.Transaction, "b", "back failed not", ""},
		{"auto", []string{"a", "DROP DATABASE d", "a", "b", "c", "DROP DATABASE e"}, redshift.Auto, "b", "ok ok back failed not not", "a,DROP DATABASE d"},
		{"auto, by itself", []string{"a", "c", "DROP DATABASE d", "c"}, redshift.Auto, "DROP DATABASE d", "ok ok failed not", "a,c"},
		{"each", []string{"a", "b", "c"}, redshift.AutoCommit, "b", "ok failed ok", "a,c"},
		{"each, two", []string{"b", "a", "b"}, redshift.AutoCommit, "b", "failed ok failed", "a"},
		{"first", []string{"b", "a"}, redshift.Transaction, "b", "failed not", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				w := newDataWorld(cloud, func(sql string) reply {
					if sql == test.fails {
						return reply{err: failing}
					}
					return reply{affected: 3}
				})
				outcomes, err := newConn(t, cloud).RunAll(t.Context(), sqls(test.sqls...), redshift.RunAllOptions{Mode: test.mode})
				e, ok := errors.AsType[*redshift.StatementError](err)
				if !ok || !errors.Is(err, redshift.ErrPermission) || errors.Is(err, redshift.ErrNotRun) || e.Index != slices.Index(test.sqls, test.fails) || e.Message != failing {
					t.Errorf("got %v", err)
				}
				if n := strings.Count(err.Error(), failing); n != strings.Count(test.want, "failed") {
					t.Errorf("told %d times: %v", n, err)
				}
				if got := told(outcomes); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				if got := strings.Join(w.effects(), ","); got != test.ran {
					t.Errorf("ran %s", got)
				}
			})
		})
	}
}

// TestUnknownMode has a Region that does not know of modes: it runs a transaction, as it
// does by default, and says nothing of one.
func TestUnknownMode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		newDataWorld(cloud, nil)
		describeBatch(cloud, "", "FAILED", "", []datatypes.StatementStatusString{"FINISHED", "FAILED"})
		outcomes, _ := newConn(t, cloud).RunAll(t.Context(), two, redshift.RunAllOptions{Mode: redshift.AutoCommit})
		if got := told(outcomes); got != "back failed" {
			t.Errorf("got %s", got)
		}
	})
}

// TestGoesOn has a statement of the first batch fail where each is committed.
func TestGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := awstest.New(t)
		w := newDataWorld(cloud, func(sql string) reply {
			if sql == "CREATE SCHEMA s3" || sql == "CREATE SCHEMA s50" {
				return reply{err: "ERROR: permission denied"}
			}
			return reply{}
		})
		outcomes, err := newConn(t, cloud).RunAll(t.Context(), many(60), redshift.RunAllOptions{Mode: redshift.AutoCommit})
		if !errors.Is(err, redshift.ErrPermission) || !strings.Contains(err.Error(), `"CREATE SCHEMA s3"`) || !strings.Contains(err.Error(), `"CREATE SCHEMA s50"`) {
			t.Errorf("got %v", err)
		}
		if got := told(outcomes); strings.Count(got, "ok") != 58 || strings.Count(got, "failed") != 2 || len(w.effects()) != 58 {
			t.Errorf("got %s", got)
		}
	})
}

func told(outcomes []redshift.Outcome) string {
	var list []string
	for _, o := range outcomes {
		_, failed := errors.AsType[*redshift.StatementError](o.Err)
		switch {
		case o.Err == nil && o.Result != nil && strings.HasPrefix(o.Result.ID, "00000000-"):
			list = append(list, "ok")
		case errors.Is(o.Err, redshift.ErrRolledBack):
			list = append(list, "back")
		case errors.Is(o.Err, redshift.ErrNotRun):
			list = append(list, "not")
		case failed:
			list = append(list, "failed")
		default:
			list = append(list, fmt.Sprintf("%+v", o))
		}
	}
	return strings.Join(list, " ")
}

// TestFailsAsAWhole has transactions whose statements do not tell what failed: there was no
// connection, the commit failed, or the statements are not described.
func TestFailsAsAWhole(t *testing.T) {
	const conflict = "ERROR: 1023 DETAIL: Serializable isolation violation on table"
	for _, test := range []struct {
		name  string
		subs  []datatypes.StatementStatusString
		whole datatypes.StatusString
		text  string
		mode  redshift.Mode
		want  string
		index int
	}{
		{"no connection", []datatypes.StatementStatusString{"ABORTED", "ABORTED"}, "FAILED", "FATAL: password authentication failed", redshift.Transaction, "failed not", 0},
		{"no connection, each", []datatypes.StatementStatusString{"SUBMITTED", "SUBMITTED"}, "FAILED", "FATAL: password authentication failed", redshift.AutoCommit, "failed not", 0},
		{"commit", []datatypes.StatementStatusString{"FINISHED", "FINISHED"}, "FAILED", conflict, redshift.Transaction, "back back", -1},
		{"cancelled", []datatypes.StatementStatusString{"FINISHED", "ABORTED"}, "ABORTED", "", redshift.Transaction, "back failed", 1},
		{"cancelled, each", []datatypes.StatementStatusString{"FINISHED", "ABORTED"}, "ABORTED", "", redshift.AutoCommit, "ok failed", 1},
		{"not described", nil, "FAILED", "Query #2 failed with ERROR: permission denied", redshift.Transaction, "back failed", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				newDataWorld(cloud, nil)
				describeBatch(cloud, datatypes.ExecutionMode(test.mode), test.whole, test.text, test.subs)
				outcomes, err := newConn(t, cloud).RunAll(t.Context(), two, redshift.RunAllOptions{Mode: test.mode})
				e, ok := errors.AsType[*redshift.StatementError](err)
				if !ok || e.Index != test.index || e.Message != test.text || errors.Is(err, redshift.ErrCancelled) != (test.whole == "ABORTED") {
					t.Errorf("got %v", err)
				}
				if got := told(outcomes); got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			})
		})
	}
}
