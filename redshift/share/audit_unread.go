package share

import (
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// unread tells what a warehouse could not tell, so that its absence proves nothing.
type unread struct {
	shares       bool // datashares, their objects and consumers
	grants       bool // privileges, roles and groups: somebody may have more
	associations bool // with other accounts
}

// unreadOf tells what of a warehouse is unknown. A read that is not known here may have
// told anything.
func unreadOf(f Found) unread {
	u := unread{grants: !f.Superuser}
	for _, failed := range f.Unknown {
		switch what := strings.ToLower(failed.What); {
		case harmless(what):
		case strings.HasPrefix(what, "association"):
			u.associations = true
		case asked(what), what == redshiftsql.QueryDatabases.Name:
			u.grants = true
		case strings.Contains(what, "datashare"):
			u.shares = true
		case strings.Contains(what, "privilege"), strings.Contains(what, "grant"), strings.Contains(what, "role"), strings.Contains(what, "group"), strings.Contains(what, "user"):
			u.grants = true
		default:
			u = unread{true, true, true}
		}
	}
	return u
}

// asked reports whether a read is one of those that ask who was granted what in databases
// made of datashares. These are named by what they ask about, which may have any name.
func asked(what string) bool {
	return slices.ContainsFunc([]string{"grants ", "schemas of database ", "tables of database "}, func(prefix string) bool {
		return strings.HasPrefix(what, prefix)
	})
}

// harmless reports whether a failed read tells nothing about who may do what. What it does
// tell is looked at where it matters: slices, isolation, columns.
func harmless(what string) bool {
	for _, q := range []redshiftsql.Query{
		redshiftsql.QuerySession, redshiftsql.QuerySchemas, redshiftsql.QueryTables, redshiftsql.QueryColumns, redshiftsql.QueryMasks,
		redshiftsql.QueryRowSecurity, redshiftsql.QuerySlices, redshiftsql.QueryFunctions, redshiftsql.QueryFunctionPrivileges,
	} {
		if what == q.Name {
			return true
		}
	}
	return false
}

// failed reports whether a read of this name failed.
func (n *node) failed(query redshiftsql.Query) bool {
	for _, u := range n.found.Unknown {
		if strings.EqualFold(u.What, query.Name) {
			return true
		}
	}
	return false
}

// notes tells what to know when reading what is told of the warehouse.
func (n *node) notes() []string {
	if !n.known {
		return []string{"Not among the warehouses that were looked into: what is told is at most what can be done there."}
	}
	var notes []string
	switch {
	case n.found.Superuser:
	case n.found.User == "":
		notes = append(notes, "Who it was read as is unknown, if it was read at all: others may have more than what is told.")
	default:
		notes = append(notes, "Read as a user who is no superuser: the views show such a user a part of the grants, and others may have more.")
	}
	if len(n.found.Superusers) == 0 {
		notes = append(notes, "The superusers are unknown.")
	}
	if groups := n.unknownGroups(); len(groups) > 0 {
		notes = append(notes, "Who is in these groups is unknown: "+listed(groups)+".")
	}
	if n.serverless() && n.consumes() {
		notes = append(notes, "The slices of a workgroup are unknown. The rule that a consumer needs 64 slices to write is documented for clusters.")
	}
	if paused(n.found.Status) {
		notes = append(notes, "It is paused: until it is resumed, nobody there can do anything.")
	}
	return notes
}

// unknownGroups are those that something was granted to and whose users are not known. If
// groups could be read, one that was not found has no users.
func (n *node) unknownGroups() []string {
	var list []string
	if !n.unread.grants {
		return nil
	}
	for _, u := range n.uses {
		for who := range u.holders {
			if who.Type == ToGroup && !n.groups[who.Name] {
				list = append(list, who.Name)
			}
		}
	}
	return sortedOnce(list, func(s string) string { return s })
}

// consumes reports whether databases of the warehouse are made of datashares.
func (n *node) consumes() bool {
	for _, u := range n.uses {
		if u.offer != nil {
			return true
		}
	}
	return false
}

// paused reports whether a status says that a cluster takes no queries.
func paused(status string) bool {
	return strings.EqualFold(status, "paused") || strings.EqualFold(status, "pausing")
}
