package respond_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"
	waftypes "github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/standin/ec2"
	"github.com/awspatterns/awspatterns/internal/standin/localstore"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

const (
	account  = "111122223333"
	region   = "eu-west-1"
	instance = "i-0123456789abcdef0"
)

// A world is an account with IP sets for both versions, a rule group with a variable, a
// rule group for rules, and an instance.
type world struct {
	*awstest.Cloud
	waf   *wafv2.Service
	nfw   *networkfirewall.Service
	ec2   *ec2.Service
	store *localstore.Store

	v4, v6, variable, lines respond.Target

	file []byte // a plan that is kept
}

func newWorld(c *awstest.Cloud) *world {
	w := &world{Cloud: c, waf: wafv2.New(c), nfw: networkfirewall.New(c), ec2: ec2.New(c), store: localstore.New(c)}
	sts.Handle(c)
	w.ec2.PageSize = 2
	w.ec2.RunInstance(account, region, instance, map[string]string{"Name": "web", "owner": "a", "zone": "b"})
	w.v4.WAFIPSet = w.waf.CreateIPSet(account, region, wafv2.IPSet{Name: "blocked4", Addresses: []string{"203.0.113.200/32"}})
	w.v6.WAFIPSet = w.waf.CreateIPSet(account, region, wafv2.IPSet{Name: "blocked6", Version: waftypes.IPAddressVersionIpv6, Description: "of the team"})
	w.variable = respond.Target{IPSet: "BLOCKED", RuleGroup: w.nfw.CreateRuleGroup(account, region, networkfirewall.RuleGroup{
		Name: "variable", Capacity: 10, Rules: nfwtypes.RuleGroup{
			RulesSource:   &nfwtypes.RulesSource{RulesString: aws.String("drop ip $BLOCKED any <> any any (sid:1;)\n")},
			RuleVariables: &nfwtypes.RuleVariables{IPSets: map[string]nfwtypes.IPSet{"BLOCKED": {Definition: []string{"192.0.2.0/32"}}}},
		},
	})}
	w.lines = respond.Target{Rules: &respond.BlockRules{FirstSid: 100, LastSid: 199}, RuleGroup: w.nfw.CreateRuleGroup(account, region, networkfirewall.RuleGroup{
		Name: "lines", Capacity: 30, Rules: nfwtypes.RuleGroup{
			RulesSource: &nfwtypes.RulesSource{RulesString: aws.String("# ours\nalert tcp any any -> any 22 (msg:\"ssh\"; flow:to_server; sid:100;)")},
		},
	})}
	return w
}

func (w *world) clients() respond.Clients { return respond.NewClients(w.Config(region, account)) }

// finding names an address of each version and a domain.
func finding() respond.Finding {
	return respond.Finding{
		ID: "f1", Type: "UnauthorizedAccess:EC2/SSHBruteForce", Account: account, Region: region, Severity: 5,
		Updated: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), Instance: instance,
		Remote: []respond.Remote{
			{Addr: netip.MustParseAddr("198.51.100.7"), From: "networkConnectionAction"},
			{Addr: netip.MustParseAddr("2001:db8::7"), From: "networkConnectionAction"},
		},
		Domains: []string{"evil.example"},
	}
}

func (w *world) options() respond.BlockOptions {
	return respond.BlockOptions{
		Finding: finding(), Targets: []respond.Target{w.v4, w.v6, w.variable, w.lines}, For: time.Hour, Store: w.store,
		InstanceTags: map[string]string{"infected": "cryptomining"},
	}
}

func (w *world) block(ctx context.Context, opts respond.BlockOptions) (respond.BlockPlan, error) {
	plan, err := respond.PlanBlock(ctx, w.clients(), opts)
	if err == nil {
		_, err = respond.ApplyBlock(ctx, w.clients(), plan)
	}
	return plan, err
}

func (w *world) lift(ctx context.Context, now time.Time, entries ...string) (respond.ExpiryPlan, error) {
	plan, err := respond.PlanExpiry(ctx, w.clients(), respond.ExpiryOptions{Store: w.store, Now: now, Entries: entries})
	if err == nil {
		_, err = respond.ApplyExpiry(ctx, w.clients(), plan)
	}
	return plan, err
}

func (w *world) mustBlock(t *testing.T, opts respond.BlockOptions) respond.BlockPlan {
	t.Helper()
	plan, err := w.block(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// held returns what a target holds.
func (w *world) held(t respond.Target) []string {
	if t.WAFIPSet != "" {
		set, _ := w.waf.IPSet(t.WAFIPSet)
		slices.Sort(set.Addresses)
		return set.Addresses
	}
	group, _ := w.nfw.RuleGroup(account, region, t.RuleGroup[strings.LastIndex(t.RuleGroup, "/")+1:])
	if t.Rules != nil {
		return slices.Collect(strings.Lines(*group.Rules.RulesSource.RulesString))
	}
	return group.Rules.RuleVariables.IPSets[t.IPSet].Definition
}

// state is all that blocks are for.
func (w *world) state() string {
	out := w.waf.Dump() + w.nfw.Dump() + w.ec2.Dump()
	for b, err := range respond.Blocks(context.Background(), w.store.Memory) {
		text, _ := json.Marshal(b)
		out += fmt.Sprintln(string(text), err)
	}
	return out
}
