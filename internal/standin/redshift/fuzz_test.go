package redshift

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A maker makes statements of which most can be run, and many succeed: its names are few.
type maker struct {
	*rand.Rand
	lab *lab
}

func (m maker) one(of ...string) string { return of[m.IntN(len(of))] }

func (m maker) namespace() string {
	return m.one(m.lab.etl.Namespace, m.lab.sales.Namespace, m.lab.finance.Namespace, m.lab.partner.Namespace, guid("nobody"))
}

func (m maker) object() redshiftsql.Object {
	o := redshiftsql.Object{Database: m.one("prod", "shared", "dev", "x"), Schema: m.one("etl", "public", "none"), Name: m.one("facts", "audit", "none")}
	switch o.Scope = []redshiftsql.Scope{"DATABASE", "SCHEMA", "TABLE", "FUNCTION", "DATASHARE", "SCHEMAS", "TABLES", "FUNCTIONS"}[m.IntN(8)]; o.Scope {
	case redshiftsql.OnDatabase, redshiftsql.ForSchemas:
		o.Schema, o.Name = "", ""
	case redshiftsql.OnSchema, redshiftsql.ForTables, redshiftsql.ForFunctions:
		o.Name = ""
		if o.Scope != redshiftsql.OnSchema && m.IntN(2) == 0 {
			o.Schema = ""
		}
	case redshiftsql.OnFunction:
		o.Name, o.Arguments = "rate", []string{"integer", "varchar"}
	case redshiftsql.OnDatashare:
		o = onShare(m.one("ds", "other"))
	}
	return o
}

func (m maker) grantee() redshiftsql.Grantee {
	switch m.IntN(5) {
	case 0:
		return redshiftsql.Grantee{Type: redshiftsql.User, Name: m.one("alice", "awsuser", "admin")}
	case 1:
		return redshiftsql.Grantee{Type: redshiftsql.Role, Name: m.one("analyst", "writer", "none")}
	case 2:
		return redshiftsql.Grantee{Type: redshiftsql.Namespace, Name: m.namespace()}
	case 3:
		return redshiftsql.Grantee{Type: redshiftsql.Account, Name: m.one(ourAccount, otherAccount)}
	}
	return redshiftsql.Grantee{Type: redshiftsql.Datashare, Name: m.one("ds", "other")}
}

// statement returns one that is written.
func (m maker) statement() redshiftsql.Statement {
	for {
		if s := m.any(); s.String() != "" {
			return s
		}
	}
}

func (m maker) any() redshiftsql.Statement {
	share, role, database := m.one("ds", "other"), m.one("analyst", "writer", "third"), m.one("shared", "x")
	switch n := m.IntN(30); n {
	case 0:
		return redshiftsql.CreateRole{Name: role}
	case 1:
		return redshiftsql.DropRole{Name: role}
	case 2, 3:
		return redshiftsql.CreateDatashare{Name: share, PublicAccessible: m.IntN(2) == 0}
	case 4:
		return redshiftsql.AlterDatashare{Name: share, PublicAccessible: m.IntN(2) == 0}
	case 5:
		return redshiftsql.DropDatashare{Name: share}
	case 6, 7, 8:
		return redshiftsql.CreateDatabase{Name: database, WithPermissions: m.IntN(4) > 0, Datashare: share, Account: m.one("", ourAccount), Namespace: m.lab.etl.Namespace}
	case 9:
		return redshiftsql.DropDatabase{Name: database}
	case 10, 11:
		return redshiftsql.GrantRole{Revoke: m.IntN(3) == 0, Role: role, Grantee: m.grantee()}
	case 12:
		o := m.object()
		return redshiftsql.ShowGrants{On: &o}
	case 13:
		g := m.grantee()
		return redshiftsql.ShowGrants{For: &g, Database: m.one("dev", "prod", "shared")}
	case 14:
		return redshiftsql.Queries()[m.IntN(len(redshiftsql.Queries()))]
	case 15:
		return usage(share, redshiftsql.Namespace, m.namespace())
	}
	o, to := m.object(), m.grantee()
	var some []string
	for _, p := range redshiftsql.Privileges(o.Scope, to.Type) {
		if m.IntN(2) == 0 {
			some = append(some, p)
		}
	}
	return redshiftsql.Grant{Revoke: m.IntN(4) == 0, Privileges: some, Object: o, Grantee: to}
}

