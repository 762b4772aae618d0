package retrofit_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

func TestReadPolicy(t *testing.T) {
	data, err := orgPolicy().Data.Render()
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(data)
	if err != nil {
		t.Fatal(err)
	}
	printed := `{"Policy": {"PolicyId": "a1", "PolicyName": "Org", "PolicyUpdateToken": "1:x", "PolicyStatus": "ACTIVE",
		"SecurityServicePolicyData": {"Type": "WAFV2", "ManagedServiceData": ` + string(quoted) + `},
		"ResourceType": "ResourceTypeList", "ResourceTypeList": ["AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ApiGateway::Stage"],
		"ResourceTags": [{"Key": "Tier", "Value": "Production"}, {"Key": "Empty"}], "ResourceTagLogicalOperator": "OR",
		"ExcludeResourceTags": true, "RemediationEnabled": true, "DeleteUnusedFMManagedResources": true,
		"IncludeMap": {"ACCOUNT": ["111122223333"], "ORG_UNIT": ["ou-ab12-11111111"]}, "ExcludeMap": {"ACCOUNT": ["444455556666"]}},
		"PolicyArn": "arn:aws:fms:eu-central-1:999999999999:policy/a1"}`
	got, err := ReadPolicy(strings.NewReader(printed))
	if err != nil {
		t.Fatal(err)
	}
	want := orgPolicy(cleanUp, func(p *Policy) {
		p.ID, p.UpdateToken, p.Status, p.Admin = "a1", "1:x", "ACTIVE", "999999999999"
		p.ResourceTypes = []ResourceType{LoadBalancer, APIStage}
		p.Tags, p.AnyTag, p.ExcludeTags = []Tag{{"Tier", "Production"}, {"Empty", ""}}, true, true
		p.Include = Accounts{IDs: []string{account}, OrgUnits: []string{"ou-ab12-11111111"}}
		p.Exclude.IDs = []string{"444455556666"}
	})
	if !got.Data.Equal(want.Data) {
		t.Errorf("got %+v, want %+v", got.Data, want.Data)
	}
	got.Data = want.Data
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}

	own, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ReadPolicy(strings.NewReader(string(own)))
	if err != nil || !again.Data.Equal(want.Data) || again.Name != want.Name {
		t.Errorf("got %+v, %v", again, err)
	}
	one := strings.Replace(printed, `"ResourceType": "ResourceTypeList", "ResourceTypeList": [`, `"ResourceType": "AWS::ApiGateway::Stage", "ResourceTypeList": [`, 1)
	if p, err := ReadPolicy(strings.NewReader(one)); err != nil || !reflect.DeepEqual(p.ResourceTypes, []ResourceType{APIStage}) {
		t.Errorf("got %v, %v", p.ResourceTypes, err)
	}
}

func TestReadPolicyRefuses(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", ``, "unexpected end"},
		{"unknown member", `{"nam":"x"}`, `unknown field "nam"`},
		{"trailing data", `{"name":"x"}{}`, "after top-level value"},
		{"no ARN", `{"Policy":{"PolicyName":"x"}}`, `PolicyArn "" does not tell the Region`},
		{"other service", `{"Policy":{"SecurityServicePolicyData":{"Type":"WAF","ManagedServiceData":"{\"type\":\"WAF\"}"}},"PolicyArn":"arn:aws:fms:r:a:policy/x"}`,
			`type is "WAF"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadPolicy(strings.NewReader(test.text))
			if err == nil || !strings.HasPrefix(err.Error(), "retrofit: read policy: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
