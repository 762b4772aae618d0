package redshift

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A transaction is all or nothing; without one each statement is by itself.
func TestRun(t *testing.T) {
	one, two := redshiftsql.CreateRole{Name: "one"}.String(), redshiftsql.CreateRole{Name: "two"}.String()
	database := redshiftsql.CreateDatabase{Name: "x", Datashare: "ds", Namespace: guid("x")}.String()
	tests := []struct {
		name        string
		statements  []string
		transaction bool
		ran, failed string // 1 for each statement that ran or failed, 0 for others
		roles       string
	}{
		{"all well", []string{one, two}, true, "11", "00", "one two "},
		{"the second fails", []string{one, one, two}, true, "110", "010", ""},
		{"the last fails", []string{one, two, one}, true, "111", "001", ""},
		{"no SQL", []string{one, "SELECT 1", two}, true, "110", "010", ""},
		{"CREATE DATABASE in a transaction", []string{one, database}, true, "11", "01", ""},
		{"each by itself", []string{one, one, two}, false, "111", "010", "one two "},
		{"none", nil, true, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLab(t)
			before := l.world.Dump()
			var ran, failed, roles string
			for _, o := range l.etl.Run(Session{Database: "dev"}, tt.statements, nil, tt.transaction) {
				ran += map[bool]string{true: "1", false: "0"}[o.Ran]
				failed += map[bool]string{true: "1", false: "0"}[o.Err != nil]
			}
			if ran != tt.ran || failed != tt.failed {
				t.Errorf("ran %s, failed %s, want %s, %s", ran, failed, tt.ran, tt.failed)
			}
			for line := range strings.Lines(l.world.Dump()) {
				if name, ok := strings.CutPrefix(strings.TrimSpace(line), "role "); ok {
					roles += strings.Fields(name)[0] + " "
				}
			}
			if roles != tt.roles {
				t.Errorf("roles %q, want %q", roles, tt.roles)
			}
			if tt.roles == "" && l.world.Dump() != before {
				t.Errorf("%s\nwas\n%s", l.world.Dump(), before)
			}
		})
	}
}

func TestSyntaxErrors(t *testing.T) {
	l := newLab(t)
	for text, want := range map[string]string{
		`SELECT 1`:                  `ERROR: syntax error at or near "SELECT"`,
		``:                          `ERROR: syntax error at end of input`,
		`CREATE ROLE marketing _db`: `ERROR: syntax error at or near "marketing"`,
		`GRANT USAGE ON DATASHARE "ds" TO NAMESPACE 13b8833d-17c6-4f16-8fe4-1a018f5ed00d`: `ERROR: syntax error at or near "13b8833d-17c6-4f16-8fe4-1a018f5ed00d"`,
	} {
		out := l.etl.Run(Session{Database: "dev"}, []string{text}, nil, false)[0]
		var e *Error
		if !errors.As(out.Err, &e) || e.State != syntaxError || !strings.HasPrefix(e.Error(), want) {
			t.Errorf("%s: %v, want %s", text, out.Err, want)
		}
	}
}

// Redshift makes the user of an IAM identity when it first connects. That is no change
// that counts, but it shows.
func TestIAMUsers(t *testing.T) {
	l := newLab(t)
	l.world.AddSuperusers("IAM:root")
	before := l.world.Dump()
	for user, superuser := range map[string]bool{"IAMR:Analyst": false, "IAM:root": true} {
		out := l.etl.Run(Session{Database: "dev", User: user}, []string{redshiftsql.QuerySession.SQL}, nil, false)[0]
		if out.Err != nil || out.Result.Rows[0][1] != user || out.Result.Rows[0][2] != superuser {
			t.Errorf("%s: %v %v", user, out.Result.Rows, out.Err)
		}
	}
	if l.world.Dump() != before {
		t.Error("to connect changed something")
	}
	l.run(l.etl, "dev", grantOn(onDatabase("dev"), redshiftsql.User, "IAMR:Analyst", "CREATE"))
	l.refused(l.etl, "dev", "", grantOn(onDatabase("dev"), redshiftsql.User, "iamr:analyst", "CREATE"), undefinedObject, "does not exist")
}

func TestPaused(t *testing.T) {
	l := newLab(t)
	l.etl.Pause()
	l.refused(l.etl, "dev", "", redshiftsql.CreateRole{Name: "x"}, cannotConnect, "FATAL: cluster etl is paused")
	out := l.etl.Run(Session{Database: "dev"}, []string{"a", "b"}, nil, true)
	if out[0].Err == nil || out[0].Ran || out[1].Err != nil || out[1].Ran {
		t.Errorf("%+v", out)
	}
	l.etl.Resume()
	l.run(l.etl, "dev", redshiftsql.CreateRole{Name: "x"})
}

