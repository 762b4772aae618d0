package redshift

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	datasdk "github.com/aws/aws-sdk-go-v2/service/redshiftdata"
	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

const (
	dataAccount = "123456789012"
	dataRegion  = "eu-central-1"
)

// A dataWorld is a Data API in front of a cluster etl and a workgroup sales, whose
// statements are answered by a few rules instead of a model.
type dataWorld struct {
	*Data
	t      *testing.T
	cloud  *awstest.Cloud
	client *datasdk.Client
	done   []string // what took effect
}

func newDataWorld(t *testing.T) *dataWorld {
	cloud, world := awstest.New(t), New()
	world.AddCluster(Warehouse{Name: "etl"})
	world.AddWorkgroup(Warehouse{Name: "sales"})
	w := &dataWorld{Data: Serve(cloud, world), t: t, cloud: cloud}
	w.client = datasdk.NewFromConfig(cloud.Config(dataRegion, dataAccount), func(o *datasdk.Options) { o.RetryMaxAttempts = 1 })
	w.Data.sql = w.run
	return w
}

// run answers statements: "rows n" returns n rows, "bad" fails, "do x" has an effect.
func (w *dataWorld) run(_ *Warehouse, _ Session, sqls []string, _ map[string]string, transaction bool) []Outcome {
	out, before := make([]Outcome, len(sqls)), len(w.done)
	for i, sql := range sqls {
		out[i].Ran = true
		word, rest, _ := strings.Cut(sql, " ")
		switch word {
		case "rows":
			var n int
			fmt.Sscan(rest, &n)
			out[i].Result.Columns = []Column{{"n", "int8"}}
			for k := range n {
				out[i].Result.Rows = append(out[i].Result.Rows, []any{int64(k)})
			}
		case "do":
			w.done, out[i].Result.Rowed = append(w.done, rest), 1
		default:
			out[i].Err = fail(syntaxError, "syntax error at or near %q", word)
			if transaction {
				w.done = w.done[:before]
				return out
			}
		}
	}
	return out
}

// effects returns what took effect.
func (w *dataWorld) effects() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.done)
}

func (w *dataWorld) execute(sql string, more ...func(*datasdk.ExecuteStatementInput)) (*datasdk.ExecuteStatementOutput, error) {
	in := &datasdk.ExecuteStatementInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sql: &sql}
	for _, m := range more {
		m(in)
	}
	return w.client.ExecuteStatement(w.t.Context(), in)
}

func (w *dataWorld) mustExecute(sql string, more ...func(*datasdk.ExecuteStatementInput)) string {
	w.t.Helper()
	out, err := w.execute(sql, more...)
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.Id
}

