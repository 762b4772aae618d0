package region

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// Compare decides what makes the secondary Region like the primary, in the order in which it
// is done. What both have alike needs no decision. The options must have passed
// [Options.Check], and the States hold the kinds of [Options.Reads].
//
// Nothing is decided for what could not be read, nor for what depends on it: it is unknown.
// An object of the secondary that differs and does not bear the mark is blocked unless Adopt
// is set; then marking it comes before its other changes. Identities are never deleted. What
// only the secondary has is deleted if Delete is set, it bears the mark, and nothing that
// stays uses it; else a person is told how.
func Compare(in Inputs, opts Options) []Decision {
	c := &comparer{opts: opts, in: in, from: newSide(in.Primary), to: newSide(in.Secondary)}
	for _, compare := range []func(){
		c.account, c.pools, c.sets, c.identities, c.templates, c.verificationTemplates, c.contactLists, c.contacts,
		c.tenants, c.suppressionLists, c.extras, c.untold,
	} {
		compare()
	}
	slices.SortStableFunc(c.out, func(a, b Decision) int { return cmp.Compare(rank(a), rank(b)) })
	return c.out
}

// rank is the place of a decision: the kinds in their order, then deletions in the reverse
// one. Tracking with a domain comes after the identities, one of which it must be.
func rank(d Decision) int {
	kind := slices.Index(Kinds(), Kind(d.Change.Resource.Type))
	switch {
	case d.Change.Action == awspatterns.Delete:
		return 1000 - 2*kind
	case d.Step.Kind == Sets && d.Step.Aspect == TrackingAspect:
		return 2*slices.Index(Kinds(), Identities) + 1
	}
	return 2 * kind
}

// A comparer holds both Regions while they are compared.
type comparer struct {
	opts     Options
	in       Inputs
	from, to *side // primary and secondary
	out      []Decision
	extra    []extraObject // in the secondary only
}

// A side is one Region, by name.
type side struct {
	State
	pools        map[string]*Pool
	sets         map[string]*ConfigurationSet
	identities   map[string]*Identity
	templates    map[string]*Template
	verification map[string]*VerificationTemplate
	lists        map[string]*ContactList
	tenants      map[string]*Tenant
	unread       map[Unread]string // reasons, by what could not be read
}

func newSide(s State) *side {
	unread := map[Unread]string{}
	for _, u := range s.Unread {
		unread[Unread{Kind: u.Kind, Name: u.Name, Aspect: u.Aspect}] = u.Reason
	}
	return &side{
		State:        s,
		pools:        byName(s.Pools, func(p *Pool) string { return p.Name }),
		sets:         byName(s.ConfigurationSets, func(s *ConfigurationSet) string { return s.Name }),
		identities:   byName(s.Identities, func(i *Identity) string { return i.Name }),
		templates:    byName(s.Templates, func(t *Template) string { return t.Name }),
		verification: byName(s.VerificationTemplates, func(t *VerificationTemplate) string { return t.Name }),
		lists:        byName(s.ContactLists, func(l *ContactList) string { return l.Name }),
		tenants:      byName(s.Tenants, func(t *Tenant) string { return t.Name }),
		unread:       unread,
	}
}

func byName[T any](all []T, name func(*T) string) map[string]*T {
	m := make(map[string]*T, len(all))
	for i := range all {
		m[name(&all[i])] = &all[i]
	}
	return m
}

// unreadOf returns why an aspect of an object could not be read, and whether that is so: on
// its own, with its object, or with all of its kind.
func (s *side) unreadOf(kind Kind, name string, aspect Aspect) (string, bool) {
	for _, u := range []Unread{{Kind: kind, Name: name, Aspect: aspect}, {Kind: kind, Name: name}, {Kind: kind}} {
		if reason, is := s.unread[u]; is {
			return reason, true
		}
	}
	return "", false
}

// unreadToMake returns why it is not known how an object would be created elsewhere, and
// whether that is so: what creating sets could not be read.
func (s *side) unreadToMake(kind Kind, name string) (string, bool) {
	if len(s.unread) == 0 {
		return "", false
	}
	aspects := map[Kind][]Aspect{
		Pools: {Mode}, Sets: {DeliveryAspect, ReputationAspect, SendingAspect, SuppressionAspect, VDMAspect}, Identities: {Origin},
		Templates: {Content}, Verification: {Content}, Lists: {Content}, Tenants: {SuppressionAspect},
	}[kind]
	for _, a := range append([]Aspect{Object}, aspects...) {
		if reason, is := s.unreadOf(kind, name, a); is {
			return reason, true
		}
	}
	return "", false
}

