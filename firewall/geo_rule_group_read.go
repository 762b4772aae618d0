package firewall

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/internal/networkpolicy"
)

// geoGroupMarkKey is the key of the tag by which this library knows what it created.
const geoGroupMarkKey = "awspatterns"

// geoGroupMark is the value of that tag, for the groups of one Name.
func geoGroupMark(name string) string { return geoGroupPattern + "/" + name }

// A geoGroup is what was found of a rule group.
type geoGroup struct {
	name, arn, token string
	number           int   // 1 of geo, 2 of geo-2
	unknown          error // why it could not be read; then only name, arn and number are known

	rules       types.RuleGroup
	description string
	capacity    int
	consumed    int
	uses        int // policies that refer to it
	status      types.ResourceStatus
	tags        map[string]string
	response    types.RuleGroupResponse
}

// foundGeoGroups is what was found.
type foundGeoGroups struct {
	unknown error        // why groups could not be listed
	groups  []geoGroup   // those with the name, or with the name and a number, by number
	taken   map[int]bool // the numbers that are in use, by groups that are being deleted, too

	policyUnknown error
	policy        *networkpolicy.Policy // nil if the options name none
}

type geoGroupReader struct{ nfw NetworkFirewallAPI }

// find reads what the options are about. That the policy does not exist is an error.
func (r geoGroupReader) find(ctx context.Context, opts GeoRuleGroupOptions, account string) (found foundGeoGroups, err error) {
	found.taken = map[int]bool{}
	found.unknown = r.list(ctx, opts.Name, account, &found)
	if opts.Policy == "" {
		return found, ctx.Err()
	}
	policy, err := networkpolicy.Read(ctx, r.nfw, opts.Policy)
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return found, fmt.Errorf("there is no firewall policy %s: %w", opts.Policy, err)
	}
	found.policy, found.policyUnknown = &policy, err
	return found, ctx.Err()
}

// list finds the groups of the account; groups of others that are shared with it are
// not meant.
func (r geoGroupReader) list(ctx context.Context, name, account string, found *foundGeoGroups) error {
	pages := nfw.NewListRuleGroupsPaginator(r.nfw, &nfw.ListRuleGroupsInput{Type: types.RuleGroupTypeStateful})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, m := range page.RuleGroups {
			number, arn := groupNumber(name, aws.ToString(m.Name)), aws.ToString(m.Arn)
			if number == 0 || !strings.Contains(arn, ":"+account+":") {
				continue
			}
			found.taken[number] = true
			if g, there := r.get(ctx, arn); there {
				g.number = number
				found.groups = append(found.groups, g)
			}
		}
	}
	slices.SortFunc(found.groups, func(a, b geoGroup) int { return cmp.Compare(a.number, b.number) })
	return nil
}

// groupNumber is 1 for the name itself, 2 for the name followed by -2, and 0 for what
// is no name of a group that takes its place.
func groupNumber(name, other string) int {
	if other == name {
		return 1
	}
	suffix, ok := strings.CutPrefix(other, name+"-")
	n, err := strconv.Atoi(suffix)
	if !ok || err != nil || n < 2 || strconv.Itoa(n) != suffix {
		return 0
	}
	return n
}

// numberedName is the reverse of groupNumber.
func numberedName(name string, number int) string {
	if number <= 1 {
		return name
	}
	return name + "-" + strconv.Itoa(number)
}

// get reads a group. One that is being deleted is not there.
func (r geoGroupReader) get(ctx context.Context, arn string) (g geoGroup, there bool) {
	_, name, _ := strings.Cut(arn, "/")
	g = geoGroup{name: name, arn: arn}
	out, err := r.nfw.DescribeRuleGroup(ctx, &nfw.DescribeRuleGroupInput{RuleGroupArn: &arn})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return g, false
	}
	if err == nil && (out.RuleGroup == nil || out.RuleGroupResponse == nil) {
		err = errors.New("the answer of DescribeRuleGroup has no rules")
	}
	if g.unknown = err; err != nil {
		return g, true
	}
	g.rules, g.token, g.response = *out.RuleGroup, aws.ToString(out.UpdateToken), *out.RuleGroupResponse
	g.capacity, g.consumed = int(aws.ToInt32(g.response.Capacity)), int(aws.ToInt32(g.response.ConsumedCapacity))
	g.uses, g.status = int(aws.ToInt32(g.response.NumberOfAssociations)), g.response.RuleGroupStatus
	g.description, g.tags = aws.ToString(g.response.Description), map[string]string{}
	for _, tag := range g.response.Tags {
		g.tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return g, g.status != types.ResourceStatusDeleting
}
