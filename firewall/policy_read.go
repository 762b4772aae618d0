package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ReadPolicyOptions say which policy to read.
type ReadPolicyOptions struct {
	// PolicyID or PolicyName is the policy. A name takes fms:ListPolicies too.
	PolicyID   string
	PolicyName string
}

// ReadPolicy reads an AWS WAF policy of AWS Firewall Manager, as it can be kept as
// JSON, evaluated, changed and given to [PlanRetrofit]. What this library does not
// know of its data is kept.
//
// Policies of other types are an error. Errors wrap [ErrNotAdministrator] and
// [ErrNoPolicy].
//
// IAM actions: [ReadPolicyPermissions].
func ReadPolicy(ctx context.Context, c Clients, opts ReadPolicyOptions) (retrofit.Policy, error) {
	policy, err := readPolicy(ctx, c, opts)
	if err != nil {
		return retrofit.Policy{}, fmt.Errorf("firewall: read policy: %w", reason.Cause(ctx, err))
	}
	return policy, nil
}

func readPolicy(ctx context.Context, c Clients, opts ReadPolicyOptions) (retrofit.Policy, error) {
	if err := opts.validate(); err != nil {
		return retrofit.Policy{}, err
	}
	if c.FMS == nil {
		return retrofit.Policy{}, errors.New("the Clients have no FMS client")
	}
	id, err := onePolicy(ctx, c.FMS, opts.PolicyID, opts.PolicyName)
	if err != nil {
		return retrofit.Policy{}, err
	}
	found, err := getPolicy(ctx, c.FMS, id)
	return found.Policy, err
}

func (o ReadPolicyOptions) validate() error { return checkPolicyName(o.PolicyID, o.PolicyName) }

// ReadPolicyPermissions returns what [ReadPolicy] needs, all of it in Apply, since
// there is no plan. Options that ReadPolicy refuses need nothing.
func ReadPolicyPermissions(opts ReadPolicyOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	needs := awspatterns.Policy{{Action: "fms:GetPolicy", Resources: policyResources(opts.PolicyID), Source: fmsActions}}
	if opts.PolicyID == "" {
		needs = append(needs, awspatterns.Permission{Action: "fms:ListPolicies", Resources: []string{"*"}, Source: fmsActions})
	}
	return awspatterns.Permissions{Apply: needs}
}

// A foundPolicy is a policy as it was found.
type foundPolicy struct {
	retrofit.Policy
	arn  string
	tags map[string]string // of the policy itself; nil if they were not read
}

// getPolicy reads a policy.
func getPolicy(ctx context.Context, c FMSAPI, id string) (foundPolicy, error) {
	out, err := c.GetPolicy(ctx, &fms.GetPolicyInput{PolicyId: &id}, retried)
	if err != nil {
		return foundPolicy{}, policyError(err)
	}
	if out.Policy == nil || out.Policy.SecurityServicePolicyData == nil {
		return foundPolicy{}, fmt.Errorf("policy %s: an answer without a policy", id)
	}
	p, err := policyFromAPI(*out.Policy, aws.ToString(out.PolicyArn))
	if err != nil {
		return foundPolicy{}, fmt.Errorf("policy %s %q: %w", id, aws.ToString(out.Policy.PolicyName), err)
	}
	return foundPolicy{Policy: p, arn: aws.ToString(out.PolicyArn)}, nil
}

// policyFromAPI returns a policy that the service answered with, in an order of its
// own: the service has none.
func policyFromAPI(p types.Policy, arn string) (retrofit.Policy, error) {
	security := p.SecurityServicePolicyData
	if security.Type != types.SecurityServiceTypeWafv2 {
		return retrofit.Policy{}, fmt.Errorf("it is of type %s; only policies of type %s know retrofitting", security.Type, types.SecurityServiceTypeWafv2)
	}
	data, err := retrofit.ParseServiceData(aws.ToString(security.ManagedServiceData))
	if err != nil {
		return retrofit.Policy{}, err
	}
	include, err := accountsFromAPI(p.IncludeMap)
	if err != nil {
		return retrofit.Policy{}, fmt.Errorf("IncludeMap: %w", err)
	}
	exclude, err := accountsFromAPI(p.ExcludeMap)
	if err != nil {
		return retrofit.Policy{}, fmt.Errorf("ExcludeMap: %w", err)
	}
	read := retrofit.Policy{
		ID: aws.ToString(p.PolicyId), Name: aws.ToString(p.PolicyName), Description: aws.ToString(p.PolicyDescription),
		UpdateToken: aws.ToString(p.PolicyUpdateToken), Status: string(p.PolicyStatus),
		ResourceTypes: typesFromAPI(p), ExcludeTags: p.ExcludeResourceTags, AnyTag: p.ResourceTagLogicalOperator == types.ResourceTagLogicalOperatorOr,
		Include: include, Exclude: exclude, ResourceSets: slices.Sorted(slices.Values(p.ResourceSetIds)),
		Remediate: p.RemediationEnabled, CleanUp: p.DeleteUnusedFMManagedResources, Data: data,
	}
	for _, t := range p.ResourceTags {
		read.Tags = append(read.Tags, retrofit.Tag{Key: aws.ToString(t.Key), Value: aws.ToString(t.Value)})
	}
	slices.SortFunc(read.Tags, compareTags)
	if parts := strings.Split(arn, ":"); len(parts) == 6 { // arn:aws:fms:REGION:ACCOUNT:policy/ID
		read.Region, read.Admin = parts[3], parts[4]
	}
	return read, nil
}

