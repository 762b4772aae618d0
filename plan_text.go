package awspatterns

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
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
	fmt.Fprintf(&b, "Plan of %s: %s\n\n", printable.Escape(p.Pattern), p.Target)
	for _, c := range p.Changes {
		b.WriteString(c.String())
	}
	if len(p.Changes) > 0 {
		b.WriteString("\n")
	}
	b.WriteString(p.summary())
	return b.String()
}

// These keep a plan within a comment on a pull request (65,536 characters on
// GitHub).
const (
	changesLimit = 55_000
	summaryLimit = 5_000
)

// WriteMarkdown writes the plan for a pull request. Of a very large plan it shows
// the first 55,000 bytes of changes, and says how many it does not show.
func (p Plan) WriteMarkdown(w io.Writer) error {
	var changes strings.Builder
	shown := 0
	for _, c := range p.Changes {
		text := c.String()
		if shown > 0 && changes.Len()+len(text) > changesLimit {
			break
		}
		changes.WriteString(text)
		shown++
	}
	body := cut(changes.String(), changesLimit) // the first may be larger by itself
	if rest := len(p.Changes) - shown; rest > 0 {
		body += fmt.Sprintf("… and %d more\n", rest)
	}
	// No line of a plan begins with so many tildes: names stand behind others.
	_, err := fmt.Fprintf(w, "### Plan of %s\n\n%s, digest %s\n\n~~~~~diff\n%s%s~~~~~\n",
		plain(p.Pattern), plain(p.Target.String()), plain(p.Digest), body, cut(p.summary(), summaryLimit))
	return err
}

// cut returns the first lines of a text, or the first part of its first line, of
// at most limit bytes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	if end := strings.LastIndexByte(text[:limit], '\n'); end >= 0 {
		return text[:end+1]
	}
	return strings.ToValidUTF8(text[:limit], "") + "…\n"
}

// String returns the change as lines of text, the first with its symbol.
func (c Change) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-3s %s %s", cmp.Or(symbols[c.Action], "?"), printable.Escape(string(c.Action)), c.Resource)
	if c.Adopts {
		b.WriteString(" (adopted)")
	}
	b.WriteString("\n")
	line := func(format string, args ...any) { fmt.Fprintf(&b, "      "+format+"\n", args...) }
	width := 0
	for _, f := range c.Fields {
		width = max(width, len(printable.Escape(f.Name)))
	}
	for _, f := range c.Fields {
		line("%-*s  %s", width, printable.Escape(f.Name), f.difference())
	}
	if c.Reason != "" {
		line("%s", printable.Escape(c.Reason))
	}
	for i, step := range c.Steps {
		line("%d. %s", i+1, printable.Escape(step))
	}
	if c.Interrupts != "" {
		line("interrupts: %s", printable.Escape(c.Interrupts))
	}
	if c.Irreversible != "" {
		line("irreversible: %s", printable.Escape(c.Irreversible))
	}
	return b.String()
}

func (f Field) difference() string {
	switch {
	case f.Old == "":
		return printable.Escape(f.New)
	case f.New == "":
		return printable.Escape(f.Old) + " → (none)"
	}
	return printable.Escape(f.Old) + " → " + printable.Escape(f.New)
}

// String returns type, id and, where they are not those of the plan, account and
// Region.
func (r Resource) String() string {
	s := printable.Escape(r.Type) + " " + name(r.ID)
	if r.Account != "" {
		s += " in account " + printable.Escape(r.Account)
	}
	if r.Region != "" {
		s += " in " + printable.Escape(r.Region)
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
			parts = append(parts, p.label+printable.Escape(p.value))
		}
	}
	s := strings.Join(parts, ", ")
	if t.Partition != "" && t.Partition != "aws" {
		s += " (" + printable.Escape(t.Partition) + ")"
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

// name returns an ID, in quotes if it could be taken for more than an ID.
func name(id string) string {
	id = printable.Escape(id)
	if !strings.ContainsAny(id, ` "()`) {
		return id
	}
	return `"` + strings.ReplaceAll(id, `"`, `\"`) + `"`
}

// plain returns s as text that Markdown does not interpret.
func plain(s string) string {
	return markdownEscapes.Replace(printable.Escape(s))
}

var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", "&lt;", ">", "&gt;", "&", "&amp;",
	"[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`, "~", `\~`, "@", "@\u200b",
)
