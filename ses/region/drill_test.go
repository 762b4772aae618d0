package region

import (
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// drilled returns the loss of the primary.
func drilled(t *testing.T, in Inputs, opts DrillOptions) Loss {
	t.Helper()
	r, err := Drill(in, in.Primary.Region, opts)
	if err != nil || len(r.Losses) != 1 {
		t.Fatalf("got %v, %v", r, err)
	}
	return r.Losses[0]
}

func TestDrillOfReadyRegions(t *testing.T) {
	for _, lost := range []string{"eu-west-1", "us-east-1"} {
		r, err := Drill(readyInputs(), lost, DrillOptions{})
		if err != nil {
			t.Fatal(err)
		}
		l := r.Losses[0]
		if l.Lost != lost || l.Left == lost || len(l.Findings) != 0 || l.Volume.Stays != 0 || !l.Volume.Known {
			t.Errorf("got\n%s", l)
		}
		if len(l.Items) != 7 {
			t.Errorf("got %d items", len(l.Items))
		}
		for _, i := range l.Items {
			if i.Verdict != Notes || len(i.Why) != 0 {
				t.Errorf("%s %q: %s", i.Kind, i.Name, i.Verdict)
			}
		}
	}
}

func TestDrillOfNoRegion(t *testing.T) {
	if _, err := Drill(readyInputs(), "eu-north-1", DrillOptions{}); err == nil {
		t.Error("no error")
	}
	r, err := Drill(readyInputs(), BothLost, DrillOptions{})
	if err != nil || len(r.Losses) != 2 || r.Losses[0].Lost != "eu-west-1" || r.Losses[1].Lost != "us-east-1" {
		t.Errorf("got %v, %v", r, err)
	}
	if r, err = Drill(readyInputs(), "", DrillOptions{}); err != nil || len(r.Losses) != 1 || r.Losses[0].Lost != "eu-west-1" {
		t.Errorf("got %v, %v", r, err)
	}
}

// TestDrillItems breaks one thing at a time in the Region that is left, and looks at what
// becomes of one item.
func TestDrillItems(t *testing.T) {
	no := false
	tests := []struct {
		name    string
		spoil   func(left *State)
		kind    Kind
		item    string
		verdict Severity
		why     string
	}{
		{"identity missing", func(s *State) { s.Identities = nil }, Identities, "example.com", Blocks, "missing"},
		{"identity unverified", func(s *State) { s.Identities[0].CanSend = false }, Identities, "example.com", Blocks, "not verified"},
		{"not signing", func(s *State) { s.Identities[0].DKIM.Enabled = false }, Identities, "example.com", Degrades, "not signed"},
		{"other default set", func(s *State) { s.Identities[0].ConfigurationSet = "" }, Identities, "example.com", Degrades, "its default configuration set is none, and plain in eu-west-1"},
		{"default set missing", func(s *State) { s.ConfigurationSets = s.ConfigurationSets[:1] }, Identities, "example.com", Blocks, "default configuration set \"plain\" is missing"},
		{"set missing", func(s *State) { s.ConfigurationSets = s.ConfigurationSets[1:] }, Sets, "marketing", Blocks, "missing"},
		{"set disabled", func(s *State) { s.ConfigurationSets[0].Sending = &no }, Sets, "marketing", Blocks, "disabled"},
		{"pool empty", func(s *State) { s.Pools[0].IPs = 0 }, Sets, "marketing", Blocks, "has no address"},
		{"pool missing", func(s *State) { s.Pools = nil }, Sets, "marketing", Blocks, "its pool \"bulk\" is missing"},
		{"destination missing", func(s *State) { s.ConfigurationSets[0].Destinations = nil }, Sets, "marketing", Degrades, "no destination \"bounces\": BOUNCE and COMPLAINT are lost"},
		{"destination disabled", func(s *State) { s.ConfigurationSets[0].Destinations[0].Enabled = false }, Sets, "marketing", Degrades, "is disabled"},
		{"events missing", func(s *State) { s.ConfigurationSets[0].Destinations[0].Events = []string{"BOUNCE"} }, Sets, "marketing", Degrades, "does not get COMPLAINT"},
		{"destinations unread", func(s *State) {
			s.ConfigurationSets[0].Destinations = nil
			s.Unread = []Unread{{Kind: Destinations, Name: "marketing", Reason: "denied"}}
		}, Sets, "marketing", NotKnown, "denied"},
		{"template missing", func(s *State) { s.Templates = nil }, Templates, "welcome", Blocks, "missing"},
		{"template unread", func(s *State) {
			s.Templates = nil
			s.Unread = []Unread{{Kind: Templates, Name: "welcome", Reason: "denied"}}
		}, Templates, "welcome", NotKnown, "denied"},
		{"templates unread", func(s *State) {
			s.Templates = nil
			s.Unread = []Unread{{Kind: Templates, Reason: "denied"}}
		}, Templates, "welcome", NotKnown, ""},
		{"template differs", func(s *State) { s.Templates[0].Digest = "x" }, Templates, "welcome", Degrades, "other content"},
		{"tenant missing", func(s *State) { s.Tenants = nil }, Tenants, "acme", Blocks, "missing"},
		{"sandbox", func(s *State) { s.Settings.ProductionAccess = false }, Templates, "welcome", Blocks, ""},
		{"account unread", func(s *State) {
			s.Settings, s.Unread = Settings{}, []Unread{{Kind: Account, Reason: "denied"}}
		}, Templates, "welcome", NotKnown, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in := readyInputs()
			test.spoil(&in.Secondary)
			l := drilled(t, in, DrillOptions{})
			for _, i := range l.Items {
				if i.Kind != test.kind || i.Name != test.item {
					continue
				}
				why := ""
				for _, f := range i.Why {
					why += f.Problem + "\n"
				}
				if i.Verdict != test.verdict || !strings.Contains(why, test.why) {
					t.Errorf("got %s, since %q", i.Verdict, why)
				}
				return
			}
			t.Errorf("no such item in\n%s", l)
		})
	}
}

