package region

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// readyInputs are two Regions that are ready for the loss of either.
func readyInputs() Inputs {
	return Inputs{
		Primary:    readyState("eu-west-1", "AWS_SES"),
		Secondary:  readyState("us-east-1", "AWS_SES_EU_WEST_1"),
		Suppressed: []ListDifference{{Primary: 3, Secondary: 3}},
		Contacts:   []ListDifference{{List: "news", Primary: 2, Secondary: 2}},
	}
}

func readyState(name, origin string) State {
	yes := true
	s := State{
		Partition: "aws", Account: "123456789012", Region: name,
		Settings: Settings{
			ProductionAccess: true, SendingEnabled: true, Enforcement: "HEALTHY",
			Suppression: &Suppression{Reasons: []string{"BOUNCE"}}, VDM: &VDM{Enabled: "ENABLED"},
			Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 20_000,
		},
		Pools: []Pool{{Name: "bulk", Mode: "STANDARD", IPs: 2, Warm: 2}},
		ConfigurationSets: []ConfigurationSet{{
			Name: "marketing", Delivery: &Delivery{Pool: "bulk"}, Sending: &yes,
			Destinations: []EventDestination{{Name: "bounces", Enabled: true, Events: []string{"BOUNCE", "COMPLAINT"}, CloudWatch: []Dimension{{Name: "a", Source: "MESSAGE_TAG", Default: "b"}}}},
		}, {Name: "plain"}},
		Identities: []Identity{{
			Name: "example.com", Type: "DOMAIN", ConfigurationSet: "plain", CanSend: true, Verification: "SUCCESS",
			Notifications: &Notifications{},
			DKIM:          DKIM{Origin: origin, Enabled: true, Status: "SUCCESS", Tokens: []string{"a", "b", "c"}},
		}, {
			Name: "us@example.net", Type: "EMAIL_ADDRESS", CanSend: true, Verification: "SUCCESS", Notifications: &Notifications{},
			DKIM: DKIM{Origin: "AWS_SES", Status: "NOT_STARTED"},
		}},
		Templates:    []Template{{Name: "welcome", Digest: "1"}},
		ContactLists: []ContactList{{Name: "news"}},
		Tenants:      []Tenant{{Name: "acme", Status: "ENABLED"}},
	}
	if origin == "AWS_SES" {
		s.Endpoints = []Endpoint{{Name: "global", ID: "abc.def", Status: "READY", Regions: []string{"eu-west-1", "us-east-1"}}}
	}
	return s
}

func TestReady(t *testing.T) {
	r := CheckReadiness(readyInputs(), ReadinessOptions{Endpoint: "global"})
	if !r.Ready() || len(r.Findings) != 0 {
		t.Errorf("got\n%s", r)
	}
	if got := r.String(); got != "Readiness of eu-west-1 and us-east-1: ready\n" {
		t.Errorf("got %q", got)
	}
}

// readyIdentity returns the identity of a ready State.
func readyIdentity(s *State) *Identity { return &s.Identities[0] }

