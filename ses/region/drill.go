package region

import (
	"fmt"
	"slices"
)

// DrillOptions say what is lost, and how much is sent.
type DrillOptions struct {
	// What each Region must carry, as for readiness.
	ReadinessOptions

	// Volumes are recipients in 24 hours, in both Regions together, by identity. Without them
	// it cannot be told how much of the mail an identity stands for.
	Volumes map[string]float64 `json:"volumes,omitempty"`
}

// Check refuses options that nothing can be done with.
func (o DrillOptions) Check() error {
	for name, v := range o.Volumes {
		if !(v >= 0 && v <= mostAskedFor) {
			return fmt.Errorf("volumes: %q has %v: give how many recipients in 24 hours, up to %s", name, v, amount(mostAskedFor))
		}
	}
	return o.ReadinessOptions.Check()
}

// A DrillResult is what would not go out if a Region were gone now.
type DrillResult struct {
	Losses []Loss `json:"losses"` // one, or one for each Region
}

// A Loss is what would become of mail if one Region were gone.
type Loss struct {
	Lost string `json:"lost"` // the Region that is gone
	Left string `json:"left"` // and that carries all mail

	// Items are what mail of the lost Region names: identities, configuration sets,
	// templates, contact lists and tenants, in this order and then by name.
	Items []DrillItem `json:"items,omitempty"`

	// Findings are about the Region that is left as a whole: its account, quotas, lists.
	Findings []Finding `json:"findings,omitempty"`

	Volume Volume `json:"volume"`
}

