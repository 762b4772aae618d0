package region

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

const (
	east, west = "us-east-1", "eu-west-1"
	testNumber = "123456789012"
	eastTopic  = "arn:aws:sns:us-east-1:123456789012:bounces"
	westTopic  = "arn:aws:sns:eu-west-1:123456789012:bounces-too"
	eastStream = "arn:aws:firehose:us-east-1:123456789012:deliverystream/mail"
	westStream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/mail-west"
	streamRole = "arn:aws:iam::123456789012:role/mail"
	senderRule = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"210987654321"},"Action":"ses:SendEmail","Resource":"arn:aws:ses:us-east-1:123456789012:identity/example.com"}]}`
)

// allOptions let Compare do whatever it can.
func allOptions() Options {
	return Options{
		ARNs:     map[string]string{eastTopic: westTopic, eastStream: westStream},
		MailFrom: map[string]string{"example.com": "bounce-west.example.com"},
		Adopt:    true, Delete: true, ConvertToReplica: true, ManagedPools: true, ReplicationPolicy: true, TwoWaySuppression: true,
	}
}

// emptyState is a Region with production access and nothing else.
func emptyState(region string) State {
	return State{
		Partition: "aws", Account: testNumber, Region: region,
		Settings: Settings{ProductionAccess: true, SendingEnabled: true, Enforcement: "HEALTHY"},
	}
}

// fullState is a primary with each kind and attribute that can be copied.
func fullState() State {
	s := emptyState(east)
	seconds := int64(3600)
	tags := map[string]string{"team": "mail"}
	s.Settings.AutoWarmup = true
	s.Settings.Suppression = &Suppression{Reasons: []string{"BOUNCE", "COMPLAINT"}, Validation: "HIGH"}
	s.Settings.VDM = &VDM{Enabled: "ENABLED", Engagement: "ENABLED", OptimizedShared: "DISABLED"}
	s.Pools = []Pool{{Name: "managed", Mode: managed, Tags: tags}, {Name: "plain", Mode: standard, Tags: tags}}
	s.ConfigurationSets = []ConfigurationSet{
		{
			Name: "news", Delivery: &Delivery{Pool: "managed", TLS: "REQUIRE", MaxSeconds: &seconds},
			Tracking: &Tracking{Domain: "click.example.com", HTTPS: "REQUIRE"}, Reputation: ptr(true), Sending: ptr(true),
			Suppression: &Suppression{Reasons: []string{}, Scope: "ACCOUNT", Validation: "MEDIUM"},
			VDM:         &VDM{Engagement: "ENABLED", OptimizedShared: "ENABLED"}, Security: "DEFAULT", Tags: tags,
			Destinations: []EventDestination{
				{Name: "bus", Enabled: true, Events: []string{"BOUNCE"}, EventBus: "arn:aws:events:us-east-1:123456789012:event-bus/default"},
				{Name: "metrics", Enabled: true, Events: []string{"CLICK", "OPEN"}, CloudWatch: []Dimension{{Name: "campaign", Source: "MESSAGE_TAG", Default: "none"}}},
				{Name: "stream", Events: []string{"SEND"}, Stream: eastStream, StreamRole: streamRole},
				{Name: "topic", Enabled: true, Events: []string{"COMPLAINT"}, Topic: eastTopic},
			},
		},
		{Name: "plain"},
	}
	s.Identities = []Identity{{
		Name: "example.com", Type: "DOMAIN", ConfigurationSet: "news",
		DKIM:     DKIM{Origin: easyDKIM, Enabled: true, Status: "SUCCESS", Tokens: []string{"a", "b", "c"}},
		MailFrom: &MailFrom{Domain: "bounce.example.com", OnMXFailure: "REJECT_MESSAGE", Status: "SUCCESS"},
		Policies: map[string]string{"sender": senderRule},
		Notifications: &Notifications{
			BounceTopic: eastTopic, ComplaintTopic: eastTopic, DeliveryTopic: eastTopic,
			BounceHeaders: true, ComplaintHeaders: true, DeliveryHeaders: true,
		},
		Tags: tags, Verification: "SUCCESS", CanSend: true,
	}}
	s.Templates = []Template{{Name: "hello", Digest: ContentDigest("Hi", "<p>", "text"), Size: 100, Tags: tags}}
	s.VerificationTemplates = []VerificationTemplate{{
		Name: "confirm", From: "robot@example.com", Subject: "Confirm", Digest: ContentDigest("click"), Size: 5,
		SuccessURL: "https://example.com/yes", FailureURL: "https://example.com/no", Tags: tags,
	}}
	s.ContactLists = []ContactList{{
		Name: "readers", Description: "of all", Tags: tags,
		Topics: []Topic{{Name: "sport", DisplayName: "Sport", Description: "daily", Default: "OPT_IN"}},
	}}
	s.Tenants = []Tenant{{
		Name: "acme", Status: "ENABLED", Suppression: &Suppression{Reasons: []string{"BOUNCE"}, Scope: "TENANT"}, Tags: tags,
		Resources: []string{
			"arn:aws:ses:us-east-1:123456789012:configuration-set/news", "arn:aws:ses:us-east-1:123456789012:identity/example.com",
			"arn:aws:ses:us-east-1:123456789012:template/hello",
		},
	}}
	return s
}

// clone returns a copy that shares nothing.
func clone[T any](t testing.TB, v T) T {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var c T
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// twins returns a full primary and a secondary that is like it, as this library makes it.
func twins(t testing.TB) Inputs {
	t.Helper()
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	makeAll(t, &in, Compare(in, allOptions()))
	return in
}

// makeAll makes the decisions that apply, and checks what each step finds before and after,
// and, as a second run with the same plan finds it, when all are made.
func makeAll(t testing.TB, in *Inputs, decisions []Decision) {
	t.Helper()
	look := func(d Decision, want Now) {
		t.Helper()
		if d.Step.Value != nil && d.Step.Value.List != nil {
			return
		}
		if now := d.Step.Look(valueOf(t, side2(in, d.Step), d.Step)); now != want {
			t.Fatalf("%s %s %q: found %s, want %s", d.Change.Action, d.Change.Resource, d.Step.Aspect, now, want)
		}
	}
	for _, d := range decisions {
		if !d.Change.Action.Applies() {
			if d.Step.Kind != "" {
				t.Fatalf("%s has a step", d.Change)
			}
			continue
		}
		look(d, AsFound)
		makeOne(t, in, d)
		look(d, AsPlanned)
	}
	for _, d := range decisions {
		if d.Change.Action.Applies() {
			look(d, AsPlanned)
		}
	}
}

// side2 returns the Region that a step writes to.
func side2(in *Inputs, s Step) *State {
	if s.Primary {
		return &in.Primary
	}
	return &in.Secondary
}

// find returns the object of a name.
func find[T any](all []T, name string, of func(*T) string) *T {
	for i := range all {
		if of(&all[i]) == name {
			return &all[i]
		}
	}
	return nil
}

func findPool(s *State, name string) *Pool {
	return find(s.Pools, name, func(p *Pool) string { return p.Name })
}

func findSet(s *State, name string) *ConfigurationSet {
	return find(s.ConfigurationSets, name, func(p *ConfigurationSet) string { return p.Name })
}

func findIdentity(s *State, name string) *Identity {
	return find(s.Identities, name, func(p *Identity) string { return p.Name })
}

func findTenant(s *State, name string) *Tenant {
	return find(s.Tenants, name, func(p *Tenant) string { return p.Name })
}

// valueOf reads what a step is about, as applying does.
func valueOf(t testing.TB, s *State, step Step) *Value {
	t.Helper()
	var v Value
	switch step.Kind {
	case Account:
		v.Settings = &s.Settings
	case Pools:
		v.Pool = findPool(s, step.Name)
	case Sets:
		v.Set = findSet(s, step.Name)
	case Destinations:
		if set := findSet(s, step.Name); set != nil {
			v.Destination = find(set.Destinations, step.Part, func(d *EventDestination) string { return d.Name })
		}
	case Identities:
		v.Identity = findIdentity(s, step.Name)
	case Templates:
		v.Template = find(s.Templates, step.Name, func(p *Template) string { return p.Name })
	case Verification:
		v.Verification = find(s.VerificationTemplates, step.Name, func(p *VerificationTemplate) string { return p.Name })
	case Lists:
		v.ContactList = find(s.ContactLists, step.Name, func(p *ContactList) string { return p.Name })
	case Tenants:
		v.Tenant = findTenant(s, step.Name)
	case Associations:
		if tenant := findTenant(s, step.Name); tenant != nil && slices.Contains(tenant.Resources, step.Part) {
			v.Association = step.Part
		}
	}
	if v == (Value{}) {
		return nil
	}
	v = clone(t, v)
	return &v
}

// makeOne makes a decision as SES would.
func makeOne(t testing.TB, in *Inputs, d Decision) {
	t.Helper()
	s, step := side2(in, d.Step), d.Step
	if step.Value != nil && step.Value.List != nil {
		makeList(in, step)
		return
	}
	if d.Change.Action == awspatterns.Delete {
		remove(t, s, step)
		return
	}
	v := clone(t, *step.Value)
	now := valueOf(t, s, step)
	if step.Aspect == Tags {
		makeTags(t, s, step, v)
		return
	}
	if d.Change.Action == awspatterns.Create && now != nil && step.Aspect == Object {
		t.Fatalf("%s is there", d.Change.Resource)
	}
	switch step.Kind {
	case Account:
		makeSettings(&s.Settings, step.Aspect, v.Settings)
	case Pools:
		s.Pools = append(s.Pools, *v.Pool)
	case Sets:
		makeSet(t, s, step, *v.Set)
	case Destinations:
		makeDestination(t, s, step, *v.Destination)
	case Identities:
		makeIdentity(t, s, step, *v.Identity)
	case Templates:
		put(&s.Templates, *v.Template, func(o *Template) (string, *map[string]string) { return o.Name, &o.Tags })
	case Verification:
		put(&s.VerificationTemplates, *v.Verification, func(o *VerificationTemplate) (string, *map[string]string) { return o.Name, &o.Tags })
	case Lists:
		put(&s.ContactLists, *v.ContactList, func(o *ContactList) (string, *map[string]string) { return o.Name, &o.Tags })
		if len(s.ContactLists) > 1 {
			t.Fatal("a Region has one contact list")
		}
	case Tenants:
		resources := []string{}
		if old := findTenant(s, step.Name); old != nil {
			resources, v.Tenant.Status = old.Resources, old.Status
		}
		v.Tenant.Resources = resources
		put(&s.Tenants, *v.Tenant, func(o *Tenant) (string, *map[string]string) { return o.Name, &o.Tags })
	case Associations:
		associate(t, s, step)
	default:
		t.Fatalf("a step of kind %q", step.Kind)
	}
}

// put creates an object, or replaces all of it but its tags.
func put[T any](all *[]T, v T, of func(*T) (string, *map[string]string)) {
	name, tags := of(&v)
	for i := range *all {
		if old, has := of(&(*all)[i]); old == name {
			*tags = *has
			(*all)[i] = v
			return
		}
	}
	*all = append(*all, v)
}

// makeTags adds the tags of Value and takes away those of Untag, as two calls.
func makeTags(t testing.TB, s *State, step Step, v Value) {
	t.Helper()
	var has *map[string]string
	switch step.Kind {
	case Pools:
		has = &findPool(s, step.Name).Tags
	case Sets:
		has = &findSet(s, step.Name).Tags
	case Identities:
		has = &findIdentity(s, step.Name).Tags
	case Templates:
		has = &find(s.Templates, step.Name, func(p *Template) string { return p.Name }).Tags
	case Verification:
		has = &find(s.VerificationTemplates, step.Name, func(p *VerificationTemplate) string { return p.Name }).Tags
	case Lists:
		has = &find(s.ContactLists, step.Name, func(p *ContactList) string { return p.Name }).Tags
	case Tenants:
		has = &findTenant(s, step.Name).Tags
	}
	*has = maps.Clone(*has)
	if *has == nil {
		*has = map[string]string{}
	}
	maps.Copy(*has, v.Tags())
	if now := step.Look(valueOf(t, s, step)); len(step.Untag) > 0 && now != AsFound {
		t.Fatalf("%s %s: between the calls for tags it finds %s", step.Kind, step.Name, now)
	}
	for _, k := range step.Untag {
		delete(*has, k)
	}
}

func makeSettings(s *Settings, a Aspect, v *Settings) {
	switch a {
	case SendingAspect:
		s.SendingEnabled = v.SendingEnabled
	case WarmupAspect:
		s.AutoWarmup = v.AutoWarmup
	case SuppressionAspect:
		s.Suppression = v.Suppression
	case VDMAspect:
		s.VDM = v.VDM
	}
}

func makeSet(t testing.TB, s *State, step Step, v ConfigurationSet) {
	t.Helper()
	if step.Aspect == Object || step.Aspect == DeliveryAspect && orZero(v.Delivery).Pool != orZero(findSet(s, step.Name).Delivery).Pool {
		needPool(t, s, orZero(v.Delivery).Pool)
	}
	if step.Aspect == Object {
		s.ConfigurationSets = append(s.ConfigurationSets, v)
		return
	}
	set := findSet(s, step.Name)
	switch step.Aspect {
	case DeliveryAspect:
		set.Delivery = v.Delivery
	case TrackingAspect:
		if v.Tracking != nil && v.Tracking.Domain != "" && !slices.ContainsFunc(s.Identities, func(i Identity) bool {
			return v.Tracking.Domain == i.Name || strings.HasSuffix(v.Tracking.Domain, "."+i.Name)
		}) {
			t.Fatalf("the tracking domain %s is no identity", v.Tracking.Domain)
		}
		set.Tracking = v.Tracking
	case ReputationAspect:
		set.Reputation = v.Reputation
	case SendingAspect:
		set.Sending = v.Sending
	case SuppressionAspect:
		set.Suppression = v.Suppression
	case VDMAspect:
		set.VDM = v.VDM
	default:
		t.Fatalf("a set's %q", step.Aspect)
	}
}

func needPool(t testing.TB, s *State, name string) {
	t.Helper()
	if name == "" || ownPool(name) {
		return
	}
	if p := findPool(s, name); p == nil || p.Mode == standard && p.IPs == 0 {
		t.Fatalf("the pool %s has no addresses, or is not there", name)
	}
}

func makeDestination(t testing.TB, s *State, step Step, v EventDestination) {
	t.Helper()
	set := findSet(s, step.Name)
	for i := range set.Destinations {
		if set.Destinations[i].Name == step.Part {
			set.Destinations[i] = v
			return
		}
	}
	set.Destinations = append(set.Destinations, v)
}

func makeIdentity(t testing.TB, s *State, step Step, v Identity) {
	t.Helper()
	needSet := func(name string) {
		if name != "" && findSet(s, name) == nil {
			t.Fatalf("the configuration set %s is not there", name)
		}
	}
	if step.Aspect == Object {
		needSet(v.ConfigurationSet)
		v.Verification, v.CanSend, v.Notifications = "SUCCESS", true, &Notifications{}
		s.Identities = append(s.Identities, v)
		return
	}
	i := findIdentity(s, step.Name)
	if i.Notifications == nil {
		i.Notifications = &Notifications{}
	}
	n := orZero(v.Notifications)
	switch step.Aspect {
	case Origin:
		i.DKIM.Origin, i.CanSend, i.Verification, i.Error = v.DKIM.Origin, true, "SUCCESS", ""
	case Signing:
		i.DKIM.Enabled = v.DKIM.Enabled
	case DefaultSet:
		needSet(v.ConfigurationSet)
		i.ConfigurationSet = v.ConfigurationSet
	case Feedback:
		i.FeedbackForwarding = v.FeedbackForwarding
	case MailFromAspect:
		i.MailFrom = v.MailFrom
	case Policy:
		i.Policies = maps.Clone(i.Policies)
		if i.Policies == nil {
			i.Policies = map[string]string{}
		}
		i.Policies[step.Part] = v.Policies[step.Part]
	case BounceTopic:
		i.Notifications.BounceTopic = n.BounceTopic
	case ComplaintTopic:
		i.Notifications.ComplaintTopic = n.ComplaintTopic
	case DeliveryTopic:
		i.Notifications.DeliveryTopic = n.DeliveryTopic
	case BounceHeaders:
		i.Notifications.BounceHeaders = n.BounceHeaders
	case ComplaintHeaders:
		i.Notifications.ComplaintHeaders = n.ComplaintHeaders
	case DeliveryHeaders:
		i.Notifications.DeliveryHeaders = n.DeliveryHeaders
	default:
		t.Fatalf("an identity's %q", step.Aspect)
	}
}

func associate(t testing.TB, s *State, step Step) {
	t.Helper()
	tenant := findTenant(s, step.Name)
	kind, name, ok := resourceOf(step.Part, newSide(*s))
	if !ok || tenant == nil || valueOf(t, s, Step{Kind: kind, Name: name}) == nil {
		t.Fatalf("%s is not there to be associated", step.Part)
	}
	tenant.Resources = slices.Sorted(slices.Values(append(tenant.Resources, step.Part)))
}

// makeList writes what a list lacks.
func makeList(in *Inputs, step Step) {
	all := in.Suppressed
	if step.Kind == Contacts {
		all = in.Contacts
	}
	for i := range all {
		d := &all[i]
		if d.Tenant != step.Value.List.Tenant || d.List != step.Value.List.List {
			continue
		}
		if step.Primary {
			d.Primary, d.Extra, d.Back = d.Primary+d.Extra, 0, ""
		} else {
			d.Secondary, d.Missing, d.Different, d.Digest = d.Secondary+d.Missing, 0, 0, ""
		}
	}
}

// remove deletes an object, which nothing may use.
func remove(t testing.TB, s *State, step Step) {
	t.Helper()
	use := func(is bool, by string) {
		if is {
			t.Fatalf("%s %s is deleted, and %s uses it", step.Kind, step.Name, by)
		}
	}
	for _, set := range s.ConfigurationSets {
		use(step.Kind == Pools && orZero(set.Delivery).Pool == step.Name, set.Name)
	}
	for _, i := range s.Identities {
		use(step.Kind == Sets && i.ConfigurationSet == step.Name, i.Name)
	}
	for _, tenant := range s.Tenants {
		for _, arn := range tenant.Resources {
			kind, name, _ := resourceOf(arn, newSide(*s))
			use(step.Kind == kind && step.Name == name, tenant.Name)
		}
	}
	switch step.Kind {
	case Pools:
		s.Pools = slices.DeleteFunc(s.Pools, func(o Pool) bool { return o.Name == step.Name })
	case Sets:
		s.ConfigurationSets = slices.DeleteFunc(s.ConfigurationSets, func(o ConfigurationSet) bool { return o.Name == step.Name })
	case Templates:
		s.Templates = slices.DeleteFunc(s.Templates, func(o Template) bool { return o.Name == step.Name })
	case Verification:
		s.VerificationTemplates = slices.DeleteFunc(s.VerificationTemplates, func(o VerificationTemplate) bool { return o.Name == step.Name })
	case Lists:
		s.ContactLists = slices.DeleteFunc(s.ContactLists, func(o ContactList) bool { return o.Name == step.Name })
	case Tenants:
		s.Tenants = slices.DeleteFunc(s.Tenants, func(o Tenant) bool { return o.Name == step.Name })
	default:
		t.Fatalf("a %s is deleted", step.Kind)
	}
}

// lines returns decisions as lines: action, aspect, object, and where if it is the primary.
func lines(all []Decision) (text []string) {
	for _, d := range all {
		line := fmt.Sprintf("%s %s %s", d.Change.Action, d.Change.Resource.Type, d.Change.Resource.ID)
		if d.Step.Aspect != Object {
			line += ": " + string(d.Step.Aspect)
		}
		if d.Change.Resource.Region == east {
			line += " @primary"
		}
		if d.Change.Adopts {
			line += " (adopted)"
		}
		text = append(text, line)
	}
	return text
}
