package logs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// analyze runs Analyze and fails the test if it does not work.
func analyze(t *testing.T, opts Options) Report {
	t.Helper()
	r, err := Analyze(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func analyzeText(t *testing.T, text string, opts Options) Report {
	t.Helper()
	opts.Sources = Reader("text", strings.NewReader(text))
	return analyze(t, opts)
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lookUp returns the value of a field of a line that encoding/json has decoded.
func lookUp(line any, f Field) string {
	if f == Outcome {
		action, verdict := lookUp(line, Action), lookUp(line, Verdict)
		switch {
		case verdict == "drop" || verdict == "reject" || verdict == "" && action == "blocked":
			return "blocked"
		case verdict != "" || action != "":
			return "passed"
		}
		return ""
	}
	for key := range strings.SplitSeq(string(f), ".") {
		object, _ := line.(map[string]any)
		line = object[key]
	}
	switch v := line.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		return fmt.Sprint(v...) // there is one country
	}
	return ""
}

func logOf(line any) Log {
	switch lookUp(line, "event.event_type") {
	case "netflow":
		return Flow
	case "alert":
		return Alert
	}
	return TLS
}

func (c Condition) holdsSlowly(line any) bool {
	return slices.ContainsFunc(c.Fields, func(f Field) bool {
		text := lookUp(line, f)
		switch c.Op {
		case In:
			return slices.Contains(c.Values, text)
		case NotIn:
			return !slices.Contains(c.Values, text)
		case Contains:
			return slices.ContainsFunc(c.Values, func(v string) bool { return strings.Contains(text, v) })
		}
		n, _ := strconv.Atoi(text)
		limit, _ := strconv.Atoi(c.Values[0])
		return n > limit
	})
}

// answerSlowly answers a question with maps, from lines that encoding/json has
// decoded. It lists all keys.
func answerSlowly(q Question, lines []any) (Answer, map[string]uint64) {
	a, sums := Answer{Question: q}, map[string]uint64{}
	for _, line := range lines {
		if logOf(line) != q.Log || slices.ContainsFunc(q.Filter, func(c Condition) bool { return !c.holdsSlowly(line) }) {
			continue
		}
		var values []string
		for _, f := range q.Keys {
			values = append(values, lookUp(line, f))
		}
		if strings.Join(values, "") == "" {
			continue
		}
		weight := uint64(1)
		if q.Value != Events {
			field := map[Value]Field{Packets: "event.netflow.pkts", Bytes: "event.netflow.bytes"}[q.Value]
			weight, _ = strconv.ParseUint(lookUp(line, field), 10, 64)
		}
		sums[strings.Join(values, "\x00")] += weight
		a.Events++
		a.Total += weight
	}
	for key, sum := range sums {
		if sum > 0 {
			a.Rows = append(a.Rows, Row{Values: strings.Split(key, "\x00"), Count: sum})
		}
	}
	a.Keys = len(a.Rows)
	slices.SortFunc(a.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), slices.Compare(a.Values, b.Values))
	})
	return a, sums
}

// only returns an answer that lists the top.
func only(a Answer, top int) Answer {
	if len(a.Rows) > top {
		a.Unlisted = a.Rows[top].Count
		a.Rows = a.Rows[:top]
	}
	return a
}

func decodeAll(t *testing.T, text []byte) []any {
	t.Helper()
	var lines []any
	for line := range bytes.Lines(text) {
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, v)
	}
	return lines
}

