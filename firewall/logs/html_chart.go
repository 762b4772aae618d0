package logs

import (
	"fmt"
	"math"
	"time"
)

// A chart draws the timeline: flows above and, on a scale of their own, alerts below.
type chart struct {
	Width, Height float64
	Left, Right   float64 // where the bars begin and end
	Flows, Alerts panel
	Bars          []chartBar
	Ticks         []tick
	Every         string // the time that a bar stands for
}

// A panel is a part of the chart with a scale: 0 at Bottom, and Most at Top.
type panel struct {
	Top, Bottom, Middle float64
	Most, Half          string
	most                uint64
}

// A chartBar is a bucket: bars from the line of 0 upwards, one on the other.
type chartBar struct {
	X, Width               float64
	Flows, Passed, Blocked extent
	Says                   string
}

type extent struct{ Y, Height float64 }

// A tick is a time below the chart.
type tick struct {
	X    float64
	Text string
}

// chartOf returns nil if there is nothing to draw.
func chartOf(buckets []Bucket) *chart {
	if len(buckets) == 0 {
		return nil
	}
	c := &chart{Width: 1200, Height: 262, Left: 64, Right: 1192}
	var flows, alerts uint64
	for _, b := range buckets {
		flows, alerts = max(flows, b.Flows), max(alerts, plus(b.Passed, b.Blocked))
	}
	c.Flows, c.Alerts = newPanel(12, 132, flows), newPanel(158, 232, alerts)
	step := (c.Right - c.Left) / float64(len(buckets))
	wide := min(step, 40)
	for i := range buckets {
		b := &buckets[i]
		bar := chartBar{X: round(c.Left + step*float64(i) + (step-wide)/2 + wide*.08), Width: round(wide * .84), Says: b.says()}
		bar.Flows = c.Flows.extent(0, b.Flows)
		bar.Passed = c.Alerts.extent(0, b.Passed)
		bar.Blocked = c.Alerts.extent(b.Passed, b.Blocked)
		c.Bars = append(c.Bars, bar)
	}
	c.tick(buckets, step)
	return c
}

func newPanel(top, bottom float64, most uint64) panel {
	most = niceMost(most)
	return panel{top, bottom, (top + bottom) / 2, brief(float64(most)), brief(float64(most) / 2), most}
}

// extent returns where a bar of n is that stands on one of base.
func (p *panel) extent(base, n uint64) extent {
	scale := (p.Bottom - p.Top) / float64(p.most)
	height := float64(n) * scale
	if n > 0 {
		height = max(height, 1.5) // what is there is seen
	}
	return extent{round(p.Bottom - float64(base)*scale - height), round(height)}
}

// says tells the bucket in words.
func (b *Bucket) says() string {
	return fmt.Sprintf("%s: %s, %s, %s; %s passed, %s blocked", b.Start.UTC().Format("2 Jan 2006 15:04"),
		many(b.Flows, "flow"), many(b.Packets, "packet"), size(b.Bytes), many(b.Passed, "alert"), digits(b.Blocked))
}

// tick puts about eight times below the bars.
func (c *chart) tick(buckets []Bucket, step float64) {
	var every time.Duration
	if len(buckets) > 1 {
		every = buckets[1].Start.Sub(buckets[0].Start)
		c.Every = "bars of " + duration(every)
	}
	form := "15:04"
	switch last := buckets[len(buckets)-1].Start; {
	case every >= 24*time.Hour:
		form = "2 Jan 2006"
	case last.UTC().YearDay() != buckets[0].Start.UTC().YearDay():
		form = "2 Jan 15:04"
	}
	apart := max(1, (len(buckets)+7)/8)
	for i := 0; i < len(buckets); i += apart {
		c.Ticks = append(c.Ticks, tick{round(c.Left + step*(float64(i)+.5)), buckets[i].Start.UTC().Format(form)})
	}
}

// duration writes a length of time in the largest unit that fits.
func duration(d time.Duration) string {
	for _, unit := range []struct {
		length time.Duration
		name   string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d >= unit.length && d%unit.length == 0 {
			return many(int(d/unit.length), unit.name)
		}
	}
	return d.String()
}

// niceMost returns 1, 2, 4, 5 or 10 times a power of ten, not below n.
func niceMost(n uint64) uint64 {
	for power := uint64(1); power <= 1e18; power *= 10 {
		for _, step := range []uint64{1, 2, 4, 5} {
			if power*step >= n {
				return power * step
			}
		}
	}
	return math.MaxUint64
}

// brief writes a number for a scale.
func brief(n float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e18, "E"}, {1e15, "P"}, {1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.3g%s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%.3g", n)
}

// percent returns a part of a whole, for a drawing.
func percent(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return round(100 * float64(part) / float64(whole))
}

func round(x float64) float64 { return math.Round(x*100) / 100 }
