package region

import "testing"

// TestLook tells what a step finds.
func TestLook(t *testing.T) {
	template := func(digest string, tags map[string]string) *Value {
		return &Value{Template: &Template{Name: "t", Digest: digest, Tags: tags}}
	}
	c := &comparer{from: newSide(emptyState(east)), to: newSide(emptyState(west))}
	mark := map[string]string{MarkTag: east}
	create := c.make(Templates, "t", "", *template("x", mark)).Step
	update := c.update(Templates, "t", "", Content, *template("x", nil), *template("y", nil), false)[0].Step
	follow := c.update(Templates, "t", "", Content, *template("x", nil), *template("y", nil), true)[0].Step
	remove := Step{Kind: Templates, Name: "t", Found: digest(template("x", mark).all())}
	c.opts.Delete = true
	o := object{kind: Templates, name: "t", from: *template("", map[string]string{"a": "1"}), to: *template("", map[string]string{MarkTag: east, "b": "2"})}
	retags, _ := c.retag(o, false)
	retag := retags[0].Step
	policyOf := func(document string) *Value {
		return &Value{Identity: &Identity{Name: "i", Policies: map[string]string{"p": document}}}
	}
	policy := c.update(Identities, "i", "p", Policy, Value{Identity: &Identity{}}, *policyOf(`{"a":1}`), false)[0].Step
	set := c.make(Sets, "s", "", Value{Set: &ConfigurationSet{Name: "s", Tags: mark}}).Step
	pool := Step{Kind: Pools, Name: "p", Found: digest((&Value{Pool: &Pool{Name: "p", Tags: mark}}).all())}
	for _, test := range []struct {
		name string
		step Step
		now  *Value
		want Now
	}{
		{"create: absent", create, nil, AsFound},
		{"create: there", create, template("x", mark), AsPlanned},
		{"create: there, with more tags", create, template("x", map[string]string{MarkTag: east, "new": "1"}), AsPlanned},
		{"create: another", create, template("y", mark), Other},
		{"create: somebody else's", create, template("x", nil), Other},
		{"create: a value of another kind", create, &Value{Pool: &Pool{}}, AsFound},
		{"create: a set that got its tracking", set, &Value{Set: &ConfigurationSet{Name: "s", Tags: mark, Tracking: &Tracking{Domain: "d"}, Archive: "a"}}, AsPlanned},
		{"create: a set with other options", set, &Value{Set: &ConfigurationSet{Name: "s", Tags: mark, Reputation: ptr(true)}}, Other},
		{"update: as found", update, template("x", nil), AsFound},
		{"update: done", update, template("y", mark), AsPlanned},
		{"update: changed since", update, template("z", nil), Other},
		{"update: deleted since", update, nil, Other},
		{"after creating: not created yet", follow, nil, AsFound},
		{"after creating: however it is", follow, template("z", nil), AsFound},
		{"after creating: done", follow, template("y", nil), AsPlanned},
		{"delete: as found", remove, template("x", mark), AsFound},
		{"delete: done", remove, nil, AsPlanned},
		{"delete: without its mark", remove, template("x", nil), Other},
		{"delete: changed since", remove, template("y", mark), Other},
		{"delete: a pool", pool, &Value{Pool: &Pool{Name: "p", Tags: mark}}, AsFound},
		{"delete: a pool that got an address", pool, &Value{Pool: &Pool{Name: "p", Tags: mark, IPs: 1}}, Other},
		{"tags: as found", retag, template("", map[string]string{MarkTag: east, "b": "2"}), AsFound},
		{"tags: one call of two", retag, template("", map[string]string{MarkTag: east, "a": "1", "b": "2"}), AsFound},
		{"tags: done", retag, template("", map[string]string{MarkTag: east, "a": "1"}), AsPlanned},
		{"tags: done, with one that came since", retag, template("", map[string]string{MarkTag: east, "a": "1", "c": "3"}), AsPlanned},
		{"tags: changed since", retag, template("", map[string]string{MarkTag: east, "a": "3"}), Other},
		{"tags: deleted since", retag, nil, Other},
		{"policy: absent", policy, &Value{Identity: &Identity{}}, AsFound},
		{"policy: done, in another form", policy, policyOf(" { \"a\" : 1 } "), AsPlanned},
		{"policy: somebody else's", policy, policyOf(`{"a":2}`), Other},
		{"policy: the identity is not made yet", policy, nil, AsFound},
	} {
		if got := test.step.Look(test.now); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}
