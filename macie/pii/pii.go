// Package pii finds a few kinds of sensitive data in text by their shape and their
// check digits: card numbers, IBANs, US Social Security numbers, Singapore NRIC
// numbers, e-mail addresses and phone numbers.
//
// It is no replacement for Amazon Macie. It serves examples that run without an
// account, tests, and a quick look before a scan is paid for. Macie knows some
// hundred types, takes words nearby into account and is kept up by AWS; what this
// package does not find can be there, and a number that passes its checks need not
// be what it looks like.
//
// It imports no AWS SDK.
package pii

import (
	"cmp"
	"slices"
)

// A Type is a kind of sensitive data. Those that Macie reports, too, have the name
// that it reports.
type Type string

// The types that Find knows.
const (
	CreditCard    Type = "CREDIT_CARD_NUMBER"
	IBAN          Type = "IBAN"
	USSSN         Type = "USA_SOCIAL_SECURITY_NUMBER"
	SingaporeNRIC Type = "SINGAPORE_NRIC"
	Email         Type = "EMAIL_ADDRESS"
	Phone         Type = "PHONE_NUMBER"
)

// String returns the name.
func (t Type) String() string { return string(t) }

// Category returns the name that Macie has for the category of the type:
// FINANCIAL_INFORMATION or PERSONAL_INFORMATION.
func (t Type) Category() string {
	if t == CreditCard || t == IBAN {
		return "FINANCIAL_INFORMATION"
	}
	return "PERSONAL_INFORMATION"
}

// certainty orders the types by how hard it is to pass their checks by accident.
func (t Type) certainty() int {
	return slices.Index([]Type{Phone, Email, USSSN, SingaporeNRIC, CreditCard, IBAN}, t)
}

// A Match is a part of a text.
type Match struct {
	Type  Type `json:"type"`
	Start int  `json:"start"` // its first byte
	End   int  `json:"end"`   // the byte after its last
}

// Find returns the sensitive data in a text, in order. Matches do not overlap: of
// two that would, the longer is returned, or of two as long the one whose checks
// are harder to pass by accident. A match is within one line, and is no part of a
// longer word or number.
//
// The time is linear in the length of the text, whatever it holds: what begins at a
// character, or is around an @, is looked for in the next few hundred bytes, and
// each search there is a single pass.
func Find(text string) []Match {
	var all []Match
	for i := range len(text) {
		for _, f := range findersAt(text[i]) {
			if start, end := f.find(text, i); start < end {
				all = append(all, Match{f.of, start, end})
			}
		}
	}
	return apart(all, len(text))
}

// A finder finds what begins at byte i of a text, or is around it, as start and
// end; they are equal if there is nothing.
type finder struct {
	of   Type
	find func(text string, i int) (start, end int)
}

var (
	ofDigit  = []finder{{CreditCard, card}, {USSSN, ssn}}
	ofLetter = []finder{{IBAN, iban}, {SingaporeNRIC, nric}}
	ofPlus   = []finder{{Phone, internationalPhone}}
	ofParen  = []finder{{Phone, usPhone}}
	ofAt     = []finder{{Email, email}}
)

func findersAt(c byte) []finder {
	switch {
	case digit(c):
		return ofDigit
	case letter(c):
		return ofLetter
	case c == '+':
		return ofPlus
	case c == '(':
		return ofParen
	case c == '@':
		return ofAt
	}
	return nil
}

// apart leaves out matches that overlap with better ones. A match that was kept is
// at least as long as those that come after it, so it is enough to look at the ends
// of these.
func apart(all []Match, size int) []Match {
	if len(all) < 2 {
		return all
	}
	slices.SortFunc(all, func(a, b Match) int {
		return cmp.Or(cmp.Compare(b.End-b.Start, a.End-a.Start), cmp.Compare(b.Type.certainty(), a.Type.certainty()), cmp.Compare(a.Start, b.Start))
	})
	taken := make([]bool, size)
	kept := all[:0]
	for _, m := range all {
		if taken[m.Start] || taken[m.End-1] {
			continue
		}
		for i := m.Start; i < m.End; i++ {
			taken[i] = true
		}
		kept = append(kept, m)
	}
	slices.SortFunc(kept, func(a, b Match) int { return cmp.Compare(a.Start, b.Start) })
	return kept
}
