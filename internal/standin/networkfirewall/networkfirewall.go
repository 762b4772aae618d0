// Package networkfirewall stands in for AWS Network Firewall, as far as stateful
// rule groups, the policies that refer to them, and reading firewalls go. It keeps
// them and answers with the errors and limits of the API reference and of what was
// measured (badmintoncryer/cdk-preflight, rules/networkfirewall). What it says of a
// rule is as far as looking at its text goes: a rule that it takes may be refused by
// the service. No packet is looked at.
package networkfirewall

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of AWS Network Firewall need ("Actions,
// resources, and condition keys for AWS Network Firewall" in the service
// authorization reference). Changing a policy also needs network-firewall:ListRuleGroups
// and network-firewall:ListTLSInspectionConfigurations, which the service checks by
// itself: they are implied and not called.
var Actions = awstest.Actions{
	"Network Firewall.CreateRuleGroup":              {"network-firewall:CreateRuleGroup"},
	"Network Firewall.CreateRuleGroup(Tags)":        {"network-firewall:TagResource"},
	"Network Firewall.DeleteRuleGroup":              {"network-firewall:DeleteRuleGroup"},
	"Network Firewall.DescribeFirewall":             {"network-firewall:DescribeFirewall"},
	"Network Firewall.DescribeFirewallPolicy":       {"network-firewall:DescribeFirewallPolicy"},
	"Network Firewall.DescribeLoggingConfiguration": {"network-firewall:DescribeLoggingConfiguration"},
	"Network Firewall.DescribeRuleGroup":            {"network-firewall:DescribeRuleGroup"},
	"Network Firewall.ListFirewalls":                {"network-firewall:ListFirewalls"},
	"Network Firewall.ListRuleGroups":               {"network-firewall:ListRuleGroups"},
	"Network Firewall.ListTagsForResource":          {"network-firewall:ListTagsForResource"},
	"Network Firewall.TagResource":                  {"network-firewall:TagResource"},
	"Network Firewall.UntagResource":                {"network-firewall:UntagResource"},
	"Network Firewall.UpdateFirewallPolicy":         {"network-firewall:UpdateFirewallPolicy"},
	"Network Firewall.UpdateRuleGroup":              {"network-firewall:UpdateRuleGroup"},
}

// A Service is Network Firewall in all accounts and Regions of a Cloud. Its methods
// are not calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most that one answer lists.
	PageSize int

	// DeletingFor is how long a rule group that was deleted is still found, with the
	// status DELETING.
	DeletingFor time.Duration

	// InUseFor is how long a rule group counts as in use, and cannot be deleted, after
	// the last policy dropped it.
	InUseFor time.Duration

	// MaxRuleGroups is how many stateful rule groups an account may have in a Region.
	// Defaults to 50 ("AWS Network Firewall quotas").
	MaxRuleGroups int

	mu        sync.Mutex
	groups    map[string]*group // these three by ARN
	policies  map[string]*policy
	firewalls map[string]*Firewall
	tokens    int // that were given out
	writes    int
}

// New returns a Network Firewall with nothing in it, and makes it answer the calls
// of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{groups: map[string]*group{}, policies: map[string]*policy{}, firewalls: map[string]*Firewall{}}
	awstest.Handle(c, s.createRuleGroup)
	awstest.Handle(c, s.describeRuleGroup)
	awstest.Handle(c, s.updateRuleGroup)
	awstest.Handle(c, s.deleteRuleGroup)
	awstest.Handle(c, s.listRuleGroups)
	awstest.Handle(c, s.describeFirewallPolicy)
	awstest.Handle(c, s.updateFirewallPolicy)
	awstest.Handle(c, s.describeFirewall)
	awstest.Handle(c, s.listFirewalls)
	awstest.Handle(c, s.describeLoggingConfiguration)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.untagResource)
	awstest.Handle(c, s.listTagsForResource)
	return s
}

// Writes returns how often calls changed something so far.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Dump returns the state of all rule groups and policies as text, in a defined
// order. Tokens and what is being deleted are not in it.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, arn := range slices.Sorted(maps.Keys(s.groups)) {
		if g := s.groups[arn]; g.deleted.IsZero() {
			fmt.Fprintf(&out, "group %s, capacity %d of %d, %q\n", arn, g.consumed, g.Capacity, g.Description)
			dumpTags(&out, g.Tags)
			fmt.Fprintf(&out, "  %s\n", encoded(g.Rules))
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(s.policies)) {
		p := s.policies[arn]
		fmt.Fprintf(&out, "policy %s, %q\n", arn, p.Description)
		dumpTags(&out, p.Tags)
		fmt.Fprintf(&out, "  %s\n", encoded(p.Policy.Policy))
	}
	return out.String()
}

func dumpTags(out *strings.Builder, tags map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(out, "  tag %s=%q\n", key, tags[key])
	}
}

func encoded(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // the SDK's types marshal
	}
	return text
}

// cloned returns a copy that shares nothing with v.
func cloned[T any](v T) T {
	var c T
	if err := json.Unmarshal(encoded(v), &c); err != nil {
		panic(err)
	}
	return c
}

// token returns a new update token. The caller holds s.mu.
func (s *Service) token() string {
	s.tokens++
	return fmt.Sprintf("%08x-0000-4000-8000-%012x", s.tokens, s.tokens)
}

// arnOf returns the ARN of a thing of the caller's: by its ARN, its name, or both.
func arnOf(c awstest.Caller, kind string, arn, name *string) (string, error) {
	named := "arn:" + c.Partition() + ":network-firewall:" + c.Region + ":" + c.Account + ":" + kind + "/" + aws.ToString(name)
	switch {
	case arn == nil && name == nil:
		return "", invalid("must specify either an ARN or a name")
	case arn == nil:
		return named, nil
	case name != nil && *arn != named:
		return "", invalid("the ARN and the name are not of the same resource")
	}
	return *arn, nil
}

func tagList(tags map[string]string) []types.Tag {
	list := []types.Tag{}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, types.Tag{Key: aws.String(key), Value: aws.String(tags[key])})
	}
	return list
}

// set returns nil for what an answer leaves out.
func set(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
