package firewall_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	wafsdk "github.com/aws/aws-sdk-go-v2/service/wafv2"
	"github.com/aws/aws-sdk-go-v2/service/wafv2/types"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// TestReadState reads an account with something of everything.
func TestReadState(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		p := w.populate(member)
		w.populate("333333333333") // is not asked for
		state := mustReadState(t.Context(), t, w, fleetOptions(member))
		golden.Equal(t, "testdata/golden/retrofit_state.json", stateJSON(t, state))
		if len(state.Unread) > 0 {
			t.Errorf("unread: %s", unreadOf(state))
		}
		for arn, acl := range map[string]string{
			p.shopALB: p.shop, p.bareALB: "", p.prod: p.shop, p.dev: "", p.site: p.edge, p.bareSite: "", p.pool: p.shop, p.graph: p.shop, p.app: p.edge,
		} {
			if r := resourceOf(state, arn); r.ARN == "" || r.WebACL != acl || r.WebACLUnread || r.Account != member {
				t.Errorf("%s: got %+v, want web ACL %q", arn, r, acl)
			}
		}
		if got := resourceOf(state, p.nlb); got.ARN != "" || len(state.Resources) != 9 || len(state.WebACLs) != 3 {
			t.Errorf("got %d resources and %d web ACLs, network load balancer %+v", len(state.Resources), len(state.WebACLs), got)
		}
		shop := []string{p.shopALB, p.prod, p.pool, p.graph}
		slices.Sort(shop)
		if got := webACLOf(state, p.shop).Associations; !slices.Equal(got, shop) {
			t.Errorf("got %q, want %q", got, shop)
		}
	})
}

// TestReadStatePages has listings in small pages, and Regions and accounts in another
// order. The state is the same.
func TestReadStatePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var want retrofit.State
		for _, size := range []int{0, 1, 2, 3} {
			w := newFleetWorld(awstest.New(t))
			for _, account := range []string{member, "333333333333"} {
				w.populate(account)
			}
			w.pages(size)
			opts := fleetOptions("333333333333", member)
			if size == 0 {
				want = mustReadState(t.Context(), t, w, fleetOptions(member, "333333333333"))
			}
			opts.Regions = []string{virginia, frankfurt, virginia}
			opts.Concurrency = size + 1
			if got := mustReadState(t.Context(), t, w, opts); !reflect.DeepEqual(got, want) {
				t.Errorf("pages of %d: got %s\nwant %s", size, stateJSON(t, got), stateJSON(t, want))
			}
		}
	})
}

// TestReadStateJSON keeps a state as JSON.
func TestReadStateJSON(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		w.Inject(awstest.Fault{Operation: "WAFV2.GetLoggingConfiguration", Err: awstest.Denied()})
		opts := fleetOptions(member)
		opts.Accounts = append(opts.Accounts, retrofit.Account{ID: "333333333333"}) // units unknown, nothing there
		state := mustReadState(t.Context(), t, w, opts)
		var again retrofit.State
		if err := json.Unmarshal([]byte(stateJSON(t, state)), &again); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(again, state) {
			t.Errorf("got %+v\nwant %+v", again, state)
		}
		if again.Accounts[0].OrgUnits == nil || again.Accounts[1].OrgUnits != nil {
			t.Error("no units and unknown units are mixed up")
		}
	})
}

