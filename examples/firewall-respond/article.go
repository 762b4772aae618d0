package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/standin/ec2"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/guardduty"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
	"github.com/awspatterns/awspatterns/state"
)

const (
	account  = "111122223333"
	region   = "eu-west-1"
	instance = "i-0123456789abcdef0"
)

// A demo is an account in this process, and what the response works with.
type demo struct {
	w        io.Writer
	clients  respond.Clients
	ec2      *ec2.Service
	duty     *guardduty.Service
	response respond.OnFindingOptions
	alert    respond.AlertOptions
}

func newDemo(w io.Writer) *demo {
	cloud := awstest.New(nil)
	sts.Handle(cloud)
	eventbridge.New(cloud)
	sns.New(cloud)
	d := &demo{w: w, clients: respond.NewClients(cloud.Config(region, account)), ec2: ec2.New(cloud), duty: guardduty.New(cloud)}
	d.duty.CreateDetector(account, region)
	d.ec2.RunInstance(account, region, instance, map[string]string{"Name": "web"})
	set := wafv2.New(cloud).CreateIPSet(account, region, wafv2.IPSet{Name: "blocked"})
	group := networkfirewall.New(cloud).CreateRuleGroup(account, region, networkfirewall.RuleGroup{
		Name: "blocked", Capacity: 100, Rules: nfwtypes.RuleGroup{RulesSource: &nfwtypes.RulesSource{RulesString: aws.String("# ours\n")}},
	})
	d.response.Block = respond.BlockOptions{
		Targets: []respond.Target{{WAFIPSet: set}, {RuleGroup: group, Rules: &respond.BlockRules{FirstSid: 1000, LastSid: 1999}}},
		For:     24 * time.Hour, Store: state.NewMemory(),
		Allow:        []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")},
		InstanceTags: map[string]string{"infected": "cryptomining"},
	}
	d.alert = respond.AlertOptions{Name: "guardduty-findings", Types: []string{"CryptoCurrency:EC2/*", "UnauthorizedAccess:EC2/*"}, MinSeverity: 4, Text: true}
	return d
}

// finding is an event as EventBridge sends it.
func finding(id, kind, action string) []byte {
	return []byte(`{"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {
	"accountId": "` + account + `", "region": "` + region + `", "id": "` + id + `", "type": "` + kind + `",
	"severity": 8, "updatedAt": "2024-11-01T10:00:00Z", "resource": {"instanceDetails": {"instanceId": "` + instance + `"}},
	"service": {"action": ` + action + `, "additionalInfo": {}}}}`)
}

func remote(addr string) string {
	return `{"networkConnectionAction": {"remoteIpDetails": {"ipAddressV4": "` + addr + `"}}}`
}

// article answers the findings of the article.
func article(ctx context.Context, w io.Writer) error {
	d := newDemo(w)
	for _, step := range []func(context.Context) error{d.setUp, d.respond, d.cover, d.try, d.lift} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *demo) title(text string) {
	fmt.Fprintf(d.w, "\n%s\n%s\n\n", text, strings.Repeat("-", len(text)))
}

func (d *demo) setUp(ctx context.Context) error {
	d.title("Findings go to a topic")
	s := settings{apply: true}
	return s.planAlert(ctx, d.clients, d.alert, d.w)
}

// respond answers a miner, a brute force, and one from a network that is allowed.
func (d *demo) respond(ctx context.Context) error {
	const miner, force = "CryptoCurrency:EC2/BitcoinTool.B!DNS", "UnauthorizedAccess:EC2/SSHBruteForce"
	for _, f := range []struct{ what, id, kind, action string }{
		{"An instance asks for a mining pool", "f1", miner, `{"dnsRequestAction": {"domain": "pool.minergate.com"}}`},
		{"Somebody tries passwords", "f2", force, remote("198.51.100.7")},
		{"Somebody of ours tries passwords", "f3", force, remote("203.0.113.9")},
	} {
		d.title(f.what)
		result, err := respond.OnFinding(ctx, d.clients, finding(f.id, f.kind, f.action), d.response)
		if err != nil {
			return err
		}
		fmt.Fprintln(d.w, result.Plan)
		for _, left := range result.Plan.LeftOut {
			fmt.Fprintf(d.w, "left out: %s: %s\n", left.Entry, left.Reason)
		}
	}
	fmt.Fprintf(d.w, "\ntags of %s: infected=%s\n", instance, d.ec2.Tags(account, region, instance)["infected"])
	return nil
}

func (d *demo) cover(context.Context) error {
	d.title("What this covers")
	pattern, err := respond.AlertPattern(d.alert)
	if err != nil {
		return err
	}
	return coverage(pattern, d.response.Block.Targets, d.w, true)
}

// coverage writes the table of all types, or of those that are matched.
func coverage(pattern []byte, targets []respond.Target, w io.Writer, short bool) error {
	result, err := respond.FindingCoverage(respond.FindingCoverageOptions{
		Pattern: pattern, Response: respond.OnFindingOptions{Block: respond.BlockOptions{Targets: targets}},
	})
	if err != nil {
		return err
	}
	all := len(result.Types)
	if short {
		var matched []respond.TypeCoverage
		for _, t := range result.Types {
			if t.Matched != respond.No {
				matched = append(matched, t)
			}
		}
		result.Types = matched
	}
	if err := result.WriteTable(w); err != nil {
		return err
	}
	if short {
		_, err = fmt.Fprintf(w, "The pattern does not match the other %d.\n", all-len(result.Types))
	}
	return err
}

// try makes samples, which the response takes here.
func (d *demo) try(ctx context.Context) error {
	d.title("A trial with samples")
	samples := d.response
	samples.Samples = true
	var failed error
	d.duty.OnEvent = func(event []byte) {
		if _, err := respond.OnFinding(ctx, d.clients, event, samples); err != nil {
			failed = err
		}
	}
	pattern, err := respond.AlertPattern(d.alert)
	if err != nil {
		return err
	}
	result, err := respond.TestResponse(ctx, d.clients, respond.TestResponseOptions{
		Types: []string{"CryptoCurrency:EC2/BitcoinTool.B!DNS", "UnauthorizedAccess:EC2/SSHBruteForce"}, Pattern: pattern, Store: samples.Block.Store,
	})
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return result.WriteTable(d.w)
}

// lift lifts what has expired a day later, which leaves what the samples named.
func (d *demo) lift(ctx context.Context) error {
	d.title("A day later, blocks end")
	store, now := d.response.Block.Store, time.Date(2024, 11, 2, 10, 0, 1, 0, time.UTC)
	plan, err := respond.PlanExpiry(ctx, d.clients, respond.ExpiryOptions{Store: store, Now: now})
	if err != nil {
		return err
	}
	if _, err := respond.ApplyExpiry(ctx, d.clients, plan); err != nil {
		return err
	}
	table := tabwriter.NewWriter(d.w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tWHERE\tFINDING\tUNTIL\tSTATE")
	for b, err := range respond.Blocks(ctx, store) {
		if err != nil {
			return err
		}
		where, until := "AWS WAF", b.Until.Format("2006-01-02 15:04")
		if b.Target.RuleGroup != "" {
			where = "Network Firewall"
		}
		if b.Finding != "f1" && b.Finding != "f2" {
			until = "a day from now"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", b.Entry, where, b.Type, until, b.State)
	}
	return table.Flush()
}
