package pii

import (
	"strconv"
	"strings"
)

// iban finds an International Bank Account Number (ISO 13616): of a country in the
// registry, as long and in the order of letters and digits as it says, with the
// right check digits. Upper and lower case, single blanks anywhere.
func iban(text string, i int) (start, end int) {
	if i+2 > len(text) || !begins(text, i) {
		return i, i
	}
	country := []byte{upper(text[i]), upper(text[i+1])}
	structure, ok := ibans[string(country)]
	if !ok {
		return i, i
	}
	end, number := structured(text, i+2, "2n"+structure, country)
	if number == nil || !ends(text, end) || !ibanChecks(number) {
		return i, i
	}
	return i, end
}

// structured appends the characters from byte i to a number, in upper case and
// without the blanks between, and returns where they end. It returns nothing if
// they are not of the structure.
func structured(text string, i int, structure string, number []byte) (end int, all []byte) {
	for structure != "" {
		class := strings.IndexAny(structure, "nac")
		n, _ := strconv.Atoi(structure[:class])
		for range n {
			if i < len(text) && text[i] == ' ' {
				i++
			}
			if i == len(text) || !ofClass(text[i], structure[class]) {
				return 0, nil
			}
			number = append(number, upper(text[i]))
			i++
		}
		structure = structure[class+1:]
	}
	return i, number
}

// ofClass tells whether a character is of a class of the registry: n for digits, a
// for letters, c for both.
func ofClass(c, class byte) bool {
	return digit(c) && class != 'a' || letter(c) && class != 'n'
}

// ibanChecks calculates the check digits (ISO/IEC 7064, MOD 97-10): 02 to 98.
func ibanChecks(number []byte) bool {
	if check := string(number[2:4]); check < "02" || check > "98" {
		return false
	}
	rest := 0
	for i := range number {
		c := number[(i+4)%len(number)]
		if digit(c) {
			rest = (rest*10 + int(c-'0')) % 97
		} else {
			rest = (rest*100 + int(c-'A') + 10) % 97
		}
	}
	return rest == 1
}
