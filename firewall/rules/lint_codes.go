package rules

// A Severity says what becomes of a rule with an issue.
type Severity string

// The severities, worst first. What is refused keeps the whole group from being
// created or updated.
const (
	RefusedByAWS      Severity = "refused by AWS"
	RefusedBySuricata Severity = "refused by Suricata"  // and so by AWS, whose engine it is
	NotSupported      Severity = "not supported by AWS" // by its documentation; its API takes it
	NeverMatches      Severity = "never matches"
	Misleading        Severity = "misleading" // it means something else than it seems to
	Advice            Severity = "advice"
)

// A Code is a kind of issue.
type Code string

// The codes of the text and the form of rules.
const (
	CodeParse       Code = "parse"
	CodeContinued   Code = "continued"
	CodeTextSize    Code = "text-size"
	CodeRuleSize    Code = "rule-size"
	CodeCapacity    Code = "capacity"
	CodeMaxCapacity Code = "max-capacity"
	CodeIndented    Code = "indented"
	CodeParentheses Code = "parentheses"
	CodeUpperCase   Code = "upper-case"
)

// The codes of headers.
const (
	CodeAction              Code = "action"
	CodeProtocol            Code = "protocol"
	CodeProtocolUnsupported Code = "protocol-unsupported"
	CodeProtocolStandard    Code = "protocol-standard"
	CodeReject              Code = "reject"
	CodeAddress             Code = "address"
	CodePort                Code = "port"
	CodeVariable            Code = "variable"
	CodeReference           Code = "reference"
	CodeExternalNet         Code = "external-net"
	CodePortICMP            Code = "port-icmp"
	CodePortIP              Code = "port-ip"
	CodePortNegation        Code = "port-negation"
	CodeNetmask             Code = "netmask"
)

// The codes of options.
const (
	CodeSidMissing         Code = "sid-missing"
	CodeSid                Code = "sid"
	CodeSidDuplicate       Code = "sid-duplicate"
	CodeRepeated           Code = "repeated"
	CodeGid                Code = "gid"
	CodeRev                Code = "rev"
	CodeKeyword            Code = "keyword"
	CodeKeywordRefused     Code = "keyword-refused"
	CodeKeywordUnsupported Code = "keyword-unsupported"
	CodeValue              Code = "value"
	CodePcre               Code = "pcre"
	CodePriority           Code = "priority"
	CodeFlow               Code = "flow"
)

// The codes of logging.
const (
	CodePassNotLogged Code = "pass-not-logged"
	CodeAlertUnseen   Code = "alert-unseen"
	CodeNoGeoInLog    Code = "no-geo-in-log"
)

// The codes of geoip.
const (
	CodeGeoIPEmpty         Code = "geoip-empty"
	CodeGeoIPValue         Code = "geoip-value"
	CodeGeoIPNever         Code = "geoip-never"
	CodeGeoIPCountry       Code = "geoip-country"
	CodeGeoIPCase          Code = "geoip-case"
	CodeGeoIPBlank         Code = "geoip-blank"
	CodeGeoIPEmptyItem     Code = "geoip-empty-item"
	CodeGeoIPMatch         Code = "geoip-match"
	CodeGeoIPNoMatch       Code = "geoip-no-match"
	CodeGeoIPMixed         Code = "geoip-mixed-negation"
	CodeGeoIPApplication   Code = "geoip-application"
	CodeGeoIPContradiction Code = "geoip-contradiction"
	CodeGeoIPPrivate       Code = "geoip-private"
	CodeGeoIPHome          Code = "geoip-home"
	CodeGeoIPBoth          Code = "geoip-both"
	CodeGeoIPAny           Code = "geoip-any"
	CodeGeoIPFailOpen      Code = "geoip-fail-open"
	CodeGeoIPUnknown       Code = "geoip-unknown-address"
)

// Severity returns what becomes of a rule with the issue.
func (c Code) Severity() Severity { return byCode[c].severity }

// Source returns where the knowledge comes from.
func (c Code) Source() string { return byCode[c].source }

// Codes returns all codes that Lint knows, in the order of the constants.
func Codes() []Code {
	codes := make([]Code, 0, len(knownCodes))
	for _, k := range knownCodes {
		codes = append(codes, k.code)
	}
	return codes
}

type knownCode struct {
	code     Code
	severity Severity
	source   string
}

// What others tried on the live API, by CreateRuleGroup with DryRun in us-east-1 on
// 2026-09-25, and wrote down with its answers: github.com/badmintoncryer/cdk-preflight.
const preflight = "CreateRuleGroup DryRun of 2026-09-25, cdk-preflight networkfirewall-"

const (
	guide   = "https://docs.aws.amazon.com/network-firewall/latest/developerguide/"
	caveats = guide + "suricata-limitations-caveats.html"
	article = "https://aws.amazon.com/blogs/security/aws-network-firewall-geographic-ip-filtering-launch/"
	tried   = "Suricata 7.0.10, tried"
	geoipC  = "Suricata 7, src/detect-geoip.c, and tried on 7.0.10"
	strict  = guide + "suricata-rule-evaluation-order.html"
)

