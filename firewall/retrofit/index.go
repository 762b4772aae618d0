package retrofit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// An input is a state whose resources know their web ACLs, and the other way round.
type input struct {
	*scope
	resources  []indexedResource
	acls       []indexedACL
	ruleGroups map[string]int64 // capacity by ID, where it is known
}

// An indexedResource is a resource with what the policy's scope makes of it.
type indexedResource struct {
	Resource
	coverage

	acls    []*indexedACL // that it has; several if the state contradicts itself
	aclGaps []string      // why its web ACL is not known
}

func (r *indexedResource) webACL() string {
	if len(r.acls) == 1 {
		return r.acls[0].ARN
	}
	return r.WebACL
}

// An indexedACL is a web ACL with the resources that share it.
type indexedACL struct {
	WebACL

	claims  []*indexedResource // that name it as theirs
	members []*indexedResource // these, and those that it lists
	inScope int
	outside []*indexedResource // known to be out of scope, by ARN
	doubts  []uses             // each a resource, or kind of resource, of which it is not known how it adds to uses
	gaps    []string           // what is not known
	uses    []uses             // all that is possible

	owners   owners
	likely   bool    // the name of the policy had to be compared without some characters
	facts    []facts // all that are possible, without in and out
	change   change
	capacity capacity
}

// absurdCapacity is beyond any quota, so that sums stay within an int64.
const absurdCapacity = 1_000 * MaxCapacity

// index finds who shares what. What a web ACL lists and nothing else is known of is
// a resource too: its type and scope follow from its ARN and the web ACL.
func index(s State, p Policy) (*input, error) {
	in := &input{scope: newScope(s, p), ruleGroups: map[string]int64{}}
	for _, g := range s.RuleGroups {
		if g.Capacity > 0 && g.Capacity <= MaxCapacity {
			in.ruleGroups[g.ID] = g.Capacity
		}
	}
	acls, err := in.indexACLs(s.WebACLs)
	if err != nil {
		return nil, err
	}
	if err := in.indexResources(s); err != nil {
		return nil, err
	}
	in.link(acls)
	return in, nil
}

func (in *input) indexACLs(acls []WebACL) (map[string]*indexedACL, error) {
	in.acls = make([]indexedACL, len(acls))
	byARN := make(map[string]*indexedACL, len(acls))
	for i, acl := range acls {
		switch {
		case byARN[acl.ARN] != nil:
			return nil, fmt.Errorf("web ACL %q is twice in the state: join states with Merge", acl.ARN)
		case acl.Capacity < 0 || acl.Capacity > absurdCapacity:
			return nil, fmt.Errorf("web ACL %q: %d is no capacity", acl.ARN, acl.Capacity)
		}
		in.acls[i].WebACL = acl
		byARN[acl.ARN] = &in.acls[i]
	}
	return byARN, nil
}

func (in *input) indexResources(s State) error {
	known := make(map[string]bool, len(s.Resources))
	in.resources = make([]indexedResource, 0, len(s.Resources))
	for _, r := range s.Resources {
		if known[r.ARN] {
			return fmt.Errorf("resource %q is twice in the state: join states with Merge", r.ARN)
		}
		known[r.ARN] = true
		in.resources = append(in.resources, indexedResource{Resource: r})
	}
	for _, acl := range s.WebACLs {
		for _, arn := range acl.Associations {
			if !known[arn] {
				known[arn] = true
				r := Resource{ARN: arn, Type: typeFromARN(arn), Account: acl.Account, Region: acl.Region, TagsUnread: true}
				in.resources = append(in.resources, indexedResource{Resource: r})
			}
		}
	}
	for i := range in.resources {
		in.resources[i].coverage = in.of(in.resources[i].Resource)
	}
	return nil
}

// link joins what resources say of their web ACLs with what web ACLs say of their
// resources. One side may have been read without the other.
func (in *input) link(acls map[string]*indexedACL) {
	byARN := make(map[string]*indexedResource, len(in.resources))
	for i := range in.resources {
		r := &in.resources[i]
		byARN[r.ARN] = r
		if acl := acls[r.WebACL]; acl != nil {
			acl.claims = append(acl.claims, r)
		}
	}
	for i := range in.acls {
		acl := &in.acls[i]
		for _, r := range acl.claims {
			r.join(acl)
		}
		for _, arn := range acl.Associations {
			byARN[arn].join(acl)
		}
	}
	for i := range in.resources {
		in.resources[i].settle()
	}
}