// Names fold unless identifiers are case-sensitive; those of users never.
func TestNames(t *testing.T) {
	for _, sensitive := range []bool{false, true} {
		w := New()
		wh := w.AddWorkgroup(Warehouse{Name: "w", CaseSensitive: sensitive})
		wh.AddDatabase("Dev", "")
		wh.AddTable("Dev", "Sales", "Orders", TableOptions{})
		wh.AddUser("Bob", false)
		wh.AddRole("Analyst")
		wh.SetGrant("USAGE", onSchema("Dev", "Sales"), "PUBLIC", true)
		wh.SetGrant("SELECT", onTable("Dev", "Sales", "Orders"), "Bob", true)
		for _, name := range []string{"Sales", "sales", "SALES"} {
			if got, want := wh.Can("Dev", "Bob", "SELECT", name, "Orders"), !sensitive || name == "Sales"; got != want {
				t.Errorf("case-sensitive %t: %s: %t, want %t", sensitive, name, got, want)
			}
		}
		if _, err := try(wh, "dev", "", redshiftsql.DropRole{Name: "ANALYST"}); (err == nil) == sensitive {
			t.Errorf("case-sensitive %t: %v", sensitive, err)
		}
		r, err := try(wh, "dev", "", redshiftsql.ShowSetting{Name: "enable_case_sensitive_identifier"})
		if want := map[bool]string{true: "on", false: "off"}[sensitive]; err != nil || r.Rows[0][0] != want {
			t.Errorf("%v %v, want %s", r.Rows, err, want)
		}
	}
}

func TestWarehouses(t *testing.T) {
	w := New()
	c := w.AddCluster(Warehouse{Name: "a"})
	g := w.AddWorkgroup(Warehouse{Name: "a", Account: otherAccount, Region: "us-east-1", Namespace: "13B8833D-17C6-4F16-8FE4-1A018F5ED00D", Slices: 3})
	if s := c.Spec(); s.NodeType != "ra3.4xlarge" || s.Slices != 64 || s.Status != "available" || s.Version != "1.0.78890" || s.Account != "123456789012" || s.Region != "eu-central-1" {
		t.Errorf("%+v", s)
	}
	if s := g.Spec(); s.NodeType != "" || s.Slices != 0 || s.Status != "AVAILABLE" || s.BaseCapacity != 128 || s.Namespace != "13b8833d-17c6-4f16-8fe4-1a018f5ed00d" {
		t.Errorf("%+v", s)
	}
	if err := redshiftsql.CheckNamespace(c.Namespace); err != nil || c.Namespace != New().AddCluster(Warehouse{Name: "a"}).Namespace {
		t.Errorf("%s: %v", c.Namespace, err)
	}
	if got := c.NamespaceARN(); got != "arn:aws:redshift:eu-central-1:123456789012:namespace:"+c.Namespace {
		t.Error(got)
	}
	if got := g.NamespaceARN(); got != "arn:aws:redshift-serverless:us-east-1:444455556666:namespace/13b8833d-17c6-4f16-8fe4-1a018f5ed00d" {
		t.Error(got)
	}
	if w.Find("123456789012", "eu-central-1", "a") != c || w.Find(otherAccount, "us-east-1", "a") != g || w.Find(otherAccount, "eu-central-1", "a") != nil {
		t.Error("not found, or found where it is not")
	}
	if all := w.Warehouses(); len(all) != 2 || all[0] != c || all[1] != g {
		t.Error(all)
	}
}

// The world may be used by many at once.
func TestConcurrently(t *testing.T) {
	l := newLab(t)
	l.share("SELECT")
	before := l.world.Dump()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			g := grantOn(onTable("shared", "etl", "facts"), redshiftsql.Role, "analyst", tablePrivileges[i])
			for range 20 {
				try(l.sales, "dev", "", g)
				l.etl.Run(Session{Database: "prod"}, []string{redshiftsql.QueryDatashares.SQL, redshiftsql.QueryTablePrivileges.SQL}, nil, true)
				l.sales.Can("shared", "alice", "SELECT", "etl", "facts")
				l.etl.Pause()
				_ = l.world.Dump() + l.etl.Spec().Status
				l.etl.Resume()
				try(l.sales, "dev", "", revoked(g))
			}
		})
	}
	wg.Wait()
	if after := l.world.Dump(); after != before {
		t.Errorf("%s\nwas\n%s", after, before)
	}
}
