package respond_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	nfwtypes "github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/ec2"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
	"github.com/awspatterns/awspatterns/internal/standin/wafv2"
)

func TestBlock(t *testing.T) {
	w := newWorld(awstest.New(t))
	plan := w.mustBlock(t, w.options())
	golden.Equal(t, "testdata/block.txt", plan.String())
	for target, want := range map[respond.Target][]string{
		w.v4:       {"198.51.100.7/32", "203.0.113.200/32"},
		w.v6:       {"2001:0db8:0000:0000:0000:0000:0000:0007/128"},
		w.variable: {"198.51.100.7/32", "2001:db8::7/128"},
	} {
		if got := w.held(target); !slices.Equal(got, want) {
			t.Errorf("%s holds %q, want %q", target, got, want)
		}
	}
	golden.Equal(t, "testdata/block-rules.txt", strings.Join(w.held(w.lines), ""))
	if tags := w.ec2.Tags(account, region, instance); tags["infected"] != "cryptomining" || tags["owner"] != "a" {
		t.Errorf("tags %v", tags)
	}
	again, err := respond.PlanBlock(t.Context(), w.clients(), w.options())
	if err != nil || !again.Empty() {
		t.Errorf("planning after applying: %v\n%s", err, again)
	}
}

// What a finding names is left out for a reason that is said.
func TestBlockLeavesOut(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets = []respond.Target{w.v4}
	opts.InstanceTags = nil
	opts.Allow = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/25"), netip.MustParsePrefix("0.0.0.0/32")}
	opts.AllowDomains = []string{".Corp.example."}
	opts.Finding.Domains = []string{"evil.example", "a.corp.example", "corp.example", "notcorp.example", "localhost", `x";drop.example`}
	opts.Finding.Remote = nil
	for _, a := range []string{"198.51.100.7", "198.51.100.200", "10.1.2.3", "100.64.0.1", "169.254.169.254", "127.0.0.1", "224.0.0.1", "::1", "fd00::1", "203.0.113.200", "2001:db8::1"} {
		opts.Finding.Remote = append(opts.Finding.Remote, respond.Remote{Addr: netip.MustParseAddr(a)})
	}
	plan := w.mustBlock(t, opts)
	got := map[string]string{}
	for _, l := range plan.LeftOut {
		got[l.Entry] = l.Reason
	}
	internet, corp, only := "it is no address of the Internet", "it is in corp.example, which is allowed", "an IP set of AWS WAF takes addresses only"
	want := map[string]string{
		"198.51.100.7": "it is in 198.51.100.0/25, which is allowed",
		"10.1.2.3":     internet, "100.64.0.1": internet, "169.254.169.254": internet, "127.0.0.1": internet,
		"224.0.0.1": internet, "::1": internet, "fd00::1": internet,
		"a.corp.example": corp, "corp.example": corp, "notcorp.example": only, "evil.example": only,
		"localhost": `"localhost" is no domain`, `x";drop.example`: `"x\";drop.example" is no domain`,
		"203.0.113.200/32": "it is in " + w.v4.WAFIPSet + " already, not by this library",
		"2001:db8::1/128":  "the IP set is for IPV4",
	}
	for entry, reason := range want {
		if got[entry] != reason {
			t.Errorf("%s: %q, want %q", entry, got[entry], reason)
		}
	}
	if len(got) != len(want) || len(plan.LeftOut) != len(want) {
		t.Errorf("%d left out, want %d: %v", len(plan.LeftOut), len(want), plan.LeftOut)
	}
	if held := w.held(w.v4); !slices.Equal(held, []string{"198.51.100.200/32", "203.0.113.200/32"}) {
		t.Errorf("the set holds %q", held)
	}
}

// The same finding asks for the same; a later update lasts longer, and an older one
// shortens nothing.
func TestBlockUpdates(t *testing.T) {
	w := newWorld(awstest.New(t))
	w.mustBlock(t, w.options())
	later := w.options()
	later.Finding.Updated = later.Finding.Updated.Add(30 * time.Minute)
	plan := w.mustBlock(t, later)
	if len(plan.Blocks) != 4 || len(plan.Blocks[0].Add) != 0 || !slices.Equal(plan.Blocks[0].Extend, []string{"198.51.100.7/32"}) {
		t.Errorf("a later update: %+v", plan.Blocks)
	}
	if plan := w.mustBlock(t, w.options()); !plan.Empty() {
		t.Errorf("an older update plans %s", plan)
	}
	for b, err := range respond.Blocks(t.Context(), w.store) {
		if want := later.Finding.Updated.Add(time.Hour); err != nil || !b.Until.Equal(want) || b.State != respond.Blocked {
			t.Errorf("%v, %+v: want it blocked until %v", err, b, want)
		}
	}
}

