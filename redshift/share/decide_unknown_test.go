package share_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// lose makes one read of a warehouse fail, with what it would have told.
func lose(r dice, f *share.Found) {
	fail := func(what string) { f.Unknown = append(f.Unknown, share.Unknown{What: what, Reason: "denied"}) }
	forget := func(lost func(g share.Grant) bool) { f.Grants = slices.DeleteFunc(f.Grants, lost) }
	catalog := func(lost func(g share.Grant) bool) { // SHOW GRANTS tells the others
		forget(func(g share.Grant) bool { return g.Grantee.Type == share.ToDatashare && lost(g) })
	}
	switch r.IntN(11) {
	case 0:
		fail("datashares")
		f.Outbound, f.Inbound = nil, nil
	case 1:
		fail("consumers of datashares")
		for i := range f.Outbound {
			f.Outbound[i].Consumers = nil
		}
	case 2:
		fail("privileges on tables")
		catalog(func(g share.Grant) bool { return g.Scope == share.OnTable })
	case 3:
		fail("privileges on functions")
		catalog(func(g share.Grant) bool { return g.Scope == share.OnFunction })
	case 4:
		fail("privileges on schemas")
		catalog(func(g share.Grant) bool {
			return g.Schema != "" && g.Scope != share.OnTable && g.Scope != share.OnFunction
		})
	case 5:
		fail("privileges on databases")
		catalog(func(g share.Grant) bool { return g.Schema == "" })
	case 6:
		fail("databases")
		f.Databases = nil
		forget(func(g share.Grant) bool { return g.Grantee.Type != share.ToDatashare })
	case 7:
		fail("grants of role writer in database one_db")
		forget(func(g share.Grant) bool { return g.Grantee.Name == "writer" && g.Database == "one_db" })
	case 8:
		fail("associations of datashare one")
		f.Associations = slices.DeleteFunc(f.Associations, func(a share.Association) bool { return a.Datashare == "one" })
	case 9:
		*f = share.Found{Warehouse: f.Warehouse, Unknown: []share.Unknown{{What: "identity", Reason: "denied"}}}
	case 10:
		f.Superuser = false
		f.Outbound, f.Inbound, f.Grants = some(r, f.Outbound...), some(r, f.Inbound...), some(r, f.Grants...)
		for i := range f.Outbound {
			f.Outbound[i].Consumers = some(r, f.Outbound[i].Consumers...)
		}
	}
}

// TestRandomUnknown compares what is decided with and without some reads: who knows less makes
// nothing more, takes nothing more away, and forgets nothing more; and says so.
func TestRandomUnknown(t *testing.T) {
	less := 0
	for seed := range uint64(300) {
		r := dice{rand.New(rand.NewPCG(seed, 13))}
		m := newModel(t)
		m.apply(m.decide(r.description(), m.options()))
		if r.IntN(2) == 0 {
			m.byHand(r)
		}
		d := r.description()
		opts := m.options()
		opts.Adopt = r.IntN(3) == 0
		whole := m.decide(d, opts)
		for range 1 + r.IntN(2) {
			if n := r.IntN(len(m.state.Consumers) + 2); n < len(m.state.Consumers) {
				lose(r, &m.state.Consumers[n])
			} else {
				lose(r, &m.state.Producer)
			}
		}
		part := m.decide(d, opts)
		if !part.Incomplete() {
			t.Fatalf("seed %d: not incomplete:\n%s", seed, planText(part))
		}
		known, still := done(whole), done(part)
		for what := range still {
			if !known[what] {
				t.Fatalf("seed %d: knowing less, it does more: %s\n%s\nwith all known:\n%s", seed, what, planText(part), planText(whole))
			}
		}
		if len(still) < len(known) {
			less++
		}
	}
	if less < 100 {
		t.Errorf("only %d times something was held back", less)
	}
}

// done returns what a decision makes, takes away and forgets, item by item.
func done(d share.Decision) map[string]bool {
	all := map[string]bool{}
	for _, s := range d.Steps {
		if !s.Change.Action.Applies() || s.Change.Adopts && !s.Revokes {
			continue
		}
		does := "make "
		if s.Revokes {
			does = "take away "
		}
		for _, i := range s.Items {
			all[does+i.String()] = true
		}
	}
	for _, i := range d.Forget {
		all["forget "+i.String()] = true
	}
	return all
}
