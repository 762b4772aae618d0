package identifier

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// The rules of the syntax are from "Custom data identifiers" and "Allow lists" in
// the user guide of Macie, "Syntax support and recommendations". It counts capturing
// groups among what is not supported; its own examples have groups, so only those
// are refused here that exist for nothing but capturing.

// longRepeat is a count that Macie compiles no repetition up to: of `\d{100,1000}`
// the guide says so, and where the limit is nobody tells.
const longRepeat = 1000

// delimited is a pattern as some languages write it, with flags behind it.
var delimited = regexp.MustCompile(`(?s)^/.*/[gimsuxADJSUX]+$`)

// beyondRE2 are the errors with which Go meets what PCRE has and Macie has not
// either. It takes look-behind for a named group.
var beyondRE2 = []syntax.ErrorCode{syntax.ErrInvalidPerlOp, syntax.ErrInvalidEscape, syntax.ErrInvalidNamedCapture}

func validateRegex(regex string) error {
	if n := utf8.RuneCountInString(regex); n < 1 || n > maxRegex {
		return fmt.Errorf("the Regex has %d characters; want 1 to %d", n, maxRegex)
	}
	if delimited.MatchString(regex) {
		return fmt.Errorf("the Regex %s ends in flags, which Macie does not know: leave out the slashes and begin with (?i)", regex)
	}
	tree, err := syntax.Parse(regex, syntax.Perl)
	if err == nil {
		_, err = regexp.Compile(regex)
	}
	if parse, ok := errors.AsType[*syntax.Error](err); ok && slices.Contains(beyondRE2, parse.Code) {
		return fmt.Errorf("the Regex has %s: there are no backreferences, assertions that look ahead or behind, conditions, recursion or embedded code: %w", parse.Expr, err)
	}
	if err != nil {
		return fmt.Errorf("the Regex: %w", err)
	}
	switch {
	case names(tree):
		return errors.New("the Regex has a named group: Macie captures nothing")
	case repeats(tree):
		return fmt.Errorf("the Regex has a repetition up to %d, which Macie does not compile: leave out the upper bound", longRepeat)
	case shortest(tree) == 0:
		return errors.New("the Regex matches an empty text: Macie does not compile it, and it would match everywhere")
	}
	return nil
}

// names reports whether there is a named group.
func names(re *syntax.Regexp) bool {
	return re.Op == syntax.OpCapture && re.Name != "" || slices.ContainsFunc(re.Sub, names)
}

// repeats reports whether there is a repetition with a count that is too long.
func repeats(re *syntax.Regexp) bool {
	return re.Op == syntax.OpRepeat && re.Max >= longRepeat || slices.ContainsFunc(re.Sub, repeats)
}

// shortest returns 0 if the pattern can match an empty text, and otherwise
// a number that is not.
func shortest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL, syntax.OpNoMatch:
		return 1
	case syntax.OpCapture, syntax.OpPlus:
		return shortest(re.Sub[0])
	case syntax.OpRepeat:
		return min(1, re.Min) * shortest(re.Sub[0])
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			if n := shortest(sub); n > 0 {
				return n
			}
		}
		return 0
	case syntax.OpAlternate:
		n := shortest(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			n = min(n, shortest(sub))
		}
		return n
	}
	return 0 // assertions, and what may be left out
}
