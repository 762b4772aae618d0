package chargeback

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// A billSums is a bill summed up, with amounts in whole cents that add up: those of the units
// to the total, and those of a unit to that of the unit.
type billSums struct {
	kinds []Kind // of lines, in order
	units []unitSum
	cents Amount // the total, rounded

	lines, charges Amount // sums; both are the total, or the bill is wrong
}

// A unitSum is what a unit pays: those that pay most first, and last what nobody pays.
type unitSum struct {
	name   string // empty for what is not attributed
	cells  []cellSum
	amount Amount
	cents  Amount
	folded bool // it stands for small units, in a chart
}

// A cellSum is what a unit pays of a kind. The state is why, where it is not for what the
// unit ran.
type cellSum struct {
	kind   Kind
	state  string
	amount Amount
	cents  Amount
}

// sums sums the bill up.
func (b *Bill) sums() billSums {
	type key struct {
		kind  Kind
		state string
	}
	s := billSums{}
	byUnit := map[string]map[key]Amount{}
	for i := range b.Lines {
		l := &b.Lines[i]
		cells := byUnit[l.Unit]
		if cells == nil {
			cells = map[key]Amount{}
			byUnit[l.Unit] = cells
		}
		cells[key{l.Kind, l.state()}] += l.Amount
		s.lines += l.Amount
	}
	for _, c := range b.Charges {
		s.charges += c.Amount
	}
	for name, cells := range byUnit {
		u := unitSum{name: name}
		for k, amount := range cells {
			u.cells = append(u.cells, cellSum{kind: k.kind, state: k.state, amount: amount})
			u.amount += amount
			s.kinds = append(s.kinds, k.kind)
		}
		slices.SortFunc(u.cells, func(a, b cellSum) int { return cmp.Or(compareKinds(a.kind, b.kind), cmp.Compare(a.state, b.state)) })
		s.units = append(s.units, u)
	}
	slices.SortFunc(s.kinds, compareKinds)
	s.kinds = slices.Compact(s.kinds)
	slices.SortFunc(s.units, compareUnits)
	s.round()
	return s
}

// The states of lines that are not for what a unit ran.
const (
	stateIdle    = "idle"
	stateSpread  = "idle, spread"
	stateHarvest = "harvest"
)

func (l *Line) state() string {
	switch {
	case l.Basis == BasisSpread:
		return stateSpread
	case l.Basis == BasisIdle || l.Owner == OwnerIdle:
		return stateIdle
	case l.Owner == OwnerHarvest:
		return stateHarvest
	}
	return ""
}

// round rounds the units first, for they pay, then what each pays for.
func (s *billSums) round() {
	amounts := make([]Amount, len(s.units))
	for i, u := range s.units {
		amounts[i] = u.amount
	}
	for i, c := range centsOf(amounts) {
		u := &s.units[i]
		u.cents = c
		s.cents += c
		amounts := make([]Amount, len(u.cells))
		for k, cell := range u.cells {
			amounts[k] = cell.amount
		}
		for k, c := range centsWithin(c, amounts) {
			u.cells[k].cents = c
		}
	}
}

// centsOf rounds amounts to cents that add up to the rounded sum.
func centsOf(amounts []Amount) []Amount {
	counts := make([]int64, len(amounts))
	for i, a := range amounts {
		counts[i] = int64(a)
	}
	rounded := make([]Amount, len(amounts))
	for i, c := range allocate.Round(counts, oneCent) {
		rounded[i] = Amount(c)
	}
	return rounded
}

// centsWithin rounds amounts to cents that add up to the given sum, which was rounded among
// others and may be a cent off. The largest amount bears it.
func centsWithin(sum Amount, amounts []Amount) []Amount {
	rounded := centsOf(amounts)
	largest := 0
	for i, c := range rounded {
		sum -= c
		if max(c, -c) > max(rounded[largest], -rounded[largest]) {
			largest = i
		}
	}
	if len(rounded) > 0 {
		rounded[largest] += sum
	}
	return rounded
}

// kind returns what the unit pays of a kind, in cents.
func (u *unitSum) kind(k Kind) (cents Amount, there bool) {
	for _, c := range u.cells {
		if c.kind == k {
			cents, there = cents+c.cents, true
		}
	}
	return cents, there
}

// centsOfNone returns what is not attributed, in cents.
func (s *billSums) centsOfNone() Amount {
	if n := len(s.units); n > 0 && s.units[n-1].name == "" {
		return s.units[n-1].cents
	}
	return 0
}

// centsOf returns what lines of a state cost, in cents.
func (s *billSums) centsOf(state string) Amount {
	var sum Amount
	for _, u := range s.units {
		for _, c := range u.cells {
			if c.state == state {
				sum += c.cents
			}
		}
	}
	return sum
}

