package region

import (
	"slices"
	"strings"
	"testing"
)

func TestOptionsCheck(t *testing.T) {
	for _, test := range []struct {
		name string
		opts Options
		want string // part of the error, empty for none
	}{
		{"none", Options{}, ""},
		{"all", allOptions(), ""},
		{"kinds", Options{Only: []Kind{Templates, SuppressionList}}, ""},
		{"an unknown kind", Options{Only: []Kind{"templates"}}, `Only: "templates" is not kept the same: give some of "account settings"`},
		{"a kind that is not kept", Options{Only: []Kind{Endpoints}}, "multi-region endpoint"},
		{"no ARN", Options{ARNs: map[string]string{"topic": westTopic}}, `ARNs: "topic" is no ARN`},
		{"an ARN without a resource", Options{ARNs: map[string]string{"arn:aws:sns:us-east-1:1:": westTopic}}, "is no ARN"},
		{"an ARN for no ARN", Options{ARNs: map[string]string{eastTopic: "bounces"}}, `"bounces" is no ARN`},
		{"two services", Options{ARNs: map[string]string{eastTopic: westStream}}, "another service"},
		{"two partitions", Options{ARNs: map[string]string{eastTopic: strings.Replace(westTopic, "arn:aws:", "arn:aws-cn:", 1)}}, "partition"},
		{"itself", Options{ARNs: map[string]string{eastTopic: eastTopic}}, "stands for itself"},
		{"a role for itself", Options{ARNs: map[string]string{streamRole: streamRole}}, ""},
		{"no domain", Options{MailFrom: map[string]string{"example.com": "bounce"}}, `MailFrom: example.com: "bounce" is no domain`},
		{"a domain with a space", Options{MailFrom: map[string]string{"example.com": "bo unce.example.com"}}, "is no domain"},
		{"a domain that ends in a dot", Options{MailFrom: map[string]string{"example.com": "bounce.example.com."}}, "is no domain"},
		{"a label too long", Options{MailFrom: map[string]string{"example.com": strings.Repeat("a", 64) + ".example.com"}}, "is no domain"},
		{"the identity itself", Options{MailFrom: map[string]string{"example.com": "EXAMPLE.com"}}, "another than it"},
		{"another domain", Options{MailFrom: map[string]string{"example.com": "bounce.example.org"}}, "no subdomain of it"},
		{"a domain that only ends alike", Options{MailFrom: map[string]string{"example.com": "bounce.badexample.com"}}, "no subdomain of it"},
		{"of an address", Options{MailFrom: map[string]string{"a@example.com": "bounce.example.com"}}, ""},
		{"a sibling", Options{MailFrom: map[string]string{"mail.example.com": "bounce.example.com"}}, ""},
		{"no identity", Options{MailFrom: map[string]string{"": "bounce.example.com"}}, "is no identity"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.opts.Check()
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestReads(t *testing.T) {
	for _, test := range []struct {
		opts Options
		want []Kind
	}{
		{Options{}, Kinds()},
		{Options{Only: []Kind{Templates}}, []Kind{Account, Templates}},
		{Options{Only: []Kind{Templates}, Delete: true}, []Kind{Account, Pools, Sets, Identities, Templates, Tenants, Associations}},
		{Options{Only: []Kind{Destinations}}, []Kind{Account, Pools, Sets, Destinations, Identities}},
		{Options{Only: []Kind{Pools}}, []Kind{Account, Pools}},
		{Options{Only: []Kind{Pools}, Delete: true}, []Kind{Account, Pools, Sets, Identities}},
		{Options{Only: []Kind{Contacts, SuppressionList}}, []Kind{Account, Lists, Contacts, Tenants, SuppressionList}},
	} {
		if got := test.opts.Reads(); !slices.Equal(got, test.want) {
			t.Errorf("%v, Delete %v: got %v, want %v", test.opts.Only, test.opts.Delete, got, test.want)
		}
	}
	if (Options{}).Covers(Endpoints) || !(Options{}).Covers(Sets) || (Options{Only: []Kind{Sets}}).Covers(Pools) {
		t.Error("Covers")
	}
}

// TestOnly keeps a kind the same, and touches no other.
func TestOnly(t *testing.T) {
	for _, kind := range Kinds() {
		opts := allOptions()
		opts.Only = []Kind{kind}
		in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
		in.Suppressed = []ListDifference{{Primary: 1, Missing: 1, Digest: "d"}}
		in.Contacts = []ListDifference{{List: "readers", Primary: 1, Missing: 1, Digest: "d"}}
		decisions := Compare(in, opts)
		if len(decisions) == 0 {
			t.Errorf("%s: nothing", kind)
		}
		for _, d := range decisions {
			if d.Change.Resource.Type != string(kind) {
				t.Errorf("Only %s: %s", kind, d.Change)
			}
		}
	}
}

// TestParts keeps destinations and associations the same in objects that are not: these are
// marked when they are taken over, and their tags are otherwise left.
func TestParts(t *testing.T) {
	opts := allOptions()
	opts.Only = []Kind{Destinations, Associations}
	in := twins(t)
	set, tenant := set1(&in.Secondary), &in.Secondary.Tenants[0]
	set.Destinations, set.Delivery, set.Tags = set.Destinations[1:], nil, map[string]string{"own": "tag"}
	tenant.Resources, tenant.Suppression, tenant.Tags = tenant.Resources[1:], nil, nil
	decisions := Compare(in, opts)
	want := []string{
		"update configuration set news: tags (adopted)", "create event destination news/bus (adopted)", "update tenant acme: tags (adopted)",
		"create tenant association acme/arn:aws:ses:eu-west-1:123456789012:configuration-set/news (adopted)",
	}
	if got := lines(decisions); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	makeAll(t, &in, decisions)
	if tags := set1(&in.Secondary).Tags; len(tags) != 2 || tags["own"] != "tag" || tags[MarkTag] != east {
		t.Errorf("tags: %v", tags)
	}
}
