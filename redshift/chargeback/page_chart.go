package chargeback

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// A chartKey tells what a colour stands for.
type chartKey struct{ Class, Name string }

// A chartBox is a rectangle. Numbers are percent in the direction in which a chart is
// stretched, and pixels in the other.
type chartBox struct {
	Class, Says         string
	X, Y, Width, Height string
}

// A unitChart has a bar for each unit, of kinds one after the other. What is below zero goes
// to the left.
type unitChart struct {
	Keys []chartKey
	Zero string // where the bars begin
	Bars []unitBar
}

type unitBar struct {
	Class, Name, Cents string
	Boxes              []chartBox
}

// A chartPart is an amount of a colour.
type chartPart struct {
	class, name string
	amount      Amount
}

// unitChart returns nil if there is nothing to draw.
func (s *billSums) unitChart() *unitChart {
	if len(s.units) == 0 {
		return nil
	}
	colours := s.kindColours()
	c := &unitChart{Keys: s.kindKeys(colours)}
	units := s.foldUnits(mostChartUnits)
	var low, high float64
	var parts [][]chartPart
	for i := range units {
		p := units[i].parts(colours)
		parts = append(parts, p)
		below, above := extents(p)
		low, high = min(low, below), max(high, above)
	}
	scale := newScale(low, high, 100)
	c.Zero = percent(scale.at(0))
	for i, u := range units {
		bar := unitBar{Name: pageText(unitText(u.name)), Cents: textCents(u.cents), Boxes: scale.across(parts[i])}
		if u.name == "" || u.folded {
			bar.Class = "quiet"
		}
		c.Bars = append(c.Bars, bar)
	}
	return c
}

// foldUnits returns at most so many units, of which one stands for the small ones, and what
// is not attributed.
func (s *billSums) foldUnits(most int) []unitSum {
	named := s.units
	var none []unitSum
	if n := len(named); n > 0 && named[n-1].name == "" {
		named, none = named[:n-1], named[n-1:]
	}
	if len(named) <= most {
		return s.units
	}
	bySize := slices.Clone(named)
	slices.SortStableFunc(bySize, func(a, b unitSum) int { return cmp.Compare(max(b.amount, -b.amount), max(a.amount, -a.amount)) })
	units, small := bySize[:most-1], bySize[most-1:]
	slices.SortFunc(units, compareUnits)
	rest := unitSum{name: fmt.Sprintf("%d others", len(small)), folded: true}
	for _, u := range small {
		rest.cells = append(rest.cells, u.cells...)
		rest.amount += u.amount
		rest.cents += u.cents
	}
	return slices.Concat(units, []unitSum{rest}, none)
}

// kindColours numbers the kinds by what they cost, for the most expensive have colours.
func (s *billSums) kindColours() map[Kind]string {
	size := map[Kind]Amount{}
	for _, u := range s.units {
		for _, c := range u.cells {
			size[c.kind] += max(c.amount, -c.amount)
		}
	}
	kinds := slices.Clone(s.kinds)
	slices.SortStableFunc(kinds, func(a, b Kind) int { return cmp.Compare(size[b], size[a]) })
	colours := map[Kind]string{}
	for i, k := range kinds {
		colours[k] = colour(i)
	}
	return colours
}

func colour(i int) string {
	if i >= mostColours {
		return "c-rest"
	}
	return fmt.Sprint("c", i)
}

func (s *billSums) kindKeys(colours map[Kind]string) []chartKey {
	var keys []chartKey
	rest, idle := false, false
	for _, k := range s.kinds {
		if colours[k] == colour(mostColours) {
			rest = true
			continue
		}
		keys = append(keys, chartKey{colours[k], pageText(string(k))})
	}
	if rest {
		keys = append(keys, chartKey{colour(mostColours), "other kinds"})
	}
	for _, u := range s.units {
		idle = idle || slices.ContainsFunc(u.cells, func(c cellSum) bool { return c.state == stateIdle })
	}
	if idle {
		keys = append(keys, chartKey{"c-idle", "idle"})
	}
	return keys
}

