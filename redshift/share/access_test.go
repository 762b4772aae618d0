package share

import (
	"slices"
	"strings"
	"testing"
)

// in returns what was found of a warehouse of AnyCompany, to be changed.
func in(found []Found, name string) *Found {
	i := slices.IndexFunc(found, func(f Found) bool { return f.Warehouse.Cluster == name || f.Warehouse.Workgroup == name })
	return &found[i]
}

// without takes grants away.
func without(f *Found, drop func(Grant) bool) { f.Grants = slices.DeleteFunc(f.Grants, drop) }

// asCluster makes a workgroup a cluster.
func asCluster(f *Found, slices int) {
	f.Warehouse = Warehouse{Cluster: f.Warehouse.Workgroup}
	f.NodeType, f.Slices = "ra3.xlplus", slices
}

// abroad moves a consumer to another account, with an association.
func abroad(found []Found, a *Association) {
	in(found, "sales").Account = "444455556666"
	if a != nil {
		a.Datashare, a.Producer, a.Consumer = "sales_ds", etlNamespace, "444455556666"
		in(found, "etl").Associations = append(in(found, "etl").Associations, *a)
	}
}

func table(found []Found, name string) *TableOf {
	f := in(found, "etl")
	i := slices.IndexFunc(f.Tables, func(t TableOf) bool { return t.Name == name })
	return &f.Tables[i]
}

// held returns what an identity of the sales workgroup has, as WhoCan tells it.
func held(r AuditResult, who Grantee, p Privilege, schema, table string) Holder {
	for _, h := range r.WhoCan(p, "prod", schema, table) {
		if h.Warehouse == "sales" && h.Identity == who {
			return h
		}
	}
	return Holder{}
}

