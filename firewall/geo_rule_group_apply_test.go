package firewall_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	"github.com/aws/aws-sdk-go-v2/service/networkfirewall/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/rules"
	standin "github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
)

// What another hand does between planning and applying makes the plan stale.
func TestGeoRuleGroupStale(t *testing.T) {
	for _, test := range []struct {
		name   string
		start  func(*awstest.Cloud) *geoWorld
		meddle func(*geoWorld)
	}{
		{"the group came to be", newGeoWorld, func(w *geoWorld) { w.group("geo", rules.StrictOrder, 9, `drop ip any any -> any any (sid:1;)`, nil) }},
		{"the group changed", staleGeo, func(w *geoWorld) {
			w.group("geo-2", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
		}},
		{"the group is gone", staleGeo, func(w *geoWorld) {
			w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) { p.StatefulRuleGroupReferences = nil })
			time.Sleep(time.Minute)
			if _, err := w.sdk().DeleteRuleGroup(context.Background(), &networkfirewall.DeleteRuleGroupInput{RuleGroupArn: aws.String(geoPrefix + "geo-2")}); err != nil {
				panic(err)
			}
		}},
		{"the policy changed", outgrownGeo, func(w *geoWorld) {
			w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) { p.StatefulDefaultActions = []string{"aws:drop_strict"} })
		}},
		{"the old group changed", outgrownGeo, func(w *geoWorld) {
			w.group("geo", rules.StrictOrder, 3, `drop ip any any -> any any (sid:1;)`, geoMark("geo"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctestGeo(t, test.start, func(t *testing.T, w *geoWorld) {
				plan := plannedGeo(t, w, geoOptions())
				test.meddle(w)
				if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrStale) {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// A change that comes between the look and the call is found by the update token.
func TestGeoRuleGroupRace(t *testing.T) {
	for operation, meddle := range map[string]func(*geoWorld){
		"UpdateRuleGroup": func(w *geoWorld) {
			w.group("geo-2", rules.StrictOrder, 20, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
		},
		"UpdateFirewallPolicy": func(w *geoWorld) {
			w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) { p.StatefulDefaultActions = []string{"aws:drop_strict"} })
		},
	} {
		t.Run(operation, func(t *testing.T) {
			synctestGeo(t, staleGeo, func(t *testing.T, w *geoWorld) {
				plan := plannedGeo(t, w, geoOptions())
				var once sync.Once
				w.Inject(awstest.Fault{Operation: "Network Firewall." + operation, Match: func(c awstest.Call) bool {
					if !isDryRun(c) {
						once.Do(func() { meddle(w) })
					}
					return false
				}})
				_, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan)
				_, token := errors.AsType[*types.InvalidTokenException](err)
				if !errors.Is(err, awspatterns.ErrStale) || !token {
					t.Errorf("got %v", err)
				}
			})
		})
	}
}

// Two that apply at once, the same plan or each its own, leave what one leaves.
func TestGeoRuleGroupTwoAtOnce(t *testing.T) {
	for name, c := range geoCases() {
		for seed := range uint64(8) {
			synctestGeo(t, c.start, func(t *testing.T, w *geoWorld) {
				w.Seed, w.Latency = seed+1, time.Millisecond
				plans := []firewall.GeoRuleGroupPlan{plannedGeo(t, w, c.opts), plannedGeo(t, w, c.opts)}
				if plans[0].Digest != plans[1].Digest {
					t.Fatalf("%s: two plans of one state are not one", name)
				}
				var errs [2]error
				var both sync.WaitGroup
				for i := range plans {
					both.Go(func() { _, errs[i] = firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plans[i]) })
				}
				both.Wait()
				if err := errors.Join(errs[:]...); err != nil {
					t.Errorf("%s, seed %d: %v", name, seed, err)
				}
				if again := plannedGeo(t, w, c.opts); !again.Empty() {
					t.Errorf("%s, seed %d: planned again:\n%s", name, seed, again)
				}
			})
		}
	}
}

// A group that is being deleted is waited for, and one that still counts as in use.
func TestGeoRuleGroupWaits(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		w.nfw.DeletingFor = 5 * time.Minute
		arn := w.group("geo", rules.StrictOrder, 3, `drop ip any any -> any any (sid:1;)`, nil)
		if _, err := w.sdk().DeleteRuleGroup(t.Context(), &networkfirewall.DeleteRuleGroupInput{RuleGroupArn: &arn}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		if _, err := applyGeo(t.Context(), w.clients(), geoOptions()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 5*time.Minute || took > 6*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestGeoRuleGroupWaitsNotForEver(t *testing.T) {
	for name, setting := range map[string]func(*geoWorld){
		"is being deleted": func(w *geoWorld) {
			w.nfw.DeletingFor = time.Hour
			arn := w.group("geo", rules.StrictOrder, 3, `drop ip any any -> any any (sid:1;)`, nil)
			w.sdk().DeleteRuleGroup(context.Background(), &networkfirewall.DeleteRuleGroupInput{RuleGroupArn: &arn})
		},
		"still in use": func(w *geoWorld) {
			w.nfw.InUseFor = time.Hour
			arn := w.group("geo", rules.StrictOrder, 3, geoText(rules.StrictOrder, blockJP()), geoMark("geo"))
			w.nfw.ChangePolicy(geoAccount, geoRegion, "edge", func(p *types.FirewallPolicy) {
				p.StatefulRuleGroupReferences = []types.StatefulRuleGroupReference{ref(arn, 9)}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
				setting(w)
				begin := time.Now()
				_, err := applyGeo(t.Context(), w.clients(), geoOptions())
				if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "10m0s; apply the plan again later") || time.Since(begin) > 11*time.Minute {
					t.Errorf("got %v after %v", err, time.Since(begin))
				}
			})
			synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
				setting(w)
				enough := errors.New("enough")
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, enough)
				defer cancel()
				begin := time.Now()
				if _, err := applyGeo(ctx, w.clients(), geoOptions()); !errors.Is(err, enough) || time.Since(begin) > time.Minute {
					t.Errorf("with an end to the context, got %v after %v", err, time.Since(begin))
				}
			})
		})
	}
}

// What the service refuses is told with its reason, and with what to do.
func TestGeoRuleGroupServiceErrors(t *testing.T) {
	refusal := awstest.Status(http.StatusBadRequest, &types.InvalidRequestException{Message: aws.String("stateful rule is invalid, reason: because")})
	limit := awstest.Status(http.StatusBadRequest, &types.LimitExceededException{Message: aws.String("limit")})
	for _, test := range []struct {
		name, operation string
		start           func(*awstest.Cloud) *geoWorld
		err             error
		want            string
	}{
		{"refused", "CreateRuleGroup", newGeoWorld, refusal, "reason: because"},
		{"refused update", "UpdateRuleGroup", staleGeo, refusal, "reason: because"},
		{"limit", "CreateRuleGroup", newGeoWorld, limit, "have the quota raised"},
		{"no room", "CreateRuleGroup", newGeoWorld, standin.InsufficientCapacity(), "apply the plan again later"},
		{"no room for the policy", "UpdateFirewallPolicy", newGeoWorld, standin.InsufficientCapacity(), "apply the plan again later"},
		{"throttled", "CreateRuleGroup", newGeoWorld, standin.Throttled(), "ThrottlingException"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctestGeo(t, test.start, func(t *testing.T, w *geoWorld) {
				opts := geoOptions()
				plan := plannedGeo(t, w, opts)
				w.Inject(awstest.Fault{Operation: "Network Firewall." + test.operation, Err: test.err})
				result, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), plan)
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Count(err.Error(), "firewall: ") != 1 {
					t.Errorf("got %v", err)
				}
				if i := len(result.Outcomes) - 1; result.Outcomes[i].State == awspatterns.Applied {
					t.Errorf("got outcomes %+v", result.Outcomes)
				}
				if test.operation != "UpdateFirewallPolicy" {
					if w.nfw.Writes() != 0 {
						t.Errorf("something was changed")
					}
					opts.DryRun = true
					if _, err := firewall.PlanGeoRuleGroup(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), test.want) {
						t.Errorf("planning with a dry run: %v", err)
					}
				}
			})
		})
	}
}

