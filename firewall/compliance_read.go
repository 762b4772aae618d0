package firewall

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// complianceAtOnce is how many calls are made at a time.
const complianceAtOnce = 8

// A complianceReader reads the compliance with a policy.
type complianceReader struct {
	fms    FMSAPI
	policy string
}

// list reads the status of all accounts.
func (r complianceReader) list(ctx context.Context, result *ComplianceResult) error {
	byAccount := map[string]AccountCompliance{}
	pages := fms.NewListComplianceStatusPaginator(r.fms, &fms.ListComplianceStatusInput{PolicyId: &r.policy, MaxResults: aws.Int32(mostResults)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, retried)
		if err != nil {
			return policyError(err)
		}
		for _, s := range page.PolicyComplianceStatusList {
			result.PolicyName = cmp.Or(aws.ToString(s.PolicyName), result.PolicyName)
			result.Owner = cmp.Or(aws.ToString(s.PolicyOwner), result.Owner)
			a := statusOf(s)
			// A list that changes while it is read may have an account twice.
			if old, twice := byAccount[a.Account]; !twice || old.LastUpdated.Before(a.LastUpdated) {
				byAccount[a.Account] = a
			}
		}
	}
	result.Accounts = slices.SortedFunc(maps.Values(byAccount), func(a, b AccountCompliance) int { return cmp.Compare(a.Account, b.Account) })
	return nil
}

// statusOf returns the status of an account: the worst of its results.
func statusOf(s types.PolicyComplianceStatus) AccountCompliance {
	a := AccountCompliance{
		Account: aws.ToString(s.MemberAccount), Status: NotEvaluated, Issues: s.IssueInfoMap, LastUpdated: aws.ToTime(s.LastUpdated).UTC(),
	}
	for i, e := range s.EvaluationResults {
		if i == 0 || a.Status == Compliant || e.ComplianceStatus == NonCompliant {
			a.Status = cmp.Or(string(e.ComplianceStatus), NotEvaluated)
		}
		a.ViolatorCount += e.ViolatorCount
		a.LimitExceeded = a.LimitExceeded || e.EvaluationLimitExceeded
	}
	return a
}

// readViolators reads the violators of all accounts that are not known to comply.
func (r complianceReader) readViolators(ctx context.Context, accounts []AccountCompliance) {
	parallel.ForEach(len(accounts), complianceAtOnce, func(i int) {
		if a := &accounts[i]; a.Status != Compliant && ctx.Err() == nil {
			r.readAccount(ctx, a)
		}
	})
}

func (r complianceReader) readAccount(ctx context.Context, a *AccountCompliance) {
	out, err := r.fms.GetComplianceDetail(ctx, &fms.GetComplianceDetailInput{PolicyId: &r.policy, MemberAccount: &a.Account}, retried)
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing && a.Status == NotEvaluated {
		return // there is nothing to tell yet
	}
	if err == nil && out.PolicyComplianceDetail == nil {
		err = errors.New("an answer without a detail")
	}
	if err != nil {
		a.Unread = reason.Of(err)
		return
	}
	d := out.PolicyComplianceDetail
	a.LimitExceeded, a.ExpiredAt = a.LimitExceeded || d.EvaluationLimitExceeded, aws.ToTime(d.ExpiredAt).UTC()
	a.Issues = merged(a.Issues, d.IssueInfoMap)
	for _, v := range d.Violators {
		a.Violators = append(a.Violators, Violator{
			Type: aws.ToString(v.ResourceType), ID: aws.ToString(v.ResourceId), Reason: string(v.ViolationReason), Metadata: v.Metadata,
		})
	}
	slices.SortFunc(a.Violators, func(a, b Violator) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Reason, b.Reason))
	})
}

func merged(a, b map[string]string) map[string]string {
	if len(a)+len(b) == 0 {
		return nil
	}
	both := maps.Clone(b)
	if both == nil {
		both = map[string]string{}
	}
	maps.Copy(both, a)
	return both
}

// readDetails reads why web ACLs do not comply.
func (r complianceReader) readDetails(ctx context.Context, accounts []AccountCompliance) {
	type place struct{ account, violator int }
	var places []place
	for i, a := range accounts {
		for j, v := range a.Violators {
			if v.detailed() {
				places = append(places, place{i, j})
			}
		}
	}
	parallel.ForEach(len(places), complianceAtOnce, func(i int) {
		if a := &accounts[places[i].account]; ctx.Err() == nil {
			r.readViolator(ctx, a.Account, &a.Violators[places[i].violator])
		}
	})
}

const webACLType = "AWS::WAFv2::WebACL"

// detailed reports whether Firewall Manager may know more: of a web ACL, and of a
// resource whose web ACL is not as it should be.
func (v Violator) detailed() bool {
	switch types.ViolationReason(v.Reason) {
	case types.ViolationReasonWebACLConfigurationOrScopeOfUse, types.ViolationReasonResourceIncorrectWebAcl, types.ViolationReasonWebAclMissingRuleGroup:
		return true
	}
	return v.Type == webACLType
}

func (r complianceReader) readViolator(ctx context.Context, account string, v *Violator) {
	out, err := r.fms.GetViolationDetails(ctx, &fms.GetViolationDetailsInput{
		PolicyId: &r.policy, MemberAccount: &account, ResourceId: &v.ID, ResourceType: &v.Type,
	}, retried)
	if v.Type != webACLType && undescribed(err) {
		return
	}
	if err == nil && out.ViolationDetail == nil {
		err = errors.New("an answer without a detail")
	}
	if err != nil {
		v.Unread = reason.Of(err)
		return
	}
	v.Description = aws.ToString(out.ViolationDetail.ResourceDescription)
	for _, violation := range out.ViolationDetail.ResourceViolations {
		if w := violation.WebACLHasOutOfScopeResourcesViolation; w != nil {
			v.OutOfScope = append(v.OutOfScope, w.OutOfScopeResourceList...)
		}
		if w := violation.WebACLHasIncompatibleConfigurationViolation; w != nil {
			v.Incompatible = append(v.Incompatible, aws.ToString(w.Description))
		}
	}
	slices.Sort(v.OutOfScope)
	slices.Sort(v.Incompatible)
}

// undescribed reports whether an error says that there are no details of a
// resource. Of the types that a policy of type WAFV2 covers,
// "GetViolationDetails" in the API reference names web ACLs alone.
func undescribed(err error) bool {
	_, input := errors.AsType[*types.InvalidInputException](err)
	_, kind := errors.AsType[*types.InvalidTypeException](err)
	_, missing := errors.AsType[*types.ResourceNotFoundException](err)
	return input || kind || missing
}
