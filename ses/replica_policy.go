package ses

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// policy decides about the policy of a parent, and reports whether it is there or planned.
func (d *replicaDecider) policy(domain string, parent *region.Identity) bool {
	step := ReplicaStep{Domain: domain, Aspect: region.Policy, Primary: true}
	found, there := parent.Policies[region.PolicyName]
	var regions []string
	var err error
	if there {
		regions, err = replicationRegions(d.plan.Target, domain, found)
	}
	wanted := append(slices.Clone(regions), d.plan.Secondary.Region)
	step.Found, step.Want = found, replicationPolicy(d.plan.Target, domain, wanted)
	c := awspatterns.Change{Action: awspatterns.Update, Fields: regionFields(regions, wanted)}
	switch {
	case !there && len(parent.Policies) >= region.MaxPolicies:
		d.block(step, &replicaBlock{fmt.Sprintf("the identity has %d policies, and SES allows %d", len(parent.Policies), region.MaxPolicies),
			[]string{"join two of its policies", "or allow ses:ReplicateEmailIdentityDKIMSigningKey by IAM, and plan without Policy"}})
		return false
	case !there:
		c.Action = awspatterns.Create
	case err == nil && slices.Contains(regions, d.plan.Secondary.Region):
		return true
	case len(step.Want) > region.MaxPolicySize:
		d.block(step, &replicaBlock{fmt.Sprintf("it would have %d bytes, and SES allows %d", len(step.Want), region.MaxPolicySize),
			[]string{"take Regions out of it that have no replica"}})
		return false
	case err != nil && !d.plan.Options.Adopt:
		d.block(step, foreignPolicyBlock(err, step.Want))
		return false
	case err != nil:
		c.Adopts, c.Reason = true, err.Error()
		c.Irreversible = "what the policy allows now: " + found
	}
	d.add(step, c)
	return true
}

// foreignPolicyBlock tells why a policy of our name is not changed.
func foreignPolicyBlock(err error, want string) *replicaBlock {
	return &replicaBlock{"it is not as this library writes it: " + err.Error(), []string{
		"set Adopt to have it replaced by this, with all other Regions that have replicas left out: " + want,
		"or write it by hand, with all Regions that have replicas",
	}}
}

// replicationPolicy and replicationRegions are those of package region, for a parent in t.
func replicationPolicy(t awspatterns.Target, domain string, replicas []string) string {
	return region.ReplicationPolicy(t.Partition, t.Account, t.Region, domain, replicas)
}

func replicationRegions(t awspatterns.Target, domain, document string) ([]string, error) {
	return region.ReplicationRegions(document, t.Partition, t.Account, t.Region, domain)
}

// regionFields tells how the Regions of a policy change.
func regionFields(old, new []string) []awspatterns.Field {
	join := func(names []string) string {
		return strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), ", ")
	}
	return []awspatterns.Field{{Name: "policy for replicas in", Old: join(old), New: join(new)}}
}
