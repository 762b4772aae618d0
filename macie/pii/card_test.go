package pii

import (
	"strconv"
	"strings"
	"testing"
)

// Numbers that the networks and payment services publish for tests.
var testCards = []string{
	"4111111111111111", "4012888888881881", "4222222222222", "4242424242424242", "4000056655665556", // Visa
	"5555555555554444", "5105105105105100", "2223003122003222", "2223000048400011", // Mastercard
	"378282246310005", "371449635398431", "378734493671000", // American Express
	"30569309025904", "38520000023237", "36227206271667", "3056930009020004", // Diners Club
	"6011111111111117", "6011000990139424", "6011981111111113", // Discover
	"3530111333300000", "3566002020360505", // JCB
	"6200000000000005", "6205500000000000004", // UnionPay
	"6759649826438453", "6799990100000000019", // Maestro
}

func TestTestCards(t *testing.T) {
	for _, number := range testCards {
		if !naiveLuhn(number) {
			t.Fatalf("%s does not pass the check of the test", number)
		}
		if got, want := found("card "+number+"."), `CREDIT_CARD_NUMBER "`+number+`"`; got != want {
			t.Errorf("%s: got %s", number, got)
		}
		last := number[len(number)-1]
		for _, other := range []byte("0123456789") {
			changed := number[:len(number)-1] + string(other)
			if other != last && found(changed) != "" {
				t.Errorf("%s: got %s", changed, found(changed))
			}
		}
	}
}

func TestCards(t *testing.T) {
	card := func(text string) string { return `CREDIT_CARD_NUMBER "` + text + `"` }
	run(t, []textTest{
		{"blanks", "4111 1111 1111 1111", card("4111 1111 1111 1111")},
		{"hyphens", "4111-1111-1111-1111", card("4111-1111-1111-1111")},
		{"mixed", "4111-1111 1111 1111", ""},
		{"American Express", "3782 822463 10005", card("3782 822463 10005")},
		{"American Express in other groups", "3782 8224 6310 005", card("3782 8224 6310 005")},
		{"Diners Club", "3056 930902 5904", card("3056 930902 5904")},
		{"13 digits", "4222 2222 2222 2", card("4222 2222 2222 2")},
		{"19 digits", "6205 5000 0000 0000 004", card("6205 5000 0000 0000 004")},
		{"Maestro", "679999 0100000000019", card("679999 0100000000019")},
		{"unusual groups", "41 11 11 11 11 11 11 11", ""},
		{"two blanks", "4111  1111 1111 1111", ""},
		{"an expiry behind", "4111 1111 1111 1111 12/27 123", card("4111 1111 1111 1111")},
		{"other digits before", "17 4111 1111 1111 1111", card("4111 1111 1111 1111")},
		{"in a sentence", "(4111111111111111).", card("4111111111111111")},
		{"behind a label", "card:4111111111111111", card("4111111111111111")},
		{"wrong check digit", "4111 1111 1111 1112", ""},
		{"no issuer", "9111111111111111" + " 0000000000000000", ""},
		{"an issuer with another length", "411111111111116", ""},
		{"part of a longer number", "41111111111111110", ""},
		{"20 digits", "41111111111111111111", ""},
		{"part of a word", "x4111111111111111 4111111111111111x _4111111111111111", ""},
		{"part of a longer group", "4111 1111 1111 11110", ""},
		{"more groups with hyphens", "4111-1111-1111-1111-2222 22-4111-1111-1111-1111", ""},
		{"decimals", "4111111111111111.25 1.4111111111111111", ""},
	})
}

// TestIssuers tries the ranges from one below to one above.
func TestIssuers(t *testing.T) {
	for _, r := range issuers {
		for _, prefix := range []int{r.from, r.to} {
			for length := r.shortest; length <= r.longest; length++ {
				if number := withCheckDigit(prefix, length); found(number) == "" {
					t.Errorf("%s was not found", number)
				}
			}
		}
		if r.from > 999999 || r.from < 100000 || r.to < r.from || r.shortest < 13 || r.longest > 19 {
			t.Errorf("range %v", r)
		}
	}
	for _, prefix := range []int{100000, 199999, 220500, 222099, 272100, 306000, 309499, 309600, 350000, 352799, 359000, 590000, 601000, 601200, 643999, 660000, 700000, 817200, 900000} {
		if number := withCheckDigit(prefix, 16); found(number) != "" {
			t.Errorf("got %s", found(number))
		}
	}
}

func withCheckDigit(prefix, length int) string {
	number := strconv.Itoa(prefix) + strings.Repeat("7", length-7)
	for check := range 10 {
		if whole := number + strconv.Itoa(check); naiveLuhn(whole) {
			return whole
		}
	}
	panic("one of ten digits is right")
}

// naiveLuhn doubles every second digit from the right and adds the digits.
func naiveLuhn(number string) bool {
	sum := 0
	for i, r := range number {
		d, _ := strconv.Atoi(string(r))
		if (len(number)-i)%2 == 0 {
			d += d
		}
		for _, part := range strconv.Itoa(d) {
			sum += int(part - '0')
		}
	}
	return strings.HasSuffix(strconv.Itoa(sum), "0")
}
