package ses

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses/region"
)

// policy decides about the policy of a parent, and reports whether it is there or planned.
func (d *replicaDecider) policy(domain string, parent *region.Identity) bool {
	step := ReplicaStep{Domain: domain, Aspect: region.Policy, Primary: true}
	found, there := parent.Policies[region.PolicyName]
	var regions []string
	var err error
	if there {
		regions, err = replicationRegions(d.plan.Target, domain, found)
	}
	if err != nil {
		regions = otherFormRegions(d.plan.Target, domain, found)
	}
	wanted := append(slices.Clone(regions), d.plan.Secondary.Region)
	step.Found, step.Want = found, replicationPolicy(d.plan.Target, domain, wanted)
	c := awspatterns.Change{Action: awspatterns.Update, Fields: regionFields(regions, wanted)}
	switch {
	case !there && len(parent.Policies) >= region.MaxPolicies:
		d.block(step, &replicaBlock{fmt.Sprintf("the identity has %d policies, and SES allows %d", len(parent.Policies), region.MaxPolicies),
			[]string{"join two of its policies", "or allow ses:ReplicateEmailIdentityDKIMSigningKey by IAM, and plan without Policy"}})
		return false
	case !there:
		c.Action = awspatterns.Create
	case err == nil && slices.Contains(regions, d.plan.Secondary.Region):
		return true
	case len(step.Want) > region.MaxPolicySize:
		d.block(step, &replicaBlock{fmt.Sprintf("it would have %d bytes, and SES allows %d", len(step.Want), region.MaxPolicySize),
			[]string{"take Regions out of it that have no replica"}})
		return false
	case err != nil && !d.plan.Options.Adopt:
		d.block(step, foreignPolicyBlock(err, step.Want))
		return false
	case err != nil:
		c.Adopts, c.Reason = true, err.Error()
		c.Irreversible = "what the policy allows now: " + found
	}
	d.add(step, c)
	return true
}

// foreignPolicyBlock tells why a policy of our name is not changed.
func foreignPolicyBlock(err error, want string) *replicaBlock {
	return &replicaBlock{"it is not as this library writes it: " + err.Error(), []string{
		"set Adopt to have it replaced by this, which keeps the Regions that could be read of it, and no others: " + want,
		"or write it by hand, with all Regions that have replicas",
	}}
}

// replicationPolicy and replicationRegions are those of package region, for a parent in t.
func replicationPolicy(t awspatterns.Target, domain string, replicas []string) string {
	return region.ReplicationPolicy(t.Partition, t.Account, t.Region, domain, replicas)
}

func replicationRegions(t awspatterns.Target, domain, document string) ([]string, error) {
	return region.ReplicationRegions(document, t.Partition, t.Account, t.Region, domain)
}

// otherFormRegions returns the Regions in which a policy of another form, such as that of the
// documentation, allows replicas. It is for who is to keep them: there may be more.
func otherFormRegions(t awspatterns.Target, domain, document string) (regions []string) {
	for _, name := range looseRegions(document) {
		if _, err := replicationRegions(t, domain, replicationPolicy(t, domain, []string{name})); err == nil {
			regions = append(regions, name)
		}
	}
	return regions
}

// looseRegions returns what a policy compares ses:ReplicaRegion with where it allows to
// replicate keys.
func looseRegions(document string) (names []string) {
	var policy struct{ Statement looseList[looseStatement] }
	if json.Unmarshal([]byte(document), &policy) != nil {
		return nil
	}
	for _, s := range policy.Statement {
		replicates := slices.ContainsFunc(s.Action, func(a string) bool { return strings.EqualFold(a, "ses:ReplicateEmailIdentityDKIMSigningKey") })
		if s.Effect != "Allow" || !replicates {
			continue
		}
		for _, operator := range []string{"StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringEquals"} {
			var listed looseList[string]
			if json.Unmarshal(s.Condition[operator]["ses:ReplicaRegion"], &listed) == nil {
				names = append(names, listed...)
			}
		}
	}
	return names
}

// A looseStatement is what is read of a statement in a policy of another form.
type looseStatement struct {
	Effect    string
	Action    looseList[string]
	Condition map[string]map[string]json.RawMessage
}

// A looseList is a list in a policy, which may be written as one value.
type looseList[T any] []T

// UnmarshalJSON implements json.Unmarshaler.
func (l *looseList[T]) UnmarshalJSON(text []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(text)), "[") {
		return json.Unmarshal(text, (*[]T)(l))
	}
	var one T
	err := json.Unmarshal(text, &one)
	*l = looseList[T]{one}
	return err
}

// regionFields tells how the Regions of a policy change.
func regionFields(old, new []string) []awspatterns.Field {
	join := func(names []string) string {
		return strings.Join(slices.Compact(slices.Sorted(slices.Values(names))), ", ")
	}
	return []awspatterns.Field{{Name: "policy for replicas in", Old: join(old), New: join(new)}}
}