// parts returns what a unit pays by kind, what is idle last and of a colour of its own.
func (u *unitSum) parts(colours map[Kind]string) []chartPart {
	at := map[string]int{}
	var parts []chartPart
	for _, c := range u.cells {
		state, class := c.state, colours[c.kind]
		if state == stateIdle {
			class = "c-idle"
		}
		name := textState(c.kind, state)
		i, ok := at[name]
		if !ok {
			i = len(parts)
			at[name] = i
			parts = append(parts, chartPart{class: class, name: name})
		}
		parts[i].amount += c.amount
	}
	slices.SortStableFunc(parts, func(a, b chartPart) int {
		if (a.class == "c-idle") != (b.class == "c-idle") {
			if a.class == "c-idle" {
				return 1
			}
			return -1
		}
		return 0
	})
	return parts
}

// extents returns how far parts reach below and above zero.
func extents(parts []chartPart) (below, above float64) {
	for _, p := range parts {
		if p.amount < 0 {
			below += float64(p.amount)
		} else {
			above += float64(p.amount)
		}
	}
	return below, above
}

// A chartScale maps amounts to places.
type chartScale struct{ low, per float64 }

func newScale(low, high, size float64) chartScale {
	if high-low < 1 {
		high = low + 1
	}
	return chartScale{low, size / (high - low)}
}

func (s chartScale) at(amount float64) float64 { return (amount - s.low) * s.per }

// across returns parts side by side.
func (s chartScale) across(parts []chartPart) []chartBox {
	var boxes []chartBox
	var below, above float64
	for _, p := range parts {
		from, size := above, float64(p.amount)
		if p.amount < 0 {
			below += size
			from, size = below, -size
		} else {
			above += size
		}
		if size == 0 {
			continue
		}
		boxes = append(boxes, chartBox{Class: p.class, Says: pageText(p.name + ": " + textExact(p.amount)), X: percent(s.at(from)), Width: percent(size * s.per)})
	}
	return boxes
}

// percent returns a number of percent with few digits.
func percent(x float64) string { return fmt.Sprintf("%.5g%%", math.Round(x*1000)/1000) }

func pixels(y float64) string { return fmt.Sprintf("%g", math.Round(y*100)/100) }

// A dayChart has a bar for each day, or month of a long period, of units one on the other.
type dayChart struct {
	Keys   []chartKey
	Title  string
	Height int
	Zero   string
	Boxes  []chartBox
	Grid   []chartTick // amounts
	Ticks  []chartTick // days
}

type chartTick struct{ At, Text string }

// dayHeight is how high the bars are at most, dayAbove what is left above them.
const (
	dayHeight = 220
	dayAbove  = 10
)

// mostDays is how many days have a bar of their own.
const mostDays = 93

// dayChart returns nil if there is nothing to draw.
func (b *Bill) dayChart(s *billSums) *dayChart {
	buckets, title := b.buckets()
	if len(buckets) == 0 || len(s.units) == 0 {
		return nil
	}
	units := s.foldUnits(mostColours)
	c := &dayChart{Title: title, Height: dayAbove + dayHeight + 10}
	for i, u := range units {
		class := colour((i + mostColours/2) % mostColours) // not those of kinds, if there are few
		switch {
		case u.folded:
			class = colour(mostColours)
		case u.name == "":
			class = "c-none"
		}
		c.Keys = append(c.Keys, chartKey{class, textCut(pageText(unitText(u.name)), 60)})
	}
	c.draw(buckets, b.byDay(buckets, units))
	return c
}

