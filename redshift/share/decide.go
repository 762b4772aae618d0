package share

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/awspatterns/awspatterns"
)

// DecideOptions are how to decide.
type DecideOptions struct {
	// Owned are the items that earlier plans made. Nothing else is taken away.
	Owned []Item

	// Remembers is whether there is a store that Owned comes from.
	Remembers bool

	// Adopt says that the description is all there is to be in the datashares and
	// databases that it describes: what is foreign in them is taken away, and what is
	// described is this library's from then on. Datashares and databases are never
	// dropped for it.
	Adopt bool

	// PricePerRPUHour is the caller's price of one RPU for an hour; 0 if not known.
	PricePerRPUHour float64
}

// Decide compares what is described, what was found and what earlier plans made, and
// returns what to do: what is wanted and was not found is made; what was made, was found
// and is no longer described is taken away, after all that is made; what is neither
// described nor made by an earlier plan is reported. What could not be read is neither made
// nor taken away, nor is what needs it; the rest is decided all the same.
//
// The order of datashares, consumers, grants and of what was found does not matter.
//
// It returns an error for a description that is wrong by itself or given what was found:
// see [Description.Validate]; a name with capital letters where Redshift folds them; a
// consumer that is the producer, or another consumer, under another name.
func Decide(d Description, s State, opts DecideOptions) (Decision, error) {
	if err := d.Validate(); err != nil {
		return Decision{}, err
	}
	if err := cmp.Or(refuse(d, s), checkOwned(opts.Owned)); err != nil {
		return Decision{}, err
	}
	dc := newDeciding(d, s, opts)
	dc.standing()
	if s.Producer.Namespace == "" { // nothing is known to be wanted, so nothing is unwanted
		return dc.result(), nil
	}
	dc.make()
	dc.change()
	dc.adopt()
	dc.takeAway()
	dc.leave()
	return dc.result(), nil
}

// A deciding is a decision on its way.
type deciding struct {
	places
	about
	opts DecideOptions

	wanted, have, owned map[string]Item // by key
	now                 map[string]bool // what there is when the steps so far are done, by key

	holds map[string]*hold // by id
	held  map[string]*hold // by key of what is held back

	making, takingAway []Step
	decision           Decision
	notes              map[string]bool
	contents           map[string][]Item // what was found in datashares and databases, by these
}

func newDeciding(d Description, s State, opts DecideOptions) *deciding {
	dc := &deciding{
		places: placesOf(s),
		opts:   opts,
		wanted: byKey(Wanted(d, s)),
		have:   byKey(Have(d, s, opts.Owned)),
		owned:  byKey(opts.Owned),
		now:    map[string]bool{},
		holds:  map[string]*hold{},
		held:   map[string]*hold{},
		notes:  map[string]bool{},
	}
	dc.about = aboutOf(d, dc.places)
	for key := range dc.have {
		dc.now[key] = true
	}
	dc.index()
	return dc
}

func byKey(items []Item) map[string]Item {
	m := make(map[string]Item, len(items))
	for _, i := range items {
		m[i.Key()] = i
	}
	return m
}

func (dc *deciding) note(format string, args ...any) { dc.notes[fmt.Sprintf(format, args...)] = true }

func (dc *deciding) drift(i Item, how How, reason string) {
	dc.decision.Drift = append(dc.decision.Drift, Drift{Item: i, How: how, Reason: reason})
}

// make decides what to make of what is wanted.
func (dc *deciding) make() {
	var missing []Item
	for key, i := range dc.wanted {
		if _, ok := dc.have[key]; !ok {
			missing = append(missing, i)
		}
	}
	slices.SortFunc(missing, inOrder)
	var made []Item
	for _, i := range missing {
		h := dc.unknown(i)
		if _, ok := dc.owned[i.Key()]; ok && h == nil {
			dc.drift(i, Missing, "")
		}
		if h == nil {
			h = first(i, dc.waiting, dc.condition)
		}
		if h != nil {
			dc.hold(h, i)
			continue
		}
		made = append(made, i)
	}
	for group := range groups(made) {
		dc.making = append(dc.making, dc.step(group))
		for _, i := range group {
			dc.now[i.Key()] = true
		}
	}
}

