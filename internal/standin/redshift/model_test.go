package redshift

import (
	"errors"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

const (
	ourAccount   = "111122223333"
	otherAccount = "444455556666"
)

// A lab is a producer and three consumers: a workgroup and a cluster of the same account,
// and a workgroup of another.
type lab struct {
	*testing.T
	world                        *World
	etl, sales, finance, partner *Warehouse
}

func newLab(t *testing.T) *lab {
	w := New()
	l := &lab{T: t, world: w,
		etl:     w.AddCluster(Warehouse{Account: ourAccount, Name: "etl"}),
		sales:   w.AddWorkgroup(Warehouse{Account: ourAccount, Name: "sales"}),
		finance: w.AddCluster(Warehouse{Account: ourAccount, Name: "finance"}),
		partner: w.AddWorkgroup(Warehouse{Account: otherAccount, Name: "partner"}),
	}
	l.etl.AddDatabase("prod", "")
	l.etl.AddTable("prod", "etl", "audit", TableOptions{Identity: []string{"id"}})
	l.etl.AddTable("prod", "etl", "facts", TableOptions{})
	l.etl.AddFunction("prod", "etl", "rate", "int", "varchar(3)")
	return l
}

// try runs a statement as a user, and returns what it returned.
func try(wh *Warehouse, database, user string, s redshiftsql.Statement) (Result, error) {
	text := s.String()
	if text == "" {
		return Result{}, errors.New("refused before it was sent: " + s.Check().Error())
	}
	out := wh.Run(Session{Database: database, User: user}, []string{text}, nil, false)[0]
	return out.Result, out.Err
}

// run runs statements as the superuser, all of which must succeed.
func (l *lab) run(wh *Warehouse, database string, statements ...redshiftsql.Statement) {
	l.Helper()
	for _, s := range statements {
		if _, err := try(wh, database, "", s); err != nil {
			l.Fatalf("%s: %s: %v", wh.Name, s, err)
		}
	}
}

// refused runs a statement, which must fail with that SQLSTATE and text.
func (l *lab) refused(wh *Warehouse, database, user string, s redshiftsql.Statement, state, text string) {
	l.Helper()
	before := l.world.Dump()
	_, err := try(wh, database, user, s)
	var e *Error
	if !errors.As(err, &e) || e.State != state || !strings.Contains(e.Error(), text) {
		l.Errorf("%s as %q: %v, want %s … %s …", s, user, err, state, text)
	}
	if after := l.world.Dump(); after != before {
		l.Errorf("%s failed and changed something:\n%s\nwas\n%s", s, after, before)
	}
}

func grantOn(o redshiftsql.Object, to redshiftsql.GranteeType, name string, privileges ...string) redshiftsql.Grant {
	return redshiftsql.Grant{Privileges: privileges, Object: o, Grantee: redshiftsql.Grantee{Type: to, Name: name}}
}

func revoked(g redshiftsql.Grant) redshiftsql.Grant {
	g.Revoke = true
	return g
}

func onSchema(database, schema string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: database, Schema: schema}
}

func onTable(database, schema, table string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnTable, Database: database, Schema: schema, Name: table}
}

func onDatabase(database string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnDatabase, Database: database}
}

func onShare(name string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: name}
}

func forTables(database, schema string) redshiftsql.Object {
	return redshiftsql.Object{Scope: redshiftsql.ForTables, Database: database, Schema: schema}
}

func usage(share string, to redshiftsql.GranteeType, name string) redshiftsql.Grant {
	return grantOn(onShare(share), to, name, "USAGE")
}

// can is one question to Can, and the answer.
type can struct {
	wh                                      *Warehouse
	database, user, privilege, schema, name string
	want                                    bool
}

func (l *lab) check(all ...can) {
	l.Helper()
	for _, c := range all {
		if got := c.wh.Can(c.database, c.user, c.privilege, c.schema, c.name); got != c.want {
			l.Errorf("%s: %s can %s %s.%s.%s: %t, want %t", c.wh.Name, c.user, c.privilege, c.database, c.schema, c.name, got, c.want)
		}
	}
}

// share makes the datashare ds of prod, with schema etl, in the consumer's hands.
func (l *lab) share(privileges ...string) {
	l.Helper()
	l.run(l.etl, "prod",
		redshiftsql.CreateDatashare{Name: "ds"},
		grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "ds", "USAGE"),
		grantOn(onTable("prod", "etl", "facts"), redshiftsql.Datashare, "ds", privileges...),
		usage("ds", redshiftsql.Namespace, l.sales.Namespace),
	)
	l.run(l.sales, "dev", redshiftsql.CreateDatabase{Name: "shared", WithPermissions: true, Datashare: "ds", Namespace: l.etl.Namespace})
	l.sales.AddRole("analyst")
	l.sales.AddUser("alice", false)
	l.sales.GrantRole("analyst", "alice")
}

// open lets analyst do all that the datashare may.
func (l *lab) open(privileges ...string) {
	l.Helper()
	l.run(l.sales, "dev",
		grantOn(onDatabase("shared"), redshiftsql.Role, "analyst", "USAGE"),
		grantOn(onSchema("shared", "etl"), redshiftsql.Role, "analyst", "USAGE"),
		grantOn(forTables("shared", "etl"), redshiftsql.Role, "analyst", privileges...),
	)
}
