package pii

import (
	"strings"
	"testing"
)

func TestEmail(t *testing.T) {
	email := func(text string) string { return `EMAIL_ADDRESS "` + text + `"` }
	label, local := strings.Repeat("a", 63), strings.Repeat("b", 64)
	long := strings.Repeat("a.", 125) + "com" // 253
	run(t, []textTest{
		{"plain", "write to jo@example.com.", email("jo@example.com")},
		{"in brackets", "<jo.tan+tag@mail.example.co.uk>", email("jo.tan+tag@mail.example.co.uk")},
		{"in quotes", "'jo@example.com'", email("jo@example.com")},
		{"an apostrophe", "jo.o'neil@example.com", email("jo.o'neil@example.com")},
		{"signs", "a_b-c%d@e-f.org", email("a_b-c%d@e-f.org")},
		{"underscores", "_jo_tan_@example.com __@example.com", email("jo_tan_@example.com")},
		{"on the line of a form", "E-mail:" + strings.Repeat("_", 80) + "jo@example.com", email("jo@example.com")},
		{"other scripts", "jürgen@müller.de 用户@例子.中国", email("jürgen@müller.de") + ", " + email("用户@例子.中国")},
		{"combining marks", "jose\u0301@example.com", email("jose\u0301@example.com")},
		{"Punycode", "jo@example.xn--p1ai JO@EXAMPLE.XN--P1AI", email("jo@example.xn--p1ai") + ", " + email("JO@EXAMPLE.XN--P1AI")},
		{"marks at the end", "jo@example.भारत", email("jo@example.भारत")},
		{"behind points", "see...jo@example.com", email("jo@example.com")},
		{"behind a sign", "-jo@example.com +jo@example.com", email("jo@example.com") + ", " + email("jo@example.com")},
		{"points behind", "jo@example.com...", email("jo@example.com")},
		{"a number behind", "jo@example.com.5", email("jo@example.com")},
		{"a hyphen behind", "jo@example.com-", email("jo@example.com")},
		{"a path behind", "jo@example.com/path", email("jo@example.com")},
		{"a word with an underscore behind", "jo@example.com_old", ""},
		{"longest parts", local + "@" + label + ".com", email(local + "@" + label + ".com")},
		{"local part too long", "b" + local + "@example.com", ""},
		{"label too long", "jo@a" + label + ".com", ""},
		{"longest domain", "jo@" + long, email("jo@" + long)},
		{"domain too long", "jo@" + long + "a", ""},
		{"one label", "jo@localhost", ""},
		{"an address in numbers", "jo@127.0.0.1", ""},
		{"one letter at the end", "jo@example.c", ""},
		{"digits at the end", "jo@example.c0m", ""},
		{"empty label", "jo@example..com jo@.com", ""},
		{"hyphens at the edges", "jo@-example.com jo@example-.com", ""},
		{"point before the @", "jo.@example.com", ""},
		{"nothing before the @", "@example.com -@example.com", ""},
		{"a handle", "@jo at home", ""},
		{"a blank", "jo @example.com jo@ example.com", ""},
	})
}

func TestPhone(t *testing.T) {
	phone := func(text string) string { return `PHONE_NUMBER "` + text + `"` }
	run(t, []textTest{
		{"together", "+6561234567", phone("+6561234567")},
		{"blanks", "Tel. +65 6123 4567", phone("+65 6123 4567")},
		{"hyphens and points", "+49-30-123456 +33.123.456.789", phone("+49-30-123456") + ", " + phone("+33.123.456.789")},
		{"areas of one digit", "+33 1 23 45 67 89, +353 (1) 234 5678, +81-3-1234-5678", phone("+33 1 23 45 67 89") + ", " + phone("+353 (1) 234 5678") + ", " + phone("+81-3-1234-5678")},
		{"parentheses", "+49 (30) 123456", phone("+49 (30) 123456")},
		{"a trunk zero", "+44 (0)20 7946 0958, +44(0)2079460958", phone("+44 (0)20 7946 0958") + ", " + phone("+44(0)2079460958")},
		{"code in parentheses", "(+65) 6123 4567", phone("(+65) 6123 4567")},
		{"a code with parentheses behind it", "(+49 30) 123456, (+49 (30) 123456), (+2010)000000", phone("+49 (30) 123456")},
		{"a trunk zero in parentheses", "(+44 (0)20 7946 0958)", phone("+44 (0)20 7946 0958")},
		{"all in parentheses", "(+65 6123 4567)", phone("+65 6123 4567")},
		{"North America", "+1 415 555 2671, +1 (415) 555-2671, +14155552671", phone("+1 415 555 2671") + ", " + phone("+1 (415) 555-2671") + ", " + phone("+14155552671")},
		{"behind a label", "tel:+6561234567", phone("+6561234567")},
		{"15 digits", "+491234567890123", phone("+491234567890123")},
		{"16 digits", "+4912345678901234", ""},
		{"16 digits in groups", "+49 1234 5678 9012 34", phone("+49 1234 5678 9012")},
		{"too short", "+65 61 234 +6561234", ""},
		{"shortest", "+65 61 2345", phone("+65 61 2345")},
		{"a blank in parentheses", "+49 (30 12) 34567", phone("+49 (30 12) 34567")},
		{"two trunk zeros", "+44 (0)20 7946 (0)0958", phone("+44 (0)20 7946")},
		{"two that close", "+49 (30) 1234) 5678", phone("+49 (30) 1234")},
		{"North America with other lengths", "+1 415 555 267 +1415555267199", ""},
		{"no country code", "+21 is one, +28 123 456 78 and +99 123 456 78 and +09 123 456 78", phone("+99 123 456 78")},
		{"one-digit groups", "+49 1 2 3 4 5 6 7 8", ""},
		{"an amount", "+20 000 000 +49 000 000", ""},
		{"a sum", "a+6561234567 1+6561234567 ++6561234567", ""},
		{"part of a word", "+6561234567a", ""},
		{"a parenthesis that was not opened", "+65) 6123 4567", ""},
		{"US", "(415) 555-2671", phone("(415) 555-2671")},
		{"US without a blank", "call (415)555.2671!", phone("(415)555.2671")},
		{"US, a word before", "tel(415) 555 2671", phone("(415) 555 2671")},
		{"US, wrong area", "(115) 555-2671 (015) 555-2671 (411) 555-2671", ""},
		{"US, wrong exchange", "(415) 155-2671 (415) 911-2671", ""},
		{"US, longer", "(415) 555-26711 (415) 555-2671-1 1(415) 555-2671 (4155) 555-2671", ""},
		{"US, cut off", "(415) 555- (415)", ""},
		{"digits alone", "61234567 4155552671 415-555-2671", ""},
	})
}
