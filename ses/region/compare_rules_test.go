package region

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/golden"
)

// only returns the only decision of a kind of action about an object.
func only(t *testing.T, all []Decision, action awspatterns.Action, id string) Decision {
	t.Helper()
	var found []Decision
	for _, d := range all {
		if d.Change.Action == action && d.Change.Resource.ID == id {
			found = append(found, d)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d decisions %s %s in\n%s", len(found), action, id, strings.Join(lines(all), "\n"))
	}
	return found[0]
}

// hasAll checks that a text holds all parts.
func hasAll(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in\n%s", part, text)
		}
	}
}

// TestTexts renders what is decided without any option of a primary with all that a person
// must do.
func TestTexts(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	p, s := &in.Primary, &in.Secondary
	p.Pools[1].IPs = 2
	p.ConfigurationSets = append(p.ConfigurationSets, ConfigurationSet{
		Name: "signed", Security: "SMIME", Archive: archiveIn(east), VDM: &VDM{Engagement: "ENABLED"}, Delivery: &Delivery{Pool: "plain"},
	}, ConfigurationSet{Name: "smime", Security: "SMIME", Archive: archiveIn(east), VDM: &VDM{Engagement: "ENABLED"}})
	p.Identities = append(p.Identities,
		Identity{Name: "example.net", Type: "DOMAIN", DKIM: DKIM{Origin: ownKeys, Tokens: []string{"sel"}}},
		Identity{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: easyDKIM, Tokens: []string{"x"}}, Certificates: []string{certificateIn(east)}},
		Identity{Name: "robot@example.org", Type: "EMAIL_ADDRESS"},
	)
	s.Identities = []Identity{
		{Name: "example.org", Type: "DOMAIN", DKIM: DKIM{Origin: easyDKIM, Tokens: []string{"y"}}},
		{Name: "old.example.org", Type: "DOMAIN"},
	}
	s.Settings.ProductionAccess, s.Settings.SendingEnabled = false, false
	s.Templates = []Template{{Name: "hello", Digest: ContentDigest("Hi", "<p>", "other"), Size: 101}, {Name: "it's old", Tags: map[string]string{MarkTag: east}}}
	in.Suppressed = []ListDifference{{Primary: 5, Secondary: 2, Missing: 3, Extra: 1, Digest: "d", Back: "e", Sample: []string{"a***@example.com"}}}
	in.Contacts = []ListDifference{{List: "readers", Primary: 5, Missing: 3, Different: 1, Digest: "d", Sample: []string{"a***@example.com"}}}
	var b strings.Builder
	for _, d := range Compare(in, Options{}) {
		fmt.Fprintln(&b, d.Change)
	}
	golden.Equal(t, "testdata/golden/compare.txt", b.String())
}

func TestManagedPools(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	opts := allOptions()
	opts.ManagedPools = false
	decisions := Compare(in, opts)
	hasAll(t, only(t, decisions, awspatterns.Manual, "managed").Change.String(), "charged for from its creation", "set ManagedPools", "--scaling-mode MANAGED")
	hasAll(t, only(t, decisions, awspatterns.Blocked, "news").Change.String(), "its pool managed is managed, and is not made without ManagedPools")
	hasAll(t, only(t, decisions, awspatterns.Blocked, "news/bus").Change.Reason, "configuration set news is not made in eu-west-1")
	hasAll(t, only(t, Compare(in, allOptions()), awspatterns.Create, "managed").Change.Reason, "charged for from its creation")
}

func TestPoolWithoutAddresses(t *testing.T) {
	for name, pools := range map[string][]Pool{
		"to be made": nil, "there": {{Name: "plain", Mode: standard}}, "in neither": nil,
	} {
		in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
		in.Primary.ConfigurationSets[1].Delivery = &Delivery{Pool: "plain"}
		if in.Secondary.Pools = pools; name == "in neither" {
			in.Primary.Pools = in.Primary.Pools[:1]
		}
		d := only(t, slices.DeleteFunc(Compare(in, allOptions()), func(d Decision) bool { return d.Change.Resource.Type == string(Pools) }), awspatterns.Blocked, "plain")
		if name == "in neither" {
			hasAll(t, d.Change.Reason, "eu-west-1 has no dedicated IP pool plain")
			continue
		}
		hasAll(t, d.Change.String(), "its pool plain has no addresses in eu-west-1", "lease dedicated IP addresses",
			"aws sesv2 put-dedicated-ip-in-pool --region eu-west-1 --ip ADDRESS --destination-pool-name plain")
	}
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	in.Primary.ConfigurationSets[1].Delivery = &Delivery{Pool: defaultPool}
	only(t, Compare(in, allOptions()), awspatterns.Blocked, "plain")
	in.Secondary.Pools = []Pool{{Name: defaultPool, Mode: standard, IPs: 1}}
	makeAll(t, &in, Compare(in, allOptions()))
	if findSet(&in.Secondary, "plain") == nil {
		t.Error("a set with the default pool, which has addresses, is not made")
	}
}

