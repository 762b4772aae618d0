package ses_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// replicaChanges returns a line for each change of a plan.
func replicaChanges(p awspatterns.Plan, steps []ses.ReplicaStep) (lines []string) {
	for i, c := range p.Changes {
		line := fmt.Sprintf("%s %s", c.Action, c.Resource)
		if aspect := steps[i].Aspect; aspect != "" {
			line += ", " + string(aspect)
		}
		lines = append(lines, line)
	}
	return lines
}

const foreignPolicy = `{"Version":"2012-10-17","Statement":[{"Sid":"AllowDKIMReplication","Effect":"Allow",` +
	`"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"ses:ReplicateEmailIdentityDKIMSigningKey",` +
	`"Resource":"arn:aws:ses:eu-west-1:123456789012:identity/example.com",` +
	`"Condition":{"ForAllValues:StringEquals":{"ses:ReplicaRegion":["eu-north-1"]}}}]}`

// TestPlanReplica has a world for each case: what is planned, and the first reason.
func TestPlanReplica(t *testing.T) {
	const (
		create     = "create identity example.com in eu-central-1"
		blocked    = "blocked identity example.com in eu-central-1"
		manual     = "manual identity example.com in eu-central-1"
		newPolicy  = "create identity example.com/awspatterns-replication in eu-west-1, policy"
		thePolicy  = "update identity example.com/awspatterns-replication in eu-west-1, policy"
		noPolicy   = "blocked identity example.com/awspatterns-replication in eu-west-1, policy"
		convert    = "update identity example.com in eu-central-1, DKIM origin"
		tags       = "update identity example.com in eu-central-1, tags"
		tagsNot    = "blocked identity example.com in eu-central-1, tags"
		set        = "update identity example.com in eu-central-1, default configuration set"
		setBlocked = "blocked identity example.com in eu-central-1, default configuration set"
	)
	one := ses.ReplicaOptions{Identities: []string{"example.com"}}
	with := func(change func(*ses.ReplicaOptions)) ses.ReplicaOptions {
		o := one
		change(&o)
		return o
	}
	policy := with(func(o *ses.ReplicaOptions) { o.Policy = true })
	remake := func(origin sestypes.DkimSigningAttributesOrigin) func(*replicaWorld) {
		return func(w *replicaWorld) {
			w.must(w.deleteIdentity(replicaPrimary, "example.com"))
			w.identity(replicaPrimary, "example.com", origin, nil)
		}
	}
	replica := func(tags map[string]string) func(*replicaWorld) {
		return func(w *replicaWorld) {
			w.allow("example.com", replicaSecondary)
			w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", tags)
			time.Sleep(time.Minute)
		}
	}
	for _, test := range []struct {
		name  string
		world func(*replicaWorld)
		opts  ses.ReplicaOptions
		want  []string
		why   string // in a reason, a step, or what it interrupts
	}{
		{name: "new", opts: one, want: []string{create}},
		{name: "new, with the policy", opts: policy, want: []string{newPolicy, create}},
		{name: "policy with other Regions", opts: policy, world: func(w *replicaWorld) { w.allow("example.com", "eu-north-1") }, want: []string{thePolicy, create}},
		{name: "policy is there", opts: policy, world: func(w *replicaWorld) { w.allow("example.com", "eu-north-1", replicaSecondary) }, want: []string{create}},
		{name: "policy with more Regions than fit", opts: policy, want: []string{noPolicy, blocked}, why: "SES allows 4096",
			world: func(w *replicaWorld) {
				var regions []string // until one more does not fit
				for i := 0; len(region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, "example.com", append(regions, "eu-central-1"))) <= region.MaxPolicySize; i++ {
					regions = append(regions, fmt.Sprintf("r%c-r%c%c-1", 'a'+i%26, 'a'+i/26%26, 'a'+i/676))
				}
				w.allow("example.com", regions...)
			}},
		{name: "policy in another form", opts: policy, world: func(w *replicaWorld) { w.policy("example.com", region.PolicyName, foreignPolicy) },
			want: []string{noPolicy, blocked}, why: "more than its Regions"},
		{name: "policy in another form, adopted", opts: with(func(o *ses.ReplicaOptions) { o.Policy, o.Adopt = true, true }),
			world: func(w *replicaWorld) { w.policy("example.com", region.PolicyName, foreignPolicy) }, want: []string{thePolicy, create}},
		{name: "policy of another name", opts: policy, world: func(w *replicaWorld) { w.policy("example.com", "theirs", foreignPolicy) }, want: []string{newPolicy, create}},
		{name: "20 policies", opts: policy, want: []string{noPolicy, blocked}, why: "20 policies",
			world: func(w *replicaWorld) {
				for i := range region.MaxPolicies {
					w.policy("example.com", fmt.Sprint("theirs-", i), foreignPolicy)
				}
			}},
		{name: "20 policies, ours among them", opts: policy, want: []string{thePolicy, create},
			world: func(w *replicaWorld) {
				w.allow("example.com", "eu-north-1")
				for i := range region.MaxPolicies - 1 {
					w.policy("example.com", fmt.Sprint("theirs-", i), foreignPolicy)
				}
			}},

		{name: "no parent", opts: policy, world: func(w *replicaWorld) { w.must(w.deleteIdentity(replicaPrimary, "example.com")) },
			want: []string{blocked}, why: "eu-west-1 has no identity example.com"},
		{name: "parent with keys of its owner", opts: policy, world: remake("EXTERNAL"), want: []string{blocked}, why: "BYODKIM"},
		{name: "parent is a replica", opts: policy, world: remake("AWS_SES_US_EAST_1"), want: []string{blocked}, why: "make us-east-1 the primary"},
		{name: "parent is not verified", opts: policy, want: []string{blocked}, why: "CNAME",
			world: func(w *replicaWorld) { w.ses.Region(replicaAccount, replicaPrimary).WithdrawDNS("example.com") }},
		{name: "the secondary is the parent of the primary", opts: policy, want: []string{blocked}, why: "it is itself a replica, of eu-central-1",
			world: func(w *replicaWorld) {
				w.identity(replicaSecondary, "example.com", "", nil)
				remake("AWS_SES_EU_CENTRAL_1")(w)
			}},

		{name: "configuration set", opts: with(func(o *ses.ReplicaOptions) { o.ConfigurationSet = "outbound" }), want: []string{create}},
		{name: "no such configuration set", opts: with(func(o *ses.ReplicaOptions) { o.ConfigurationSet = "inbound" }), want: []string{blocked}, why: "no configuration set inbound"},

		{name: "other keys", opts: policy, world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", nil) },
			want: []string{blocked}, why: `their origin is "AWS_SES"`},
		{name: "other keys, marked", opts: policy, world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", replicaMark()) },
			want: []string{blocked}, why: "set Convert"},
		{name: "other keys, adopted", opts: with(func(o *ses.ReplicaOptions) { o.Adopt = true }),
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "EXTERNAL", nil) }, want: []string{blocked}, why: "set Convert"},
		{name: "converted", opts: with(func(o *ses.ReplicaOptions) { o.Convert = true }),
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "EXTERNAL", nil) }, want: []string{convert}, why: "without a DKIM signature"},
		{name: "converted from another parent", opts: with(func(o *ses.ReplicaOptions) { o.Convert = true }),
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "AWS_SES_US_EAST_1", nil) }, want: []string{convert}},
		{name: "converted and adopted", opts: with(func(o *ses.ReplicaOptions) { o.Convert, o.Adopt, o.ConfigurationSet = true, true, "outbound" }),
			world: func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "EXTERNAL", nil) }, want: []string{convert, set, tags}},

		{name: "is there", opts: policy, world: replica(replicaMark())},
		{name: "is there, of another hand", opts: policy, world: replica(nil)},
		{name: "is there, of another hand, adopted", opts: with(func(o *ses.ReplicaOptions) { o.Adopt = true }), world: replica(nil), want: []string{tags}},
		{name: "is there, of another hand, with tags", opts: with(func(o *ses.ReplicaOptions) { o.Tags = map[string]string{"team": "mail"} }), world: replica(nil),
			want: []string{tagsNot}, why: "set Adopt"},
		{name: "is there, of another hand, with a configuration set", opts: with(func(o *ses.ReplicaOptions) { o.ConfigurationSet = "outbound" }),
			world: replica(nil), want: []string{setBlocked}, why: "set Adopt"},
		{name: "is there, lacks all", opts: with(func(o *ses.ReplicaOptions) {
			o.ConfigurationSet, o.Tags = "outbound", map[string]string{"team": "mail"}
		}),
			world: replica(map[string]string{region.MarkTag: replicaPrimary, "team": "web", "other": "stays"}), want: []string{set, tags}},
		{name: "failed", opts: one, world: func(w *replicaWorld) {
			w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
			time.Sleep(time.Minute)
		},
			want: []string{manual}, why: "what makes SES try again is not documented"},
		{name: "failed, and the policy repairs it", opts: policy, want: []string{newPolicy, manual}, why: "REPLICATION_ACCESS_DENIED",
			world: func(w *replicaWorld) {
				w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", replicaMark())
				time.Sleep(time.Minute)
			}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
				if test.world != nil {
					test.world(w)
				}
				plan, err := w.plan(t.Context(), test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if got := replicaChanges(plan.Plan, plan.Steps); !slices.Equal(got, test.want) {
					t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
				}
				if text := plan.String(); !strings.Contains(text, test.why) {
					t.Errorf("got %s, want %q", text, test.why)
				}
				for _, c := range plan.Changes {
					if c.Action == awspatterns.Blocked && (c.Reason == "" || len(c.Steps) == 0) {
						t.Errorf("blocked without reason or steps: %v", c)
					}
				}
				w.ses.RequireReplicationPolicy = test.opts.Policy // or the caller may have the keys anyway
				w.dump()                                          // makes the Regions that are looked into
				before := w.dump()
				primary, secondary := w.clients()
				_, err = ses.ApplyReplica(t.Context(), primary, secondary, plan)
				if left := plan.Count(awspatterns.Blocked) > 0; errors.Is(err, awspatterns.ErrIncomplete) != left || err != nil && !left {
					t.Errorf("applied: %v", err)
				}
				if !plan.Applies() && w.dump() != before {
					t.Errorf("changed\n%s\nto\n%s", before, w.dump())
				}
			})
		})
	}
}

