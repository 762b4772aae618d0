package region

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// comparedFindings are what the comparison of both Regions finds in what both have, beside
// what readiness looks at by itself.
func comparedFindings(in Inputs, opts ReadinessOptions) (all []Finding) {
	level := levelled(in)
	compared := Options{Only: opts.Only, ARNs: opts.ARNs, MailFrom: mailFromOf(level.Primary.Identities, opts.MailFrom), Adopt: true, ManagedPools: true}
	p, s := newSide(level.Primary), newSide(level.Secondary)
	for _, d := range Compare(level, compared) {
		if f, told := comparedFinding(p, s, d, opts); told {
			all = append(all, f)
		}
	}
	return all
}

// levelled returns the Regions with what both have, and without what readiness looks at by
// itself: so only the rest of it can differ.
func levelled(in Inputs) Inputs {
	p, s := in.Primary, in.Secondary
	for _, state := range []*State{&p, &s} {
		state.Settings.ProductionAccess, state.Settings.SendingEnabled = true, true
		state.Templates, state.Endpoints = nil, nil
	}
	p.Pools, s.Pools = shared(p.Pools, s.Pools, poolName)
	p.ConfigurationSets, s.ConfigurationSets = shared(p.ConfigurationSets, s.ConfigurationSets, setName)
	p.Identities, s.Identities = shared(p.Identities, s.Identities, identityName)
	p.VerificationTemplates, s.VerificationTemplates = shared(p.VerificationTemplates, s.VerificationTemplates, verificationName)
	p.ContactLists, s.ContactLists = shared(p.ContactLists, s.ContactLists, listName)
	p.Tenants, s.Tenants = shared(p.Tenants, s.Tenants, tenantName)
	for _, state := range []*State{&p, &s} {
		for i := range state.ConfigurationSets {
			state.ConfigurationSets[i].Sending = nil
		}
		for i := range state.Identities {
			state.Identities[i].DKIM = DKIM{}
		}
		for i := range state.Tenants {
			state.Tenants[i].Status = ""
		}
	}
	return Inputs{Primary: p, Secondary: s}
}

// shared returns copies of two lists with what both have.
func shared[T any](a, b []T, nameOf func(*T) string) ([]T, []T) {
	inA, inB := byName(a, nameOf), byName(b, nameOf)
	lacks := func(m map[string]*T) func(T) bool { return func(o T) bool { return m[nameOf(&o)] == nil } }
	return slices.DeleteFunc(slices.Clone(a), lacks(inB)), slices.DeleteFunc(slices.Clone(b), lacks(inA))
}

// mailFromOf returns the MAIL FROM domains that are given for identities that both have.
func mailFromOf(both []Identity, given map[string]string) map[string]string {
	kept := map[string]string{}
	for name, domain := range given {
		if namedIn(both, identityName, name) != nil {
			kept[name] = domain
		}
	}
	return kept
}

// comparedFinding returns what a decision is as a finding, and whether it is one.
func comparedFinding(p, s *side, d Decision, opts ReadinessOptions) (Finding, bool) {
	c := d.Change
	kind := Kind(c.Resource.Type)
	name, part := comparedName(kind, d)
	f := Finding{Kind: kind, Name: name, Aspect: d.Step.Aspect, Region: c.Resource.Region, Problem: comparedProblem(p.Region, d, part), Remedy: comparedRemedy(c, opts)}
	f.Severity = comparedSeverity(p, s, d, name, part)
	switch {
	case kind == Pools && f.Aspect != Tags, kind == Account && d.Step.Kind == "" && c.Action == awspatterns.Manual:
		return f, false // readiness looks at these itself
	case c.Action == awspatterns.Unknown && (p.mentionsUnread(kind, name) || s.mentionsUnread(kind, name)):
		return f, false // what could not be read is said; what depends on it is not
	case f.Aspect == Tags && !slices.ContainsFunc(c.Fields, func(f awspatterns.Field) bool { return f.Name != "tag "+MarkTag }):
		return f, false // it only marks
	}
	return f, true
}

