package ses

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// decide fills the plan, from what was found or why it could not be read.
func (p *GlobalEndpointPlan) decide(arn string, found *endpointFound, unread error) {
	c, changes := awspatterns.Change{}, true
	if found != nil {
		p.Found = &FoundGlobalEndpoint{found.id, found.secondary, string(found.status)}
	}
	switch {
	case unread != nil:
		p.Found = nil
		c = awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(unread)}
	case found == nil && p.Options.Delete:
		changes = false
	case found == nil:
		c = p.creation("")
	case p.Options.Delete:
		c = p.deletion(found)
	default:
		c, changes = p.upkeep(found)
	}
	if !changes {
		return
	}
	c.Resource = awspatterns.Resource{Type: string(region.Endpoints), ID: arn}
	p.Changes = append(p.Changes, c)
	if c.Action == awspatterns.Create || c.Action == awspatterns.Replace {
		p.Costs = endpointCosts(p.Options)
	}
}

// upkeep is about an endpoint that is there and is wanted.
func (p *GlobalEndpointPlan) upkeep(found *endpointFound) (awspatterns.Change, bool) {
	switch {
	case found.status == sestypes.StatusDeleting:
		return p.creation("one of this name is being deleted: applying waits until it is gone"), true
	case found.status == sestypes.StatusFailed:
		return p.replacement(found, "SES failed to provision it"), true
	case found.secondary == "":
		return awspatterns.Change{Action: awspatterns.Unknown, Reason: "SES did not tell its Regions"}, true
	case found.secondary != p.Secondary.Region:
		return p.replacement(found, "SES cannot change the secondary Region of an endpoint"), true
	case found.status != sestypes.StatusReady && found.status != sestypes.StatusCreating:
		return awspatterns.Change{Action: awspatterns.Unknown, Reason: fmt.Sprintf("it has the status %q, which this library does not know", found.status)}, true
	}
	return p.update(found)
}

// wantedTags are those of an endpoint that is ours.
func (p *GlobalEndpointPlan) wantedTags() map[string]string {
	tags := map[string]string{EndpointTag: p.Secondary.Region}
	maps.Copy(tags, p.Options.Tags)
	return tags
}

func (p *GlobalEndpointPlan) creation(why string) awspatterns.Change {
	p.Tags = p.wantedTags()
	fields := []awspatterns.Field{{Name: "Regions", New: p.Target.Region + " and " + p.Secondary.Region}}
	return awspatterns.Change{Action: awspatterns.Create, Fields: append(fields, tagFields(nil, p.Tags)...), Reason: why}
}

// endpointTheirs is what becomes of a change that an endpoint without our tag is kept from.
func endpointTheirs(why string) awspatterns.Change {
	return awspatterns.Change{
		Action: awspatterns.Blocked, Reason: why + ", and this library did not make it",
		Steps: []string{"make the change by hand, name another endpoint, or set Adopt to have it made"},
	}
}

func (e *endpointFound) ours() bool { _, marked := e.tags[EndpointTag]; return marked }

func (p *GlobalEndpointPlan) replacement(found *endpointFound, why string) awspatterns.Change {
	switch {
	case !p.Options.Replace:
		return awspatterns.Change{
			Action: awspatterns.Blocked, Reason: why, Fields: p.secondaryField(found),
			Steps: []string{"set Replace to have it deleted and created anew, with another EndpointId", "or name another endpoint"},
		}
	case !found.ours() && !p.Options.Adopt:
		return endpointTheirs(why)
	}
	c := p.creation(why)
	maps.Copy(p.Tags, found.otherTags(p.Tags))
	if len(p.Tags) > maxEndpointTags+1 {
		p.Tags = nil
		return awspatterns.Change{
			Action: awspatterns.Blocked, Reason: fmt.Sprintf("with the tags that it has, the new one would have more than %d", maxEndpointTags+1),
			Steps: []string{"take away tags that nobody needs, and plan again"},
		}
	}
	c.Action, c.Adopts = awspatterns.Replace, !found.ours()
	c.Fields = append(p.secondaryField(found), awspatterns.Field{Name: "EndpointId", Old: found.id, New: "(new)"})
	c.Fields = append(c.Fields, tagFields(found.tags, p.Tags)...)
	c.Steps = []string{
		"delete " + found.id, "wait until it is gone", "create the endpoint with the Regions " + p.Target.Region + " and " + p.Secondary.Region,
		"wait until it is ready",
	}
	if found.status == sestypes.StatusFailed { // nobody sends with it
		return c
	}
	c.Interrupts = "whoever sends with the EndpointId " + found.id + " fails from its deletion on, until they use the new one"
	c.Irreversible = "the EndpointId " + found.id + " does not come back"
	return c
}

