package ses

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/reason"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A replicaRead is an identity that was read: nil and no error if it is not there.
type replicaRead struct {
	id  *region.Identity
	err error
}

// readReplicas reads domains in the secondary Region and, if asked to, in the primary, both
// at a time.
func (p *pair) readReplicas(ctx context.Context, domains []string, both bool) (parents, replicas []replicaRead) {
	parents, replicas = make([]replicaRead, len(domains)), make([]replicaRead, len(domains))
	sites := []struct {
		*site
		found []replicaRead
	}{{p.secondary, replicas}, {p.primary, parents}}
	if !both {
		sites = sites[:1]
	}
	parallel.ForEach(len(sites), len(sites), func(i int) {
		for j, domain := range domains {
			if ctx.Err() == nil {
				sites[i].found[j].id, sites[i].found[j].err = sites[i].readIdentity(ctx, domain)
			}
		}
	})
	return parents, replicas
}

// errNoReplicaSet is for a configuration set that is not there.
var errNoReplicaSet = errors.New("there is no such configuration set")

// readReplicaSet looks for the configuration set of replicas.
func (s *site) readReplicaSet(ctx context.Context, name string) error {
	if name == "" {
		return nil
	}
	out, err := readAbsent(s.SES.GetConfigurationSet(ctx, &sesv2.GetConfigurationSetInput{ConfigurationSetName: &name}, s.turn("GetConfigurationSet")))
	if err == nil && out == nil {
		return errNoReplicaSet
	}
	return err
}

// A replicaDecider makes a plan.
type replicaDecider struct {
	plan ReplicaPlan
	set  func() error // why the configuration set cannot be used, read when it matters
}

// domain decides about a domain.
func (d *replicaDecider) domain(domain string, parent, replica replicaRead) {
	step := ReplicaStep{Domain: domain}
	switch {
	case parent.err != nil:
		d.add(ReplicaStep{Domain: domain, Primary: true}, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(parent.err)})
		return
	case replica.err != nil:
		d.add(step, awspatterns.Change{Action: awspatterns.Unknown, Reason: reason.Of(replica.err)})
		return
	}
	if b := parentBlock(domain, d.plan.Target.Region, parent.id); b != nil {
		d.block(step, b)
		return
	}
	d.plan.Parents[domain] = parent.id.DKIM
	if !parent.id.DKIM.Enabled {
		d.note(domain, "signing is off in the primary")
	}
	if replica.id != nil && replica.id.DKIM.Origin != d.origin() && !d.plan.Options.Convert {
		d.block(step, d.foreignBlock(replica.id)) // the policy would be for nothing
		return
	}
	allowed := !d.plan.Options.Policy || d.policy(domain, parent.id)
	there := replica.id != nil && replica.id.DKIM.Origin == d.origin()
	switch {
	case there:
		d.health(step, parent.id, replica.id)
	case !allowed: // SES might not get the keys, and what makes it try again is not documented
		d.block(step, &replicaBlock{"the policy of its parent is blocked", []string{"settle that, and plan again"}})
		return
	case replica.id == nil:
		d.create(step)
		return
	default:
		d.convert(step, replica.id)
	}
	d.settings(domain, replica.id)
}

// origin is that of the replicas' keys.
func (d *replicaDecider) origin() string { return region.ReplicationOrigin(d.plan.Target.Region) }

// tags are those that replicas are to have.
func (d *replicaDecider) tags() map[string]string {
	return replicaTags(d.plan.Target.Region, d.plan.Options.Tags)
}

// replicaTags returns tags with the mark.
func replicaTags(primary string, tags map[string]string) map[string]string {
	all := map[string]string{region.MarkTag: primary}
	for key, value := range tags {
		all[key] = value
	}
	return all
}

// create plans a replica.
func (d *replicaDecider) create(step ReplicaStep) {
	if d.setBlocks(step) {
		return
	}
	c := awspatterns.Change{Action: awspatterns.Create, Fields: []awspatterns.Field{{Name: string(region.Origin), New: d.origin()}}}
	if set := d.plan.Options.ConfigurationSet; set != "" {
		c.Fields = append(c.Fields, awspatterns.Field{Name: string(region.DefaultSet), New: set})
	}
	for _, key := range sortedKeys(d.tags()) {
		c.Fields = append(c.Fields, awspatterns.Field{Name: "tag " + key, New: d.tags()[key]})
	}
	step.Want = replicaValue(d.origin(), d.plan.Target.Region)
	d.add(step, c)
}

// setBlocks adds a change that tells why the configuration set cannot be used, if so.
func (d *replicaDecider) setBlocks(step ReplicaStep) bool {
	set, err := d.plan.Options.ConfigurationSet, d.set()
	switch {
	case err == nil:
		return false
	case errors.Is(err, errNoReplicaSet):
		d.block(step, &replicaBlock{fmt.Sprintf("%s has no configuration set %s", d.plan.Secondary.Region, set),
			[]string{"create it, for instance with PlanRegionSync, and plan again"}})
	default:
		d.add(step, awspatterns.Change{Action: awspatterns.Unknown, Reason: "whether there is a configuration set " + set + ": " + reason.Of(err)})
	}
	return true
}

// foreignBlock tells why an identity that is there cannot become a replica.
func (d *replicaDecider) foreignBlock(id *region.Identity) *replicaBlock {
	return &replicaBlock{
		fmt.Sprintf("%s has it with other DKIM keys: their origin is %q", d.plan.Secondary.Region, id.DKIM.Origin),
		[]string{"set Convert to have it converted: until SES has the keys of the parent, mail from there may go out unsigned"},
	}
}

