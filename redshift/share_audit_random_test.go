package redshift_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	standin "github.com/awspatterns/awspatterns/internal/standin/redshift"
	standinsts "github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A manyWorld is made up of several warehouses that share with each other, by statements
// and calls as people make them.
type manyWorld struct {
	*rand.Rand
	cloud *awstest.Cloud
	world *standin.World
	data  *standin.Data
	all   []*standin.Warehouse

	tables map[[3]string]bool // of warehouses and schemas
	silent bool               // of a warehouse of which that is told, nothing else may be
}

// Names are few, so that much coincides, and some are of the kind that breaks quoting.
var (
	manySchemas = []string{"s", "s.t", `a"b`}
	manyTables  = []string{"t", "t.u", `q"q`, "datashares"}
	manyShares  = []string{"one", "two.ds", `ds"3`}
	manyUsers   = []string{"alice", "bob.c", `dave"`, "IAM:erin"}
	manyRoles   = []string{"r1", "r2", "r.3", `r"4`}
	manyGroups  = []string{"g1", "g2"}
)

func oneOf[T any](w *manyWorld, list ...T) T { return list[w.IntN(len(list))] }

func (w *manyWorld) oneIn(n int) bool { return w.IntN(n) == 0 }

func newManyWorld(t *testing.T, seed uint64) *manyWorld {
	w := &manyWorld{Rand: rand.New(rand.NewPCG(seed, 1)), cloud: awstest.New(t), world: standin.New(), tables: map[[3]string]bool{}}
	standinsts.Handle(w.cloud)
	w.data = standin.Serve(w.cloud, w.world)
	add := func(spec standin.Warehouse, make func(standin.Warehouse) *standin.Warehouse) {
		spec.Region, spec.Version = region, oneOf(w, "1.0.78890", "1.0.78890", "1.0.90000", "1.0.78881", "1.0.70000")
		w.all = append(w.all, make(spec))
	}
	nodes := func() string { return oneOf(w, "ra3.4xlarge", "ra3.4xlarge", "rg.xlarge", "ra3.16xlarge", "dc2.large") }
	add(standin.Warehouse{Account: company, Name: "etl", Slices: oneOf(w, 32, 64, 128), NodeType: nodes()}, w.world.AddCluster)
	add(standin.Warehouse{Account: company, Name: "sales"}, w.world.AddWorkgroup)
	add(standin.Warehouse{Account: company, Name: "lab", Slices: oneOf(w, 16, 64, 128), NodeType: nodes()}, w.world.AddCluster)
	add(standin.Warehouse{Account: partner, Name: "agency"}, w.world.AddWorkgroup)
	for _, wh := range w.all {
		w.populate(wh)
	}
	for _, wh := range w.all {
		w.offer(wh)
	}
	for _, wh := range w.all {
		w.consume(wh)
	}
	for _, wh := range w.all {
		if w.oneIn(6) {
			w.run(wh, "prod", redshiftsql.DropDatashare{Name: oneOf(w, manyShares...)})
		}
	}
	return w
}

// run runs a statement as a superuser; some are refused.
func (w *manyWorld) run(wh *standin.Warehouse, database string, s redshiftsql.Statement) {
	if s.Check() != nil {
		panic(fmt.Sprintf("%+v: %v", s, s.Check()))
	}
	wh.Run(standin.Session{Database: database, User: admin(wh)}, []string{s.String()}, nil, false)
}

// populate adds who and what there is in a warehouse itself.
func (w *manyWorld) populate(wh *standin.Warehouse) {
	for _, user := range manyUsers {
		wh.AddUser(user, w.oneIn(12))
	}
	for i, role := range manyRoles {
		wh.AddRole(role)
		for _, other := range manyRoles[:i] {
			if w.oneIn(4) {
				wh.GrantRole(role, "ROLE "+other)
			}
		}
		if w.oneIn(2) {
			wh.GrantRole(role, oneOf(w, manyUsers...))
		}
	}
	if w.oneIn(6) {
		wh.GrantRole("sys:superuser", oneOf(w, oneOf(w, manyUsers...), "ROLE "+manyRoles[3]))
	}
	for _, group := range manyGroups {
		wh.AddGroup(group, oneOf(w, nil, manyUsers[:1], manyUsers[1:3])...)
	}
	wh.AddDatabase("prod", oneOf(w, "Snapshot Isolation", "Snapshot Isolation", "Serializable"))
	for _, schema := range manySchemas {
		wh.AddSchema("prod", schema)
		for _, table := range manyTables[:1+w.IntN(len(manyTables))] {
			options := standin.TableOptions{RowSecurity: w.oneIn(10)}
			if w.oneIn(10) {
				options.Mask, options.MaskingOff = "hide", w.oneIn(2)
			}
			if w.oneIn(10) {
				options.Interleaved = []string{"a", "b"}
			}
			wh.AddTable("prod", schema, table, options)
			w.tables[[3]string{wh.Name, schema, table}] = true
		}
	}
	for range w.IntN(8) {
		w.grantLocally(wh, "prod", false)
	}
}

