package chargeback

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"time"
)

// priceUnits are the units of prices by kind, and how many units of the kind each has.
// Storage is per month: its unit has as many MB-hours as the month has hours, of 1,024 MB
// each. What is taken from a bill alone has none.
var priceUnits = map[Kind]struct {
	unit string
	size int64
}{
	Compute:      {"RPU-hour", 3600},
	Reservation:  {"RPU-hour", 3600},
	Optimization: {"RPU-hour", 3600},
	Storage:      {"GB-month", 1024},
	Transfer:     {"GB", 1 << 10},
	Nodes:        {"node-hour", 3600},
	UnusedNodes:  {"node-hour", 3600},
	ScalingTime:  {"node-hour", 3600},
	Spectrum:     {"TB", 1 << 20},
}

// longestDecimal is how long a decimal number may be.
const longestDecimal = 40

// decimal reads a decimal number that is not negative.
func decimal(text string) (*big.Rat, error) {
	r, err := billedNumber(text)
	if err != nil || len(text) > longestDecimal || r.Sign() < 0 {
		return nil, fmt.Errorf("%.60q: want a decimal number such as 0.375, not negative", text)
	}
	return r, nil
}

// validate refuses prices that nothing can be reckoned with.
func (p Prices) validate() error {
	var errs []error
	bad := func(of string, i int, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s[%d]: %w", of, i, err))
		}
	}
	for i, price := range p.Prices {
		bad("prices", i, price.check())
	}
	for i, price := range p.List {
		bad("list", i, price.check())
	}
	for i, d := range p.Discounts {
		_, err := decimal(d.Factor)
		if _, known := priceUnits[d.Kind]; err == nil && d.Kind != "" && !known {
			err = fmt.Errorf("there are no prices of kind %q", d.Kind)
		}
		bad("discounts", i, cmp.Or(err, checkSource(d.Source)))
	}
	seen := map[string]bool{}
	for i, r := range p.RPUs {
		bad("rpus", i, cmp.Or(checkReservation(r.RPUs, r.Hourly, r.Interval), checkSource(r.Source), checkOnce(seen, "rpus", r.ID)))
	}
	for i, r := range p.Nodes {
		err := checkReservation(r.Nodes, r.Hourly, r.Interval)
		if err == nil && (r.NodeType == "" || r.Region == "") {
			err = errors.New("of which Region and node type?")
		}
		bad("nodes", i, cmp.Or(err, checkSource(r.Source), checkOnce(seen, "nodes", r.ID)))
	}
	if len(errs) > 0 {
		return fmt.Errorf("chargeback: prices: %w", errors.Join(errs...))
	}
	return nil
}

func (p Price) check() error {
	_, err := decimal(p.Amount)
	unit, known := priceUnits[p.Kind]
	switch {
	case !known:
		return fmt.Errorf("there are no prices of kind %q", p.Kind)
	case err != nil:
		return err
	case p.Unit != unit.unit:
		return fmt.Errorf("of kind %s per %q: want it per %s", p.Kind, p.Unit, unit.unit)
	}
	return checkSource(p.Source)
}

// checkSource refuses what nobody can say the origin of: it is on every line.
func checkSource(source string) error {
	if source == "" {
		return errors.New(`no Source: tell where it is from, such as "fixed"`)
	}
	return nil
}

// checkOnce refuses a reservation that was there before: it would be paid twice.
func checkOnce(seen map[string]bool, of, id string) error {
	key := of + "/" + id
	if seen[key] {
		return fmt.Errorf("reservation %q is there twice", id)
	}
	seen[key] = true
	return nil
}

func checkReservation(n int64, hourly string, in Interval) error {
	_, err := decimal(hourly)
	switch {
	case err != nil:
		return err
	case n <= 0 || n > 1_000_000:
		return fmt.Errorf("%d reserved", n)
	case !in.From.Before(in.To):
		return errors.New("its interval is empty")
	}
	return nil
}

// of returns the price of a kind, with discounts.
func (p Prices) of(k Kind, region, nodeType string) (Price, bool) {
	if price, ok := fitting(p.Prices, k, region, nodeType); ok {
		return price, true
	}
	price, ok := fitting(p.List, k, region, nodeType)
	return p.discounted(price), ok
}

// fitting returns the first price that says most about what it is for.
func fitting(prices []Price, k Kind, region, nodeType string) (best Price, ok bool) {
	rank := -1
	for _, price := range prices {
		if price.Kind != k || price.Region != "" && price.Region != region || price.NodeType != "" && price.NodeType != nodeType {
			continue
		}
		fits := 0
		if price.Region != "" {
			fits++
		}
		if price.NodeType != "" {
			fits++
		}
		if fits > rank {
			best, rank = price, fits
		}
	}
	return best, rank >= 0
}

// discounted applies discounts to a price, and says so.
func (p Prices) discounted(price Price) Price {
	for _, d := range p.Discounts {
		if d.Kind != "" && d.Kind != price.Kind {
			continue
		}
		amount, err := decimal(price.Amount)
		factor, err2 := decimal(d.Factor)
		if err != nil || err2 != nil {
			continue // validate has refused it
		}
		price.Amount = decimalText(amount.Mul(amount, factor))
		price.Source += "; × " + d.Factor + " (" + d.Source + ")"
	}
	return price
}

// decimalText writes a number that is a product of decimal numbers, or rounds it to 15
// decimals.
func decimalText(r *big.Rat) string {
	digits, exact := r.FloatPrec()
	if !exact {
		digits = 15
	}
	return r.FloatString(digits)
}

// amountOf is what a quantity costs at a price, rounded half to even to millionths. The
// month of storage is that of the given time.
func amountOf(millionthsOf int64, p Price, at time.Time) (Amount, error) {
	price, err := decimal(p.Amount)
	if err != nil {
		return 0, err
	}
	size := priceUnits[p.Kind].size
	if p.Kind == Storage {
		size *= hoursOfMonth(at)
	}
	r := new(big.Rat).SetFrac64(millionthsOf, size) // of millionths, so the result is in millionths
	a, ok := roundRat(r.Mul(r, price))
	if !ok {
		return 0, fmt.Errorf("%s at %s per %s is more than can be counted", textMillionths(millionthsOf), p.Amount, p.Unit)
	}
	return a, nil
}
