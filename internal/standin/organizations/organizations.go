// Package organizations stands in for AWS Organizations: accounts, organizational
// units and the root, to be listed.
package organizations

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of AWS Organizations need ("Actions,
// resources, and condition keys for AWS Organizations" in the Service Authorization
// Reference).
var Actions = awstest.Actions{
	"Organizations.ListAccounts": {"organizations:ListAccounts"},
	"Organizations.ListParents":  {"organizations:ListParents"},
}

// Root is the id of the root.
const Root = "r-test"

// A Service is an organization. Its methods are not calls: the log of the Cloud does
// not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most accounts that one page holds, up to 20.
	PageSize int

	// EmptyFirst begins every list with an empty page: "These operations can
	// occasionally return an empty set of results even when more results are
	// available" (ListParents in the API reference).
	EmptyFirst bool

	// NoState leaves out the member State of accounts, which came after Status.
	NoState bool

	managers []string // accounts that may read
	mu       sync.Mutex
	parents  map[string]string // of accounts and units
	accounts map[string]types.Account
}

// New returns an organization with its management account below the root, and makes
// it answer the calls of c. That account may read, and those in delegates.
func New(c *awstest.Cloud, management string, delegates ...string) *Service {
	s := &Service{managers: append(delegates, management), parents: map[string]string{}, accounts: map[string]types.Account{}}
	s.Account(management, Root, types.AccountStateActive)
	awstest.Handle(c, s.listAccounts)
	awstest.Handle(c, s.listParents)
	return s
}

// Unit makes an organizational unit below a parent, or moves it.
func (s *Service) Unit(id, parent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[id] = parent
}

// Account makes an account in a parent, or changes it.
func (s *Service) Account(id, parent string, state types.AccountState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parents[id] = parent
	a := types.Account{Id: &id, Name: aws.String("account " + id), State: state, Status: types.AccountStatus(state)}
	if s.NoState {
		a.State = ""
	}
	s.accounts[id] = a
}

// Remove takes an account out of the organization.
func (s *Service) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.parents, id)
	delete(s.accounts, id)
}

func (s *Service) mayRead(ctx context.Context) error {
	if slices.Contains(s.managers, awstest.CallerOf(ctx).Account) {
		return nil
	}
	return awstest.Status(http.StatusBadRequest, &types.AccessDeniedException{Message: aws.String("You don't have permissions to access this resource.")})
}

// listAccounts lists by id. A token is the last id of the page before.
func (s *Service) listAccounts(ctx context.Context, in *sdk.ListAccountsInput) (*sdk.ListAccountsOutput, error) {
	if err := s.mayRead(ctx); err != nil {
		return nil, err
	}
	if s.EmptyFirst && in.NextToken == nil {
		return &sdk.ListAccountsOutput{NextToken: aws.String("0")}, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &sdk.ListAccountsOutput{}
	for _, id := range slices.Sorted(maps.Keys(s.accounts)) {
		if id > aws.ToString(in.NextToken) {
			out.Accounts = append(out.Accounts, s.accounts[id])
		}
	}
	if most := min(cmp.Or(s.PageSize, 20), int(cmp.Or(aws.ToInt32(in.MaxResults), 20))); len(out.Accounts) > most {
		out.Accounts, out.NextToken = out.Accounts[:most], out.Accounts[most-1].Id
	}
	return out, nil
}

// listParents returns the one parent that there is.
func (s *Service) listParents(ctx context.Context, in *sdk.ListParentsInput) (*sdk.ListParentsOutput, error) {
	if err := s.mayRead(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	parent, ok := s.parents[*in.ChildId]
	switch {
	case *in.ChildId == Root:
		return nil, awstest.Status(http.StatusBadRequest, &types.InvalidInputException{Message: aws.String("You provided a value that does not match the required pattern."), Reason: "INVALID_PATTERN"})
	case !ok:
		return nil, awstest.Status(http.StatusBadRequest, &types.ChildNotFoundException{Message: aws.String("You specified a child that doesn't exist.")})
	}
	if s.EmptyFirst && in.NextToken == nil {
		return &sdk.ListParentsOutput{NextToken: aws.String("0")}, nil
	}
	kind := types.ParentTypeOrganizationalUnit
	if parent == Root {
		kind = types.ParentTypeRoot
	}
	return &sdk.ListParentsOutput{Parents: []types.Parent{{Id: &parent, Type: kind}}}, nil
}