func TestBlockRefuses(t *testing.T) {
	w := newWorld(awstest.New(t))
	tests := map[string]struct {
		change func(*respond.BlockOptions)
		want   string
	}{
		"no finding":    {func(o *respond.BlockOptions) { o.Finding = respond.Finding{} }, "no Finding"},
		"nothing to do": {func(o *respond.BlockOptions) { o.Targets, o.InstanceTags = nil, nil }, "nothing to do"},
		"no time":       {func(o *respond.BlockOptions) { o.For = 0 }, "at least a minute"},
		"no store":      {func(o *respond.BlockOptions) { o.Store = nil }, "no Store"},
		"no network":    {func(o *respond.BlockOptions) { o.Allow = make([]netip.Prefix, 1) }, "Allow[0]"},
		"no domain":     {func(o *respond.BlockOptions) { o.AllowDomains = []string{"a.example", "b"} }, "AllowDomains[1]"},
		"empty target":  {func(o *respond.BlockOptions) { o.Targets[1] = respond.Target{} }, "Targets[1]: want one of"},
		"two in one":    {func(o *respond.BlockOptions) { o.Targets[2].WAFIPSet = w.v4.WAFIPSet }, "Targets[2]: want one of"},
		"twice":         {func(o *respond.BlockOptions) { o.Targets[1] = o.Targets[0] }, "there twice"},
		"no ARN":        {func(o *respond.BlockOptions) { o.Targets[0].WAFIPSet = "blocked" }, "ARN of an IP set"},
		"a web ACL": {func(o *respond.BlockOptions) {
			o.Targets[0].WAFIPSet = strings.Replace(w.v4.WAFIPSet, "ipset", "webacl", 1)
		}, "ARN of an IP set"},
		"stateless": {func(o *respond.BlockOptions) {
			o.Targets[2].RuleGroup = strings.Replace(w.variable.RuleGroup, "stateful", "stateless", 1)
		}, "stateful"},
		"a dollar": {func(o *respond.BlockOptions) { o.Targets[2].IPSet = "$BLOCKED" }, "without $"},
		"sids":     {func(o *respond.BlockOptions) { o.Targets[3].Rules = &respond.BlockRules{FirstSid: 9, LastSid: 8} }, "sids 9 to 8"},
		"a tag":    {func(o *respond.BlockOptions) { o.InstanceTags = map[string]string{"aws:x": "y"} }, `tag "aws:x"`},
		"another Region": {func(o *respond.BlockOptions) {
			o.Targets[0].WAFIPSet = strings.Replace(w.v4.WAFIPSet, region, "us-east-1", 1)
		}, "where the Clients are"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := w.options()
			test.change(&opts)
			before := w.Count()
			_, err := respond.PlanBlock(t.Context(), w.clients(), opts)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if calls := w.Count() - before; calls > 1 { // who the caller is
				t.Errorf("%d calls before it is refused", calls)
			}
		})
	}
}

// Targets that cannot hold an entry are blocked changes with a way out; the others are
// applied.
func TestBlockTargetsThatCannot(t *testing.T) {
	w := newWorld(awstest.New(t))
	full := w.nfw.CreateRuleGroup(account, region, networkfirewall.RuleGroup{Name: "full", Capacity: 3, Rules: nfwtypes.RuleGroup{
		RulesSource: &nfwtypes.RulesSource{RulesString: aws.String("pass ip any any -> any any (sid:1;)\n")},
	}})
	listed := w.nfw.CreateRuleGroup(account, region, networkfirewall.RuleGroup{Name: "listed", Capacity: 30, Rules: nfwtypes.RuleGroup{
		RulesSource: &nfwtypes.RulesSource{RulesSourceList: &nfwtypes.RulesSourceList{
			GeneratedRulesType: nfwtypes.GeneratedRulesTypeDenylist, TargetTypes: []nfwtypes.TargetType{nfwtypes.TargetTypeTlsSni}, Targets: []string{"a.example"},
		}},
	}})
	rules := &respond.BlockRules{FirstSid: 1, LastSid: 99}
	tests := map[string]struct {
		target respond.Target
		want   string
	}{
		"no room":       {respond.Target{RuleGroup: full, Rules: rules}, "would have 6 rules"},
		"no sid":        {respond.Target{RuleGroup: w.lines.RuleGroup, Rules: &respond.BlockRules{FirstSid: 100, LastSid: 103}}, "no sid is free"},
		"domain list":   {respond.Target{RuleGroup: listed, Rules: rules}, "not in Suricata's form"},
		"no variable":   {respond.Target{RuleGroup: full, IPSet: "BLOCKED"}, "no IP set BLOCKED"},
		"no rule group": {respond.Target{RuleGroup: full + "x", IPSet: "BLOCKED"}, "there is no rule group"},
		"no IP set":     {respond.Target{WAFIPSet: w.v4.WAFIPSet + "x"}, "there is no IP set"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			opts := w.options()
			opts.Targets = []respond.Target{test.target, w.v4}
			plan, err := w.block(t.Context(), opts)
			if !errors.Is(err, awspatterns.ErrIncomplete) {
				t.Errorf("error %v, want ErrIncomplete", err)
			}
			c := plan.Changes[0]
			if c.Action != awspatterns.Blocked || !strings.Contains(c.Reason, test.want) || len(c.Steps) == 0 {
				t.Errorf("change %+v, want it blocked with %q", c, test.want)
			}
			if !slices.Contains(w.held(w.v4), "198.51.100.7/32") {
				t.Error("the other target does not block")
			}
		})
	}
}

