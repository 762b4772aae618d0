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

// build adds the change that creates and loads the index.
func (d *decision) build() {
	c := awspatterns.Change{Fields: d.indexFields()}
	action, name, alias := awspatterns.Create, d.plan.Index, d.plan.Options.Alias
	if i := slices.IndexFunc(d.generations, func(g generation) bool { return g.name == name }); i >= 0 {
		g := d.generations[i]
		switch {
		case !g.ours(alias):
			d.block(kindIndex, name, "there is an index of that name that this library did not make for this alias", "rename or delete it, or choose another alias")
			return
		case !g.begun(alias):
			d.block(kindIndex, name, "a run that was stopped has begun to load it, and it bears the alias "+strings.Join(slices.Sorted(maps.Keys(g.aliases)), ", "),
				"take it out of the alias, or delete it")
			return
		case d.wanted(g, false) && d.plan.Options.Ingest.Checkpoint != nil:
			action, c.Reason = awspatterns.Update, "a run that was stopped has begun to load it: it goes on from its checkpoint"
		default:
			action, c.Reason = awspatterns.Replace, "a run that was stopped has begun to load it, and what it came to cannot be gone on with"
			c.Steps = []string{"delete it", "create and load it anew"}
		}
	}
	d.add(action, kindIndex, name, c)
}

// indexFields tell what the new index is made of.
func (d *decision) indexFields() []awspatterns.Field {
	opts := d.plan.Options
	origin := "that of the Body"
	if len(opts.Body) == 0 {
		origin = "that of what the alias shows"
	}
	fields := []awspatterns.Field{
		{Name: "documents", New: opts.Ingest.sources()},
		{Name: "version", New: short(d.plan.Source)},
		{Name: "definition", New: fmt.Sprintf("%s, %s", origin, short(d.digest))},
	}
	if room := d.room(); room != "" {
		fields = append(fields, awspatterns.Field{Name: "room", New: room})
	}
	if len(d.left) > 0 {
		fields = append(fields, awspatterns.Field{Name: "left out", Old: strings.Join(d.left, ", ")})
	}
	verified := "the number of documents"
	if n := opts.sample(); n > 0 {
		verified += fmt.Sprintf(", and the content of %d", n)
		if not := d.definition.incomparable(opts.Ingest); not != "" {
			verified = "the number of documents alone: " + not
		}
	}
	return append(fields, awspatterns.Field{Name: "verified", New: verified})
}

// room says what is known of the room that a second index takes. AWS charges nothing
// for loading; but a domain may run out of disk, and a collection scales up.
func (d *decision) room() string {
	var known []string
	if size := d.source.size(); size > 0 {
		known = append(known, fmt.Sprintf("%d bytes to read", size))
	}
	switch {
	case d.product == Serverless:
		known = append(known, "loading may take more OCUs, and the storage of both indices is charged while there are both")
	case d.store > 0:
		known = append(known, fmt.Sprintf("what the alias shows takes %d bytes of disk with its replicas, and the new index as much again if it is alike", d.store))
	}
	return strings.Join(known, "; ")
}

// sources says in words what there is to load.
func (o IngestOptions) sources() string {
	list, what := o.Files, "file"
	if len(o.Objects) > 0 {
		list, what = o.Objects, "object or prefix"
	}
	switch {
	case o.Documents != nil:
		return "the caller's, of version " + o.Version
	case len(list) == 1:
		return list[0]
	}
	return fmt.Sprintf("%s and %d more, each a %s", list[0], len(list)-1, what)
}

// short returns the beginning of a digest.
func short(digest string) string { return digest[:min(len(digest), 16)] }

// changeAlias adds the change of the alias, unless it shows the index, alone and as it
// should.
func (d *decision) changeAlias() {
	opts := d.plan.Options
	if d.target != nil && shownAsPlanned(d.plan, d.shown) {
		return
	}
	action := awspatterns.Update
	c := awspatterns.Change{Fields: []awspatterns.Field{{Name: "shows", Old: strings.Join(names(d.shown), ", "), New: d.plan.Index}}}
	if shows := string(d.plan.Shows); shows != "{}" {
		c.Fields = append(c.Fields, awspatterns.Field{Name: "as", New: shows})
	}
	if d.target != nil && !slices.Contains(names(d.shown), d.target.name) {
		c.Reason = "the index is loaded with this content already"
	}
	switch {
	case len(d.shown) == 0:
		action = awspatterns.Create
	case slices.Contains(names(d.shown), opts.Alias):
		action = awspatterns.Replace
		c.Reason = "it is an index now"
		c.Steps = []string{"delete the index and add the alias, in one request"}
		c.Irreversible = "the index " + opts.Alias + " and all documents in it"
	}
	d.plan.Writes = d.writes
	d.add(action, kindAlias, opts.Alias, c)
}

// shownAsPlanned reports whether the alias shows the index of the plan, and nothing
// else.
func shownAsPlanned(p ReplacePlan, shown []generation) bool {
	return len(shown) == 1 && shown[0].name == p.Index && shown[0].aliases[p.Options.Alias] != nil &&
		equalJSON(shown[0].aliases[p.Options.Alias], p.Shows)
}

// old decides what becomes of the indices that the alias will not show.
func (d *decision) old() {
	opts := d.plan.Options
	others := map[string]generation{}
	for _, g := range slices.Concat(d.generations, d.shown) {
		others[g.name] = g
	}
	delete(others, d.plan.Index)
	d.plan.Deleted, d.plan.Kept = map[string]string{}, map[string]string{}
	var kept []generation
	for _, name := range slices.Sorted(maps.Keys(others)) {
		g := others[name]
		switch {
		case g.loaded(opts.Alias):
			kept = append(kept, g)
		case g.ours(opts.Alias):
			d.remove(g, "a run that was stopped has begun to load it")
		case name != opts.Alias && slices.Contains(names(d.shown), name):
			d.plan.Kept[name] = "this library did not make it for this alias"
		}
	}
	before := names(d.shown)
	if d.target != nil && slices.Contains(before, d.target.name) {
		before = d.target.mark.replace.Replaces
	}
	slices.SortStableFunc(kept, func(a, b generation) int {
		return cmp.Or(
			-cmp.Compare(bit(slices.Contains(before, a.name)), bit(slices.Contains(before, b.name))),
			-cmp.Compare(a.number(opts.Alias), b.number(opts.Alias)),
		)
	})
	for i, g := range kept {
		if i < opts.keep() {
			d.plan.Kept[g.name] = "Keep is " + fmt.Sprint(opts.keep())
			continue
		}
		d.remove(g, fmt.Sprintf("Keep is %d, and there are later ones", opts.keep()))
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// remove adds the deletion of an index, unless it bears another alias.
func (d *decision) remove(g generation, reason string) {
	for _, other := range slices.Sorted(maps.Keys(g.aliases)) {
		if other != d.plan.Options.Alias {
			d.plan.Kept[g.name] = "it bears the alias " + other
			return
		}
	}
	d.plan.Deleted[g.name] = g.uuid()
	d.add(awspatterns.Delete, kindIndex, g.name, awspatterns.Change{
		Reason: reason, Irreversible: "the index and all documents in it, unless there is a snapshot",
	})
}

func (o ReplaceOptions) keep() int {
	if o.Keep < 0 {
		return 0
	}
	return cmp.Or(o.Keep, 1)
}

func (o ReplaceOptions) sample() int {
	if o.Sample < 0 {
		return 0
	}
	return cmp.Or(o.Sample, 100)
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