// The last rule group of the account leaves no room for a replacement.
func TestGeoRuleGroupLimit(t *testing.T) {
	synctestGeo(t, outgrownGeo, func(t *testing.T, w *geoWorld) {
		w.nfw.MaxRuleGroups = 3
		_, err := applyGeo(t.Context(), w.clients(), geoOptions())
		if _, ok := errors.AsType[*types.LimitExceededException](err); !ok || !strings.Contains(err.Error(), "delete rule groups that no policy uses") {
			t.Errorf("got %v", err)
		}
		if got := w.refs("edge"); got != "dns 1, geo 90" {
			t.Errorf("the policy refers to %s", got)
		}
	})
}

func TestGeoRuleGroupUnknown(t *testing.T) {
	for operation, want := range map[string]string{
		"ListRuleGroups":         "Network Firewall rule groups all",
		"DescribeRuleGroup":      "Network Firewall rule group " + geoPrefix + "geo",
		"DescribeFirewallPolicy": "Network Firewall policy edge",
	} {
		t.Run(operation, func(t *testing.T) {
			synctestGeo(t, outgrownGeo, func(t *testing.T, w *geoWorld) {
				w.Inject(awstest.Fault{Operation: "Network Firewall." + operation, Err: awstest.Denied()})
				plan := plannedGeo(t, w, geoOptions())
				if !plan.Incomplete || plan.Applies() || !strings.Contains(plan.String(), want) || !strings.Contains(plan.String(), "AccessDenied") {
					t.Errorf("got\n%s", plan)
				}
			})
		})
	}
	w := newGeoWorld(awstest.New(t))
	opts := geoOptions()
	opts.Policy = "arn:aws:network-firewall:eu-north-1:123456789012:firewall-policy/other"
	if _, err := firewall.PlanGeoRuleGroup(t.Context(), w.clients(), opts); err == nil || !strings.Contains(err.Error(), "there is no firewall policy "+opts.Policy) {
		t.Errorf("without the policy, got %v", err)
	}
}

