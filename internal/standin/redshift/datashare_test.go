package redshift

import (
	"errors"
	"reflect"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// What can be done in a database made of a datashare takes the datashare's privilege, the
// user's, and all that is between.
func TestShared(t *testing.T) {
	l := newLab(t)
	l.share("INSERT", "SELECT")
	l.check(can{l.sales, "shared", "alice", "SELECT", "etl", "facts", false})
	l.open("INSERT", "SELECT", "UPDATE")
	l.check(
		can{l.sales, "shared", "alice", "SELECT", "etl", "facts", true},
		can{l.sales, "shared", "alice", "INSERT", "etl", "facts", true},
		can{l.sales, "shared", "alice", "UPDATE", "etl", "facts", false}, // not the datashare's
		can{l.sales, "shared", "alice", "SELECT", "etl", "audit", false}, // not in it
		can{l.sales, "shared", "admin", "INSERT", "etl", "facts", true},  // a superuser
		can{l.sales, "shared", "admin", "UPDATE", "etl", "facts", false},
		can{l.sales, "shared", "IAMR:nobody", "SELECT", "etl", "facts", false},
		can{l.finance, "shared", "awsuser", "SELECT", "etl", "facts", false},
	)
	for _, g := range []redshiftsql.Grant{
		grantOn(onDatabase("shared"), redshiftsql.Role, "analyst", "USAGE"),
		grantOn(onSchema("shared", "etl"), redshiftsql.Role, "analyst", "USAGE"),
		grantOn(forTables("shared", "etl"), redshiftsql.Role, "analyst", "INSERT"),
	} {
		l.run(l.sales, "dev", revoked(g))
		l.check(can{l.sales, "shared", "alice", "INSERT", "etl", "facts", false})
		l.run(l.sales, "dev", g)
		l.check(can{l.sales, "shared", "alice", "INSERT", "etl", "facts", true})
	}
	for _, g := range []redshiftsql.Grant{
		grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "ds", "USAGE"),
		grantOn(onTable("prod", "etl", "facts"), redshiftsql.Datashare, "ds", "INSERT"),
		usage("ds", redshiftsql.Namespace, l.sales.Namespace),
	} {
		l.run(l.etl, "prod", revoked(g))
		l.check(can{l.sales, "shared", "alice", "INSERT", "etl", "facts", false})
		l.run(l.etl, "prod", g)
		l.check(can{l.sales, "shared", "alice", "INSERT", "etl", "facts", true})
	}
	l.run(l.etl, "prod", redshiftsql.DropDatashare{Name: "ds"})
	l.check(can{l.sales, "shared", "admin", "SELECT", "etl", "facts", false})
}

// What keeps consumers from writing, and what from reading as well.
func TestSharedHindrances(t *testing.T) {
	tests := []struct {
		name          string
		hinder        func(*lab)
		reads, writes bool
	}{
		{"nothing", func(*lab) {}, true, true},
		{"isolation", func(l *lab) { l.etl.AddDatabase("prod", "Serializable") }, true, false},
		{"producer's version", func(l *lab) { l.etl.Version = "1.0.78880" }, true, false},
		{"a later version", func(l *lab) { l.etl.Version = "1.1.1" }, true, true},
		{"consumer's version", func(l *lab) { l.sales.Version = "1.0.78881" }, true, false},
		{"producer's few slices", func(l *lab) { l.etl.Slices = 4 }, true, true},
		{"producer paused", func(l *lab) { l.etl.Pause() }, true, true},
		{"consumer paused", func(l *lab) { l.sales.Pause() }, false, false},
		{"and resumed", func(l *lab) { l.sales.Pause(); l.sales.Resume() }, true, true},
		{"mask", func(l *lab) { l.etl.AttachMask("prod", "etl", "facts", "hide", false) }, false, false},
		{"mask off for datashares", func(l *lab) { l.etl.AttachMask("prod", "etl", "facts", "hide", true) }, true, true},
		{"row-level security", func(l *lab) { l.etl.SetRowSecurity("prod", "etl", "facts", true, true) }, false, false},
		{"row-level security off for datashares", func(l *lab) { l.etl.SetRowSecurity("prod", "etl", "facts", true, false) }, true, true},
		{"table dropped", func(l *lab) { l.etl.DropTable("prod", "etl", "facts") }, false, false},
		{"table made again", func(l *lab) {
			l.etl.DropTable("prod", "etl", "facts")
			l.etl.AddTable("prod", "etl", "facts", TableOptions{})
		}, false, false},
		{"role taken by hand", func(l *lab) {
			l.run(l.sales, "dev", redshiftsql.GrantRole{Revoke: true, Role: "analyst", Grantee: redshiftsql.Grantee{Type: redshiftsql.User, Name: "alice"}})
		}, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			l.share("INSERT", "SELECT")
			l.open("INSERT", "SELECT")
			tt.hinder(l)
			l.check(
				can{l.sales, "shared", "alice", "SELECT", "etl", "facts", tt.reads},
				can{l.sales, "shared", "alice", "INSERT", "etl", "facts", tt.writes},
			)
		})
	}
}

