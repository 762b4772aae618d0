package redshift

import (
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// In a local database, a table takes usage of its schema and a privilege on it, in one of
// many ways.
func TestCan(t *testing.T) {
	select1 := grantOn(onTable("prod", "etl", "facts"), redshiftsql.User, "alice", "SELECT")
	role := func(g redshiftsql.Grant) redshiftsql.Grant {
		g.Grantee = redshiftsql.Grantee{Type: redshiftsql.Role, Name: "inner"}
		return g
	}
	schema := grantOn(onSchema("prod", "etl"), redshiftsql.User, "alice", "USAGE")
	schemas := grantOn(redshiftsql.Object{Scope: redshiftsql.ForSchemas, Database: "prod"}, redshiftsql.User, "alice", "USAGE")
	tests := []struct {
		name   string
		grants []redshiftsql.Grant
		hand   func(*Warehouse)
		want   bool
	}{
		{"nothing", nil, nil, false},
		{"table only", []redshiftsql.Grant{select1}, nil, false},
		{"schema only", []redshiftsql.Grant{schema}, nil, false},
		{"both", []redshiftsql.Grant{schema, select1}, nil, true},
		{"other privileges", []redshiftsql.Grant{grantOn(onSchema("prod", "etl"), redshiftsql.User, "alice", "CREATE"), select1}, nil, false},
		{"all schemas", []redshiftsql.Grant{schemas, select1}, nil, true},
		{"all tables of the schema", []redshiftsql.Grant{schema, grantOn(forTables("prod", "etl"), redshiftsql.User, "alice", "SELECT")}, nil, true},
		{"all tables of another schema", []redshiftsql.Grant{schema, grantOn(forTables("prod", "public"), redshiftsql.User, "alice", "SELECT")}, nil, false},
		{"all tables of the database", []redshiftsql.Grant{schema, grantOn(forTables("prod", ""), redshiftsql.User, "alice", "SELECT")}, nil, true},
		{"all tables of another database", []redshiftsql.Grant{schema, grantOn(forTables("dev", ""), redshiftsql.User, "alice", "SELECT")}, nil, false},
		{"role of a role", []redshiftsql.Grant{role(schema), role(select1)}, nil, true},
		{"role and user", []redshiftsql.Grant{role(schema), select1}, nil, true},
		{"group", []redshiftsql.Grant{schema}, func(wh *Warehouse) {
			wh.SetGrant("SELECT", onTable("prod", "etl", "facts"), "GROUP team", true)
		}, true},
		{"public", []redshiftsql.Grant{select1}, func(wh *Warehouse) {
			wh.SetGrant("USAGE", onSchema("prod", "etl"), "PUBLIC", true)
		}, true},
		{"owner", []redshiftsql.Grant{schema}, func(wh *Warehouse) { wh.ChangeOwner("prod", "etl", "facts", "alice") }, true},
		{"owner without the schema", nil, func(wh *Warehouse) { wh.ChangeOwner("prod", "etl", "facts", "alice") }, false},
		{"owner of the schema, too", []redshiftsql.Grant{select1}, func(wh *Warehouse) { wh.ChangeOwner("prod", "etl", "", "alice") }, true},
		{"superuser", nil, func(wh *Warehouse) { wh.AddUser("alice", true) }, true},
		{"sys:superuser", nil, func(wh *Warehouse) { wh.GrantRole("sys:superuser", "ROLE inner") }, true},
		{"paused", []redshiftsql.Grant{schema, select1}, (*Warehouse).Pause, false},
		{"dropped", []redshiftsql.Grant{schema, select1}, func(wh *Warehouse) { wh.DropTable("prod", "etl", "facts") }, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.etl.AddUser("alice", false)
			l.etl.AddRole("outer")
			l.etl.AddRole("inner")
			l.etl.AddGroup("team", "alice")
			l.etl.GrantRole("outer", "alice")
			l.etl.GrantRole("inner", "ROLE outer")
			for _, g := range tt.grants {
				l.run(l.etl, "prod", g)
			}
			if tt.hand != nil {
				tt.hand(l.etl)
			}
			l.check(
				can{l.etl, "prod", "alice", "SELECT", "etl", "facts", tt.want},
				can{l.etl, "prod", "Alice", "SELECT", "etl", "facts", false},
				can{l.etl, "none", "alice", "SELECT", "etl", "facts", false},
			)
		})
	}
}

