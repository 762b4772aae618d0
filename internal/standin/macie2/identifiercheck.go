package macie2

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	macie2sdk "github.com/aws/aws-sdk-go-v2/service/macie2"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// Limits of custom data identifiers (CreateCustomDataIdentifier and the quotas).
const (
	maxIdentifiers           = 10_000
	maxIdentifierName        = 128
	maxIdentifierDescription = 512
	maxRegex                 = 512
	maxKeywords              = 50
	maxIgnoreWords           = 10
	maxDistance              = 300
	defaultDistance          = 50
	maxSampleText            = 1_000
)

func checkIdentifier(in *macie2sdk.CreateCustomDataIdentifierInput) error {
	return first(
		refuse(*in.Name == "" || utf8.RuneCountInString(*in.Name) > maxIdentifierName, "name must have 1 to 128 characters"),
		refuse(utf8.RuneCountInString(aws.ToString(in.Description)) > maxIdentifierDescription, "description can have at most 512 characters"),
		checkCriteria(*in.Regex, in.Keywords, in.IgnoreWords, in.MaximumMatchDistance),
		checkLevels(in.SeverityLevels),
		checkTags(in.Tags),
	)
}

func checkCriteria(regex string, keywords, ignored []string, distance *int32) error {
	return first(
		checkRegex(regex),
		refuse(len(keywords) > maxKeywords, "There can be at most 50 keywords"),
		refuse(!allHave(keywords, 3, 90), "A keyword must have 3 to 90 characters"),
		refuse(len(ignored) > maxIgnoreWords, "There can be at most 10 ignore words"),
		refuse(!allHave(ignored, 4, 90), "An ignore word must have 4 to 90 characters"),
		refuse(distance != nil && (*distance < 1 || *distance > maxDistance), "maximumMatchDistance must be 1 to 300"),
	)
}

// checkRegex refuses what Macie does not support of PCRE: "Backreferences,
// Capturing groups, Conditional patterns, Embedded code, Global pattern flags,
// Recursive patterns, look-behind and look-ahead zero-width assertions"
// ("Configuration options for custom data identifiers" in the user guide). How
// Macie refuses a group that captures, the guide does not say. Of the rest, Go's
// regular expressions lack the same.
func checkRegex(regex string) error {
	compiled, err := regexp.Compile(regex)
	return first(
		refuse(regex == "" || utf8.RuneCountInString(regex) > maxRegex, "regex must have 1 to 512 characters"),
		refuse(err != nil, "regex isn't valid"),
		refuse(err == nil && compiled.NumSubexp() > 0, "regex can't have capturing groups"),
		refuse(flags.MatchString(escaped.ReplaceAllString(regex, "")), "regex can't have flags"),
	)
}

var flags = regexp.MustCompile(`\(\?[imsUx-]+[:)]`)

// escaped finds what has no meaning as syntax: escaped characters and classes.
var escaped = regexp.MustCompile(`\\.|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]`)

func allHave(words []string, least, most int) bool {
	return !slices.ContainsFunc(words, func(word string) bool {
		n := utf8.RuneCountInString(word)
		return n < least || n > most
	})
}

// checkLevels wants each severity once, and thresholds that rise with it.
func checkLevels(levels []types.SeverityLevel) error {
	sorted := slices.SortedFunc(slices.Values(levels), func(a, b types.SeverityLevel) int {
		return int(rankOf(a.Severity) - rankOf(b.Severity))
	})
	for i, level := range sorted {
		err := first(
			refuse(rankOf(level.Severity) < 1, "severity must be LOW, MEDIUM or HIGH"),
			refuse(*level.OccurrencesThreshold < 1, "occurrencesThreshold must be at least 1"),
			refuse(i > 0 && level.Severity == sorted[max(0, i-1)].Severity, "A severity is named twice"),
			refuse(i > 0 && *level.OccurrencesThreshold <= *sorted[max(0, i-1)].OccurrencesThreshold,
				"Occurrences thresholds must ascend from LOW to HIGH"),
		)
		if err != nil {
			return err
		}
	}
	return nil
}
