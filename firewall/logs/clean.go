package logs

import (
	"strings"
	"unicode"
)

// clean makes text safe to look at: what is not printable, such as the escapes of
// terminals and marks that turn the direction of writing, becomes U+FFFD.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '\ufffd'
		}
		return r
	}, text)
}