// TestReadinessChecks breaks one thing at a time. Wanted is a part of the text of the one
// finding, or of those in their order, separated by "|".
func TestReadinessChecks(t *testing.T) {
	no := false
	p, q := (*Inputs).primary, (*Inputs).secondary
	_ = p
	tests := []struct {
		name  string
		spoil func(*Inputs, *ReadinessOptions)
		want  string
	}{
		// The account.
		{"sandbox", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.ProductionAccess = false },
			"x blocks account settings in us-east-1 in the sandbox"},
		{"sandbox of the primary", func(in *Inputs, _ *ReadinessOptions) { p(in).Settings.ProductionAccess = false },
			"x blocks account settings in eu-west-1 in the sandbox"},
		{"sandbox, review", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Settings.ProductionAccess, q(in).Settings.Review = false, "DENIED"
		}, "the review of the last request: DENIED"},
		{"paused", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.SendingEnabled = false }, "x blocks account settings in us-east-1 sending is paused"},
		{"shut down", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.Enforcement = "SHUTDOWN" }, "x blocks account settings in us-east-1 AWS has paused"},
		{"probation", func(in *Inputs, _ *ReadinessOptions) { p(in).Settings.Enforcement = "PROBATION" }, "! degrades account settings in eu-west-1 under review"},
		{"no enforcement status", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.Enforcement = "" }, "? unknown account settings in us-east-1 the enforcement status"},
		{"pricing plan", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.PricingPlan = "PRO" }, "i notes account settings in us-east-1 the pricing plan is PRO, and none in eu-west-1"},

		// Quotas.
		{"quota too small", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.Max24HourSend = 39_999 },
			"x blocks sending quota \"recipients in 24 hours\" in us-east-1 takes 39,999 in 24 hours; both Regions together have 40,000, so that 1 do not fit"},
		{"quota just enough, and less than that of the primary", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.Max24HourSend = 40_000 },
			"! degrades sending quota \"recipients in 24 hours\" in us-east-1 takes 40,000 in 24 hours, less than the 50,000 of eu-west-1"},
		{"quota enough for what is said", func(in *Inputs, o *ReadinessOptions) {
			q(in).Settings.Max24HourSend, o.Max24HourSend = 45_000, 45_000
		}, ""},
		{"quota too small for what is said", func(_ *Inputs, o *ReadinessOptions) { o.Max24HourSend = 60_000 },
			"in eu-west-1 takes 50,000 in 24 hours; both Regions together have 60,000|in us-east-1 takes 50,000 in 24 hours; both Regions together have 60,000"},
		{"less said than sent", func(in *Inputs, o *ReadinessOptions) {
			q(in).Settings.Max24HourSend, o.Max24HourSend = 30_000, 10
		}, "x blocks sending quota \"recipients in 24 hours\" in us-east-1 takes 30,000"},
		{"unlimited", func(in *Inputs, o *ReadinessOptions) {
			p(in).Settings.Max24HourSend, q(in).Settings.Max24HourSend = -1, -1
		}, ""},
		{"unlimited in the primary only", func(in *Inputs, o *ReadinessOptions) { p(in).Settings.Max24HourSend = -1 },
			"! degrades sending quota \"recipients in 24 hours\" in us-east-1 takes 50,000 in 24 hours, less than the unlimited number of eu-west-1: a day that fills that quota would not fit → say in Max24HourSend"},
		{"quota too small, asked for", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Settings.Max24HourSend = 200
			q(in).Increases = []Increase{{"2", SendingQuota, 50_000, "DENIED"}, {"1", SendingQuota, 60_000, "APPROVED"}}
		}, "PlanLimits asks for an increase; the last request, for 50,000, is DENIED"},
		{"asked for without need", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Increases = []Increase{{"1", SendingQuota, 500_000, "PENDING"}, {"2", SendingRate, 50, "CASE_OPENED"}}
		}, "i notes sending quota \"recipients in 24 hours\" in us-east-1 an increase to 500,000 is requested: PENDING|\"recipients in a second\" in us-east-1 an increase to 50 is requested: CASE_OPENED"},
		{"granted", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Increases = []Increase{{"1", SendingQuota, 50_000, "APPROVED"}}
		}, ""},
		{"rate", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.MaxSendRate = 13 },
			"! degrades sending quota \"recipients in a second\" in us-east-1 takes 13 in a second; 14 are needed"},
		{"rate of the primary", func(in *Inputs, _ *ReadinessOptions) { p(in).Settings.MaxSendRate = 13 },
			"! degrades sending quota \"recipients in a second\" in eu-west-1 takes 13 in a second; 14 are needed"},
		{"rate enough for what is said", func(in *Inputs, o *ReadinessOptions) { q(in).Settings.MaxSendRate, o.MaxSendRate = 10, 10 }, ""},
		{"rate too small for what is said", func(_ *Inputs, o *ReadinessOptions) { o.MaxSendRate = 14.5 },
			"in eu-west-1 takes 14 in a second; 14.5 are needed|in us-east-1 takes 14 in a second; 14.5 are needed"},
		{"rate too small for a day", func(in *Inputs, o *ReadinessOptions) { q(in).Settings.MaxSendRate, o.MaxSendRate = 0.25, 0.25 },
			"x blocks sending quota \"recipients in a second\" in us-east-1 takes 0.25 in a second, 21,600 in 24 hours; both Regions together have 40,000"},
		{"what the other sends is not known", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Unread = []Unread{{Kind: Account, Reason: "denied"}}
			p(in).Settings = Settings{}
		}, "account settings in eu-west-1 could not be read: denied|\"recipients in 24 hours\" in us-east-1 whether it carries all|\"recipients in a second\" in us-east-1 whether it carries all"},

		// Pools.
		{"pool missing", func(in *Inputs, _ *ReadinessOptions) { q(in).Pools = nil },
			"x blocks configuration set \"marketing\", delivery in us-east-1 its pool \"bulk\" is missing|! degrades dedicated IP pool \"bulk\" in us-east-1 missing: mail leaves from other addresses"},
		{"pool only in the secondary", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Pools = append(q(in).Pools, Pool{Name: "more", Mode: "STANDARD", IPs: 1, Warm: 1})
		}, "! degrades dedicated IP pool \"more\" in eu-west-1 only in us-east-1"},
		{"pool without addresses", func(in *Inputs, _ *ReadinessOptions) { q(in).Pools[0].IPs, q(in).Pools[0].Warm = 0, 0 },
			"x blocks configuration set \"marketing\", delivery in us-east-1 its pool \"bulk\" has no address|! degrades dedicated IP pool \"bulk\" in us-east-1 0 addresses, and 2 in eu-west-1"},
		{"pool of the primary without addresses", func(in *Inputs, _ *ReadinessOptions) { p(in).Pools[0].IPs, p(in).Pools[0].Warm = 0, 0 },
			"x blocks configuration set \"marketing\", delivery in eu-west-1 its pool \"bulk\" has no address|! degrades dedicated IP pool \"bulk\" in eu-west-1 0 addresses, and 2 in us-east-1"},
		{"pool not warm", func(in *Inputs, _ *ReadinessOptions) { q(in).Pools[0].Warm = 1 }, "! degrades dedicated IP pool \"bulk\", automatic warm-up in us-east-1 1 of 2 addresses are not warmed up"},
		{"pools of two kinds", func(in *Inputs, _ *ReadinessOptions) { q(in).Pools[0].Mode = "MANAGED" }, "! degrades dedicated IP pool \"bulk\", scaling mode in us-east-1 MANAGED, and STANDARD in eu-west-1"},
		{"managed pool without addresses", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Pools[0].Mode, q(in).Pools[0] = "MANAGED", Pool{Name: "bulk", Mode: "MANAGED"}
		}, "! degrades dedicated IP pool \"bulk\" in us-east-1 SES has not given it an address"},
		{"the shared pool", func(in *Inputs, _ *ReadinessOptions) {
			for _, s := range []*State{p(in), q(in)} {
				s.ConfigurationSets[0].Delivery, s.Pools = &Delivery{Pool: "ses-shared-pool"}, nil
			}
		}, ""},

		// Configuration sets.
		{"set missing", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets = q(in).ConfigurationSets[1:] },
			"x blocks configuration set \"marketing\" in us-east-1 missing: mail that names it is refused"},
		{"set only in the secondary", func(in *Inputs, _ *ReadinessOptions) {
			q(in).ConfigurationSets = append(q(in).ConfigurationSets, ConfigurationSet{Name: "zz"})
		}, "! degrades configuration set \"zz\" in eu-west-1 only in us-east-1"},
		{"set disabled", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets[0].Sending = &no },
			"x blocks configuration set \"marketing\", sending in us-east-1 sending is disabled, and is enabled in eu-west-1"},
		{"set disabled in the primary", func(in *Inputs, _ *ReadinessOptions) { p(in).ConfigurationSets[0].Sending = &no },
			"x blocks configuration set \"marketing\", sending in eu-west-1 sending is disabled, and is enabled in us-east-1"},
		{"set disabled in both", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ConfigurationSets[0].Sending, q(in).ConfigurationSets[0].Sending = &no, &no
		}, ""},
		{"set enabled and not set", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets[0].Sending = nil }, ""},

		// Identities.
		{"identity missing", func(in *Inputs, _ *ReadinessOptions) { q(in).Identities = q(in).Identities[1:] }, "x blocks identity \"example.com\" in us-east-1 missing: mail from it is refused"},
		{"identity only in the secondary", func(in *Inputs, _ *ReadinessOptions) { p(in).Identities = p(in).Identities[1:] }, "! degrades identity \"example.com\" in eu-west-1 only in us-east-1"},
		{"address missing, its domain verified", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Identities = append(p(in).Identities, Identity{Name: "a.b@News.example.com", Type: "EMAIL_ADDRESS", CanSend: true})
		}, "! degrades identity \"a.b@News.example.com\" in us-east-1 missing: mail goes out by the verification of example.com"},
		{"address missing, its domain not verified", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Identities = append(p(in).Identities, Identity{Name: "a@other.com", Type: "EMAIL_ADDRESS", CanSend: true})
		}, "x blocks identity \"a@other.com\" in us-east-1 missing"},
		{"unverified", func(in *Inputs, _ *ReadinessOptions) {
			i := readyIdentity(q(in))
			i.CanSend, i.Verification, i.Error = false, "FAILED", "REPLICATION_ACCESS_DENIED"
		}, "x blocks identity \"example.com\" in us-east-1 not verified (FAILED), since REPLICATION_ACCESS_DENIED: mail from it is refused → wait, or see why its keys do not come: PlanReplica"},
		{"unverified in the primary", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(p(in)).CanSend = false }, "x blocks identity \"example.com\" in eu-west-1 not verified"},
		{"unverified in both", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).CanSend, readyIdentity(q(in)).CanSend = false, false
		}, "i notes identity \"example.com\" in us-east-1 verified in neither Region"},
		{"missing, and unverified in the primary", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).CanSend, q(in).Identities = false, q(in).Identities[1:]
		}, "i notes identity \"example.com\" in us-east-1 missing; it is not verified in eu-west-1 either"},
		{"not signing", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Enabled = false }, "! degrades identity \"example.com\", DKIM signing in us-east-1 mail is not signed"},
		{"keys pending", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Status = "PENDING" }, "! degrades identity \"example.com\", DKIM signing in us-east-1 mail may go out unsigned: DKIM is PENDING"},
		{"not signing in the primary", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(p(in)).DKIM.Enabled = false }, "! degrades identity \"example.com\", DKIM signing in eu-west-1"},
		{"keys of its own", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Origin = "AWS_SES" }, "! degrades identity \"example.com\", DKIM origin in us-east-1 keys of AWS_SES, and of AWS_SES in eu-west-1"},
		{"a replica the other way round", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).DKIM.Origin, readyIdentity(q(in)).DKIM.Origin = "AWS_SES_US_EAST_1", "AWS_SES"
		}, ""},
		{"both of a third Region", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).DKIM.Origin, readyIdentity(q(in)).DKIM.Origin = "AWS_SES_EU_NORTH_1", "AWS_SES_EU_NORTH_1"
		}, ""},
		{"a replica of another Region", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Origin = "AWS_SES_EU_NORTH_1" }, "! degrades identity \"example.com\", DKIM origin in us-east-1 keys of AWS_SES_EU_NORTH_1"},
		{"keys of the owner", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).DKIM.Origin, readyIdentity(q(in)).DKIM.Origin = "EXTERNAL", "EXTERNAL"
		}, ""},
		{"other tokens", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Tokens = []string{"a", "b", "d"} }, "! degrades identity \"example.com\", DKIM origin in us-east-1 the tokens are not those of eu-west-1"},
		{"tokens in another order", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).DKIM.Tokens = []string{"c", "a", "b"} }, ""},
		{"MAIL FROM fails", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).MailFrom = &MailFrom{"m.example.com", "USE_DEFAULT_VALUE", "FAILED"}
			readyIdentity(q(in)).MailFrom = &MailFrom{"n.example.com", "USE_DEFAULT_VALUE", "SUCCESS"}
		}, "! degrades identity \"example.com\", MAIL FROM in eu-west-1 the MAIL FROM domain m.example.com is FAILED: mail has one of amazonses.com"},
		{"MAIL FROM fails and refuses", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).MailFrom = &MailFrom{"n.example.com", "REJECT_MESSAGE", "SUCCESS"}
			readyIdentity(q(in)).MailFrom = &MailFrom{"m.example.com", "REJECT_MESSAGE", "PENDING"}
		}, "x blocks identity \"example.com\", MAIL FROM in us-east-1 the MAIL FROM domain m.example.com is PENDING, and mail is refused then"},
		{"default set missing", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets = q(in).ConfigurationSets[:1] },
			"x blocks configuration set \"plain\" in us-east-1 missing|x blocks identity \"example.com\", default configuration set in us-east-1 its default configuration set \"plain\" is missing"},
		{"default set disabled", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ConfigurationSets[1].Sending, q(in).ConfigurationSets[1].Sending = &no, &no
		}, "default configuration set in eu-west-1 its default configuration set \"plain\" has sending disabled|default configuration set in us-east-1"},

		// What the comparison finds.
		{"suppression reasons", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.Suppression.Reasons = []string{} },
			"! degrades account settings, suppression in us-east-1 "},
		{"VDM", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.VDM = nil }, "! degrades account settings, VDM in us-east-1 "},
		{"automatic warm-up", func(in *Inputs, _ *ReadinessOptions) { q(in).Settings.AutoWarmup = true }, "! degrades account settings, automatic warm-up in us-east-1 "},
		{"TLS", func(in *Inputs, _ *ReadinessOptions) { p(in).ConfigurationSets[0].Delivery.TLS = "REQUIRE" },
			"! degrades configuration set \"marketing\", delivery in us-east-1 "},
		{"another pool", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets[0].Delivery.Pool = "" },
			"! degrades configuration set \"marketing\", delivery in us-east-1 "},
		{"reputation metrics", func(in *Inputs, _ *ReadinessOptions) { yes := true; p(in).ConfigurationSets[0].Reputation = &yes },
			"! degrades configuration set \"marketing\", reputation in us-east-1 "},
		{"suppression of a set", func(in *Inputs, _ *ReadinessOptions) {
			q(in).ConfigurationSets[0].Suppression = &Suppression{Reasons: []string{}}
		}, "! degrades configuration set \"marketing\", suppression in us-east-1 "},
		{"tracking domain", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ConfigurationSets[0].Tracking = &Tracking{Domain: "click.example.com"}
		}, "! degrades configuration set \"marketing\", tracking in us-east-1 "},
		{"archive", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ConfigurationSets[0].Archive = "arn:aws:ses:eu-west-1:123456789012:mailmanager-archive/a-1"
		}, "! degrades configuration set \"marketing\" in us-east-1 it is archived in the primary"},
		{"signing scheme", func(in *Inputs, _ *ReadinessOptions) { p(in).ConfigurationSets[0].Security = "SMIME" },
			"! degrades configuration set \"marketing\" in us-east-1 its signing scheme is SMIME"},
		{"tags", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ConfigurationSets[0].Tags = map[string]string{"team": "a"}
		},
			"i notes configuration set \"marketing\", tags in us-east-1 tag team is none, and a in eu-west-1"},
		{"destination missing", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets[0].Destinations = nil },
			"! degrades event destination \"marketing\" in us-east-1 \"bounces\": missing → make the Regions the same: PlanRegionSync with Adopt"},
		{"destination disabled", func(in *Inputs, _ *ReadinessOptions) { q(in).ConfigurationSets[0].Destinations[0].Enabled = false },
			"! degrades event destination \"marketing\" in us-east-1 \"bounces\": "},
		{"destination only in the secondary", func(in *Inputs, _ *ReadinessOptions) { p(in).ConfigurationSets[0].Destinations = nil },
			"! degrades event destination \"marketing\" in us-east-1 \"bounces\": only us-east-1 has it"},
		{"destination to the default bus", func(in *Inputs, _ *ReadinessOptions) {
			readyDestination(p(in), EventDestination{EventBus: "arn:aws:events:eu-west-1:123456789012:event-bus/default"})
			readyDestination(q(in), EventDestination{EventBus: "arn:aws:events:us-east-1:123456789012:event-bus/default"})
		}, ""},
		{"destination to the bus of the primary", func(in *Inputs, _ *ReadinessOptions) {
			readyDestination(p(in), EventDestination{EventBus: "arn:aws:events:eu-west-1:123456789012:event-bus/default"})
			readyDestination(q(in), EventDestination{EventBus: "arn:aws:events:eu-west-1:123456789012:event-bus/default"})
		}, "! degrades event destination \"marketing\" in us-east-1 \"bounces\": "},
		{"destination to a topic, by ARNs", func(in *Inputs, o *ReadinessOptions) {
			readyDestination(p(in), EventDestination{Topic: "arn:aws:sns:eu-west-1:123456789012:a"})
			readyDestination(q(in), EventDestination{Topic: "arn:aws:sns:us-east-1:123456789012:b"})
			o.ARNs = map[string]string{"arn:aws:sns:eu-west-1:123456789012:a": "arn:aws:sns:us-east-1:123456789012:b"}
		}, ""},
		{"destination to another topic", func(in *Inputs, _ *ReadinessOptions) {
			readyDestination(p(in), EventDestination{Topic: "arn:aws:sns:eu-west-1:123456789012:a"})
			readyDestination(q(in), EventDestination{Topic: "arn:aws:sns:us-east-1:123456789012:b"})
		}, "? unknown event destination \"marketing\" in us-east-1 \"bounces\": it publishes to an SNS topic of the primary"},
		{"destination to a topic missing", func(in *Inputs, _ *ReadinessOptions) {
			readyDestination(p(in), EventDestination{Topic: "arn:aws:sns:eu-west-1:123456789012:a"})
			q(in).ConfigurationSets[0].Destinations = nil
		}, "! degrades event destination \"marketing\" in us-east-1 \"bounces\": it publishes to an SNS topic of the primary"},
		{"another default set", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).ConfigurationSet = "" },
			"! degrades identity \"example.com\", default configuration set in us-east-1 "},
		{"feedback forwarding", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(p(in)).FeedbackForwarding = true },
			"! degrades identity \"example.com\", feedback forwarding in us-east-1 "},
		{"MAIL FROM missing", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).MailFrom = &MailFrom{"m.example.com", "USE_DEFAULT_VALUE", "SUCCESS"}
		}, "! degrades identity \"example.com\" in us-east-1 its MAIL FROM domain m.example.com has an MX record that names eu-west-1"},
		{"policy missing", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(p(in)).Policies = map[string]string{"them": "{}"} },
			"x blocks identity \"example.com\", policy in us-east-1 \"them\": missing"},
		{"policy only in the secondary", func(in *Inputs, _ *ReadinessOptions) { readyIdentity(q(in)).Policies = map[string]string{"them": "{}"} },
			"! degrades identity \"example.com\" in us-east-1 \"them\": only us-east-1 has this policy"},
		{"bounce topic", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).Notifications.BounceTopic = "arn:aws:sns:eu-west-1:123456789012:a"
		}, "! degrades identity \"example.com\" in us-east-1 its bounce topic is of the primary"},
		{"bounce topic unread", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Unread = []Unread{{Kind: Identities, Name: "example.com", Aspect: BounceTopic, Reason: "denied"}}
		}, "? unknown identity \"example.com\", bounce topic in us-east-1 could not be read: denied"},
		{"certificates", func(in *Inputs, _ *ReadinessOptions) {
			readyIdentity(p(in)).Certificates = []string{"arn:aws:acm:eu-west-1:123456789012:certificate/a"}
		}, "! degrades identity \"example.com\" in us-east-1 its S/MIME certificates differ"},
		{"verification template missing", func(in *Inputs, _ *ReadinessOptions) {
			p(in).VerificationTemplates = []VerificationTemplate{{Name: "you", From: "us@example.com"}}
		}, "x blocks custom verification template \"you\" in us-east-1 missing"},
		{"verification template differs", func(in *Inputs, _ *ReadinessOptions) {
			p(in).VerificationTemplates = []VerificationTemplate{{Name: "you", From: "us@example.com", Digest: "1"}}
			q(in).VerificationTemplates = []VerificationTemplate{{Name: "you", From: "us@example.com", Digest: "2"}}
		}, "! degrades custom verification template \"you\", content in us-east-1 "},
		{"contact list missing", func(in *Inputs, _ *ReadinessOptions) { q(in).ContactLists = nil }, "x blocks contact list \"news\" in us-east-1 missing"},
		{"topics", func(in *Inputs, _ *ReadinessOptions) {
			p(in).ContactLists[0].Topics = []Topic{{Name: "a", Default: "OPT_IN"}}
		},
			"! degrades contact list \"news\", content in us-east-1 "},
		{"association missing", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Tenants[0].Resources = []string{"arn:aws:ses:eu-west-1:123456789012:identity/example.com"}
		}, "x blocks tenant association \"acme\" in us-east-1 \"arn:aws:ses:us-east-1:123456789012:identity/example.com\": missing"},
		{"association only in the secondary", func(in *Inputs, _ *ReadinessOptions) {
			q(in).Tenants[0].Resources = []string{"arn:aws:ses:us-east-1:123456789012:identity/example.com"}
		}, "! degrades tenant association \"acme\" in us-east-1 "},
		{"nothing but the mark", func(in *Inputs, _ *ReadinessOptions) { q(in).Pools[0].Tags = map[string]string{MarkTag: "eu-west-1"} }, ""},

		// Templates and tenants.
		{"template missing", func(in *Inputs, _ *ReadinessOptions) { q(in).Templates = nil }, "x blocks email template \"welcome\" in us-east-1 missing: mail that names it is refused"},
		{"template only in the secondary", func(in *Inputs, _ *ReadinessOptions) { p(in).Templates = nil }, "! degrades email template \"welcome\" in eu-west-1 only in us-east-1"},
		{"template differs", func(in *Inputs, _ *ReadinessOptions) { q(in).Templates[0].Digest = "2" }, "! degrades email template \"welcome\", content in us-east-1 other content than in eu-west-1"},
		{"tenant missing", func(in *Inputs, _ *ReadinessOptions) { q(in).Tenants = nil }, "x blocks tenant \"acme\" in us-east-1 missing: mail that names it is refused"},
		{"tenant disabled", func(in *Inputs, _ *ReadinessOptions) { q(in).Tenants[0].Status = "DISABLED" }, "x blocks tenant \"acme\", sending in us-east-1 sending is disabled"},

		// The endpoint.
		{"no endpoint", func(in *Inputs, o *ReadinessOptions) { p(in).Endpoints, o.Endpoint = nil, "" }, "! degrades multi-region endpoint no endpoint is over both Regions"},
		{"endpoint missing", func(in *Inputs, _ *ReadinessOptions) { p(in).Endpoints = nil }, "x blocks multi-region endpoint \"global\" missing"},
		{"endpoint of another name", func(in *Inputs, o *ReadinessOptions) { o.Endpoint = "other" }, "x blocks multi-region endpoint \"other\" missing"},
		{"any endpoint", func(in *Inputs, o *ReadinessOptions) { o.Endpoint = "" }, ""},
		{"endpoint failed", func(in *Inputs, o *ReadinessOptions) { p(in).Endpoints[0].Status, o.Endpoint = "FAILED", "" }, "x blocks multi-region endpoint \"global\" it is FAILED, and not READY → replace it"},
		{"endpoint comes", func(in *Inputs, _ *ReadinessOptions) { p(in).Endpoints[0].Status = "CREATING" }, "it is CREATING, and not READY → wait until"},
		{"endpoint goes", func(in *Inputs, _ *ReadinessOptions) { p(in).Endpoints[0].Status = "DELETING" }, "it is DELETING, and not READY → make another"},
		{"endpoint over others", func(in *Inputs, _ *ReadinessOptions) { p(in).Endpoints[0].Regions[1] = "eu-north-1" }, "x blocks multi-region endpoint \"global\" it is over [eu-west-1 eu-north-1], and not over these Regions"},
		{"endpoint of the secondary", func(in *Inputs, _ *ReadinessOptions) { q(in).Endpoints, p(in).Endpoints = p(in).Endpoints, nil }, ""},

		// Lists.
		{"suppression list not looked at", func(in *Inputs, _ *ReadinessOptions) { in.Suppressed = nil }, "? unknown suppression list not looked at"},
		{"suppression list unread", func(in *Inputs, _ *ReadinessOptions) {
			in.Suppressed[0] = ListDifference{Unread: "denied", Where: "us-east-1"}
		},
			"? unknown suppression list in us-east-1 could not be read: denied"},
		{"suppressed in the primary only", func(in *Inputs, _ *ReadinessOptions) { in.Suppressed[0].Missing = 1200 }, "! degrades suppression list in us-east-1 1,200 addresses that eu-west-1 suppresses would be mailed again"},
		{"suppressed in the secondary only", func(in *Inputs, _ *ReadinessOptions) { in.Suppressed[0].Extra = 1 }, "! degrades suppression list in eu-west-1 1 address that us-east-1 suppresses would be mailed again"},
		{"suppressed for another reason", func(in *Inputs, _ *ReadinessOptions) { in.Suppressed[0].Different = 2 }, "i notes suppression list in us-east-1 2 addresses suppressed in both"},
		{"list of a tenant not looked at", func(in *Inputs, _ *ReadinessOptions) {
			p(in).Tenants[0].Suppression, q(in).Tenants[0].Suppression = &Suppression{Scope: "TENANT"}, &Suppression{Scope: "TENANT"}
		}, "? unknown suppression list \"acme\" not looked at"},
		{"contacts not looked at", func(in *Inputs, _ *ReadinessOptions) { in.Contacts = nil }, "? unknown contacts \"news\" not looked at"},
		{"contacts unread", func(in *Inputs, _ *ReadinessOptions) {
			in.Contacts[0] = ListDifference{List: "news", Unread: "denied", Where: "eu-west-1"}
		},
			"? unknown contacts \"news\" in eu-west-1 could not be read: denied"},
		{"contacts missing", func(in *Inputs, _ *ReadinessOptions) { in.Contacts[0].Missing = 7 }, "! degrades contacts \"news\" in us-east-1 missing: 7, different: 0"},
		{"contacts only in the secondary", func(in *Inputs, _ *ReadinessOptions) { in.Contacts[0].Extra = 7 }, "! degrades contacts \"news\" in eu-west-1 only in us-east-1: 7"},

		{"a kind left out", func(_ *Inputs, o *ReadinessOptions) {
			o.Only = slices.DeleteFunc(append(Kinds(), Endpoints), func(k Kind) bool { return k == Templates })
		}, "? unknown email template not looked at, since Only leaves it out"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in, opts := readyInputs(), ReadinessOptions{Endpoint: "global"}
			test.spoil(&in, &opts)
			r := CheckReadiness(in, opts)
			var wanted []string
			if test.want != "" {
				wanted = strings.Split(test.want, "|")
			}
			if len(r.Findings) != len(wanted) {
				t.Fatalf("got %d findings, want %d:\n%s", len(r.Findings), len(wanted), r)
			}
			ready := true
			for i, f := range r.Findings {
				ready = ready && f.Severity == Notes
				if got := strings.Join(strings.Fields(f.String()), " "); !strings.Contains(got, wanted[i]) {
					t.Errorf("got  %q\nwant %q", got, wanted[i])
				}
			}
			if r.Ready() != ready {
				t.Errorf("ready: %t", r.Ready())
			}
		})
	}
}