// TestReadStateFleet reads 400 accounts of which three cannot be read: one whose role
// cannot be assumed, one that is another account, and one that STS denies.
func TestReadStateFleet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.MaxCalls, w.LogLimit = 100_000, -1
		var accounts []string
		made := map[string]placed{}
		for i := range 400 {
			id := fmt.Sprintf("%012d", 100_000_000_000+i)
			accounts = append(accounts, id)
			made[id] = w.populate(id)
		}
		unassumed, another, denied := accounts[0], accounts[7], accounts[399]
		hits := w.Inject(awstest.Fault{Operation: "STS.GetCallerIdentity", Account: denied, Err: awstest.Denied()})
		opts := fleetOptions(accounts...)
		var last firewall.ReadStateProgress
		told := 0
		opts.Progress = func(p firewall.ReadStateProgress) { last, told = p, told+1 }
		state, err := firewall.ReadState(t.Context(), func(account, region string) (firewall.Clients, error) {
			switch account {
			case unassumed:
				return firewall.Clients{}, errors.New("the role Audit is not there")
			case another:
				account = accounts[8]
			}
			return w.clients(account, region)
		}, opts)
		if err != nil {
			t.Fatal(err)
		}
		want := []retrofit.Unread{
			{Account: unassumed, What: "account", Reason: "the role Audit is not there"},
			{Account: another, What: "account", Reason: "the clients are of account " + accounts[8]},
			{Account: denied, What: "account", Reason: "STS GetCallerIdentity: AccessDenied: Access Denied"},
		}
		if !reflect.DeepEqual(state.Unread, want) || hits() != 2 {
			t.Errorf("got %+v after %d hits, want %+v", state.Unread, hits(), want)
		}
		if told != 800 || last.Done != 800 || last.Total != 800 {
			t.Errorf("got %d reports, the last one %+v", told, last)
		}
		if len(state.Accounts) != 400 || len(state.WebACLs) != 397*3 || len(state.Resources) != 397*9 {
			t.Errorf("got %d accounts, %d web ACLs, %d resources", len(state.Accounts), len(state.WebACLs), len(state.Resources))
		}
		verdict := mustEvaluate(t, state, readPolicies("arn:aws:wafv2:eu-central-1:999999999999:regional/rulegroup/base/1")["all"])
		if !reflect.DeepEqual(verdict.Unread, want) || len(verdict.Created) != 397 {
			t.Errorf("the evaluation has %+v unread, and %d web ACLs that are created", verdict.Unread, len(verdict.Created))
		}
		for _, id := range accounts {
			there := resourceOf(state, made[id].bareALB)
			if unread := id == unassumed || id == another || id == denied; (there.ARN == "") != unread {
				t.Errorf("account %s: got %+v", id, there)
			}
		}
	})
}

// TestReadStateConcurrency reads as many Regions of accounts at a time as it may.
func TestReadStateConcurrency(t *testing.T) {
	for _, limit := range []int{0, 1, 5} {
		synctest.Test(t, func(t *testing.T) {
			w := newFleetWorld(awstest.New(t))
			var accounts []string
			for i := range 20 {
				accounts = append(accounts, fmt.Sprintf("%012d", i))
			}
			opts := fleetOptions(accounts...)
			opts.Concurrency = limit
			var mu sync.Mutex
			now, most := 0, 0
			_, err := firewall.ReadState(t.Context(), func(account, region string) (firewall.Clients, error) {
				mu.Lock()
				now++
				most = max(most, now)
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				now--
				mu.Unlock()
				return w.clients(account, region)
			}, opts)
			if want := map[int]int{0: 32, 1: 1, 5: 5}[limit]; err != nil || most != want {
				t.Errorf("concurrency %d: got %d at a time and %v, want %d", limit, most, err, want)
			}
		})
	}
}

// TestReadStateQuota keeps to one ListResourcesForWebACL in a second in an account
// and Region, and asks for each type that the API knows.
func TestReadStateQuota(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.populate(member)
		last, asked := map[string]time.Time{}, map[types.ResourceType]int{}
		w.Inject(awstest.Fault{Operation: "WAFV2.ListResourcesForWebACL", Match: func(c awstest.Call) bool {
			if gap := time.Since(last[c.Region]); gap < time.Second {
				t.Errorf("%s: a call %v after the one before", c.Region, gap)
			}
			last[c.Region] = time.Now()
			asked[c.Input.(*wafsdk.ListResourcesForWebACLInput).ResourceType]++
			return false
		}})
		w.Inject(awstest.Fault{Operation: "WAFV2.ListResourcesForWebACL", Attempts: 1, Err: awstest.Throttled()})
		if state := mustReadState(t.Context(), t, w, fleetOptions(member)); len(state.Unread) > 0 {
			t.Errorf("unread: %s", unreadOf(state))
		}
		for _, kind := range types.ResourceType("").Values() {
			want := 4 // two web ACLs, each asked for twice
			if kind == types.ResourceTypeAmplify {
				want = 2
			}
			if asked[kind] != want {
				t.Errorf("%s: got %d calls, want %d", kind, asked[kind], want)
			}
		}
	})
}

