package retrofit

import "encoding/json"

// A Policy is an AWS WAF policy of Firewall Manager, as far as the verdict on web
// ACLs depends on it.
type Policy struct {
	ID          string `json:"id,omitempty"` // empty: not created yet
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	UpdateToken string `json:"updateToken,omitempty"`
	Status      string `json:"status,omitempty"` // ACTIVE or OUT_OF_ADMIN_SCOPE

	// Region that the policy is in: it covers the resources of that Region, and
	// distributions if it is us-east-1.
	Region string `json:"region"`

	// Admin is the account of the administrator that the policy belongs to.
	Admin string `json:"admin,omitempty"`

	ResourceTypes []ResourceType `json:"resourceTypes"`

	// Tags select resources, or leave them out where ExcludeTags is set. All of them
	// must match, or one where AnyTag is set. An empty value matches the empty value.
	Tags        []Tag `json:"tags,omitempty"`
	ExcludeTags bool  `json:"excludeTags,omitempty"`
	AnyTag      bool  `json:"anyTag,omitempty"`

	// Include and Exclude are the accounts of the policy. If Include is not empty,
	// Exclude is not looked at.
	Include Accounts `json:"include,omitzero"`
	Exclude Accounts `json:"exclude,omitzero"`

	ResourceSets []string `json:"resourceSets,omitempty"`

	Remediate bool `json:"remediate"`
	CleanUp   bool `json:"cleanUp,omitempty"` // DeleteUnusedFMManagedResources

	Data ServiceData `json:"data"`
}

// A Tag of resources.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

// Accounts are given by ID and by organizational unit, which stands for all
// accounts below it, those that join later too.
type Accounts struct {
	IDs      []string `json:"ids,omitempty"`
	OrgUnits []string `json:"orgUnits,omitempty"`
}

// The sources of web ACLs.
const (
	SourceDefault  = "DEFAULT"
	SourceRetrofit = "RETROFIT_EXISTING"
)

// ServiceData is the ManagedServiceData of a policy of type WAFV2. It is read with
// [ParseServiceData] and rendered with [ServiceData.Render]; what it has no field for
// is kept. As JSON it is that document.
type ServiceData struct {
	Type string `json:"type"` // WAFV2

	PreProcessRuleGroups  []PolicyRuleGroup `json:"preProcessRuleGroups"`
	PostProcessRuleGroups []PolicyRuleGroup `json:"postProcessRuleGroups"`
	DefaultAction         DefaultAction     `json:"defaultAction"`

	OverrideCustomerWebACLAssociation bool                  `json:"overrideCustomerWebACLAssociation"`
	LoggingConfiguration              *LoggingConfiguration `json:"loggingConfiguration"`
	WebACLSource                      string                `json:"webACLSource,omitempty"` // empty is DEFAULT
	OptimizeUnassociatedWebACL        bool                  `json:"optimizeUnassociatedWebACL"`

	SampledRequestsEnabledForDefaultActions bool     `json:"sampledRequestsEnabledForDefaultActions"`
	TokenDomains                            []string `json:"tokenDomains"`

	// Other are the members that have no field here, such as customResponse,
	// captchaConfig and those that AWS adds later.
	Other map[string]json.RawMessage `json:"-"`
}

// A PolicyRuleGroup is a rule group that a policy puts first or last.
type PolicyRuleGroup struct {
	RuleGroupType  string          `json:"ruleGroupType"` // RuleGroup or ManagedRuleGroup
	RuleGroupARN   string          `json:"ruleGroupArn"`
	Managed        *ManagedID      `json:"managedRuleGroupIdentifier"`
	OverrideAction DefaultAction   `json:"overrideAction"` // NONE or COUNT
	ExcludeRules   json.RawMessage `json:"excludeRules"`

	SampledRequestsEnabled bool `json:"sampledRequestsEnabled"`

	RuleActionOverrides json.RawMessage `json:"ruleActionOverrides"` // for managed rule groups only

	Other map[string]json.RawMessage `json:"-"`
}

// A ManagedID names a managed rule group.
type ManagedID struct {
	VendorName           string          `json:"vendorName"`
	ManagedRuleGroupName string          `json:"managedRuleGroupName"`
	VersionEnabled       bool            `json:"versionEnabled"`
	Version              string          `json:"version"`
	Configs              json.RawMessage `json:"managedRuleGroupConfigs"`

	Other map[string]json.RawMessage `json:"-"`
}

// A DefaultAction is ALLOW or BLOCK of a web ACL, NONE or COUNT of a rule group.
type DefaultAction struct {
	Type string `json:"type"`

	Other map[string]json.RawMessage `json:"-"`
}

// LoggingConfiguration is the logging that a policy adds: one destination, a bucket
// or a Firehose stream.
type LoggingConfiguration struct {
	LogDestinationConfigs []string        `json:"logDestinationConfigs"`
	RedactedFields        json.RawMessage `json:"redactedFields"`
	LoggingFilterConfigs  json.RawMessage `json:"loggingFilterConfigs"`

	Other map[string]json.RawMessage `json:"-"`
}
