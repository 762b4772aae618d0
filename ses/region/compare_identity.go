package region

import (
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns"
)

// identities decides about domains and addresses.
func (c *comparer) identities() {
	if !c.opts.Covers(Identities) {
		return
	}
	all := names(c, Identities, c.from.identities, c.to.identities)
	for _, name := range all {
		p, s := c.from.identities[name], c.to.identities[name]
		switch {
		case s == nil:
			c.add(c.newIdentity(p)...)
		case p == nil:
			c.only(Identities, name, Value{Identity: s})
		default:
			c.add(c.bothIdentities(p, s)...)
		}
	}
	for _, name := range sortedKeys(c.opts.MailFrom) {
		if _, unread := c.from.unreadOf(Identities, name, Object); c.from.identities[name] == nil && !unread {
			c.add(c.blocked(Identities, name, "MailFrom has a domain for it, and "+c.from.Region+" has no such identity", "take it out of MailFrom, or give its name as SES has it"))
		}
	}
}

// newIdentity decides about one that the secondary lacks. What creating does not set follows;
// so does the default configuration set, so that it is the same creation whatever becomes of
// the set.
func (c *comparer) newIdentity(p *Identity) []Decision {
	k := c.keysFor(p)
	if k.origin == "" {
		return []Decision{c.manual(Identities, p.Name, k.reason, k.steps...)}
	}
	made := &Identity{
		Name: p.Name, Type: p.Type, DKIM: DKIM{Origin: k.origin, Enabled: true}, FeedbackForwarding: true, Tags: c.marked(p.Tags),
	}
	policy := c.replicationPolicy(p, k)
	created := c.make(Identities, p.Name, "", Value{Identity: made})
	created.Change.Reason = joinReasons(k.reason, unverified(p), c.policyNote(p, k))
	return slices.Concat(policy, []Decision{created}, c.identityChanges(p, made, true))
}

// unverified tells if an identity cannot send in the primary either.
func unverified(p *Identity) string {
	switch {
	case p.CanSend:
		return ""
	case p.Error != "":
		return "it is not verified in the primary either (" + p.Error + "), and will not be here before it is"
	}
	return "it is not verified in the primary either, and will not be here before it is"
}

// bothIdentities decides about one that both have.
func (c *comparer) bothIdentities(p, s *Identity) []Decision {
	k := c.keysFor(p)
	o := object{kind: Identities, name: p.Name, from: Value{Identity: p}, to: Value{Identity: s}}
	kept := c.keep(o, append(c.keysChange(p, s, k), c.identityChanges(p, s, false)...))
	replica := s.DKIM.Origin == k.origin || slices.ContainsFunc(kept, func(d Decision) bool { return d.Step.Aspect == Origin })
	if !replica {
		return kept
	}
	return append(c.replicationPolicy(p, k), kept...)
}

// identityChanges returns what makes the attributes of an identity like those in the primary,
// its keys aside. One that is made is as creating it leaves it.
func (c *comparer) identityChanges(p, s *Identity, made bool) []Decision {
	all := c.defaultSet(p, s, made)
	notifications, topics := c.notifications(p, s, made)
	feedback := c.feedback(p, s, made, topics)
	if p.FeedbackForwarding { // before the topics that go
		all = slices.Concat(all, feedback, notifications)
	} else { // once there are topics
		all = slices.Concat(all, notifications, feedback)
	}
	all = append(all, c.attribute(p, s, Signing, Identity{DKIM: DKIM{Enabled: p.DKIM.Enabled}}, made)...)
	all = append(all, c.mailFrom(p, s, made)...)
	all = append(all, c.policies(p, s)...)
	return append(all, c.certificates(p, s)...)
}