// TestReadStateStopped ends ctx in the middle.
func TestReadStateStopped(t *testing.T) {
	for _, operation := range []string{
		"STS.GetCallerIdentity", "WAFV2.ListWebACLs", "WAFV2.ListResourcesForWebACL", "Elastic Load Balancing v2.DescribeTags", "WAFV2.DescribeManagedRuleGroup",
	} {
		synctest.Test(t, func(t *testing.T) {
			w := newFleetWorld(awstest.New(t))
			w.populate(member)
			opts := fleetOptions(member, "333333333333")
			opts.Policies = []retrofit.Policy{testPolicy()}
			stopped := errors.New("stopped")
			ctx, cancel := context.WithCancelCause(t.Context())
			hits := w.Inject(awstest.Fault{Operation: operation, Times: 1, Latency: time.Hour, Match: func(awstest.Call) bool { cancel(stopped); return true }})
			state, err := firewall.ReadState(ctx, w.clients, opts)
			if !errors.Is(err, stopped) || !errors.Is(err, context.Canceled) || !reflect.DeepEqual(state, retrofit.State{}) || hits() != 1 {
				t.Errorf("%s: got %v after %d hits", operation, err, hits())
			}
		})
	}
}

// TestReadStateNothing has no account that could be read.
func TestReadStateNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newFleetWorld(awstest.New(t))
		w.Inject(awstest.Fault{Operation: "STS.GetCallerIdentity", Err: awstest.Denied()})
		_, err := firewall.ReadState(t.Context(), w.clients, fleetOptions(member, "333333333333"))
		want := "firewall: read state: none of 2 accounts could be read: account 222222222222 in eu-central-1: operation error STS: GetCallerIdentity"
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	})
}

// TestReadStateClients has clients that are not those that were asked for.
func TestReadStateClients(t *testing.T) {
	for _, test := range []struct {
		name    string
		clients func(w *fleetWorld, c firewall.Clients, region string) (firewall.Clients, error)
		want    string
	}{
		{
			"of one Region", func(w *fleetWorld, c firewall.Clients, _ string) (firewall.Clients, error) {
				return w.clients(member, virginia)
			},
			member + ` eu-central-1: account: the clients are in Region "us-east-1"`,
		},
		{
			"denied in one Region", func(_ *fleetWorld, c firewall.Clients, region string) (firewall.Clients, error) {
				if region == virginia {
					return c, errors.New("no role")
				}
				return c, nil
			}, member + " us-east-1: account: no role",
		},
		{
			"without CloudFront", func(_ *fleetWorld, c firewall.Clients, _ string) (firewall.Clients, error) {
				c.CloudFront = nil
				return c, nil
			}, member + " us-east-1: account: the Clients lack ELB, APIGateway or CloudFront",
		},
		{
			"without WAF in one Region", func(_ *fleetWorld, c firewall.Clients, region string) (firewall.Clients, error) {
				if region == frankfurt {
					c.WAF = nil
				}
				return c, nil
			}, member + " eu-central-1: account: the Clients lack STS or WAF",
		},
		{
			"by halves of another account", func(w *fleetWorld, c firewall.Clients, region string) (firewall.Clients, error) {
				if region == frankfurt {
					return w.clients("333333333333", region)
				}
				return c, nil
			}, member + " eu-central-1: account: the clients are of account 333333333333",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFleetWorld(awstest.New(t))
				w.populate(member)
				w.populate("333333333333")
				state, err := firewall.ReadState(t.Context(), func(account, region string) (firewall.Clients, error) {
					c, _ := w.clients(account, region)
					return test.clients(w, c, region)
				}, fleetOptions(member))
				if err != nil {
					t.Fatal(err)
				}
				if got := unreadOf(state) + ": " + state.Unread[0].Reason; got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
				for _, r := range state.Resources {
					if r.Account != member {
						t.Errorf("got %+v", r)
					}
				}
			})
		})
	}
}

