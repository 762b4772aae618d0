package firewall

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/fms"
	"github.com/aws/aws-sdk-go-v2/service/fms/types"
	"github.com/aws/smithy-go"
)

// ErrNotAdministrator: the account administers nothing in AWS Firewall Manager.
// Policies, and what is known of compliance with them, belong to the accounts of
// administrators.
var ErrNotAdministrator = errors.New("the account is no administrator of AWS Firewall Manager, which policies and their compliance belong to; use clients of the administrator's account")

// ErrNoPolicy: there is no policy with that ID or name.
var ErrNoPolicy = errors.New("no such policy of AWS Firewall Manager in this account and Region")

// administrators are the words that Firewall Manager has for it. They are not
// documented; people report them of PutPolicy, PutPolicy again, and
// ListNotificationChannels.
var administrators = []string{"is only available to Administration account", "is not currently delegated by AWS FM", "No default admin could be found"}

// policyError adds to an error of Firewall Manager what it means.
func policyError(err error) error {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		return err
	}
	for _, words := range administrators {
		if strings.Contains(api.ErrorMessage(), words) {
			return fmt.Errorf("%w: %w", ErrNotAdministrator, err)
		}
	}
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return fmt.Errorf("%w: %w", ErrNoPolicy, err)
	}
	return err
}

// retried has the client retry system problems of Firewall Manager, as its API
// reference asks for: they have status 400, so that the client would not.
func retried(o *fms.Options) {
	o.Retryer = retry.AddWithErrorCodes(o.Retryer, (*types.InternalErrorException)(nil).ErrorCode())
}

// policyID is the form of the ID of a policy ("Policy" in the API reference).
var policyID = regexp.MustCompile(`^[a-z0-9A-Z-]{36}$`)

// checkPolicyName checks options that name a policy by one of two fields.
func checkPolicyName(id, name string) error {
	switch {
	case id == "" && name == "":
		return errors.New("no policy: set PolicyID or PolicyName")
	case id != "" && name != "":
		return errors.New("both PolicyID and PolicyName are set; set one")
	case id != "" && !policyID.MatchString(id):
		return fmt.Errorf("the PolicyID %q; want 36 letters, digits and \"-\"", id)
	}
	return nil
}

// findPolicies returns all policies with a name.
func findPolicies(ctx context.Context, c FMSAPI, name string) ([]types.PolicySummary, error) {
	var found []types.PolicySummary
	pages := fms.NewListPoliciesPaginator(c, &fms.ListPoliciesInput{MaxResults: aws.Int32(mostResults)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx, retried)
		if err != nil {
			return nil, policyError(err)
		}
		for _, p := range page.PolicyList {
			if aws.ToString(p.PolicyName) == name {
				found = append(found, p)
			}
		}
	}
	return found, nil
}

// mostResults is how many items a page has at most ("ListPolicies" and
// "ListComplianceStatus" in the API reference).
const mostResults = 100

// onePolicy returns the ID of the policy with a name, or id if that is set.
func onePolicy(ctx context.Context, c FMSAPI, id, name string) (string, error) {
	if id != "" {
		return id, nil
	}
	found, err := findPolicies(ctx, c, name)
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", fmt.Errorf("%q: %w", name, ErrNoPolicy)
	case len(found) > 1:
		return "", fmt.Errorf("%d policies are named %q; set PolicyID", len(found), name)
	}
	return aws.ToString(found[0].PolicyId), nil
}