// A consumer that is a cluster writes with 64 slices or more.
func TestSharedSlices(t *testing.T) {
	for slices, want := range map[int]bool{1: false, 63: false, 64: true, 128: true} {
		l := newLab(t)
		l.share("INSERT", "SELECT")
		l.run(l.etl, "prod", usage("ds", redshiftsql.Namespace, l.finance.Namespace))
		l.run(l.finance, "dev", redshiftsql.CreateDatabase{Name: "shared", Datashare: "ds", Namespace: l.etl.Namespace})
		l.finance.Slices = slices
		l.check(
			can{l.finance, "shared", "awsuser", "INSERT", "etl", "facts", want},
			can{l.finance, "shared", "awsuser", "SELECT", "etl", "facts", true},
		)
	}
}

// Without WITH PERMISSIONS, usage of the database is all that it takes, and all that there
// is.
func TestSharedWithoutPermissions(t *testing.T) {
	l := newLab(t)
	l.share("INSERT", "SELECT")
	l.run(l.sales, "dev", redshiftsql.DropDatabase{Name: "shared"},
		redshiftsql.CreateDatabase{Name: "shared", Datashare: "ds", Namespace: l.etl.Namespace})
	l.check(can{l.sales, "shared", "alice", "SELECT", "etl", "facts", false})
	l.refused(l.sales, "dev", "", grantOn(onSchema("shared", "etl"), redshiftsql.Role, "analyst", "USAGE"), notSupported, "WITH PERMISSIONS")
	l.run(l.sales, "dev", grantOn(onDatabase("shared"), redshiftsql.Role, "analyst", "USAGE"))
	l.check(
		can{l.sales, "shared", "alice", "SELECT", "etl", "facts", true},
		can{l.sales, "shared", "alice", "INSERT", "etl", "facts", true},
	)
}

