package share_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

const (
	company = "111122223333"
	partner = "444455556666"

	etlGUID       = "a1a1a1a1-0000-4000-8000-000000000001"
	salesGUID     = "b2b2b2b2-0000-4000-8000-000000000002"
	marketingGUID = "c3c3c3c3-0000-4000-8000-000000000003"
	labGUID       = "d4d4d4d4-0000-4000-8000-000000000004"
	agencyGUID    = "e5e5e5e5-0000-4000-8000-000000000005"
)

// readJSON reads test data, and refuses what the type does not have.
func readJSON[T any](t testing.TB, file string) (v T) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	decoder := json.NewDecoder(f)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return v
}

// article returns AnyCompany as the article has it, before anything is shared.
func article(t testing.TB) (share.Description, share.State) {
	t.Helper()
	return readJSON[share.Description](t, "testdata/anycompany.json"), readJSON[share.State](t, "testdata/anycompany-state.json")
}

// warehouse returns one that has nothing but a local database, roles and users.
func warehouse(w share.Warehouse, account, guid string) share.Found {
	f := share.Found{
		Warehouse: w, Account: account, Region: "eu-west-1", Namespace: guid,
		NamespaceARN: "arn:aws:redshift-serverless:eu-west-1:" + account + ":namespace/" + guid,
		Status:       "available", Version: "1.0.78890", BaseCapacity: 8, User: "admin", Superuser: true,
		Databases: []share.Database{{Name: "dev", Isolation: "Snapshot Isolation"}},
		Roles:     []string{"writer", "reader"}, Users: []string{"admin", "alice", "IAMR:analyst"},
	}
	if w.Cluster != "" {
		f.NamespaceARN = "arn:aws:redshift:eu-west-1:" + account + ":namespace:" + guid
		f.NodeType, f.Slices, f.BaseCapacity = "ra3.4xlarge", 64, 0
	}
	return f
}

// A model is a Redshift of sets: it runs the steps of plans on a State. It knows which
// statement needs which before it, and refuses to take away what is not there.
type model struct {
	testing.TB
	state share.State
	owned map[string]share.Item
}

func newModel(t testing.TB) *model {
	m := &model{TB: t, owned: map[string]share.Item{}}
	m.state.Producer = warehouse(share.Warehouse{Cluster: "etl", Database: "prod"}, company, etlGUID)
	p := &m.state.Producer
	p.Databases = append(p.Databases, share.Database{Name: "prod", Isolation: "Snapshot Isolation"})
	p.Schemas = []string{"s0", "s1", "s2"}
	for _, schema := range p.Schemas {
		for n := range 3 {
			p.Tables = append(p.Tables, share.TableOf{Database: "prod", Schema: schema, Name: fmt.Sprint("t", n), Type: "TABLE"})
		}
		for _, arguments := range []string{"", "integer", "character varying", "integer,character varying", "integer,character varying,numeric"} {
			p.Functions = append(p.Functions, share.FunctionOf{Database: "prod", Schema: schema, Name: "f(" + arguments + ")"})
		}
	}
	m.state.Consumers = []share.Found{
		warehouse(share.Warehouse{Workgroup: "sales"}, company, salesGUID),
		warehouse(share.Warehouse{Workgroup: "marketing"}, company, marketingGUID),
		warehouse(share.Warehouse{Cluster: "lab"}, company, labGUID),
		warehouse(share.Warehouse{Account: partner, Workgroup: "agency"}, partner, agencyGUID),
	}
	return m
}

func (m *model) at(w share.Warehouse) *share.Found {
	m.Helper()
	if m.state.Producer.Warehouse.Key() == w.Key() {
		return &m.state.Producer
	}
	for i := range m.state.Consumers {
		if m.state.Consumers[i].Warehouse.Key() == w.Key() {
			return &m.state.Consumers[i]
		}
	}
	m.Fatalf("there is no %s", w)
	return nil
}

