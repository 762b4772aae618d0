package networkfirewall

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
)

var (
	actions     = words("pass drop reject alert")
	rejects     = words("tcp http tls smb ssh smtp dcerpc")
	sides       = words("src dst any both")
	unsupported = words("dataset datarep iprep lua luajit filestore")
)

// countries are the codes that were measured to be taken: those that ISO 3166-1
// assigns, and XK.
var countries = words(`
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ
NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ
UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(text) {
		set[word] = true
	}
	return set
}

// check refuses a rule as the service does.
func (r rule) check(group types.RuleGroup) error {
	if why := r.reason(); why != "" {
		return invalidRule(r.text, why)
	}
	if orderOf(group) == types.RuleOrderStrictOrder && r.has("priority", "classtype") {
		return invalid("RulesString has invalid keywords. Rule groups that use strict order can't have rules that contain the keywords `priority` or `classtype`, parameter: [%s], context: RulesSource.RulesString", r.text)
	}
	return r.checkVariables(group)
}

// reason tells why a rule is refused, whatever the group; it is empty if it is not.
func (r rule) reason() string {
	action, protocol := r.words[0], r.words[1]
	sid, _ := r.option("sid")
	switch {
	case len(r.text)+len(gidOption) >= maxRule:
		return "Rule exceeds max length (8192), Length: " + strconv.Itoa(len(r.text)+len(gidOption)) + "."
	case !actions[action]:
		return "Action " + action + " is not supported"
	case action == "reject" && !rejects[protocol]:
		return protocol + " reject is not supported"
	case r.has("gid"):
		gid, _ := r.option("gid")
		return "GIDs are not allowed. Illegal option(s): [gid:" + gid + "]"
	case sid == "":
		return "sid not assigned"
	case r.has("pcre") && !r.has("tls.sni", "http.host", "dns.query", "http.uri", "content"):
		return `Using "pcre" without one of the following options is not allowed: [tls.sni, http.host, dns.query, http.uri, content].`
	case r.has("geoip") && r.has("http.host", "tls.sni"):
		return "Signature combines packet specific matches (like dsize, flags, ttl) with stream / state matching by matching on app layer proto"
	}
	if n, err := strconv.ParseUint(sid, 10, 32); err != nil || n == 0 || n == 1<<32-1 {
		return "Illegal sid: " + sid
	}
	for _, o := range r.options {
		if unsupported[o.keyword] {
			return "RuleOptions " + o.keyword + " is not supported"
		}
		if o.keyword == "geoip" && !knownCountries(o.value) {
			return "Rule contains an incorrect country code"
		}
	}
	return ""
}

// knownCountries reports whether the value of a geoip keyword holds known codes, in
// either case, and not too many. That a blank makes a code unknown is not measured.
func knownCountries(value string) bool {
	codes := strings.Split(value, ",")
	if sides[codes[0]] {
		codes = codes[1:]
	}
	for _, code := range codes {
		if !countries[strings.ToUpper(strings.TrimPrefix(code, "!"))] {
			return false
		}
	}
	return len(codes) > 0 && len(codes) <= maxCountries
}

var (
	variable  = regexp.MustCompile(`\$([A-Za-z0-9_]+)`)
	reference = regexp.MustCompile(`@([A-Za-z0-9_]+)`)
)

// checkVariables refuses a header with a variable that the group does not declare.
func (r rule) checkVariables(group types.RuleGroup) error {
	for i, word := range r.words {
		for _, m := range variable.FindAllStringSubmatch(word, -1) {
			kind, known := "IPSets", m[1] == "HOME_NET" || m[1] == "EXTERNAL_NET"
			if v := group.RuleVariables; v != nil {
				_, ip := v.IPSets[m[1]]
				_, port := v.PortSets[m[1]]
				known = known || ip || port
			}
			if i == 3 || i == 6 {
				kind = "PortSets"
			}
			if !known {
				return invalid("%s cannot be null or empty, context: RuleVariables.%s.%[1]s", m[1], kind)
			}
		}
		for _, m := range reference.FindAllStringSubmatch(word, -1) {
			known := false
			if sets := group.ReferenceSets; sets != nil {
				_, known = sets.IPSetReferences[m[1]]
			}
			if !known {
				return invalid("%s cannot be null or empty, context: ReferenceSets.IPSetReferences.%[1]s", m[1])
			}
		}
	}
	return nil
}
