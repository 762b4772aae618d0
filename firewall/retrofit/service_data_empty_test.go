package retrofit

import "testing"

// Of a rule group of one's own, an identifier whose members are all null is none: the
// rule group is known by its ARN.
func TestParseServiceDataEmptyIdentifier(t *testing.T) {
	const arn = "arn:aws:wafv2:us-east-1:111122223333:regional/rulegroup/own/a1"
	group := func(identifier string) string {
		return `{"type":"WAFV2","defaultAction":{"type":"ALLOW"},"preProcessRuleGroups":[{"ruleGroupType":"RuleGroup","ruleGroupArn":"` + arn +
			`","managedRuleGroupIdentifier":` + identifier + `,"overrideAction":{"type":"NONE"}}]}`
	}
	null, err := ParseServiceData(group("null"))
	if err != nil {
		t.Fatal(err)
	}
	for _, identifier := range []string{
		`{}`, `{"vendorName":null,"managedRuleGroupName":null,"version":null,"versionEnabled":null,"managedRuleGroupConfigs":null}`,
	} {
		d, err := ParseServiceData(group(identifier))
		if err != nil {
			t.Fatal(err)
		}
		if id := d.PreProcessRuleGroups[0].ID(); id != arn || !d.Equal(null) {
			t.Errorf("%s: the rule group is %q, want %q, as with null", identifier, id, arn)
		}
	}
	kept, err := ParseServiceData(group(`{"new":1}`))
	if text, _ := kept.Render(); err != nil || kept.Equal(null) {
		t.Errorf("an unknown member is lost: %v, %s", err, text)
	}
}
