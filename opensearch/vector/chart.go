package vector

import (
	"cmp"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
	"strings"
)

// WriteSVG writes a chart as SVG: on the left the recall of each technique with a graph
// over the memory that it takes for TargetVectors, on the right how recall falls with the
// number of vectors. Circles are filled where recall was measured. The bars reach over where it
// lies with 95 % confidence.
func (r MeasureRecallResult) WriteSVG(w io.Writer) error {
	_, err := io.WriteString(w, r.svg())
	return err
}

const (
	chartWidth, chartHeight = 1230, 560
	plotTop, plotBottom     = 64, 500
)

func (r MeasureRecallResult) svg() string {
	d := &drawing{}
	d.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="12" role="img">`, chartWidth, chartHeight)
	d.add(`<title>%s</title><rect width="%d" height="%d" fill="#fff"/>`, html.EscapeString(r.title()), chartWidth, chartHeight)
	points := r.points()
	lowest := lowestRecall(points)
	r.drawMemory(d, points, lowest)
	r.drawCurves(d, points, lowest)
	d.add("</svg>\n")
	return d.String()
}

func (r MeasureRecallResult) title() string {
	return fmt.Sprintf("recall@%d for %s vectors of %d dimensions, %s", r.K, countWord(float64(r.Target)), r.Dimension, r.Space)
}

// points are the techniques that the chart shows: of those that differ only in where
// they are, or in nothing that a chart can show, the first.
func (r MeasureRecallResult) points() (points []TechniqueRecall) {
	for _, row := range r.Techniques {
		same := func(p TechniqueRecall) bool {
			return p.Technique.Encoding == row.Technique.Encoding && p.FirstPassK == row.FirstPassK && (p.Oversample == 0) == (row.Oversample == 0)
		}
		if row.Refused == "" && len(row.Measured) > 0 && row.Technique.Method == HNSW && row.Memory > 0 && !slices.ContainsFunc(points, same) {
			points = append(points, row)
		}
	}
	return points
}

// lowestRecall is where the axis of recall begins: at a tenth below all.
func lowestRecall(points []TechniqueRecall) float64 {
	lowest := 1.0
	for _, p := range points {
		lowest = min(lowest, p.Target.Low)
		for _, at := range p.Measured {
			lowest = min(lowest, at.Low)
		}
	}
	return max(0, math.Floor(lowest*10-1e-9)/10)
}

// drawMemory draws recall over memory.
func (r MeasureRecallResult) drawMemory(d *drawing, points []TechniqueRecall, lowest float64) {
	a := axes{left: 64, right: 560, low: lowest, from: math.Inf(1)}
	for _, p := range points {
		a.from, a.to = min(a.from, float64(p.Memory)), max(a.to, float64(p.Memory))
	}
	a.from, a.to = a.from/1.15, a.to*1.15
	d.axes(a, fmt.Sprintf("recall@%d for %s vectors", r.K, countWord(float64(r.Target))), "memory in GB (10⁹ bytes)", func(x float64) string { return trim(x / 1e9) })
	if r.Wish > 0 && r.Wish >= lowest { // below is no room
		y := a.y(r.Wish)
		d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#888" stroke-dasharray="2 4"/>`, a.left, y, a.right, y)
		d.text(a.right-4, y-5, "end", "#666", fmt.Sprintf("wish %.3g", r.Wish))
	}
	equal := map[int64]float64{} // points of one memory stand side by side
	xs := make([]float64, len(points))
	for i, p := range points {
		xs[i] = a.x(float64(p.Memory)) + 5*equal[p.Memory]
		equal[p.Memory]++
		d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-opacity=".45" stroke-width="3"/>`, xs[i], a.y(p.Target.Low), xs[i], a.y(p.Target.High), colorOf(p))
	}
	for i, p := range points {
		r.drawPoint(d, xs[i], a.y(p.Target.Recall), p)
	}
	labels := &labels{}
	for i, p := range points {
		labels.place(d, xs[i], a.y(p.Target.Recall), pointName(p), colorOf(p), a.right)
	}
}

// drawPoint draws a circle, with another around it if it is recommended.
func (r MeasureRecallResult) drawPoint(d *drawing, x, y float64, p TechniqueRecall) {
	color := colorOf(p)
	fill := color
	if p.Target.Extrapolated {
		fill = "#fff"
	}
	d.add(`<circle cx="%.1f" cy="%.1f" r="5" fill="%s" stroke="%s" stroke-width="2"><title>%s</title></circle>`, x, y, fill, color, html.EscapeString(pointTitle(p)))
	if r.recommends(p) {
		d.add(`<circle cx="%.1f" cy="%.1f" r="10" fill="none" stroke="#d97706" stroke-width="2.5"/>`, x, y)
	}
}

func (r MeasureRecallResult) recommends(p TechniqueRecall) bool {
	c := r.Recommendation
	return c != nil && c.Technique.Encoding == p.Technique.Encoding && c.Oversample == p.Oversample
}

// drawCurves draws recall over the number of vectors.
func (r MeasureRecallResult) drawCurves(d *drawing, points []TechniqueRecall, lowest float64) {
	a := axes{left: 680, right: 1000, low: lowest, from: math.Inf(1)}
	for _, p := range points {
		a.from, a.to = min(a.from, float64(p.Measured[0].Vectors)), max(a.to, float64(p.Target.Vectors), float64(p.Measured[len(p.Measured)-1].Vectors))
	}
	d.axes(a, "measured, and extrapolated (dashed)", "vectors", countWord)
	labels := &labels{}
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b TechniqueRecall) int { return cmp.Compare(b.Target.Recall, a.Target.Recall) })
	for _, p := range points {
		var path strings.Builder
		for i, at := range p.Measured {
			fmt.Fprintf(&path, "%c%.1f %.1f", "ML"[min(i, 1)], a.x(float64(at.Vectors)), a.y(at.Recall))
		}
		color, last := colorOf(p), p.Measured[len(p.Measured)-1]
		d.add(`<path d="%s" fill="none" stroke="%s" stroke-width="2"/>`, path.String(), color)
		if p.Target.Vectors > last.Vectors {
			d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2" stroke-dasharray="5 5"/>`,
				a.x(float64(last.Vectors)), a.y(last.Recall), a.x(float64(p.Target.Vectors)), a.y(p.Target.Recall), color)
		}
		for _, at := range p.Measured {
			d.add(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, a.x(float64(at.Vectors)), a.y(at.Recall), color)
		}
		labels.place(d, a.right, a.y(p.Target.Recall), pointName(p), color, math.Inf(1))
	}
}

