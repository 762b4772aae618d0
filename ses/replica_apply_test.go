package ses_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
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

// TestReplicaPolicyMerged keeps the Regions that are there and the policies of others.
func TestReplicaPolicyMerged(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.allow("example.com", "eu-north-1")
		w.policy("example.com", "theirs", foreignPolicy)
		if _, err := w.run(t.Context(), ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true}); err != nil {
			t.Fatal(err)
		}
		want := region.ReplicationPolicy("aws", replicaAccount, replicaPrimary, "example.com", []string{"eu-central-1", "eu-north-1"})
		if got := w.policyOf("example.com", region.PolicyName); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := w.policyOf("example.com", "theirs"); got != foreignPolicy {
			t.Errorf("the other policy became %s", got)
		}
	})
}

// TestApplyReplicaWaits returns when both are verified, with what progress told.
func TestApplyReplicaWaits(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		plan, err := w.plan(t.Context(), everyReplicaOption())
		if err != nil {
			t.Fatal(err)
		}
		outcomes, ready := 0, map[string]bool{}
		plan.Progress = func(p ses.ReplicaProgress) {
			if p.Outcome != nil {
				outcomes++
			}
			if p.Replica != nil {
				ready[p.Replica.Domain] = p.Replica.Ready
			}
		}
		primary, secondary := w.clients()
		began := time.Now()
		result, err := ses.ApplyReplica(t.Context(), primary, secondary, plan)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 30*time.Second || took > time.Minute { // 30 s is what it takes SES
			t.Errorf("took %v", took)
		}
		if outcomes != len(plan.Changes) || !ready["example.com"] || !ready["example.org"] {
			t.Errorf("told %d outcomes, %v", outcomes, ready)
		}
		for i, r := range result.Replicas {
			if r.Domain != bothDomains()[i] || !r.Ready || r.Differs != nil || r.Identity.ConfigurationSet != "outbound" ||
				!slices.Equal(r.Identity.DKIM.Tokens, plan.Parents[r.Domain].Tokens) || r.Identity.Tags["team"] != "mail" {
				t.Errorf("got %+v", r)
			}
		}
		if len(result.Replicas) != 2 {
			t.Errorf("waited for %d", len(result.Replicas))
		}
		again, err := w.plan(t.Context(), everyReplicaOption())
		if err != nil || !again.Empty() || again.Waiting != nil {
			t.Errorf("planning again: %v, %v", again, err)
		}
		before := w.Count()
		if _, err := ses.ApplyReplica(t.Context(), primary, secondary, again); err != nil || w.Count() != before {
			t.Errorf("applying nothing: %v, with %d calls", err, w.Count()-before)
		}
	})
}

// TestApplyReplicaGoesOnWaiting is run again after a kill in the midst of waiting.
func TestApplyReplicaGoesOnWaiting(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		opts := ses.ReplicaOptions{Identities: bothDomains(), Policy: true, Wait: -1}
		if result, err := w.run(t.Context(), opts); err != nil || result.Replicas != nil {
			t.Fatalf("got %v, %v", result, err)
		}
		opts.Wait = 0
		plan, err := w.plan(t.Context(), opts)
		if err != nil || !plan.Empty() || !slices.Equal(plan.Waiting, bothDomains()) {
			t.Fatalf("got %s, %v, waiting for %v", plan, err, plan.Waiting)
		}
		primary, secondary := w.clients()
		if _, err := ses.ApplyReplica(t.Context(), secondary, primary, plan); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("with the clients exchanged: %v", err)
		}
		result, err := ses.ApplyReplica(t.Context(), primary, secondary, plan)
		if err != nil || len(result.Replicas) != 2 || !result.Replicas[0].Ready || !result.Replicas[1].Ready {
			t.Errorf("got %v, %v", result, err)
		}
	})
}

// TestApplyReplicaFails reports every replica that SES could not make, with what to do.
func TestApplyReplicaFails(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.allow("example.com", replicaSecondary)
		result, err := w.run(t.Context(), ses.ReplicaOptions{Identities: bothDomains()})
		failed, ok := errors.AsType[*ses.ReplicaError](err)
		if !ok || failed.Domain != "example.org" || failed.Region != replicaSecondary || failed.Type != "REPLICATION_ACCESS_DENIED" ||
			!strings.Contains(failed.Todo, "Policy") {
			t.Fatalf("got %v", err)
		}
		if len(result.Replicas) != 2 || !result.Replicas[0].Ready || result.Replicas[1].Ready {
			t.Errorf("got %+v", result.Replicas)
		}
		golden.Equal(t, "testdata/golden/replica_error.txt", err.Error()+"\n")

		// What was denied is repaired: SES tries again in this world, and nothing was deleted.
		if _, err := w.run(t.Context(), ses.ReplicaOptions{Identities: bothDomains(), Policy: true}); err != nil {
			t.Fatal(err)
		}
		plan, err := w.plan(t.Context(), ses.ReplicaOptions{Identities: bothDomains(), Policy: true})
		if err != nil || !plan.Empty() || plan.Waiting != nil {
			t.Errorf("got %s, %v", plan, err)
		}
	})
}

// TestApplyReplicaTimeIsUp has SES take longer than the caller waits.
func TestApplyReplicaTimeIsUp(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.ses.Settle = time.Hour
		began := time.Now()
		_, err := w.run(t.Context(), ses.ReplicaOptions{Identities: bothDomains(), Policy: true, Wait: 5 * time.Minute})
		failed, ok := errors.AsType[*ses.ReplicaError](err)
		if !ok || failed.Status != "PENDING" || !strings.Contains(err.Error(), "example.com") || !strings.Contains(err.Error(), "example.org") {
			t.Errorf("got %v", err)
		}
		if took := time.Since(began); took < 5*time.Minute || took > 6*time.Minute {
			t.Errorf("took %v", took)
		}
	})
}

