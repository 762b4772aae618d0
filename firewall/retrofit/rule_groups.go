package retrofit

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// MaxCapacity is the capacity of a web ACL in WCU, from AWS WAF's quotas.
const MaxCapacity = 5_000

// A groupRef is a rule group in a web ACL or in a policy.
type groupRef struct {
	id       string // see RuleGroup.ID
	override string // empty: not known
}

// policyGroups returns the rule groups that a policy puts first, and last.
func policyGroups(p Policy) (pre, post []groupRef) {
	refs := func(groups []PolicyRuleGroup) (refs []groupRef) {
		for _, g := range groups {
			refs = append(refs, groupRef{g.ID(), g.OverrideAction.Type})
		}
		return refs
	}
	return refs(p.Data.PreProcessRuleGroups), refs(p.Data.PostProcessRuleGroups)
}

// ID returns the name that [RuleGroup] has for the rule group.
func (g PolicyRuleGroup) ID() string {
	if g.Managed == nil {
		return g.RuleGroupARN
	}
	id := g.Managed.VendorName + "/" + g.Managed.ManagedRuleGroupName
	if g.Managed.VersionEnabled && g.Managed.Version != "" {
		id += "@" + g.Managed.Version
	}
	return id
}

// installedGroups returns the rule groups of Firewall Manager in the order in which
// they act.
func installedGroups(groups []ManagedGroup) (refs []groupRef) {
	groups = slices.Clone(groups)
	slices.SortStableFunc(groups, func(a, b ManagedGroup) int { return cmp.Compare(a.Priority, b.Priority) })
	for _, g := range groups {
		id := g.RuleGroup
		if g.Version != "" && !strings.Contains(id, "@") {
			id += "@" + g.Version
		}
		refs = append(refs, groupRef{id, g.Override})
	}
	return refs
}

// A groupChange is what an update makes of the rule groups of a web ACL.
type groupChange struct {
	adds, removes []string // IDs
	same          bool     // the groups, their order and overrides are those of the policy
}

// changeGroups compares what is in a web ACL with what the policy has. What the
// policy changes within a rule group, such as actions of single rules, is not seen.
func changeGroups(acl WebACL, pre, post []groupRef) groupChange {
	oldPre, oldPost := installedGroups(acl.Pre), installedGroups(acl.Post)
	return groupChange{
		adds:    without(slices.Concat(pre, post), slices.Concat(oldPre, oldPost)),
		removes: without(slices.Concat(oldPre, oldPost), slices.Concat(pre, post)),
		same:    slices.EqualFunc(oldPre, pre, sameGroup) && slices.EqualFunc(oldPost, post, sameGroup),
	}
}

func sameGroup(old, new groupRef) bool {
	return old.id == new.id && (old.override == "" || old.override == new.override)
}

// without returns the IDs of a that are not in b. A group may be there twice.
func without(a, b []groupRef) (ids []string) {
	count := make(map[string]int, len(b))
	for _, g := range b {
		count[g.id]++
	}
	for _, g := range a {
		if count[g.id]--; count[g.id] < 0 {
			ids = append(ids, g.id)
		}
	}
	return ids
}

// A capacity is what a web ACL would need after a change: between least and most,
// which differ if the capacity of a rule group is not known.
type capacity struct {
	least, most int64
	gaps        []string
}

// capacityAfter adds the capacity of the rule groups that come and takes off that
// of those that go. The capacity of a web ACL counts the groups that Firewall
// Manager has put in, so those that stay are in it.
func capacityAfter(own int64, change groupChange, groups map[string]int64) capacity {
	c := capacity{least: own, most: own}
	for _, id := range change.adds {
		if wcu, known := groups[id]; known {
			c.least, c.most = c.least+wcu, c.most+wcu
		} else {
			c.least, c.most = c.least+1, c.most+MaxCapacity // the bounds of a rule group
			c.gap(id)
		}
	}
	for _, id := range change.removes {
		if wcu, known := groups[id]; known {
			c.least, c.most = c.least-wcu, c.most-wcu
		} else {
			c.least, c.most = c.least-MaxCapacity, c.most-1
			c.gap(id)
		}
	}
	return c
}

func (c *capacity) gap(id string) {
	c.gaps = append(c.gaps, fmt.Sprintf("the capacity of rule group %s is not known", printable.Escape(id)))
}
