package region

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

// A dice draws Regions that have much in common.
type dice struct{ *rand.Rand }

// pick returns one of the choices.
func pick[T any](d dice, choices ...T) T { return choices[d.IntN(len(choices))] }

// some returns some of the choices, in their order.
func some[T any](d dice, choices ...T) (all []T) {
	for _, c := range choices {
		if d.IntN(3) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// tags are those of an object; in the secondary it may be marked.
func (d dice) tags(secondary bool) map[string]string {
	tags := map[string]string{}
	for _, k := range some(d, "a", "b", "aws:x") {
		tags[k] = pick(d, "1", "2")
	}
	if secondary && d.IntN(3) > 0 {
		tags[MarkTag] = pick(d, east, east, east, "eu-north-1")
	}
	return tags
}

func (d dice) suppression() *Suppression {
	return pick(d, nil, &Suppression{Reasons: pick(d, nil, []string{}, []string{"BOUNCE"}), Scope: pick(d, "", "TENANT"), Validation: pick(d, "", "HIGH")})
}

func (d dice) vdm() *VDM {
	return pick(d, nil, &VDM{Enabled: pick(d, "", "ENABLED"), Engagement: pick(d, "", "ENABLED"), OptimizedShared: pick(d, "", "DISABLED")})
}

func (d dice) state(region string) State {
	s := emptyState(region)
	secondary := region == west
	s.Settings.ProductionAccess, s.Settings.SendingEnabled = d.IntN(4) > 0, d.IntN(4) > 0
	s.Settings.AutoWarmup, s.Settings.Suppression, s.Settings.VDM = d.IntN(2) > 0, d.suppression(), d.vdm()
	for _, name := range some(d, "p1", "p2") {
		s.Pools = append(s.Pools, Pool{Name: name, Mode: pick(d, managed, standard), IPs: pick(d, 0, 2), Tags: d.tags(secondary)})
	}
	for _, name := range some(d, "s1", "s2", "s3") {
		s.ConfigurationSets = append(s.ConfigurationSets, d.set(name, secondary))
	}
	for _, name := range some(d, "example.com", "sub.example.com", "example.net", "a@example.org") {
		s.Identities = append(s.Identities, d.identity(name, secondary))
	}
	for _, name := range some(d, "t1", "t2") {
		s.Templates = append(s.Templates, Template{Name: name, Digest: pick(d, "x", "y"), Size: 1, Tags: d.tags(secondary)})
		s.VerificationTemplates = append(s.VerificationTemplates, VerificationTemplate{
			Name: name, From: pick(d, "x@example.com", "x@example.net", "a@example.org"), Digest: pick(d, "x", "y"), Tags: d.tags(secondary),
		})
	}
	for _, name := range some(d, "list") {
		s.ContactLists = append(s.ContactLists, ContactList{Name: name, Description: pick(d, "", "x"), Tags: d.tags(secondary)})
	}
	for _, name := range some(d, "acme", "umbra") {
		t := Tenant{Name: name, Status: pick(d, "ENABLED", "DISABLED"), Suppression: d.suppression(), Tags: d.tags(secondary)}
		for _, r := range some(d, "configuration-set/s1", "configuration-set/s2", "identity/example.com", "identity/a@example.org", "template/t1", "template/t2") {
			t.Resources = append(t.Resources, "arn:aws:ses:"+region+":123456789012:"+r)
		}
		s.Tenants = append(s.Tenants, t)
	}
	if d.IntN(3) == 0 {
		d.unread(&s)
	}
	return s
}

// unread loses something.
func (d dice) unread(s *State) {
	u := Unread{Kind: pick(d, Kinds()...), Name: pick(d, "", "s1", "p1", "t1", "example.com", "acme", "list"), Reason: "AccessDenied"}
	u.Aspect = pick(d, Object, Object, Tags, BounceTopic, Certificates, DeliveryAspect)
	if u.Name == "" {
		u.Aspect = Object
	}
	s.Unread = append(s.Unread, u)
	if u.Aspect != Object {
		return
	}
	lost := func(kind Kind, name string) bool { return u.Kind == kind && (u.Name == "" || u.Name == name) }
	s.Pools = slices.DeleteFunc(s.Pools, func(o Pool) bool { return lost(Pools, o.Name) })
	s.ConfigurationSets = slices.DeleteFunc(s.ConfigurationSets, func(o ConfigurationSet) bool { return lost(Sets, o.Name) })
	s.Identities = slices.DeleteFunc(s.Identities, func(o Identity) bool { return lost(Identities, o.Name) })
	s.Templates = slices.DeleteFunc(s.Templates, func(o Template) bool { return lost(Templates, o.Name) })
	s.VerificationTemplates = slices.DeleteFunc(s.VerificationTemplates, func(o VerificationTemplate) bool { return lost(Verification, o.Name) })
	s.ContactLists = slices.DeleteFunc(s.ContactLists, func(o ContactList) bool { return lost(Lists, o.Name) })
	s.Tenants = slices.DeleteFunc(s.Tenants, func(o Tenant) bool { return lost(Tenants, o.Name) })
}

func (d dice) set(name string, secondary bool) ConfigurationSet {
	region := east
	if secondary {
		region = west
	}
	set := ConfigurationSet{
		Name: name, Delivery: pick(d, nil, &Delivery{Pool: pick(d, "", "p1", "p2", "gone", sharedPool), TLS: pick(d, "", "REQUIRE")}),
		Tracking:   pick(d, nil, &Tracking{Domain: pick(d, "c.example.com", "c.example.net", "c.sub.example.com"), HTTPS: pick(d, "", "REQUIRE")}),
		Reputation: pick(d, nil, ptr(true), ptr(false)), Sending: pick(d, nil, ptr(true), ptr(false)), Suppression: d.suppression(), VDM: d.vdm(),
		Archive: pick(d, "", "", archiveIn(region)), Security: pick(d, "", "", "SMIME"), Tags: d.tags(secondary),
	}
	for _, n := range some(d, "bus", "topic", "metrics") {
		e := EventDestination{Name: n, Enabled: d.IntN(2) > 0, Events: some(d, "BOUNCE", "SEND")}
		switch n {
		case "bus":
			e.EventBus = "arn:aws:events:" + region + ":123456789012:event-bus/default"
		case "topic":
			e.Topic = map[bool]string{false: pick(d, eastTopic, eastTopic+"2"), true: pick(d, westTopic, strings.Replace(eastTopic, east, west, 1)+"2")}[secondary]
		default:
			e.CloudWatch = []Dimension{{Name: "d", Source: "MESSAGE_TAG", Default: pick(d, "x", "y")}}
		}
		set.Destinations = append(set.Destinations, e)
	}
	return set
}

func (d dice) identity(name string, secondary bool) Identity {
	region, topics := east, []string{"", eastTopic, eastTopic + "2"}
	origins := []string{easyDKIM, easyDKIM, ownKeys, "", "AWS_SES_EU_NORTH_1", ReplicationOrigin(west)}
	if secondary {
		region, topics = west, []string{"", westTopic, strings.Replace(eastTopic, east, west, 1) + "2"}
		origins = []string{easyDKIM, ownKeys, "", "AWS_SES_EU_NORTH_1", ReplicationOrigin(east)}
	}
	i := Identity{
		Name: name, Type: "DOMAIN", ConfigurationSet: pick(d, "", "s1", "s2", "s3"), DKIM: DKIM{Origin: pick(d, origins...), Enabled: d.IntN(2) > 0},
		FeedbackForwarding: d.IntN(2) > 0, MailFrom: pick(d, nil, &MailFrom{Domain: pick(d, "m.", "n.") + name}), Tags: d.tags(secondary),
		Notifications: &Notifications{BounceTopic: pick(d, topics...), ComplaintTopic: pick(d, topics...), DeliveryHeaders: d.IntN(2) > 0},
		Policies:      map[string]string{}, CanSend: d.IntN(3) > 0, Verification: pick(d, "PENDING", "FAILED"),
	}
	if strings.Contains(name, "@") {
		i.Type, i.MailFrom = "EMAIL_ADDRESS", nil
	}
	for _, p := range some(d, "one", "two") {
		i.Policies[p] = fmt.Sprintf(`{"Id":%q,"Statement":{"Resource":"arn:aws:ses:%s:123456789012:identity/%s"}}`, pick(d, "1", "2"), region, name)
	}
	if d.IntN(4) == 0 {
		i.Policies[PolicyName] = pick(d, ReplicationPolicy("aws", testNumber, east, name, []string{"eu-north-1"}), "{}")
	}
	return i
}

func (d dice) options() Options {
	o := Options{
		Adopt: d.IntN(2) > 0, Delete: d.IntN(2) > 0, ConvertToReplica: d.IntN(2) > 0, ManagedPools: d.IntN(2) > 0,
		ReplicationPolicy: d.IntN(2) > 0, TwoWaySuppression: d.IntN(2) > 0,
	}
	if d.IntN(2) > 0 {
		o.ARNs = map[string]string{eastTopic: westTopic}
	}
	if d.IntN(2) > 0 {
		o.MailFrom = map[string]string{"example.com": "west.example.com"}
	}
	if d.IntN(4) == 0 {
		o.Only = some(d, Kinds()...)
	}
	return o
}

func (d dice) inputs() Inputs {
	in := Inputs{Primary: d.state(east), Secondary: d.state(west)}
	for _, tenant := range []string{"", "acme"} {
		in.Suppressed = append(in.Suppressed, ListDifference{Tenant: tenant, Missing: d.IntN(2), Extra: d.IntN(2), Digest: "d", Back: "b"})
	}
	in.Contacts = []ListDifference{{List: "list", Missing: d.IntN(2), Digest: "d"}}
	return in
}

// TestRandom makes Regions alike that were drawn: SES takes each step, nothing is left to do
// afterwards, and no identity, no unmarked object and nothing unread is deleted.
func TestRandom(t *testing.T) {
	const rounds = 300
	seed := 0
	defer func() { t.Log("the last seed:", seed) }()
	for ; seed < rounds; seed++ {
		d := dice{rand.New(rand.NewPCG(uint64(seed), 8))}
		in, opts := d.inputs(), d.options()
		before := clone(t, in)
		decisions := Compare(in, opts)
		if again := Compare(clone(t, before), opts); digest(again) != digest(decisions) {
			t.Fatalf("seed %d: not the same twice", seed)
		}
		checkSafe(t, seed, before, opts, decisions)
		incomplete := slices.ContainsFunc(decisions, func(d Decision) bool { return d.Change.Action == awspatterns.Unknown })
		if incomplete {
			decisions = slices.DeleteFunc(decisions, func(d Decision) bool { return d.Change.Action == awspatterns.Delete }) // as applying does
		}
		makeAll(t, &in, decisions)
		for _, d := range Compare(in, opts) {
			if d.Change.Action.Applies() && !(incomplete && d.Change.Action == awspatterns.Delete) {
				t.Fatalf("seed %d: again %s", seed, d.Change)
			}
		}
	}
}

// checkSafe checks what must hold of all decisions.
func checkSafe(t *testing.T, seed int, in Inputs, opts Options, decisions []Decision) {
	t.Helper()
	for _, d := range decisions {
		switch {
		case !opts.Covers(Kind(d.Change.Resource.Type)) && d.Step.Aspect != Tags && d.Change.Action.Applies():
			t.Fatalf("seed %d: not to be touched: %s", seed, d.Change)
		case d.Step.Primary && !(opts.ReplicationPolicy && d.Step.Part == PolicyName || opts.TwoWaySuppression && d.Step.Kind == SuppressionList):
			t.Fatalf("seed %d: writes to the primary: %s", seed, d.Change)
		case d.Change.Action == awspatterns.Delete:
			v := valueOf(t, &in.Secondary, d.Step)
			if !opts.Delete || v == nil || v.Tags()[MarkTag] != east || d.Step.Kind == Identities || valueOf(t, &in.Primary, d.Step) != nil {
				t.Fatalf("seed %d: deletes %s", seed, d.Change)
			}
		case d.Change.Action == awspatterns.Update && !d.Step.Primary && d.Step.Kind != SuppressionList && d.Step.Kind != Contacts:
			owner := d.Step
			owner.Kind = map[Kind]Kind{Destinations: Sets, Associations: Tenants}[owner.Kind]
			if owner.Kind == "" {
				owner.Kind = d.Step.Kind
			}
			v := valueOf(t, &in.Secondary, owner)
			if v != nil && v.Tags()[MarkTag] != east && (!opts.Adopt || !d.Change.Adopts) {
				t.Fatalf("seed %d: not adopted: %s", seed, d.Change)
			}
		}
	}
}
