package region

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// make returns the decision to create an object of the secondary. If the tags that it is to
// have could not be read, it says so.
func (c *comparer) make(kind Kind, name, part string, v Value) Decision {
	c.add(c.unreadTags(kind, name)...)
	id := name
	if part != "" {
		id += "/" + part
	}
	step := Step{Kind: kind, Name: name, Part: part, Value: &v}
	step.Want = step.digestOf(&v)
	return Decision{Step: step, Change: awspatterns.Change{
		Action: awspatterns.Create, Resource: awspatterns.Resource{Type: string(kind), ID: id, Region: c.to.Region},
		Fields: fieldsOf(nil, v.created(&v)),
	}}
}

// update returns the decision to change an aspect of an object, none if it is as wanted. Of
// an object that is yet to be created, old is how creating leaves it.
func (c *comparer) update(kind Kind, name, part string, aspect Aspect, old, wanted Value, made bool) []Decision {
	was, is := old.facets(aspect, part), wanted.facets(aspect, part)
	if slices.Equal(was, is) {
		return nil
	}
	id := name
	if part != "" {
		id += "/" + part
	}
	step := Step{Kind: kind, Name: name, Part: part, Aspect: aspect, Value: &wanted}
	step.Want = step.digestOf(&wanted)
	if !made {
		step.Found = step.digestOf(&old)
	}
	return []Decision{{Step: step, Change: awspatterns.Change{
		Action: awspatterns.Update, Resource: awspatterns.Resource{Type: string(kind), ID: id, Region: c.to.Region},
		Fields: fieldsOf(was, is),
	}}}
}

// An object is one of the secondary that is kept like that of the primary.
type object struct {
	kind     Kind
	name     string
	from, to Value // in the primary and in the secondary
	part     bool  // only parts of it are kept the same
}

// tagged returns a value of the same kind that has the name and the tags, and nothing else.
func (o object) tagged(tags map[string]string) Value {
	switch o.kind {
	case Pools:
		return Value{Pool: &Pool{Name: o.name, Tags: tags}}
	case Sets:
		return Value{Set: &ConfigurationSet{Name: o.name, Tags: tags}}
	case Identities:
		return Value{Identity: &Identity{Name: o.name, Tags: tags}}
	case Templates:
		return Value{Template: &Template{Name: o.name, Tags: tags}}
	case Verification:
		return Value{Verification: &VerificationTemplate{Name: o.name, Tags: tags}}
	case Lists:
		return Value{ContactList: &ContactList{Name: o.name, Tags: tags}}
	}
	return Value{Tenant: &Tenant{Name: o.name, Tags: tags}}
}

// copiedTags returns the tags of an object of the primary that one in the secondary has, too:
// those of AWS and of this library are about the object itself.
func copiedTags(tags map[string]string) map[string]string {
	copied := map[string]string{}
	for k, v := range tags {
		if !ownTag(k) {
			copied[k] = v
		}
	}
	return copied
}

// ownTag reports whether a tag is one of AWS or of this library.
func ownTag(key string) bool {
	return strings.HasPrefix(key, "aws:") || strings.HasPrefix(key, "awspatterns:")
}

// marked returns the tags of an object of the primary with the mark.
func (c *comparer) marked(tags map[string]string) map[string]string {
	m := copiedTags(tags)
	m[MarkTag] = c.from.Region
	return m
}

// ours reports whether an object bears the mark.
func (c *comparer) ours(v Value) bool { return v.Tags()[MarkTag] == c.from.Region }

// keep returns what is done to an object of the secondary, given its changes: with those of
// its tags, marked first if it is taken over, and blocked if it is not ours to change.
func (c *comparer) keep(o object, changes []Decision) []Decision {
	retag, reads := c.retag(o, applies(changes))
	changes = slices.Concat(retag, changes)
	if reason, unread := c.to.unread[Unread{Kind: o.kind, Name: o.name, Aspect: Tags}]; unread {
		return c.stop(o, changes, awspatterns.Unknown, "its tags could not be read, so that it is not known whether this library made it: "+reason)
	}
	changes = append(changes, reads...)
	switch {
	case !applies(changes) || c.ours(o.to):
		return changes
	case !c.opts.Adopt:
		return c.stop(o, changes, awspatterns.Blocked, c.whose(o),
			"set Adopt, to have it changed and marked with the tag "+MarkTag+" = "+c.from.Region+", or make it alike, or remove it")
	}
	for i := range changes {
		changes[i].Change.Adopts = changes[i].Change.Action.Applies() && !changes[i].Step.Primary
	}
	return changes
}