// attribute returns the change of one attribute.
func (c *comparer) attribute(p, s *Identity, a Aspect, wanted Identity, made bool) []Decision {
	if unread := c.unreadAspect(Identities, p.Name, a, string(a)); unread != nil {
		return unread
	}
	wanted.Name = p.Name
	return c.update(Identities, p.Name, "", a, Value{Identity: s}, Value{Identity: &wanted}, made)
}

// defaultSet copies the default configuration set, if the secondary has it.
func (c *comparer) defaultSet(p, s *Identity, made bool) []Decision {
	changes := c.attribute(p, s, DefaultSet, Identity{ConfigurationSet: p.ConfigurationSet}, made)
	if len(changes) == 0 || !changes[0].Change.Action.Applies() || p.ConfigurationSet == "" {
		return changes
	}
	f := c.setFate(p.ConfigurationSet)
	if f.ok {
		return changes
	}
	d := f.decision(c, Identities, p.Name, "default configuration set: ")
	d.Change.Fields = changes[0].Change.Fields
	return []Decision{d}
}

// notificationAspects are those that the first version of the API knows, topics first.
var notificationAspects = []Aspect{BounceTopic, ComplaintTopic, DeliveryTopic, BounceHeaders, ComplaintHeaders, DeliveryHeaders}

// notifications copies the topics and what notifications hold. It reports how the topics of
// bounces and complaints will be.
func (c *comparer) notifications(p, s *Identity, made bool) (all []Decision, topics fate) {
	for _, a := range notificationAspects {
		if unread := c.unreadAspect(Identities, p.Name, a, "feedback notifications"); unread != nil {
			return unread, fate{unknown: true, why: unread[0].Change.Reason}
		}
	}
	from, to := orZero(p.Notifications), orZero(s.Notifications)
	topics = there
	for _, t := range []struct {
		aspect   Aspect
		from, to string
		wanted   func(arn string) *Notifications
	}{
		{BounceTopic, from.BounceTopic, to.BounceTopic, func(arn string) *Notifications { return &Notifications{BounceTopic: arn} }},
		{ComplaintTopic, from.ComplaintTopic, to.ComplaintTopic, func(arn string) *Notifications { return &Notifications{ComplaintTopic: arn} }},
		{DeliveryTopic, from.DeliveryTopic, to.DeliveryTopic, func(arn string) *Notifications { return &Notifications{DeliveryTopic: arn} }},
	} {
		arn, d := c.topic(p.Name, t.aspect, t.from, t.to)
		if d != nil {
			all = append(all, *d)
			if t.aspect != DeliveryTopic {
				topics = fate{why: "the " + string(t.aspect) + " is not set in " + c.to.Region, steps: d.Change.Steps}
			}
			continue
		}
		all = append(all, c.attribute(p, s, t.aspect, Identity{Notifications: t.wanted(arn)}, made)...)
	}
	for _, a := range notificationAspects[3:] {
		headers := Notifications{BounceHeaders: from.BounceHeaders, ComplaintHeaders: from.ComplaintHeaders, DeliveryHeaders: from.DeliveryHeaders}
		all = append(all, c.attribute(p, s, a, Identity{Notifications: &headers}, made)...)
	}
	return all, topics
}

// topic returns the topic of the secondary, or what a person must do. "SNS topics that you
// use for feedback forwarding have to be in the same region where you use SES"
// (https://docs.aws.amazon.com/ses/latest/dg/regions.html).
func (c *comparer) topic(name string, a Aspect, from, to string) (string, *Decision) {
	arn, known := c.counterpart(from, to)
	if !known {
		d := c.manual(Identities, name, "its "+string(a)+" is of the primary, "+from+", and ARNs has none for it", c.topicSteps(from)...)
		return "", &d
	}
	if parts, _ := parseARN(arn); arn != "" && parts.region != c.to.Region {
		d := c.blocked(Identities, name, "its "+string(a)+" must be in "+c.to.Region+", and ARNs gives "+arn, "give ARNs a topic of "+c.to.Region)
		return "", &d
	}
	return arn, nil
}

