package region

import (
	"slices"
	"strings"
	"testing"
)

// An attributeTest is a difference in one attribute of one object.
type attributeTest struct {
	name   string
	kind   Kind   // of the object that differs,
	object string // and its name: for what the mark decides
	change func(p, s *State)
	want   []string // with all options
}

// set1, identity1, … are the objects of the full State that attributes are changed of.
func set1(s *State) *ConfigurationSet { return findSet(s, "news") }
func identity1(s *State) *Identity    { return findIdentity(s, "example.com") }

var attributeTests = []attributeTest{
	// The account.
	{"suppression reasons changed", Account, "", func(p, s *State) { s.Settings.Suppression.Reasons = []string{"BOUNCE"} },
		[]string{"update account settings 123456789012: suppression (adopted)"}},
	{"suppression reasons missing", Account, "", func(p, s *State) { s.Settings.Suppression = nil },
		[]string{"update account settings 123456789012: suppression (adopted)"}},
	{"suppression reasons extra", Account, "", func(p, s *State) { p.Settings.Suppression = nil },
		[]string{"update account settings 123456789012: suppression (adopted)"}},
	{"suppression validation changed", Account, "", func(p, s *State) { s.Settings.Suppression.Validation = "MANAGED" },
		[]string{"update account settings 123456789012: suppression (adopted)"}},
	{"no reasons said or not", Account, "", func(p, s *State) {
		p.Settings.Suppression, s.Settings.Suppression = nil, &Suppression{Reasons: []string{}}
	}, nil},
	{"VDM changed", Account, "", func(p, s *State) { s.Settings.VDM.OptimizedShared = "ENABLED" },
		[]string{"update account settings 123456789012: VDM (adopted)"}},
	{"VDM missing", Account, "", func(p, s *State) { s.Settings.VDM = nil }, []string{"update account settings 123456789012: VDM (adopted)"}},
	{"VDM extra", Account, "", func(p, s *State) { p.Settings.VDM = nil }, []string{"update account settings 123456789012: VDM (adopted)"}},
	{"VDM off or not set", Account, "", func(p, s *State) {
		p.Settings.VDM, s.Settings.VDM = nil, &VDM{Enabled: "DISABLED", Engagement: "DISABLED"}
	}, nil},
	{"warm-up missing", Account, "", func(p, s *State) { s.Settings.AutoWarmup = false },
		[]string{"update account settings 123456789012: automatic warm-up (adopted)"}},
	{"warm-up extra", Account, "", func(p, s *State) { p.Settings.AutoWarmup = false },
		[]string{"update account settings 123456789012: automatic warm-up (adopted)"}},
	{"sending is copied when off", Account, "", func(p, s *State) { p.Settings.SendingEnabled = false },
		[]string{"update account settings 123456789012: sending (adopted)"}},
	{"sending is not enabled", Account, "", func(p, s *State) { s.Settings.SendingEnabled = false }, []string{"manual account settings 123456789012"}},
	{"sandbox", Account, "", func(p, s *State) { s.Settings.ProductionAccess = false }, []string{"manual account settings 123456789012"}},
	{"both in the sandbox", Account, "", func(p, s *State) { p.Settings.ProductionAccess, s.Settings.ProductionAccess = false, false }, nil},
	{"what is not kept the same", Account, "", func(p, s *State) {
		s.Settings.Max24HourSend, s.Settings.MaxSendRate, s.Settings.Review, s.Settings.PricingPlan = 1, 2, "PENDING", "PRO"
	}, nil},

	// Pools.
	{"pool missing", Pools, "", func(p, s *State) { s.Pools = slices.Delete(s.Pools, 1, 2) }, []string{"create dedicated IP pool plain"}},
	{"pool extra, marked", Pools, "", func(p, s *State) { p.Pools = slices.Delete(p.Pools, 1, 2) }, []string{"delete dedicated IP pool plain"}},
	{"pool extra, with addresses", Pools, "", func(p, s *State) { p.Pools = slices.Delete(p.Pools, 1, 2); s.Pools[1].IPs = 1 },
		[]string{"blocked dedicated IP pool plain"}},
	{"pool extra, in use", Pools, "", func(p, s *State) { p.Pools = slices.Delete(p.Pools, 0, 1) }, []string{"blocked dedicated IP pool managed"}},
	{"pool extra, not marked", Pools, "", func(p, s *State) { p.Pools = slices.Delete(p.Pools, 1, 2); s.Pools[1].Tags = nil },
		[]string{"manual dedicated IP pool plain"}},
	{"pool standard, not managed", Pools, "", func(p, s *State) { s.Pools[0].Mode = standard }, []string{"manual dedicated IP pool managed"}},
	{"pool managed, not standard", Pools, "", func(p, s *State) { s.Pools[1].Mode = managed }, []string{"manual dedicated IP pool plain"}},
	{"addresses of pools", Pools, "", func(p, s *State) { p.Pools[1].IPs = 3; s.Pools[0].IPs = 2 }, nil},
	{"pools of SES", Pools, "", func(p, s *State) {
		p.Pools = append(p.Pools, Pool{Name: defaultPool, Mode: standard})
		s.Pools = append(s.Pools, Pool{Name: sharedPool, Mode: standard})
	}, nil},

	// Configuration sets.
	{"set missing", Sets, "", func(p, s *State) { s.ConfigurationSets = slices.Delete(s.ConfigurationSets, 1, 2) }, []string{"create configuration set plain"}},
	{"set extra, marked", Sets, "", func(p, s *State) { p.ConfigurationSets = slices.Delete(p.ConfigurationSets, 1, 2) }, []string{"delete configuration set plain"}},
	{"set extra, in use", Sets, "", func(p, s *State) { p.ConfigurationSets = slices.Delete(p.ConfigurationSets, 0, 1) }, []string{"blocked configuration set news"}},
	{"delivery pool changed", Sets, "news", func(p, s *State) { set1(s).Delivery.Pool = "" }, []string{"update configuration set news: delivery"}},
	{"delivery pool extra", Sets, "news", func(p, s *State) { set1(p).Delivery.Pool = "" }, []string{"update configuration set news: delivery"}},
	{"delivery pool without addresses", Sets, "", func(p, s *State) { set1(p).Delivery.Pool = "plain" }, []string{"blocked configuration set news"}},
	{"delivery pool with addresses", Sets, "news", func(p, s *State) { set1(p).Delivery.Pool, s.Pools[1].IPs = "plain", 1 },
		[]string{"update configuration set news: delivery"}},
	{"delivery pool in neither Region", Sets, "", func(p, s *State) { set1(p).Delivery.Pool = "gone" }, []string{"blocked configuration set news"}},
	{"delivery pool shared", Sets, "news", func(p, s *State) { set1(p).Delivery.Pool = sharedPool }, []string{"update configuration set news: delivery"}},
	{"delivery TLS changed", Sets, "news", func(p, s *State) { set1(s).Delivery.TLS = "OPTIONAL" }, []string{"update configuration set news: delivery"}},
	{"delivery TLS not said", Sets, "", func(p, s *State) { set1(p).Delivery.TLS = ""; set1(s).Delivery.TLS = "OPTIONAL" }, nil},
	{"delivery seconds changed", Sets, "news", func(p, s *State) { set1(s).Delivery.MaxSeconds = ptr(int64(300)) }, []string{"update configuration set news: delivery"}},
	{"delivery missing", Sets, "news", func(p, s *State) { set1(s).Delivery = nil }, []string{"update configuration set news: delivery"}},
	{"delivery extra", Sets, "news", func(p, s *State) { set1(p).Delivery = nil }, []string{"update configuration set news: delivery"}},
	{"tracking domain changed", Sets, "news", func(p, s *State) { set1(s).Tracking.Domain = "old.example.com" }, []string{"update configuration set news: tracking"}},
	{"tracking domain not verified", Sets, "", func(p, s *State) { set1(p).Tracking.Domain = "click.example.net" }, []string{"blocked configuration set news"}},
	{"tracking HTTPS changed", Sets, "news", func(p, s *State) { set1(s).Tracking.HTTPS = "OPTIONAL" }, []string{"update configuration set news: tracking"}},
	{"tracking missing", Sets, "news", func(p, s *State) { set1(s).Tracking = nil }, []string{"update configuration set news: tracking"}},
	{"tracking extra", Sets, "news", func(p, s *State) { set1(p).Tracking = nil }, []string{"update configuration set news: tracking"}},
	{"reputation changed", Sets, "news", func(p, s *State) { *set1(s).Reputation = false }, []string{"update configuration set news: reputation"}},
	{"reputation missing", Sets, "news", func(p, s *State) { set1(s).Reputation = nil }, []string{"update configuration set news: reputation"}},
	{"reputation extra", Sets, "news", func(p, s *State) { set1(p).Reputation = nil }, []string{"update configuration set news: reputation"}},
	{"set sending is copied when off", Sets, "news", func(p, s *State) { *set1(p).Sending = false }, []string{"update configuration set news: sending"}},
	{"set sending is not enabled", Sets, "", func(p, s *State) { *set1(s).Sending = false }, []string{"manual configuration set news"}},
	{"set sending not said", Sets, "", func(p, s *State) { set1(s).Sending = nil }, nil},
	{"set suppression reasons changed", Sets, "news", func(p, s *State) { set1(s).Suppression.Reasons = []string{"BOUNCE"} },
		[]string{"update configuration set news: suppression"}},
	{"set suppression reasons none, not nil", Sets, "news", func(p, s *State) { set1(s).Suppression.Reasons = nil },
		[]string{"update configuration set news: suppression"}},
	{"set suppression reasons nil, not none", Sets, "news", func(p, s *State) { set1(p).Suppression.Reasons = nil },
		[]string{"update configuration set news: suppression"}},
	{"set suppression scope changed", Sets, "news", func(p, s *State) { set1(s).Suppression.Scope = "TENANT" }, []string{"update configuration set news: suppression"}},
	{"set suppression validation changed", Sets, "news", func(p, s *State) { set1(s).Suppression.Validation = "HIGH" },
		[]string{"update configuration set news: suppression"}},
	{"set suppression missing", Sets, "news", func(p, s *State) { set1(s).Suppression = nil }, []string{"update configuration set news: suppression"}},
	{"set suppression extra", Sets, "news", func(p, s *State) { set1(p).Suppression = nil }, []string{"update configuration set news: suppression"}},
	{"set VDM changed", Sets, "news", func(p, s *State) { set1(s).VDM.Engagement = "DISABLED" }, []string{"update configuration set news: VDM"}},
	{"set VDM missing", Sets, "news", func(p, s *State) { set1(s).VDM = nil }, []string{"update configuration set news: VDM"}},
	{"set VDM extra", Sets, "news", func(p, s *State) { set1(p).VDM = nil }, []string{"update configuration set news: VDM"}},
	{"archive missing", Sets, "", func(p, s *State) { set1(p).Archive = archiveIn(east) }, []string{"manual configuration set news"}},
	{"archive changed", Sets, "", func(p, s *State) { set1(p).Archive, set1(s).Archive = archiveIn(east), archiveIn(west)+"2" }, []string{"manual configuration set news"}},
	{"archive extra", Sets, "", func(p, s *State) { set1(s).Archive = archiveIn(west) }, []string{"manual configuration set news"}},
	{"archive equal", Sets, "", func(p, s *State) { set1(p).Archive, set1(s).Archive = archiveIn(east), archiveIn(west) }, nil},
	{"signing scheme changed", Sets, "", func(p, s *State) { set1(p).Security = "SMIME" }, []string{"manual configuration set news"}},
	{"signing scheme extra", Sets, "", func(p, s *State) { set1(s).Security = "SMIME" }, []string{"manual configuration set news"}},
	{"signing scheme not said", Sets, "", func(p, s *State) { set1(s).Security = "" }, nil},

	// Event destinations. Their set bears the mark.
	{"destination missing", Sets, "news", func(p, s *State) { set1(s).Destinations = set1(s).Destinations[1:] }, []string{"create event destination news/bus"}},
	{"destination extra", Sets, "", func(p, s *State) { set1(p).Destinations = set1(p).Destinations[1:] }, []string{"manual event destination news/bus"}},
	{"destination enabled", Sets, "news", func(p, s *State) { set1(s).Destinations[0].Enabled = false }, []string{"update event destination news/bus"}},
	{"destination events", Sets, "news", func(p, s *State) { set1(s).Destinations[0].Events = []string{"BOUNCE", "SEND"} }, []string{"update event destination news/bus"}},
	{"destination dimensions changed", Sets, "news", func(p, s *State) { set1(s).Destinations[1].CloudWatch[0].Default = "some" },
		[]string{"update event destination news/metrics"}},
	{"destination event bus", Sets, "news", func(p, s *State) {
		set1(s).Destinations[0].EventBus = "arn:aws:events:us-east-1:123456789012:event-bus/default"
	}, []string{"update event destination news/bus"}},
	{"destination topic changed", Sets, "news", func(p, s *State) { set1(s).Destinations[3].Topic = westTopic + "-old" }, []string{"update event destination news/topic"}},
	{"destination topic not in ARNs", Sets, "", func(p, s *State) { set1(p).Destinations[3].Topic = eastTopic + "-new" }, []string{"manual event destination news/topic"}},
	{"destination topic of the same name", Sets, "", func(p, s *State) {
		set1(p).Destinations[3].Topic, set1(s).Destinations[3].Topic = eastTopic+"-new", "arn:aws:sns:eu-west-1:123456789012:bounces-new"
	}, nil},
	{"destination stream changed", Sets, "news", func(p, s *State) { set1(s).Destinations[2].Stream = westStream + "-old" }, []string{"update event destination news/stream"}},
	{"destination stream not in ARNs", Sets, "", func(p, s *State) { set1(p).Destinations[2].Stream = eastStream + "-new" }, []string{"manual event destination news/stream"}},
	{"destination role changed", Sets, "news", func(p, s *State) { set1(p).Destinations[2].StreamRole += "2" }, []string{"update event destination news/stream"}},
	{"destination Pinpoint missing", Sets, "", func(p, s *State) {
		set1(p).Destinations = append(set1(p).Destinations, EventDestination{Name: "zpin", Events: []string{"SEND"}, Pinpoint: "arn:aws:mobiletargeting:us-east-1:123456789012:apps/a"})
	}, []string{"manual event destination news/zpin"}},
	{"destination Pinpoint equal", Sets, "", func(p, s *State) {
		set1(p).Destinations = append(set1(p).Destinations, EventDestination{Name: "zpin", Pinpoint: "arn:aws:mobiletargeting:us-east-1:123456789012:apps/a"})
		set1(s).Destinations = append(set1(s).Destinations, EventDestination{Name: "zpin", Pinpoint: "arn:aws:mobiletargeting:eu-west-1:123456789012:apps/a"})
	}, nil},
	{"destination of another kind", Sets, "news", func(p, s *State) {
		set1(s).Destinations[1] = EventDestination{Name: "metrics", Enabled: true, Events: []string{"CLICK", "OPEN"}, Topic: westTopic}
	}, []string{"update event destination news/metrics"}},

	// Identities.
	{"identity extra, marked", Identities, "", func(p, s *State) {
		s.Identities = append(s.Identities, Identity{Name: "old.example.com", Type: "DOMAIN", Tags: map[string]string{MarkTag: east}})
	}, []string{"manual identity old.example.com"}},
	{"identity address missing", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "robot@example.org", Type: "EMAIL_ADDRESS"})
	}, []string{"manual identity robot@example.org"}},
	{"identity address in both", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "robot@example.org", Type: "EMAIL_ADDRESS", DKIM: DKIM{Origin: easyDKIM}})
		s.Identities = append(s.Identities, Identity{Name: "robot@example.org", Type: "EMAIL_ADDRESS"})
	}, nil},
	{"identity managed", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "MANAGED_DOMAIN"})
	}, []string{"manual identity example.org"}},
	{"identity with keys of its owner", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"sel"}}})
	}, []string{"manual identity example.org"}},
	{"identity with keys of its owner in both", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"sel"}}})
		s.Identities = append(s.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"sel"}}})
	}, nil},
	{"identity with other keys of its owner", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"sel"}}})
		s.Identities = append(s.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"old"}}})
	}, []string{"manual identity example.org"}},
	{"identity that signs itself", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: easyDKIM, Status: "NOT_STARTED"}})
	}, []string{"manual identity example.org"}},
	{"identity that signs itself in both", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN"})
		s.Identities = append(s.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: easyDKIM, Status: "NOT_STARTED"}})
	}, nil},
	{"identity a replica of a third Region", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", FeedbackForwarding: true, DKIM: DKIM{Origin: "AWS_SES_EU_NORTH_1", Enabled: true}})
	}, []string{"create identity example.org"}},
	{"identity a replica of the secondary", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ReplicationOrigin(west)}})
		s.Identities = append(s.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: easyDKIM}})
	}, nil},
	{"identity a replica of the secondary, which is gone", Identities, "", func(p, s *State) {
		p.Identities = append(p.Identities, Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: ReplicationOrigin(west)}})
	}, []string{"manual identity example.org"}},
	{"DKIM origin", Identities, "example.com", func(p, s *State) { identity1(s).DKIM.Origin = easyDKIM }, []string{"update identity example.com: DKIM origin"}},
	{"DKIM signing", Identities, "example.com", func(p, s *State) { identity1(s).DKIM.Enabled = false }, []string{"update identity example.com: DKIM signing"}},
	{"DKIM signing off", Identities, "example.com", func(p, s *State) { identity1(p).DKIM.Enabled = false }, []string{"update identity example.com: DKIM signing"}},
	{"DKIM tokens are not compared", Identities, "", func(p, s *State) { identity1(s).DKIM.Tokens, identity1(s).DKIM.KeyLength = nil, "RSA_1024_BIT" }, nil},
	{"default set missing", Identities, "example.com", func(p, s *State) { identity1(s).ConfigurationSet = "" },
		[]string{"update identity example.com: default configuration set"}},
	{"default set changed", Identities, "example.com", func(p, s *State) { identity1(s).ConfigurationSet = "plain" },
		[]string{"update identity example.com: default configuration set"}},
	{"default set extra", Identities, "example.com", func(p, s *State) { identity1(p).ConfigurationSet = "" },
		[]string{"update identity example.com: default configuration set"}},
	{"default set in neither Region", Identities, "", func(p, s *State) { identity1(p).ConfigurationSet = "gone" }, []string{"blocked identity example.com"}},
	{"bounce topic missing", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.BounceTopic = "" }, []string{"update identity example.com: bounce topic"}},
	{"bounce topic changed", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.BounceTopic = westTopic + "2" },
		[]string{"update identity example.com: bounce topic"}},
	{"bounce topic extra", Identities, "example.com", func(p, s *State) { identity1(p).Notifications.BounceTopic = "" }, []string{"update identity example.com: bounce topic"}},
	{"bounce topic not in ARNs", Identities, "", func(p, s *State) { identity1(p).Notifications.BounceTopic = eastTopic + "2" }, []string{"manual identity example.com"}},
	{"complaint topic changed", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.ComplaintTopic = westTopic + "2" },
		[]string{"update identity example.com: complaint topic"}},
	{"delivery topic changed", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.DeliveryTopic = westTopic + "2" },
		[]string{"update identity example.com: delivery topic"}},
	{"bounce headers", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.BounceHeaders = false }, []string{"update identity example.com: bounce headers"}},
	{"complaint headers", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.ComplaintHeaders = false },
		[]string{"update identity example.com: complaint headers"}},
	{"delivery headers", Identities, "example.com", func(p, s *State) { identity1(s).Notifications.DeliveryHeaders = false },
		[]string{"update identity example.com: delivery headers"}},
	{"notifications extra", Identities, "example.com", func(p, s *State) { identity1(p).Notifications, identity1(p).FeedbackForwarding = nil, true }, []string{
		"update identity example.com: feedback forwarding",
		"update identity example.com: bounce topic", "update identity example.com: complaint topic", "update identity example.com: delivery topic",
		"update identity example.com: bounce headers", "update identity example.com: complaint headers", "update identity example.com: delivery headers",
	}},
	{"feedback changed", Identities, "example.com", func(p, s *State) { identity1(s).FeedbackForwarding = true }, []string{"update identity example.com: feedback forwarding"}},
	{"feedback cannot be switched off", Identities, "", func(p, s *State) {
		identity1(s).FeedbackForwarding = true
		identity1(s).Notifications.BounceTopic = ""
		identity1(p).Notifications.BounceTopic = eastTopic + "2"
	}, []string{"manual identity example.com", "blocked identity example.com"}},
	{"feedback off with events alone", Identities, "example.com", func(p, s *State) {
		identity1(p).Notifications, identity1(s).Notifications, identity1(s).FeedbackForwarding = nil, nil, true
	}, []string{"update identity example.com: feedback forwarding"}},
	{"MAIL FROM missing", Identities, "example.com", func(p, s *State) { identity1(s).MailFrom = nil }, []string{"update identity example.com: MAIL FROM"}},
	{"MAIL FROM changed", Identities, "example.com", func(p, s *State) { identity1(s).MailFrom.Domain = "other.example.com" }, []string{"update identity example.com: MAIL FROM"}},
	{"MAIL FROM behavior", Identities, "example.com", func(p, s *State) { identity1(s).MailFrom.OnMXFailure = useDefaultValue },
		[]string{"update identity example.com: MAIL FROM"}},
	{"MAIL FROM status", Identities, "", func(p, s *State) { identity1(s).MailFrom.Status = "PENDING" }, nil},
	{"MAIL FROM of the primary", Identities, "", func(p, s *State) {
		identity1(p).MailFrom.Domain, identity1(s).MailFrom = "BOUNCE-west.example.com", nil
	}, []string{"blocked identity example.com"}},
	{"policy missing", Identities, "example.com", func(p, s *State) { identity1(s).Policies = nil }, []string{"create identity example.com/sender: policy"}},
	{"policy changed", Identities, "example.com", func(p, s *State) { identity1(s).Policies["sender"] = senderRule }, []string{"update identity example.com/sender: policy"}},
	{"policy extra", Identities, "", func(p, s *State) { delete(identity1(p).Policies, "sender") }, []string{"manual identity example.com/sender"}},
	{"policy of another form", Identities, "", func(p, s *State) {
		identity1(s).Policies["sender"] = "\n" + strings.ReplaceAll(identity1(s).Policies["sender"], ":", " : ")
		identity1(s).Policies["sender"] = strings.ReplaceAll(identity1(s).Policies["sender"], "arn : aws : ses : eu-west-1 : 123456789012 : identity", "arn:aws:ses:eu-west-1:123456789012:identity")
		identity1(s).Policies["sender"] = strings.ReplaceAll(identity1(s).Policies["sender"], "ses : SendEmail", "ses:SendEmail")
	}, nil},
	{"policy that is no JSON", Identities, "", func(p, s *State) { identity1(p).Policies["sender"] = "{" }, []string{"manual identity example.com/sender"}},
	{"policy that is too long", Identities, "", func(p, s *State) { identity1(p).Policies["sender"] = `{"Id":"` + strings.Repeat("x", 5000) + `"}` },
		[]string{"blocked identity example.com/sender"}},
	{"certificates missing", Identities, "", func(p, s *State) { identity1(p).Certificates = []string{certificateIn(east)} }, []string{"manual identity example.com"}},
	{"certificates extra", Identities, "", func(p, s *State) { identity1(s).Certificates = []string{certificateIn(west)} }, []string{"manual identity example.com"}},
	{"certificates equal", Identities, "", func(p, s *State) {
		identity1(p).Certificates, identity1(s).Certificates = []string{certificateIn(east)}, []string{certificateIn(west)}
	}, nil},

	// Templates.
	{"template missing", Templates, "", func(p, s *State) { s.Tenants[0].Resources, s.Templates = s.Tenants[0].Resources[:2], nil }, []string{
		"create email template hello", "create tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello",
	}},
	{"template changed", Templates, "hello", func(p, s *State) { s.Templates[0].Digest = "other" }, []string{"update email template hello: content"}},
	{"template extra", Templates, "", func(p, s *State) {
		s.Templates = append(s.Templates, Template{Name: "old", Tags: map[string]string{MarkTag: east}})
	},
		[]string{"delete email template old"}},
	{"template extra, associated", Templates, "", func(p, s *State) { p.Templates = nil }, []string{"blocked email template hello"}},
	{"template extra, not marked", Templates, "", func(p, s *State) {
		s.Templates = append(s.Templates, Template{Name: "old", Tags: map[string]string{MarkTag: "eu-north-1"}})
	},
		[]string{"manual email template old"}},
	{"verification template missing", Verification, "", func(p, s *State) { s.VerificationTemplates = nil }, []string{"create custom verification template confirm"}},
	{"verification template content", Verification, "confirm", func(p, s *State) { s.VerificationTemplates[0].Digest = "other" },
		[]string{"update custom verification template confirm: content"}},
	{"verification template subject", Verification, "confirm", func(p, s *State) { s.VerificationTemplates[0].Subject = "other" },
		[]string{"update custom verification template confirm: content"}},
	{"verification template from", Verification, "confirm", func(p, s *State) { s.VerificationTemplates[0].From = "a@example.com" },
		[]string{"update custom verification template confirm: content"}},
	{"verification template success URL", Verification, "confirm", func(p, s *State) { s.VerificationTemplates[0].SuccessURL = "https://example.com" },
		[]string{"update custom verification template confirm: content"}},
	{"verification template failure URL", Verification, "confirm", func(p, s *State) { s.VerificationTemplates[0].FailureURL = "https://example.com" },
		[]string{"update custom verification template confirm: content"}},
	{"verification template from a stranger", Verification, "", func(p, s *State) { p.VerificationTemplates[0].From = "a@example.net" },
		[]string{"blocked custom verification template confirm"}},
	{"verification template extra", Verification, "", func(p, s *State) { p.VerificationTemplates = nil }, []string{"delete custom verification template confirm"}},

	// Contact lists.
	{"contact list missing", Lists, "", func(p, s *State) { s.ContactLists = nil }, []string{"create contact list readers"}},
	{"contact list extra", Lists, "", func(p, s *State) { p.ContactLists = nil }, []string{"delete contact list readers"}},
	{"contact list of another name", Lists, "", func(p, s *State) { s.ContactLists[0].Name, s.ContactLists[0].Tags = "others", nil },
		[]string{"blocked contact list readers", "manual contact list others"}},
	{"contact list description", Lists, "readers", func(p, s *State) { s.ContactLists[0].Description = "" }, []string{"update contact list readers: content"}},
	{"contact list topic missing", Lists, "readers", func(p, s *State) { s.ContactLists[0].Topics = nil }, []string{"update contact list readers: content"}},
	{"contact list topic extra", Lists, "readers", func(p, s *State) { p.ContactLists[0].Topics = nil }, []string{"update contact list readers: content"}},
	{"contact list topic name", Lists, "readers", func(p, s *State) { s.ContactLists[0].Topics[0].DisplayName = "" }, []string{"update contact list readers: content"}},
	{"contact list topic description", Lists, "readers", func(p, s *State) { s.ContactLists[0].Topics[0].Description = "" }, []string{"update contact list readers: content"}},
	{"contact list topic default", Lists, "readers", func(p, s *State) { s.ContactLists[0].Topics[0].Default = "OPT_OUT" }, []string{"update contact list readers: content"}},

	// Tenants.
	{"tenant missing", Tenants, "", func(p, s *State) { s.Tenants = nil }, []string{
		"create tenant acme",
		"create tenant association acme/arn:aws:ses:eu-west-1:123456789012:configuration-set/news",
		"create tenant association acme/arn:aws:ses:eu-west-1:123456789012:identity/example.com",
		"create tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello",
	}},
	{"tenant extra", Tenants, "", func(p, s *State) { p.Tenants = nil }, []string{"delete tenant acme"}},
	{"tenant suppression reasons", Tenants, "acme", func(p, s *State) { s.Tenants[0].Suppression.Reasons = nil }, []string{"update tenant acme: suppression"}},
	{"tenant suppression scope", Tenants, "acme", func(p, s *State) { s.Tenants[0].Suppression.Scope = "ACCOUNT" }, []string{"update tenant acme: suppression"}},
	{"tenant suppression missing", Tenants, "acme", func(p, s *State) { s.Tenants[0].Suppression = nil }, []string{"update tenant acme: suppression"}},
	{"tenant suppression extra", Tenants, "acme", func(p, s *State) { p.Tenants[0].Suppression = nil }, []string{"update tenant acme: suppression"}},
	{"tenant status", Tenants, "", func(p, s *State) { p.Tenants[0].Status = "DISABLED" }, []string{"manual tenant acme"}},
	{"association missing", Tenants, "acme", func(p, s *State) { s.Tenants[0].Resources = s.Tenants[0].Resources[:2] },
		[]string{"create tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello"}},
	{"association extra", Tenants, "", func(p, s *State) { p.Tenants[0].Resources = p.Tenants[0].Resources[:2] },
		[]string{"manual tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/hello"}},
	{"association with nothing", Tenants, "", func(p, s *State) {
		p.Tenants[0].Resources = append(p.Tenants[0].Resources, "arn:aws:ses:us-east-1:123456789012:template/none")
	}, []string{"blocked tenant association acme/arn:aws:ses:eu-west-1:123456789012:template/none"}},
	{"association of another kind", Tenants, "", func(p, s *State) {
		p.Tenants[0].Resources = append(p.Tenants[0].Resources, "arn:aws:ses:us-east-1:123456789012:thing/x")
	}, []string{"manual tenant association acme/arn:aws:ses:eu-west-1:123456789012:thing/x"}},
}

