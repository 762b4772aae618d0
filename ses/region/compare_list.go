package region

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// contactLists decides about contact lists, of which a Region has one
// (https://docs.aws.amazon.com/ses/latest/dg/sending-email-list-management.html).
func (c *comparer) contactLists() {
	if !c.opts.Covers(Lists) {
		return
	}
	for _, name := range names(c, Lists, c.from.lists, c.to.lists) {
		p, s := c.from.lists[name], c.to.lists[name]
		switch {
		case s == nil:
			c.add(c.newList(p))
		case p == nil:
			c.only(Lists, name, Value{ContactList: s})
		default:
			o := object{kind: Lists, name: name, from: Value{ContactList: p}, to: Value{ContactList: s}}
			wanted := ContactList{Name: name, Description: p.Description, Topics: p.Topics}
			c.add(c.keep(o, c.update(Lists, name, "", Content, o.to, Value{ContactList: &wanted}, false))...)
		}
	}
}

// newList decides about one that the secondary lacks.
func (c *comparer) newList(p *ContactList) Decision {
	if f := c.roomForList(); !f.ok {
		return f.decision(c, Lists, p.Name, "")
	}
	return c.make(Lists, p.Name, "", Value{ContactList: &ContactList{
		Name: p.Name, Description: p.Description, Topics: p.Topics, Tags: c.marked(p.Tags),
	}})
}

// roomForList returns whether the secondary can have another contact list.
func (c *comparer) roomForList() fate {
	for _, name := range sortedKeys(c.to.lists) {
		return fate{why: c.to.Region + " has the contact list " + name + ", and SES allows one", steps: []string{
			"unless its contacts are needed: " + deleteCommand(c.to.Region, Lists, name), "plan again",
		}}
	}
	for _, u := range c.to.Unread {
		if u.Kind == Lists && u.Name != "" && u.Aspect == Object {
			return fate{unknown: true, why: "the contact list " + u.Name + " could not be read in " + c.to.Region + ": " + u.Reason}
		}
	}
	return there
}

// contacts decides about the contacts of each list of the primary.
func (c *comparer) contacts() {
	if !c.opts.Covers(Contacts) {
		return
	}
	c.unreadLists(Contacts, Lists)
	for _, d := range c.in.Contacts {
		f := c.listFate(d.List)
		if f.ok {
			f = c.topicsFate(d.List)
		}
		c.add(c.entries(Contacts, d.List, d, f)...)
	}
}

// topicsFate returns whether a list that the secondary has gets the topics of the primary,
// without which SES refuses their contacts.
func (c *comparer) topicsFate(name string) fate {
	p, s := c.from.lists[name], c.to.lists[name]
	if p == nil || s == nil {
		return there
	}
	for _, t := range p.Topics {
		if slices.ContainsFunc(s.Topics, func(o Topic) bool { return o.Name == t.Name }) {
			continue
		}
		if slices.ContainsFunc(c.out, func(d Decision) bool { return d.Step.Kind == Lists && d.Step.Name == name && d.Step.Aspect == Content }) {
			return there
		}
		return fate{
			why:   "the contact list " + name + " has no topic " + t.Name + " in " + c.to.Region,
			steps: []string{"make the topics of the list alike, with Adopt if this library did not make it, then plan again"},
		}
	}
	return there
}

// unreadLists says that the lists are not known of what could not be read in the primary: it
// is not known that there are some.
func (c *comparer) unreadLists(lists, of Kind) {
	for _, u := range c.from.Unread {
		if u.Kind == of && u.Aspect == Object {
			c.add(unreadAt(c.from, lists, cmp.Or(u.Name, everything), u.Reason))
		}
	}
}

// suppressionLists decides about the suppression list of the account, and those of tenants.
func (c *comparer) suppressionLists() {
	if !c.opts.Covers(SuppressionList) {
		return
	}
	c.unreadLists(SuppressionList, Tenants)
	for _, d := range c.in.Suppressed {
		f := there
		if d.Tenant != "" {
			f = c.tenantFate(d.Tenant)
		}
		if f.ok {
			f = outOfSandbox(c.to, suppressionInSandbox)
		}
		id := cmp.Or(d.Tenant, "account")
		c.add(c.entries(SuppressionList, id, d, f)...)
		c.add(c.back(id, d)...)
	}
}

