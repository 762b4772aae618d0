package retrofit

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ReadPolicy reads a policy from JSON: a [Policy], or what the command
//
//	aws fms get-policy --policy-id …
//
// prints. A member of a Policy that has no field is an error.
func ReadPolicy(r io.Reader) (Policy, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return Policy{}, fmt.Errorf("retrofit: read policy: %w", err)
	}
	var printed struct {
		Policy    *printedPolicy
		PolicyArn string
	}
	if err := json.Unmarshal(text, &printed); err != nil {
		return Policy{}, fmt.Errorf("retrofit: read policy: %w", err)
	}
	var p Policy
	if printed.Policy != nil {
		p, err = printed.Policy.policy(printed.PolicyArn)
	} else {
		err = readStrict(text, &p)
	}
	if err != nil {
		return Policy{}, fmt.Errorf("retrofit: read policy: %w", err)
	}
	return p, nil
}

// A printedPolicy is Policy of the API of Firewall Manager.
type printedPolicy struct {
	PolicyID                       string
	PolicyName                     string
	PolicyDescription              string
	PolicyStatus                   string
	PolicyUpdateToken              string
	ResourceType                   ResourceType
	ResourceTypeList               []ResourceType
	ResourceTags                   []Tag
	ResourceTagLogicalOperator     string
	ExcludeResourceTags            bool
	ResourceSetIds                 []string
	IncludeMap, ExcludeMap         map[string][]string
	RemediationEnabled             bool
	DeleteUnusedFMManagedResources bool
	SecurityServicePolicyData      struct{ ManagedServiceData string }
}

func (p printedPolicy) policy(arn string) (Policy, error) {
	parts := strings.SplitN(arn, ":", 6) // arn:aws:fms:REGION:ACCOUNT:policy/ID
	if len(parts) < 6 {
		return Policy{}, fmt.Errorf("PolicyArn %q does not tell the Region of the policy", arn)
	}
	data, err := parseServiceData(p.SecurityServicePolicyData.ManagedServiceData)
	if err != nil {
		return Policy{}, fmt.Errorf("managed service data: %w", err)
	}
	types := p.ResourceTypeList
	if p.ResourceType != "ResourceTypeList" && p.ResourceType != "" {
		types = []ResourceType{p.ResourceType}
	}
	return Policy{
		ID: p.PolicyID, Name: p.PolicyName, Description: p.PolicyDescription, Status: p.PolicyStatus, UpdateToken: p.PolicyUpdateToken,
		Region: parts[3], Admin: parts[4], ResourceTypes: types, ResourceSets: p.ResourceSetIds,
		Tags: p.ResourceTags, ExcludeTags: p.ExcludeResourceTags, AnyTag: p.ResourceTagLogicalOperator == "OR",
		Include: accountsOf(p.IncludeMap), Exclude: accountsOf(p.ExcludeMap),
		Remediate: p.RemediationEnabled, CleanUp: p.DeleteUnusedFMManagedResources, Data: data,
	}, nil
}

func accountsOf(m map[string][]string) Accounts {
	return Accounts{IDs: m["ACCOUNT"], OrgUnits: m["ORG_UNIT"]}
}
