package redshiftsql

import (
	"fmt"
	"slices"
	"strings"
)

// Privileges returns what can be granted on a scope to a type of grantee, sorted. It
// returns nothing where the documented grammar has no such grant ("GRANT", "Adding objects
// to a datashare", "Permissions you can grant to datashares"): to a namespace or account
// only the usage of a datashare; to a datashare nothing on a database, for which the last
// of these pages lists permissions and none gives a statement.
func Privileges(on Scope, to GranteeType) []string {
	consumer := to == Namespace || to == Account
	switch {
	case !consumer && to != User && to != Role && to != Datashare:
		return nil
	case on == OnDatashare && consumer:
		return []string{"USAGE"}
	case consumer || on == OnDatashare && to == Datashare || on == OnDatabase && to == Datashare:
		return nil
	}
	switch on {
	case OnDatashare:
		return []string{"ALTER", "SHARE"}
	case OnDatabase:
		return []string{"ALTER", "CREATE", "TEMP", "USAGE"}
	case OnSchema, ForSchemas:
		return []string{"ALTER", "CREATE", "DROP", "USAGE"}
	case OnTable, ForTables:
		return []string{"ALTER", "DELETE", "DROP", "INSERT", "REFERENCES", "SELECT", "TRUNCATE", "UPDATE"}
	case OnFunction, ForFunctions:
		return []string{"EXECUTE"}
	}
	return nil
}

// checkPrivileges returns the index of the first privilege that is wrong, and why. The
// privileges of a datashare are granted one at a time.
func checkPrivileges(privileges []string, on Scope, to GranteeType) (int, error) {
	allowed := Privileges(on, to)
	if len(allowed) == 0 {
		return 0, fmt.Errorf("nothing on %s can be granted to %s", on, to)
	}
	want := strings.Join(allowed, ", ")
	if len(privileges) == 0 {
		return 0, fmt.Errorf("no privilege is named, of %s", want)
	}
	for i, p := range privileges {
		switch {
		case !slices.Contains(allowed, p):
			return i, fmt.Errorf("%.80q cannot be granted on %s to %s, but %s", p, on, to, want)
		case i > 0 && privileges[i-1] >= p:
			return i, fmt.Errorf("privilege %s after %s: list them sorted, each once", p, privileges[i-1])
		case i > 0 && on == OnDatashare:
			return i, fmt.Errorf("privilege %s after %s: on a datashare they are granted one at a time", p, privileges[i-1])
		}
	}
	return 0, nil
}
