package chargeback

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

// schemaSizes are megabytes by debtor, of one reading.
type schemaSizes struct {
	payers []debtor
	mb     []int64
}

// shareBySchemas shares each part by what the tables of schemas took: at the last harvest
// until the end of the part's day, else at the first after it.
func (s *sharer) shareBySchemas(ctx context.Context, c *sharedCharge, units map[string]string) error {
	sizes := map[time.Time]schemaSizes{} // by day
	for _, p := range c.parts {
		at := billDay(p.booked)
		of, ok := sizes[at]
		if !ok {
			var err error
			if of, err = s.sizesOf(ctx, c.Kind, units, at); err != nil {
				return err
			}
			sizes[at] = of
		}
		quantities := allocate.Split(p.quantity, of.mb)
		for i, quantity := range quantities {
			c.add(of.payers[i], at, quantity)
		}
		if quantities == nil {
			s.note("%s: the size of schemas on %s is not known: its charges for %s are attributed to no unit", s.Warehouse, at.Format(time.DateOnly), c.Kind)
			c.add(debtor{"", "", BasisNone}, at, p.quantity)
		}
	}
	return nil
}

// sizesOf returns the sizes that count on a day.
func (s *sharer) sizesOf(ctx context.Context, kind Kind, units map[string]string, at time.Time) (schemaSizes, error) {
	taken, ok, err := s.reading(ctx, SchemaSizes, at.Add(wholeDay-1))
	if err != nil || !ok {
		return schemaSizes{}, err
	}
	of, _ := s.ruleOf(kind)
	key := sizeReading{of, taken.UnixMicro()}
	if sizes, ok := s.sizes[key]; ok {
		return sizes, nil
	}
	mb := map[debtor]int64{}
	for size, err := range Read[SchemaSize](ctx, s.options.Usage, s.key, momentOf(taken)) {
		if err != nil {
			return schemaSizes{}, err
		}
		mb[payerOfSchema(size, units)] += max(size.MB, 0)
	}
	sizes := schemaSizes{payers: slices.SortedFunc(maps.Keys(mb), comparePayers)}
	for _, p := range sizes.payers {
		sizes.mb = append(sizes.mb, mb[p])
	}
	s.sizes[key] = sizes
	return sizes, nil
}

// A sizeReading is a reading of the sizes of schemas, as the rule of a kind sees it.
type sizeReading struct {
	rule  Kind
	taken int64
}

// payerOfSchema returns who pays for a schema. The owner of one without a unit is its name.
func payerOfSchema(size SchemaSize, units map[string]string) debtor {
	name := size.Database + "." + size.Schema
	unit := cmp.Or(units[name], units[size.Schema])
	if unit != "" {
		return debtor{unit, "", BasisSchemas}
	}
	return debtor{"", name, BasisSchemas}
}

func comparePayers(a, b debtor) int {
	return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.owner, b.owner), cmp.Compare(a.basis, b.basis))
}
