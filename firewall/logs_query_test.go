package firewall_test

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
	athenatypes "github.com/aws/aws-sdk-go-v2/service/athena/types"
	sdklogs "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	cwltypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/standin/athena"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatchlogs"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

// A queryWorld has the firewall edge, which logs flows and alerts to CloudWatch, and
// an Athena.
type queryWorld struct {
	*awstest.Cloud
	logs      *cloudwatchlogs.Service
	athena    *athena.Service
	firewalls *networkfirewall.Service
}

func newQueryWorld(c *awstest.Cloud) *queryWorld {
	w := &queryWorld{c, cloudwatchlogs.New(c), athena.New(c), networkfirewall.New(c)}
	w.logs.PageSize, w.athena.PageSize = 1, 2
	w.firewalls.CreateFirewall(dashboardAccount, dashboardRegion, goodFirewall("edge"))
	for _, group := range []string{"/edge/flow", "/edge/alert", "/edge/flow/old"} {
		w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: group, StoredBytes: 1 << 30})
	}
	w.logs.Answer(func(string) cloudwatchlogs.Script {
		row := func(ip, n string) []cwltypes.ResultField {
			return []cwltypes.ResultField{{Field: aws.String("src_ip"), Value: &ip}, {Field: aws.String("value"), Value: &n}}
		}
		return cloudwatchlogs.Script{Rows: [][]cwltypes.ResultField{row("10.0.0.1", "9"), row("10.0.0.2", "4")}, Bytes: 1 << 29, Polls: 3}
	})
	w.athena.Answer(func(string) athena.Script {
		return athena.Script{
			Header: []string{"src_ip", "value", "events", "all_value", "all_events", "keys"},
			Rows:   [][]string{{"10.0.0.1", "9", "9", "13", "13", "2"}, {"10.0.0.2", "4", "4", "13", "13", "2"}}, Bytes: 3 << 20, Polls: 3,
		}
	})
	return w
}

func (w *queryWorld) clients() firewall.Clients {
	return firewall.NewClients(w.Config(dashboardRegion, dashboardAccount))
}

func question(name string, log logs.Log) logs.Question {
	return logs.Question{Name: name, Log: log, Keys: []logs.Field{logs.SrcIP}, Value: logs.Events}
}

// insightsOptions and athenaOptions ask two questions.
func insightsOptions() firewall.QueryLogsOptions {
	return firewall.QueryLogsOptions{
		Questions: []logs.Question{question("Flows", logs.Flow), question("Alerts", logs.Alert)}, Firewalls: []string{"edge"},
		Since: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Until: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
}

func athenaOptions() firewall.QueryLogsOptions {
	opts := insightsOptions()
	opts.Athena = &firewall.AthenaOptions{Table: "security.firewall_logs", WorkGroup: "secops", Output: "s3://results/firewall/"}
	return opts
}

// bothEngines runs a test with each, in a bubble.
func bothEngines(t *testing.T, f func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions)) {
	for name, opts := range map[string]func() firewall.QueryLogsOptions{"insights": insightsOptions, "athena": athenaOptions} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, newQueryWorld(awstest.New(t)), opts()) })
		})
	}
}

func (w *queryWorld) stopped() (started, stopped int) {
	for _, q := range w.logs.Queries() {
		if started++; q.Stopped {
			stopped++
		}
	}
	for _, q := range w.athena.Queries() {
		if started++; q.Stopped {
			stopped++
		}
	}
	return started, stopped
}

