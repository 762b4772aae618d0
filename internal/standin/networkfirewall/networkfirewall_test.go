package networkfirewall_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfw "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

const account, region = "123456789012", "eu-west-1"

func start(t *testing.T) (*networkfirewall.Service, *nfw.Client) {
	cloud := awstest.New(t)
	return networkfirewall.New(cloud), nfw.NewFromConfig(cloud.Config(region, account))
}

func rules(order types.RuleOrder, text string) *types.RuleGroup {
	return &types.RuleGroup{
		RulesSource:         &types.RulesSource{RulesString: &text},
		StatefulRuleOptions: &types.StatefulRuleOptions{RuleOrder: order},
	}
}

const oneRule = `drop ip any any -> any any (sid:1;)`

func seed(s *networkfirewall.Service, name string, order types.RuleOrder) (arn string) {
	return s.CreateRuleGroup(account, region, networkfirewall.RuleGroup{Name: name, Capacity: 10, Rules: *rules(order, oneRule)})
}

func strictPolicy(refs ...types.StatefulRuleGroupReference) types.FirewallPolicy {
	return types.FirewallPolicy{
		StatefulEngineOptions:           &types.StatefulEngineOptions{RuleOrder: types.RuleOrderStrictOrder},
		StatefulRuleGroupReferences:     refs,
		StatelessDefaultActions:         []string{"aws:forward_to_sfe"},
		StatelessFragmentDefaultActions: []string{"aws:forward_to_sfe"},
	}
}

func ref(arn string, priority int32) types.StatefulRuleGroupReference {
	return types.StatefulRuleGroupReference{ResourceArn: &arn, Priority: aws.Int32(priority)}
}

func refused[T error](t *testing.T, err error, want string) {
	t.Helper()
	if _, ok := errors.AsType[T](err); !ok || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want a %T with %q", err, *new(T), want)
	}
}

func TestRuleGroup(t *testing.T) {
	s, c := start(t)
	ctx := context.Background()
	in := &nfw.CreateRuleGroupInput{
		RuleGroupName: aws.String("geo"), Type: types.RuleGroupTypeStateful, Capacity: aws.Int32(2), DryRun: true,
		RuleGroup: rules(types.RuleOrderStrictOrder, oneRule), Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	}
	out, err := c.CreateRuleGroup(ctx, in)
	if err != nil || *out.RuleGroupResponse.ConsumedCapacity != 1 || s.Writes() != 0 || s.Dump() != "" {
		t.Fatalf("a dry run: %v, consumed %v, %d writes, state %q", err, out.RuleGroupResponse, s.Writes(), s.Dump())
	}
	in.DryRun = false
	if _, err = c.CreateRuleGroup(ctx, in); err != nil {
		t.Fatal(err)
	}
	_, err = c.CreateRuleGroup(ctx, in)
	refused[*types.InvalidRequestException](t, err, "already exists")

	byName := &nfw.DescribeRuleGroupInput{RuleGroupName: aws.String("geo"), Type: types.RuleGroupTypeStateful}
	got, err := c.DescribeRuleGroup(ctx, byName)
	if err != nil {
		t.Fatal(err)
	}
	if r := got.RuleGroupResponse; *r.Capacity != 2 || *r.ConsumedCapacity != 1 || *r.NumberOfAssociations != 0 || r.RuleGroupStatus != types.ResourceStatusActive ||
		*r.Description != "d" || *r.RuleGroupArn != "arn:aws:network-firewall:eu-west-1:123456789012:stateful-rulegroup/geo" || *r.Tags[0].Value != "v" ||
		*got.RuleGroup.RulesSource.RulesString != oneRule {
		t.Errorf("got %+v", r)
	}
	_, err = c.DescribeRuleGroup(ctx, &nfw.DescribeRuleGroupInput{RuleGroupName: aws.String("other"), Type: types.RuleGroupTypeStateful})
	refused[*types.ResourceNotFoundException](t, err, "other")

	update := &nfw.UpdateRuleGroupInput{RuleGroupArn: got.RuleGroupResponse.RuleGroupArn, UpdateToken: got.UpdateToken}
	update.Rules = aws.String(oneRule)
	_, err = c.UpdateRuleGroup(ctx, update)
	refused[*types.InvalidRequestException](t, err, "parameter is invalid")
	update.Rules, update.RuleGroup = nil, rules(types.RuleOrderDefaultActionOrder, oneRule)
	_, err = c.UpdateRuleGroup(ctx, update)
	refused[*types.InvalidRequestException](t, err, "RuleOrder")
	update.RuleGroup = rules(types.RuleOrderStrictOrder, strings.Join([]string{oneRule, strings.Replace(oneRule, "1", "2", 1), strings.Replace(oneRule, "1", "3", 1)}, "\n"))
	_, err = c.UpdateRuleGroup(ctx, update)
	refused[*types.InvalidRequestException](t, err, "StatefulRules capacity exceeded, parameter: [3]")
	update.RuleGroup = rules(types.RuleOrderStrictOrder, strings.Replace(oneRule, "drop", "pass", 1))
	update.DryRun = true
	if _, err := c.UpdateRuleGroup(ctx, update); err != nil || s.Writes() != 1 {
		t.Errorf("a dry run: %v, %d writes", err, s.Writes())
	}
	update.DryRun = false
	if _, err := c.UpdateRuleGroup(ctx, update); err != nil {
		t.Error(err)
	}
	_, err = c.UpdateRuleGroup(ctx, update)
	refused[*types.InvalidTokenException](t, err, "")
	if g, ok := s.RuleGroup(account, region, "geo"); !ok || !strings.HasPrefix(*g.Rules.RulesSource.RulesString, "pass") || g.Tags["k"] != "v" || g.Description != "" {
		t.Errorf("got %+v", g)
	}
}

func TestDeleteRuleGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := start(t)
		s.DeletingFor, s.InUseFor = time.Minute, time.Minute
		ctx := context.Background()
		arn := seed(s, "geo", types.RuleOrderStrictOrder)
		s.CreatePolicy(account, region, networkfirewall.Policy{Name: "p", Policy: strictPolicy(ref(arn, 1))})
		in := &nfw.DeleteRuleGroupInput{RuleGroupArn: &arn}
		_, err := c.DeleteRuleGroup(ctx, in)
		refused[*types.InvalidOperationException](t, err, "still in use")
		s.ChangePolicy(account, region, "p", func(p *types.FirewallPolicy) { p.StatefulRuleGroupReferences = nil })
		_, err = c.DeleteRuleGroup(ctx, in)
		refused[*types.InvalidOperationException](t, err, "still in use")
		time.Sleep(time.Minute)
		if _, err = c.DeleteRuleGroup(ctx, in); err != nil {
			t.Fatal(err)
		}
		got, err := c.DescribeRuleGroup(ctx, &nfw.DescribeRuleGroupInput{RuleGroupArn: &arn})
		if err != nil || got.RuleGroupResponse.RuleGroupStatus != types.ResourceStatusDeleting {
			t.Errorf("got %v, %v", got, err)
		}
		time.Sleep(time.Minute)
		_, err = c.DescribeRuleGroup(ctx, &nfw.DescribeRuleGroupInput{RuleGroupArn: &arn})
		refused[*types.ResourceNotFoundException](t, err, "")
	})
}

