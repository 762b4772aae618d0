package share

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// String returns the result for a person: the warehouses, then the units, with the reasons
// and what the answers rest on below. It shows the first 1,000 units.
func (d DrillResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "If %s were paused: %s\n", printable.Escape(d.Paused), d.summary())
	for _, text := range append([]string{d.Problem}, d.Notes...) {
		if text != "" {
			fmt.Fprintf(&b, "%s\n", printable.Escape(text))
		}
	}
	d.warehousesText(&b)
	d.unitsText(&b)
	return b.String()
}

// summary counts units that may write.
func (d DrillResult) summary() string {
	var sum DrilledWarehouse
	for _, w := range d.Warehouses {
		sum.Units += w.Units
		sum.Write += w.Write
		sum.Lose += w.Lose
		sum.Unsure += w.Unsure
		sum.Never += w.Never
	}
	return fmt.Sprintf("of %s granted to write, %d could still write, %d would no longer, of %d it is unknown, and %d cannot as it is",
		plural(sum.Units, "unit"), sum.Write, sum.Lose, sum.Unsure, sum.Never)
}

func (d DrillResult) warehousesText(b *strings.Builder) {
	b.WriteString("\nUnits granted to write, by warehouse\n")
	t := textTable{most: mostRows}
	t.add("WAREHOUSE", "UNITS", "STILL WRITE", "LOSE", "UNKNOWN", "CANNOT AS IT IS", "")
	for _, w := range d.Warehouses {
		t.add(w.Name, fmt.Sprint(w.Units), fmt.Sprint(w.Write), fmt.Sprint(w.Lose), fmt.Sprint(w.Unsure), fmt.Sprint(w.Never), w.note(d.Paused))
	}
	t.write(b)
}

// note tells what to know of a warehouse.
func (w DrilledWarehouse) note(stopped string) string {
	switch {
	case w.Name == stopped:
		return "supposed to be paused"
	case w.NotLookedInto:
		return "not looked into"
	case len(w.Unknown) > 0:
		return fmt.Sprintf("%d reads failed: there may be more", len(w.Unknown))
	}
	return ""
}

func (d DrillResult) unitsText(b *strings.Builder) {
	if len(d.Units) == 0 {
		b.WriteString("\nNobody was seen to have access.\n")
		return
	}
	b.WriteString("\nUnits\n")
	t := textTable{most: mostRows}
	t.add("WAREHOUSE", "WHO", "DATABASE", "WRITE", "THEN", "READ", "THEN", "GRANTED TO WRITE IN", "USERS")
	notes := footnotes{}
	for _, u := range d.Units {
		if len(t.rows) > t.most {
			t.left++
			continue
		}
		t.add(u.Warehouse, granteeText(u.Identity), u.Producer+": "+u.Source+u.through(), u.Write.before(), u.Write.after(&notes), u.Read.before(), u.Read.after(&notes), u.schemas(&notes), listed(u.Users))
	}
	t.write(b)
	for i, note := range notes.list {
		fmt.Fprintf(b, "  [%d] %s\n", i+1, printable.Escape(note))
	}
}

func (u Unit) through() string {
	switch {
	case u.Datashare == "":
		return ""
	case u.Database == "":
		return " by " + u.Datashare
	}
	return " by " + u.Datashare + " → " + u.Database
}

// schemas lists in which schemas the unit can write as it is, and why not in all.
func (u Unit) schemas(notes *footnotes) string {
	var list []string
	for _, s := range u.Schemas {
		text := cmp.Or(s.Schema, "schemas to come")
		if s.Write != Yes {
			text += ": " + string(s.Write) + " for some"
		}
		for _, why := range s.Why {
			text += fmt.Sprintf(" [%d]", notes.number(why))
		}
		list = append(list, text)
	}
	return listed(list)
}

func (c Change) before() string {
	if c.Before == "" {
		return "-"
	}
	return string(c.Before)
}

// after tells what is so during the pause, with numbers of reasons and of what that rests on.
func (c Change) after(notes *footnotes) string {
	if c.After == "" {
		return "-"
	}
	text := string(c.After)
	for _, why := range c.Why {
		text += fmt.Sprintf(" [%d]", notes.number(why))
	}
	if c.Basis != "" {
		text += fmt.Sprintf(" [%d]", notes.number(string(c.Basis)))
	}
	return text
}