func (w *replicaWorld) deleteIdentity(in, domain string) error {
	_, err := w.api(in).DeleteEmailIdentity(context.Background(), &sesv2.DeleteEmailIdentityInput{EmailIdentity: &domain})
	return err
}

// TestReplicaPlanText shows what people read: the plans of the worlds of the proofs.
func TestReplicaPlanText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text strings.Builder
		for _, p := range []struct {
			title string
			start func(*awstest.Cloud) *replicaWorld
			opts  ses.ReplicaOptions
		}{
			{"New replicas", newReplicaWorld, everyReplicaOption()},
			{"What is there is blocked", withForeignIdentities, everyReplicaOption()},
			{"What is there is converted", withForeignIdentities, convertAll()},
		} {
			plan, err := p.start(awstest.New(t)).plan(t.Context(), p.opts)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "# %s\n\n%s\n", p.title, plan)
		}
		for _, p := range []struct {
			title string
			start func(*awstest.Cloud) *replicaWorld
			opts  ses.ReplicaRemovalOptions
		}{
			{"Removal", withReplicas, ses.ReplicaRemovalOptions{Identities: bothDomains(), Policy: true}},
			{"Removal with parents", withReplicas, ses.ReplicaRemovalOptions{Identities: bothDomains(), DeleteParents: true}},
			{"Removal of what others made", withForeignReplica, ses.ReplicaRemovalOptions{Identities: bothDomains(), Policy: true}},
		} {
			plan, err := p.start(awstest.New(t)).planRemoval(t.Context(), p.opts)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&text, "# %s\n\n%s\n", p.title, plan)
		}
		golden.Equal(t, "testdata/golden/replica_plans.txt", text.String())
	})
}