func TestUpdateFirewallPolicy(t *testing.T) {
	s, c := start(t)
	ctx := context.Background()
	one, two := seed(s, "one", types.RuleOrderStrictOrder), seed(s, "two", types.RuleOrderStrictOrder)
	other := seed(s, "other", types.RuleOrderDefaultActionOrder)
	s.CreatePolicy(account, region, networkfirewall.Policy{Name: "p", Description: "d", Policy: strictPolicy(ref(one, 1))})
	var many []types.StatefulRuleGroupReference
	for i := range int32(21) {
		many = append(many, ref(seed(s, fmt.Sprintf("g%d", i), types.RuleOrderStrictOrder), i+1))
	}
	described, err := c.DescribeFirewallPolicy(ctx, &nfw.DescribeFirewallPolicyInput{FirewallPolicyName: aws.String("p")})
	if err != nil || *described.FirewallPolicyResponse.ConsumedStatefulRuleCapacity != 10 {
		t.Fatalf("got %v, %v", described, err)
	}
	update := func(p types.FirewallPolicy) error {
		_, err := c.UpdateFirewallPolicy(ctx, &nfw.UpdateFirewallPolicyInput{
			FirewallPolicyArn: described.FirewallPolicyResponse.FirewallPolicyArn, UpdateToken: described.UpdateToken, FirewallPolicy: &p, Description: aws.String("d"),
		})
		return err
	}
	byAction := strictPolicy()
	byAction.StatefulEngineOptions = nil
	for want, p := range map[string]types.FirewallPolicy{
		"Priority has duplicate values, parameter: [1], context: StatefulRuleGroupReferences[1][Priority=1]": strictPolicy(ref(one, 1), ref(two, 1)),
		"ResourceArn has duplicate values":                                          strictPolicy(ref(one, 1), ref(one, 2)),
		"ResourceArn has invalid rule order":                                        strictPolicy(ref(other, 1)),
		"Priority cannot be null, context: StatefulRuleGroupReferences[0].Priority": strictPolicy(types.StatefulRuleGroupReference{ResourceArn: &one}),
		"StatefulRuleGroupReferences limit exceeded, parameter: [21]":               strictPolicy(many...),
		"ResourceArn does not exist":                                                strictPolicy(ref(one+"x", 1)),
		"ResourceArn is invalid":                                                    strictPolicy(ref(strings.Replace(one, region, "us-east-1", 1), 1)),
		"RuleOrder is invalid":                                                      byAction,
	} {
		refused[*types.InvalidRequestException](t, update(p), want)
	}
	if err := update(strictPolicy(ref(one, 1), ref(two, 2))); err != nil {
		t.Error(err)
	}
	refused[*types.InvalidTokenException](t, update(strictPolicy()), "")
	if p, _ := s.Policy(account, region, "p"); len(p.Policy.StatefulRuleGroupReferences) != 2 || p.Description != "d" {
		t.Errorf("got %+v", p)
	}
}

func TestPolicyInOrderOfActions(t *testing.T) {
	s, c := start(t)
	arn := seed(s, "one", types.RuleOrderDefaultActionOrder)
	s.CreatePolicy(account, region, networkfirewall.Policy{Name: "p"})
	p, _ := s.Policy(account, region, "p")
	got, err := c.DescribeFirewallPolicy(context.Background(), &nfw.DescribeFirewallPolicyInput{FirewallPolicyName: aws.String("p")})
	if err != nil {
		t.Fatal(err)
	}
	p.Policy.StatefulRuleGroupReferences = []types.StatefulRuleGroupReference{ref(arn, 1)}
	in := &nfw.UpdateFirewallPolicyInput{FirewallPolicyName: aws.String("p"), UpdateToken: got.UpdateToken, FirewallPolicy: &p.Policy}
	_, err = c.UpdateFirewallPolicy(context.Background(), in)
	refused[*types.InvalidRequestException](t, err, "Priority cannot be provided, parameter: [1]")
	p.Policy.StatefulRuleGroupReferences[0].Priority = nil
	in.DryRun = true
	if _, err = c.UpdateFirewallPolicy(context.Background(), in); err != nil || s.Writes() != 0 {
		t.Errorf("a dry run: %v, %d writes", err, s.Writes())
	}
	in.DryRun = false
	if _, err = c.UpdateFirewallPolicy(context.Background(), in); err != nil {
		t.Error(err)
	}
}

// The SDK retries what its code makes look like throttling.
func TestLimitOfRuleGroups(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := start(t)
		s.MaxRuleGroups = 1
		seed(s, "one", types.RuleOrderStrictOrder)
		_, err := c.CreateRuleGroup(context.Background(), &nfw.CreateRuleGroupInput{
			RuleGroupName: aws.String("two"), Type: types.RuleGroupTypeStateful, Capacity: aws.Int32(1), RuleGroup: rules(types.RuleOrderStrictOrder, oneRule),
		})
		refused[*types.LimitExceededException](t, err, "")
	})
}

