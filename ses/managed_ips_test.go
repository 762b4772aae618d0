package ses_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
)

// briefManaged tells each change by its action, name and first field.
func briefManaged(p ses.ManagedIPsPlan) string {
	var lines []string
	for i, c := range p.Changes {
		line := string(c.Action) + " " + p.Steps[i].Name
		if c.Adopts {
			line += " (adopts)"
		}
		if len(c.Fields) > 0 {
			line += fmt.Sprintf(" %s>%s", c.Fields[0].Old, c.Fields[0].New)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// TestPlanManagedIPs goes through what can be there and what can be wanted.
func TestPlanManagedIPs(t *testing.T) {
	const man, std = sestypes.ScalingModeManaged, sestypes.ScalingModeStandard
	type options = ses.ManagedIPsOptions
	for _, test := range []struct {
		name string
		more func(w *managedWorld)
		opts options
		want string
	}{
		{"nothing there", nil, options{ConfigurationSet: "bulk", Identities: []string{"example.com"}}, "create fast >MANAGED, create bulk >fast, update example.com >bulk"},
		{"a foreign pool", func(w *managedWorld) { w.pool("fast", man, 0, false) }, options{Tags: map[string]string{"a": "b"}}, ""},
		{"a foreign pool, adopt", func(w *managedWorld) { w.pool("fast", man, 0, false) }, options{Adopt: true}, "update fast (adopts) >fast"},
		{"our pool, tags", func(w *managedWorld) { w.pool("fast", man, 0, true) }, options{Tags: map[string]string{"a": "b"}}, "update fast >b"},
		{"a standard pool", func(w *managedWorld) { w.pool("fast", std, 2, false) }, options{ConfigurationSet: "bulk", Identities: []string{"example.com"}, Adopt: true},
			"blocked fast, blocked bulk, blocked example.com"},
		{"a standard pool, convert", func(w *managedWorld) { w.pool("fast", std, 2, false) }, options{ConvertStandard: true}, "update fast (adopts) STANDARD>MANAGED"},
		{"a foreign set", func(w *managedWorld) { w.set("bulk", "", false) }, options{ConfigurationSet: "bulk"}, "create fast >MANAGED, blocked bulk"},
		{"a foreign set that is right", func(w *managedWorld) { w.pool("fast", man, 0, false); w.set("bulk", "fast", false) }, options{ConfigurationSet: "bulk"}, ""},
		{"a foreign set, adopt", func(w *managedWorld) { w.pool("slow", std, 0, false); w.set("bulk", "slow", false) }, options{ConfigurationSet: "bulk", Adopt: true},
			"create fast >MANAGED, update bulk (adopts) slow>fast"},
		{"our set", func(w *managedWorld) { w.pool("slow", std, 0, false); w.set("bulk", "slow", true) }, options{ConfigurationSet: "bulk"}, "create fast >MANAGED, update bulk slow>fast"},
		{"an identity with a default", nil, options{ConfigurationSet: "bulk", Identities: []string{"example.org", "example.com"}},
			"create fast >MANAGED, create bulk >fast, blocked example.org, update example.com >bulk"},
		{"an identity with a default, adopt", nil, options{ConfigurationSet: "bulk", Identities: []string{"example.org"}, Adopt: true},
			"create fast >MANAGED, create bulk >fast, update example.org (adopts) other>bulk"},
		{"no such identity", nil, options{ConfigurationSet: "bulk", Identities: []string{"example.net", "example.com"}},
			"create fast >MANAGED, create bulk >fast, blocked example.net, update example.com >bulk"},
		{"50 pools", func(w *managedWorld) {
			for i := range 50 {
				w.pool(fmt.Sprint("p", i), std, 0, false)
			}
		}, options{ConfigurationSet: "bulk"}, "blocked fast, blocked bulk"},
		{"only the identity", func(w *managedWorld) { w.pool("fast", man, 0, true); w.set("bulk", "fast", true) },
			options{ConfigurationSet: "bulk", Identities: []string{"example.com"}}, "update example.com >bulk"},
		{"remove: not there", nil, options{Remove: true}, ""},
		{"remove: standard", func(w *managedWorld) { w.pool("fast", std, 0, true) }, options{Remove: true, Adopt: true}, "blocked fast"},
		{"remove: foreign", func(w *managedWorld) { w.pool("fast", man, 0, false) }, options{Remove: true}, "blocked fast"},
		{"remove: foreign, adopt", func(w *managedWorld) { w.pool("fast", man, 0, false) }, options{Remove: true, Adopt: true}, "delete fast (adopts) MANAGED>"},
		{"remove: used", func(w *managedWorld) { w.pool("fast", man, 0, true); w.set("a", "fast", true) }, options{Remove: true}, "update a fast>, delete fast MANAGED>"},
		{"remove: used by another's", func(w *managedWorld) {
			w.pool("fast", man, 0, true)
			w.set("a", "fast", true)
			w.set("b", "fast", false)
		}, options{Remove: true}, "blocked a fast>, blocked b, blocked fast"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
				if test.more != nil {
					test.more(w)
				}
				test.opts.Pool = "fast"
				plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := briefManaged(plan); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				charged := strings.Contains(test.want, "create fast") || strings.Contains(test.want, "STANDARD>MANAGED") || strings.Contains(test.want, ">bulk")
				if (len(plan.Costs) > 0) != charged {
					t.Errorf("costs %v", plan.Costs)
				}
			})
		})
	}
}

