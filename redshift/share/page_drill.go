package share

import "cmp"

// drillPage is what the page of a drill is filled with. All its texts are safe.
type drillPage struct {
	Paused, Summary, UnitsNote string
	Notes                      []string
	Tiles                      []pageTile
	Warehouses                 []pageDrilled
	Units                      []pageUnit
}

type pageDrilled struct {
	Name                              string
	Units, Write, Lose, Unsure, Never int
	Note                              string
}

type pageUnit struct {
	Warehouse, Who, Users, Database string
	Write, Read                     pageChange
	Why, Schemas                    []string
}

type pageChange struct{ Before, After pageVerdict }

type pageVerdict struct{ Class, Text string }

func (d DrillResult) page() drillPage {
	p := drillPage{Paused: safe(d.Paused), Summary: safe(d.summary())}
	for _, note := range append([]string{d.Problem}, d.Notes...) {
		if note != "" {
			p.Notes = append(p.Notes, safe(note))
		}
	}
	sum := pageDrilled{}
	for _, w := range d.Warehouses {
		p.Warehouses = append(p.Warehouses, pageDrilled{safe(w.Name), w.Units, w.Write, w.Lose, w.Unsure, w.Never, safe(w.note(d.Paused))})
		sum.Write += w.Write
		sum.Lose += w.Lose
		sum.Unsure += w.Unsure
		sum.Never += w.Never
	}
	p.Tiles = []pageTile{
		{"kept", "Still write", sum.Write, "units"},
		{"lost", "Lose", sum.Lose, "could write before"},
		{"unsure", "Unknown", sum.Unsure, ""},
		{"odd", "Cannot as it is", sum.Never, "granted to write"},
	}
	for _, u := range d.Units[:min(len(d.Units), mostRows)] {
		p.Units = append(p.Units, u.page())
	}
	p.UnitsNote = shown(len(p.Units), len(d.Units))
	return p
}

func (u Unit) page() pageUnit {
	v := pageUnit{
		Warehouse: safe(u.Warehouse), Who: safe(granteeText(u.Identity)), Users: safe(listed(u.Users)),
		Database: safe(u.Producer + ": " + u.Source + u.through()), Write: u.Write.page(), Read: u.Read.page(),
	}
	seen := map[string]bool{}
	for _, c := range []struct {
		what string
		Change
	}{{"write", u.Write}, {"read", u.Read}} {
		for _, why := range append(append([]string{}, c.Why...), string(c.Basis)) {
			if why != "" && !seen[why] {
				seen[why] = true
				v.Why = append(v.Why, safe(c.what+": "+why))
			}
		}
	}
	for _, s := range u.Schemas {
		text := cmp.Or(s.Schema, "schemas to come")
		if s.Write != Yes {
			text += ": " + string(s.Write) + " for some"
		}
		for _, why := range s.Why {
			text += "; " + why
		}
		v.Schemas = append(v.Schemas, safe(text))
	}
	if most := 20; len(v.Schemas) > most {
		v.Schemas = append(v.Schemas[:most], plural(len(u.Schemas)-most, "more"))
	}
	return v
}

func (c Change) page() pageChange {
	one := func(v Verdict) pageVerdict {
		if v == "" {
			return pageVerdict{}
		}
		return pageVerdict{classOfVerdict(v), string(v)}
	}
	return pageChange{one(c.Before), one(c.After)}
}