func (m *model) options() share.DecideOptions {
	return share.DecideOptions{Owned: slices.Collect(maps.Values(m.owned)), Remembers: true, PricePerRPUHour: 0.375}
}

func (m *model) decide(d share.Description, opts share.DecideOptions) share.Decision {
	m.Helper()
	decision, err := share.Decide(d, m.state, opts)
	if err != nil {
		m.Fatal(err)
	}
	return decision
}

// apply runs what a decision changes, and remembers what was made.
func (m *model) apply(d share.Decision) {
	m.Helper()
	for _, s := range d.Steps {
		if !s.Change.Action.Applies() {
			if s.SQL != "" || s.Call != nil {
				m.Fatalf("%s: has something to run", s.Change)
			}
			continue
		}
		m.run(s)
		for _, i := range s.Items {
			if s.Revokes {
				delete(m.owned, i.Key())
			} else {
				m.owned[i.Key()] = i
			}
		}
	}
	for _, i := range d.Forget {
		delete(m.owned, i.Key())
	}
}

func (m *model) run(s share.Step) {
	m.Helper()
	switch {
	case s.SQL != "" && s.Call != nil:
		m.Fatalf("%s: a statement and a call", s.Change)
	case s.SQL != "":
		m.statement(s.Warehouse, s.SQL)
	case s.Call != nil:
		m.call(s.Warehouse, *s.Call)
	case !s.Change.Adopts:
		m.Fatalf("%s: nothing to run", s.Change)
	}
}

// statement runs one statement, which must be the text of what it means.
func (m *model) statement(w share.Warehouse, sql string) {
	m.Helper()
	parsed, err := redshiftsql.Parse(sql)
	if err != nil {
		m.Fatal(err)
	}
	if parsed.String() != sql {
		m.Fatalf("%s: is not the text of %s", sql, parsed)
	}
	f := m.at(w)
	switch s := parsed.(type) {
	case redshiftsql.CreateDatashare:
		m.must(m.outbound(s.Name) == nil, sql)
		f.Outbound = append(f.Outbound, share.Outbound{Name: s.Name, Database: w.Database, PublicAccessible: s.PublicAccessible})
	case redshiftsql.AlterDatashare:
		m.outbound(s.Name).PublicAccessible = s.PublicAccessible
	case redshiftsql.DropDatashare:
		m.drop(f, s.Name, sql)
	case redshiftsql.CreateDatabase:
		m.createDatabase(f, s, sql)
	case redshiftsql.DropDatabase:
		m.dropDatabase(f, s.Name, sql)
	case redshiftsql.Grant:
		m.grant(f, s, sql)
	default:
		m.Fatalf("%s: no statement of a plan", sql)
	}
}

func (m *model) must(ok bool, what string) {
	m.Helper()
	if !ok {
		m.Fatalf("refused: %s", what)
	}
}

func (m *model) outbound(name string) *share.Outbound {
	out := m.state.Producer.Outbound
	if i := slices.IndexFunc(out, func(o share.Outbound) bool { return o.Name == name }); i >= 0 {
		return &out[i]
	}
	return nil
}

func (m *model) drop(f *share.Found, name, sql string) {
	m.must(m.outbound(name) != nil, sql)
	f.Outbound = slices.DeleteFunc(f.Outbound, func(o share.Outbound) bool { return o.Name == name })
	f.Grants = slices.DeleteFunc(f.Grants, func(g share.Grant) bool { return g.Grantee == share.Grantee{Type: share.ToDatashare, Name: name} })
}

