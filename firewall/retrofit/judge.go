package retrofit

// A judge knows what of a policy decides, apart from its scope.
type judge struct {
	retrofit  bool // the source of web ACLs is RETROFIT_EXISTING
	remediate bool
	override  bool // source DEFAULT: web ACLs of accounts are replaced
	logs      bool // the policy defines logging
	cleanUp   bool
	optimize  bool
	dormant   bool // the policy is out of its administrator's scope

	ignoreLogging bool
}

func newJudge(p Policy, a Assumptions) judge {
	return judge{
		retrofit:      p.Data.WebACLSource == SourceRetrofit,
		remediate:     p.Remediate,
		override:      p.Data.OverrideCustomerWebACLAssociation,
		logs:          p.Data.LoggingConfiguration != nil,
		cleanUp:       p.CleanUp,
		optimize:      p.Data.OptimizeUnassociatedWebACL,
		dormant:       p.Status == "OUT_OF_ADMIN_SCOPE",
		ignoreLogging: a.IgnoreExistingLogging,
	}
}

// facts are what decides about a web ACL that is known in full. Where something is
// not known, all facts that are possible are judged.
type facts struct {
	owner    owners // one
	in, out  bool   // a resource of it is in scope, and one is not
	current  bool   // it has the policy's rule groups
	logs     bool   // the account has set up logging
	mitigate bool   // Shield Advanced has put its mitigation in
	over     bool   // the policy's rule groups would not fit
}

// acl judges a web ACL.
func (j judge) acl(f facts) Verdict {
	switch {
	case !f.in:
		return j.unused(f)
	case j.dormant:
		return dormant
	case !j.retrofit:
		return j.aclByDefault(f)
	}
	v := j.shared(f)
	if v.Compliance == Compliant && j.logs && f.logs && !j.ignoreLogging && f.owner != madeHere {
		v.Compliance, v.Basis, v.Reasons = Noncompliant, Article, []Reason{incompatible}
		v.Why = "it has logging of its own, which is left in place; by AWS's article that makes it noncompliant, the documentation does not say so"
	}
	return v
}

// shared judges a web ACL with resources in scope under RETROFIT_EXISTING, apart
// from its logging. It holds for these resources, too.
func (j judge) shared(f facts) Verdict {
	switch {
	case f.owner == retrofittedBefore:
		return Verdict{Left, Noncompliant, []Reason{incompatible}, Article, "another policy has retrofitted it"}
	case f.owner == madeElsewhere:
		return Verdict{Left, Noncompliant, []Reason{incorrect, incompatible}, Article, "Firewall Manager made it for another policy"}
	case f.owner == madeHere:
		return j.own(f)
	case f.out:
		return j.spoiled(f)
	case f.mitigate:
		return Verdict{Left, Noncompliant, []Reason{incompatible, incorrect}, Documented,
			"Shield Advanced mitigates application layer attacks in it automatically: Firewall Manager cannot apply the policy"}
	case f.current && f.owner == retrofittedHere:
		return j.upToDate()
	case !j.remediate:
		return Verdict{Left, Noncompliant, []Reason{missingGroup, configuration}, Inferred, "it lacks rule groups of the policy, which does not remediate"}
	case f.over:
		return Verdict{Left, Noncompliant, []Reason{incompatible, incorrect}, Inferred, "with the rule groups of the policy it would exceed its capacity"}
	case f.owner == retrofittedHere:
		return Verdict{Retrofitted, Compliant, nil, Article, "the policy has retrofitted it, and updates it"}
	}
	return Verdict{Retrofitted, Compliant, nil, Documented, "the account made it, and all its resources are in scope"}
}

func (j judge) upToDate() Verdict {
	if !j.remediate {
		return Verdict{Left, Compliant, nil, Inferred, "the policy has retrofitted it earlier, and it has the rule groups of the policy"}
	}
	return Verdict{Retrofitted, Compliant, nil, Article, "the policy has retrofitted it"}
}

func (j judge) spoiled(f facts) Verdict {
	v := Verdict{Delayed, Noncompliant, []Reason{outOfScope}, Documented, "an out-of-scope resource shares it: it is not retrofitted until that changes"}
	if f.owner == retrofittedHere {
		v.Outcome, v.Basis = Paused, Article
		v.Why = "an out-of-scope resource shares it: its rule groups stay, and are not updated until that changes"
	}
	if !j.remediate {
		v.Outcome, v.Why = Left, "an out-of-scope resource shares it, and the policy does not remediate"
	}
	return v
}

// own judges a web ACL that Firewall Manager made for this policy. It is kept,
// whatever shares it.
func (j judge) own(f facts) Verdict {
	switch {
	case f.current:
		return Verdict{Kept, Compliant, nil, Documented, "Firewall Manager made it for this policy"}
	case !j.remediate:
		return Verdict{Left, Noncompliant, []Reason{missingGroup}, Inferred, "it lacks rule groups of the policy, which does not remediate"}
	}
	return Verdict{Kept, Compliant, nil, Documented,
		"Firewall Manager made it for this policy and updates it; until then it may report " + MissingRuleGroup}
}