var byCode = func() map[Code]knownCode {
	codes := make(map[Code]knownCode, len(knownCodes))
	for _, k := range knownCodes {
		codes[k.code] = k
	}
	return codes
}()

var knownCodes = []knownCode{
	{CodeParse, RefusedBySuricata, "Suricata 7, src/detect-parse.c, and tried on 7.0.10"},
	{CodeContinued, RefusedByAWS, preflight + "suricata (lib.rego)"},
	{CodeTextSize, RefusedByAWS, "https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_RulesSource.html"},
	{CodeRuleSize, RefusedByAWS, preflight + "suricata-rule-max-length"},
	{CodeCapacity, RefusedByAWS, preflight + "rulegroup-capacity-stateful"},
	{CodeMaxCapacity, RefusedByAWS, preflight + "rulegroup-capacity-max"},
	{CodeIndented, NeverMatches, tried},
	{CodeParentheses, Advice, tried + "; not tried on AWS"},
	{CodeUpperCase, Advice, tried + "; not tried on AWS"},

	{CodeAction, RefusedByAWS, preflight + "suricata-action-supported"},
	{CodeProtocol, RefusedBySuricata, tried},
	{CodeProtocolUnsupported, NotSupported, caveats},
	{CodeProtocolStandard, RefusedByAWS, "https://docs.aws.amazon.com/network-firewall/latest/APIReference/API_Header.html"},
	{CodeReject, RefusedByAWS, preflight + "suricata-reject-tcp-only"},
	{CodeAddress, RefusedBySuricata, tried},
	{CodePort, RefusedBySuricata, tried},
	{CodeNetmask, Misleading, tried},
	{CodeVariable, RefusedByAWS, preflight + "suricata-variable-defined"},
	{CodeReference, RefusedByAWS, preflight + "suricata-ipset-reference-defined"},
	{CodeExternalNet, Misleading, caveats},
	{CodePortICMP, NeverMatches, tried},
	{CodePortIP, Advice, tried},
	{CodePortNegation, Misleading, "Suricata 7, src/detect-engine-port.c, and tried on 7.0.10"},

	{CodeSidMissing, RefusedByAWS, preflight + "suricata-sid-required"},
	{CodeSid, RefusedBySuricata, tried},
	{CodeSidDuplicate, RefusedByAWS, preflight + "suricata-sid-unique"},
	{CodeRepeated, RefusedBySuricata, tried},
	{CodeGid, RefusedByAWS, preflight + "suricata-gid-not-allowed"},
	{CodeRev, RefusedBySuricata, tried},
	{CodeKeyword, RefusedBySuricata, tried},
	{CodeKeywordRefused, RefusedByAWS, preflight + "suricata-unsupported-keyword"},
	{CodeKeywordUnsupported, NotSupported, caveats + "; the API takes it: " + preflight + "suricata-unsupported-keyword"},
	{CodeValue, RefusedBySuricata, tried},
	{CodePcre, RefusedByAWS, preflight + "suricata-pcre-companion-keyword"},
	{CodePriority, RefusedByAWS, preflight + "suricata-priority-strict-order"},
	{CodeFlow, Advice, "https://aws.github.io/aws-security-services-best-practices/guides/network-firewall/"},

	{CodePassNotLogged, Advice, article},
	{CodeAlertUnseen, Misleading, article + "; " + strict},
	{CodeNoGeoInLog, Advice, article},

	{CodeGeoIPEmpty, NeverMatches, geoipC},
	{CodeGeoIPValue, RefusedBySuricata, geoipC},
	{CodeGeoIPNever, NeverMatches, geoipC},
	{CodeGeoIPCountry, RefusedByAWS, preflight + "suricata-geoip-country-code"},
	{CodeGeoIPCase, Misleading, geoipC + "; AWS takes it: " + preflight + "suricata-geoip-country-code"},
	{CodeGeoIPBlank, Misleading, geoipC},
	{CodeGeoIPEmptyItem, Misleading, geoipC},
	{CodeGeoIPMatch, Misleading, geoipC},
	{CodeGeoIPNoMatch, Advice, geoipC},
	{CodeGeoIPMixed, Misleading, geoipC + "; OISF/suricata#145"},
	{CodeGeoIPApplication, RefusedBySuricata, tried},
	{CodeGeoIPContradiction, NeverMatches, geoipC},
	{CodeGeoIPPrivate, NeverMatches, geoipC},
	{CodeGeoIPHome, Misleading, geoipC},
	{CodeGeoIPBoth, Misleading, geoipC},
	{CodeGeoIPAny, Advice, geoipC},
	{CodeGeoIPFailOpen, Advice, geoipC},
	{CodeGeoIPUnknown, Advice, geoipC},
}
