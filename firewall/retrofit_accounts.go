package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/reason"
)

// ReadAccountsOptions say how the accounts of [ReadAccounts] are to be read.
type ReadAccountsOptions struct {
	// Regions go into each account.
	Regions []string

	// LeftOut, if set, is told of the accounts that are not returned, with their state,
	// such as SUSPENDED, PENDING_CLOSURE or, if an account left the organization
	// meanwhile, REMOVED.
	LeftOut func(account, state string)
}

// ReadAccounts reads the accounts of the organization with the organizational units
// that each is in, from the nearest up, sorted by ID. Accounts that are not active
// cannot be read, and are left out; opts.LeftOut is told of them.
//
// The clients are of the management account of the organization or of a delegated
// administrator of an AWS service, such as that of Firewall Manager. ReadAccounts
// makes one call for each account and organizational unit.
//
// IAM actions: [ReadAccountsPermissions].
func ReadAccounts(ctx context.Context, c Clients, opts ReadAccountsOptions) ([]retrofit.Account, error) {
	accounts, err := readAccounts(ctx, c, opts)
	if err != nil {
		return nil, fmt.Errorf("firewall: read accounts: %w", reason.Cause(ctx, err))
	}
	return accounts, nil
}

func readAccounts(ctx context.Context, c Clients, opts ReadAccountsOptions) ([]retrofit.Account, error) {
	if c.Organizations == nil {
		return nil, errors.New("the Clients lack Organizations")
	}
	for _, region := range opts.Regions {
		if !regionNameForm.MatchString(region) {
			return nil, fmt.Errorf("%q is no Region", region)
		}
	}
	reader := accountReader{opts: opts, units: unitReader{organizations: c.Organizations, above: map[string][]string{}}, accounts: []retrofit.Account{}}
	pages := organizations.NewListAccountsPaginator(c.Organizations, &organizations.ListAccountsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.Accounts {
			if err := reader.add(ctx, aws.ToString(a.Id), accountState(a)); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(reader.accounts, func(a, b retrofit.Account) int { return cmp.Compare(a.ID, b.ID) })
	return reader.accounts, nil
}

// An accountReader collects accounts.
type accountReader struct {
	opts     ReadAccountsOptions
	units    unitReader
	accounts []retrofit.Account
}

// add adds an account, or leaves it out.
func (r *accountReader) add(ctx context.Context, id, state string) error {
	var above []string
	var err error
	if state == string(types.AccountStateActive) {
		above, err = r.units.of(ctx, id, 0)
	}
	switch {
	case errors.Is(err, errRemoved):
		r.leaveOut(id, "REMOVED")
	case err != nil:
		return fmt.Errorf("account %s: its organizational units: %w", id, err)
	case state != string(types.AccountStateActive):
		r.leaveOut(id, state)
	default:
		r.accounts = append(r.accounts, retrofit.Account{ID: id, OrgUnits: above, Regions: slices.Clone(r.opts.Regions)})
	}
	return nil
}

func (r *accountReader) leaveOut(id, state string) {
	if r.opts.LeftOut != nil {
		r.opts.LeftOut(id, state)
	}
}

// accountState returns State or, where the service does not tell it yet, Status,
// "which will be retired on September 9, 2026" (Account in the API reference).
func accountState(a types.Account) string {
	if a.State != "" {
		return string(a.State)
	}
	return string(a.Status)
}

// errRemoved: the account is not in the organization any more.
var errRemoved = errors.New("the account left the organization")

// A unitReader reads the organizational units above accounts, each once.
type unitReader struct {
	organizations OrganizationsAPI
	above         map[string][]string
}

// maxUnits is more than how deep organizational units can be nested: five levels
// ("Quotas and service limits for AWS Organizations").
const maxUnits = 10

// of returns the organizational units above an account or unit, from the nearest
// up, without the root.
func (u unitReader) of(ctx context.Context, child string, depth int) ([]string, error) {
	if known, ok := u.above[child]; ok {
		return known, nil
	}
	if depth > maxUnits {
		return nil, fmt.Errorf("%s is below more than %d organizational units", child, maxUnits)
	}
	parent, err := u.parent(ctx, child)
	if _, gone := errors.AsType[*types.ChildNotFoundException](err); gone && depth == 0 {
		return nil, errRemoved
	}
	if err != nil {
		return nil, err
	}
	above := []string{}
	if parent.Type != types.ParentTypeRoot {
		higher, err := u.of(ctx, aws.ToString(parent.Id), depth+1)
		if err != nil {
			return nil, err
		}
		above = append([]string{aws.ToString(parent.Id)}, higher...)
	}
	u.above[child] = above
	return above, nil
}

// parent returns the one parent that a child has ("In the current release, a child
// can have only a single parent", ListParents in the API reference). Pages before it
// may be empty.
func (u unitReader) parent(ctx context.Context, child string) (types.Parent, error) {
	pages := organizations.NewListParentsPaginator(u.organizations, &organizations.ListParentsInput{ChildId: &child})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return types.Parent{}, err
		}
		if len(page.Parents) > 0 {
			return page.Parents[0], nil
		}
	}
	return types.Parent{}, fmt.Errorf("%s: Organizations ListParents tells no parent", child)
}

// ReadAccountsPermissions returns what [ReadAccounts] needs, whatever its options. It
// only reads.
func ReadAccountsPermissions(ReadAccountsOptions) awspatterns.Permissions {
	return awspatterns.Permissions{Apply: awspatterns.Policy{
		{Action: "organizations:ListAccounts", Resources: []string{"*"}},
		{Action: "organizations:ListParents", Resources: []string{
			"arn:${Partition}:organizations::*:account/o-*/*", "arn:${Partition}:organizations::*:ou/o-*/ou-*",
		}},
	}}
}