func (w *dataWorld) batch(mode datatypes.ExecutionMode, sqls ...string) string {
	w.t.Helper()
	out, err := w.client.BatchExecuteStatement(w.t.Context(), &datasdk.BatchExecuteStatementInput{
		ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sqls: sqls, ExecutionMode: mode,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return *out.Id
}

func (w *dataWorld) describe(id string) *datasdk.DescribeStatementOutput {
	w.t.Helper()
	out, err := w.client.DescribeStatement(w.t.Context(), &datasdk.DescribeStatementInput{Id: &id})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *dataWorld) status(id string) string {
	w.t.Helper()
	return string(w.describe(id).Status)
}

func (w *dataWorld) cancel(id string) error {
	_, err := w.client.CancelStatement(w.t.Context(), &datasdk.CancelStatementInput{Id: &id})
	return err
}

func waiting(seconds int32) func(*datasdk.ExecuteStatementInput) {
	return func(in *datasdk.ExecuteStatementInput) { in.WaitTimeSeconds = &seconds }
}

func token(token string) func(*datasdk.ExecuteStatementInput) {
	return func(in *datasdk.ExecuteStatementInput) { in.ClientToken = &token }
}

// refused checks the type and the text of an error.
func refused(t *testing.T, err error, code, text string) {
	t.Helper()
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || api.ErrorCode() != code || !strings.Contains(err.Error(), text) {
		t.Errorf("got %v, want %s with %q", err, code, text)
	}
}

func same[T any](t *testing.T, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestDataStatement(t *testing.T) {
	w := newDataWorld(t)
	out, err := w.execute("rows 3")
	if err != nil {
		t.Fatal(err)
	}
	same(t, []string{string(out.Status), *out.DbUser, *out.Database, *out.ClusterIdentifier}, []string{"FINISHED", "IAM:awstest", "dev", "etl"})
	same(t, []bool{*out.HasResultSet, out.SessionId == nil, out.WorkgroupName == nil, *out.RedshiftPid > 0}, []bool{true, true, true, true})
	d := w.describe(*out.Id)
	same(t, []int64{d.ResultRows, d.ResultSize, d.RedshiftPid}, []int64{3, 24, *out.RedshiftPid})
	if d.Duration < int64(time.Millisecond) || d.RedshiftQueryId <= 0 || !*d.HasResultSet || *d.QueryString != "rows 3" || d.SubStatements != nil || d.Error != nil {
		t.Errorf("got %+v", d)
	}
	same(t, w.Statements(), []Ran{{Warehouse: "etl", Database: "dev", User: "IAM:awstest", SQL: "rows 3", Token: w.Statements()[0].Token}})
	if w.Statements()[0].Token == "" {
		t.Error("the SDK made up no token")
	}
}

func TestDataFailedStatement(t *testing.T) {
	w := newDataWorld(t)
	d := w.describe(w.mustExecute("bad idea"))
	same(t, []string{string(d.Status), aws.ToString(d.Error)}, []string{"FAILED", `ERROR: syntax error at or near "bad"`})
	same(t, []int64{d.ResultRows, d.ResultSize}, []int64{-1, -1})
	w.Fail = func(sql string) error { return errors.New("disk full") }
	same(t, *w.describe(w.mustExecute("do it")).Error, "ERROR: disk full")
	same(t, len(w.effects()), 0)
}

func TestDataPaceByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.cloud.Latency = time.Nanosecond
		w.Pace = DataPace{Submitted: DataStay{For: time.Second}, Picked: DataStay{For: time.Second}, Started: DataStay{For: time.Second}}
		w.Slow = func(string) time.Duration { return 2 * time.Second }
		id := w.mustExecute("do it")
		var states []string
		for range 6 {
			states = append(states, w.status(id)+fmt.Sprint(len(w.effects())))
			time.Sleep(time.Second)
		}
		same(t, strings.Join(states, " "), "SUBMITTED0 PICKED0 STARTED0 STARTED0 STARTED0 FINISHED1")
		same(t, time.Duration(w.describe(id).Duration), 3*time.Second)
	})
}

// TestDataUnwatched shows that a statement goes on when nobody asks, and is run once.
func TestDataUnwatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Pace.Started.For = time.Minute
		w.mustExecute("do it")
		time.Sleep(59 * time.Second)
		same(t, len(w.effects()), 0)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		same(t, w.effects(), []string{"it"})
		time.Sleep(time.Hour)
		same(t, len(w.Statements()), 1)
	})
}

func TestDataPaceByCalls(t *testing.T) {
	w := newDataWorld(t)
	w.Pace = DataPace{Submitted: DataStay{Polls: 1}, Started: DataStay{Polls: 2}}
	id := w.mustExecute("do it")
	var states []string
	for range 5 {
		states = append(states, w.status(id)+fmt.Sprint(len(w.effects())))
	}
	same(t, strings.Join(states, " "), "SUBMITTED0 STARTED0 STARTED1 FINISHED1 FINISHED1")
}

