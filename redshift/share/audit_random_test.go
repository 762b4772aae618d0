package share

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The oracle answers one question at a time by looking through the lists of what was found,
// without indexes, masks or groups.
type oracle struct {
	found []Found
}

// ask is one question: may the identity use the privilege, in the database of the warehouse.
type ask struct {
	f        *Found
	who      Grantee
	database string
	in       *Inbound // nil in the producer's own database
	schema   string
	table    string // empty: to come
	itself   bool   // the schema
	p        Privilege
}

// everyone returns all grantees whose grants count for one, in no order.
func everyone(f *Found, who Grantee) []Grantee {
	list := []Grantee{who, public}
	for again := true; again; {
		again = false
		for _, r := range f.RoleGrants {
			if slices.Contains(list, r.To) && !slices.Contains(list, role(r.Role)) {
				list, again = append(list, role(r.Role)), true
			}
		}
	}
	for _, g := range f.Groups {
		if who.Type == ToUser && slices.Contains(g.Users, who.Name) {
			list = append(list, group(g.Name))
		}
	}
	return list
}

// covers reports whether a grant is of the privilege and on the thing.
func (q ask) covers(g Grant) bool {
	if g.Privilege != q.p {
		return false
	}
	if q.itself {
		return g.Scope == ForSchemas || g.Scope == OnSchema && g.Schema == q.schema
	}
	switch g.Scope {
	case OnTable:
		return q.table != "" && g.Schema == q.schema && g.Object == q.table
	case ForTables:
		return g.Schema == "" || g.Schema == q.schema
	}
	return false
}

func usable(g Grant, schema string) bool {
	return g.Privilege == Usage && (g.Scope == ForSchemas || g.Scope == OnSchema && g.Schema == schema)
}

func (o oracle) producer(namespace string) *Found {
	for i := range o.found {
		if o.found[i].Namespace == namespace {
			return &o.found[i]
		}
	}
	return nil
}

func failedIn(f *Found, words ...string) bool {
	for _, u := range f.Unknown {
		for _, word := range words {
			if u.What == word {
				return true
			}
		}
	}
	return false
}

var (
	grantReads = []string{"privileges on tables", "privileges on schemas", "privileges on databases", "roles of roles", "anything"}
	shareReads = []string{"datashares", "objects of datashares", "anything"}
)

func (q ask) superuser() bool {
	return q.who.Type == ToUser && slices.Contains(q.f.Superusers, q.who.Name)
}

// answer returns the verdict.
func (o oracle) answer(q ask) Verdict {
	granted, usesDatabase, usesSchema := false, false, false
	for _, g := range q.f.Grants {
		if g.Database == q.database && slices.Contains(everyone(q.f, q.who), g.Grantee) {
			granted = granted || q.covers(g)
			usesDatabase = usesDatabase || g.Scope == OnDatabase && g.Privilege == Usage
			usesSchema = usesSchema || usable(g, q.schema)
		}
	}
	verdict := o.ordinary(q, granted, usesDatabase, usesSchema)
	switch {
	case !q.superuser():
	case q.in == nil:
		return o.ordinary(q, true, true, true)
	default:
		if v := o.shared(q, false); better(v, verdict) {
			return v
		}
	}
	return verdict
}

// ordinary answers for who is no superuser.
func (o oracle) ordinary(q ask, granted, usesDatabase, usesSchema bool) Verdict {
	if q.in == nil {
		view := o.view(q.f, q)
		switch {
		case !granted:
			return ""
		case !usesSchema || view:
			return No
		}
		return Yes
	}
	with, known := o.with(q)
	yes := func(with bool) Verdict {
		switch {
		case with && !granted, !with && !usesDatabase:
			return ""
		case with && !(usesDatabase && usesSchema):
			return No
		}
		return o.shared(q, with)
	}
	if known {
		return yes(with)
	}
	a, b := yes(true), yes(false)
	switch {
	case a == b:
		return a
	case a == Unsure || b == Unsure || a == Yes || b == Yes:
		return Unsure
	}
	return No
}