// TestManagedIPsIdentities has more identities than managed addresses allow. SES lists them in
// pages of a thousand.
func TestManagedIPsIdentities(t *testing.T) {
	for n, want := range map[int]string{10_000: "create fast >MANAGED", 10_001: "blocked fast"} {
		inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
			awstest.Handle(w.Cloud, func(_ context.Context, in *sesv2.ListEmailIdentitiesInput) (*sesv2.ListEmailIdentitiesOutput, error) {
				var from int
				fmt.Sscan(aws.ToString(in.NextToken), &from)
				out := &sesv2.ListEmailIdentitiesOutput{EmailIdentities: make([]sestypes.IdentityInfo, min(int(*in.PageSize), n-from))}
				if from += len(out.EmailIdentities); from < n {
					out.NextToken = aws.String(fmt.Sprint(from))
				}
				return out, nil
			})
			plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), ses.ManagedIPsOptions{Pool: "fast"})
			if err != nil || briefManaged(plan) != want {
				t.Errorf("%d identities: got %s, %v", n, briefManaged(plan), err)
			}
		})
	}
}

// What plans look like to who approves them.
func TestManagedIPsPlanText(t *testing.T) {
	cases := managedCases()
	priced := cases["create"]
	priced.opts.Messages, priced.opts.Price, priced.opts.MaxMessages = 5e5, .00008, 1e6
	for name, c := range map[string]managedCase{"create": priced, "adopt": cases["adopt"], "convert": cases["convert"], "remove": cases["remove"], "remove_any": cases["remove any"]} {
		inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
			plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), c.opts)
			if err != nil {
				t.Fatal(err)
			}
			golden.Equal(t, "testdata/golden/managed_ips_"+name+".txt", plan.String())
		})
	}
}

// TestManagedIPsKeepsDelivery: of a configuration set, only the pool changes.
func TestManagedIPsKeepsDelivery(t *testing.T) {
	for _, name := range []string{"adopt", "remove"} {
		c := managedCases()[name]
		inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
			if err := w.apply(t.Context(), c.opts); err != nil {
				t.Fatal(err)
			}
			out, err := w.sdk().GetConfigurationSet(t.Context(), &sesv2.GetConfigurationSetInput{ConfigurationSetName: aws.String("bulk")})
			if err != nil {
				t.Fatal(err)
			}
			d := out.DeliveryOptions
			want := map[string]string{"adopt": "fast", "remove": ""}[name]
			if d.TlsPolicy != sestypes.TlsPolicyRequire || aws.ToInt64(d.MaxDeliverySeconds) != 300 || aws.ToString(d.SendingPoolName) != want {
				t.Errorf("%s: got %+v", name, d)
			}
		})
	}
}

