package logs

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

var queryTime = QueryOptions{
	Since: time.Date(2026, 3, 2, 6, 0, 0, 0, time.UTC), Until: time.Date(2026, 3, 2, 9, 30, 0, 500_000_000, time.UTC), Firewalls: []string{"edge"},
}

// queriesOf renders questions, with everything that an option adds for the first.
func queriesOf(t *testing.T, render func(Question, QueryOptions) (string, error)) string {
	t.Helper()
	var out strings.Builder
	for i, q := range Questions() {
		opts := QueryOptions{}
		if i == 0 {
			opts = queryTime
		}
		text, err := render(q, opts)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("-- " + q.Name + "\n" + text + "\n\n")
	}
	return out.String()
}

func TestQueries(t *testing.T) {
	golden.Equal(t, "testdata/queries-insights.txt", queriesOf(t, InsightsQuery))
	golden.Equal(t, "testdata/queries-athena.sql", queriesOf(t, AthenaQuery))
}

// TestQueriesFilterFirst checks what the queries of the CloudWatch template have wrong.
func TestQueriesFilterFirst(t *testing.T) {
	for _, q := range Questions() {
		text, err := InsightsQuery(q, queryTime)
		if err != nil {
			t.Fatal(err)
		}
		stats, filter := strings.Index(text, "| stats "), strings.LastIndex(text, "| filter ")
		if stats < 0 || filter > stats || strings.Count(text, "| stats ") != 1 {
			t.Errorf("%s: a filter after the counting:\n%s", q.Name, text)
		}
	}
}

func TestQueryRefuses(t *testing.T) {
	good := Question{Name: "Q", Log: Alert, Keys: []Field{SrcIP}, Value: Events}
	with := func(change func(*Question)) Question { q := good; change(&q); return q }
	on := func(f Field, op Op, values ...string) Question {
		return with(func(q *Question) { q.Filter = []Condition{{[]Field{f}, op, values}} })
	}
	for _, test := range []struct {
		name             string
		q                Question
		opts             QueryOptions
		insights, athena string // what is said; empty if it is not refused
	}{
		{"good", good, QueryOptions{}, "", ""},
		{"most", good, QueryOptions{Top: 9999}, "", ""},
		{"too many", good, QueryOptions{Top: 10_000}, "Top is 10000", "Top is 10000"},
		{"negative", good, QueryOptions{Top: -1}, "Top is -1", "Top is -1"},
		{"no time", good, QueryOptions{Since: queryTime.Until, Until: queryTime.Until}, "is not before", "is not before"},
		{"firewall", good, QueryOptions{Firewalls: []string{`x"] or 1=1`}}, "letters, digits and hyphens", "letters, digits and hyphens"},
		{"table", good, QueryOptions{Table: `a"; DROP TABLE b`}, "database.table", "database.table"},
		{"no question", Question{}, QueryOptions{}, "has no name", "has no name"},
		{"outcome as key", with(func(q *Question) { q.Keys = []Field{Outcome} }), QueryOptions{}, "cannot be a key", ""},
		{"country", on(Country, In, "JP"), QueryOptions{}, "ask Athena", ""},
		{"backslash", on(URL, In, `a\b`), QueryOptions{}, "backslash", ""},
		{"both quotes", on(URL, In, `a'b"c`), QueryOptions{}, "both kinds of quotes", ""},
		{"line feed", on(URL, In, "a\nb"), QueryOptions{}, "no printable text", "no printable text"},
		{"no UTF-8", on(URL, In, "\xff"), QueryOptions{}, "no printable text", "no printable text"},
	} {
		_, insights := InsightsQuery(test.q, test.opts)
		_, athena := AthenaQuery(test.q, test.opts)
		for want, err := range map[string]error{"Logs Insights|" + test.insights: insights, "Athena|" + test.athena: athena} {
			engine, want, _ := strings.Cut(want, "|")
			if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %s: got %v, want %q", test.name, engine, err, want)
			}
		}
	}
}

