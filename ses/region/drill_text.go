package region

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// String returns the drill as text for a person. What a page of AWS says has the number of
// that page, and what is supposed says so. Names are shown so that none can pass for a line
// of it.
func (r DrillResult) String() string {
	var b strings.Builder
	for i, l := range r.Losses {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(l.String())
	}
	return b.String()
}

// String returns the loss as text.
func (l Loss) String() string {
	t := &lossText{loss: l}
	t.line("Drill: %s is gone, %s carries all mail", printable.Escape(l.Lost), printable.Escape(l.Left))
	t.volume()
	t.whole()
	for _, verdict := range severities {
		t.items(verdict)
	}
	t.basis()
	return t.String()
}

// A lossText is the text of a loss as it is written.
type lossText struct {
	strings.Builder
	loss     Loss
	pages    []string
	supposed bool
}

func (t *lossText) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// volume writes how much would not go out.
func (t *lossText) volume() {
	v := t.loss.Volume
	known := ""
	if !v.Known {
		known = ", and more, since not all could be read"
	}
	t.line("\nVolume: %s recipients in 24 hours%s; %s", amount(v.Recipients), known, t.capacity())
	t.line("  would not go out: %s", stays(v))
}

func (t *lossText) capacity() string {
	left := printable.Escape(t.loss.Left)
	if !t.loss.Volume.CapacityKnown {
		return "how many " + left + " takes is not known"
	}
	return left + " takes " + orUnlimited(t.loss.Volume.Capacity)
}

// stays returns what would not go out, and of what it is made.
func stays(v Volume) string {
	text := amount(v.Stays)
	if v.AtLeast {
		text = "at least " + text
	}
	switch {
	case v.OfIdentities > 0 && v.TooMany > 0:
		text += fmt.Sprintf(": %s of identities, and %s that do not fit", amount(v.OfIdentities), amount(v.TooMany))
	case v.OfIdentities > 0:
		text += " of identities"
	case v.TooMany > 0:
		text += " that do not fit"
	}
	return text
}

// whole writes what is about the Region as a whole.
func (t *lossText) whole() {
	if len(t.loss.Findings) == 0 {
		return
	}
	t.line("\nThe Region as a whole")
	for _, f := range t.loss.Findings {
		t.line("  %s %s: %s%s", f.mark(), f.subject(), printable.Escape(f.Problem), t.rests(f))
	}
}

// verdictTitles are the titles of the verdicts.
var verdictTitles = map[Severity]string{
	Blocks: "Does not go out", NotKnown: "Not known", Degrades: "Goes out, and not as before", Notes: "Goes out as before",
}

// items writes what has a verdict. What goes out as before is only counted.
func (t *lossText) items(verdict Severity) {
	var items []DrillItem
	for _, i := range t.loss.Items {
		if i.Verdict == verdict {
			items = append(items, i)
		}
	}
	if len(items) == 0 {
		return
	}
	t.line("\n%s: %s", verdictTitles[verdict], countItems(items))
	for _, i := range items {
		if verdict == Notes && len(i.Why) == 0 {
			continue
		}
		recipients := ""
		if i.Recipients > 0 {
			recipients = ", " + amount(i.Recipients) + " recipients"
		}
		t.line("  %s %q%s", i.Kind, i.Name, recipients)
		for _, f := range i.Why {
			t.line("    %s %s%s", f.mark(), printable.Escape(f.Problem), t.rests(f))
		}
	}
}

// countItems returns how many items there are of each kind.
func countItems(items []DrillItem) string {
	var parts []string
	for _, k := range []Kind{Identities, Sets, Templates, Verification, Lists, Tenants} {
		n := 0
		for _, i := range items {
			if i.Kind == k {
				n++
			}
		}
		switch {
		case n == 1:
			parts = append(parts, "1 "+string(k))
		case n > 1 && k == Identities:
			parts = append(parts, fmt.Sprintf("%d identities", n))
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", n, k))
		}
	}
	return listed(parts)
}

// rests returns what a finding rests on: the number of a page, or that it is supposed. What
// is not known rests on nothing.
func (t *lossText) rests(f Finding) string {
	switch {
	case f.Severity == NotKnown, f.Severity == Notes:
		return ""
	case f.Source == "":
		t.supposed = true
		return " [supposed]"
	}
	i := slices.Index(t.pages, f.Source)
	if i < 0 {
		t.pages = append(t.pages, f.Source)
		i = len(t.pages) - 1
	}
	return fmt.Sprintf(" [%d]", i+1)
}

// basis writes what the drill rests on.
func (t *lossText) basis() {
	t.line("\nThis rests on what could be read of both Regions now, and on")
	for i, page := range t.pages {
		t.line("  [%d] %s", i+1, printable.Escape(page))
	}
	if t.supposed {
		t.line("  [supposed] no page of AWS that we know")
	}
	for _, s := range drillSuppositions {
		t.line("  supposed: %s", s)
	}
}

// drillSuppositions are what every drill supposes.
var drillSuppositions = []string{
	"the volumes of the last 24 hours are those of the day when it happens",
	"the Region that is left works as before; mail that the lost one has taken and not delivered is not counted",
	"the sender, or the endpoint, goes over at once: AWS tells no time",
}