// readyDestination makes the destination of a ready State another.
func readyDestination(s *State, d EventDestination) {
	d.Name, d.Enabled, d.Events = "bounces", true, []string{"BOUNCE", "COMPLAINT"}
	s.ConfigurationSets[0].Destinations = []EventDestination{d}
}

func (in *Inputs) primary() *State   { return &in.Primary }
func (in *Inputs) secondary() *State { return &in.Secondary }

// TestUnreadIsNeverFine takes each thing out of what was read, as reading does that failed:
// what was found about it must be found still, or be unknown.
func TestUnreadIsNeverFine(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for trial := range 12 {
		in := spoiledInputs(random)
		opts := ReadinessOptions{Endpoint: "global"}
		before := CheckReadiness(in, opts)
		for _, u := range unreadable(in) {
			unread := in
			u.take(&unread)
			after := CheckReadiness(unread, opts)
			if after.Ready() {
				t.Fatalf("trial %d: %s not read in %s, and ready", trial, u.kind, u.where)
			}
			for _, f := range before.Findings {
				if f.Severity != Notes && !covered(f, after) {
					t.Fatalf("trial %d: %s %q not read in %s, and gone is\n%safter\n%s", trial, u.kind, u.name, u.where, f, after)
				}
			}
			for _, lost := range []string{"eu-west-1", "us-east-1"} {
				drillNeverFine(t, in, unread, lost)
			}
		}
	}
}