// TestPlanReplicaUnread has reads denied: what is unknown is not absent.
func TestPlanReplicaUnread(t *testing.T) {
	for _, test := range []struct {
		name, region, operation, want string
	}{
		{"the parent", replicaPrimary, "SESv2.GetEmailIdentity", "unknown identity example.com in eu-west-1"},
		{"the replica", replicaSecondary, "SESv2.GetEmailIdentity", "unknown identity example.com in eu-central-1"},
		{"the configuration set", replicaSecondary, "SESv2.GetConfigurationSet", "unknown identity example.com in eu-central-1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
				w.Inject(awstest.Fault{Operation: test.operation, Region: test.region, Err: awstest.Denied()})
				plan, err := w.plan(t.Context(), ses.ReplicaOptions{Identities: []string{"example.com"}, ConfigurationSet: "outbound"})
				if err != nil || !plan.Incomplete || !slices.Equal(replicaChanges(plan.Plan, plan.Steps), []string{test.want}) {
					t.Errorf("got %v, %v", replicaChanges(plan.Plan, plan.Steps), err)
				}
			})
		})
	}
}

// TestReplicaNotes tells what differs, and does not change it.
func TestReplicaNotes(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		opts := ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true}
		if _, err := w.run(t.Context(), opts); err != nil {
			t.Fatal(err)
		}
		_, err := w.api(replicaSecondary).PutEmailIdentityDkimAttributes(t.Context(), &sesv2.PutEmailIdentityDkimAttributesInput{
			EmailIdentity: aws.String("example.com"), SigningEnabled: false,
		})
		w.must(err)
		w.lateKeyLength()
		plan, err := w.plan(t.Context(), opts)
		want := []string{"example.com: signing is on in the primary and off in the secondary",
			"example.com: the next key is RSA_2048_BIT in the primary and RSA_1024_BIT in the secondary"}
		if err != nil || !plan.Empty() || !slices.Equal(plan.Notes, want) {
			t.Errorf("got %q, %v, want %q", plan.Notes, err, want)
		}
		if text := plan.String(); !strings.Contains(text, want[0]) || !strings.Contains(text, "Replicas in account 123456789012, eu-central-1") {
			t.Errorf("got %s", text)
		}
	})
}