// What ALTER DATASHARE adds is for reading only, and so is what comes by INCLUDENEW; scoped
// grants cover tables to come with all that they grant.
func TestFutureTables(t *testing.T) {
	l := newLab(t)
	l.share("INSERT", "SELECT")
	l.open("INSERT", "SELECT")
	if err := l.etl.AddToDatashare("ds", "other", ""); err == nil {
		t.Error("a schema that is not there was added")
	}
	l.etl.AddTable("prod", "other", "sums", TableOptions{})
	if err := l.etl.AddToDatashare("ds", "other", "sums"); err == nil {
		t.Error("a table was added before its schema")
	}
	for _, table := range []string{"", "sums"} {
		if err := l.etl.AddToDatashare("ds", "other", table); err != nil {
			t.Error(err)
		}
	}
	l.check(
		can{l.sales, "shared", "admin", "SELECT", "other", "sums", true},
		can{l.sales, "shared", "admin", "INSERT", "other", "sums", false},
	)
	l.etl.AddTable("prod", "etl", "before", TableOptions{})
	l.etl.SetIncludeNew("ds", "etl", true)
	l.etl.AddTable("prod", "etl", "included", TableOptions{})
	l.etl.AddTable("prod", "etl", "masked", TableOptions{Mask: "hide"})
	l.run(l.etl, "prod", grantOn(forTables("prod", "other"), redshiftsql.Datashare, "ds", "INSERT", "SELECT"))
	l.etl.AddTable("prod", "other", "scoped", TableOptions{})
	l.etl.AddTable("prod", "other", "interleaved", TableOptions{Interleaved: []string{"a", "b"}})
	l.check(
		can{l.sales, "shared", "admin", "SELECT", "etl", "before", false},
		can{l.sales, "shared", "admin", "SELECT", "etl", "included", true},
		can{l.sales, "shared", "admin", "INSERT", "etl", "included", false},
		can{l.sales, "shared", "admin", "SELECT", "etl", "masked", false},
		can{l.sales, "shared", "admin", "SELECT", "other", "scoped", true},
		can{l.sales, "shared", "admin", "INSERT", "other", "scoped", true},
		can{l.sales, "shared", "admin", "SELECT", "other", "interleaved", false},
	)
}

// What cannot come into a datashare, or be done with one.
func TestRefusedByDatashares(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	l.etl.AddTable("prod", "etl", "masked", TableOptions{Mask: "hide"})
	l.etl.AddTable("prod", "etl", "unmasked", TableOptions{Mask: "hide", MaskingOff: true})
	l.etl.AddTable("prod", "etl", "interleaved", TableOptions{Interleaved: []string{"a"}})
	l.etl.AddTable("prod", "other", "sums", TableOptions{})
	l.etl.AddTable("dev", "s", "t", TableOptions{})
	l.run(l.etl, "prod", grantOn(onTable("prod", "etl", "unmasked"), redshiftsql.Datashare, "ds", "SELECT"))

	to := func(o redshiftsql.Object, privilege string) redshiftsql.Grant {
		return grantOn(o, redshiftsql.Datashare, "ds", privilege)
	}
	old := l.world.AddCluster(Warehouse{Account: ourAccount, Name: "old", NodeType: "dc2.large"})
	tests := []struct {
		name  string
		wh    *Warehouse
		in    string
		s     redshiftsql.Statement
		state string
		text  string
	}{
		{"masked", l.etl, "prod", to(onTable("prod", "etl", "masked"), "SELECT"), notSupported, "masked or a relation dependent on it is protected by a masking policy and cannot be added to a datashare"},
		{"interleaved", l.etl, "prod", to(onTable("prod", "etl", "interleaved"), "SELECT"), notSupported, "interleaved sort key"},
		{"table before schema", l.etl, "prod", to(onTable("prod", "other", "sums"), "SELECT"), undefinedObject, `schema "other" must be added`},
		{"all tables before schema", l.etl, "prod", to(forTables("prod", "other"), "SELECT"), undefinedObject, `schema "other" must be added`},
		{"another database", l.etl, "dev", to(onSchema("dev", "s"), "USAGE"), notSupported, `objects of database "prod"`},
		{"connected to another", l.etl, "dev", to(onSchema("prod", "etl"), "CREATE"), notSupported, "cross-database"},
		{"scoped, connected to another", l.etl, "dev", to(forTables("prod", "etl"), "SELECT"), notSupported, `objects of database "prod"`},
		{"no table", l.etl, "prod", to(onTable("prod", "etl", "nothing"), "SELECT"), undefinedTable, `relation "etl.nothing" does not exist`},
		{"no schema", l.etl, "prod", to(onSchema("prod", "nothing"), "USAGE"), undefinedSchema, `schema "nothing" does not exist`},
		{"revoke, no table", l.etl, "prod", revoked(to(onTable("prod", "etl", "nothing"), "SELECT")), undefinedTable, "does not exist"},
		{"no datashare", l.etl, "prod", grantOn(onSchema("prod", "etl"), redshiftsql.Datashare, "no", "USAGE"), undefinedObject, `datashare "no" does not exist`},
		{"usage of none", l.etl, "prod", usage("no", redshiftsql.Namespace, l.sales.Namespace), undefinedObject, `datashare "no" does not exist`},
		{"there already", l.etl, "dev", redshiftsql.CreateDatashare{Name: "DS"}, duplicateObject, `datashare "ds" already exists`},
		{"node type", old, "dev", redshiftsql.CreateDatashare{Name: "x"}, notSupported, "dc2.large"},
		{"alter from another database", l.etl, "dev", redshiftsql.AlterDatashare{Name: "ds", PublicAccessible: true}, notSupported, `in database "prod"`},
		{"alter none", l.etl, "prod", redshiftsql.AlterDatashare{Name: "no"}, undefinedObject, "does not exist"},
		{"drop none", l.etl, "prod", redshiftsql.DropDatashare{Name: "no"}, undefinedObject, "does not exist"},
		{"own namespace", l.etl, "prod", usage("ds", redshiftsql.Namespace, l.etl.Namespace), invalidGrant, "its own namespace"},
		{"own account", l.etl, "prod", usage("ds", redshiftsql.Account, ourAccount), invalidGrant, "its own account"},
		{"another account's namespace", l.etl, "prod", usage("ds", redshiftsql.Namespace, l.partner.Namespace), invalidGrant, "You cannot share datashare with a namespace in a different account."},
		{"within a shared database", l.sales, "shared", redshiftsql.CreateDatashare{Name: "again"}, notSupported, "from a datashare"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l.T = t
			l.refused(tt.wh, tt.in, "", tt.s, tt.state, tt.text)
		})
	}
}