func TestDataRunAt(t *testing.T) {
	for status, want := range map[datatypes.StatusString]string{
		datatypes.StatusStringSubmitted: "1 1 1 1", datatypes.StatusStringStarted: "0 0 1 1", datatypes.StatusStringFinished: "0 0 0 1", "": "0 0 0 1",
	} {
		w := newDataWorld(t)
		w.Pace = DataPace{DataStay{Polls: 1}, DataStay{Polls: 1}, DataStay{Polls: 1}}
		w.RunAt = status
		id := w.mustExecute("do it")
		effects := []string{fmt.Sprint(len(w.effects()))}
		for range 3 {
			w.status(id)
			effects = append(effects, fmt.Sprint(len(w.effects())))
		}
		if got := strings.Join(effects, " "); got != want {
			t.Errorf("%q: got %s, want %s", status, got, want)
		}
	}
}

func TestDataBatch(t *testing.T) {
	tests := []struct {
		name     string
		mode     datatypes.ExecutionMode
		sqls     []string
		fail     string // that a fault hits
		status   string
		error    string
		parts    string
		done     string
		statuses int
	}{
		{name: "all well", sqls: []string{"do a", "rows 2", "do b"}, status: "FINISHED", parts: "FINISHED FINISHED FINISHED", done: "a b"},
		{name: "rolled back", sqls: []string{"do a", "bad", "do b"}, status: "FAILED", error: `Query #2 failed with ERROR: syntax error at or near "bad"`, parts: "FINISHED FAILED ABORTED"},
		{name: "said explicitly", mode: datatypes.ExecutionModeTransaction, sqls: []string{"bad", "do b"}, status: "FAILED", error: `Query #1 failed with ERROR: syntax error at or near "bad"`, parts: "FAILED ABORTED"},
		{name: "each by itself", mode: datatypes.ExecutionModeAutoCommit, sqls: []string{"do a", "bad", "do b"}, status: "FAILED", parts: "FINISHED FAILED FINISHED", done: "a b"},
		{name: "a fault", sqls: []string{"do a", "do x", "do b"}, fail: "do x", status: "FAILED", error: "Query #2 failed with ERROR: boo", parts: "FINISHED FAILED ABORTED"},
		{name: "a fault too late", sqls: []string{"bad", "do x"}, fail: "do x", status: "FAILED", error: `Query #1 failed with ERROR: syntax error at or near "bad"`, parts: "FAILED ABORTED"},
		{name: "a fault in the first", sqls: []string{"do x", "do a"}, fail: "do x", status: "FAILED", error: "Query #1 failed with ERROR: boo", parts: "FAILED ABORTED"},
		{name: "a fault by itself", mode: datatypes.ExecutionModeAutoCommit, sqls: []string{"do x", "do a"}, fail: "do x", status: "FAILED", parts: "FAILED FINISHED", done: "a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newDataWorld(t)
			w.Fail = func(sql string) error {
				if sql == test.fail {
					return errors.New("boo")
				}
				return nil
			}
			d := w.describe(w.batch(test.mode, test.sqls...))
			var parts []string
			for i, p := range d.SubStatements {
				parts = append(parts, string(p.Status))
				same(t, []string{*p.Id, *p.QueryString}, []string{fmt.Sprintf("%s:%d", *d.Id, i+1), test.sqls[i]})
				same(t, p.Error != nil, p.Status == "FAILED")
			}
			same(t, []string{string(d.Status), aws.ToString(d.Error), strings.Join(parts, " "), strings.Join(w.effects(), " ")}, []string{test.status, test.error, test.parts, test.done})
			same(t, d.QueryString == nil, true)
		})
	}
}

