package region

import (
	"cmp"
	"fmt"
	"strings"
)

// mailFrom decides about the MAIL FROM domain. It has exactly one MX record, which names a
// Region (https://docs.aws.amazon.com/ses/latest/dg/mail-from.html), so that the secondary
// needs another than the primary: MailFrom gives it, or a person.
func (c *comparer) mailFrom(p, s *Identity, made bool) []Decision {
	if unread := c.unreadAspect(Identities, p.Name, MailFromAspect, "MAIL FROM"); unread != nil {
		return unread
	}
	if domain, told := c.opts.MailFrom[p.Name]; told {
		return c.mailFromTold(p, s, domain, made)
	}
	from, to := orZero(p.MailFrom), orZero(s.MailFrom)
	switch {
	case from.Domain == "" && to.Domain == "":
		return nil
	case from.Domain == "":
		return []Decision{c.manual(Identities, p.Name, "it has the MAIL FROM domain "+to.Domain+" in "+c.to.Region+", and none in the primary",
			"unless that is meant: "+command(c.to.Region, "put-email-identity-mail-from-attributes", "--email-identity", p.Name))}
	case to.Domain == "":
		example := c.to.Region + "." + from.Domain
		return []Decision{c.manual(Identities, p.Name,
			"its MAIL FROM domain "+from.Domain+" has an MX record that names "+c.from.Region+", and can have no other; MailFrom gives none for "+c.to.Region,
			append([]string{"choose a subdomain that is used for nothing else, such as " + example},
				append(c.mailFromRecords(example), "give it in MailFrom, then plan again")...)...)}
	case strings.EqualFold(from.Domain, to.Domain):
		return []Decision{c.manual(Identities, p.Name, "its MAIL FROM domain "+to.Domain+" is that of the primary, and its only MX record can name one Region",
			"give another in MailFrom, then plan again")}
	case cmp.Or(from.OnMXFailure, useDefaultValue) != cmp.Or(to.OnMXFailure, useDefaultValue):
		return []Decision{c.manual(Identities, p.Name, fmt.Sprintf("without the MX record of its MAIL FROM domain it does %s in the primary, and %s in %s",
			cmp.Or(from.OnMXFailure, useDefaultValue), cmp.Or(to.OnMXFailure, useDefaultValue), c.to.Region),
			"give "+to.Domain+" in MailFrom, then plan again")}
	}
	return nil
}

// mailFromTold sets the MAIL FROM domain that MailFrom gives.
func (c *comparer) mailFromTold(p, s *Identity, domain string, made bool) []Decision {
	for i := range c.from.Identities {
		if other := &c.from.Identities[i]; strings.EqualFold(orZero(other.MailFrom).Domain, domain) {
			return []Decision{c.blocked(Identities, p.Name, "MailFrom gives "+domain+", which "+other.Name+" has in the primary: its only MX record names "+c.from.Region,
				"give another subdomain in MailFrom")}
		}
	}
	wanted := &MailFrom{Domain: domain, OnMXFailure: cmp.Or(orZero(p.MailFrom).OnMXFailure, useDefaultValue)}
	changes := c.attribute(p, s, MailFromAspect, Identity{MailFrom: wanted}, made)
	for i := range changes {
		if !changes[i].Change.Action.Applies() {
			continue
		}
		changes[i].Change.Steps = c.mailFromRecords(domain)
		if wanted.OnMXFailure != useDefaultValue {
			changes[i].Change.Interrupts = "SES sends no mail of it from " + c.to.Region + " until it finds the MX record"
		}
	}
	return changes
}

// mailFromRecords are the DNS records of a MAIL FROM domain in the secondary.
func (c *comparer) mailFromRecords(domain string) []string {
	var steps []string
	for _, r := range MailFromRecords(Identity{MailFrom: &MailFrom{Domain: domain}}, c.to.Region) {
		steps = append(steps, "publish "+r.String())
	}
	return steps
}