// A namespace that nobody knows can be a consumer, and to grant or revoke twice is no
// error.
func TestGrantTwice(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	unknown := usage("ds", redshiftsql.Namespace, "13b8833d-17c6-4f16-8fe4-1a018f5ed00d")
	table := grantOn(onTable("prod", "etl", "facts"), redshiftsql.Datashare, "ds", "DELETE", "SELECT")
	before := l.world.Dump()
	for _, g := range []redshiftsql.Grant{unknown, table, usage("ds", redshiftsql.Account, otherAccount)} {
		l.run(l.etl, "prod", g)
		after := l.world.Dump()
		if after == before {
			t.Errorf("%s changed nothing", g)
		}
		l.run(l.etl, "prod", g)
		if l.world.Dump() != after {
			t.Errorf("%s changed something the second time", g)
		}
		g.Privileges = g.Privileges[:1] // SELECT was there
		l.run(l.etl, "prod", revoked(g), revoked(g))
		if got := l.world.Dump(); got != before {
			t.Errorf("%s left\n%s\nwas\n%s", revoked(g), got, before)
		}
	}
}

func TestCreateDatabase(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	from := redshiftsql.CreateDatabase{Name: "again", WithPermissions: true, Datashare: "ds", Namespace: l.etl.Namespace}
	l.refused(l.sales, "dev", "", from, duplicateDatabase, `"shared" was already created from datashare "ds"`)
	l.refused(l.finance, "dev", "", from, undefinedObject, "not shared with this namespace")
	same := from
	same.Name = "shared"
	l.refused(l.sales, "dev", "", same, duplicateDatabase, `database "shared" already exists`)
	l.refused(l.sales, "shared", "", redshiftsql.DropDatabase{Name: "shared"}, objectInUse, "currently open")
	l.refused(l.sales, "dev", "", redshiftsql.DropDatabase{Name: "nothing"}, undefinedDatabase, "does not exist")
	l.refused(l.sales, "dev", "alice", redshiftsql.DropDatabase{Name: "shared"}, insufficientPrivilege, "must be owner")
	l.refused(l.etl, "dev", "", redshiftsql.DropDatabase{Name: "prod"}, dependentObjects, `datashare "ds" depends`)

	before := l.world.Dump()
	for _, s := range []redshiftsql.Statement{from, redshiftsql.DropDatabase{Name: "shared"}} {
		out := l.sales.Run(Session{Database: "dev"}, []string{s.String()}, nil, true)
		var e *Error
		if !errors.As(out[0].Err, &e) || e.State != inTransaction {
			t.Errorf("%s in a transaction: %v", s, out[0].Err)
		}
	}
	if l.world.Dump() != before {
		t.Error("a refused statement changed something")
	}

	// What was granted in it goes with the database.
	l.open("SELECT")
	l.run(l.sales, "dev", redshiftsql.DropDatabase{Name: "shared"}, same)
	l.check(can{l.sales, "shared", "alice", "SELECT", "etl", "facts", false})

	// A namespace may say its own account; of another account it must.
	l.run(l.etl, "prod", usage("ds", redshiftsql.Namespace, l.finance.Namespace))
	from.Account = otherAccount
	l.refused(l.finance, "dev", "", from, undefinedObject, "not shared")
	from.Account = ourAccount
	l.run(l.finance, "dev", from)
}