// otherTags are those that the endpoint has beside the wanted, but for those that AWS sets.
func (e *endpointFound) otherTags(wanted map[string]string) map[string]string {
	other := map[string]string{}
	for key, value := range e.tags {
		if _, known := wanted[key]; !known && !strings.HasPrefix(strings.ToLower(key), "aws:") {
			other[key] = value
		}
	}
	return other
}

func (p *GlobalEndpointPlan) secondaryField(found *endpointFound) []awspatterns.Field {
	if found.secondary == p.Secondary.Region {
		return nil
	}
	return []awspatterns.Field{{Name: "secondary Region", Old: found.secondary, New: p.Secondary.Region}}
}

func (p *GlobalEndpointPlan) deletion(found *endpointFound) awspatterns.Change {
	switch {
	case found.status == sestypes.StatusDeleting:
		return awspatterns.Change{Action: awspatterns.Delete, Reason: "it is being deleted: applying waits until it is gone"}
	case !found.ours() && !p.Options.Adopt:
		return endpointTheirs("it is to be deleted")
	}
	return awspatterns.Change{
		Action: awspatterns.Delete, Adopts: !found.ours(),
		Fields:       []awspatterns.Field{{Name: "EndpointId", Old: found.id}},
		Interrupts:   "whoever sends with the EndpointId " + found.id + " fails from then on",
		Irreversible: "the EndpointId " + found.id + " does not come back",
	}
}

// update is about an endpoint that is right but for its tags, or not ready yet.
func (p *GlobalEndpointPlan) update(found *endpointFound) (awspatterns.Change, bool) {
	c := awspatterns.Change{Action: awspatterns.Update, Adopts: !found.ours() && p.Options.Adopt}
	tags := p.Options.Tags
	if found.ours() || p.Options.Adopt {
		tags = p.wantedTags()
	}
	fields := tagFields(found.tags, tags)
	if len(fields) > 0 && !found.ours() && !p.Options.Adopt {
		c = endpointTheirs("its tags differ")
		c.Fields = fields
		return c, true
	}
	if len(fields) > 0 {
		p.Tags = tags
	}
	if found.status == sestypes.StatusCreating {
		c.Reason = "it is being created: applying waits until it is ready"
		fields = append([]awspatterns.Field{{Name: "status", Old: string(found.status), New: string(sestypes.StatusReady)}}, fields...)
	}
	c.Fields = fields
	return c, len(fields) > 0
}

// tagFields are the tags that are to be set, sorted.
func tagFields(found, wanted map[string]string) (fields []awspatterns.Field) {
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		old, has := found[key]
		if has && old == wanted[key] {
			continue
		}
		fields = append(fields, awspatterns.Field{Name: "tag " + key, Old: shownTag(old, has), New: shownTag(wanted[key], true)})
	}
	return fields
}

// shownTag shows an empty value in quotes, which is none otherwise.
func shownTag(value string, has bool) string {
	if has && value == "" {
		return `""`
	}
	return value
}

func endpointCosts(o GlobalEndpointOptions) []awspatterns.Cost {
	item := "premium for mail through a global endpoint over that of one Region"
	if o.Premium == 0 {
		item += ", whose amount the price list of SES tells"
	}
	return []awspatterns.Cost{{Item: item, Quantity: o.Messages, Unit: "message of a month", Price: o.Premium, Ceiling: o.MaxMessages}}
}
