package integration_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/internal/standin/redshift"
)

var (
	canSchemas    = []string{"s0", "s1"}
	canTables     = []string{"t0", "t1"}
	canUsers      = []string{"u0", "u1", "u2"}
	canRoles      = []string{"r0", "r1", "r2"}
	canPrivileges = []string{"DELETE", "INSERT", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE"}
)

// A canPair is a warehouse of the in-process model and a database of PostgreSQL, with the
// same schemas, tables, users and roles.
type canPair struct {
	t        *testing.T
	rand     *rand.Rand
	model    modelled
	database string // of the model, in which things are granted
	db       *sql.DB
	prefix   string          // of PostgreSQL's roles, which all databases share
	scoped   map[string]bool // roles of PostgreSQL's that stand for scoped grants
}

func newCanPair(t *testing.T, seed uint64, model modelled, database string) *canPair {
	t.Helper()
	p := &canPair{
		t: t, rand: rand.New(rand.NewPCG(seed, 0)), model: model, database: database, db: postgres(t),
		prefix: fmt.Sprintf("can%x ", time.Now().UnixNano()), scoped: map[string]bool{},
	}
	for _, schema := range canSchemas {
		mustExec(t, p.db, "CREATE SCHEMA "+schema)
		for _, table := range canTables {
			mustExec(t, p.db, "CREATE TABLE "+schema+"."+table+" (n int)")
		}
	}
	for _, user := range canUsers {
		model.AddUser(user, false)
		mustExec(t, p.db, "CREATE ROLE "+p.role(user))
	}
	for _, role := range canRoles {
		model.AddRole(role)
		mustExec(t, p.db, "CREATE ROLE "+p.role(role))
	}
	model.AddGroup("g0", "u0", "u1")
	mustExec(t, p.db, fmt.Sprintf("CREATE ROLE %s; GRANT %[1]s TO %s, %s", p.role("g0"), p.role("u0"), p.role("u1")))
	return p
}

// role returns PostgreSQL's name for a user, role or group.
func (p *canPair) role(name string) string {
	if name == "PUBLIC" {
		return name
	}
	return `"` + p.prefix + name + `"`
}

func canPick(p *canPair, from []string) string { return from[p.rand.IntN(len(from))] }

func (p *canPair) grantee() redshiftsql.Grantee {
	if p.rand.IntN(2) == 0 {
		return toUser(canPick(p, canUsers))
	}
	return toRole(canPick(p, canRoles))
}

// privileges returns some of those on tables.
func (p *canPair) privileges() []string {
	some := []string{canPick(p, canPrivileges), canPick(p, canPrivileges)}
	slices.Sort(some)
	return slices.Compact(some)
}

// object returns what is granted on, one object or all of a kind, and what.
func (p *canPair) object() (redshiftsql.Object, []string) {
	o := redshiftsql.Object{Database: p.database}
	switch p.rand.IntN(6) {
	case 0:
		o.Scope = redshiftsql.ForSchemas
		return o, []string{"USAGE"}
	case 1, 2:
		o.Scope, o.Schema = redshiftsql.OnSchema, canPick(p, canSchemas)
		return o, []string{"USAGE"}
	case 3:
		o.Scope = redshiftsql.ForTables
		if p.rand.IntN(2) == 0 {
			o.Schema = canPick(p, canSchemas)
		}
	default:
		o.Scope, o.Schema, o.Name = redshiftsql.OnTable, canPick(p, canSchemas), canPick(p, canTables)
	}
	return o, p.privileges()
}

// step grants or revokes something in both.
func (p *canPair) step() {
	p.t.Helper()
	revoke := p.rand.IntN(3) == 0
	switch p.rand.IntN(5) {
	case 0:
		p.stepRole(redshiftsql.GrantRole{Revoke: revoke, Role: canPick(p, canRoles), Grantee: p.grantee()})
	case 1:
		p.stepEverybody(revoke)
	default:
		object, privileges := p.object()
		to := p.grantee()
		p.model.run("dev", redshiftsql.Grant{Revoke: revoke, Privileges: privileges, Object: object, Grantee: to})
		for _, text := range p.inPostgres(revoke, privileges, object, to.Name) {
			mustExec(p.t, p.db, text)
		}
	}
}

// stepRole tries what either refuses, too: a role that would have itself.
func (p *canPair) stepRole(g redshiftsql.GrantRole) {
	p.t.Helper()
	if g.Check() != nil {
		return
	}
	err := p.model.Run(redshift.Session{Database: "dev"}, []string{g.String()}, nil, false)[0].Err
	format := "GRANT %s TO %s"
	if g.Revoke {
		format = "REVOKE %s FROM %s"
	}
	_, want := p.db.ExecContext(p.t.Context(), fmt.Sprintf(format, p.role(g.Role), p.role(g.Grantee.Name)))
	if (err == nil) != (want == nil) {
		p.t.Fatalf("%s: the model says %v, PostgreSQL %v", g, err, want)
	}
}

// stepEverybody grants to everybody or to a group, which this library does not.
func (p *canPair) stepEverybody(revoke bool) {
	p.t.Helper()
	object, privileges := p.object()
	if object.Scope == redshiftsql.ForTables || object.Scope == redshiftsql.ForSchemas {
		return // these are for users and roles alone
	}
	to, name := "PUBLIC", "PUBLIC"
	if p.rand.IntN(2) == 0 {
		to, name = "GROUP g0", "g0"
	}
	for _, privilege := range privileges {
		p.model.SetGrant(privilege, object, to, !revoke)
	}
	for _, text := range p.inPostgres(revoke, privileges, object, name) {
		mustExec(p.t, p.db, text)
	}
}

// inPostgres returns a grant in statements of PostgreSQL. Redshift keeps scoped grants apart
// from those on each object; here they are those of a role that the grantee has.
func (p *canPair) inPostgres(revoke bool, privileges []string, on redshiftsql.Object, to string) []string {
	var before []string
	if on.Scope == redshiftsql.ForTables || on.Scope == redshiftsql.ForSchemas {
		holder := to + " " + string(on.Scope) + on.Schema
		if !p.scoped[holder] {
			p.scoped[holder] = true
			before = []string{"CREATE ROLE " + p.role(holder), "GRANT " + p.role(holder) + " TO " + p.role(to)}
		}
		to = holder
	}
	schemas := canSchemas
	if on.Schema != "" {
		schemas = []string{on.Schema}
	}
	objects := map[redshiftsql.Scope]string{
		redshiftsql.OnSchema: "SCHEMA " + on.Schema, redshiftsql.OnTable: "TABLE " + on.Schema + "." + on.Name,
		redshiftsql.ForSchemas: "SCHEMA " + strings.Join(schemas, ", "), redshiftsql.ForTables: "ALL TABLES IN SCHEMA " + strings.Join(schemas, ", "),
	}
	format := "GRANT %s ON %s TO %s"
	if revoke {
		format = "REVOKE %s ON %s FROM %s"
	}
	return append(before, fmt.Sprintf(format, strings.Join(privileges, ", "), objects[on.Scope], p.role(to)))
}

// can returns who can do what, one a line, as PostgreSQL says.
func (p *canPair) can() map[string]bool {
	p.t.Helper()
	rows, err := p.db.QueryContext(p.t.Context(), `SELECT u || ' ' || p || ' ' || nspname || '.' || relname
		FROM unnest($1::text[]) u, unnest($2::text[]) p, pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname = ANY($3) AND has_schema_privilege($4 || u, n.oid, 'USAGE') AND has_table_privilege($4 || u, c.oid, p)`,
		pq.Array(canUsers), pq.Array(canPrivileges), pq.Array(canSchemas), p.prefix)
	if err != nil {
		p.t.Fatal(err)
	}
	defer rows.Close()
	can := map[string]bool{}
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			p.t.Fatal(err)
		}
		can[line] = true
	}
	return can
}

