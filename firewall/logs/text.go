package logs

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// WriteText writes the report for a person: the totals, a table for each question that
// has an answer, the latest alerts, bad lines and sources that were not read to the end.
// What the logs say is made safe to look at, and cut to 60 characters a cell.
func (r Report) WriteText(w io.Writer) error {
	if _, err := io.WriteString(w, r.String()); err != nil {
		return fmt.Errorf("logs: write text: %w", err)
	}
	return nil
}

// String returns what [Report.WriteText] writes.
func (r Report) String() string {
	var b strings.Builder
	r.head(&b)
	for _, a := range r.Answers {
		if len(a.Rows) > 0 {
			b.WriteByte('\n')
			a.text(&b)
		}
	}
	if none := r.unanswered(); len(none) > 0 {
		fmt.Fprintf(&b, "\nNothing in the logs answers %s.\n", many(len(none), "question"))
	}
	r.alertsText(&b)
	r.problemsText(&b)
	return b.String()
}

// Summary returns the report in short: the totals, the first key of each answer, bad
// lines and sources that were not read to the end.
func (r Report) Summary() string {
	var b strings.Builder
	r.head(&b)
	g := grid{right: []bool{false, false, true, false, true}}
	for _, a := range r.Answers {
		if len(a.Rows) > 0 {
			main, more := a.Question.label(a.Rows[0].Values)
			if more != "" {
				main += " (" + more + ")"
			}
			g.add(cell(a.Question.Title), cell(main), a.Rows[0].upTo(), string(a.Question.Value), a.share(&a.Rows[0]))
		}
	}
	b.WriteByte('\n')
	g.write(&b)
	if none := r.unanswered(); len(none) > 0 {
		fmt.Fprintf(&b, "\nNothing in the logs answers %s.\n", many(len(none), "question"))
	}
	r.problemsText(&b)
	return b.String()
}

// head writes the totals.
func (r *Report) head(b *strings.Builder) {
	fmt.Fprintf(b, "Firewall logs: %s, %s, %s\n", many(r.Sources, "source"), many(r.Lines, "line"), size(r.Bytes))
	if !r.First.IsZero() {
		fmt.Fprintf(b, "%s to %s UTC\n", moment(r.First), moment(r.Last))
	}
	b.WriteByte('\n')
	g := grid{right: []bool{false, true, false}}
	g.add("flows", digits(r.Flows), many(r.Packets, "packet")+", "+size(r.FlowBytes))
	g.add("alerts", digits(r.Alerts), digits(r.Blocked)+" blocked")
	g.add("TLS errors", digits(r.TLSErrors), "")
	for _, n := range r.oddities() {
		g.add(n.name, digits(n.count), n.what)
	}
	g.write(b)
	fmt.Fprintf(b, "\n%s\n", r.exactness())
}

// An oddity is a number that is worth telling only if it is not 0.
type oddity struct {
	name  string
	count uint64
	what  string
}

func (r *Report) oddities() []oddity {
	var list []oddity
	for _, n := range []oddity{
		{"bad lines", r.BadLines, "not counted"},
		{"unread", uint64(r.Failed), "sources that were not read to the end"},
		{"other lines", r.Other, "of no event that firewalls log"},
		{"blank lines", r.Blank, ""},
		{"left out", r.LeftOut, "of another time or firewall"},
		{"undated", r.Undated, "events without a time"},
		{"cut", r.Cut, "events with a value of over 512 bytes"},
	} {
		if n.count > 0 {
			list = append(list, n)
		}
	}
	return list
}

// exactness tells how far the counts can be trusted.
func (r *Report) exactness() string {
	if r.Entries == 0 {
		return "All counts are exact."
	}
	return "Memory was bounded. A count is never too low; where it may be too high, it says by how much at most. Totals are exact."
}

// unanswered returns the titles of the questions that nothing in the logs answers.
func (r *Report) unanswered() []string {
	var titles []string
	for _, a := range r.Answers {
		if len(a.Rows) == 0 {
			titles = append(titles, clean(a.Question.Title))
		}
	}
	return titles
}