// TestApplyReplicaGone deletes a replica that is waited for.
func TestApplyReplicaGone(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		time.AfterFunc(25*time.Second, func() { w.must(w.deleteIdentity(replicaSecondary, "example.com")) })
		result, err := w.run(t.Context(), ses.ReplicaOptions{Identities: bothDomains(), Policy: true})
		failed, ok := errors.AsType[*ses.ReplicaError](err)
		if !ok || failed.Domain != "example.com" || failed.Status != "unknown" || !result.Replicas[1].Ready {
			t.Errorf("got %v, %v", result, err)
		}
	})
}

// TestApplyReplicaEnds ends the context while waiting.
func TestApplyReplicaEnds(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		why := errors.New("shut down")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(25*time.Second, func() { cancel(why) })
		result, err := w.run(ctx, ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true})
		if !errors.Is(err, why) || result.Outcomes[1].State != awspatterns.Applied {
			t.Errorf("got %+v, %v", result, err)
		}
	})
}

// TestApplyReplicaDeniedWhileWaiting tells that it is not known whether a replica is ready.
func TestApplyReplicaDeniedWhileWaiting(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		w.Inject(awstest.Fault{Operation: "SESv2.GetEmailIdentity", Region: replicaSecondary, Skip: 2, Err: awstest.Denied()})
		_, err := w.run(t.Context(), ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true})
		if err == nil || !strings.Contains(err.Error(), "whether the replica of example.com is verified") {
			t.Errorf("got %v", err)
		}
	})
}

// TestApplyReplicaStale changes something between planning and applying.
func TestApplyReplicaStale(t *testing.T) {
	opts := ses.ReplicaOptions{Identities: []string{"example.com"}, Policy: true, Convert: true, Adopt: true, ConfigurationSet: "outbound"}
	for _, test := range []struct {
		name   string
		before func(*replicaWorld)
		meddle func(*replicaWorld)
	}{
		{"the policy", nil, func(w *replicaWorld) { w.allow("example.com", "eu-north-1") }},
		{"the identity is made by another hand", nil, func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", nil) }},
		{"a replica is made by another hand", nil, func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "AWS_SES_EU_WEST_1", nil) }},
		{"the parent gets keys of its owner", nil, func(w *replicaWorld) {
			_, err := w.api(replicaPrimary).PutEmailIdentityDkimSigningAttributes(context.Background(), &sesv2.PutEmailIdentityDkimSigningAttributesInput{
				EmailIdentity: aws.String("example.com"), SigningAttributesOrigin: "EXTERNAL",
				SigningAttributes: &sestypes.DkimSigningAttributes{DomainSigningSelector: aws.String("mine"), DomainSigningPrivateKey: aws.String("a2V5")},
			})
			w.must(err)
		}},
		{"the identity is deleted", func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", nil) },
			func(w *replicaWorld) { w.must(w.deleteIdentity(replicaSecondary, "example.com")) }},
		{"the identity changes its keys", func(w *replicaWorld) { w.identity(replicaSecondary, "example.com", "", nil) }, func(w *replicaWorld) {
			w.must(w.deleteIdentity(replicaSecondary, "example.com"))
			w.identity(replicaSecondary, "example.com", "EXTERNAL", nil)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
				if test.before != nil {
					test.before(w)
				}
				plan, err := w.plan(t.Context(), opts)
				if err != nil {
					t.Fatal(err)
				}
				test.meddle(w)
				primary, secondary := w.clients()
				if _, err := ses.ApplyReplica(t.Context(), primary, secondary, plan); !errors.Is(err, awspatterns.ErrStale) {
					t.Errorf("got %v, want ErrStale", err)
				}
			})
		})
	}
}

// TestApplyReplicaAltered applies plans that are not what was planned.
func TestApplyReplicaAltered(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		for name, alter := range map[string]func(*ses.ReplicaPlan){
			"digest": func(p *ses.ReplicaPlan) { p.Options.Convert = true },
			"steps":  func(p *ses.ReplicaPlan) { p.Steps = p.Steps[:1] },
			"target": func(p *ses.ReplicaPlan) { p.Secondary.Region = "eu-north-1" },
		} {
			plan, err := w.plan(t.Context(), everyReplicaOption())
			if err != nil {
				t.Fatal(err)
			}
			alter(&plan)
			primary, secondary := w.clients()
			if result, err := ses.ApplyReplica(t.Context(), primary, secondary, plan); !errors.Is(err, awspatterns.ErrAltered) || len(result.Outcomes) != len(plan.Changes) {
				t.Errorf("%s: got %v, %v", name, result, err)
			}
		}
	})
}

// TestReplicaPlanKept keeps a plan as JSON, and applies it to other clients.
func TestReplicaPlanKept(t *testing.T) {
	inReplicaWorld(t, func(t *testing.T, w *replicaWorld) {
		plan, err := w.plan(t.Context(), everyReplicaOption())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var kept ses.ReplicaPlan
		if err := json.Unmarshal(text, &kept); err != nil {
			t.Fatal(err)
		}
		primary, secondary := w.clients()
		if _, err := ses.ApplyReplica(t.Context(), secondary, primary, kept); !errors.Is(err, awspatterns.ErrWrongAccount) {
			t.Errorf("clients exchanged: %v", err)
		}
		if _, err := ses.ApplyReplica(t.Context(), primary, secondary, kept); err != nil {
			t.Error(err)
		}
	})
}
