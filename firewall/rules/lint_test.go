package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
	"github.com/awspatterns/awspatterns/internal/golden"
)

func lint(text string, opts rules.LintOptions) []rules.Issue {
	parsed, _ := rules.Parse(text)
	return rules.Lint(parsed, opts)
}

// find returns the first issue of a code.
func find(issues []rules.Issue, code rules.Code) (rules.Issue, bool) {
	i := slices.IndexFunc(issues, func(i rules.Issue) bool { return i.Code == code })
	if i < 0 {
		return rules.Issue{}, false
	}
	return issues[i], true
}

// opts returns the options of a case: variables that Suricata was given are declared.
func (r refused) opts(c refusedCase) rules.LintOptions {
	return rules.LintOptions{Order: rules.Order(c.Order), Variables: rules.Variables{IPSets: map[string][]string{}}}
}

// Every text of the corpus has the issue that it is there for, of the severity by
// which it is labelled.
func TestLintRefused(t *testing.T) {
	corpus := readRefused(t)
	for _, c := range corpus.Cases {
		issue, ok := find(lint(c.Text, corpus.opts(c)), rules.Code(c.Code))
		if !ok || string(issue.Severity) != c.Label {
			t.Errorf("%.200s: got %v, want %s [%s]", c.Text, lint(c.Text, corpus.opts(c)), c.Label, c.Code)
		}
		if c.Why == "" || issue.Fix == "" || issue.Source == "" {
			t.Errorf("%.200s: why, fix or source is missing", c.Text)
		}
		if words := quotation(c.Why); c.Label == "refused by AWS" && words != "" && !strings.Contains(issue.Message, words) {
			t.Errorf("%.200s: got %q, want AWS's words %q", c.Text, issue.Message, words)
		}
	}
}

// quotation returns what AWS answers according to a case.
func quotation(why string) string {
	_, words, _ := strings.Cut(why, `CreateRuleGroup answers "`)
	if end := strings.LastIndex(words, `"`); end >= 0 {
		words = words[:end]
	}
	words, _, _ = strings.Cut(words, ", Length")
	return words
}

// A lintCase is a text that has an issue, and one like it that does not.
type lintCase struct {
	code      rules.Code
	bad, good string
	place     rules.Position // of the issue
	opts      rules.LintOptions
}

func ip(options string) string { return "drop ip any any -> any any (" + options + ")" }

