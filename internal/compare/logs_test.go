package compare

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// Whole commands over one file of flow, alert and TLS logs: one question, twelve, and for
// examples/firewall-logs all those of the CloudWatch dashboard, too.
//
// DuckDB is told the types of the columns that it needs, which is several times as fast
// as having it find them out, and uses all cores, as the example does.
const (
	topTalkersJQ = `jq -r 'select(.event.event_type == "netflow") | "\(.event.netflow.bytes)\t\(.event.src_ip)"' "$1" |
		awk -F '\t' '{ bytes[$2] += $1 } END { for (ip in bytes) printf "%d\t%s\n", bytes[ip], ip }' | sort -k1,1nr -k2 | head`

	duckEvents = `CREATE TEMP TABLE events AS SELECT unnest(event) FROM read_json('%s', format = 'newline_delimited', columns = {event: 'STRUCT(
		event_type VARCHAR, src_ip VARCHAR, src_port VARCHAR, dest_ip VARCHAR, dest_port VARCHAR, proto VARCHAR, app_proto VARCHAR,
		netflow STRUCT(pkts UBIGINT, bytes UBIGINT, age BIGINT), tcp STRUCT(tcp_flags VARCHAR),
		alert STRUCT("action" VARCHAR, signature_id VARCHAR, signature VARCHAR), verdict STRUCT("action" VARCHAR),
		http STRUCT(hostname VARCHAR, url VARCHAR, http_user_agent VARCHAR), tls STRUCT(sni VARCHAR))'})`

	duckTopTalkers = `SELECT sum(event.netflow.bytes)::UBIGINT, event.src_ip FROM read_json('%s', format = 'newline_delimited',
		columns = {event: 'STRUCT(event_type VARCHAR, src_ip VARCHAR, netflow STRUCT(bytes UBIGINT))'})
		WHERE event.event_type = 'netflow' GROUP BY 2 ORDER BY 1 DESC, 2 LIMIT 10`
)

// duckQuestions are twelve of the questions, each the top ten of some keys.
var duckQuestions = []string{
	flows("src_ip", "sum(netflow.bytes)"), flows("src_ip", "sum(netflow.pkts)"),
	flows("dest_ip", "sum(netflow.bytes)"), flows("dest_ip", "sum(netflow.pkts)"),
	flows("src_ip, dest_ip", "sum(netflow.bytes)"), flows("proto", "count(*)"), flows("dest_port", "count(*)"), flows("tcp.tcp_flags", "count(*)"),
	blocked("src_ip"), blocked("dest_port"), blocked("alert.signature_id, alert.signature"), blocked("tls.sni"),
}

func flows(keys, value string) string {
	return fmt.Sprintf("SELECT %s, %s AS n FROM events WHERE event_type = 'netflow' GROUP BY ALL ORDER BY n DESC LIMIT 10", keys, value)
}

func blocked(keys string) string {
	return fmt.Sprintf("SELECT %s, count(*) AS n FROM events WHERE event_type = 'alert' AND coalesce(verdict.action, alert.action) IN ('blocked', 'drop', 'reject') GROUP BY ALL ORDER BY n DESC LIMIT 10", keys)
}

// jqQuestions are the same, in one pass, counted by awk.
const jqQuestions = `jq -r '.event |
	if .event_type == "netflow" then
		"a \(.src_ip)\t\(.netflow.bytes)", "b \(.src_ip)\t\(.netflow.pkts)", "c \(.dest_ip)\t\(.netflow.bytes)", "d \(.dest_ip)\t\(.netflow.pkts)",
		"e \(.src_ip) \(.dest_ip)\t\(.netflow.bytes)", "f \(.proto)\t1", "g \(.dest_port)\t1", "h \(.tcp.tcp_flags)\t1"
	elif .event_type == "alert" and ((.verdict.action // .alert.action) as $a | $a == "blocked" or $a == "drop" or $a == "reject") then
		"i \(.src_ip)\t1", "j \(.dest_port)\t1", "k \(.alert.signature_id) \(.alert.signature)\t1", "l \(.tls.sni)\t1"
	else empty end' "$1" |
	awk -F '\t' '{ n[$1] += $2 } END { for (key in n) printf "%d\t%s\n", n[key], key }' | sort -k1,1nr | awk '{ if (seen[$2]++ < 10) print }'`

// logTools are the commands, by name, of one question or of twelve.
type logTools struct{ example, duckdb string }

