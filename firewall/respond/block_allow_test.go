package respond_test

import (
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
