package respond_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/golden"
)

func coverage(t *testing.T, opts respond.FindingCoverageOptions) map[string]respond.TypeCoverage {
	t.Helper()
	result, err := respond.FindingCoverage(opts)
	if err != nil {
		t.Fatal(err)
	}
	types := map[string]respond.TypeCoverage{}
	for _, c := range result.Types {
		if _, twice := types[c.Name]; twice || !strings.Contains(c.Name, ":") {
			t.Errorf("%q is there twice, or is no type", c.Name)
		}
		types[c.Name] = c
	}
	return types
}

func TestFindingCoverage(t *testing.T) {
	w := newWorld(awstest.New(t))
	response := func(targets ...respond.Target) respond.OnFindingOptions {
		return respond.OnFindingOptions{Block: respond.BlockOptions{Targets: targets, InstanceTags: map[string]string{"infected": "yes"}}}
	}
	const ssh, dns, file, api = "UnauthorizedAccess:EC2/SSHBruteForce", "CryptoCurrency:EC2/BitcoinTool.B!DNS", "Object:S3/MaliciousFile", "Recon:IAMUser/TorIPCaller"
	tests := []struct {
		name, pattern    string
		response         respond.OnFindingOptions
		kind             string
		matched, handled respond.Coverage
		does, why        string
	}{
		{"all", "", response(w.v4, w.lines), ssh, respond.Yes, respond.Yes, "block address, tag instance", ""},
		{"domain", "", response(w.v4, w.lines), dns, respond.Yes, respond.Yes, "block domain, tag instance", ""},
		{"no target for domains", "", response(w.v4), dns, respond.Yes, respond.Yes, "tag instance", "no target takes domains"},
		{"nothing named", "", response(w.v4), file, respond.Yes, respond.No, "", "no address"},
		{"an address alone", "", response(w.v4), api, respond.Yes, respond.Yes, "block address", ""},
		{"other type", `{"detail":{"type":[{"prefix":"Recon:"}]}}`, response(w.v4), ssh, respond.No, respond.Yes, "block address, tag instance", "does not match"},
		{"severity varies", `{"detail":{"severity":[{"numeric":[">=",4]}]}}`, response(w.v4), ssh, respond.Depends, respond.Yes, "block address, tag instance", "severity"},
		{"severity is high", `{"detail":{"severity":[{"numeric":[">=",7]}]}}`, response(w.v4), dns, respond.Yes, respond.Yes, "tag instance", "no target takes"},
		{"severity is medium", `{"detail":{"severity":[{"numeric":[">=",7]}]}}`, response(w.v4), api, respond.No, respond.Yes, "block address", "does not match"},
		{"severity in the middle", `{"detail":{"severity":[5]}}`, response(w.v4), api, respond.Depends, respond.Yes, "block address", "severity"},
		{"severity in a range", `{"detail":{"severity":[{"numeric":[">",4.5,"<",6.5]}]}}`, response(w.v4), api, respond.Depends, respond.Yes, "block address", "severity"},
		{"of an instance", `{"detail":{"resource":{"instanceDetails":{"tags":{"key":["x"]}}}}}`, response(w.v4), ssh, respond.Depends, respond.Yes, "block address, tag instance", "detail.resource.instanceDetails.tags.key"},
		{"not that, and not the type", `{"detail":{"type":["x"],"id":["y"]}}`, response(w.v4), ssh, respond.No, respond.Yes, "block address, tag instance", "does not match"},
		{"account is not given", `{"account":["111122223333"]}`, response(w.v4), ssh, respond.Depends, respond.Yes, "block address, tag instance", "account"},
		{"or with what is not known", `{"$or":[{"detail":{"type":["x"]}},{"detail":{"id":["y"]}}]}`, response(w.v4), ssh, respond.Depends, respond.Yes, "block address, tag instance", "detail.id"},
		{"filtered", "", respond.OnFindingOptions{Block: response(w.v4).Block, Types: []string{"Recon:*"}}, ssh, respond.Yes, respond.No, "", "its type"},
		{"below", "", respond.OnFindingOptions{Block: response(w.v4).Block, MinSeverity: 7}, api, respond.Yes, respond.No, "", "below 7"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := coverage(t, respond.FindingCoverageOptions{Pattern: []byte(test.pattern), Response: test.response})[test.kind]
			if c.Matched != test.matched || c.Handled != test.handled || strings.Join(c.Does, ", ") != test.does || !strings.Contains(strings.Join(c.Why, ";"), test.why) || test.why == "" && len(c.Why) > 0 {
				t.Errorf("got %+v", c)
			}
		})
	}
	in := respond.FindingCoverageOptions{Pattern: []byte(`{"account":["111122223333"]}`), Account: account, Response: response(w.v4)}
	if c := coverage(t, in)[ssh]; c.Matched != respond.Yes {
		t.Errorf("the account is given: %+v", c)
	}
	for want, opts := range map[string]respond.FindingCoverageOptions{
		"cidr":        {Pattern: []byte(`{"a":[{"cidr":"10.0.0.0/8"}]}`)},
		"want one of": {Response: response(respond.Target{})},
	} {
		if _, err := respond.FindingCoverage(opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestFindingCoverageTable(t *testing.T) {
	w := newWorld(awstest.New(t))
	pattern, err := respond.AlertPattern(alertOptions())
	if err != nil {
		t.Fatal(err)
	}
	result, err := respond.FindingCoverage(respond.FindingCoverageOptions{
		Pattern: pattern, Response: respond.OnFindingOptions{Block: respond.BlockOptions{Targets: []respond.Target{w.v4, w.lines}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	if err := result.WriteTable(&table); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/coverage.txt", table.String())
	text, err := json.Marshal(result)
	var back respond.FindingCoverageResult
	if err != nil || json.Unmarshal(text, &back) != nil || len(back.Types) != len(result.Types) || !slices.Equal(back.Types[1].Why, result.Types[1].Why) {
		t.Errorf("%v: %s", err, text)
	}
}
