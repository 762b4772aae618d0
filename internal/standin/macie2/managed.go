package macie2

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/macie2/types"
)

// A managedIdentifier is one of Macie's own. IDs, categories, keywords and the
// texts that are never reported are those of "Managed data identifiers for PII",
// "… for financial information" and "… for credentials" in the user guide; the
// patterns are ours. Macie's are not published and see more.
type managedIdentifier struct {
	id          string
	category    types.SensitiveDataItemCategory
	recommended bool
	regex       *regexp.Regexp
	valid       func(match string) bool
	keywords    []string // one of which has to be near, if there are any
	unless      bool     // finds what has none of the keywords near
}

const (
	financial   = types.SensitiveDataItemCategoryFinancialInformation
	personal    = types.SensitiveDataItemCategoryPersonalInformation
	credentials = types.SensitiveDataItemCategoryCredentials
)

var (
	cardNumber     = regexp.MustCompile(`\b\d(?:[ -]?\d){12,18}\b`)
	cardKeywords   = strings.Split("account number,american express,amex,bank card,c card,card,cc #,ccn,check card,cred card,credit,credit card,debit,debit card,dankort,diners club,discover,electron,japanese card bureau,jcb,mastercard,mc,pan,payment account number,payment card number,pcn,pmnt card,union pay,visa", ",")
	driverKeywords = strings.Split("dl#,dl:,dlno#,driver licence,driver license,driver permit,drivers lic.,drivers licence,driver's licence,drivers license,driver's license,drivers permit,driver's permit,driving licence,driving license,driving permit", ",")
)

// managed are the identifiers that this stand-in can look for.
var managed = []managedIdentifier{
	{id: "AWS_CREDENTIALS", category: credentials, recommended: true,
		regex: regexp.MustCompile(`(?:^|[^A-Za-z0-9/+=])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`), valid: notExampleSecret,
		keywords: []string{"aws_secret_access_key", "credentials", "secret access key", "secret key", "set-awscredential"}},
	{id: "OPENSSH_PRIVATE_KEY", category: credentials, recommended: true,
		regex: regexp.MustCompile(`-----BEGIN OPENSSH PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END OPENSSH PRIVATE KEY-----`)},
	{id: "CREDIT_CARD_NUMBER", category: financial, recommended: true, regex: cardNumber, valid: validCard, keywords: cardKeywords},
	{id: "CREDIT_CARD_NUMBER_(NO_KEYWORD)", category: financial, regex: cardNumber, valid: validCard, keywords: cardKeywords, unless: true},
	{id: "DATE_OF_BIRTH", category: personal,
		regex:    regexp.MustCompile(`\b\d{1,4}[-/ ]\d{1,2}[-/ ]\d{1,4}\b`),
		keywords: []string{"bday", "b-day", "birth date", "birthday", "date of birth", "dob"}},
	{id: "DRIVERS_LICENSE", category: personal, recommended: true,
		regex: regexp.MustCompile(`\b[A-Z]\d{7,8}\b`), keywords: driverKeywords},
	{id: "PHONE_NUMBER", category: personal,
		regex:    regexp.MustCompile(`\(?\b\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b`),
		keywords: []string{"cell", "contact", "fax", "mobile", "phone", "tel", "telephone"}},
	{id: "USA_PASSPORT_NUMBER", category: personal, recommended: true,
		regex: regexp.MustCompile(`\b[A-Z]?\d{8,9}\b`), valid: passportLength, keywords: []string{"passport", "travel document"}},
	{id: "USA_SOCIAL_SECURITY_NUMBER", category: personal, recommended: true,
		regex: regexp.MustCompile(`\b\d{3}([- ]?)\d{2}([- ]?)\d{4}\b`), valid: validSSN, keywords: []string{"social security", "ss#", "ssn"}},
}