// covered reports whether a finding is still there, or what it is about is unknown.
func covered(f Finding, r Readiness) bool {
	return slices.ContainsFunc(r.Findings, func(g Finding) bool {
		of := map[Kind]Kind{Destinations: Sets, Associations: Tenants, Contacts: Lists, SuppressionList: Tenants}[f.Kind]
		return g == f || g.Severity == NotKnown && (g.Kind == f.Kind || g.Kind == of) && (g.Name == f.Name || g.Name == "") ||
			g.Kind == f.Kind && g.Name == f.Name && g.Severity.rank() <= f.Severity.rank()
	})
}

// drillNeverFine checks that no item of a drill goes out better because something was not read.
func drillNeverFine(t *testing.T, in, unread Inputs, lost string) {
	t.Helper()
	before, err := Drill(in, lost, DrillOptions{})
	if err != nil {
		t.Fatal(err)
	}
	after, _ := Drill(unread, lost, DrillOptions{})
	now := map[string]Severity{}
	for _, i := range after.Losses[0].Items {
		now[string(i.Kind)+i.Name] = i.Verdict
	}
	for _, i := range before.Losses[0].Items {
		verdict, there := now[string(i.Kind)+i.Name]
		if i.Verdict == Blocks && (verdict == Degrades || verdict == Notes) && there {
			t.Fatalf("%s %q: %s, and %s when something was not read\n%s", i.Kind, i.Name, i.Verdict, verdict, after)
		}
		if !there && !slices.ContainsFunc(after.Losses[0].Findings, func(f Finding) bool { return f.Kind == i.Kind && f.Severity == NotKnown }) {
			t.Fatalf("%s %q is gone from the drill, and nothing is unknown\n%s", i.Kind, i.Name, after)
		}
	}
}

