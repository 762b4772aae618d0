package retrofit_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// documents returns the WAFV2 examples at SecurityServicePolicyData in the API
// reference, and one with all keys that are known.
func documents(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/service_data/*.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("got %d examples, want 5: %v", len(files), err)
	}
	docs := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		docs[strings.TrimSuffix(filepath.Base(file), ".json")] = string(text)
	}
	return docs
}

// TestRoundTrip compares what is rendered with the example itself, decoded: only
// members that are null may be missing.
func TestRoundTrip(t *testing.T) {
	for name, text := range documents(t) {
		t.Run(name, func(t *testing.T) {
			d := parse(t, text)
			rendered, err := d.Render()
			if err != nil {
				t.Fatal(err)
			}
			got, want := withoutNull(t, rendered), withoutNull(t, text)
			for _, key := range []string{"optimizeUnassociatedWebACL"} { // false is written although absent
				if want[key] == nil && got[key] == false {
					delete(got, key)
				}
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%v\nwant\n%v", got, want)
			}
			if again := parse(t, rendered); !again.Equal(d) || !d.Equal(again) {
				t.Errorf("%s is not equal to itself after rendering", name)
			}
		})
	}
}

func TestFields(t *testing.T) {
	d := parse(t, documents(t)["all_keys"])
	want := retrofit.ManagedID{VendorName: "AWS", ManagedRuleGroupName: "AWSManagedRulesCommonRuleSet", VersionEnabled: true, Version: "Version_1.11"}
	if g := d.PreProcessRuleGroups[0]; !reflect.DeepEqual(*g.Managed, want) || g.RuleGroupType != "ManagedRuleGroup" {
		t.Errorf("got %+v", g)
	}
	g := d.PreProcessRuleGroups[1]
	if g.Managed != nil || !strings.HasSuffix(g.RuleGroupARN, "rulegroup/Baseline/a1b2") || g.OverrideAction.Type != "COUNT" {
		t.Errorf("got %+v", g)
	}
	if l := d.LoggingConfiguration; l == nil || len(l.LogDestinationConfigs) != 1 || len(l.RedactedFields) == 0 {
		t.Errorf("got %+v", l)
	}
	if d.WebACLSource != retrofit.SourceRetrofit || d.DefaultAction.Type != "BLOCK" || d.TokenDomains[0] != "a.com" {
		t.Errorf("got %+v", d)
	}
	if string(d.Other["captchaConfig"]) != `{"immunityTimeProperty":{"immunityTime":500}}` {
		t.Errorf("got %s", d.Other["captchaConfig"])
	}
}

func TestUnknownKeysAreKept(t *testing.T) {
	text := `{"type":"WAFV2","new":{"a":[1,2]},"Type":"x","defaultAction":{"type":"BLOCK","new":1},
		"loggingConfiguration":{"logDestinationConfigs":["arn"],"new":2},
		"preProcessRuleGroups":[{"ruleGroupType":"RuleGroup","new":3,"overrideAction":{"type":"NONE","new":4},
			"managedRuleGroupIdentifier":{"vendorName":"AWS","managedRuleGroupName":"n","new":5}}]}`
	rendered, err := parse(t, text).Render()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"new":{"a":[1,2]}`, `"Type":"x"`, `"new":1`, `"new":2`, `"new":3`, `"new":4`, `"new":5`} {
		if !strings.Contains(rendered, want) {
			t.Errorf("%s is lost in %s", want, rendered)
		}
	}
}

func TestEqual(t *testing.T) {
	const base = `{"type":"WAFV2","preProcessRuleGroups":[],"defaultAction":{"type":"ALLOW"}`
	tests := []struct {
		name, a, b string
		want       bool
	}{
		{"null is absent", base + `,"customResponse":null,"tokenDomains":null,"loggingConfiguration":null}`, base + `}`, true},
		{"null far down", base + `,"new":{"a":[{"b":null,"c":1}]}}`, base + `,"new":{"a":[{"c":1}]}}`, true},
		{"order and white space", `{"defaultAction":{"type":"ALLOW"}, "type" : "WAFV2"}`, base + `}`, true},
		{"default source", base + `,"webACLSource":"DEFAULT"}`, base + `}`, true},
		{"empty lists", base + `,"postProcessRuleGroups":[],"tokenDomains":[]}`, base + `}`, true},
		{"escapes", base + `,"new":"\u0041"}`, base + `,"new":"A"}`, true},
		{"source", base + `,"webACLSource":"RETROFIT_EXISTING"}`, base + `}`, false},
		{"action", `{"type":"WAFV2","defaultAction":{"type":"BLOCK"}}`, base + `}`, false},
		{"unknown key", base + `,"new":1}`, base + `}`, false},
		{"unknown empty list", base + `,"new":[]}`, base + `}`, false},
		{"unknown number", base + `,"new":9007199254740993}`, base + `,"new":9007199254740992}`, false},
		{"order of a list", base + `,"tokenDomains":["a","b"]}`, base + `,"tokenDomains":["b","a"]}`, false},
		{"null in a list", base + `,"new":[null]}`, base + `,"new":[]}`, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, b := parse(t, test.a), parse(t, test.b)
			if a.Equal(b) != test.want || b.Equal(a) != test.want {
				t.Errorf("got %v and %v, want %v", a.Equal(b), b.Equal(a), test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", ``, "unexpected end"},
		{"no object", `[]`, "document: want an object, got a list"},
		{"null", `null`, "document: want an object, got null"},
		{"no type", `{}`, `type is ""`},
		{"other type", `{"type":"WAF"}`, `type is "WAF": only policies of type WAFV2`},
		{"type in another case", `{"Type":"WAFV2"}`, `type is ""`},
		{"type of the type", `{"type":1}`, "type: want a string, got a number"},
		{"trailing data", `{"type":"WAFV2"} {}`, "byte 18"},
		{"key twice", `{"type":"WAFV2","new":1,"new":1}`, `"new" is there twice`},
		{"key twice, spelled otherwise", `{"type":"WAFV2","\u0074ype":"WAFV2"}`, `"type" is there twice`},
		{"key twice far down", `{"type":"WAFV2","new":[{"a":{"b":1,"b":2}}]}`, `"new[0].a.b" is there twice`},
		{"group", `{"type":"WAFV2","preProcessRuleGroups":[{},null]}`, "preProcessRuleGroups[1]: want an object, got null"},
		{"groups", `{"type":"WAFV2","postProcessRuleGroups":{}}`, "postProcessRuleGroups: want a list, got an object"},
		{"boolean", `{"type":"WAFV2","optimizeUnassociatedWebACL":"true"}`, "optimizeUnassociatedWebACL: want true or false, got a string"},
		{"far down", `{"type":"WAFV2","preProcessRuleGroups":[{"managedRuleGroupIdentifier":{"version":2}}]}`,
			"preProcessRuleGroups[0].managedRuleGroupIdentifier.version: want a string, got a number"},
		{"text in a list", `{"type":"WAFV2","tokenDomains":["a",null]}`, "tokenDomains[1]: want a string, got null"},
		{"no UTF-8", "{\"type\":\"WAFV2\",\"a\":\"\xff\"}", "not valid UTF-8"},
		{"too deep", `{"type":"WAFV2","a":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`, "exceeded max depth"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := retrofit.ParseServiceData(test.text)
			if err == nil || !strings.HasPrefix(err.Error(), "retrofit: managed service data: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestRenderRefuses(t *testing.T) {
	raw := func(s string) map[string]json.RawMessage {
		return map[string]json.RawMessage{"defaultAction": json.RawMessage(s)}
	}
	tests := []struct {
		name string
		data retrofit.ServiceData
		want string
	}{
		{"field in Other", retrofit.ServiceData{Type: "WAFV2", DefaultAction: retrofit.DefaultAction{Type: "ALLOW"}, Other: raw(`1`)}, `"defaultAction" in Other`},
		{"no JSON", retrofit.ServiceData{Type: "WAFV2", Other: raw(`{`)}, "defaultAction: byte 1"},
		{"raw field", retrofit.ServiceData{Type: "WAFV2", PreProcessRuleGroups: []retrofit.PolicyRuleGroup{{ExcludeRules: json.RawMessage("x")}}},
			"preProcessRuleGroups[0].excludeRules: byte 1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := test.data.Render(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if !test.data.Equal(test.data) {
				t.Error("not equal to itself")
			}
		})
	}
}

// TestPolicyJSON stores a policy and reads it again, with what has no field.
func TestPolicyJSON(t *testing.T) {
	p := retrofit.Policy{Name: "Org", Region: "eu-central-1", Data: parse(t, documents(t)["all_keys"])}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again retrofit.Policy
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if !again.Data.Equal(p.Data) || !strings.Contains(string(text), `"immunityTime":500`) {
		t.Errorf("got %s", text)
	}
}

func FuzzParseServiceData(f *testing.F) {
	for _, text := range documents(f) {
		f.Add(text)
	}
	f.Add(`{"type":"WAFV2","a":"\ud800","loggingConfiguration":{},"tokenDomains":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := retrofit.ParseServiceData(text)
		if err != nil {
			return
		}
		rendered, err := d.Render()
		if err != nil {
			t.Fatalf("%q is read and not rendered: %v", text, err)
		}
		again, err := retrofit.ParseServiceData(rendered)
		if err != nil || !again.Equal(d) {
			t.Fatalf("%q became %q: %v", text, rendered, err)
		}
		if once, err := again.Render(); err != nil || once != rendered {
			t.Fatalf("%q became %q: %v", rendered, once, err)
		}
	})
}

func parse(t *testing.T, text string) retrofit.ServiceData {
	t.Helper()
	d, err := retrofit.ParseServiceData(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// withoutNull decodes an object, by other means than the package does.
func withoutNull(t *testing.T, text string) map[string]any {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	var drop func(v any)
	drop = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for key, member := range v {
				if member == nil {
					delete(v, key)
				}
				drop(member)
			}
		case []any:
			for _, element := range v {
				drop(element)
			}
		}
	}
	drop(object)
	return object
}