// object makes an object up, of which privileges are granted.
func (w *manyWorld) object(database string) redshiftsql.Object {
	o := redshiftsql.Object{Database: database}
	o.Scope = oneOf(w, redshiftsql.OnSchema, redshiftsql.OnSchema, redshiftsql.OnTable, redshiftsql.OnTable, redshiftsql.ForTables, redshiftsql.ForTables, redshiftsql.ForSchemas)
	if o.Scope != redshiftsql.ForSchemas {
		o.Schema = oneOf(w, manySchemas...)
	}
	if o.Scope == redshiftsql.ForTables && w.oneIn(3) {
		o.Schema = ""
	}
	if o.Scope == redshiftsql.OnTable {
		o.Name = oneOf(w, manyTables...)
	}
	return o
}

// privileges makes up what is granted on an object.
func (w *manyWorld) privileges(on redshiftsql.Scope) []string {
	switch on {
	case redshiftsql.OnDatabase:
		return []string{"USAGE"}
	case redshiftsql.OnSchema, redshiftsql.ForSchemas:
		return oneOf(w, []string{"USAGE"}, []string{"USAGE"}, []string{"CREATE", "USAGE"}, []string{"CREATE"})
	}
	return oneOf(w, []string{"SELECT"}, []string{"INSERT", "SELECT"}, []string{"UPDATE"}, []string{"DELETE", "INSERT", "SELECT", "UPDATE"})
}

// grantLocally grants something to somebody of the warehouse, on the whole database only if
// it is one without permissions on objects.
func (w *manyWorld) grantLocally(wh *standin.Warehouse, database string, whole bool) {
	o := w.object(database)
	if whole || w.oneIn(3) {
		o = redshiftsql.Object{Scope: redshiftsql.OnDatabase, Database: database}
	}
	to := redshiftsql.Grantee{Type: redshiftsql.User, Name: oneOf(w, manyUsers...)}
	if w.oneIn(2) {
		to = redshiftsql.Grantee{Type: redshiftsql.Role, Name: oneOf(w, manyRoles...)}
	}
	if w.oneIn(4) { // no statement of ours
		for _, p := range w.privileges(o.Scope) {
			wh.SetGrant(p, o, oneOf(w, "PUBLIC", "GROUP g1", "GROUP g2"), true)
		}
		return
	}
	w.run(wh, "prod", redshiftsql.Grant{Privileges: w.privileges(o.Scope), Object: o, Grantee: to})
}