// TestManagedIPsStale has another hand change things between planning and applying.
func TestManagedIPsStale(t *testing.T) {
	const man, std = sestypes.ScalingModeManaged, sestypes.ScalingModeStandard
	cases := managedCases()
	put := func(w *managedWorld, set, pool string) {
		_, err := w.sdk().PutConfigurationSetDeliveryOptions(context.Background(), &sesv2.PutConfigurationSetDeliveryOptionsInput{ConfigurationSetName: &set, SendingPoolName: &pool})
		w.must(err)
	}
	for _, test := range []struct {
		name   string
		c      managedCase
		meddle func(w *managedWorld)
		is     error
	}{
		{"a pool of others", cases["create"], func(w *managedWorld) { w.pool("fast", man, 0, false) }, awspatterns.ErrStale},
		{"a standard pool", cases["create"], func(w *managedWorld) { w.pool("fast", std, 0, true) }, awspatterns.ErrStale},
		{"a set of others", cases["create"], func(w *managedWorld) { w.set("bulk", "", false) }, awspatterns.ErrStale},
		{"a third pool of a set", cases["the set"], func(w *managedWorld) { w.pool("third", std, 0, false); put(w, "bulk", "third") }, awspatterns.ErrStale},
		{"the set is gone", cases["the set"], func(w *managedWorld) {
			_, err := w.sdk().DeleteConfigurationSet(context.Background(), &sesv2.DeleteConfigurationSetInput{ConfigurationSetName: aws.String("bulk")})
			w.must(err)
		}, awspatterns.ErrStale},
		{"another default", cases["create"], func(w *managedWorld) {
			_, err := w.sdk().PutEmailIdentityConfigurationSetAttributes(context.Background(), &sesv2.PutEmailIdentityConfigurationSetAttributesInput{
				EmailIdentity: aws.String("example.com"), ConfigurationSetName: aws.String("other"),
			})
			w.must(err)
		}, awspatterns.ErrStale},
		{"the pool is used again", cases["remove"], func(w *managedWorld) { put(w, "other", "fast") }, awspatterns.ErrStale},
		{"the pool is another's by now", cases["remove"], func(w *managedWorld) {
			_, err := w.sdk().UntagResource(context.Background(), &sesv2.UntagResourceInput{
				ResourceArn: aws.String("arn:aws:ses:eu-west-1:123456789012:dedicated-ip-pool/fast"), TagKeys: []string{"awspatterns:managed-ips"},
			})
			w.must(err)
		}, awspatterns.ErrStale},
		{"as planned", cases["convert"], func(w *managedWorld) {
			_, err := w.sdk().PutDedicatedIpPoolScalingAttributes(context.Background(), &sesv2.PutDedicatedIpPoolScalingAttributesInput{PoolName: aws.String("fast"), ScalingMode: man})
			w.must(err)
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			inManagedWorld(t, test.c.start, func(t *testing.T, w *managedWorld) {
				plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), test.c.opts)
				if err != nil {
					t.Fatal(err)
				}
				test.meddle(w)
				if _, err := ses.ApplyManagedIPs(t.Context(), w.clients(), plan); !errors.Is(err, test.is) {
					t.Errorf("got %v, want %v", err, test.is)
				}
				if test.c.opts.Remove && !strings.Contains(w.dump(), "pool fast, MANAGED") {
					t.Errorf("the pool is gone:\n%s", w.dump())
				}
			})
		})
	}
}

// TestManagedIPsCancelled ends the context at every second.
func TestManagedIPsCancelled(t *testing.T) {
	c := managedCases()["create"]
	inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
		why := errors.New("shut down")
		runs := 0
		for {
			runs++
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Duration(runs)*50*time.Millisecond, why)
			err := w.apply(ctx, c.opts)
			cancel()
			if err == nil {
				break
			}
			if !errors.Is(err, why) || runs > 100 {
				t.Fatalf("run %d: %v", runs, err)
			}
		}
		plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), c.opts)
		if err != nil || !plan.Empty() || runs < 3 {
			t.Errorf("after %d runs: %v\n%s", runs, err, plan)
		}
	})
}

