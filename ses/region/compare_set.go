package region

import (
	"cmp"
)

// sets decides about configuration sets and their event destinations.
func (c *comparer) sets() {
	if !c.opts.Covers(Sets) && !c.opts.Covers(Destinations) {
		return
	}
	if c.opts.Covers(Destinations) {
		c.unreadParts(Destinations, Sets)
	}
	for _, name := range names(c, Sets, c.from.sets, c.to.sets) {
		p, s := c.from.sets[name], c.to.sets[name]
		switch {
		case s == nil:
			c.add(c.newSet(p)...)
		case p == nil && c.opts.Covers(Sets):
			c.only(Sets, name, Value{Set: s})
		case p != nil:
			o := object{kind: Sets, name: name, from: Value{Set: p}, to: Value{Set: s}, part: !c.opts.Covers(Sets)}
			var changes []Decision
			if !o.part {
				changes = c.setChanges(p, s, false)
			}
			c.add(c.keep(o, append(changes, c.destinations(p, s, there)...))...)
		}
	}
}

// unreadParts says that the parts of a kind are not known where the objects that have them
// are not, or they could not be read themselves.
func (c *comparer) unreadParts(parts, of Kind) {
	for _, s := range []*side{c.from, c.to} {
		for _, kind := range []Kind{parts, of} {
			if reason, is := s.unread[Unread{Kind: kind}]; is {
				c.add(unreadAt(s, parts, everything, reason))
				break
			}
		}
		for _, u := range s.Unread {
			if u.Kind == of && u.Name != "" && (u.Aspect == Object || s == c.from && c.notMade(of, u.Name)) {
				c.add(unreadAt(s, parts, u.Name+"/"+everything, u.Reason))
			}
		}
	}
}

// notMade reports whether the secondary lacks a set or a tenant, and it is not known how to
// create it.
func (c *comparer) notMade(kind Kind, name string) bool {
	_, unread := c.from.unreadToMake(kind, name)
	return unread && !(kind == Sets && c.to.sets[name] != nil || kind == Tenants && c.to.tenants[name] != nil)
}

// newSet decides about a set that the secondary lacks. Tracking follows, since its domain
// must be an identity.
func (c *comparer) newSet(p *ConfigurationSet) []Decision {
	if !c.opts.Covers(Sets) {
		return c.destinations(p, nil, c.setFate(p.Name))
	}
	if f := c.poolOf(p); !f.ok {
		return append([]Decision{f.decision(c, Sets, p.Name, "")}, c.destinations(p, nil, c.setFate(p.Name))...)
	}
	made := &ConfigurationSet{
		Name: p.Name, Reputation: p.Reputation, Sending: p.Sending, Suppression: p.Suppression, Tags: c.marked(p.Tags), Delivery: wantedDelivery(p),
	}
	if c.vdmFate(p).ok {
		made.VDM = p.VDM
	}
	created := c.make(Sets, p.Name, "", Value{Set: made})
	created.Change.Reason = joinReasons(created.Change.Reason, validationNote(p.Suppression, nil))
	all := append([]Decision{created}, c.setChanges(p, made, true)...)
	return append(all, c.destinations(p, nil, there)...)
}

// wantedDelivery returns the delivery options with TLS said, which stays as it is otherwise.
func wantedDelivery(p *ConfigurationSet) *Delivery {
	d := orZero(p.Delivery)
	return &Delivery{Pool: d.Pool, TLS: cmp.Or(d.TLS, "OPTIONAL"), MaxSeconds: d.MaxSeconds}
}

// setChanges returns what makes a set like that of the primary. One that is made is as
// creating it leaves it.
func (c *comparer) setChanges(p, s *ConfigurationSet, made bool) (all []Decision) {
	for _, a := range []struct {
		aspect Aspect
		wanted ConfigurationSet
		needs  func(*ConfigurationSet) fate
	}{
		{DeliveryAspect, ConfigurationSet{Delivery: wantedDelivery(p)}, func(p *ConfigurationSet) fate {
			if orZero(p.Delivery).Pool == orZero(s.Delivery).Pool {
				return there
			}
			return c.poolOf(p)
		}},
		{ReputationAspect, ConfigurationSet{Reputation: ptr(orZero(p.Reputation))}, nil},
		{SuppressionAspect, ConfigurationSet{Suppression: p.Suppression}, nil},
		{VDMAspect, ConfigurationSet{VDM: p.VDM}, c.vdmFate},
		{TrackingAspect, ConfigurationSet{Tracking: p.Tracking}, c.trackingFate},
	} {
		if unread := c.unreadAspect(Sets, p.Name, a.aspect, string(a.aspect)); unread != nil {
			all = append(all, unread...)
			continue
		}
		a.wanted.Name = p.Name
		changes := c.update(Sets, p.Name, "", a.aspect, Value{Set: s}, Value{Set: &a.wanted}, made)
		if changes != nil && a.needs != nil {
			if f := a.needs(p); !f.ok {
				blocked := f.decision(c, Sets, p.Name, string(a.aspect)+": ")
				blocked.Change.Fields = changes[0].Change.Fields
				changes = []Decision{blocked}
			}
		}
		if len(changes) > 0 && a.aspect == SuppressionAspect {
			changes[0].Change.Reason = joinReasons(changes[0].Change.Reason, validationNote(p.Suppression, s.Suppression))
		}
		if len(changes) > 0 && a.aspect == TrackingAspect {
			changes[0].Change.Reason = joinReasons(changes[0].Change.Reason, trackingNote(p, c.to.Region))
		}
		all = append(all, changes...)
	}
	all = append(all, c.setSending(p, s)...)
	all = append(all, c.archive(p, s)...)
	return append(all, c.security(p, s)...)
}

