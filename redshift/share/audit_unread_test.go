package share

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// TestUnreadOf: what a failed read leaves unknown. One that is not known here leaves
// everything unknown, and no query is left to chance.
func TestUnreadOf(t *testing.T) {
	everything := unread{true, true, true}
	tests := map[string]unread{
		"associations of datashare role_ds": {associations: true},

		// What is asked may have any name.
		"grants on database datashare_db":        {grants: true},
		"grants on table db.s.datashares":        {grants: true},
		"grants of role datashare in database d": {grants: true},
		"tables of database datashare_db":        {grants: true},
		"schemas of database a datashare":        {grants: true},
		"grants in database sales_db":            {grants: true},
		"grants of role a in database b":         {grants: true},
		"catalog":                                everything,
		"identity":                               everything,
		"cluster":                                everything,
		"slices":                                 {},
	}
	for _, q := range redshiftsql.Queries() {
		switch q.Name {
		case "datashares", "objects of datashares", "consumers of datashares":
			tests[q.Name] = unread{shares: true}
		case "privileges on databases", "privileges on schemas", "privileges on tables", "roles", "users", "roles of users", "roles of roles", "groups",
			"databases": // without them it is not known which are made of datashares, and so whose grants to read
			tests[q.Name] = unread{grants: true}
		default:
			tests[q.Name] = unread{}
		}
	}
	for what, want := range tests {
		if got := unreadOf(Found{Superuser: true, Unknown: []Unknown{{What: what}}}); got != want {
			t.Errorf("%q: got %+v, want %+v", what, got, want)
		}
	}
	if got := unreadOf(Found{}); got != (unread{grants: true}) {
		t.Errorf("read by a user who is no superuser: got %+v", got)
	}
	if got := unreadOf(Found{Superuser: true}); got != (unread{}) {
		t.Errorf("all was read: got %+v", got)
	}
}

// TestAuditOfSecondReading: a warehouse is read once for each database that it shares from.
// A reading that told nothing leaves its database unknown, and is of the same warehouse.
func TestAuditOfSecondReading(t *testing.T) {
	found := anyCompany()
	etl := in(found, "etl")
	second := Found{Warehouse: etl.Warehouse, Unknown: []Unknown{{What: "identity", Reason: "throttled"}}}
	etl.Warehouse.Database, etl.Grants = "dev", nil
	r := Audit(append(found, second), AuditOptions{})
	if h := held(r, user("alice"), Insert, "sales", "web_sales"); h.Verdict != Unsure {
		t.Errorf("got %+v", h)
	}
	for _, w := range r.Warehouses {
		if w.Warehouse.Cluster == "etl" && (w.Name != "etl" || len(w.Unknown) != 1 || strings.Contains(strings.Join(w.Notes, " "), "no superuser")) {
			t.Errorf("got %+v", w)
		}
	}
}

// TestAuditReadAsNobody: of a warehouse that was not read at all, it is not told as whom it
// was read.
func TestAuditReadAsNobody(t *testing.T) {
	found := anyCompany()
	*in(found, "etl") = Found{Warehouse: in(found, "etl").Warehouse, Namespace: etlNamespace, Unknown: []Unknown{{What: "catalog", Reason: "the cluster is paused"}}}
	in(found, "sales").User, in(found, "sales").Superuser = "", false
	in(found, "sales").Unknown = []Unknown{{What: "session", Reason: "denied"}}
	text := Audit(found, AuditOptions{}).String()
	if strings.Contains(text, "no superuser") || !strings.Contains(text, "Who it was read as is unknown") {
		t.Errorf("got %s", text)
	}
}
