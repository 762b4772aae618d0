package region

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// identities looks at what mail is sent from.
func (c *carriage) identities() {
	there := c.to.identities
	for i := range c.from.Identities {
		from := &c.from.Identities[i]
		if !c.readable(Identities, from.Name) {
			continue
		}
		to := there[from.Name]
		switch {
		case to == nil:
			c.absentIdentity(from, there)
			continue
		case !to.CanSend && !from.CanSend:
			if c.planned {
				c.add(Finding{Severity: Notes, Kind: Identities, Name: to.Name,
					Problem: "verified in neither Region: mail from it does not go out now, and would not then", Remedy: "verify it, or delete it"})
			}
			continue
		case !to.CanSend:
			c.unverified(to, there)
			continue
		}
		c.signing(from, to)
		c.mailFrom(to)
		c.defaultSet(to)
	}
}

// absentIdentity adds that an identity is missing. A domain above it that is verified lets
// its mail go out all the same.
func (c *carriage) absentIdentity(from *Identity, there map[string]*Identity) {
	if !from.CanSend {
		if c.planned {
			c.add(Finding{Severity: Notes, Kind: Identities, Name: from.Name,
				Problem: "missing; it is not verified in " + c.from.Region + " either, so that mail from it does not go out now"})
		}
		return
	}
	switch above := verifiedAbove(from.Name, there); {
	case above != nil:
		c.inherits(from.Name, above, "missing")
	case c.unreadAbove(from.Name):
		c.add(Finding{Severity: NotKnown, Kind: Identities, Name: from.Name,
			Problem: "missing; whether a domain above it is verified, and lets its mail out, could not be read"})
	default:
		c.absent(Blocks, Identities, from.Name, "mail from it is refused", pageRegions)
		if last := &c.findings[len(c.findings)-1]; c.planned && isAddress(from) {
			last.Remedy = verifyRemedy(from)
		}
	}
}

// unreadAbove reports whether a domain above a domain or an address was not read.
func (c *carriage) unreadAbove(name string) bool {
	for above := range domainsAbove(name) {
		if c.to.lacks(Identities, above) {
			return true
		}
	}
	return false
}

// unverified adds that an identity is not verified.
func (c *carriage) unverified(to *Identity, there map[string]*Identity) {
	how := "not verified (" + orNone(to.Verification) + ")"
	if to.Error != "" {
		how += ", since " + to.Error
	}
	if above := verifiedAbove(to.Name, there); above != nil {
		c.inherits(to.Name, above, how)
		return
	}
	c.add(Finding{Severity: Blocks, Kind: Identities, Name: to.Name, Problem: how + ": mail from it is refused",
		Remedy: verifyRemedy(to), Source: pageRegions})
}

// inherits adds that mail from an identity goes out only by the verification of a domain
// above it.
func (c *carriage) inherits(name string, above *Identity, how string) {
	f := Finding{Severity: Degrades, Kind: Identities, Name: name, Remedy: c.remedy, Source: pageIdentities,
		Problem: fmt.Sprintf("%s: mail goes out by the verification of %s, without settings of its own", how, above.Name)}
	c.add(f)
}

// verifiedAbove returns the closest domain above a domain or an address that may send, nil
// if there is none.
func verifiedAbove(name string, there map[string]*Identity) *Identity {
	for above := range domainsAbove(name) {
		if domain := there[above]; domain != nil && domain.CanSend {
			return domain
		}
	}
	return nil
}

// domainsAbove yields the domains above a domain or an address, the closest first. The local
// part of an address may have dots and, in quotes, the sign.
func domainsAbove(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if at := strings.LastIndexByte(name, '@'); at >= 0 {
			name = name[at:] // the sign stands for the dot
		}
		for {
			i := strings.IndexAny(name, "@.")
			if i < 0 {
				return
			}
			name = strings.ToLower(name[i+1:])
			if !yield(name) {
				return
			}
		}
	}
}

// verifyRemedy tells how an identity gets verified.
func verifyRemedy(i *Identity) string {
	switch {
	case i.Type == "EMAIL_ADDRESS":
		return "have the owner of the address follow the link that SES sends (CreateEmailIdentity)"
	case isReplica(i.DKIM.Origin):
		return "wait, or see why its keys do not come: PlanReplica"
	}
	return "publish its DNS records, or make it a replica: PlanReplica"
}

// isReplica reports whether an origin of DKIM keys is another Region.
func isReplica(origin string) bool { return strings.HasPrefix(origin, "AWS_SES_") }

