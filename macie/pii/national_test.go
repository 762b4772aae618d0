package pii

import (
	"fmt"
	"strconv"
	"testing"
)

func TestSSN(t *testing.T) {
	ssn := func(text string) string { return `USA_SOCIAL_SECURITY_NUMBER "` + text + `"` }
	run(t, []textTest{
		{"hyphens", "SSN: 123-45-6789.", ssn("123-45-6789")},
		{"blanks", "123 45 6789", ssn("123 45 6789")},
		{"first area", "001-01-0001", ssn("001-01-0001")},
		{"last area", "899-99-9999", ssn("899-99-9999")},
		{"beside the area that is not given out", "665-01-0001 667-01-0001", ssn("665-01-0001") + ", " + ssn("667-01-0001")},
		{"area 000", "000-12-3456", ""},
		{"area 666", "666-12-3456", ""},
		{"area 900", "900-12-3456 999-12-3456", ""},
		{"group 00", "123-00-6789", ""},
		{"serial number 0000", "123-45-0000", ""},
		{"together", "123456789", ""},
		{"mixed", "123-45 6789", ""},
		{"points", "123.45.6789", ""},
		{"longer", "123-45-67890 0123-45-6789 1-123-45-6789 123-45-6789-1 123-45-6789.1", ""},
		{"in a word", "x123-45-6789 123-45-6789x", ""},
		{"other groups", "12-345-6789", ""},
	})
}

func TestNRIC(t *testing.T) {
	nric := func(text string) string { return `SINGAPORE_NRIC "` + text + `"` }
	run(t, []textTest{
		{"citizen", "NRIC S1234567D", nric("S1234567D")},
		{"citizen born since 2000", "T1234567J", nric("T1234567J")},
		{"foreigner", "F1234567N", nric("F1234567N")},
		{"foreigner since 2000", "G1234567X", nric("G1234567X")},
		{"foreigner since 2022", "M1234567K", nric("M1234567K")},
		{"lower case", "s1234567d", nric("s1234567d")},
		{"in parentheses", "(S1234567D)", nric("(S1234567D)"[1:10])},
		{"wrong letter", "S1234567E", ""},
		{"a digit changed", "S1234568D", ""},
		{"no series", "A1234567D", ""},
		{"too short", "S123456D", ""},
		{"too long", "S12345678D S1234567DD SS1234567D S1234567D1", ""},
		{"blanks", "S 1234567 D", ""},
		{"cut off", "S1234567", ""},
		{"no letter", "S1234567\x00 A1234567\x00", ""},
	})
}

func TestNRICLetters(t *testing.T) {
	for _, series := range "STFGM" {
		for n := 0; n < 10_000_000; n += 9_973 {
			number := fmt.Sprintf("%c%07d", series, n)
			var right []string
			for letter := 'A'; letter <= 'Z'; letter++ {
				if found(number+string(letter)) != "" {
					right = append(right, string(letter))
				}
			}
			if len(right) != 1 || right[0] != naiveNRIC(number) {
				t.Fatalf("%s: got %v, want %s", number, right, naiveNRIC(number))
			}
		}
	}
}

// naiveNRIC calculates the check letter the other way that it is described: as the
// letter that the rest, taken from 11, counts to.
func naiveNRIC(number string) string {
	n, err := strconv.Atoi(number[1:])
	if err != nil {
		return "?"
	}
	sum := 0
	for weight := range []int{2, 3, 4, 5, 6, 7} { // from the right
		sum += (weight + 2) * (n % 10)
		n /= 10
	}
	sum += 2 * n
	switch number[0] {
	case 'T', 'G':
		sum += 4
	case 'M':
		sum += 3
	}
	letters := map[byte]string{
		'S': "ABCDEFGHIZJ", 'T': "ABCDEFGHIZJ",
		'F': "KLMNPQRTUWX", 'G': "KLMNPQRTUWX",
		'M': "KLJNPQRTUWX",
	}[number[0]]
	if letters == "" {
		return "?"
	}
	position := 11 - sum%11
	return letters[position-1 : position]
}
