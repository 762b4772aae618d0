package networkfirewall

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A RuleGroup is what a test says of a stateful rule group.
type RuleGroup struct {
	Name        string
	Description string
	Capacity    int32
	Rules       types.RuleGroup // what DescribeRuleGroup returns of the rules
	Tags        map[string]string
	Encryption  *types.EncryptionConfiguration // Defaults to a key that AWS owns.
	Status      types.ResourceStatus           // Defaults to ACTIVE.
}

type group struct {
	RuleGroup
	arn      string
	consumed int32
	token    string
	freed    time.Time // when the last policy dropped it
	deleted  time.Time // when it was, if it was
}

const groupKind = "stateful-rulegroup"

// These limits are from CreateRuleGroup in the API reference and from "AWS Network
// Firewall quotas".
const (
	maxCapacity    = 30_000
	maxDescription = 512
	maxRuleGroups  = 50
)

var nameForm = regexp.MustCompile(`^[a-zA-Z0-9-]{1,128}$`)

// CreateRuleGroup makes a rule group, or replaces it, and returns its ARN. It panics
// if the service would not take the group.
func (s *Service) CreateRuleGroup(account, region string, r RuleGroup) (arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := newGroup(awstest.Caller{Account: account, Region: region}, r)
	if err != nil {
		panic(err)
	}
	g.token = s.token()
	s.groups[g.arn] = g
	return g.arn
}

// RuleGroup returns a rule group that is not being deleted.
func (s *Service) RuleGroup(account, region, name string) (RuleGroup, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn, _ := arnOf(awstest.Caller{Account: account, Region: region}, groupKind, nil, &name)
	g := s.groups[arn]
	if g == nil || !g.deleted.IsZero() {
		return RuleGroup{}, false
	}
	return cloned(g.RuleGroup), true
}

func awsOwned() *types.EncryptionConfiguration {
	return &types.EncryptionConfiguration{Type: types.EncryptionTypeAwsOwnedKmsKey, KeyId: aws.String("AWS_OWNED_KMS_KEY")}
}

func newGroup(c awstest.Caller, r RuleGroup) (*group, error) {
	g := &group{RuleGroup: cloned(r)}
	if g.Tags == nil {
		g.Tags = map[string]string{}
	}
	if g.Encryption == nil {
		g.Encryption = awsOwned()
	}
	if g.Status == "" {
		g.Status = types.ResourceStatusActive
	}
	var err error
	if g.arn, err = arnOf(c, groupKind, nil, &r.Name); err != nil {
		return nil, err
	}
	switch {
	case !nameForm.MatchString(r.Name):
		return nil, invalid("RuleGroupName has invalid format, parameter: [%s], context: RuleGroupName", r.Name)
	case utf8.RuneCountInString(r.Description) > maxDescription:
		return nil, invalid("Description limit exceeded, context: Description")
	case r.Capacity > maxCapacity:
		return nil, invalid("Capacity capacity exceeded, parameter: [%d], context: Capacity", r.Capacity)
	case r.Capacity < 1:
		return nil, invalid("Capacity is invalid, parameter: [%d], context: Capacity", r.Capacity)
	}
	g.consumed, err = checkRuleGroup(g.Rules, g.Capacity)
	return g, err
}

