package share

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// pageOf returns the page of a result. LOOK=folder keeps it, for a person to look at.
func pageOf(t *testing.T, r interface{ WriteHTML(io.Writer) error }) string {
	t.Helper()
	var b strings.Builder
	if err := r.WriteHTML(&b); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("LOOK"); dir != "" {
		if err := os.WriteFile(dir+"/"+t.Name()+".html", []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestPageAudit(t *testing.T) {
	golden.Equal(t, "testdata/audit-anycompany.html", pageOf(t, Audit(anyCompany(), AuditOptions{})))
}

func TestPageDrill(t *testing.T) {
	golden.Equal(t, "testdata/audit-drill.html", pageOf(t, Drill(anyCompany(), DrillOptions{Paused: Warehouse{Cluster: "etl"}})))
}

const trap = "</title></script></bdi><script>alert(1)</script><img src=http://x onerror=alert(2)>\" onmouseover=\"alert(3)\u202e\x1b[2J{{.}}"

// hostile is AnyCompany with a trap in every name.
func hostile() []Found {
	found := anyCompany()
	spoil := func(s *string) { *s = trap + *s }
	for i := range found {
		f := &found[i]
		if f.Warehouse.Cluster != "" {
			spoil(&f.Warehouse.Cluster)
		} else {
			spoil(&f.Warehouse.Workgroup)
		}
		spoil(&f.Region)
		f.Unknown = []Unknown{{What: trap, Reason: trap}}
		for k := range f.Databases {
			if f.Databases[k].Name != "prod" {
				spoil(&f.Databases[k].Name)
			}
		}
		for k := range f.Tables {
			spoil(&f.Tables[k].Name)
			spoil(&f.Tables[k].Schema)
		}
		for k := range f.Grants {
			g := &f.Grants[k]
			spoil(&g.Grantee.Name)
			spoil(&g.Object)
			spoil(&g.Schema)
			if g.Database != "prod" {
				spoil(&g.Database)
			}
		}
		for k := range f.Outbound {
			spoil(&f.Outbound[k].Name)
			f.Outbound[k].Objects = nil
		}
		for k := range f.Inbound {
			spoil(&f.Inbound[k].Name)
			spoil(&f.Inbound[k].Database)
		}
		for k := range f.RoleGrants {
			spoil(&f.RoleGrants[k].Role)
			spoil(&f.RoleGrants[k].To.Name)
		}
		for k := range f.Superusers {
			spoil(&f.Superusers[k])
		}
	}
	return found
}

// TestPagesHostile: whatever names hold, a page has no markup of theirs, runs nothing and
// asks the network for nothing, and a text stays on its lines.
func TestPagesHostile(t *testing.T) {
	found := hostile()
	audit := Audit(found, AuditOptions{})
	if len(audit.Access) < 10 {
		t.Fatalf("there is little to see: %d", len(audit.Access))
	}
	drill := Drill(found, DrillOptions{Paused: Warehouse{Cluster: trap + "etl"}})
	if drill.Problem != "" || len(drill.Units) == 0 {
		t.Fatalf("the drill found nothing: %+v", drill)
	}
	plain := pageOf(t, Audit(anyCompany(), AuditOptions{}))
	for name, got := range map[string]string{"audit": pageOf(t, audit), "drill": pageOf(t, drill)} {
		body := got[strings.Index(got, "<body>"):]
		for _, bad := range []string{"alert(1)</script>", "<img", "\x1b", "\u202e", "\" onmouseover", "href=\"http", "src=\"", " style=", "ZgotmplZ"} {
			if strings.Contains(body, bad) {
				t.Errorf("%s: there is %q", name, bad)
			}
		}
		if strings.Count(got, "<script") != strings.Count(plain, "<script") {
			t.Errorf("%s: there are other scripts", name)
		}
		if !strings.Contains(body, "&lt;script&gt;alert(1)") || !strings.Contains(got, "default-src 'none'") {
			t.Errorf("%s: names are missing, or the policy is", name)
		}
	}
	for name, text := range map[string]string{"audit": audit.String(), "drill": drill.String()} {
		if strings.ContainsAny(text, "\x1b\u202e\t\r") || !strings.Contains(text, `\u202e`) {
			t.Errorf("%s: the text holds what moves a cursor", name)
		}
	}
}

// TestPagesBounded: of 200 warehouses and 2,000 tables, a page shows a part and says so.
func TestPagesBounded(t *testing.T) {
	found := manyWarehouses(200, 2000, false)
	audit := Audit(found, AuditOptions{})
	got := pageOf(t, audit)
	if len(got) > 8e6 {
		t.Errorf("the page has %d bytes", len(got))
	}
	for _, want := range []string{"the first 200 of ", "the first 3000 of 24", "201 warehouses"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if text := audit.String(); len(text) > 1e6 || !strings.Contains(text, "  and 23040 more\n") {
		t.Errorf("the text has %d bytes, and does not say what is left out", len(text))
	}
	drill := Drill(found, DrillOptions{Paused: Warehouse{Cluster: "etl"}})
	if got := pageOf(t, drill); len(got) > 4e6 || !strings.Contains(got, "the first 1000 of 1201") {
		t.Errorf("the page of the drill has %d bytes, and does not say what is left out", len(got))
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestPageReportsErrors(t *testing.T) {
	if err := Audit(nil, AuditOptions{}).WriteHTML(full{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v", err)
	}
}
