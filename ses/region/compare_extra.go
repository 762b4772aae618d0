package region

import (
	"slices"

	"github.com/awspatterns/awspatterns"
)

// An extraObject is one that only the secondary has.
type extraObject struct {
	kind  Kind
	name  string
	value Value
}

// only notes an object that only the secondary has.
func (c *comparer) only(kind Kind, name string, v Value) {
	c.extra = append(c.extra, extraObject{kind, name, v})
}

// extras decides about what only the secondary has, last made first: what uses something
// goes before it.
func (c *comparer) extras() {
	uses := c.uses()
	for _, kind := range slices.Backward(Kinds()) {
		for _, e := range c.extra {
			if e.kind == kind {
				c.add(c.remove(e, uses))
			}
		}
	}
}

// remove decides about an extra object.
func (c *comparer) remove(e extraObject, uses *uses) Decision {
	step := "if nothing needs it: " + deleteCommand(c.to.Region, e.kind, e.name)
	reason := "only " + c.to.Region + " has it"
	switch {
	case e.kind == Identities:
		return c.manual(e.kind, e.name, reason+"; identities are never deleted", step)
	case !c.ours(e.value):
		return c.manual(e.kind, e.name, reason+", and this library did not make it", step)
	case !c.opts.Delete:
		return c.manual(e.kind, e.name, reason, "set Delete, or, "+step)
	}
	if by := uses.by(e.kind, e.name); by != "" {
		return c.blocked(e.kind, e.name, reason+", but "+by+" uses it", "have "+by+" use another, then plan again")
	}
	if p := e.value.Pool; p != nil && p.Mode != managed && p.IPs > 0 {
		return c.blocked(e.kind, e.name, reason+", but it has "+count(p.IPs, "address", "addresses"),
			"put each into another pool: "+command(c.to.Region, "put-dedicated-ip-in-pool", "--ip", "ADDRESS", "--destination-pool-name", "POOL"))
	}
	uses.gone(e.kind, e.name)
	remove := Step{Kind: e.kind, Name: e.name, Found: digest(e.value.all())}
	return Decision{Step: remove, Change: awspatterns.Change{
		Action: awspatterns.Delete, Resource: awspatterns.Resource{Type: string(e.kind), ID: e.name, Region: c.to.Region},
		Reason: reason, Fields: fieldsOf(e.value.all(), nil), Irreversible: lost(e),
	}}
}

// lost tells what cannot be got back.
func lost(e extraObject) string {
	switch {
	case e.kind == Lists:
		return "its contacts with their subscriptions"
	case e.kind == Templates || e.kind == Verification:
		return "its content, which no plan holds"
	case e.value.Pool != nil && e.value.Pool.Mode == managed:
		return "its addresses with their reputation"
	}
	return ""
}

// deleteCommand returns the command that deletes an object.
func deleteCommand(region string, kind Kind, name string) string {
	switch kind {
	case Pools:
		return command(region, "delete-dedicated-ip-pool", "--pool-name", name)
	case Sets:
		return command(region, "delete-configuration-set", "--configuration-set-name", name)
	case Identities:
		return command(region, "delete-email-identity", "--email-identity", name)
	case Templates:
		return command(region, "delete-email-template", "--template-name", name)
	case Verification:
		return command(region, "delete-custom-verification-email-template", "--template-name", name)
	case Lists:
		return command(region, "delete-contact-list", "--contact-list-name", name)
	}
	return command(region, "delete-tenant", "--tenant-name", name)
}

// A thing is an object by its name.
type thing struct {
	kind Kind
	name string
}

// uses are those of objects of the secondary by others, once the decisions are applied.
type uses struct {
	users   map[thing][]thing
	deleted map[thing]bool
}

// add notes that an object uses another.
func (u *uses) add(kind Kind, name string, user Kind, by string) {
	if name != "" {
		u.users[thing{kind, name}] = append(u.users[thing{kind, name}], thing{user, by})
	}
}

// uses collects what uses what.
func (c *comparer) uses() *uses {
	u := &uses{users: map[thing][]thing{}, deleted: map[thing]bool{}}
	if len(c.extra) == 0 {
		return u
	}
	type key struct {
		kind   Kind
		name   string
		aspect Aspect
	}
	changed := map[key]bool{}
	for _, d := range c.out {
		if d.Change.Action.Applies() && !d.Step.Primary {
			changed[key{d.Step.Kind, d.Step.Name, d.Step.Aspect}] = true
		}
		u.addValue(c.to, d.Step)
	}
	for _, s := range c.to.ConfigurationSets {
		if s.Delivery != nil && !changed[key{Sets, s.Name, DeliveryAspect}] {
			u.add(Pools, s.Delivery.Pool, Sets, s.Name)
		}
	}
	for _, i := range c.to.Identities {
		if !changed[key{Identities, i.Name, DefaultSet}] {
			u.add(Sets, i.ConfigurationSet, Identities, i.Name)
		}
	}
	for _, t := range c.to.Tenants {
		for _, arn := range t.Resources {
			u.addResource(c.to, t.Name, arn)
		}
	}
	return u
}

// addValue adds what an object uses once a step is made.
func (u *uses) addValue(to *side, s Step) {
	switch v := s.Value; {
	case v == nil || s.Primary:
	case v.Set != nil && v.Set.Delivery != nil:
		u.add(Pools, v.Set.Delivery.Pool, Sets, s.Name)
	case v.Identity != nil && (s.Aspect == DefaultSet || s.Aspect == Object):
		u.add(Sets, v.Identity.ConfigurationSet, Identities, s.Name)
	case v.Association != "":
		u.addResource(to, s.Name, v.Association)
	}
}

// addResource adds what a tenant is associated with.
func (u *uses) addResource(to *side, tenant, arn string) {
	if kind, name, ok := resourceOf(arn, to); ok {
		u.add(kind, name, Tenants, tenant)
	}
}

// by returns what uses an object and stays, empty if nothing does.
func (u *uses) by(kind Kind, name string) string {
	for _, user := range u.users[thing{kind, name}] {
		if !u.deleted[user] {
			return "the " + string(user.kind) + " " + user.name
		}
	}
	return ""
}

// gone notes that an object is deleted.
func (u *uses) gone(kind Kind, name string) { u.deleted[thing{kind, name}] = true }
