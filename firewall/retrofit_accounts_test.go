package firewall_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/standin/organizations"
)

const managementAccount = "111111111111"

// testOrganization has two units, one below the other, with an account each, one
// account below the root, and three that are not active.
func testOrganization(cloud *awstest.Cloud) *organizations.Service {
	o := organizations.New(cloud, managementAccount)
	o.Unit("ou-test-apps0000", organizations.Root)
	o.Unit("ou-test-prod0000", "ou-test-apps0000")
	o.Account("333333333333", "ou-test-prod0000", types.AccountStateActive)
	o.Account("222222222222", "ou-test-apps0000", types.AccountStateActive)
	o.Account("444444444444", "ou-test-prod0000", types.AccountStateSuspended)
	o.Account("555555555555", "ou-test-prod0000", types.AccountStatePendingClosure)
	o.Account("666666666666", "ou-test-prod0000", types.AccountStateActive)
	return o
}

var testAccounts = []retrofit.Account{
	{ID: "111111111111", OrgUnits: []string{}, Regions: []string{"eu-central-1"}},
	{ID: "222222222222", OrgUnits: []string{"ou-test-apps0000"}, Regions: []string{"eu-central-1"}},
	{ID: "333333333333", OrgUnits: []string{"ou-test-prod0000", "ou-test-apps0000"}, Regions: []string{"eu-central-1"}},
	{ID: "666666666666", OrgUnits: []string{"ou-test-prod0000", "ou-test-apps0000"}, Regions: []string{"eu-central-1"}},
}

func TestReadAccounts(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(*awstest.Cloud, *organizations.Service)
		want    []retrofit.Account
		leftOut string
	}{
		{"all", func(*awstest.Cloud, *organizations.Service) {}, testAccounts, "444444444444 SUSPENDED, 555555555555 PENDING_CLOSURE"},
		{
			"one in a page", func(_ *awstest.Cloud, o *organizations.Service) { o.PageSize = 1 },
			testAccounts, "444444444444 SUSPENDED, 555555555555 PENDING_CLOSURE",
		},
		{
			"empty pages", func(_ *awstest.Cloud, o *organizations.Service) { o.EmptyFirst = true },
			testAccounts, "444444444444 SUSPENDED, 555555555555 PENDING_CLOSURE",
		},
		{
			"as before there was a State", func(_ *awstest.Cloud, o *organizations.Service) {
				o.NoState = true
				o.Account("444444444444", "ou-test-prod0000", types.AccountStateSuspended)
				o.Account("333333333333", "ou-test-prod0000", types.AccountStateActive)
			},
			testAccounts, "444444444444 SUSPENDED, 555555555555 PENDING_CLOSURE",
		},
		{
			"one leaves", func(c *awstest.Cloud, o *organizations.Service) {
				c.Inject(awstest.Fault{Operation: "Organizations.ListParents", Match: func(awstest.Call) bool {
					o.Remove("666666666666")
					return false
				}})
			},
			testAccounts[:3], "444444444444 SUSPENDED, 555555555555 PENDING_CLOSURE, 666666666666 REMOVED",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			test.change(cloud, testOrganization(cloud))
			var leftOut []string
			got, err := firewall.ReadAccounts(t.Context(), firewall.NewClients(cloud.Config("us-east-1", managementAccount)), firewall.ReadAccountsOptions{
				Regions: []string{"eu-central-1"}, LeftOut: func(account, state string) { leftOut = append(leftOut, account+" "+state) },
			})
			if err != nil || !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v and %v, want %+v", got, err, test.want)
			}
			if text := strings.Join(leftOut, ", "); text != test.leftOut {
				t.Errorf("left out: got %s, want %s", text, test.leftOut)
			}
		})
	}
}

// TestReadAccountsOnce asks for the parents of each account and unit once.
func TestReadAccountsOnce(t *testing.T) {
	cloud := awstest.New(t)
	testOrganization(cloud)
	if _, err := firewall.ReadAccounts(t.Context(), firewall.NewClients(cloud.Config("us-east-1", managementAccount)), firewall.ReadAccountsOptions{}); err != nil {
		t.Fatal(err)
	}
	parents := slices.DeleteFunc(cloud.Operations(), func(op string) bool { return op != "Organizations.ListParents" })
	if len(parents) != 6 { // of four accounts and two units
		t.Errorf("got %d calls of ListParents, want 6", len(parents))
	}
	awstest.CheckPermissions(t, firewall.ReadAccountsPermissions(firewall.ReadAccountsOptions{}).Apply, cloud.Calls(), organizations.Actions)
}

func TestReadAccountsErrors(t *testing.T) {
	stopped := errors.New("stopped")
	for _, test := range []struct {
		name    string
		account string
		opts    firewall.ReadAccountsOptions
		change  func(*awstest.Cloud, *organizations.Service, context.CancelCauseFunc)
		want    string
	}{
		{"a member", "222222222222", firewall.ReadAccountsOptions{}, nil, "firewall: read accounts: operation error Organizations: ListAccounts"},
		{"no Region", managementAccount, firewall.ReadAccountsOptions{Regions: []string{"Frankfurt"}}, nil, `"Frankfurt" is no Region`},
		{
			"parents denied", managementAccount, firewall.ReadAccountsOptions{},
			func(c *awstest.Cloud, _ *organizations.Service, _ context.CancelCauseFunc) {
				c.Inject(awstest.Fault{Operation: "Organizations.ListParents", Skip: 2, Err: awstest.Denied()})
			}, "account 222222222222: its organizational units: ",
		},
		{
			"a unit is gone", managementAccount, firewall.ReadAccountsOptions{},
			func(_ *awstest.Cloud, o *organizations.Service, _ context.CancelCauseFunc) {
				o.Account("222222222222", "ou-test-gone0000", types.AccountStateActive)
			},
			"ChildNotFoundException",
		},
		{
			"a circle", managementAccount, firewall.ReadAccountsOptions{},
			func(_ *awstest.Cloud, o *organizations.Service, _ context.CancelCauseFunc) {
				o.Unit("ou-test-apps0000", "ou-test-prod0000")
			},
			"is below more than 10 organizational units",
		},
		{
			"stopped", managementAccount, firewall.ReadAccountsOptions{},
			func(c *awstest.Cloud, _ *organizations.Service, cancel context.CancelCauseFunc) {
				c.Inject(awstest.Fault{Operation: "Organizations.ListParents", Match: func(awstest.Call) bool { cancel(stopped); return false }})
			}, "stopped",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				cloud := awstest.New(t)
				o := testOrganization(cloud)
				if test.change != nil {
					test.change(cloud, o, cancel)
				}
				got, err := firewall.ReadAccounts(ctx, firewall.NewClients(cloud.Config("us-east-1", test.account)), test.opts)
				if got != nil || err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v and %v, want %q", got, err, test.want)
				}
			})
		})
	}
}
