package retrofit

// An Evaluation tells what Firewall Manager will make of each web ACL and each
// resource of a [State] under a [Policy]: what it does, and how they stand once it
// has done so. It is plain data, in a defined order: two evaluations of one state
// are equal byte by byte.
type Evaluation struct {
	Policy    string `json:"policy"` // name
	Region    string `json:"region"`
	Source    string `json:"source"` // of web ACLs: SourceDefault or SourceRetrofit
	Remediate bool   `json:"remediate"`

	WebACLs   []ACLVerdict      `json:"webACLs"`   // by account, Region, name and ARN
	Resources []ResourceVerdict `json:"resources"` // by account, Region, type, name and ARN

	// Created are the web ACLs that Firewall Manager creates for the policy.
	Created []CreatedACL `json:"created,omitempty"`

	// Unread is what could not be read and may hide web ACLs and resources that the
	// policy concerns.
	Unread []Unread `json:"unread,omitempty"`
}

// A Verdict is what becomes of a web ACL or a resource.
type Verdict struct {
	Outcome    Outcome    `json:"outcome"`
	Compliance Compliance `json:"compliance,omitempty"` // empty: Firewall Manager does not judge it

	// Reasons are those that Firewall Manager may give for noncompliance: one of
	// them, where sources leave several.
	Reasons []Reason `json:"reasons,omitempty"`

	Basis Basis  `json:"basis,omitempty"` // of outcome and compliance: the weakest they stand on
	Why   string `json:"why,omitempty"`   // in words
}

// An Outcome is what Firewall Manager does with a web ACL, or with the web ACL of a
// resource.
type Outcome string

// The outcomes.
const (
	Retrofitted   Outcome = "retrofitted"   // the policy's rule groups are put in, or kept up to date
	Created       Outcome = "created"       // the resource had none: it gets one that Firewall Manager makes
	Kept          Outcome = "kept"          // it is the policy's own, made by Firewall Manager, which keeps it up to date
	Replaced      Outcome = "replaced"      // source DEFAULT: the resource gets one that Firewall Manager makes instead
	Delayed       Outcome = "delayed"       // not retrofitted as long as an out-of-scope resource shares it
	Paused        Outcome = "paused"        // retrofitted earlier; no updates as long as an out-of-scope resource shares it
	Left          Outcome = "left"          // as it is
	Disassociated Outcome = "disassociated" // the resource left the scope and loses Firewall Manager's web ACL
	OutOfScope    Outcome = "out of scope"  // of the policy
	Unknown       Outcome = "unknown"       // what was not read could decide either way
)

// A Compliance is what Firewall Manager reports.
type Compliance string

// The compliances. UnknownCompliance is what cannot be told from what was read.
const (
	Compliant         Compliance = "compliant"
	Noncompliant      Compliance = "noncompliant"
	UnknownCompliance Compliance = "unknown"
)

// A Basis says where a verdict comes from.
type Basis string

// The bases, from the strongest to the weakest.
const (
	Documented Basis = "documented" // in the documentation or API reference of AWS
	Article    Basis = "article"    // in AWS's article on retrofitting; the documentation is silent or says otherwise
	Inferred   Basis = "inferred"   // from both, by this library
)

// A Reason is what Firewall Manager may report for noncompliance.
type Reason struct {
	Violation string `json:"violation"`        // value of ViolationReason in the API
	Detail    string `json:"detail,omitempty"` // member of ResourceViolation that GetViolationDetails returns
	Basis     Basis  `json:"basis"`
}

// The values of ViolationReason in the API of Firewall Manager that concern web
// ACLs.
const (
	MissingRuleGroup   = "WEB_ACL_MISSING_RULE_GROUP"
	MissingWebACL      = "RESOURCE_MISSING_WEB_ACL"
	IncorrectWebACL    = "RESOURCE_INCORRECT_WEB_ACL"
	ConfigurationOrUse = "WEB_ACL_CONFIGURATION_OR_SCOPE_OF_USE"
)

// The members of ResourceViolation that concern retrofitting.
const (
	HasOutOfScopeResources       = "WebACLHasOutOfScopeResourcesViolation"
	HasIncompatibleConfiguration = "WebACLHasIncompatibleConfigurationViolation"
)

