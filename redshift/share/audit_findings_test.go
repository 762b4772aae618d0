package share

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestAuditFindings: what is worth a look is found, and only then.
func TestAuditFindings(t *testing.T) {
	tests := []struct {
		name   string
		change func([]Found)
		opts   AuditOptions
		kind   FindingKind
		want   []string // what each finding of the kind says, by parts of it
	}{
		{"superusers are counted", func(f []Found) { in(f, "sales").Superusers = []string{"root", "admin", "root"} }, AuditOptions{}, SuperuserCount,
			[]string{"etl|1 may do everything", "marketing|1 may", "sales|2 may do everything there that the warehouse may: admin, root"}},
		{"meant to be read only by name", func([]Found) {}, AuditOptions{ReadOnly: []string{"sales_ds"}}, WritesUnmeant,
			[]string{
				"sales|sales_ds|role writer|schema etl|may be able to INSERT", "sales|sales_ds|role writer|schema sales|can INSERT, UPDATE",
				"sales|superusers|schema etl", "sales|superusers|schema sales",
			}},
		{"meant to be read only by a description", func([]Found) {}, AuditOptions{Descriptions: []Description{{
			Producer: Warehouse{Cluster: "etl", Database: "prod"},
			Datashares: []Datashare{{Name: "sales_ds", Consumers: []Consumer{
				{Warehouse: &Warehouse{Workgroup: "sales"}, Writable: true}}}, {Name: "marketing_ds", Consumers: []Consumer{{Namespace: marketingNamespace}}}},
		}}}, WritesUnmeant, []string{"marketing|role writer", "marketing|role writer", "marketing|superusers", "marketing|superusers"}},
		{"meant to be written", func([]Found) {}, AuditOptions{Descriptions: []Description{{
			Producer: Warehouse{Cluster: "etl"}, Datashares: []Datashare{{Name: "sales_ds", Consumers: []Consumer{{Account: "111122223333", Writable: true}}}},
		}}}, WritesUnmeant, nil},
		{"a description of another producer", func([]Found) {}, AuditOptions{Descriptions: []Description{{
			Producer: Warehouse{Cluster: "other"}, Datashares: []Datashare{{Name: "sales_ds", Consumers: []Consumer{{Account: "111122223333"}}}},
		}}}, WritesUnmeant, nil},
		{"an identity column in the table that all write", func([]Found) {}, AuditOptions{}, IdentityColumn,
			[]string{"marketing|marketing_ds|the slices of both are not known: etl.etl_audit_logs", "sales|sales_ds|etl.etl_audit_logs"}},
		{"an identity column, and more slices", func(f []Found) { asCluster(in(f, "sales"), 128) }, AuditOptions{}, IdentityColumn,
			[]string{"marketing|", "sales|sales_ds|sales has more than etl: etl.etl_audit_logs"}},
		{"an identity column, and as many slices", func(f []Found) { asCluster(in(f, "sales"), 64) }, AuditOptions{}, IdentityColumn, []string{"marketing|"}},
		{"an identity column that is only read", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool { return g.Object == "etl_audit_logs" && g.Privilege == Insert })
		}, AuditOptions{}, IdentityColumn, nil},
		{"granted to PUBLIC", func(f []Found) {
			in(f, "sales").Grants = append(in(f, "sales").Grants, slices.Concat(grants(public, OnDatabase, "sales_db", "", "", Usage), grants(public, OnSchema, "sales_db", "sales", "", Usage),
				grants(public, ForTables, "sales_db", "sales", "", Select))...)
		}, AuditOptions{}, PublicGrant, []string{"sales|schema sales, PUBLIC|Every user there has SELECT"}},
		{"publicly accessible", func(f []Found) { in(f, "etl").Outbound[1].PublicAccessible = true }, AuditOptions{}, PublicAccessible, []string{"etl|marketing_ds|internet"}},
		{"without consumers", func(f []Found) {
			in(f, "etl").Outbound[1].Consumers = nil
			in(f, "etl").Outbound = append(in(f, "etl").Outbound, Outbound{Name: "old_ds", Database: "prod"})
		}, AuditOptions{}, NoConsumers, []string{"etl|marketing_ds", "etl|old_ds"}},
		{"consumers not read", func(f []Found) {
			in(f, "etl").Outbound[1].Consumers = nil
			in(f, "etl").Unknown = []Unknown{{"consumers of datashares", "denied"}}
		}, AuditOptions{}, NoConsumers, nil},
		{"gone in the producer", func(f []Found) { in(f, "etl").Outbound = in(f, "etl").Outbound[:1] }, AuditOptions{}, ShareGone,
			[]string{"marketing|marketing_ds, marketing_db|Its producer etl has no such datashare"}},
		{"gone in the consumer", func(f []Found) { in(f, "sales").Inbound = nil }, AuditOptions{}, ShareGone, []string{"sales|sales_db|no longer sees"}},
		{"not seen in the consumer, since it could not be read", func(f []Found) {
			in(f, "sales").Inbound = nil
			in(f, "sales").Unknown = []Unknown{{"datashares", "denied"}}
		}, AuditOptions{}, ShareGone, nil},
		{"no database", func(f []Found) { in(f, "sales").Inbound[0].Database = "" }, AuditOptions{}, NoDatabase, []string{"sales|sales_ds"}},
		{"without WITH PERMISSIONS", func(f []Found) { in(f, "sales").Databases[1].WithPermissions = new(bool) }, AuditOptions{}, AllToEveryUser, []string{"sales|sales_db|Made without"}},
		{"unknown whether WITH PERMISSIONS", func(f []Found) {
			without(in(f, "sales"), func(g Grant) bool { return g.Scope != OnDatabase })
		}, AuditOptions{}, AllToEveryUser, []string{"sales|sales_db|is unknown"}},
		{"known WITH PERMISSIONS", func([]Found) {}, AuditOptions{}, AllToEveryUser, nil},
		{"grants that have no effect", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool { return g.Scope == OnTable && g.Privilege != Select })
		}, AuditOptions{}, NoEffect, []string{
			"marketing|schema etl, role writer|INSERT on etl_audit_logs: the datashare marketing_ds does not give it", "marketing|schema marketing, role writer|on customer, promotion: the datashare",
			"sales|schema etl, role writer|INSERT on etl_audit_logs", "sales|schema sales, role writer|INSERT, UPDATE, DELETE, TRUNCATE, DROP, ALTER, REFERENCES on store_sales, web_sales",
		}},
		{"grants in a schema that is not shared", func(f []Found) {
			in(f, "sales").Grants = append(in(f, "sales").Grants, grants(role("writer"), OnTable, "sales_db", "private", "salaries", Select)...)
		}, AuditOptions{}, NoEffect, []string{"marketing|", "sales|schema private, role writer|SELECT on salaries: there is no USAGE of the schema; the datashare sales_ds does not give it", "sales|schema sales"}},
		{"a read that failed", func(f []Found) {
			in(f, "sales").Unknown = []Unknown{{"grants in database sales_db", "denied: grant this"}}
		}, AuditOptions{}, NotRead,
			[]string{"sales|grants in database sales_db: denied: grant this"}},
		{"not looked into", func(f []Found) {
			in(f, "etl").Outbound[0].Consumers = append(in(f, "etl").Outbound[0].Consumers, UsedBy{Namespace: "99999999"}, UsedBy{Account: "777788889999"})
		}, AuditOptions{}, ConsumerNotLookedInto, []string{
			"account 777788889999|sales_ds, schema etl, anyone|At most: SELECT, INSERT", "account 777788889999|schema sales",
			"namespace 99999999|sales_ds, schema etl, anyone|At most: SELECT, INSERT", "namespace 99999999|schema sales, anyone|At most: SELECT, INSERT, UPDATE",
		}},
		{"tables to come", func(f []Found) {
			in(f, "etl").Grants = append(in(f, "etl").Grants, slices.Concat(grants(ds("sales_ds"), ForTables, "prod", "sales", "", Insert),
				grants(ds("sales_ds"), ForTables, "prod", "etl", "", Insert))...)
		}, AuditOptions{}, ReadOnlyToCome, []string{"etl|marketing_ds, prod, schema etl", "etl|marketing_ds, prod, schema marketing"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := anyCompany()
			test.change(found)
			var got []string
			for _, f := range Audit(found, test.opts).Findings {
				if f.Kind == test.kind {
					got = append(got, f.Warehouse+"|"+f.about()+"|"+f.Text)
				}
			}
			if len(got) != len(test.want) {
				t.Fatalf("got\n%s\nwant %d", strings.Join(got, "\n"), len(test.want))
			}
			for i, want := range test.want {
				for _, part := range strings.Split(want, "|") {
					if !strings.Contains(got[i], part) {
						t.Errorf("got %s, want %s in it", got[i], part)
					}
				}
			}
		})
	}
}