// TestDataBatchPart shows what describing one statement of a batch tells: the batch.
func TestDataBatchPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.cloud.Latency = time.Nanosecond
		w.Slow = func(string) time.Duration { return time.Minute }
		id := w.batch(datatypes.ExecutionModeAutoCommit, "rows 1", "do b")
		time.Sleep(time.Minute)
		d := w.describe(id + ":1")
		same(t, []string{*d.Id, string(d.Status)}, []string{id, "STARTED"})
		same(t, []any{len(d.SubStatements), *d.SubStatements[0].Id, d.SubStatements[0].Status}, []any{1, id + ":1", datatypes.StatementStatusStringFinished})
		same(t, time.Duration(d.SubStatements[0].Duration), time.Minute)
		same(t, w.describe(id).SubStatements[1].Status, datatypes.StatementStatusStringStarted)
		if _, err := w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: aws.String(id + ":1")}); err != nil {
			t.Error(err)
		}
		if err := w.cancel(id); err != nil {
			t.Error(err)
		}
		d = w.describe(id)
		same(t, []any{d.Status, d.SubStatements[0].Status, d.SubStatements[1].Status, len(w.effects())},
			[]any{datatypes.StatusStringAborted, datatypes.StatementStatusStringFinished, datatypes.StatementStatusStringAborted, 0})
	})
}

func TestDataCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Pace.Submitted.For = time.Second
		w.Block = func(sql string) bool { return sql == "do block" }
		id := w.mustExecute("do block")
		refused(t, w.cancel(id), "ValidationException", "Could not cancel a query that is already in SUBMITTED state with ID: "+id)
		w.CancelEarly = true
		early := w.mustExecute("do early")
		if err := w.cancel(early); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		same(t, []string{w.status(id), w.status(early)}, []string{"STARTED", "ABORTED"})
		if err := w.cancel(id); err != nil {
			t.Error(err)
		}
		same(t, []any{w.status(id), len(w.effects())}, []any{"ABORTED", 0})
		refused(t, w.cancel(id), "ValidationException", "already in ABORTED state")
		refused(t, w.cancel("00000000-0000-0000-0000-000000000000"), "ResourceNotFoundException", "Query does not exist.")
		refused(t, w.cancel("x"), "ValidationException", "id must satisfy regex pattern")
	})
}

// TestDataEndOfTime shows that no statement runs for more than 24 hours, and that results
// are kept as long.
func TestDataEndOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		w.Block = func(sql string) bool { return sql == "do block" }
		id, result := w.mustExecute("do block"), w.mustExecute("rows 1")
		time.Sleep(24*time.Hour - time.Second)
		same(t, []string{w.status(id), w.status(result)}, []string{"STARTED", "FINISHED"})
		time.Sleep(time.Second)
		same(t, w.status(id), "ABORTED")
		_, err := w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: &result})
		refused(t, err, "ResourceNotFoundException", "Query does not exist.")
	})
}

func TestDataTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newDataWorld(t)
		first := w.mustExecute("do grant", token("t"))
		w.mustExecute("do revoke", token("u"))
		same(t, w.mustExecute("do grant", token("t"), waiting(5)), first)
		same(t, w.effects(), []string{"grant", "revoke"}) // though it was undone
		for name, change := range map[string]func(*datasdk.ExecuteStatementInput){
			"sql":      func(in *datasdk.ExecuteStatementInput) { in.Sql = aws.String("do other") },
			"database": func(in *datasdk.ExecuteStatementInput) { in.Database = aws.String("prod") },
			"user":     func(in *datasdk.ExecuteStatementInput) { in.DbUser = aws.String("ada") },
			"warehouse": func(in *datasdk.ExecuteStatementInput) {
				in.ClusterIdentifier, in.WorkgroupName = nil, aws.String("sales")
			},
		} {
			_, err := w.execute("do grant", token("t"), change)
			if refused(t, err, "ValidationException", "token"); err == nil {
				t.Error(name)
			}
		}
		for _, bad := range []string{"", strings.Repeat("t", 65)} {
			_, err := w.execute("do it", token(bad))
			refused(t, err, "ValidationException", "ClientToken must have 1 to 64 characters")
		}
		other := datasdk.NewFromConfig(w.cloud.Config("us-east-1", dataAccount))
		_, err := other.ExecuteStatement(t.Context(), &datasdk.ExecuteStatementInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sql: aws.String("do grant"), ClientToken: aws.String("t")})
		refused(t, err, "ValidationException", "Redshift endpoint doesn't exist in this region.")
		time.Sleep(8*time.Hour - time.Minute)
		same(t, w.mustExecute("do grant", token("t")), first)
		time.Sleep(time.Minute)
		if w.mustExecute("do grant", token("t")) == first {
			t.Error("the token was remembered for more than 8 hours")
		}
	})
}