func newLogTools(tb testing.TB) logTools {
	tb.Helper()
	tools := logTools{example: filepath.Join(tb.TempDir(), "firewall-logs")}
	build := exec.Command("go", "build", "-o", tools.example, "./examples/firewall-logs")
	build.Dir = filepath.Join("..", "..") // its module has what it imports
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	if _, err := exec.LookPath("jq"); err != nil {
		tb.Skip("no jq: run engines.sh jq")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	tools.duckdb = filepath.Join(cmp.Or(os.Getenv("AWSPATTERNS_ENGINES"), filepath.Join(cache, "awspatterns", "engines")), "duckdb", "bin", "python")
	if _, err := os.Stat(tools.duckdb); err != nil {
		tb.Skip("no DuckDB: run engines.sh duckdb")
	}
	return tools
}

func (t logTools) ours(file string, args ...string) *exec.Cmd {
	return exec.Command(t.example, append(append([]string{"-quiet", "-html", ""}, args...), file)...)
}

func jq(script, file string) *exec.Cmd { return exec.Command("sh", "-c", script, "sh", file) }

// duck runs statements in one process and prints the rows of those that have any.
func (t logTools) duck(statements ...string) *exec.Cmd {
	const program = `import duckdb, sys
for statement in sys.argv[1:]:
    for row in duckdb.sql(statement).fetchall() if statement.startswith("SELECT") else duckdb.execute(statement).fetchall() and []:
        print(*row, sep="\t")`
	return exec.Command(t.duckdb, append([]string{"-c", program}, statements...)...)
}

// logFile writes a file of events, uncompressed.
func logFile(tb testing.TB, events int) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "firewall.log")
	file, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	if err := firewalllogs.Write(file, firewalllogs.Options{Seed: 1, Events: events}); err != nil {
		tb.Fatal(err)
	}
	if err := file.Close(); err != nil {
		tb.Fatal(err)
	}
	return path
}

// All three say who sends most.
func TestLogsAgree(t *testing.T) {
	tools, file := newLogTools(t), logFile(t, 20_000)
	var report logs.Report
	out, err := exec.Command(tools.example, "-json", "-html", "", file).Output()
	if err == nil {
		err = json.Unmarshal(out, &report)
	}
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(report.Answers, func(a logs.Answer) bool { return a.Question.Name == "TopSourceIPByBytes" })
	var want strings.Builder
	for _, row := range report.Answers[i].Rows {
		fmt.Fprintf(&want, "%d\t%s\n", row.Count, row.Values[0])
	}
	for name, command := range map[string]*exec.Cmd{"jq": jq(topTalkersJQ, file), "DuckDB": tools.duck(fmt.Sprintf(duckTopTalkers, file))} {
		out, err := command.Output()
		if err != nil || string(out) != want.String() {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, out, &want)
		}
	}
}

// BenchmarkLogs times whole commands over a million events, 20,000 with -short.
func BenchmarkLogs(b *testing.B) {
	events := 1_000_000
	if testing.Short() {
		events = 20_000
	}
	tools, file := newLogTools(b), logFile(b, events)
	load := fmt.Sprintf(duckEvents, file)
	var twelve []string
	for _, name := range []string{
		"TopSourceIPByBytes", "TopSourceIPByPackets", "TopDestinationIPByBytes", "TopDestinationIPByPackets",
		"TopSourceAndDestinationIPByBytes", "TopProtocols", "TopDestinationPorts", "TopTCPFlags",
		"TopBlockedSourceIPs", "TopBlockedDestinationPorts", "TopDropRejectRules", "TopBlockedTLSSNI",
	} {
		twelve = append(twelve, "-question", name)
	}
	for _, arm := range []struct {
		name    string
		command func() *exec.Cmd
	}{
		{"all-questions/awspatterns", func() *exec.Cmd { return tools.ours(file) }},
		{"all-questions/awspatterns-bounded", func() *exec.Cmd { return tools.ours(file, "-bounded", "1000") }},
		{"one-question/awspatterns", func() *exec.Cmd { return tools.ours(file, "-question", "TopSourceIPByBytes") }},
		{"one-question/duckdb", func() *exec.Cmd { return tools.duck(fmt.Sprintf(duckTopTalkers, file)) }},
		{"12-questions/awspatterns", func() *exec.Cmd { return tools.ours(file, twelve...) }},
		{"12-questions/duckdb", func() *exec.Cmd { return tools.duck(append([]string{load}, duckQuestions...)...) }},
		{"one-question/jq", func() *exec.Cmd { return jq(topTalkersJQ, file) }},
		{"12-questions/jq", func() *exec.Cmd { return jq(jqQuestions, file) }},
	} {
		b.Run(arm.name, func(b *testing.B) {
			for b.Loop() {
				command := arm.command()
				command.Stdout = io.Discard
				var errs strings.Builder
				command.Stderr = &errs
				if err := command.Run(); err != nil {
					b.Fatalf("%v: %s", err, &errs)
				}
			}
		})
	}
}
