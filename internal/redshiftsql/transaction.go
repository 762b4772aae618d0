package redshiftsql

import "fmt"

// A TransactionError is returned for a statement that was to run in a transaction block and
// cannot.
type TransactionError struct {
	Index     int // of the statement in the block
	Statement Statement
}

func (e *TransactionError) Error() string {
	return fmt.Sprintf("statement %d cannot run in a transaction block; send it alone: %s", e.Index+1, e.Statement)
}

// CheckTransaction returns a [*TransactionError] for the first of the statements of a
// transaction block that cannot run in one.
func CheckTransaction(statements []Statement) error {
	for i, s := range statements {
		if !s.Transaction() {
			return &TransactionError{Index: i, Statement: s}
		}
	}
	return nil
}

// NoTransaction reports whether a text of somebody else is a statement of which the Database
// Developer Guide says that it cannot run in a transaction block. It looks at the keywords,
// past comments. Where it reports false the statement may still be refused in one: from the
// text of DROP TABLE, ALTER TABLE … RENAME COLUMN or GRANT nobody can tell that the table or
// schema is an external one.
//
// The pages are those of CREATE DATABASE, DROP DATABASE, ALTER DATABASE (the isolation
// level), VACUUM, ALTER TABLE (external tables; columns), ALTER TABLE APPEND, CREATE EXTERNAL
// TABLE, CREATE LIBRARY, DROP LIBRARY and GRANT (external resources).
func NoTransaction(sql string) bool {
	s, _ := keywords(sql)
	switch {
	case s.begins("VACUUM"),
		s.begins("CREATE", "DATABASE"), s.begins("DROP", "DATABASE"),
		s.begins("CREATE", "EXTERNAL", "TABLE"),
		s.begins("CREATE", "LIBRARY"), s.begins("CREATE", "OR", "REPLACE", "LIBRARY"), s.begins("DROP", "LIBRARY"):
		return true
	case s.begins("ALTER", "DATABASE"):
		return s.holds("ISOLATION", "LEVEL")
	case s.begins("GRANT"):
		return s.holds("ON", "EXTERNAL")
	case s.begins("ALTER", "TABLE"):
		return alterOutside(s[2:].afterName())
	}
	return false
}

// alterOutside reports whether what is after ALTER TABLE and a name cannot run in a
// transaction block: moving rows, changing columns, and what only external tables have.
func alterOutside(s keywordList) bool {
	return s.begins("APPEND") || s.begins("ALTER", "COLUMN") ||
		s.begins("SET", "LOCATION") || s.begins("SET", "FILE") || s.begins("SET", "TABLE") ||
		s.begins("PARTITION") || s.begins("ADD", "PARTITION") || s.begins("DROP", "PARTITION") ||
		s.begins("ADD", "IF", "NOT", "EXISTS", "PARTITION")
}

// Reads reports whether a text of somebody else is one statement that does nothing but read,
// so that it may be run twice: SELECT without INTO, also behind WITH, SHOW, DESC, and
// EXPLAIN, which does not run what it explains. It reports false where it is not sure.
func Reads(sql string) bool {
	s, sure := keywords(sql)
	s = s.trimmed()
	switch {
	case !sure || s.holds(";"):
		return false
	case s.begins("SHOW"), s.begins("DESC"):
		return true
	case s.begins("EXPLAIN"):
		return !s.begins("EXPLAIN", "ANALYZE")
	case s.begins("SELECT"), s.begins("WITH"):
		return !s.writes()
	}
	return false
}

// writes reports whether a query may do more than read: it makes a table, is part of a
// statement that writes, or calls a function that does something ("System administration
// functions") or is named in quotation marks, where it is not looked up here.
func (s keywordList) writes() bool {
	if s.holds(`"`, "(") {
		return true
	}
	for _, word := range s {
		switch word {
		case "INTO", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE",
			"PG_TERMINATE_BACKEND", "PG_CANCEL_BACKEND", "REBOOT_CLUSTER", "SET_CONFIG",
			"CHANGE_QUERY_PRIORITY", "CHANGE_SESSION_PRIORITY", "CHANGE_USER_PRIORITY":
			return true
		}
	}
	return false
}