// TestDataTokenOfAFailure shows that a token finds a failure, too, and what still runs.
func TestDataTokenOfAFailure(t *testing.T) {
	w := newDataWorld(t)
	w.Pace.Started.Polls = 1
	id := w.mustExecute("bad", token("t"))
	same(t, w.mustExecute("bad", token("t")), id)
	w.status(id)
	same(t, w.mustExecute("bad", token("t")), id)
	same(t, []any{w.status(id), len(w.Statements())}, []any{"FAILED", 1})
	// What was refused leaves its token free.
	w.MaxActive = 1
	w.Block = func(string) bool { return true }
	w.mustExecute("do block")
	_, err := w.execute("do it", token("free"))
	refused(t, err, "ActiveStatementsExceededException", "quota")
	w.MaxActive = 0
	w.mustExecute("do other", token("free"))
}

func TestDataVisibility(t *testing.T) {
	w := newDataWorld(t)
	who := "role/etl"
	w.Identity = func(awstest.Caller) string { return who }
	id := w.mustExecute("rows 1")
	same(t, w.Statements()[0].User, "IAMR:etl")
	w.status(id)
	get := func(c *datasdk.Client) error {
		_, err := c.DescribeStatement(context.Background(), &datasdk.DescribeStatementInput{Id: &id})
		return err
	}
	who = "role/other"
	refused(t, get(w.client), "ResourceNotFoundException", "Query does not exist.")
	refused(t, w.cancel(id), "ResourceNotFoundException", "Query does not exist.")
	_, err := w.client.GetStatementResult(t.Context(), &datasdk.GetStatementResultInput{Id: &id})
	refused(t, err, "ResourceNotFoundException", "Query does not exist.")
	who = "role/etl"
	refused(t, get(datasdk.NewFromConfig(w.cloud.Config("us-east-1", dataAccount))), "ResourceNotFoundException", "")
	refused(t, get(datasdk.NewFromConfig(w.cloud.Config(dataRegion, "210987654321"))), "ResourceNotFoundException", "")
	for _, part := range []string{":1", ":0", ":"} { // it is no batch
		_, err := w.client.DescribeStatement(t.Context(), &datasdk.DescribeStatementInput{Id: aws.String(id + part)})
		refused(t, err, "ResourceNotFoundException", "Query does not exist.")
	}
}

func TestDataLimits(t *testing.T) {
	w := newDataWorld(t)
	many := slices.Repeat([]string{"do it"}, 41)
	_, err := w.client.BatchExecuteStatement(t.Context(), &datasdk.BatchExecuteStatementInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sqls: many})
	refused(t, err, "ValidationException", "Sqls must have 1 to 40 items")
	_, err = w.client.BatchExecuteStatement(t.Context(), &datasdk.BatchExecuteStatementInput{ClusterIdentifier: aws.String("etl"), Database: aws.String("dev"), Sqls: []string{}})
	refused(t, err, "ValidationException", "Sqls must have 1 to 40 items")
	w.batch("", many[:40]...)
	same(t, len(w.effects()), 40)

	long := "do " + strings.Repeat("x", 200<<10-3)
	w.mustExecute(long)
	_, err = w.execute(long + "x")
	refused(t, err, "ValidationException", "more than 204800")
	w.MaxText = 100 << 10
	_, err = w.execute(long)
	refused(t, err, "ValidationException", "more than 102400")

	for sql, text := range map[string]string{"": "is empty", " -- \n;": "is empty", "do a; do b": "Multiple SQL statements"} {
		_, err = w.execute(sql)
		refused(t, err, "ValidationException", text)
	}
	w.mustExecute("do a;")
	for _, in := range []datasdk.ExecuteStatementInput{
		{WaitTimeSeconds: aws.Int32(0)}, {WaitTimeSeconds: aws.Int32(31)}, {SessionKeepAliveSeconds: aws.Int32(-1)}, {SessionKeepAliveSeconds: aws.Int32(86401)},
		{StatementName: aws.String(strings.Repeat("n", 2049))}, {ResultFormat: "XML"},
	} {
		in.ClusterIdentifier, in.Database, in.Sql = aws.String("etl"), aws.String("dev"), aws.String("do it")
		_, err := w.client.ExecuteStatement(t.Context(), &in)
		refused(t, err, "ValidationException", "must")
	}
}

