package rules

import (
	"fmt"
	"strings"
)

// A ParseError is a place that cannot be read.
type ParseError struct {
	Position // of the place; Line is 0 if a value was read that is in no text
	Problem  string
	Fix      string // what to do

	code Code // of Lint, if it is not that of what was read
}

func (e *ParseError) Error() string {
	where := fmt.Sprintf("line %d, column %d", e.Line, e.Column)
	if e.Line == 0 {
		where = fmt.Sprintf("column %d", e.Column)
	}
	return where + ": " + e.Problem + ": " + e.Fix
}

// ParseErrors are all places of a text that cannot be read. It is never empty where
// it is an error.
type ParseErrors []*ParseError

const errorsShown = 10

// Error names the first ten.
func (e ParseErrors) Error() string {
	var b strings.Builder
	b.WriteString("rules: parse: ")
	for i, err := range e {
		if i == errorsShown {
			fmt.Fprintf(&b, "; and %d more", len(e)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(err.Error())
	}
	return b.String()
}

// Unwrap returns them all, each a *ParseError.
func (e ParseErrors) Unwrap() []error {
	errs := make([]error, len(e))
	for i, err := range e {
		errs[i] = err
	}
	return errs
}

// problem is an error at a byte of a line or value.
func problem(at int, what, fix string) *ParseError {
	return &ParseError{Position: Position{Column: at + 1}, Problem: what, Fix: fix}
}