// offer makes datashares, and lets others use them.
func (w *manyWorld) offer(wh *standin.Warehouse) {
	for _, name := range manyShares[:w.IntN(len(manyShares)+1)] {
		w.run(wh, "prod", redshiftsql.CreateDatashare{Name: name})
		to := redshiftsql.Grantee{Type: redshiftsql.Datashare, Name: name}
		for range 2 + w.IntN(8) {
			o := w.object("prod")
			w.run(wh, "prod", redshiftsql.Grant{Privileges: w.privileges(o.Scope), Object: o, Grantee: to})
		}
		if w.oneIn(4) {
			_ = wh.AddToDatashare(name, manySchemas[0], "")
			_ = wh.AddToDatashare(name, manySchemas[0], manyTables[0])
			wh.SetIncludeNew(name, manySchemas[0], w.oneIn(2))
		}
		for _, other := range w.all {
			if other == wh || w.oneIn(4) {
				continue
			}
			grantee := redshiftsql.Grantee{Type: redshiftsql.Namespace, Name: other.Namespace}
			if other.Account != wh.Account {
				grantee = redshiftsql.Grantee{Type: redshiftsql.Account, Name: other.Account}
			}
			w.run(wh, "prod", redshiftsql.Grant{Privileges: []string{"USAGE"}, Object: redshiftsql.Object{Scope: redshiftsql.OnDatashare, Name: name}, Grantee: grantee})
			if other.Account != wh.Account && !w.oneIn(5) {
				_, _ = w.world.Authorize(wh.Account, wh.ShareARN(name), other.Account, w.oneIn(2))
				to := oneOf(w, standin.Consumer{EntireAccount: true}, standin.Consumer{ARN: other.NamespaceARN()}, standin.Consumer{Region: region}, standin.Consumer{Region: "us-east-1"})
				_, _ = w.world.Associate(other.Account, wh.ShareARN(name), to, w.oneIn(2))
				if w.oneIn(4) {
					_, _ = w.world.Associate(other.Account, wh.ShareARN(name), standin.Consumer{EntireAccount: true}, w.oneIn(2))
				}
			}
		}
	}
}

// baseOf is what the database of a consumer is called that is made of a datashare.
func baseOf(producer *standin.Warehouse, share string) string {
	return producer.Name + "_datashare " + share
}

// consume makes databases of datashares, and grants in them.
func (w *manyWorld) consume(wh *standin.Warehouse) {
	for _, p := range w.all {
		for _, name := range manyShares {
			s := redshiftsql.CreateDatabase{Name: baseOf(p, name), WithPermissions: !w.oneIn(4), Datashare: name, Namespace: p.Namespace}
			if p.Account != wh.Account {
				s.Account = p.Account
			}
			if p == wh || w.oneIn(5) {
				continue
			}
			w.run(wh, "prod", s)
			for range w.IntN(16) {
				w.grantLocally(wh, s.Name, !s.WithPermissions)
			}
		}
	}
}

func (w *manyWorld) clients(account, in string) (redshift.Clients, error) {
	if account == "" {
		account = company
	}
	return redshift.NewClients(w.cloud.Config(region, account)), nil
}

var manyWarehouses = []share.Warehouse{{Cluster: "etl"}, {Workgroup: "sales", Database: "prod"}, {Cluster: "lab", Database: "prod"}, {Account: partner, Workgroup: "agency"}}

// A question is whether a user can do something with a table.
type question struct {
	wh                                       *standin.Warehouse
	database, user, privilege, schema, table string
}

// questions returns all that can be asked of databases that are shared and tables that are
// there.
func (w *manyWorld) questions(r share.AuditResult) []question {
	var list []question
	for _, wh := range w.all {
		for _, q := range w.questionsOf(wh, wh, "prod") {
			if slices.ContainsFunc(r.Schemas, func(s share.AuditedSchema) bool {
				return s.Producer == wh.Name && s.Database == "prod" && s.Schema == q.schema
			}) {
				list = append(list, q)
			}
		}
		for _, p := range w.all {
			for _, name := range manyShares {
				list = append(list, w.questionsOf(wh, p, baseOf(p, name))...)
			}
		}
	}
	return list
}

func (w *manyWorld) questionsOf(wh, producer *standin.Warehouse, database string) []question {
	var list []question
	for _, privilege := range []string{"SELECT", "INSERT"} {
		for _, schema := range manySchemas {
			for _, table := range manyTables {
				for _, user := range manyUsers {
					if w.tables[[3]string{producer.Name, schema, table}] {
						list = append(list, question{wh, database, user, privilege, schema, table})
					}
				}
			}
		}
	}
	return list
}

// verdict is what an audit answers: the most that the user, all users, or somebody who is
// not known can.
func (q question) verdict(r asked, groups map[string][]string) (best share.Verdict, why []string) {
	rank := []share.Verdict{"", share.No, share.Unsure, share.Yes}
	for _, database := range []string{q.database, "prod"} {
		for _, h := range r.whoCan(q.privilege, database, q.schema, q.table) {
			who := h.Identity
			them := who.Type == share.ToPublic || who.Type == share.Anyone || who == share.Grantee{Type: share.ToUser, Name: q.user} ||
				who.Type == share.ToGroup && slices.Contains(groups[h.Warehouse], who.Name)
			if h.Warehouse != q.wh.Name || !them || h.Database != q.database && h.Database != "" {
				continue
			}
			if h.Verdict == share.Yes && (who.Type == share.ToGroup || h.Database == "") { // whether the user is in it, and whether there is a database, is unknown
				h.Verdict, h.Why = share.Unsure, []string{"in the group or not, and in which database"}
			}
			if slices.Index(rank, h.Verdict) > slices.Index(rank, best) {
				best, why = h.Verdict, h.Why
			}
		}
	}
	return best, why
}

