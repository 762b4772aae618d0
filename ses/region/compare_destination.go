package region

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// destinations decides about the event destinations of a set. s is nil for one that the
// secondary lacks, f whether it will be there.
func (c *comparer) destinations(p, s *ConfigurationSet, f fate) (all []Decision) {
	if !c.opts.Covers(Destinations) {
		return nil
	}
	for _, side := range []*side{c.from, c.to} {
		if _, is := side.unread[Unread{Kind: Destinations}]; is {
			return nil // said once
		}
		if reason, is := side.unread[Unread{Kind: Destinations, Name: p.Name}]; is {
			return append(all, unreadAt(side, Destinations, p.Name+"/"+everything, reason))
		}
	}
	from, to := destinationsOf(p), destinationsOf(s)
	for _, name := range slices.Sorted(maps.Keys(union(from, to))) {
		id := p.Name + "/" + name
		switch d, existing := from[name], to[name]; {
		case d == nil:
			all = append(all, c.manual(Destinations, id, "only "+c.to.Region+" has it, and event destinations bear no mark",
				"if nothing needs it: "+command(c.to.Region, "delete-configuration-set-event-destination", "--configuration-set-name", p.Name, "--event-destination-name", name)))
		case !f.ok:
			all = append(all, f.decision(c, Destinations, id, ""))
		default:
			all = append(all, c.destination(p.Name, id, d, existing)...)
		}
	}
	return all
}

func destinationsOf(s *ConfigurationSet) map[string]*EventDestination {
	if s == nil {
		return nil
	}
	return byName(s.Destinations, func(d *EventDestination) string { return d.Name })
}

// union returns the keys of both.
func union[V any](a, b map[string]V) map[string]bool {
	all := map[string]bool{}
	for k := range a {
		all[k] = true
	}
	for k := range b {
		all[k] = true
	}
	return all
}

// destination decides about one that the primary has.
func (c *comparer) destination(set, id string, d, existing *EventDestination) []Decision {
	wanted, reason, steps := c.translate(d, existing)
	if reason != "" {
		return []Decision{c.manual(Destinations, id, reason, steps...)}
	}
	if existing == nil {
		return []Decision{c.make(Destinations, set, d.Name, Value{Destination: &wanted})}
	}
	return c.update(Destinations, set, d.Name, Object, Value{Destination: existing}, Value{Destination: &wanted}, false)
}

// translate returns an event destination as it is in the secondary, or why only a person can
// make it, and how.
func (c *comparer) translate(d, existing *EventDestination) (wanted EventDestination, reason string, steps []string) {
	wanted, e := *d, orZero(existing)
	var ok bool
	wanted.EventBus = c.moved(d.EventBus)
	if wanted.Topic, ok = c.counterpart(d.Topic, e.Topic); !ok {
		return wanted, "it publishes to an SNS topic of the primary, " + d.Topic + ", and ARNs has none for it", c.topicSteps(d.Topic)
	}
	if wanted.Stream, ok = c.counterpart(d.Stream, e.Stream); !ok {
		return wanted, "it publishes to a Firehose stream of the primary, " + d.Stream + ", and ARNs has none for it", c.streamSteps(d)
	}
	if to, mapped := c.opts.ARNs[d.StreamRole]; mapped {
		wanted.StreamRole = to
	}
	if wanted.Pinpoint, ok = c.counterpart(d.Pinpoint, e.Pinpoint); !ok || d.Pinpoint != "" && wanted.Pinpoint != e.Pinpoint {
		return wanted, "it publishes to an application of Amazon Pinpoint, whose support ends on 30 October 2026: " + d.Pinpoint,
			[]string{"have the events go to another kind of destination in " + c.from.Region + ", then plan again"}
	}
	return wanted, "", nil
}

// counterpart returns what stands for an ARN of the primary in the secondary: what ARNs says,
// or what is there already, if it differs in the Region alone.
func (c *comparer) counterpart(arn, existing string) (string, bool) {
	if arn == "" {
		return "", true
	}
	if to, mapped := c.opts.ARNs[arn]; mapped {
		return to, true
	}
	if existing != "" && existing == c.moved(arn) {
		return existing, true
	}
	return "", false
}

// moved returns an ARN of the primary with the Region and the account of the secondary,
// unless ARNs says otherwise: such as the default event bus, which each Region has.
func (c *comparer) moved(arn string) string {
	if to, mapped := c.opts.ARNs[arn]; mapped {
		return to
	}
	a, ok := parseARN(arn)
	if !ok || a.region != c.from.Region {
		return arn
	}
	a.region = c.to.Region
	if a.account == c.from.Account {
		a.account = c.to.Account
	}
	return a.String()
}

// topicSteps tell how to make the topic that stands for one of the primary.
func (c *comparer) topicSteps(arn string) []string {
	name := arn[strings.LastIndex(arn, ":")+1:]
	return []string{
		fmt.Sprintf("make an SNS topic in %s: aws sns create-topic --region %s --name %s", c.to.Region, c.to.Region, shellWord(name)),
		"let ses.amazonaws.com publish to it, by its policy",
		"add " + arn + " with the ARN of that topic to ARNs, then plan again",
	}
}

// streamSteps tell how to make the stream that stands for one of the primary.
func (c *comparer) streamSteps(d *EventDestination) []string {
	name := d.Stream[strings.LastIndexAny(d.Stream, ":/")+1:]
	return []string{
		fmt.Sprintf("make a Firehose stream %s in %s", name, c.to.Region),
		"let the role " + d.StreamRole + " write to it",
		"add " + d.Stream + " with the ARN of that stream to ARNs, then plan again",
	}
}