// change sets attributes again that are not as described.
func (dc *deciding) change() {
	for _, key := range slices.Sorted(maps.Keys(dc.wanted)) {
		found, ok := dc.have[key]
		want := dc.wanted[key]
		if !ok || found.PublicAccessible == want.PublicAccessible && found.Writes == want.Writes {
			continue
		}
		dc.drift(want, Changed, "")
		h := dc.condition(want)
		if h == nil {
			h = dc.foreignAttribute(want, found)
		}
		if h != nil {
			dc.hold(h, want)
			continue
		}
		dc.making = append(dc.making, dc.update(want, found))
	}
}

// adopt takes over what is described and was found, so that later plans can take it away.
func (dc *deciding) adopt() {
	if !dc.opts.Adopt || !dc.opts.Remembers {
		return
	}
	adopted := map[string][]Item{}
	for _, i := range sorted(dc.wanted) {
		_, owned := dc.owned[i.Key()]
		if found, ok := dc.have[i.Key()]; ok && !owned && dc.held[i.Key()] == nil && dc.taken(i) == nil {
			key := i.Namespace + separator + i.Datashare
			adopted[key] = append(adopted[key], found)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(adopted)) {
		dc.making = append(dc.making, dc.adoption(adopted[key]))
	}
}

// result puts all together: what is made, then what is taken away, then what is left to
// people.
func (dc *deciding) result() Decision {
	slices.SortStableFunc(dc.making, func(a, b Step) int { return inOrder(a.Items[0], b.Items[0]) })
	slices.SortStableFunc(dc.takingAway, func(a, b Step) int { return inReverse(a.Items[0], b.Items[0]) })
	d := dc.decision
	d.Steps = slices.Concat(dc.making, dc.takingAway, dc.holdSteps())
	slices.SortFunc(d.Drift, func(a, b Drift) int {
		return cmp.Or(cmp.Compare(a.How, b.How), inOrder(a.Item, b.Item), cmp.Compare(a.Item.Key(), b.Item.Key()))
	})
	slices.SortFunc(d.Forget, func(a, b Item) int { return cmp.Compare(a.Key(), b.Key()) })
	d.Costs = dc.costs(d.Steps)
	d.Notes = slices.Sorted(maps.Keys(dc.notes))
	return d
}

// Incomplete reports whether something could not be read: whether there is a step of the
// action Unknown.
func (d Decision) Incomplete() bool {
	return slices.ContainsFunc(d.Steps, func(s Step) bool { return s.Change.Action == awspatterns.Unknown })
}

// refuse finds what is wrong with a description given what was found.
func refuse(d Description, s State) error {
	places := placesOf(s)
	var errs []error
	for i, ds := range d.Datashares {
		at := fmt.Sprintf("datashares[%d]", i)
		errs = append(errs, places.refuseFolded(at, d.Producer, ds)...)
		errs = append(errs, places.refuseTwins(at, ds)...)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("share: description: %w", err)
	}
	return nil
}

// checkOwned refuses what was remembered and is no item.
func checkOwned(owned []Item) error {
	for _, i := range owned {
		granted := i.Kind == KindGrant || i.Kind == KindDatabaseUsage
		if !slices.Contains(kinds, i.Kind) || granted && i.Grant == nil || i.Producer == "" {
			return fmt.Errorf("share: what earlier plans made: %q of datashare %q is no item: the store is of another version, or was changed", i.Kind, i.Datashare)
		}
	}
	return nil
}

// refuseTwins finds consumers that are one, or the producer, under two names.
func (p places) refuseTwins(path string, ds Datashare) []error {
	var errs []error
	seen := map[UsedBy]int{}
	for i, c := range ds.Consumers {
		who, found, abroad, ok := p.consumer(c)
		if !ok {
			continue
		}
		if c.Warehouse != nil {
			who = UsedBy{Namespace: found.Namespace}
		}
		first, twice := seen[who]
		switch {
		case who.Namespace != "" && who.Namespace == p.producer.Namespace:
			errs = append(errs, fmt.Errorf("%s.consumers[%d]: %s is that of the producer, which needs no datashare of its own", path, i, who))
		case abroad && who.Account != "" && who.Account == p.producer.account():
			errs = append(errs, fmt.Errorf("%s.consumers[%d]: %s is the producer's own: name the warehouses or namespaces in it", path, i, who))
		case twice:
			errs = append(errs, fmt.Errorf("%s.consumers[%d]: %s is that of %s.consumers[%d], too: leave one out", path, i, who, path, first))
		}
		seen[who] = i
	}
	return errs
}