// compareUnits puts those that pay most first, and what nobody pays last.
func compareUnits(a, b unitSum) int {
	if (a.name == "") != (b.name == "") {
		return cmp.Compare(b.name, a.name)
	}
	return cmp.Or(cmp.Compare(b.amount, a.amount), strings.Compare(a.name, b.name))
}

// kindOrder is the order of kinds in outputs.
var kindOrder = []Kind{Compute, Reservation, Nodes, UnusedNodes, ScalingTime, Spectrum, Storage, Transfer, Snapshots, Optimization, Other}

func compareKinds(a, b Kind) int {
	rank := func(k Kind) int {
		if i := slices.Index(kindOrder, k); i >= 0 {
			return i
		}
		return len(kindOrder)
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
}

// An ownerSum is what a unit pays for one of its owners.
type ownerSum struct {
	unit, owner string
	amount      Amount
	cents       Amount
}

// checkLineSum refuses a bill whose lines or charges do not add up to its total: whoever adds
// up a table has no total to compare it with.
func (b *Bill) checkLineSum() error {
	if err := b.checkTotal(); err != nil {
		return err
	}
	sum, ok := int64(0), true
	for i := range b.Lines {
		if sum, ok = addExactly(sum, int64(b.Lines[i].Amount)); !ok {
			return fmt.Errorf("lines[%d]: the sum is too large", i)
		}
	}
	if Amount(sum) != b.Total {
		return fmt.Errorf("the lines add up to %s, the total is %s", Amount(sum), b.Total)
	}
	return nil
}

// owners returns what units pay by owner, those of a unit together and in the order of the
// sums, or nothing if no line has an owner that is a name.
func (b *Bill) owners(s billSums) []ownerSum {
	type key struct{ unit, owner string }
	amounts := map[key]Amount{}
	named := false
	for i := range b.Lines {
		l := &b.Lines[i]
		amounts[key{l.Unit, l.Owner}] += l.Amount
		named = named || l.Owner != "" && l.Owner != OwnerIdle && l.Owner != OwnerHarvest && l.Owner != OwnerNone
	}
	if !named {
		return nil
	}
	byUnit := map[string][]ownerSum{}
	for k, amount := range amounts {
		byUnit[k.unit] = append(byUnit[k.unit], ownerSum{unit: k.unit, owner: k.owner, amount: amount})
	}
	var all []ownerSum
	for _, u := range s.units {
		of := byUnit[u.name]
		slices.SortFunc(of, func(a, b ownerSum) int {
			return cmp.Or(cmp.Compare(b.amount, a.amount), strings.Compare(a.owner, b.owner))
		})
		amounts := make([]Amount, len(of))
		for i := range of {
			amounts[i] = of[i].amount
		}
		for i, c := range centsWithin(u.cents, amounts) {
			of[i].cents = c
		}
		all = append(all, of...)
	}
	return all
}

// chargeCents returns the amounts of the charges in cents, which add up to the total.
func (b *Bill) chargeCents() []Amount {
	amounts := make([]Amount, len(b.Charges))
	for i, c := range b.Charges {
		amounts[i] = c.Amount
	}
	return centsOf(amounts)
}

// chargeDays returns a day of each charge: storage is charged by month, so that its quantity
// is in GB-months of that of the day.
func (b *Bill) chargeDays() []time.Time {
	days := make([]time.Time, len(b.Charges))
	for i := range days {
		days[i] = b.Period.From
	}
	for i := range b.Lines {
		if l := &b.Lines[i]; l.Charge >= 0 && l.Charge < len(days) {
			days[l.Charge] = l.Day
		}
	}
	return days
}

// chargeOf returns the charge of a line, empty if the line names none.
func (b *Bill) chargeOf(l *Line) Charge {
	if l.Charge < 0 || l.Charge >= len(b.Charges) {
		return Charge{}
	}
	return b.Charges[l.Charge]
}

// besideSums returns the lines beside the total, summed over days and owners.
func (b *Bill) besideSums() []Line {
	type key struct {
		unit, warehouse string
		kind            Kind
	}
	at := map[key]int{}
	var sums []Line
	for _, l := range b.Beside {
		k := key{l.Unit, l.Warehouse, l.Kind}
		i, ok := at[k]
		if !ok {
			i = len(sums)
			at[k] = i
			sums = append(sums, Line{Unit: l.Unit, Warehouse: l.Warehouse, Kind: l.Kind})
		}
		sums[i].Quantity += l.Quantity
		sums[i].Amount += l.Amount
	}
	slices.SortFunc(sums, func(a, b Line) int {
		return cmp.Or(strings.Compare(a.Unit, b.Unit), strings.Compare(a.Warehouse, b.Warehouse), compareKinds(a.Kind, b.Kind))
	})
	return sums
}
