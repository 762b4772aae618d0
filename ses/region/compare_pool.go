package region

// Modes of dedicated IP pools.
const managed, standard = "MANAGED", "STANDARD"

// Pools that SES has of itself
// (https://docs.aws.amazon.com/ses/latest/dg/managing-ip-pools.html).
const (
	sharedPool  = "ses-shared-pool"            // addresses of all customers
	defaultPool = "ses-default-dedicated-pool" // those of the account that are in no other pool
)

// ownPool reports whether a pool is one that SES has of itself.
func ownPool(name string) bool { return name == sharedPool || name == defaultPool }

// pools decides about the pools of dedicated IP addresses.
func (c *comparer) pools() {
	if !c.opts.Covers(Pools) {
		return
	}
	for _, name := range names(c, Pools, c.from.pools, c.to.pools) {
		p, s := c.from.pools[name], c.to.pools[name]
		switch {
		case ownPool(name):
		case s == nil:
			c.add(c.newPool(p))
		case p == nil:
			c.only(Pools, name, Value{Pool: s})
		default:
			c.add(c.keep(object{kind: Pools, name: name, from: Value{Pool: p}, to: Value{Pool: s}}, c.poolMode(p, s))...)
		}
	}
}

// newPool decides about a pool that the secondary lacks.
func (c *comparer) newPool(p *Pool) Decision {
	if p.Mode == managed && !c.opts.ManagedPools {
		return c.manual(Pools, p.Name, "a managed pool is charged for from its creation, and by the number of mails that are sent through it",
			"set ManagedPools, or: "+command(c.to.Region, "create-dedicated-ip-pool", "--pool-name", p.Name, "--scaling-mode", managed))
	}
	d := c.make(Pools, p.Name, "", Value{Pool: &Pool{Name: p.Name, Mode: modeOf(p), Tags: c.marked(p.Tags)}})
	if p.Mode == managed {
		d.Change.Reason = "each managed pool is charged for from its creation, and by the number of mails that are sent through it"
	} else if p.IPs > 0 {
		d.Change.Reason = "it is made without addresses, of which the primary has " + count(p.IPs, "address", "addresses") + ": each is leased for a price"
	}
	return d
}

func modeOf(p *Pool) string {
	if p.Mode == managed {
		return managed
	}
	return standard
}

// poolMode decides about the mode of a pool that both have.
func (c *comparer) poolMode(p, s *Pool) []Decision {
	switch {
	case modeOf(p) == modeOf(s):
		return nil
	case modeOf(s) == standard:
		return []Decision{c.manual(Pools, p.Name, "it is a standard pool, and managed in the primary: converting it gives up addresses, and cannot be undone",
			"convert it with PlanManagedIPs in "+c.to.Region)}
	}
	return []Decision{c.manual(Pools, p.Name, "it is a managed pool, and a standard one in the primary: SES does not convert a managed pool",
		"delete it, if nothing needs it: "+deleteCommand(c.to.Region, Pools, p.Name), "plan again")}
}

// poolOf returns the fate of the pool of a configuration set: whether mail can go out through
// it. A set whose pool has no addresses is not made, since without the pool its mail would go
// out over shared ones.
func (c *comparer) poolOf(set *ConfigurationSet) fate {
	name := orZero(set.Delivery).Pool
	if name == "" || name == sharedPool {
		return there
	}
	p, s := c.from.pools[name], c.to.pools[name]
	f := c.fateOf(Pools, name, s != nil, p != nil && !ownPool(name), always)
	switch {
	case f.unknown:
	case s != nil && (s.Mode == managed || s.IPs > 0):
	case s == nil && f.ok && p.Mode == managed && c.opts.ManagedPools:
	case s == nil && f.ok && p.Mode == managed:
		return fate{why: "its pool " + name + " is managed, and is not made without ManagedPools", steps: []string{"set ManagedPools"}}
	case s != nil || f.ok || ownPool(name):
		return fate{why: "its pool " + name + " has no addresses in " + c.to.Region, steps: c.addressSteps(name)}
	}
	return f
}

// addressSteps tell how a pool gets addresses.
func (c *comparer) addressSteps(pool string) []string {
	steps := []string{"lease dedicated IP addresses in " + c.to.Region + " (AWS Support Center, or the page Dedicated IPs of the SES console), and warm them up"}
	if !ownPool(pool) {
		steps = append(steps, "put each into the pool: "+command(c.to.Region, "put-dedicated-ip-in-pool", "--ip", "ADDRESS", "--destination-pool-name", pool))
	}
	return append(steps, "plan again")
}