// with tells whether the database was made WITH PERMISSIONS, which grants on objects prove.
func (o oracle) with(q ask) (with, known bool) {
	for _, d := range q.f.Databases {
		if d.Name == q.database && d.WithPermissions != nil {
			return *d.WithPermissions, true
		}
	}
	for _, g := range q.f.Grants {
		if g.Database == q.database && g.Scope != OnDatabase {
			return true, true
		}
	}
	return false, false
}

// shared tells what the datashare and the rules of sharing leave of a privilege that the
// warehouse would give. Of what a datashare does not give, there is a No only if it was
// granted by name.
func (o oracle) shared(q ask, named bool) Verdict {
	p := o.producer(q.in.Namespace)
	if p == nil { // nothing of it is known
		p = &Found{Account: q.in.Account, Namespace: q.in.Namespace, Version: "1.0.78881"}
	}
	out := &Outbound{Name: q.in.Name}
	for i := range p.Outbound {
		if p.Outbound[i].Name == q.in.Name {
			out = &p.Outbound[i]
		}
	}
	complete := p.Superuser && !failedIn(p, grantReads...) && !failedIn(p, shareReads...)
	gives, uses := false, false
	onTable, onSchema := false, false
	for _, g := range p.Grants {
		if g.Grantee == ds(q.in.Name) && g.Database == out.Database {
			gives = gives || q.covers(g)
			uses = uses || usable(g, q.schema)
			onSchema = onSchema || g.Scope == ForSchemas || g.Scope == OnSchema && g.Schema == q.schema
			onTable = onTable || q.table != "" && (g.Scope == OnTable && g.Schema == q.schema && g.Object == q.table || g.Scope == ForTables && (g.Schema == "" || g.Schema == q.schema))
		}
	}
	for _, object := range out.Objects {
		switch {
		case object.Type == "schema" && object.Name == q.schema:
			uses = uses || complete && !onSchema
			gives = gives || object.IncludeNew && q.table == "" && !q.itself && q.p == Select
		case object.Type == "table" && object.Name == q.schema+"."+q.table && complete && !onTable && q.p == Select:
			gives = true
		}
	}
	if !gives && complete {
		if named {
			return No
		}
		return ""
	}
	worst := Yes
	worse := func(v Verdict) {
		if v == No || worst == Yes {
			worst = v
		}
	}
	if !gives || !uses {
		worse(Unsure)
	}
	o.rules(q, p, out, worse)
	return worst
}

func (o oracle) view(p *Found, q ask) bool {
	for _, t := range p.Tables {
		if t.Schema == q.schema && t.Name == q.table {
			return t.Type == "VIEW" && slices.Contains([]Privilege{Insert, Update, Delete, Truncate}, q.p)
		}
	}
	return false
}

