package drawn

import (
	"image/color"
	"math"
)

// Invoice is a page of a shop, with its account and the card that was charged.
func Invoice() Document {
	s := newSheet(1000, 1294, rgb(0xffffff))
	accent, ink, soft := rgb(0x1f4e8c), rgb(0x1d2530), rgb(0x5a6878)
	s.rect(0, 0, 1000, 18, accent)
	s.round(70, 76, 64, 64, 14, accent)
	s.fill(rgb(0xffffff), func(p *path) {
		p.stroke(7, []point{{86, 122}, {102, 94}, {118, 122}})
	})
	s.text(152, 120, 34, bold, ink, "Nordlicht Lampen GmbH")
	s.right(930, 122, 46, bold, accent, "INVOICE")
	s.text(70, 176, 20, regular, soft, "Speicherstadt 12, 20457 Hamburg")
	s.right(930, 176, 22, regular, soft, "No. 2026-0417")

	s.text(70, 262, 20, bold, soft, "BILL TO")
	s.text(70, 298, 26, bold, ink, "Alex Morgan")
	s.text(70, 332, 24, regular, ink, "Tamarack Lane 27")
	s.text(70, 366, 24, regular, ink, "Port Alder")
	s.text(640, 262, 20, bold, soft, "TERMS")
	s.text(640, 298, 24, regular, ink, "Paid on delivery")

	s.rect(70, 430, 860, 48, rgb(0xe8eef6))
	row := func(y float64, st style, item, n, price string) {
		s.text(90, y, 24, st, ink, item)
		s.right(700, y, 24, st, ink, n)
		s.right(910, y, 24, st, ink, price)
	}
	row(463, bold, "Item", "Pieces", "EUR")
	y := 524.0
	for _, item := range [][3]string{
		{"Desk lamp Vega, brass", "2", "238.00"},
		{"Wall lamp Lyra, white", "4", "316.00"},
		{"Bulb E14, warm light", "6", "41.40"},
		{"Delivery", "1", "12.90"},
	} {
		row(y, regular, item[0], item[1], item[2])
		s.rect(70, y+18, 860, 1, rgb(0xd6dde6))
		y += 56
	}
	s.right(700, y+14, 26, bold, ink, "Total")
	s.right(910, y+14, 26, bold, ink, "608.30")

	s.round(70, 850, 860, 236, 14, rgb(0xf3f6fa))
	s.text(100, 896, 20, bold, soft, "PAYMENT")
	s.text(100, 944, 26, regular, ink, "Credit card 4539 1488 0343 6467")
	s.rect(100, 968, 800, 1, rgb(0xd6dde6))
	s.text(100, 1008, 22, regular, soft, "Refunds come from our account:")
	s.text(100, 1048, 26, regular, ink, "IBAN DE89 3704 0044 0532 0130 00")
	s.text(70, 1170, 20, regular, soft, "Thank you. Lamps can be returned within thirty days.")
	s.text(70, 1206, 20, regular, soft, "This invoice is invented.")
	s.rect(0, 1276, 1000, 18, accent)
	return s.document("invoice")
}

// Minutes is a page without sensitive data.
func Minutes() Document {
	s := newSheet(1000, 1294, rgb(0xfdfcf8))
	green, ink, soft := rgb(0x3d6b3a), rgb(0x25291f), rgb(0x66705d)
	s.leaf(124, 128, 46, green)
	s.text(196, 122, 42, bold, green, "Garden Club")
	s.text(196, 158, 22, regular, soft, "Minutes of the meeting in spring")
	s.rect(70, 196, 860, 3, green)
	y := 262.0
	for _, part := range [][]string{
		{"1. Opening", "Twelve members came. The chair welcomed everybody", "and thanked those who had brought cake."},
		{"2. Beds along the wall", "The roses on the south side did not survive the frost.", "They will be replaced by lavender and sage, which need", "less water and are liked by bees."},
		{"3. Tools", "Two spades and a wheelbarrow are missing. Whoever has", "borrowed them is asked to bring them back to the shed."},
		{"4. Summer party", "It will be held below the old pear tree, with music if", "the weather is good. Salads and lemonade are welcome."},
		{"5. Any other business", "The compost is ready and can be taken by anybody with", "a bucket. The key is where it always is."},
	} {
		s.text(70, y, 28, bold, green, part[0])
		y += 42
		for _, line := range part[1:] {
			s.text(70, y, 25, regular, ink, line)
			y += 37
		}
		y += 28
	}
	s.text(70, y+24, 22, regular, soft, "Next meeting: first Sunday in June, at the shed")
	return s.document("minutes")
}

