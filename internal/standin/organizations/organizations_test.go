package organizations_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/organizations"
)

const management = "111122223333"

func want(t *testing.T, what string, err error, text string) {
	t.Helper()
	if (err == nil) != (text == "") || err != nil && !strings.Contains(err.Error(), text) {
		t.Errorf("%s: got %v, want %q", what, err, text)
	}
}

func TestOrganization(t *testing.T) {
	cloud := awstest.New(t)
	service, c := organizations.New(cloud, management, "222222222222"), sdk.NewFromConfig(cloud.Config("us-east-1", management))
	service.Unit("ou-test-11111111", organizations.Root)
	service.Unit("ou-test-22222222", "ou-test-11111111")
	service.Account("222222222222", "ou-test-22222222", types.AccountStateActive)
	service.Account("333333333333", "ou-test-11111111", types.AccountStateSuspended)
	for size, want := range map[int]int{0: 1, 1: 3, 2: 2, 3: 1} {
		service.PageSize = size
		var got []string
		pages := 0
		for p := sdk.NewListAccountsPaginator(c, &sdk.ListAccountsInput{}); p.HasMorePages(); pages++ {
			page, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range page.Accounts {
				got = append(got, *a.Id+" "+string(a.State))
			}
		}
		if !slices.Equal(got, []string{"111122223333 ACTIVE", "222222222222 ACTIVE", "333333333333 SUSPENDED"}) || pages != want {
			t.Errorf("page size %d: got %q in %d pages, want %d", size, got, pages, want)
		}
	}
	for child, parent := range map[string]string{
		management: "r-test ROOT", "222222222222": "ou-test-22222222 ORGANIZATIONAL_UNIT", "ou-test-22222222": "ou-test-11111111 ORGANIZATIONAL_UNIT",
		"ou-test-11111111": "r-test ROOT",
	} {
		out, err := c.ListParents(t.Context(), &sdk.ListParentsInput{ChildId: &child})
		if err != nil || *out.Parents[0].Id+" "+string(out.Parents[0].Type) != parent {
			t.Errorf("%s: got %+v and %v, want %s", child, out, err, parent)
		}
	}
	_, err := c.ListParents(t.Context(), &sdk.ListParentsInput{ChildId: aws.String("444444444444")})
	want(t, "unknown", err, "ChildNotFoundException")
	_, err = c.ListParents(t.Context(), &sdk.ListParentsInput{ChildId: aws.String(organizations.Root)})
	want(t, "the root", err, "InvalidInputException")
	service.Remove("333333333333")
	_, err = c.ListParents(t.Context(), &sdk.ListParentsInput{ChildId: aws.String("333333333333")})
	want(t, "removed", err, "ChildNotFoundException")
	_, err = sdk.NewFromConfig(cloud.Config("us-east-1", "222222222222")).ListAccounts(t.Context(), nil)
	want(t, "a delegate", err, "")
	_, err = sdk.NewFromConfig(cloud.Config("us-east-1", "333333333333")).ListAccounts(t.Context(), nil)
	want(t, "a member", err, "AccessDenied")
}