// asked keeps answers: several questions have the same.
type asked struct {
	share.AuditResult
	answers map[[4]string][]share.Holder
}

func (a asked) whoCan(privilege, database, schema, table string) []share.Holder {
	key := [4]string{privilege, database, schema, table}
	if _, ok := a.answers[key]; !ok {
		a.answers[key] = a.WhoCan(share.Privilege(privilege), database, schema, table)
	}
	return a.answers[key]
}

// judge compares an audit with what the model says.
func (w *manyWorld) judge(t *testing.T, r share.AuditResult, count map[string]int) {
	t.Helper()
	unknown := map[string][]string{}
	silent := map[string]bool{}
	for _, a := range r.Warehouses {
		unknown[a.Name] = a.UnknownGroups
		silent[a.Name] = w.silent && (len(a.Unknown) > 0 || strings.Contains(fmt.Sprint(a.Notes), "no superuser"))
	}
	answers := asked{r, map[[4]string][]share.Holder{}}
	for _, q := range w.questions(r) {
		can := q.wh.Can(q.database, q.user, q.privilege, q.schema, q.table)
		v, why := q.verdict(answers, unknown)
		count[fmt.Sprint(can, v)]++
		if can && v == "" && silent[q.wh.Name] {
			continue
		}
		if can && v != share.Yes && v != share.Unsure || !can && v == share.Yes || v == share.Unsure && len(why) == 0 {
			t.Errorf("%s: %s of %q %q.%q by %s: the model %t, the audit %q %q", q.wh.Name, q.privilege, q.database, q.schema, q.table, q.user, can, v, why)
			if count["wrong"]++; count["wrong"] > 20 {
				t.FailNow()
			}
		}
	}
}

func (w *manyWorld) audit(t *testing.T, clients redshift.ClientsFunc) share.AuditResult {
	t.Helper()
	r, err := redshift.ShareAudit(t.Context(), clients, redshift.ShareAuditOptions{Warehouses: manyWarehouses})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func eachWorld(t *testing.T, seeds int, test func(t *testing.T, w *manyWorld)) {
	for seed := range uint64(seeds) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newManyWorld(t, seed)) })
		})
	}
}

// TestShareAuditOfAnyWorld compares audits of random worlds with what the model says that
// each user can do.
func TestShareAuditOfAnyWorld(t *testing.T) {
	count := map[string]int{}
	eachWorld(t, 12, func(t *testing.T, w *manyWorld) {
		w.world.AddSuperusers("IAM:awstest")
		r := w.audit(t, w.clients)
		for _, a := range r.Warehouses {
			for _, u := range a.Unknown {
				if strings.HasPrefix(u.What, "grants on table") {
					t.Errorf("%s: %s: %s", a.Name, u.What, u.Reason)
				}
			}
		}
		w.judge(t, r, count)
	})
	t.Log(count)
}