// rules are those of sharing, of writing through a datashare, and of single tables.
func (o oracle) rules(q ask, p *Found, out *Outbound, worse func(Verdict)) {
	if q.p != Select {
		for _, d := range p.Databases {
			if d.Name == out.Database && d.Isolation != "Snapshot Isolation" {
				if d.Isolation == "" {
					worse(Unsure)
				} else {
					worse(No)
				}
			}
		}
		if q.f.Warehouse.Cluster != "" && q.f.Slices < 64 {
			if q.f.Slices == 0 {
				worse(Unsure)
			} else {
				worse(No)
			}
		}
		for _, f := range []*Found{q.f, p} {
			switch f.Version {
			case "":
				worse(Unsure)
			case "1.0.70000":
				worse(No)
			}
		}
	}
	if q.f.Account != p.Account {
		var mine []Association
		for _, f := range o.found {
			for _, a := range f.Associations {
				if a.Datashare == out.Name && a.Producer == p.Namespace && (a.Consumer == q.f.Account || strings.HasSuffix(a.Consumer, q.f.Namespace)) {
					mine = append(mine, a)
				}
			}
		}
		has := func(is func(Association) bool) bool { return slices.ContainsFunc(mine, is) }
		switch {
		case len(mine) == 0:
			worse(Unsure)
		case !has(func(a Association) bool { return a.Status == "ACTIVE" }),
			q.p != Select && !(has(func(a Association) bool { return a.ProducerWrites }) && has(func(a Association) bool { return a.ConsumerWrites })):
			if failedIn(p, "associations", "anything") || failedIn(q.f, "associations", "anything") {
				worse(Unsure)
			} else {
				worse(No)
			}
		}
	}
	if o.view(p, q) {
		worse(No)
	}
	for _, t := range p.Tables {
		if t.Schema != q.schema || t.Name != q.table {
			continue
		}
		if t.Interleaved {
			worse(No)
		}
		if len(t.Masks) > 0 {
			if q.p == Select {
				worse(No)
			}
			worse(Unsure)
		}
		if t.RowSecurity {
			if q.p == Select {
				worse(No)
			}
			worse(Unsure)
		}
		if len(t.Identity) > 0 && (q.p == Insert || q.p == Update) {
			if p.Slices == 0 || q.f.Slices == 0 {
				worse(Unsure)
			} else if q.f.Slices > p.Slices {
				worse(No)
			}
		}
	}
	if q.table != "" && failedIn(p, "columns") {
		worse(Unsure)
	}
	if q.table != "" && failedIn(p, "masking policies") {
		worse(Unsure)
	}
}

// A randomWorld makes warehouses up, of few names so that much coincides.
type randomWorld struct{ *rand.Rand }

func pick[T any](r randomWorld, list ...T) T { return list[r.IntN(len(list))] }

func (r randomWorld) some(n int) bool { return r.IntN(n) == 0 }

func (r randomWorld) grant(to Grantee, database string) Grant {
	g := Grant{Grantee: to, Database: database, Scope: pick(r, OnDatabase, OnSchema, OnSchema, OnTable, OnTable, OnTable, ForSchemas, ForTables, ForTables)}
	table := pick(r, allTable...)
	switch g.Scope {
	case OnDatabase:
		g.Privilege = Usage
	case OnSchema:
		g.Schema, g.Privilege = pick(r, "s1", "s2"), pick(r, Usage, Usage, Usage, Create, Drop)
	case ForSchemas:
		g.Privilege = pick(r, Usage, Usage, Create, Alter)
	case OnTable:
		g.Schema, g.Object, g.Privilege = pick(r, "s1", "s2"), pick(r, "t1", "t2", "t3"), table
	case ForTables:
		g.Schema, g.Privilege = pick(r, "", "s1", "s2"), table
	}
	return g
}

func (r randomWorld) grants(n int, database string, to ...Grantee) []Grant {
	var list []Grant
	for range n {
		list = append(list, r.grant(pick(r, to...), database))
	}
	return list
}

func (r randomWorld) unread(f *Found) {
	if r.some(6) {
		f.Unknown = append(f.Unknown, Unknown{What: pick(r, "privileges on tables", "roles of roles", "columns", "masking policies", "associations", "anything"), Reason: "denied"})
	}
	f.Superuser = !r.some(8)
}

func (r randomWorld) people(f *Found) {
	f.Users, f.Superusers = []string{"u1", "u2", "u3", "root"}, []string{"root"}
	for range r.IntN(6) {
		f.RoleGrants = append(f.RoleGrants, RoleGrant{pick(r, "r1", "r2", "r3"), pick(r, user("u1"), user("u2"), user("u3"), role("r1"), role("r2"), role("r3"))})
	}
	f.Groups = []Group{{Name: "g1"}}
	if r.some(2) {
		f.Groups[0].Users = []string{pick(r, "u1", "u2")}
	}
}

