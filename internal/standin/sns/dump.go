package sns

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dump returns the state of all topics as text, for comparing two runs: in a
// defined order, and without times and IDs, which are not the same in each.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, arn := range slices.Sorted(maps.Keys(s.topics)) {
		t := s.topics[arn]
		fmt.Fprintf(&out, "topic %s\n", arn)
		for _, name := range slices.Sorted(maps.Keys(t.attributes)) {
			fmt.Fprintf(&out, "  %s %s\n", name, t.attributes[name])
		}
		for _, key := range slices.Sorted(maps.Keys(t.tags)) {
			fmt.Fprintf(&out, "  tag %s=%q\n", key, t.tags[key])
		}
		var lines []string
		for _, sub := range t.subscriptions {
			lines = append(lines, fmt.Sprintf("  subscription %s %s\n", *sub.Protocol, *sub.Endpoint))
		}
		for _, m := range t.messages {
			lines = append(lines, fmt.Sprintf("  message %q %q\n", m.Subject, m.Text))
		}
		slices.Sort(lines) // calls that are made at once arrive in any order
		out.WriteString(strings.Join(lines, ""))
	}
	return out.String()
}
