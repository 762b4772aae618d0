// Package identifier has the rules of custom data identifiers of Amazon Macie: what
// one may be, checked without a call, and what it finds in a text, as far as can be
// told without Macie.
//
// It imports no AWS SDK.
package identifier

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Custom is a custom data identifier. Macie cannot change one, only create and
// delete.
type Custom struct {
	// Name, of 1 to 128 characters. Findings show it, so it should tell nothing
	// secret. Required.
	Name string `json:"name"`

	// Description, of at most 512 characters.
	Description string `json:"description,omitempty"`

	// Regex is the pattern, of at most 512 characters. Required. Macie takes a
	// subset of the syntax of PCRE. Of that, it must be what Go's package regexp takes
	// too, so that it can be tried, and found again in a text, without Macie:
	// it has no backreferences, look-ahead or look-behind assertions, conditions,
	// recursion, or named groups. Groups are for grouping alone. It must not match
	// an empty text. "^" and "$" are the beginning and the end of the file, not of a
	// line; "(?i)" makes what follows match without regard to case.
	Regex string `json:"regex"`

	// Keywords, at most 50 of 3 to 90 characters, without regard to case. If there
	// are any, one must come before the match, and end no more than
	// MaximumMatchDistance characters before the end of the match.
	Keywords []string `json:"keywords,omitempty"`

	// IgnoreWords, at most 10 of 4 to 90 characters: what matches and contains one,
	// in the same case, is not counted.
	IgnoreWords []string `json:"ignoreWords,omitempty"`

	// MaximumMatchDistance, of 1 to 300 characters. Defaults to 50.
	MaximumMatchDistance int `json:"maximumMatchDistance,omitempty"`

	// SeverityLevels of findings, at most one for each severity. Defaults to
	// MEDIUM from the first occurrence on. With fewer occurrences than the lowest
	// threshold there is no finding.
	SeverityLevels []SeverityLevel `json:"severityLevels,omitempty"`

	// Tags, at most 49: this library adds its own, whose key is [MarkKey].
	Tags map[string]string `json:"tags,omitempty"`

	// Samples are tried before the identifier is created. They are no part of it,
	// nor of a plan, since they may hold what the identifier is to find.
	Samples []Sample `json:"-"`
}

// MarkKey is the key of the tag by which this library knows what it created.
const MarkKey = "awspatterns"

// A SeverityLevel is the severity of a finding from a number of occurrences on.
type SeverityLevel struct {
	Severity             string `json:"severity"` // LOW, MEDIUM or HIGH
	OccurrencesThreshold int64  `json:"occurrencesThreshold"`
}

// A Sample is a text with the number of matches that an identifier should find.
type Sample struct {
	Text    string // at most 1,000 characters, as Macie tests no more
	Matches int
}

// DefaultDistance is the MaximumMatchDistance of an identifier that has none.
const DefaultDistance = 50

// Limits of CreateCustomDataIdentifier and TestCustomDataIdentifier in the API
// reference, in characters.
const (
	maxName        = 128
	maxDescription = 512
	maxRegex       = 512
	maxKeywords    = 50
	maxIgnoreWords = 10
	maxDistance    = 300
	maxTags        = 50
	maxTagKey      = 128
	maxTagValue    = 256
	maxSample      = 1000
)

