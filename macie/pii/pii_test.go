package pii

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// found renders what Find finds as it reads.
func found(text string) string {
	var parts []string
	for _, m := range Find(text) {
		parts = append(parts, fmt.Sprintf("%s %q", m.Type, text[m.Start:m.End]))
	}
	return strings.Join(parts, ", ")
}

type textTest struct{ name, text, want string }

func run(t *testing.T, tests []textTest) {
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := found(test.text); got != test.want {
				t.Errorf("%q: got %s, want %s", test.text, got, test.want)
			}
		})
	}
}

func TestFind(t *testing.T) {
	run(t, []textTest{
		{"nothing", "", ""},
		{"prose", "The quick brown fox is 42 (forty-two) + 1 @ home.", ""},
		{"several on a line", "S1234567D, jo@example.com, +65 6123 4567, 4111111111111111",
			`SINGAPORE_NRIC "S1234567D", EMAIL_ADDRESS "jo@example.com", PHONE_NUMBER "+65 6123 4567", CREDIT_CARD_NUMBER "4111111111111111"`},
		{"not across lines", "4111 1111\n1111 1111 123-45\n-6789 +65\n61234567 jo@\nexample.com", ""},
		{"in an address", "+6561234567@sms.example.com", `EMAIL_ADDRESS "6561234567@sms.example.com"`},
		{"two addresses run together", "jo@example.com@example.net", `EMAIL_ADDRESS "example.com@example.net"`},
		{"other scripts around", "卡4111111111111111 卡 4111111111111111。", `CREDIT_CARD_NUMBER "4111111111111111"`},
		{"invalid UTF-8 around", "\xff4111111111111111\xff", `CREDIT_CARD_NUMBER "4111111111111111"`},
	})
}

