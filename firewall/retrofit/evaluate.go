package retrofit

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Evaluate is the function [Evaluate] under these assumptions.
//
// Evaluate refuses a policy of another type than WAFV2, one with a source of web
// ACLs that is not known, and a state that contradicts itself. It asks for no more,
// so that a policy can be evaluated that Firewall Manager has and
// [Policy.Validate] would refuse.
func (a Assumptions) Evaluate(s State, p Policy) (Evaluation, error) {
	if err := checkPolicy(p); err != nil {
		return Evaluation{}, fmt.Errorf("retrofit: evaluate policy %q: %w", p.Name, err)
	}
	in, err := index(s, p)
	if err != nil {
		return Evaluation{}, fmt.Errorf("retrofit: evaluate policy %q: %w", p.Name, err)
	}
	e := evaluator{input: in, judge: newJudge(p, a)}
	e.pre, e.post = policyGroups(p)
	result := Evaluation{
		Policy: p.Name, Region: p.Region, Remediate: p.Remediate,
		Source: cmp.Or(p.Data.WebACLSource, SourceDefault),
		Unread: e.unread(s),
	}
	result.WebACLs = make([]ACLVerdict, 0, len(in.acls))
	result.Resources = make([]ResourceVerdict, 0, len(in.resources))
	for i := range in.acls {
		result.WebACLs = append(result.WebACLs, e.webACL(&in.acls[i]))
	}
	for i := range in.resources {
		result.Resources = append(result.Resources, e.resource(&in.resources[i]))
	}
	result.Created = e.created(s, result)
	result.sort()
	return result, nil
}

func checkPolicy(p Policy) error {
	switch {
	case p.Data.Type != typeWAF:
		return fmt.Errorf("Data.Type is %q: only policies of type %s can retrofit", p.Data.Type, typeWAF)
	case !slices.Contains([]string{"", SourceDefault, SourceRetrofit}, p.Data.WebACLSource):
		return fmt.Errorf("Data.WebACLSource %q is not known: want %s or %s", p.Data.WebACLSource, SourceDefault, SourceRetrofit)
	case p.Name == "":
		return errors.New("empty Name: what the policy has retrofitted is known by it")
	case p.Region == "":
		return errors.New("empty Region: name the Region that the policy is in")
	}
	return nil
}

// An evaluator judges what was indexed.
type evaluator struct {
	*input
	judge     judge
	pre, post []groupRef // of the policy
}

// webACL judges a web ACL and remembers what is possible for its resources.
func (e *evaluator) webACL(acl *indexedACL) ACLVerdict {
	v := ACLVerdict{ARN: acl.ARN, Name: acl.Name, Account: acl.Account, Region: acl.Region, Capacity: acl.Capacity}
	e.count(acl)
	for _, r := range acl.outside {
		v.OutOfScope = append(v.OutOfScope, OutOfScopeResource{r.ARN, r.why()})
	}
	v.InScope = acl.inScope
	e.possible(acl)
	acl.gaps = atMostGaps(acl.gaps)

	var t tally
	for _, use := range acl.uses {
		for _, f := range acl.facts {
			f.in, f.out = use&usedIn != 0, use&usedOut != 0
			t.add(acl.doubted(e.judge.acl(f)))
		}
	}
	v.Verdict = t.verdict(acl.gaps)
	e.describeChange(acl, &v)
	v.Remedies = e.remedies(acl, v)
	return v
}

// describeChange tells what is put into a web ACL and what it then needs.
func (e *evaluator) describeChange(acl *indexedACL, v *ACLVerdict) {
	v.Already = acl.owners == retrofittedHere || acl.owners == madeHere
	if e.wouldRetrofit(acl, v) && acl.capacity.least == acl.capacity.most {
		v.CapacityAfter = &acl.capacity.least
	}
	if v.Outcome != Retrofitted && (v.Outcome != Kept || !e.judge.remediate) {
		return
	}
	v.Adds, v.Removes = acl.change.adds, acl.change.removes
	v.AddsLogging = e.judge.logs && acl.Logging == nil && !acl.missing("logging")
}

func (e *evaluator) wouldRetrofit(acl *indexedACL, v *ACLVerdict) bool {
	mine := acl.owners == ownAccount || acl.owners == retrofittedHere
	return e.judge.retrofit && mine && acl.change.detailed && v.Outcome != OutOfScope
}

// resource judges a resource by its scope and its web ACL.
func (e *evaluator) resource(r *indexedResource) ResourceVerdict {
	v := ResourceVerdict{
		ARN: r.ARN, Type: r.Type, Name: r.Name, Account: r.Account, Region: r.Region, WebACL: r.webACL(), Scope: r.scope(),
	}
	switch v.Scope {
	case NotInScope:
		v.Verdict = e.outside(r)
	case UnknownScope:
		var t tally
		t.add(Verdict{Outcome: OutOfScope, Basis: Documented})
		t.add(Verdict{Outcome: Unknown, Compliance: UnknownCompliance, Basis: Documented})
		v.Verdict = t.verdict(r.gaps)
	default:
		v.Verdict = e.inside(r)
	}
	return v
}

