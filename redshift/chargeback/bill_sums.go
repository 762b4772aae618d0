package chargeback

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// A UnitTotal is what a unit pays.
type UnitTotal struct {
	Unit   string      `json:"unit"` // empty for what no unit pays
	Amount Amount      `json:"amount"`
	Cents  Amount      `json:"cents"` // rounded, so that those of all units add up to the rounded total
	Kinds  []KindTotal `json:"kinds"` // by kind
}

// A KindTotal is what is paid for a kind.
type KindTotal struct {
	Kind   Kind   `json:"kind"`
	Amount Amount `json:"amount"`
}

// A DayTotal is what is paid for a day.
type DayTotal struct {
	Day    time.Time `json:"day"` // midnight UTC
	Amount Amount    `json:"amount"`
}

// ByUnit returns what each unit with a line pays, by name.
func (b Bill) ByUnit() []UnitTotal {
	units := map[string]map[Kind]Amount{}
	for _, l := range b.Lines {
		if units[l.Unit] == nil {
			units[l.Unit] = map[Kind]Amount{}
		}
		units[l.Unit][l.Kind] += l.Amount
	}
	var totals []UnitTotal
	var amounts []int64
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		t := UnitTotal{Unit: unit}
		for _, kind := range slices.Sorted(maps.Keys(units[unit])) {
			t.Kinds = append(t.Kinds, KindTotal{kind, units[unit][kind]})
			t.Amount += units[unit][kind]
		}
		totals, amounts = append(totals, t), append(amounts, int64(t.Amount))
	}
	for i, rounded := range allocate.Round(amounts, oneCent) {
		totals[i].Cents = Amount(rounded)
	}
	return totals
}

// ByDay returns what each day of the period costs, in order.
func (b Bill) ByDay() []DayTotal {
	days := map[time.Time]Amount{}
	for d := b.Period.From; d.Before(b.Period.To); d = d.Add(wholeDay) {
		days[billDay(d)] = 0
	}
	for _, l := range b.Lines {
		days[billDay(l.Day)] += l.Amount
	}
	var totals []DayTotal
	for d, amount := range days {
		totals = append(totals, DayTotal{d, amount})
	}
	slices.SortFunc(totals, func(a, b DayTotal) int { return cmp.Or(a.Day.Compare(b.Day)) })
	return totals
}
