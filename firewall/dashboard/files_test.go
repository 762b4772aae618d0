package dashboard_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// TestJSON: what Terraform reads is all there is.
func TestJSON(t *testing.T) {
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{}
	d := render(t, o)
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var kept dashboard.Dashboard
	if err := json.Unmarshal(text, &kept); err != nil || !reflect.DeepEqual(d, kept) {
		t.Errorf("%v: it is not the same", err)
	}
	if err := kept.Validate(); err != nil {
		t.Error(err)
	}
	again, err := json.Marshal(render(t, o))
	if err != nil || string(again) != string(text) {
		t.Errorf("%v: rendered again, it is another one", err)
	}
	var form struct {
		Name  string
		Body  struct{ Widgets []json.RawMessage }
		Rules []struct {
			Name, State string
			Definition  struct{ Contribution struct{ Filters *[]any } }
		}
	}
	if err := json.Unmarshal(text, &form); err != nil || form.Name != "edge-dashboard" || len(form.Body.Widgets) != 60 || len(form.Rules) != 26 {
		t.Errorf("got %v, %s with %d widgets and %d rules", err, form.Name, len(form.Body.Widgets), len(form.Rules))
	}
	for _, r := range form.Rules {
		if r.Definition.Contribution.Filters == nil {
			t.Errorf("%s has no Filters", r.Name)
		}
	}
}

func TestFiles(t *testing.T) {
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{}
	d := render(t, o)
	files := d.Files()
	if len(files) != 1+26+6 {
		t.Errorf("got %d files", len(files))
	}
	if !same(files["dashboard.json"], d.Body.JSON()) {
		t.Error("the body is another one")
	}
	for _, r := range d.Rules {
		if !same(files["rules/"+r.Name+".json"], r.Definition.JSON()) {
			t.Errorf("%s is another one", r.Name)
		}
	}
	var input struct {
		AlarmName string
		Metrics   []struct {
			ID string `json:"Id"`
		}
	}
	if err := json.Unmarshal(files["alarms/NetworkFirewall-NoTraffic-edge.json"], &input); err != nil || input.AlarmName != "NetworkFirewall-NoTraffic-edge" || input.Metrics[0].ID != "m0" {
		t.Errorf("got %+v, %v", input, err)
	}
}

func same(a, b []byte) bool { return string(dashboard.Canonical(a)) == string(dashboard.Canonical(b)) }

func TestCanonical(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a": 1, "b": [1e11]}`, `{"b":[100000000000],"a":1.0}`, true},
		{`{"a": "<&>"}`, `{"a": "\u003c\u0026\u003e"}`, true},
		{`{"a": 1}`, `{"a": 1, "b": null}`, false},
		{`[1, 2]`, `[2, 1]`, false},
		{`{`, `{`, true},
		{`{`, `{ `, false},
	} {
		if got := same([]byte(test.a), []byte(test.b)); got != test.want {
			t.Errorf("%s and %s: got %t", test.a, test.b, got)
		}
	}
}

// FuzzCanonical: the canonical form of a text means the same, and has itself for its
// canonical form.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"widgets": [{"x": 1e2, "title": "a\u0000\ud800"}]}`))
	f.Add([]byte(`{"a": 1, "a": 2}`))
	f.Add([]byte(`not JSON`))
	f.Fuzz(func(t *testing.T, text []byte) {
		canonical := dashboard.Canonical(text)
		if !same(canonical, canonical) || string(dashboard.Canonical(canonical)) != string(canonical) {
			t.Errorf("%q becomes %q, and that something else", text, canonical)
		}
		var before, after any
		if json.Unmarshal(text, &before) != nil {
			return
		}
		if err := json.Unmarshal(canonical, &after); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q means another thing than %q: %v", canonical, text, err)
		}
	})
}

func TestRuleString(t *testing.T) {
	d := render(t, edge())
	for i, want := range map[int]string{
		0:  "counts src_ip, src_port, dest_ip, dest_port in /edge/flow where netflow.age > 350 and proto is TCP",
		2:  "sums netflow.pkts by src_ip in /edge/flow",
		17: "counts src_ip, dest_ip, dest_port in /edge/alert where alert.action is blocked and dest_port is 22 or 23 or 3389",
		20: "counts http.hostname in /edge/alert where alert.action is not blocked",
	} {
		if got := d.Rules[i].Definition.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
