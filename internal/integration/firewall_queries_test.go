package integration_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// queryRunner runs SQL for Athena in DuckDB, which has the functions of Trino that the
// queries use under other names, and prints the rows of each as JSON.
const queryRunner = `
import duckdb, json, sys
job = json.load(sys.stdin)
db = duckdb.connect()
db.execute("CREATE MACRO json_extract_scalar(j, p) AS CASE WHEN json_type(j, p) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL ELSE json_extract_string(j, p) END")
db.execute("CREATE MACRO json_format(j) AS CAST(j AS VARCHAR)")
db.execute("CREATE TABLE firewall_logs AS SELECT * FROM read_csv(?, delim='\x01', quote='', escape='', header=false, max_line_size=10000000, "
           "columns={'log_type': 'VARCHAR', 'firewall': 'VARCHAR', 'log_hour': 'VARCHAR', 'line': 'VARCHAR'})", [job["file"]])
out = []
for q in job["queries"]:
    rows = db.execute(q).fetchall()
    out.append([["" if v is None else str(v) for v in row] for row in rows])
json.dump(out, sys.stdout)
`

func runQueries(t *testing.T, file string, queries []string) [][][]string {
	t.Helper()
	job, err := json.Marshal(map[string]any{"file": file, "queries": queries})
	if err != nil {
		t.Fatal(err)
	}
	python := exec.CommandContext(t.Context(), engine(t, "dbt", "bin/python"), "-c", queryRunner)
	var stderr bytes.Buffer
	python.Stdin, python.Stderr = bytes.NewReader(job), &stderr
	text, err := python.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	var results [][][]string
	if err := json.Unmarshal(text, &results); err != nil {
		t.Fatal(err)
	}
	return results
}

// oddLines are what generated logs do not have.
var oddLines = []string{
	`{"firewall_name":"egress","event_timestamp":"1772435000","event":{"timestamp":"2026-03-02T07:03:20.000001+0000","event_type":"alert","src_ip":"10.0.0.1","src_port":1,"dest_ip":"192.0.2.1","dest_port":"443","proto":"TCP","app_proto":"http2","alert":{"action":"allowed","signature_id":7,"signature":"It's \"quoted\"","metadata":{"geo":["JP","US"]}},"http":{"http2":{},"request_headers":[{"name":":method","value":"GET"},{"name":":authority","value":"s3.eu-central-1.amazonaws.com"}]},"verdict":{"action":"drop"}}}`,
	`{"firewall_name":"egress","event_timestamp":1772435001,"event":{"event_type":"alert","src_ip":"10.0.0.1","dest_ip":"192.0.2.1","proto":"UDP","alert":{"action":"blocked","signature_id":8,"metadata":{"geo":"KP"}},"http":{"hostname":"","url":"/'a'"}}}`,
	`{"firewall_name":"egress","event_timestamp":"1772435002","event":{"timestamp":"2026-03-02T07:03:22.5+0000","event_type":"alert","alert":{"metadata":{"geo":[]}}}}`,
	`{"firewall_name":"egress","event":{"timestamp":"2026-03-02T07:03:23Z","event_type":"netflow","src_ip":"10.0.0.1","proto":"IPv6-ICMP","netflow":{"pkts":0,"bytes":0}}}`,
	`{"firewall_name":"egress","event":{"timestamp":"2026-03-02T07:03:24Z","event_type":"stats"}}`,
}

// TestAthenaQueriesGiveTheSameAnswers compares the answers of Analyze with those of the
// SQL, over the same logs: all questions and others, with and without a time and a
// firewall.
func TestAthenaQueriesGiveTheSameAnswers(t *testing.T) {
	var table, lines strings.Builder
	write := func(log, firewall string, at time.Time, line string) {
		table.WriteString(strings.Join([]string{log, firewall, at.UTC().Format("2006/01/02/15"), line}, "\x01") + "\n")
		lines.WriteString(line + "\n")
	}
	for l := range firewalllogs.Lines(firewalllogs.Options{Seed: 5, Events: 20_000}) {
		var envelope struct {
			Name string `json:"firewall_name"`
		}
		if err := json.Unmarshal(l.Text, &envelope); err != nil {
			t.Fatal(err)
		}
		write(l.Log, envelope.Name, l.Time, string(l.Text))
	}
	for _, line := range oddLines {
		kind := "alert"
		if strings.Contains(line, "netflow") {
			kind = "flow"
		}
		write(kind, "egress", time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC), line)
	}
	file := filepath.Join(t.TempDir(), "table")
	if err := os.WriteFile(file, []byte(table.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	questions := append(logs.Questions(),
		logs.Question{Name: "Outcomes", Log: logs.Alert, Keys: []logs.Field{logs.Outcome, logs.Hostname, logs.URL}, Value: logs.Events},
		logs.Question{Name: "NotPassed", Log: logs.Alert, Keys: []logs.Field{logs.SignatureID, logs.Signature}, Value: logs.Events,
			Filter: []logs.Condition{{Fields: []logs.Field{logs.Outcome}, Op: logs.NotIn, Values: []string{"passed"}}}},
		logs.Question{Name: "Quotes", Log: logs.Alert, Keys: []logs.Field{logs.URL}, Value: logs.Events,
			Filter: []logs.Condition{{Fields: []logs.Field{logs.URL}, Op: logs.Contains, Values: []string{"'", "rates"}}}},
	)
	for name, opts := range map[string]logs.QueryOptions{
		"all": {},
		"some": {Top: 40, Firewalls: []string{"egress"}, Since: time.Date(2026, 3, 2, 7, 3, 20, 1000, time.UTC),
			Until: time.Date(2026, 3, 2, 9, 0, 0, 500_000_000, time.UTC)},
		"odd": {Since: time.Date(2026, 3, 2, 7, 3, 20, 0, time.UTC), Until: time.Date(2026, 3, 2, 7, 3, 24, 0, time.UTC)},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := logs.Analyze(t.Context(), logs.Options{
				Sources: logs.Reader("logs", strings.NewReader(lines.String())), Questions: questions, Top: opts.Top,
				Since: opts.Since, Until: opts.Until, Firewalls: opts.Firewalls,
			})
			if err != nil {
				t.Fatal(err)
			}
			var queries []string
			for _, q := range questions {
				text, err := logs.AthenaQuery(q, opts)
				if err != nil {
					t.Fatal(err)
				}
				queries = append(queries, text)
			}
			rows := 0
			for i, result := range runQueries(t, file, queries) {
				got, err := logs.AthenaAnswer(questions[i], opts, result)
				if want := report.Answers[i]; err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %+v, %v\nwant %+v\n%s", questions[i].Name, got, err, want, queries[i])
				}
				rows += len(got.Rows)
			}
			if rows < 20 {
				t.Errorf("only %d rows were compared", rows)
			}
		})
	}
}
