package share_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// made returns AnyCompany with everything made.
func made(t *testing.T) (share.Description, *model) {
	t.Helper()
	d, s := article(t)
	m := &model{TB: t, state: s, owned: map[string]share.Item{}}
	m.apply(m.decide(d, m.options()))
	return d, m
}

// sold returns a datashare that a warehouse of another account writes to.
func sold(t *testing.T) (share.Description, *model) {
	t.Helper()
	d := share.Description{
		Producer: share.Warehouse{Cluster: "etl", Database: "prod"},
		Datashares: []share.Datashare{{
			Name:    "one",
			Objects: share.Objects{Schemas: []share.Schema{{Name: "s0", AllTables: []share.Privilege{share.Select, share.Insert}}}},
			Consumers: []share.Consumer{{
				Warehouse: &share.Warehouse{Account: partner, Workgroup: "agency"}, Writable: true, Database: "one_db",
				Grants: []share.ConsumerGrant{{Role: "writer", Objects: share.Objects{Schemas: []share.Schema{{Name: "s0", AllTables: []share.Privilege{share.Insert}}}}}},
			}},
		}},
	}
	return d, newModel(t)
}

func expect(t *testing.T, d share.Decision, want ...string) {
	t.Helper()
	if got := statements(d); !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestAnotherAccount makes, changes and takes away what two accounts agree on.
func TestAnotherAccount(t *testing.T) {
	d, m := sold(t)
	arn := "arn:aws:redshift-serverless:eu-west-1:" + partner + ":namespace/" + agencyGUID
	decision := m.decide(d, m.options())
	expect(t, decision,
		`CREATE DATASHARE "one" SET PUBLICACCESSIBLE FALSE`,
		`GRANT USAGE ON SCHEMA "prod"."s0" TO DATASHARE "one"`,
		`GRANT INSERT, SELECT FOR TABLES IN SCHEMA "s0" DATABASE "prod" TO DATASHARE "one"`,
		`GRANT USAGE ON DATASHARE "one" TO ACCOUNT '`+partner+`'`,
		`AuthorizeDataShare `+partner+`  true`,
		`AssociateDataShareConsumer  `+arn+` true`,
		`CREATE DATABASE "one_db" WITH PERMISSIONS FROM DATASHARE "one" OF ACCOUNT '`+company+`' NAMESPACE '`+etlGUID+`'`,
		`GRANT USAGE ON DATABASE "one_db" TO ROLE "writer"`,
		`GRANT USAGE ON SCHEMA "one_db"."s0" TO ROLE "writer"`,
		`GRANT INSERT FOR TABLES IN SCHEMA "s0" DATABASE "one_db" TO ROLE "writer"`,
	)
	golden.Equal(t, "testdata/another-account-script.sql", share.Script(decision.Steps))
	m.apply(decision)

	// Each side forbids writes in turn.
	for name, forbid := range map[string]func(){
		"AuthorizeDataShare " + partner + "  true":     func() { m.state.Producer.Associations[0].ProducerWrites = false },
		"AssociateDataShareConsumer  " + arn + " true": func() { m.state.Consumers[3].Associations[0].ConsumerWrites = false },
	} {
		forbid()
		changed := m.decide(d, m.options())
		expect(t, changed, name)
		if len(changed.Drift) != 1 || changed.Drift[0].How != share.Changed || changed.Steps[0].Change.Action != awspatterns.Update {
			t.Errorf("got\n%s", planText(changed))
		}
		foreign := m.decide(d, share.DecideOptions{Remembers: true})
		if len(statements(foreign)) > 0 || len(of(foreign, awspatterns.Blocked)) != 1 {
			t.Errorf("what others made is changed:\n%s", planText(foreign))
		}
		m.apply(changed)
	}

	d.Datashares[0].Schemas[0].AllTables, d.Datashares[0].Consumers[0].Writable = []share.Privilege{share.Select}, false
	d.Datashares[0].Consumers[0].Grants = nil
	less := m.decide(d, m.options())
	expect(t, less,
		`AuthorizeDataShare `+partner+`  false`,
		`AssociateDataShareConsumer  `+arn+` false`,
		`REVOKE INSERT FOR TABLES IN SCHEMA "s0" DATABASE "one_db" FROM ROLE "writer"`,
		`REVOKE USAGE ON SCHEMA "one_db"."s0" FROM ROLE "writer"`,
		`REVOKE USAGE ON DATABASE "one_db" FROM ROLE "writer"`,
		`REVOKE INSERT FOR TABLES IN SCHEMA "s0" DATABASE "prod" FROM DATASHARE "one"`,
	)
	m.apply(less)

	d.Datashares = nil
	none := m.decide(d, m.options())
	expect(t, none,
		`DROP DATABASE "one_db"`,
		`DisassociateDataShareConsumer  `+arn+` false`,
		`DeauthorizeDataShare `+partner+`  false`,
		`REVOKE USAGE ON DATASHARE "one" FROM ACCOUNT '`+partner+`'`,
		`DROP DATASHARE "one"`,
	)
	golden.Equal(t, "testdata/taken-away-plan.txt", planText(none))
	golden.Equal(t, "testdata/taken-away-script.sql", share.Script(none.Steps))
	m.apply(none)
	if last := m.decide(d, m.options()); len(last.Steps) > 0 || len(m.owned) > 0 {
		t.Errorf("something is left: %v", m.owned)
	}
}

// TestAccountAlone leaves what another account has to do to a person there.
func TestAccountAlone(t *testing.T) {
	d, m := sold(t)
	d.Datashares[0].Consumers = []share.Consumer{{Account: partner, Writable: true}}
	first := m.decide(d, m.options())
	manual := of(first, awspatterns.Manual)
	if len(manual) != 1 || len(manual[0].Change.Steps) != 3 || !strings.Contains(manual[0].Change.Steps[0], "--allow-writes") {
		t.Fatalf("got\n%s", planText(first))
	}
	m.apply(first)
	p := &m.state.Producer
	for _, test := range []struct {
		status         string
		writes, manual bool
		authorizes     bool
	}{
		{"AUTHORIZED", false, true, false},
		{"ACTIVE", false, true, false}, // it reads, and does not accept writes
		{"ACTIVE", true, false, false},
		{"REJECTED", false, true, true},
		{"PENDING_AUTHORIZATION", false, true, true},
	} {
		p.Associations[0].Status, p.Associations[0].ConsumerWrites = test.status, test.writes
		decision := m.decide(d, m.options())
		manual := of(decision, awspatterns.Manual)
		if len(manual) > 0 != test.manual || len(statements(decision)) > 0 != test.authorizes {
			t.Errorf("%+v: got\n%s", test, planText(decision))
		}
		if test.manual && !strings.Contains(manual[0].Change.Reason, test.status) {
			t.Errorf("%+v: reason %s", test, manual[0].Change.Reason)
		}
	}
	p.Associations, p.Unknown = nil, []share.Unknown{{What: "associations of datashare one", Reason: "denied"}}
	unknown := m.decide(d, m.options())
	if len(statements(unknown)) > 0 || len(of(unknown, awspatterns.Manual)) > 0 || !unknown.Incomplete() {
		t.Errorf("unknown: got\n%s", planText(unknown))
	}
}

// TestWholeAccount leaves an association of all of an account as it is: to associate one
// namespace would overwrite it.
func TestWholeAccount(t *testing.T) {
	d, m := sold(t)
	m.apply(m.decide(d, m.options()))
	f := &m.state.Consumers[3]
	for _, a := range []share.Association{
		{Consumer: partner, Status: "ACTIVE", ConsumerWrites: true},
		{Consumer: partner, Region: "eu-west-1", Status: "ACTIVE", ConsumerWrites: true},
	} {
		a.Datashare, a.Producer = "one", etlGUID
		f.Associations = []share.Association{a}
		if decision := m.decide(d, m.options()); len(decision.Steps) > 0 {
			t.Errorf("got\n%s", planText(decision))
		}
		f.Associations[0].ConsumerWrites = false
		if decision := m.decide(d, m.options()); len(statements(decision)) > 0 || len(of(decision, awspatterns.Blocked)) != 1 {
			t.Errorf("writes: got\n%s", planText(decision))
		}
		gone := d
		gone.Datashares = nil
		for _, sql := range statements(m.decide(gone, m.options())) {
			if strings.HasPrefix(sql, "Disassociate") {
				t.Errorf("got %s", sql)
			}
		}
	}
	f.Associations[0].Region, f.Associations[0].Consumer = "us-east-1", partner
	if decision := m.decide(d, m.options()); len(statements(decision)) != 1 {
		t.Errorf("of another Region: got\n%s", planText(decision))
	}
}

// TestUnknown denies reads of AnyCompany, which is there, while half of it is no longer described:
// of what a read would have told nothing is made or taken away, and the plan is incomplete.
func TestUnknown(t *testing.T) {
	all, other := []string{"GRANT", "REVOKE", "DROP", "CREATE"}, `DROP DATABASE "marketing_db"`
	for _, test := range []struct {
		name  string
		deny  func(s *share.State)
		never []string // what no statement may begin with or hold
		still string   // what is decided all the same
	}{
		{"grants of a role", func(s *share.State) { deny(&s.Consumers[0], "grants of role campaigns in database marketing_db") }, []string{"DROP DATABASE"}, `REVOKE USAGE ON DATASHARE "marketing_ds"`},
		{"databases of a consumer", func(s *share.State) { deny(&s.Consumers[0], "databases") }, []string{"DROP DATABASE"}, `REVOKE USAGE ON DATASHARE "marketing_ds"`},
		{"datashares of a consumer", func(s *share.State) { deny(&s.Consumers[0], "datashares") }, []string{"DROP DATABASE"}, `REVOKE USAGE ON DATASHARE "marketing_ds"`},
		{"privileges on tables", func(s *share.State) { deny(&s.Producer, "privileges on tables") }, []string{"DROP DATASHARE", "GRANT"}, other},
		{"privileges on functions", func(s *share.State) { deny(&s.Producer, "privileges on functions") }, []string{"DROP DATASHARE", "GRANT"}, other},
		{"privileges on schemas", func(s *share.State) { deny(&s.Producer, "privileges on schemas") }, []string{"DROP DATASHARE", "GRANT"}, other},
		{"consumers of datashares", func(s *share.State) { deny(&s.Producer, "consumers of datashares") }, []string{"DROP DATASHARE", "GRANT"}, other},
		{"datashares", func(s *share.State) { deny(&s.Producer, "datashares") }, []string{"DROP DATASHARE", "GRANT", "CREATE"}, other},
		{"the whole catalog", func(s *share.State) { deny(&s.Producer, "catalog") }, []string{"DATASHARE", "GRANT", "CREATE"}, other},
		{"something new", func(s *share.State) { deny(&s.Producer, "svv_something") }, []string{"DROP DATASHARE", "GRANT", "CREATE"}, other},
		{"who there is", func(s *share.State) { deny(&s.Consumers[0], "roles") }, nil, other},
		{"what there is", func(s *share.State) { deny(&s.Producer, "tables") }, nil, other},
		{"a producer that is not found", func(s *share.State) { s.Producer.Namespace = ""; deny(&s.Producer, "cluster") }, all, ""},
		{"a consumer that is not found", func(s *share.State) { s.Consumers[0].Namespace = ""; deny(&s.Consumers[0], "namespace") }, []string{"DROP DATABASE"}, `REVOKE USAGE ON DATASHARE "marketing_ds"`},
		{"a consumer that is described and not found", func(s *share.State) { s.Consumers[1].Namespace = ""; deny(&s.Consumers[1], "namespace") }, []string{salesGUID, "sales_d"}, other},
		{"a consumer of unknown account", func(s *share.State) {
			f := &s.Consumers[1]
			f.Account, f.NamespaceARN = "", ""
			deny(f, "identity")
		}, []string{salesGUID, "sales_d"}, other},
		{"a paused producer", func(s *share.State) {
			s.Producer = share.Found{Warehouse: s.Producer.Warehouse, Account: company, Namespace: etlGUID, Status: "paused", Unknown: []share.Unknown{{What: "catalog", Reason: "it is paused"}}}
		}, []string{"DATASHARE", "GRANT", "CREATE"}, other},
		{"no superuser", func(s *share.State) { s.Producer.Superuser, s.Producer.User = false, "reader" }, []string{"DROP DATASHARE", "GRANT", "CREATE"}, other},
		{"who one is", func(s *share.State) { s.Producer.Superuser = false; deny(&s.Producer, "session") }, []string{"DROP DATASHARE", "GRANT", "CREATE"}, other},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, m := made(t)
			d.Datashares = d.Datashares[:1]
			test.deny(&m.state)
			decision := m.decide(d, m.options())
			if !decision.Incomplete() {
				t.Errorf("it is not incomplete:\n%s", planText(decision))
			}
			for _, sql := range statements(decision) {
				for _, never := range test.never {
					if strings.HasPrefix(sql, never) || strings.Contains(sql, "'"+never) || strings.Contains(sql, `"`+never) || never == "DATASHARE" && strings.Contains(sql, never) {
						t.Errorf("%s", sql)
					}
				}
			}
			if test.still != "" && !slices.ContainsFunc(statements(decision), func(sql string) bool { return strings.HasPrefix(sql, test.still) }) {
				t.Errorf("%s is not decided:\n%s", test.still, planText(decision))
			}
			for _, i := range decision.Forget {
				t.Errorf("forgotten: %s", i)
			}
		})
	}
}

