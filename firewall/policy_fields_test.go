package firewall

import (
	"testing"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// FuzzPolicyFields: a difference is shown if, and only if, two documents do not mean
// the same, and none is shown that has the same text on both sides.
func FuzzPolicyFields(f *testing.F) {
	group := `{"type":"WAFV2","preProcessRuleGroups":[{"ruleGroupType":"RuleGroup","ruleGroupArn":"a"},{"ruleGroupArn":"a","overrideAction":{"type":"COUNT"}}]}`
	for _, seed := range [][2]string{
		{`{"type":"WAFV2"}`, `{"type":"WAFV2","webACLSource":"DEFAULT","tokenDomains":[],"captchaConfig":null}`},
		{group, `{"type":"WAFV2","preProcessRuleGroups":[{"ruleGroupArn":"a"},{"ruleGroupArn":"a"}]}`},
		{group, `{"type":"WAFV2","postProcessRuleGroups":[{"managedRuleGroupIdentifier":{"vendorName":"AWS","x":1e400}}]}`},
		{`{"x":[]}`, `{"x":{"y":[null]}}`},
		{`{"type":"WAFV2","0":[]}`, `{"type":"WAFV2"}`},
		{`{"xRuleGroups":[1,{"a":[]}]}`, `{"xRuleGroups":{"a":"b"}}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		old, err := retrofit.ParseServiceData(a)
		wanted, otherErr := retrofit.ParseServiceData(b)
		if err != nil || otherErr != nil {
			return
		}
		fields, err := policyFields(&retrofit.Policy{Data: old}, retrofit.Policy{Data: wanted})
		if err != nil {
			t.Fatal(err)
		}
		if (len(fields) == 0) != old.Equal(wanted) {
			t.Errorf("equal %t, and %d differences\n%s\n%s", old.Equal(wanted), len(fields), a, b)
		}
		for _, field := range fields {
			if field.Old == field.New {
				t.Errorf("a difference in nothing: %+v\n%s\n%s", field, a, b)
			}
		}
	})
}