// Validate reports what Macie would refuse, all of it, and what this package cannot
// try. It does not try the samples; see [Custom.Try].
func (c Custom) Validate() error {
	var errs []error
	bad := func(wrong bool, format string, args ...any) {
		if wrong {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	n := utf8.RuneCountInString
	bad(c.Name == "" || n(c.Name) > maxName, "the Name has %d characters; want 1 to %d", n(c.Name), maxName)
	bad(strings.TrimSpace(c.Name) != c.Name, "the Name %q has space around it", c.Name)
	bad(n(c.Description) > maxDescription, "the Description has %d characters; want at most %d", n(c.Description), maxDescription)
	bad(c.MaximumMatchDistance < 0 || c.MaximumMatchDistance > maxDistance, "the MaximumMatchDistance is %d; want 1 to %d", c.MaximumMatchDistance, maxDistance)
	for _, text := range []string{c.Name, c.Description, c.Regex} {
		bad(!utf8.ValidString(text), "%q is not UTF-8", text)
	}
	for i, s := range c.Samples {
		bad(s.Text == "" || n(s.Text) > maxSample || !utf8.ValidString(s.Text), "Samples[%d] has %d characters; want 1 to %d, in UTF-8", i, n(s.Text), maxSample)
		bad(s.Matches < 0, "Samples[%d] has %d Matches", i, s.Matches)
	}
	errs = append(errs,
		validateRegex(c.Regex),
		validateWords("Keywords", c.Keywords, maxKeywords, 3),
		validateWords("IgnoreWords", c.IgnoreWords, maxIgnoreWords, 4),
		validateLevels(c.SeverityLevels),
		validateTags(c.Tags),
	)
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("custom identifier %q: %w", c.Name, err)
	}
	return nil
}

// maxWord is the length of a keyword and of an ignore word.
const maxWord = 90

func validateWords(field string, words []string, most, shortest int) error {
	if len(words) > most {
		return fmt.Errorf("there are %d %s; want at most %d", len(words), field, most)
	}
	for i, word := range words {
		n := utf8.RuneCountInString(word)
		if n < shortest || n > maxWord || !utf8.ValidString(word) {
			return fmt.Errorf("%s[%d] is %q, of %d characters; want %d to %d, in UTF-8", field, i, word, n, shortest, maxWord)
		}
		if slices.Contains(words[:i], word) {
			return fmt.Errorf("%s has %q twice", field, word)
		}
	}
	return nil
}

// severities in ascending order.
var severities = []string{"LOW", "MEDIUM", "HIGH"}

// validateLevels wants each severity once, and thresholds that ascend with it, in
// whatever order they are listed.
func validateLevels(levels []SeverityLevel) error {
	rank := func(l SeverityLevel) int { return slices.Index(severities, l.Severity) }
	for i, l := range levels {
		if rank(l) < 0 {
			return fmt.Errorf("SeverityLevels[%d] has the Severity %q; want one of %v", i, l.Severity, severities)
		}
		if l.OccurrencesThreshold < 1 {
			return fmt.Errorf("SeverityLevels[%d] has the OccurrencesThreshold %d; want at least 1", i, l.OccurrencesThreshold)
		}
		for _, other := range levels[:i] {
			if rank(other) == rank(l) {
				return fmt.Errorf("SeverityLevels has %s twice", l.Severity)
			}
			if (rank(other) < rank(l)) != (other.OccurrencesThreshold < l.OccurrencesThreshold) || other.OccurrencesThreshold == l.OccurrencesThreshold {
				return fmt.Errorf("SeverityLevels has %d for %s and %d for %s; thresholds must ascend with the severity",
					other.OccurrencesThreshold, other.Severity, l.OccurrencesThreshold, l.Severity)
			}
		}
	}
	return nil
}

func validateTags(tags map[string]string) error {
	if len(tags) > maxTags-1 {
		return fmt.Errorf("there are %d Tags; want at most %d beside that of this library", len(tags), maxTags-1)
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		value := tags[key]
		n := utf8.RuneCountInString(key)
		switch {
		case n == 0 || n > maxTagKey || strings.HasPrefix(strings.ToLower(key), "aws:"):
			return fmt.Errorf("the key %q of a tag; want 1 to %d characters that do not begin with \"aws:\"", key, maxTagKey)
		case key == MarkKey:
			return fmt.Errorf("the tag %q is that of this library", key)
		case utf8.RuneCountInString(value) > maxTagValue:
			return fmt.Errorf("the tag %q has more than %d characters", key, maxTagValue)
		case !utf8.ValidString(key) || !utf8.ValidString(value):
			return fmt.Errorf("the tag %q is not UTF-8", key)
		}
	}
	return nil
}
