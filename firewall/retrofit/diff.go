package retrofit

import "slices"

// A Difference is what changes between two evaluations: of one state under two
// policies, or of two states under one. Lists are in the order of the evaluation
// after, and then of the one before.
type Difference struct {
	WebACLs   []ACLDifference      `json:"webACLs,omitempty"`
	Resources []ResourceDifference `json:"resources,omitempty"`

	// Created are the web ACLs that Firewall Manager creates after, and not before;
	// NotCreated the other way round.
	Created    []CreatedACL `json:"created,omitempty"`
	NotCreated []CreatedACL `json:"notCreated,omitempty"`
}

// An ACLDifference is a web ACL whose verdict changes. Before is nil if it was not
// evaluated before, After if it is not evaluated any more.
type ACLDifference struct {
	Before *ACLVerdict `json:"before,omitempty"`
	After  *ACLVerdict `json:"after,omitempty"`
}

// A ResourceDifference is a resource whose verdict changes, as [ACLDifference].
type ResourceDifference struct {
	Before *ResourceVerdict `json:"before,omitempty"`
	After  *ResourceVerdict `json:"after,omitempty"`
}

// Empty reports whether nothing changes.
func (d Difference) Empty() bool {
	return len(d.WebACLs)+len(d.Resources)+len(d.Created)+len(d.NotCreated) == 0
}

// Diff tells what changes from one evaluation to another: outcome, compliance and
// reasons, the scope of a resource, and what is put into a web ACL.
func Diff(before, after Evaluation) (d Difference) {
	for _, pair := range pairs(before.WebACLs, after.WebACLs, func(v *ACLVerdict) string { return v.ARN }, sameACL) {
		d.WebACLs = append(d.WebACLs, ACLDifference{pair[0], pair[1]})
	}
	for _, pair := range pairs(before.Resources, after.Resources, func(v *ResourceVerdict) string { return v.ARN }, sameResource) {
		d.Resources = append(d.Resources, ResourceDifference{pair[0], pair[1]})
	}
	d.Created = notIn(after.Created, before.Created)
	d.NotCreated = notIn(before.Created, after.Created)
	return d
}

// pairs returns what is not the same on both sides: first in the order of after,
// then what is not there any more.
func pairs[T any](before, after []T, key func(*T) string, same func(a, b *T) bool) (differ [][2]*T) {
	old := make(map[string]*T, len(before))
	for i := range before {
		old[key(&before[i])] = &before[i]
	}
	for i := range after {
		was := old[key(&after[i])]
		delete(old, key(&after[i]))
		if was == nil || !same(was, &after[i]) {
			differ = append(differ, [2]*T{was, &after[i]})
		}
	}
	for i := range before {
		if old[key(&before[i])] != nil {
			differ = append(differ, [2]*T{&before[i], nil})
		}
	}
	return differ
}

func sameVerdict(a, b Verdict) bool {
	return a.Outcome == b.Outcome && a.Compliance == b.Compliance && slices.Equal(a.Reasons, b.Reasons)
}

func sameACL(a, b *ACLVerdict) bool {
	return sameVerdict(a.Verdict, b.Verdict) && slices.Equal(a.Adds, b.Adds) && slices.Equal(a.Removes, b.Removes) &&
		a.AddsLogging == b.AddsLogging
}

func sameResource(a, b *ResourceVerdict) bool {
	return sameVerdict(a.Verdict, b.Verdict) && a.Scope == b.Scope && a.WebACL == b.WebACL
}

// notIn returns the web ACLs of a for whose account and scope b has none.
func notIn(a, b []CreatedACL) (rest []CreatedACL) {
	there := map[place]bool{}
	for _, acl := range b {
		there[place{acl.Account, acl.Scope}] = true
	}
	for _, acl := range a {
		if !there[place{acl.Account, acl.Scope}] {
			rest = append(rest, acl)
		}
	}
	return rest
}