func TestQueryLogs(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		opts.Price = 2
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if err != nil {
			t.Fatal(err)
		}
		var want []logs.Answer
		for _, q := range opts.Questions {
			want = append(want, logs.Answer{Question: q, Total: 13, Events: 13, Keys: 2, Rows: []logs.Row{
				{Values: []string{"10.0.0.1"}, Count: 9}, {Values: []string{"10.0.0.2"}, Count: 4},
			}})
		}
		if !reflect.DeepEqual(result.Answers, want) {
			t.Errorf("got %+v\nwant %+v", result.Answers, want)
		}
		scanned, cost := int64(1<<30), "data scanned by CloudWatch Logs Insights: 1 (at 2 per GB): 2"
		if opts.Athena != nil { // 3 MB count as 10
			scanned, cost = 6<<20, "data scanned by Athena: 0.0000190735 (at 2 per TB): 0.000038147"
		}
		if result.Scanned != scanned || result.Costs[0].String() != cost {
			t.Errorf("scanned %d, %s", result.Scanned, result.Costs[0])
		}
		for i, q := range result.Queries {
			if q.Question != opts.Questions[i].Name || q.ID == "" || q.Text == "" || q.Unknown != "" {
				t.Errorf("got %+v", q)
			}
		}
		if started, stopped := w.stopped(); started != 2 || stopped != 0 {
			t.Errorf("%d queries were started, %d stopped", started, stopped)
		}
	})
}

func TestQueryLogsRequests(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		if _, err := firewall.QueryLogs(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		for _, q := range w.logs.Queries() {
			group := map[bool]string{true: "/edge/flow", false: "/edge/alert"}[strings.Contains(q.Text, "netflow")]
			if !slices.Equal(q.Groups, []string{group}) || q.From != opts.Since.Unix() || q.To != opts.Until.Unix()-1 {
				t.Errorf("got %+v", q)
			}
		}
		for _, q := range w.athena.Queries() {
			if q.WorkGroup != "secops" || q.Output != "s3://results/firewall/" || !strings.Contains(q.SQL, `FROM "security"."firewall_logs"`) {
				t.Errorf("got %+v", q)
			}
		}
	})
}

// TestQueryLogsCancelled checks that nothing goes on that is paid for.
func TestQueryLogsCancelled(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		w.logs.Answer(func(string) cloudwatchlogs.Script { return cloudwatchlogs.Script{Polls: 1e9} })
		w.athena.Answer(func(string) athena.Script { return athena.Script{Polls: 1e9} })
		why := errors.New("enough")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, why)
		defer cancel()
		result, err := firewall.QueryLogs(ctx, w.clients(), opts)
		if started, stopped := w.stopped(); !errors.Is(err, why) || started != 2 || stopped != 2 {
			t.Errorf("got %v, %d started, %d stopped", err, started, stopped)
		}
		if len(result.Answers) != 0 || result.Queries[1].Unknown == "" {
			t.Errorf("got %+v", result)
		}
	})
}

func TestQueryLogsNoAnswer(t *testing.T) {
	for want, test := range map[string]struct {
		insights cloudwatchlogs.Script
		athena   athena.Script
	}{
		"Failed":                  {cloudwatchlogs.Script{Status: cwltypes.QueryStatusFailed, Bytes: 7}, athena.Script{State: athenatypes.QueryExecutionStateFailed, Reason: "Failed: no such table", Bytes: 7}},
		"60 minutes|exceeded":     {cloudwatchlogs.Script{Status: cwltypes.QueryStatusTimeout, Bytes: 7}, athena.Script{State: athenatypes.QueryExecutionStateFailed, Reason: "Bytes scanned limit was exceeded", Bytes: 7}},
		"Cancelled|CANCELLED: no": {cloudwatchlogs.Script{Status: cwltypes.QueryStatusCancelled, Bytes: 7}, athena.Script{State: athenatypes.QueryExecutionStateCancelled, Bytes: 7}},
	} {
		bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
			n := 0
			first := func() bool { n++; return n == 1 }
			good := cloudwatchlogs.Script{Rows: [][]cwltypes.ResultField{{{Field: aws.String("value"), Value: aws.String("1")}}}}
			w.logs.Answer(func(string) cloudwatchlogs.Script {
				if first() {
					return test.insights
				}
				return good
			})
			w.athena.Answer(func(string) athena.Script {
				if first() {
					return test.athena
				}
				return athena.Script{Header: []string{"x"}}
			})
			opts.AtOnce = 1
			result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
			said := strings.Split(want, "|")
			if err == nil || !strings.Contains(err.Error(), "1 of 2 questions have no answer: Flows: ") || !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(err.Error(), s) }) {
				t.Errorf("%s: got %v", want, err)
			}
			if len(result.Answers) != 1 || result.Answers[0].Question.Name != "Alerts" || result.Scanned != 7 {
				t.Errorf("%s: got %+v", want, result)
			}
			if _, stopped := w.stopped(); stopped != 0 {
				t.Error("a query that had ended was stopped")
			}
		})
	}
}

