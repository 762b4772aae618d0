package retrofit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// cloudFrontRegion is where distributions and their web ACLs are.
const cloudFrontRegion = "us-east-1"

// A scope tells which resources a policy covers.
type scope struct {
	Policy
	orgUnits map[string][]string // by account; nil is unknown
	accounts map[string]coverage // what account has answered
}

func newScope(s State, p Policy) *scope {
	sc := &scope{Policy: p, orgUnits: map[string][]string{}, accounts: map[string]coverage{}}
	for _, a := range s.Accounts {
		sc.orgUnits[a.ID] = a.OrgUnits
	}
	return sc
}

// coverage says whether a policy covers something, and why not: misses are what
// puts it out of scope, gaps what would have to be known to tell.
type coverage struct {
	misses []miss
	gaps   []string
}

// A miss is one thing that puts a resource out of scope.
type miss struct {
	by   criterion
	why  string // "it …"
	fix  string // what to do to the scope of the policy; empty if nothing helps
	tags string // what to do to the tags of the resource
}

type criterion int

const (
	byType criterion = iota
	byRegion
	byAccount
	byTags
)

func (c coverage) scope() Scope {
	switch {
	case len(c.misses) > 0: // whatever else is not known
		return NotInScope
	case len(c.gaps) > 0:
		return UnknownScope
	}
	return InScope
}

func (c coverage) why() string {
	var whys []string
	for _, m := range c.misses {
		whys = append(whys, m.why)
	}
	return strings.Join(whys, ", and ")
}

func (c *coverage) miss(m miss) { c.misses = append(c.misses, m) }

// of tells whether the policy covers a resource.
func (sc *scope) of(r Resource) (c coverage) {
	switch region := regionOf(r); {
	case !slices.Contains(policyTypes, r.Type):
		c.miss(miss{by: byType, why: fmt.Sprintf("no policy covers %s", printable.Escape(string(r.Type)))})
	case len(sc.ResourceSets) > 0:
		c.gaps = append(c.gaps, "the resource sets of the policy are not read")
	case !slices.Contains(sc.ResourceTypes, r.Type):
		c.miss(miss{by: byType, why: fmt.Sprintf("the policy does not cover %s", r.Type), fix: fmt.Sprintf("add the type %s to it", r.Type)})
	case region != sc.Region:
		c.miss(miss{by: byRegion, why: fmt.Sprintf("it is in %s and the policy in %s", printable.Escape(region), printable.Escape(sc.Region))})
	}
	account := sc.account(r.Account)
	c.misses = append(c.misses, account.misses...)
	c.gaps = append(c.gaps, account.gaps...)
	sc.tags(r, &c)
	return c
}

func regionOf(r Resource) string {
	if r.Type == Distribution {
		return cloudFrontRegion
	}
	return r.Region
}

// account tells whether the policy covers an account.
func (sc *scope) account(id string) coverage {
	c, ok := sc.accounts[id]
	if !ok {
		c = sc.judgeAccount(id)
		sc.accounts[id] = c
	}
	return c
}

func (sc *scope) judgeAccount(id string) (c coverage) {
	included := len(sc.Include.IDs)+len(sc.Include.OrgUnits) > 0
	list, miss := sc.Exclude, miss{
		by:  byAccount,
		why: fmt.Sprintf("the policy excludes account %s", printable.Escape(id)),
		fix: fmt.Sprintf("no longer exclude account %s from it", printable.Escape(id)),
	}
	if included {
		list = sc.Include
		miss.why = fmt.Sprintf("the policy does not include account %s", printable.Escape(id))
		miss.fix = fmt.Sprintf("include account %s in it", printable.Escape(id))
	}
	listed := slices.Contains(list.IDs, id)
	if !listed && len(list.OrgUnits) > 0 {
		units := sc.orgUnits[id]
		if units == nil {
			return coverage{gaps: []string{fmt.Sprintf("the organizational units of account %s are not known", printable.Escape(id))}}
		}
		listed = slices.ContainsFunc(units, func(unit string) bool { return slices.Contains(list.OrgUnits, unit) })
	}
	if listed != included {
		c.miss(miss)
	}
	return c
}

// tags adds what the tags of a resource say.
func (sc *scope) tags(r Resource, c *coverage) {
	switch {
	case len(sc.Tags) == 0:
		return
	case r.TagsUnread:
		c.gaps = append(c.gaps, fmt.Sprintf("the tags of %s are not known", nameOf(r)))
		return
	}
	var has, lacks, doubtful []Tag
	for _, tag := range sc.Tags {
		value, ok := r.Tags[tag.Key]
		switch {
		case ok && value == tag.Value:
			has = append(has, tag)
		case strings.ContainsAny(tag.Key+tag.Value, wildcards):
			doubtful = append(doubtful, tag)
		default:
			lacks = append(lacks, tag)
		}
	}
	decided := len(doubtful) == 0 || sc.AnyTag && len(has) > 0 || !sc.AnyTag && len(lacks) > 0
	matches := len(lacks) == 0 || sc.AnyTag && len(has) > 0
	switch {
	case !decided:
		c.gaps = append(c.gaps, fmt.Sprintf("whether %s stands for other tags is not documented", joinTags(doubtful, " or ")))
	case sc.ExcludeTags && matches:
		c.miss(sc.excludedByTags(has))
	case !sc.ExcludeTags && !matches:
		c.miss(sc.lacksTags(lacks))
	}
}

// wildcards are in the pattern of ResourceTag in the API model of Firewall Manager
// though tags of resources rarely have them, and its text says that tags match if
// they are the same.
const wildcards = `*\`

// excludedByTags takes the tags that a resource has: all of those of the policy,
// or with AnyTag some.
func (sc *scope) excludedByTags(has []Tag) miss {
	all := joinTags(has, " and ")
	m := miss{by: byTags, why: "it has the " + plural(len(has), "tag") + " " + all + ", which the policy leaves out"}
	m.tags, m.fix = "remove the tag "+joinTags(has, " or "), "no longer leave out "+all+" in it"
	if sc.AnyTag {
		m.tags = "remove the " + plural(len(has), "tag") + " " + all
	}
	return m
}

// lacksTags takes the tags that a resource lacks: some of those of the policy, or
// with AnyTag all.
func (sc *scope) lacksTags(lacks []Tag) miss {
	all := plural(len(lacks), "tag") + " " + joinTags(lacks, " and ")
	m := miss{by: byTags, why: "it lacks the " + all, tags: "add the " + all, fix: "remove the " + all + " from it"}
	if sc.AnyTag && len(lacks) > 1 {
		m.why, m.tags = "it has none of the tags "+joinTags(lacks, ", "), "add one of the tags "+joinTags(lacks, ", ")
	}
	return m
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

func joinTags(tags []Tag, between string) string {
	var names []string
	for _, tag := range tags {
		names = append(names, printable.Escape(tag.String()))
	}
	return strings.Join(names, between)
}
