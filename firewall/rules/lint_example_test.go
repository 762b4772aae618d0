package rules_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// The rule is from AWS's documentation: AWS refuses it, and Suricata drops the United
// Kingdom by it.
func ExampleLint() {
	text, err := rules.Parse(`# all but the US and the UK
drop ip $EXTERNAL_NET any -> $HOME_NET any (msg:"m"; flow:to_server; geoip:src,!US,UK; sid:1;)
`)
	if err != nil {
		fmt.Println(err)
	}
	for _, issue := range rules.Lint(text, rules.LintOptions{Order: rules.StrictOrder}) {
		if issue.Severity != rules.Advice {
			fmt.Printf("line %d, %s: %s\n", issue.Line, issue.Severity, issue.Code)
			fmt.Println("  " + issue.Fix)
		}
	}
	// Output:
	// line 2, misleading: geoip-mixed-negation
	//   write ! before each, or two rules
	// line 2, refused by AWS: geoip-country
	//   use GB
}

func ExampleParseGeoIP() {
	g, err := rules.ParseGeoIP("dest,JP")
	fmt.Println(g.Match, g.Countries, err)
	for _, odd := range g.Odd {
		fmt.Println(odd.Message)
	}
	// Output:
	// any [de JP] <nil>
	// "dest" is not src, dst, any or both: Suricata takes it for the country "de", and looks at both ends of the packet (any)
}
