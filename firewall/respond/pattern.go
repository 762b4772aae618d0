package respond

import (
	"fmt"

	"github.com/awspatterns/awspatterns/internal/eventpattern"
)

// An OperatorError is the error for a pattern with an operator that [MatchPattern] does
// not know: its path and name. [TestPattern] asks EventBridge.
type OperatorError = eventpattern.OperatorError

// MatchPattern reports whether an event pattern of EventBridge matches an event, with
// no call. It knows this subset of patterns, and refuses the rest with an
// [*OperatorError]:
//
//   - exact values: strings, numbers, true, false and null
//   - prefix, suffix, equals-ignore-case and wildcard, each with one string
//   - anything-but with a value, a list of strings or of numbers, or one prefix or suffix
//   - numeric with =, <, <=, > and >=, or a range of two, the lower end first
//   - exists
//   - $or, with at least two objects
//
// A field of an event that is a list matches if one of its values does. Fields of
// objects in a list match together, in the same object. exists looks at values: an object or an
// empty list has none. Numbers are compared as numbers: 5 matches 5.0, which is how
// EventBridge's open-source rule engine works; its user guide says that such a match goes by
// the text, so use numeric where it matters. A number beyond 5e9 either way is compared by
// its text.
//
// The rules are those of "Comparison operators for use in event patterns" in the
// EventBridge user guide. A pattern that EventBridge would refuse (no object, an empty
// list, two operators in one object) is an error.
func MatchPattern(pattern, event []byte) (bool, error) {
	matched, err := eventpattern.Match(pattern, event)
	if err != nil {
		err = fmt.Errorf("respond: %w", err)
	}
	return matched, err
}