// outOfSandbox returns the fate of what an account in the sandbox cannot have: there, "API
// calls related to suppression list management are disabled"
// (https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html).
func outOfSandbox(s *side, what string) fate {
	if reason, unread := s.unread[Unread{Kind: Account}]; unread {
		return fate{unknown: true, why: "the account could not be read in " + s.Region + ", so that it is not known whether it is in the sandbox, where " + what + ": " + reason}
	}
	if s.Settings.ProductionAccess {
		return there
	}
	return fate{
		why:   "the account is in the sandbox of " + s.Region + ", where " + what,
		steps: []string{"request production access for " + s.Region + ", then plan again"},
	}
}

// suppressionInSandbox is what the sandbox does to suppression lists.
const suppressionInSandbox = "suppression lists cannot be written"

// entries decides about the entries that a list of the secondary lacks. Those that only the
// secondary has stay.
func (c *comparer) entries(kind Kind, id string, d ListDifference, f fate) []Decision {
	if d.Unread != "" {
		unread := c.unknown(kind, id, "could not be read: "+d.Unread)
		unread.Change.Resource.Region = cmp.Or(d.Where, c.to.Region)
		return []Decision{unread}
	}
	opted := c.optedOut(kind, id, d)
	if d.Missing+d.Different == 0 {
		return opted
	}
	fields := []awspatterns.Field{{Name: "entries", Old: fmt.Sprint(d.Secondary), New: fmt.Sprint(d.Secondary + d.Missing)}}
	for _, n := range []struct {
		name string
		n    int
	}{{"missing", d.Missing}, {"different", d.Different}, {"only in " + c.to.Region + ", which stay", d.Extra}, {"stricter in " + c.to.Region + ", which stay so", d.Stricter}} {
		if n.n > 0 {
			fields = append(fields, awspatterns.Field{Name: n.name, New: fmt.Sprint(n.n)})
		}
	}
	if !f.ok {
		blocked := f.decision(c, kind, id, "")
		blocked.Change.Fields = fields
		return []Decision{blocked}
	}
	list := d
	change := Decision{
		Step:   Step{Kind: kind, Name: cmp.Or(d.Tenant, d.List), Found: d.Digest, Value: &Value{List: &list}},
		Change: awspatterns.Change{Action: awspatterns.Update, Resource: awspatterns.Resource{Type: string(kind), ID: id, Region: c.to.Region}, Fields: fields},
	}
	if len(d.Sample) > 0 {
		change.Change.Reason = "such as " + strings.Join(d.Sample, ", ")
	}
	return append([]Decision{change}, opted...)
}

// optedOut tells of contacts who unsubscribed in the secondary only. They stay so there, and
// mail from the primary still goes to them.
func (c *comparer) optedOut(kind Kind, id string, d ListDifference) []Decision {
	if kind != Contacts || d.Stricter == 0 {
		return nil
	}
	reason := fmt.Sprintf("%d contacts unsubscribed in %s only, and %s mails them still", d.Stricter, c.to.Region, c.from.Region)
	return []Decision{c.atPrimary(c.manual(kind, id, reason,
		"unsubscribe them in "+c.from.Region+", too (UpdateContact): whoever unsubscribed in one Region must not be mailed from the other"))}
}

// back decides about suppressed addresses that only the secondary has, or that complained
// there and bounced in the primary: they are written to the primary, if told to.
func (c *comparer) back(id string, d ListDifference) []Decision {
	if !c.opts.TwoWaySuppression || d.Extra+d.Stricter == 0 || d.Unread != "" {
		return nil
	}
	fields := []awspatterns.Field{
		{Name: "entries", Old: fmt.Sprint(d.Primary), New: fmt.Sprint(d.Primary + d.Extra)},
		{Name: "only in " + c.to.Region, New: fmt.Sprint(d.Extra)},
	}
	if d.Stricter > 0 {
		fields = append(fields, awspatterns.Field{Name: "stricter in " + c.to.Region, New: fmt.Sprint(d.Stricter)})
	}
	if f := outOfSandbox(c.from, suppressionInSandbox); !f.ok {
		blocked := c.atPrimary(f.decision(c, SuppressionList, id, ""))
		blocked.Change.Fields = fields
		return []Decision{blocked}
	}
	list := d
	return []Decision{{
		Step: Step{Kind: SuppressionList, Name: d.Tenant, Primary: true, Found: d.Back, Value: &Value{List: &list}},
		Change: awspatterns.Change{
			Action: awspatterns.Update, Resource: awspatterns.Resource{Type: string(SuppressionList), ID: id, Region: c.from.Region}, Fields: fields,
			Reason: "what is suppressed in one Region must not be sent to from the other",
		},
	}}
}