// An unreadThing is something that reading may not get.
type unreadThing struct {
	kind  Kind
	name  string
	where string
	take  func(*Inputs)
}

// unreadable are all that reading may not get: lists, and objects of them.
func unreadable(in Inputs) (all []unreadThing) {
	for _, pick := range []func(*Inputs) *State{(*Inputs).primary, (*Inputs).secondary} {
		s := pick(&in)
		aspect := func(k Kind, name string, a Aspect, take func(*State)) {
			all = append(all, unreadThing{k, name, s.Region, func(in *Inputs) {
				s := pick(in)
				take(s)
				s.Unread = append(slices.Clone(s.Unread), Unread{Kind: k, Name: name, Aspect: a, Reason: "denied"})
			}})
		}
		add := func(k Kind, name string, take func(*State)) {
			aspect(k, name, Object, take)
			aspect(k, name, Object, func(*State) {}) // as if what was read before were kept
		}
		add(Account, "", func(s *State) { s.Settings = Settings{} })
		add(Pools, "", func(s *State) { s.Pools = nil })
		add(Sets, "", func(s *State) { s.ConfigurationSets = nil })
		add(Identities, "", func(s *State) { s.Identities = nil })
		add(Templates, "", func(s *State) { s.Templates = nil })
		add(Tenants, "", func(s *State) { s.Tenants = nil })
		add(Endpoints, "", func(s *State) { s.Endpoints = nil })
		add(Lists, "", func(s *State) { s.ContactLists = nil })
		add(Verification, "", func(s *State) { s.VerificationTemplates = nil })
		add(Quotas, SendingQuota, func(s *State) { s.Increases = nil })
		for _, o := range s.Pools {
			add(Pools, o.Name, func(s *State) { s.Pools = without(s.Pools, poolName, o.Name) })
		}
		for _, o := range s.ConfigurationSets {
			add(Sets, o.Name, func(s *State) { s.ConfigurationSets = without(s.ConfigurationSets, setName, o.Name) })
			add(Destinations, o.Name, func(s *State) {
				s.ConfigurationSets = slices.Clone(s.ConfigurationSets)
				if set := namedIn(s.ConfigurationSets, setName, o.Name); set != nil {
					set.Destinations = nil
				}
			})
		}
		for _, o := range s.Identities {
			add(Identities, o.Name, func(s *State) { s.Identities = without(s.Identities, identityName, o.Name) })
			aspect(Identities, o.Name, BounceTopic, func(s *State) {
				s.Identities = slices.Clone(s.Identities)
				if i := namedIn(s.Identities, identityName, o.Name); i != nil {
					i.Notifications = nil
				}
			})
		}
		for _, o := range s.Templates {
			add(Templates, o.Name, func(s *State) { s.Templates = without(s.Templates, templateName, o.Name) })
		}
		for _, o := range s.Tenants {
			add(Tenants, o.Name, func(s *State) { s.Tenants = without(s.Tenants, tenantName, o.Name) })
			add(Associations, o.Name, func(s *State) {
				s.Tenants = slices.Clone(s.Tenants)
				if t := namedIn(s.Tenants, tenantName, o.Name); t != nil {
					t.Resources = nil
				}
			})
		}
	}
	return all
}

