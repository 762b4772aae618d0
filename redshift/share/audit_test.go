package share

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

const (
	etlNamespace       = "11111111-1111-4111-8111-111111111111"
	salesNamespace     = "22222222-2222-4222-8222-222222222222"
	marketingNamespace = "33333333-3333-4333-8333-333333333333"
)

// grants makes a grant of each privilege.
func grants(to Grantee, scope Scope, database, schema, object string, privileges ...Privilege) []Grant {
	var list []Grant
	for _, p := range privileges {
		list = append(list, Grant{Grantee: to, Privilege: p, Scope: scope, Database: database, Schema: schema, Object: object})
	}
	return list
}

func role(name string) Grantee  { return Grantee{Type: ToRole, Name: name} }
func user(name string) Grantee  { return Grantee{Type: ToUser, Name: name} }
func group(name string) Grantee { return Grantee{Type: ToGroup, Name: name} }
func ds(name string) Grantee    { return Grantee{Type: ToDatashare, Name: name} }

var (
	public   = Grantee{Type: ToPublic}
	allTable = []Privilege{Select, Insert, Update, Delete, Truncate, Drop, Alter, References}
)

// etl is the producer of the article's AnyCompany, with its statements carried out.
func etl() Found {
	f := Found{
		Warehouse: Warehouse{Cluster: "etl", Database: "prod"}, Account: "111122223333", Region: "eu-central-1", Namespace: etlNamespace,
		NodeType: "ra3.4xlarge", Status: "available", Version: "1.0.78881", Slices: 64, User: "admin", Superuser: true,
		Databases: []Database{{Name: "dev", Isolation: "Serializable"}, {Name: "prod", Isolation: "Snapshot Isolation"}},
		Schemas:   []string{"etl", "sales", "marketing", "private"},
		Tables: []TableOf{
			{Schema: "etl", Name: "etl_audit_logs", Type: "TABLE", Identity: []string{"id"}},
			{Schema: "etl", Name: "inventory", Type: "TABLE"},
			{Schema: "sales", Name: "store_sales", Type: "TABLE"},
			{Schema: "sales", Name: "web_sales", Type: "TABLE"},
			{Schema: "marketing", Name: "customer", Type: "TABLE"},
			{Schema: "marketing", Name: "promotion", Type: "TABLE"},
			{Schema: "private", Name: "salaries", Type: "TABLE"},
		},
		Superusers: []string{"admin"},
	}
	for _, unit := range []struct{ name, namespace, one, two string }{
		{"sales", salesNamespace, "store_sales", "web_sales"},
		{"marketing", marketingNamespace, "customer", "promotion"},
	} {
		share := ds(unit.name + "_ds")
		for _, schema := range []string{"etl", unit.name} {
			f.Grants = append(f.Grants, grants(share, OnSchema, "prod", schema, "", Usage)...)
		}
		f.Grants = append(f.Grants, grants(share, OnTable, "prod", "etl", "etl_audit_logs", Select, Insert)...)
		for _, table := range []string{unit.one, unit.two} {
			f.Grants = append(f.Grants, grants(share, OnTable, "prod", unit.name, table, allTable...)...)
		}
		f.Outbound = append(f.Outbound, Outbound{
			Name: share.Name, Database: "prod",
			Objects: []ObjectOf{
				{Type: "schema", Name: "etl", IncludeNew: true}, {Type: "table", Name: "etl.etl_audit_logs"},
				{Type: "schema", Name: unit.name, IncludeNew: true}, {Type: "table", Name: unit.name + "." + unit.one}, {Type: "table", Name: unit.name + "." + unit.two},
			},
			Consumers: []UsedBy{{Account: "111122223333", Namespace: unit.namespace}},
		})
	}
	return f
}

// unit is a workgroup of AnyCompany. A role may do all with the unit's own schema and write
// the audit table; alice has it, and bob through another role.
func unit(name, namespace string) Found {
	database := name + "_db"
	f := Found{
		Warehouse: Warehouse{Workgroup: name}, Account: "111122223333", Region: "eu-central-1", Namespace: namespace,
		Status: "AVAILABLE", Version: "1.0.78890", BaseCapacity: 8, User: "admin", Superuser: true,
		Databases: []Database{{Name: "dev", Isolation: "Snapshot Isolation"}, {Name: database, Shared: true}},
		Roles:     []string{"writer", "loader"}, Users: []string{"admin", "alice", "bob", "carol"},
		Inbound: []Inbound{{Name: name + "_ds", Account: "111122223333", Namespace: etlNamespace, Database: database}},
		RoleGrants: []RoleGrant{
			{Role: "writer", To: user("alice")},
			{Role: "writer", To: role("loader")},
			{Role: "loader", To: user("bob")},
		},
		Superusers: []string{"admin"},
	}
	f.Grants = slices.Concat(
		grants(role("writer"), OnDatabase, database, "", "", Usage),
		grants(role("writer"), OnSchema, database, name, "", Usage),
		grants(role("writer"), OnSchema, database, "etl", "", Usage),
		grants(role("writer"), ForTables, database, name, "", allTable...),
		grants(role("writer"), OnTable, database, "etl", "etl_audit_logs", Select, Insert),
		grants(user("carol"), OnDatabase, database, "", "", Usage),
		grants(user("carol"), OnSchema, database, name, "", Usage),
		grants(user("carol"), ForTables, database, name, "", Select),
	)
	return f
}

func anyCompany() []Found {
	return []Found{etl(), unit("sales", salesNamespace), unit("marketing", marketingNamespace)}
}

func TestAuditAnyCompany(t *testing.T) {
	r := Audit(anyCompany(), AuditOptions{})
	golden.Equal(t, "testdata/audit-anycompany.txt", r.String())

	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/audit-anycompany.json", string(data)+"\n")
	var again AuditResult
	if err := json.Unmarshal(data, &again); err != nil {
		t.Fatal(err)
	}
	if again.String() != r.String() {
		t.Errorf("after JSON it reads\n%s", again)
	}
}
