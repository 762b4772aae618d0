package macie

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/macie/identifier"
)

// maxIdentifiers is how many an account can have in a Region ("Amazon Macie quotas").
const maxIdentifiers = 10_000

// A foundIdentifier is what was found of an identifier.
type foundIdentifier struct {
	FoundIdentifier
	name    string
	unknown error            // why it could not be read; then only ID, ARN and name are known
	gone    bool             // deleted meanwhile
	custom  CustomIdentifier // its criteria, without Tags
}

// foundIdentifiers is what was found in an account and Region.
type foundIdentifiers struct {
	unknown error                        // why they could not be listed
	total   int                          // how many there are
	byName  map[string][]foundIdentifier // those that matter, by id
}

// decideIdentifiers compares what was found with what there should be.
func decideIdentifiers(opts CustomIdentifiersOptions, target awspatterns.Target, found foundIdentifiers) (CustomIdentifiersPlan, error) {
	plan := CustomIdentifiersPlan{
		Plan:        awspatterns.Plan{Pattern: customIdentifiersPattern, Target: target},
		Set:         opts.Set,
		Identifiers: []PlannedIdentifier{},
		Kept:        map[string]string{},
	}
	if found.unknown != nil {
		plan.Changes = []awspatterns.Change{{
			Action: awspatterns.Unknown, Reason: reason.Of(found.unknown),
			Resource: awspatterns.Resource{Type: identifierType + "s", ID: "all"},
		}}
		plan.Identifiers = append(plan.Identifiers, PlannedIdentifier{})
		return plan, apply.Seal(&plan.Plan, &plan)
	}
	wanted := map[string]CustomIdentifier{}
	for _, c := range opts.Identifiers {
		wanted[c.Name] = c
	}
	var deletions []foundIdentifier
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		deletions = append(deletions, plan.decide(opts, wanted[name], found.byName[name])...)
	}
	for _, name := range slices.Sorted(maps.Keys(found.byName)) {
		if _, ok := wanted[name]; !ok {
			deletions = append(deletions, plan.stale(opts, found.byName[name])...)
		}
	}
	for _, d := range deletions {
		plan.delete(d)
	}
	if n := found.total + plan.Count(awspatterns.Create) + min(1, plan.Count(awspatterns.Replace)); n > maxIdentifiers && plan.Applies() {
		return plan, fmt.Errorf("the plan needs %d custom data identifiers at a time, and an account can have %d in a Region; delete some first", n, maxIdentifiers)
	}
	return plan, apply.Seal(&plan.Plan, &plan)
}

const identifierType = "Macie custom data identifier"

func (p *CustomIdentifiersPlan) add(d PlannedIdentifier, c awspatterns.Change) {
	c.Resource = awspatterns.Resource{Type: identifierType, ID: d.Name}
	p.Changes = append(p.Changes, c)
	p.Identifiers = append(p.Identifiers, d)
}

// decide adds the change that an identifier takes, if any, and returns copies of it
// that are one too many.
func (p *CustomIdentifiersPlan) decide(opts CustomIdentifiersOptions, want CustomIdentifier, found []foundIdentifier) (surplus []foundIdentifier) {
	d := PlannedIdentifier{Name: want.Name, Wanted: &want}
	d.Wanted.Samples = nil
	mark := identifierMark(opts.Set)
	var same, other, foreign []foundIdentifier // as wanted, ours; others, ours; not ours
	for _, f := range found {
		switch {
		case f.unknown != nil:
			p.add(PlannedIdentifier{Name: want.Name}, awspatterns.Change{
				Action: awspatterns.Unknown, Reason: f.ID + ": " + reason.Of(f.unknown),
			})
			return nil
		case f.Tags[identifier.MarkKey] != mark:
			foreign = append(foreign, f)
		case len(criteriaFields(f.custom, want)) == 0:
			same = append(same, f)
		default:
			other = append(other, f)
		}
	}
	if len(foreign) > 0 && !opts.Adopt {
		p.add(PlannedIdentifier{Name: want.Name}, awspatterns.Change{
			Action: awspatterns.Blocked,
			Reason: fmt.Sprintf("there is an identifier of that name, %s, that this library did not create for this set", foreign[0].ID),
			Steps:  []string{"delete it, choose another name, or set Adopt to take it over"},
		})
		return nil
	}
	for _, f := range foreign {
		if len(same) == 0 && len(criteriaFields(f.custom, want)) == 0 {
			same = append(same, f) // a tag makes it ours
		} else {
			other = append(other, f)
		}
	}
	switch {
	case len(same) > 0:
		p.keep(d, same[0], mark)
		return append(same[1:], other...)
	case len(other) > 0:
		p.replace(d, other, mark)
	default:
		p.add(d, awspatterns.Change{Action: awspatterns.Create, Fields: allFields(CustomIdentifier{}, want)})
	}
	return nil
}