// TestVDMOfSets leaves out what the account does not allow, and sets it once it does.
func TestVDMOfSets(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	opts := allOptions()
	opts.Adopt = false
	decisions := Compare(in, opts)
	hasAll(t, only(t, decisions, awspatterns.Blocked, "news").Change.Reason, "VDM: the Virtual Deliverability Manager is off in eu-west-1")
	makeAll(t, &in, decisions)
	if v := findSet(&in.Secondary, "news").VDM; v != nil {
		t.Errorf("made with %v", v)
	}
	if got, want := lines(Compare(in, allOptions()))[3:], "update configuration set news: VDM"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestConvertToReplica(t *testing.T) {
	in := twins(t)
	identity1(&in.Secondary).DKIM.Origin = easyDKIM
	opts := allOptions()
	d := only(t, Compare(in, opts), awspatterns.Update, "example.com")
	if d.Step.Aspect != Origin || d.Step.Value.Identity.DKIM.Origin != "AWS_SES_US_EAST_1" || !strings.Contains(d.Change.Interrupts, "unsigned") {
		t.Errorf("converted by %+v", d)
	}
	opts.ConvertToReplica = false
	d = only(t, Compare(in, opts), awspatterns.Manual, "example.com")
	hasAll(t, d.Change.String(), "AWS_SES → AWS_SES_US_EAST_1", "set ConvertToReplica")
}

func TestUnverified(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	identity1(&in.Primary).CanSend = false
	identity1(&in.Primary).Error = "HOST_NOT_FOUND"
	hasAll(t, only(t, Compare(in, allOptions()), awspatterns.Create, "example.com").Change.Reason, "not verified in the primary either (HOST_NOT_FOUND)")
}

func TestReplicationPolicyDecisions(t *testing.T) {
	policy := func(replicas ...string) string {
		return ReplicationPolicy("aws", testNumber, east, "example.com", replicas)
	}
	for _, test := range []struct {
		name, has string
		want      string // the decision
		document  string // and the policy afterwards
	}{
		{"none", "", "create identity example.com/awspatterns-replication: policy @primary", policy(west)},
		{"of another replica", policy("eu-north-1"), "update identity example.com/awspatterns-replication: policy @primary", policy("eu-north-1", west)},
		{"enough", policy("us-west-2", west), "", policy("us-west-2", west)},
		{"enough, in another order", strings.Replace(policy("us-west-2", west), `"eu-west-1","us-west-2"`, `"us-west-2","eu-west-1"`, 1), "", ""},
		{"somebody's", senderRule, "blocked identity example.com/awspatterns-replication @primary", senderRule},
		{"no JSON", "{", "blocked identity example.com/awspatterns-replication @primary", "{"},
		{"more than ours", strings.Replace(policy(west), `"Version"`, `"Id":"x","Version"`, 1), "blocked identity example.com/awspatterns-replication @primary", ""},
		{"without the trap closed", strings.Replace(policy(west), `"Null"`, `"Bool"`, 1), "blocked identity example.com/awspatterns-replication @primary", ""},
		{"Regions that are none", strings.Replace(policy(west), `"eu-west-1"`, `1`, 1), "blocked identity example.com/awspatterns-replication @primary", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			if identity1(&in.Primary).Policies[PolicyName] = test.has; test.has == "" {
				delete(identity1(&in.Primary).Policies, PolicyName)
			}
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			decisions := Compare(in, allOptions())
			if got := lines(decisions); !slices.Equal(got, want) {
				t.Fatalf("got %q, want %q", got, want)
			}
			makeAll(t, &in, decisions)
			if got := identity1(&in.Primary).Policies[PolicyName]; test.document != "" && got != test.document {
				t.Errorf("left %s, want %s", got, test.document)
			}
			if _, copied := identity1(&in.Secondary).Policies[PolicyName]; copied {
				t.Error("the policy is copied to the secondary")
			}
			opts := allOptions()
			opts.ReplicationPolicy = false
			for _, d := range Compare(in, opts) {
				if d.Step.Primary {
					t.Errorf("without the option: %s", d.Change)
				}
			}
		})
	}
}

