package share_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// hostile are names that a catalog, or a person, might have.
var hostile = []string{
	"", " ", `"`, "'", "a\nDROP", "-- x", "a;b", "\x00", "\xff", "f(", "f(a,(b)", "ds:one", "sys:superuser", "public", "Ä", "A", strings.Repeat("x", 200), "{{.}}", "../..", "t0", "one", "one_db", etlGUID, salesGUID, company, partner,
}

func (r dice) hostile() string { return hostile[r.IntN(len(hostile))] }

// damage changes one thing of a state, so that it fits the rest no more.
func damage(r dice, s *share.State, owned []share.Item) {
	f := &s.Producer
	if n := r.IntN(len(s.Consumers) + 2); n < len(s.Consumers) {
		f = &s.Consumers[n]
	}
	one := func(n int) int { return r.IntN(max(n, 1)) }
	switch n := r.IntN(24); {
	case n == 0:
		f.Namespace = r.hostile()
	case n == 1:
		f.Account = r.hostile()
	case n == 2:
		f.NamespaceARN = r.hostile()
	case n == 3:
		f.Region = r.hostile()
	case n == 4:
		f.Version, f.NodeType, f.Status = r.hostile(), r.hostile(), r.hostile()
	case n == 5:
		f.Status = "paused"
	case n == 6:
		f.Unknown = append(f.Unknown, share.Unknown{What: r.hostile(), Reason: r.hostile()})
	case n == 7:
		f.Grants = nil
	case n == 8 && len(f.Grants) > 0:
		g := &f.Grants[one(len(f.Grants))]
		g.Object, g.Schema = r.hostile(), r.hostile()
	case n == 9 && len(f.Grants) > 0:
		f.Grants[one(len(f.Grants))].Scope = share.Scope(r.hostile())
	case n == 10 && len(f.Grants) > 0:
		f.Grants[one(len(f.Grants))].Grantee = share.Grantee{Type: share.GranteeType(r.hostile()), Name: r.hostile()}
	case n == 11 && len(f.Grants) > 0:
		f.Grants[one(len(f.Grants))].Privilege = share.Privilege(r.hostile())
	case n == 12 && len(f.Outbound) > 0:
		f.Outbound[0].Database, f.Outbound[0].ManagedBy = r.hostile(), r.hostile()
	case n == 13 && len(f.Outbound) > 0:
		f.Outbound[0].Consumers = append(f.Outbound[0].Consumers, share.UsedBy{Account: r.hostile(), Namespace: r.hostile()})
	case n == 14 && len(f.Outbound) > 0:
		f.Outbound[0].Objects = append(f.Outbound[0].Objects, share.ObjectOf{Type: r.hostile(), Name: r.hostile(), IncludeNew: true})
	case n == 15:
		f.Inbound = append(f.Inbound, share.Inbound{Name: r.hostile(), Namespace: r.hostile(), Database: r.hostile()})
	case n == 16:
		f.Associations = append(f.Associations, share.Association{Datashare: "one", Producer: etlGUID, Consumer: r.hostile(), Status: "ACTIVE"})
	case n == 17:
		f.Superuser, f.CaseSensitive = !f.Superuser, !f.CaseSensitive
	case n == 18:
		f.Warehouse = share.Warehouse{Cluster: r.hostile()}
	case n == 19:
		s.Consumers = append(s.Consumers, *f)
	case n == 20 && len(s.Consumers) > 0:
		s.Consumers = s.Consumers[1:]
	case n == 21 && len(owned) > 0:
		owned[one(len(owned))].Namespace = r.hostile()
	case n == 22 && len(owned) > 0:
		owned[one(len(owned))].Producer = r.hostile()
	case n == 23 && len(owned) > 0:
		owned[one(len(owned))].Grant = nil
	}
}

// FuzzDecide decides on states that make no sense: it never panics, each statement is one
// that can be sent, nothing is taken away that is not owned, nothing is done twice, and
// where something is unknown that is told.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(100) {
		f.Add(seed, seed%12)
	}
	f.Add(uint64(62), uint64(29)) // two reasons that read alike
	f.Fuzz(func(t *testing.T, seed, damages uint64) {
		r := dice{rand.New(rand.NewPCG(seed, damages))}
		m := newModel(t)
		m.apply(m.decide(r.description(), m.options()))
		m.byHand(r)
		opts := m.options()
		slices.SortFunc(opts.Owned, func(a, b share.Item) int { return strings.Compare(a.Key(), b.Key()) })
		opts.Adopt = r.IntN(2) == 0
		for range damages % 12 {
			damage(r, &m.state, opts.Owned)
		}
		d := r.description()
		decision, err := share.Decide(d, m.state, opts)
		if err != nil {
			return
		}
		check(t, decision, opts)
		if got := text(t, must(share.Decide(d, m.state, opts))); got != text(t, decision) {
			t.Errorf("decided otherwise the second time: %s", difference(got, text(t, decision)))
		}
	})
}

func check(t *testing.T, decision share.Decision, opts share.DecideOptions) {
	mine, done := keys(opts.Owned), map[string]bool{}
	for _, step := range decision.Steps {
		if _, err := redshiftsql.Parse(step.SQL); step.SQL != "" && err != nil {
			t.Errorf("%s: %v", step.SQL, err)
		}
		for _, i := range step.Items {
			if step.Revokes && !opts.Adopt && !mine[i.Key()] {
				t.Errorf("not owned: %s", i)
			}
			if key := i.Key(); !done[key] {
				done[key] = true
			} else if step.Change.Action != awspatterns.Update {
				t.Errorf("in two steps: %s", i)
			}
		}
	}
	scripted(t, share.Script(decision.Steps))
}
