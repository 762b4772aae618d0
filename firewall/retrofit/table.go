package retrofit

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// String returns what [Evaluation.WriteTable] writes.
func (e Evaluation) String() string { return written(e.WriteTable) }

func written(write func(io.Writer) error) string {
	var b strings.Builder
	_ = write(&b) // a Builder takes everything
	return b.String()
}

// WriteTable writes the evaluation as text for a person. Names are shown so that
// none can pass for a line of it.
func (e Evaluation) WriteTable(w io.Writer) error {
	p := newPrinter(w)
	p.line("Policy %s in %s: %s, remediation %s", printable.Escape(e.Policy), printable.Escape(e.Region), printable.Escape(e.Source), onOff(e.Remediate))
	p.webACLs(e.WebACLs)
	p.resources(e.Resources)
	p.created("Firewall Manager creates", e.Created)
	if len(e.Unread) > 0 {
		p.line("\nNot read, and unknown:")
	}
	for _, u := range e.Unread {
		p.line("  %s: %s: %s", placeText(u.Account, u.Region), printable.Escape(u.What), printable.Escape(u.Reason))
	}
	p.line("\n%s", e.Summary())
	return p.flush()
}

// Summary counts the outcomes, on one line.
func (e Evaluation) Summary() string {
	var acls, resources counter
	for _, v := range e.WebACLs {
		acls.add(v.Verdict)
	}
	for _, v := range e.Resources {
		resources.add(v.Verdict)
	}
	return fmt.Sprintf("%s; %s", acls.text("web ACL"), resources.text("resource"))
}

// outcomes in the order in which they are counted.
var outcomes = []Outcome{Retrofitted, Created, Kept, Replaced, Delayed, Paused, Left, Disassociated, OutOfScope, Unknown}

type counter struct {
	all, noncompliant int
	by                map[Outcome]int
}

func (c *counter) add(v Verdict) {
	if c.by == nil {
		c.by = map[Outcome]int{}
	}
	c.all++
	c.by[v.Outcome]++
	if v.Compliance == Noncompliant {
		c.noncompliant++
	}
}

func (c *counter) text(what string) string {
	text := fmt.Sprintf("%d %s", c.all, plural(c.all, what))
	before := ": "
	for _, o := range outcomes {
		if n := c.by[o]; n > 0 {
			text += fmt.Sprintf("%s%d %s", before, n, o)
			before = ", "
		}
	}
	return text + fmt.Sprintf(" (%d noncompliant)", c.noncompliant)
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func placeText(account, region string) string {
	return strings.TrimSpace(cmp.Or(printable.Escape(account), "any account") + " " + printable.Escape(region))
}

// A printer writes aligned rows, with lines that explain a row below it.
type printer struct {
	*bufio.Writer
}

func newPrinter(w io.Writer) printer { return printer{bufio.NewWriter(w)} }

func (p printer) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p printer) flush() error {
	if err := p.Flush(); err != nil {
		return fmt.Errorf("retrofit: write table: %w", err)
	}
	return nil
}

// A row has cells, and lines that explain it.
type row struct {
	cells []string
	notes []string
}

// maxWidth is how wide a column gets for the longest of its cells.
const maxWidth = 44

// table writes rows below a heading.
func (p printer) table(title string, head []string, rows []row) {
	if len(rows) == 0 {
		return
	}
	widths := make([]int, len(head))
	for _, r := range append([]row{{cells: head}}, rows...) {
		for i, cell := range r.cells {
			r.cells[i] = printable.Escape(cell)
			widths[i] = max(widths[i], min(utf8.RuneCountInString(r.cells[i]), maxWidth))
		}
	}
	p.line("\n%s", title)
	p.row(head, widths)
	for _, r := range rows {
		p.row(r.cells, widths)
		for _, note := range r.notes {
			p.line("      %s", printable.Escape(note))
		}
	}
}

func (p printer) row(cells []string, widths []int) {
	var b strings.Builder
	for i, cell := range cells {
		b.WriteString("  " + cell + strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell))))
	}
	p.line("%s", strings.TrimRight(b.String(), " "))
}

func (p printer) webACLs(verdicts []ACLVerdict) {
	var rows []row
	for _, v := range verdicts {
		rows = append(rows, row{
			[]string{v.Account, v.Name, v.outcome(), string(v.Compliance), v.wcu(), string(v.Basis), v.reasons()},
			v.notes(),
		})
	}
	p.table("Web ACLs", []string{"ACCOUNT", "WEB ACL", "OUTCOME", "COMPLIANCE", "WCU", "BASIS", "REASON"}, rows)
}

