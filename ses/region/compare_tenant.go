package region

import (
	"cmp"
	"slices"
	"strings"
)

// tenants decides about tenants and what is associated with them.
func (c *comparer) tenants() {
	if !c.opts.Covers(Tenants) && !c.opts.Covers(Associations) {
		return
	}
	if c.opts.Covers(Associations) {
		c.unreadParts(Associations, Tenants)
	}
	for _, name := range names(c, Tenants, c.from.tenants, c.to.tenants) {
		p, s := c.from.tenants[name], c.to.tenants[name]
		switch {
		case s == nil:
			c.add(c.newTenant(p)...)
		case p == nil && c.opts.Covers(Tenants):
			c.only(Tenants, name, Value{Tenant: s})
		case p != nil:
			o := object{kind: Tenants, name: name, from: Value{Tenant: p}, to: Value{Tenant: s}, part: !c.opts.Covers(Tenants)}
			var changes []Decision
			if !o.part {
				wanted := Tenant{Name: name, Suppression: p.Suppression}
				changes = c.update(Tenants, name, "", SuppressionAspect, o.to, Value{Tenant: &wanted}, false)
				changes = append(changes, c.tenantStatus(p, s)...)
			}
			c.add(c.keep(o, append(changes, c.associations(p, s, there)...))...)
		}
	}
}

// newTenant decides about one that the secondary lacks.
func (c *comparer) newTenant(p *Tenant) []Decision {
	if !c.opts.Covers(Tenants) {
		return c.associations(p, nil, c.tenantFate(p.Name))
	}
	made := &Tenant{Name: p.Name, Suppression: p.Suppression, Tags: c.marked(p.Tags)}
	all := []Decision{c.make(Tenants, p.Name, "", Value{Tenant: made})}
	all = append(all, c.tenantStatus(p, made)...)
	return append(all, c.associations(p, nil, there)...)
}

// tenantStatus tells of a status that differs. It says what SES, or somebody, thinks of the
// mail that was sent in a Region, so that it is not copied.
func (c *comparer) tenantStatus(p, s *Tenant) []Decision {
	from, to := cmp.Or(p.Status, "ENABLED"), cmp.Or(s.Status, "ENABLED")
	if from == to {
		return nil
	}
	return []Decision{c.manual(Tenants, p.Name, "its sending status is "+from+" in the primary, and "+to+" in "+c.to.Region,
		"if both are to be alike: "+command(c.to.Region, "update-reputation-entity-customer-managed-status", "--reputation-entity-type", "RESOURCE",
			"--reputation-entity-reference", "ARN", "--sending-status", from))}
}

// associations decides about the resources of a tenant. s is nil for one that the secondary
// lacks, f whether it will be there.
func (c *comparer) associations(p, s *Tenant, f fate) (all []Decision) {
	if !c.opts.Covers(Associations) {
		return nil
	}
	for _, side := range []*side{c.from, c.to} {
		if _, is := side.unread[Unread{Kind: Associations}]; is {
			return nil // said once
		}
		if reason, is := side.unread[Unread{Kind: Associations, Name: p.Name}]; is {
			return append(all, unreadAt(side, Associations, p.Name+"/"+everything, reason))
		}
	}
	wanted := map[string]bool{}
	for _, arn := range p.Resources {
		wanted[c.moved(arn)] = true
	}
	has := orZero(s).Resources
	for _, arn := range sortedKeys(wanted) {
		if !slices.Contains(has, arn) {
			all = append(all, c.association(p.Name, arn, f))
		}
	}
	for _, arn := range sortedTexts(has) {
		if !wanted[arn] {
			all = append(all, c.manual(Associations, p.Name+"/"+arn, "only "+c.to.Region+" has it, and associations bear no mark",
				"if nothing needs it: "+command(c.to.Region, "delete-tenant-resource-association", "--tenant-name", p.Name, "--resource-arn", arn)))
		}
	}
	return all
}

// association decides about one that is missing. SES associates what is there.
func (c *comparer) association(tenant, arn string, f fate) Decision {
	kind, name, ok := resourceOf(arn, c.to)
	if !ok {
		return c.manual(Associations, tenant+"/"+arn, "it is no identity, configuration set or template of "+c.to.Region+" that this library knows",
			command(c.to.Region, "create-tenant-resource-association", "--tenant-name", tenant, "--resource-arn", arn))
	}
	if f.ok {
		switch kind {
		case Sets:
			f = c.setFate(name)
		case Identities:
			f = c.identityFate(name)
		default:
			f = c.templateFate(name)
		}
	}
	if !f.ok {
		return f.decision(c, Associations, tenant+"/"+arn, "")
	}
	return c.make(Associations, tenant, arn, Value{Association: arn})
}

// resourceOf returns the object that an ARN of a Region names.
func resourceOf(arn string, s *side) (kind Kind, name string, ok bool) {
	a, is := parseARN(arn)
	if !is || a.service != "ses" || a.region != s.Region || a.account != s.Account {
		return "", "", false
	}
	prefix, name, _ := strings.Cut(a.resource, "/")
	kind, ok = map[string]Kind{"identity": Identities, "configuration-set": Sets, "template": Templates}[prefix]
	return kind, name, ok && name != ""
}
