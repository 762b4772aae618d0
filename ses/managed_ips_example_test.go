package ses_test

import (
	"context"
	"fmt"
	"log"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// A domain is to be sent from through dedicated addresses that SES manages: the plan is shown,
// with what it costs; ApplyManagedIPs then makes the changes. The clients are of in-process
// AWS; yours are ses.NewClients(cfg).
func ExamplePlanManagedIPs() {
	ctx := context.Background()
	clients := newManagedWorld(awstest.New(nil)).clients()

	plan, err := ses.PlanManagedIPs(ctx, clients, ses.ManagedIPsOptions{
		Pool: "newsletters", ConfigurationSet: "newsletters", Identities: []string{"example.com"},
		Messages: 500_000, MaxMessages: 1_000_000,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	// Output:
	// Plan of ses.ManagedIPs: account 123456789012, eu-west-1
	//
	// +   create dedicated IP pool arn:aws:ses:eu-west-1:123456789012:dedicated-ip-pool/newsletters
	//       scaling mode                 MANAGED
	//       tag awspatterns:managed-ips  newsletters
	//       SES charges for mail through managed addresses, from the creation of the first managed pool on
	// +   create configuration set arn:aws:ses:eu-west-1:123456789012:configuration-set/newsletters
	//       dedicated IP pool            newsletters
	//       tag awspatterns:managed-ips  newsletters
	// ~   update identity arn:aws:ses:eu-west-1:123456789012:identity/example.com
	//       default configuration set  newsletters
	//
	// 2 to create, 1 to update, 0 to replace, 0 to delete.
	// Cost: mail through managed dedicated IP addresses, whose price the price list of SES tells: 500000 (per message of a month), ceiling 1000000
}