func TestDataActiveStatements(t *testing.T) {
	w := newDataWorld(t)
	w.Block = func(sql string) bool { return sql == "do block" }
	var ids []string
	for range 500 {
		ids = append(ids, w.mustExecute("do block"))
	}
	_, err := w.execute("do it")
	refused(t, err, "ActiveStatementsExceededException", "")
	w.mustExecute("do it", func(in *datasdk.ExecuteStatementInput) {
		in.ClusterIdentifier, in.WorkgroupName = nil, aws.String("sales")
	})
	if err := w.cancel(ids[7]); err != nil {
		t.Error(err)
	}
	w.mustExecute("do it")
}

func TestDataSettle(t *testing.T) {
	w := newDataWorld(t)
	w.Pace = DataPace{DataStay{Polls: 9}, DataStay{For: time.Hour}, DataStay{For: time.Hour}}
	w.Block = func(sql string) bool { return sql == "do block" }
	a, b, c := w.mustExecute("do a"), w.mustExecute("do block"), w.batch(datatypes.ExecutionModeAutoCommit, "do c", "do d")
	w.Settle()
	w.Settle()
	same(t, []string{w.status(a), w.status(b), w.status(c)}, []string{"FINISHED", "STARTED", "FINISHED"})
	same(t, w.effects(), []string{"a", "c", "d"})
}

// TestDataPausedMeanwhile shows a statement whose cluster went away before it was run.
func TestDataPausedMeanwhile(t *testing.T) {
	w := newDataWorld(t)
	w.Data.sql = (*Warehouse).Run
	w.Pace.Submitted.Polls = 1
	id := w.mustExecute("do it")
	w.world.Warehouses()[0].Pause()
	w.status(id)
	d := w.describe(id)
	same(t, []any{d.Status, *d.Error, len(w.Statements())}, []any{datatypes.StatusStringFailed, "FATAL: cluster etl is paused", 0})
	_, err := w.execute("do it")
	refused(t, err, "ValidationException", "etl is paused")
}

// TestDataWorld shows that statements reach the World, and what it answers the caller.
func TestDataWorld(t *testing.T) {
	cloud, world := awstest.New(t), New()
	etl := world.AddCluster(Warehouse{Name: "etl"})
	etl.AddRole("writer")
	etl.AddRole("analyst")
	d := Serve(cloud, world)
	w := &dataWorld{Data: d, t: t, cloud: cloud, client: datasdk.NewFromConfig(cloud.Config(dataRegion, dataAccount))}
	out, err := w.result(w.mustExecute(redshiftsql.QueryRoles.SQL, func(in *datasdk.ExecuteStatementInput) { in.DbUser = aws.String("awsuser") }), nil)
	if err != nil {
		t.Fatal(err)
	}
	var roles []string
	for _, record := range out.Records {
		roles = append(roles, record[0].(*datatypes.FieldMemberStringValue).Value)
	}
	if !slices.Contains(roles, "writer") || !slices.Contains(roles, "analyst") || *out.ColumnMetadata[0].Name != "role_name" {
		t.Errorf("got %v of %s", roles, *out.ColumnMetadata[0].Name)
	}
	failed := w.describe(w.mustExecute(redshiftsql.QueryRoles.SQL, func(in *datasdk.ExecuteStatementInput) { in.Database = aws.String("none") }))
	same(t, []any{failed.Status, *failed.Error}, []any{datatypes.StatusStringFailed, `FATAL: database "none" does not exist`})
}