// byDay returns what units pay in each bucket.
func (b *Bill) byDay(buckets []time.Time, units []unitSum) [][]Amount {
	at, rest := map[string]int{}, -1
	for i, u := range units {
		if u.folded {
			rest = i
		} else {
			at[u.name] = i
		}
	}
	amounts := make([][]Amount, len(buckets))
	for i := range amounts {
		amounts[i] = make([]Amount, len(units))
	}
	for i := range b.Lines {
		l := &b.Lines[i]
		day, ok := slices.BinarySearchFunc(buckets, l.Day, func(start, day time.Time) int { return start.Compare(day) })
		if !ok {
			day--
		}
		if day < 0 {
			continue // a line before the period: a bill of ours has none
		}
		unit, ok := at[l.Unit]
		if !ok {
			unit = rest
		}
		if unit >= 0 {
			amounts[day][unit] += l.Amount
		}
	}
	return amounts
}

// buckets returns the beginnings of the days or months of the period.
func (b *Bill) buckets() (starts []time.Time, title string) {
	from, to := b.Period.From.UTC(), b.Period.To.UTC()
	step := func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	title = "day"
	if to.Sub(from) > mostDays*24*time.Hour {
		title = "month"
		step = func(t time.Time) time.Time { return time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC) }
	}
	for t := from; t.Before(to) && len(starts) < 1200; t = step(t) {
		starts = append(starts, t)
	}
	return starts, title
}

// draw places the boxes, and what says where they are.
func (c *dayChart) draw(buckets []time.Time, amounts [][]Amount) {
	columns := make([][]chartPart, len(buckets))
	var low, high float64
	for i := range columns {
		for k, amount := range amounts[i] {
			columns[i] = append(columns[i], chartPart{c.Keys[k].Class, c.Keys[k].Name, amount})
		}
		below, above := extents(columns[i])
		low, high = min(low, below), max(high, above)
	}
	step := niceStep((high - low) / 4)
	low, high = math.Floor(low/step)*step, math.Ceil(high/step)*step
	scale := newScale(low, high, dayHeight)
	y := func(amount float64) float64 { return dayAbove + dayHeight - scale.at(amount) }
	c.Zero = pixels(y(0))
	for v := low; v <= high+step/2; v += step {
		c.Grid = append(c.Grid, chartTick{pixels(y(v)), axisText(v, step)})
	}
	wide := 100 / float64(len(buckets))
	for i, parts := range columns {
		day := c.day(buckets[i])
		var below, above float64
		for _, p := range parts {
			top := above + float64(p.amount)
			if p.amount < 0 {
				top = below
				below += float64(p.amount)
			} else {
				above = top
			}
			if p.amount == 0 {
				continue
			}
			c.Boxes = append(c.Boxes, chartBox{
				Class: p.class, Says: pageText(day + ", " + p.name + ": " + textExact(p.amount)),
				X: percent(wide * (float64(i) + .1)), Width: percent(wide * .8),
				Y: pixels(y(top)), Height: pixels(math.Abs(float64(p.amount)) * scale.per),
			})
		}
	}
	c.label(buckets, wide)
}

func (c *dayChart) day(t time.Time) string {
	if c.Title == "month" {
		return t.Format("Jan 2006")
	}
	return t.Format("2 Jan")
}

// label writes some days below the bars, few enough for a small screen.
func (c *dayChart) label(buckets []time.Time, wide float64) {
	every := (len(buckets) + 4) / 5
	for i := 0; i < len(buckets); i += every {
		c.Ticks = append(c.Ticks, chartTick{percent(wide * (float64(i) + .1)), c.day(buckets[i])})
	}
}

// niceStep returns a step of 1, 2 or 5 times a power of ten that is not smaller, and of a
// cent at least.
func niceStep(step float64) float64 {
	step = max(step, oneCent)
	power := math.Pow(10, math.Floor(math.Log10(step)))
	for _, n := range []float64{1, 2, 5} {
		if n*power >= step {
			return n * power
		}
	}
	return 10 * power
}

// axisText returns an amount at an axis, with cents if steps need them.
func axisText(amount, step float64) string {
	text := textCents(Amount(math.Round(amount/oneCent)) * oneCent)
	if step >= 1_000_000 {
		text = text[:len(text)-3]
	}
	return text
}
