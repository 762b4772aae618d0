package region

import (
	"strings"

	"github.com/awspatterns/awspatterns"
)

// A fate tells whether the secondary has something, or gets it by the decisions, before what
// needs it is made.
type fate struct {
	ok      bool
	unknown bool // it could not be read
	why     string
	steps   []string // the way out
}

// there is the fate of what is there, or made.
var there = fate{ok: true}

// decision returns what is decided about what needs something whose fate it is not to be
// there.
func (f fate) decision(c *comparer, kind Kind, id, reason string) Decision {
	if f.unknown {
		return c.unknown(kind, id, reason+f.why)
	}
	return c.left(awspatterns.Blocked, kind, id, reason+f.why, f.steps...)
}

// fateOf returns the fate of an object that the secondary has or has not, and that creating
// makes, if the primary has it.
func (c *comparer) fateOf(kind Kind, name string, has, primaryHas bool, made func() fate) fate {
	called := string(kind) + " " + name
	if has {
		return there
	}
	if reason, unread := c.to.unreadOf(kind, name, Object); unread {
		return fate{unknown: true, why: "the " + called + " could not be read in " + c.to.Region + ": " + reason}
	}
	if reason, unread := c.from.unreadToMake(kind, name); unread && c.opts.Covers(kind) {
		return fate{unknown: true, why: "the " + called + " could not be read in " + c.from.Region + ": " + reason}
	}
	if c.opts.Covers(kind) && primaryHas {
		f := made()
		if !f.ok {
			f.why = "the " + called + " is not made in " + c.to.Region + ": " + f.why
		}
		return f
	}
	return fate{why: c.to.Region + " has no " + called, steps: []string{"make the " + called + " in " + c.to.Region + ", then plan again"}}
}

func always() fate { return there }

// setFate returns that of a configuration set.
func (c *comparer) setFate(name string) fate {
	p := c.from.sets[name]
	return c.fateOf(Sets, name, c.to.sets[name] != nil, p != nil, func() fate { return c.poolOf(p) })
}

// identityFate returns that of an identity, verified or not.
func (c *comparer) identityFate(name string) fate {
	p := c.from.identities[name]
	return c.fateOf(Identities, name, c.to.identities[name] != nil, p != nil, func() fate {
		if k := c.keysFor(p); k.origin == "" {
			return fate{why: k.reason, steps: k.steps}
		}
		return there
	})
}

// templateFate returns that of an email template.
func (c *comparer) templateFate(name string) fate {
	return c.fateOf(Templates, name, c.to.templates[name] != nil, c.from.templates[name] != nil, always)
}

// tenantFate returns that of a tenant.
func (c *comparer) tenantFate(name string) fate {
	return c.fateOf(Tenants, name, c.to.tenants[name] != nil, c.from.tenants[name] != nil, always)
}

// listFate returns that of a contact list.
func (c *comparer) listFate(name string) fate {
	return c.fateOf(Lists, name, c.to.lists[name] != nil, c.from.lists[name] != nil, c.roomForList)
}

// verifiedFate returns whether mail can be sent from an address or a domain in the
// secondary: if it, or a domain that it is in, is a verified identity. One that these
// decisions make, or that waits to be verified, is a replica: its DNS records are those that
// the parent has.
func (c *comparer) verifiedFate(name string) fate {
	first := fate{
		why:   c.to.Region + " has no verified identity for " + name,
		steps: []string{"verify " + name + ", or a domain that it is in, in " + c.to.Region + ", then plan again"},
	}
	for i, candidate := range parents(name) {
		f := c.identityFate(candidate)
		if s := c.to.identities[candidate]; s != nil && !s.CanSend && !waits(s) && !c.converts(candidate) {
			f = fate{
				why:   "the identity " + candidate + " is not verified in " + c.to.Region,
				steps: []string{"verify " + candidate + " in " + c.to.Region + ", then plan again"},
			}
		}
		switch {
		case f.ok:
			return f
		case f.unknown && !first.unknown, i == 0 && (c.to.identities[candidate] != nil || c.from.identities[candidate] != nil):
			first = f
		}
	}
	return first
}

// converts reports whether an identity of the secondary is made a replica.
func (c *comparer) converts(name string) bool {
	p, s := c.from.identities[name], c.to.identities[name]
	if p == nil || !c.opts.Covers(Identities) || !c.opts.Adopt && !c.ours(Value{Identity: s}) {
		return false
	}
	_, unread := c.to.unread[Unread{Kind: Identities, Name: name, Aspect: Tags}]
	return !unread && applies(c.keysChange(p, s, c.keysFor(p)))
}

// waits reports whether an identity is a replica that SES is about to verify.
func waits(i *Identity) bool {
	return strings.HasPrefix(i.DKIM.Origin, "AWS_SES_") && i.Error == "" && i.Verification != "FAILED"
}

// parents returns an address or a domain, and the domains that it is in, nearest first.
func parents(name string) (all []string) {
	all = append(all, name)
	if at := strings.LastIndex(name, "@"); at >= 0 {
		name = strings.ToLower(name[at+1:])
		all = append(all, name)
	}
	for {
		_, rest, more := strings.Cut(name, ".")
		if !more || !strings.Contains(rest, ".") {
			return all
		}
		all, name = append(all, rest), rest
	}
}
