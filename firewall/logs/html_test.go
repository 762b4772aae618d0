package logs

import (
	"encoding/xml"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func htmlOf(t *testing.T, r Report, o HTMLOptions) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteHTML(&b, o); err != nil {
		t.Fatal(err)
	}
	// LOOK=folder keeps the pages, for a person to look at.
	if dir := os.Getenv("LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/"+t.Name()+".html", []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// TestWriteHTML: all that the report has is on the page, in its group.
func TestWriteHTML(t *testing.T) {
	r := invented(t, Options{})
	got := htmlOf(t, r, HTMLOptions{})
	for _, a := range r.Answers {
		title := strings.NewReplacer("&", "&amp;", ">", "&gt;").Replace(a.Question.Title)
		if shown := strings.Contains(got, "<h3>"+title+"</h3>"); shown != (len(a.Rows) > 0) {
			t.Errorf("%s: shown %v, with %d rows", title, shown, len(a.Rows))
		}
		for _, row := range a.Rows {
			main, _ := a.Question.label(row.Values)
			if !strings.Contains(got, "<bdi>"+strings.ReplaceAll(main, "+", "&#43;")+"</bdi>") {
				t.Errorf("%s: there is no %q", title, main)
			}
		}
	}
	for _, want := range []string{
		"<title>Firewall logs</title>", "<h1>Firewall logs</h1>", moment(r.First) + " to " + moment(r.Last) + " UTC", "All counts are exact.",
		"<b>" + digits(r.Flows) + "</b>", "<b>" + digits(r.Blocked) + "</b>", "FIN&#43;SYN&#43;PSH&#43;ACK</bdi> <small><bdi>1b</bdi></small>",
		`<h2>Top talkers</h2>`, `<h2>Protocols</h2>`, `<h2>Alerts</h2>`, `<h2>HTTP &amp; TLS</h2>`, `<h2>Countries</h2>`,
		"Latest alerts <small>10 of " + digits(r.Alerts) + "</small>", "prefers-color-scheme: dark", "@media print",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if strings.Contains(got, "<h2>More questions") || strings.Contains(got, "<h2>Bad lines") || strings.Contains(got, "<h2>Not read") {
		t.Error("there is a part for nothing")
	}
	if n := strings.Count(got, "<circle"); n < 6 {
		t.Errorf("there are %d slices of donuts", n)
	}
}

// TestWriteHTMLHostile: a page asks the network for nothing, whatever the logs say.
func TestWriteHTMLHostile(t *testing.T) {
	r := trapped(t, Options{})
	r.Answers[0].Question.Title = `"><img src=http://x onerror=alert(2)>`
	r.Answers[0].Question.Name = "Own"
	got := htmlOf(t, r, HTMLOptions{Title: "</title><script>alert(3)</script>\u202e"})
	body := got[strings.Index(got, "<body>"):]
	for _, bad := range []string{"alert(1)</script>", "alert(3)</script>", "<img", "\x1b", "\u202e", "href=\"http", "src=\"", " style="} {
		if strings.Contains(body, bad) {
			t.Errorf("there is %q", bad)
		}
	}
	for _, want := range []string{
		"default-src 'none'", "<h2>More questions</h2>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<h2>Bad lines <small>all listed</small></h2>",
		"line 5, from byte", "<h2>Not read to the end <small>all listed</small></h2>", "after 258 bytes", "Nothing in these logs answers: ",
		`<tr class="blocked">`, "=HYPERLINK(&#34;http://x&#34;)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s", want)
		}
	}
	if n := strings.Count(got, "<script"); n != 2 { // those of the frame, which are empty
		t.Errorf("there are %d scripts", n)
	}
	wellFormed(t, body)
}

// wellFormed fails if elements are not closed in order.
func wellFormed(t *testing.T, body string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(body[:strings.Index(body, "<script")] + "</body>"))
	d.Entity = xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWriteHTMLOfNothing(t *testing.T) {
	got := htmlOf(t, Report{}, HTMLOptions{Title: "Nothing"})
	if strings.Contains(got, "<svg") || strings.Contains(got, "<table") || strings.Contains(got, "<nav") || !strings.Contains(got, "<h1>Nothing</h1>") {
		t.Errorf("got %s", got)
	}
}

// TestPageClasses: what the page names, the style knows.
func TestPageClasses(t *testing.T) {
	used := regexp.MustCompile(`class="([a-z]+)`)
	for _, m := range used.FindAllStringSubmatch(pageBody, -1) {
		if class := m[1]; class != "tick" && !strings.Contains(pageCSS, "."+class) {
			t.Errorf("no style for %s", class)
		}
	}
}

func TestGroupsOfPage(t *testing.T) {
	seen := map[string]int{}
	for _, g := range groupsOfPage {
		for _, name := range g.questions {
			seen[name]++
		}
	}
	for _, q := range Questions() {
		if seen[q.Name] != 1 {
			t.Errorf("%s is in %d groups", q.Name, seen[q.Name])
		}
		delete(seen, q.Name)
	}
	if len(seen) > 0 {
		t.Errorf("no questions: %v", seen)
	}
}

func TestSlices(t *testing.T) {
	a := Answer{Total: 200}
	for range 9 {
		a.Rows = append(a.Rows, Row{Count: 20})
	}
	list := slicesOf(&a)
	if len(list) != mostSlices+1 || list[1] != (slice{1, 10, 10}) || list[mostSlices] != (slice{mostSlices, 70, 30}) {
		t.Errorf("got %v", list)
	}
	a = Answer{Total: 10, Rows: []Row{{Count: 10, Excess: 5}, {Count: 10, Excess: 5}}}
	if list := slicesOf(&a); len(list) != 2 || list[1] != (slice{1, 50, 50}) {
		t.Errorf("counts that are too high: got %v", list)
	}
	a = Answer{Total: math.MaxUint64, Rows: []Row{{Count: math.MaxUint64}}}
	if list := slicesOf(&a); len(list) != 1 || list[0] != (slice{0, 0, 100}) {
		t.Errorf("very many: got %v", list)
	}
}

func TestChart(t *testing.T) {
	start := time.Date(2026, 3, 2, 22, 0, 0, 0, time.UTC)
	buckets := []Bucket{{Start: start, Flows: 50, Passed: 3, Blocked: 1}, {Start: start.Add(3 * time.Hour)}, {Start: start.Add(6 * time.Hour), Flows: 1_000_000, Blocked: 1}}
	c := chartOf(buckets)
	if c.Every != "bars of 3 hours" || c.Flows.Most != "1M" || c.Flows.Half != "500k" || c.Alerts.Most != "4" || len(c.Bars) != 3 {
		t.Fatalf("got %+v", c)
	}
	first, last := c.Bars[0], c.Bars[2]
	if first.Flows.Height != 1.5 || last.Flows != (extent{c.Flows.Top, c.Flows.Bottom - c.Flows.Top}) || c.Bars[1].Flows.Height != 0 {
		t.Errorf("flows: %+v, %+v", first, last)
	}
	if first.Passed.Y != first.Blocked.Y+first.Blocked.Height || first.Blocked.Y != c.Alerts.Top {
		t.Errorf("blocked alerts do not stand on the others: %+v", first)
	}
	if c.Ticks[0].Text != "2 Mar 22:00" || c.Ticks[2].Text != "3 Mar 04:00" {
		t.Errorf("got %v", c.Ticks)
	}
	if got := first.Says; got != "2 Mar 2026 22:00: 50 flows, 0 packets, 0 bytes; 3 alerts passed, 1 blocked" {
		t.Errorf("got %s", got)
	}
	for i := range buckets {
		buckets[i] = Bucket{Start: start.AddDate(0, 0, i), Flows: math.MaxUint64, Passed: math.MaxUint64, Blocked: math.MaxUint64}
	}
	for _, b := range chartOf(buckets).Bars {
		if b.Flows.Y < 0 || math.IsNaN(b.Flows.Y) || b.Flows.Height > 130 {
			t.Errorf("very many: %+v", b)
		}
	}
	if c := chartOf(buckets[:1]); len(c.Bars) != 1 || c.Bars[0].Width > 40 || c.Ticks[0].Text != "22:00" {
		t.Errorf("one: %+v", c)
	}
}

func TestScale(t *testing.T) {
	for n, want := range map[uint64]uint64{0: 1, 1: 1, 2: 2, 3: 4, 5: 5, 6: 10, 11: 20, 399: 400, 1_000_001: 2_000_000, 1 << 63: math.MaxUint64} {
		if got := niceMost(n); got != want {
			t.Errorf("niceMost(%d) = %d, want %d", n, got, want)
		}
	}
	for n, want := range map[float64]string{0: "0", .5: "0.5", 999: "999", 2500: "2.5k", 1e6: "1M", 1.8e19: "18E"} {
		if got := brief(n); got != want {
			t.Errorf("brief(%v) = %s, want %s", n, got, want)
		}
	}
}