func (r randomWorld) producer(i int) Found {
	f := Found{
		Warehouse: Warehouse{Cluster: fmt.Sprint("p", i), Database: "prod"}, Account: "111111111111", Namespace: fmt.Sprint("np", i),
		Version: pick(r, "1.0.78881", "1.0.78881", "1.0.78881", "1.0.70000", ""), Slices: pick(r, 0, 32, 64),
		Databases: []Database{{Name: "prod", Isolation: pick(r, "Snapshot Isolation", "Snapshot Isolation", "Snapshot Isolation", "Serializable", "")}},
		Schemas:   []string{"s1", "s2"},
	}
	for _, schema := range f.Schemas {
		for _, table := range []string{"t1", "t2", "t3"} {
			t := TableOf{Schema: schema, Name: table, Type: pick(r, "TABLE", "TABLE", "TABLE", "VIEW"), Interleaved: r.some(8), RowSecurity: r.some(8)}
			if r.some(8) {
				t.Masks = []string{"m"}
			}
			if r.some(4) {
				t.Identity = []string{"id"}
			}
			f.Tables = append(f.Tables, t)
		}
	}
	r.people(&f)
	r.unread(&f)
	f.Grants = r.grants(r.IntN(12), "prod", user("u1"), user("u2"), role("r1"), role("r2"), group("g1"), public)
	for _, name := range []string{"d1", "d2"} {
		out := Outbound{Name: name, Database: "prod"}
		f.Grants = append(f.Grants, r.grants(r.IntN(24), "prod", ds(name))...)
		if r.some(3) {
			out.Objects = []ObjectOf{{Type: "schema", Name: "s1", IncludeNew: r.some(2)}, {Type: "table", Name: "s1." + pick(r, "t1", "t2")}}
		}
		f.Outbound = append(f.Outbound, out)
	}
	return f
}

func (r randomWorld) consumer(i int, producers []Found) Found {
	f := Found{
		Warehouse: Warehouse{Workgroup: fmt.Sprint("c", i)}, Account: pick(r, "111111111111", "111111111111", "222222222222"), Namespace: fmt.Sprint("nc", i),
		Version: pick(r, "1.0.78890", "1.0.78890", "1.0.78890", "1.0.70000", ""),
	}
	if r.some(3) {
		f.Warehouse = Warehouse{Cluster: fmt.Sprint("c", i)}
		f.Slices = pick(r, 0, 32, 64, 128)
	}
	r.people(&f)
	r.unread(&f)
	for k := range producers {
		p := &producers[k]
		for o := range p.Outbound {
			out := &p.Outbound[o]
			if r.some(2) {
				continue
			}
			out.Consumers = append(out.Consumers, UsedBy{f.Account, f.Namespace})
			in := Inbound{Name: out.Name, Account: p.Account, Namespace: p.Namespace, Database: fmt.Sprint("db", k, o)}
			f.Inbound = append(f.Inbound, in)
			d := Database{Name: in.Database, Shared: true}
			if r.some(2) {
				with := r.some(2)
				d.WithPermissions = &with
			}
			f.Databases = append(f.Databases, d)
			f.Grants = append(f.Grants, r.grants(pick(r, 0, 3, 10, 25), in.Database, user("u1"), user("u2"), role("r1"), role("r2"), role("r3"), group("g1"), public)...)
			if r.some(3) {
				f.Grants = append(f.Grants, grants(pick(r, user("u3"), role("r1"), public), OnDatabase, in.Database, "", "", Usage)...)
			}
			if f.Account != p.Account && !r.some(3) {
				a := Association{
					Datashare: out.Name, Producer: p.Namespace, Consumer: pick(r, f.Account, "arn:aws:redshift::"+f.Account+":namespace:"+f.Namespace),
					Status: pick(r, "ACTIVE", "ACTIVE", "AUTHORIZED"), ProducerWrites: !r.some(3), ConsumerWrites: !r.some(3),
				}
				if r.some(2) {
					f.Associations = append(f.Associations, a)
				} else {
					p.Associations = append(p.Associations, a)
				}
			}
		}
	}
	return f
}

