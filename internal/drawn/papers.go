package drawn

import (
	"fmt"
	"strings"
)

// DrivingLicence is a driver license as states of the USA issue them. The state
// is invented.
func DrivingLicence() Document {
	s := newSheet(1200, 756, rgb(0xeef4f1))
	s.gradient(0, 0, 1200, 756, 0xe3f0ea, 0xf7f3e4)
	s.waves(0, 130, 1200, 600, 46, faint(0x2c7a5e, 70))
	s.rosette(930, 470, 210, 9, faint(0xb9812c, 90))
	s.rosette(930, 470, 120, 7, faint(0x2c7a5e, 90))
	s.rect(0, 0, 1200, 112, rgb(0x17573f))
	s.rect(0, 112, 1200, 8, rgb(0xd9a441))

	white, ink, red, soft := rgb(0xffffff), rgb(0x16211d), rgb(0xa3271f), rgb(0x3f5c51)
	s.text(46, 76, 50, bold, white, "CASCADIA")
	s.right(1154, 72, 36, bold, white, "DRIVER LICENSE")
	s.text(46, 178, 22, regular, soft, "SPECIMEN - Cascadia is not a state")
	s.portrait(46, 210, 300, 390, 0xc9d8e2, 0x2f4858)

	field := func(x, y, size float64, name, value string) {
		s.line(x, y, span{name, regular, 21, soft}, span{value, bold, size, ink})
	}
	s.line(390, 252, span{"4d", regular, 21, soft}, span{"DL#", bold, 32, red}, span{"D4829317", bold, 40, red})
	field(890, 252, 30, "9", "CLASS C")
	field(390, 318, 34, "1", "SAMPLE")
	field(390, 364, 34, "2", "ALEX MORGAN")
	field(390, 412, 28, "8", "2719 TAMARACK LANE")
	s.text(416, 448, 28, bold, ink, "PORT ALDER, CC 90417")
	s.line(390, 512, span{"3", regular, 21, soft}, span{"DOB", bold, 32, red}, span{"08/31/1987", bold, 36, red})
	field(390, 574, 28, "15", "SEX X")
	field(560, 574, 28, "16", "HGT 5'-06\"")
	field(800, 574, 28, "18", "EYES BRN")
	field(390, 624, 28, "12", "RESTRICTIONS NONE")
	field(390, 674, 28, "4b", "VALID UNTIL AUGUST 2029")
	s.signature(60, 640, 250, rgb(0x1d2c66))
	s.text(46, 716, 20, regular, soft, "DD 0417 2230 9981 C")
	s.barcode(800, 690, 354, 40, ink)
	return s.document("driving-licence")
}

// Passport is the data page of a passport in the form of ICAO Doc 9303, part 4.
// Utopia, with the code UTO, is the state of its examples.
func Passport() Document {
	s := newSheet(1200, 848, rgb(0xf4ece4))
	s.gradient(0, 0, 1200, 660, 0xefe0e4, 0xe2e9f2)
	s.waves(0, 20, 1200, 630, 54, faint(0x8a3b55, 60))
	s.rosette(760, 350, 260, 12, faint(0x3a5f9a, 80))
	s.rosette(760, 350, 150, 8, faint(0x8a3b55, 80))
	s.rect(0, 660, 1200, 188, rgb(0xfbf8f3))

	title, ink, soft := rgb(0x7a1f3d), rgb(0x1b1b22), rgb(0x6a4a5a)
	s.text(48, 76, 42, bold, title, "REPUBLIC OF UTOPIA")
	s.right(1152, 74, 30, regular, title, "PASSPORT / PASSEPORT")
	s.rect(48, 98, 1104, 3, title)
	s.portrait(48, 132, 310, 400, 0xd5d9e6, 0x5b4b6b)

	label := func(x, y float64, text string) { s.text(x, y, 19, regular, soft, text) }
	value := func(x, y float64, text string) { s.text(x, y, 30, bold, ink, text) }
	label(400, 150, "Type")
	label(520, 150, "Code")
	label(900, 150, "Passport No.")
	value(400, 186, "P")
	value(520, 186, "UTO")
	value(900, 186, "L48920371")
	label(400, 240, "Surname")
	value(400, 276, "ERIKSSON")
	label(400, 326, "Given names")
	value(400, 362, "ANNA MARIA")
	label(400, 412, "Nationality")
	value(400, 448, "UTOPIAN")
	label(400, 498, "Date of birth")
	value(400, 534, "12 08 1974")
	label(700, 498, "Sex")
	value(700, 534, "F")
	label(820, 498, "Place of birth")
	value(820, 534, "ZENITH")
	label(400, 580, "Issued by the")
	value(400, 616, "MINISTRY OF THE INTERIOR")
	label(960, 580, "Date of expiry")
	value(960, 616, "APRIL 2032")
	s.signature(70, 590, 250, rgb(0x1d2c66))

	for i, line := range MachineReadable("UTO", "ERIKSSON", "ANNA MARIA", "L48920371", "740812", "F", "320415", "") {
		s.text(48, 734+float64(i)*62, 41.8, mono, ink, line)
	}
	return s.document("passport")
}