var lintCases = []lintCase{
	{code: rules.CodeParse, bad: geoRule + "\nx", good: geoRule + "\n#x", place: rules.Position{Line: 2, Column: 2}},
	{code: rules.CodeContinued, bad: "#\n\n" + `drop ip \`, good: `# drop ip \`, place: rules.Position{Line: 3, Column: 9}},
	{code: rules.CodeTextSize, bad: strings.Repeat("#\n", 1_000_001), good: strings.Repeat("#\n", 1_000_000), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeTextSize, bad: strings.Repeat("é", 2_000_001), good: strings.Repeat("é", 2_000_000), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeRuleSize, bad: sized(8176), good: sized(8175), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeMaxCapacity, bad: numbered(30_001), good: numbered(30_000), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeCapacity, bad: numbered(11), good: numbered(10) + "# " + geoRule, place: rules.Position{Line: 1, Column: 1}, opts: rules.LintOptions{Capacity: 10}},
	{code: rules.CodeIndented, bad: "\n\t" + geoRule, good: geoRule + "\n # " + geoRule, place: rules.Position{Line: 2, Column: 2}},
	{code: rules.CodeParentheses, bad: "drop ip any any -> any any sid:1;", good: ip(`msg:"("; sid:1;`), place: rules.Position{Line: 1, Column: 24}},
	{code: rules.CodeParentheses, bad: "drop ip any any -> any any ((sid:1;)", good: "drop ip any any -> any any ( sid:1; ) ", place: rules.Position{Line: 1, Column: 24}},
	{code: rules.CodeUpperCase, bad: "Drop ip any any -> any any (sid:1;)", good: "drop ip ANY any -> any any (SID:1;)", place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeUpperCase, bad: "drop IP any any -> any any (sid:1;)", good: "drop  ip any any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 1}},

	{code: rules.CodeAction, bad: "log ip any any -> any any (sid:1;)", good: ip("sid:1;"), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeProtocol, bad: "drop https any any -> any any (sid:1;)", good: "drop tls any any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 6}},
	{code: rules.CodeProtocolUnsupported, bad: "drop  sctp any any -> any any (sid:1;)", good: "drop udp any any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 7}},
	{code: rules.CodeProtocolStandard, bad: "drop sip any any -> any any (sid:1;)", good: "drop quic any any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 6}, opts: rules.LintOptions{Standard: true}},
	{code: rules.CodeReject, bad: "reject ip any any -> any any (sid:1;)", good: "reject ssh any any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 8}},
	{code: rules.CodeAddress, bad: "drop ip any any -> [any,10.0.0] any (sid:1;)", good: "drop ip any any -> [any,10.0.0.0] any (sid:1;)", place: rules.Position{Line: 1, Column: 25}},
	{code: rules.CodeAddress, bad: "drop ip !any any -> any any (sid:1;)", good: "drop ip !10.0.0.0/8 any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 9}},
	{code: rules.CodeNetmask, bad: "drop ip [10.0.0.0/8,10.0.0.0/255.0.0.0] any -> any any (sid:1;)", good: "drop ip [10.0.0.0/8,10.0.0.1] any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodePort, bad: "drop tcp any any -> any 80-90 (sid:1;)", good: "drop tcp any any -> any 80:90 (sid:1;)", place: rules.Position{Line: 1, Column: 25}},
	{code: rules.CodePort, bad: "drop tcp any [80,!80] -> any any (sid:1;)", good: "drop tcp any [80,!81] -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 14}},
	{code: rules.CodePortNegation, bad: "drop tcp any any -> any ![80,!81] (sid:1;)", good: "drop tcp any any -> any [80,!81] (sid:1;)", place: rules.Position{Line: 1, Column: 31}},
	{code: rules.CodeVariable, bad: "drop ip ![any,$NET] any -> any any (sid:1;)", good: "drop ip ![10.0.0.1,$HOME_NET,$EXTERNAL_NET] any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 15}},
	{code: rules.CodeVariable, bad: "drop tcp any any -> any $WEB (sid:1;)", good: "drop tcp any any -> $WEB any (sid:1;)", place: rules.Position{Line: 1, Column: 25}, opts: rules.LintOptions{Variables: rules.Variables{IPSets: map[string][]string{"WEB": {"10.0.0.1"}}}}},
	{code: rules.CodeVariable, bad: "drop tcp $WEB any -> any any (sid:1;)", good: "drop tcp any any -> any $WEB (sid:1;)", place: rules.Position{Line: 1, Column: 10}, opts: rules.LintOptions{Variables: rules.Variables{PortSets: map[string][]string{"WEB": {"80"}}}}},
	{code: rules.CodeVariable, bad: "drop ip [$WEBS,$WEB] any -> any any (sid:1;)", good: "drop ip $WEBS any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 16}, opts: rules.LintOptions{Variables: rules.Variables{IPSets: map[string][]string{"WEBS": {"10.0.0.1"}}}}},
	{code: rules.CodeReference, bad: "drop ip @ref any -> any any (sid:1;)", good: "drop ip @known any -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 9}, opts: rules.LintOptions{References: []string{"known"}}},
	{code: rules.CodePortICMP, bad: "drop icmp any any -> any 0: (sid:1;)", good: "drop icmp any ANY -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 26}},
	{code: rules.CodePortIP, bad: "drop ip any 80 -> any any (sid:1;)", good: "drop tcp any 80 -> any any (sid:1;)", place: rules.Position{Line: 1, Column: 13}},

	{code: rules.CodeSidMissing, bad: ip(`msg:"sid:1\;";`), good: ip("sid:1;"), place: rules.Position{Line: 1, Column: 1}},
	{code: rules.CodeSid, bad: ip("sid:0x1;"), good: ip("sid:+01;"), place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeSid, bad: ip("sid:4294967295;"), good: ip("sid:4294967294;"), place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeSidDuplicate, bad: ip("sid:7;") + "\n" + ip("sid:07;"), good: ip("sid:7;") + "\n# " + ip("sid:7;") + "\n" + ip("sid:8;"), place: rules.Position{Line: 2, Column: 1}},
	{code: rules.CodeRepeated, bad: ip("rev:1; sid:1; rev:2;"), good: ip("rev:1; sid:1; metadata:a b; metadata:c d;"), place: rules.Position{Line: 1, Column: 43}},
	{code: rules.CodeGid, bad: ip("gid:1; sid:1;"), good: ip(`msg:"gid:1\;"; sid:1;`), place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeRev, bad: ip("sid:1; rev:0;"), good: ip("sid:1; rev:3;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeKeyword, bad: ip("sid:1; geopi:src,JP;"), good: ip("sid:1; aws_domain_category:Malware;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeKeywordRefused, bad: ip("sid:1; iprep:src,x,>,1;"), good: ip("sid:1; file.data;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeKeywordUnsupported, bad: ip("sid:1; xbits:set,a,track ip_src;"), good: ip("sid:1; xbits:set,a,track tx;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeKeywordUnsupported, bad: ip("sid:1; tag:host,5,packets,src;"), good: ip("sid:1; tag:session,5,packets;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeKeywordUnsupported, bad: ip("sid:1; threshold:type limit,track by_src,count 1,seconds 60;"), good: ip("sid:1; ttl:5;"), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodeValue, bad: ip("sid:1; content:x;"), good: ip(`sid:1; content:! "x"; fast_pattern; noalert:;`), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodePcre, bad: ip(`sid:1; pcre:"/a/"; http.method;`), good: ip(`sid:1; pcre:"/a/"; content:"a";`), place: rules.Position{Line: 1, Column: 36}},
	{code: rules.CodePriority, bad: ip("sid:1; classtype:bad-unknown;"), good: ip(`sid:1; metadata:priority 1;`), place: rules.Position{Line: 1, Column: 36}, opts: rules.LintOptions{Order: rules.StrictOrder}},
	{code: rules.CodeFlow, bad: ip("sid:1;"), good: ip("flow:to_server; sid:1;") + "\ndrop ssh any any -> any any (sid:2;)", place: rules.Position{Line: 1, Column: 1}},

	{code: rules.CodePassNotLogged, bad: "pass ip any any -> any any (sid:1;)", good: "pass ip any any -> any any (alert; sid:1;)", place: rules.Position{Line: 1, Column: 1}},
	{
		code: rules.CodePassNotLogged, opts: rules.LintOptions{Order: rules.StrictOrder}, place: rules.Position{Line: 1, Column: 1},
		bad:  "pass ip any any -> any any (ttl:1; sid:1;)\nalert ip any any -> any any (ttl:1; sid:2;)",
		good: "alert ip any any -> any any (ttl:1; msg:\"x\"; sid:2;)\npass ip any any -> any any (ttl:1; sid:1;)",
	},
	{
		code: rules.CodeAlertUnseen, opts: rules.LintOptions{Order: rules.StrictOrder}, place: rules.Position{Line: 2, Column: 1},
		bad:  "pass ip any any -> any any (ttl:1; sid:1;)\nalert ip any any -> any any (ttl:1; sid:2;)",
		good: "pass ip any any -> any any (ttl:1; sid:1;)\nalert ip any any -> any any (ttl:2; sid:2;)",
	},
	{
		code: rules.CodeAlertUnseen, place: rules.Position{Line: 1, Column: 1},
		bad:  "alert ip any any -> any any (ttl:1; sid:2;)\npass ip any any -> any any (ttl:1; sid:1;)",
		good: "alert ip any any -> any any (ttl:1; sid:2;)\n# pass ip any any -> any any (ttl:1; sid:1;)",
	},
	{code: rules.CodeNoGeoInLog, bad: ip("geoip:src,JP; sid:1;"), good: ip("geoip:src,JP; metadata:geo JP; sid:1;") + "\npass ip any any -> any any (geoip:src,JP; sid:2;)", place: rules.Position{Line: 1, Column: 29}},

	{code: rules.CodeGeoIPEmpty, bad: ip("geoip:src; sid:1;"), good: geoRule, place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPValue, bad: ip("geoip; sid:1;"), good: geoRule, place: rules.Position{Line: 1, Column: 34}},
	{code: rules.CodeGeoIPNever, bad: ip("geoip:src,jp,us; sid:1;"), good: ip("geoip:src,jp,US; sid:1;"), place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPCountry, bad: ip("geoip: src,JP,!UK; sid:1;"), good: geoRule, place: rules.Position{Line: 1, Column: 43}},
	{code: rules.CodeGeoIPCase, bad: ip("geoip:src,jp; sid:1;"), good: geoRule, place: rules.Position{Line: 1, Column: 39}},
	{code: rules.CodeGeoIPBlank, bad: ip("geoip:src, JP; sid:1;"), good: ip("geoip: src,JP ; sid:1;"), place: rules.Position{Line: 1, Column: 39}},
	{code: rules.CodeGeoIPEmptyItem, bad: ip("geoip:src,JP,; sid:1;"), good: geoRule, place: rules.Position{Line: 1, Column: 42}},
	{code: rules.CodeGeoIPMatch, bad: ip("geoip:dest,JP; sid:1;"), good: ip("geoip:dst,JP; sid:1;"), place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPNoMatch, bad: ip("geoip:JP; sid:1;"), good: ip("geoip:any,JP; sid:1;"), place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPMixed, bad: ip("geoip:src,US,!JP,GB; sid:1;"), good: ip("geoip:src,!US,!JP,!GB; sid:1;"), place: rules.Position{Line: 1, Column: 39}},
	{code: rules.CodeGeoIPApplication, bad: ip("geoip:src,JP; http.host; sid:1;"), good: ip("geoip:src,JP; sid:1;") + "\n" + ip("http.host; sid:2;"), place: rules.Position{Line: 1, Column: 43}},
	{code: rules.CodeGeoIPContradiction, bad: ip("geoip:src,JP,US; geoip:both,GB; sid:1;"), good: ip("geoip:src,JP,US; geoip:dst,GB; geoip:any,DE; geoip:src,!US; sid:1;"), place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeGeoIPPrivate, bad: "drop ip 10.1.0.0/16 any -> any any (geoip:src,JP; sid:1;)", good: "drop ip 10.1.0.0/16 any -> any any (geoip:dst,JP; sid:1;)\ndrop ip 10.1.0.0/16 any <> any any (geoip:src,JP; sid:2;)\ndrop ip [10.1.0.0/16,8.8.8.8] any -> any any (geoip:src,JP; sid:3;)", place: rules.Position{Line: 1, Column: 37}},
	{
		code: rules.CodeGeoIPPrivate, bad: "drop ip any any -> $HOME_NET any (geoip:dst,JP; sid:1;)", good: "drop ip !$HOME_NET any -> $HOME_NET any (geoip:src,JP; sid:1;)", place: rules.Position{Line: 1, Column: 35},
		opts: rules.LintOptions{Variables: rules.Variables{IPSets: map[string][]string{"HOME_NET": {"10.0.0.0/8", "fd00::/8"}, "EXTERNAL_NET": {"!$HOME_NET"}}}},
	},
	{code: rules.CodeGeoIPPrivate, bad: "drop ip 10.1.0.0/16 any -> 192.168.0.1 any (geoip:any,JP; sid:1;)", good: "drop ip 10.1.0.0/16 any -> any any (geoip:any,JP; sid:1;)", place: rules.Position{Line: 1, Column: 45}},
	{code: rules.CodeGeoIPPrivate, bad: "drop ip any any -> 192.168.0.1 any (geoip:both,JP; sid:1;)", good: "drop ip any any -> 192.0.2.1 any (geoip:both,JP; sid:1;)", place: rules.Position{Line: 1, Column: 37}},
	{code: rules.CodeGeoIPHome, bad: "drop ip $HOME_NET any -> any any (geoip:src,JP; sid:1;)", good: "drop ip !$HOME_NET any -> any any (geoip:src,JP; sid:1;)\ndrop ip $EXTERNAL_NET any -> $HOME_NET any (geoip:src,JP; sid:2;)", place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPBoth, bad: ip("geoip:both,JP; sid:1;"), good: ip("geoip:any,JP; sid:1;"), place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeGeoIPAny, bad: "drop ip any any -> $HOME_NET any (geoip:any,JP; sid:1;)", good: "drop ip any any -> any any (geoip:any,JP; sid:1;)\ndrop ip any any <> $HOME_NET any (geoip:any,JP; sid:2;)", place: rules.Position{Line: 1, Column: 35}},
	{code: rules.CodeGeoIPFailOpen, bad: ip("geoip:src,!JP; sid:1;"), good: ip("geoip:src,JP; sid:1;") + "\npass ip any any -> any any (geoip:src,!JP; sid:2;)", place: rules.Position{Line: 1, Column: 29}},
	{code: rules.CodeGeoIPUnknown, bad: ip("sid:1;") + "\n" + ip("geoip:src,JP; sid:2;"), good: ip("sid:1;"), place: rules.Position{Line: 2, Column: 29}},
}

func sized(n int) string {
	rule := ip(`msg:""; sid:1;`)
	return strings.Replace(rule, `""`, `"`+strings.Repeat("x", n-len(rule))+`"`, 1)
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "drop ssh any any -> any any (msg:\"m\"; geoip:src,JP; sid:%d;)\n", i+1)
	}
	return b.String()
}

func TestLint(t *testing.T) {
	for i, c := range lintCases {
		t.Run(fmt.Sprintf("%d %s", i, c.code), func(t *testing.T) {
			issues := lint(c.bad, c.opts)
			issue, ok := find(issues, c.code)
			if !ok || issue.Position != c.place {
				t.Errorf("%.200s: got %v, want one at %v", c.bad, issues, c.place)
			}
			if issue.Severity != c.code.Severity() || issue.Source != c.code.Source() || issue.Message == "" || issue.Fix == "" {
				t.Errorf("the issue lacks something: %+v", issue)
			}
			if issue, ok := find(lint(c.good, c.opts), c.code); ok {
				t.Errorf("%.200s: got %v, want none", c.good, issue)
			}
		})
	}
}

// Every code is tried by a case above, and says what becomes of the rule.
func TestLintCodes(t *testing.T) {
	var tried []rules.Code
	for _, c := range lintCases {
		tried = append(tried, c.code)
	}
	for _, code := range rules.Codes() {
		if code.Severity() == "" || code.Source() == "" {
			t.Errorf("%s has no severity or source", code)
		}
		if !slices.Contains(tried, code) && code != rules.CodeExternalNet {
			t.Errorf("%s is not tried", code)
		}
	}
	if rules.Code("other").Severity() != "" {
		t.Error("an unknown code has a severity")
	}
}

func TestLintExternalNet(t *testing.T) {
	home := map[string][]string{"HOME_NET": {"10.0.0.0/8"}}
	both := map[string][]string{"HOME_NET": {"10.0.0.0/8"}, "EXTERNAL_NET": {"!10.0.0.0/8"}}
	for _, c := range []struct {
		sets map[string][]string
		want bool
	}{{nil, false}, {home, true}, {both, false}} {
		issue, ok := find(lint(geoRule, rules.LintOptions{Variables: rules.Variables{IPSets: c.sets}}), rules.CodeExternalNet)
		if ok != c.want || ok && issue.Position != (rules.Position{Line: 1, Column: 1}) {
			t.Errorf("%v: got %v %v, want %v", c.sets, issue, ok, c.want)
		}
	}
}

// A rule as it should be has no issue but the note on unknown addresses.
func TestLintGoodRule(t *testing.T) {
	issues := lint(`drop ip $EXTERNAL_NET any -> $HOME_NET any (msg:"From JP"; flow:to_server; geoip:src,JP,US; metadata:geo JP, geo US; sid:1; rev:2;)`, rules.LintOptions{Order: rules.StrictOrder, Capacity: 1})
	if len(issues) != 1 || issues[0].Code != rules.CodeGeoIPUnknown || issues[0].Sid != 1 {
		t.Errorf("got %v, want the note on unknown addresses", issues)
	}
	if issues := lint("", rules.LintOptions{}); len(issues) != 0 {
		t.Errorf("nothing: got %v", issues)
	}
}

func TestLintKeywordFix(t *testing.T) {
	for word, want := range map[string]string{"geopi": "write geoip", "goip": "write geoip", "contnet": "write content", "xyzzyx": "list-keywords", "http.hots": "write http.host"} {
		issue, _ := find(lint(ip(word+":src,JP; sid:1;"), rules.LintOptions{}), rules.CodeKeyword)
		if !strings.Contains(issue.Fix, want) {
			t.Errorf("%s: got %q, want %q", word, issue.Fix, want)
		}
	}
}

// The keywords that Suricata 7.0.10 took and refused beside geoip when all were tried.
func TestLintGeoIPApplication(t *testing.T) {
	refuses := strings.Fields(readFile(t, "testdata/geoip_refused_beside.txt"))
	takes := strings.Fields(readFile(t, "testdata/geoip_taken_beside.txt"))
	if len(refuses) < 140 || len(takes) < 80 {
		t.Fatalf("got %d and %d keywords", len(refuses), len(takes))
	}
	for _, keyword := range slices.Concat(refuses, takes) {
		_, got := find(lint(ip("geoip:src,JP; "+keyword+":x; sid:1;"), rules.LintOptions{}), rules.CodeGeoIPApplication)
		if want := slices.Contains(refuses, keyword); got != want {
			t.Errorf("%s: got %v, want %v", keyword, got, want)
		}
	}
}

func TestLintArticle(t *testing.T) {
	var b strings.Builder
	for _, order := range []rules.Order{rules.StrictOrder, rules.ActionOrder} {
		fmt.Fprintf(&b, "%s\n", order)
		for _, issue := range lint(readFile(t, "testdata/article.rules"), rules.LintOptions{Order: order}) {
			fmt.Fprintf(&b, "%s\n  %s\n", issue, issue.Source)
		}
	}
	golden.Equal(t, "testdata/article.lint", b.String())
}