// anyone returns what the unknown identities of a warehouse may do at most, by schema.
func anyone(r AuditResult, warehouse string) map[string]string {
	may := map[string]string{}
	for i := range r.Access {
		if a := &r.Access[i]; a.Warehouse == warehouse && a.Identity.Type == Anyone {
			may[a.Schema] = words(a.privileges(Unsure))
			if a.privileges(Yes) != 0 {
				may[a.Schema] += " and surely " + words(a.privileges(Yes))
			}
		}
	}
	return may
}

// TestAuditUnknown: what could not be read is somebody's access, at most; never none.
func TestAuditUnknown(t *testing.T) {
	all := map[string]string{"etl": "SELECT, INSERT", "sales": words(tableBits)}
	tests := []struct {
		name      string
		change    func([]Found) []Found
		warehouse string
		want      map[string]string
	}{
		{"all was read", func(f []Found) []Found { return f }, "sales", map[string]string{}},
		{"not a superuser", func(f []Found) []Found { in(f, "sales").Superuser = false; return f }, "sales", all},
		{"grants denied", func(f []Found) []Found {
			in(f, "sales").Unknown = []Unknown{{"grants in database sales_db", ""}}
			return f
		}, "sales", all},
		{"roles denied", func(f []Found) []Found { in(f, "sales").Unknown = []Unknown{{"Roles of users", ""}}; return f }, "sales", all},
		{"something else", func(f []Found) []Found { in(f, "sales").Unknown = []Unknown{{"the moon", ""}}; return f }, "sales", all},
		{"datashares denied", func(f []Found) []Found {
			in(f, "sales").Unknown, in(f, "sales").Inbound = []Unknown{{"datashares", ""}}, nil
			return f
		}, "sales", all},
		{"datashares denied, and one known nevertheless", func(f []Found) []Found { in(f, "sales").Unknown = []Unknown{{"datashares", ""}}; return f }, "sales", map[string]string{}},
		{"slices denied", func(f []Found) []Found { in(f, "sales").Unknown = []Unknown{{"slices", ""}}; return f }, "sales", map[string]string{}},
		{"grants denied, and no writes at all", func(f []Found) []Found {
			in(f, "sales").Superuser = false
			in(f, "etl").Databases[1].Isolation = "Serializable"
			return f
		}, "sales", map[string]string{"etl": "SELECT", "sales": "SELECT"}},
		{"the consumer was not looked into", func(f []Found) []Found { return []Found{*in(f, "etl"), *in(f, "marketing")} }, "namespace " + salesNamespace, all},
		{"another account was not looked into", func(f []Found) []Found {
			in(f, "etl").Outbound[0].Consumers = []UsedBy{{Account: "444455556666"}}
			in(f, "etl").Associations = []Association{{"sales_ds", etlNamespace, "444455556666", "", "ACTIVE", false, false}}
			return f
		}, "account 444455556666", map[string]string{"etl": "SELECT", "sales": "SELECT"}},
		{"another account, whose one associated namespace was", func(f []Found) []Found {
			in(f, "etl").Outbound[0].Consumers = []UsedBy{{Account: "444455556666"}}
			abroad(f, &Association{Status: "AUTHORIZED", ProducerWrites: true})
			in(f, "sales").Associations = []Association{{"sales_ds", etlNamespace, "arn:aws:redshift-serverless:eu-central-1:444455556666:namespace/" + salesNamespace, "", "ACTIVE", true, true}}
			return f
		}, "account 444455556666", map[string]string{}},
		{"another account, one of whose associated namespaces was not", func(f []Found) []Found {
			in(f, "etl").Outbound[0].Consumers = []UsedBy{{Account: "444455556666"}}
			in(f, "etl").Associations = []Association{{"sales_ds", etlNamespace, "arn:aws:redshift:eu-central-1:444455556666:namespace:9999", "", "ACTIVE", true, false}}
			return f
		}, "namespace 9999", map[string]string{"etl": "SELECT", "sales": "SELECT"}},
		{"another account, and not all associations were read", func(f []Found) []Found {
			in(f, "etl").Outbound[0].Consumers = []UsedBy{{Account: "444455556666"}}
			in(f, "etl").Associations = []Association{{"sales_ds", etlNamespace, "arn:aws:redshift:eu-central-1:444455556666:namespace:9999", "", "ACTIVE", true, false}}
			in(f, "etl").Unknown = []Unknown{{"associations of datashare sales_ds", ""}}
			return f
		}, "account 444455556666", all},
		{"the producer's own", func(f []Found) []Found { in(f, "etl").Superuser = false; return f }, "etl",
			map[string]string{"etl": words(tableBits | schemaBits), "sales": words(tableBits | schemaBits), "marketing": words(tableBits | schemaBits), "private": words(tableBits | schemaBits)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Audit(test.change(anyCompany()), AuditOptions{})
			got := anyone(r, test.warehouse)
			delete(got, "")
			if fmt.Sprint(got) != fmt.Sprint(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestAuditProducerNotLookedInto: what a consumer grants is told, and whether it takes effect
// is unknown.
func TestAuditProducerNotLookedInto(t *testing.T) {
	f := unit("sales", salesNamespace)
	f.Inbound[0].Objects = []ObjectOf{{Type: "schema", Name: "sales"}, {Type: "table", Name: "sales.store_sales"}, {Type: "function", Name: "sales.f(integer)"}}
	r := Audit([]Found{f}, AuditOptions{})
	if w := r.warehouse("namespace " + etlNamespace); w == nil || !w.NotLookedInto {
		t.Errorf("the producer is not told: %+v", r.Warehouses)
	}
	got := r.WhoCan(Insert, "sales_db", "sales", "store_sales")
	verdicts := map[string]Verdict{}
	for _, h := range got {
		verdicts[granteeText(h.Identity)] = h.Verdict
	}
	want := map[string]Verdict{"role writer": Unsure, "role loader": Unsure, "user alice": Unsure, "user bob": Unsure, "superusers": Unsure, "user admin": Unsure}
	if fmt.Sprint(verdicts) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", verdicts, want)
	}
}

// TestAuditSeveralDatabases: a producer that was found once for each of its databases is one
// warehouse, and a database that nobody connected to is unknown.
func TestAuditSeveralDatabases(t *testing.T) {
	found := anyCompany()
	other := etl()
	other.Warehouse.Database, other.Schemas, other.Tables, other.Grants = "stage", []string{"raw"}, []TableOf{{Schema: "raw", Name: "events"}}, grants(ds("raw_ds"), OnTable, "stage", "raw", "events", Select)
	for _, f := range []*Found{in(found, "etl"), &other} {
		f.Outbound = append(f.Outbound, Outbound{Name: "raw_ds", Database: "stage"}, Outbound{Name: "far_ds", Database: "far"})
	}
	r := Audit(append(found, other), AuditOptions{})
	var names, schemas []string
	for _, w := range r.Warehouses {
		names = append(names, w.Name)
	}
	for _, s := range r.Schemas {
		schemas = append(schemas, s.Database+"."+s.Schema+fmt.Sprint(s.Tables))
	}
	if fmt.Sprint(names) != "[etl marketing sales]" {
		t.Errorf("got %v", names)
	}
	want := "prod.etl[etl_audit_logs inventory] prod.marketing[customer promotion] prod.sales[store_sales web_sales] stage.raw[events]"
	if got := strings.Join(schemas, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := anyone(r, "etl"); got["sales"] != "" {
		t.Errorf("of what was read: %v", got)
	}
	other.Superuser = false
	if got := anyone(Audit(append(anyCompany(), other), AuditOptions{}), "etl"); got["sales"] != words(tableBits|schemaBits) {
		t.Errorf("read once by a user who is no superuser: %v", got)
	}
	if far := r.WhoCan(Select, "far", "any", "thing"); len(far) != 3 || far[2].Identity.Type != Anyone || far[2].Verdict != Unsure {
		t.Errorf("of a database that was not reached: %+v", far)
	}
}

// TestAuditNames: warehouses of one name are told apart, and each has its own access.
func TestAuditNames(t *testing.T) {
	found := anyCompany()
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		f := etl()
		f.Region, f.Namespace = region, "namespace-"+region
		found = append(found, f)
	}
	r := Audit(found, AuditOptions{})
	var names []string
	for _, w := range r.Warehouses {
		names = append(names, w.Name)
	}
	if got, want := strings.Join(names, "; "), "etl (111122223333, eu-central-1); etl (111122223333, eu-west-1); etl (111122223333, us-east-1); marketing; sales"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := held(r, user("alice"), Insert, "sales", "store_sales"); got.Producer != "etl (111122223333, eu-central-1)" || got.Verdict != Yes {
		t.Errorf("got %+v", got)
	}
}

func TestWhatCan(t *testing.T) {
	r := Audit(anyCompany(), AuditOptions{})
	tell := func(list []Access) string {
		var parts []string
		for i := range list {
			parts = append(parts, granteeText(list[i].Identity)+" in "+list[i].Schema+": "+words(list[i].privileges(Yes)))
		}
		return strings.Join(parts, "; ")
	}
	all := words(tableBits)
	for _, test := range []struct {
		warehouse string
		who       Grantee
		want      string
	}{
		{"sales", user("alice"), "role writer in etl: SELECT; role writer in sales: " + all},
		{"sales", user("bob"), "role writer in etl: SELECT; role writer in sales: " + all},
		{"sales", role("loader"), "role writer in etl: SELECT; role writer in sales: " + all},
		{"sales", user("carol"), "user carol in sales: SELECT"},
		{"sales", user("admin"), "superusers in etl: SELECT; superusers in sales: " + all},
		{"sales", user("nobody"), ""},
		{"elsewhere", user("alice"), ""},
	} {
		if got := tell(r.WhatCan(test.warehouse, test.who)); got != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.warehouse, granteeText(test.who), got, test.want)
		}
	}
}

// TestAuditUnknownGroup: who is in a group may be unknown; then anybody may be.
func TestAuditUnknownGroup(t *testing.T) {
	found := anyCompany()
	f := in(found, "sales")
	f.Grants = append(f.Grants, slices.Concat(grants(group("g"), OnDatabase, "sales_db", "", "", Usage), grants(group("g"), OnSchema, "sales_db", "sales", "", Usage),
		grants(group("g"), ForTables, "sales_db", "sales", "", Select))...)
	may := func(r AuditResult) bool {
		return slices.ContainsFunc(r.WhatCan("sales", user("zoe")), func(a Access) bool { return a.Identity == group("g") })
	}
	if r := Audit(found, AuditOptions{}); may(r) {
		t.Errorf("groups were read, and nobody is in this one:\n%s", r)
	}
	f.Unknown = []Unknown{{"groups", "denied"}}
	if r := Audit(found, AuditOptions{}); !may(r) || !strings.Contains(r.String(), "Who is in these groups is unknown: g.") {
		t.Errorf("that zoe may be in the group is not told:\n%s", r)
	}
	f.Groups = []Group{{Name: "g"}}
	if r := Audit(found, AuditOptions{}); may(r) || strings.Contains(r.String(), "Who is in these groups") {
		t.Errorf("nobody is in the group:\n%s", r)
	}
}

// TestAuditNothing: no input is no panic.
func TestAuditNothing(t *testing.T) {
	for _, found := range [][]Found{nil, {{}}, {{}, {}}, {{Inbound: []Inbound{{}, {Database: "d"}}, Outbound: []Outbound{{}}}}} {
		r := Audit(found, AuditOptions{ReadOnly: []string{""}, Descriptions: []Description{{}}})
		if r.String() == "" || len(r.WhatCan("", Grantee{})) > 100 {
			t.Errorf("%+v", r)
		}
		if d := Drill(found, DrillOptions{Paused: Warehouse{Cluster: "x"}}); d.Problem == "" || d.String() == "" {
			t.Errorf("%+v", d)
		}
	}
}