// moreQuestions are some that the dashboard does not ask: of other fields, and with
// the same ones in another order.
var moreQuestions = []Question{
	{"Zones", "", Flow, []Field{FirewallName, AvailabilityZone}, Bytes, nil},
	{"Swapped", "", Flow, []Field{DestIP, SrcIP}, Packets, nil},
	{"PortsOfWeb", "", Flow, []Field{SrcIP}, Bytes, []Condition{{[]Field{DestPort}, In, []string{"80", "443"}}}},
	{"EitherPort", "", Flow, []Field{Proto}, Events, []Condition{{[]Field{SrcPort, DestPort}, In, []string{"53"}}}},
	{"Severities", "", Alert, []Field{Severity, Category}, Events, []Condition{{[]Field{Severity}, Above, []string{"1"}}}},
	{"FlowIDs", "", Alert, []Field{FlowID}, Events, nil},
	{"FiveKeys", "", Flow, []Field{SrcIP, DestIP, Proto, AppProto, TCPFlags}, Packets, []Condition{{[]Field{Proto}, NotIn, []string{"UDP"}}}},
}

// TestExactAgainstMaps compares every answer with one that is made slowly, for each
// way in which the work can be divided.
func TestExactAgainstMaps(t *testing.T) {
	const events = 3000
	text := sample(t, events)
	file := filepath.Join(t.TempDir(), "all.log")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
	lines := decodeAll(t, text)
	questions := append(Questions(), moreQuestions...)
	var answers []Answer
	for _, q := range questions {
		a, _ := answerSlowly(q, lines)
		if answers = append(answers, a); a.Events == 0 { // or the comparison proves nothing
			t.Errorf("no event answers %s", q.Name)
		}
	}
	for _, opts := range []Options{
		{Workers: 1}, {Workers: 2, pieceSize: 100_000}, {Workers: 7, pieceSize: 1000}, {Workers: 3, pieceSize: 333, Top: 1}, {Top: 1000},
	} {
		t.Run(fmt.Sprintf("%d workers, pieces of %d", opts.Workers, opts.pieceSize), func(t *testing.T) {
			opts.Sources, opts.Questions = Files(file), questions
			r := analyze(t, opts)
			for i, q := range questions {
				want := only(answers[i], cmp.Or(opts.Top, 10))
				if got := r.Answers[i]; toJSON(t, got) != toJSON(t, want) {
					t.Errorf("%s: got\n%s\nwant\n%s", q.Name, toJSON(t, got), toJSON(t, want))
				}
			}
			if r.Lines != events || r.Flows+r.Alerts+r.TLSErrors != events || r.Bytes != uint64(len(text)) {
				t.Errorf("got %+v", r.Totals)
			}
		})
	}
}

// TestBoundedKeepsItsPromise compares what bounded counts say with what is true.
func TestBoundedKeepsItsPromise(t *testing.T) {
	text := sample(t, 4000)
	file := filepath.Join(t.TempDir(), "all.log")
	if err := os.WriteFile(file, text, 0o666); err != nil {
		t.Fatal(err)
	}
	lines := decodeAll(t, text)
	for _, entries := range []int{3, 40, 100_000} {
		opts := Options{Sources: Files(file), Entries: entries, Top: 20, pieceSize: 50_000}
		r := analyze(t, opts)
		if again := analyze(t, opts); toJSON(t, again) != toJSON(t, r) {
			t.Errorf("%d entries: not the same twice", entries)
		}
		for _, a := range r.Answers {
			want, sums := answerSlowly(a.Question, lines)
			if entries == 100_000 {
				if toJSON(t, a) != toJSON(t, only(want, 20)) {
					t.Errorf("%s: got\n%s\nwant\n%s", a.Question.Name, toJSON(t, a), toJSON(t, only(want, 20)))
				}
				continue
			}
			checkAnswer(t, a, want, sums, entries)
		}
	}
}

func checkAnswer(t *testing.T, a, want Answer, sums map[string]uint64, entries int) {
	t.Helper()
	name := fmt.Sprintf("%s with %d entries", a.Question.Name, entries)
	if a.Total != want.Total || a.Events != want.Events {
		t.Errorf("%s: total %d of %d events, want %d of %d", name, a.Total, a.Events, want.Total, want.Events)
	}
	listed := map[string]bool{}
	for _, row := range a.Rows {
		key := strings.Join(row.Values, "\x00")
		listed[key] = true
		if n := sums[key]; row.Count < n || row.Count-row.Excess > n || row.Excess > a.Total/uint64(entries) {
			t.Errorf("%s: %v has %d, at most %d too high; it is %d", name, row.Values, row.Count, row.Excess, n)
		}
	}
	for key, n := range sums {
		if !listed[key] && n > a.Unlisted {
			t.Errorf("%s: %q has %d, and what is not listed should have at most %d", name, key, n, a.Unlisted)
		}
	}
}