// createDatabase needs the datashare to be granted to the namespace or, from another
// account, associated with it.
func (m *model) createDatabase(f *share.Found, s redshiftsql.CreateDatabase, sql string) {
	out := m.outbound(s.Datashare)
	m.must(out != nil && s.WithPermissions && s.Namespace == etlGUID, sql)
	if f.Account == company {
		m.must(s.Account == "" && slices.Contains(out.Consumers, share.UsedBy{Account: company, Namespace: f.Namespace}), sql)
	} else {
		active := func(a share.Association) bool { return a.Datashare == s.Datashare && a.Status == "ACTIVE" }
		m.must(s.Account == company && slices.ContainsFunc(f.Associations, active), sql)
	}
	m.must(!slices.ContainsFunc(f.Databases, func(d share.Database) bool { return d.Name == s.Name }), sql)
	m.must(!slices.ContainsFunc(f.Inbound, func(in share.Inbound) bool { return in.Name == s.Datashare && in.Database != "" }), sql)
	f.Databases = append(f.Databases, share.Database{Name: s.Name, Shared: true})
	f.Inbound = append(f.Inbound, share.Inbound{Name: s.Datashare, Account: company, Namespace: s.Namespace, Database: s.Name})
}

func (m *model) dropDatabase(f *share.Found, name, sql string) {
	before := len(f.Inbound)
	f.Inbound = slices.DeleteFunc(f.Inbound, func(in share.Inbound) bool { return in.Database == name })
	m.must(len(f.Inbound) == before-1, sql)
	f.Databases = slices.DeleteFunc(f.Databases, func(d share.Database) bool { return d.Name == name })
	f.Grants = slices.DeleteFunc(f.Grants, func(g share.Grant) bool { return g.Database == name })
}

func (m *model) grant(f *share.Found, s redshiftsql.Grant, sql string) {
	m.Helper()
	if s.Object.Scope == redshiftsql.OnDatashare {
		m.usage(s, sql)
		return
	}
	if s.Grantee.Type == redshiftsql.Datashare {
		m.must(m.outbound(s.Grantee.Name) != nil && s.Object.Database == "prod", sql)
	} else {
		m.must(slices.ContainsFunc(f.Databases, func(d share.Database) bool { return d.Name == s.Object.Database && d.Shared }), sql)
	}
	for _, p := range s.Privileges {
		g := grantOf(s, p)
		i := slices.Index(f.Grants, g)
		m.must((i >= 0) == s.Revoke, sql+" ("+p+")")
		switch {
		case s.Revoke:
			f.Grants = slices.Delete(f.Grants, i, i+1)
		default:
			m.must(g.Scope == share.OnSchema || g.Schema == "" || m.hasSchema(f, g), sql)
			f.Grants = append(f.Grants, g)
		}
	}
}

// hasSchema reports whether the grantee may use the schema of the object.
func (m *model) hasSchema(f *share.Found, g share.Grant) bool {
	on := share.Grant{Grantee: g.Grantee, Privilege: share.Usage, Scope: share.OnSchema, Database: g.Database, Schema: g.Schema}
	all := share.Grant{Grantee: g.Grantee, Privilege: share.Usage, Scope: share.ForSchemas, Database: g.Database}
	return slices.Contains(f.Grants, on) || slices.Contains(f.Grants, all)
}

func grantOf(s redshiftsql.Grant, privilege string) share.Grant {
	g := share.Grant{
		Grantee:   share.Grantee{Type: share.GranteeType(strings.ToLower(string(s.Grantee.Type))), Name: s.Grantee.Name},
		Privilege: share.Privilege(privilege), Scope: share.Scope(strings.ToLower(string(s.Object.Scope))),
		Database: s.Object.Database, Schema: s.Object.Schema, Object: s.Object.Name,
	}
	if g.Scope == share.OnFunction {
		g.Object += "(" + strings.Join(s.Object.Arguments, ",") + ")"
	}
	return g
}

func (m *model) usage(s redshiftsql.Grant, sql string) {
	out := m.outbound(s.Object.Name)
	m.must(out != nil, sql)
	by := share.UsedBy{Account: s.Grantee.Name}
	if s.Grantee.Type == redshiftsql.Namespace {
		by = share.UsedBy{Account: company, Namespace: s.Grantee.Name}
	}
	i := slices.Index(out.Consumers, by)
	m.must((i >= 0) == s.Revoke, sql)
	if s.Revoke {
		out.Consumers = slices.Delete(out.Consumers, i, i+1)
	} else {
		out.Consumers = append(out.Consumers, by)
	}
}

