package redshift

import (
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// createShare makes a datashare of the database that is connected to.
func (wh *Warehouse) createShare(c caller, s redshiftsql.CreateDatashare) error {
	name := wh.fold(s.Name)
	switch {
	case !c.local:
		return fail(notSupported, "datashares of database %q cannot be created, since it was created from a datashare", c.database)
	case !wh.fitForSharing():
		return fail(notSupported, "data sharing is not supported on node type %s", wh.NodeType)
	case !c.superuser && wh.bases[c.database].owner != c.user && !wh.may(c.user, "CREATE DATASHARE"):
		return fail(insufficientPrivilege, "permission denied to create datashare")
	}
	if _, ok := wh.shares[name]; ok {
		return fail(duplicateObject, "datashare %q already exists", name)
	}
	wh.shares[name] = share{owner: c.user, database: c.database, public: s.PublicAccessible}
	return nil
}

// fitForSharing reports whether the nodes of the warehouse can share data.
func (wh *Warehouse) fitForSharing() bool {
	return wh.Serverless || strings.HasPrefix(wh.NodeType, "ra3.") || strings.HasPrefix(wh.NodeType, "rg.")
}

func (wh *Warehouse) alterShare(c caller, s redshiftsql.AlterDatashare) error {
	name := wh.fold(s.Name)
	d, err := wh.shareNamed(name)
	switch {
	case err != nil:
		return err
	case !c.superuser && !wh.mayAlterShare(c.user, name):
		return denied("datashare", name)
	case d.database != c.database:
		return fail(notSupported, "datashare %q can only be altered in database %q", name, d.database)
	case d.managedBy != "" && !s.PublicAccessible:
		return fail(notSupported, "Alter of ADX-managed datashare %s requires session variable datashare_break_glass_session_var to be set to value '%s'", name, guid(name)[:8])
	}
	d.public = s.PublicAccessible
	wh.shares[name] = d
	return nil
}

func (wh *Warehouse) dropShare(c caller, s redshiftsql.DropDatashare) error {
	name := wh.fold(s.Name)
	d, err := wh.shareNamed(name)
	switch {
	case err != nil:
		return err
	case !c.superuser && d.owner != c.user && !wh.may(c.user, "DROP DATASHARE"):
		return fail(insufficientPrivilege, "must be owner of datashare %s", name)
	case d.managedBy != "":
		return fail(notSupported, "Drop of ADX-managed datashare %s requires session variable datashare_break_glass_session_var to be set to value '%s'", name, guid(name)[:8])
	}
	delete(wh.shares, name)
	self := identity{anyDatashare, name}
	wh.forget(func(p privilege) bool { return p.to == self || p.on == redshiftsql.OnDatashare && p.at.name == name })
	maps.DeleteFunc(wh.includeNew, func(k [2]string, _ bool) bool { return k[0] == name })
	maps.DeleteFunc(wh.consumers, func(k consumerKey, _ agreement) bool { return k.datashare == name })
	return nil
}

func (c *catalog) shareNamed(name string) (share, error) {
	s, ok := c.shares[name]
	if !ok {
		return s, fail(undefinedObject, "datashare %q does not exist", name)
	}
	return s, nil
}

// mayAlterShare reports whether a user that is no superuser may add to a datashare.
func (c *catalog) mayAlterShare(user, name string) bool {
	return c.shares[name].owner == user || c.may(user, "ALTER DATASHARE") || c.onShare(user, "ALTER", name)
}

// onShare reports whether a user was granted ALTER or SHARE on a datashare.
func (c *catalog) onShare(user, privilege, name string) bool {
	return c.holds(c.identitiesOf(user), privilege, redshiftsql.OnDatashare, objectKey{name: name})
}

// grantShare grants usage of a datashare to a consumer, or the right to alter or share it
// to a user or role.
func (wh *Warehouse) grantShare(c caller, g redshiftsql.Grant) error {
	name := wh.fold(g.Object.Name)
	s, err := wh.shareNamed(name)
	if err != nil {
		return err
	}
	if g.Grantee.Type == redshiftsql.Namespace || g.Grantee.Type == redshiftsql.Account {
		return wh.grantUsage(c, s, name, g)
	}
	to, err := wh.identityOf(g.Grantee)
	switch {
	case slices.Contains(g.Privileges, "USAGE"):
		return fail(invalidGrant, "USAGE cannot be granted to users and groups on a datashare.")
	case err != nil:
		return err
	case !c.superuser && wh.bases[s.database].owner != c.user:
		return denied("datashare", name)
	}
	for _, p := range g.Privileges {
		wh.setGrant(privilege{to, p, redshiftsql.OnDatashare, objectKey{name: name}}, c.user, !g.Revoke)
	}
	return nil
}

// grantUsage adds a consumer to a datashare, or removes it. A namespace that nobody knows
// can be added; one of another account or the own one cannot.
func (wh *Warehouse) grantUsage(c caller, s share, name string, g redshiftsql.Grant) error {
	if !c.superuser && s.owner != c.user && !wh.onShare(c.user, "SHARE", name) {
		return denied("datashare", name)
	}
	k := consumerKey{datashare: name, account: g.Grantee.Name}
	if g.Grantee.Type == redshiftsql.Namespace {
		k = consumerKey{datashare: name, namespace: redshiftsql.Fold(g.Grantee.Name)}
	}
	switch _, ok := wh.consumers[k]; {
	case g.Revoke:
		delete(wh.consumers, k)
	case k.namespace == wh.Namespace:
		return fail(invalidGrant, "datashare %q cannot be shared with its own namespace", name)
	case k.account == wh.Account:
		return fail(invalidGrant, "datashare %q cannot be shared with its own account, but with namespaces of it", name)
	case k.namespace != "" && wh.ofOtherAccount(k.namespace):
		return fail(invalidGrant, "You cannot share datashare with a namespace in a different account.")
	case !ok && k.account != "":
		wh.consumers[k] = agreement{status: pendingAuthorization}
	case !ok:
		wh.consumers[k] = agreement{}
	}
	return nil
}

func (wh *Warehouse) ofOtherAccount(namespace string) bool {
	other := wh.world.byNamespace(namespace)
	return other != nil && other.Account != wh.Account
}

func (w *World) byNamespace(namespace string) *Warehouse {
	for _, wh := range w.warehouses {
		if wh.Namespace == namespace {
			return wh
		}
	}
	return nil
}