// convert plans to make a replica of an identity that is there. It does not get the mark: it
// was there before, so that removing replicas is not to delete it.
func (d *replicaDecider) convert(step ReplicaStep, id *region.Identity) {
	step.Aspect, step.Found, step.Want = region.Origin, id.DKIM.Origin, d.origin()
	c := awspatterns.Change{
		Action: awspatterns.Update, Fields: []awspatterns.Field{{Name: string(region.Origin), Old: id.DKIM.Origin, New: d.origin()}},
		Interrupts: "mail of " + step.Domain + " from " + d.plan.Secondary.Region + " may go out without a DKIM signature until SES has the keys of the parent",
	}
	if children := d.childrenOf(step.Domain, id); len(children) > 0 {
		c.Interrupts += fmt.Sprintf("; its policy names %v, where replicas of it get no keys from then on: a replica is no parent", children)
	}
	if id.DKIM.Origin == "EXTERNAL" {
		c.Irreversible = "the private key that SES has of the owner"
	}
	d.add(step, c)
}

// childrenOf returns the Regions that may have replicas of an identity of the secondary.
func (d *replicaDecider) childrenOf(domain string, id *region.Identity) []string {
	document := id.Policies[region.PolicyName]
	regions, err := replicationRegions(d.plan.Secondary, domain, document)
	if err != nil {
		regions = otherFormRegions(d.plan.Secondary, domain, document)
	}
	return regions
}

// health tells how a replica is that is there.
func (d *replicaDecider) health(step ReplicaStep, parent, replica *region.Identity) {
	switch {
	case verified(replica):
		for _, text := range replicaDiffers(parent.DKIM, replica.DKIM) {
			d.note(step.Domain, text)
		}
	case replicaFailed(replica):
		err := newReplicaError(step.Domain, d.plan.Secondary.Region, replica)
		d.add(step, awspatterns.Change{Action: awspatterns.Manual, Reason: err.why(), Steps: []string{
			err.Todo,
			"then wait: what makes SES try again is not documented",
			"if it stays so, remove the replica with PlanReplicaRemoval and make it again: in between, no mail of the domain is sent from there",
		}})
	default:
		d.plan.Waiting = append(d.plan.Waiting, step.Domain)
	}
}

// settings plans the default configuration set and the tags of an identity that is there.
func (d *replicaDecider) settings(domain string, id *region.Identity) {
	ours := id.Tags[region.MarkTag] == d.plan.Target.Region
	want := map[string]string{}
	for key, value := range d.tags() {
		if key != region.MarkTag || ours || d.plan.Options.Adopt {
			want[key] = value
		}
	}
	if set := d.plan.Options.ConfigurationSet; set != "" && set != id.ConfigurationSet {
		step := ReplicaStep{Domain: domain, Aspect: region.DefaultSet, Found: id.ConfigurationSet, Want: set}
		if !d.setBlocks(step) {
			d.ours(step, ours, []awspatterns.Field{{Name: string(region.DefaultSet), Old: step.Found, New: set}})
		}
	}
	step := ReplicaStep{Domain: domain, Aspect: region.Tags, Found: tagsText(id.Tags, want), Want: tagsText(want, want)}
	if step.Found == step.Want {
		return
	}
	var fields []awspatterns.Field
	for _, key := range sortedKeys(want) {
		if old, there := id.Tags[key]; !there || old != want[key] {
			fields = append(fields, awspatterns.Field{Name: "tag " + key, Old: old, New: want[key]})
		}
	}
	d.ours(step, ours, fields)
}

// tagsText returns those tags that are in want, too, as JSON.
func tagsText(tags, want map[string]string) string {
	found := map[string]string{}
	for key := range want {
		if value, there := tags[key]; there {
			found[key] = value
		}
	}
	text, err := json.Marshal(found)
	if err != nil {
		panic(err) // maps of strings have a JSON form
	}
	return string(text)
}

// ours plans an update of what this library made, or may adopt.
func (d *replicaDecider) ours(step ReplicaStep, ours bool, fields []awspatterns.Field) {
	if !ours && !d.plan.Options.Adopt {
		d.block(step, &replicaBlock{"this library did not make it for " + d.plan.Target.Region,
			[]string{"make the change by hand, or set Adopt to have it made"}})
		return
	}
	d.add(step, awspatterns.Change{Action: awspatterns.Update, Fields: fields, Adopts: !ours})
}

func (d *replicaDecider) block(step ReplicaStep, b *replicaBlock) {
	d.add(step, awspatterns.Change{Action: awspatterns.Blocked, Reason: b.reason, Steps: b.steps})
}

func (d *replicaDecider) note(domain, text string) {
	d.plan.Notes = append(d.plan.Notes, domain+": "+text)
}

func (d *replicaDecider) add(step ReplicaStep, c awspatterns.Change) {
	c.Resource = step.resource(d.plan.Target.Region, d.plan.Secondary.Region)
	if !c.Action.Applies() {
		step.Found, step.Want = "", ""
	}
	d.plan.Changes, d.plan.Steps = append(d.plan.Changes, c), append(d.plan.Steps, step)
}

// resource returns what a step is about, by the names that other plans have, too.
func (s ReplicaStep) resource(primary, secondary string) awspatterns.Resource {
	r := awspatterns.Resource{Type: string(region.Identities), ID: s.Domain, Region: secondary}
	if s.Primary {
		r.Region = primary
	}
	if s.Aspect == region.Policy {
		r.ID += "/" + region.PolicyName
	}
	return r
}
