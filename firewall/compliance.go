package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ComplianceOptions say which policy to look at.
type ComplianceOptions struct {
	// PolicyID or PolicyName is the policy. A name takes fms:ListPolicies too.
	PolicyID   string
	PolicyName string

	// WithoutDetails leaves out why a web ACL does not comply, which takes a call for
	// each.
	WithoutDetails bool
}

// ComplianceResult is what AWS Firewall Manager says of the accounts of a policy.
type ComplianceResult struct {
	PolicyID   string `json:"policyID"`
	PolicyName string `json:"policyName,omitempty"`
	Owner      string `json:"owner,omitempty"` // account that made the policy
	Region     string `json:"region"`

	Accounts []AccountCompliance `json:"accounts"` // by ID
}

// The compliance of an account: what Firewall Manager says, or that it has no
// result yet.
const (
	Compliant    = "COMPLIANT"
	NonCompliant = "NON_COMPLIANT"
	NotEvaluated = "NOT_EVALUATED"
)

// AccountCompliance is the compliance of an account.
type AccountCompliance struct {
	Account string `json:"account"`
	Status  string `json:"status"`

	// ViolatorCount is how many resources do not comply, as Firewall Manager counts.
	// If LimitExceeded is set they are more than 100, and it lists no more of them;
	// [AccountCompliance.AtLeast] says what is known.
	ViolatorCount int64 `json:"violatorCount"`
	LimitExceeded bool  `json:"limitExceeded,omitempty"`

	// Violators are those that it lists, by type and ID.
	Violators []Violator `json:"violators,omitempty"`

	// Issues are problems of services that Firewall Manager depends on, by their name:
	// AWSCONFIG, AWSWAF, AWSSHIELD_ADVANCED or AWSVPC. With one, the status may be that
	// of a part of the account.
	Issues map[string]string `json:"issues,omitempty"`

	// LastUpdated is when the status was found, ExpiredAt when Violators are to be
	// taken for out of date. They are zero where Firewall Manager does not say.
	LastUpdated time.Time `json:"lastUpdated,omitzero"`
	ExpiredAt   time.Time `json:"expiredAt,omitzero"`

	// Unread is why the violators could not be read. They are then unknown, not none.
	Unread string `json:"unread,omitempty"`
}

// AtLeast returns how many resources do not comply, and whether that is only the
// least that they can be.
func (a AccountCompliance) AtLeast() (n int64, more bool) {
	n = max(a.ViolatorCount, int64(len(a.Violators)))
	if a.LimitExceeded {
		n = max(n, mostViolators+1)
	}
	return n, a.LimitExceeded
}

// mostViolators is how many violators of an account Firewall Manager lists
// ("PolicyComplianceDetail" in its API reference).
const mostViolators = 100

// A Violator is a resource that does not comply.
type Violator struct {
	Type     string            `json:"type"` // such as AWS::WAFv2::WebACL
	ID       string            `json:"id"`
	Reason   string            `json:"reason"` // ViolationReason of the API
	Metadata map[string]string `json:"metadata,omitempty"`

	// OutOfScope are the resources that a web ACL protects and the policy does not
	// cover. Incompatible says what of its configuration is in the way.
	OutOfScope   []string `json:"outOfScope,omitempty"`
	Incompatible []string `json:"incompatible,omitempty"`
	Description  string   `json:"description,omitempty"`

	// Unread is why these could not be read.
	Unread string `json:"unread,omitempty"`
}

// Compliance reads what AWS Firewall Manager has found of all accounts of a policy:
// how many comply, which resources do not, and, of web ACLs, why. It only reads.
//
// An account whose violators cannot be read is in the result, with the reason, and
// no error: [ComplianceResult.Unread] returns all of them. That the accounts cannot
// be listed is an error. Of more than 100 violators in an account Firewall Manager
// tells 100 ([AccountCompliance.AtLeast]).
//
// Errors wrap [ErrNotAdministrator] and [ErrNoPolicy].
//
// IAM actions: [CompliancePermissions].
func Compliance(ctx context.Context, c Clients, opts ComplianceOptions) (ComplianceResult, error) {
	result, err := compliance(ctx, c, opts)
	if err != nil {
		return ComplianceResult{}, fmt.Errorf("firewall: compliance: %w", reason.Cause(ctx, err))
	}
	return result, nil
}

func compliance(ctx context.Context, c Clients, opts ComplianceOptions) (ComplianceResult, error) {
	if err := opts.validate(); err != nil {
		return ComplianceResult{}, err
	}
	if c.FMS == nil {
		return ComplianceResult{}, errors.New("the Clients have no FMS client")
	}
	id, err := onePolicy(ctx, c.FMS, opts.PolicyID, opts.PolicyName)
	if err != nil {
		return ComplianceResult{}, err
	}
	r := complianceReader{fms: c.FMS, policy: id}
	result := ComplianceResult{PolicyID: id, PolicyName: opts.PolicyName, Region: c.Region}
	if err := r.list(ctx, &result); err != nil {
		return ComplianceResult{}, err
	}
	r.readViolators(ctx, result.Accounts)
	if !opts.WithoutDetails {
		r.readDetails(ctx, result.Accounts)
	}
	return result, ctx.Err()
}

func (o ComplianceOptions) validate() error { return checkPolicyName(o.PolicyID, o.PolicyName) }

// CompliancePermissions returns what [Compliance] needs, all of it in Apply, since
// there is no plan. Options that Compliance refuses need nothing.
func CompliancePermissions(opts ComplianceOptions) awspatterns.Permissions {
	if opts.validate() != nil {
		return awspatterns.Permissions{}
	}
	policy := policyResources(opts.PolicyID)
	needs := awspatterns.Policy{
		{Action: "fms:ListComplianceStatus", Resources: policy, Source: fmsActions},
		{Action: "fms:GetComplianceDetail", Resources: policy, Source: fmsActions},
	}
	if !opts.WithoutDetails {
		needs = append(needs, awspatterns.Permission{Action: "fms:GetViolationDetails", Resources: policy, Source: fmsActions})
	}
	if opts.PolicyID == "" {
		needs = append(needs, awspatterns.Permission{Action: "fms:ListPolicies", Resources: []string{"*"}, Source: fmsActions})
	}
	return awspatterns.Permissions{Apply: needs}
}

const fmsActions = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsfirewallmanager.html"

// policyResources are the ARNs of the policy with an ID, or of all if it is not
// known.
func policyResources(id string) []string {
	return []string{"arn:${Partition}:fms:${Region}:${Account}:policy/" + cmp.Or(id, "*")}
}