// unused judges a web ACL that no resource in scope has.
func (j judge) unused(f facts) Verdict {
	switch f.owner {
	case madeHere:
		return Verdict{Kept, "", nil, Documented, "Firewall Manager made it for this policy, and no resource in scope has it"}
	case retrofittedHere:
		return Verdict{Left, "", nil, Inferred, "no resource of it is in scope any more: its rule groups stay in place"}
	}
	return Verdict{OutOfScope, "", nil, Documented, "no resource of it is in scope"}
}

// aclByDefault judges a web ACL with resources in scope under the source DEFAULT,
// which leaves web ACLs as they are.
func (j judge) aclByDefault(f facts) Verdict {
	switch {
	case f.owner == madeHere:
		return j.own(f)
	case f.owner == retrofittedHere:
		return revoked
	case f.owner == ownAccount && j.remediate && j.override && !f.mitigate:
		return Verdict{Replaced, "", nil, Documented, "its resources in scope get the web ACL of the policy instead"}
	}
	return Verdict{Left, "", nil, Documented, "the policy does not change web ACLs that it did not make"}
}

// resource judges a resource in scope by its web ACL.
func (j judge) resource(f facts) Verdict {
	switch {
	case j.dormant:
		return dormant
	case !j.retrofit:
		return j.resourceByDefault(f)
	}
	v := j.shared(f)
	if v.Compliance == Compliant && j.logs && f.logs && !j.ignoreLogging && f.owner != madeHere {
		v.Basis, v.Why = Inferred, "for its logging AWS's article calls the web ACL noncompliant, and does not name its resources"
	}
	return v
}

// resourceByDefault judges a resource that has a web ACL under the source DEFAULT.
func (j judge) resourceByDefault(f facts) Verdict {
	left := func(b Basis, why string) Verdict { return Verdict{Left, Noncompliant, []Reason{incorrect}, b, why} }
	switch {
	case f.owner == madeHere:
		return j.own(f)
	case f.owner == retrofittedHere:
		return revoked
	case f.owner != ownAccount:
		return left(Inferred, "its web ACL belongs to another policy")
	case f.mitigate:
		return left(Documented, "Shield Advanced mitigates application layer attacks on it automatically: Firewall Manager cannot apply the policy")
	case !j.remediate:
		return left(Documented, "it has a web ACL of the account, and the policy does not remediate")
	case j.override:
		return Verdict{Replaced, Compliant, nil, Documented, "it gets the web ACL of the policy instead of the account's"}
	}
	return left(Inferred, "it has a web ACL of the account, which the policy does not replace")
}

// bare judges a resource in scope that has no web ACL.
func (j judge) bare() Verdict {
	switch {
	case j.dormant:
		return dormant
	case j.remediate:
		return Verdict{Created, Compliant, nil, Documented,
			"it has no web ACL: it gets one that Firewall Manager makes for the policy; until then it may report " + MissingWebACL}
	}
	return Verdict{Left, Noncompliant, []Reason{missingACL}, Documented, "it has no web ACL, and the policy does not remediate"}
}

// classic judges a resource in scope with a web ACL of AWS WAF Classic.
func (j judge) classic() Verdict {
	switch {
	case j.dormant:
		return dormant
	case !j.retrofit && j.remediate && j.override:
		return Verdict{Replaced, Compliant, nil, Documented, "it gets the web ACL of the policy instead of one of AWS WAF Classic"}
	}
	return Verdict{Left, Noncompliant, []Reason{incorrect}, Inferred, "its web ACL is one of AWS WAF Classic, which cannot be retrofitted"}
}

// outside judges a resource out of scope by the owner of its web ACL.
func (j judge) outside(owner owners) Verdict {
	switch {
	case owner != madeHere:
		return Verdict{OutOfScope, "", nil, Documented, "the policy does not look at it"}
	case j.dormant:
		return Verdict{OutOfScope, "", nil, Documented, "it keeps the web ACL of the policy"}
	case j.cleanUp:
		return Verdict{Disassociated, "", nil, Documented, "it left the scope: Firewall Manager takes the web ACL of the policy off it"}
	case j.optimize:
		return Verdict{Unknown, "", nil, Documented,
			"it left the scope: by deleteUnusedFMManagedResources it keeps the web ACL of the policy, by optimizeUnassociatedWebACL it loses it"}
	}
	return Verdict{OutOfScope, "", nil, Documented, "it left the scope, and keeps the web ACL of the policy"}
}

var (
	dormant = Verdict{Left, UnknownCompliance, nil, Documented,
		"the policy is out of its administrator's scope: what it protects stays so, and nothing is added"}
	revoked = Verdict{Unknown, UnknownCompliance, nil, Inferred,
		"the policy has retrofitted its web ACL: what becomes of that under the source DEFAULT is not documented"}
)

// The reasons. Which value of ViolationReason goes with a case is not documented:
// only the members of ResourceViolation say what they are for.
var (
	outOfScope    = Reason{ConfigurationOrUse, HasOutOfScopeResources, Documented}
	incompatible  = Reason{ConfigurationOrUse, HasIncompatibleConfiguration, Inferred}
	configuration = Reason{Violation: ConfigurationOrUse, Basis: Inferred}
	incorrect     = Reason{Violation: IncorrectWebACL, Basis: Inferred}
	missingGroup  = Reason{Violation: MissingRuleGroup, Basis: Inferred}
	missingACL    = Reason{Violation: MissingWebACL, Basis: Inferred}
)
