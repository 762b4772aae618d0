package region

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns"
)

// shortText is the most bytes of a value that a plan shows.
const shortText = 200

// shorten returns a text that a plan shows. Of a long one it shows the beginning, the length
// and a digest, so that two long ones can be told apart.
func shorten(s string) string {
	if len(s) <= shortText {
		return s
	}
	end := shortText - 60
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d bytes, digest %s)", s[:end], len(s), digest(s)[:12])
}

// contentText shows a template, whose content is in no plan.
func contentText(digest string, size int) string {
	return fmt.Sprintf("%d bytes, digest %s", size, digest)
}

// count returns a number of things.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// quoteAll returns texts in quotes.
func quoteAll[S ~string](all []S) string {
	quoted := make([]string, len(all))
	for i, s := range all {
		quoted[i] = strconv.Quote(string(s))
	}
	return strings.Join(quoted, ", ")
}

// shellWord returns a word of a command, in quotes if a shell would read it otherwise.
func shellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@=,+%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// command returns a command of the AWS CLI for the second version of the API.
func command(region, operation string, args ...string) string {
	words := []string{"aws", "sesv2", operation, "--region", region}
	for _, a := range args {
		words = append(words, shellWord(a))
	}
	return strings.Join(words, " ")
}

// fieldsOf returns where two objects differ.
func fieldsOf(old, wanted []facet) (fields []awspatterns.Field) {
	was := map[string]string{}
	for _, f := range old {
		was[f.Name] = f.Text
	}
	is := map[string]bool{}
	for _, f := range wanted {
		is[f.Name] = true
		if was[f.Name] != f.Text {
			fields = append(fields, awspatterns.Field{Name: f.Name, Old: shorten(was[f.Name]), New: shorten(f.Text)})
		}
	}
	for _, f := range old {
		if !is[f.Name] && f.Text != "" {
			fields = append(fields, awspatterns.Field{Name: f.Name, Old: shorten(f.Text)})
		}
	}
	return fields
}

// joinReasons joins those that there are.
func joinReasons(reasons ...string) string {
	return strings.Join(slices.DeleteFunc(reasons, func(s string) bool { return s == "" }), "; ")
}

// sortedTexts returns the texts, sorted.
func sortedTexts(all []string) []string { return slices.Sorted(slices.Values(all)) }