// TestAuditRules: each rule alone, on the world of the article.
func TestAuditRules(t *testing.T) {
	type want struct {
		who     Grantee
		p       Privilege
		table   string // of schema sales
		verdict Verdict
		why     string
	}
	alice, bob, carol, admin := user("alice"), user("bob"), user("carol"), user("admin")
	not, yes := No, Yes
	always := true
	never := false
	tests := []struct {
		name   string
		change func([]Found)
		want   []want
	}{
		{"as the article has it", func([]Found) {}, []want{
			{alice, Insert, "store_sales", yes, ""}, {bob, Drop, "web_sales", yes, ""}, {carol, Select, "store_sales", yes, ""},
			{carol, Insert, "store_sales", "", ""}, {admin, Insert, "store_sales", yes, ""}, {alice, Create, "", "", ""},
		}},
		{"tables that are added later can only be read", func([]Found) {}, []want{
			{alice, Select, "", yes, ""}, {alice, Insert, "", not, "the datashare sales_ds does not give it"}, {alice, Insert, "new_sales", not, "does not give"},
		}},
		{"scoped privileges include tables to come", func(f []Found) {
			in(f, "etl").Grants = append(in(f, "etl").Grants, grants(ds("sales_ds"), ForTables, "prod", "sales", "", allTable...)...)
		}, []want{{alice, Insert, "", yes, ""}, {alice, Insert, "new_sales", yes, ""}}},
		{"scoped privileges on the database", func(f []Found) {
			in(f, "etl").Grants = append(in(f, "etl").Grants, grants(ds("sales_ds"), ForTables, "prod", "", "", Insert)...)
		}, []want{{alice, Insert, "new_sales", yes, ""}, {carol, Insert, "new_sales", "", ""}}},
		{"the datashare gives less than the role", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool { return g.Schema == "sales" && g.Scope == OnTable && g.Privilege != Select })
		}, []want{{alice, Select, "store_sales", yes, ""}, {alice, Insert, "store_sales", not, "the datashare sales_ds does not give it"}, {admin, Insert, "store_sales", "", ""}}},
		{"an object of a datashare without a privilege can be read", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool { return g.Object == "store_sales" })
		}, []want{{alice, Select, "store_sales", yes, ""}, {alice, Insert, "store_sales", not, "does not give"}}},
		{"no USAGE of the database", func(f []Found) {
			without(in(f, "sales"), func(g Grant) bool { return g.Scope == OnDatabase })
		}, []want{{alice, Insert, "store_sales", not, "there is no USAGE of the database sales_db"}, {admin, Insert, "store_sales", yes, ""}}},
		{"no USAGE of the schema", func(f []Found) {
			without(in(f, "sales"), func(g Grant) bool { return g.Privilege == Usage && g.Schema == "sales" })
		}, []want{{carol, Select, "store_sales", not, "there is no USAGE of the schema"}}},
		{"USAGE of all schemas", func(f []Found) {
			without(in(f, "sales"), func(g Grant) bool { return g.Privilege == Usage && g.Schema == "sales" })
			in(f, "sales").Grants = append(in(f, "sales").Grants, grants(public, ForSchemas, "sales_db", "", "", Usage)...)
		}, []want{{carol, Select, "store_sales", yes, ""}}},
		{"the datashare was not seen to give USAGE", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool { return g.Privilege == Usage && g.Schema == "sales" })
			in(f, "etl").Outbound[0].Objects = nil
		}, []want{{carol, Select, "store_sales", Unsure, "was not seen to give USAGE of the schema"}}},
		{"a schema privilege", func(f []Found) {
			in(f, "etl").Grants = append(in(f, "etl").Grants, grants(ds("sales_ds"), OnSchema, "prod", "sales", "", Create)...)
			in(f, "sales").Grants = append(in(f, "sales").Grants, grants(role("writer"), OnSchema, "sales_db", "sales", "", Create, Drop)...)
		}, []want{{bob, Create, "", yes, ""}, {bob, Drop, "", not, "does not give"}, {carol, Create, "", "", ""}}},
		{"made without WITH PERMISSIONS", func(f []Found) {
			in(f, "sales").Databases[1].WithPermissions = &never
			without(in(f, "sales"), func(g Grant) bool { return g.Scope != OnDatabase })
		}, []want{{carol, Insert, "store_sales", yes, ""}, {carol, Drop, "store_sales", yes, ""}, {user("dave"), Select, "store_sales", "", ""}}},
		{"unknown whether WITH PERMISSIONS", func(f []Found) {
			without(in(f, "sales"), func(g Grant) bool { return g.Scope != OnDatabase })
		}, []want{{carol, Insert, "store_sales", Unsure, "whether the database was made WITH PERMISSIONS is unknown"}}},
		{"made WITH PERMISSIONS, and nothing granted on objects", func(f []Found) {
			in(f, "sales").Databases[1].WithPermissions = &always
			without(in(f, "sales"), func(g Grant) bool { return g.Scope != OnDatabase })
		}, []want{{carol, Insert, "store_sales", "", ""}}},
		{"grants on objects prove WITH PERMISSIONS", func([]Found) {}, []want{{carol, Insert, "web_sales", "", ""}}},
		{"isolation", func(f []Found) { in(f, "etl").Databases[1].Isolation = "Serializable" }, []want{
			{alice, Insert, "store_sales", not, "has the isolation level Serializable"}, {alice, Select, "store_sales", yes, ""}, {admin, Delete, "store_sales", not, "isolation"},
		}},
		{"isolation unknown", func(f []Found) { in(f, "etl").Databases = nil }, []want{
			{alice, Insert, "store_sales", Unsure, "the isolation level of the database prod of etl is unknown"}, {alice, Select, "store_sales", yes, ""},
		}},
		{"63 slices", func(f []Found) { asCluster(in(f, "sales"), 63) }, []want{
			{alice, Insert, "store_sales", not, "sales has 63 slices"}, {alice, Select, "store_sales", yes, ""},
		}},
		{"64 slices", func(f []Found) { asCluster(in(f, "sales"), 64) }, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"slices unknown", func(f []Found) { asCluster(in(f, "sales"), 0) }, []want{{alice, Insert, "store_sales", Unsure, "the slices of sales are unknown"}}},
		{"an old version of the consumer", func(f []Found) { in(f, "sales").Version = "1.0.78889" }, []want{
			{alice, Insert, "store_sales", not, "sales has version 1.0.78889"}, {alice, Select, "store_sales", yes, ""},
		}},
		{"an old version of the producer", func(f []Found) { in(f, "etl").Version = "1.0.78880" }, []want{{alice, Insert, "store_sales", not, "etl has version"}}},
		{"a version unknown", func(f []Found) { in(f, "etl").Version = "" }, []want{{alice, Insert, "store_sales", Unsure, "the version of etl is unknown"}}},
		{"a later major version", func(f []Found) { in(f, "etl").Version = "2.0.1" }, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"nodes that share nothing", func(f []Found) { asCluster(in(f, "sales"), 64); in(f, "sales").NodeType = "dc2.large" }, []want{
			{carol, Select, "store_sales", not, "nodes of type dc2.large"}, {alice, Insert, "store_sales", not, "dc2.large"},
		}},
		{"another account, both allow writes", func(f []Found) {
			abroad(f, &Association{Status: "ACTIVE", ProducerWrites: true, ConsumerWrites: true})
		}, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"another account, not authorized to write", func(f []Found) {
			abroad(f, &Association{Status: "ACTIVE", ConsumerWrites: true})
		}, []want{{alice, Insert, "store_sales", not, "has not authorized writes of account 444455556666"}, {alice, Select, "store_sales", yes, ""}}},
		{"another account, writes not accepted", func(f []Found) {
			abroad(f, &Association{Status: "ACTIVE", ProducerWrites: true})
		}, []want{{alice, Insert, "store_sales", not, "account 444455556666 has not accepted writes"}}},
		{"another account, not active", func(f []Found) {
			abroad(f, &Association{Status: "AUTHORIZED", ProducerWrites: true, ConsumerWrites: true})
		}, []want{{alice, Select, "store_sales", not, "no association of the datashare with account 444455556666"}}},
		{"another account, authorized there and associated here", func(f []Found) {
			abroad(f, &Association{Status: "AUTHORIZED", ProducerWrites: true})
			in(f, "sales").Associations = []Association{{
				Datashare: "sales_ds", Producer: etlNamespace, Consumer: "arn:aws:redshift-serverless:eu-central-1:444455556666:namespace/" + salesNamespace, Status: "ACTIVE", ConsumerWrites: true,
			}}
		}, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"another account, of another datashare", func(f []Found) {
			abroad(f, &Association{Status: "ACTIVE", ProducerWrites: true, ConsumerWrites: true})
			in(f, "etl").Associations[0].Datashare = "marketing_ds"
		}, []want{{alice, Select, "store_sales", Unsure, "the association of the datashare with account 444455556666 is unknown"}}},
		{"another account, writes accepted in another Region", func(f []Found) {
			abroad(f, &Association{Status: "ACTIVE", ProducerWrites: true})
			in(f, "etl").Associations = append(in(f, "etl").Associations, in(f, "etl").Associations[0])
			a := &in(f, "etl").Associations[1]
			a.Region, a.ConsumerWrites = "us-east-1", true
		}, []want{{alice, Insert, "store_sales", not, "has not accepted writes"}, {carol, Select, "store_sales", yes, ""}}},
		{"another account, associations not read", func(f []Found) {
			abroad(f, &Association{Status: "AUTHORIZED"})
			in(f, "sales").Unknown = []Unknown{{What: "associations", Reason: "denied"}}
		}, []want{{alice, Select, "store_sales", Unsure, "no association"}, {alice, Insert, "store_sales", Unsure, "has not authorized"}}},
		{"an identity column, a workgroup", func(f []Found) { table(f, "store_sales").Identity = []string{"id"} }, []want{
			{alice, Insert, "store_sales", Unsure, "not supported if sales has more slices than etl, which is unknown"},
			{alice, Update, "store_sales", Unsure, "identity"}, {alice, Delete, "store_sales", yes, ""}, {alice, Select, "store_sales", yes, ""}, {alice, Insert, "web_sales", yes, ""},
		}},
		{"an identity column, more slices", func(f []Found) {
			table(f, "store_sales").Identity = []string{"id"}
			asCluster(in(f, "sales"), 128)
		}, []want{{alice, Insert, "store_sales", not, "sales has more slices than etl"}, {alice, Insert, "web_sales", yes, ""}}},
		{"an identity column, as many slices", func(f []Found) {
			table(f, "store_sales").Identity = []string{"id"}
			asCluster(in(f, "sales"), 64)
		}, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"the role of superusers", func(f []Found) {
			in(f, "sales").RoleGrants = append(in(f, "sales").RoleGrants, RoleGrant{"sys:superuser", role("boss")}, RoleGrant{"boss", user("ruth")})
		}, []want{{user("ruth"), Insert, "web_sales", yes, ""}, {admin, Insert, "web_sales", yes, ""}}},
		{"a datashare with a privilege on a schema, and no USAGE", func(f []Found) {
			without(in(f, "etl"), func(g Grant) bool {
				return g.Privilege == Usage && g.Grantee == Grantee{ToDatashare, "sales_ds"} && g.Scope == OnSchema && g.Schema == "sales"
			})
			in(f, "etl").Grants = append(in(f, "etl").Grants, grants(Grantee{ToDatashare, "sales_ds"}, OnSchema, "prod", "sales", "", Create)...)
			in(f, "etl").Outbound[0].Objects = append(in(f, "etl").Outbound[0].Objects, ObjectOf{Type: "schema", Name: "sales"})
		}, []want{{alice, Insert, "web_sales", Unsure, "was not seen to give USAGE of the schema"}}},
		{"an interleaved sort key", func(f []Found) { table(f, "store_sales").Interleaved = true }, []want{
			{alice, Insert, "store_sales", not, "interleaved sort key"}, {carol, Select, "store_sales", not, "interleaved sort key"}, {alice, Insert, "web_sales", yes, ""},
		}},
		{"a masked table", func(f []Found) { table(f, "store_sales").Masks = []string{"m"} }, []want{
			{carol, Select, "store_sales", not, "a masking policy is on for datashares"}, {alice, Insert, "store_sales", Unsure, "masking"}, {carol, Select, "web_sales", yes, ""},
		}},
		{"row-level security", func(f []Found) { table(f, "store_sales").RowSecurity = true }, []want{
			{carol, Select, "store_sales", not, "row-level security is on for datashares"}, {alice, Insert, "store_sales", Unsure, "row-level"}, {carol, Select, "web_sales", yes, ""},
		}},
		{"a view", func(f []Found) { table(f, "store_sales").Type = "LATE BINDING VIEW" }, []want{
			{alice, Insert, "store_sales", not, "a view takes no writes"}, {alice, Select, "store_sales", yes, ""},
		}},
		{"PUBLIC", func(f []Found) {
			in(f, "sales").Grants = append(in(f, "sales").Grants, slices.Concat(
				grants(public, OnDatabase, "sales_db", "", "", Usage), grants(public, OnSchema, "sales_db", "sales", "", Usage),
				grants(public, OnTable, "sales_db", "sales", "web_sales", Update))...)
		}, []want{{public, Update, "web_sales", yes, ""}, {public, Update, "store_sales", "", ""}}},
		{"a group", func(f []Found) {
			in(f, "sales").Groups = []Group{{"g", []string{"dave"}}}
			in(f, "sales").Grants = append(in(f, "sales").Grants, slices.Concat(
				grants(group("g"), OnDatabase, "sales_db", "", "", Usage), grants(group("g"), OnSchema, "sales_db", "sales", "", Usage),
				grants(group("g"), OnTable, "sales_db", "sales", "web_sales", Update))...)
		}, []want{{group("g"), Update, "web_sales", yes, ""}, {user("dave"), Update, "web_sales", yes, ""}}},
		{"two roles together", func(f []Found) {
			in(f, "sales").Grants = slices.Concat(grants(role("opens"), OnDatabase, "sales_db", "", "", Usage), grants(role("opens"), ForSchemas, "sales_db", "", "", Usage),
				grants(role("reads"), ForTables, "sales_db", "", "", Select))
			in(f, "sales").RoleGrants = []RoleGrant{{"opens", user("dave")}, {"reads", user("dave")}, {"reads", user("eve")}, {"opens", user("fred")}, {"reads", user("fred")}}
		}, []want{
			{user("dave"), Select, "web_sales", yes, ""}, {user("fred"), Select, "web_sales", yes, ""}, {user("eve"), Select, "web_sales", not, "USAGE of the database"},
			{role("reads"), Select, "web_sales", not, "USAGE of the database"}, {role("opens"), Select, "web_sales", "", ""},
		}},
		{"a circle of roles", func(f []Found) {
			in(f, "sales").RoleGrants = append(in(f, "sales").RoleGrants, RoleGrant{"loader", role("writer")}, RoleGrant{"writer", role("writer")})
		}, []want{{bob, Insert, "store_sales", yes, ""}, {role("loader"), Insert, "store_sales", yes, ""}}},
		{"a datashare listed as a role", func(f []Found) {
			for i, g := range in(f, "etl").Grants {
				in(f, "etl").Grants[i].Grantee = Grantee{Type: ToRole, Name: "ds:" + g.Grantee.Name}
			}
		}, []want{{alice, Insert, "store_sales", yes, ""}}},
		{"grants of the producer not read", func(f []Found) {
			in(f, "etl").Unknown = []Unknown{{What: "privileges on tables", Reason: "denied"}}
			without(in(f, "etl"), func(g Grant) bool { return g.Scope == OnTable })
		}, []want{{alice, Insert, "store_sales", Unsure, "what the datashare sales_ds gives is not known"}, {alice, Select, "store_sales", Unsure, "not known"}}},
		{"the producer read by a user who is no superuser", func(f []Found) { in(f, "etl").Superuser = false }, []want{
			{alice, Insert, "store_sales", yes, ""}, {alice, Insert, "", Unsure, "what the datashare sales_ds gives is not known"},
		}},
		{"the producer connected to another database", func(f []Found) { in(f, "etl").Warehouse.Database = "dev"; in(f, "etl").Grants = nil }, []want{
			{alice, Insert, "store_sales", Unsure, "what the datashare sales_ds gives is not known"},
		}},
		{"columns of the producer not read", func(f []Found) { in(f, "etl").Unknown = []Unknown{{What: "columns", Reason: "denied"}} }, []want{
			{alice, Insert, "store_sales", Unsure, "identity columns and sort keys"}, {alice, Select, "store_sales", Unsure, "sort keys"},
		}},
		{"masks of the producer not read", func(f []Found) { in(f, "etl").Unknown = []Unknown{{What: "masking policies", Reason: "denied"}} }, []want{
			{alice, Select, "store_sales", Unsure, "masking policies"},
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := anyCompany()
			test.change(found)
			r := Audit(found, AuditOptions{})
			for _, w := range test.want {
				got := held(r, w.who, w.p, "sales", w.table)
				if got.Verdict != w.verdict || w.why != "" && !strings.Contains(strings.Join(got.Why, "; "), w.why) || w.why == "" && len(got.Why) > 0 {
					t.Errorf("%s, %s of %q: got %q, %q, want %q, %q", granteeText(w.who), w.p, w.table, got.Verdict, got.Why, w.verdict, w.why)
				}
			}
		})
	}
}

