package share_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A dice makes descriptions of the warehouses of a model.
type dice struct{ *rand.Rand }

// some returns a part of what there is to choose from.
func some[T any](r dice, all ...T) []T {
	var list []T
	for _, x := range all {
		if r.IntN(2) == 0 {
			list = append(list, x)
		}
	}
	return list
}

func (r dice) description() share.Description {
	d := share.Description{Producer: share.Warehouse{Cluster: "etl", Database: "prod"}}
	for _, name := range some(r, "one", "two", "three") {
		ds := share.Datashare{Name: name, PublicAccessible: r.IntN(4) == 0, Objects: r.objects(true)}
		writable := writes(ds.Objects)
		for _, c := range some(r,
			share.Consumer{Warehouse: &share.Warehouse{Workgroup: "sales"}},
			share.Consumer{Warehouse: &share.Warehouse{Workgroup: "marketing"}},
			share.Consumer{Warehouse: &share.Warehouse{Cluster: "lab"}},
			share.Consumer{Warehouse: &share.Warehouse{Account: partner, Workgroup: "agency"}},
			share.Consumer{Namespace: otherGUID},
		) {
			if c.Writable = writable; c.Warehouse != nil && r.IntN(4) > 0 {
				c.Database = name + "_db"
				c.Grants = r.consumerGrants(ds.Objects)
			}
			ds.Consumers = append(ds.Consumers, c)
		}
		d.Datashares = append(d.Datashares, ds)
	}
	return d
}

func (r dice) objects(writing bool) (o share.Objects) {
	privileges := []share.Privilege{share.Select}
	if writing && r.IntN(2) == 0 {
		privileges = append(privileges, share.Insert, share.Update, share.Truncate)
	}
	if r.IntN(6) == 0 {
		o.AllSchemas, o.AllTables = []share.Privilege{share.Usage}, some(r, privileges...)
	}
	for _, schema := range some(r, "s0", "s1", "s2") {
		s := share.Schema{Name: schema}
		if r.IntN(3) == 0 {
			s.AllTables = some(r, privileges...)
		}
		for _, table := range some(r, "t0", "t1", "t2") {
			if p := some(r, privileges...); len(p) > 0 {
				s.Tables = append(s.Tables, share.Table{Name: table, Privileges: p})
			}
		}
		if r.IntN(3) == 0 {
			s.Functions = []share.Function{{Name: "f", Arguments: some(r, "int", "varchar(20)")}}
		}
		o.Schemas = append(o.Schemas, s)
	}
	return o
}

func writes(o share.Objects) bool {
	text, _ := json.Marshal(o)
	return strings.Contains(string(text), "INSERT") || strings.Contains(string(text), "UPDATE") || strings.Contains(string(text), "TRUNCATE")
}

// consumerGrants are a part of what the datashare grants.
func (r dice) consumerGrants(o share.Objects) []share.ConsumerGrant {
	var all []share.ConsumerGrant
	for _, g := range some(r, share.ConsumerGrant{Role: "writer"}, share.ConsumerGrant{Role: "reader"}, share.ConsumerGrant{User: "IAMR:analyst"}) {
		for _, s := range some(r, o.Schemas...) {
			part := share.Schema{Name: s.Name, AllTables: some(r, s.AllTables...), Functions: some(r, s.Functions...)}
			for _, t := range some(r, s.Tables...) {
				if p := some(r, t.Privileges...); len(p) > 0 {
					part.Tables = append(part.Tables, share.Table{Name: t.Name, Privileges: p})
				}
			}
			g.Schemas = append(g.Schemas, part)
		}
		all = append(all, g)
	}
	return all
}

// TestRandom plans and applies one description after the other: each statement finds what
// it needs, what is then there is what is described, and nothing is left to do.
func TestRandom(t *testing.T) {
	for seed := range uint64(30) {
		r := dice{rand.New(rand.NewPCG(seed, 7))}
		m := newModel(t)
		for round := range 6 {
			d := r.description()
			if round == 5 {
				d.Datashares = nil
			}
			decision := m.decide(d, m.options())
			m.apply(decision)
			again := m.decide(d, m.options())
			if len(again.Steps) > 0 || len(again.Drift) > 0 || len(again.Forget) > 0 {
				t.Fatalf("seed %d, round %d: planned again:\n%s", seed, round, planText(again))
			}
			var want, have []string
			for _, i := range share.Wanted(d, m.state) {
				want = append(want, i.String())
			}
			for _, i := range share.Have(d, m.state, nil) {
				have = append(have, i.String())
			}
			if !slices.Equal(want, have) || len(m.owned) != len(want) {
				t.Fatalf("seed %d, round %d: there are %q, wanted %q", seed, round, have, want)
			}
		}
		if p := m.state.Producer; len(p.Outbound)+len(p.Grants)+len(p.Associations) > 0 {
			t.Fatalf("seed %d: something is left: %+v", seed, p)
		}
	}
}

