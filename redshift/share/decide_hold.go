package share

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Names of the reads that [Unknown.What] tells of, beside the names of the queries in
// package redshiftsql. More may follow after a space, such as "grants of role analyst". A
// read of another name is taken to be about all that a warehouse has.
const (
	ReadAssociations = "associations"                     // DescribeDataShares
	ReadGrants       = "grants"                           // SHOW GRANTS in databases made of datashares
	ReadSetting      = "enable_case_sensitive_identifier" // SHOW
)

// A hold keeps back items that cannot be made or taken away: why, and the way out.
type hold struct {
	change    awspatterns.Change
	warehouse Warehouse
	items     []Item // that are not made
	kept      []Item // that are not taken away
}

// holdOf returns the hold of an id, which is made when it is first asked for.
func (dc *deciding) holdOf(id string, at Warehouse, change awspatterns.Change) *hold {
	h, ok := dc.holds[id]
	if !ok {
		h = &hold{change: change, warehouse: at}
		dc.holds[id] = h
	}
	return h
}

// blocked returns a hold of something that a person must get out of the way.
func (dc *deciding) blocked(id string, at *Found, resource awspatterns.Resource, reason string, wayOut ...string) *hold {
	return dc.holdOf("blocked "+id, at.Warehouse, awspatterns.Change{
		Action: awspatterns.Blocked, Resource: resource, Reason: reason, Steps: wayOut,
	})
}

// hold keeps an item back, and so all that needs it.
func (dc *deciding) hold(h *hold, i Item) {
	h.items = append(h.items, i)
	dc.held[i.Key()] = h
}

// keep keeps an item from being taken away.
func (h *hold) keep(i Item) { h.kept = append(h.kept, i) }

// step returns the hold as a step for a person.
func (h *hold) step() Step {
	s := Step{Change: h.change, Warehouse: h.warehouse, Revokes: len(h.items) == 0 && len(h.kept) > 0}
	for _, list := range []struct {
		name  string
		items []Item
	}{{"held back", h.items}, {"kept", h.kept}} {
		if len(list.items) == 0 {
			continue
		}
		slices.SortFunc(list.items, func(a, b Item) int { return cmp.Compare(a.Key(), b.Key()) })
		s.Change.Fields = append(s.Change.Fields, awspatterns.Field{Name: list.name, New: some3(list.items)})
		s.Items = append(s.Items, list.items...)
	}
	return s
}

// first returns what the first of some checks holds an item back by.
func first(i Item, checks ...func(Item) *hold) *hold {
	for _, check := range checks {
		if h := check(i); h != nil {
			return h
		}
	}
	return nil
}

// holdSteps returns what is held back as steps for people, first what is unknown. What
// holds nothing back is a note.
func (dc *deciding) holdSteps() []Step {
	var steps []Step
	for _, id := range slices.Sorted(maps.Keys(dc.holds)) {
		h := dc.holds[id]
		s := h.step()
		if len(s.Items) == 0 && h.change.Action == awspatterns.Blocked {
			dc.note("%s: %s", h.change.Resource.ID, strings.Join(append([]string{h.change.Reason}, h.change.Steps...), "; "))
			continue
		}
		steps = append(steps, s)
	}
	slices.SortStableFunc(steps, func(a, b Step) int {
		return cmp.Or(
			cmp.Compare(b.Change.Action, a.Change.Action), // unknown, manual, blocked
			cmp.Compare(a.Warehouse.Key(), b.Warehouse.Key()),
			cmp.Compare(a.Change.Resource.Type, b.Change.Resource.Type),
			cmp.Compare(a.Change.Resource.ID, b.Change.Resource.ID),
			cmp.Compare(a.Change.Reason, b.Change.Reason),
		)
	})
	return steps
}

// some3 names up to three items and counts the others.
func some3(items []Item) string {
	var names []string
	for _, i := range items[:min(3, len(items))] {
		names = append(names, i.String())
	}
	return andMore(names, len(items))
}

// someOf names up to n and counts the others.
func someOf(names []string, n int) string { return andMore(names[:min(n, len(names))], len(names)) }

func andMore(names []string, of int) string {
	s := strings.Join(names, "; ")
	if rest := of - len(names); rest > 0 {
		s += fmt.Sprintf("; and %d more", rest)
	}
	return s
}

// unknown returns why it cannot be told whether an item, which was not found, is there; nil
// if it is certainly not.
func (dc *deciding) unknown(i Item) *hold {
	f := dc.byNamespace[i.Namespace]
	if f == nil {
		return dc.unread(i)
	}
	if h := dc.needsRead(f, i.reads()...); h != nil {
		return h
	}
	switch {
	case !f.Superuser && i.Kind != KindAuthorization && i.Kind != KindAssociation:
		return dc.partial(f)
	case f.unread(ReadSetting) && dc.hasCapitals(i):
		return dc.unknownRead(f, Unknown{What: ReadSetting, Reason: "whether names keep their capital letters is not known"})
	}
	return nil
}

