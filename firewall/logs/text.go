package logs

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
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
			titles = append(titles, printable.Replace(a.Question.Title))
		}
	}
	return titles
}

// text writes the answer as a table.
func (a *Answer) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %s\n", printable.Replace(a.Question.Title), a.total())
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