// TestRandomForeign has others grant, too: what they made stays, whatever is described, and
// nothing is dropped that holds it, until told to adopt.
func TestRandomForeign(t *testing.T) {
	kept := 0
	for seed := range uint64(40) {
		r := dice{rand.New(rand.NewPCG(seed, 8))}
		m := newModel(t)
		var foreign []share.Grant
		for round := range 6 {
			d := r.description()
			m.apply(m.decide(d, m.options()))
			foreign = append(foreign, m.byHand(r)...)
			for range 2 {
				m.apply(m.decide(d, m.options()))
			}
			for _, g := range foreign {
				if !m.has(g) {
					t.Fatalf("seed %d, round %d: %+v is gone", seed, round, g)
				}
				kept++
			}
			if again := m.decide(d, m.options()); anyApplies(again) {
				t.Fatalf("seed %d, round %d: does not end:\n%s", seed, round, planText(again))
			}
			m.noneForgotten(d)
		}
	}
	if kept < 1000 {
		t.Errorf("only %d foreign grants were looked at", kept)
	}
}

func anyApplies(d share.Decision) bool {
	return slices.ContainsFunc(d.Steps, func(s share.Step) bool { return s.Change.Action.Applies() })
}

// byHand grants something in what is shared, that is not there yet.
func (m *model) byHand(r dice) []share.Grant {
	var made []share.Grant
	grant := func(f *share.Found, g share.Grant) {
		if !m.has(g) {
			f.Grants = append(f.Grants, g)
			made = append(made, g)
		}
	}
	for _, o := range some(r, m.state.Producer.Outbound...) {
		to := share.Grantee{Type: share.ToDatashare, Name: o.Name}
		schema := fmt.Sprint("s", r.IntN(3))
		grant(&m.state.Producer, share.Grant{Grantee: to, Privilege: share.Usage, Scope: share.OnSchema, Database: "prod", Schema: schema})
		grant(&m.state.Producer, share.Grant{Grantee: to, Privilege: share.Delete, Scope: share.OnTable, Database: "prod", Schema: schema, Object: "t1"})
	}
	for i := range m.state.Consumers {
		f := &m.state.Consumers[i]
		for _, in := range some(r, f.Inbound...) {
			grant(f, share.Grant{Grantee: share.Grantee{Type: share.ToRole, Name: "other"}, Privilege: share.Select, Scope: share.OnTable, Database: in.Database, Schema: "s0", Object: "t0"})
		}
	}
	return made
}

func (m *model) has(g share.Grant) bool {
	for _, f := range append([]share.Found{m.state.Producer}, m.state.Consumers...) {
		if slices.Contains(f.Grants, g) {
			return true
		}
	}
	return false
}

// noneForgotten checks that what nobody else can have made is remembered.
func (m *model) noneForgotten(d share.Description) {
	m.Helper()
	have := keys(share.Have(d, m.state, nil))
	for _, i := range share.Wanted(d, m.state) {
		if _, owned := m.owned[i.Key()]; !owned && i.Grant == nil && have[i.Key()] {
			m.Fatalf("not remembered: %s", i)
		}
	}
}

// TestRandomAdopt checks that with Adopt the described datashares and databases hold what
// is described and nothing else.
func TestRandomAdopt(t *testing.T) {
	taken := 0
	for seed := range uint64(100) {
		r := dice{rand.New(rand.NewPCG(seed, 9))}
		m := newModel(t)
		d := r.description()
		m.apply(m.decide(d, m.options()))
		m.byHand(r)
		m.owned = map[string]share.Item{} // all is foreign
		opts := m.options()
		opts.Adopt = true
		decision := m.decide(d, opts)
		for _, s := range of(decision, awspatterns.Delete) {
			if taken++; !s.Change.Adopts {
				t.Fatalf("seed %d: not told to be adopted: %s", seed, s.Change)
			}
		}
		m.apply(decision)
		opts = m.options()
		opts.Adopt = true
		if again := m.decide(d, opts); len(again.Steps) > 0 || len(again.Drift) > 0 {
			t.Fatalf("seed %d: planned again:\n%s", seed, planText(again))
		}
		if want := share.Wanted(d, m.state); len(m.owned) != len(want) {
			t.Fatalf("seed %d: %d remembered of %d", seed, len(m.owned), len(want))
		}
	}
	if taken < 50 {
		t.Errorf("only %d foreign grants were there", taken)
	}
}