// signing looks at the DKIM signature of an identity that both Regions have.
func (c *carriage) signing(from, to *Identity) {
	add := func(a Aspect, problem, remedy, source string) {
		c.add(Finding{Severity: Degrades, Kind: Identities, Name: to.Name, Aspect: a, Problem: problem, Remedy: remedy, Source: source})
	}
	switch {
	case signs(from) && !to.DKIM.Enabled:
		add(Signing, "mail is not signed, and is in "+c.from.Region, c.remedy, "")
	case signs(from) && !signs(to):
		add(Signing, "mail may go out unsigned: DKIM is "+orNone(to.DKIM.Status), verifyRemedy(to), "")
	}
	if !c.planned || isAddress(from) || selfSigned(from) && selfSigned(to) {
		return // what follows is about both Regions and said once, and about keys of SES
	}
	switch {
	case !sameOrigin(c.from.Region, from.DKIM.Origin, c.to.Region, to.DKIM.Origin):
		add(Origin, fmt.Sprintf("keys of %s, and of %s in %s: both are to be kept in DNS",
			orNone(to.DKIM.Origin), orNone(from.DKIM.Origin), c.from.Region), "make it a replica, if it is an Easy DKIM domain: PlanReplica", "")
	case from.DKIM.Origin == ownKeys && !sameTokens(from.DKIM.Tokens, to.DKIM.Tokens):
		add(Origin, fmt.Sprintf("the owner's keys have the selector %s, and %s in %s: both are to be kept in DNS",
			orNone(listed(to.DKIM.Tokens)), orNone(listed(from.DKIM.Tokens)), c.from.Region), "give both Regions the same selector and key", "")
	case !sameTokens(from.DKIM.Tokens, to.DKIM.Tokens):
		add(Origin, "the tokens are not those of "+c.from.Region+": receivers find no key for them in the DNS records there are",
			"wait for the keys of the parent, or publish these records, too", "")
	}
}

// signs reports whether mail of an identity is signed.
func signs(i *Identity) bool { return i.DKIM.Enabled && i.DKIM.Status == "SUCCESS" }

// sameOrigin reports whether an identity has the same keys in two Regions: those of one of
// them, or of a third. Keys of the owner (EXTERNAL) are the same as far as can be seen.
func sameOrigin(a, originA, b, originB string) bool {
	const easy = "AWS_SES"
	switch {
	case originA == easy && originB == easy:
		return false // each Region makes its own
	case originA == easy:
		return originB == ReplicationOrigin(a)
	case originB == easy:
		return originA == ReplicationOrigin(b)
	}
	return originA == originB
}

// sameTokens compares tokens in any order.
func sameTokens(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// mailFrom looks at the MAIL FROM domain of an identity.
func (c *carriage) mailFrom(to *Identity) {
	m := to.MailFrom
	if m == nil || m.Status == "SUCCESS" {
		return
	}
	f := Finding{Severity: Degrades, Kind: Identities, Name: to.Name, Aspect: MailFromAspect, Source: pageMailFrom,
		Problem: fmt.Sprintf("the MAIL FROM domain %s is %s: mail has one of amazonses.com", m.Domain, orNone(m.Status)),
		Remedy:  fmt.Sprintf("publish the MX record of %s, 10 feedback-smtp.%s.amazonses.com, or give the Regions different domains", m.Domain, c.to.Region)}
	if m.OnMXFailure == "REJECT_MESSAGE" {
		f.Severity = Blocks
		f.Problem = fmt.Sprintf("the MAIL FROM domain %s is %s, and mail is refused then (REJECT_MESSAGE)", m.Domain, orNone(m.Status))
	}
	c.add(f)
}

// defaultSet looks at the configuration set that mail of an identity has if it names none.
func (c *carriage) defaultSet(to *Identity) {
	name := to.ConfigurationSet
	if name == "" {
		return
	}
	f := Finding{Severity: Blocks, Kind: Identities, Name: to.Name, Aspect: DefaultSet}
	switch set := c.to.sets[name]; {
	case c.to.lacks(Sets, name), !c.opts.wants(Sets):
		f.Severity, f.Problem = NotKnown, fmt.Sprintf("whether its default configuration set %q sends is not known", name)
	case set == nil:
		f.Problem = fmt.Sprintf("its default configuration set %q is missing: mail from it is refused", name)
		f.Remedy, f.Source = "make the set, or take it from the identity", pageSets
	case !sends(set):
		f.Problem = fmt.Sprintf("its default configuration set %q has sending disabled", name)
		f.Remedy, f.Source = "enable sending of the set, if that is wanted", pagePauseSet
	default:
		return
	}
	c.add(f)
}