func archiveIn(region string) string {
	return "arn:aws:ses:" + region + ":123456789012:mailmanager-archive/a-1"
}

func certificateIn(region string) string {
	return "arn:aws:acm:" + region + ":123456789012:certificate/1"
}

func TestAttributes(t *testing.T) {
	for _, test := range attributeTests {
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			test.change(&in.Primary, &in.Secondary)
			decisions := Compare(in, allOptions())
			if got := lines(decisions); !slices.Equal(got, test.want) {
				t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
			for _, d := range decisions {
				if d.Change.Reason == "" && (len(d.Change.Fields) == 0 || !d.Change.Action.Applies()) {
					t.Errorf("says too little: %s", d.Change)
				}
			}
			makeAll(t, &in, decisions)
			for _, d := range Compare(in, allOptions()) {
				if d.Change.Action.Applies() {
					t.Errorf("again: %s", d.Change)
				}
			}
		})
	}
}

// TestUnmarked takes the mark from the object that differs: then nothing of it is changed,
// unless it is adopted; and then it is marked first.
func TestUnmarked(t *testing.T) {
	for _, test := range attributeTests {
		if test.object == "" {
			continue
		}
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			test.change(&in.Primary, &in.Secondary)
			unmark(&in.Secondary, test.kind, test.object)
			opts := allOptions()
			opts.Adopt = false
			decisions := Compare(in, opts)
			blocked := "blocked " + string(test.kind) + " " + test.object
			if got := lines(decisions); !slices.Equal(got, []string{blocked}) {
				t.Errorf("got %q, want %q", got, blocked)
			}
			if fields := decisions[0].Change.Fields; len(fields) < len(test.want) {
				t.Errorf("not all differences are told: %v", fields)
			}
			got := lines(Compare(in, allOptions()))
			want := []string{"update " + string(test.kind) + " " + test.object + ": tags (adopted)"}
			for _, line := range test.want {
				want = append(want, line+" (adopted)")
			}
			if !slices.Equal(got, want) {
				t.Errorf("adopting: got %q, want %q", got, want)
			}
			makeAll(t, &in, Compare(in, allOptions()))
			if again := Compare(in, opts); len(again) > 0 {
				t.Errorf("again: %q", lines(again))
			}
		})
	}
}

// unmark takes the mark from an object.
func unmark(s *State, kind Kind, name string) {
	switch kind {
	case Sets:
		delete(findSet(s, name).Tags, MarkTag)
	case Identities:
		delete(findIdentity(s, name).Tags, MarkTag)
	case Templates:
		delete(s.Templates[0].Tags, MarkTag)
	case Verification:
		delete(s.VerificationTemplates[0].Tags, MarkTag)
	case Lists:
		delete(s.ContactLists[0].Tags, MarkTag)
	case Tenants:
		delete(s.Tenants[0].Tags, MarkTag)
	}
}