func compareTags(a, b retrofit.Tag) int {
	return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Value, b.Value))
}

// Keys of IncludeMap and ExcludeMap ("Policy" in the API reference).
const (
	accountKey = "ACCOUNT"
	orgUnitKey = "ORG_UNIT"
)

// accountsFromAPI refuses keys that it does not know: whom such a policy covers is
// unknown.
func accountsFromAPI(m map[string][]string) (retrofit.Accounts, error) {
	for key := range m {
		if key != accountKey && key != orgUnitKey {
			return retrofit.Accounts{}, fmt.Errorf("the key %q is not known to this version of the library", key)
		}
	}
	return retrofit.Accounts{
		IDs: slices.Sorted(slices.Values(m[accountKey])), OrgUnits: slices.Sorted(slices.Values(m[orgUnitKey])),
	}, nil
}

func accountsToAPI(a retrofit.Accounts) map[string][]string {
	m := map[string][]string{}
	if len(a.IDs) > 0 {
		m[accountKey] = a.IDs
	}
	if len(a.OrgUnits) > 0 {
		m[orgUnitKey] = a.OrgUnits
	}
	if len(m) == 0 {
		return nil
	}
	return m
}

// severalTypes stands for the type of a policy that has a list of them ("Policy" in
// the API reference).
const severalTypes = "ResourceTypeList"

func typesFromAPI(p types.Policy) []retrofit.ResourceType {
	if t := aws.ToString(p.ResourceType); t != severalTypes {
		return []retrofit.ResourceType{retrofit.ResourceType(t)}
	}
	var list []retrofit.ResourceType
	for _, t := range p.ResourceTypeList {
		list = append(list, retrofit.ResourceType(t))
	}
	slices.Sort(list)
	return list
}

// policyToAPI returns a policy as PutPolicy takes it: all of it, since PutPolicy
// replaces a policy. One without an ID is created.
func policyToAPI(p retrofit.Policy) (*types.Policy, error) {
	data, err := p.Data.Render()
	if err != nil {
		return nil, err
	}
	put := &types.Policy{
		PolicyName: &p.Name, PolicyDescription: &p.Description, RemediationEnabled: p.Remediate, DeleteUnusedFMManagedResources: p.CleanUp,
		ExcludeResourceTags: p.ExcludeTags, ResourceTagLogicalOperator: types.ResourceTagLogicalOperatorAnd, ResourceSetIds: p.ResourceSets,
		IncludeMap: accountsToAPI(p.Include), ExcludeMap: accountsToAPI(p.Exclude),
		SecurityServicePolicyData: &types.SecurityServicePolicyData{Type: types.SecurityServiceTypeWafv2, ManagedServiceData: &data},
	}
	if p.ID != "" {
		put.PolicyId, put.PolicyUpdateToken = &p.ID, &p.UpdateToken
	}
	if p.AnyTag {
		put.ResourceTagLogicalOperator = types.ResourceTagLogicalOperatorOr
	}
	for _, t := range p.Tags {
		put.ResourceTags = append(put.ResourceTags, types.ResourceTag{Key: &t.Key, Value: &t.Value})
	}
	put.ResourceType = aws.String(severalTypes)
	for _, t := range p.ResourceTypes {
		put.ResourceTypeList = append(put.ResourceTypeList, string(t))
	}
	if len(p.ResourceTypes) == 1 {
		put.ResourceType, put.ResourceTypeList = &put.ResourceTypeList[0], nil
	}
	return put, nil
}
