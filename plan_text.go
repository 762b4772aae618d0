package awspatterns

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// symbols mark changes, as people know them from other tools that plan.
var symbols = map[Action]string{
	Create: "+", Update: "~", Replace: "-/+", Delete: "-",
	Manual: "!", Blocked: "x", Unknown: "?",
}

// String returns the plan as text for a person. Names are shown so that none can
// pass for a line of the plan.
func (p Plan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Plan of %s: %s\n\n", printable(p.Pattern), p.Target)
	for _, c := range p.Changes {
		b.WriteString(c.String())
	}
	if len(p.Changes) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(p.summary())
	return b.String()
}

// markdownLimit keeps a plan within a comment on a pull request (65,536
// characters on GitHub).
const markdownLimit = 60_000

// WriteMarkdown writes the plan for a pull request. Of a very large plan it shows
// the first 60,000 bytes of changes, and says how many it does not show.
func (p Plan) WriteMarkdown(w io.Writer) error {
	var changes strings.Builder
	shown := 0
	for _, c := range p.Changes {
		text := c.String()
		if changes.Len()+len(text) > markdownLimit {
			break
		}
		changes.WriteString(text)
		shown++
	}
	if rest := len(p.Changes) - shown; rest > 0 {
		fmt.Fprintf(&changes, "… and %d more\n", rest)
	}
	body := changes.String() + p.summary()
	fence := "```"
	for strings.Contains(body, fence) {
		fence += "`"
	}
	_, err := fmt.Fprintf(w, "### Plan of %s\n\n%s, digest `%s`\n\n%sdiff\n%s%s\n",
		plain(p.Pattern), plain(p.Target.String()), plain(p.Digest), fence, body, fence)
	return err
}

// String returns the change as lines of text, the first with its symbol.
func (c Change) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-3s %s %s", cmp.Or(symbols[c.Action], "?"), c.Action, c.Resource)
	if c.Adopts {
		b.WriteString(" (adopted)")
	}
	b.WriteString("\n")
	line := func(format string, args ...any) { fmt.Fprintf(&b, "      "+format+"\n", args...) }
	width := 0
	for _, f := range c.Fields {
		width = max(width, len(printable(f.Name)))
	}
	for _, f := range c.Fields {
		line("%-*s  %s", width, printable(f.Name), f.difference())
	}
	if c.Reason != "" {
		line("%s", printable(c.Reason))
	}
	for i, step := range c.Steps {
		line("%d. %s", i+1, printable(step))
	}
	if c.Interrupts != "" {
		line("interrupts: %s", printable(c.Interrupts))
	}
	if c.Irreversible != "" {
		line("irreversible: %s", printable(c.Irreversible))
	}
	return b.String()
}

func (f Field) difference() string {
	switch {
	case f.Old == "":
		return printable(f.New)
	case f.New == "":
		return printable(f.Old) + " → (none)"
	}
	return printable(f.Old) + " → " + printable(f.New)
}

// String returns type, id and, where they are not those of the plan, account and
// Region.
func (r Resource) String() string {
	s := printable(r.Type) + " " + printable(r.ID)
	if r.Account != "" {
		s += " in account " + printable(r.Account)
	}
	if r.Region != "" {
		s += " in " + printable(r.Region)
	}
	return s
}

// String returns the target as a person reads it.
func (t Target) String() string {
	var parts []string
	for _, p := range []struct{ label, value string }{
		{"account ", t.Account}, {"", t.Region}, {"endpoint ", t.Endpoint}, {"cluster ", t.Cluster},
	} {
		if p.value != "" {
			parts = append(parts, p.label+printable(p.value))
		}
	}
	s := strings.Join(parts, ", ")
	if t.Partition != "" && t.Partition != "aws" {
		s += " (" + printable(t.Partition) + ")"
	}
	return cmp.Or(s, "no account")
}

// summary counts the changes and tells what they cost.
func (p Plan) summary() string {
	var b strings.Builder
	switch {
	case p.Empty():
		b.WriteString("No changes.\n")
	default:
		fmt.Fprintf(&b, "%d to create, %d to update, %d to replace, %d to delete.\n",
			p.Count(Create), p.Count(Update), p.Count(Replace), p.Count(Delete))
		if left := p.Count(Manual) + p.Count(Blocked) + p.Count(Unknown); left > 0 {
			fmt.Fprintf(&b, "Left to a person: %d manual, %d blocked, %d unknown.\n",
				p.Count(Manual), p.Count(Blocked), p.Count(Unknown))
		}
	}
	if p.Incomplete {
		b.WriteString("Incomplete: not everything could be read, so nothing will be deleted.\n")
	}
	for _, c := range p.Costs {
		fmt.Fprintf(&b, "Cost: %s\n", c)
	}
	return b.String()
}

// printable returns s on one line, with an escape for every character that would
// not be seen or would change how the rest is seen.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// plain returns s as text that Markdown does not interpret.
func plain(s string) string {
	return markdownEscapes.Replace(printable(s))
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`, "~", `\~`, "@", "@\u200b",
)
