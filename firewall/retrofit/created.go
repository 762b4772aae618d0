package retrofit

import (
	"cmp"
	"slices"
	"strings"
)

// The scopes of web ACLs in AWS WAF.
const (
	regional   = "REGIONAL"
	cloudFront = "CLOUDFRONT"
)

type place struct{ account, scope string }

// created lists the web ACLs that Firewall Manager makes: one for an account and
// scope that has none of the policy yet, if a resource needs it, and without
// optimizeUnassociatedWebACL in any case.
func (e *evaluator) created(s State, result Evaluation) (created []CreatedACL) {
	if e.judge.dormant {
		return nil
	}
	need := map[place]int{}
	for _, r := range result.Resources {
		if r.Outcome == Created || r.Outcome == Replaced {
			need[place{r.Account, scopeOf(r.Type)}]++
		}
	}
	blocked := e.aclsMayBeThere(s)
	for _, a := range s.Accounts {
		if !slices.Contains(a.Regions, e.Region) || e.account(a.ID).scope() != InScope {
			continue
		}
		for _, scope := range e.scopes() {
			at := place{a.ID, scope}
			if n := need[at]; !blocked[at] && (n > 0 || !e.judge.optimize) {
				created = append(created, CreatedACL{Account: a.ID, Region: e.Region, Scope: scope, Resources: n})
			}
		}
	}
	slices.SortFunc(created, func(a, b CreatedACL) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Scope, b.Scope))
	})
	return slices.Compact(created)
}

// aclsMayBeThere tells where the policy has its web ACL already, or may have it:
// where not all of them could be read.
func (e *evaluator) aclsMayBeThere(s State) map[place]bool {
	there := map[place]bool{}
	for i := range e.acls {
		if acl := &e.acls[i]; acl.owners&madeHere != 0 && acl.Region == e.Region {
			there[place{acl.Account, acl.Scope}] = true
		}
	}
	for _, u := range s.Unread {
		if u.Region != "" && u.Region != e.Region {
			continue
		}
		there[place{u.Account, regional}] = there[place{u.Account, regional}] || u.What == "account" || u.What == "web ACLs"
		there[place{u.Account, cloudFront}] = there[place{u.Account, cloudFront}] || u.What == "account" || u.What == "web ACLs "+cloudFront
	}
	return there
}

func scopeOf(t ResourceType) string {
	if t == Distribution {
		return cloudFront
	}
	return regional
}

// scopes returns those of the policy.
func (e *evaluator) scopes() (scopes []string) {
	for _, t := range e.ResourceTypes {
		if s := scopeOf(t); !slices.Contains(scopes, s) {
			scopes = append(scopes, s)
		}
	}
	return scopes
}

// unread returns what may hide something that the policy concerns.
func (e *evaluator) unread(s State) (unread []Unread) {
	for _, u := range s.Unread {
		elsewhere := u.Region != "" && u.Region != e.Region || u.Account != "" && e.account(u.Account).scope() == NotInScope
		if !elsewhere || strings.HasPrefix(u.What, "rule group ") { // these are the administrator's
			unread = append(unread, u)
		}
	}
	unread = append(unread, e.unasked(s)...)
	slices.SortStableFunc(unread, func(a, b Unread) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.What, b.What), cmp.Compare(a.Reason, b.Reason))
	})
	return slices.Compact(unread)
}

// unasked returns the accounts of the policy that were not asked for in its Region: those
// of the state, and those that the policy names. What they have is unknown, not absent.
func (e *evaluator) unasked(s State) (unread []Unread) {
	asked := map[string]bool{}
	for _, a := range s.Accounts {
		asked[a.ID] = asked[a.ID] || slices.Contains(a.Regions, e.Region)
	}
	for _, id := range e.Include.IDs {
		if _, known := asked[id]; !known {
			asked[id] = false
		}
	}
	for id, there := range asked {
		if !there && e.account(id).scope() != NotInScope {
			unread = append(unread, Unread{Account: id, Region: e.Region, What: "account", Reason: "it was not asked for there"})
		}
	}
	return unread
}