func ptr[T any](v T) *T { return &v }

// setSending disables a set as in the primary.
func (c *comparer) setSending(p, s *ConfigurationSet) []Decision {
	from, to := p.Sending == nil || *p.Sending, s.Sending == nil || *s.Sending
	update := c.update(Sets, p.Name, "", SendingAspect, Value{Set: s}, Value{Set: &ConfigurationSet{Name: p.Name, Sending: &from}}, false)
	return c.sendingChange(Sets, p.Name, from, to, update,
		command(c.to.Region, "put-configuration-set-sending-options", "--configuration-set-name", p.Name, "--sending-enabled"))
}

// vdmFate returns whether a set can have options of the Virtual Deliverability Manager: they
// override those of the account, which must have it on.
func (c *comparer) vdmFate(p *ConfigurationSet) fate {
	v := orZero(p.VDM)
	on := func(s *side) bool { return orZero(s.Settings.VDM).Enabled == "ENABLED" }
	_, unread := c.to.unread[Unread{Kind: Account}]
	if v.Engagement+v.OptimizedShared == "" || unread || !on(c.from) || on(c.to) || c.opts.Adopt && c.opts.Covers(Account) {
		return there
	}
	return fate{why: "the Virtual Deliverability Manager is off in " + c.to.Region, steps: []string{"set Adopt, to have it enabled, or enable it there"}}
}

// trackingFate returns whether the tracking domain of a set is verified.
func (c *comparer) trackingFate(p *ConfigurationSet) fate {
	if orZero(p.Tracking).Domain == "" {
		return there
	}
	return c.verifiedFate(p.Tracking.Domain)
}

// trackingNote tells what copying a tracking domain does not do: "The address that you
// redirect to must be in the same AWS Region"
// (https://docs.aws.amazon.com/ses/latest/dg/configure-custom-open-click-domains.html).
func trackingNote(p *ConfigurationSet, to string) string {
	domain := orZero(p.Tracking).Domain
	if domain == "" {
		return ""
	}
	return "the DNS record of " + domain + " leads to the tracking domain of one Region: see that it answers the links of mail from " + to + ", too"
}

// archive tells of an archive that differs. Archives are of a Region.
func (c *comparer) archive(p, s *ConfigurationSet) []Decision {
	wanted, known := c.counterpart(p.Archive, s.Archive)
	put := []string{"put-configuration-set-archiving-options", "--configuration-set-name", p.Name}
	switch {
	case known && wanted == s.Archive:
		return nil
	case p.Archive == "":
		return []Decision{c.manual(Sets, p.Name, "it is archived in "+s.Archive+", and not in the primary", "unless that is meant: "+command(c.to.Region, put[0], put[1:]...))}
	case known:
		return []Decision{c.manual(Sets, p.Name, "it is archived in the primary: "+p.Archive, command(c.to.Region, put[0], append(put[1:], "--archive-arn", wanted)...))}
	}
	return []Decision{c.manual(Sets, p.Name, "it is archived in the primary, and archives are of a Region: "+p.Archive,
		"make a Mail Manager archive in "+c.to.Region+" with the same retention",
		command(c.to.Region, put[0], append(put[1:], "--archive-arn", "ARN")...),
		"add "+p.Archive+" with the ARN of that archive to ARNs")}
}

// security tells of a signing scheme that differs. S/MIME needs certificates of the Region.
func (c *comparer) security(p, s *ConfigurationSet) []Decision {
	from, to := cmp.Or(p.Security, "DEFAULT"), cmp.Or(s.Security, "DEFAULT")
	if from == to {
		return nil
	}
	return []Decision{c.manual(Sets, p.Name, "its signing scheme is "+from+" in the primary, and "+to+" in "+c.to.Region+": signing takes certificates of a Region",
		"associate the certificates with the identities in "+c.to.Region,
		"set the signing scheme "+from+": "+command(c.to.Region, "update-configuration-set", "--configuration-set-name", p.Name, "--message-security-options", "OPTIONS"))}
}
