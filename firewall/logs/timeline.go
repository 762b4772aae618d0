package logs

import (
	"slices"
	"time"
)

// mostBuckets is how many a timeline may have, about as many as a chart can show.
const mostBuckets = 200

// widths of buckets, in seconds: as people count time.
var widths = []int64{60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 7 * 86400, 28 * 86400, 364 * 86400, 3640 * 86400, 36400 * 86400}

// A Bucket is a part of the time that the logs cover.
type Bucket struct {
	Start   time.Time
	Flows   uint64 // events of the flow log
	Packets uint64
	Bytes   uint64
	Passed  uint64 // alerts whose outcome is not blocked
	Blocked uint64
}

// A timeline counts events by time, in buckets that get wider as the time does. How
// wide they are in the end follows from the first and the last event alone.
type timeline struct {
	latest   *Bucket // that was added to, and the microseconds that it covers
	from, to int64
	width    int   // of widths
	first    int64 // number of the first bucket
	buckets  []Bucket
}

func (t *timeline) add(e *event) {
	if e.time < t.from || e.time >= t.to {
		t.latest = t.at(floorDiv(e.time, 1e6))
		width := widths[t.width] * 1e6
		t.from = floorDiv(e.time, width) * width
		t.to = t.from + width
	}
	b := t.latest
	switch {
	case e.log == Flow:
		b.Flows++
		b.Packets = plus(b.Packets, e.packets)
		b.Bytes = plus(b.Bytes, e.bytes)
	case e.log == Alert && string(e.text[outcome]) == "blocked":
		b.Blocked++
	case e.log == Alert:
		b.Passed++
	}
}

// at returns the bucket of a second since 1970.
func (t *timeline) at(second int64) *Bucket {
	for {
		n := floorDiv(second, widths[t.width])
		if len(t.buckets) == 0 {
			t.first = n
			t.buckets = append(make([]Bucket, 0, mostBuckets), Bucket{})
		}
		first, last := min(t.first, n), max(t.first+int64(len(t.buckets))-1, n)
		if last-first < mostBuckets {
			t.cover(first, last)
			return &t.buckets[n-t.first]
		}
		t.widen(t.width + 1)
	}
}

// cover makes room for the buckets from first to last.
func (t *timeline) cover(first, last int64) {
	if before := t.first - first; before > 0 {
		t.buckets = slices.Insert(t.buckets, 0, make([]Bucket, before)...)
		t.first = first
	}
	if after := last - t.first + 1 - int64(len(t.buckets)); after > 0 {
		t.buckets = append(t.buckets, make([]Bucket, after)...)
	}
}

// widen counts the same in buckets of another width.
func (t *timeline) widen(width int) {
	old, from := t.buckets, t.width
	first := t.first
	*t = timeline{width: width}
	for i := range old {
		if old[i] != (Bucket{}) || i == 0 || i == len(old)-1 {
			t.at((first + int64(i)) * widths[from]).join(&old[i])
		}
	}
}

func (b *Bucket) join(o *Bucket) {
	b.Flows += o.Flows
	b.Packets = plus(b.Packets, o.Packets)
	b.Bytes = plus(b.Bytes, o.Bytes)
	b.Passed += o.Passed
	b.Blocked += o.Blocked
}

func (t *timeline) merge(o *timeline) {
	if len(o.buckets) == 0 {
		return
	}
	for t.width < o.width {
		t.widen(o.width)
	}
	for i := range o.buckets {
		t.at((o.first + int64(i)) * widths[o.width]).join(&o.buckets[i])
	}
}

// result returns the buckets with their times.
func (t *timeline) result() []Bucket {
	for i := range t.buckets {
		t.buckets[i].Start = time.Unix((t.first+int64(i))*widths[t.width], 0).UTC()
	}
	return t.buckets
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
