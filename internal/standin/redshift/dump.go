package redshift

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dump returns everything that counts as text in a defined order, for comparing worlds. It
// leaves out IDs, who granted what, what every warehouse has from the beginning, and users
// that only came to be since an IAM identity connected.
func (w *World) Dump() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out strings.Builder
	for _, wh := range w.warehouses {
		kind := "cluster"
		if wh.Serverless {
			kind = "workgroup"
		}
		fmt.Fprintf(&out, "%s %s of %s in %s, namespace %s, version %s, %s\n", kind, wh.Name, wh.Account, wh.Region, wh.Namespace, wh.Version, wh.Status)
		for _, line := range wh.lines() {
			fmt.Fprintf(&out, "  %s\n", line)
		}
	}
	return out.String()
}

// lines returns all that the catalog holds, sorted.
func (c *catalog) lines() []string {
	var lines []string
	add := func(format string, arguments ...any) { lines = append(lines, fmt.Sprintf(format, arguments...)) }
	c.dumpPeople(add)
	c.dumpObjects(add)
	c.dumpShares(add)
	for p := range c.grants {
		if !c.fromTheStart(p) {
			add("grant %s on %s to %s", p.name, onText(p), p.to)
		}
	}
	slices.Sort(lines)
	return lines
}

func (c *catalog) dumpPeople(add func(string, ...any)) {
	for name, u := range c.users {
		if !u.fromIAM && name != "rdsdb" {
			add("user %s, superuser %t", name, u.superuser)
		}
	}
	for name, r := range c.roles {
		if !reserved(name) {
			add("role %s of %s", name, r.owner)
		}
	}
	for name := range c.groups {
		add("group %s", name)
	}
	for m := range c.members {
		add("group %s has %s", m[0], m[1])
	}
	for g := range c.roleGrants {
		add("grant role %s to %s", g.role, g.to)
	}
	for s := range c.system {
		add("grant system privilege %s to %s", s.name, s.to)
	}
}

func (c *catalog) dumpObjects(add func(string, ...any)) {
	for name, b := range c.bases {
		if b.shared() {
			add("database %s of %s, with permissions %t, from datashare %s of %s", name, b.owner, b.source.permissions, b.source.datashare, b.source.namespace)
		} else {
			add("database %s of %s, %s", name, b.owner, b.isolation)
		}
	}
	for at, owner := range c.schemas {
		add("schema %s of %s", at, owner)
	}
	for at, t := range c.tables {
		add("table %s %+v", at, t)
	}
	for at, owner := range c.functions {
		add("function %s of %s", at, owner)
	}
}

func (c *catalog) dumpShares(add func(string, ...any)) {
	for name, s := range c.shares {
		add("datashare %s of %s in %s, public %t, managed by %q", name, s.owner, s.database, s.public, s.managedBy)
	}
	for k := range c.includeNew {
		add("datashare %s includes what is new in %s", k[0], k[1])
	}
	for k, a := range c.consumers {
		add("datashare %s for %s%s", k.datashare, k.account, k.namespace)
		if k.account == "" {
			continue
		}
		add("datashare %s for %s, %s, writes %t", k.datashare, k.account, a.status, a.producerWrites)
		for c, writes := range a.associations {
			add("datashare %s for %s, associated %+v, writes %t", k.datashare, k.account, c, writes)
		}
	}
}

func (i identity) String() string { return strings.TrimSpace(string(i.kind) + " " + i.name) }

func (k objectKey) String() string {
	return strings.TrimRight(fmt.Sprintf("%q.%q.%q", k.database, k.schema, k.name), `."`) + `"`
}

func onText(p privilege) string {
	if p.at.database == "" {
		return fmt.Sprintf("%s %q", p.on, p.at.name)
	}
	return fmt.Sprintf("%s %s", p.on, p.at)
}

// fromTheStart reports whether a privilege is one that all users have in every database.
func (c *catalog) fromTheStart(p privilege) bool {
	fresh := catalog{bases: map[string]base{}, schemas: map[objectKey]string{}, grants: map[privilege]string{}}
	fresh.addBase(p.at.database, "", "")
	return slices.Contains(slices.Collect(maps.Keys(fresh.grants)), p)
}
