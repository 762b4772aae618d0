// Package ses keeps two Regions of Amazon SES the same, and sends mail through both.
//
// [PlanRegionSync] finds all that differs between a primary and a secondary Region, and
// [ApplyRegionSync] removes it. [PlanReplica] has a domain sign in another Region with the
// same DKIM keys (Deterministic Easy DKIM). [PlanGlobalEndpoint] makes the endpoint that
// spreads mail over both, [CheckReadiness] tells what would hurt if one of them failed, and
// [FailoverDrill] what would not go out then. [PlanLimits] asks for the quotas that this
// takes, and [PlanManagedIPs] sets up dedicated addresses that SES manages. A [Sender] sends
// through an endpoint without ever sending a mail twice.
//
// Package [github.com/awspatterns/awspatterns/ses/region] is the pure core: it compares what
// two Regions hold without any AWS SDK.
//
// # Two Regions
//
// Patterns over two Regions take two Clients, primary and secondary, of one account; their
// plans carry both Regions, and applying one compares both.
//
// # Rates
//
// SES allows most of its operations one call in a second
// (https://docs.aws.amazon.com/ses/latest/dg/quotas.html). Each Region has limiters of its
// own, one for each operation, and plans tell how long applying them takes.
// See [Rates].
package ses