func TestLists(t *testing.T) {
	s, c := start(t)
	s.PageSize = 2
	ctx := context.Background()
	for i := range 5 {
		seed(s, fmt.Sprintf("g%d", i), types.RuleOrderStrictOrder)
		s.CreateFirewall(account, region, networkfirewall.Firewall{Name: fmt.Sprintf("f%d", i), VPC: fmt.Sprintf("vpc-%d", i%2)})
	}
	s.CreateRuleGroup("210987654321", region, networkfirewall.RuleGroup{Name: "foreign", Capacity: 1, Rules: *rules("", oneRule)})
	var groups, firewalls []string
	for p := nfw.NewListRuleGroupsPaginator(c, &nfw.ListRuleGroupsInput{}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, g := range out.RuleGroups {
			groups = append(groups, *g.Name)
		}
	}
	for p := nfw.NewListFirewallsPaginator(c, &nfw.ListFirewallsInput{VpcIds: []string{"vpc-0"}}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range out.Firewalls {
			firewalls = append(firewalls, *f.FirewallName)
		}
	}
	_, err := c.ListRuleGroups(ctx, &nfw.ListRuleGroupsInput{NextToken: aws.String("x")})
	refused[*types.InvalidRequestException](t, err, "NextToken")
	if got := fmt.Sprint(groups, firewalls); got != "[g0 g1 g2 g3 g4] [f0 f2 f4]" {
		t.Errorf("got %s", got)
	}
}

func TestTags(t *testing.T) {
	s, c := start(t)
	s.PageSize = 1
	ctx := context.Background()
	arn := seed(s, "geo", types.RuleOrderStrictOrder)
	tag := func(key, value string) error {
		_, err := c.TagResource(ctx, &nfw.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: &key, Value: &value}}})
		return err
	}
	for _, key := range []string{"a", "b", "c"} {
		if err := tag(key, "v"); err != nil {
			t.Fatal(err)
		}
	}
	refused[*types.InvalidRequestException](t, tag("aws:x", "v"), "aws:")
	if _, err := c.UntagResource(ctx, &nfw.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"b"}}); err != nil {
		t.Fatal(err)
	}
	got := ""
	for p := nfw.NewListTagsForResourcePaginator(c, &nfw.ListTagsForResourceInput{ResourceArn: &arn}); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, tag := range out.Tags {
			got += *tag.Key + "=" + *tag.Value + " "
		}
	}
	if got != "a=v c=v " {
		t.Errorf("got %s", got)
	}
	_, err := c.ListTagsForResource(ctx, &nfw.ListTagsForResourceInput{ResourceArn: aws.String(arn + "x")})
	refused[*types.ResourceNotFoundException](t, err, "geox")
}

func TestFirewall(t *testing.T) {
	s, c := start(t)
	ctx := context.Background()
	arn := s.CreateFirewall(account, region, networkfirewall.Firewall{
		Name: "f", PolicyARN: "arn:p", VPC: "vpc-1", NotReady: true,
		Endpoints: map[string]networkfirewall.Endpoint{"eu-west-1a": {Subnet: "subnet-a", ID: "vpce-a"}, "eu-west-1b": {Subnet: "subnet-b", Status: types.AttachmentStatusCreating}},
		Logging: []types.LogDestinationConfig{{
			LogType: types.LogTypeFlow, LogDestinationType: types.LogDestinationTypeCloudwatchLogs, LogDestination: map[string]string{"logGroup": "flow"}}},
	})
	got, err := c.DescribeFirewall(ctx, &nfw.DescribeFirewallInput{FirewallName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	states := got.FirewallStatus.SyncStates
	if a := states["eu-west-1a"].Attachment; *a.SubnetId != "subnet-a" || *a.EndpointId != "vpce-a" || a.Status != types.AttachmentStatusReady {
		t.Errorf("got %+v", a)
	}
	if b := states["eu-west-1b"].Attachment; b.EndpointId != nil || b.Status != types.AttachmentStatusCreating || got.FirewallStatus.Status != types.FirewallStatusValueProvisioning {
		t.Errorf("got %+v, %+v", b, got.FirewallStatus)
	}
	if *got.Firewall.FirewallArn != arn || len(got.Firewall.SubnetMappings) != 2 {
		t.Errorf("got %+v", got.Firewall)
	}
	logging, err := c.DescribeLoggingConfiguration(ctx, &nfw.DescribeLoggingConfigurationInput{FirewallArn: &arn})
	if err != nil || logging.LoggingConfiguration.LogDestinationConfigs[0].LogDestination["logGroup"] != "flow" {
		t.Errorf("got %+v, %v", logging, err)
	}
	_, err = c.DescribeFirewall(ctx, &nfw.DescribeFirewallInput{FirewallName: aws.String("g")})
	refused[*types.ResourceNotFoundException](t, err, "firewall/g")
}