func TestReadStateOptions(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*firewall.ReadStateOptions)
		want   string
	}{
		{"no accounts", func(o *firewall.ReadStateOptions) { o.Accounts = nil }, "there are no Accounts"},
		{"account", func(o *firewall.ReadStateOptions) { o.Accounts[0].ID = "12345" }, `"12345" in Accounts[0] is no account ID; want 12 digits`},
		{"twice", func(o *firewall.ReadStateOptions) { o.Accounts = append(o.Accounts, o.Accounts[0]) }, "account 222222222222 is there twice"},
		{"no Regions", func(o *firewall.ReadStateOptions) { o.Regions = nil }, "account 222222222222: there are no Regions"},
		{"Region", func(o *firewall.ReadStateOptions) { o.Regions = []string{"eu"} }, `"eu" is no Region`},
		{"China", func(o *firewall.ReadStateOptions) { o.Regions, o.Distributions = []string{"cn-north-1"}, true }, "the partition of cn-north-1 has no us-east-1"},
		{"GovCloud", func(o *firewall.ReadStateOptions) {
			o.Regions, o.Policies = []string{"us-gov-west-1"}, []retrofit.Policy{{Name: "p", Region: virginia, ResourceTypes: []retrofit.ResourceType{retrofit.Distribution}}}
		}, "the partition of us-gov-west-1 has no us-east-1"},
		{"concurrency", func(o *firewall.ReadStateOptions) { o.Concurrency = -1 }, "a Concurrency of -1 cannot be"},
		{"missing", func(o *firewall.ReadStateOptions) { o.Missing = map[string][]retrofit.ResourceType{frankfurt: {"x"}} }, `"x" cannot be Missing in eu-central-1`},
		{
			"missing, but covered", func(o *firewall.ReadStateOptions) {
				o.Missing = map[string][]retrofit.ResourceType{frankfurt: {retrofit.LoadBalancer}}
			}, "cannot be Missing in eu-central-1, since policies cover it",
		},
		{"policy", func(o *firewall.ReadStateOptions) { o.Policies = []retrofit.Policy{{Name: "p"}} }, `policy "p": "" is no Region`},
		{
			"rule group", func(o *firewall.ReadStateOptions) {
				o.Policies = []retrofit.Policy{testPolicy()}
				o.Policies[0].Data.PostProcessRuleGroups[0].Managed = nil
			}, `policy "base": a rule group is neither`,
		},
		{
			"ARN", func(o *firewall.ReadStateOptions) {
				o.Policies = []retrofit.Policy{testPolicy()}
				o.Policies[0].Data.PreProcessRuleGroups[0].RuleGroupARN = "arn:aws:s3:::bucket"
			}, `"arn:aws:s3:::bucket" is no ARN of a rule group`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newFleetWorld(awstest.New(t))
			opts := fleetOptions(member)
			test.change(&opts)
			called := false
			_, err := firewall.ReadState(t.Context(), func(account, region string) (firewall.Clients, error) {
				called = true
				return w.clients(account, region)
			}, opts)
			if err == nil || !strings.HasPrefix(err.Error(), "firewall: read state: ") || !strings.Contains(err.Error(), test.want) || called {
				t.Errorf("got %v, want %q; clients were asked for: %t", err, test.want, called)
			}
			if p := firewall.ReadStatePermissions(opts); len(p.Apply) > 0 {
				t.Errorf("refused options need %v", p.Apply.Actions())
			}
		})
	}
	if _, err := firewall.ReadState(t.Context(), nil, fleetOptions(member)); err == nil {
		t.Error("no function for clients: got no error")
	}
}

// TestReadStateGlobal reads us-east-1 where it is asked for, or distributions are.
func TestReadStateGlobal(t *testing.T) {
	distributions := retrofit.Policy{Name: "p", Region: virginia, ResourceTypes: []retrofit.ResourceType{retrofit.LoadBalancer, retrofit.Distribution}}
	for _, test := range []struct {
		name   string
		opts   firewall.ReadStateOptions
		global bool
	}{
		{"no", firewall.ReadStateOptions{Regions: []string{frankfurt}}, false},
		{"Region", firewall.ReadStateOptions{Regions: []string{virginia}}, true},
		{"distributions", firewall.ReadStateOptions{Regions: []string{frankfurt}, Distributions: true}, true},
		{"distributions alone", firewall.ReadStateOptions{Distributions: true}, true},
		{"policy", firewall.ReadStateOptions{Regions: []string{frankfurt}, Policies: []retrofit.Policy{distributions}}, true},
		{"both", firewall.ReadStateOptions{Regions: []string{frankfurt, virginia}, Distributions: true}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newFleetWorld(awstest.New(t))
				p := w.populate(member)
				test.opts.Accounts = []retrofit.Account{{ID: member}}
				state := mustReadState(t.Context(), t, w, test.opts)
				there := resourceOf(state, p.site).WebACL == p.edge && webACLOf(state, p.edge).Capacity == 10
				if there != test.global || slices.Contains(state.Accounts[0].Regions, virginia) != test.global {
					t.Errorf("got %t in %q, want %t", there, state.Accounts[0].Regions, test.global)
				}
				listed := 0
				for _, op := range w.Operations() {
					if op == "CloudFront.ListDistributions" {
						listed++
					}
				}
				if listed > 1 || test.opts.Accounts[0].Regions != nil {
					t.Errorf("listed distributions %d times; the options have Regions %q", listed, test.opts.Accounts[0].Regions)
				}
			})
		})
	}
}
