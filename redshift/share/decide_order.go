package share

import (
	"cmp"
	"iter"
	"slices"
)

// stage is when an item is made: first all at the producer, then what the accounts agree
// on, then all at the consumers.
func (i Item) stage() int {
	switch {
	case i.Kind == KindAuthorization:
		return 1
	case i.Kind == KindAssociation:
		return 2
	case i.atProducer():
		return 0
	}
	return 3
}

// atProducer reports whether it is the producer that has the item.
func (i Item) atProducer() bool {
	return i.Kind != KindAssociation && i.Kind != KindDatabase && i.Kind != KindDatabaseUsage && i.Namespace == i.Producer
}

// kinds and scopes are in the order in which they are made.
var (
	kinds  = []Kind{KindDatashare, KindDatabase, KindDatabaseUsage, KindGrant, KindConsumer, KindAuthorization, KindAssociation}
	scopes = []Scope{OnDatabase, ForSchemas, OnSchema, ForTables, OnTable, ForFunctions, OnFunction}
)

// inOrder compares items by when they are made.
func inOrder(a, b Item) int { return compare(a, b, 1) }

// inReverse compares items by when they are taken away.
func inReverse(a, b Item) int { return compare(a, b, -1) }

func compare(a, b Item, direction int) int {
	x, y := a.grant(), b.grant()
	return cmp.Or(
		direction*cmp.Compare(a.stage(), b.stage()),
		cmp.Compare(a.Warehouse.Key(), b.Warehouse.Key()),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Datashare, b.Datashare),
		cmp.Compare(a.Producer, b.Producer),
		direction*cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
		cmp.Compare(x.Grantee.Type, y.Grantee.Type),
		cmp.Compare(x.Grantee.Name, y.Grantee.Name),
		direction*cmp.Compare(slices.Index(scopes, x.Scope), slices.Index(scopes, y.Scope)),
		cmp.Compare(x.Database, y.Database),
		cmp.Compare(x.Schema, y.Schema),
		cmp.Compare(x.Object, y.Object),
		cmp.Compare(x.Privilege, y.Privilege),
		cmp.Compare(a.Database, b.Database),
		cmp.Compare(a.Consumer.Account, b.Consumer.Account),
		cmp.Compare(a.Consumer.Namespace, b.Consumer.Namespace),
	)
}

func (i Item) grant() Grant {
	if i.Grant == nil {
		return Grant{}
	}
	return *i.Grant
}

// groupKey is equal for items that one statement makes: privileges on one object for one
// grantee.
func (i Item) groupKey() string {
	if i.Kind == KindGrant && i.Grant != nil {
		g := *i.Grant
		g.Privilege = ""
		i.Grant = &g
	}
	return i.Key()
}

// groups yields items that one statement makes. They are neighbours in both orders.
func groups(items []Item) iter.Seq[[]Item] {
	return func(yield func([]Item) bool) {
		for start, end := 0, 0; start < len(items); start = end {
			key := items[start].groupKey()
			for end = start + 1; end < len(items) && items[end].groupKey() == key; end++ {
			}
			if !yield(items[start:end]) {
				return
			}
		}
	}
}
