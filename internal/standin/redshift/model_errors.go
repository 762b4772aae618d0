package redshift

import "fmt"

// An Error is one of the database.
type Error struct {
	State   string // SQLSTATE
	Message string
	Fatal   bool // there is no connection
}

// Error returns the text as Redshift writes it.
func (e *Error) Error() string {
	if e.Fatal {
		return "FATAL: " + e.Message
	}
	return "ERROR: " + e.Message
}

// SQLSTATEs.
const (
	syntaxError           = "42601"
	notSupported          = "0A000"
	insufficientPrivilege = "42501"
	undefinedObject       = "42704"
	undefinedTable        = "42P01"
	undefinedColumn       = "42703"
	invalidDatetime       = "22007"
	undefinedFunction     = "42883"
	undefinedSchema       = "3F000"
	undefinedDatabase     = "3D000"
	duplicateObject       = "42710"
	duplicateDatabase     = "42P04"
	reservedName          = "42939"
	objectInUse           = "55006"
	dependentObjects      = "2BP01"
	inTransaction         = "25001"
	invalidGrant          = "0LP01"
	limitExceeded         = "54000"
	notAuthenticated      = "28000"
	cannotConnect         = "57P03"
	internal              = "XX000"
)

func fail(state, format string, arguments ...any) error {
	return &Error{State: state, Message: fmt.Sprintf(format, arguments...)}
}

func fatal(state, format string, arguments ...any) error {
	return &Error{State: state, Message: fmt.Sprintf(format, arguments...), Fatal: true}
}

func denied(kind, name string) error {
	return fail(insufficientPrivilege, "permission denied for %s %s", kind, name)
}