// deny takes away what a read tells. Those of other names tell nothing that is looked at.
func deny(f *share.Found, what string) {
	f.Unknown = append(f.Unknown, share.Unknown{What: what, Reason: "denied"})
	without := func(scopes ...share.Scope) {
		f.Grants = slices.DeleteFunc(f.Grants, func(g share.Grant) bool {
			return slices.Contains(scopes, g.Scope) && (g.Schema == "") == (scopes[0] == share.ForSchemas)
		})
	}
	switch what {
	case "datashares":
		f.Outbound, f.Inbound = nil, nil
	case "databases":
		f.Databases, f.Grants = nil, nil
	case "privileges on tables":
		without(share.OnTable)
	case "privileges on functions":
		without(share.OnFunction)
	case "privileges on schemas":
		without(share.OnSchema, share.ForTables, share.ForFunctions)
	case "consumers of datashares":
		for i := range f.Outbound {
			f.Outbound[i].Consumers = nil
		}
	case "roles":
		f.Roles = nil
	case "catalog", "svv_something", "cluster", "namespace", "grants of role campaigns in database marketing_db":
		f.Outbound, f.Inbound, f.Grants, f.Databases = nil, nil, nil, nil
		if strings.HasPrefix(what, "grants") {
			f.Databases = []share.Database{{Name: "dev"}, {Name: "marketing_db", Shared: true}}
			f.Inbound = []share.Inbound{{Name: "marketing_ds", Namespace: etlGUID, Database: "marketing_db"}}
		}
	}
}

