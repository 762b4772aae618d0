package region

import (
	"fmt"
	"testing"
)

// BenchmarkCompare compares two Regions with 10,000 templates and 2,000 configuration sets
// of two event destinations each: alike, and with nothing in the secondary.
func BenchmarkCompare(b *testing.B) {
	in := Inputs{Primary: emptyState(east), Secondary: emptyState(west)}
	for i := range 10_000 {
		in.Primary.Templates = append(in.Primary.Templates, Template{
			Name: fmt.Sprintf("template-%d", i), Digest: ContentDigest(fmt.Sprint(i)), Size: i, Tags: map[string]string{"team": "mail"},
		})
	}
	for i := range 2_000 {
		in.Primary.ConfigurationSets = append(in.Primary.ConfigurationSets, ConfigurationSet{
			Name: fmt.Sprintf("set-%d", i), Reputation: ptr(true), Tags: map[string]string{"team": "mail"},
			Destinations: []EventDestination{
				{Name: "bus", Enabled: true, Events: []string{"BOUNCE"}, EventBus: "arn:aws:events:us-east-1:123456789012:event-bus/default"},
				{Name: "topic", Enabled: true, Events: []string{"BOUNCE"}, Topic: eastTopic},
			},
		})
	}
	opts := allOptions()
	opts.MailFrom = nil
	empty := in
	made := Compare(in, opts)
	for _, d := range made {
		makeFast(&in.Secondary, d.Step)
	}
	for name, in := range map[string]Inputs{"alike": in, "empty": empty} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if n := len(Compare(in, opts)); name == "alike" && n != 0 || name == "empty" && n != len(made) {
					b.Fatalf("%d decisions", n)
				}
			}
		})
	}
}

// makeFast creates an object without looking.
func makeFast(s *State, step Step) {
	switch v := step.Value; step.Kind {
	case Templates:
		s.Templates = append(s.Templates, *v.Template)
	case Sets:
		s.ConfigurationSets = append(s.ConfigurationSets, *v.Set)
	case Destinations:
		set := &s.ConfigurationSets[len(s.ConfigurationSets)-1]
		if set.Name != step.Name {
			set = findSet(s, step.Name)
		}
		set.Destinations = append(set.Destinations, *v.Destination)
	}
}