func (v ACLVerdict) outcome() string {
	if v.Outcome == Retrofitted && v.Already {
		return "retrofitted (already)"
	}
	return string(v.Outcome)
}

func (v ACLVerdict) wcu() string {
	switch {
	case v.CapacityAfter == nil || v.Outcome == OutOfScope:
		return fmt.Sprint(v.Capacity)
	case *v.CapacityAfter == v.Capacity:
		return fmt.Sprint(v.Capacity)
	}
	return fmt.Sprintf("%d → %d", v.Capacity, *v.CapacityAfter)
}

// reasons returns what Firewall Manager may report: one of them.
func (v Verdict) reasons() string {
	var reasons []string
	for _, r := range v.Reasons {
		text := r.Violation
		if r.Detail != "" {
			text += " (" + r.Detail + ")"
		}
		reasons = append(reasons, text)
	}
	return strings.Join(reasons, " or ")
}

// maxNotes is how many lines of one kind explain a web ACL; JSON has all.
const maxNotes = 10

func (v ACLVerdict) notes() (notes []string) {
	if v.Outcome != OutOfScope {
		notes = append(notes, v.Why)
	}
	for _, id := range v.Adds {
		notes = append(notes, "+ "+id)
	}
	for _, id := range v.Removes {
		notes = append(notes, "- "+id)
	}
	if v.AddsLogging {
		notes = append(notes, "+ the logging of the policy")
	}
	if v.Outcome == OutOfScope {
		return notes
	}
	notes = append(notes, atMost(v.OutOfScope, "out-of-scope resources", func(r OutOfScopeResource) string {
		return fmt.Sprintf("%s: %s", nameFromARN(r.ARN), r.Why)
	})...)
	if len(v.OutOfScope) > 1 && len(v.Remedies) > 0 {
		notes = append(notes, "each of these resources needs a remedy:")
	}
	return append(notes, atMost(v.Remedies, "remedies", func(r Remedy) string { return "remedy: " + r.Text })...)
}

func atMost[T any](all []T, what string, text func(T) string) (lines []string) {
	for i, x := range all {
		if i == maxNotes {
			return append(lines, fmt.Sprintf("… and %d more %s", len(all)-i, what))
		}
		lines = append(lines, text(x))
	}
	return lines
}

func (p printer) resources(verdicts []ResourceVerdict) {
	var rows []row
	for _, v := range verdicts {
		rows = append(rows, row{
			cells: []string{
				v.Account, v.shortType(), v.name(), v.webACLName(), string(v.Scope), string(v.Outcome), string(v.Compliance),
				string(v.Basis), v.reasons(),
			},
			notes: v.notes(),
		})
	}
	p.table("Resources", []string{"ACCOUNT", "TYPE", "RESOURCE", "WEB ACL", "SCOPE", "OUTCOME", "COMPLIANCE", "BASIS", "REASON"}, rows)
}

// notes explains what the web ACL of the resource does not.
func (v ResourceVerdict) notes() []string {
	if v.WebACL != "" && v.Scope == InScope || v.Why == "" {
		return nil
	}
	return []string{v.Why}
}

func (v ResourceVerdict) name() string {
	return nameOf(Resource{ARN: v.ARN, Name: v.Name})
}

// shortType returns the last part of AWS::Service::Type.
func (v ResourceVerdict) shortType() string {
	t := string(v.Type)
	return cmp.Or(t[strings.LastIndex(t, ":")+1:], "-")
}

// webACLName returns the name of …:SCOPE/webacl/NAME/ID.
func (v ResourceVerdict) webACLName() string {
	if path := strings.Split(v.WebACL, "/"); len(path) == 4 {
		return path[2]
	}
	return cmp.Or(v.WebACL, "-")
}

func (p printer) created(title string, created []CreatedACL) {
	if len(created) == 0 {
		return
	}
	p.line("\n%s %d %s:", title, len(created), plural(len(created), "web ACL"))
	for _, c := range created {
		p.line("  %s %s, for %d %s", placeText(c.Account, c.Region), printable.Escape(c.Scope), c.Resources, plural(c.Resources, "resource"))
	}
}