// A user that came to be since it connected has what everybody has.
func TestCanOfIAM(t *testing.T) {
	l := newLab(t)
	l.etl.SetGrant("SELECT", onTable("prod", "public", "open"), "PUBLIC", true)
	l.etl.AddTable("prod", "public", "open", TableOptions{})
	l.world.AddSuperusers("IAMR:admin")
	l.check(
		can{l.etl, "prod", "IAMR:new", "SELECT", "public", "open", true},
		can{l.etl, "prod", "new", "SELECT", "public", "open", false},
		can{l.etl, "prod", "IAMR:new", "SELECT", "etl", "facts", false},
		can{l.etl, "prod", "IAMR:admin", "SELECT", "etl", "facts", true},
	)
}

func TestRefusedGrants(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	l.etl.AddRole("analyst")
	l.etl.AddRole("writer")
	l.etl.AddUser("alice", false)
	l.etl.AddTable("dev", "s", "t", TableOptions{})
	l.run(l.etl, "dev", redshiftsql.GrantRole{Role: "writer", Grantee: redshiftsql.Grantee{Type: redshiftsql.Role, Name: "analyst"}})
	role := redshiftsql.Role
	tests := []struct {
		name     string
		wh       *Warehouse
		in, user string
		s        redshiftsql.Statement
		state    string
		text     string
	}{
		{"no role", l.etl, "dev", "", grantOn(onSchema("dev", "s"), role, "none", "USAGE"), undefinedObject, `role "none" does not exist`},
		{"no user", l.etl, "dev", "", grantOn(onSchema("dev", "s"), redshiftsql.User, "Alice", "USAGE"), undefinedObject, `user "Alice" does not exist`},
		{"no database", l.etl, "dev", "", grantOn(onDatabase("none"), role, "analyst", "USAGE"), undefinedDatabase, `database "none" does not exist`},
		{"no schema", l.etl, "dev", "", grantOn(forTables("dev", "none"), role, "analyst", "SELECT"), undefinedSchema, `schema "none"`},
		{"no function", l.etl, "prod", "", grantOn(redshiftsql.Object{Scope: redshiftsql.OnFunction, Database: "prod", Schema: "etl", Name: "rate", Arguments: []string{"integer"}}, role, "analyst", "EXECUTE"), undefinedFunction, "rate(integer)"},
		{"another database", l.etl, "dev", "", grantOn(onTable("prod", "etl", "facts"), role, "analyst", "SELECT"), notSupported, "cross-database"},
		{"from a shared database", l.sales, "shared", "", grantOn(onTable("shared", "etl", "facts"), role, "analyst", "SELECT"), notSupported, "created from a datashare"},
		{"a shared table that is not shared", l.sales, "dev", "", grantOn(onTable("shared", "etl", "audit"), role, "analyst", "SELECT"), undefinedTable, "etl.audit"},
		{"usage of a datashare by a role", l.etl, "prod", "", grantOn(onShare("ds"), role, "analyst", "ALTER"), "", ""},
		{"not the owner", l.etl, "prod", "alice", grantOn(onTable("prod", "etl", "facts"), role, "analyst", "SELECT"), insufficientPrivilege, "permission denied for relation facts"},
		{"not the schema's owner", l.etl, "prod", "alice", grantOn(forTables("prod", "etl"), role, "analyst", "SELECT"), insufficientPrivilege, "permission denied for schema etl"},
		{"not the shared database's owner", l.sales, "dev", "alice", grantOn(onDatabase("shared"), role, "analyst", "USAGE"), insufficientPrivilege, "permission denied for database shared"},
		{"not the datashare's owner", l.etl, "prod", "alice", grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "ds", "USAGE"), insufficientPrivilege, "permission denied for datashare ds"},
		{"not to be shared by all", l.etl, "prod", "alice", usage("ds", redshiftsql.Namespace, l.finance.Namespace), insufficientPrivilege, "permission denied for datashare ds"},
		{"a circle of roles", l.etl, "dev", "", redshiftsql.GrantRole{Role: "analyst", Grantee: redshiftsql.Grantee{Type: role, Name: "writer"}}, invalidGrant, "granted to itself"},
		{"a role that is none", l.etl, "dev", "", redshiftsql.GrantRole{Role: "none", Grantee: redshiftsql.Grantee{Type: role, Name: "writer"}}, undefinedObject, `role "none"`},
		{"a role to a user that is none", l.etl, "dev", "", redshiftsql.GrantRole{Role: "writer", Grantee: redshiftsql.Grantee{Type: redshiftsql.User, Name: "none"}}, undefinedObject, `user "none"`},
		{"another's role", l.etl, "dev", "alice", redshiftsql.GrantRole{Role: "writer", Grantee: redshiftsql.Grantee{Type: redshiftsql.User, Name: "alice"}}, insufficientPrivilege, "grant role writer"},
		{"role there already", l.etl, "dev", "", redshiftsql.CreateRole{Name: "Analyst"}, duplicateObject, `role "analyst" already exists`},
		{"role like a user", l.etl, "dev", "", redshiftsql.CreateRole{Name: "alice"}, duplicateObject, "conflicts with a user"},
		{"role by all", l.etl, "dev", "alice", redshiftsql.CreateRole{Name: "x"}, insufficientPrivilege, "create role"},
		{"datashare by all", l.etl, "dev", "alice", redshiftsql.CreateDatashare{Name: "x"}, insufficientPrivilege, "create datashare"},
		{"datashare altered by all", l.etl, "prod", "alice", redshiftsql.AlterDatashare{Name: "ds"}, insufficientPrivilege, "datashare ds"},
		{"datashare dropped by all", l.etl, "prod", "alice", redshiftsql.DropDatashare{Name: "ds"}, insufficientPrivilege, "must be owner of datashare ds"},
		{"database by all", l.sales, "dev", "alice", redshiftsql.CreateDatabase{Name: "x", Datashare: "ds", Namespace: l.etl.Namespace}, insufficientPrivilege, "create database"},
		{"role dropped by all", l.etl, "dev", "alice", redshiftsql.DropRole{Name: "writer"}, insufficientPrivilege, "must be owner of role writer"},
		{"role of a user dropped", l.sales, "dev", "", redshiftsql.DropRole{Name: "analyst"}, dependentObjects, "granted on a user"},
		{"role of a role dropped", l.etl, "dev", "", redshiftsql.DropRole{Name: "writer"}, dependentObjects, "depends on another role"},
		{"role with a role dropped", l.etl, "dev", "", redshiftsql.DropRole{Name: "analyst"}, dependentObjects, "depends on another role"},
		{"no role dropped", l.etl, "dev", "", redshiftsql.DropRole{Name: "none"}, undefinedObject, `role "none"`},
		{"setting", l.etl, "dev", "nobody", redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"}, notAuthenticated, `FATAL: password authentication failed for user "nobody"`},
		{"no database to connect to", l.etl, "none", "", redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"}, undefinedDatabase, `FATAL: database "none" does not exist`},
		{"a shared database, without usage", l.sales, "shared", "alice", redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"}, insufficientPrivilege, `FATAL: permission denied for database "shared"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l.T = t
			if tt.state != "" {
				l.refused(tt.wh, tt.in, tt.user, tt.s, tt.state, tt.text)
				return
			}
			l.run(tt.wh, tt.in, tt.s)
		})
	}
}