// lateKeyLength has SES be late with a longer key in the secondary Region.
func (w *replicaWorld) lateKeyLength() {
	real := map[string]*sesv2.GetEmailIdentityOutput{}
	for _, in := range []string{replicaPrimary, replicaSecondary} {
		out, err := w.api(in).GetEmailIdentity(context.Background(), &sesv2.GetEmailIdentityInput{EmailIdentity: aws.String("example.com")})
		w.must(err)
		real[in] = out
	}
	real[replicaSecondary].DkimAttributes.NextSigningKeyLength = sestypes.DkimSigningKeyLengthRsa1024Bit
	awstest.Handle(w.Cloud, func(ctx context.Context, _ *sesv2.GetEmailIdentityInput) (*sesv2.GetEmailIdentityOutput, error) {
		return real[awstest.CallerOf(ctx).Region], nil
	})
}

// TestReplicaOptions are refused before anything is called.
func TestReplicaOptions(t *testing.T) {
	long := strings.Repeat("a", 129)
	for _, test := range []struct {
		opts ses.ReplicaOptions
		want string
	}{
		{ses.ReplicaOptions{}, "no Identities"},
		{ses.ReplicaOptions{Identities: []string{"info@example.com"}}, "is an address"},
		{ses.ReplicaOptions{Identities: []string{"example"}}, "no domain"},
		{ses.ReplicaOptions{Identities: []string{"example.com."}}, "no domain"},
		{ses.ReplicaOptions{Identities: []string{"*.example.com"}}, "no domain"},
		{ses.ReplicaOptions{Identities: []string{"Example.com"}}, "capital letters"},
		{ses.ReplicaOptions{Identities: []string{"example.com", "example.com"}}, "there twice"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, ConfigurationSet: "a b"}, "ConfigurationSet"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, Tags: map[string]string{long: ""}}, "1 to 128 characters"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, Tags: map[string]string{"a": "{}"}}, "want letters"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, Tags: map[string]string{"aws:x": ""}}, "not the caller's"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, Tags: map[string]string{region.MarkTag: "x"}}, "not the caller's"},
		{ses.ReplicaOptions{Identities: []string{"example.com"}, Rates: ses.Rates{"GetEmailIdentity": 0}}, "positive"},
	} {
		cloud := awstest.New(t)
		clients := ses.NewClients(cloud.Config(replicaPrimary, replicaAccount))
		other := ses.NewClients(cloud.Config(replicaSecondary, replicaAccount))
		_, err := ses.PlanReplica(t.Context(), clients, other, test.opts)
		if err == nil || !strings.HasPrefix(err.Error(), "ses: plan replica: ") || !strings.Contains(err.Error(), test.want) || cloud.Count() > 0 {
			t.Errorf("got %v with %d calls, want %q", err, cloud.Count(), test.want)
		}
	}
	cloud := awstest.New(t)
	clients := ses.NewClients(cloud.Config(replicaPrimary, replicaAccount))
	one := ses.ReplicaOptions{Identities: []string{"example.com"}}
	for _, lacking := range []func(*ses.Clients){
		func(c *ses.Clients) { c.SES = nil }, func(c *ses.Clients) { c.STS = nil }, func(c *ses.Clients) { c.Region = "" }, func(*ses.Clients) {},
	} {
		less := clients
		lacking(&less)
		if _, err := ses.PlanReplica(t.Context(), clients, less, one); err == nil || cloud.Count() > 0 {
			t.Errorf("got %v with %d calls", err, cloud.Count())
		}
	}
}