// leaf draws two leaves on a stem.
func (s *sheet) leaf(x, y, size float64, c color.Color) {
	s.fill(c, func(p *path) {
		p.move(x, y+size)
		p.cube(x-size*1.1, y+size*0.3, x-size*0.8, y-size*0.7, x-size*0.15, y-size)
		p.cube(x-size*0.1, y-size*0.3, x-size*0.05, y+size*0.4, x, y+size)
		p.move(x, y+size)
		p.cube(x, y+size*0.3, x+size*0.2, y-size*0.4, x+size, y-size*0.5)
		p.cube(x+size*0.9, y+size*0.3, x+size*0.5, y+size*0.8, x, y+size)
	})
}

// BankCard is a photo of a bank card on a table.
func BankCard() Document {
	s := newSheet(1200, 900, rgb(0x6d5138))
	s.gradient(0, 0, 1200, 900, 0x8a6a4c, 0x5d432d)
	s.wood()
	for i := range 14 { // shadow
		grow := float64(14 - i)
		s.round(160-grow, 172-grow, 880+2*grow, 560+2*grow, 40+grow, faint(0x000000, 10))
	}
	s.round(160, 160, 880, 560, 40, rgb(0x23306b))
	card := s.within(func(p *path) { p.round(160, 160, 880, 560, 40) })
	card.ellipse(980, 210, 460, 420, faint(0x5a7bd8, 90))
	card.ellipse(1010, 660, 380, 330, faint(0x8f6bd8, 80))

	white, pale := rgb(0xffffff), rgb(0xc9d4f5)
	s.text(214, 238, 42, bold, white, "Bank of Utopia")
	s.right(986, 236, 30, regular, pale, "DEBIT CARD")
	s.round(214, 310, 112, 84, 14, rgb(0xd8b565))
	for _, x := range []float64{246, 270, 294} {
		s.rule(x, 310, x, 394, 2, rgb(0x9a7c3a))
	}
	s.rule(214, 352, 326, 352, 2, rgb(0x9a7c3a))
	s.text(214, 508, 58, monoBold, white, "5500 0055 5555 5559")
	s.line(214, 584, span{"VALID THRU", regular, 20, pale}, span{"04/31", mono, 32, white})
	s.text(214, 660, 34, mono, white, "ALEX MORGAN")
	card.rosette(906, 624, 62, 9, faint(0xffffff, 150))
	s.grain(5)
	return s.document("bank-card")
}

// wood draws the grain of a table.
func (s *sheet) wood() {
	s.fill(faint(0x2b1c10, 46), func(p *path) {
		for i := range 26 {
			y := float64(i) * 36
			var curve []point
			for x := 0.0; x <= 1200; x += 12 {
				curve = append(curve, point{x, y + 9*math.Sin(x/210+y) + 4*math.Sin(x/67+y*2)})
			}
			p.stroke(1+float64(i%5)*1.2, curve)
		}
	})
}

// Landscape is a photo without text.
func Landscape() Document {
	s := newSheet(1200, 800, rgb(0xffffff))
	s.gradient(0, 0, 1200, 520, 0x4f7fb8, 0xf6c99a)
	for i := range 24 {
		d := 150 - float64(i)*4
		s.ellipse(840, 340, d, d, faint(0xfff1c9, 9))
	}
	s.ellipse(840, 340, 54, 54, rgb(0xfff4d6))
	for i, c := range []uint32{0x8a86a8, 0x6a7396, 0x4b6178, 0x32503f} {
		s.hills(420+float64(i)*70, 74-float64(i)*9, float64(i)*2.3, rgb(c))
	}
	s.gradient(0, 700, 1200, 100, 0x2f4a6b, 0x1d3049)
	s.rect(0, 696, 1200, 6, faint(0xf6c99a, 90))
	s.grain(6)
	return s.document("landscape")
}

func (s *sheet) hills(y, height, shift float64, c color.Color) {
	s.fill(c, func(p *path) {
		p.move(0, 800)
		for x := 0.0; x <= 1200; x += 6 {
			t := x / 1200 * 2 * math.Pi
			p.line(x, y-height*(math.Sin(t+shift)+0.5*math.Sin(t*2.7+shift*3)+0.13*math.Sin(t*9+shift)))
		}
		p.line(1200, 800)
	})
}
