package share

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestDrillAnyCompany(t *testing.T) {
	golden.Equal(t, "testdata/audit-drill-producer.txt", Drill(anyCompany(), DrillOptions{Paused: Warehouse{Cluster: "etl"}}).String())
	golden.Equal(t, "testdata/audit-drill-consumer.txt", Drill(anyCompany(), DrillOptions{Paused: Warehouse{Workgroup: "sales"}}).String())
}

// TestDrillRules: each rule alone, of what becomes of one unit.
func TestDrillRules(t *testing.T) {
	writer := role("writer")
	etlCluster, salesGroup := Warehouse{Cluster: "etl"}, Warehouse{Workgroup: "sales"}
	one := func(f []Found, a Association) { abroad(f, &a) }
	tests := []struct {
		name        string
		change      func([]Found)
		paused      Warehouse
		warehouse   string
		who         Grantee
		write, read Change // Why: a part of what it says
	}{
		{"the producer, and its consumer", func([]Found) {}, etlCluster, "sales", writer,
			Change{Yes, Yes, nil, BasisWrites}, Change{Yes, Yes, nil, BasisReads}},
		{"the producer, and its own", func([]Found) {}, etlCluster, "etl", Grantee{Type: Superusers},
			Change{Yes, No, []string{"etl is paused"}, BasisPaused}, Change{Yes, No, []string{"etl is paused"}, BasisPaused}},
		{"the producer, and who only reads", func([]Found) {}, etlCluster, "sales", user("carol"), Change{}, Change{Yes, Yes, nil, BasisReads}},
		{"a consumer, a cluster", func(f []Found) { asCluster(in(f, "sales"), 64) }, Warehouse{Cluster: "sales"}, "sales", writer,
			Change{Yes, No, []string{"sales is paused"}, BasisPaused}, Change{Yes, No, []string{"sales is paused"}, BasisPaused}},
		{"a consumer, a workgroup", func([]Found) {}, salesGroup, "sales", writer,
			Change{Yes, No, []string{"sales takes no queries"}, ""}, Change{Yes, No, []string{"sales takes no queries"}, ""}},
		{"a consumer, and another", func([]Found) {}, salesGroup, "marketing", writer, Change{Yes, Yes, nil, ""}, Change{Yes, Yes, nil, ""}},
		{"a consumer, and its producer", func([]Found) {}, salesGroup, "etl", Grantee{Type: Superusers}, Change{Yes, Yes, nil, ""}, Change{Yes, Yes, nil, ""}},
		{"a producer that is a workgroup", func(f []Found) {
			in(f, "etl").Warehouse = Warehouse{Workgroup: "etl", Database: "prod"}
			in(f, "etl").Version = "1.0.78890"
		}, Warehouse{Workgroup: "etl"}, "sales", writer, Change{Yes, Yes, nil, BasisServerless}, Change{Yes, Yes, nil, BasisServerless}},
		{"too few slices", func(f []Found) { asCluster(in(f, "sales"), 32) }, etlCluster, "sales", writer,
			Change{No, No, []string{"sales has 32 slices"}, ""}, Change{Yes, Yes, nil, BasisReads}},
		{"slices unknown", func(f []Found) { asCluster(in(f, "sales"), 0) }, etlCluster, "sales", writer,
			Change{Unsure, Unsure, []string{"the slices of sales are unknown"}, BasisWrites}, Change{Yes, Yes, nil, BasisReads}},
		{"isolation", func(f []Found) { in(f, "etl").Databases[1].Isolation = "Serializable" }, etlCluster, "sales", writer,
			Change{No, No, []string{"isolation level Serializable"}, ""}, Change{Yes, Yes, nil, BasisReads}},
		{"writes not accepted", func(f []Found) { one(f, Association{Status: "ACTIVE", ProducerWrites: true}) }, etlCluster, "sales", writer,
			Change{No, No, []string{"has not accepted writes"}, ""}, Change{Yes, Yes, nil, BasisReads}},
		{"unknown of a consumer that loses", func(f []Found) { asCluster(in(f, "sales"), 0) }, Warehouse{Cluster: "sales"}, "sales", writer,
			Change{Unsure, No, []string{"sales is paused"}, BasisPaused}, Change{Yes, No, []string{"sales is paused"}, BasisPaused}},
		{"paused as it is", func(f []Found) { asCluster(in(f, "sales"), 64); in(f, "sales").Status = "paused" }, etlCluster, "sales", writer,
			Change{No, No, []string{"sales is paused as it is"}, ""}, Change{No, No, []string{"sales is paused as it is"}, ""}},
		{"the producer is paused as it is", func(f []Found) { in(f, "etl").Status = "paused" }, etlCluster, "sales", writer,
			Change{Yes, Yes, nil, BasisWrites}, Change{Yes, Yes, nil, BasisReads}},
		{"a consumer that could not be read", func(f []Found) { in(f, "sales").Superuser = false }, etlCluster, "sales", Grantee{Type: Anyone},
			Change{Unsure, Unsure, []string{"sales was read as a user who is no superuser"}, BasisWrites}, Change{Unsure, Unsure, []string{"no superuser"}, BasisReads}},
		{"a consumer that was not looked into", func(f []Found) { in(f, "etl").Outbound[0].Consumers[0].Namespace = "9999" }, etlCluster, "namespace 9999", Grantee{Type: Anyone},
			Change{Unsure, Unsure, []string{"namespace 9999 was not looked into"}, BasisWrites}, Change{Unsure, Unsure, []string{"not looked into"}, BasisReads}},
		{"a warehouse that was not looked into", func([]Found) {}, Warehouse{Cluster: "other"}, "sales", writer, Change{Yes, Yes, nil, ""}, Change{Yes, Yes, nil, ""}},
		{"a producer that was not looked into", func(f []Found) { in(f, "sales").Inbound[0].Namespace = "9999" }, Warehouse{Cluster: "other"}, "sales", writer,
			Change{Unsure, Unsure, []string{"whether the warehouse to be paused is its producer"}, ""}, Change{Unsure, Unsure, []string{"whether the warehouse"}, ""}},
		{"described by account and Region", func([]Found) {}, Warehouse{Cluster: "etl", Account: "111122223333", Region: "eu-central-1"}, "sales", writer,
			Change{Yes, Yes, nil, BasisWrites}, Change{Yes, Yes, nil, BasisReads}},
		{"another account", func([]Found) {}, Warehouse{Cluster: "etl", Account: "999922223333"}, "etl", Grantee{Type: Superusers}, Change{Yes, Yes, nil, ""}, Change{Yes, Yes, nil, ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			found := anyCompany()
			test.change(found)
			d := Drill(found, DrillOptions{Paused: test.paused})
			i := slices.IndexFunc(d.Units, func(u Unit) bool { return u.Warehouse == test.warehouse && u.Identity == test.who })
			if i < 0 {
				t.Fatalf("there is no such unit in\n%s", d)
			}
			for what, c := range map[string][2]Change{"write": {d.Units[i].Write, test.write}, "read": {d.Units[i].Read, test.read}} {
				got, want := c[0], c[1]
				why := strings.Join(got.Why, "; ")
				if got.Before != want.Before || got.After != want.After || got.Basis != want.Basis ||
					len(want.Why) == 0 && why != "" || len(want.Why) > 0 && !strings.Contains(why, want.Why[0]) {
					t.Errorf("%s: got %+v, want %+v", what, got, want)
				}
			}
		})
	}
}

