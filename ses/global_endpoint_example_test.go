package ses_test

import (
	"context"
	"fmt"
	"log"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/ses"
)

// A global endpoint is planned and shown; ApplyGlobalEndpoint then makes it, and tells the
// EndpointId that a Sender takes. The clients are of in-process AWS; yours are
// ses.NewClients(cfg), with one configuration for each Region.
func ExamplePlanGlobalEndpoint() {
	ctx := context.Background()
	primary, secondary := newEndpointWorld(awstest.New(nil)).clients()

	plan, err := ses.PlanGlobalEndpoint(ctx, primary, secondary, ses.GlobalEndpointOptions{
		Name: "mail", Messages: 1e6,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	// Output:
	// Plan of ses.GlobalEndpoint: account 123456789012, eu-west-1
	//
	// +   create multi-region endpoint arn:aws:ses:eu-west-1:123456789012:multi-region-endpoint/mail
	//       Regions                          eu-west-1 and eu-central-1
	//       tag awspatterns:global-endpoint  eu-central-1
	//
	// 1 to create, 0 to update, 0 to replace, 0 to delete.
	// Cost: premium for mail through a global endpoint over that of one Region, whose amount the price list of SES tells: 1000000 (per message of a month)
}