// TestReplicationPolicyNote says what is needed where the policy is not written.
func TestReplicationPolicyNote(t *testing.T) {
	in := Inputs{Primary: fullState(), Secondary: emptyState(west)}
	opts := allOptions()
	opts.ReplicationPolicy = false
	hasAll(t, only(t, Compare(in, opts), awspatterns.Create, "example.com").Change.Reason,
		"ses:ReplicateEmailIdentityDKIMSigningKey on arn:aws:ses:us-east-1:123456789012:identity/example.com")
	identity1(&in.Primary).Policies[PolicyName] = ReplicationPolicy("aws", testNumber, east, "example.com", []string{west})
	if reason := only(t, Compare(in, opts), awspatterns.Create, "example.com").Change.Reason; reason != "" {
		t.Errorf("with the policy there: %q", reason)
	}
	in.Primary.Identities[0].DKIM.Origin = "AWS_SES_EU_NORTH_1"
	d := only(t, Compare(in, allOptions()), awspatterns.Create, "example.com")
	hasAll(t, d.Change.Reason, "parent's policy is not this library's to write")
}

func TestMailFrom(t *testing.T) {
	for _, test := range []struct {
		name     string
		from, to *MailFrom
		told     string
		want     awspatterns.Action // empty: nothing
		says     []string
	}{
		{"none", nil, nil, "", "", nil},
		{
			"only the primary", &MailFrom{Domain: "b.example.com"}, nil, "", awspatterns.Manual,
			[]string{"eu-west-1.b.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com.", `TXT "v=spf1 include:amazonses.com ~all"`, "give it in MailFrom"},
		},
		{"only the secondary", nil, &MailFrom{Domain: "b.example.com"}, "", awspatterns.Manual, []string{"none in the primary"}},
		{"the same", &MailFrom{Domain: "b.example.com"}, &MailFrom{Domain: "B.example.com"}, "", awspatterns.Manual, []string{"one Region"}},
		{"each its own", &MailFrom{Domain: "b.example.com", OnMXFailure: useDefaultValue}, &MailFrom{Domain: "w.example.com"}, "", "", nil},
		{
			"each its own, another behavior", &MailFrom{Domain: "b.example.com", OnMXFailure: "REJECT_MESSAGE"}, &MailFrom{Domain: "w.example.com"}, "", awspatterns.Manual,
			[]string{"REJECT_MESSAGE", "give w.example.com in MailFrom"},
		},
		{
			"told", &MailFrom{Domain: "b.example.com", OnMXFailure: "REJECT_MESSAGE"}, nil, "w.example.com", awspatterns.Update,
			[]string{"w.example.com. MX 10 feedback-smtp.eu-west-1.amazonses.com.", "until it finds the MX record"},
		},
		{"told, of none", nil, nil, "w.example.com", awspatterns.Update, []string{useDefaultValue}},
		{"told and so", &MailFrom{Domain: "b.example.com", OnMXFailure: "REJECT_MESSAGE"}, &MailFrom{Domain: "w.example.com", OnMXFailure: "REJECT_MESSAGE", Status: "FAILED"}, "w.example.com", "", nil},
		{"told that of the primary", &MailFrom{Domain: "b.example.com"}, nil, "B.example.com", awspatterns.Blocked, []string{"only MX record names us-east-1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			identity1(&in.Primary).MailFrom, identity1(&in.Secondary).MailFrom = test.from, test.to
			opts := allOptions()
			if opts.MailFrom["example.com"] = test.told; test.told == "" {
				opts.MailFrom = nil
			}
			decisions := Compare(in, opts)
			if test.want == "" {
				if len(decisions) > 0 {
					t.Errorf("got %s", decisions[0].Change)
				}
				return
			}
			hasAll(t, only(t, decisions, test.want, "example.com").Change.String(), test.says...)
		})
	}
	opts := allOptions()
	opts.MailFrom["example.corn"] = "b.example.corn"
	hasAll(t, only(t, Compare(twins(t), opts), awspatterns.Blocked, "example.corn").Change.Reason, "us-east-1 has no such identity")
}