// TestQueryLiterals tries values that would end a literal if they were not escaped.
func TestQueryLiterals(t *testing.T) {
	for _, test := range []struct{ value, insights, athena string }{
		{"plain", `in ["plain"]`, "IN ('plain')"},
		{`" or 1=1 | limit 1 "`, `in ['" or 1=1 | limit 1 "']`, `IN ('" or 1=1 | limit 1 "')`},
		{"' OR 1=1 --", `in ["' OR 1=1 --"]`, "IN (''' OR 1=1 --')"},
		{"''", `in ["''"]`, "IN ('''''')"},
		{`\`, "", `IN ('\')`},
		{"%d%s", `in ["%d%s"]`, "IN ('%d%s')"},
		{"日本", `in ["日本"]`, "IN ('日本')"},
	} {
		q := Question{Name: "Q", Log: Alert, Keys: []Field{URL}, Value: Events, Filter: []Condition{{[]Field{URL}, In, []string{test.value}}}}
		if got, err := InsightsQuery(q, QueryOptions{}); test.insights != "" && (err != nil || !strings.Contains(got, test.insights)) {
			t.Errorf("%q: got %v\n%s", test.value, err, got)
		}
		if got, err := AthenaQuery(q, QueryOptions{}); err != nil || !strings.Contains(got, test.athena) {
			t.Errorf("%q: got %v\n%s", test.value, err, got)
		}
	}
}

func TestInsightsConditions(t *testing.T) {
	for _, test := range []struct {
		c    Condition
		want string
	}{
		{Condition{[]Field{DestPort}, In, []string{"22", "080", ""}}, `filter (event_port in [22] or`},
		{Condition{[]Field{Outcome}, In, []string{"passed"}}, `filter ((verdict_action != "" and not (verdict_action in ["drop", "reject"])) or (verdict_action = "" and alert_action != "" and alert_action != "blocked"))`},
		{Condition{[]Field{Outcome}, In, []string{"never"}}, "filter 1 = 0"},
		{Condition{[]Field{Outcome}, NotIn, []string{"passed", "blocked"}}, `filter ((verdict_action = "" and alert_action = ""))`},
		{Condition{[]Field{SNI, Hostname}, Contains, []string{"s3", "backup"}}, `filter ((tls_sni like "s3" or tls_sni like "backup") or (http_hostname like "s3" or http_hostname like "backup"))`},
		{Condition{[]Field{Severity}, Above, []string{"2"}}, "filter alert_severity > 2"},
	} {
		got, err := InsightsQuery(Question{Name: "Q", Log: Alert, Keys: []Field{SrcIP}, Value: Events, Filter: []Condition{test.c}}, QueryOptions{})
		want := strings.ReplaceAll(test.want, "event_port in [22] or", `dest_port in [22] or dest_port in ["22", "080", ""] or not ispresent(dest_port))`)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("%v: want %s, got %v\n%s", test.c, want, err, got)
		}
	}
}

func TestAnswers(t *testing.T) {
	q := Question{Name: "Q", Log: Flow, Keys: []Field{SrcIP, DestIP}, Value: Bytes}
	opts := QueryOptions{Top: 2}
	want := Answer{Question: q, Total: 24, Events: 6, Keys: 3, Unlisted: 7, Rows: []Row{
		{Values: []string{"10.0.0.1", ""}, Count: 10}, {Values: []string{"10.0.0.2", "b"}, Count: 7},
	}}
	athena, err := AthenaAnswer(q, opts, [][]string{
		{"10.0.0.1", "", "10", "2", "24", "6", "3"}, {"10.0.0.3", "a", "7", "1", "24", "6", "3"}, {"10.0.0.2", "b", "7", "1", "24", "6", "3"},
	})
	if err != nil || !reflect.DeepEqual(athena, want) {
		t.Errorf("Athena: got %+v, %v", athena, err)
	}
	insights, err := InsightsAnswer(q, opts, []map[string]string{
		{"src_ip": "10.0.0.3", "dest_ip": "a", "value": "7", "events": "1"}, {"src_ip": "10.0.0.2", "dest_ip": "b", "value": "7.0", "events": "1"},
		{"src_ip": "10.0.0.1", "value": "1.0E1", "events": "2"}, {"src_ip": "10.0.0.9", "events": "2"},
	})
	if err != nil || !reflect.DeepEqual(insights, want) {
		t.Errorf("Logs Insights: got %+v, %v", insights, err)
	}
	if a, err := AthenaAnswer(q, opts, nil); err != nil || !reflect.DeepEqual(a, Answer{Question: q}) {
		t.Errorf("nothing: got %+v, %v", a, err)
	}
}

func TestAnswersThatAreFull(t *testing.T) {
	q := Question{Name: "Q", Log: Alert, Keys: []Field{Country}, Value: Events}
	rows := make([]map[string]string, mostRows)
	for i := range rows {
		rows[i] = map[string]string{"country_0": "JP", "country_1": "US", "value": "3"}
	}
	a, err := InsightsAnswer(q, QueryOptions{Top: 1}, rows)
	if err != nil || a.Keys != 0 || a.Total != 0 || a.Unlisted != 3 || a.Rows[0].Values[0] != "JP/US" {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestAnswersRefuse(t *testing.T) {
	q := Question{Name: "Q", Log: Alert, Keys: []Field{SrcIP}, Value: Events}
	for _, row := range [][]string{{"a", "1"}, {"a", "x", "1", "1", "1", "1"}, {"a", "1.5", "1", "1", "1", "1"}, {"a", "-1", "1", "1", "1", "1"}, {"a", "1E99", "1", "1", "1", "1"}, {"a", "1E999999999", "1", "1", "1", "1"}} {
		if _, err := AthenaAnswer(q, QueryOptions{}, [][]string{row}); err == nil || !strings.Contains(err.Error(), "question Q, row 1: ") {
			t.Errorf("%q: got %v", row, err)
		}
	}
	if _, err := InsightsAnswer(q, QueryOptions{}, []map[string]string{{"src_ip": "a"}}); err == nil {
		t.Error("a row without a count was taken")
	}
}

func TestAthenaTable(t *testing.T) {
	good := TableOptions{
		Table: "security.firewall_logs", Bucket: "logs-of-firewalls", Prefix: "network/prod", Accounts: []string{"123456789012", "210987654321"},
		Regions: []string{"eu-central-1"}, Firewalls: []string{"edge", "east-west"}, Since: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	text, err := AthenaTable(good)
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/queries-table.sql", text+"\n")
	for name, change := range map[string]func(*TableOptions){
		"option Prefix": func(o *TableOptions) { o.Prefix = "/network" }, "option Prefix ": func(o *TableOptions) { o.Prefix = "a//b" },
		"option Prefix  ": func(o *TableOptions) { o.Prefix = "a'b" }, "option Bucket": func(o *TableOptions) { o.Bucket = "B" },
		"option Table": func(o *TableOptions) { o.Table = "a`b" }, "no Since": func(o *TableOptions) { o.Since = time.Time{} },
		"no Accounts": func(o *TableOptions) { o.Accounts = nil }, "Accounts": func(o *TableOptions) { o.Accounts = []string{"1"} },
		"Regions": func(o *TableOptions) { o.Regions = []string{"eu'"} }, "Firewalls": func(o *TableOptions) { o.Firewalls = []string{"a,b"} },
	} {
		bad := good
		change(&bad)
		if _, err := AthenaTable(bad); err == nil || !strings.Contains(err.Error(), "logs: table for Athena: "+strings.TrimSpace(name)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// FuzzCountOf checks that a count is read as the number that it is, or refused.
func FuzzCountOf(f *testing.F) {
	for _, s := range []string{"0", "12", "12.0", "1.2E10", "1e400", "-1", "1/2", "0x10", "1_0", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := countOf(s)
		if err == nil && n > 0 && !strings.ContainsAny(s, "123456789abcdefABCDEF") {
			t.Errorf("%q is read as %d", s, n)
		}
	})
}