// An IP set that is full refuses, before the service does.
func TestBlockFullIPSet(t *testing.T) {
	w := newWorld(awstest.New(t))
	var all []string
	for i := range 10_000 {
		all = append(all, netip.AddrFrom4([4]byte{203, 0, byte(i / 256), byte(i % 256)}).String()+"/32")
	}
	w.waf.ChangeIPSet(w.v4.WAFIPSet, all...)
	opts := w.options()
	opts.Targets = []respond.Target{w.v4}
	plan, err := respond.PlanBlock(t.Context(), w.clients(), opts)
	if err != nil || plan.Changes[0].Action != awspatterns.Blocked || !strings.Contains(plan.Changes[0].Reason, "10001 addresses") {
		t.Errorf("%v: %+v", err, plan.Changes)
	}
}

// Tags that somebody else set stay, unless they are adopted.
func TestBlockTags(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets, opts.InstanceTags = nil, map[string]string{"owner": "security", "infected": "yes"}
	plan, err := w.block(t.Context(), opts)
	if !errors.Is(err, awspatterns.ErrIncomplete) || plan.Changes[0].Action != awspatterns.Blocked {
		t.Errorf("%v: %+v", err, plan.Changes)
	}
	if tags := w.ec2.Tags(account, region, instance); tags["owner"] != "a" || tags["infected"] != "" {
		t.Errorf("tags %v", tags)
	}
	opts.Adopt = true
	if plan := w.mustBlock(t, opts); !plan.Changes[0].Adopts {
		t.Errorf("it does not say that it adopts: %+v", plan.Changes)
	}
	if tags := w.ec2.Tags(account, region, instance); tags["owner"] != "security" || tags["infected"] != "yes" || tags["Name"] != "web" {
		t.Errorf("tags %v", tags)
	}
	for name, change := range map[string]func(*respond.Finding){
		"a sample":        func(f *respond.Finding) { f.Sample = true },
		"another account": func(f *respond.Finding) { f.Account = "999999999999" },
	} {
		opts := w.options()
		opts.Targets = nil
		change(&opts.Finding)
		plan, err := respond.PlanBlock(t.Context(), w.clients(), opts)
		if err != nil || !plan.Empty() || len(plan.LeftOut) != 1 {
			t.Errorf("%s: %v, %+v", name, err, plan)
		}
	}
}

