package retrofit

import (
	"slices"
	"strings"
)

// owners are the policies and accounts that may own a web ACL; several where it
// cannot be told.
type owners int

const (
	ownAccount        owners = 1 << iota // the account's own, as it made it
	madeHere                             // Firewall Manager made it for this policy
	madeElsewhere                        // and for another one
	retrofittedHere                      // Firewall Manager retrofitted the account's for this policy
	retrofittedBefore                    // and for another one

	anyOwner = ownAccount | madeHere | madeElsewhere | retrofittedHere | retrofittedBefore
)

// Marks of Firewall Manager (AWS WAF developer guide, "How Firewall Manager manages
// web ACLs" and "Rule groups in AWS WAF policies"): a prefix, the name of the
// policy, and the time in milliseconds.
const (
	aclMark  = "FMManagedWebACLV2-"
	preMark  = "PREFMManaged-"
	postMark = "POSTFMManaged-"
)

// maxEntityName is the length of names in AWS WAF (EntityName in its API model).
const maxEntityName = 128

// ownersOf tells who owns a web ACL whose details are known. That a policy
// retrofitted it is not in the API: it is derived from the names of the rule groups
// that Firewall Manager put in. Inferred is whether the name of the policy had to
// be compared without the characters that names in AWS WAF cannot have.
func ownersOf(acl WebACL, policy string) (o owners, inferred bool) {
	switch {
	case acl.Managed:
		match := matchMark(acl.Name, "", policy, aclMark)
		if match == noMark {
			match = matchGroups(acl, policy)
		}
		return match.pick(madeHere, madeElsewhere)
	case acl.Retrofitted:
		return matchGroups(acl, policy).pick(retrofittedHere, retrofittedBefore)
	}
	return ownAccount, false
}

// A match says whether a mark names a policy.
type match int

const (
	noMark   match = iota // there is none, or marks contradict each other
	other                 // it names another policy
	probable              // it names this one, as far as names in AWS WAF can
	exact
)

func (m match) pick(here, elsewhere owners) (owners, bool) {
	switch m {
	case exact:
		return here, false
	case probable:
		return here, true
	case other:
		return elsewhere, false
	}
	return here | elsewhere, false
}

// matchGroups looks at the names of all rule groups of Firewall Manager.
func matchGroups(acl WebACL, policy string) match {
	found := noMark
	for _, g := range slices.Concat(acl.Pre, acl.Post) {
		m := matchMark(g.Name, groupName(g.RuleGroup), policy, preMark, postMark)
		switch {
		case m == noMark:
		case found == noMark:
			found = m
		case (m == other) != (found == other):
			return noMark
		default:
			found = min(m, found)
		}
	}
	return found
}

// matchMark compares a name such as PREFMManaged-POLICY-1621880374078 with a
// policy. Some have the name of the rule group behind that of the policy.
func matchMark(name, group, policy string, prefixes ...string) match {
	policyPart, ok := markedName(name, prefixes)
	if !ok {
		return noMark
	}
	cut := len(name) >= maxEntityName
	best := matchName(policyPart, policy, cut)
	for _, between := range []string{"-", "_"} {
		if shorter, ok := strings.CutSuffix(policyPart, between+group); ok && group != "" {
			best = max(best, min(matchName(shorter, policy, cut), probable))
		}
	}
	return best
}

// markedName returns what stands between one of the prefixes and the time, which
// has 13 digits until the year 2286.
func markedName(name string, prefixes []string) (string, bool) {
	const digits = 13
	for _, prefix := range prefixes {
		rest, ok := strings.CutPrefix(name, prefix)
		at := len(rest) - digits - 1
		if ok && at > 0 && rest[at] == '-' && strings.Trim(rest[at+1:], "0123456789") == "" {
			return rest[:at], true
		}
	}
	return "", false
}

// matchName compares the name in a mark with that of a policy. Policies may have
// letters, blanks and signs in their names that names in AWS WAF cannot have; what
// Firewall Manager makes of them is not documented. Cut is whether the mark is as
// long as names may be.
func matchName(marked, policy string, cut bool) match {
	switch letters := lettersOf(policy); {
	case marked == policy:
		return exact
	case letters == "":
		return noMark
	case strings.IndexFunc(policy, notInNames) >= 0 && lettersOf(marked) == letters:
		return probable
	case cut && strings.HasPrefix(letters, lettersOf(marked)):
		return probable
	}
	return other
}

// notInNames is true of what names in AWS WAF cannot have.
func notInNames(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
}

// lettersOf returns the letters and digits of a name that all names can have.
func lettersOf(name string) string {
	return strings.Map(func(r rune) rune {
		if notInNames(r) || r == '_' || r == '-' {
			return -1
		}
		return r
	}, name)
}

// groupName returns the name of a rule group by its ID: see [RuleGroup].
func groupName(id string) string {
	if strings.HasPrefix(id, "arn:") { // …:SCOPE/rulegroup/NAME/ID
		if path := strings.Split(id, "/"); len(path) == 4 {
			return path[2]
		}
		return ""
	}
	id, _, _ = strings.Cut(id, "@")
	_, name, _ := strings.Cut(id, "/")
	return name
}