// mentionsUnread reports whether something of an object, or all of its kind, was not read.
func (s *State) mentionsUnread(k Kind, name string) bool {
	return slices.ContainsFunc(s.Unread, func(u Unread) bool { return u.Kind == k && (u.Name == "" || u.Name == name) })
}

// comparedName returns the object that a decision is about, and the part of it.
func comparedName(kind Kind, d Decision) (name, part string) {
	id := d.Change.Resource.ID
	switch {
	case d.Step.Kind != "":
		return d.Step.Name, d.Step.Part
	case kind == Account, id == everything:
		return "", ""
	case kind == Destinations || kind == Associations:
		name, part, _ = strings.Cut(id, "/")
		return name, part
	case kind == Identities && strings.LastIndexByte(id, '/') > strings.LastIndexByte(id, '@'):
		i := strings.LastIndexByte(id, '/') // of a policy; only the local part of an address may have one, too
		return id[:i], id[i+1:]
	}
	return id, ""
}

// comparedSeverity tells how much a difference hurts.
func comparedSeverity(p, s *side, d Decision, name, part string) Severity {
	kind, action := Kind(d.Change.Resource.Type), d.Change.Action
	there := s.hasPart(kind, name, part)
	missing := p.hasPart(kind, name, part) && !there
	switch {
	case action == awspatterns.Unknown:
		return NotKnown
	case d.Step.Aspect == Tags:
		return Notes
	case part != "" && there && !p.hasPart(kind, name, part):
		return Degrades // only the secondary has it, and it goes with it
	case kind == Destinations && action == awspatterns.Manual && there:
		return NotKnown // what stands for what is not told
	case missing && kind == Associations, missing && kind == Identities:
		return Blocks // mail of the tenant, or of whom the policy lets send, is refused
	}
	return Degrades
}

// hasPart reports whether a Region has a part of an object: an event destination, a
// policy, or what is associated with a tenant, by the ARN that it has in the secondary.
func (s *side) hasPart(kind Kind, name, part string) bool {
	switch kind {
	case Destinations:
		set := s.sets[name]
		return set != nil && namedIn(set.Destinations, destinationName, part) != nil
	case Identities:
		identity := s.identities[name]
		return identity != nil && identity.Policies[part] != ""
	case Associations:
		tenant := s.tenants[name]
		return tenant != nil && slices.ContainsFunc(tenant.Resources, func(arn string) bool { return sameResource(arn, part) })
	}
	return false
}

// sameResource reports whether two ARNs differ at most in their Region.
func sameResource(a, b string) bool {
	x, ok := parseARN(a)
	y, same := parseARN(b)
	x.region = y.region
	return ok && same && x == y
}

// comparedProblem tells what differs.
func comparedProblem(primary string, d Decision, part string) string {
	c := d.Change
	text := c.Reason
	if d.Step.Kind != "" || text == "" || len(c.Fields) > 0 && c.Action != awspatterns.Manual {
		var differs []string
		for _, f := range c.Fields {
			if f.Name != "tag "+MarkTag {
				differs = append(differs, fmt.Sprintf("%s is %s, and %s in %s", f.Name, shortened(orNone(f.Old)), shortened(orNone(f.New)), primary))
			}
		}
		text = strings.Join(differs, "; ")
		if c.Action == awspatterns.Create {
			text = "missing"
		}
	}
	if part != "" {
		text = fmt.Sprintf("%q: %s", part, text)
	}
	return text
}

// shortened returns the beginning of a long text, such as a policy.
func shortened(text string) string {
	const most = 100
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// comparedRemedy tells what to do.
func comparedRemedy(c awspatterns.Change, opts ReadinessOptions) string {
	switch {
	case c.Action == awspatterns.Unknown:
		return "allow what ReadinessPermissions names, and check again"
	case c.Adopts && !opts.Adopt:
		return syncRemedy + " with Adopt"
	case c.Action.Applies():
		return syncRemedy
	}
	return strings.Join(c.Steps, "; ")
}