// TestBoundedHoldsNoMore checks that what is held does not grow with the logs.
func TestBoundedHoldsNoMore(t *testing.T) {
	opts := Options{Sources: Files("x"), Entries: 30, Workers: 1}
	if err := opts.complete(); err != nil {
		t.Fatal(err)
	}
	w := newAnalysis(opts).workers[0]
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 30_000 { // all addresses, names and times are new
		line := fmt.Sprintf(`{"event":{"timestamp":"%s","event_type":"alert","src_ip":"10.%d.%d.%d","dest_ip":"x%d","dest_port":%d,"alert":{"action":"blocked","signature_id":%d},"http":{"hostname":"h%d","url":"/%d","http_user_agent":"a%[8]d"}}}`+"\n",
			time.Unix(r.Int64N(4e9), 0).UTC().Format(time.RFC3339), r.IntN(256), r.IntN(256), i%256, i, i%65536, i, i, i)
		w.line([]byte(line), place{line: int64(i)})
	}
	if w.totals.Alerts != 30_000 {
		t.Fatalf("read %d alerts: %s", w.totals.Alerts, w.decoder.reason)
	}
	held := len(w.timeline.buckets) + len(w.recent.alerts) + len(w.bad)
	for _, s := range w.tally.(*bounded).sketches {
		held += len(s.entries)
	}
	if most := len(opts.Questions)*2*opts.Entries + mostBuckets + 2*10; held > most {
		t.Errorf("holds %d things, want at most %d", held, most)
	}
}

func TestFilters(t *testing.T) {
	event := func(firewall, time string) string {
		return fmt.Sprintf(`{"firewall_name":%q,"event":{%s"event_type":"netflow","proto":"TCP"}}`+"\n", firewall, time)
	}
	text := event("a", `"timestamp":"2026-01-01T00:00:00Z",`) + event("a", `"timestamp":"2026-01-01T00:59:59.999999+0000",`) +
		event("b", `"timestamp":"2026-01-01T01:00:00+0000",`) + event("b", "")
	at := func(minute int) time.Time { return time.Date(2026, 1, 1, 0, minute, 0, 0, time.UTC) }
	for _, test := range []struct {
		name          string
		opts          Options
		flows, others uint64
		undated       uint64
	}{
		{"none", Options{}, 4, 0, 1},
		{"since", Options{Since: at(1)}, 2, 2, 0},
		{"since, at the time", Options{Since: at(60)}, 1, 3, 0},
		{"until", Options{Until: at(60)}, 2, 2, 0},
		{"between", Options{Since: at(0), Until: at(1)}, 1, 3, 0},
		{"firewall", Options{Firewalls: []string{"b"}}, 2, 2, 1},
		{"no such firewall", Options{Firewalls: []string{"c"}}, 0, 4, 0},
		{"both", Options{Firewalls: []string{"a", "c"}, Since: at(1)}, 1, 3, 0},
	} {
		r := analyzeText(t, text, test.opts)
		if r.Flows != test.flows || r.LeftOut != test.others || r.Undated != test.undated {
			t.Errorf("%s: got %d flows, %d left out, %d without time", test.name, r.Flows, r.LeftOut, r.Undated)
		}
	}
}