// TestReplicaErrorTypes has advice for each type that SES has.
func TestReplicaErrorTypes(t *testing.T) {
	for _, kind := range sestypes.VerificationError("").Values() {
		inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
			awstest.Handle(w.Cloud, func(ctx context.Context, in *sesv2.GetEmailIdentityInput) (*sesv2.GetEmailIdentityOutput, error) {
				out := &sesv2.GetEmailIdentityOutput{IdentityType: "DOMAIN", VerificationStatus: "SUCCESS",
					DkimAttributes: &sestypes.DkimAttributes{SigningAttributesOrigin: "AWS_SES", Status: "SUCCESS", SigningEnabled: true}}
				if awstest.CallerOf(ctx).Region == replicaSecondary {
					out.DkimAttributes.SigningAttributesOrigin, out.VerificationStatus = "AWS_SES_EU_WEST_1", "FAILED"
					out.VerificationInfo = &sestypes.VerificationInfo{ErrorType: kind}
				}
				return out, nil
			})
			plan, err := w.plan(t.Context(), ses.ReplicaOptions{Identities: []string{"example.com"}})
			if err != nil || len(plan.Changes) != 1 || plan.Changes[0].Action != awspatterns.Manual {
				t.Fatalf("%s: got %v, %v", kind, plan, err)
			}
			if c := plan.Changes[0]; !strings.Contains(c.Reason, string(kind)+" (") || c.Steps[0] == "" {
				t.Errorf("%s is not explained: %v", kind, c)
			}
		})
	}
}
