package region

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
)

func limitsState(name string, quota, rate, sent float64, increases ...Increase) State {
	return State{Region: name, Increases: increases, Settings: Settings{
		ProductionAccess: true, Max24HourSend: quota, MaxSendRate: rate, SentLast24Hours: sent,
	}}
}

func TestLimits(t *testing.T) {
	const a, b = "eu-west-1", "us-east-1"
	update, manual, unknown, none := awspatterns.Update, awspatterns.Manual, awspatterns.Unknown, awspatterns.Action("")
	denied := func(s State) State {
		s.Settings, s.Unread = Settings{}, []Unread{{Kind: Account, Reason: "denied"}}
		return s
	}
	sandbox := func(s State) State { s.Settings.ProductionAccess, s.Settings.Review = false, "PENDING"; return s }
	history := func(s State) State {
		s.Unread = []Unread{{Kind: Quotas, Name: SendingQuota, Reason: "denied"}}
		return s
	}
	type limit struct {
		region, quota string
		want          float64
		action        awspatterns.Action
		reason        string
	}
	tests := []struct {
		name               string
		primary, secondary State
		opts               LimitsOptions
		want               []limit
	}{
		{"equal", limitsState(a, 50_000, 14, 20_000), limitsState(b, 50_000, 14, 10_000), LimitsOptions{}, nil},
		{"the secondary is smaller", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 1, 0), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, update, ""}, {b, SendingRate, 14, update, ""}}},
		{"the primary is smaller", limitsState(a, 200, 14, 0), limitsState(b, 50_000, 14, 0), LimitsOptions{},
			[]limit{{a, SendingQuota, 50_000, update, ""}}},
		{"both together send more than either may", limitsState(a, 50_000, 14, 40_000), limitsState(b, 50_000, 14, 30_000.5), LimitsOptions{},
			[]limit{{a, SendingQuota, 70_001, update, ""}, {b, SendingQuota, 70_001, update, ""}}},
		{"both together send more than is asked for", limitsState(a, 50_000, 14, 40_000), limitsState(b, 50_000, 14, 30_000), LimitsOptions{Max24HourSend: 60_000},
			[]limit{{a, SendingQuota, 70_000, update, ""}, {b, SendingQuota, 70_000, update, ""}}},
		{"what was sent takes a higher rate", limitsState(a, 1_000_000, 1, 80_000), limitsState(b, 1_000_000, 1, 80_000), LimitsOptions{},
			[]limit{{a, SendingRate, 2, update, ""}, {b, SendingRate, 2, update, ""}}},
		{"asked for", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 1, 0), LimitsOptions{Max24HourSend: 100_000, MaxSendRate: 14},
			[]limit{{a, SendingQuota, 100_000, update, ""}, {b, SendingQuota, 100_000, update, ""}, {b, SendingRate, 14, update, ""}}},
		{"less is asked for than there is", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 1, 0), LimitsOptions{Max24HourSend: 100, MaxSendRate: 0.5}, nil},
		{"unlimited", limitsState(a, -1, 14, 1e6), limitsState(b, -1, 14, 1e6), LimitsOptions{Max24HourSend: 1e9, MaxSendRate: 14},
			[]limit{{a, SendingRate, 11_575, update, ""}, {b, SendingRate, 11_575, update, ""}}},
		{"one is unlimited", limitsState(a, -1, 14, 0), limitsState(b, 200, 14, 0), LimitsOptions{}, nil},
		{"requested", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 50_000, "PENDING"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, none, "AWS has not decided on the request yet"}}},
		{"less is requested", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 1_000, "CASE_OPENED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, none, "AWS has not decided on the request yet; it is for less than 50,000, which can be asked for only then"}}},
		{"granted, not in force", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 50_000, "APPROVED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, none, "not in force yet"}}},
		{"less was granted", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 1_000, "APPROVED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, update, ""}}},
		{"denied", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 50_000, "DENIED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, manual, "AWS has not granted the last request, for 50,000: DENIED"}}},
		{"not approved", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 20_000, "NOT_APPROVED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, manual, "NOT_APPROVED"}}},
		{"the case was closed", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 50_000, "CASE_CLOSED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, manual, "CASE_CLOSED"}}},
		{"more was denied", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 90_000, "DENIED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, update, ""}}},
		{"less than there is was denied long ago", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingQuota, 150, "DENIED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, update, ""}}},
		{"denied, then requested", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0,
			Increase{"2", SendingQuota, 50_000, "PENDING"}, Increase{"1", SendingQuota, 50_000, "DENIED"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, none, "AWS has not decided"}}},
		{"another quota was requested", limitsState(a, 50_000, 14, 0), limitsState(b, 200, 14, 0, Increase{"1", SendingRate, 50_000, "PENDING"}), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, update, ""}}},
		{"sandbox", limitsState(a, 50_000, 14, 0), sandbox(limitsState(b, 200, 1, 0)), LimitsOptions{},
			[]limit{{b, "", 50_000, manual, "the account is in the sandbox, and leaving that is no quota; the review of the last request: PENDING"}}},
		{"both in the sandbox", sandbox(limitsState(a, 200, 1, 0)), sandbox(limitsState(b, 200, 1, 0)), LimitsOptions{},
			[]limit{{a, "", 200, manual, "sandbox"}, {b, "", 200, manual, "sandbox"}}},
		{"the primary unread", denied(limitsState(a, 0, 0, 0)), limitsState(b, 200, 1, 0), LimitsOptions{Max24HourSend: 1000},
			[]limit{{a, "", 0, unknown, "the account in eu-west-1 could not be read: denied"}, {b, "", 0, unknown, "the account in eu-west-1 could not be read: denied"}}},
		{"the history unread", limitsState(a, 50_000, 14, 0), history(limitsState(b, 200, 1, 0)), LimitsOptions{},
			[]limit{{b, SendingQuota, 50_000, unknown, "which increases were requested could not be read: denied"}, {b, SendingRate, 14, update, ""}}},
		{"the history unread, and enough", limitsState(a, 200, 1, 0), history(limitsState(b, 200, 1, 0)), LimitsOptions{}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Limits(test.primary, test.secondary, test.opts)
			if len(got) != len(test.want) {
				t.Fatalf("got %+v", got)
			}
			for i, l := range got {
				w := test.want[i]
				if l.Region != w.region || l.Quota != w.quota || l.Want != w.want || l.Action != w.action || !strings.Contains(l.Reason, w.reason) || w.reason == "" && l.Reason != "" {
					t.Errorf("got  %+v\nwant %+v", l, w)
				}
				if l.Action == awspatterns.Manual && len(l.Steps) == 0 {
					t.Errorf("manual, without steps: %+v", l)
				}
			}
		})
	}
}

// TestLimitsNeverAskForLess tries many Regions.
func TestLimitsNeverAskForLess(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	number := func() float64 { return float64(random.IntN(40)-1) * math.Pow(10, float64(random.IntN(4))) }
	statuses := []string{"PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST", "NEW"}
	for range 20_000 {
		var states [2]State
		for i := range states {
			states[i] = limitsState("r", number(), number(), max(0, number()))
			if random.IntN(2) == 0 {
				states[i].Increases = []Increase{{"1", SendingQuota, number(), statuses[random.IntN(len(statuses))]}}
			}
		}
		opts := LimitsOptions{Max24HourSend: max(0, number()), MaxSendRate: max(0, number())}
		for _, l := range Limits(states[0], states[1], opts) {
			if l.Action != awspatterns.Update {
				continue
			}
			if l.Want <= l.Has || l.Has < 0 || l.Last != nil && l.Last.open() {
				t.Fatalf("%+v of %+v, %+v", l, states, opts)
			}
			if sent := states[0].Settings.SentLast24Hours + states[1].Settings.SentLast24Hours; l.Quota == SendingQuota && l.Want < sent {
				t.Fatalf("%+v is less than the %v that were sent", l, sent)
			}
		}
	}
}

func TestLimitsOptionsCheck(t *testing.T) {
	for _, o := range []LimitsOptions{{Max24HourSend: -1}, {MaxSendRate: math.NaN()}, {Max24HourSend: math.Inf(1)}} {
		if o.Check() == nil {
			t.Errorf("%+v: no error", o)
		}
	}
	if err := (LimitsOptions{Max24HourSend: 1, MaxSendRate: 0.1}).Check(); err != nil {
		t.Error(err)
	}
}

func TestLimitLook(t *testing.T) {
	old, asked, less := &Increase{"1", SendingQuota, 900, "DENIED"}, &Increase{"2", SendingQuota, 1000, "PENDING"}, &Increase{"3", SendingQuota, 500, "PENDING"}
	granted, denied := &Increase{"4", SendingQuota, 2000, "APPROVED"}, &Increase{"5", SendingQuota, 1000, "DENIED"}
	tests := []struct {
		name         string
		last, newest *Increase
		has          float64
		want         Now
	}{
		{"nothing asked for", nil, nil, 200, AsFound},
		{"more than before, and not enough", nil, nil, 999, AsFound},
		{"enough", nil, nil, 1000, AsPlanned},
		{"unlimited", nil, nil, -1, AsPlanned},
		{"asked for", nil, asked, 200, AsPlanned},
		{"asked for since an old one", old, asked, 200, AsPlanned},
		{"asked for and denied", nil, denied, 200, AsPlanned},
		{"granted, not in force", nil, granted, 200, AsPlanned},
		{"less was asked for", nil, less, 200, Other},
		{"only the old one", old, old, 200, AsFound},
		{"the old one is gone", old, nil, 200, Other},
		{"the old one is open", asked, &Increase{"2", SendingQuota, 1000, "PENDING"}, 200, Other},
	}
	for _, test := range tests {
		l := Limit{Quota: SendingQuota, Has: 200, Want: 1000, Last: test.last}
		if got := l.Look(test.has, test.newest); got != test.want {
			t.Errorf("%s: got %s, want %s", test.name, got, test.want)
		}
	}
}
