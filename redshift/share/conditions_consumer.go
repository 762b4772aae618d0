package share

import (
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// described returns the consumer that an item is for, and its warehouse if that was found.
func (dc *deciding) described(i Item) (Consumer, *Found) {
	namespace := i.Namespace
	if i.atProducer() {
		namespace = i.Consumer.Namespace
	}
	if i.Producer != dc.producer.Namespace {
		return Consumer{}, nil
	}
	return dc.consumers[consumerID{i.Datashare, namespace}], dc.byNamespace[namespace]
}

// consumerWrites holds all back from a consumer that is to write and cannot: half of what
// is described would look like a warehouse that works.
func (dc *deciding) consumerWrites(i Item) *hold {
	c, f := dc.described(i)
	if !c.Writable || f == nil {
		return nil
	}
	return cmpOr(dc.patched(f), dc.slices(f))
}

// slices returns the hold of a cluster too small to write.
func (dc *deciding) slices(f *Found) *hold {
	if f.Warehouse.Workgroup != "" || f.Slices == 0 {
		dc.note("%s: how many slices it has is not known; a consumer cluster needs %d to write", f.name(), writesFromSlices)
		return nil
	}
	if f.Slices >= writesFromSlices {
		return nil
	}
	return dc.blocked("slices "+f.Namespace, f, dc.resourceAt(f, "", ""),
		fmt.Sprintf("it has %d slices: a consumer cluster needs %d to write through a datashare", f.Slices, writesFromSlices),
		"resize it, or write from a workgroup of Redshift Serverless")
}

// databaseTaken holds back a database whose name is taken, or whose datashare has one.
func (dc *deciding) databaseTaken(i Item) *hold {
	f := dc.byNamespace[i.Namespace]
	of := func(in Inbound) bool { return in.Name == i.Datashare && in.Namespace == i.Producer }
	for _, in := range f.Inbound {
		if of(in) && in.Database != "" && in.Database != i.Database {
			return dc.otherDatabase(f, i, in.Database)
		}
	}
	for _, in := range f.Inbound {
		if !of(in) && in.Database == i.Database {
			return dc.nameTaken(f, i, "is made of another datashare, "+quoted(in.Name)+" of namespace "+in.Namespace)
		}
	}
	_, owned := dc.owned[i.Key()]
	for _, d := range f.Databases {
		switch {
		case d.Name == i.Database && d.Shared && owned:
			return dc.blocked("orphaned "+i.Key(), f, dc.resource(i), "it is there, of a datashare that is not shared with it at present",
				"apply this plan and plan again; if it is still like this, drop it: "+redshiftsql.DropDatabase{Name: d.Name}.String())
		case d.Name == i.Database && d.Shared:
			return dc.nameTaken(f, i, "is made of something else that is shared")
		case d.Name == i.Database:
			return dc.nameTaken(f, i, "is a local one")
		}
	}
	return nil
}

func (dc *deciding) nameTaken(f *Found, i Item, by string) *hold {
	return dc.blocked("name taken "+i.Key(), f, dc.resource(i), "the name is taken: the database of this name "+by,
		"choose another name for the database in the description, or rename the one that is there")
}

// otherDatabase is of a datashare that there is a database of under another name: a
// consumer can have one.
func (dc *deciding) otherDatabase(f *Found, i Item, name string) *hold {
	other := i
	other.Database = name
	wayOut := "describe it as " + quoted(name) + ", or drop that database and plan again"
	if _, owned := dc.owned[other.Key()]; owned {
		wayOut = "apply this plan, which takes " + quoted(name) + " away if nothing foreign is in it, and plan again; or describe it as " + quoted(name)
	}
	return dc.blocked("other database "+i.Key(), f, dc.resource(i),
		fmt.Sprintf("there is database %s of datashare %s: a consumer can have one", quoted(name), quoted(i.Datashare)), wayOut)
}

// noGrantee holds back grants to who is not there.
func (dc *deciding) noGrantee(i Item) *hold {
	f, to := dc.byNamespace[i.Namespace], i.Grant.Grantee
	query := redshiftsql.QueryRoles
	wayOut := "create it: CREATE ROLE " + `"` + to.Name + `"`
	if to.Type == ToUser {
		query = redshiftsql.QueryUsers
		wayOut = "create it, or let it sign in once; IAM identities are users named IAM:name and IAMR:role"
	}
	if h := dc.needsRead(f, query.Name); h != nil || dc.names[granteeKey(f.Namespace, to)] {
		return h
	}
	return dc.blocked("no grantee "+f.Namespace+" "+to.String(), f, dc.resourceAt(f, string(to.Type), to.name()),
		"it does not exist", wayOut)
}

// withPermissions holds back grants in a database that somebody else made. Whether it was
// made WITH PERMISSIONS is not told by the catalog; if it was not, whoever may use it may
// do all that the datashare does. Grants on its objects show that it was.
func (dc *deciding) withPermissions(i Item) *hold {
	database := i
	database.Kind, database.Grant, database.Database = KindDatabase, nil, i.Grant.Database
	key := database.Key()
	_, there := dc.have[key]
	_, owned := dc.owned[key]
	f := dc.byNamespace[i.Namespace]
	switch with := f.withPermissions(database.Database); {
	case !there || with == nil && (owned || dc.opts.Adopt || dc.objectGrants(database)) || with != nil && *with:
		return nil
	case with != nil:
		return dc.blocked("without permissions "+key, f, dc.resource(database),
			"it was not made WITH PERMISSIONS: usage of it is usage of all in it", "drop it and plan again")
	}
	return dc.blocked("permissions "+key, f, dc.resource(database),
		"no earlier plan is known to have made it, and whether it was made WITH PERMISSIONS cannot be read: if it was not, usage of it is usage of all in it",
		"if you know that it was, set Adopt; if not, drop it and plan again")
}

// withPermissions tells how a database was made; nil if that is not known.
func (f Found) withPermissions(name string) *bool {
	for _, d := range f.Databases {
		if d.Name == name && d.Shared {
			return d.WithPermissions
		}
	}
	return nil
}

// objectGrants reports whether there are grants on objects in a database.
func (dc *deciding) objectGrants(database Item) bool {
	return slices.ContainsFunc(dc.inside(database), func(i Item) bool { return i.Grant.Scope != OnDatabase })
}

// foreignAttribute holds back the change of what is not known to be this library's.
func (dc *deciding) foreignAttribute(want, found Item) *hold {
	f := dc.byNamespace[want.Namespace]
	if want.Kind == KindAssociation && found.ConsumerARN == "" {
		return dc.blocked("associated "+want.Key(), f, dc.resource(want),
			"the whole account or Region is associated, and not this namespace: to associate it would cut off the others",
			"set whether writes are allowed in that association")
	}
	if _, owned := dc.owned[want.Key()]; owned || dc.opts.Adopt {
		return nil
	}
	return dc.blocked("foreign "+want.Key(), f, dc.resource(want),
		"it is not as described, and no earlier plan is known to have made it", "set Adopt, or describe it as it is")
}

// identity holds back grants to write to a table with an identity column, where that is
// known not to work.
func (dc *deciding) identity(i Item) *hold {
	g := *i.Grant
	t := dc.tables[g.Schema+separator+g.Object]
	if g.Scope != OnTable || len(t.Identity) == 0 || g.Privilege != Insert && g.Privilege != Update {
		return nil
	}
	f := dc.byNamespace[i.Namespace]
	if more, known := dc.moreSlices(f); !more || !known {
		return nil
	}
	return dc.identityHold(f, t)
}

// moreSlices reports whether a consumer has more slices than the producer.
func (dc *deciding) moreSlices(f *Found) (more, known bool) {
	known = f.Slices > 0 && dc.producer.Slices > 0 && f.Warehouse.Workgroup == "" && dc.producer.Warehouse.Workgroup == ""
	return known && f.Slices > dc.producer.Slices, known
}

func (dc *deciding) identityHold(f *Found, t TableOf) *hold {
	table := quoted(t.Schema) + "." + quoted(t.Name)
	return dc.blocked("identity "+f.Namespace+" "+table, f, dc.resourceAt(f, "table", quoted(dc.database)+"."+table),
		fmt.Sprintf("it has an identity column, %s, and a consumer with more slices than the producer (%d, %d) cannot write to it", quoted(t.Identity[0]), f.Slices, dc.producer.Slices),
		"make the column without IDENTITY, or write to the table at the producer, or from a smaller warehouse")
}