// TestShareAuditOfWhatIsUnread fails each read in turn: nothing is a no then that is not
// known to be.
func TestShareAuditOfWhatIsUnread(t *testing.T) {
	unread := map[string]func(w *manyWorld){"a user who is no superuser": func(w *manyWorld) { w.silent = true }}
	fail := func(name string, fails func(sql string) bool) {
		unread[name] = func(w *manyWorld) {
			w.world.AddSuperusers("IAM:awstest")
			w.data.Fail = func(sql string) error {
				if fails(sql) {
					return errors.New("ERROR: permission denied")
				}
				return nil
			}
		}
	}
	for _, q := range redshiftsql.Queries() {
		if q.Name != redshiftsql.QueryDatashares.Name { // without it in all warehouses, no database is known to be shared
			fail(q.Name, func(sql string) bool { return sql == q.SQL })
		}
	}
	for _, show := range []string{"SHOW GRANTS ON DATABASE", "SHOW GRANTS ON SCHEMA", "SHOW GRANTS ON TABLE"} {
		fail(show, func(sql string) bool { return strings.HasPrefix(sql, show) })
	}
	for _, operation := range []string{
		"STS.GetCallerIdentity", "Redshift.DescribeClusters", "Redshift.DescribeDataShares",
		"Redshift Serverless.GetWorkgroup", "Redshift Serverless.GetNamespace",
	} {
		for skip := range 2 {
			unread[fmt.Sprint(operation, " after ", skip)] = func(w *manyWorld) {
				w.world.AddSuperusers("IAM:awstest")
				w.silent = operation == "STS.GetCallerIdentity"
				w.cloud.Inject(awstest.Fault{Operation: operation, Skip: skip, Times: 1 + skip%2*100, Err: awstest.Denied()})
			}
		}
	}
	for name, unread := range unread {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, 1, func(t *testing.T, w *manyWorld) {
				unread(w)
				w.judge(t, w.audit(t, w.clients), map[string]int{})
			})
		})
	}
	t.Run("an account", func(t *testing.T) {
		eachWorld(t, 1, func(t *testing.T, w *manyWorld) {
			w.world.AddSuperusers("IAM:awstest")
			w.silent = true
			r := w.audit(t, func(account, in string) (redshift.Clients, error) {
				if account == partner {
					return redshift.Clients{}, errors.New("no credentials")
				}
				return w.clients(account, in)
			})
			w.judge(t, r, map[string]int{})
		})
	})
}

// TestShareDrillOfAnyWorld pauses a cluster in the model and compares what each user can do
// then with what was told before.
func TestShareDrillOfAnyWorld(t *testing.T) {
	eachWorld(t, 4, func(t *testing.T, w *manyWorld) {
		w.world.AddSuperusers("IAM:awstest")
		audit := w.audit(t, w.clients)
		for _, stopped := range []int{0, 2} { // the clusters
			drill, err := redshift.ShareDrill(t.Context(), w.clients, redshift.ShareDrillOptions{
				Warehouses: manyWarehouses, DrillOptions: share.DrillOptions{Paused: manyWarehouses[stopped]},
			})
			if err != nil || drill.Problem != "" {
				t.Fatal(err, drill.Problem)
			}
			before := w.able(audit)
			w.all[stopped].Pause()
			after := w.able(audit)
			w.all[stopped].Resume()
			for unit := range before {
				toldBefore, toldAfter := unit.told(drill)
				if before[unit] && toldBefore == "" || after[unit] && (toldAfter == share.No || toldAfter == "") || before[unit] && !after[unit] && toldAfter == share.Yes {
					t.Errorf("%s paused: %+v: the model %t and %t, the drill %q and %q", w.all[stopped].Name, unit, before[unit], after[unit], toldBefore, toldAfter)
				}
			}
		}
	})
}

// An able user can read, or write, some table of a database.
type able struct {
	warehouse, database, user string
	writes                    bool
}

func (w *manyWorld) able(r share.AuditResult) map[able]bool {
	can := map[able]bool{}
	for _, q := range w.questions(r) {
		unit := able{q.wh.Name, q.database, q.user, q.privilege != "SELECT"}
		can[unit] = can[unit] || q.wh.Can(q.database, q.user, q.privilege, q.schema, q.table)
	}
	return can
}

// told returns the most that a drill tells of the units that a user is one of.
func (u able) told(d share.DrillResult) (before, after share.Verdict) {
	rank := []share.Verdict{"", share.No, share.Unsure, share.Yes}
	for _, unit := range d.Units {
		user := unit.Identity == share.Grantee{Type: share.ToUser, Name: u.user} || slices.Contains(unit.Users, u.user) ||
			unit.Identity.Type == share.ToPublic || unit.Identity.Type == share.Anyone
		if unit.Warehouse != u.warehouse || unit.Database != u.database || !user {
			continue
		}
		c := unit.Read
		if u.writes {
			c = unit.Write
		}
		before = rank[max(slices.Index(rank, before), slices.Index(rank, c.Before))]
		after = rank[max(slices.Index(rank, after), slices.Index(rank, c.After))]
	}
	return before, after
}