func TestDrillCounts(t *testing.T) {
	found := anyCompany()
	asCluster(in(found, "sales"), 32)
	in(found, "marketing").Superuser = false
	d := Drill(found, DrillOptions{Paused: Warehouse{Cluster: "etl"}})
	got := fmt.Sprintf("%+v", d.Warehouses)
	want := "[{Name:etl NotLookedInto:false Unknown:[] Units:1 Write:0 Lose:1 Unsure:0 Never:0}" +
		" {Name:marketing NotLookedInto:false Unknown:[] Units:3 Write:2 Lose:0 Unsure:1 Never:0}" +
		" {Name:sales NotLookedInto:false Unknown:[] Units:2 Write:0 Lose:0 Unsure:0 Never:2}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if i := slices.IndexFunc(d.Units, func(u Unit) bool { return u.Warehouse == "marketing" && u.Identity == role("writer") }); fmt.Sprint(d.Units[i].Users) != "[alice bob]" {
		t.Errorf("users: %v", d.Units[i].Users)
	}
}

func TestDrillProblems(t *testing.T) {
	if d := Drill(anyCompany(), DrillOptions{Paused: Warehouse{Cluster: "other"}}); d.Paused != "other" || !strings.Contains(d.String(), "The warehouse other is not among those") {
		t.Errorf("got %s", d)
	}
	twice := etl()
	twice.Region, twice.Namespace = "us-east-1", "other"
	found := append(anyCompany(), twice)
	if d := Drill(found, DrillOptions{Paused: Warehouse{Cluster: "etl"}}); !strings.Contains(d.Problem, "Several warehouses are etl") {
		t.Errorf("got %s", d)
	}
	if d := Drill(found, DrillOptions{Paused: Warehouse{Cluster: "etl", Region: "us-east-1"}}); d.Problem != "" || d.Paused != "etl (111122223333, us-east-1)" {
		t.Errorf("got %s", d)
	}
	if d := Drill(anyCompany(), DrillOptions{Paused: Warehouse{Workgroup: "sales"}}); len(d.Notes) != 1 || !strings.Contains(d.Notes[0], "cannot be paused") {
		t.Errorf("got %q", d.Notes)
	}
}

