package retrofit

import (
	"cmp"
	"maps"
	"slices"
)

// Merge joins states that were read apart. Where several have read one account and
// Region, the last of them counts as a whole, even if less of it could be read: what
// is stale is not mixed with what is new. The result is sorted, so that the same
// states give the same bytes. What a state has read is what its Accounts say.
func Merge(states ...State) State {
	last := map[reading]int{}
	for i, s := range states {
		for _, at := range readings(s) {
			last[at] = i
		}
	}
	m := State{Format: StateFormat}
	accounts, resources, acls, groups := map[string]Account{}, map[string]Resource{}, map[string]WebACL{}, map[string]RuleGroup{}
	for i, s := range states {
		for _, a := range s.Accounts {
			accounts[a.ID] = mergeAccount(accounts[a.ID], a)
		}
		for _, r := range s.Resources {
			if current(last, reading{r.Account, r.Region}, i) {
				resources[r.ARN] = r
			}
		}
		for _, acl := range s.WebACLs {
			if current(last, reading{acl.Account, acl.Region}, i) {
				acls[acl.ARN] = acl
			}
		}
		for _, g := range s.RuleGroups {
			groups[g.ID] = g
		}
		m.Unread = append(m.Unread, stillUnread(s, i, last)...)
	}
	m.Accounts, m.Resources = sortedValues(accounts), sortedValues(resources)
	m.WebACLs, m.RuleGroups = sortedValues(acls), sortedValues(groups)
	slices.SortFunc(m.Unread, func(a, b Unread) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region), cmp.Compare(a.What, b.What), cmp.Compare(a.Reason, b.Reason))
	})
	m.Unread = slices.Compact(m.Unread)
	return m
}

// A reading is one account in one Region.
type reading struct{ account, region string }

// readings returns what a state has read, or tried to: not the places of what it came
// across, such as an app of AWS Amplify, whose ARN has another Region.
func readings(s State) (all []reading) {
	for _, a := range s.Accounts {
		for _, region := range a.Regions {
			all = append(all, reading{a.ID, region})
		}
	}
	return all
}

// current reports whether what state i says of a place counts: no later one has read it.
func current(last map[reading]int, at reading, i int) bool {
	latest, read := last[at]
	return !read || latest <= i
}

// stillUnread returns what no later state has read. What holds for all Regions of
// an account holds as long as one of them is not replaced.
func stillUnread(s State, i int, last map[reading]int) (unread []Unread) {
	regions := map[string][]string{}
	for _, a := range s.Accounts {
		regions[a.ID] = append(regions[a.ID], a.Regions...)
	}
	for _, u := range s.Unread {
		still := current(last, reading{u.Account, u.Region}, i)
		if u.Region == "" && len(regions[u.Account]) > 0 {
			still = slices.ContainsFunc(regions[u.Account], func(region string) bool {
				return current(last, reading{u.Account, region}, i)
			})
		}
		if still {
			unread = append(unread, u)
		}
	}
	return unread
}

// mergeAccount keeps organizational units that are known.
func mergeAccount(old, new Account) Account {
	if new.OrgUnits == nil {
		new.OrgUnits = old.OrgUnits
	}
	new.Regions = slices.Sorted(slices.Values(slices.Concat(old.Regions, new.Regions)))
	new.Regions = slices.Compact(new.Regions)
	return new
}

func sortedValues[T any](m map[string]T) []T {
	values := make([]T, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		values = append(values, m[key])
	}
	return values
}