// text writes the answer as a table.
func (a *Answer) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n", clean(a.Question.Title), a.total())
	g := grid{right: []bool{true}}
	header := []string{"#"}
	for _, key := range a.Question.Keys {
		g.right = append(g.right, false)
		header = append(header, heading(key))
	}
	g.right = append(g.right, true, true, false)
	excess := a.excess()
	header = append(header, strings.ToUpper(string(a.Question.Value)), "SHARE")
	if excess {
		header = append(header, "TOO HIGH BY")
	}
	g.add(header...)
	for i, row := range a.Rows {
		cells := []string{strconv.Itoa(i + 1)}
		for k, v := range row.Values {
			cells = append(cells, keyText(a.Question.Keys[k], v))
		}
		cells = append(cells, digits(row.Count), a.share(&row))
		if row.Excess > 0 {
			cells = append(cells, "at most "+digits(row.Excess))
		}
		g.add(cells...)
	}
	g.write(b)
	if rest := a.rest(); rest != "" {
		fmt.Fprintf(b, "  %s\n", rest)
	}
}

// excess tells whether a count may be too high.
func (a *Answer) excess() bool {
	for _, row := range a.Rows {
		if row.Excess > 0 {
			return true
		}
	}
	return false
}

// total tells what all keys have together, and how many there are.
func (a *Answer) total() string {
	text := many(a.Events, "event")
	if a.Question.Value != Events {
		text = digits(a.Total) + " " + string(a.Question.Value) + " in " + text
	}
	if a.Keys == 0 {
		return text + ", more keys than memory was to hold"
	}
	return text + ", " + many(a.Keys, "key")
}

// rest tells what keys have that are not listed.
func (a *Answer) rest() string {
	switch others := a.Keys - len(a.Rows); {
	case a.Unlisted == 0:
		return ""
	case others > 0 && !a.excess():
		return fmt.Sprintf("%s not listed, with at most %s each.", many(others, "key"), digits(a.Unlisted))
	}
	return fmt.Sprintf("Anything not listed has at most %s.", digits(a.Unlisted))
}

// share returns the part of the total that a row has, at most.
func (a *Answer) share(row *Row) string {
	text := share(row.Count, a.Total)
	if row.Excess > 0 {
		return "≤ " + text
	}
	return text
}

// upTo returns the count, and how much of it is not sure.
func (row *Row) upTo() string {
	if row.Excess == 0 {
		return digits(row.Count)
	}
	return digits(row.Count-row.Excess) + " to " + digits(row.Count)
}

func (r *Report) alertsText(b *strings.Builder) {
	if len(r.Recent) == 0 {
		return
	}
	fmt.Fprintf(b, "\nLatest alerts: %d of %s\n", len(r.Recent), digits(r.Alerts))
	g := grid{right: make([]bool, 7)}
	g.add("TIME", "FIREWALL", "OUTCOME", "RULE", "PROTO", "SOURCE", "DESTINATION")
	for _, e := range r.Recent {
		g.add(moment(e.Time), cell(e.Firewall), cell(e.became()), cell(e.SignatureID+" "+e.Signature),
			cell(e.Proto), cell(endpoint(e.SrcIP, e.SrcPort)), cell(endpoint(e.DestIP, e.DestPort)))
	}
	g.write(b)
}

// became is what became of the packet: what the verdict says or, in its absence, the
// action of the rule.
func (e *Event) became() string {
	if e.Verdict == "" || e.Verdict == e.Action {
		return e.Action
	}
	if e.Action == "" {
		return e.Verdict
	}
	return e.Verdict + " (" + e.Action + ")"
}

func (r *Report) problemsText(b *strings.Builder) {
	if len(r.Bad) > 0 {
		fmt.Fprintf(b, "\nBad lines: %s, %s\n", digits(r.BadLines), ofThem(len(r.Bad), r.BadLines))
		for _, bad := range r.Bad {
			fmt.Fprintf(b, "  %s\n", bad)
		}
	}
	if len(r.Unread) > 0 {
		fmt.Fprintf(b, "\nNot read to the end: %s, %s\n", many(r.Failed, "source"), ofThem(len(r.Unread), uint64(r.Failed)))
		for i := range r.Unread {
			fmt.Fprintf(b, "  %s\n", r.Unread[i].Error())
		}
	}
}

func ofThem(listed int, all uint64) string {
	if uint64(listed) == all {
		return "all listed"
	}
	return fmt.Sprintf("the first %d listed", listed)
}