// TestAuditPaths: the way from the tables to an identity, and whose USAGE it takes.
func TestAuditPaths(t *testing.T) {
	found := anyCompany()
	f := in(found, "sales")
	f.Grants = append(f.Grants, slices.Concat(
		grants(role("opens"), OnDatabase, "sales_db", "", "", Usage), grants(public, OnSchema, "sales_db", "sales", "", Usage),
		grants(role("reads"), OnTable, "sales_db", "sales", "web_sales", Select))...)
	f.RoleGrants = append(f.RoleGrants, RoleGrant{"opens", user("dave")}, RoleGrant{"reads", user("dave")}, RoleGrant{"opens", user("fred")}, RoleGrant{"reads", user("fred")})
	r := Audit(found, AuditOptions{})
	start := "datashare sales_ds (on the table) → namespace " + salesNamespace + " → database sales_db"
	for _, test := range []struct {
		who  Grantee
		want string
	}{
		{user("alice"), start + " → role writer (on all tables of the schema) → user alice"},
		{user("bob"), start + " → role writer (on all tables of the schema) → role loader → user bob"},
		{user("carol"), start + " → user carol (on all tables of the schema)"},
		{user("dave"), start + " (USAGE of the database from role opens, USAGE of the schema from PUBLIC) → role reads (on the table) → user dave"},
		{user("fred"), start + " (USAGE of the database from role opens, USAGE of the schema from PUBLIC) → role reads (on the table) → user fred"},
		{user("admin"), start + " → superusers → user admin"},
	} {
		if got := pathText(held(r, test.who, Select, "sales", "web_sales").Path); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", granteeText(test.who), got, test.want)
		}
	}
	own := r.WhoCan(Select, "prod", "sales", "web_sales")
	i := slices.IndexFunc(own, func(h Holder) bool { return h.Warehouse == "etl" && h.Identity.Type == Superusers })
	if i < 0 || pathText(own[i].Path) != "database prod → superusers" {
		t.Errorf("the producer's own: %+v", own)
	}
}
