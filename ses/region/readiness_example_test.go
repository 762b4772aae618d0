package region_test

import (
	"fmt"

	"github.com/awspatterns/awspatterns/ses/region"
)

// A secondary Region that nobody has looked after: what would hurt if the primary failed.
func ExampleCheckReadiness() {
	settings := region.Settings{ProductionAccess: true, SendingEnabled: true, Enforcement: "HEALTHY", Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 30_000}
	primary := region.State{Region: "eu-west-1", Settings: settings, Templates: []region.Template{{Name: "welcome", Digest: region.ContentDigest("Welcome", "", "Hello")}}}
	settings.Max24HourSend, settings.SentLast24Hours = 200, 0
	secondary := region.State{Region: "us-east-1", Settings: settings}
	primary.Endpoints = []region.Endpoint{{Name: "global", Status: "READY", Regions: []string{"eu-west-1", "us-east-1"}}}

	in := region.Inputs{Primary: primary, Secondary: secondary, Suppressed: []region.ListDifference{{}}}
	readiness := region.CheckReadiness(in, region.ReadinessOptions{Endpoint: "global"})
	fmt.Println(readiness.Ready())
	fmt.Print(readiness)
	// Output:
	// false
	// Readiness of eu-west-1 and us-east-1: not ready: 2 block
	//
	// x blocks   email template "welcome" in us-east-1
	//       missing: mail that names it is refused
	//       → make the Regions the same: PlanRegionSync
	// x blocks   sending quota "recipients in 24 hours" in us-east-1
	//       takes 200 in 24 hours; both Regions together have 30,000, so that 29,800 do not fit
	//       → PlanLimits asks for an increase
}
