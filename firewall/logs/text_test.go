package logs

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// traps are lines that logs really have, and some that a stranger may make them have.
var traps = []string{
	`{"firewall_name":"edge","event_timestamp":1772431200,"event":{"timestamp":"2026-03-02T06:00:00.000000Z","src_ip":"10.0.0.1","src_port":"40000","dest_ip":"192.0.2.1","dest_port":"443","sni":"-","tls_error":{"error_message":"Server name is not found in client hello."}}}`,
	`{"firewall_name":"edge","event":{"timestamp":"2026-03-02T06:00:01.000000+0000","event_type":"alert","src_ip":"2001:db8::1","src_port":40001,"dest_ip":"192.0.2.1","dest_port":80,"proto":"TCP","flow_id":9007199254740993,"alert":{"action":"blocked","signature_id":7,"signature":"say \u001b[31m\u202ered","metadata":{"geo":["CN"]}},"http":{"hostname":"=HYPERLINK(\"http://x\")","url":"/\n</script><script>alert(1)</script>","http_user_agent":"` + strings.Repeat("long ", 40) + `"},"verdict":{"action":"drop"}}}`,
	`{"firewall_name":"edge","event":{"timestamp":"2026-03-02T06:00:02.000000+0000","event_type":"netflow","src_ip":"10.0.0.1","src_port":40000,"dest_ip":"192.0.2.1","dest_port":443,"proto":"TCP","tcp":{"tcp_flags":"1b"},"netflow":{"pkts":1200,"bytes":1234567,"age":400}}}`,
	`{"firewall_name":"edge","event":{"timestamp":"2026-03-02T06:00:02.000000+0000","event_type":"netflow","src_ip":"10.0.0.2","src_port":40000,"dest_ip":"192.0.2.1","dest_port":443,"proto":"TCP","tcp":{"tcp_flags":"02"},"netflow":{"pkts":1,"bytes":60,"age":0}}}`,
	`{"broken": `, ``, `{"something":"else"}`,
}

// trapped is a report of them, and of a source that ends early.
func trapped(t *testing.T, o Options) Report {
	t.Helper()
	o.Workers = 1
	o.Sources = func(yield func(Source, error) bool) {
		for s := range Reader("trap\x1b[2J.log", strings.NewReader(strings.Join(traps, "\n")+"\n")) {
			if !yield(s, nil) {
				return
			}
		}
		for s := range Reader("half.log.gz", io.MultiReader(strings.NewReader(traps[3]+"\n"), broken{})) {
			yield(s, nil)
		}
	}
	r, err := Analyze(t.Context(), o)
	if unread := (*SourceError)(nil); !errors.As(err, &unread) {
		t.Fatalf("got error %v, want a SourceError", err)
	}
	return r
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("connection reset\nby \x1b]0;peer") }

func TestWriteText(t *testing.T) {
	var b strings.Builder
	r := trapped(t, Options{})
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/report.txt", b.String())
	golden.Equal(t, "testdata/summary.txt", r.Summary())
	for name, text := range map[string]string{"text": b.String(), "summary": r.Summary()} {
		if i := strings.IndexFunc(text, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }); i >= 0 {
			t.Errorf("%s: %q would change how the rest is seen", name, text[i:min(i+20, len(text))])
		}
	}
}

func TestWriteTextBounded(t *testing.T) {
	r := invented(t, Options{Entries: 60, Top: 3, Questions: Questions()[2:5]})
	text := r.String()
	for _, want := range []string{"Memory was bounded.", "TOO HIGH BY", "  ≤ ", "  at most ", "Anything not listed has at most ", "more keys than memory was to hold"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if summary := r.Summary(); !strings.Contains(summary, " to ") || strings.Contains(summary, "exact.\n\nLatest") {
		t.Errorf("got %s", summary)
	}
}

// invented is a report of logs as firewalls write them.
func invented(t testing.TB, o Options) Report {
	t.Helper()
	var b strings.Builder
	if err := firewalllogs.Write(&b, firewalllogs.Options{Seed: 1, Events: 3000}); err != nil {
		t.Fatal(err)
	}
	o.Sources = Reader("invented.log", strings.NewReader(b.String()))
	r, err := Analyze(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWriteTextOfNothing(t *testing.T) {
	r, err := Analyze(t.Context(), Options{Sources: Reader("nothing", strings.NewReader(""))})
	if err != nil {
		t.Fatal(err)
	}
	want := "Nothing in the logs answers " + many(len(Questions()), "question") + ".\n"
	for _, text := range []string{r.String(), r.Summary(), Report{}.String()} {
		if strings.Contains(text, " UTC") || strings.Contains(text, "SHARE") {
			t.Errorf("got %s", text)
		}
	}
	if !strings.HasSuffix(r.String(), want) || !strings.Contains(r.String(), "1 source, 0 lines, 0 bytes") {
		t.Errorf("got %s", r.String())
	}
}

var errFull = errors.New("disk full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWritersReportErrors(t *testing.T) {
	r := invented(t, Options{Top: 1})
	for name, write := range map[string]func(io.Writer) error{
		"write text": r.WriteText, "write CSV": r.WriteCSV, "write HTML": func(w io.Writer) error { return r.WriteHTML(w, HTMLOptions{}) },
	} {
		if err := write(full{}); !errors.Is(err, errFull) || !strings.HasPrefix(err.Error(), "logs: "+name+": ") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