// partial returns the hold of what a user who is no superuser did not see.
func (dc *deciding) partial(f *Found) *hold {
	for _, u := range f.Unknown {
		if u.is(redshiftsql.QuerySession.Name) {
			return dc.unknownRead(f, u)
		}
	}
	return dc.holdOf("superuser "+f.Warehouse.Key(), f.Warehouse, awspatterns.Change{
		Action:   awspatterns.Unknown,
		Resource: dc.resourceAt(f, "catalog", ""),
		Reason:   fmt.Sprintf("user %s is no superuser, so the catalog shows a part of what there is", quoted(f.User)),
		Steps:    []string{"connect to " + f.Warehouse.String() + " as a superuser: name a secret"},
	})
}

// unknownRead returns the hold of a read that failed. A warehouse that does not run says
// nothing else.
func (dc *deciding) unknownRead(f *Found, u Unknown) *hold {
	change := awspatterns.Change{Action: awspatterns.Unknown, Resource: dc.resourceAt(f, u.What, ""), Reason: u.Reason}
	id := "unread " + f.Warehouse.Key() + " " + u.What
	if why, wayOut := f.stopped(); why != "" {
		id, change.Resource = "stopped "+f.Warehouse.Key(), dc.resourceAt(f, "", "")
		change.Reason, change.Steps = why, []string{wayOut}
	}
	return dc.holdOf(id, f.Warehouse, change)
}

// unread holds back what a warehouse has that was not read.
func (dc *deciding) unread(i Item) *hold {
	f := dc.byWarehouse[i.Warehouse.Key()]
	reason := "it was not read"
	if f != nil {
		for _, u := range f.Unknown {
			reason = u.What + ": " + u.Reason
			break
		}
	} else {
		f = &Found{Warehouse: i.Warehouse}
	}
	return dc.holdOf("unread "+i.Warehouse.Key(), i.Warehouse, awspatterns.Change{
		Action: awspatterns.Unknown, Resource: dc.resourceAt(f, "", ""), Reason: reason,
	})
}

// unread reports whether a read of a warehouse failed.
func (f Found) unread(what string) bool {
	return slices.ContainsFunc(f.Unknown, func(u Unknown) bool { return u.concerns(what) })
}

// reads returns the names of the reads that tell whether there is an item.
func (i Item) reads() []string {
	switch {
	case i.Kind == KindAuthorization || i.Kind == KindAssociation:
		return []string{ReadAssociations}
	case i.Kind == KindDatashare:
		return []string{redshiftsql.QueryDatashares.Name}
	case i.Kind == KindDatabase: // others may have its name
		return []string{redshiftsql.QueryDatashares.Name, redshiftsql.QueryDatabases.Name}
	case i.Kind == KindConsumer: // kept with their datashares
		return []string{redshiftsql.QueryDatashares.Name, redshiftsql.QueryDatashareConsumers.Name}
	case !i.atProducer(): // asked for of databases that are shared
		return []string{redshiftsql.QueryDatabases.Name, ReadGrants}
	}
	return i.Grant.reads()
}

// reads returns where grants to a datashare are listed: those on all objects of a kind with
// what these are in.
func (g Grant) reads() []string {
	switch {
	case g.Scope == OnTable:
		return []string{redshiftsql.QueryTablePrivileges.Name}
	case g.Scope == OnFunction:
		return []string{redshiftsql.QueryFunctionPrivileges.Name}
	case g.Schema != "":
		return []string{redshiftsql.QuerySchemaPrivileges.Name}
	}
	return []string{redshiftsql.QueryDatabasePrivileges.Name}
}

// concerns reports whether a read that failed would have told what another name stands for.
func (u Unknown) concerns(what string) bool {
	return u.is(what) || !u.known()
}

// is reports whether a read has a name, or one that begins with it.
func (u Unknown) is(what string) bool {
	return u.What == what || strings.HasPrefix(u.What, what+" ") && !isQuery(u.What)
}

func (u Unknown) known() bool {
	return isQuery(u.What) || u.is(ReadAssociations) || u.is(ReadGrants) || u.is(ReadSetting) ||
		slices.ContainsFunc(redshiftsql.Queries(), func(q redshiftsql.Query) bool { return u.is(q.Name) })
}

func isQuery(name string) bool {
	return slices.ContainsFunc(redshiftsql.Queries(), func(q redshiftsql.Query) bool { return q.Name == name })
}
