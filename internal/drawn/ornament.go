package drawn

import (
	"image"
	"image/color"
	"math"
)

// waves draws the lines of security paper: curves that run side by side over a
// part of the sheet, each a little further on than the one above it.
func (s *sheet) waves(x, y, w, h float64, count int, c color.Color) {
	s.fill(c, func(p *path) {
		for i := range count {
			shift := float64(i) / float64(count)
			var curve []point
			for at := 0.0; at <= w; at += 6 {
				t := at / w * 2 * math.Pi
				swing := math.Sin(t*3+shift*7)*0.06 + math.Sin(t*7-shift*11)*0.025
				curve = append(curve, point{x + at, min(max(y+h*(shift+swing), y), y+h)})
			}
			p.stroke(1, curve)
		}
	})
}

// rosette draws the flower of security paper: curves that turn around x, y.
func (s *sheet) rosette(x, y, radius float64, petals int, c color.Color) {
	s.fill(c, func(p *path) {
		for ring := range 7 {
			phase := float64(ring) * 2 * math.Pi / 7
			var curve []point
			for step := range 361 {
				t := float64(step) / 360 * 2 * math.Pi
				d := radius * (0.72 + 0.28*math.Sin(t*float64(petals)+phase))
				curve = append(curve, point{x + d*math.Cos(t), y + d*math.Sin(t)})
			}
			p.stroke(1.1, curve)
		}
	})
}

// portrait draws where the photo of a person is: nobody's.
func (s *sheet) portrait(x, y, w, h float64, background, clothes uint32) {
	s.round(x, y, w, h, 8, rgb(background))
	part := s.part(x, y, w, h)
	part.ellipse(x+w/2, y+h*1.08, w*0.43, h*0.42, rgb(clothes))          // shoulders
	part.round(x+w*0.42, y+h*0.52, w*0.16, h*0.2, w*0.06, rgb(0xd3a98a)) // neck
	part.ellipse(x+w/2, y+h*0.36, w*0.245, h*0.235, rgb(0x4a3a31))       // hair
	part.ellipse(x+w/2, y+h*0.42, w*0.195, h*0.2, rgb(0xe3bd9f))         // face
}

// part returns a sheet whose shapes stay within a part of this one.
func (s *sheet) part(x, y, w, h float64) *sheet {
	part := *s
	part.clip = image.Rect(int(x), int(y), int(x+w), int(y+h)).Intersect(s.clip)
	return &part
}

// barcode draws bars that stand for nothing.
func (s *sheet) barcode(x, y, w, h float64, c color.Color) {
	var state uint32 = 7
	s.fill(c, func(p *path) {
		for at := 0.0; at < w-8; {
			state = state*1664525 + 1013904223
			bar := float64(1 + state>>29)
			p.round(x+at, y, bar, h, 0)
			at += bar + 2 + float64(state>>27&3)
		}
	})
}

// gradient fills the sheet from one colour at the top to another at the bottom.
func (s *sheet) gradient(x, y, w, h float64, from, to uint32) {
	for row := range int(h) {
		s.rect(x, y+float64(row), w, 1, between(rgb(from), rgb(to), float64(row)/h))
	}
}

func between(a, b color.NRGBA, t float64) color.NRGBA {
	mix := func(a, b uint8) uint8 { return uint8(math.Round(float64(a) + (float64(b)-float64(a))*t)) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), mix(a.A, b.A)}
}

// grain makes the sheet as uneven as a photo is.
func (s *sheet) grain(strength int) {
	var state uint32 = 1
	for i := range s.img.Pix {
		if i%4 == 3 {
			continue // alpha
		}
		if i%4 == 0 {
			state = state*1664525 + 1013904223
		}
		v := int(s.img.Pix[i]) + int(state>>24)*(2*strength+1)>>8 - strength
		s.img.Pix[i] = uint8(min(max(v, 0), 255))
	}
}