// known are identifiers that a job may name, and that this stand-in does not look
// for: only [Service.AddOccurrence] finds them. The user guide has more.
var known = map[types.SensitiveDataItemCategory][]string{
	credentials: {"HTTP_BASIC_AUTH_HEADER", "PGP_PRIVATE_KEY", "PKCS", "PUTTY_PRIVATE_KEY", "GCP_API_KEY", "JSON_WEB_TOKEN", "STRIPE_CREDENTIALS"},
	financial:   {"CREDIT_CARD_MAGNETIC_STRIPE", "CREDIT_CARD_EXPIRATION", "CREDIT_CARD_SECURITY_CODE", "BANK_ACCOUNT_NUMBER", "UK_BANK_ACCOUNT_NUMBER", "GERMANY_BANK_ACCOUNT_NUMBER"},
	personal: {"ADDRESS", "NAME", "LATITUDE_LONGITUDE", "HTTP_COOKIE", "CANADA_DRIVERS_LICENSE", "UK_DRIVERS_LICENSE",
		"UK_ELECTORAL_ROLL_NUMBER", "FRANCE_NATIONAL_IDENTIFICATION_NUMBER", "GERMANY_NATIONAL_IDENTIFICATION_NUMBER",
		"ITALY_NATIONAL_IDENTIFICATION_NUMBER", "SPAIN_DNI_NUMBER", "UK_NATIONAL_INSURANCE_NUMBER", "CANADA_PASSPORT_NUMBER",
		"FRANCE_PASSPORT_NUMBER", "GERMANY_PASSPORT_NUMBER", "ITALY_PASSPORT_NUMBER", "SPAIN_PASSPORT_NUMBER", "UK_PASSPORT_NUMBER",
		"CANADA_SOCIAL_INSURANCE_NUMBER", "SPAIN_SOCIAL_SECURITY_NUMBER", "AUSTRALIA_TAX_FILE_NUMBER", "BRAZIL_CPF_NUMBER",
		"FRANCE_TAX_IDENTIFICATION_NUMBER", "GERMANY_TAX_IDENTIFICATION_NUMBER", "SPAIN_NIE_NUMBER", "SPAIN_NIF_NUMBER",
		"SPAIN_TAX_IDENTIFICATION_NUMBER", "USA_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER", "VEHICLE_IDENTIFICATION_NUMBER"},
}

// notRecommended are those of known that the recommended set has not.
var notRecommended = []string{"GCP_API_KEY", "JSON_WEB_TOKEN", "STRIPE_CREDENTIALS", "CREDIT_CARD_EXPIRATION",
	"CREDIT_CARD_SECURITY_CODE", "BANK_ACCOUNT_NUMBER", "UK_BANK_ACCOUNT_NUMBER", "GERMANY_BANK_ACCOUNT_NUMBER", "ADDRESS", "NAME",
	"LATITUDE_LONGITUDE", "HTTP_COOKIE", "VEHICLE_IDENTIFICATION_NUMBER"}

// managedIDs are all that a job may name, in the order of their ids.
var managedIDs = func() []types.ManagedDataIdentifierSummary {
	var all []types.ManagedDataIdentifierSummary
	for _, m := range managed {
		all = append(all, types.ManagedDataIdentifierSummary{Id: aws.String(m.id), Category: m.category})
	}
	for category, ids := range known {
		for _, id := range ids {
			all = append(all, types.ManagedDataIdentifierSummary{Id: aws.String(id), Category: category})
		}
	}
	slices.SortFunc(all, func(a, b types.ManagedDataIdentifierSummary) int { return strings.Compare(*a.Id, *b.Id) })
	return all
}()

// usesManaged reports whether a job looks for what a managed identifier finds.
func (j *job) usesManaged(id string) bool {
	named := slices.Contains(j.in.ManagedDataIdentifierIds, id)
	switch j.in.ManagedDataIdentifierSelector {
	case types.ManagedDataIdentifierSelectorAll:
		return true
	case types.ManagedDataIdentifierSelectorExclude:
		return !named
	case types.ManagedDataIdentifierSelectorInclude:
		return named
	case types.ManagedDataIdentifierSelectorNone:
		return false
	}
	return isRecommended(id)
}

