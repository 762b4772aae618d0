package share_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

const otherGUID = "f6f6f6f6-0000-4000-8000-000000000006"

func TestWarehouses(t *testing.T) {
	d, _ := article(t)
	d.Datashares[1].Consumers = append(d.Datashares[1].Consumers,
		share.Consumer{Warehouse: &share.Warehouse{Workgroup: "sales", Database: "local"}}, // where it is connected to makes no other of it
		share.Consumer{Warehouse: &share.Warehouse{Cluster: "sales", Region: "eu-west-1"}},
		share.Consumer{Warehouse: &share.Warehouse{Cluster: "etl"}},
		share.Consumer{Account: partner},
	)
	var got []string
	for _, w := range d.Warehouses() {
		got = append(got, w.String())
	}
	if want := []string{"cluster etl", "workgroup marketing", "workgroup sales", "cluster sales in eu-west-1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWarehouseKey(t *testing.T) {
	same := share.Warehouse{Account: company, Region: "eu-west-1", Cluster: "etl", Database: "a", User: "b", Secret: "c"}
	if got, want := same.Key(), (share.Warehouse{Account: company, Region: "eu-west-1", Cluster: "etl"}).Key(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, w := range []share.Warehouse{{Cluster: "a"}, {Workgroup: "a"}, {Account: company, Cluster: "a"}, {Region: "eu-west-1", Cluster: "a"}, {Account: "b", Cluster: "a"}} {
		if seen[w.Key()] {
			t.Errorf("%s is another", w)
		}
		seen[w.Key()] = true
	}
}

// TestItemKey checks that two things never have one key, and one thing never two.
func TestItemKey(t *testing.T) {
	grant := func(g share.Grant) *share.Grant { return &g }
	base := share.Item{Kind: share.KindGrant, Namespace: etlGUID, Producer: etlGUID, Datashare: "one"}
	with := func(change func(i *share.Item)) share.Item {
		i := base
		change(&i)
		return i
	}
	seen := map[string]share.Item{}
	for _, i := range []share.Item{
		base,
		with(func(i *share.Item) { i.Kind = share.KindDatashare }),
		with(func(i *share.Item) { i.Namespace = salesGUID }),
		with(func(i *share.Item) { i.Producer = salesGUID }),
		with(func(i *share.Item) { i.Datashare = "two" }),
		with(func(i *share.Item) { i.Database = "one" }),
		with(func(i *share.Item) { i.Consumer.Account = company }),
		with(func(i *share.Item) { i.Consumer.Namespace = company }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Schema: "a.b", Object: "c"}) }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Schema: "a", Object: "b.c"}) }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Schema: "a", Object: "b"}) }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Database: "a", Schema: "b"}) }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Privilege: share.Select}) }),
		with(func(i *share.Item) { i.Grant = grant(share.Grant{Scope: share.OnTable}) }),
		with(func(i *share.Item) {
			i.Grant = grant(share.Grant{Grantee: share.Grantee{Type: share.ToRole, Name: "x"}})
		}),
		with(func(i *share.Item) {
			i.Grant = grant(share.Grant{Grantee: share.Grantee{Type: share.ToUser, Name: "x"}})
		}),
	} {
		if other, ok := seen[i.Key()]; ok {
			t.Errorf("%+v and %+v have one key", i, other)
		}
		seen[i.Key()] = i
	}
	same := base
	same.PublicAccessible, same.Writes, same.ConsumerARN, same.ConsumerRegion = true, true, "x", "y"
	same.Warehouse = share.Warehouse{Cluster: "renamed", Database: "other"}
	if same.Key() != base.Key() {
		t.Error("attributes, and the words for the warehouse, are in the key")
	}
}

