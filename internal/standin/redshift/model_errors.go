package redshift

import "fmt"

// An Error is one of the database.
type Error struct {
	State   string // SQLSTATE
	Message string
}

func (e *Error) Error() string { return "ERROR: " + e.Message }

// SQLSTATEs.
const (
	syntaxError          = "42601"
	notSupported         = "0A000"
	insufficientPrivileg = "42501"
	undefinedObject      = "42704"
	undefinedTable       = "42P01"
	undefinedFunction    = "42883"
	invalidSchema        = "3F000"
	invalidCatalog       = "3D000"
	duplicateObject      = "42710"
	duplicateDatabase    = "42P04"
	inTransaction        = "25001"
	internal             = "XX000"
)

func fail(state, format string, arguments ...any) error {
	return &Error{State: state, Message: fmt.Sprintf(format, arguments...)}
}
