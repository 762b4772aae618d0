package region

import (
	"fmt"
	"testing"
)

// hugeInputs are Regions at the quotas of SES: 10,000 identities and configuration sets,
// 20,000 templates, of which every tenth differs.
func hugeInputs() Inputs {
	in := readyInputs()
	for _, s := range []*State{&in.Primary, &in.Secondary} {
		other := s.Region == in.Secondary.Region
		for i := range 10_000 {
			name := fmt.Sprintf("n%05d", i)
			set := ConfigurationSet{Name: name, Delivery: &Delivery{TLS: "REQUIRE"}}
			if other && i%10 == 0 {
				set.Delivery = nil
			}
			s.ConfigurationSets = append(s.ConfigurationSets, set)
			identity := s.Identities[0]
			identity.Name, identity.ConfigurationSet = name+".example.org", name
			identity.FeedbackForwarding = other && i%10 == 0
			s.Identities = append(s.Identities, identity)
		}
		for i := range 20_000 {
			digest := "1"
			if other && i%10 == 0 {
				digest = "2"
			}
			s.Templates = append(s.Templates, Template{Name: fmt.Sprintf("t%05d", i), Digest: digest})
		}
	}
	return in
}

func BenchmarkCheckReadiness(b *testing.B) {
	in := hugeInputs()
	for b.Loop() {
		if r := CheckReadiness(in, ReadinessOptions{}); r.Count(Degrades) != 4000 {
			b.Fatalf("got %d findings", r.Count(Degrades))
		}
	}
}

func BenchmarkDrill(b *testing.B) {
	in := hugeInputs()
	for b.Loop() {
		if _, err := Drill(in, BothLost, DrillOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