// An ACLVerdict is the verdict on one web ACL.
type ACLVerdict struct {
	ARN     string `json:"arn"`
	Name    string `json:"name"`
	Account string `json:"account"`
	Region  string `json:"region"`

	Verdict

	// Already: the web ACL has rule groups of this policy, so that Adds and Removes
	// are an update of them.
	Already bool `json:"already,omitempty"`

	// Adds and Removes are the rule groups (see [RuleGroup]) that Firewall Manager
	// puts in and takes out. AddsLogging: it also adds the policy's logging.
	Adds        []string `json:"adds,omitempty"`
	Removes     []string `json:"removes,omitempty"`
	AddsLogging bool     `json:"addsLogging,omitempty"`

	// Capacity is that of all rules, in WCU, and CapacityAfter what it would be with
	// the rule groups of the policy: rule groups that the policy has put in earlier
	// are part of Capacity, and only those that come and go are counted. It is nil if
	// the capacity of one of these is unknown, and where the policy would not retrofit.
	Capacity      int64  `json:"capacity"`
	CapacityAfter *int64 `json:"capacityAfter,omitempty"`

	InScope    int                  `json:"inScope"`              // resources that are known to be
	OutOfScope []OutOfScopeResource `json:"outOfScope,omitempty"` // resources that are known to be, by ARN

	Remedies []Remedy `json:"remedies,omitempty"`
}

// An OutOfScopeResource shares a web ACL with resources of the policy.
type OutOfScopeResource struct {
	ARN string `json:"arn"`
	Why string `json:"why"`
}

// A Remedy is one way to make a web ACL compliant.
type Remedy struct {
	Kind     RemedyKind `json:"kind"`
	Resource string     `json:"resource,omitempty"` // ARN, where it is about one
	Text     string     `json:"text"`               // what to do, with names
}

// A RemedyKind is a way to make a web ACL compliant.
type RemedyKind string

// The remedies: the three that AWS's article names, and what else helps.
const (
	RemedyTag          RemedyKind = "tag"          // tag the resource, so that it is in scope
	RemedyScope        RemedyKind = "scope"        // change the scope of the policy
	RemedyDisassociate RemedyKind = "disassociate" // take the resource off the web ACL
	RemedyConfigure    RemedyKind = "configure"    // change the web ACL
)

// A ResourceVerdict is the verdict on one resource. Its remedies are those of its
// web ACL.
type ResourceVerdict struct {
	ARN     string       `json:"arn"`
	Type    ResourceType `json:"type"`
	Name    string       `json:"name,omitempty"`
	Account string       `json:"account"`
	Region  string       `json:"region"`
	WebACL  string       `json:"webACL,omitempty"` // ARN; that it has now

	Scope Scope `json:"scope"`

	Verdict
}

// A Scope says whether a policy covers a resource.
type Scope string

// The scopes.
const (
	InScope      Scope = "in"
	NotInScope   Scope = "out"
	UnknownScope Scope = "unknown"
)

// A CreatedACL is a web ACL that Firewall Manager creates.
type CreatedACL struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Scope   string `json:"scope"` // REGIONAL or CLOUDFRONT

	// Resources are known to be associated with it: 0 where Firewall Manager makes
	// one for every account in scope (optimizeUnassociatedWebACL is false).
	Resources int `json:"resources"`
}

// Assumptions say what to take for true where AWS's article and documentation
// differ.
type Assumptions struct {
	// IgnoreExistingLogging: a web ACL with logging of its own is compliant although
	// the policy defines logging. By default it is noncompliant, as AWS's article on
	// retrofitting says. The documentation (How Firewall Manager manages web ACLs)
	// only says that the logging is left in place. Rule groups are added either way.
	IgnoreExistingLogging bool
}

// Evaluate tells what Firewall Manager will make of the web ACLs and resources of
// s under p, with no [Assumptions] other than the default ones.
func Evaluate(s State, p Policy) (Evaluation, error) {
	return Assumptions{}.Evaluate(s, p)
}