// compare compares what users can do; of it, may says what could be done at most. It
// returns how many can do something.
func (p *canPair) compare(may func(line string) bool) (some int) {
	p.t.Helper()
	want := p.can()
	for _, user := range canUsers {
		for _, privilege := range canPrivileges {
			for _, schema := range canSchemas {
				for _, table := range canTables {
					line := user + " " + privilege + " " + schema + "." + table
					got := p.model.Can(p.database, user, privilege, schema, table)
					if got != (want[line] && may(line)) {
						p.t.Errorf("%s: the model says %t, PostgreSQL %t, it may be %t", line, got, want[line], may(line))
					}
					if got {
						some++
					}
				}
			}
		}
	}
	return some
}

// canProducer returns a cluster with the tables.
func canProducer(t *testing.T, world *redshift.World) modelled {
	w := modelled{world.AddCluster(redshift.Warehouse{Name: "etl"}), t}
	for _, schema := range canSchemas {
		for _, table := range canTables {
			w.AddTable("dev", schema, table, redshift.TableOptions{})
		}
	}
	return w
}

// Whatever is granted and revoked, who can do what follows as it does in PostgreSQL, from
// which Redshift has its privileges: by grants to users, groups and everybody, roles, and
// roles of roles. Scoped grants are grants on all objects.
func TestRedshiftModelPrivileges(t *testing.T) {
	some := 0
	for seed := range uint64(3) {
		p := newCanPair(t, seed, canProducer(t, redshift.New()), "dev")
		for range 40 {
			p.step()
			some += p.compare(func(string) bool { return true })
		}
	}
	t.Logf("%d times somebody can do something", some)
	if some < 500 {
		t.Error("too seldom to tell anything")
	}
}