// TestDataWorldTransactions shows what a batch does to the World, and that a token whose
// grant was revoked since does not grant again.
func TestDataWorldTransactions(t *testing.T) {
	cloud, world := awstest.New(t), New()
	etl := world.AddCluster(Warehouse{Name: "etl"})
	world.AddSuperusers("IAM:awstest")
	etl.AddUser("ada", false)
	w := &dataWorld{Data: Serve(cloud, world), t: t, cloud: cloud, client: datasdk.NewFromConfig(cloud.Config(dataRegion, dataAccount))}
	grant := redshiftsql.GrantRole{Role: "writer", Grantee: redshiftsql.Grantee{Type: redshiftsql.User, Name: "ada"}}
	revoke := grant
	revoke.Revoke = true
	empty := world.Dump()
	d := w.describe(w.batch("", redshiftsql.CreateRole{Name: "writer"}.String(), redshiftsql.CreateRole{Name: "writer"}.String()))
	same(t, []any{d.Status, world.Dump() == empty}, []any{datatypes.StatusStringFailed, true})
	d = w.describe(w.batch(datatypes.ExecutionModeAutoCommit, redshiftsql.CreateRole{Name: "writer"}.String(), redshiftsql.CreateRole{Name: "writer"}.String()))
	same(t, []any{d.Status, d.SubStatements[0].Status, world.Dump() == empty}, []any{datatypes.StatusStringFailed, datatypes.StatementStatusStringFinished, false})

	before := world.Dump()
	same(t, w.status(w.mustExecute(grant.String(), token("1"))), "FINISHED")
	granted := world.Dump()
	same(t, w.status(w.mustExecute(revoke.String(), token("2"))), "FINISHED")
	same(t, w.status(w.mustExecute(grant.String(), token("1"))), "FINISHED")
	same(t, []bool{granted == before, world.Dump() == before}, []bool{false, true})
	same(t, w.status(w.mustExecute(grant.String(), token("3"))), "FINISHED")
	same(t, world.Dump() == granted, true)

	other := world.AddWorkgroup(Warehouse{Name: "sales"})
	share := redshiftsql.CreateDatashare{Name: "ds"}
	usage := redshiftsql.Grant{Privileges: []string{"USAGE"}, Object: redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: "ds"}, Grantee: redshiftsql.Grantee{Type: redshiftsql.Namespace, Name: other.Namespace}}
	same(t, w.status(w.batch("", share.String(), usage.String())), "FINISHED")
	open := redshiftsql.CreateDatabase{Name: "db", WithPermissions: true, Datashare: "ds", Namespace: etl.Namespace}.String()
	sales := func(in *datasdk.ExecuteStatementInput) {
		in.ClusterIdentifier, in.WorkgroupName = nil, aws.String("sales")
	}
	out, err := w.client.BatchExecuteStatement(t.Context(), &datasdk.BatchExecuteStatementInput{WorkgroupName: aws.String("sales"), Database: aws.String("dev"), Sqls: []string{open}})
	if err != nil {
		t.Fatal(err)
	}
	refusal := aws.ToString(w.describe(*out.Id).Error)
	if !strings.HasPrefix(refusal, "Query #1 failed with ERROR: ") || !strings.Contains(refusal, "transaction") {
		t.Errorf("CREATE DATABASE in a transaction: %s", refusal)
	}
	same(t, w.status(w.mustExecute(open, sales)), "FINISHED")
}
