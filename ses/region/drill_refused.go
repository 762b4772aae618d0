package region

import (
	"fmt"
	"slices"
)

// policies tells of which identities mail of others is refused: of those whom a policy lets
// send in the lost Region only.
func (c *carriage) policies() {
	if !c.opts.wants(Identities) {
		return
	}
	for _, from := range c.from.Identities {
		to := c.to.identities[from.Name]
		if to == nil || !from.CanSend || !to.CanSend || !c.readable(Identities, from.Name) {
			continue
		}
		for _, name := range sortedKeys(from.Policies) {
			if _, there := to.Policies[name]; !there && name != PolicyName { // that is not about sending
				c.add(Finding{Severity: Blocks, Kind: Identities, Name: from.Name, Aspect: Policy, Remedy: c.remedy, Source: pagePolicies,
					Problem: fmt.Sprintf("the policy %q is missing: mail of others that it lets send is refused", name)})
			}
		}
	}
}

// associations tells of which tenants mail is refused, since what it names is not theirs.
func (c *carriage) associations() {
	if !c.opts.wants(Associations) {
		return
	}
	for _, from := range c.from.Tenants {
		to := c.to.tenants[from.Name]
		if to == nil || !c.readable(Tenants, from.Name) || !c.readable(Associations, from.Name) {
			continue
		}
		for _, arn := range from.Resources {
			if !slices.ContainsFunc(to.Resources, func(other string) bool { return sameResource(other, arn) }) {
				c.add(Finding{Severity: Blocks, Kind: Associations, Name: from.Name, Remedy: c.remedy, Source: pageTenants,
					Problem: fmt.Sprintf("%s is not associated with it: mail of the tenant that uses it is refused", arn)})
			}
		}
	}
}

// whole reports whether nothing from an identity goes out, and not only mail of others.
func (i DrillItem) whole() bool {
	return slices.ContainsFunc(i.Why, func(f Finding) bool { return f.Severity == Blocks && f.Aspect != Policy })
}
