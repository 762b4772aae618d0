package respond_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	nfwsdk "github.com/aws/aws-sdk-go-v2/service/networkfirewall"
	wafsdk "github.com/aws/aws-sdk-go-v2/service/wafv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

var errDenied = errors.New("denied")

// A deniedWAF reads, and refuses to change anything.
type deniedWAF struct{ respond.WAFAPI }

func (deniedWAF) UpdateIPSet(context.Context, *wafsdk.UpdateIPSetInput, ...func(*wafsdk.Options)) (*wafsdk.UpdateIPSetOutput, error) {
	return nil, errDenied
}

// A deniedFirewall likewise.
type deniedFirewall struct{ respond.NetworkFirewallAPI }

func (deniedFirewall) UpdateRuleGroup(context.Context, *nfwsdk.UpdateRuleGroupInput, ...func(*nfwsdk.Options)) (*nfwsdk.UpdateRuleGroupOutput, error) {
	return nil, errDenied
}

// A target that cannot be changed keeps no other from being blocked, nor from being
// lifted: it would do so each time.
func TestBlockBesideTargetThatFails(t *testing.T) {
	w := newWorld(awstest.New(t))
	c := w.clients()
	c.WAF = deniedWAF{c.WAF}
	plan, err := respond.PlanBlock(t.Context(), c, w.options())
	if err != nil {
		t.Fatal(err)
	}
	result, err := respond.ApplyBlock(t.Context(), c, plan)
	var states []awspatterns.State
	for _, o := range result.Outcomes {
		states = append(states, o.State)
	}
	want := []awspatterns.State{awspatterns.Failed, awspatterns.Failed, awspatterns.Applied, awspatterns.Applied, awspatterns.Applied}
	if !errors.Is(err, errDenied) || !slices.Equal(states, want) {
		t.Errorf("error %v, states %q, want %q", err, states, want)
	}
	if held := w.held(w.variable); !slices.Contains(held, "198.51.100.7/32") {
		t.Errorf("the other target holds %q", held)
	}

	w = newWorld(awstest.New(t))
	w.mustBlock(t, w.options())
	c = w.clients()
	c.NetworkFirewall = deniedFirewall{c.NetworkFirewall} // whose ARNs come first
	opts := respond.ExpiryOptions{Store: w.store, Now: expired}
	lifts, err := respond.PlanExpiry(t.Context(), c, opts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := respond.ApplyExpiry(t.Context(), c, lifts); !errors.Is(err, errDenied) {
		t.Errorf("error %v, want %v", err, errDenied)
	}
	if held := w.held(w.v4); slices.Contains(held, "198.51.100.7/32") {
		t.Errorf("the other target still holds %q", held)
	}
}
