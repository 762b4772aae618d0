package chargeback

import (
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A measure is how a kind is counted, and how a person counts it.
type measure struct {
	counted, large string   // units, in the manner of FOCUS
	human          string   // the large one, in prose
	per            *big.Rat // counted units in a large one
}

// measureOf returns the measure of a kind. A GB has 1,024 MB, as AWS counts, and a GB-month
// the hours of the month of the given time. The units of what is taken from a bill are those
// of its price.
func measureOf(k Kind, at time.Time) measure {
	switch k {
	case Compute, Reservation, Optimization:
		return measure{"RPU-Seconds", "RPU-Hours", "RPU-hours", big.NewRat(3600, 1)}
	case Nodes, UnusedNodes:
		return measure{"Node-Seconds", "Node-Hours", "node-hours", big.NewRat(3600, 1)}
	case ScalingTime:
		return measure{"Seconds", "Hours", "hours", big.NewRat(3600, 1)}
	case Storage:
		return measure{"MB-Hours", "GB-Months", "GB-months", big.NewRat(1024*hoursOfMonth(at), 1)}
	case Transfer:
		return measure{"MB", "GB", "GB", big.NewRat(1<<10, 1)}
	case Spectrum:
		return measure{"MB", "TB", "TB", big.NewRat(1<<20, 1)}
	}
	return measure{per: big.NewRat(1, 1)}
}

func hoursOfMonth(t time.Time) int64 {
	year, month, _ := t.UTC().Date()
	first := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC)
	return int64(first.AddDate(0, 1, 0).Sub(first) / time.Hour)
}

// of returns a quantity in large units.
func (m measure) of(millionths int64) *big.Rat {
	q := big.NewRat(millionths, 1_000_000)
	return q.Quo(q, m.per)
}

// textQuantity returns a quantity in the unit that a person counts it in, empty if it is 0
// of a kind that has none.
func textQuantity(k Kind, millionths int64, p Price, at time.Time) string {
	m := measureOf(k, at)
	unit := m.human
	if unit == "" {
		unit = p.Unit
	}
	if m.human == "" && millionths == 0 {
		return ""
	}
	q := m.of(millionths)
	text := q.FloatString(3)
	if strings.Trim(text, "-0.") == "" && q.Sign() != 0 { // little is not nothing
		text = q.FloatString(12)
	}
	return strings.TrimSpace(textGroups(textTrim(text)) + " " + unit)
}

// textTrim cuts zeros after the point.
func textTrim(number string) string {
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	return number
}

// textGroups puts commas between thousands.
func textGroups(number string) string {
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, has := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if has {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}

// textMillionths returns a number that is counted in millionths with six digits after the
// point, and no others.
func textMillionths(n int64) string {
	sign, u := "", uint64(n)
	if n < 0 {
		sign, u = "-", -u
	}
	return fmt.Sprintf("%s%d.%06d", sign, u/1_000_000, u%1_000_000)
}

// textCents returns an amount of whole cents for a person.
func textCents(a Amount) string {
	exact := textMillionths(int64(a))
	return textGroups(exact[:len(exact)-4])
}

// textExact returns an amount for a person, with all digits.
func textExact(a Amount) string { return textGroups(textMillionths(int64(a))) }

// textPrice returns a price for a person, empty if there is none.
func textPrice(p Price) string {
	switch {
	case p.Amount == "":
		return ""
	case p.Unit == "":
		return p.Amount
	}
	return p.Amount + " per " + p.Unit
}

// textName makes a name safe to look at on one line, and cuts a long one.
func textName(name string) string { return textCut(printable.Escape(name), 80) }

func textCut(text string, most int) string {
	if len(text) > most {
		if r := []rune(text); len(r) > most {
			return string(r[:most-1]) + "…"
		}
	}
	return text
}

// warehouseOf takes the key of a warehouse apart.
func warehouseOf(key string) (share.Warehouse, bool) {
	parts := strings.SplitN(key, "/", 4)
	if len(parts) != 4 {
		return share.Warehouse{}, false
	}
	w := share.Warehouse{Account: parts[0], Region: parts[1]}
	switch parts[2] {
	case "cluster":
		w.Cluster = parts[3]
	case "workgroup":
		w.Workgroup = parts[3]
	default:
		return share.Warehouse{}, false
	}
	return w, true
}

// warehouseText returns a warehouse as a person reads it.
func warehouseText(key string) string {
	if w, ok := warehouseOf(key); ok {
		return w.String()
	}
	if key == "" {
		return "(no warehouse)"
	}
	return key
}

// unitText names a unit.
func unitText(name string) string {
	if name == "" {
		return "(not attributed)"
	}
	return name
}

// ownerText names an owner.
func ownerText(name string) string {
	if name == "" {
		return "(not told apart)"
	}
	return name
}

// textState names a kind of charge, and why.
func textState(k Kind, state string) string {
	if state == "" {
		return string(k)
	}
	return string(k) + ", " + state
}

// textPeriod returns days as a person names them: the last one is in it.
func textPeriod(i Interval) string {
	last := i.To.UTC().Add(-time.Nanosecond)
	return i.From.UTC().Format(time.DateOnly) + " to " + last.Format(time.DateOnly) + " (UTC)"
}

// textInterval returns a time to the minute.
func textInterval(i Interval) string {
	const layout = "2006-01-02 15:04"
	return i.From.UTC().Format(layout) + " to " + i.To.UTC().Format(layout)
}

// textCrossingEnd tells when a transaction ended.
func textCrossingEnd(c Crossing) string {
	if c.End.IsZero() {
		return "not seen"
	}
	return c.End.UTC().Format("2006-01-02 15:04:05")
}

// textPercent returns how much of a sum an amount is, to a tenth of a percent; empty if the
// sum is not positive or the amount is negative.
func textPercent(part, sum Amount) string {
	if sum <= 0 || part < 0 {
		return ""
	}
	share := big.NewRat(int64(part), int64(sum))
	return share.Mul(share, big.NewRat(100, 1)).FloatString(1) + " %"
}

// textCount returns a count with its word.
func textCount(n int, word string) string {
	if n != 1 {
		word += "s"
	}
	return textGroups(fmt.Sprint(n)) + " " + word
}