// keep adds the tags that an identifier lacks. It leaves other tags alone.
func (p *CustomIdentifiersPlan) keep(d PlannedIdentifier, f foundIdentifier, mark string) {
	fields := tagFields(f.Tags, markedTags(*d.Wanted, mark))
	if len(fields) == 0 {
		p.Kept[d.Name] = f.ID
		return
	}
	d.Found = []FoundIdentifier{f.FoundIdentifier}
	change := awspatterns.Change{Action: awspatterns.Update, Fields: fields}
	if f.Tags[identifier.MarkKey] != mark {
		change.Adopts, change.Reason = true, "this library did not create it for this set; from now on it may replace and delete it"
	}
	p.add(d, change)
}

// lasting tells what deleting an identifier does not do.
const lasting = "jobs and automated discovery that use it go on with it, and nothing else can use it any more"

func (p *CustomIdentifiersPlan) replace(d PlannedIdentifier, old []foundIdentifier, mark string) {
	change := awspatterns.Change{
		Action: awspatterns.Replace, Fields: allFields(old[0].custom, *d.Wanted), Reason: "Macie cannot change an identifier; its id becomes another one",
		Steps: []string{"create the new identifier"}, Irreversible: "the deletion: " + lasting,
	}
	for _, f := range old {
		d.Found = append(d.Found, f.FoundIdentifier)
		change.Steps = append(change.Steps, "delete the identifier "+f.ID)
		if f.Tags[identifier.MarkKey] != mark {
			change.Adopts, change.Reason = true, change.Reason+"; this library did not create "+f.ID+" for this set"
		}
	}
	p.add(d, change)
}

// stale returns the identifiers that were created for the set and are not wanted.
func (p *CustomIdentifiersPlan) stale(opts CustomIdentifiersOptions, found []foundIdentifier) (stale []foundIdentifier) {
	for _, f := range found {
		switch {
		case f.unknown != nil:
			p.add(PlannedIdentifier{Name: f.name}, awspatterns.Change{Action: awspatterns.Unknown, Reason: f.ID + ": " + reason.Of(f.unknown)})
		case f.Tags[identifier.MarkKey] == identifierMark(opts.Set):
			stale = append(stale, f)
		}
	}
	return stale
}

func (p *CustomIdentifiersPlan) delete(f foundIdentifier) {
	why := "created earlier, and not wanted any more"
	if slices.ContainsFunc(p.Identifiers, func(d PlannedIdentifier) bool { return d.Name == f.name }) || p.Kept[f.name] != "" {
		why = "one too many of that name"
	}
	change := awspatterns.Change{
		Action: awspatterns.Delete, Reason: why, Irreversible: lasting,
		Fields: []awspatterns.Field{{Name: "id", Old: f.ID}, {Name: "regex", Old: f.custom.Regex}},
	}
	if f.Tags[identifier.MarkKey] != identifierMark(p.Set) {
		change.Adopts = true
	}
	p.add(PlannedIdentifier{Name: f.name, Found: []FoundIdentifier{f.FoundIdentifier}}, change)
}

// markedTags returns the tags that an identifier is to have.
func markedTags(want CustomIdentifier, mark string) map[string]string {
	tags := map[string]string{identifier.MarkKey: mark}
	maps.Copy(tags, want.Tags)
	return tags
}

// tagFields returns the tags that are missing or have another value.
func tagFields(has, want map[string]string) []awspatterns.Field {
	var fields []awspatterns.Field
	for _, key := range slices.Sorted(maps.Keys(want)) {
		old, ok := has[key]
		if ok && old == want[key] {
			continue
		}
		field := awspatterns.Field{Name: "tag " + key, New: shown(want[key])}
		if ok {
			field.Old = shown(old)
		}
		fields = append(fields, field)
	}
	return fields
}