// A grid is a table of text, with columns that are right or left.
type grid struct {
	right []bool
	rows  [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

func (g *grid) write(b *strings.Builder) {
	widths := make([]int, len(g.right))
	for _, row := range g.rows {
		for i, text := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	for _, row := range g.rows {
		var line strings.Builder
		for i, text := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
			if g.right[i] {
				line.WriteString("  " + pad + text)
			} else {
				line.WriteString("  " + text + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " "))
		b.WriteByte('\n')
	}
}

const cellWidth = 60

// cell makes a value safe to look at, and short enough for a table.
func cell(text string) string { return short(text, cellWidth) }

// short makes text safe to look at and, of more than width characters, shows the first.
func short(text string, width int) string {
	text = clean(text)
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	runes := []rune(text)
	return string(runes[:width-1]) + "…"
}

// keyText is how a table shows the value of a key.
func keyText(key Field, value string) string {
	switch names := ""; {
	case value == "":
		return "(none)"
	case key == TCPFlags:
		if names = flagNames(value); names != "" {
			return cell(value + " " + names)
		}
	}
	return cell(value)
}

// headings are what people call the fields.
var headings = map[Field]string{
	FirewallName: "firewall", AvailabilityZone: "zone", AppProto: "application", DestIP: "destination", DestPort: "port",
	FlowID: "flow", Proto: "protocol", SrcIP: "source", SrcPort: "source port", Age: "age (s)", TCPFlags: "flags",
	Action: "action", Category: "category", Country: "country", Hostname: "host", SNI: "server name", Severity: "severity",
	Signature: "rule", SignatureID: "sid", URL: "path", UserAgent: "user agent", Verdict: "verdict",
	RevocationAction: "done", RevocationStatus: "status", TLSError: "error", TLSSNI: "server name", Outcome: "outcome",
}

func heading(key Field) string { return strings.ToUpper(headings[key]) }

// flagBits are the flags of TCP from the lowest bit (RFC 9293, RFC 3168).
var flagBits = [8]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

// flagNames tells the flags that a flow has had from the byte in hex that the log has:
// 1b is FIN+SYN+PSH+ACK. It returns "" for what is no such byte.
func flagNames(hex string) string {
	bits, err := strconv.ParseUint(hex, 16, 8)
	switch {
	case err != nil || len(hex) > 2:
		return ""
	case bits == 0:
		return "no flags"
	}
	var names []string
	for i, name := range flagBits {
		if bits>>i&1 == 1 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "+")
}

// endpoint returns an address with its port, if it has one.
func endpoint(ip, port string) string {
	switch {
	case port == "":
		return ip
	case strings.Contains(ip, ":"):
		return "[" + ip + "]:" + port
	}
	return ip + ":" + port
}

// label returns what a person looks for first in the values of a key, and the rest.
func (q Question) label(values []string) (main, more string) {
	left := map[Field]string{}
	for i, key := range q.Keys {
		left[key] = values[i]
	}
	take := func(key Field) string {
		v := left[key]
		delete(left, key)
		return v
	}
	_, from := left[SrcIP]
	_, to := left[DestIP]
	_, rule := left[Signature]
	_, flags := left[TCPFlags]
	switch {
	case from && to:
		main = endpoint(take(SrcIP), take(SrcPort)) + " → " + endpoint(take(DestIP), take(DestPort))
	case rule:
		main = take(Signature)
	case flags:
		if main = flagNames(left[TCPFlags]); main == "" {
			main = take(TCPFlags)
		}
	default:
		main = take(q.Keys[0])
	}
	var rest []string
	for _, key := range q.Keys {
		if v := left[key]; v != "" {
			rest = append(rest, v)
		}
	}
	if main == "" {
		main = "(none)"
	}
	return main, strings.Join(rest, " · ")
}

// moment returns a time to the second, in UTC.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// share returns a part of a whole in percent.
func share(part, whole uint64) string {
	if whole == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(part)/float64(whole), 'f', 1, 64) + " %"
}

// digits writes a number with its thousands apart.
func digits(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// many counts things.
func many[N int | uint64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return digits(uint64(n)) + " " + thing + "s"
}

// size writes a number of bytes with a unit of SI.
func size(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return many(n, "byte")
	}
	value, unit := float64(n)/1000, 0
	for value >= 999.95 {
		value /= 1000
		unit++
	}
	return fmt.Sprintf("%.1f %cB", value, units[unit])
}
