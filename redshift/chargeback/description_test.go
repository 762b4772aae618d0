package chargeback

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/redshift/share"
)

func TestDescriptionDefects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Description)
		want   string // in the error; none if empty
	}{
		{"none", func(*Description) {}, ""},
		{"unit twice", func(d *Description) { d.Units[1].Name = "a" }, `units[1].name: "a" is there twice: it is units[0], too`},
		{"unit without a name", func(d *Description) { d.Units[2].Name = "" }, "units[2].name: empty"},
		{"unit that turns the writing", func(d *Description) { d.Units[2].Name = "x\u202e" }, `units[2].name: x\u202e: has characters that are not printable`},
		{"tag", func(d *Description) { d.Units[2].Tags = map[string]string{"team": "x\n"} }, `units[2].tags["team"]: x\u000a: has`},
		{"cost center", func(d *Description) { d.Units[2].CostCenter = "\x00" }, `units[2].cost_center`},
		{"currency", func(d *Description) { d.Currency = "euro" }, `currency: "euro": not a code`},
		{"no warehouse", func(d *Description) { d.Warehouses = nil }, "warehouses: there is none"},
		{"warehouse twice", func(d *Description) { d.Warehouses = append(d.Warehouses, d.Warehouses[0]) }, "workgroup analytics is there twice: it is warehouses[0], too"},
		{"neither", func(d *Description) { d.Warehouses[0].Workgroup = "" }, "warehouses[0]: neither cluster nor workgroup"},
		{"both", func(d *Description) { d.Warehouses[0].Cluster = "c" }, "warehouses[0]: both a cluster"},
		{"path for a name", func(d *Description) { d.Warehouses[0].Workgroup = "../x" }, `warehouses[0].workgroup: "../x": not a name`},
		{"Region", func(d *Description) { d.Warehouses[0].Region = "../x" }, `warehouses[0].region: "../x"`},
		{"account", func(d *Description) { d.Warehouses[0].Account = "1" }, `warehouses[0].account`},
		{"unit and rules", func(d *Description) { d.Warehouses[0].Unit = "a" }, `warehouses[0].rules: unit "a" pays for all of it`},
		{"no such unit", func(d *Description) { d.Warehouses[1].Unit = "z" }, `warehouses[1].unit: there is no unit "z"`},
		{"no such kind", func(d *Description) { d.Warehouses[0].Rules["gold"] = Rule{Shares: map[string]string{"a": "1"}} }, `rules["gold"]: no such kind`},
		{"empty rule", func(d *Description) { d.Warehouses[0].Rules[Storage] = Rule{} }, `rules["storage"]: 0 of by_storage, by_usage and shares are set`},
		{"two rules", func(d *Description) {
			d.Warehouses[0].Rules[Storage] = Rule{ByUsage: &UsageRule{Rest: "a"}, Shares: map[string]string{"a": "1"}}
		}, `rules["storage"]: 2 of`},
		{"usage of no unit", func(d *Description) { d.Warehouses[0].Rules[Storage] = Rule{ByUsage: &UsageRule{}} }, `by_usage: names no unit`},
		{"unit of a schema", func(d *Description) {
			d.Warehouses[0].Rules[Storage] = Rule{ByStorage: map[string]string{"s": "z"}}
		}, `by_storage["s"]: there is no unit "z"`},
		{"unit of the rest", func(d *Description) { d.Warehouses[0].Rules[Storage] = Rule{ByUsage: &UsageRule{Rest: "z"}} }, `rest: there is no unit "z"`},
		{"user without a name", func(d *Description) { d.Warehouses[0].Rules[""].ByUsage.Users[""] = "a" }, `by_usage.users: empty`},
		{"negative share", func(d *Description) { d.Warehouses[0].Rules[""] = Rule{Shares: map[string]string{"a": "-1"}} }, `shares["a"]: "-1" is not a share`},
		{"huge share", func(d *Description) {
			d.Warehouses[0].Rules[""] = Rule{Shares: map[string]string{"a": "1000000.1"}}
		}, `it is more than 1000000`},
		{"shares of nothing", func(d *Description) {
			d.Warehouses[0].Rules[""] = Rule{Shares: map[string]string{"a": "0", "b": "0.0"}}
		}, `none is more than 0`},
		{"by", func(d *Description) { d.Warehouses[0].By = "moon" }, `warehouses[0].by: "moon"`},
		{"roles without by", func(d *Description) { d.Warehouses[0].Roles = []string{"x"} }, `warehouses[0].roles: by is ""`},
		{"by without roles", func(d *Description) { d.Warehouses[0].By = ByRole }, `warehouses[0].roles: by is role`},
		{"role twice", func(d *Description) { d.Warehouses[0].By, d.Warehouses[0].Roles = ByRole, []string{"x", "x"} }, `roles[1]: "x" is there twice`},
		{"idle", func(d *Description) { d.Warehouses[0].Idle = "x" }, `warehouses[0].idle: "x"`},
		{"idle of nobody", func(d *Description) { d.Warehouses[0].Idle = IdleOwner }, `idle_unit: idle is owner: name`},
		{"idle of no unit", func(d *Description) { d.Warehouses[0].Idle, d.Warehouses[0].IdleUnit = IdleOwner, "z" }, `idle_unit: there is no unit "z"`},
		{"idle unit", func(d *Description) { d.Warehouses[0].IdleUnit = "a" }, `idle_unit: idle is ""`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := workgroupOf("")
			w.Rules = byUsers()
			d := optionsOf(w, clusterOf("c")).Description
			tt.change(&d)
			err := d.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one with %s", err, tt.want)
			}
		})
	}
}

func TestAllDefectsAreNamed(t *testing.T) {
	t.Parallel()
	d := Description{Units: []Unit{{}, {}}, Warehouses: []Warehouse{{Warehouse: share.Warehouse{Workgroup: "UPPER"}, Unit: "none"}}}
	want := []string{
		"chargeback: description: units[0].name: empty", "units[1].name: empty", `units[1].name: "" is there twice: it is units[0], too`,
		`warehouses[0].workgroup: "UPPER": not a name of 1 to 64 lower-case letters, digits and hyphens`,
		`warehouses[0].unit: there is no unit "none": add it to units`,
	}
	if got := fmt.Sprint(d.Validate()); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func FuzzDescription(f *testing.F) {
	w := workgroupOf("")
	w.Rules, w.By, w.Roles, w.Idle, w.IdleUnit = byUsers(), ByRole, []string{"r"}, IdleOwner, "c"
	w.Rules[Storage] = Rule{ByStorage: map[string]string{"dev.sales": "a"}}
	w.Rules[Transfer] = Rule{Shares: map[string]string{"a": "0.25", "b": "3"}}
	seed, err := json.Marshal(optionsOf(w, clusterOf("a")).Description)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"units":[{"name":"a"}],"warehouses":[{"cluster":"c","rules":{"":{"shares":{"a":"1e9"}}}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var d Description
		if json.Unmarshal(data, &d) != nil || d.Validate() != nil {
			return
		}
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Description
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		if err := back.Validate(); err != nil {
			t.Errorf("%s was good, and is not any more: %v", text, err)
		}
	})
}
