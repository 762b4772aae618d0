package opensearch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Doc is a document as it was written last, whether searches see it or not.
type Doc struct {
	Source  []byte // not to be changed
	Version int64
	Routing string
	Writes  int // how often it was created, changed or deleted
	Creates int // how often it was created
}

// Docs returns the documents of an index, of all indices of an alias, or of all
// that a pattern fits, by id. Where an id is in several shards, all but one have their
// routing behind it, in brackets.
func (s *Server) Docs(index string) map[string]Doc {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(index, open)
	if fail != nil {
		return nil
	}
	docs := map[string]Doc{}
	for _, ix := range found {
		for _, sh := range ix.shards {
			sh.docs(docs)
		}
	}
	return docs
}

func (sh *shard) docs(into map[string]Doc) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, e := range sh.order {
		if e.source == nil {
			continue
		}
		id := e.id
		if _, taken := into[id]; taken {
			id += "[" + e.routing + "]"
		}
		into[id] = Doc{Source: e.source, Version: e.version, Routing: e.routing, Writes: int(e.writes), Creates: int(e.made)}
	}
}

// Len returns how many documents Docs has, also if they are not kept.
func (s *Server) Len(index string) (n int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, _ := s.resolve(index, open)
	for _, ix := range found {
		for _, sh := range ix.shards {
			sh.mu.RLock()
			n += sh.live
			sh.mu.RUnlock()
		}
	}
	return n
}

// Doubles returns sources that more than one document of an index has, and how many.
func (s *Server) Doubles(index string) map[string]int {
	sources := map[string]int{}
	for _, doc := range s.Docs(index) {
		sources[string(doc.Source)]++
	}
	maps.DeleteFunc(sources, func(_ string, n int) bool { return n == 1 })
	return sources
}

// Indices returns the names of all indices.
func (s *Server) Indices() []string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.indices))
}

// Aliases returns the indices of all aliases.
func (s *Server) Aliases() map[string][]string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	all := map[string][]string{}
	for name, members := range s.aliases {
		all[name] = slices.Sorted(maps.Keys(members))
	}
	return all
}

// State tells everything that lasts, in a text that is equal for equal clusters:
// settings but for dates and uuids, mappings, aliases, and documents without
// versions, and without ids that were generated. What is not visible yet has a star.
func (s *Server) State() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s.indices)) {
		s.indices[name].state(&b)
	}
	for _, name := range slices.Sorted(maps.Keys(s.aliases)) {
		fmt.Fprintf(&b, "alias %s\n", name)
		for _, index := range slices.Sorted(maps.Keys(s.aliases[name])) {
			fmt.Fprintf(&b, "  %s %s\n", index, marshal(s.aliases[name][index]))
		}
	}
	return b.String()
}

func (ix *index) state(b *strings.Builder) {
	fmt.Fprintf(b, "index %s\n", ix.name)
	if ix.closed {
		b.WriteString("  closed\n")
	}
	for _, name := range slices.Sorted(maps.Keys(ix.settings)) {
		switch name {
		case "index.uuid", "index.creation_date", "index.version.created", "index.provided_name", "index.replication.type":
		default:
			fmt.Fprintf(b, "  %s: %s\n", name, ix.settings[name])
		}
	}
	fmt.Fprintf(b, "  mapping: %s\n", marshal(ix.mapping.Load()))
	var lines []string
	for _, sh := range ix.shards {
		lines = append(lines, sh.state()...)
	}
	slices.Sort(lines)
	for _, line := range lines {
		b.WriteString(line)
	}
}

func (sh *shard) state() (lines []string) {
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	for _, e := range sh.order {
		if e.source == nil {
			continue
		}
		line := "  doc " + e.id
		if e.madeUp {
			line = "  doc (generated)"
		}
		if e.routing != "" {
			line += " routing " + e.routing
		}
		if e.dirty {
			line += " *"
		}
		lines = append(lines, line+" "+string(e.source)+"\n")
	}
	return lines
}
