package retrofit

import (
	"slices"
	"testing"
)

// What was not asked for is not absent: an account that the policy covers and that was
// read in other Regions only, or not at all, is named.
func TestEvaluateNamesWhatWasNotAskedFor(t *testing.T) {
	const here, there, absent, excluded = "111111111111", "222222222222", "333333333333", "444444444444"
	state := State{Format: StateFormat, Accounts: []Account{
		{ID: here, OrgUnits: []string{}, Regions: []string{"eu-central-1"}},
		{ID: there, OrgUnits: []string{}, Regions: []string{"us-east-1"}},
		{ID: excluded, OrgUnits: []string{}, Regions: []string{"us-east-1"}},
	}}
	policy := Policy{
		Name: "p", Region: "eu-central-1", ResourceTypes: []ResourceType{LoadBalancer}, Remediate: true,
		Data: ServiceData{Type: typeWAF, WebACLSource: SourceRetrofit},
	}
	for name, test := range map[string]struct {
		scope func(*Policy)
		want  []string
	}{
		"all accounts":     {func(*Policy) {}, []string{there, excluded}},
		"but one":          {func(p *Policy) { p.Exclude.IDs = []string{excluded} }, []string{there}},
		"some of them":     {func(p *Policy) { p.Include.IDs = []string{here, absent} }, []string{absent}},
		"one that is read": {func(p *Policy) { p.Include.IDs = []string{here} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy
			test.scope(&p)
			e, err := Evaluate(state, p)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, u := range e.Unread {
				if u.Region != "eu-central-1" || u.What != "account" || u.Reason == "" {
					t.Errorf("unread: %+v", u)
				}
				got = append(got, u.Account)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("unread are %q, want %q", got, test.want)
			}
		})
	}
}
