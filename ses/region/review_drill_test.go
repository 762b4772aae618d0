package region

import "testing"

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
