package region

import (
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

// TestUnread reads all but one thing: nothing is decided about that, nor about what depends
// on it, and nothing is deleted of its kind.
func TestUnread(t *testing.T) {
	for _, test := range []struct {
		name   string
		unread Unread
		forget func(*State) // what a reader does not have then
		// want is what is decided of an empty secondary if the primary is read so; of a full
		// one, with something extra, if the secondary is.
		primary, secondary []string
	}{
		{"account", Unread{Kind: Account}, func(s *State) { s.Settings = Settings{} },
			[]string{"unknown account settings all @primary"}, []string{"unknown account settings all"}},
		{"pools", Unread{Kind: Pools}, func(s *State) { s.Pools = nil },
			[]string{
				"unknown dedicated IP pool all @primary", "unknown configuration set news", "unknown event destination news/bus",
				"unknown tenant association acme/arn:aws:ses:eu-west-1:123456789012:configuration-set/news", "unknown identity example.com",
			}, []string{"unknown dedicated IP pool all"}},
		{"a pool", Unread{Kind: Pools, Name: "managed"}, func(s *State) { s.Pools = slices.DeleteFunc(s.Pools, func(p Pool) bool { return p.Name == "managed" }) },
			[]string{"unknown dedicated IP pool managed @primary", "unknown configuration set news", "create dedicated IP pool plain"},
			[]string{"unknown dedicated IP pool managed"}},
		{"sets", Unread{Kind: Sets}, func(s *State) { s.ConfigurationSets = nil },
			[]string{"unknown configuration set all @primary", "unknown event destination all @primary", "unknown identity example.com"},
			[]string{"unknown configuration set all", "unknown event destination all"}},
		{"a set", Unread{Kind: Sets, Name: "news"}, func(s *State) { s.ConfigurationSets = s.ConfigurationSets[1:] },
			[]string{"unknown configuration set news @primary", "unknown event destination news/all @primary", "unknown identity example.com"},
			[]string{"unknown configuration set news", "unknown event destination news/all"}},
		{"delivery", Unread{Kind: Sets, Name: "news", Aspect: DeliveryAspect}, func(s *State) { set1(s).Delivery = nil },
			[]string{"unknown configuration set news @primary", "unknown event destination news/all @primary", "unknown identity example.com"}, []string{"unknown configuration set news"}},
		{"destinations", Unread{Kind: Destinations}, func(s *State) { set1(s).Destinations = nil },
			[]string{"unknown event destination all @primary", "create configuration set news"}, []string{"unknown event destination all"}},
		{"those of a set", Unread{Kind: Destinations, Name: "news"}, func(s *State) { set1(s).Destinations = nil },
			[]string{"unknown event destination news/all @primary", "create configuration set news"}, []string{"unknown event destination news/all"}},
		{"identities", Unread{Kind: Identities}, func(s *State) { s.Identities = nil },
			[]string{
				"unknown identity all @primary", "unknown configuration set news", "unknown custom verification template confirm",
				"unknown tenant association acme/arn:aws:ses:eu-west-1:123456789012:identity/example.com",
			}, []string{"unknown identity all"}},
		{"an identity", Unread{Kind: Identities, Name: "example.com"}, func(s *State) { s.Identities = nil },
			[]string{"unknown identity example.com @primary", "unknown configuration set news"}, []string{"unknown identity example.com"}},
		{"notifications", Unread{Kind: Identities, Name: "example.com", Aspect: BounceTopic}, func(s *State) { identity1(s).Notifications = nil },
			[]string{"unknown identity example.com @primary", "create identity example.com", "unknown identity example.com"}, []string{"unknown identity example.com"}},
		{"certificates", Unread{Kind: Identities, Name: "example.com", Aspect: Certificates}, func(s *State) {},
			[]string{"unknown identity example.com @primary", "create identity example.com"}, []string{"unknown identity example.com"}},
		{"tags of an identity", Unread{Kind: Identities, Name: "example.com", Aspect: Tags}, func(s *State) { identity1(s).Tags = nil },
			nil, []string{"unknown identity example.com"}},
		{"templates", Unread{Kind: Templates}, func(s *State) { s.Templates = nil },
			[]string{"unknown email template all @primary", "unknown tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello"},
			[]string{"unknown email template all"}},
		{"a template", Unread{Kind: Templates, Name: "hello"}, func(s *State) { s.Templates = nil },
			[]string{"unknown email template hello @primary"}, []string{"unknown email template hello"}},
		{"verification templates", Unread{Kind: Verification}, func(s *State) { s.VerificationTemplates = nil },
			[]string{"unknown custom verification template all @primary"}, []string{"unknown custom verification template all"}},
		{"contact lists", Unread{Kind: Lists}, func(s *State) { s.ContactLists = nil },
			[]string{"unknown contact list all @primary", "unknown contacts all @primary"}, []string{"unknown contact list all"}},
		{"a contact list", Unread{Kind: Lists, Name: "readers"}, func(s *State) { s.ContactLists = nil },
			[]string{"unknown contact list readers @primary", "unknown contacts readers @primary"}, []string{"unknown contact list readers"}},
		{"tenants", Unread{Kind: Tenants}, func(s *State) { s.Tenants = nil },
			[]string{"unknown tenant all @primary", "unknown tenant association all @primary", "unknown suppression list all @primary"}, []string{"unknown tenant all", "unknown tenant association all"}},
		{"a tenant", Unread{Kind: Tenants, Name: "acme"}, func(s *State) { s.Tenants = nil },
			[]string{"unknown tenant acme @primary", "unknown tenant association acme/all @primary"},
			[]string{"unknown tenant acme", "unknown tenant association acme/all"}},
		{"associations", Unread{Kind: Associations}, func(s *State) { s.Tenants[0].Resources = nil },
			[]string{"unknown tenant association all @primary", "create tenant acme"}, []string{"unknown tenant association all"}},
		{"those of a tenant", Unread{Kind: Associations, Name: "acme"}, func(s *State) { s.Tenants[0].Resources = nil },
			[]string{"unknown tenant association acme/all @primary", "create tenant acme"}, []string{"unknown tenant association acme/all"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.unread.Reason = "AccessDenied"
			in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
			test.forget(&in.Primary)
			in.Primary.Unread = []Unread{test.unread}
			decisions := Compare(in, allOptions())
			checkUnread(t, decisions, test.primary)
			if test.primary == nil && len(unknowns(decisions)) == 0 {
				t.Error("primary: nothing is unknown")
			}
			makeAll(t, &in, decisions)

			in = twins(t)
			test.forget(&in.Secondary)
			in.Secondary.Unread = []Unread{test.unread}
			if test.unread.Aspect == Tags { // then it matters only if it differs
				identity1(&in.Secondary).DKIM.Enabled = false
			}
			decisions = Compare(in, allOptions())
			checkUnread(t, decisions, test.secondary)
			for _, d := range decisions {
				if d.Change.Action.Applies() || d.Change.Action == awspatterns.Manual {
					t.Errorf("secondary: %s", d.Change)
				}
			}
		})
	}
}

func unknowns(all []Decision) []Decision {
	return slices.DeleteFunc(slices.Clone(all), func(d Decision) bool { return d.Change.Action != awspatterns.Unknown })
}

func checkUnread(t *testing.T, decisions []Decision, want []string) {
	t.Helper()
	got := lines(decisions)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%q is missing in\n%s", line, strings.Join(got, "\n"))
		}
	}
	for i, line := range got {
		if strings.HasPrefix(line, "unknown") && slices.Contains(got[:i], line) && !strings.Contains(line, "identity") {
			t.Errorf("%q twice", line)
		}
	}
	for _, d := range unknowns(decisions) {
		if !strings.Contains(d.Change.Reason, "AccessDenied") {
			t.Errorf("the reason is missing: %s", d.Change)
		}
	}
}

// TestUnreadDeletes deletes nothing of a kind that could not be listed in the primary.
func TestUnreadDeletes(t *testing.T) {
	for _, kind := range []Kind{Pools, Sets, Templates, Verification, Lists, Tenants} {
		in := twins(t)
		in.Primary = emptyState(east)
		in.Primary.Unread = []Unread{{Kind: kind, Reason: "Throttling"}}
		for _, d := range Compare(in, allOptions()) {
			if d.Change.Action == awspatterns.Delete && d.Step.Kind == kind {
				t.Errorf("%s is unread: %s", kind, d.Change)
			}
		}
	}
}