func TestItemString(t *testing.T) {
	table := share.Grant{Grantee: share.Grantee{Type: share.ToRole, Name: "the writers"}, Privilege: share.Insert, Scope: share.OnTable, Database: "prod", Schema: "ETL", Object: `a"b`}
	for want, i := range map[string]share.Item{
		`INSERT on table prod."ETL"."a""b" to role "the writers"`: {Kind: share.KindGrant, Grant: &table},
		"USAGE on database db to user IAM:alice@example.com": {Kind: share.KindDatabaseUsage, Grant: &share.Grant{
			Grantee: share.Grantee{Type: share.ToUser, Name: "IAM:alice@example.com"}, Privilege: share.Usage, Scope: share.OnDatabase, Database: "db",
		}},
		`EXECUTE on function prod.s."f 1"(integer,numeric(10,2)) to everybody`: {Kind: share.KindGrant, Grant: &share.Grant{
			Grantee: share.Grantee{Type: share.ToPublic}, Privilege: share.Execute, Scope: share.OnFunction, Database: "prod", Schema: "s", Object: "f 1(integer,numeric(10,2))",
		}},
		"datashare one of database prod":                              {Kind: share.KindDatashare, Datashare: "one", Database: "prod"},
		"usage of datashare one by namespace " + salesGUID:            {Kind: share.KindConsumer, Datashare: "one", Consumer: share.UsedBy{Namespace: salesGUID}},
		"authorization of account " + partner + " for datashare one":  {Kind: share.KindAuthorization, Datashare: "one", Consumer: share.UsedBy{Account: partner}},
		"database one_db of datashare one in workgroup sales":         {Kind: share.KindDatabase, Datashare: "one", Database: "one_db", Warehouse: share.Warehouse{Workgroup: "sales"}},
		"association of namespace " + salesGUID + " with datashare x": {Kind: share.KindAssociation, Datashare: "x", Consumer: share.UsedBy{Account: partner, Namespace: salesGUID}},
		"grant of datashare one":                                      {Kind: share.KindGrant, Datashare: "one"},
	} {
		if got := i.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestHaveFunctions checks that a function is one, however the types of its arguments are
// called.
func TestHaveFunctions(t *testing.T) {
	m := newModel(t)
	d := share.Description{Producer: share.Warehouse{Cluster: "etl", Database: "prod"}, Datashares: []share.Datashare{{
		Name: "one",
		Objects: share.Objects{Schemas: []share.Schema{{Name: "s0", Functions: []share.Function{
			{Name: "f", Arguments: []string{"INT", "varchar(20)", "numeric(10,2)"}}, {Name: "f"},
		}}}},
	}}}
	m.apply(m.decide(d, m.options()))
	if got := statements(m.decide(d, m.options())); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	for i, g := range m.state.Producer.Grants {
		if g.Scope == share.OnFunction && g.Object != "f()" {
			m.state.Producer.Grants[i].Object = "f(int4,text,decimal(18,0))" // as another catalog might say
		}
	}
	if got := statements(m.decide(d, m.options())); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}

// TestHaveConsumers checks how what uses a datashare is told.
func TestHaveConsumers(t *testing.T) {
	d, m := sold(t)
	m.apply(m.decide(d, m.options()))
	m.state.Producer.Outbound[0].Consumers = []share.UsedBy{
		{Account: partner, Namespace: agencyGUID}, // of another account it is the account that was granted to
		{Account: company, Namespace: salesGUID}, {Namespace: labGUID}, {Account: "777788889999"},
	}
	m.state.Producer.Associations = append(m.state.Producer.Associations,
		share.Association{Datashare: "one", Producer: etlGUID, Consumer: "arn:aws:redshift:eu-west-1:" + company + ":namespace:" + salesGUID, Status: "ACTIVE"},
		share.Association{Datashare: "one", Producer: etlGUID, Consumer: "ADX", Status: "AUTHORIZED"},
		share.Association{Datashare: "one", Producer: labGUID, Consumer: "777788889999", Status: "AUTHORIZED"},
		share.Association{Datashare: "one", Producer: etlGUID, Consumer: "777788889999", Status: "DEAUTHORIZED"},
		share.Association{Datashare: "one", Producer: etlGUID, Consumer: "arn:aws:redshift:eu-west-1:888899990000:namespace:" + otherGUID, Status: "ACTIVE"},
	)
	var got []string
	for _, i := range share.Have(d, m.state, nil) {
		switch i.Kind {
		case share.KindConsumer, share.KindAuthorization, share.KindAssociation:
			got = append(got, fmt.Sprintf("%s %s%s", i.Kind, i.Consumer.Account, i.Consumer.Namespace))
		}
	}
	slices.Sort(got)
	want := []string{
		"association " + partner + agencyGUID, "association 888899990000" + otherGUID,
		"authorization " + partner, "authorization 888899990000",
		"consumer 777788889999", "consumer " + partner, "consumer " + salesGUID, "consumer " + labGUID,
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}