// join is called for one web ACL after the other.
func (r *indexedResource) join(acl *indexedACL) {
	if n := len(r.acls); n == 0 || r.acls[n-1] != acl {
		r.acls = append(r.acls, acl)
		acl.members = append(acl.members, r)
	}
}

// settle tells what is not known about the web ACL of a resource.
func (r *indexedResource) settle() {
	switch {
	case len(r.acls) > 1:
		r.aclGaps = append(r.aclGaps, fmt.Sprintf("the state has %s on several web ACLs, so it was read while that changed", nameOf(r.Resource)))
	case len(r.acls) == 1:
		if r.WebACL != "" && r.WebACL != r.acls[0].ARN {
			r.aclGaps = append(r.aclGaps, fmt.Sprintf("the state has %s on several web ACLs, so it was read while that changed", nameOf(r.Resource)))
		}
	case r.WebACLUnread:
		r.aclGaps = append(r.aclGaps, fmt.Sprintf("the web ACL of %s is not known", nameOf(r.Resource)))
	case strings.Contains(r.WebACL, ":wafv2:"):
		r.aclGaps = append(r.aclGaps, fmt.Sprintf("web ACL %s is not in the state", printable.Escape(nameFromARN(r.WebACL))))
	}
}

// uses are the kinds of resources that share a web ACL.
type uses int

const (
	usedIn  uses = 1 << iota // by a resource in scope
	usedOut                  // by one out of scope
)

// A doubt has these as bits: what a resource may turn out to add.
const (
	mayBeIn uses = 1 << iota
	mayBeOut
	mayBeNone
)

// count counts the resources of a web ACL by their scope.
func (e *evaluator) count(acl *indexedACL) {
	for _, r := range acl.members {
		switch scope := r.scope(); {
		case len(r.aclGaps) > 0: // it may be on another one
			acl.doubts = append(acl.doubts, mayBe(scope)|mayBeNone)
			acl.gaps = append(acl.gaps, r.aclGaps...)
		case scope == InScope:
			acl.inScope++
		case scope == NotInScope:
			acl.outside = append(acl.outside, r)
		default:
			acl.doubts = append(acl.doubts, mayBe(scope))
			acl.gaps = append(acl.gaps, r.gaps...)
		}
	}
	slices.SortFunc(acl.outside, func(a, b *indexedResource) int { return strings.Compare(a.ARN, b.ARN) })
	for _, part := range acl.Unread {
		e.unreadAssociations(acl, part)
	}
	acl.addUp()
}

// unreadAssociations adds what could share the web ACL unseen. Where every resource
// of a type is in scope, it does not matter.
func (e *evaluator) unreadAssociations(acl *indexedACL, part string) {
	rest, ok := strings.CutPrefix(part, "associations")
	if !ok {
		return
	}
	doubt := mayBeIn | mayBeOut
	if t := ResourceType(strings.TrimSpace(rest)); t != "" {
		unseen := Resource{Type: t, Account: acl.Account, Region: acl.Region, TagsUnread: true}
		doubt = mayBe(e.of(unseen).scope())
	}
	for _, one := range []uses{doubt & mayBeIn, doubt & mayBeOut} { // there may be several
		acl.doubts = append(acl.doubts, one|mayBeNone)
	}
	acl.gaps = append(acl.gaps, fmt.Sprintf("the %s of web ACL %s could not be read", printable.Escape(part), printable.Escape(acl.Name)))
}

func mayBe(s Scope) uses {
	switch s {
	case InScope:
		return mayBeIn
	case NotInScope:
		return mayBeOut
	}
	return mayBeIn | mayBeOut
}

// addUp finds all that the resources of a web ACL may add up to.
func (acl *indexedACL) addUp() {
	var certain uses
	if acl.inScope > 0 {
		certain |= usedIn
	}
	if len(acl.outside) > 0 {
		certain |= usedOut
	}
	acl.uses = []uses{certain}
	for _, doubt := range acl.doubts {
		var next []uses // at most four
		for _, use := range acl.uses {
			for bit, adds := range [...]uses{usedIn, usedOut, 0} {
				if doubt&(mayBeIn<<bit) != 0 && !slices.Contains(next, use|adds) {
					next = append(next, use|adds)
				}
			}
		}
		acl.uses = next
	}
	slices.Sort(acl.uses)
}

// missing reports whether a part of a web ACL could not be read. A part that is
// not known here counts as all details.
func (acl *indexedACL) missing(part string) bool {
	return slices.ContainsFunc(acl.Unread, func(unread string) bool {
		if unread == "details" || unread == part {
			return true
		}
		return unread != "logging" && unread != "tags" && !strings.HasPrefix(unread, "associations")
	})
}