// Statements that [redshiftsql] does not write are refused as well.
func TestReservedRoles(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	for _, g := range []redshiftsql.Grant{
		grantOn(onTable("prod", "etl", "facts"), redshiftsql.Role, "ds:ds", "SELECT"),
		grantOn(onTable("prod", "etl", "facts"), redshiftsql.Role, "sys:dba", "SELECT"),
	} {
		name := g.Grantee.Name
		for _, g.Revoke = range []bool{false, true} {
			err := l.etl.grant(caller{superuser: true, database: "prod", local: true}, g)
			if err == nil || err.Error() != "ERROR: Granting permissions to reserved role "+name+" is not supported." {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	err := l.etl.grantRole(caller{superuser: true}, redshiftsql.GrantRole{Role: "ds:ds", Grantee: redshiftsql.Grantee{Type: redshiftsql.User, Name: "awsuser"}})
	if err == nil || err.Error() != "ERROR: Granting permissions to reserved role ds:ds is not supported." {
		t.Error(err)
	}
	err = l.etl.grant(caller{superuser: true, database: "prod", local: true}, usage("ds", redshiftsql.User, "awsuser"))
	if err == nil || err.Error() != "ERROR: USAGE cannot be granted to users and groups on a datashare." {
		t.Error(err)
	}
}

// A user that is no superuser may do what it owns, or was allowed.
func TestAllowed(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	l.etl.AddUser("alice", false)
	l.etl.AddRole("builder")
	l.etl.GrantRole("builder", "alice")
	for _, p := range []string{"CREATE DATASHARE", "CREATE ROLE"} {
		l.etl.GrantSystem(p, "ROLE builder")
	}
	as := func(wh *Warehouse, in string, statements ...redshiftsql.Statement) {
		t.Helper()
		for _, s := range statements {
			if _, err := try(wh, in, "alice", s); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
	}
	mine := redshiftsql.Grantee{Type: redshiftsql.User, Name: "alice"}
	as(l.etl, "prod",
		redshiftsql.CreateRole{Name: "mine"}, redshiftsql.GrantRole{Role: "mine", Grantee: mine},
		redshiftsql.GrantRole{Revoke: true, Role: "mine", Grantee: mine}, redshiftsql.DropRole{Name: "mine"},
		redshiftsql.CreateDatashare{Name: "mine"}, redshiftsql.AlterDatashare{Name: "mine"},
		usage("mine", redshiftsql.Namespace, l.sales.Namespace),
	)
	l.refused(l.etl, "prod", "alice", grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "mine", "USAGE"), insufficientPrivilege, "schema etl")
	l.run(l.etl, "prod", grantOn(onSchema("prod", "etl"), redshiftsql.User, "alice", "USAGE"))
	as(l.etl, "prod", grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "mine", "USAGE"))
	l.etl.ChangeOwner("prod", "etl", "facts", "alice")
	as(l.etl, "prod", grantOn(onTable("prod", "etl", "facts"), redshiftsql.Datashare, "mine", "INSERT", "SELECT"), redshiftsql.DropDatashare{Name: "mine"})

	l.run(l.etl, "prod", grantOn(onShare("ds"), redshiftsql.Role, "builder", "ALTER"), grantOn(onShare("ds"), redshiftsql.User, "alice", "SHARE"))
	as(l.etl, "prod", redshiftsql.AlterDatashare{Name: "ds", PublicAccessible: true}, usage("ds", redshiftsql.Namespace, l.finance.Namespace))

	l.sales.GrantSystem("CREATEDB", "alice")
	l.run(l.sales, "dev", redshiftsql.DropDatabase{Name: "shared"})
	as(l.sales, "dev", redshiftsql.CreateDatabase{Name: "shared", WithPermissions: true, Datashare: "ds", Namespace: l.etl.Namespace},
		grantOn(onTable("shared", "etl", "facts"), redshiftsql.Role, "analyst", "SELECT"), redshiftsql.DropDatabase{Name: "shared"})

	l.etl.ChangeOwner("dev", "", "", "alice")
	l.etl.AddSchema("dev", "s")
	as(l.etl, "dev", redshiftsql.CreateDatashare{Name: "again"}, grantOn(onDatabase("dev"), redshiftsql.Role, "builder", "CREATE"))
}