// pointName is short: what is kept, and how many candidates are scored again.
func pointName(p TechniqueRecall) string {
	if p.Oversample == 0 {
		return p.Technique.Encoding.String()
	}
	return fmt.Sprintf("%s +%d", p.Technique.Encoding, p.FirstPassK)
}

func pointTitle(p TechniqueRecall) string {
	title := fmt.Sprintf("%s: %.3f (%.3f to %.3f), %s GB", p.Name, p.Target.Recall, p.Target.Low, p.Target.High, trim(float64(p.Memory)/1e9))
	if p.Target.Extrapolated {
		title += ", extrapolated"
	}
	return title
}

func colorOf(p TechniqueRecall) string {
	if bits := p.Technique.Encoding.Bits; bits > 1 {
		return map[int]string{2: "#ea580c", 4: "#be185d"}[bits]
	}
	return map[Encoder]string{
		FP32: "#111827", FP16: "#2563eb", Byte: "#0891b2", SQ7: "#059669", Binary: "#dc2626", OSQ: "#7c3aed", PQ: "#b45309",
	}[p.Technique.Encoding.Encoder]
}

// axes are those of one of the two plots: x is logarithmic, y is recall.
type axes struct {
	left, right float64
	low         float64 // recall at the bottom
	from, to    float64
}

