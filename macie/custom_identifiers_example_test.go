package macie_test

import (
	"context"
	"fmt"
	"log"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

// An identifier for identity cards is planned, shown and created. Its samples are
// tried before. The clients are of in-process AWS; yours are
// macie.NewClients(cfg).
func ExamplePlanCustomIdentifiers() {
	ctx := context.Background()
	clients := newIdentifierWorld(awstest.New(nil)).clients()

	plan, err := macie.PlanCustomIdentifiers(ctx, clients, macie.CustomIdentifiersOptions{
		Identifiers: []macie.CustomIdentifier{{
			Name:     "nric",
			Regex:    `[SFTG]\d{7}[A-Z]`,
			Keywords: []string{"Singapore", "Identity Card"},
			Samples: []identifier.Sample{
				{Text: "REPUBLIC OF SINGAPORE\nS1234567D", Matches: 1},
				{Text: "Order S1234567D", Matches: 0},
			},
		}},
		TestInMacie: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan)
	result, err := macie.ApplyCustomIdentifiers(ctx, clients, plan)
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range result.Outcomes {
		fmt.Println(o.State, o.Resource, "has an id:", result.IDs[o.Resource.ID] != "")
	}
	// Output:
	// Plan of macie.CustomIdentifiers: account 123456789012, eu-central-1
	//
	// +   create Macie custom data identifier nric
	//       regex                   [SFTG]\d{7}[A-Z]
	//       keywords                "Identity Card", "Singapore"
	//       maximum match distance  50
	//       severity levels         MEDIUM from 1
	//
	// 1 to create, 0 to update, 0 to replace, 0 to delete.
	//
	// applied Macie custom data identifier nric has an id: true
}