// TestQueryLogsDenied checks that each missing permission is named, and that what was
// started is stopped.
func TestQueryLogsDenied(t *testing.T) {
	for operation, action := range map[string]string{
		"CloudWatch Logs.StartQuery": "logs:StartQuery", "CloudWatch Logs.GetQueryResults": "logs:GetQueryResults",
		"Network Firewall.DescribeLoggingConfiguration": "network-firewall:DescribeLoggingConfiguration",
		"Athena.StartQueryExecution":                    "athena:StartQueryExecution", "Athena.GetQueryExecution": "athena:GetQueryExecution", "Athena.GetQueryResults": "athena:GetQueryResults",
	} {
		synctest.Test(t, func(t *testing.T) {
			w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
			if strings.HasPrefix(operation, "Athena") {
				opts = athenaOptions()
			}
			w.Inject(awstest.Fault{Operation: operation, Err: awstest.Denied()})
			_, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
			if err == nil || !strings.Contains(err.Error(), "it needs "+action) {
				t.Errorf("%s: got %v", operation, err)
			}
			if started, stopped := w.stopped(); started != stopped && operation != "Athena.GetQueryResults" {
				t.Errorf("%s: %d queries were started, %d stopped", operation, started, stopped)
			}
		})
	}
}

// TestQueryLogsNotStopped checks that a query that may run on is named.
func TestQueryLogsNotStopped(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		for _, operation := range []string{"CloudWatch Logs.GetQueryResults", "CloudWatch Logs.StopQuery", "Athena.GetQueryExecution", "Athena.StopQueryExecution"} {
			w.Inject(awstest.Fault{Operation: operation, Err: awstest.Denied()})
		}
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if err == nil || !strings.Contains(err.Error(), "the query "+result.Queries[0].ID+" may run on") {
			t.Errorf("got %v", err)
		}
	})
}

// A lostQuery is one whose state can be read once, while it runs.
type lostQuery struct {
	firewall.LogsAPI
	asked bool
}

func (l *lostQuery) GetQueryResults(context.Context, *sdklogs.GetQueryResultsInput, ...func(*sdklogs.Options)) (*sdklogs.GetQueryResultsOutput, error) {
	if l.asked {
		return nil, awstest.Denied()
	}
	l.asked = true
	return &sdklogs.GetQueryResultsOutput{Status: cwltypes.QueryStatusRunning, Statistics: &cwltypes.QueryStatistics{BytesScanned: 7}}, nil
}

// TestQueryLogsLost checks that what a query has scanned is still counted when the service
// no longer tells.
func TestQueryLogsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
		opts.Questions = opts.Questions[:1]
		clients := w.clients()
		clients.Logs = &lostQuery{LogsAPI: clients.Logs}
		result, err := firewall.QueryLogs(t.Context(), clients, opts)
		if err == nil || result.Scanned != 7 || result.Queries[0].Scanned != 7 {
			t.Errorf("scanned %d, %v", result.Scanned, err)
		}
	})
}

// TestQueryLogsWaits checks that a full account is waited for.
func TestQueryLogsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
		w.logs.MaxConcurrent = 1
		for i := range 8 {
			opts.Questions = append(opts.Questions, question(fmt.Sprint("More", i), logs.Flow))
		}
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if err != nil || len(result.Answers) != 10 {
			t.Errorf("got %d answers, %v", len(result.Answers), err)
		}
		if w.Count() <= 10*6 {
			t.Errorf("%d calls: nothing had to wait", w.Count())
		}
	})
}

