package retrofit_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/awspatterns/awspatterns/firewall/retrofit"
)

func TestValidate(t *testing.T) {
	own := "arn:aws:wafv2:eu-central-1:111122223333:regional/rulegroup/Baseline/1"
	group := func(p *Policy) *PolicyRuleGroup { return &p.Data.PreProcessRuleGroups[0] }
	logTo := func(arns ...string) func(*Policy) {
		return func(p *Policy) { p.Data.LoggingConfiguration = &LoggingConfiguration{LogDestinationConfigs: arns} }
	}
	ownGroup := func(change func(*PolicyRuleGroup)) func(*Policy) {
		return func(p *Policy) {
			g := PolicyRuleGroup{RuleGroupType: "RuleGroup", RuleGroupARN: own, OverrideAction: DefaultAction{Type: "NONE"}}
			change(&g)
			p.Data.PostProcessRuleGroups = []PolicyRuleGroup{g}
		}
	}
	tests := []struct {
		name   string
		change func(*Policy)
		want   string // empty: it is good
	}{
		{"good", func(*Policy) {}, ""},
		{"name of blanks and letters", func(p *Policy) { p.Name = "Org WAF: all/prod @ Größe" }, ""},
		{"no name", func(p *Policy) { p.Name = "" }, "Name is empty: give"},
		{"long name", func(p *Policy) { p.Name = strings.Repeat("ö", 129) }, "Name has 129 characters: at most 128"},
		{"hostile name", func(p *Policy) { p.Name = "Org\n+ create" }, `Name "Org\n+ create": only letters`},
		{"no region", func(p *Policy) { p.Region = "" }, "Region is empty"},
		{"no type", func(p *Policy) { p.ResourceTypes = nil }, "ResourceTypes is empty: name one or more of AWS::ElasticLoadBalancingV2::LoadBalancer"},
		{"type that policies cannot cover", func(p *Policy) { p.ResourceTypes = []ResourceType{GraphQLAPI} }, `an AWS WAF policy cannot cover "AWS::AppSync::GraphQLApi", only`},
		{"type twice", func(p *Policy) { p.ResourceTypes = []ResourceType{APIStage, APIStage} }, "AWS::ApiGateway::Stage is there twice"},
		{"distributions elsewhere", func(p *Policy) { p.ResourceTypes = []ResourceType{Distribution} }, "is covered by policies in us-east-1 alone"},
		{"distributions", func(p *Policy) { p.ResourceTypes, p.Region = []ResourceType{Distribution}, "us-east-1" }, ""},
		{"no tags", func(p *Policy) { p.Tags = nil }, ""},
		{"empty key", func(p *Policy) { p.Tags = []Tag{{"", "x"}} }, `the key "" must have 1 to 128`},
		{"long value", func(p *Policy) { p.Tags = []Tag{{"k", strings.Repeat("x", 257)}} }, `the value of "k"`},
		{"tag twice", func(p *Policy) { p.Tags = []Tag{{"k", "v"}, {"k", "v"}} }, "k: v is there twice"},
		{"two values", func(p *Policy) { p.Tags = []Tag{{"k", "a"}, {"k", "b"}} }, `no resource has both "a" and "b" as "k": set AnyTag`},
		{"two values, any", func(p *Policy) { p.Tags, p.AnyTag = []Tag{{"k", "a"}, {"k", "b"}}, true }, ""},
		{"many tags", func(p *Policy) { p.Tags, p.AnyTag = make([]Tag, 51), true }, "Tags: 51 are too many"},
		{"account", func(p *Policy) { p.Include.IDs = []string{"1234"} }, `Include.IDs: "1234" is no account`},
		{"unit", func(p *Policy) { p.Exclude.OrgUnits = []string{"Sandbox"} }, `Exclude.OrgUnits: "Sandbox" is no organizational unit`},
		{"both included and excluded", func(p *Policy) { p.Include.IDs, p.Exclude.IDs = []string{account}, []string{account} }, ""},
		{"resource sets", func(p *Policy) { p.ResourceSets = []string{"x"} }, "ResourceSets"},

		{"other service", func(p *Policy) { p.Data.Type = "SHIELD_ADVANCED" }, `Data.Type is "SHIELD_ADVANCED": it must be WAFV2`},
		{"source", func(p *Policy) { p.Data.WebACLSource = "RETROFIT" }, `Data.WebACLSource is "RETROFIT": want DEFAULT or RETROFIT_EXISTING`},
		{"default action", func(p *Policy) { p.Data.DefaultAction.Type = "NONE" }, `Data.DefaultAction is "NONE": want ALLOW or BLOCK`},
		{"override action", func(p *Policy) { group(p).OverrideAction.Type = "" }, `Data.PreProcessRuleGroups[0].OverrideAction is "": want NONE or COUNT`},
		{"group type", func(p *Policy) { group(p).RuleGroupType = "" }, `RuleGroupType is "": want ManagedRuleGroup or RuleGroup`},
		{"managed with ARN", func(p *Policy) { group(p).RuleGroupARN = own }, "RuleGroupARN: a managed rule group has none"},
		{"managed without name", func(p *Policy) { group(p).Managed = nil }, "Data.PreProcessRuleGroups[0].Managed is missing"},
		{"managed without vendor", func(p *Policy) { group(p).Managed.VendorName = "" }, "set both VendorName and ManagedRuleGroupName"},
		{"version enabled", func(p *Policy) { group(p).Managed.VersionEnabled = true }, "Managed.Version is empty: name the version"},
		{"version not enabled", func(p *Policy) { group(p).Managed.Version = "v1" }, `Managed.Version "v1" would not be used: set VersionEnabled`},
		{"version", func(p *Policy) { group(p).Managed.Version, group(p).Managed.VersionEnabled = "v1", true }, ""},
		{"own group", ownGroup(func(*PolicyRuleGroup) {}), ""},
		{"own group without ARN", ownGroup(func(g *PolicyRuleGroup) { g.RuleGroupARN = "" }), `Data.PostProcessRuleGroups[0].RuleGroupARN "" is no rule group`},
		{"web ACL as group", ownGroup(func(g *PolicyRuleGroup) { g.RuleGroupARN = strings.Replace(own, "rulegroup", "webacl", 1) }), "is no rule group of AWS WAF"},
		{"own and managed", ownGroup(func(g *PolicyRuleGroup) { g.Managed = &ManagedID{} }), "Managed: an own rule group has none"},
		{"overrides of an own group", ownGroup(func(g *PolicyRuleGroup) { g.RuleActionOverrides = json.RawMessage(`[{"name":"r"}]`) }), "only managed rule groups take them"},
		{"no overrides of an own group", ownGroup(func(g *PolicyRuleGroup) { g.RuleActionOverrides = json.RawMessage(`[]`) }), ""},

		{"bucket", logTo("arn:aws:s3:::aws-waf-logs-x"), ""},
		{"stream", logTo("arn:aws:firehose:eu-central-1:111122223333:deliverystream/aws-waf-logs-x"), ""},
		{"no destination", logTo(), "LogDestinationConfigs has 0 destinations: give exactly one"},
		{"two destinations", logTo("arn:aws:s3:::aws-waf-logs-x", "arn:aws:s3:::aws-waf-logs-y"), "has 2 destinations"},
		{"log group", logTo("arn:aws:logs:eu-central-1:111122223333:log-group:aws-waf-logs-x"), "Amazon S3 and Amazon Data Firehose only"},
		{"no ARN", logTo("aws-waf-logs-x"), `"aws-waf-logs-x" is no ARN`},
		{"name of the destination", logTo("arn:aws:s3:::logs"), "must begin with aws-waf-logs-"},
		{"redacted fields", func(p *Policy) {
			withLogging(p)
			p.Data.LoggingConfiguration.RedactedFields = json.RawMessage("[" + strings.Repeat("{},", 20) + "{}]")
		}, "RedactedFields has 21 fields: at most 20"},
		{"type of redacted field", func(p *Policy) {
			withLogging(p)
			p.Data.LoggingConfiguration.RedactedFields = json.RawMessage(`[{"redactedFieldType":"BODY"}]`)
		}, `"BODY" is no type of field`},
		{"raw JSON that is none", func(p *Policy) { group(p).ExcludeRules = json.RawMessage("x") }, "preProcessRuleGroups[0].excludeRules"},
		{"too long", func(p *Policy) {
			p.Data.Other = map[string]json.RawMessage{"new": json.RawMessage(`"` + strings.Repeat("x", 30_000) + `"`)}
		}, "at most 30000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := orgPolicy(test.change)
			err := p.Validate()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// TestValidateTellsAll has three faults in three fields.
func TestValidateTellsAll(t *testing.T) {
	err := orgPolicy(func(p *Policy) { p.Name, p.ResourceTypes, p.Data.DefaultAction.Type = "", nil, "" }).Validate()
	for _, want := range []string{"Name", "ResourceTypes", "Data.DefaultAction"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in %v", want, err)
		}
	}
}
