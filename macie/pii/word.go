package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

func digit(c byte) bool  { return '0' <= c && c <= '9' }
func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// upper returns a letter in upper case, and digits as they are.
func upper(c byte) byte {
	if letter(c) {
		return c &^ 0x20
	}
	return c
}

// word tells whether a character belongs to a word, in any script.
func word(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// begins tells whether a word or a number can begin at byte i: there is no word
// right before it, and no digit before a hyphen or a point there.
func begins(text string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(text[:i])
	return i == 0 || !word(r) && !(i > 1 && joins(text[i-1]) && digit(text[i-2]))
}

// ends tells whether a word or a number can end before byte i.
func ends(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[i:])
	return i == len(text) || !word(r) && !(i+1 < len(text) && joins(text[i]) && digit(text[i+1]))
}

func joins(c byte) bool { return c == '-' || c == '.' }

// digits counts the digits from byte i, up to a limit.
func digits(text string, i, limit int) int {
	n := 0
	for n < limit && i+n < len(text) && digit(text[i+n]) {
		n++
	}
	return n
}

// grouped reads groups of digits, each pair divided by the same separator, from
// byte i. It returns where they end and the digits, or nothing if they are not
// there.
func grouped(text string, i int, separators string, groups ...int) (end int, number []byte) {
	end = i
	for n, size := range groups {
		if n > 0 {
			if end == len(text) || strings.IndexByte(separators, text[end]) < 0 || text[end] != text[i+groups[0]] {
				return 0, nil
			}
			end++
		}
		if digits(text, end, size) < size {
			return 0, nil
		}
		end += size
	}
	for at := i; at < end; at++ {
		if digit(text[at]) {
			number = append(number, text[at])
		}
	}
	return end, number
}