func TestQueryLogsCeiling(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		opts.MaxBytes, opts.AtOnce = 3<<20, 1
		if opts.Athena == nil {
			for _, name := range []string{"/edge/flow", "/edge/alert"} {
				w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: name, StoredBytes: 1 << 20})
			}
		}
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if started, _ := w.stopped(); !errors.Is(err, awspatterns.ErrCeiling) || started != 1 || len(result.Answers) != 1 {
			t.Errorf("got %v, %d started, %d answers", err, started, len(result.Answers))
		}
	})
}

func TestEstimateQueryLogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
		opts.Until = time.Now()
		opts.Since = opts.Until.Add(-24 * time.Hour)
		// Ten days of flows, of which one is asked about; and alerts that are kept for two.
		w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: "/edge/flow", StoredBytes: 10 << 30, Created: opts.Until.AddDate(0, 0, -10)})
		w.logs.CreateGroup(dashboardAccount, dashboardRegion, cloudwatchlogs.Group{Name: "/edge/alert", StoredBytes: 1 << 30, Created: opts.Until.AddDate(0, 0, -10), Retention: 2})
		cost, err := firewall.EstimateQueryLogs(t.Context(), w.clients(), opts)
		if err != nil || cost.Quantity < 1.5 || cost.Quantity > 1.51 || cost.Unit != "GB" {
			t.Errorf("got %v, %v", cost, err)
		}
		awstest.CheckPermissions(t, firewall.QueryLogsPermissions(opts).Plan, w.Calls(), cloudwatchlogs.Actions, networkfirewall.Actions)
		opts.MaxBytes = 1 << 30
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if started, _ := w.stopped(); !errors.Is(err, awspatterns.ErrCeiling) || started != 0 || result.Estimate < 3<<29 {
			t.Errorf("got %v, %d started, estimate %d", err, started, result.Estimate)
		}
	})
}

// By default, a log that the firewalls do not have is not asked about, and that is said.
func TestQueryLogsByDefault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
		opts.Questions = nil
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		asked := slices.ContainsFunc(result.Queries, func(q firewall.LogsQuery) bool { return strings.HasPrefix(q.Question, "TopTLSErrors") })
		if err != nil && strings.Contains(err.Error(), "tls log") || asked || len(result.Queries) < 30 {
			t.Errorf("%d queries, %v", len(result.Queries), err)
		}
		if !slices.Equal(result.Elsewhere, []string{"edge writes no tls log"}) {
			t.Errorf("got %q", result.Elsewhere)
		}
	})
}

func TestQueryLogsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), insightsOptions()
		opts.Questions = append(opts.Questions, question("TLS", logs.TLS))
		result, err := firewall.QueryLogs(t.Context(), w.clients(), opts)
		if err == nil || !strings.Contains(err.Error(), "1 of 3 questions have no answer: TLS: no firewall has its tls log in CloudWatch") {
			t.Errorf("got %v", err)
		}
		if !slices.Equal(result.Elsewhere, []string{"edge writes no tls log"}) || len(result.Answers) != 2 {
			t.Errorf("got %+v", result)
		}
	})
}

// TestQueryLogsRun checks that a named run finds its queries again.
func TestQueryLogsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, opts := newQueryWorld(awstest.New(t)), athenaOptions()
		opts.Athena.Run = "2026-03-02"
		for range 2 {
			if _, err := firewall.QueryLogs(t.Context(), w.clients(), opts); err != nil {
				t.Fatal(err)
			}
		}
		opts.Athena.Run = ""
		if _, err := firewall.QueryLogs(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		if started, _ := w.stopped(); started != 4 {
			t.Errorf("%d queries were started, want two for the named run and two for the other", started)
		}
	})
}

