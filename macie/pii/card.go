package pii

import "strconv"

// An issuer is a range of the first six digits of card numbers, and how many digits
// these have.
type issuer struct{ from, to, shortest, longest int }

// issuers of the large networks. The numbers are given out under ISO/IEC 7812; the
// ranges are those that the networks publish.
var issuers = []issuer{
	{400000, 499999, 13, 13}, {400000, 499999, 16, 16}, {400000, 499999, 19, 19}, // Visa
	{510000, 559999, 16, 16}, {222100, 272099, 16, 16}, // Mastercard
	{340000, 349999, 15, 15}, {370000, 379999, 15, 15}, // American Express
	{300000, 305999, 14, 19}, {309500, 309599, 14, 19}, {360000, 369999, 14, 19}, {380000, 399999, 14, 19}, // Diners Club
	{601100, 601199, 16, 19}, {644000, 659999, 16, 19}, // Discover
	{352800, 358999, 16, 19},                           // JCB
	{620000, 629999, 16, 19}, {810000, 817199, 16, 19}, // UnionPay
	{500000, 509999, 13, 19}, {560000, 589999, 13, 19}, {630400, 630499, 13, 19}, {639000, 639099, 13, 19}, {670000, 679999, 13, 19}, // Maestro
	{220000, 220499, 16, 19}, // Mir
}

// groupings in which numbers are printed on cards, the longer before the shorter
// that they begin with.
var groupings = [][]int{{4, 4, 4, 4, 3}, {4, 4, 4, 4}, {4, 6, 5}, {4, 6, 4}, {4, 4, 4, 3}, {4, 4, 4, 2}, {4, 4, 4, 1}, {4, 4, 5}, {6, 13}}

// card finds a card number: 13 to 19 digits, together or in groups that are usual
// on cards, divided by blanks or hyphens, of an issuer and with the right check
// digit.
func card(text string, i int) (start, end int) {
	if !begins(text, i) {
		return i, i
	}
	if n := digits(text, i, 20); n > 6 { // longer than the first group of all groupings
		if ends(text, i+n) && cardNumber([]byte(text[i:i+n])) {
			return i, i + n
		}
		return i, i
	}
	for _, groups := range groupings {
		end, number := grouped(text, i, " -", groups...)
		if number != nil && ends(text, end) && cardNumber(number) {
			return i, end
		}
	}
	return i, i
}

func cardNumber(number []byte) bool {
	return issued(number) && luhn(number)
}

func issued(number []byte) bool {
	if len(number) < 13 {
		return false
	}
	prefix, _ := strconv.Atoi(string(number[:6]))
	for _, r := range issuers {
		if r.from <= prefix && prefix <= r.to && r.shortest <= len(number) && len(number) <= r.longest {
			return true
		}
	}
	return false
}

// luhn tells whether the last digit is the check digit of the others, by ISO/IEC
// 7812-1, annex B.
func luhn(number []byte) bool {
	sum := 0
	for i := range number {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
		}
		sum += d/10 + d%10
	}
	return sum%10 == 0
}
