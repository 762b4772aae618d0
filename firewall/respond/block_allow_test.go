package respond_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

// The rules for a domain take those below it, too: what is allowed there is never
// blocked along with it.
func TestBlockAboveAllowedDomain(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets, opts.InstanceTags = []respond.Target{w.lines}, nil
	opts.Finding.Remote, opts.Finding.Domains = nil, []string{"hosting.example", "ting.example"}
	opts.AllowDomains = []string{"Shop.hosting.example."}
	plan := w.mustBlock(t, opts)
	want := respond.LeftOut{Entry: "hosting.example", Reason: "shop.hosting.example is below it, which is allowed"}
	if !slices.Equal(plan.LeftOut, []respond.LeftOut{want}) {
		t.Errorf("left out: %+v", plan.LeftOut)
	}
	if text := strings.Join(w.held(w.lines), ""); strings.Contains(text, "hosting.example") || !strings.Contains(text, ".ting.example") {
		t.Errorf("the rules are\n%s", text)
	}
}

// An address in place of a domain is none: a rule for it would pass by Allow, and by
// what is no address of the Internet.
func TestBlockAddressAsDomain(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := w.options()
	opts.Targets, opts.InstanceTags = []respond.Target{w.lines}, nil
	opts.Allow = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	opts.Finding.Remote, opts.Finding.Domains = nil, []string{"198.51.100.9", "10.0.0.1"}
	plan := w.mustBlock(t, opts)
	if !plan.Empty() || len(plan.LeftOut) != 2 {
		t.Errorf("left out %+v of\n%s", plan.LeftOut, plan)
	}
}