func TestOptions(t *testing.T) {
	q := Questions()[:1]
	change := func(f func(*Question)) []Question {
		changed := q[0]
		f(&changed)
		return []Question{changed}
	}
	in := func(c Condition) []Question { return change(func(q *Question) { q.Filter = []Condition{c} }) }
	for want, opts := range map[string]Options{
		"no Sources":                        {},
		"want no negative number":           {Sources: Files("x"), Top: -1},
		"is not before Until":               {Sources: Files("x"), Since: time.Unix(5, 0), Until: time.Unix(5, 0)},
		"is asked twice":                    {Sources: Files("x"), Questions: append(q, q...)},
		"has no name":                       {Sources: Files("x"), Questions: change(func(q *Question) { q.Name = "" })},
		`log "syslog"`:                      {Sources: Files("x"), Questions: change(func(q *Question) { q.Log = "syslog" })},
		"0 keys; want 1 to 5":               {Sources: Files("x"), Questions: change(func(q *Question) { q.Keys = nil })},
		"6 keys; want 1 to 5":               {Sources: Files("x"), Questions: change(func(q *Question) { q.Keys = append(q.Keys, Proto, SNI) })},
		`value "hops"`:                      {Sources: Files("x"), Questions: change(func(q *Question) { q.Value = "hops" })},
		"bytes are known of flows only":     {Sources: Files("x"), Questions: change(func(q *Question) { q.Log, q.Value = Alert, Bytes })},
		`no field "event.colour"`:           {Sources: Files("x"), Questions: change(func(q *Question) { q.Keys = []Field{"event.colour"} })},
		"a condition needs fields":          {Sources: Files("x"), Questions: in(Condition{Op: In, Values: []string{"x"}})},
		`no field "event.shape"`:            {Sources: Files("x"), Questions: in(Condition{[]Field{"event.shape"}, In, []string{"x"}})},
		`operation "like"`:                  {Sources: Files("x"), Questions: in(Condition{[]Field{Proto}, "like", []string{"x"}})},
		"above many: want one whole number": {Sources: Files("x"), Questions: in(Condition{[]Field{Age}, Above, []string{"many"}})},
	} {
		_, err := Analyze(t.Context(), opts)
		if err == nil || !strings.HasPrefix(err.Error(), "logs: analyze: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestQuestions(t *testing.T) {
	names := map[string]bool{}
	for _, q := range Questions() {
		if err := q.check(); err != nil {
			t.Error(err)
		}
		if names[q.Name] || q.Title == "" || !strings.HasPrefix(q.Name, "Top") {
			t.Errorf("%+v", q)
		}
		names[q.Name] = true
	}
	if len(names) != 39 {
		t.Errorf("%d questions", len(names))
	}
}

// TestOutcome checks that what became of a packet goes before what the rule does.
func TestOutcome(t *testing.T) {
	for _, test := range []struct{ action, verdict, want string }{
		{"allowed", "drop", "blocked"}, {"allowed", "reject", "blocked"}, {"blocked", "pass", "passed"}, {"blocked", "alert", "passed"},
		{"blocked", "", "blocked"}, {"allowed", "", "passed"}, {"", "", ""}, {"", "drop", "blocked"},
	} {
		if got := string(outcomeOf([]byte(test.verdict), []byte(test.action))); got != test.want {
			t.Errorf("action %q, verdict %q: got %q, want %q", test.action, test.verdict, got, test.want)
		}
	}
}

// TestRecent checks that the latest alerts are listed, whoever reads them.
func TestRecent(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	var text strings.Builder
	type alertAt struct{ second, line int }
	var all []alertAt
	for line := range 3000 {
		second := r.IntN(1000)
		all = append(all, alertAt{second, line})
		fmt.Fprintf(&text, `{"event":{"timestamp":"%s","event_type":"alert","flow_id":%d,"alert":{"signature":"s"}}}`+"\n", time.Unix(int64(second), 0).UTC().Format(time.RFC3339), line)
	}
	slices.SortFunc(all, func(a, b alertAt) int { return cmp.Or(b.second-a.second, b.line-a.line) })
	file := filepath.Join(t.TempDir(), "alerts.log")
	if err := os.WriteFile(file, []byte(text.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, top := range []int{1, 7, 200} {
		report := analyze(t, Options{Sources: Files(file), Top: top, Workers: 3, pieceSize: 5000})
		if len(report.Recent) != top {
			t.Fatalf("got %d, want %d", len(report.Recent), top)
		}
		for i, e := range report.Recent {
			if want := all[i]; e.Time.Unix() != int64(want.second) || e.FlowID != fmt.Sprint(want.line) || e.Signature != "s" {
				t.Errorf("%d: got %+v, want %+v", i, e, want)
			}
		}
	}
}

// TestTimeline checks that a timeline has all events, in as many buckets as fit,
// however the events are divided and ordered.
func TestTimeline(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 9))
	for _, span := range []int64{1, 3600, 86400, 40 * 86400, 3000 * 86400, 253402300799} {
		var events []event
		for range 3000 {
			e := event{log: Flow, time: r.Int64N(span)*1e6 - 5e11, dated: true, packets: 1, bytes: 10}
			events = append(events, e)
		}
		var want string
		for parts := 1; parts < 5; parts++ {
			r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			lines := make([]timeline, parts)
			for i := range events {
				lines[r.IntN(parts)].add(&events[i])
			}
			for i := range lines[1:] {
				lines[0].merge(&lines[1+i])
			}
			var flows uint64
			got := lines[0].result()
			for i, b := range got {
				flows += b.Flows
				if i > 0 && b.Start.Sub(got[i-1].Start) != got[1].Start.Sub(got[0].Start) {
					t.Fatalf("buckets of unequal width: %v", got[i-1:i+1])
				}
			}
			if flows != 3000 || len(got) > mostBuckets {
				t.Errorf("span %d: %d flows in %d buckets", span, flows, len(got))
			}
			if text := toJSON(t, got); want == "" {
				want = text
			} else if text != want {
				t.Errorf("span %d: got\n%s\nwant\n%s", span, text, want)
			}
		}
	}
}

// TestStrangeTimes checks that no time that an event has keeps a report from being
// written: JSON has years of four digits.
func TestStrangeTimes(t *testing.T) {
	const good = "2024-01-01T00:00:00Z"
	for _, text := range []string{"9999-12-31T23:59:59-2359", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00+2359", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"} {
		lines := ""
		for _, at := range []string{good, text} {
			lines += `{"event":{"event_type":"alert","src_ip":"1.1.1.1","timestamp":"` + at + `"}}` + "\n"
		}
		r := analyzeText(t, lines, Options{})
		if _, err := json.Marshal(r); err != nil || r.Alerts != 2 || r.Undated != 1 || r.First.Format(time.RFC3339) != good || r.Last != r.First {
			t.Errorf("%s: %v, %d undated, from %v to %v", text, err, r.Undated, r.First, r.Last)
		}
	}
}

func TestCancel(t *testing.T) {
	before := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(before)
	if _, err := Analyze(ctx, Options{Sources: Reader("x", bytes.NewReader(sample(t, 10)))}); !errors.Is(err, before) {
		t.Errorf("got %v", err)
	}

	// In the middle of one source that never ends.
	ctx, cancel = context.WithCancelCause(t.Context())
	text := sample(t, 100)
	endless := readerFunc(func(p []byte) (int, error) {
		n := copy(p, text)
		if len(p) > n {
			cancel(before)
		}
		return n, nil
	})
	if _, err := Analyze(ctx, Options{Sources: Reader("endless", endless)}); !errors.Is(err, before) {
		t.Errorf("got %v", err)
	}

	// In a list of sources that never ends.
	ctx, cancel = context.WithCancelCause(t.Context())
	sources := func(yield func(Source, error) bool) {
		for i := 0; ; i++ {
			if i == 500 {
				cancel(before)
			}
			for s := range Reader(fmt.Sprint(i), strings.NewReader("{}\n")) {
				if !yield(s, nil) {
					return
				}
			}
		}
	}
	if _, err := Analyze(ctx, Options{Sources: sources}); !errors.Is(err, before) {
		t.Errorf("got %v", err)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
