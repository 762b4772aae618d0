package region

import (
	"fmt"
	"slices"
)

// sets looks at the configuration sets that mail names.
func (c *carriage) sets() {
	for i := range c.from.ConfigurationSets {
		set := &c.from.ConfigurationSets[i]
		if !c.readable(Sets, set.Name) {
			continue
		}
		if other := c.to.sets[set.Name]; other != nil {
			c.set(set, other)
		} else {
			c.absent(Blocks, Sets, set.Name, "mail that names it is refused", pageSets)
		}
	}
}

// set looks at a configuration set that both Regions have.
func (c *carriage) set(from, to *ConfigurationSet) {
	if !sends(to) && sends(from) {
		c.add(Finding{Severity: Blocks, Kind: Sets, Name: to.Name, Aspect: SendingAspect,
			Problem: "sending is disabled, and is enabled in " + c.from.Region, Remedy: "enable sending of the set, if that is wanted",
			Source: pagePauseSet})
	}
	c.poolOf(to)
}

// sends reports whether mail that names a set goes out: it does unless it was disabled.
func sends(s *ConfigurationSet) bool { return s.Sending == nil || *s.Sending }

// pool returns the pool of a set, empty if it has none.
func (s *ConfigurationSet) pool() string {
	if s.Delivery == nil || ownPool(s.Delivery.Pool) {
		return ""
	}
	return s.Delivery.Pool
}

// poolOf looks at the pool that mail with a set of the Region that carries leaves from.
func (c *carriage) poolOf(set *ConfigurationSet) {
	name := set.pool()
	if name == "" {
		return
	}
	f := Finding{Severity: Blocks, Kind: Sets, Name: set.Name, Aspect: DeliveryAspect}
	pool := c.to.pools[name]
	switch {
	case c.to.lacks(Pools, name), !c.opts.wants(Pools):
		f.Severity, f.Problem = NotKnown, fmt.Sprintf("whether its pool %q has addresses is not known", name)
	case pool == nil:
		f.Problem = fmt.Sprintf("its pool %q is missing, so that it has no address to send from", name)
		f.Remedy = "make the pool, or give the set another"
	case modeOf(pool) == standard && pool.IPs == 0:
		f.Problem = fmt.Sprintf("its pool %q has no address, and mail leaves only from those of the pool", name)
		f.Remedy = "request dedicated IP addresses in this Region and put them into the pool"
		f.Source = pagePools
	default:
		return
	}
	c.add(f)
}

// pools looks at the pools of dedicated IP addresses.
func (c *carriage) pools() {
	for i := range c.from.Pools {
		pool := &c.from.Pools[i]
		if !c.readable(Pools, pool.Name) {
			continue
		}
		if other := c.to.pools[pool.Name]; other != nil {
			c.pool(pool, other)
		} else {
			c.absent(Degrades, Pools, pool.Name, "mail leaves from other addresses", pagePools)
		}
	}
}

// pool looks at a pool that both Regions have.
func (c *carriage) pool(from, to *Pool) {
	f := Finding{Severity: Degrades, Kind: Pools, Name: to.Name, Source: pageEndpoints}
	switch {
	case modeOf(from) != modeOf(to):
		if c.planned {
			f.Problem = fmt.Sprintf("%s, and %s in %s", modeOf(to), modeOf(from), c.from.Region)
			f.Remedy = "make both alike: a standard pool can become a managed one, and not the other way round"
			f.Aspect, f.Source = Mode, ""
			c.add(f)
		}
	case modeOf(to) == managed && to.IPs == 0 && from.IPs > 0:
		f.Problem = "SES has not given it an address yet: mail leaves from shared addresses"
		f.Remedy = "send through this Region, too: SES gives addresses by volume"
		f.Source = "https://docs.aws.amazon.com/ses/latest/dg/managed-dedicated-sending.html"
		c.add(f)
	case modeOf(to) == standard && to.IPs < from.IPs:
		f.Problem = fmt.Sprintf("%d addresses, and %d in %s", to.IPs, from.IPs, c.from.Region)
		f.Remedy = "request as many dedicated IP addresses in this Region, and warm them up"
		c.add(f)
	}
	if modeOf(to) == standard && to.Warm < to.IPs {
		c.add(Finding{Severity: Degrades, Kind: Pools, Name: to.Name, Aspect: WarmupAspect,
			Problem: fmt.Sprintf("%d of %d addresses are not warmed up: providers may hold back a sudden load", to.IPs-to.Warm, to.IPs),
			Remedy:  "send through this Region, too, until they are warm", Source: pageWarming})
	}
}

// templates looks at the email templates that mail names.
func (c *carriage) templates() {
	for _, t := range c.from.Templates {
		if !c.readable(Templates, t.Name) {
			continue
		}
		switch other := c.to.templates[t.Name]; {
		case other == nil:
			c.absent(Blocks, Templates, t.Name, "mail that names it is refused", "")
		case other.Digest != t.Digest && c.planned:
			c.add(Finding{Severity: Degrades, Kind: Templates, Name: t.Name, Aspect: Content,
				Problem: "other content than in " + c.from.Region, Remedy: c.remedy})
		}
	}
}

// verificationTemplates looks at the custom verification templates.
func (c *carriage) verificationTemplates() {
	for _, t := range c.from.VerificationTemplates {
		if c.to.verification[t.Name] == nil && c.readable(Verification, t.Name) {
			c.absent(Blocks, Verification, t.Name, "verification mail that names it is refused", "")
		}
	}
}

// contactLists looks at the contact lists that mail names.
func (c *carriage) contactLists() {
	for _, l := range c.from.ContactLists {
		if c.to.lists[l.Name] == nil && c.readable(Lists, l.Name) {
			c.absent(Blocks, Lists, l.Name, "mail that names it is refused", "")
		}
	}
}

// tenantStatuses are those of sending that are known.
var tenantStatuses = []string{"ENABLED", "REINSTATED", "DISABLED"}

// tenants looks at the tenants that mail names.
func (c *carriage) tenants() {
	for _, t := range c.from.Tenants {
		if !c.readable(Tenants, t.Name) {
			continue
		}
		switch other := c.to.tenants[t.Name]; {
		case other == nil:
			c.absent(Blocks, Tenants, t.Name, "mail that names it is refused", "")
		case other.Status == "DISABLED" && t.Status != "DISABLED":
			c.add(Finding{Severity: Blocks, Kind: Tenants, Name: t.Name, Aspect: SendingAspect, Source: pageTenants,
				Problem: "sending is disabled, and is enabled in " + c.from.Region, Remedy: "see why SES disabled it, and enable it"})
		case other.Status != t.Status && !slices.Contains(tenantStatuses, other.Status):
			c.add(Finding{Severity: NotKnown, Kind: Tenants, Name: t.Name, Aspect: SendingAspect,
				Problem: fmt.Sprintf("the status of sending is %q, which says nothing that is known here", other.Status),
				Remedy:  "look at the tenant's status in the console"})
		}
	}
}