// Many findings at once end in all of their entries, each once.
func TestBlockConcurrently(t *testing.T) {
	w := newWorld(awstest.New(t))
	const n = 8
	var group sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		group.Go(func() {
			opts := w.options()
			opts.InstanceTags = nil
			opts.Finding.ID = string(rune('a' + i))
			opts.Finding.Remote = []respond.Remote{{Addr: netip.AddrFrom4([4]byte{198, 51, 100, byte(i)})}}
			opts.Finding.Domains = []string{"evil.example"}
			_, errs[i] = w.block(t.Context(), opts)
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if held := w.held(w.v4); len(held) != n+1 {
		t.Errorf("the IP set holds %q", held)
	}
	if held := w.held(w.variable); len(held) != n {
		t.Errorf("the variable holds %q", held)
	}
	if held := w.held(w.lines); len(held) != 2+n+3 {
		t.Errorf("the group has the lines %q", held)
	}
}

func TestBlockAltered(t *testing.T) {
	w := newWorld(awstest.New(t))
	for name, change := range map[string]func(*respond.BlockPlan){
		"an entry":  func(p *respond.BlockPlan) { p.Blocks[0].Add[0] = "0.0.0.0/0" },
		"a target":  func(p *respond.BlockPlan) { p.Blocks[0].Target = &w.v6 },
		"fewer":     func(p *respond.BlockPlan) { p.Blocks = p.Blocks[1:] },
		"the time":  func(p *respond.BlockPlan) { p.Until = p.Until.Add(time.Hour) },
		"no entry":  func(p *respond.BlockPlan) { p.Blocks[0].Add[0] = `x"; sid:7;) pass ip any any -> any any (` },
		"the store": func(p *respond.BlockPlan) { p.Store = nil },
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := respond.PlanBlock(t.Context(), w.clients(), w.options())
			if err != nil {
				t.Fatal(err)
			}
			change(&plan)
			before := w.state()
			if _, err := respond.ApplyBlock(t.Context(), w.clients(), plan); err == nil || (name != "the store") != errors.Is(err, awspatterns.ErrAltered) {
				t.Errorf("error %v", err)
			}
			if w.state() != before {
				t.Error("something was changed")
			}
		})
	}
}

// blockProof tries options; with samePlan, the plan is kept in a file and applied again
// after a crash.
func blockProof(samePlan bool) awstest.Proof[*world] {
	plan := func(ctx context.Context, w *world) (plan respond.BlockPlan, err error) {
		if w.file == nil {
			if plan, err = respond.PlanBlock(ctx, w.clients(), w.options()); err != nil || plan.Incomplete || !samePlan {
				return plan, err
			}
			text, err := json.Marshal(plan)
			if err != nil {
				return plan, err
			}
			if err := w.Local(ctx, "Write", "plan.json", func() error { w.file = text; return nil }); err != nil {
				return plan, err
			}
		}
		plan = respond.BlockPlan{}
		err = json.Unmarshal(w.file, &plan)
		plan.Store = w.store
		return plan, err
	}
	return awstest.Proof[*world]{
		Start: newWorld,
		Run: func(ctx context.Context, _ *awstest.Cloud, w *world) error {
			p, err := plan(ctx, w)
			if err == nil {
				_, err = respond.ApplyBlock(ctx, w.clients(), p)
			}
			return err
		},
		Plan: func(ctx context.Context, _ *awstest.Cloud, w *world) (awspatterns.Plan, error) {
			p, err := respond.PlanBlock(ctx, w.clients(), w.options())
			return p.Plan, err
		},
		State: (*world).state, NoDeletes: true,
	}
}

func TestBlockProof(t *testing.T) {
	sweep(t)
	for name, samePlan := range map[string]bool{"a new plan": false, "the same plan": true} {
		proof := blockProof(samePlan)
		t.Run(name, func(t *testing.T) {
			t.Run("converges", proof.Converges)
			t.Run("retries", proof.Retries)
			t.Run("failures", proof.Failures)
		})
	}
	proof := blockProof(false)
	t.Run("converges after two crashes", proof.ConvergesTwice)
	t.Run("plan only reads", proof.PlanReads)
	t.Run("denied reads", proof.DeniedReads)
}

func TestBlockPermissions(t *testing.T) {
	w := newWorld(awstest.New(t))
	for name, change := range map[string]func(*respond.BlockOptions){
		"all":      func(*respond.BlockOptions) {},
		"tags":     func(o *respond.BlockOptions) { o.Targets = nil },
		"WAF":      func(o *respond.BlockOptions) { o.Targets, o.InstanceTags = []respond.Target{w.v4}, nil },
		"one rule": func(o *respond.BlockOptions) { o.Targets, o.InstanceTags = []respond.Target{w.lines}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			opts := w.options()
			change(&opts)
			opts.Store = w.store.Memory
			declared := respond.BlockPermissions(opts)
			plan, err := respond.PlanBlock(t.Context(), w.clients(), opts)
			if err != nil {
				t.Fatal(err)
			}
			planned := w.Count()
			if _, err := respond.ApplyBlock(t.Context(), w.clients(), plan); err != nil {
				t.Fatal(err)
			}
			calls := w.Calls()
			tables := []awstest.Actions{sts.Actions, wafv2.Actions, networkfirewall.Actions, ec2.Actions}
			awstest.CheckPermissions(t, declared.Plan, calls[:planned], tables...)
			awstest.CheckPermissions(t, declared.Apply, calls[planned:], tables...)
		})
	}
	if p := respond.BlockPermissions(respond.BlockOptions{}); len(p.Plan)+len(p.Apply) != 0 {
		t.Errorf("options that are refused need %v", p)
	}
}
