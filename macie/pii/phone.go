package pii

import "strings"

// The digits of a number with its country code (ITU-T E.164); shorter ones are left
// to nobody's telephone.
const (
	minPhone = 8
	maxPhone = 15
)

// countryCodes are the country codes of two digits, and the first two digits of
// those with three, by ITU-T E.164. 1 and 7 are codes of one digit.
const countryCodes = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 " +
	"21 22 23 24 25 26 29 35 37 38 42 50 59 67 68 69 80 85 87 88 96 97 99"

// between are the separators of the groups of a number, the longer before the
// shorter that they begin with. One that closes a parenthesis needs one that is
// open, and the trunk prefix (0) is only behind the country code.
var between = []string{" (0) ", " (0)", "(0) ", "(0)", ") ", ")-", ")", " (", "(", " ", "-", ".", "/"}

// internationalPhone finds a phone number with a + and its country code, which can
// be in parentheses, in groups of two digits or more; the first behind the code can
// have one.
func internationalPhone(text string, i int) (start, end int) {
	if i > 0 && text[i-1] == '+' || !begins(text, i) {
		return i, i
	}
	shortest, longest := phoneDigits(text[i+1:])
	start, at, total := i, i+1, 0
	open := false // a parenthesis
	for group := 0; ; group++ {
		n := digits(text, at, longest+1)
		if n == 0 || n == 1 && group > 1 || total+n > longest {
			break
		}
		at += n
		total += n
		if total >= shortest && ends(text, at) {
			end = at
		}
		code := group == 0 && n <= 3 && i > 0 && text[i-1] == '('
		separator := separatorOf(text[at:], open || code)
		if separator == "" || group > 0 && strings.Contains(separator, "0") {
			break
		}
		closes := separator[0] == ')'
		if closes && code {
			start = i - 1
		}
		open = !closes && (open || strings.HasSuffix(separator, "("))
		at += len(separator)
	}
	if end == 0 {
		return i, i
	}
	return start, end
}

// phoneDigits returns how many digits a number can have whose country code is at
// the beginning of a text, or 0 if it is none, or if two zeros follow the code,
// which rather is an amount. Numbers in North America (1) and Russia (7) have ten
// behind the code.
func phoneDigits(text string) (shortest, longest int) {
	switch n := digits(text, 0, 3); {
	case n > 0 && (text[0] == '1' || text[0] == '7'):
		return 11, 11
	case n < 2 || !strings.Contains(countryCodes, text[:2]):
		return 0, 0
	}
	if strings.HasPrefix(strings.TrimLeft(text[2:], " -."), "00") {
		return 0, 0
	}
	return minPhone, maxPhone
}

func separatorOf(text string, open bool) string {
	for _, separator := range between {
		if strings.HasPrefix(text, separator) && (open || separator[0] != ')') {
			return separator
		}
	}
	return ""
}

// usPhone finds a number as it is written in North America, (AAA) BBB-CCCC, where
// neither of the first two groups begins with 0 or 1 or ends in 11 (North American
// Numbering Plan).
func usPhone(text string, i int) (start, end int) {
	if i > 0 && digit(text[i-1]) || digits(text, i+1, 4) != 3 || i+4 >= len(text) || text[i+4] != ')' {
		return i, i
	}
	at := i + 5
	if at < len(text) && text[at] == ' ' {
		at++
	}
	end, number := grouped(text, at, " -.", 3, 4)
	if number == nil || !ends(text, end) || !plan(text[i+1:i+4]) || !plan(string(number[:3])) {
		return i, i
	}
	return i, end
}

// plan tells whether three digits can be an area or an exchange in North America.
func plan(group string) bool {
	return group[0] >= '2' && group[1:] != "11"
}
