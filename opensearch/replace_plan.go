package opensearch

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// The kinds of what a plan changes.
const (
	kindIndex = "OpenSearch index"
	kindAlias = "OpenSearch alias"
)

// A decision is on its way to a plan.
type decision struct {
	foundReplace
	plan       ReplacePlan
	definition definition
	digest     string      // of definition
	left       []string    // settings of the old index that the new one is not to have
	target     *generation // that the alias is to show, if there is it already
	blocked    []awspatterns.Change
}

// decideReplace compares what was found with what there should be.
func decideReplace(opts ReplaceOptions, found foundReplace) (ReplacePlan, error) {
	d := decision{foundReplace: found, plan: ReplacePlan{
		Plan:    awspatterns.Plan{Pattern: replacePattern, Target: found.target, Changes: found.unknown},
		Options: opts,
	}}
	if len(found.unknown) == 0 {
		if err := d.decide(); err != nil {
			return ReplacePlan{}, err
		}
	}
	return d.plan, apply.Seal(&d.plan.Plan, &d.plan)
}

func (d *decision) decide() error {
	d.plan.Source = d.source.version()
	d.shownNow()
	if err := d.define(); err != nil {
		return err
	}
	if d.choose(); len(d.blocked) > 0 {
		d.plan.Changes = d.blocked
		return nil
	}
	d.changeAlias()
	d.old()
	d.tellKept()
	return nil
}

func (d *decision) add(a awspatterns.Action, kind, id string, c awspatterns.Change) {
	c.Action, c.Resource = a, awspatterns.Resource{Type: kind, ID: id}
	d.plan.Changes = append(d.plan.Changes, c)
}

func (d *decision) block(kind, id, reason string, steps ...string) {
	d.blocked = append(d.blocked, awspatterns.Change{
		Action: awspatterns.Blocked, Resource: awspatterns.Resource{Type: kind, ID: id}, Reason: reason, Steps: steps,
	})
}

// shownNow keeps what the alias shows.
func (d *decision) shownNow() {
	alias := d.plan.Options.Alias
	for _, g := range d.shown {
		how, ok := g.aliases[alias]
		switch {
		case !ok && g.name != alias:
			d.block("OpenSearch data stream", alias, "its name is that of a data stream, which no alias can take the place of", "choose another alias")
			return
		case !ok && len(g.aliases) > 0:
			d.block(kindIndex, alias, "it is an index that bears the alias "+strings.Join(slices.Sorted(maps.Keys(g.aliases)), ", ")+", which would show it no more",
				"have the alias show another index first, or choose another alias here")
		case !ok && !d.plan.Options.ReplaceIndex:
			d.block(kindIndex, alias, "it is an index, and no alias can have its name",
				"set ReplaceIndex to have it deleted in the moment in which the alias takes its place, or choose another alias")
		}
		d.plan.Shown = append(d.plan.Shown, ShownIndex{Name: g.name, UUID: g.uuid(), How: how})
	}
}

// define decides how the new index is created and shown.
func (d *decision) define() error {
	opts, body := d.plan.Options, json.RawMessage(nil)
	var err error
	switch {
	case len(opts.Body) > 0:
		d.definition, body, err = parseBody(opts.Body, opts.Alias)
	case len(d.shown) == 0:
		err = errors.New("there is neither an alias nor an index of that name whose definition the new index could have: give a Body")
	default:
		d.definition, d.left = d.ofShown()
	}
	if err != nil {
		return err
	}
	if d.plan.Shows = body; body == nil {
		d.plan.Shows, err = d.showsAsBefore()
	}
	if err == nil {
		d.plan.Definition, d.digest, err = d.definition.render()
	}
	return err
}

// ofShown returns the definition of the index that the alias shows.
func (d *decision) ofShown() (definition, []string) {
	var indices []index
	for _, g := range d.shown {
		indices = append(indices, g.index)
	}
	i, err := writeIndex(d.plan.Options.Alias, indices)
	if err != nil {
		d.block(kindAlias, d.plan.Options.Alias, fmt.Sprintf("it shows %d indices, and none of them is its write index, whose definition the new one could have", len(indices)), "give a Body")
		return definition{}, nil
	}
	at := slices.IndexFunc(d.shown, func(g generation) bool { return g.name == i.name })
	return definitionOf(d.shown[at], d.product)
}

// showsAsBefore returns how an alias shows its indices: all of them alike, but that one
// of several may be its write index.
func (d *decision) showsAsBefore() (json.RawMessage, error) {
	shows, write := map[string]json.RawMessage{}, json.RawMessage(nil)
	common := ""
	for i, s := range d.plan.Shown {
		how := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(cmp.Or(string(s.How), "{}")), &how); err != nil {
			return nil, fmt.Errorf("how %s shows %s: %w", d.plan.Options.Alias, s.Name, err)
		}
		if w := how["is_write_index"]; w != nil && string(write) != "true" {
			write = w
		}
		delete(how, "is_write_index")
		text, err := json.Marshal(how)
		if err != nil {
			return nil, err
		}
		digest, err := digestJSON(text)
		if err != nil {
			return nil, err
		}
		if i > 0 && digest != common {
			d.block(kindAlias, d.plan.Options.Alias, "it does not show its indices alike: their filters or routings differ",
				fmt.Sprintf(`say in Body how it is to show the new one: {"aliases": {%q: {…}}}`, d.plan.Options.Alias))
		}
		shows, common = how, digest
	}
	if write != nil {
		shows["is_write_index"] = write
	}
	return json.Marshal(shows)
}

// choose decides which index the alias is to show: one that is loaded with this content
// already, or the next one.
func (d *decision) choose() {
	alias := d.plan.Options.Alias
	last := 0
	for _, g := range d.shown {
		last = max(last, g.number(alias))
	}
	next := last
	for _, g := range d.generations {
		if g.loaded(alias) {
			if next = max(next, g.number(alias)); g.number(alias) > last && d.wanted(g, false) {
				d.target = &g
			}
		}
	}
	for _, g := range d.shown {
		if g.loaded(alias) && d.wanted(g, len(d.plan.Options.Body) == 0) {
			d.target = &g
		}
	}
	if d.target != nil {
		d.plan.Index, d.plan.Generation = d.target.name, d.target.number(alias)
		return
	}
	d.plan.Index, d.plan.Generation = generationName(alias, next+1), next+1
	d.build()
}

// wanted reports whether an index was loaded with what there is to load. One that is
// shown has the definition of itself.
func (d *decision) wanted(g generation, asShown bool) bool {
	return g.mark.replace.Source == d.plan.Source && (asShown || g.mark.replace.Definition == d.digest)
}

// check checks that the changes, which were approved, are about what the plan says
// beside them.
func (p *ReplacePlan) check() error {
	for _, c := range p.Changes {
		if !c.Action.Applies() {
			continue
		}
		_, deleted := p.Deleted[c.Resource.ID]
		ok := false
		switch c.Resource.Type {
		case kindAlias:
			ok = c.Resource.ID == p.Options.Alias && c.Action != awspatterns.Delete && p.Index == generationName(p.Options.Alias, p.Generation)
		case kindIndex:
			ok = c.Resource.ID == p.Index && c.Action != awspatterns.Delete || deleted && c.Action == awspatterns.Delete && c.Resource.ID != p.Index
		}
		if !ok {
			return fmt.Errorf("the change %s %s is not about what the plan says beside it: %w", c.Action, c.Resource, awspatterns.ErrAltered)
		}
	}
	return nil
}
