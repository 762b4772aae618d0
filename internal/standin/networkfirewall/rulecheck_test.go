package networkfirewall

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
)

func text(rules string) types.RuleGroup {
	return types.RuleGroup{RulesSource: &types.RulesSource{RulesString: &rules}}
}

func strict(r types.RuleGroup) types.RuleGroup {
	r.StatefulRuleOptions = &types.StatefulRuleOptions{RuleOrder: types.RuleOrderStrictOrder}
	return r
}

func standard(action types.StatefulAction, protocol types.StatefulRuleProtocol, options ...types.RuleOption) types.RuleGroup {
	return types.RuleGroup{RulesSource: &types.RulesSource{StatefulRules: []types.StatefulRule{{
		Action: action,
		Header: &types.Header{
			Protocol: protocol, Direction: types.StatefulRuleDirectionForward,
			Source: aws.String("ANY"), SourcePort: aws.String("ANY"), Destination: aws.String("$HOME_NET"), DestinationPort: aws.String("ANY"),
		},
		RuleOptions: options,
	}}}}
}

func domains(targets ...string) types.RuleGroup {
	return types.RuleGroup{RulesSource: &types.RulesSource{RulesSourceList: &types.RulesSourceList{
		GeneratedRulesType: types.GeneratedRulesTypeDenylist, TargetTypes: []types.TargetType{types.TargetTypeHttpHost, types.TargetTypeTlsSni}, Targets: targets,
	}}}
}

func setting(keyword, value string) types.RuleOption {
	return types.RuleOption{Keyword: &keyword, Settings: []string{value}}
}

