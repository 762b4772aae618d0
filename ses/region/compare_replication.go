package region

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// replicationPolicy writes the policy that a replica needs to its parent in the primary, if
// told to. A policy of this name that lists other Regions keeps them; one of another form is
// somebody's.
func (c *comparer) replicationPolicy(p *Identity, k keys) []Decision {
	if !c.opts.ReplicationPolicy || k.parent != c.from.Region {
		return nil
	}
	document, exists := p.Policies[PolicyName]
	replicas := []string{c.to.Region}
	if exists {
		has, err := c.replicaRegions(p.Name, document)
		if err != nil {
			return []Decision{c.atPrimary(c.blocked(Identities, p.Name+"/"+PolicyName,
				"the policy has the name of this library's, and is not of its form: "+err.Error(), "rename it, or delete it, then plan again"))}
		}
		if slices.Contains(has, c.to.Region) {
			return nil
		}
		replicas = append(replicas, has...)
	}
	wanted := c.policyFor(p.Name, replicas)
	if len(wanted) > MaxPolicySize {
		return []Decision{c.atPrimary(c.blocked(Identities, p.Name+"/"+PolicyName, "the policy would be longer than 4,096 bytes", "take Regions out of it that have no replica"))}
	}
	changes := c.update(Identities, p.Name, PolicyName, Policy, Value{Identity: p},
		Value{Identity: &Identity{Name: p.Name, Policies: map[string]string{PolicyName: wanted}}}, false)
	for i := range changes {
		changes[i] = c.atPrimary(changes[i])
		changes[i].Step.Primary = true
		changes[i].Change.Reason = "it lets the account have the DKIM keys in " + strings.Join(slices.Compact(sortedTexts(replicas)), ", ")
		if !exists {
			changes[i].Change.Action = awspatterns.Create
		}
	}
	return changes
}

// atPrimary returns a decision as one about the primary.
func (c *comparer) atPrimary(d Decision) Decision {
	d.Change.Resource.Region = c.from.Region
	return d
}

// policyFor returns this library's policy of an identity of the primary.
func (c *comparer) policyFor(name string, replicas []string) string {
	return ReplicationPolicy(c.from.Partition, c.from.Account, c.from.Region, name, replicas)
}

// replicaRegions returns the Regions that this library's policy lists, or why it is none of
// this library's.
func (c *comparer) replicaRegions(name, document string) ([]string, error) {
	return ReplicationRegions(document, c.from.Partition, c.from.Account, c.from.Region, name)
}

// policyNote tells what replicating takes where this library does not write the policy.
func (c *comparer) policyNote(p *Identity, k keys) string {
	if c.opts.ReplicationPolicy || k.parent != c.from.Region {
		return ""
	}
	if has, err := c.replicaRegions(p.Name, p.Policies[PolicyName]); err == nil && slices.Contains(has, c.to.Region) {
		return ""
	}
	return "whoever applies this must be allowed ses:ReplicateEmailIdentityDKIMSigningKey on " + c.from.arn("identity/"+p.Name) + ": by IAM, or set ReplicationPolicy"
}
