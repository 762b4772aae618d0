package macie2

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// A managedIdentifier is one of Macie's own that this stand-in can look for. IDs,
// categories, keywords and the texts that are never reported are those of the
// user guide; the patterns are ours. Macie's are not published and see more.
type managedIdentifier struct {
	id       string
	category types.SensitiveDataItemCategory
	regex    *regexp.Regexp // the match is its group, if it has one
	valid    func(match string) bool
	keywords []string // one of which has to be near, if there are any
	unless   bool     // finds what has none of the keywords near
}

var (
	cardNumber     = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	cardKeywords   = strings.Split("account number,american express,amex,bank card,c card,card,cc #,ccn,check card,cred card,credit,credit card,credit cards,credit no,credit num,dankort,debit,debit card,debit no,debit num,diners club,discover,electron,japanese card bureau,jcb,mastercard,mc,pan,payment account number,payment card number,pcn,pmnt #,pmnt card,pmnt no,pmnt number,union pay,visa", ",")
	driverKeywords = strings.Split("dl#,dl:,dlno#,driver licence,driver licences,driver license,driver licenses,driver permit,drivers lic.,drivers licence,driver's licence,drivers license,driver's license,drivers licenses,driver's licenses,drivers permit,driver's permit,drivers permit number,driving licence,driving license,driving permit", ",")
	phoneKeywords  = strings.Split("cell,contact,fax,fax number,mobile,phone,phone number,tel,telephone,telephone number", ",")
)

var managed = []managedIdentifier{
	{"AWS_CREDENTIALS", credentials, regexp.MustCompile(`(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`), notExampleSecret,
		[]string{"aws_secret_access_key", "credentials", "secret access key", "secret key", "set-awscredential"}, false},
	{"OPENSSH_PRIVATE_KEY", credentials,
		regexp.MustCompile(`-----BEGIN OPENSSH PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END OPENSSH PRIVATE KEY-----`), nil, nil, false},
	{"CREDIT_CARD_NUMBER", financial, cardNumber, validCard, cardKeywords, false},
	{"CREDIT_CARD_NUMBER_(NO_KEYWORD)", financial, cardNumber, validCard, cardKeywords, true},
	{"DATE_OF_BIRTH", personal, regexp.MustCompile(`\b\d{1,4}[-/ ]\d{1,2}[-/ ]\d{1,4}\b`), nil,
		[]string{"bday", "b-day", "birth date", "birthday", "date of birth", "dob"}, false},
	{"DRIVERS_LICENSE", personal, regexp.MustCompile(`\b[A-Z]\d{7,8}\b`), nil, driverKeywords, false},
	{"PHONE_NUMBER", personal, regexp.MustCompile(`\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b`), nil, phoneKeywords, false},
	{"USA_PASSPORT_NUMBER", personal, regexp.MustCompile(`\b(?:[A-Z]\d{8}|\d{9})\b`), nil, []string{"passport", "travel document"}, false},
	{"USA_SOCIAL_SECURITY_NUMBER", personal, regexp.MustCompile(`\b(?:\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{9})\b`), validSSN,
		[]string{"social security", "ss#", "ssn"}, false},
}

// keywordDistance is how many characters may lie between a keyword, before or
// behind, and what a managed identifier finds: "the keyword typically has to be
// within 30 characters (inclusively) of the data" ("Keyword requirements for
// managed data identifiers" in the user guide).
const keywordDistance = 30

func (m managedIdentifier) matches(text, folded string) []span {
	var found []span
	if len(m.keywords) > 0 && !m.unless && !slices.ContainsFunc(m.keywords, func(k string) bool { return strings.Contains(folded, k) }) {
		return nil // the usual case, and much cheaper than the pattern
	}
	for _, at := range m.spans(text) {
		if m.valid != nil && !m.valid(text[at.start:at.end]) {
			continue
		}
		if len(m.keywords) == 0 || m.near(folded, at) != m.unless {
			found = append(found, at)
		}
	}
	return found
}

func (m managedIdentifier) spans(text string) []span {
	var found []span
	for from := 0; from <= len(text); {
		at := m.regex.FindStringSubmatchIndex(text[from:])
		if at == nil {
			break
		}
		at = at[len(at)-2:]
		found = append(found, span{from + at[0], from + at[1]})
		from += max(at[1], 1)
	}
	return found
}

// near reports whether a keyword ends or begins within the distance. A keyword is
// a word: the one in "company" is not "pan".
func (m managedIdentifier) near(folded string, at span) bool {
	before := at.start - len(lastRunes(folded[:at.start], keywordDistance))
	after := at.end + len(firstRunes(folded[at.end:], keywordDistance))
	return slices.ContainsFunc(m.keywords, func(keyword string) bool {
		for from := max(0, before-len(keyword)); ; from++ {
			i := strings.Index(folded[from:], keyword)
			if i < 0 || from+i > after {
				return false
			}
			from += i
			begin, end := from, from+len(keyword)
			isNear := end <= at.start && end >= before || begin >= at.end && begin <= after
			if isNear && isWord(folded, begin, end) {
				return true
			}
		}
	})
}

// isWord reports whether what stands between two places is no part of a longer
// word.
func isWord(text string, start, end int) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	first, _ := utf8.DecodeRuneInString(text[start:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !(letter(first) && letter(before)) && !(letter(last) && unicode.IsLetter(after))
}

func lastRunes(text string, n int) string {
	i := len(text)
	for ; i > 0 && n > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}
	return text[i:]
}

func firstRunes(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// testCards are numbers that issuers keep for tests, which Macie does not report.
var testCards = strings.Fields(`122000000000003 2222405343248877 2222990905257051 2223007648726984 2223577120017656
	30569309025904 34343434343434 3528000700000000 3530111333300000 3566002020360505 36148900647913 36700102000000
	371449635398431 378282246310005 378734493671000 38520000023237 4012888888881881 4111111111111111 4222222222222
	4444333322221111 4462030000000000 4484070000000000 4911830000000 4917300800000000 4917610000000000
	4917610000000000003 5019717010103742 5105105105105100 5111010030175156 5185540810000019 5200828282828210
	5204230080000017 5204740009900014 5420923878724339 5454545454545454 5455330760000018 5506900490000436
	5506900490000444 5506900510000234 5506920809243667 5506922400634930 5506927427317625 5553042241984105
	5555553753048194 5555555555554444 5610591081018250 6011000990139424 6011000400000000 6011111111111117
	630490017740292441 630495060000000000 6331101999990016 6759649826438453 6799990100000000019 76009244561`)

// validCard checks the sum (Luhn) and the first digit: 2 to 6 are the issuers that
// Macie knows.
func validCard(text string) bool {
	digits := digitsOf(text)
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0 && digits[0] >= '2' && digits[0] <= '6' && !slices.Contains(testCards, digits)
}

// validSSN follows "Social Security Number Randomization": no number begins with
// 000, 666 or 9, and no part is all zeros.
func validSSN(text string) bool {
	digits := digitsOf(text)
	area, group, serial := digits[:3], digits[3:5], digits[5:]
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

func notExampleSecret(text string) bool {
	return text != "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" && text != "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}