func TestTypes(t *testing.T) {
	financial := []Type{CreditCard, IBAN}
	for _, of := range []Type{CreditCard, IBAN, USSSN, SingaporeNRIC, Email, Phone} {
		want := "PERSONAL_INFORMATION"
		if slices.Contains(financial, of) {
			want = "FINANCIAL_INFORMATION"
		}
		if of.Category() != want {
			t.Errorf("%v is %s", of, of.Category())
		}
		if of.certainty() < 0 {
			t.Errorf("%v has no place in the order", of)
		}
	}
	got, err := json.Marshal(Find("SSN 123-45-6789"))
	if want := `[{"type":"USA_SOCIAL_SECURITY_NUMBER","start":4,"end":15}]`; err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestApart(t *testing.T) {
	tests := []struct {
		name      string
		all, want []Match
	}{
		{"none", nil, nil},
		{"one", []Match{{Phone, 1, 5}}, []Match{{Phone, 1, 5}}},
		{"beside each other", []Match{{Phone, 5, 9}, {Email, 1, 5}}, []Match{{Email, 1, 5}, {Phone, 5, 9}}},
		{"the longer", []Match{{IBAN, 1, 5}, {Phone, 2, 9}}, []Match{{Phone, 2, 9}}},
		{"one in another", []Match{{IBAN, 3, 5}, {Phone, 2, 9}}, []Match{{Phone, 2, 9}}},
		{"the surer of two as long", []Match{{Phone, 1, 5}, {USSSN, 1, 5}}, []Match{{USSSN, 1, 5}}},
		{"the first of two alike", []Match{{Phone, 3, 7}, {Phone, 1, 5}}, []Match{{Phone, 1, 5}}},
		{"what one that is left out overlapped stays", []Match{{Phone, 0, 4}, {Phone, 3, 8}, {Phone, 7, 13}}, []Match{{Phone, 0, 4}, {Phone, 7, 13}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := apart(slices.Clone(test.all), 20); !slices.Equal(got, test.want) {
				t.Errorf("got %v", got)
			}
		})
	}
}

// hostile are texts of a size that make each finder begin as often as it can.
func hostile(size int) map[string]string {
	texts := map[string]string{}
	for name, part := range map[string]string{
		"digits": "4", "ats": "@", "letters": "A", "addresses without end": "a@", "labels": "a.", "at labels": "@a.a.a.",
		"pluses": "+", "groups": "4111 ", "hyphens": "4111-", "plus groups": "+49 12 ", "countries": "DE89 ", "wide": "é", "parens": "(415) ",
		"nric": "S1234567 ", "one-digit groups": "1 1-", "broken": "\xff", "marks": "́",
		"addresses": "a@b.co ", "cards": "4111111111111111 ", "local parts": ".a-b+c_d%e'f",
	} {
		texts[name] = strings.Repeat(part, size/len(part))
	}
	return texts
}

// TestHostile is there to end: a search that is not linear would take minutes.
func TestHostile(t *testing.T) {
	const size = 1 << 18
	for name, text := range hostile(size) {
		t.Run(name, func(t *testing.T) {
			matches := len(Find(text))
			want := map[string]int{"addresses": size / 7, "cards": size / 17}[name]
			if matches < want || want == 0 && name != "local parts" && matches > 0 {
				t.Errorf("got %d matches, want %d", matches, want)
			}
		})
	}
}

// TestFindersLookNearby is why the time is linear: no finder needs more than the 100
// bytes before and the 400 behind the byte that it begins at.
func TestFindersLookNearby(t *testing.T) {
	const before, behind = 100, 400
	texts := hostile(1 << 12)
	texts["domains"] = strings.Repeat("x"+strings.Repeat("-a.", 90)+"jo@"+strings.Repeat("a.", 130)+"com ", 10)
	texts["long numbers"] = strings.Repeat("+49 (0) 30 12 34 56 78 90 12 LC55 H E M M 0 0 0 1 0 0 0 1 0 0 1 2 0 0 1 2 0 0 0 2 3 0 1 5 6205 5000 0000 0000 004 ", 40)
	for name, text := range texts {
		for i := range len(text) {
			from, to := max(0, i-before), min(len(text), i+behind)
			for _, f := range findersAt(text[i]) {
				start, end := f.find(text, i)
				near, nearEnd := f.find(text[from:to], i-from)
				if start != near+from || end != nearEnd+from {
					t.Fatalf("%s: %v at %d: %d to %d in the text, %d to %d nearby", name, f.of, i, start, end, near+from, nearEnd+from)
				}
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{
		"4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00", "123-45-6789", "S1234567D", "jo@example.com", "+65 6123 4567", "(415) 555-2671",
		"(+44 (0)20 7946 0958)", "é@é.éé", "a..b@c..d", "\xff@\xff", "+1-800-555-0199@x.yz-", "GB33BUKB20201555555555@x.org",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		end := 0
		for _, m := range Find(text) {
			if m.Start < end || m.End <= m.Start || m.End > len(text) {
				t.Fatalf("%v after %d in %q", m, end, text)
			}
			end = m.End
			part := text[m.Start:m.End]
			if strings.ContainsAny(part, "\n\r\t") {
				t.Errorf("%q is not within a line", part)
			}
			again := Find(part)
			if len(again) != 1 || again[0] != (Match{m.Type, 0, len(part)}) {
				t.Errorf("%v %q alone is %v", m.Type, part, again)
			}
			if !plausible(m.Type, part) {
				t.Errorf("%q is no %v", part, m.Type)
			}
		}
	})
}

// plausible checks a match by other means than the finders.
func plausible(of Type, text string) bool {
	switch of {
	case CreditCard:
		number := strings.NewReplacer(" ", "", "-", "").Replace(text)
		return len(number) >= 13 && len(number) <= 19 && naiveLuhn(number)
	case IBAN:
		return naiveIBAN(strings.ToUpper(strings.ReplaceAll(text, " ", "")))
	case USSSN:
		return len(text) == 11 && text[3] == text[6] && strings.Count(text, text[3:4]) == 2
	case SingaporeNRIC:
		return naiveNRIC(strings.ToUpper(text[:8])) == strings.ToUpper(text[8:])
	case Email:
		local, domain, ok := strings.Cut(text, "@")
		return ok && local != "" && len(local) <= 64 && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@ _") && len(domain) <= 253
	case Phone:
		n := 0
		for i := range len(text) {
			if digit(text[i]) {
				n++
			}
		}
		return n >= 8 && n <= 15+1 // and perhaps a (0)
	}
	return false
}

func BenchmarkFind(b *testing.B) {
	prose := strings.Repeat("Invoice 2026-11-05 for Jo Tan, S1234567D, of 10 High Street: 120.50 EUR to DE89 3704 0044 0532 0130 00, card 4111 1111 1111 1111.\n", 8192)
	texts := hostile(1 << 20)
	texts["prose"] = prose
	for name, text := range hostile(1 << 22) {
		texts[name+" x4"] = text
	}
	for _, name := range slices.Sorted(keys(texts)) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(texts[name])))
			b.ReportAllocs()
			for b.Loop() {
				Find(texts[name])
			}
		})
	}
}

func keys(texts map[string]string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name := range texts {
			if !yield(name) {
				return
			}
		}
	}
}