// Random statements: none makes the model fail, a transaction that failed changed nothing,
// and one that did not has done what its statements do by themselves. What a user may do
// in a shared database, a superuser may as well.
func TestRandomStatements(t *testing.T) {
	worked := map[string]int{}
	for seed := range uint64(30) {
		// In the second lab each statement is by itself.
		m := maker{rand.New(rand.NewPCG(seed, 0)), newLab(t)}
		labs := []*lab{m.lab, newLab(t)}
		for _, l := range labs {
			l.share("INSERT", "SELECT")
			for _, wh := range l.world.Warehouses() {
				wh.AddUser("alice", seed%3 == 0)
				wh.AddRole("analyst")
				wh.GrantRole("analyst", "alice")
			}
		}
		for range 100 {
			i, user := m.IntN(4), m.one("", "", "", "alice")
			in := m.one("dev", "dev", "shared")
			if i == 0 {
				in = m.one("prod", "prod", "dev")
			}
			texts := make([]string, 1+m.IntN(3))
			for j := range texts {
				texts[j] = m.statement().String()
			}
			transaction := m.IntN(2) == 0
			session, parameters := Session{Database: in, User: user}, map[string]string{"database": in}
			before := m.lab.world.Dump()
			failed := false
			for j, o := range m.lab.world.Warehouses()[i].Run(session, texts, parameters, transaction) {
				failed = failed || o.Err != nil
				if o.Err == nil && o.Ran {
					worked[strings.Join(strings.Fields(texts[j])[:2], " ")]++
				}
				typesMatch(t, o.Result)
			}
			if after := m.lab.world.Dump(); failed && transaction && after != before {
				t.Fatalf("seed %d: %q failed and changed\n%s\nto\n%s", seed, texts, before, after)
			}
			if !transaction || !failed {
				labs[1].world.Warehouses()[i].Run(session, texts, parameters, false)
			}
		}
		if a, b := labs[0].world.Dump(), labs[1].world.Dump(); a != b {
			t.Fatalf("seed %d: in transactions\n%s\nwithout\n%s", seed, a, b)
		}
		for _, wh := range m.lab.world.Warehouses() {
			for _, p := range tablePrivileges {
				for _, table := range []string{"facts", "audit"} {
					if wh.Can("shared", "alice", p, "etl", table) && !wh.Can("shared", wh.admin, p, "etl", table) {
						t.Errorf("seed %d: alice can %s %s, and no superuser can", seed, p, table)
					}
				}
			}
		}
	}
	for _, kind := range []string{"CREATE ROLE", "DROP ROLE", "CREATE DATASHARE", "ALTER DATASHARE", "DROP DATASHARE", "CREATE DATABASE", "DROP DATABASE", "GRANT ROLE", "REVOKE ROLE", "SHOW GRANTS"} {
		if worked[kind] == 0 {
			t.Errorf("no %s worked; these did: %v", kind, worked)
		}
	}
}

// No text makes the model fail, and what is refused changes nothing.
func FuzzRun(f *testing.F) {
	f.Add(`GRANT INSERT, SELECT ON TABLE "prod"."etl"."facts" TO DATASHARE "ds"`, "prod", "alice")
	f.Add(`CREATE DATABASE "x" FROM DATASHARE "ds" OF NAMESPACE '13b8833d-17c6-4f16-8fe4-1a018f5ed00d'`, "dev", "")
	f.Add(`SHOW GRANTS ON FUNCTION "prod"."etl"."rate"(integer)`, "dev", "IAMR:a")
	f.Add(`DROP DATASHARE "ds`, "shared", "nobody")
	f.Add(redshiftsql.QueryTables.SQL, "", "")
	f.Fuzz(func(t *testing.T, text, database, user string) {
		l := newLab(t)
		l.share("SELECT")
		l.etl.AddUser("alice", true)
		for _, wh := range l.world.Warehouses() {
			before := l.world.Dump()
			out := wh.Run(Session{Database: database, User: user}, []string{text, text}, map[string]string{"database": database}, true)
			if failed := out[0].Err != nil || out[1].Err != nil; failed && l.world.Dump() != before {
				t.Errorf("%q in %q as %q: %+v", text, database, user, out)
			}
		}
	})
}
