package drawn

import (
	"image"
	"math"

	"golang.org/x/image/vector"
)

type point struct{ x, y float64 }

// A path is an outline of closed parts, in pixels.
type path struct {
	steps []step
}

// A step is a line to a point or, with three points, a Bézier curve.
type step struct {
	points []point
	move   bool // begins a part
}

func (p *path) move(x, y float64) { p.steps = append(p.steps, step{[]point{{x, y}}, true}) }
func (p *path) line(x, y float64) { p.steps = append(p.steps, step{[]point{{x, y}}, false}) }
func (p *path) cube(ax, ay, bx, by, x, y float64) {
	p.steps = append(p.steps, step{[]point{{ax, ay}, {bx, by}, {x, y}}, false})
}

// kappa is how far the control points of a Bézier curve are from its ends, in
// radiuses, when it is a quarter of a circle.
const kappa = 0.5523

func (p *path) round(x, y, w, h, radius float64) {
	k := radius * (1 - kappa)
	p.move(x+radius, y)
	p.line(x+w-radius, y)
	p.cube(x+w-k, y, x+w, y+k, x+w, y+radius)
	p.line(x+w, y+h-radius)
	p.cube(x+w, y+h-k, x+w-k, y+h, x+w-radius, y+h)
	p.line(x+radius, y+h)
	p.cube(x+k, y+h, x, y+h-k, x, y+h-radius)
	p.line(x, y+radius)
	p.cube(x, y+k, x+k, y, x+radius, y)
}

func (p *path) ellipse(x, y, rx, ry float64) {
	p.move(x+rx, y)
	p.cube(x+rx, y+ry*kappa, x+rx*kappa, y+ry, x, y+ry)
	p.cube(x-rx*kappa, y+ry, x-rx, y+ry*kappa, x-rx, y)
	p.cube(x-rx, y-ry*kappa, x-rx*kappa, y-ry, x, y-ry)
	p.cube(x+rx*kappa, y-ry, x+rx, y-ry*kappa, x+rx, y)
}

// stroke adds a curve of some width. All its pieces turn the same way, so that
// those that overlap do not cancel out.
func (p *path) stroke(width float64, curve []point) {
	for i := 1; i < len(curve); i++ {
		a, b := curve[i-1], curve[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		nx, ny := (b.y-a.y)/length*width/2, (a.x-b.x)/length*width/2
		p.move(a.x+nx, a.y+ny)
		p.line(b.x+nx, b.y+ny)
		p.line(b.x-nx, b.y-ny)
		p.line(a.x-nx, a.y-ny)
	}
}

// bounds returns the pixels that the path may touch.
func (p *path) bounds() image.Rectangle {
	low, high := point{math.Inf(1), math.Inf(1)}, point{math.Inf(-1), math.Inf(-1)}
	for _, s := range p.steps {
		for _, at := range s.points {
			low.x, low.y = min(low.x, at.x), min(low.y, at.y)
			high.x, high.y = max(high.x, at.x), max(high.y, at.y)
		}
	}
	if len(p.steps) == 0 {
		return image.Rectangle{}
	}
	return image.Rect(int(math.Floor(low.x)), int(math.Floor(low.y)), int(math.Ceil(high.x)), int(math.Ceil(high.y)))
}

// mask returns how much of each pixel of an area is within the path.
func (p *path) mask(area image.Rectangle) *image.Alpha {
	r := vector.NewRasterizer(area.Dx(), area.Dy())
	shifted := func(at point) (x, y float32) {
		return float32(at.x - float64(area.Min.X)), float32(at.y - float64(area.Min.Y))
	}
	for _, s := range p.steps {
		x, y := shifted(s.points[len(s.points)-1])
		switch {
		case s.move:
			r.ClosePath()
			r.MoveTo(x, y)
		case len(s.points) == 1:
			r.LineTo(x, y)
		default:
			ax, ay := shifted(s.points[0])
			bx, by := shifted(s.points[1])
			r.CubeTo(ax, ay, bx, by, x, y)
		}
	}
	r.ClosePath()
	mask := image.NewAlpha(area)
	r.Draw(mask, area, image.Opaque, image.Point{})
	return mask
}
