package region

import (
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// severityMarks mark findings in a text, the worst first.
var severityMarks = map[Severity]string{Blocks: "x", NotKnown: "?", Degrades: "!", Notes: "i"}

// String returns the readiness as text for a person. Names are shown so that none can pass
// for a line of it.
func (r Readiness) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Readiness of %s and %s: %s\n", printable.Escape(r.Primary), printable.Escape(r.Secondary), r.verdict())
	if len(r.Findings) > 0 {
		b.WriteString("\n")
	}
	for _, f := range r.Findings {
		b.WriteString(f.String())
	}
	return b.String()
}

// verdict returns whether the Regions are ready, and why not.
func (r Readiness) verdict() string {
	if len(r.Findings) == 0 {
		return "ready"
	}
	verdict := "ready"
	if !r.Ready() {
		verdict = "not ready"
	}
	return fmt.Sprintf("%s: %s", verdict, countFindings(r.Findings))
}

// countFindings returns how many findings have which severity.
func countFindings(findings []Finding) string {
	r := Readiness{Findings: findings}
	var parts []string
	for _, c := range []struct {
		severity  Severity
		one, many string
	}{{Blocks, "blocks", "block"}, {NotKnown, "is unknown", "are unknown"}, {Degrades, "degrades", "degrade"}, {Notes, "note", "notes"}} {
		switch n := r.Count(c.severity); n {
		case 0:
		case 1:
			parts = append(parts, "1 "+c.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, c.many))
		}
	}
	return strings.Join(parts, ", ")
}

// String returns the finding as lines of text, the first with its mark.
func (f Finding) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %-8s %s\n      %s\n", f.mark(), printable.Escape(string(f.Severity)), f.subject(), printable.Escape(f.Problem))
	if f.Remedy != "" {
		fmt.Fprintf(&b, "      → %s\n", printable.Escape(f.Remedy))
	}
	return b.String()
}

func (f Finding) mark() string {
	if mark, known := severityMarks[f.Severity]; known {
		return mark
	}
	return severityMarks[NotKnown]
}

// subject returns what the finding is about, and where.
func (f Finding) subject() string {
	subject := printable.Escape(string(f.Kind))
	if f.Name != "" {
		subject += fmt.Sprintf(" %q", f.Name)
	}
	if f.Aspect != Object {
		subject += ", " + printable.Escape(string(f.Aspect))
	}
	if f.Region != "" {
		subject += " in " + printable.Escape(f.Region)
	}
	return subject
}

// findingsLimit keeps a readiness within a comment on a pull request (65,536 characters on
// GitHub).
const findingsLimit = 55_000

// WriteMarkdown writes the readiness for a pull request or a wiki. Of very many findings it
// shows the first 55,000 bytes, and says how many it does not show.
func (r Readiness) WriteMarkdown(w io.Writer) error {
	var body strings.Builder
	for i, f := range r.Findings {
		if text := f.String(); body.Len()+len(text) <= findingsLimit {
			body.WriteString(text)
			continue
		}
		fmt.Fprintf(&body, "… and %d more\n", len(r.Findings)-i)
		break
	}
	// No line of a finding begins with so many tildes.
	_, err := fmt.Fprintf(w, "### Readiness of %s and %s\n\n%s\n\n~~~~~text\n%s~~~~~\n",
		printable.Escape(r.Primary), printable.Escape(r.Secondary), r.verdict(), body.String())
	return err
}