func (r randomWorld) world() []Found {
	var producers, all []Found
	for i := range 1 + r.IntN(2) {
		producers = append(producers, r.producer(i))
	}
	for i := range 1 + r.IntN(3) {
		all = append(all, r.consumer(i, producers))
	}
	if r.some(6) {
		producers = producers[:len(producers)-1] // not looked into
	}
	return append(all, producers...)
}

// best returns the verdict on a question as the result has it.
func best(r AuditResult, warehouse string, q ask) Verdict {
	var best Verdict
	for _, a := range r.WhatCan(warehouse, q.who) {
		if a.Identity.Type == Anyone || a.Database != q.database || q.in != nil && a.Datashare != q.in.Name || r.schemaOf(&a, q.schema) != q.schema {
			continue
		}
		rights := a.OnSchema
		if !q.itself {
			rights = slices.Clone(a.at(r, q.table))
			if q.table == "" {
				rights = rights[len(a.OnSchema):]
			}
		}
		for _, right := range rights {
			if slices.Contains(right.Privileges, q.p) && better(right.Verdict, best) {
				best = right.Verdict
			}
		}
	}
	return best
}

func TestAuditAgainstOracle(t *testing.T) {
	verdicts := map[Verdict]int{}
	for seed := range uint64(100) {
		r := randomWorld{rand.New(rand.NewPCG(seed, 0))}
		found := r.world()
		result := Audit(found, AuditOptions{})
		r.Shuffle(len(found), func(i, j int) { found[i], found[j] = found[j], found[i] })
		for i := range found {
			f := found[i]
			r.Shuffle(len(f.Grants), func(i, j int) { f.Grants[i], f.Grants[j] = f.Grants[j], f.Grants[i] })
			r.Shuffle(len(f.RoleGrants), func(i, j int) { f.RoleGrants[i], f.RoleGrants[j] = f.RoleGrants[j], f.RoleGrants[i] })
		}
		if again := Audit(found, AuditOptions{}); !reflect.DeepEqual(result, again) {
			t.Fatalf("seed %d: the order of what was found matters", seed)
		}
		for i := range found {
			for _, q := range questions(&found[i]) {
				if q.in == nil && result.schema(q.f.Warehouse.Cluster, "prod", q.schema) == nil {
					continue // is not shared
				}
				want := oracle{found}.answer(q)
				got := best(result, found[i].Warehouse.Cluster+found[i].Warehouse.Workgroup, q)
				verdicts[want]++
				if got != want {
					t.Fatalf("seed %d: %s, %v, %s of %q.%q.%q (schema: %v): got %q, want %q", seed, warehouseText(q.f.Warehouse), q.who, q.p, q.database, q.schema, q.table, q.itself, got, want)
				}
			}
		}
	}
	for _, v := range []Verdict{"", No, Unsure, Yes} {
		if verdicts[v] < 1000 {
			t.Errorf("%d answers are %q: the worlds are too much alike", verdicts[v], v)
		}
	}
	t.Log(verdicts)
}

// questions are all that can be asked of a warehouse.
func questions(f *Found) []ask {
	var list []ask
	add := func(database string, in *Inbound) {
		for _, who := range []Grantee{user("u1"), user("u2"), user("u3"), user("root"), role("r1"), role("r2"), role("r3")} {
			for _, schema := range []string{"s1", "s2"} {
				for _, table := range []string{"", "t1", "t2", "t3"} {
					for _, p := range allTable {
						list = append(list, ask{f: f, who: who, database: database, in: in, schema: schema, table: table, p: p})
					}
				}
				for _, p := range []Privilege{Create, Alter, Drop} {
					list = append(list, ask{f: f, who: who, database: database, in: in, schema: schema, itself: true, p: p})
				}
			}
		}
	}
	if len(f.Outbound) > 0 {
		add("prod", nil)
	}
	for i := range f.Inbound {
		add(f.Inbound[i].Database, &f.Inbound[i])
	}
	return list
}
