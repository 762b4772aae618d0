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

// IPv4 addresses in the form of IPv6 are what they are: in Allow, and in a finding
// that was not read by ParseFinding.
func TestBlockMappedAddresses(t *testing.T) {
	for name, test := range map[string]struct{ allow, remote string }{
		"both":       {"::ffff:198.51.100.0/120", "::ffff:198.51.100.7"},
		"of Allow":   {"::ffff:198.51.100.0/120", "198.51.100.7"},
		"of remote":  {"198.51.100.0/24", "::ffff:198.51.100.7"},
		"with zones": {"2001:db8::/32", "2001:db8::7%eth0"},
		"everything": {"::/0", "2001:db8::7"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			opts := w.options()
			opts.Targets, opts.InstanceTags = []respond.Target{w.v4, w.v6, w.variable}, nil
			opts.Allow = []netip.Prefix{netip.MustParsePrefix(test.allow)}
			opts.Finding.Domains, opts.Finding.Remote = nil, []respond.Remote{{Addr: netip.MustParseAddr(test.remote)}}
			if plan := w.mustBlock(t, opts); !plan.Empty() || len(plan.LeftOut) != 1 {
				t.Errorf("%s is allowed, and %s is blocked:\n%s", test.allow, test.remote, plan)
			}
		})
	}
}