func TestGeoRuleGroupAltered(t *testing.T) {
	w := outgrownGeo(awstest.New(t))
	plan := plannedGeo(t, w, geoOptions())
	text, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*firewall.GeoRuleGroupPlan){
		"another group":  func(p *firewall.GeoRuleGroupPlan) { p.Surplus[0].ARN = geoPrefix + "dns" },
		"another text":   func(p *firewall.GeoRuleGroupPlan) { p.Group.Text = strings.ReplaceAll(p.Group.Text, "JP", "US") },
		"another policy": func(p *firewall.GeoRuleGroupPlan) { p.Policy.ARN = "arn:other" },
		"no policy":      func(p *firewall.GeoRuleGroupPlan) { p.Policy = nil },
		"another token":  func(p *firewall.GeoRuleGroupPlan) { p.Group.Token = "x" },
		"pattern":        func(p *firewall.GeoRuleGroupPlan) { p.Pattern = "firewall.Dashboard" },
	} {
		var altered firewall.GeoRuleGroupPlan
		if err := json.Unmarshal(text, &altered); err != nil {
			t.Fatal(err)
		}
		alter(&altered)
		before := w.Count()
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), w.clients(), altered); !errors.Is(err, awspatterns.ErrAltered) || w.Count() != before {
			t.Errorf("%s: got %v", name, err)
		}
	}
	other := firewall.NewClients(w.Config(geoRegion, "210987654321"))
	if _, err := firewall.ApplyGeoRuleGroup(t.Context(), other, plan); !errors.Is(err, awspatterns.ErrWrongAccount) || w.nfw.Writes() != 0 {
		t.Errorf("in another account: %v", err)
	}
}

func TestGeoRuleGroupClients(t *testing.T) {
	for want, spoil := range map[string]func(*firewall.Clients){
		"no NetworkFirewall client": func(c *firewall.Clients) { c.NetworkFirewall = nil },
		"no STS client":             func(c *firewall.Clients) { c.STS = nil },
		"no Region":                 func(c *firewall.Clients) { c.Region = "" },
	} {
		w := newGeoWorld(awstest.New(t))
		c := w.clients()
		plan := plannedGeo(t, w, geoOptions())
		spoil(&c)
		if _, err := firewall.PlanGeoRuleGroup(t.Context(), c, geoOptions()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("planning: got %v, want %s", err, want)
		}
		if _, err := firewall.ApplyGeoRuleGroup(t.Context(), c, plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("applying: got %v, want %s", err, want)
		}
	}
}

// Groups of the same name that are shared by another account are not meant.
func TestGeoRuleGroupSharedByOthers(t *testing.T) {
	synctestGeo(t, newGeoWorld, func(t *testing.T, w *geoWorld) {
		awstest.Handle(w.Cloud, func(context.Context, *networkfirewall.ListRuleGroupsInput) (*networkfirewall.ListRuleGroupsOutput, error) {
			return &networkfirewall.ListRuleGroupsOutput{RuleGroups: []types.RuleGroupMetadata{{
				Name: aws.String("geo"), Arn: aws.String("arn:aws:network-firewall:eu-north-1:210987654321:stateful-rulegroup/geo"),
			}}}, nil
		})
		if got := briefGeo(plannedGeo(t, w, geoOptions())); got[0] != "create geo" {
			t.Errorf("got %q", got)
		}
	})
}

// An end of the context is an error that tells why, and not a plan of unknowns.
func TestGeoRuleGroupCancelled(t *testing.T) {
	w := outgrownGeo(awstest.New(t))
	plan := plannedGeo(t, w, geoOptions())
	enough := errors.New("enough")
	for _, operation := range []string{"STS.GetCallerIdentity", "Network Firewall.ListRuleGroups", "Network Firewall.DescribeRuleGroup", "Network Firewall.DescribeFirewallPolicy"} {
		ctx, cancel := context.WithCancelCause(t.Context())
		w.Inject(awstest.Fault{Operation: operation, Match: func(awstest.Call) bool { cancel(enough); return false }})
		if _, err := firewall.PlanGeoRuleGroup(ctx, w.clients(), geoOptions()); !errors.Is(err, enough) {
			t.Errorf("planning, at %s: got %v", operation, err)
		}
		w.ClearFaults()
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	w.Inject(awstest.Fault{Operation: "Network Firewall.CreateRuleGroup", Match: func(awstest.Call) bool { cancel(enough); return false }})
	result, err := firewall.ApplyGeoRuleGroup(ctx, w.clients(), plan)
	if !errors.Is(err, enough) || w.nfw.Writes() != 0 || result.Outcomes[1].State != awspatterns.Pending {
		t.Errorf("applying: got %+v, %v", result, err)
	}
}