func (m *model) call(w share.Warehouse, c share.Call) {
	m.Helper()
	f, p := m.at(w), &m.state.Producer
	arn, name, _ := strings.Cut(c.DatashareARN, "/")
	m.must(arn == "arn:aws:redshift:eu-west-1:"+company+":datashare:"+etlGUID, c.DatashareARN)
	a := share.Association{Datashare: name, Producer: etlGUID, Region: "eu-west-1"}
	of := func(consumer string) func(share.Association) bool {
		return func(a share.Association) bool { return a.Datashare == name && a.Consumer == consumer }
	}
	switch c.Operation {
	case "AuthorizeDataShare":
		m.must(slices.Contains(m.outbound(name).Consumers, share.UsedBy{Account: c.Consumer}), c.Operation)
		p.Associations = slices.DeleteFunc(p.Associations, of(c.Consumer))
		a.Consumer, a.Status, a.ProducerWrites = c.Consumer, "AUTHORIZED", c.AllowWrites
		p.Associations = append(p.Associations, a)
	case "DeauthorizeDataShare":
		m.must(slices.ContainsFunc(p.Associations, of(c.Consumer)), c.Operation)
		p.Associations = slices.DeleteFunc(p.Associations, of(c.Consumer))
	case "AssociateDataShareConsumer":
		m.must(slices.ContainsFunc(p.Associations, of(f.Account)) && c.ConsumerARN == f.NamespaceARN, c.Operation)
		f.Associations = slices.DeleteFunc(f.Associations, of(c.ConsumerARN))
		a.Consumer, a.Status, a.ConsumerWrites = c.ConsumerARN, "ACTIVE", c.AllowWrites
		f.Associations = append(f.Associations, a)
	case "DisassociateDataShareConsumer":
		m.must(slices.ContainsFunc(f.Associations, of(c.ConsumerARN)), c.Operation)
		f.Associations = slices.DeleteFunc(f.Associations, of(c.ConsumerARN))
	default:
		m.Fatalf("no call %q", c.Operation)
	}
}

// statements returns what a decision runs, a line each.
func statements(d share.Decision) []string {
	var all []string
	for _, s := range d.Steps {
		switch {
		case s.SQL != "":
			all = append(all, s.SQL)
		case s.Call != nil:
			all = append(all, fmt.Sprintf("%s %s %s %t", s.Call.Operation, s.Call.Consumer, s.Call.ConsumerARN, s.Call.AllowWrites))
		}
	}
	return all
}

// of returns the steps of an action.
func of(d share.Decision, action awspatterns.Action) []share.Step {
	return slices.DeleteFunc(slices.Clone(d.Steps), func(s share.Step) bool { return s.Change.Action != action })
}

// text returns all of a decision as text.
func text(t testing.TB, d share.Decision) string {
	t.Helper()
	var changes []awspatterns.Change
	for _, s := range d.Steps {
		changes = append(changes, s.Change)
	}
	b, err := json.MarshalIndent([]any{changes, d}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// planText returns a decision as the text of a plan.
func planText(d share.Decision) string {
	p := awspatterns.Plan{Pattern: "redshift.Share", Target: awspatterns.Target{Account: company, Region: "eu-west-1"}, Costs: d.Costs, Incomplete: d.Incomplete()}
	for _, s := range d.Steps {
		p.Changes = append(p.Changes, s.Change)
	}
	text := p.String()
	for _, x := range d.Drift {
		text += fmt.Sprintf("Drift: %s: %s %s\n", x.How, x.Item, x.Reason)
	}
	for _, n := range d.Notes {
		text += "Note: " + n + "\n"
	}
	return text
}
