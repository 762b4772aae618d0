package share

import (
	"cmp"
	"slices"
)

// about is what a description says, by what it is asked about.
type about struct {
	database   string               // of the producer
	shares     map[string]Datashare // by name
	consumers  map[consumerID]Consumer
	accounts   map[consumerID]bool    // consumers described as accounts
	unresolved map[string][]Warehouse // consumers of which it is not known who they are, by datashare

	tables    map[string]TableOf // of the producer's database, by schema, separator and name
	functions map[string]bool    // likewise
	schemas   map[string]bool
	names     map[string]bool // roles and users of consumers, by namespace, separator, type, separator and name
}

// A consumerID is a consumer of a datashare, by namespace or account.
type consumerID struct{ datashare, consumer string }

func aboutOf(d Description, p places) about {
	a := about{
		database:   d.Producer.Database,
		shares:     map[string]Datashare{},
		consumers:  map[consumerID]Consumer{},
		accounts:   map[consumerID]bool{},
		unresolved: map[string][]Warehouse{},
		tables:     map[string]TableOf{},
		functions:  map[string]bool{},
		schemas:    map[string]bool{},
		names:      map[string]bool{},
	}
	for _, ds := range d.Datashares {
		a.shares[ds.Name] = ds
		for _, c := range ds.Consumers {
			a.addConsumer(ds.Name, c, p)
		}
	}
	for _, w := range a.unresolved {
		slices.SortFunc(w, func(a, b Warehouse) int { return cmp.Compare(a.Key(), b.Key()) })
	}
	a.addCatalog(p.producer)
	for _, f := range p.byNamespace {
		a.addGrantees(*f)
	}
	return a
}

func (a *about) addConsumer(datashare string, c Consumer, p places) {
	who, found, _, ok := p.consumer(c)
	switch {
	case !ok:
		a.unresolved[datashare] = append(a.unresolved[datashare], *c.Warehouse)
	case c.Warehouse != nil:
		a.consumers[consumerID{datashare, found.Namespace}] = c
	case c.Account != "":
		a.accounts[consumerID{datashare, who.Account}] = true
	default:
		a.consumers[consumerID{datashare, who.Namespace}] = c
	}
}

// catalog takes in what there is to share.
func (a *about) addCatalog(f Found) {
	for _, s := range f.Schemas {
		a.schemas[s] = true
	}
	for _, t := range f.Tables {
		if t.Database == "" || t.Database == a.database {
			a.tables[t.Schema+separator+t.Name] = t
		}
	}
	for _, x := range f.Functions {
		if x.Database == "" || x.Database == a.database {
			a.functions[x.Schema+separator+function(splitFunction(x.Name))] = true
		}
	}
}

func (a *about) addGrantees(f Found) {
	for _, r := range f.Roles {
		a.names[granteeKey(f.Namespace, Grantee{Type: ToRole, Name: r})] = true
	}
	for _, u := range f.Users {
		a.names[granteeKey(f.Namespace, Grantee{Type: ToUser, Name: u})] = true
	}
}

func granteeKey(namespace string, g Grantee) string {
	return namespace + separator + string(g.Type) + separator + g.Name
}