// TestReduction takes privileges away where others stay, and adds one: what stays is never
// revoked.
func TestReduction(t *testing.T) {
	d, m := made(t)
	d.Datashares[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select, share.Update}
	d.Datashares[0].Consumers[0].Grants[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select}
	decision := m.decide(d, m.options())
	expect(t, decision,
		`GRANT UPDATE ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`,
		`REVOKE INSERT ON TABLE "sales_db"."etl"."etl_audit_logs" FROM ROLE "sales_etl"`,
		`REVOKE INSERT ON TABLE "prod"."etl"."etl_audit_logs" FROM DATASHARE "sales_ds"`,
	)
	golden.Equal(t, "testdata/reduction-plan.txt", planText(decision))
}

// TestPublicAccessible sets the one attribute of a datashare.
func TestPublicAccessible(t *testing.T) {
	d, m := made(t)
	m.state.Producer.Outbound[0].PublicAccessible = true // marketing_ds
	decision := m.decide(d, m.options())
	expect(t, decision, `ALTER DATASHARE "marketing_ds" SET PUBLICACCESSIBLE FALSE`)
	if decision.Steps[0].Change.Interrupts == "" || decision.Drift[0].How != share.Changed {
		t.Errorf("got\n%s", planText(decision))
	}
	d.Datashares[0].PublicAccessible = true
	decision = m.decide(d, m.options())
	expect(t, decision, `ALTER DATASHARE "marketing_ds" SET PUBLICACCESSIBLE FALSE`, `ALTER DATASHARE "sales_ds" SET PUBLICACCESSIBLE TRUE`)
}

