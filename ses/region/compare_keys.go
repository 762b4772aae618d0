package region

import (
	"strings"

	"github.com/awspatterns/awspatterns"
)

// Origins of DKIM keys, beside those of replicas.
const easyDKIM, ownKeys = "AWS_SES", "EXTERNAL"

// keys are the DKIM keys that an identity of the primary has in the secondary.
type keys struct {
	// origin is the origin there, empty if only a person can make the identity sign alike.
	origin string

	// parent is the Region of the identity whose keys these are.
	parent string

	reason string // why a person, or what to know
	steps  []string
}

// keysFor returns the keys of an identity in the secondary: those of a replica of it
// (Deterministic Easy DKIM), whose DNS records are the same. The parent of a replica must be
// a domain with Easy DKIM, and not a replica itself
// (https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-deed.html).
func (c *comparer) keysFor(p *Identity) keys {
	create := command(c.to.Region, "create-email-identity", "--email-identity", p.Name)
	origin := p.DKIM.Origin
	switch {
	case isAddress(p):
		return keys{reason: "an address is verified by whoever reads its mail, and cannot be a replica", steps: []string{
			create, "follow the link in the mail that SES sends to " + p.Name, "plan again, for its other attributes",
		}}
	case p.Type == "MANAGED_DOMAIN":
		return keys{reason: "the domain is managed by SES, and cannot be a replica", steps: []string{
			"set it up in " + c.to.Region + " on the page Identities of the SES console", "plan again, for its other attributes",
		}}
	case origin == ReplicationOrigin(c.to.Region):
		return keys{parent: c.to.Region, reason: "it is a replica of the identity in " + c.to.Region + ", which is not there", steps: []string{
			"find out who deleted the parent: its replica in " + c.from.Region + " no longer gets keys from it",
		}}
	case origin == ownKeys:
		return keys{reason: "its DKIM keys are the owner's (BYODKIM), and SES gives private keys to nobody", steps: []string{
			create + " --dkim-signing-attributes DomainSigningSelector=" + strings.Join(p.DKIM.Tokens, ",") + ",DomainSigningPrivateKey=KEY",
			"plan again, for its other attributes",
		}}
	case selfSigned(p):
		return keys{reason: "it does not sign with Easy DKIM, so that there are no keys to replicate", steps: []string{
			create, "verify it as in the primary, or set up Easy DKIM there", "plan again, for its other attributes",
		}}
	case origin == easyDKIM:
		return keys{origin: ReplicationOrigin(c.from.Region), parent: c.from.Region}
	}
	return keys{origin: origin, parent: origin, reason: "it is a replica of a parent in another Region (" + origin + "), as in the primary; the parent's policy is not this library's to write"}
}

func isAddress(i *Identity) bool { return i.Type == "EMAIL_ADDRESS" || strings.Contains(i.Name, "@") }

// selfSigned reports whether mail of a domain is not signed by SES: its owner signs, or
// nobody.
func selfSigned(i *Identity) bool {
	return i.DKIM.Origin == "" || i.DKIM.Origin == easyDKIM && i.DKIM.Status == "NOT_STARTED" && len(i.DKIM.Tokens) == 0
}

// keysChange makes an identity that both have sign with the same keys.
func (c *comparer) keysChange(p, s *Identity, k keys) []Decision {
	switch {
	case isAddress(p), p.Type == "MANAGED_DOMAIN", k.parent == c.to.Region:
		return nil
	case k.origin == s.DKIM.Origin:
		return nil
	case k.origin == "" && p.DKIM.Origin == ownKeys && s.DKIM.Origin == ownKeys && sameTexts(p.DKIM.Tokens, s.DKIM.Tokens):
		return nil
	case k.origin == "" && selfSigned(p) && selfSigned(s):
		return nil
	}
	fields := fieldsOf((&Value{Identity: s}).facets(Origin, ""), (&Value{Identity: &Identity{DKIM: DKIM{Origin: k.origin}}}).facets(Origin, ""))
	if k.origin == "" {
		d := c.manual(Identities, p.Name, "it signs with other DKIM keys in "+c.to.Region+": "+k.reason, "set up its keys in "+c.to.Region+" as in the primary")
		d.Change.Fields = fieldsOf((&Value{Identity: s}).facets(Origin, ""), (&Value{Identity: p}).facets(Origin, ""))
		return []Decision{d}
	}
	if !c.opts.ConvertToReplica {
		d := c.manual(Identities, p.Name, "it signs with other DKIM keys in "+c.to.Region+", and is not made a replica without ConvertToReplica",
			"set ConvertToReplica, or see that the DNS records of both Regions are published")
		d.Change.Fields = fields
		return []Decision{d}
	}
	if s.CanSend && !p.CanSend {
		d := c.blocked(Identities, p.Name, "it can send from "+c.to.Region+", and as a replica could not: it is not verified in "+c.from.Region, "verify it in "+c.from.Region+", then plan again")
		d.Change.Fields = fields
		return []Decision{d}
	}
	changes := c.attribute(p, s, Origin, Identity{DKIM: DKIM{Origin: k.origin}}, false)
	for i := range changes {
		if changes[i].Change.Action == awspatterns.Update {
			changes[i].Change.Interrupts = "mail of it from " + c.to.Region + " may go out unsigned until SES has the keys of the parent"
			if _, parent := s.Policies[PolicyName]; parent {
				changes[i].Change.Interrupts += "; its policy " + PolicyName + " says that it has replicas itself, which lose their parent"
			}
			changes[i].Change.Reason = joinReasons(k.reason, c.policyNote(p, k))
		}
	}
	return changes
}

// sameTexts reports whether two lists hold the same, whatever their order.
func sameTexts(a, b []string) bool {
	return strings.Join(sortedTexts(a), "\x00") == strings.Join(sortedTexts(b), "\x00")
}