// TestManagedIPsRefused gives what cannot be: nothing is called.
func TestManagedIPsRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(o *ses.ManagedIPsOptions, c *ses.Clients)
		want  string
	}{
		{"no pool", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Pool = "" }, "the Pool"},
		{"upper case", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Pool = "Fast" }, "the Pool"},
		{"built in", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Pool = "ses-shared-pool" }, "SES's own"},
		{"set", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.ConfigurationSet = "a b" }, "the ConfigurationSet"},
		{"identities alone", func(o *ses.ManagedIPsOptions, _ *ses.Clients) {
			o.ConfigurationSet, o.Identities = "", []string{"example.com"}
		}, "no ConfigurationSet"},
		{"twice", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Identities = []string{"example.com", "example.com"} }, "twice"},
		{"a space", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Identities = []string{"example .com"} }, "no domain"},
		{"remove more", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Remove = true }, "takes only the Pool"},
		{"price", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Price = math.Inf(-1) }, "Price is -Inf"},
		{"tag", func(o *ses.ManagedIPsOptions, _ *ses.Clients) {
			o.Tags = map[string]string{"awspatterns:managed-ips": "x"}
		}, "not the caller's"},
		{"rates", func(o *ses.ManagedIPsOptions, _ *ses.Clients) { o.Rates = ses.Rates{"TagResource": -1} }, "rates: TagResource"},
		{"no SES", func(_ *ses.ManagedIPsOptions, c *ses.Clients) { c.SES = nil }, "no SES client"},
		{"no STS", func(_ *ses.ManagedIPsOptions, c *ses.Clients) { c.STS = nil }, "no STS client"},
		{"no Region", func(_ *ses.ManagedIPsOptions, c *ses.Clients) { c.Region = "" }, "no Region"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cloud := awstest.New(t)
			opts, c := ses.ManagedIPsOptions{Pool: "fast", ConfigurationSet: "bulk"}, ses.NewClients(cloud.Config(managedRegion, managedAccount))
			test.spoil(&opts, &c)
			_, err := ses.PlanManagedIPs(t.Context(), c, opts)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "ses: plan managed IPs") || cloud.Count() != 0 {
				t.Errorf("got %v after %d calls", err, cloud.Count())
			}
		})
	}
}

// TestManagedIPsElsewhere applies a plan with other clients, one that was altered, and one that
// is too dear.
func TestManagedIPsElsewhere(t *testing.T) {
	inManagedWorld(t, newManagedWorld, func(t *testing.T, w *managedWorld) {
		plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), ses.ManagedIPsOptions{Pool: "fast", Messages: 10, MaxMessages: 5})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ses.ApplyManagedIPs(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrCeiling) {
			t.Errorf("too many messages: got %v", err)
		}
		if plan, err = ses.PlanManagedIPs(t.Context(), w.clients(), ses.ManagedIPsOptions{Pool: "fast"}); err != nil {
			t.Fatal(err)
		}
		for _, place := range [][2]string{{managedRegion, "999999999999"}, {"us-east-1", managedAccount}} {
			if _, err := ses.ApplyManagedIPs(t.Context(), ses.NewClients(w.Config(place[0], place[1])), plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
				t.Errorf("%v: got %v", place, err)
			}
		}
		plan.Steps[0].Name = "other"
		if _, err := ses.ApplyManagedIPs(t.Context(), w.clients(), plan); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("altered: got %v", err)
		}
		if got := w.dump(); strings.Contains(got, "fast") {
			t.Errorf("it left\n%s", got)
		}
	})
}

// TestManagedIPsTwice has two processes do the same at the same time.
func TestManagedIPsTwice(t *testing.T) {
	for name, c := range managedCases() {
		inManagedWorld(t, c.start, func(t *testing.T, w *managedWorld) {
			var errs [2]error
			var wg sync.WaitGroup
			for i := range errs {
				wg.Go(func() { errs[i] = w.apply(t.Context(), c.opts) })
			}
			wg.Wait()
			if err := errors.Join(errs[:]...); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			if plan, err := ses.PlanManagedIPs(t.Context(), w.clients(), c.opts); err != nil || !plan.Empty() {
				t.Errorf("%s: it left, with %v\n%s", name, err, plan)
			}
		})
	}
}