func TestDrillVolume(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Inputs, *DrillOptions)
		want  Volume
	}{
		{"all fits", func(*Inputs, *DrillOptions) {}, Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true}},
		{"quota", func(in *Inputs, _ *DrillOptions) { in.Secondary.Settings.Max24HourSend = 200 },
			Volume{Recipients: 40_000, Known: true, Capacity: 200, CapacityKnown: true, Stays: 39_800, TooMany: 39_800}},
		{"rate", func(in *Inputs, _ *DrillOptions) { in.Secondary.Settings.MaxSendRate = 0.25 },
			Volume{Recipients: 40_000, Known: true, Capacity: 21_600, CapacityKnown: true, Stays: 18_400, TooMany: 18_400}},
		{"unlimited", func(in *Inputs, _ *DrillOptions) {
			in.Secondary.Settings.Max24HourSend, in.Secondary.Settings.MaxSendRate = -1, -1
		}, Volume{Recipients: 40_000, Known: true, Capacity: -1, CapacityKnown: true}},
		{"sandbox", func(in *Inputs, _ *DrillOptions) { in.Secondary.Settings.ProductionAccess = false },
			Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true, Stays: 40_000}},
		{"identity missing, of unknown volume", func(in *Inputs, _ *DrillOptions) { in.Secondary.Identities = in.Secondary.Identities[1:] },
			Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true, AtLeast: true}},
		{"identity missing", func(in *Inputs, o *DrillOptions) {
			in.Secondary.Identities, o.Volumes = in.Secondary.Identities[1:], map[string]float64{"example.com": 15_000}
		}, Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true, Stays: 15_000, OfIdentities: 15_000}},
		{"identity missing, and the rest too much", func(in *Inputs, o *DrillOptions) {
			in.Secondary.Identities, o.Volumes = in.Secondary.Identities[1:], map[string]float64{"example.com": 15_000}
			in.Secondary.Settings.Max24HourSend = 20_000
		}, Volume{Recipients: 40_000, Known: true, Capacity: 20_000, CapacityKnown: true, Stays: 20_000, OfIdentities: 15_000, TooMany: 5_000}},
		{"more than was sent", func(_ *Inputs, o *DrillOptions) { o.Volumes = map[string]float64{"example.com": 70_000} },
			Volume{Recipients: 70_000, Known: true, Capacity: 50_000, CapacityKnown: true, Stays: 20_000, TooMany: 20_000}},
		{"a set missing", func(in *Inputs, _ *DrillOptions) { in.Secondary.ConfigurationSets = in.Secondary.ConfigurationSets[1:] },
			Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true, AtLeast: true}},
		{"a template unread", func(in *Inputs, _ *DrillOptions) { in.Secondary.Unread = []Unread{{Kind: Templates, Name: "welcome"}} },
			Volume{Recipients: 40_000, Known: true, Capacity: 50_000, CapacityKnown: true, AtLeast: true}},
		{"the lost account unread", func(in *Inputs, _ *DrillOptions) {
			in.Primary.Settings, in.Primary.Unread = Settings{}, []Unread{{Kind: Account, Reason: "denied"}}
		}, Volume{Recipients: 20_000, Capacity: 50_000, CapacityKnown: true, AtLeast: true}},
		{"the account that is left unread", func(in *Inputs, _ *DrillOptions) {
			in.Secondary.Settings, in.Secondary.Unread = Settings{}, []Unread{{Kind: Account, Reason: "denied"}}
		}, Volume{Recipients: 20_000, AtLeast: true}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in, opts := readyInputs(), DrillOptions{}
			test.spoil(&in, &opts)
			if got := drilled(t, in, opts).Volume; got != test.want {
				t.Errorf("got  %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestDrillFindings(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Inputs, *DrillOptions)
		want  string
	}{
		{"suppressed in the lost one", func(in *Inputs, _ *DrillOptions) { in.Suppressed[0].Missing = 5 }, "5 addresses that eu-west-1 suppresses would be mailed again"},
		{"suppressed in the one that is left", func(in *Inputs, _ *DrillOptions) { in.Suppressed[0].Extra = 5 }, ""},
		{"not looked at", func(in *Inputs, _ *DrillOptions) { in.Suppressed = nil }, "not looked at"},
		{"volume of nobody", func(_ *Inputs, o *DrillOptions) { o.Volumes = map[string]float64{"exmaple.com": 1} }, "neither Region is known to have it"},
		{"endpoint failed", func(in *Inputs, _ *DrillOptions) { in.Primary.Endpoints[0].Status = "FAILED" }, "it is FAILED"},
		{"unread where it is lost", func(in *Inputs, _ *DrillOptions) { in.Primary.Unread = []Unread{{Kind: Sets, Reason: "denied"}} }, "could not be read: denied"},
		{"left out", func(_ *Inputs, o *DrillOptions) {
			o.Only = []Kind{Account, Pools, Sets, Destinations, Identities, Templates, Verification, Lists, Contacts, SuppressionList, Associations, Endpoints}
		}, "not looked at, since Only leaves it out"},
		{"probation", func(in *Inputs, _ *DrillOptions) { in.Secondary.Settings.Enforcement = "PROBATION" }, "PROBATION"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			in, opts := readyInputs(), DrillOptions{}
			test.spoil(&in, &opts)
			l := drilled(t, in, opts)
			if test.want == "" && len(l.Findings) > 0 || test.want != "" && (len(l.Findings) != 1 || !strings.Contains(l.Findings[0].Problem, test.want)) {
				t.Errorf("got %v", l.Findings)
			}
		})
	}
}

func TestDrillText(t *testing.T) {
	in := readyInputs()
	no := false
	in.Primary.Identities = append(in.Primary.Identities,
		Identity{Name: "hello@example.com", Type: "EMAIL_ADDRESS", CanSend: true}, Identity{Name: "other.com", Type: "DOMAIN", CanSend: true})
	in.Primary.Templates = append(in.Primary.Templates, Template{Name: "bye"})
	in.Secondary.Settings.Max24HourSend = 20_000
	in.Secondary.ConfigurationSets[0].Sending = &no
	in.Secondary.ConfigurationSets[0].Destinations = nil
	in.Secondary.Unread = []Unread{{Kind: Tenants, Reason: "AccessDeniedException: no"}}
	in.Suppressed[0].Missing, in.Suppressed[0].Extra = 41, 2
	r, err := Drill(in, BothLost, DrillOptions{Volumes: map[string]float64{"other.com": 5_000, "example.com": 20_000}})
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, "testdata/golden/drill.txt", r.String())
}
