package region

import (
	"math/rand/v2"
	"testing"
)

// drillItem returns one of a loss.
func drillItem(t *testing.T, l Loss, kind Kind, name string) DrillItem {
	t.Helper()
	for _, i := range l.Items {
		if i.Kind == kind && i.Name == name {
			return i
		}
	}
	t.Fatalf("no %s %q in\n%s", kind, name, l)
	return DrillItem{}
}

// TestDrillOfWhatIsRefused drills what readiness says that it blocks, and that a drill took
// for going out as before.
func TestDrillOfWhatIsRefused(t *testing.T) {
	in := readyInputs()
	readyIdentity(&in.Primary).Policies = map[string]string{"them": "{}", PolicyName: "{}"}
	in.Primary.Tenants[0].Resources = []string{"arn:aws:ses:eu-west-1:123456789012:identity/example.com", "arn:aws:ses:eu-west-1:123456789012:template/welcome"}
	in.Secondary.Tenants[0].Resources = []string{"arn:aws:ses:us-east-1:123456789012:template/welcome"}
	if r := CheckReadiness(in, ReadinessOptions{}); r.Count(Blocks) != 2 {
		t.Fatalf("got\n%s", r)
	}
	l := drilled(t, in, DrillOptions{Volumes: map[string]float64{"example.com": 500}})
	if i := drillItem(t, l, Identities, "example.com"); i.Verdict != Blocks || len(i.Why) != 1 {
		t.Errorf("the identity: got %v", i)
	}
	if i := drillItem(t, l, Tenants, "acme"); i.Verdict != Blocks || len(i.Why) != 1 {
		t.Errorf("the tenant: got %v", i)
	}
	if l.Volume.OfIdentities != 0 || !l.Volume.AtLeast { // how much of it is of others is not known
		t.Errorf("got %+v", l.Volume)
	}
	back, err := Drill(in, in.Secondary.Region, DrillOptions{})
	if err != nil || drillItem(t, back.Losses[0], Tenants, "acme").Verdict != Notes {
		t.Errorf("back: got %v, %v", back, err)
	}
}

// lightlySpoiled are Regions with something wrong in a few kinds of one of them.
func lightlySpoiled(random *rand.Rand) Inputs {
	in, spoiled := readyInputs(), spoiledInputs(random)
	to, from := &in.Primary, spoiled.Primary
	if random.IntN(2) == 0 {
		to, from = &in.Secondary, spoiled.Secondary
	}
	for range 2 {
		switch random.IntN(6) {
		case 0:
			to.Settings = from.Settings
		case 1:
			to.Pools = from.Pools
		case 2:
			to.ConfigurationSets = from.ConfigurationSets
		case 3:
			to.Identities = from.Identities
		case 4:
			to.Templates, to.VerificationTemplates, to.ContactLists = from.Templates, from.VerificationTemplates, from.ContactLists
		case 5:
			to.Tenants = from.Tenants
		}
	}
	return in
}

// TestDrillOfRegionsThatAreReady: what readiness calls ready loses nothing in a drill, whichever
// Region is gone.
func TestDrillOfRegionsThatAreReady(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	ready := 0
	for range 3000 {
		in := lightlySpoiled(random)
		r := CheckReadiness(in, ReadinessOptions{})
		if !r.Ready() {
			continue
		}
		ready++
		drill, err := Drill(in, BothLost, DrillOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range drill.Losses {
			for _, i := range l.Items {
				if i.Verdict != Notes {
					t.Fatalf("ready, and\n%s\n%s", l, r)
				}
			}
			if l.Volume.Stays != 0 || l.Volume.AtLeast {
				t.Fatalf("ready, and\n%s\n%s", l, r)
			}
		}
	}
	if ready < 100 {
		t.Errorf("only %d were ready", ready)
	}
}