// whose tells whose an object is that does not bear the mark.
func (c *comparer) whose(o object) string {
	if other, is := o.to.Tags()[MarkTag]; is {
		return "it differs, and is kept like that in " + other
	}
	return "it differs, and this library did not make it"
}

// applies reports whether any of the decisions changes the secondary.
func applies(all []Decision) bool {
	return slices.ContainsFunc(all, func(d Decision) bool { return d.Change.Action.Applies() && !d.Step.Primary })
}

// stop replaces all that changes an object of the secondary by one decision, which tells what
// differs. What a person does anyway stays.
func (c *comparer) stop(o object, changes []Decision, action awspatterns.Action, reason string, steps ...string) []Decision {
	stopped := c.left(action, o.kind, o.name, reason, steps...)
	var rest []Decision
	for _, d := range changes {
		if !d.Change.Action.Applies() || d.Step.Primary {
			rest = append(rest, d)
			continue
		}
		for _, f := range d.Change.Fields {
			if f.Name == "tag "+MarkTag {
				continue
			}
			if d.Step.Kind != o.kind { // a part of it
				f.Name = fmt.Sprintf("%s %s: %s", d.Step.Kind, d.Step.Part, f.Name)
			}
			stopped.Change.Fields = append(stopped.Change.Fields, f)
		}
	}
	return append([]Decision{stopped}, rest...)
}

// unreadTags says that the tags of an object of the primary could not be read.
func (c *comparer) unreadTags(kind Kind, name string) []Decision {
	reason, is := c.from.unread[Unread{Kind: kind, Name: name, Aspect: Tags}]
	if !is {
		return nil
	}
	d := unreadAt(c.from, kind, name, reason)
	d.Change.Reason = "its tags " + d.Change.Reason
	return []Decision{d}
}

// retag returns the change of an object's tags, if there is one, and what could not be read
// of them in the primary. The tags of the primary must be there, and others may, unless
// Delete is set; then those of an object that bears the mark, or gets it, go.
func (c *comparer) retag(o object, changed bool) (retag, unread []Decision) {
	wanted := copiedTags(o.from.Tags())
	if unread = c.unreadTags(o.kind, o.name); unread != nil || o.part {
		wanted = map[string]string{}
	}
	has := o.to.Tags()
	lacks := slices.ContainsFunc(sortedKeys(wanted), func(k string) bool { v, set := has[k]; return !set || v != wanted[k] })
	if lacks || changed || c.ours(o.to) {
		wanted[MarkTag] = c.from.Region
	}
	var untag []string
	for _, k := range sortedKeys(has) {
		if _, is := wanted[k]; is || strings.HasPrefix(k, "aws:") {
			continue
		}
		if c.opts.Delete && wanted[MarkTag] != "" && unread == nil && !o.part && !ownTag(k) {
			untag = append(untag, k)
			continue
		}
		wanted[k] = has[k]
	}
	keys := slices.Concat(sortedKeys(wanted), untag)
	if slices.Equal(tagFacets(has, keys), tagFacets(wanted, keys)) {
		return nil, unread
	}
	value := o.tagged(maps.Clone(wanted))
	step := Step{Kind: o.kind, Name: o.name, Aspect: Tags, Value: &value, Untag: untag}
	step.Found, step.Want = step.digestOf(&o.to), step.digestOf(&value)
	return []Decision{{Step: step, Change: awspatterns.Change{
		Action: awspatterns.Update, Resource: awspatterns.Resource{Type: string(o.kind), ID: o.name, Region: c.to.Region},
		Fields: fieldsOf(tagFacets(has, keys), tagFacets(wanted, keys)),
	}}}, unread
}