// feedback copies whether bounces and complaints are forwarded by mail. Where both go to
// topics in the primary, forwarding is switched off only with both topics: "Feedback
// forwarding can only be disabled when Amazon SNS topics are specified for both bounces and
// complaints" (SetIdentityFeedbackForwardingEnabled). A primary that has it off without, as
// the second version of the API lets it, publishes events instead.
func (c *comparer) feedback(p, s *Identity, made bool, topics fate) []Decision {
	changes := c.attribute(p, s, Feedback, Identity{FeedbackForwarding: p.FeedbackForwarding}, made)
	if len(changes) == 0 || p.FeedbackForwarding || topics.ok {
		return changes
	}
	d := topics.decision(c, Identities, p.Name, "feedback forwarding cannot be switched off: ")
	d.Change.Fields = changes[0].Change.Fields
	return []Decision{d}
}

// policies copies the policies, with the identity's ARN as it is in the secondary. That of
// this library is about the primary.
func (c *comparer) policies(p, s *Identity) (all []Decision) {
	if unread := c.unreadAspect(Identities, p.Name, Policy, "policies"); unread != nil {
		return unread
	}
	for _, name := range slices.Sorted(maps.Keys(union(p.Policies, s.Policies))) {
		document, has := p.Policies[name]
		_, there := s.Policies[name]
		id := p.Name + "/" + name
		switch {
		case name == PolicyName:
		case !has:
			all = append(all, c.manual(Identities, id, "only "+c.to.Region+" has this policy, and policies bear no mark",
				"if nobody needs it: "+command(c.to.Region, "delete-email-identity-policy", "--email-identity", p.Name, "--policy-name", name)))
		default:
			all = append(all, c.policy(p, s, name, document, there)...)
		}
	}
	return all
}

// policy copies one policy.
func (c *comparer) policy(p, s *Identity, name, document string, there bool) []Decision {
	id, resource := p.Name+"/"+name, "identity/"+p.Name
	wanted, err := movedPolicy(document, c.from.arn(resource), c.to.arn(resource))
	if err != nil {
		return []Decision{c.manual(Identities, id, "the policy cannot be moved to another Region: "+err.Error(), "write it in "+c.to.Region)}
	}
	if len(wanted) > MaxPolicySize {
		return []Decision{c.blocked(Identities, id, "the policy is longer than 4,096 bytes with the name of the Region", "shorten it in the primary, then plan again")}
	}
	changes := c.update(Identities, p.Name, name, Policy, Value{Identity: s}, Value{Identity: &Identity{Name: p.Name, Policies: map[string]string{name: wanted}}}, false)
	for i := range changes {
		if !there {
			changes[i].Change.Action = awspatterns.Create
		}
	}
	return changes
}

// certificates tells of S/MIME certificates that differ. They are of a Region.
func (c *comparer) certificates(p, s *Identity) []Decision {
	if unread := c.unreadAspect(Identities, p.Name, Certificates, string(Certificates)); unread != nil {
		return unread
	}
	rest := slices.Clone(s.Certificates)
	var missing []string
	for _, arn := range p.Certificates {
		if at := slices.Index(rest, c.moved(arn)); at >= 0 {
			rest = slices.Delete(rest, at, at+1)
		} else {
			missing = append(missing, arn)
		}
	}
	if len(missing)+len(rest) == 0 {
		return nil
	}
	d := c.manual(Identities, p.Name, "its S/MIME certificates differ, and certificates are of a Region",
		"import the certificate into ACM in "+c.to.Region+", and associate it with the identity there",
		"add each ARN of the primary with that of its counterpart to ARNs, then plan again")
	d.Change.Fields = fieldsOf((&Value{Identity: &Identity{Certificates: rest}}).facets(Certificates, ""),
		(&Value{Identity: &Identity{Certificates: missing}}).facets(Certificates, ""))
	return []Decision{d}
}
