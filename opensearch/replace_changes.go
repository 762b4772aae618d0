package opensearch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

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
		{Name: "documents", New: opts.Ingest.sources(d.source.size())},
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
	switch {
	case d.product == Serverless:
		return "loading may take more OCUs, and the storage of both indices is charged while there are both"
	case d.store > 0:
		return fmt.Sprintf("what the alias shows takes %d bytes of disk with its replicas, and the new index as much again if it is alike", d.store)
	}
	return ""
}

// sources says in words what there is to load.
func (o IngestOptions) sources(size int64) string {
	list, kind := o.Files, "files"
	if len(o.Objects) > 0 {
		list, kind = o.Objects, "objects and prefixes"
	}
	switch {
	case o.Documents != nil:
		return "the caller's, of version " + o.Version
	case len(list) == 1:
		return fmt.Sprintf("%s, %d bytes", list[0], size)
	}
	return fmt.Sprintf("%d %s, beginning with %s, %d bytes", len(list), kind, list[0], size)
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
		c.Interrupts = "a search that is under way in that moment may fail"
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

// tellKept adds what is kept to the change of the alias.
func (d *decision) tellKept() {
	for i, c := range d.plan.Changes {
		for _, name := range slices.Sorted(maps.Keys(d.plan.Kept)) {
			if c.Resource.Type == kindAlias {
				c.Fields = append(c.Fields, awspatterns.Field{Name: "kept", New: name + ": " + d.plan.Kept[name]})
			}
		}
		d.plan.Changes[i] = c
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