// For another account, its account and the producer's agree first, on writes as well.
func TestAccounts(t *testing.T) {
	l := newLab(t)
	l.share("INSERT", "SELECT")
	arn := l.etl.ShareARN("ds")
	from := redshiftsql.CreateDatabase{Name: "theirs", Datashare: "ds", Account: ourAccount, Namespace: l.etl.Namespace}
	this := Consumer{ARN: l.partner.NamespaceARN()}
	do := func(_ DataShare, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wrong := func(_ DataShare, err error, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	statuses := func(account, want string) {
		t.Helper()
		var got string
		for _, d := range l.world.DataShares(account, l.etl.Region, arn) {
			for _, a := range d.Associations {
				got += a.Status + " "
			}
		}
		if got != want {
			t.Errorf("%s sees %q, want %q", account, got, want)
		}
	}
	authorize := func(writes bool) (DataShare, error) {
		return l.world.Authorize(ourAccount, arn, otherAccount, writes)
	}

	s, err := authorize(false)
	wrong(s, err, ErrNotFound)
	statuses(ourAccount, "")
	l.run(l.etl, "prod", usage("ds", redshiftsql.Account, otherAccount))
	statuses(ourAccount, "PENDING_AUTHORIZATION ")
	statuses(otherAccount, "")
	s, err = l.world.Associate(otherAccount, arn, this, true)
	wrong(s, err, ErrNotFound)
	s, err = l.world.Authorize(otherAccount, arn, otherAccount, true)
	wrong(s, err, ErrAccess)
	s, err = l.world.Authorize("999999999999", arn, otherAccount, true)
	wrong(s, err, ErrAccess)
	s, err = l.world.Authorize(ourAccount, arn+"x", otherAccount, true)
	wrong(s, err, ErrNotFound)
	s, err = l.world.Deauthorize(ourAccount, arn, otherAccount)
	wrong(s, err, ErrState)

	do(authorize(false))
	statuses(ourAccount, "AUTHORIZED ")
	statuses(otherAccount, "AVAILABLE ")
	l.refused(l.partner, "dev", "", from, undefinedObject, "not shared")
	s, err = l.world.Associate(otherAccount, arn, Consumer{ARN: l.sales.NamespaceARN()}, true)
	wrong(s, err, ErrNamespace)
	s, err = l.world.Disassociate(otherAccount, arn, this)
	wrong(s, err, ErrState)
	do(l.world.Associate(otherAccount, arn, this, false))
	statuses(ourAccount, "AUTHORIZED ACTIVE ")
	noAccount := from
	noAccount.Account = ""
	l.refused(l.partner, "dev", "", noAccount, undefinedObject, "not shared")
	l.run(l.partner, "dev", from)

	// Writes take both.
	writes := func(want bool) {
		t.Helper()
		l.check(
			can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", true},
			can{l.partner, "theirs", "admin", "INSERT", "etl", "facts", want},
		)
	}
	writes(false)
	do(authorize(true))
	writes(false)
	do(l.world.Associate(otherAccount, arn, this, true))
	writes(true)
	do(authorize(false))
	writes(false)
	do(authorize(true))

	// Of the whole account or a Region, too.
	do(l.world.Disassociate(otherAccount, arn, this))
	l.check(can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", false})
	for _, c := range []Consumer{{EntireAccount: true}, {Region: l.partner.Region}} {
		do(l.world.Associate(otherAccount, arn, c, true))
		writes(true)
		statuses(otherAccount, map[bool]string{true: "ACTIVE ", false: "AVAILABLE ACTIVE "}[c.EntireAccount])
		do(l.world.Disassociate(otherAccount, arn, c))
	}
	do(l.world.Associate(otherAccount, arn, Consumer{Region: "eu-west-1"}, true))
	l.check(can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", false})

	// Deauthorized, all is gone, and comes back with new associations only.
	do(l.world.Associate(otherAccount, arn, this, true))
	do(l.world.Deauthorize(ourAccount, arn, otherAccount))
	statuses(ourAccount, "DEAUTHORIZED ")
	statuses(otherAccount, "")
	l.check(can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", false})
	do(authorize(true))
	l.check(can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", false})
	do(l.world.Associate(otherAccount, arn, this, true))
	writes(true)
	l.run(l.etl, "prod", revoked(usage("ds", redshiftsql.Account, otherAccount)))
	statuses(ourAccount, "")
	l.check(can{l.partner, "theirs", "admin", "SELECT", "etl", "facts", false})
}

func TestDataShares(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	l.run(l.etl, "dev", redshiftsql.CreateDatashare{Name: "Open", PublicAccessible: true}, usage("open", redshiftsql.Account, otherAccount))
	l.etl.SetManagedBy("open", "ADX")
	if _, err := l.world.Authorize(ourAccount, l.etl.ShareARN("open"), otherAccount, true); err != nil {
		t.Fatal(err)
	}
	arn := "arn:aws:redshift:eu-central-1:111122223333:datashare:" + l.etl.Namespace + "/"
	producer := "arn:aws:redshift:eu-central-1:111122223333:namespace:" + l.etl.Namespace
	ds := DataShare{ARN: arn + "ds", ProducerARN: producer}
	open := DataShare{ARN: arn + "open", ProducerARN: producer, PublicAccessible: true, ManagedBy: "ADX",
		Associations: []DataShareAssociation{{Consumer: otherAccount, Status: "AUTHORIZED", ProducerWrites: true}}}
	theirs := open
	theirs.Associations = []DataShareAssociation{{Consumer: otherAccount, Status: "AVAILABLE", ProducerWrites: true}}
	tests := []struct {
		account, region, arn string
		want                 []DataShare
	}{
		{ourAccount, "eu-central-1", "", []DataShare{ds, open}},
		{ourAccount, "eu-central-1", open.ARN, []DataShare{open}},
		{ourAccount, "eu-central-1", "arn:x", nil},
		{ourAccount, "eu-west-1", "", nil},
		{otherAccount, "eu-central-1", "", []DataShare{theirs}},
		{"999999999999", "eu-central-1", "", nil},
	}
	for _, tt := range tests {
		if got := l.world.DataShares(tt.account, tt.region, tt.arn); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s in %s, %q: %+v, want %+v", tt.account, tt.region, tt.arn, got, tt.want)
		}
	}
	l.refused(l.etl, "dev", "", redshiftsql.AlterDatashare{Name: "open"}, notSupported, "datashare_break_glass_session_var")
	l.refused(l.etl, "dev", "", redshiftsql.DropDatashare{Name: "open"}, notSupported, "datashare_break_glass_session_var")
	l.run(l.etl, "prod", redshiftsql.AlterDatashare{Name: "ds", PublicAccessible: true})
	if got := l.world.DataShares(ourAccount, "eu-central-1", ds.ARN); !got[0].PublicAccessible {
		t.Error("not publicly accessible after it was altered")
	}
}
