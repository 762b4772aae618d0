package pii

// ssn finds a US Social Security number, AAA-GG-SSSS, with hyphens or blanks. The
// areas 000, 666 and from 900 on, the group 00 and the serial number 0000 are never
// given out (Social Security Administration, POMS RM 10201.035).
func ssn(text string, i int) (start, end int) {
	if !begins(text, i) {
		return i, i
	}
	end, number := grouped(text, i, "- ", 3, 2, 4)
	if number == nil || !ends(text, end) {
		return i, i
	}
	area, group, serial := string(number[:3]), string(number[3:5]), string(number[5:])
	if area == "000" || area == "666" || area >= "900" || group == "00" || serial == "0000" {
		return i, i
	}
	return i, end
}

// nric finds a number of a Singapore identity card (NRIC) or of a foreigner (FIN):
// a letter for the series, seven digits and a check letter.
func nric(text string, i int) (start, end int) {
	end = i + 9
	if end > len(text) || !begins(text, i) || digits(text, i+1, 7) < 7 || !letter(text[end-1]) || !ends(text, end) {
		return i, i
	}
	if upper(text[end-1]) != nricLetter(upper(text[i]), text[i+1:end-1]) {
		return i, i
	}
	return i, end
}

// nricLetter calculates the check letter, or 0 if there is no such series. The
// digits are weighted, the series adds an offset, and the rest after division by 11
// chooses a letter. S and F are the series of the 20th century, T and G those that
// followed in 2000, M that of foreigners since 2022.
func nricLetter(series byte, number string) byte {
	offset, letters := 0, "JZIHGFEDCBA"
	switch series {
	case 'S':
	case 'T':
		offset = 4
	case 'F':
		letters = "XWUTRQPNMLK"
	case 'G':
		offset, letters = 4, "XWUTRQPNMLK"
	case 'M':
		offset, letters = 3, "XWUTRQPNJLK"
	default:
		return 0
	}
	sum := offset
	for i, weight := range []int{2, 7, 6, 5, 4, 3, 2} {
		sum += weight * int(number[i]-'0')
	}
	return letters[sum%11]
}