func isRecommended(id string) bool {
	for _, m := range managed {
		if m.id == id {
			return m.recommended
		}
	}
	return slices.ContainsFunc(managedIDs, func(m types.ManagedDataIdentifierSummary) bool { return *m.Id == id }) &&
		!slices.Contains(notRecommended, id)
}

// keywordDistance is how many characters may lie between a keyword, before or
// behind, and what a managed identifier finds ("Keyword requirements for managed
// data identifiers"; remembered, not read again).
const keywordDistance = 30

func (m managedIdentifier) matches(text string) []span {
	folded := fold(text)
	var found []span
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

// spans returns what the pattern matches: its group, if it has one that says so.
func (m managedIdentifier) spans(text string) []span {
	var found []span
	for from := 0; from <= len(text); {
		at := m.regex.FindStringSubmatchIndex(text[from:])
		if at == nil {
			break
		}
		start, end := from+at[0], from+at[1]
		if m.id == "AWS_CREDENTIALS" {
			start, end = from+at[2], from+at[3]
		}
		found = append(found, span{start, end})
		from = max(end, from+1)
	}
	return found
}

func (m managedIdentifier) near(folded string, at span) bool {
	before, after := lastRunes(folded[:at.start], keywordDistance), firstRunes(folded[at.end:], keywordDistance)
	return slices.ContainsFunc(m.keywords, func(keyword string) bool {
		// A keyword may begin further away, as long as its end is near.
		i := strings.LastIndex(folded[:at.start], keyword)
		return i >= 0 && at.start-(i+len(keyword)) <= len(before) || strings.Contains(after, keyword)
	})
}

func lastRunes(text string, n int) string {
	for i := len(text); ; n-- {
		if i == 0 || n == 0 {
			return text[i:]
		}
		_, size := utf8.DecodeLastRuneInString(text[:i])
		i -= size
	}
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

// testCards are numbers that issuers keep for tests. Macie does not report them;
// the user guide has the whole list.
var testCards = strings.Fields(`2222405343248877 30569309025904 34343434343434 3530111333300000 3566002020360505
	371449635398431 378282246310005 378734493671000 38520000023237 4012888888881881 4111111111111111 4222222222222
	4444333322221111 5105105105105100 5454545454545454 5555555555554444 6011000990139424 6011111111111117`)

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
	return sum%10 == 0 && strings.ContainsRune("3456", rune(digits[0])) && !slices.Contains(testCards, digits)
}

func validSSN(text string) bool {
	digits := digitsOf(text)
	if separators := len(text) - len(digits); separators != 0 && (separators != 2 || text[3] != text[6]) {
		return false
	}
	area, group, serial := digits[:3], digits[3:5], digits[5:]
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

func passportLength(text string) bool { return len(text) == 9 }

func notExampleSecret(text string) bool {
	return text != "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY" && text != "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
}

// severityOf is the score of so many occurrences of a type: 1 is low, 3 high, 0
// no finding ("Severity scoring for Macie findings").
func severityOf(kind string, count int) int64 {
	low := []string{"DATE_OF_BIRTH", "NAME", "ADDRESS", "PHONE_NUMBER", "HTTP_COOKIE", "CREDIT_CARD_EXPIRATION", "LATITUDE_LONGITUDE"}
	switch {
	case count == 0:
		return 0
	case slices.Contains(low, kind) || strings.HasSuffix(kind, "DRIVERS_LICENSE"):
		return steps(count, 1, 2, 3)
	case strings.HasSuffix(kind, "PASSPORT_NUMBER"), kind == "CREDIT_CARD_SECURITY_CODE":
		return steps(count, 2, 3, 3)
	case kind == "VEHICLE_IDENTIFICATION_NUMBER":
		return steps(count, 1, 1, 2)
	}
	return 3
}

// steps chooses by the number of occurrences: one, up to 99, more.
func steps(count int, one, some, many int64) int64 {
	switch {
	case count == 1:
		return one
	case count < 100:
		return some
	}
	return many
}