// MachineReadable returns the machine readable zone of a passport: two lines of
// 44 characters, with check digits (ICAO Doc 9303, part 4, section 4.2). The names
// are of the letters A to Z and blanks, the dates YYMMDD; personal is a number of
// the state's own, or empty.
func MachineReadable(state, surname, names, number, birth, sex, expiry, personal string) [2]string {
	fill := func(text string, n int) string {
		text = strings.ReplaceAll(text, " ", "<")
		return (text + strings.Repeat("<", n))[:n]
	}
	checked := func(text string) string { return text + checkDigit(text) }
	number, birth, expiry = checked(fill(number, 9)), checked(birth), checked(expiry)
	personal = checked(fill(personal, 14))
	return [2]string{
		fill("P<"+state+surname+"<<"+names, 44),
		number + state + birth + sex + expiry + personal + checkDigit(number+birth+expiry+personal),
	}
}

// checkDigit weighs the characters by 7, 3 and 1 (ICAO Doc 9303, part 3, section 4.9).
func checkDigit(text string) string {
	sum := 0
	for i, r := range text {
		value := 0
		switch {
		case r >= '0' && r <= '9':
			value = int(r - '0')
		case r >= 'A' && r <= 'Z':
			value = int(r-'A') + 10
		}
		sum += value * [3]int{7, 3, 1}[i%3]
	}
	return fmt.Sprint(sum % 10)
}

// IdentityCard is an identity card (NRIC) of Singapore, as it was before numbers
// were left out of copies.
func IdentityCard() Document {
	s := newSheet(1200, 756, rgb(0xf6e9ea))
	s.gradient(0, 0, 1200, 756, 0xfbe9ea, 0xe9eef8)
	s.waves(0, 0, 1200, 750, 60, faint(0xc24b59, 60))
	s.rosette(600, 420, 300, 14, faint(0x4c6fb5, 55))
	s.rosette(600, 420, 180, 10, faint(0xc24b59, 55))

	title, ink, soft := rgb(0xb01c2e), rgb(0x1c1c22), rgb(0x6b4650)
	s.text(48, 80, 40, bold, title, "REPUBLIC OF SINGAPORE")
	s.emblem(1092, 84, 48)
	s.line(48, 134, span{"IDENTITY CARD NO.", regular, 26, soft}, span{"S1234567D", bold, 38, ink})
	s.rect(48, 154, 1104, 2, faint(0xb01c2e, 150))
	s.portrait(48, 190, 310, 400, 0xe0dce6, 0x33475b)

	field := func(x, y float64, name, value string) {
		s.text(x, y, 20, regular, soft, name)
		s.text(x, y+38, 32, bold, ink, value)
	}
	field(400, 216, "Name", "TAN WEI LING")
	field(400, 306, "Race", "CHINESE")
	field(400, 396, "Date of birth", "12-04-1985")
	field(760, 396, "Sex", "F")
	field(400, 486, "Country/Place of birth", "SINGAPORE")
	s.fingerprint(1010, 540, 90)
	s.text(48, 690, 20, regular, soft, "SPECIMEN - the number is one that documentation uses")
	s.barcode(48, 706, 520, 34, ink)
	return s.document("identity-card")
}
