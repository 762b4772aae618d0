package chargeback

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ComputeBill bills a period from harvested usage: what each warehouse cost, and which units
// pay for it. The lines of the bill add up to its charges exactly; [Bill.Check] proves it.
//
// What nothing is known of is no error: the bill says in Gaps, Unpriced and Provisional what
// it lacks. It is an error if options cannot be right, before anything is read, or if
// harvested usage cannot be read. Of queries nothing is kept but sums by minute and debtor.
func ComputeBill(ctx context.Context, o BillOptions) (Bill, error) {
	if err := o.Validate(); err != nil {
		return Bill{}, err
	}
	if o.Usage.Store == nil {
		return Bill{}, errors.New("chargeback: options: usage: there is no store of harvested usage")
	}
	o.Period = Interval{o.Period.From.UTC(), o.Period.To.UTC()}
	f, err := charges(ctx, o)
	if err != nil {
		return Bill{}, err
	}
	return computeBill(ctx, o, f)
}

// computeBill shares what was found.
func computeBill(ctx context.Context, o BillOptions, f found) (Bill, error) {
	b := &biller{options: o, transactions: f.transactions, short: f.short, notes: map[string]bool{}}
	shared, err := b.share(ctx, f.charged, f.beside)
	if err != nil {
		return Bill{}, err
	}
	bill := Bill{
		Currency: cmp.Or(o.Description.Currency, "USD"), Period: o.Period, Units: o.Description.Units,
		Unpriced: f.unpriced, Provisional: f.provisional, Gaps: f.gaps, Crossing: f.crossing,
		Notes: slices.Concat(f.notes, slices.Sorted(maps.Keys(b.notes))),
	}
	bill.Charges, bill.Lines = billed(shared[:len(f.charged)])
	bill.BesideCharges, bill.Beside = billed(shared[len(f.charged):])
	for _, c := range bill.Charges {
		bill.Total += c.Amount
	}
	if err := bill.Check(); err != nil {
		return Bill{}, err
	}
	return bill, nil
}

// A biller shares charges.
type biller struct {
	options      BillOptions
	transactions map[string][]Transaction // by warehouse
	short        map[string]*shortTimes   // likewise
	notes        map[string]bool
	queries      int64 // read so far
}

func (b *biller) note(format string, args ...any) { b.notes[fmt.Sprintf(format, args...)] = true }

// share shares all charges, first those of the total and then those beside it.
func (b *biller) share(ctx context.Context, charged, beside []charged) ([]*sharedCharge, error) {
	var all []*sharedCharge
	of := map[string][]*sharedCharge{}
	for i, c := range slices.Concat(charged, beside) {
		s, err := newSharedCharge(c, i >= len(charged))
		if err != nil {
			return nil, err
		}
		all = append(all, s)
		of[c.Warehouse] = append(of[c.Warehouse], s)
	}
	for i, w := range b.options.Description.Warehouses {
		s := &sharer{biller: b, Warehouse: w, key: w.Key(), done: i, index: map[debtor]int{}, sizes: map[sizeReading]schemaSizes{}}
		if err := s.shareAll(ctx, of[s.key]); err != nil {
			return nil, err
		}
		delete(of, s.key)
		b.progress(Progress{Warehouse: s.key, Done: i + 1})
	}
	// What is left belongs to no warehouse.
	for _, charges := range of {
		for _, c := range charges {
			c.all(c.fixed())
		}
	}
	return all, nil
}

func (b *biller) progress(p Progress) {
	if b.options.Progress == nil {
		return
	}
	p.All, p.Queries = len(b.options.Description.Warehouses), b.queries
	b.options.Progress(p)
}
