package retrofit

import (
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// remedies returns what would make a noncompliant web ACL compliant.
func (e *evaluator) remedies(acl *indexedACL, v ACLVerdict) []Remedy {
	if v.Compliance != Noncompliant || !e.judge.retrofit {
		return nil
	}
	mine := acl.owners&(ownAccount|retrofittedHere) != 0
	switch {
	case mine && len(acl.outside) > 0:
		return e.spoilers(acl)
	case !mine:
		return []Remedy{{RemedyConfigure, "", fmt.Sprintf(
			"give the resources in scope a web ACL of their own, or take them out of the scope of policy %s or of the other one: a web ACL serves one policy", printable.Escape(e.Name))}}
	}
	return e.configure(acl)
}

// spoilers returns the three ways that AWS's article names: tag the resource,
// change the scope of the policy, or disassociate the resource.
func (e *evaluator) spoilers(acl *indexedACL) (remedies []Remedy) {
	var fixes []string
	for _, r := range acl.outside {
		name := nameOf(r.Resource)
		if len(r.misses) == 1 && r.misses[0].by == byTags {
			remedies = append(remedies, Remedy{RemedyTag, r.ARN, fmt.Sprintf("%s: %s", name, r.misses[0].tags)})
		}
		if fix := r.fix(); fix != "" && !slices.Contains(fixes, fix) {
			fixes = append(fixes, fix)
			remedies = append(remedies, Remedy{RemedyScope, "", fmt.Sprintf("the scope of policy %s: %s", printable.Escape(e.Name), fix)})
		}
		remedies = append(remedies, Remedy{RemedyDisassociate, r.ARN, fmt.Sprintf(
			"disassociate %s from web ACL %s; to delete it without that can delay the remedy by up to 24 hours", name, printable.Escape(acl.Name))})
	}
	return remedies
}

// fix returns what to change about the scope of the policy, so that it covers the
// resource; nothing if a policy cannot.
func (c coverage) fix() (fix string) {
	for i, m := range c.misses {
		if m.fix == "" {
			return ""
		}
		if i > 0 {
			fix += ", and "
		}
		fix += m.fix
	}
	return fix
}

// configure returns what to change about the web ACL itself.
func (e *evaluator) configure(acl *indexedACL) (remedies []Remedy) {
	add := func(format string, args ...any) {
		remedies = append(remedies, Remedy{RemedyConfigure, "", fmt.Sprintf(format, args...)})
	}
	name := printable.Escape(acl.Name)
	switch f := acl.facts[0]; {
	case !e.judge.remediate && !f.current:
		add("turn on the remediation of policy %s", printable.Escape(e.Name))
	case f.mitigate:
		add("turn off automatic application layer DDoS mitigation for the resources of web ACL %s", name)
	case f.over:
		add("free %d WCU in web ACL %s, or take rule groups out of policy %s", acl.capacity.least-MaxCapacity, name, printable.Escape(e.Name))
	case e.judge.logs && f.logs:
		add("remove the logging of web ACL %s, so that the policy's is added, or the logging of policy %s", name, printable.Escape(e.Name))
	}
	return remedies
}