// What was measured of the service: reasons and what rules consume.
func TestCheckRuleGroup(t *testing.T) {
	declared := text(`drop tcp $MYNET any -> @far $MYPORTS (sid:1;)`)
	declared.RuleVariables = &types.RuleVariables{
		IPSets:   map[string]types.IPSet{"MYNET": {Definition: []string{"10.0.0.0/8"}}},
		PortSets: map[string]types.PortSet{"MYPORTS": {Definition: []string{"80"}}},
	}
	declared.ReferenceSets = &types.ReferenceSets{IPSetReferences: map[string]types.IPSetReference{"far": {ReferenceArn: aws.String("arn:x")}}}
	both := text(`drop ip any any -> any any (sid:1;)`)
	both.RulesSource.RulesSourceList = domains("a.example").RulesSource.RulesSourceList
	tests := []struct {
		name  string
		rules types.RuleGroup
		want  string // of the reason
		uses  int32
	}{
		{name: "two rules, a comment and an empty line", rules: text("# geo\ndrop ip any any -> any any (msg:\"a\\; b\"; geoip:src,JP,XK; sid:1;)\n\npass tls [10.0.0.0/8, 10.1.0.0/16] any <> any 443 (nocase; sid:2;)"), uses: 2},
		{name: "lower-case country", rules: text(`drop ip any any -> any any (geoip:src,!us,!gb; sid:1;)`), uses: 1},
		{name: "no side", rules: text(`drop ip any any -> any any (geoip:US; sid:1;)`), uses: 1},
		{name: "declared variables", rules: declared, uses: 1},
		{name: "variable in an option", rules: text(`drop tcp any any -> any any (content:"$US"; sid:1;)`), uses: 1},
		{name: "domains", rules: domains(".a.example", "b.example"), uses: 7},
		{name: "standard", rules: standard("DROP", "IP", setting("sid", "1"), setting("geoip", "src,!US,GB")), uses: 1},
		{name: "priority in the order of actions", rules: text(`drop tcp any any -> any any (priority:1; sid:1;)`), uses: 1},

		{name: "UK", rules: text(`drop ip any any -> any any (geoip:src,!US,UK; sid:1;)`), want: "Rule contains an incorrect country code"},
		{name: "typo in the side", rules: text(`drop ip any any -> any any (geoip:dest,US; sid:1;)`), want: "incorrect country code"},
		{name: "no country", rules: text(`drop ip any any -> any any (geoip:src; sid:1;)`), want: "incorrect country code"},
		{name: "65 countries", rules: text(`drop ip any any -> any any (geoip:src` + strings.Repeat(",US", 65) + `; sid:1;)`), want: "incorrect country code"},
		{name: "standard, ZZ", rules: standard("DROP", "IP", setting("sid", "1"), setting("geoip", "src,ZZ")), want: "incorrect country code"},
		{name: "no sid", rules: text(`pass tcp any any -> any any (msg:"no sid";)`), want: `rule: pass tcp any any -> any any (msg:"no sid"; gid:1234567890;), reason: sid not assigned`},
		{name: "sid 0", rules: text(`pass tcp any any -> any any (sid:0;)`), want: "sid"},
		{name: "one sid twice", rules: text("pass tcp any any -> any any (sid:1;)\npass udp any any -> any any (sid:1;)"), want: "Duplicate signature"},
		{name: "gid", rules: text(`pass tcp any any -> any any (gid:9; sid:1;)`), want: "GIDs are not allowed. Illegal option(s): [gid:9]"},
		{name: "reject udp", rules: text(`reject udp any any -> any any (sid:1;)`), want: "reason: udp reject is not supported"},
		{name: "standard, reject ip", rules: standard("REJECT", "IP", setting("sid", "1")), want: "reason: ip reject is not supported"},
		{name: "action", rules: text(`log tcp any any -> any any (sid:1;)`), want: "Action log is not supported"},
		{name: "lua", rules: text(`drop tcp any any -> any any (lua:x.lua; sid:1;)`), want: "RuleOptions lua is not supported"},
		{name: "pcre alone", rules: text(`drop tcp any any -> any any (pcre:"/a/"; sid:1;)`), want: `Using "pcre" without`},
		{name: "geoip with http.host", rules: text(`drop http any any -> any any (http.host; content:"a"; geoip:src,JP; sid:1;)`), want: "packet specific matches"},
		{name: "undeclared", rules: text(`drop tcp $MYNET any -> any any (sid:1;)`), want: "MYNET cannot be null or empty, context: RuleVariables.IPSets.MYNET"},
		{name: "not built in", rules: text(`drop tcp any any -> any $HTTP_PORTS (sid:1;)`), want: "HTTP_PORTS cannot be null or empty"},
		{name: "undeclared reference", rules: text(`drop tcp @far any -> any any (sid:1;)`), want: "far cannot be null or empty, context: ReferenceSets"},
		{name: "priority in strict order", rules: strict(text(`drop tcp any any -> any any (priority:1; sid:1;)`)), want: "`priority` or `classtype`"},
		{name: "continued line", rules: text("drop tcp any any -> any any \\\n(sid:1;)"), want: "line continuation"},
		{name: "not closed", rules: text(`drop tcp any any -> any any (sid:1)`), want: "syntax"},
		{name: "semicolon in quotation marks", rules: text(`drop tcp any any -> any any (msg:"a; b"; sid:1;)`), want: "syntax"},
		{name: "no options", rules: text(`drop tcp any any -> any any`), want: "syntax"},
		{name: "both forms", rules: both, want: "must set exactly one of them"},
		{name: "no form", rules: text(""), want: "must set exactly one of them"},
		{name: "domain with an asterisk", rules: domains("*.a.example"), want: "Targets has invalid format, parameter: [*.a.example]"},
		{name: "three rules", rules: text("pass tcp any any -> any any (sid:1;)\npass tcp any any -> any any (sid:2;)\n" + strings.Repeat("#\n", 9) + "pass tcp any any -> any any (sid:3;)"), uses: 3},
		{name: "long rule", rules: text(`pass tcp any any -> any any (sid:1; msg:"` + strings.Repeat("x", 8175-len(`pass tcp any any -> any any (sid:1; msg:"";)`)) + `";)`), uses: 1},
		{name: "longer rule", rules: text(`pass tcp any any -> any any (sid:1; msg:"` + strings.Repeat("x", 8176-len(`pass tcp any any -> any any (sid:1; msg:"";)`)) + `";)`), want: "Rule exceeds max length (8192), Length: 8192."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			uses, err := checkRuleGroup(test.rules, 100)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Fatalf("got error %v, want %q", err, test.want)
			}
			if uses != test.uses {
				t.Errorf("it consumes %d, want %d", uses, test.uses)
			}
			if test.uses > 1 {
				if _, err := checkRuleGroup(test.rules, test.uses-1); err == nil || !strings.Contains(err.Error(), "capacity exceeded") {
					t.Errorf("with less capacity, got error %v", err)
				}
			}
		})
	}
}