func TestQueryLogsRefuses(t *testing.T) {
	for want, change := range map[string]func(*firewall.QueryLogsOptions){
		"a time to ask":    func(o *firewall.QueryLogsOptions) { o.Since = time.Time{} },
		"a time to ask ":   func(o *firewall.QueryLogsOptions) { o.Until = o.Since },
		"whose logs":       func(o *firewall.QueryLogsOptions) { o.Firewalls = nil },
		"AtOnce":           func(o *firewall.QueryLogsOptions) { o.AtOnce = 101 },
		"MaxBytes":         func(o *firewall.QueryLogsOptions) { o.MaxBytes = -1 },
		"is asked twice":   func(o *firewall.QueryLogsOptions) { o.Questions[1] = o.Questions[0] },
		"letters, digits":  func(o *firewall.QueryLogsOptions) { o.Firewalls = []string{"a b"} },
		"51 log groups":    func(o *firewall.QueryLogsOptions) { o.LogGroups = map[logs.Log][]string{logs.Flow: make([]string, 51)} },
		"want flow, alert": func(o *firewall.QueryLogsOptions) { o.LogGroups = map[logs.Log][]string{"FLOW": {"a"}} },
		"leave out them": func(o *firewall.QueryLogsOptions) {
			o.LogGroups, o.Athena = map[logs.Log][]string{}, &firewall.AthenaOptions{}
		},
		"want s3://":     func(o *firewall.QueryLogsOptions) { o.Athena = &firewall.AthenaOptions{Output: "results"} },
		"database.table": func(o *firewall.QueryLogsOptions) { o.Athena = &firewall.AthenaOptions{Table: "a;b"} },
		"Top is 10000":   func(o *firewall.QueryLogsOptions) { o.Top = 10_000 },
		"has no name":    func(o *firewall.QueryLogsOptions) { o.Questions = []logs.Question{{}} },
		"no way to write: ask": func(o *firewall.QueryLogsOptions) {
			o.Questions[0].Filter = []logs.Condition{{Fields: []logs.Field{logs.URL}, Op: logs.In, Values: []string{`\`}}}
		},
	} {
		cloud := awstest.New(t)
		opts := insightsOptions()
		change(&opts)
		_, err := firewall.QueryLogs(t.Context(), firewall.NewClients(cloud.Config(dashboardRegion, dashboardAccount)), opts)
		if err == nil || !strings.Contains(err.Error(), strings.TrimSpace(want)) || !strings.HasPrefix(err.Error(), "firewall: query logs: ") || cloud.Count() != 0 {
			t.Errorf("%s: got %v, %d calls", want, err, cloud.Count())
		}
		if p := firewall.QueryLogsPermissions(opts); p.Plan != nil || p.Apply != nil {
			t.Errorf("%s: options that are refused need %v", want, p)
		}
	}
}

func TestQueryLogsPermissions(t *testing.T) {
	bothEngines(t, func(t *testing.T, w *queryWorld, opts firewall.QueryLogsOptions) {
		if opts.Athena == nil {
			opts.MaxBytes = 1 << 40
		} else {
			opts.Athena.Logs, opts.Athena.KMSKeys = firewall.LogsLocation{Bucket: "logs"}, []string{logKey}
		}
		if _, err := firewall.QueryLogs(t.Context(), w.clients(), opts); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // so that queries are stopped
		defer cancel()
		if _, err := firewall.QueryLogs(ctx, w.clients(), opts); err == nil {
			t.Error("nothing was stopped")
		}
		awstest.CheckPermissions(t, firewall.QueryLogsPermissions(opts).Apply, w.Calls(), cloudwatchlogs.Actions, networkfirewall.Actions, athena.Actions)
	})
}

func TestQueryLogsProof(t *testing.T) {
	for name, opts := range map[string]func() firewall.QueryLogsOptions{"insights": insightsOptions, "athena": athenaOptions} {
		proof := awstest.Proof[*queryWorld]{
			Start: newQueryWorld,
			Run: func(ctx context.Context, _ *awstest.Cloud, w *queryWorld) error {
				result, err := firewall.QueryLogs(ctx, w.clients(), opts())
				if err == nil && len(result.Answers) != 2 {
					return fmt.Errorf("%d answers", len(result.Answers))
				}
				return err
			},
			State: func(w *queryWorld) string { return "" }, // it changes nothing
		}
		t.Run(name+" retries", proof.Retries)
	}
}
