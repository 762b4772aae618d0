package retrofit

import (
	"fmt"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// A change is what the policy would make of the rule groups of a web ACL.
type change struct {
	groupChange
	detailed bool // the rule groups in the web ACL are known
}

// shieldMark begins the name of the rule by which Shield Advanced mitigates
// application layer attacks automatically (AWS WAF developer guide, "Recognizing
// rule groups provided by other services").
const shieldMark = "ShieldMitigationRuleGroup"

// possible finds the facts of a web ACL, all that may be where something is not
// known.
func (e *evaluator) possible(acl *indexedACL) {
	f := facts{logs: acl.Logging != nil && !acl.Logging.Managed}
	for _, rule := range acl.Rules {
		f.mitigate = f.mitigate || strings.HasPrefix(rule, shieldMark)
	}
	if acl.missing("details") {
		acl.owners = anyOwner
		if !strings.HasPrefix(acl.Name, aclMark) {
			acl.owners &^= madeHere | madeElsewhere
		}
		acl.gaps = append(acl.gaps, fmt.Sprintf("the details of web ACL %s could not be read", printable.Escape(acl.Name)))
	} else {
		acl.owners, acl.likely = ownersOf(acl.WebACL, e.Name)
		acl.change = e.changeOf(acl)
		acl.capacity = capacityAfter(acl.Capacity, acl.change.groupChange, e.ruleGroups)
	}
	acl.facts = nil
	for owner := ownAccount; owner <= anyOwner; owner <<= 1 {
		if acl.owners&owner != 0 {
			f.owner = owner
			acl.facts = append(acl.facts, e.variants(acl, f)...)
		}
	}
	e.explain(acl)
}

func (e *evaluator) changeOf(acl *indexedACL) change {
	found := acl.WebACL
	if acl.owners == ownAccount {
		found.Pre, found.Post = nil, nil // what a deleted policy has left stays
	}
	return change{changeGroups(found, e.pre, e.post), true}
}

// variants returns f with every value of what is not known.
func (e *evaluator) variants(acl *indexedACL, f facts) []facts {
	all := []facts{f}
	double := func(set func(*facts)) {
		for _, f := range all {
			set(&f)
			all = append(all, f)
		}
	}
	if !acl.change.detailed {
		double(func(f *facts) { f.current = true })
		double(func(f *facts) { f.mitigate = true })
		double(func(f *facts) { f.over = true })
	} else {
		all[0].current = acl.change.same
		all[0].over = acl.capacity.least > MaxCapacity
		if acl.capacity.least <= MaxCapacity && acl.capacity.most > MaxCapacity {
			double(func(f *facts) { f.over = true })
		}
	}
	if acl.missing("logging") {
		double(func(f *facts) { f.logs = true })
	}
	return all
}

// explain adds to the gaps what of this is not known.
func (e *evaluator) explain(acl *indexedACL) {
	if !acl.change.detailed {
		return
	}
	if acl.owners&(acl.owners-1) != 0 {
		acl.gaps = append(acl.gaps, fmt.Sprintf("which policy web ACL %s belongs to cannot be told from the names of its rule groups", printable.Escape(acl.Name)))
	}
	if acl.capacity.most > MaxCapacity {
		acl.gaps = append(acl.gaps, acl.capacity.gaps...)
	}
	if e.judge.logs && acl.missing("logging") {
		acl.gaps = append(acl.gaps, fmt.Sprintf("the logging of web ACL %s could not be read", printable.Escape(acl.Name)))
	}
}
