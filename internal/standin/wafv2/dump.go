package wafv2

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Dump returns the state of all IP sets as text, in a defined order: what calls can
// change.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var sets []string
	for _, i := range s.items {
		if i.ips == nil {
			continue
		}
		text := fmt.Sprintf("IP set %s %s %s %s %q %s\n", i.account, i.region, i.scope, i.name, i.description, i.ips.Version)
		for _, a := range i.ips.Addresses {
			text += "  " + a + "\n"
		}
		for _, key := range slices.Sorted(maps.Keys(i.tags)) {
			text += fmt.Sprintf("  tag %s=%q\n", key, i.tags[key])
		}
		sets = append(sets, text)
	}
	slices.Sort(sets)
	return strings.Join(sets, "")
}
