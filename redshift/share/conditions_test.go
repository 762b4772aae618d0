package share_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// TestConditions makes AnyCompany unfit in one way each, and looks at what is told and held
// back.
func TestConditions(t *testing.T) {
	table := func(s *share.State, name string) *share.TableOf {
		for i := range s.Producer.Tables {
			if s.Producer.Tables[i].Name == name {
				return &s.Producer.Tables[i]
			}
		}
		panic(name)
	}
	for _, test := range []struct {
		name  string
		unfit func(d *share.Description, s *share.State)
		id    string   // of the resource that is blocked
		says  []string // in its reason and the way out
		held  []string // statements that are not sent because of it
		sent  string   // a statement that is sent all the same
	}{
		{
			name:  "producer of the wrong nodes",
			unfit: func(_ *share.Description, s *share.State) { s.Producer.NodeType = "dc2.large" },
			id:    "etl", says: []string{"dc2.large", "RA3"}, held: []string{"CREATE", "GRANT"},
		},
		{
			name: "consumer of the wrong nodes",
			unfit: func(d *share.Description, s *share.State) {
				inCluster(d, s, 128)
				s.Consumers[1].NodeType = "ds2.xlarge"
			},
			id: "sales", says: []string{"ds2.xlarge", "RG"},
			held: []string{`"sales_ds" TO NAMESPACE`, `"sales_db"`}, sent: `CREATE DATABASE "marketing_db"`,
		},
		{
			name:  "producer too old to write to",
			unfit: func(_ *share.Description, s *share.State) { s.Producer.Version = "1.0.78880" },
			id:    "etl", says: []string{"1.0.78880", "1.0.78881"},
			held: []string{"INSERT"}, sent: `GRANT SELECT ON TABLE "prod"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`,
		},
		{
			name:  "consumer too old to write",
			unfit: func(_ *share.Description, s *share.State) { s.Consumers[0].Version = "1.0.78889" },
			id:    "marketing", says: []string{"1.0.78889", "1.0.78890"},
			held: []string{`"marketing_ds" TO NAMESPACE`, `"marketing_db"`}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name:  "dev is not isolated",
			unfit: func(d *share.Description, s *share.State) { d.Producer.Database = "dev"; toDev(s) },
			id:    "etl/dev", says: []string{"Serializable", "share from another database"},
			held: []string{"INSERT"}, sent: `GRANT SELECT ON TABLE "dev"."etl"."etl_audit_logs" TO DATASHARE "sales_ds"`,
		},
		{
			name:  "paused cluster that could be read",
			unfit: func(_ *share.Description, s *share.State) { s.Producer.Status = "paused" },
			id:    "etl", says: []string{"paused", "aws redshift resume-cluster --cluster-identifier etl"}, held: []string{"CREATE", "GRANT"},
		},
		{
			name:  "interleaved sort key",
			unfit: func(_ *share.Description, s *share.State) { table(s, "etl_audit_logs").Interleaved = true },
			id:    "etl/prod.etl.etl_audit_logs", says: []string{"interleaved", "ALTER TABLE etl.etl_audit_logs ALTER COMPOUND SORTKEY"},
			held: []string{`"etl_audit_logs"`}, sent: `GRANT USAGE ON SCHEMA "prod"."etl" TO DATASHARE "sales_ds"`,
		},
		{
			name:  "masked table",
			unfit: func(_ *share.Description, s *share.State) { table(s, "etl_audit_logs").Masks = []string{"hide"} },
			id:    "etl/prod.etl.etl_audit_logs", says: []string{"masking policy hide", "ALTER TABLE etl.etl_audit_logs MASKING OFF FOR DATASHARES"},
			held: []string{`"etl_audit_logs"`}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name:  "row-level security",
			unfit: func(_ *share.Description, s *share.State) { table(s, "etl_audit_logs").RowSecurity = true },
			id:    "etl/prod.etl.etl_audit_logs", says: []string{"ROW LEVEL SECURITY OFF FOR DATASHARES"},
			held: []string{`"etl_audit_logs"`}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name: "no such table",
			unfit: func(_ *share.Description, s *share.State) {
				s.Producer.Tables = slices.DeleteFunc(s.Producer.Tables, func(t share.TableOf) bool { return t.Schema == "etl" })
			},
			id: "etl/prod.etl.etl_audit_logs", says: []string{"does not exist"}, held: []string{`"etl_audit_logs"`}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name: "table of another database",
			unfit: func(_ *share.Description, s *share.State) {
				table(s, "etl_audit_logs").Database = "dev"
			},
			id: "etl/prod.etl.etl_audit_logs", says: []string{"does not exist"}, held: []string{`"etl_audit_logs"`},
		},
		{
			name:  "no such schema",
			unfit: func(_ *share.Description, s *share.State) { s.Producer.Schemas = []string{"etl", "marketing"} },
			id:    "etl/prod.sales", says: []string{"does not exist"},
			held: []string{`SCHEMA "sales"`, `"prod"."sales"`, `"sales_db"."sales"`}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name: "no such function",
			unfit: func(d *share.Description, s *share.State) {
				d.Datashares[0].Schemas[0].Functions = []share.Function{{Name: "rate", Arguments: []string{"int"}}}
				s.Producer.Functions = []share.FunctionOf{{Schema: "etl", Name: "rate(bigint)"}}
			},
			id: "etl/prod.etl.rate(integer)", says: []string{"does not exist"}, held: []string{"FUNCTION"}, sent: `CREATE DATABASE "sales_db"`,
		},
		{
			name:  "no such role",
			unfit: func(_ *share.Description, s *share.State) { s.Consumers[1].Roles = nil },
			id:    "sales/sales_etl", says: []string{"does not exist", `CREATE ROLE "sales_etl"`},
			held: []string{`ROLE "sales_etl"`}, sent: `GRANT USAGE ON DATABASE "sales_db" TO "IAMR:analyst"`,
		},
		{
			name:  "no such user",
			unfit: func(_ *share.Description, s *share.State) { s.Consumers[1].Users = []string{"iamr:analyst"} },
			id:    "sales/IAMR:analyst", says: []string{"does not exist", "sign in once"},
			held: []string{`"IAMR:analyst"`}, sent: `GRANT USAGE ON DATABASE "sales_db" TO ROLE "sales_etl"`,
		},
		{
			name: "datashare of another database",
			unfit: func(_ *share.Description, s *share.State) {
				s.Producer.Outbound = []share.Outbound{{Name: "sales_ds", Database: "dev"}}
			},
			id: "etl/sales_ds", says: []string{"of database dev and not of prod", "another name"},
			held: []string{`"sales_ds"`}, sent: `CREATE DATABASE "marketing_db"`,
		},
		{
			name: "datashare of AWS Data Exchange",
			unfit: func(_ *share.Description, s *share.State) {
				s.Producer.Outbound = []share.Outbound{{Name: "sales_ds", Database: "prod", ManagedBy: "ADX"}}
			},
			id: "etl/sales_ds", says: []string{"managed by ADX"}, held: []string{`TO DATASHARE "sales_ds"`, `DATASHARE "sales_ds" TO`, `"sales_db"`},
		},
		{
			name: "local database of that name",
			unfit: func(_ *share.Description, s *share.State) {
				s.Consumers[1].Databases = append(s.Consumers[1].Databases, share.Database{Name: "sales_db"})
			},
			id: "sales/sales_db", says: []string{"is a local one"}, held: []string{`"sales_db"`}, sent: `CREATE DATABASE "marketing_db"`,
		},
		{
			name: "database of another datashare of that name",
			unfit: func(_ *share.Description, s *share.State) {
				s.Consumers[1].Inbound = []share.Inbound{{Name: "other_ds", Namespace: labGUID, Database: "sales_db"}}
				s.Consumers[1].Databases = append(s.Consumers[1].Databases, share.Database{Name: "sales_db", Shared: true})
			},
			id: "sales/sales_db", says: []string{"another datashare, other_ds of namespace " + labGUID}, held: []string{`"sales_db"`},
		},
		{
			name: "the datashare has a database of another name",
			unfit: func(_ *share.Description, s *share.State) {
				s.Consumers[1].Inbound = []share.Inbound{{Name: "sales_ds", Namespace: etlGUID, Database: "by_hand"}}
			},
			id: "sales/sales_db", says: []string{"there is database by_hand of datashare sales_ds", "describe it as by_hand"}, held: []string{`"sales_db"`},
		},
		{
			name: "a database that somebody else made",
			unfit: func(_ *share.Description, s *share.State) {
				s.Consumers[1].Inbound = []share.Inbound{{Name: "sales_ds", Namespace: etlGUID, Database: "sales_db"}}
				s.Consumers[1].Databases = append(s.Consumers[1].Databases, share.Database{Name: "sales_db", Shared: true})
			},
			id: "sales/sales_db", says: []string{"WITH PERMISSIONS", "set Adopt"}, held: []string{`"sales_db"`}, sent: `GRANT USAGE ON DATASHARE "sales_ds" TO NAMESPACE '` + salesGUID + `'`,
		},
		{
			name: "a database without permissions",
			unfit: func(_ *share.Description, s *share.State) {
				s.Consumers[1].Inbound = []share.Inbound{{Name: "sales_ds", Namespace: etlGUID, Database: "sales_db"}}
				s.Consumers[1].Databases = append(s.Consumers[1].Databases, share.Database{Name: "sales_db", Shared: true, WithPermissions: new(bool)})
			},
			id: "sales/sales_db", says: []string{"not made WITH PERMISSIONS", "drop it"}, held: []string{`"sales_db"`},
		},
		{
			name: "connected to what is shared",
			unfit: func(d *share.Description, s *share.State) {
				w := share.Warehouse{Workgroup: "sales", Database: "mart"}
				d.Datashares[0].Consumers[0].Warehouse, s.Consumers[1].Warehouse = &w, w
				s.Consumers[1].Databases = append(s.Consumers[1].Databases, share.Database{Name: "mart", Shared: true})
			},
			id: "sales/mart", says: []string{"name a local database"}, held: []string{`"sales_db"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := article(t)
			fit := statements(must(share.Decide(d, s, share.DecideOptions{Remembers: true})))
			test.unfit(&d, &s)
			decision, err := share.Decide(d, s, share.DecideOptions{Remembers: true})
			if err != nil {
				t.Fatal(err)
			}
			blocked := of(decision, awspatterns.Blocked)
			if len(blocked) != 1 || blocked[0].Change.Resource.ID != test.id || len(blocked[0].Items) == 0 {
				t.Fatalf("got\n%s", planText(decision))
			}
			if len(blocked[0].Change.Steps) == 0 {
				t.Error("no way out")
			}
			told := blocked[0].Change.String()
			for _, s := range test.says {
				if !strings.Contains(told, s) {
					t.Errorf("does not say %q:\n%s", s, told)
				}
			}
			for _, held := range test.held {
				if was := slices.ContainsFunc(fit, func(sql string) bool { return strings.Contains(sql, held) }); !was && held != "FUNCTION" {
					t.Errorf("%s would not be sent anyway", held)
				}
				for _, sql := range statements(decision) {
					if strings.Contains(sql, held) {
						t.Errorf("all the same: %s", sql)
					}
				}
			}
			sent := func(sql string) bool { return strings.HasPrefix(sql, test.sent) }
			if test.sent != "" && !slices.ContainsFunc(statements(decision), sent) {
				t.Errorf("%s is held back, too: %q", test.sent, statements(decision))
			}
		})
	}
}

func must(d share.Decision, err error) share.Decision {
	if err != nil {
		panic(err)
	}
	return d
}

// toDev moves what is to be shared into database dev.
func toDev(s *share.State) {
	s.Producer.Databases[0].Isolation = "Serializable"
	for i := range s.Producer.Tables {
		s.Producer.Tables[i].Database = "dev"
	}
}

// TestConditionsLater has a condition fail after all was made: nothing is held back, so it is a
// note, and the plan is empty.
func TestConditionsLater(t *testing.T) {
	for name, test := range map[string]struct {
		unfit func(s *share.State)
		says  string
	}{
		"masked":       {func(s *share.State) { s.Producer.Tables[0].Masks = []string{"hide"} }, "etl/prod.etl.etl_audit_logs: it is protected by masking policy hide"},
		"not isolated": {func(s *share.State) { s.Producer.Databases[1].Isolation = "Serializable" }, "etl/prod: its isolation level is Serializable"},
		"too old":      {func(s *share.State) { s.Consumers[0].Version = "1.0.5" }, "marketing: version 1.0.5 has no writes"},
		"scoped": {
			func(s *share.State) { s.Producer.Tables[4].Interleaved = true },
			"datashare sales_ds: grants on all tables cannot leave out single ones; consumers cannot read sales.store_sales (it has an interleaved sort key",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d, s := article(t)
			m := &model{TB: t, state: s, owned: map[string]share.Item{}}
			m.apply(m.decide(d, m.options()))
			test.unfit(&m.state)
			later := m.decide(d, m.options())
			if len(later.Steps) > 0 || !slices.ContainsFunc(later.Notes, func(n string) bool { return strings.HasPrefix(n, test.says) }) {
				t.Errorf("got\n%s", planText(later))
			}
		})
	}
}

// TestNotes checks what is told that stops nothing.
func TestNotes(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(d *share.Description, s *share.State, opts *share.DecideOptions)
		want   string
	}{
		{"no store", func(_ *share.Description, _ *share.State, o *share.DecideOptions) { o.Remembers = false }, "there is no store, so it is not known what earlier plans made: nothing is taken away that is no longer described"},
		{"unknown version", func(_ *share.Description, s *share.State, _ *share.DecideOptions) { s.Producer.Version = "" }, "cluster etl: its version is not known; writes through datashares need 1.0.78881"},
		{"no version", func(_ *share.Description, s *share.State, _ *share.DecideOptions) { s.Producer.Version = "1.0.x" }, "cluster etl: its version is not known; writes through datashares need 1.0.78881"},
		{"unknown isolation", func(_ *share.Description, s *share.State, _ *share.DecideOptions) { s.Producer.Databases = nil }, "cluster etl: the isolation level of database prod is not known; writes through datashares need snapshot isolation"},
		{"slices of a workgroup", func(*share.Description, *share.State, *share.DecideOptions) {}, "workgroup sales: how many slices it has is not known; a consumer cluster needs 64 to write"},
		{"slices not read", func(d *share.Description, s *share.State, _ *share.DecideOptions) { inCluster(d, s, 0) }, "cluster sales: how many slices it has is not known; a consumer cluster needs 64 to write"},
		{"another Region", func(_ *share.Description, s *share.State, _ *share.DecideOptions) {
			s.Consumers[1].Region = "us-east-1"
		}, "workgroup sales pays for the transfer of what it reads from eu-west-1"},
		{"case sensitive", func(_ *share.Description, s *share.State, _ *share.DecideOptions) {
			s.Consumers[1].CaseSensitive = true
		}, "workgroup sales and the producer differ in enable_case_sensitive_identifier: names with capital letters are one thing here and another there"},
		{"capacity", func(_ *share.Description, s *share.State, _ *share.DecideOptions) { s.Consumers[1].BaseCapacity = 0 }, "workgroup sales: its base capacity is not known; that is charged for at least 60 seconds if it has to wake"},
		{"namespace alone", func(d *share.Description, _ *share.State, _ *share.DecideOptions) {
			d.Datashares[0].Consumers[0] = share.Consumer{Namespace: labGUID, Writable: true}
		}, "datashare sales_ds: " + labGUID + " is not reached, so its node type, version and slices are not checked"},
		{"another account", func(d *share.Description, _ *share.State, _ *share.DecideOptions) {
			d.Datashares[0].Consumers[0] = share.Consumer{Account: partner, Writable: true}
		}, "datashare sales_ds: to share with another account, the clusters of both sides must be encrypted"},
		{"less than all", func(d *share.Description, _ *share.State, _ *share.DecideOptions) {
			d.Datashares[0].Schemas[1].Tables = []share.Table{{Name: "web_sales", Privileges: []share.Privilege{share.Select}}}
		}, "datashare sales_ds: table sales.web_sales is listed with SELECT, but the grant on all tables gives ALTER, DELETE, DROP, INSERT, REFERENCES, SELECT, TRUNCATE, UPDATE on it, too: scoped grants cannot leave out single tables"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := article(t)
			opts := share.DecideOptions{Remembers: true}
			test.change(&d, &s, &opts)
			decision, err := share.Decide(d, s, opts)
			if err != nil || !slices.Contains(decision.Notes, test.want) {
				t.Errorf("%v: got %q", err, decision.Notes)
			}
			if !slices.IsSorted(decision.Notes) {
				t.Error("not sorted")
			}
		})
	}
}

// TestRefusesFound checks what is wrong with a description given what was found.
func TestRefusesFound(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(d *share.Description, s *share.State)
		want   string // the error; none if it is taken
	}{
		{"capital letters", func(d *share.Description, _ *share.State) {
			d.Datashares[0].Schemas[0].Tables[0].Name, d.Datashares[0].Consumers[0].Grants = "ETL_Audit_Logs", nil
		},
			`datashares[0].schemas[0].tables[0]: table "ETL_Audit_Logs": enable_case_sensitive_identifier is off in cluster etl, which makes "etl_audit_logs" of it`},
		{"capital letters that are kept", func(d *share.Description, s *share.State) {
			d.Datashares[0].Name, s.Producer.CaseSensitive, s.Consumers[1].CaseSensitive = "Sales", true, true
		}, ""},
		{"kept by the producer alone", func(d *share.Description, s *share.State) {
			d.Datashares[0].Name, s.Producer.CaseSensitive = "Sales", true
		}, `datashares[0].consumers[0]: datashare "Sales": enable_case_sensitive_identifier is off in workgroup sales, which makes "sales" of it`},
		{"a role", func(d *share.Description, _ *share.State) { d.Datashares[0].Consumers[0].Grants[0].Role = "Writers" },
			`datashares[0].consumers[0].grants[0]: role "Writers"`},
		{"a user", func(d *share.Description, _ *share.State) { d.Datashares[0].Consumers[0].Grants[1].User = "IAM:Alice" }, ""},
		{"letters that are not folded", func(d *share.Description, s *share.State) {
			d.Datashares[0].Name = "Ärger"
		}, ""},
		{"unknown setting", func(d *share.Description, s *share.State) {
			d.Datashares[0].Consumers[0].Database = "Sales"
			s.Consumers[1].Unknown = []share.Unknown{{What: share.ReadSetting, Reason: "denied"}}
		}, ""},
		{"the producer by its namespace", func(d *share.Description, _ *share.State) {
			d.Datashares[0].Consumers = []share.Consumer{{Namespace: etlGUID, Writable: true}}
		}, "datashares[0].consumers[0]: namespace " + etlGUID + " is that of the producer"},
		{"the producer's account", func(d *share.Description, _ *share.State) {
			d.Datashares[0].Consumers = []share.Consumer{{Account: company, Writable: true}}
		}, "datashares[0].consumers[0]: account " + company + " is the producer's own"},
		{"a consumer twice", func(d *share.Description, _ *share.State) {
			d.Datashares[0].Consumers = append(d.Datashares[0].Consumers, share.Consumer{Namespace: salesGUID, Writable: true})
		}, "datashares[0].consumers[1]: namespace " + salesGUID + " is that of datashares[0].consumers[0], too"},
		{"nothing", func(d *share.Description, _ *share.State) { d.Datashares = nil }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := article(t)
			test.change(&d, &s)
			_, err := share.Decide(d, s, share.DecideOptions{})
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "share: description: "+test.want)) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// TestConditionsUnread holds back what may not be as it must: whether it is was not read.
func TestConditionsUnread(t *testing.T) {
	for _, test := range []struct{ what, held, sent string }{
		{"schemas", `"sales"`, `CREATE DATABASE "sales_db"`},
		{"tables", `"etl_audit_logs"`, `CREATE DATABASE "sales_db"`},
		{"columns", `"etl_audit_logs"`, `CREATE DATABASE "sales_db"`},
		{"masking policies", `"etl_audit_logs"`, `CREATE DATABASE "sales_db"`},
		{"row-level security", `"etl_audit_logs"`, `CREATE DATABASE "sales_db"`},
		{"databases", "INSERT", `CREATE DATABASE "sales_db"`},
		{"slices", "nothing", `CREATE DATABASE "sales_db"`},
	} {
		t.Run(test.what, func(t *testing.T) {
			d, s := article(t)
			s.Producer.Unknown = []share.Unknown{{What: test.what, Reason: "denied"}}
			decision := must(share.Decide(d, s, share.DecideOptions{Remembers: true}))
			if len(of(decision, awspatterns.Unknown)) != 1 {
				t.Errorf("got\n%s", planText(decision))
			}
			all := strings.Join(statements(decision), "\n")
			if strings.Contains(all, test.held) || !strings.Contains(all, test.sent) {
				t.Errorf("got\n%s", all)
			}
		})
	}
	for what, held := range map[string]string{"roles": `ROLE "sales_etl"`, "users": `"IAMR:analyst"`, "databases": `"sales_db"`, "datashares": `"sales_db"`} {
		t.Run("consumer "+what, func(t *testing.T) {
			d, s := article(t)
			s.Consumers[1].Unknown = []share.Unknown{{What: what, Reason: "denied"}}
			decision := must(share.Decide(d, s, share.DecideOptions{Remembers: true}))
			all := strings.Join(statements(decision), "\n")
			if strings.Contains(all, held) || !strings.Contains(all, `CREATE DATABASE "marketing_db"`) || !decision.Incomplete() {
				t.Errorf("got\n%s", planText(decision))
			}
		})
	}
}