// shown returns a value for a field, where empty means none.
func shown(s string) string { return cmp.Or(s, `""`) }

// criteriaFields returns what differs in what Macie keeps for ever, without regard
// to order, and to what is left out for a default.
func criteriaFields(has, want CustomIdentifier) []awspatterns.Field {
	fields := []awspatterns.Field{
		{Name: "description", Old: has.Description, New: want.Description},
		{Name: "regex", Old: has.Regex, New: want.Regex},
		{Name: "keywords", Old: listed(has.Keywords), New: listed(want.Keywords)},
		{Name: "ignore words", Old: listed(has.IgnoreWords), New: listed(want.IgnoreWords)},
		{Name: "maximum match distance", Old: distance(has), New: distance(want)},
		{Name: "severity levels", Old: levels(has), New: levels(want)},
	}
	return slices.DeleteFunc(fields, func(f awspatterns.Field) bool { return f.Old == f.New })
}

// allFields returns what differs, tags included.
func allFields(has, want CustomIdentifier) []awspatterns.Field {
	return append(criteriaFields(has, want), tagFields(has.Tags, want.Tags)...)
}

func listed(words []string) string {
	var quoted []string
	for _, word := range slices.Sorted(slices.Values(words)) {
		quoted = append(quoted, fmt.Sprintf("%q", word))
	}
	return strings.Join(slices.Compact(quoted), ", ")
}

// distance returns the distance that counts: none without an identifier.
func distance(c CustomIdentifier) string {
	if c.Regex == "" {
		return ""
	}
	return fmt.Sprint(cmp.Or(c.MaximumMatchDistance, identifier.DefaultDistance))
}

// levels returns the severity levels by their thresholds.
func levels(c CustomIdentifier) string {
	if c.Regex == "" {
		return ""
	}
	if len(c.SeverityLevels) == 0 {
		return "MEDIUM from 1"
	}
	var texts []string
	for _, l := range ascending(c.SeverityLevels) {
		texts = append(texts, fmt.Sprintf("%s from %d", l.Severity, l.OccurrencesThreshold))
	}
	return strings.Join(texts, ", ")
}

func ascending(levels []identifier.SeverityLevel) []identifier.SeverityLevel {
	return slices.SortedFunc(slices.Values(levels), func(a, b identifier.SeverityLevel) int {
		return cmp.Compare(a.OccurrencesThreshold, b.OccurrencesThreshold)
	})
}

// compare says how the identifiers of a name are, compared with the i-th change of
// the plan. It returns the id of the one that is as wanted, if there is one.
func (p *CustomIdentifiersPlan) compare(i int, now []foundIdentifier) (state apply.Now, id string) {
	d, action, mark := p.Identifiers[i], p.Changes[i].Action, identifierMark(p.Set)
	left := 0 // of those found, untouched
	for _, f := range now {
		at := slices.IndexFunc(d.Found, func(old FoundIdentifier) bool { return old.ID == f.ID })
		asWanted := d.Wanted != nil && f.Tags[identifier.MarkKey] == mark &&
			len(criteriaFields(f.custom, *d.Wanted)) == 0 && len(tagFields(f.Tags, markedTags(*d.Wanted, mark))) == 0
		switch {
		case asWanted && (id == "" || f.ID < id):
			id = f.ID
		case asWanted:
		case at >= 0 && f.same(d.Found[at]):
			left++
		case at >= 0 || action == awspatterns.Create || action == awspatterns.Replace: // others may be one too many, and deleted later
			return apply.Other, ""
		}
	}
	switch {
	case action == awspatterns.Delete && left == 0, action != awspatterns.Delete && id != "" && left == 0:
		return apply.AsPlanned, id
	case action == awspatterns.Create, left == len(d.Found), action == awspatterns.Replace && left > 0 && id != "":
		return apply.AsFound, id
	}
	return apply.Other, ""
}

// same reports whether it is the identifier that was found.
func (f foundIdentifier) same(found FoundIdentifier) bool {
	if len(f.Tags) == 0 && len(found.Tags) == 0 {
		return f.ARN == found.ARN
	}
	return reflect.DeepEqual(f.FoundIdentifier, found)
}
