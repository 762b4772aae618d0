package share

import (
	"fmt"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// takeAway decides what becomes of what was made and is no longer described and, if told to
// adopt, of what is foreign.
func (dc *deciding) takeAway() {
	unwanted := dc.unwanted()
	left := map[string]Item{}
	for _, key := range slices.Sorted(maps.Keys(unwanted)) {
		i := unwanted[key]
		if h := first(i, dc.unresolvedConsumer, dc.earlierProducer, dc.notRunning, dc.wholeAccount); h != nil {
			h.keep(i)
			continue
		}
		left[key] = i
	}
	for _, i := range sorted(left) {
		if h := dc.inTheWay(i, left); h != nil {
			h.keep(i)
			delete(left, i.Key())
		}
	}
	taken := dc.takenAlong(left)
	items := sorted(left)
	slices.SortStableFunc(items, inReverse)
	for group := range groups(items) {
		dc.takingAway = append(dc.takingAway, dc.undo(append(slices.Clip(group), taken[group[0].Key()]...), len(group)))
	}
}

// unwanted returns the items that were found and are to be taken away. What was made and is
// gone is forgotten, and what cannot be told is held.
func (dc *deciding) unwanted() map[string]Item {
	unwanted := map[string]Item{}
	for _, i := range sorted(dc.owned) {
		key := i.Key()
		if _, ok := dc.wanted[key]; ok {
			continue
		}
		if found, ok := dc.have[key]; ok {
			if dc.byNamespace[found.Namespace] == nil { // told by the other account, which has other names
				found.Warehouse = i.Warehouse
			}
			dc.drift(found, Unwanted, "")
			unwanted[key] = found
			continue
		}
		if h := dc.gone(i); h != nil {
			h.keep(i)
			continue
		}
		if dc.orphaned(i) {
			dc.drift(i, Unwanted, "it is of a datashare that is not shared with it any more")
			unwanted[key] = i
			continue
		}
		dc.decision.Forget = append(dc.decision.Forget, i)
	}
	for key, found := range dc.have {
		if _, ok := dc.owned[key]; !ok && dc.opts.Adopt && dc.foreign(found) && adoptable(found) {
			unwanted[key] = found
		}
	}
	return unwanted
}

// orphaned reports whether an item is a database that is still there though its datashare
// is not, or is not shared with the warehouse any more: then only the list of databases
// tells of it.
func (dc *deciding) orphaned(i Item) bool {
	f := dc.byNamespace[i.Namespace]
	if i.Kind != KindDatabase || f == nil {
		return false
	}
	ofAnother := slices.ContainsFunc(f.Inbound, func(in Inbound) bool { return in.Database == i.Database })
	return !ofAnother && slices.ContainsFunc(f.Databases, func(d Database) bool { return d.Name == i.Database && d.Shared })
}

// gone returns nil if an item that was not found is certainly not there.
func (dc *deciding) gone(i Item) *hold {
	if dc.byNamespace[i.Namespace] == nil {
		return dc.goneWith(i, dc.byWarehouse[i.Warehouse.Key()])
	}
	if h := first(i, dc.unresolvedConsumer, dc.earlierProducer); h != nil {
		return h
	}
	return dc.unknown(i)
}

// goneWith returns nil if an item is gone with the namespace that it was made in: there is
// another one, or none, by the name of the warehouse.
func (dc *deciding) goneWith(i Item, f *Found) *hold {
	switch {
	case f == nil:
	case i.Account != "" && f.account() != "" && i.Account != f.account():
		return dc.otherAccount(i, f)
	case f.Namespace != "":
		dc.note("%s has another namespace than the one that earlier plans were made for: what they made in %s is forgotten", f.name(), i.Namespace)
		return nil
	case f.Missing && dc.unresolvedConsumer(i) == nil:
		dc.note("there is no %s: what earlier plans made in it, namespace %s, is forgotten; if it was renamed, describe it by its new name and set Adopt, to have that taken away some day", f.name(), i.Namespace)
		return nil
	}
	return dc.unread(i)
}

// otherAccount holds what was made in another account than the one that is reached by the
// same words: with other credentials, it may still be there.
func (dc *deciding) otherAccount(i Item, f *Found) *hold {
	return dc.holdOf("account "+i.Account+" "+i.Warehouse.Key(), f.Warehouse, awspatterns.Change{
		Action: awspatterns.Unknown, Resource: dc.resourceAt(f, "", ""),
		Reason: "what earlier plans made is in account " + i.Account + ", and this one is in " + f.account(),
		Steps:  []string{"plan with the credentials of account " + i.Account + ", or with a store of its own for each account"},
	})
}

// unresolvedConsumer holds what may be of a consumer that is described and of which it is
// not known who it is.
func (dc *deciding) unresolvedConsumer(i Item) *hold {
	if i.Producer != dc.producer.Namespace {
		return nil
	}
	for _, w := range dc.unresolved[i.Datashare] {
		f := dc.byWarehouse[w.Key()]
		itself := w.Key() == i.Warehouse.Key() || f != nil && f.Namespace != "" && f.Namespace == i.Namespace
		if itself || i.Kind == KindConsumer || i.Kind == KindAuthorization {
			return dc.unread(Item{Warehouse: w})
		}
	}
	return nil
}

// earlierProducer holds what another warehouse has as the producer of an earlier
// description: it was not read as such.
func (dc *deciding) earlierProducer(i Item) *hold {
	ofProducer := i.atProducer() || i.Kind == KindAuthorization || i.Kind == KindAssociation
	if !ofProducer || i.Producer == dc.producer.Namespace {
		return nil
	}
	f := &Found{Warehouse: i.Warehouse}
	if read := dc.byNamespace[i.Producer]; read != nil {
		f = read
	}
	return dc.blocked("earlier producer "+i.Producer, f, dc.resourceAt(f, "", ""),
		"it was the producer of an earlier description, and is not that of this one",
		"with the same store, plan a description that names it as the producer, and no datashares")
}

// wholeAccount holds an association that is no longer that of the namespace alone.
func (dc *deciding) wholeAccount(i Item) *hold {
	if i.Kind != KindAssociation || i.ConsumerARN != "" {
		return nil
	}
	return dc.blocked("associated "+i.Key(), dc.byNamespace[i.Namespace], dc.resource(i),
		"the whole account or Region is associated by now, and not this namespace alone", "disassociate it in the account of the consumer, if nobody else needs it")
}

// inTheWay returns what keeps a datashare, a database or the usage of a schema from being
// taken away: that something is in it that is to stay, or may be.
func (dc *deciding) inTheWay(i Item, left map[string]Item) *hold {
	var inside []Item
	var reads []string
	switch {
	case i.Kind == KindDatabase:
		inside, reads = dc.inside(i), []string{redshiftsql.QueryDatabases.Name, ReadGrants}
	case i.Kind == KindDatashare:
		inside, reads = dc.inside(i), contentReads
	case i.atProducer() && i.Kind == KindGrant && i.Grant.Scope == OnSchema && i.Grant.Privilege == Usage:
		inside, reads = dc.inSchema(i), inSchemaReads
	default:
		return nil
	}
	var stays []string
	for _, in := range inside {
		if _, goes := left[in.Key()]; !goes {
			stays = append(stays, in.String())
		}
	}
	if i.Kind == KindDatashare {
		stays = append(stays, dc.untold(i)...)
	}
	if len(stays) > 0 {
		return dc.blocked("not empty "+i.Key(), dc.byNamespace[i.Namespace], dc.resource(i),
			"something is in it that is to stay: "+someOf(stays, 3), "take that away first, or describe it")
	}
	f := dc.byNamespace[i.Namespace]
	if h := dc.needsRead(f, reads...); h != nil || f.Superuser {
		return h
	}
	return dc.partial(f)
}

// The reads that tell what is in a datashare, and in a schema of one.
var (
	inSchemaReads = []string{
		redshiftsql.QuerySchemaPrivileges.Name,
		redshiftsql.QueryTablePrivileges.Name,
		redshiftsql.QueryFunctionPrivileges.Name,
	}
	contentReads = append([]string{
		redshiftsql.QueryDatashareObjects.Name,
		redshiftsql.QueryDatashares.Name,
		redshiftsql.QueryDatashareConsumers.Name,
		redshiftsql.QueryDatabasePrivileges.Name,
	}, inSchemaReads...)
)

// takenAlong takes the grants out of left that go with a datashare or database that is
// dropped, and returns them by the key of that.
func (dc *deciding) takenAlong(left map[string]Item) map[string][]Item {
	along := map[string][]Item{}
	for _, container := range sorted(left) {
		if container.Kind != KindDatabase && container.Kind != KindDatashare {
			continue
		}
		for _, i := range dc.inside(container) {
			if _, goes := left[i.Key()]; goes && i.Grant != nil {
				along[container.Key()] = append(along[container.Key()], i)
				delete(left, i.Key())
			}
		}
	}
	return along
}

// undo returns how to take items away: the first n, which are one group, and with them
// what goes along.
func (dc *deciding) undo(items []Item, n int) Step {
	i := items[0]
	s := dc.begin(awspatterns.Delete, items)
	s.Revokes = true
	s.Change.Reason = "no longer described"
	if slices.ContainsFunc(items, func(i Item) bool { _, owned := dc.owned[i.Key()]; return !owned }) {
		s.Change.Adopts = true
		s.Change.Reason = "not described, nor made by an earlier plan"
	}
	switch i.Kind {
	case KindDatashare:
		dc.sql(&s, redshiftsql.DropDatashare{Name: i.Datashare})
		s.Change.Irreversible = fmt.Sprintf("the datashare and the %d privileges in it; databases made of it work no more", len(items)-n)
	case KindDatabase:
		dc.sql(&s, redshiftsql.DropDatabase{Name: i.Database})
		s.Change.Irreversible = fmt.Sprintf("all grants in it, of which %d are known", len(items)-n)
		s.Change.Interrupts = "views over it, and queries of it"
	case KindConsumer:
		dc.sql(&s, usageOf(i, true))
		s.Change.Interrupts = i.Consumer.String() + " loses the datashare at once, and databases made of it work no more"
	case KindAuthorization, KindAssociation:
		s.Call = dc.call(i, true)
		s.Change.Interrupts = i.Consumer.String() + " loses the datashare at once"
	default:
		s.Change.Reason = list(privilegesOf(items)) + ": " + s.Change.Reason
		dc.grantStep(&s, items, true)
		s.Change.Interrupts = i.Grant.Grantee.loses() + list(privilegesOf(items)) + " " + i.Grant.object() + " at once"
	}
	for _, i := range items {
		delete(dc.now, i.Key())
	}
	return s
}

func (g Grantee) loses() string {
	if g.Type == ToDatashare {
		return "all consumers of " + g.String() + " lose "
	}
	return g.String() + " loses "
}