// TestFeedbackTopicElsewhere blocks a topic of another Region.
func TestFeedbackTopicElsewhere(t *testing.T) {
	in := twins(t)
	opts := allOptions()
	opts.ARNs[eastTopic] = strings.Replace(westTopic, west, "eu-north-1", 1)
	set1(&in.Primary).Destinations = nil
	set1(&in.Secondary).Destinations = nil
	decisions := Compare(in, opts)
	if len(decisions) != 3 {
		t.Fatalf("got %q", lines(decisions))
	}
	for _, d := range decisions {
		hasAll(t, d.Change.Reason, "must be in eu-west-1")
	}
}

func TestTags(t *testing.T) {
	for _, test := range []struct {
		name     string
		from, to map[string]string
		delete   bool
		want     map[string]string // afterwards
	}{
		{"equal", map[string]string{"a": "1"}, map[string]string{"a": "1", MarkTag: east}, false, nil},
		{"changed", map[string]string{"a": "1"}, map[string]string{"a": "2", MarkTag: east}, false, map[string]string{"a": "1", MarkTag: east}},
		{"missing", map[string]string{"a": "1", "b": ""}, map[string]string{"a": "1", MarkTag: east}, false, map[string]string{"a": "1", "b": "", MarkTag: east}},
		{"extra stays", map[string]string{"a": "1"}, map[string]string{"b": "2", MarkTag: east}, false, map[string]string{"a": "1", "b": "2", MarkTag: east}},
		{"extra alone stays", nil, map[string]string{"b": "2", MarkTag: east}, false, nil},
		{"extra goes", nil, map[string]string{"b": "2", MarkTag: east}, true, map[string]string{MarkTag: east}},
		{"extra goes, another comes", map[string]string{"a": "1"}, map[string]string{"b": "2", MarkTag: east}, true, map[string]string{"a": "1", MarkTag: east}},
		{"extra of an unmarked object stays", map[string]string{"a": "1"}, map[string]string{"a": "1", "b": "2"}, true, nil},
		{"adopted", map[string]string{"a": "1"}, map[string]string{"b": "2"}, true, map[string]string{"a": "1", MarkTag: east}},
		{"marked for another primary", map[string]string{"a": "1"}, map[string]string{MarkTag: "eu-north-1"}, false, map[string]string{"a": "1", MarkTag: east}},
		{"of AWS and of this library are not copied", map[string]string{"aws:cloudformation:stack-name": "s", MarkTag: west, "awspatterns:x": "y"}, nil, true, nil},
		{"of AWS and of this library do not go", nil, map[string]string{"aws:x": "1", "awspatterns:x": "2", MarkTag: east}, true, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			opts := allOptions()
			opts.Delete = test.delete
			in.Primary.Templates[0].Tags, in.Secondary.Templates[0].Tags = test.from, test.to
			decisions := Compare(in, opts)
			if test.want == nil {
				if len(decisions) > 0 {
					t.Errorf("got %s", decisions[0].Change)
				}
				return
			}
			d := only(t, decisions, awspatterns.Update, "hello")
			if d.Step.Aspect != Tags || len(decisions) != 1 {
				t.Fatalf("got %q", lines(decisions))
			}
			makeAll(t, &in, decisions)
			if got := in.Secondary.Templates[0].Tags; !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

// TestLists decides about what is streamed.
func TestLists(t *testing.T) {
	for _, test := range []struct {
		name   string
		d      ListDifference
		two    bool
		change func(in *Inputs)
		want   []string
	}{
		{"equal", ListDifference{Primary: 5, Secondary: 5}, true, nil, nil},
		{"missing", ListDifference{Missing: 2, Digest: "d"}, true, nil, []string{"update suppression list account"}},
		{"different", ListDifference{Different: 2, Digest: "d"}, true, nil, []string{"update suppression list account"}},
		{"extra", ListDifference{Extra: 2, Back: "b"}, false, nil, nil},
		{"extra, both ways", ListDifference{Extra: 2, Back: "b"}, true, nil, []string{"update suppression list account @primary"}},
		{"both", ListDifference{Missing: 1, Extra: 2, Digest: "d", Back: "b"}, true, nil, []string{"update suppression list account", "update suppression list account @primary"}},
		{"unread", ListDifference{Unread: "Throttling", Where: east}, true, nil, []string{"unknown suppression list account @primary"}},
		{"sandbox", ListDifference{Missing: 2, Extra: 1}, true, func(in *Inputs) { in.Secondary.Settings.ProductionAccess = false }, []string{
			"blocked suppression list account", "update suppression list account @primary",
		}},
		{"sandbox of the primary", ListDifference{Missing: 2, Extra: 1}, true, func(in *Inputs) { in.Primary.Settings.ProductionAccess = false }, []string{
			"update suppression list account", "blocked suppression list account @primary",
		}},
		{"of a tenant", ListDifference{Tenant: "acme", Missing: 2}, true, nil, []string{"update suppression list acme"}},
		{"of a tenant that is made", ListDifference{Tenant: "acme", Missing: 2}, true, func(in *Inputs) { in.Secondary.Tenants = nil }, []string{"update suppression list acme"}},
		{"of a tenant that is not there", ListDifference{Tenant: "umbra", Missing: 2}, true, nil, []string{"blocked suppression list umbra"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := twins(t)
			in.Suppressed = []ListDifference{test.d}
			if test.change != nil {
				test.change(&in)
			}
			opts := allOptions()
			opts.TwoWaySuppression = test.two
			decisions := slices.DeleteFunc(Compare(in, opts), func(d Decision) bool { return d.Change.Resource.Type != string(SuppressionList) })
			if got := lines(decisions); !slices.Equal(got, test.want) {
				t.Fatalf("got %q, want %q", got, test.want)
			}
			makeAll(t, &in, Compare(in, opts))
			for _, d := range Compare(in, opts) {
				if d.Change.Action.Applies() {
					t.Errorf("again: %s", d.Change)
				}
			}
		})
	}
	in := twins(t)
	in.Contacts = []ListDifference{{List: "readers", Missing: 1, Digest: "d"}, {List: "gone", Missing: 1}}
	decisions := Compare(in, allOptions())
	if got, want := lines(decisions), []string{"update contacts readers", "blocked contacts gone"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if s := decisions[0].Step; s.Name != "readers" || s.Found != "d" || s.Want != "" || s.Value.List.Missing != 1 {
		t.Errorf("step %+v", s)
	}
}

// TestNames that a shell or a reader could take for something else.
func TestNames(t *testing.T) {
	in := twins(t)
	in.Secondary.Templates = append(in.Secondary.Templates, Template{Name: `a'; rm -rf ~ #`, Tags: map[string]string{MarkTag: east}})
	opts := allOptions()
	opts.Delete = false
	d := only(t, Compare(in, opts), awspatterns.Manual, `a'; rm -rf ~ #`)
	hasAll(t, d.Change.Steps[0], `--template-name 'a'\''; rm -rf ~ #'`)
	long := strings.Repeat("ü", 200)
	in.Primary.ContactLists[0].Description = long
	f := only(t, Compare(in, opts), awspatterns.Update, "readers").Change.Fields[0]
	if len(f.New) > shortText || !strings.Contains(f.New, "400 bytes") {
		t.Errorf("%q is %d bytes", f.New, len(f.New))
	}
}

// TestDeleteAll deletes what uses something before that, and no identity.
func TestDeleteAll(t *testing.T) {
	in := twins(t)
	in.Primary = emptyState(east)
	in.Primary.Settings = in.Secondary.Settings
	identity1(&in.Secondary).ConfigurationSet = ""
	opts := Options{Delete: true}
	decisions := Compare(in, opts)
	want := []string{
		"manual identity example.com", "delete tenant acme", "delete contact list readers", "delete custom verification template confirm",
		"delete email template hello", "delete configuration set news", "delete configuration set plain", "delete dedicated IP pool managed",
		"delete dedicated IP pool plain",
	}
	if got := lines(decisions); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q", got, want)
	}
	for id, lost := range map[string]string{"readers": "its contacts", "hello": "its content", "managed": "its addresses"} {
		hasAll(t, only(t, decisions, awspatterns.Delete, id).Change.Irreversible, lost)
	}
	makeAll(t, &in, decisions)
	if again := lines(Compare(in, opts)); !slices.Equal(again, want[:1]) {
		t.Errorf("again: %q", again)
	}
	identity1(&in.Secondary).Tags[MarkTag] = east
	if got := lines(Compare(in, opts)); !slices.Equal(got, want[:1]) {
		t.Errorf("a marked identity: %q", got)
	}
}
