package redshift

import (
	"context"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftarn"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// A view is all that a decision is made from.
type view struct {
	opts    ShareOptions
	owned   []share.Item
	records records
	readers []*reader // the producer first
	state   share.State
}

// viewShare reads everything.
func viewShare(ctx context.Context, k *connector, opts ShareOptions) (*view, error) {
	v := &view{opts: opts}
	var err error
	if v.records, err = readRecords(ctx, opts); err != nil {
		return nil, err
	}
	v.owned = v.records.items()
	producer, err := read(ctx, k, v.readProducer())
	if err != nil {
		return nil, err
	}
	if producer.cut != nil { // and nothing can be said
		return nil, fmt.Errorf("%s: %w", producer.warehouse, producer.cut)
	}
	v.state.Producer = producer.found
	consumers, err := readAll(ctx, k, v.readConsumers(producer))
	if err != nil {
		return nil, err
	}
	for _, r := range consumers {
		v.state.Consumers = append(v.state.Consumers, r.found)
	}
	v.readers = append([]*reader{producer}, consumers...)
	return v, nil
}

func (v *view) decide() (share.Decision, error) {
	return share.Decide(v.opts.Description, v.state, share.DecideOptions{
		Owned: v.owned, Remembers: v.opts.Store != nil, Adopt: v.opts.Adopt, PricePerRPUHour: v.opts.PricePerRPUHour,
	})
}

// readProducer is what to read of the producer.
func (v *view) readProducer() reading {
	r := reading{warehouse: v.opts.Producer, producer: true, leftOut: v.leftOut()}
	if v.crossesAccounts() {
		r.datashares = v.datashares()
	}
	return r
}

// leftOut are the grants that are described or were made and that views may leave out.
func (v *view) leftOut() []share.Grant {
	anywhere := share.State{Producer: share.Found{Namespace: "any"}}
	var all []share.Grant
	for _, i := range slices.Concat(share.Wanted(v.opts.Description, anywhere), v.owned) {
		if i.Grant != nil && mayBeLeftOut(*i.Grant) {
			all = append(all, *i.Grant)
		}
	}
	return all
}

// datashares are the names of the datashares that are described or were made.
func (v *view) datashares() []string {
	var names []string
	for _, d := range v.opts.Datashares {
		names = append(names, d.Name)
	}
	for _, i := range v.owned {
		names = append(names, i.Datashare)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// crossesAccounts reports whether another account has to do with it. Only then the control
// plane is asked about associations.
func (v *view) crossesAccounts() bool {
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Account != "" || c.Warehouse != nil && c.Warehouse.Account != v.opts.Producer.Account {
				return true
			}
		}
	}
	return slices.ContainsFunc(v.owned, func(i share.Item) bool {
		return i.Kind == share.KindAuthorization || i.Kind == share.KindAssociation
	})
}

// readConsumers is what to read of each consumer that is described or was given something.
func (v *view) readConsumers(producer *reader) []reading {
	var all []reading
	index := map[string]int{v.opts.Producer.Key(): -1}
	of := func(w share.Warehouse) *reading {
		i, ok := index[w.Key()]
		if !ok {
			i = len(all)
			index[w.Key()] = i
			all = append(all, reading{warehouse: w, grantees: map[string][]share.Grantee{}})
		}
		if i < 0 {
			return nil
		}
		return &all[i]
	}
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Warehouse == nil {
				continue
			}
			r := of(*c.Warehouse)
			for _, g := range c.Grants {
				r.add(c.Database, granteeOf(g))
			}
		}
	}
	for _, i := range v.owned {
		r := of(i.Warehouse)
		switch {
		case r == nil:
		case i.Grant != nil:
			r.add(i.Grant.Database, i.Grant.Grantee)
		case i.Kind == share.KindDatabase && !v.describes(i):
			r.dropped = append(r.dropped, i.Database)
		}
	}
	if producer.found.Namespace != "" && v.crossesAccounts() {
		for i := range all {
			v.addARNs(&all[i], producer)
		}
	}
	return all
}

// describes reports whether a database is described, with the account of its warehouse or
// without.
func (v *view) describes(database share.Item) bool {
	w := database.Warehouse
	for _, d := range v.opts.Datashares {
		for _, c := range d.Consumers {
			if c.Warehouse != nil && c.Warehouse.Cluster == w.Cluster && c.Warehouse.Workgroup == w.Workgroup && c.Database == database.Database {
				return true
			}
		}
	}
	return false
}

// addARNs has a consumer in another account look at the datashares of the producer.
func (v *view) addARNs(r *reading, producer *reader) {
	if r.warehouse.Account == v.opts.Producer.Account {
		return
	}
	t := producer.target
	for _, name := range v.datashares() {
		r.datashares = append(r.datashares, redshiftarn.Datashare(t.Partition, t.Region, t.Account, producer.found.Namespace, name))
	}
}

func (r *reading) add(database string, g share.Grantee) {
	if database != "" && !slices.Contains(r.grantees[database], g) {
		r.grantees[database] = append(r.grantees[database], g)
	}
}

func granteeOf(g share.ConsumerGrant) share.Grantee {
	if g.Role != "" {
		return share.Grantee{Type: share.ToRole, Name: g.Role}
	}
	return share.Grantee{Type: share.ToUser, Name: g.User}
}