func without[T any](all []T, nameOf func(*T) string, name string) []T {
	return slices.DeleteFunc(slices.Clone(all), func(o T) bool { return nameOf(&o) == name })
}

// spoiledInputs are Regions with something wrong here and there.
func spoiledInputs(random *rand.Rand) Inputs {
	in := readyInputs()
	chance := func() bool { return random.IntN(6) == 0 }
	for _, s := range []*State{&in.Primary, &in.Secondary} {
		s.Settings.ProductionAccess = !chance()
		s.Settings.SendingEnabled = !chance()
		if chance() {
			s.Settings.Max24HourSend = float64(random.IntN(60_000))
		}
		if chance() {
			s.Settings.MaxSendRate = float64(random.IntN(20))
		}
		if chance() {
			s.Pools = nil
		}
		if chance() {
			s.ConfigurationSets = s.ConfigurationSets[:1]
		}
		if chance() {
			no := false
			s.ConfigurationSets[0].Sending = &no
		}
		if chance() {
			s.ConfigurationSets[0].Destinations = nil
		}
		for i := range 3 {
			if !chance() {
				s.Identities = append(s.Identities, Identity{Name: fmt.Sprintf("a%d@example.com", i), CanSend: !chance(), ConfigurationSet: "marketing"})
			}
		}
		if chance() {
			s.Identities = s.Identities[1:]
		}
		if chance() {
			s.Templates[0].Digest = "2"
		}
		if chance() {
			s.Tenants = nil
		} else if chance() {
			s.Tenants[0].Resources = []string{"arn:aws:ses:" + s.Region + ":123456789012:identity/example.com"}
		}
		if chance() {
			s.ConfigurationSets[0].Delivery.TLS = "REQUIRE"
		}
		if chance() {
			s.Settings.VDM = nil
		}
		if chance() {
			s.ContactLists[0].Description = "x"
		}
		if chance() {
			s.VerificationTemplates = []VerificationTemplate{{Name: "you", From: "us@example.com", Digest: s.Region}}
		}
		for i := range s.Identities {
			s.Identities[i].FeedbackForwarding = chance()
			if chance() {
				s.Identities[i].Policies = map[string]string{"them": "{}"}
			}
			if chance() {
				s.Identities[i].Notifications = &Notifications{BounceTopic: "arn:aws:sns:" + s.Region + ":123456789012:a"}
			}
		}
	}
	return in
}