// A DrillItem is one thing that mail names.
type DrillItem struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`

	// Verdict is what becomes of mail that names it: Blocks (it does not go out), NotKnown,
	// Degrades (it goes out, and not as before), or Notes (it goes out as before).
	Verdict Severity `json:"verdict"`

	// Why are the findings that the verdict follows from. Those about the Region as a whole
	// are not repeated here.
	Why []Finding `json:"why,omitempty"`

	// Recipients in 24 hours, of an identity, if DrillOptions.Volumes have it.
	Recipients float64 `json:"recipients,omitempty"`
}

// BothLost has either Region lost in turn.
const BothLost = "both"

// Drill tells what would not go out, and why, if a Region were gone now: lost is its name,
// [BothLost], or empty for the primary. What could not be read is not known, and never fine.
func Drill(in Inputs, lost string, opts DrillOptions) (DrillResult, error) {
	there := drill{in: in, from: in.Primary, to: in.Secondary, opts: opts}
	back := drill{in: in, from: in.Secondary, to: in.Primary, opts: opts}
	switch lost {
	case BothLost:
		return DrillResult{[]Loss{there.loss(), back.loss()}}, nil
	case "", in.Primary.Region:
		return DrillResult{[]Loss{there.loss()}}, nil
	case in.Secondary.Region:
		return DrillResult{[]Loss{back.loss()}}, nil
	}
	return DrillResult{}, fmt.Errorf("the lost Region is %q: give %s, %s or %q", lost, in.Primary.Region, in.Secondary.Region, BothLost)
}

// A drill is the loss of one Region.
type drill struct {
	in       Inputs
	from, to State
	opts     DrillOptions
}

// loss tells what becomes of mail.
func (d drill) loss() Loss {
	opts := d.opts.ReadinessOptions
	opts.Max24HourSend = max(opts.Max24HourSend, sumVolumes(d.opts.Volumes))
	c := carriage{from: newSide(d.from), to: newSide(d.to), opts: opts, planned: true, remedy: syncRemedy}
	if d.to.Region == d.in.Primary.Region {
		c.remedy = backRemedy
	}
	c.unread()
	c.findings = append(c.findings, unreadFindings(d.from)...)
	c.region()
	c.objects()
	c.events()
	c.defaults()
	c.policies()
	c.associations()
	loss := Loss{Lost: d.from.Region, Left: d.to.Region}
	loss.Items, loss.Findings = d.items(append(c.findings, d.lists()...))
	for _, more := range [][]Finding{d.strangers(), endpointFindings(d.in, opts), skippedFindings(opts)} {
		loss.Findings = append(loss.Findings, more...)
	}
	loss.Findings = sortFindings(loss.Findings)
	loss.judge()
	loss.Volume = d.volume(c.load(), loss)
	return loss
}

// items puts findings to what they are about, and returns the others.
func (d drill) items(findings []Finding) (items []DrillItem, others []Finding) {
	for _, i := range d.from.Identities {
		items = append(items, DrillItem{Kind: Identities, Name: i.Name, Recipients: d.opts.Volumes[i.Name]})
	}
	for _, s := range d.from.ConfigurationSets {
		items = append(items, DrillItem{Kind: Sets, Name: s.Name})
	}
	for _, t := range d.from.Templates {
		items = append(items, DrillItem{Kind: Templates, Name: t.Name})
	}
	for _, t := range d.from.VerificationTemplates {
		items = append(items, DrillItem{Kind: Verification, Name: t.Name})
	}
	for _, l := range d.from.ContactLists {
		items = append(items, DrillItem{Kind: Lists, Name: l.Name})
	}
	for _, t := range d.from.Tenants {
		items = append(items, DrillItem{Kind: Tenants, Name: t.Name})
	}
	type key struct {
		kind Kind
		name string
	}
	at := map[key]int{}
	for i, item := range items {
		at[key{item.Kind, item.Name}] = i
	}
	for _, f := range findings {
		k := key{f.Kind, f.Name}
		switch f.Kind {
		case Destinations:
			k.kind = Sets
		case Contacts:
			k.kind = Lists
		case Associations:
			k.kind = Tenants
		}
		if i, about := at[k]; about {
			items[i].Why = append(items[i].Why, f)
		} else {
			others = append(others, f)
		}
	}
	return items, others
}

// judge sets the verdicts of items: none goes out better than the Region as a whole.
func (l *Loss) judge() {
	for i := range l.Items {
		item := &l.Items[i]
		item.Why = sortFindings(item.Why)
		item.Verdict = worst(Notes, item.Why)
		for _, f := range l.Findings {
			if f.Severity.rank() < Degrades.rank() && (f.Kind == Account || f.Kind == item.Kind && f.Name == "") {
				item.Verdict = worst(item.Verdict, []Finding{f})
			}
		}
	}
}

// worst returns the worst severity of findings, and of s.
func worst(s Severity, findings []Finding) Severity {
	for _, f := range findings {
		if f.Severity.rank() < s.rank() {
			s = f.Severity
		}
	}
	return s
}

// lists tell who would be mailed that should not be.
func (d drill) lists() (all []Finding) {
	for _, f := range listFindings(d.in, d.opts.ReadinessOptions) {
		if f.Severity != Notes && (f.Region == d.to.Region || f.Severity == NotKnown) {
			all = append(all, f)
		}
	}
	return all
}

// strangers tells which volumes are of no identity.
func (d drill) strangers() (all []Finding) {
	for name := range d.opts.Volumes {
		of := func(i Identity) bool { return i.Name == name }
		if !slices.ContainsFunc(d.from.Identities, of) && !slices.ContainsFunc(d.to.Identities, of) {
			all = append(all, Finding{Severity: NotKnown, Kind: Identities, Name: name,
				Problem: "its volume is given, and neither Region is known to have it"})
		}
	}
	return all
}

// events tells which events of configuration sets would be lost.
func (c *carriage) events() {
	if !c.opts.wants(Destinations) {
		return
	}
	for _, set := range c.from.ConfigurationSets {
		other := c.to.sets[set.Name]
		if other == nil || !c.readable(Sets, set.Name) || !c.readable(Destinations, set.Name) {
			continue
		}
		for _, d := range set.Destinations {
			c.eventsOf(set.Name, d, namedIn(other.Destinations, destinationName, d.Name))
		}
	}
}

// eventsOf tells which events of a destination would be lost.
func (c *carriage) eventsOf(set string, from EventDestination, to *EventDestination) {
	if !from.Enabled {
		return
	}
	f := Finding{Severity: Degrades, Kind: Destinations, Name: set, Remedy: c.remedy, Source: pageEndpoints}
	switch {
	case to == nil:
		f.Problem = fmt.Sprintf("no destination %q: %s are lost", from.Name, listed(from.Events))
	case !to.Enabled:
		f.Problem = fmt.Sprintf("the destination %q is disabled: %s are lost", from.Name, listed(from.Events))
	default:
		lost := slices.DeleteFunc(slices.Clone(from.Events), func(e string) bool { return slices.Contains(to.Events, e) })
		if len(lost) == 0 {
			return
		}
		f.Problem = fmt.Sprintf("the destination %q does not get %s", from.Name, listed(lost))
	}
	c.add(f)
}

// defaults tells of which identities mail would have another default configuration set.
func (c *carriage) defaults() {
	if !c.opts.wants(Identities) {
		return
	}
	for _, from := range c.from.Identities {
		to := c.to.identities[from.Name]
		if to == nil || !to.CanSend || !c.readable(Identities, from.Name) || from.ConfigurationSet == to.ConfigurationSet {
			continue
		}
		c.add(Finding{Severity: Degrades, Kind: Identities, Name: from.Name, Aspect: DefaultSet, Remedy: c.remedy, Source: pageSets,
			Problem: fmt.Sprintf("its default configuration set is %s, and %s in %s: events and options go with it",
				orNone(to.ConfigurationSet), orNone(from.ConfigurationSet), c.from.Region)})
	}
}