func (a axes) x(v float64) float64 {
	if a.to <= a.from {
		return (a.left + a.right) / 2
	}
	return a.left + (a.right-a.left)*math.Log(v/a.from)/math.Log(a.to/a.from)
}

func (a axes) y(recall float64) float64 {
	return plotBottom - (plotBottom-plotTop)*(recall-a.low)/(1-a.low)
}

// ticks are round numbers: powers of ten, and if there are few of them what is between.
func (a axes) ticks() (ticks []float64) {
	for _, steps := range [][]float64{{1}, {1, 3}, {1, 2, 5}, {1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9}} {
		ticks = nil
		for p := math.Floor(math.Log10(a.from)); p <= math.Log10(a.to); p++ {
			for _, s := range steps {
				if x := s * math.Pow(10, p); x >= a.from && x <= a.to {
					ticks = append(ticks, x)
				}
			}
		}
		if len(ticks) >= 4 {
			break
		}
	}
	return ticks
}

// A drawing is SVG in the making.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, args ...any) {
	fmt.Fprintf(d, format, args...)
	d.WriteByte('\n')
}

func (d *drawing) text(x, y float64, anchor, color, text string) {
	d.add(`<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s" stroke="#fff" stroke-width="3" paint-order="stroke">%s</text>`, x, y, anchor, color, html.EscapeString(text))
}

func (d *drawing) axes(a axes, title, xTitle string, word func(float64) string) {
	d.add(`<text x="%.1f" y="36" font-size="15" font-weight="600" fill="#111">%s</text>`, a.left, html.EscapeString(title))
	step := 0.1
	if a.low >= 0.8 {
		step = 0.02
	}
	for i := 0; a.low+float64(i)*step <= 1+1e-9; i++ {
		recall := a.low + float64(i)*step
		d.add(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e5e7eb"/>`, a.left, a.y(recall), a.right, a.y(recall))
		d.text(a.left-8, a.y(recall)+4, "end", "#555", trim(recall))
	}
	for _, x := range a.ticks() {
		d.add(`<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#9ca3af"/>`, a.x(x), plotBottom, a.x(x), plotBottom+5)
		d.text(a.x(x), plotBottom+20, "middle", "#555", word(x))
	}
	d.text((a.left+a.right)/2, plotBottom+42, "middle", "#333", xTitle)
}

// labels keeps names from being written over each other.
type labels struct{ taken [][3]float64 } // left, right, y

// place writes a name beside a point, or as near above or below as there is room.
func (l *labels) place(d *drawing, x, y float64, name, color string, right float64) {
	width := 6.4 * float64(len(name))
	left, anchor := x+9, "start"
	if left+width > right {
		left, anchor = x-9-width, "end"
	}
	at := y
	for i := 1; l.hit(left, left+width, at) && i < 60; i++ {
		at = y + 7*float64(i/2)*float64(1-2*(i%2))
		at = min(max(at, plotTop), plotBottom-4)
	}
	l.taken = append(l.taken, [3]float64{left, left + width, at})
	if anchor == "start" {
		d.text(left, at+4, anchor, color, name)
	} else {
		d.text(left+width, at+4, anchor, color, name)
	}
}

func (l *labels) hit(left, right, y float64) bool {
	return slices.ContainsFunc(l.taken, func(t [3]float64) bool {
		return left < t[1] && right > t[0] && math.Abs(y-t[2]) < 13
	})
}

// countWord returns a number in a short form, such as "150 million".
func countWord(n float64) string {
	for _, u := range []struct {
		size float64
		word string
	}{{1e12, "trillion"}, {1e9, "billion"}, {1e6, "million"}} {
		if n >= u.size {
			return trim(n/u.size) + " " + u.word
		}
	}
	return trim(n)
}

// trim writes a number with three digits, or all of those before the point, and commas.
func trim(x float64) string {
	if x < 100 {
		return fmt.Sprintf("%.3g", x)
	}
	return grouped(int64(math.Round(x)))
}