// TestForeign leaves what others made, and keeps what holds it.
func TestForeign(t *testing.T) {
	t.Run("in a datashare that goes", func(t *testing.T) {
		d, m := made(t)
		m.statement(share.Warehouse{Cluster: "etl", Database: "prod"}, `GRANT DELETE ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`)
		d.Datashares = d.Datashares[1:]
		decision := m.decide(d, m.options())
		blocked := of(decision, awspatterns.Blocked)
		if len(blocked) != 2 || !strings.Contains(blocked[0].Change.Reason, "DELETE on table prod.etl.etl_audit_logs to datashare sales_ds") {
			t.Fatalf("got\n%s", planText(decision))
		}
		expect(t, decision,
			`DROP DATABASE "sales_db"`,
			`REVOKE USAGE ON DATASHARE "sales_ds" FROM NAMESPACE '`+salesGUID+`'`,
			`REVOKE INSERT, SELECT ON TABLE "prod"."etl"."etl_audit_logs" FROM DATASHARE "sales_ds"`,
			`REVOKE ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE FOR TABLES IN SCHEMA "sales" DATABASE "prod" FROM DATASHARE "sales_ds"`,
			`REVOKE USAGE ON SCHEMA "prod"."sales" FROM DATASHARE "sales_ds"`,
		)
	})
	t.Run("in a database that goes", func(t *testing.T) {
		d, m := made(t)
		m.statement(share.Warehouse{Workgroup: "sales"}, `GRANT SELECT ON TABLE "sales_db"."sales"."web_sales" TO "IAMR:analyst"`)
		d.Datashares[0].Consumers[0].Database, d.Datashares[0].Consumers[0].Grants = "", nil
		decision := m.decide(d, m.options())
		for _, sql := range statements(decision) {
			if !strings.HasPrefix(sql, "REVOKE") {
				t.Errorf("got %s", sql)
			}
		}
		if blocked := of(decision, awspatterns.Blocked); len(blocked) != 1 || !strings.Contains(blocked[0].Change.Reason, "user IAMR:analyst") {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("without a store nothing goes", func(t *testing.T) {
		d, m := made(t)
		d.Datashares = d.Datashares[1:]
		d.Datashares[0].Schemas[0].Tables[0].Privileges = []share.Privilege{share.Select}
		d.Datashares[0].Consumers[0].Grants = nil
		decision := m.decide(d, share.DecideOptions{})
		if len(decision.Steps) > 0 || len(decision.Drift) != 11 || decision.Drift[0].How != share.Foreign {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("added with ALTER DATASHARE", func(t *testing.T) {
		d, m := made(t)
		for i := range m.state.Producer.Outbound {
			m.state.Producer.Outbound[i].Objects = []share.ObjectOf{
				{Type: "schema", Name: "etl"}, {Type: "table", Name: "etl.etl_audit_logs"}, {Type: "schema", Name: "sales", IncludeNew: i == 1}, {Type: "table", Name: "sales.web_sales"},
			}
		}
		want := "datashare marketing_ds: somebody added to it with ALTER DATASHARE, which is for reading alone and is left as it is: schema sales; table sales.web_sales"
		decision := m.decide(d, m.options())
		if len(decision.Steps) > 0 || !slices.Contains(decision.Notes, want) {
			t.Errorf("got\n%s", planText(decision))
		}
		d.Datashares = nil
		decision = m.decide(d, m.options())
		var reasons []string
		for _, s := range of(decision, awspatterns.Blocked) {
			reasons = append(reasons, s.Change.Resource.ID+": "+s.Change.Reason)
		}
		if !slices.Equal(reasons, []string{
			"etl/marketing_ds: something is in it that is to stay: schema sales; table sales.web_sales",
			"etl/sales_ds: something is in it that is to stay: INCLUDENEW for schema sales",
		}) {
			t.Errorf("got %q", reasons)
		}
	})
	t.Run("groups and everybody", func(t *testing.T) {
		d, m := made(t)
		f := &m.state.Consumers[1]
		for _, to := range []share.Grantee{{Type: share.ToGroup, Name: "interns"}, {Type: share.ToPublic}} {
			f.Grants = append(f.Grants, share.Grant{Grantee: to, Privilege: share.Usage, Scope: share.OnDatabase, Database: "sales_db"})
		}
		opts := m.options()
		opts.Adopt = true
		decision := m.decide(d, opts)
		manual := of(decision, awspatterns.Manual)
		if len(statements(decision)) > 0 || len(manual) != 2 || len(manual[0].Change.Steps) != 1 || len(decision.Drift) != 2 {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("what follows from something else", func(t *testing.T) {
		d, m := made(t)
		p := &m.state.Producer
		p.Grants = append(p.Grants, share.Grant{Grantee: share.Grantee{Type: share.ToDatashare, Name: "sales_ds"}, Privilege: share.Usage, Scope: share.OnDatabase, Database: "prod"})
		if decision := m.decide(d, m.options()); len(decision.Steps)+len(decision.Drift) > 0 {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("a local database of the name of one that is gone", func(t *testing.T) {
		d, m := made(t)
		f := &m.state.Consumers[1]
		f.Inbound, f.Databases[1].Shared = nil, false
		d.Datashares = d.Datashares[1:]
		for _, sql := range statements(m.decide(d, m.options())) {
			if strings.Contains(sql, `"sales_db"`) {
				t.Errorf("got %s", sql)
			}
		}
	})
}

// TestRename gives a database another name: it takes two plans.
func TestRename(t *testing.T) {
	d, m := made(t)
	d.Datashares[0].Consumers[0].Database = "sales"
	first := m.decide(d, m.options())
	expect(t, first, `DROP DATABASE "sales_db"`)
	if blocked := of(first, awspatterns.Blocked); len(blocked) != 1 || !strings.Contains(blocked[0].Change.Steps[0], "plan again") {
		t.Errorf("got\n%s", planText(first))
	}
	m.apply(first)
	second := m.decide(d, m.options())
	if got := statements(second); len(got) != 9 || !strings.HasPrefix(got[0], `CREATE DATABASE "sales" `) {
		t.Errorf("got %q", got)
	}
	m.apply(second)
	if third := m.decide(d, m.options()); len(third.Steps) > 0 {
		t.Errorf("got\n%s", planText(third))
	}
}

// TestForget forgets what others took away.
func TestForget(t *testing.T) {
	d, m := made(t)
	gone := share.Grant{
		Grantee: share.Grantee{Type: share.ToUser, Name: "IAMR:analyst"}, Privilege: share.Select,
		Scope: share.ForTables, Database: "sales_db", Schema: "sales",
	}
	f := &m.state.Consumers[1]
	f.Grants = slices.DeleteFunc(f.Grants, func(g share.Grant) bool { return g == gone })
	missing := m.decide(d, m.options())
	expect(t, missing, `GRANT SELECT FOR TABLES IN SCHEMA "sales" DATABASE "sales_db" TO "IAMR:analyst"`)
	if len(missing.Drift) != 1 || missing.Drift[0].How != share.Missing {
		t.Errorf("got\n%s", planText(missing))
	}
	d.Datashares[0].Consumers[0].Grants = d.Datashares[0].Consumers[0].Grants[:1]
	unwanted := m.decide(d, m.options())
	if len(unwanted.Forget) != 1 || *unwanted.Forget[0].Grant != gone || len(statements(unwanted)) != 2 {
		t.Errorf("forgets %v:\n%s", unwanted.Forget, planText(unwanted))
	}
}

// TestOtherNames describes warehouses in other words than before: they are the same.
func TestOtherNames(t *testing.T) {
	t.Run("with account and Region", func(t *testing.T) {
		d, m := made(t)
		for i := range d.Datashares {
			w := d.Datashares[i].Consumers[0].Warehouse
			w.Account, w.Region = company, "eu-west-1"
			m.state.Consumers[1-i].Warehouse = *w
		}
		if decision := m.decide(d, m.options()); len(decision.Steps)+len(decision.Drift)+len(decision.Forget) > 0 {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("made again under its name", func(t *testing.T) {
		d, m := made(t)
		m.state.Consumers[1] = warehouse(share.Warehouse{Workgroup: "sales"}, company, labGUID)
		m.state.Consumers[1].Roles = []string{"sales_etl"}
		decision := m.decide(d, m.options())
		if got := statements(decision); len(got) != 11 || got[0] != `GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE '`+labGUID+`'` ||
			got[10] != `REVOKE USAGE ON DATASHARE "sales_ds" FROM NAMESPACE '`+salesGUID+`'` {
			t.Errorf("got\n%s", strings.Join(got, "\n"))
		}
		if len(decision.Forget) == 0 || !slices.ContainsFunc(decision.Notes, func(n string) bool { return strings.Contains(n, "another namespace") }) {
			t.Errorf("forgets %v, %q", decision.Forget, decision.Notes)
		}
	})
	t.Run("in another account", func(t *testing.T) {
		d, m := made(t)
		for _, f := range []*share.Found{&m.state.Producer, &m.state.Consumers[0], &m.state.Consumers[1]} {
			*f = warehouse(f.Warehouse, partner, strings.Replace(f.Namespace, "-4000-", "-4111-", 1))
		}
		d.Datashares = nil
		decision := m.decide(d, m.options())
		if len(statements(decision)) > 0 || len(decision.Forget) > 0 || !decision.Incomplete() {
			t.Errorf("forgets %v:\n%s", decision.Forget, planText(decision))
		}
	})
	t.Run("another producer", func(t *testing.T) {
		_, m := made(t)
		before := m.state.Producer
		m.state.Producer = newModel(t).state.Producer
		m.state.Producer.Warehouse.Cluster, m.state.Producer.Namespace = "etl2", labGUID
		m.state.Consumers = append(m.state.Consumers, before)
		d := share.Description{Producer: share.Warehouse{Cluster: "etl2", Database: "prod"}}
		decision := m.decide(d, m.options())
		expect(t, decision, `DROP DATABASE "marketing_db"`, `DROP DATABASE "sales_db"`)
		if blocked := of(decision, awspatterns.Blocked); len(blocked) != 1 || !strings.Contains(blocked[0].Change.Reason, "producer of an earlier description") {
			t.Errorf("got\n%s", planText(decision))
		}
	})
	t.Run("a consumer that was not read", func(t *testing.T) {
		d, m := made(t)
		m.state.Consumers = m.state.Consumers[1:]
		d.Datashares = d.Datashares[:1]
		decision := m.decide(d, m.options())
		if !decision.Incomplete() || slices.ContainsFunc(statements(decision), func(sql string) bool { return strings.HasPrefix(sql, "DROP DATABASE") }) {
			t.Errorf("got\n%s", planText(decision))
		}
	})
}

// TestAdopt takes over what is described, once.
func TestAdopt(t *testing.T) {
	d, m := made(t)
	m.owned = map[string]share.Item{}
	if decision := m.decide(d, m.options()); len(decision.Steps) > 0 {
		t.Errorf("without Adopt:\n%s", planText(decision))
	}
	opts := m.options()
	opts.Adopt = true
	decision := m.decide(d, opts)
	if len(statements(decision)) > 0 || len(decision.Steps) != 4 {
		t.Fatalf("got\n%s", planText(decision))
	}
	golden.Equal(t, "testdata/adopt-plan.txt", planText(decision))
	m.apply(decision)
	opts.Owned = m.options().Owned
	if again := m.decide(d, opts); len(again.Steps) > 0 {
		t.Errorf("again:\n%s", planText(again))
	}
	opts.Owned, opts.Remembers = nil, false
	if again := m.decide(d, opts); len(again.Steps) > 0 {
		t.Errorf("without a store:\n%s", planText(again))
	}
}

// TestCosts counts the workgroups that wake.
func TestCosts(t *testing.T) {
	d, m := made(t)
	if decision := m.decide(d, m.options()); len(decision.Costs) > 0 {
		t.Errorf("an empty plan costs %v", decision.Costs)
	}
	d.Datashares[0].Consumers[0].Grants = nil
	want := []awspatterns.Cost{{Item: "waking workgroup sales", Quantity: 60 * 32 / 3600.0, Unit: "RPU-hour", Price: 0.375}}
	if got := m.decide(d, m.options()).Costs; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
