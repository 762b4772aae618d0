package firewall_test

import (
	"context"
	"fmt"
	"log"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// The scope of a policy is narrowed to what is tagged. The plan has the change of
// the policy, and apart from it what Firewall Manager will do because of it. The
// clients are of in-process AWS, where the policy is; yours are
// firewall.NewClients(cfg) for the administrator's account.
func ExamplePlanRetrofit() {
	ctx := context.Background()
	w := newFMSWorld(awstest.New(nil))
	everything := articlePolicy()
	everything.Tags = nil
	if err := (&keptRetrofit{fmsWorld: w, opts: firewall.RetrofitOptions{Policy: everything}}).run(ctx); err != nil {
		log.Fatal(err)
	}
	clients := w.clients()

	policy, err := firewall.ReadPolicy(ctx, clients, firewall.ReadPolicyOptions{PolicyName: "MyWAFPolicyName"})
	if err != nil {
		log.Fatal(err)
	}
	policy.Tags = []retrofit.Tag{{Key: "Tier", Value: "Production"}}
	plan, err := firewall.PlanRetrofit(ctx, clients, firewall.RetrofitOptions{Policy: policy, State: articleState()})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Plan)
	for _, acl := range plan.Effects.Change.WebACLs {
		fmt.Println(acl.After.Name, "was", acl.Before.Outcome, "and is", acl.After.Outcome)
	}
	result, err := firewall.ApplyRetrofit(ctx, clients, plan)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Outcomes[0].State)
	// Output:
	// Plan of firewall.Retrofit: account 123456789012, eu-central-1
	//
	// ~   update Firewall Manager policy MyWAFPolicyName
	//       ResourceTags  Tier="Production"
	//
	// 0 to create, 1 to update, 0 to replace, 0 to delete.
	// Cost: web ACLs that Firewall Manager creates, as predicted, each month: 0 (per web ACL)
	// Cost: rule groups that it puts into web ACLs, as predicted, each month: 0 (per rule group)
	//
	// AppTeamNewWebACL was retrofitted and is delayed
	// applied
}