// In a database made of a datashare, users can do what they are granted there and what the
// datashare is granted, each by the same rules.
func TestRedshiftModelSharedPrivileges(t *testing.T) {
	some := 0
	for seed := range uint64(3) {
		world := redshift.New()
		producer := canProducer(t, world)
		consumer := modelled{world.AddCluster(redshift.Warehouse{Name: "unit"}), t}
		producer.run("dev", redshiftsql.CreateDatashare{Name: "sales_ds"}, grant(onDatashare, grantee(redshiftsql.Namespace, consumer.Namespace), "USAGE"))
		consumer.run("dev", redshiftsql.CreateDatabase{Name: "sales_db", WithPermissions: true, Datashare: "sales_ds", Namespace: producer.Namespace})
		may := canShare(producer, seed)
		p := newCanPair(t, seed, consumer, "sales_db")
		for _, user := range canUsers[:2] {
			consumer.run("dev", grant(onDatabase("sales_db"), toUser(user), "USAGE"))
		}
		for range 40 {
			p.stepShared()
			some += p.compare(func(line string) bool {
				user, privilege, _ := strings.Cut(line, " ")
				return user != canUsers[2] && may[privilege]
			})
		}
	}
	t.Logf("%d times somebody can do something", some)
	if some < 100 {
		t.Error("too seldom to tell anything")
	}
}

// canShare grants the datashare something, and returns what it then may do: "INSERT s0.t1".
func canShare(producer modelled, seed uint64) map[string]bool {
	may := map[string]bool{}
	to := grantee(redshiftsql.Datashare, "sales_ds")
	table := func(schema, table string) redshiftsql.Object {
		return redshiftsql.Object{Scope: redshiftsql.OnTable, Database: "dev", Schema: schema, Name: table}
	}
	producer.run("dev", grant(redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: "dev", Schema: "s0"}, to, "USAGE"))
	producer.run("dev", grant(redshiftsql.Object{Scope: redshiftsql.OnSchema, Database: "dev", Schema: "s1"}, to, "USAGE"))
	random := rand.New(rand.NewPCG(seed, 1))
	for _, privilege := range canPrivileges {
		on := table(canSchemas[random.IntN(2)], canTables[random.IntN(2)])
		producer.run("dev", grant(on, to, privilege))
		may[privilege+" "+on.Schema+"."+on.Name] = true
	}
	producer.run("dev", grant(forAll(redshiftsql.ForTables, "dev", "s1"), to, "SELECT", "UPDATE"))
	for _, name := range canTables {
		may["SELECT s1."+name], may["UPDATE s1."+name] = true, true
	}
	return may
}

// stepShared is a step of a consumer, who can grant on what there is in the datashare.
func (p *canPair) stepShared() {
	p.t.Helper()
	object, privileges := p.object()
	to, revoke := p.grantee(), p.rand.IntN(3) == 0
	if p.rand.IntN(4) == 0 {
		p.stepRole(redshiftsql.GrantRole{Revoke: revoke, Role: canPick(p, canRoles), Grantee: to})
		return
	}
	g := redshiftsql.Grant{Revoke: revoke, Privileges: privileges, Object: object, Grantee: to}
	if out := p.model.Run(redshift.Session{Database: "dev"}, []string{g.String()}, nil, false)[0]; out.Err != nil {
		return // a table that is not shared
	}
	for _, text := range p.inPostgres(revoke, privileges, object, to.Name) {
		mustExec(p.t, p.db, text)
	}
}
