package pii

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// Examples that the IBAN registry and ISO 13616 give.
var testIBANs = strings.Fields(`
AD1200012030200359100100 AE070331234567890123456 AL47212110090000000235698741 AT611904300234573201 AZ21NABZ00000000137010001944
BA391290079401028494 BE68539007547034 BG80BNBG96611020345678 BH67BMAG00001299123456 BR1800360305000010009795493C1 BY13NBRB3600900000002Z00AB00
CH9300762011623852957 CR05015202001026284066 CY17002001280000001200527600 CZ6508000000192000145399 DE89370400440532013000
DK5000400440116243 DO28BAGR00000001212453611324 EE382200221020145685 EG380019000500000000263180002 ES9121000418450200051332
FI2112345600000785 FO6264600001631634 FR1420041010050500013M02606 GB29NWBK60161331926819 GE29NB0000000101904917 GI75NWBK000000007099453
GL8964710001000206 GR1601101250000000012300695 GT82TRAJ01020000001210029690 HR1210010051863000160 HU42117730161111101800000000
IE29AIBK93115212345678 IL620108000000099999999 IQ98NBIQ850123456789012 IS140159260076545510730339 IT60X0542811101000000123456
JO94CBJO0010000000000131000302 KW81CBKU0000000000001234560101 KZ86125KZT5004100100 LB62099900000001001901229114 LC55HEMM000100010012001200023015
LI21088100002324013AA LT121000011101001000 LU280019400644750000 LV80BANK0000435195001 MC5811222000010123456789030 MD24AG000225100013104168
ME25505000012345678951 MK07250120000058984 MR1300020001010000123456753 MT84MALT011000012345MTLCAST001S MU17BOMM0101101030300200000MUR
NL91ABNA0417164300 NO9386011117947 PK36SCBL0000001123456702 PL61109010140000071219812874 PS92PALS000000000400123456702 PT50000201231234567890154
QA58DOHB00001234567890ABCDEFG RO49AAAA1B31007593840000 RS35260005601001611379 SA0380000000608010167519 SC18SSCB11010000000000001497USD
SE4550000000058398257466 SI56263300012039086 SK3112000000198742637541 SM86U0322509800000000270100 ST68000100010051845310112 SV62CENR00000000000000700025
TL380080012345678910157 TN5910006035183598478831 TR330006100519786457841326 UA213223130000026007233566001 VA59001123000012345678
VG96VPVG0000012345678901 XK051212012345678906
`)

func TestRegistryExamples(t *testing.T) {
	for _, number := range testIBANs {
		var groups []string
		for part := range slices.Chunk([]byte(number), 4) {
			groups = append(groups, string(part))
		}
		printed := strings.Join(groups, " ")
		for _, text := range []string{number, printed, strings.ToLower(number), strings.ToLower(printed)} {
			if got, want := found("to "+text+", please"), `IBAN "`+text+`"`; got != want {
				t.Errorf("%s: got %s", text, got)
			}
		}
	}
}

// TestEveryCountry makes a number of each country in the registry, and makes it
// wrong.
func TestEveryCountry(t *testing.T) {
	for _, country := range slices.Sorted(maps.Keys(ibans)) {
		var account strings.Builder
		for structure := ibans[country]; structure != ""; {
			var n int
			var class string
			if _, err := fmt.Sscanf(structure, "%d%1s", &n, &class); err != nil || n < 1 || !strings.Contains("nac", class) {
				t.Fatalf("%s: %q: %v", country, structure, err)
			}
			account.WriteString(strings.Repeat(map[string]string{"n": "7", "a": "Q", "c": "K"}[class], n))
			structure = structure[len(fmt.Sprint(n))+1:]
		}
		right := 0
		for check := range 100 {
			number := fmt.Sprintf("%s%02d%s", country, check, account.String())
			if len(number) < 15 || len(number) > 34 {
				t.Fatalf("%s has %d characters", number, len(number))
			}
			if found(number) != "" {
				right++
				if !naiveIBAN(number) || check < 2 || check > 98 {
					t.Errorf("%s was found", number)
				}
				for _, wrong := range []string{number[:len(number)-1], number + "7", number[:4] + "?" + number[5:]} {
					if strings.Contains(found(wrong), "IBAN") {
						t.Errorf("%s: got %s", wrong, found(wrong))
					}
				}
			}
		}
		if right != 1 {
			t.Errorf("%s: %d check digits are right", country, right)
		}
	}
}

func TestIBANs(t *testing.T) {
	iban := func(text string) string { return `IBAN "` + text + `"` }
	run(t, []textTest{
		{"groups otherwise", "DE 89 370400440532 013000", iban("DE 89 370400440532 013000")},
		{"two blanks", "DE89  370400440532013000", ""},
		{"hyphens", "DE89-3704-0044-0532-0130-00", ""},
		{"a word behind", "DE89 3704 0044 0532 0130 00 COBADEFF", iban("DE89 3704 0044 0532 0130 00")},
		{"behind a label", "IBAN:DE89370400440532013000", iban("DE89370400440532013000")},
		{"run together", "IBANDE89370400440532013000", ""},
		{"wrong check digits", "DE88370400440532013000", ""},
		{"two digits changed places", "DE89370400445032013000", ""},
		{"a letter where a digit belongs", "DE8937040044053201300O", ""},
		{"no country of the registry", "US89370400440532013000", ""},
		{"cut off", "DE89 3704 0044", ""},
		{"two letters", "DE", ""},
		{"prose", "at 12 people were in 20 towns de 10 no 33 is 44", ""},
		{"with the digits of a card in it", "AD21 0000 4111 1111 1111 1111", found("AD21 0000 4111 1111 1111 1111")},
	})
}

// naiveIBAN writes letters as numbers and divides, as ISO 13616 says it.
func naiveIBAN(number string) bool {
	var b strings.Builder
	for _, r := range number[4:] + number[:4] {
		if r >= 'A' {
			fmt.Fprint(&b, r-'A'+10)
		} else {
			b.WriteRune(r)
		}
	}
	n, ok := new(big.Int).SetString(b.String(), 10)
	return ok && new(big.Int).Mod(n, big.NewInt(97)).Int64() == 1
}