func TestReadinessText(t *testing.T) {
	in := readyInputs()
	in.Secondary.Settings.ProductionAccess = false
	in.Secondary.Settings.Max24HourSend = 200
	in.Secondary.Increases = []Increase{{"1", SendingQuota, 100_000, "CASE_OPENED"}}
	in.Secondary.Identities = nil
	in.Secondary.Pools[0].Warm = 0
	in.Secondary.Templates[0].Name = "wel\ncome"
	in.Secondary.Unread = []Unread{{Kind: Tenants, Reason: "AccessDeniedException: no"}}
	in.Suppressed[0].Missing = 41
	r := CheckReadiness(in, ReadinessOptions{})
	golden.Equal(t, "testdata/golden/readiness.txt", r.String())
	var b strings.Builder
	if err := r.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/readiness.md", b.String())
}

// TestReadinessMarkdownIsBounded checks that very many findings fit a comment.
func TestReadinessMarkdownIsBounded(t *testing.T) {
	in := readyInputs()
	for i := range 5000 {
		in.Primary.Templates = append(in.Primary.Templates, Template{Name: fmt.Sprintf("template-%04d", i)})
	}
	r := CheckReadiness(in, ReadinessOptions{})
	var b strings.Builder
	if err := r.WriteMarkdown(&b); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 60_000 || !strings.Contains(b.String(), " more\n~~~~~") || r.Count(Blocks) != 5000 {
		t.Errorf("got %d bytes of %d findings", b.Len(), r.Count(Blocks))
	}
}

func TestAmount(t *testing.T) {
	for f, want := range map[float64]string{0: "0", 1: "1", 999: "999", 1000: "1,000", 1234567: "1,234,567", 0.5: "0.5", 12345.25: "12,345.25", -1: "-1", -1000: "-1,000"} {
		if got := amount(f); got != want {
			t.Errorf("%v: got %q, want %q", f, got, want)
		}
	}
}
