package drawn

import (
	"image/color"
	"math"
)

// signature draws a line as hands write, but no name.
func (s *sheet) signature(x, y, w float64, c color.Color) {
	s.fill(c, func(p *path) {
		var curve []point
		for i := range 181 {
			t := float64(i) / 180
			fade := 1 - t*0.6
			curve = append(curve, point{
				x + w*t + 14*math.Cos(t*41),
				y + 26*fade*math.Sin(t*37) + 9*math.Sin(t*11),
			})
		}
		p.stroke(2.4, curve)
	})
}

// fingerprint draws loops within each other.
func (s *sheet) fingerprint(x, y, size float64) {
	s.fill(faint(0x3c2f38, 170), func(p *path) {
		for ring := range 11 {
			d := size * (0.12 + 0.085*float64(ring))
			var curve []point
			for i := range 121 {
				t := float64(i)/120*2*math.Pi*0.86 + 1.95
				wobble := 1 + 0.035*math.Sin(t*5+float64(ring))
				curve = append(curve, point{x + d*0.74*wobble*math.Cos(t), y + d*wobble*math.Sin(t)})
			}
			p.stroke(2.6, curve)
		}
	})
}

// emblem draws an emblem: a disc with a star of rays, and no state's.
func (s *sheet) emblem(x, y, size float64) {
	s.ellipse(x, y, size, size, rgb(0xb01c2e))
	s.fill(rgb(0xfbe9ea), func(p *path) {
		for i := range 20 {
			d := size * 0.78
			if i%2 == 1 {
				d = size * 0.42
			}
			t := float64(i) / 20 * 2 * math.Pi
			if px, py := x+d*math.Sin(t), y-d*math.Cos(t); i == 0 {
				p.move(px, py)
			} else {
				p.line(px, py)
			}
		}
	})
	s.ellipse(x, y, size*0.26, size*0.26, rgb(0xb01c2e))
}
