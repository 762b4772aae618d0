package firewall_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
)

// Two accounts are read, of which one cannot be. It stays unknown, and the state says
// why. The clients are of in-process AWS; yours are firewall.NewClients(cfg), where
// cfg has the credentials of a role in the account that is asked for.
func ExampleReadState() {
	world := newFleetWorld(awstest.New(nil))
	world.elb.Create("222222222222", "eu-central-1", "shop", elbtypes.LoadBalancerTypeEnumApplication, map[string]string{"Tier": "Production"})

	state, err := firewall.ReadState(context.Background(), func(account, region string) (firewall.Clients, error) {
		if account == "333333333333" {
			return firewall.Clients{}, errors.New("there is no role Audit")
		}
		return firewall.NewClients(world.Config(region, account)), nil
	}, firewall.ReadStateOptions{
		Accounts: []retrofit.Account{{ID: "222222222222"}, {ID: "333333333333"}},
		Regions:  []string{"eu-central-1", "eu-west-1"},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, r := range state.Resources {
		fmt.Printf("%s %s in account %s, tags %v, web ACL %q\n", r.Type, r.Name, r.Account, r.Tags, r.WebACL)
	}
	for _, u := range state.Unread {
		fmt.Printf("unknown: %s %s, since %s\n", u.What, u.Account, u.Reason)
	}
	// Output:
	// AWS::ElasticLoadBalancingV2::LoadBalancer shop in account 222222222222, tags map[Tier:Production], web ACL ""
	// unknown: account 333333333333, since there is no role Audit
}
