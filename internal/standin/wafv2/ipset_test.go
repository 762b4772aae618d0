package wafv2_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

func create(t *testing.T, c *sdk.Client, name string, version types.IPAddressVersion, addresses ...string) (*types.IPSetSummary, error) {
	t.Helper()
	out, err := c.CreateIPSet(t.Context(), &sdk.CreateIPSetInput{
		Name: &name, Scope: types.ScopeRegional, IPAddressVersion: version, Addresses: append([]string{}, addresses...),
		Tags: []types.Tag{{Key: aws.String("awspatterns"), Value: aws.String("x")}},
	})
	if err != nil {
		return nil, err
	}
	return out.Summary, nil
}

func TestAddresses(t *testing.T) {
	const v4, v6 = types.IPAddressVersionIpv4, types.IPAddressVersionIpv6
	for _, test := range []struct {
		address string
		version types.IPAddressVersion
		kept    string // empty: refused
	}{
		{"192.0.2.44/32", v4, "192.0.2.44/32"},
		{"192.0.2.0/24", v4, "192.0.2.0/24"},
		{"0.0.0.0/1", v4, "0.0.0.0/1"},
		{"0.0.0.0/0", v4, ""},
		{"::/0", v6, ""},
		{"192.0.2.44", v4, ""},
		{"192.0.2.44/29", v4, ""},
		{"192.0.2.0/33", v4, ""},
		{"192.0.2.0/24", v6, ""},
		{"2001:db8::/32", v4, ""},
		{"2001:db8::1/128", v6, "2001:0db8:0000:0000:0000:0000:0000:0001/128"},
		{"", v4, ""},
	} {
		service, c, _ := newClient(t)
		made, err := create(t, c, "a", test.version, test.address)
		if test.kept == "" {
			want(t, test.address, err, "field: IP_ADDRESS, parameter: "+test.address)
			continue
		}
		want(t, test.address, err, "")
		if set, _ := service.IPSet(*made.ARN); !slices.Equal(set.Addresses, []string{test.kept}) {
			t.Errorf("%s: got %q", test.address, set.Addresses)
		}
	}
}

func TestUpdateIPSet(t *testing.T) {
	service, c, _ := newClient(t)
	made, err := create(t, c, "a", types.IPAddressVersionIpv4, "192.0.2.9/32", "192.0.2.1/32", "192.0.2.9/32")
	want(t, "create", err, "")
	update := func(token *string, addresses ...string) (*sdk.UpdateIPSetOutput, error) {
		return c.UpdateIPSet(t.Context(), &sdk.UpdateIPSetInput{
			Name: made.Name, Id: made.Id, Scope: types.ScopeRegional, LockToken: token, Addresses: append([]string{}, addresses...),
		})
	}
	got, err := c.GetIPSet(t.Context(), &sdk.GetIPSetInput{Name: made.Name, Id: made.Id, Scope: types.ScopeRegional})
	if err != nil || !slices.Equal(got.IPSet.Addresses, []string{"192.0.2.1/32", "192.0.2.9/32"}) || *got.LockToken != *made.LockToken {
		t.Errorf("got %+v and %v", got, err)
	}
	updated, err := update(got.LockToken, "198.51.100.0/24")
	want(t, "update", err, "")
	_, err = update(got.LockToken)
	want(t, "stale", err, "WAFOptimisticLockException")
	var many []string
	for i := range 10_001 {
		many = append(many, fmt.Sprintf("10.0.%d.%d/32", i/256, i%256))
	}
	_, err = update(updated.NextLockToken, many...)
	want(t, "too many", err, "WAFLimitsExceededException")
	_, err = update(updated.NextLockToken, many[1:]...)
	want(t, "10,000", err, "")
	if set, _ := service.IPSet(*made.ARN); len(set.Addresses) != 10_000 || set.Tags["awspatterns"] != "x" {
		t.Errorf("got %d addresses, tags %v", len(set.Addresses), set.Tags)
	}
	service.ChangeIPSet(*made.ARN)
	if set, _ := service.IPSet(*made.ARN); len(set.Addresses) != 0 {
		t.Errorf("got %q", set.Addresses)
	}
}

func TestIPSetNames(t *testing.T) {
	service, c, us := newClient(t)
	service.PageSize = 1
	for _, name := range []string{"a", "b"} {
		_, err := create(t, c, name, types.IPAddressVersionIpv4)
		want(t, name, err, "")
	}
	_, err := create(t, c, "a", types.IPAddressVersionIpv6)
	want(t, "again", err, "WAFDuplicateItemException")
	_, err = create(t, us, "a", types.IPAddressVersionIpv6)
	want(t, "elsewhere", err, "")
	_, err = create(t, c, "a b", types.IPAddressVersionIpv4)
	want(t, "name", err, "WAFInvalidParameterException")
	var names []string
	in := &sdk.ListIPSetsInput{Scope: types.ScopeRegional}
	for pages := 0; pages == 0 || in.NextMarker != nil; pages++ {
		out, err := c.ListIPSets(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		for _, set := range out.IPSets {
			names = append(names, *set.Name)
		}
		in.NextMarker = out.NextMarker
	}
	if slices.Sort(names); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("got %q", names)
	}
	for i := range 98 {
		_, err = create(t, c, fmt.Sprint("n", i), types.IPAddressVersionIpv4)
		want(t, "up to 100", err, "")
	}
	_, err = create(t, c, "more", types.IPAddressVersionIpv4)
	want(t, "101", err, "WAFLimitsExceededException")
}

func TestDeleteIPSet(t *testing.T) {
	service, c, _ := newClient(t)
	made, err := create(t, c, "a", types.IPAddressVersionIpv4)
	want(t, "create", err, "")
	remove := func(token *string) error {
		_, err := c.DeleteIPSet(t.Context(), &sdk.DeleteIPSetInput{Name: made.Name, Id: made.Id, Scope: types.ScopeRegional, LockToken: token})
		return err
	}
	acl := service.CreateWebACL(account, region, wafv2.WebACL{Name: "w", Rules: []types.Rule{
		{Statement: &types.Statement{IPSetReferenceStatement: &types.IPSetReferenceStatement{ARN: made.ARN}}},
	}})
	want(t, "in use", remove(made.LockToken), "WAFAssociatedItemException")
	service.Delete(acl)
	want(t, "another token", remove(aws.String("x")), "WAFOptimisticLockException")
	want(t, "delete", remove(made.LockToken), "")
	want(t, "again", remove(made.LockToken), "WAFNonexistentItemException")
	if service.Dump() != "" {
		t.Errorf("got %s", service.Dump())
	}
}