// arn returns that of a resource of SES in the Region.
func (s *side) arn(resource string) string {
	return arnParts{s.Partition, "ses", s.Region, s.Account, resource}.String()
}

// add adds decisions.
func (c *comparer) add(all ...Decision) { c.out = append(c.out, all...) }

// left returns a decision that is left to a person, about the secondary.
func (c *comparer) left(action awspatterns.Action, kind Kind, id, reason string, steps ...string) Decision {
	return Decision{Change: awspatterns.Change{
		Action: action, Resource: awspatterns.Resource{Type: string(kind), ID: id, Region: c.to.Region}, Reason: reason, Steps: steps,
	}}
}

func (c *comparer) manual(kind Kind, id, reason string, steps ...string) Decision {
	return c.left(awspatterns.Manual, kind, id, reason, steps...)
}

func (c *comparer) blocked(kind Kind, id, reason string, steps ...string) Decision {
	return c.left(awspatterns.Blocked, kind, id, reason, steps...)
}

func (c *comparer) unknown(kind Kind, id, reason string) Decision {
	return c.left(awspatterns.Unknown, kind, id, reason)
}

// unreadAt is unknown for what could not be read in one of the Regions.
func unreadAt(s *side, kind Kind, id, reason string) Decision {
	return Decision{Change: awspatterns.Change{
		Action:   awspatterns.Unknown,
		Resource: awspatterns.Resource{Type: string(kind), ID: id, Region: s.Region},
		Reason:   "could not be read: " + reason,
	}}
}

// everything is the ID of a change about all of a kind.
const everything = "all"

// untold tells of what could not be read where nothing was decided about it, such as the
// event destinations of a set that goes: a plan that does not know all is incomplete.
func (c *comparer) untold() {
	told := map[awspatterns.Resource]bool{}
	for _, d := range c.out {
		if r := d.Change.Resource; d.Change.Action == awspatterns.Unknown {
			r.ID = strings.TrimSuffix(r.ID, "/"+everything)
			told[r] = true
		}
	}
	for _, s := range []*side{c.from, c.to} {
		for _, u := range s.Unread {
			d := unreadAt(s, u.Kind, cmp.Or(u.Name, everything), u.Reason)
			if !told[d.Change.Resource] && c.opts.Covers(u.Kind) {
				c.add(d)
			}
		}
	}
}

// names returns the names of a kind in both Regions, sorted, without those that could not be
// read, which are unknown. If the list of them could not be read, there are none.
func names[T any](c *comparer, kind Kind, from, to map[string]T) []string {
	if c.unreadKind(kind) {
		return nil
	}
	all := map[string]bool{}
	for name := range from {
		all[name] = true
	}
	for name := range to {
		all[name] = true
	}
	for _, s := range []*side{c.from, c.to} {
		for _, u := range s.Unread {
			if u.Kind == kind && u.Name != "" && u.Aspect == Object {
				c.add(unreadAt(s, kind, u.Name, u.Reason))
				delete(all, u.Name)
			}
		}
	}
	for _, name := range sortedKeys(from) {
		if reason, unread := c.from.unreadToMake(kind, name); unread && all[name] && !has(to, name) {
			c.add(unreadAt(c.from, kind, name, reason))
			delete(all, name)
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func has[T any](m map[string]T, name string) bool {
	_, is := m[name]
	return is
}

// unreadKind reports whether a kind could not be listed, and says so.
func (c *comparer) unreadKind(kind Kind) (is bool) {
	for _, s := range []*side{c.from, c.to} {
		if reason, unread := s.unread[Unread{Kind: kind}]; unread {
			c.add(unreadAt(s, kind, everything, reason))
			is = true
		}
	}
	return is
}

// unreadAspect reports whether an aspect of an object could not be read, and returns what is
// said then.
func (c *comparer) unreadAspect(kind Kind, name string, aspect Aspect, shown string) (all []Decision) {
	for _, s := range []*side{c.from, c.to} {
		if reason, is := s.unread[Unread{Kind: kind, Name: name, Aspect: aspect}]; is {
			d := unreadAt(s, kind, name, reason)
			d.Change.Reason = shown + " " + d.Change.Reason
			all = append(all, d)
		}
	}
	return all
}