// outside judges a resource out of scope. It matters only whether it has the
// policy's own web ACL, which Firewall Manager gives to types that policies cover.
func (e *evaluator) outside(r *indexedResource) Verdict {
	var t tally
	gaps := slices.Clone(r.aclGaps)
	if len(r.acls) == 0 || !slices.Contains(policyTypes, r.Type) {
		t.add(e.judge.outside(ownAccount))
	}
	if slices.Contains(policyTypes, r.Type) {
		if len(r.acls) == 0 && len(gaps) > 0 {
			t.add(e.judge.outside(madeHere))
		}
		for _, acl := range r.acls {
			gaps = append(gaps, acl.gaps...)
			for _, f := range acl.facts {
				t.add(acl.doubted(e.judge.outside(f.owner)))
			}
		}
	}
	v := t.verdict(gaps)
	v.Why = r.why() + "; " + v.Why
	return v
}

// inside judges a resource in scope.
func (e *evaluator) inside(r *indexedResource) Verdict {
	var t tally
	gaps := slices.Clone(r.aclGaps)
	switch {
	case len(r.acls) > 0:
		for _, acl := range r.acls {
			gaps = append(gaps, acl.gaps...)
			e.ofACL(acl, &t)
		}
	case len(gaps) > 0: // it may have any or none
		t.add(e.judge.bare())
		t.add(Verdict{Outcome: Unknown, Compliance: UnknownCompliance, Basis: Inferred})
	case r.WebACL != "":
		t.add(e.judge.classic())
	default:
		t.add(e.judge.bare())
	}
	return t.verdict(gaps)
}

func (e *evaluator) ofACL(acl *indexedACL, t *tally) {
	for _, use := range acl.uses {
		for _, f := range acl.facts {
			f.in, f.out = true, use&usedOut != 0 // the resource itself is in scope
			t.add(acl.doubted(e.judge.resource(f)))
		}
	}
}

// doubted returns a verdict on the web ACL with the basis that knowledge of its
// owner has.
func (acl *indexedACL) doubted(v Verdict) Verdict {
	if acl.likely {
		v.Basis = Inferred
	}
	return v
}

// A tally joins the verdicts on all that is possible: what they agree on is
// certain.
type tally struct {
	v      Verdict
	whys   []string
	differ bool
}

func (t *tally) add(v Verdict) {
	first := len(t.whys) == 0
	if !slices.Contains(t.whys, v.Why) {
		t.whys = append(t.whys, v.Why)
	}
	if first {
		t.v = v
		t.v.Reasons = slices.Clone(v.Reasons)
		return
	}
	if t.v.Outcome != v.Outcome {
		t.v.Outcome, t.differ = Unknown, true
	}
	if t.v.Compliance != v.Compliance {
		t.v.Compliance, t.differ = UnknownCompliance, true
	}
	for _, r := range v.Reasons {
		if !slices.Contains(t.v.Reasons, r) {
			t.v.Reasons = append(t.v.Reasons, r)
		}
	}
	t.v.Basis = weaker(t.v.Basis, v.Basis)
}

func weaker(a, b Basis) Basis {
	order := []Basis{Documented, Article, Inferred}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

func (t *tally) verdict(gaps []string) Verdict {
	v := t.v
	if !t.differ {
		v.Why = strings.Join(t.whys, "; or ")
		return v
	}
	why := strings.Join(unique(gaps), ", ")
	v.Why = "it depends: " + why
	if v.Compliance == Noncompliant {
		v.Why = "noncompliant in any case; what is done depends: " + why
	}
	return v
}

func unique(gaps []string) (rest []string) {
	for _, gap := range gaps {
		if len(rest) > 2*maxGaps {
			return append(rest, "…")
		}
		if !slices.Contains(rest, gap) {
			rest = append(rest, gap)
		}
	}
	return rest
}

// maxGaps is how many gaps of a web ACL are named, lest many resources that share
// it name each other.
const maxGaps = 5

func atMostGaps(gaps []string) []string {
	gaps = slices.Compact(slices.Sorted(slices.Values(gaps)))
	if more := len(gaps) - maxGaps; more > 0 {
		gaps = append(gaps[:maxGaps], fmt.Sprintf("and %d more", more))
	}
	return gaps
}

func (e *Evaluation) sort() {
	slices.SortFunc(e.WebACLs, func(a, b ACLVerdict) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN))
	})
	slices.SortFunc(e.Resources, func(a, b ResourceVerdict) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Type, b.Type), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN))
	})
}