// TestDrillInvariants: before is what the audit has; nobody gains by a pause; only the paused
// warehouse loses; the order of what was found does not matter.
func TestDrillInvariants(t *testing.T) {
	changed := 0
	for seed := range uint64(60) {
		r := randomWorld{rand.New(rand.NewPCG(seed, 1))}
		found := r.world()
		stopped := found[r.IntN(len(found))].Warehouse
		d := Drill(found, DrillOptions{Paused: stopped})
		slices.Reverse(found)
		if !reflect.DeepEqual(d, Drill(found, DrillOptions{Paused: stopped})) {
			t.Fatalf("seed %d: the order of what was found matters", seed)
		}
		audit := Audit(found, AuditOptions{})
		for _, u := range d.Units {
			var write, read Verdict
			for i := range audit.Access {
				a := &audit.Access[i]
				if a.Warehouse != u.Warehouse || a.Identity != u.Identity || a.Datashare != u.Datashare || a.Database != u.Database || a.Producer != u.Producer {
					continue
				}
				for _, v := range []Verdict{Yes, Unsure, No} {
					if a.writes(v) != 0 && better(v, write) {
						write = v
					}
					if a.privileges(v)&selectBit != 0 && better(v, read) {
						read = v
					}
				}
			}
			for _, c := range []struct {
				Change
				want Verdict
			}{{u.Write, write}, {u.Read, read}} {
				if c.Before != c.want || better(c.After, c.Before) || c.After == No && len(c.Why) == 0 {
					t.Fatalf("seed %d: %+v, want %q before", seed, u, c.want)
				}
				if c.After != c.Before {
					changed++
					if u.Warehouse != d.Paused || c.After != No {
						t.Fatalf("seed %d: %s is paused, and %+v changes", seed, d.Paused, u)
					}
				}
			}
		}
	}
	if changed < 100 {
		t.Errorf("only %d units lost something", changed)
	}
}