// TestRandomLess takes one privilege out of a description: that one is revoked, and nothing
// else happens.
func TestRandomLess(t *testing.T) {
	tried := 0
	for seed := range uint64(300) {
		r := dice{rand.New(rand.NewPCG(seed, 10))}
		d := r.description()
		m := newModel(t)
		m.apply(m.decide(d, m.options()))
		before := share.Wanted(d, m.state)
		if !r.takeOne(&d) || d.Validate() != nil { // the consumers may need it
			continue
		}
		tried++
		after := keys(share.Wanted(d, m.state))
		var gone, revoked []string
		for _, i := range before {
			if !after[i.Key()] {
				gone = append(gone, i.String())
			}
		}
		decision := m.decide(d, m.options())
		for _, s := range decision.Steps {
			if !strings.HasPrefix(s.SQL, "REVOKE ") || !s.Revokes {
				t.Fatalf("seed %d: got %s", seed, s.Change)
			}
			for _, i := range s.Items {
				revoked = append(revoked, i.String())
			}
		}
		if slices.Sort(revoked); !slices.Equal(revoked, slices.Sorted(slices.Values(gone))) || len(gone) == 0 {
			t.Fatalf("seed %d: revoked %q, gone %q", seed, revoked, gone)
		}
		m.apply(decision)
	}
	if tried < 40 {
		t.Errorf("only %d descriptions were tried", tried)
	}
}

func keys(items []share.Item) map[string]bool {
	m := map[string]bool{}
	for _, i := range items {
		m[i.Key()] = true
	}
	return m
}

// takeOne takes a privilege on a table out of a datashare.
func (r dice) takeOne(d *share.Description) bool {
	for _, ds := range d.Datashares {
		for i := range ds.Schemas {
			s := &ds.Schemas[i]
			for j := range s.Tables {
				t := &s.Tables[j]
				if len(t.Privileges) > 1 {
					t.Privileges = slices.Delete(t.Privileges, 0, 1)
				} else {
					s.Tables = slices.Delete(s.Tables, j, j+1)
				}
				return true
			}
		}
	}
	return false
}

// TestRandomOrder checks that the order of nothing matters.
func TestRandomOrder(t *testing.T) {
	for seed := range uint64(60) {
		r := dice{rand.New(rand.NewPCG(seed, 11))}
		m := newModel(t)
		m.apply(m.decide(r.description(), m.options()))
		m.byHand(r)
		breakSome(r, &m.state)
		d := r.description()
		opts := m.options()
		opts.Adopt = seed%2 == 0
		want := text(t, m.decide(d, opts))
		for range 3 {
			shuffleDescription(r, &d)
			shuffleState(r, &m.state)
			shuffle(r, opts.Owned)
			if got := text(t, m.decide(d, opts)); got != want {
				t.Fatalf("seed %d: in another order: %s", seed, difference(got, want))
			}
		}
	}
}

// difference returns the first lines in which two texts differ.
func difference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("%s\nwant\n%s", strings.Join(a[max(0, i-8):min(len(a), i+3)], "\n"), b[i])
		}
	}
	return "one has more lines"
}

// breakSome makes reads fail, and warehouses unfit.
func breakSome(r dice, s *share.State) {
	for i := range s.Consumers {
		f := &s.Consumers[i]
		switch r.IntN(6) {
		case 0:
			f.Unknown = []share.Unknown{{What: "grants of role writer in database one_db", Reason: "denied"}, {What: "datashares", Reason: "denied"}, {What: "roles", Reason: "denied"}}
		case 1:
			f.Superuser = false
		case 2:
			f.Namespace = ""
			f.Unknown = []share.Unknown{{What: "workgroup", Reason: "denied"}}
		case 3:
			f.Roles = nil
		}
	}
	switch r.IntN(6) {
	case 0:
		s.Producer.Unknown = []share.Unknown{{What: "privileges on tables", Reason: "denied"}, {What: "consumers of datashares", Reason: "denied"}}
	case 1:
		s.Producer.Tables[0].Interleaved, s.Producer.Tables[1].Masks = true, []string{"hide"}
	}
}

func shuffle[T any](r dice, list []T) {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
}

func shuffleDescription(r dice, d *share.Description) {
	shuffle(r, d.Datashares)
	for i := range d.Datashares {
		ds := &d.Datashares[i]
		shuffleObjects(r, &ds.Objects)
		shuffle(r, ds.Consumers)
		for _, c := range ds.Consumers {
			shuffle(r, c.Grants)
			for j := range c.Grants {
				shuffleObjects(r, &c.Grants[j].Objects)
			}
		}
	}
}

func shuffleObjects(r dice, o *share.Objects) {
	shuffle(r, o.Schemas)
	shuffle(r, o.AllTables)
	for i := range o.Schemas {
		s := &o.Schemas[i]
		shuffle(r, s.AllTables)
		shuffle(r, s.Tables)
		shuffle(r, s.Functions)
		for j := range s.Tables {
			shuffle(r, s.Tables[j].Privileges)
		}
	}
}

func shuffleState(r dice, s *share.State) {
	shuffle(r, s.Consumers)
	for _, f := range append([]share.Found{s.Producer}, s.Consumers...) {
		shuffle(r, f.Unknown)
		shuffle(r, f.Databases)
		shuffle(r, f.Schemas)
		shuffle(r, f.Tables)
		shuffle(r, f.Roles)
		shuffle(r, f.Users)
		shuffle(r, f.Outbound)
		shuffle(r, f.Inbound)
		shuffle(r, f.Grants)
		shuffle(r, f.Associations)
		for i := range f.Outbound {
			shuffle(r, f.Outbound[i].Consumers)
		}
	}
}
