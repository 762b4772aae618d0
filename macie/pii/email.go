package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most bytes of an address before and behind the @ (RFC 5321, section 4.5.3.1,
// and RFC 1035, section 2.3.4, for a label).
const (
	maxLocal  = 64
	maxDomain = 253
	maxLabel  = 63
)

// email finds an e-mail address around the @ at byte i: as addresses are used, not
// all that RFC 5322 allows. There are no quotes or comments, letters can be of any
// script, and the domain has at least two labels of which the last is no number.
func email(text string, i int) (start, end int) {
	start = localStart(text, i)
	end = domainEnd(text, i+1)
	if start == i || end == i+1 {
		return i, i
	}
	return start, end
}

// localStart returns where the part before the @ at byte i begins, or i if there is
// none. It begins and ends with a letter or a digit, or ends with an underscore, and
// what is in front of two signs in a row, such as the line of a form, does not belong
// to it.
func localStart(text string, i int) int {
	start := i
	sign := i == 0 || text[i-1] != '_' // the character behind is a sign, or the @
	for at := i; at > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		isWord := word(r) && r != '_'
		if !isWord && (sign || !strings.ContainsRune("_.%+-'", r)) {
			break
		}
		at -= size
		if i-at > maxLocal {
			return i
		}
		if isWord {
			start = at
		}
		sign = !isWord
	}
	return start
}

// domainEnd returns where the domain that begins at byte i ends, or i if there is
// none: behind the last label that can be the last.
func domainEnd(text string, i int) int {
	end := i
	at := i
	for labels := 1; ; labels++ {
		n := label(text[at:])
		if n == 0 || at+n-i > maxDomain {
			return end
		}
		name := text[at : at+n]
		at += n
		if labels > 1 && topLevel(name) && !strings.HasPrefix(text[at:], "_") {
			end = at
		}
		if at == len(text) || text[at] != '.' {
			return end
		}
		at++
	}
}

// label returns the length of the label at the beginning of a text, without the
// hyphens at its end, or 0 if there is none or it is too long.
func label(text string) int {
	n := 0
	for i, r := range text {
		if i > maxLabel || r != '-' && (r == '_' || !word(r)) || i == 0 && r == '-' {
			break
		}
		if r != '-' {
			n = i + utf8.RuneLen(r)
		}
	}
	if n > maxLabel {
		return 0
	}
	return n
}

// topLevel tells whether a label can be the last of a domain: two letters or more,
// or one in Punycode.
func topLevel(name string) bool {
	if strings.HasPrefix(strings.ToLower(name), "xn--") {
		return true
	}
	return utf8.RuneCountInString(name) > 1 && strings.IndexFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) < 0
}
