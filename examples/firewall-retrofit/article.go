package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"

	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// article shows the case of AWS's article "Firewall Manager retrofitting:
// Harmonizing central security with application team flexibility", from "Out-of-scope
// resources associated with a retrofitted web ACL" on.
//
// The article has LoadBalancer1 move to AppTeamNewWebACL and LoadBalancer2 on
// MyCustomWebACL, and then calls LoadBalancer2 the one that shares AppTeamNewWebACL
// with LoadBalancer3. That must be LoadBalancer1, and here it is.
func article(w io.Writer, asJSON bool) error {
	state, policy, err := readArticle()
	if err != nil {
		return err
	}
	before, err := firewall.EvaluateRetrofit(state, policy)
	if err != nil {
		return err
	}
	after, err := firewall.EvaluateRetrofit(tagged(state), policy)
	if err != nil {
		return err
	}
	if asJSON {
		return write(w, true, retrofit.Diff(before, after), nil)
	}
	fmt.Fprint(w, "The policy has retrofitted both web ACLs, and has a second rule group since. LoadBalancer3 was then put on\n",
		"AppTeamNewWebACL without the tag that the policy asks for.\n\n", before)
	fmt.Fprint(w, "\n\nLoadBalancer3 gets the tag Tier: Production.\n\n", after)
	fmt.Fprint(w, "\n\nWhat that changes:\n", retrofit.Diff(before, after))
	fmt.Fprintln(w, "\nEach of the three remedies of the article, and what becomes of AppTeamNewWebACL:")
	return remedies(w, state, policy)
}

func readArticle() (retrofit.State, retrofit.Policy, error) {
	state, err := retrofit.ReadJSON(bytes.NewReader(articleState))
	if err != nil {
		return retrofit.State{}, retrofit.Policy{}, err
	}
	policy, err := retrofit.ReadPolicy(bytes.NewReader(articlePolicy))
	return state, policy, err
}

// remedies tries each remedy of the article.
func remedies(w io.Writer, state retrofit.State, policy retrofit.Policy) error {
	everything := policy
	everything.Tags = nil
	for _, remedy := range []struct {
		what   string
		state  retrofit.State
		policy retrofit.Policy
	}{
		{"LoadBalancer3 gets the tag", tagged(state), policy},
		{"the tag is removed from the policy's scope", state, everything},
		{"LoadBalancer3 is disassociated", disassociated(state), policy},
	} {
		e, err := firewall.EvaluateRetrofit(remedy.state, remedy.policy)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(e.WebACLs, func(v retrofit.ACLVerdict) bool { return v.Name == "AppTeamNewWebACL" })
		fmt.Fprintf(w, "  %-44s %s, %s\n", remedy.what+":", e.WebACLs[i].Outcome, e.WebACLs[i].Compliance)
	}
	return nil
}

// tagged returns the state with LoadBalancer3 tagged as the policy wants it.
func tagged(s retrofit.State) retrofit.State {
	return withLoadBalancer3(s, func(r *retrofit.Resource) { r.Tags = map[string]string{"Tier": "Production"} })
}

// disassociated returns the state with LoadBalancer3 on no web ACL.
func disassociated(s retrofit.State) retrofit.State {
	s.WebACLs = slices.Clone(s.WebACLs)
	return withLoadBalancer3(s, func(r *retrofit.Resource) {
		for i, acl := range s.WebACLs {
			s.WebACLs[i].Associations = slices.DeleteFunc(slices.Clone(acl.Associations), func(arn string) bool { return arn == r.ARN })
		}
		r.WebACL = ""
	})
}

func withLoadBalancer3(s retrofit.State, change func(*retrofit.Resource)) retrofit.State {
	s.Resources = slices.Clone(s.Resources)
	for i := range s.Resources {
		if s.Resources[i].Name == "LoadBalancer3" {
			change(&s.Resources[i])
		}
	}
	return s
}
