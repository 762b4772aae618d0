// Package retrofit tells what AWS Firewall Manager will do to the web ACLs of an
// organization under an AWS WAF policy whose source of web ACLs is
// RETROFIT_EXISTING. It is pure: it takes what was read and imports no AWS SDK.
//
// A [State] is what was read, a [Policy] what there is or shall be, and [Evaluate]
// gives an [Evaluation] of both: a verdict for each web ACL and resource, with the
// reason, what it is based on, and remedies. [Diff] compares two, so that "what if I
// change the scope?" is a second evaluation. What is not in the state is tried with
// every value that it may have: only what all of them lead to is told for certain.
//
// Sources are the page "How Firewall Manager manages web ACLs" of the developer
// guide of AWS WAF, the API references of Firewall Manager and AWS WAF, and AWS's
// article "AWS Firewall Manager retrofitting: Harmonizing central security with
// application team flexibility". Where they differ or are silent, [Basis] says so.
package retrofit

// StateFormat is the version of the JSON form of a [State].
const StateFormat = 1

// A State is what was read of the web ACLs of some accounts and of what they
// protect. It is plain data: it is exported as JSON, kept, and evaluated without
// credentials. What could not be read is in Unread, and is unknown, not absent.
type State struct {
	Format     int         `json:"format"` // StateFormat
	Accounts   []Account   `json:"accounts"`
	Resources  []Resource  `json:"resources"`
	WebACLs    []WebACL    `json:"webACLs"`
	RuleGroups []RuleGroup `json:"ruleGroups,omitempty"` // of policies, for their capacity
	Unread     []Unread    `json:"unread,omitempty"`
}

// An Account that was asked for.
type Account struct {
	ID string `json:"id"`

	// OrgUnits are the organizational unit that the account is in and all above it,
	// without the root. Nil is unknown; empty is an account below the root itself.
	OrgUnits []string `json:"orgUnits"`

	Regions []string `json:"regions"` // that were asked for
}

// A Resource is something that a web ACL can protect.
type Resource struct {
	ARN     string       `json:"arn"`
	Type    ResourceType `json:"type"`
	Name    string       `json:"name,omitempty"`
	Account string       `json:"account"`
	Region  string       `json:"region"` // us-east-1 for CloudFront distributions

	Tags map[string]string `json:"tags,omitempty"`
	// TagsUnread is whether Tags could not be read, or were not looked for: policies
	// cover three types only.
	TagsUnread bool `json:"tagsUnread,omitempty"`

	WebACL string `json:"webACL,omitempty"` // ARN; empty is none
	// WebACLUnread is whether it is not known which web ACL the resource has.
	WebACLUnread bool `json:"webACLUnread,omitempty"`
}

// A ResourceType is the name that CloudFormation, AWS Config and Firewall Manager
// have for a type of resource.
type ResourceType string

// The types of resources that a web ACL of AWS WAF can protect. The policies of
// Firewall Manager cover the first three only.
const (
	LoadBalancer   ResourceType = "AWS::ElasticLoadBalancingV2::LoadBalancer"
	APIStage       ResourceType = "AWS::ApiGateway::Stage"
	Distribution   ResourceType = "AWS::CloudFront::Distribution"
	GraphQLAPI     ResourceType = "AWS::AppSync::GraphQLApi"
	UserPool       ResourceType = "AWS::Cognito::UserPool"
	AppRunner      ResourceType = "AWS::AppRunner::Service"
	VerifiedAccess ResourceType = "AWS::EC2::VerifiedAccessInstance"
	AmplifyApp     ResourceType = "AWS::Amplify::App"
)

// A WebACL is what the verdict on a web ACL depends on.
type WebACL struct {
	ARN      string `json:"arn"`
	Name     string `json:"name"`
	Account  string `json:"account"`
	Region   string `json:"region"` // us-east-1 where Scope is CLOUDFRONT
	Scope    string `json:"scope"`  // REGIONAL or CLOUDFRONT
	Capacity int64  `json:"capacity"`

	Tags map[string]string `json:"tags,omitempty"`

	// Managed: Firewall Manager made it. Retrofitted: it added its rule groups to a
	// web ACL of the account.
	Managed     bool `json:"managed,omitempty"`
	Retrofitted bool `json:"retrofitted,omitempty"`

	Pre   []ManagedGroup `json:"pre,omitempty"`   // Firewall Manager's, before the account's rules
	Post  []ManagedGroup `json:"post,omitempty"`  // and after them
	Rules []string       `json:"rules,omitempty"` // names of the account's own rules, by priority

	// Logging is nil where the account has none. Only logging of scope CUSTOMER
	// counts.
	Logging *Logging `json:"logging,omitempty"`

	// Associations are the ARNs of all resources that share the web ACL, whatever
	// their type. Those of types that no policy covers are only here if nothing else
	// was read of them.
	Associations []string `json:"associations"`

	// Unread are the parts that could not be read: associations of a type (such as
	// "associations AWS::Cognito::UserPool"), "logging", "tags" or "details".
	Unread []string `json:"unread,omitempty"`
}

// A ManagedGroup is a rule group that Firewall Manager put into a web ACL.
type ManagedGroup struct {
	Name      string `json:"name"` // PREFMManaged-… or POSTFMManaged-…, with the name of the policy
	Priority  int32  `json:"priority"`
	RuleGroup string `json:"ruleGroup"` // see RuleGroup.ID
	Version   string `json:"version,omitempty"`
	Override  string `json:"override,omitempty"` // NONE or COUNT
}

// Logging is the logging configuration of a web ACL.
type Logging struct {
	Destination string `json:"destination"`       // ARN
	Managed     bool   `json:"managed,omitempty"` // by Firewall Manager
}

// A RuleGroup is a rule group that a policy puts into web ACLs.
type RuleGroup struct {
	// ID is the ARN of an own rule group, and VENDOR/NAME of a managed one, with
	// @VERSION where the policy pins it.
	ID       string `json:"id"`
	Capacity int64  `json:"capacity"` // WCU
}

// An Unread says what could not be read, and why.
type Unread struct {
	Account string `json:"account"`
	Region  string `json:"region,omitempty"`
	// What is "account", "web ACLs", "web ACLs CLOUDFRONT", "resources AWS::…",
	// "tags AWS::…", "web ACL NAME: PART" with a part as in WebACL.Unread, "resource
	// ARN: web ACL" or "rule group ID".
	What   string `json:"what"`
	Reason string `json:"reason"`
}
