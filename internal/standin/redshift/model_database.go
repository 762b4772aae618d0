package redshift

import (
	"maps"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// createBase makes a database of a datashare that is shared with the namespace.
func (wh *Warehouse) createBase(c caller, s redshiftsql.CreateDatabase, transaction bool) error {
	name := wh.fold(s.Name)
	from := source{namespace: redshiftsql.Fold(s.Namespace), datashare: wh.fold(s.Datashare), permissions: s.WithPermissions}
	switch {
	case transaction:
		return fail(inTransaction, "CREATE DATABASE cannot run inside a transaction block")
	case !c.superuser && !wh.may(c.user, "CREATEDB"):
		return fail(insufficientPrivilege, "permission denied to create database")
	}
	if _, ok := wh.bases[name]; ok {
		return fail(duplicateDatabase, "database %q already exists", name)
	}
	producer, _ := wh.offered(from)
	if producer == nil || s.Account != producer.Account && (s.Account != "" || producer.Account != wh.Account) {
		return fail(undefinedObject, "datashare %q of namespace %q does not exist or is not shared with this namespace", from.datashare, from.namespace)
	}
	for other, b := range wh.bases {
		if b.source.namespace == from.namespace && b.source.datashare == from.datashare {
			return fail(duplicateDatabase, "database %q was already created from datashare %q", other, from.datashare)
		}
	}
	wh.bases[name] = base{owner: c.user, source: from}
	return nil
}

// dropBase removes a database and what was granted in it.
func (wh *Warehouse) dropBase(c caller, s redshiftsql.DropDatabase, transaction bool) error {
	name := wh.fold(s.Name)
	b, ok := wh.bases[name]
	switch {
	case transaction:
		return fail(inTransaction, "DROP DATABASE cannot run inside a transaction block")
	case !ok:
		return fail(undefinedDatabase, "database %q does not exist", name)
	case name == c.database:
		return fail(objectInUse, "cannot drop the currently open database")
	case !c.superuser && b.owner != c.user:
		return fail(insufficientPrivilege, "must be owner of database %s", name)
	}
	for share, d := range wh.shares {
		if d.database == name {
			return fail(dependentObjects, "cannot drop database %q because datashare %q depends on it", name, share)
		}
	}
	delete(wh.bases, name)
	in := func(k objectKey) bool { return k.database == name }
	maps.DeleteFunc(wh.schemas, func(k objectKey, _ string) bool { return in(k) })
	maps.DeleteFunc(wh.tables, func(k objectKey, _ table) bool { return in(k) })
	maps.DeleteFunc(wh.functions, func(k objectKey, _ string) bool { return in(k) })
	wh.forget(func(p privilege) bool { return in(p.at) })
	return nil
}