func (s *Service) createRuleGroup(ctx context.Context, in *nfw.CreateRuleGroupInput) (*nfw.CreateRuleGroupOutput, error) {
	rules, err := rulesOf(in.Type, in.RuleGroup, in.Rules)
	if err != nil {
		return nil, err
	}
	tags, err := tagged(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	g, err := newGroup(awstest.CallerOf(ctx), RuleGroup{
		Name: *in.RuleGroupName, Description: aws.ToString(in.Description), Capacity: *in.Capacity,
		Rules: rules, Tags: tags, Encryption: in.EncryptionConfiguration,
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.groups[g.arn]; old != nil && s.found(old) {
		return nil, invalid("A resource with the specified name already exists in the given region")
	}
	if n := s.count(ctx); n >= s.maxGroups() {
		return nil, limitExceeded("Unable to create the resource because it would exceed the limit of stateful rule groups")
	}
	g.token = s.token()
	if !in.DryRun {
		s.groups[g.arn] = g
		s.writes++
	}
	return &nfw.CreateRuleGroupOutput{RuleGroupResponse: s.response(g), UpdateToken: aws.String(g.token)}, nil
}

func (s *Service) maxGroups() int {
	if s.MaxRuleGroups > 0 {
		return s.MaxRuleGroups
	}
	return maxRuleGroups
}

// rulesOf returns the rules that a call gives in one form or the other. Only stateful
// groups are known here.
func rulesOf(kind types.RuleGroupType, rules *types.RuleGroup, text *string) (types.RuleGroup, error) {
	switch {
	case kind != types.RuleGroupTypeStateful && kind != "":
		return types.RuleGroup{}, awstest.Error(501, "NotImplemented", "the stand-in for Network Firewall knows stateful rule groups only")
	case (rules == nil) == (text == nil):
		return types.RuleGroup{}, invalid("RuleGroup, Rules must set exactly one of them")
	case rules == nil:
		return types.RuleGroup{RulesSource: &types.RulesSource{RulesString: text}}, nil
	}
	return *rules, nil
}

// count returns how many groups the caller has. The caller of count holds s.mu.
func (s *Service) count(ctx context.Context) int {
	n := 0
	for _, g := range s.groups {
		if g.owned(ctx) && s.found(g) {
			n++
		}
	}
	return n
}

func (g *group) owned(ctx context.Context) bool { return owns(ctx, g.arn) }

// found reports whether calls still see a group. The caller holds s.mu.
func (s *Service) found(g *group) bool {
	return g.deleted.IsZero() || time.Since(g.deleted) < s.DeletingFor
}

// open returns the group that a call names. The caller holds s.mu.
func (s *Service) open(ctx context.Context, arn, name *string, kind types.RuleGroupType) (*group, error) {
	if arn == nil && kind == "" {
		return nil, invalid("Type cannot be null, context: Type")
	}
	id, err := arnOf(awstest.CallerOf(ctx), groupKind, arn, name)
	if err != nil {
		return nil, err
	}
	g := s.groups[id]
	if g == nil || !g.owned(ctx) || !s.found(g) || kind != "" && kind != types.RuleGroupTypeStateful {
		return nil, notFound(id)
	}
	return g, nil
}

func (s *Service) describeRuleGroup(ctx context.Context, in *nfw.DescribeRuleGroupInput) (*nfw.DescribeRuleGroupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.open(ctx, in.RuleGroupArn, in.RuleGroupName, in.Type)
	if err != nil {
		return nil, err
	}
	rules := cloned(g.Rules)
	return &nfw.DescribeRuleGroupOutput{RuleGroup: &rules, RuleGroupResponse: s.response(g), UpdateToken: aws.String(g.token)}, nil
}

// response describes a group. The caller holds s.mu.
func (s *Service) response(g *group) *types.RuleGroupResponse {
	r := &types.RuleGroupResponse{
		RuleGroupArn: aws.String(g.arn), RuleGroupId: aws.String("id-of-" + g.Name), RuleGroupName: aws.String(g.Name),
		Description: set(g.Description), Type: types.RuleGroupTypeStateful,
		Capacity: aws.Int32(g.Capacity), ConsumedCapacity: aws.Int32(g.consumed),
		NumberOfAssociations:    aws.Int32(int32(len(s.users(g.arn)))),
		EncryptionConfiguration: cloned(g.Encryption), RuleGroupStatus: g.Status, Tags: tagList(g.Tags),
	}
	if !g.deleted.IsZero() {
		r.RuleGroupStatus = types.ResourceStatusDeleting
	}
	return r
}

// updateRuleGroup replaces the rules of a group, its description and its encryption:
// what a call leaves out is reset, which is the worst that the API reference allows.
func (s *Service) updateRuleGroup(ctx context.Context, in *nfw.UpdateRuleGroupInput) (*nfw.UpdateRuleGroupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.open(ctx, in.RuleGroupArn, in.RuleGroupName, in.Type)
	if err != nil {
		return nil, err
	}
	rules, err := rulesOf(in.Type, in.RuleGroup, in.Rules)
	switch {
	case err != nil:
		return nil, err
	case !g.deleted.IsZero():
		return nil, invalidOperation("Unable to update the object because it is being deleted")
	case *in.UpdateToken != g.token:
		return nil, staleToken()
	case in.Rules != nil && orderOf(g.Rules) == types.RuleOrderStrictOrder:
		return nil, invalid("parameter is invalid")
	case orderOf(rules) != orderOf(g.Rules):
		return nil, invalid("RuleOrder is invalid, parameter: [%s], context: StatefulRuleOptions.RuleOrder", orderOf(rules))
	}
	next, err := newGroup(awstest.CallerOf(ctx), RuleGroup{
		Name: g.Name, Description: aws.ToString(in.Description), Capacity: g.Capacity,
		Rules: rules, Tags: g.Tags, Encryption: in.EncryptionConfiguration, Status: g.Status,
	})
	if err != nil {
		return nil, err
	}
	next.freed, next.token = g.freed, s.token()
	if !in.DryRun {
		s.groups[g.arn] = next
		s.writes++
	}
	return &nfw.UpdateRuleGroupOutput{RuleGroupResponse: s.response(next), UpdateToken: aws.String(next.token)}, nil
}

func (s *Service) deleteRuleGroup(ctx context.Context, in *nfw.DeleteRuleGroupInput) (*nfw.DeleteRuleGroupOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.open(ctx, in.RuleGroupArn, in.RuleGroupName, in.Type)
	switch {
	case err != nil:
		return nil, err
	case !g.deleted.IsZero():
		return nil, invalidOperation("Unable to delete the object because it is being deleted")
	case len(s.users(g.arn)) > 0, !g.freed.IsZero() && time.Since(g.freed) < s.InUseFor:
		return nil, inUse()
	}
	g.deleted = time.Now()
	s.writes++
	return &nfw.DeleteRuleGroupOutput{RuleGroupResponse: s.response(g)}, nil
}

func (s *Service) listRuleGroups(ctx context.Context, in *nfw.ListRuleGroupsInput) (*nfw.ListRuleGroupsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []types.RuleGroupMetadata{}
	for _, arn := range slices.Sorted(maps.Keys(s.groups)) {
		g := s.groups[arn]
		if g.owned(ctx) && s.found(g) && (in.Type == "" || in.Type == types.RuleGroupTypeStateful) && in.Scope != types.ResourceManagedStatusManaged {
			all = append(all, types.RuleGroupMetadata{Arn: aws.String(arn), Name: aws.String(g.Name)})
		}
	}
	page, next, err := pageOf(s, all, func(m types.RuleGroupMetadata) string { return *m.Arn }, in.MaxResults, in.NextToken)
	return &nfw.ListRuleGroupsOutput{RuleGroups: page, NextToken: next}, err
}
