package share

// waiting returns what holds back something that an item needs.
func (dc *deciding) waiting(i Item) *hold {
	for _, alternatives := range dc.needs(i) {
		if h := dc.allHeld(alternatives); h != nil {
			return h
		}
	}
	return nil
}

// allHeld returns a hold if there is one of each of the alternatives that are wanted.
func (dc *deciding) allHeld(alternatives []Item) *hold {
	var h *hold
	for _, a := range alternatives {
		key := a.Key()
		if _, ok := dc.wanted[key]; !ok {
			continue
		}
		if h = dc.held[key]; h == nil {
			return nil
		}
	}
	return h
}

// needs returns what must be there before an item is made: one of each alternatives.
func (dc *deciding) needs(i Item) [][]Item {
	datashare := dc.of(KindDatashare, &dc.producer, i.Datashare)
	datashare.Database = dc.database
	consumer := dc.of(KindConsumer, &dc.producer, i.Datashare)
	consumer.Consumer = UsedBy{Account: i.Consumer.Account}
	switch {
	case i.Kind == KindDatashare:
		return nil
	case i.Kind == KindConsumer:
		return [][]Item{{datashare}}
	case i.Kind == KindAuthorization:
		return [][]Item{{consumer}}
	case i.Kind == KindAssociation:
		consumer.Kind = KindAuthorization
		return [][]Item{{consumer}}
	case i.Kind == KindDatabase:
		return [][]Item{{datashare}, dc.usage(i)}
	case i.atProducer():
		return append(dc.schemaUsage(i, *i.Grant), []Item{datashare})
	}
	return dc.needsAtConsumer(i)
}

// usage returns what lets a consumer use a datashare: the association of another account's
// namespace, or the grant to one of the same account.
func (dc *deciding) usage(i Item) []Item {
	f := dc.byNamespace[i.Namespace]
	if f.account() != dc.producer.account() {
		return []Item{dc.association(i.Datashare, f, false)}
	}
	item := dc.of(KindConsumer, &dc.producer, i.Datashare)
	item.Consumer = UsedBy{Namespace: i.Namespace}
	return []Item{item}
}

// schemaUsage returns what puts the schema of an object into the datashare.
func (dc *deciding) schemaUsage(i Item, g Grant) [][]Item {
	if g.Schema == "" || g.Scope == OnSchema {
		return nil
	}
	one := Grant{Grantee: g.Grantee, Privilege: Usage, Scope: OnSchema, Database: g.Database, Schema: g.Schema}
	all := Grant{Grantee: g.Grantee, Privilege: Usage, Scope: ForSchemas, Database: g.Database}
	return [][]Item{{i.with(one), i.with(all)}}
}

func (i Item) with(g Grant) Item {
	i.Kind, i.Grant = KindGrant, &g
	return i
}

// needsAtConsumer returns what a grant of a consumer needs: the database, the schema, and
// that the datashare grants it.
func (dc *deciding) needsAtConsumer(i Item) [][]Item {
	g := *i.Grant
	database := i
	database.Kind, database.Grant, database.Database = KindDatabase, nil, g.Database
	needs := [][]Item{{database}}
	if i.Kind == KindDatabaseUsage {
		return needs
	}
	needs = append(needs, dc.schemaUsage(i, g)...)
	granted := dc.of(KindGrant, &dc.producer, i.Datashare)
	g.Grantee, g.Database = Grantee{Type: ToDatashare, Name: i.Datashare}, dc.database
	inSchema, inDatabase := g, g
	inSchema.Scope, inSchema.Object = all(g.Scope), ""
	inDatabase.Scope, inDatabase.Schema, inDatabase.Object = all(g.Scope), "", ""
	return append(needs, []Item{granted.with(g), granted.with(inSchema), granted.with(inDatabase)})
}
