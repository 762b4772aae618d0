package rules

import (
	"fmt"
	"slices"
	"strings"
)

// A geoPart is one rule of those that a GeoRule becomes.
type geoPart struct {
	name      string // tells it from the other parts; the first has none
	action    Action
	geoip     []string // values of the keyword, which are ANDed
	countries []string
	not       bool
}

// dual is what a rule that is fail-closed passes: "drop where src is not in X" passes
// where src is in X. By De Morgan, "drop where src or dst is not in X" passes where both
// are, and "drop where src and dst are not in X" passes where one is.
var dual = map[Match]Match{Src: Src, Dst: Dst, Any: Both, Both: Any}

// parts splits the rule by the chunks of its countries. A rule that is fail-closed
// passes what does not match and drops the rest; one that passes has an alert before it.
func (g GeoRule) parts(chunks [][]string, order Order) []geoPart {
	if g.closed() {
		parts := named("pass", Pass, splitPositive(dual[g.Match], chunks))
		return append(parts, geoPart{action: g.Action, countries: g.Countries, not: true})
	}
	parts := splitPositive(g.Match, chunks)
	if g.AllBut {
		parts = splitNegated(g.Match, chunks)
	}
	parts = named("", g.Action, parts)
	if g.Action != Pass || order != StrictOrder || g.NoCompanion {
		return parts
	}
	var all []geoPart
	for i, alert := range named("alert", Alert, parts) {
		all = append(all, alert, parts[i])
	}
	return all
}

// named returns the parts with a role before their names, and an action.
func named(role string, action Action, parts []geoPart) []geoPart {
	parts = slices.Clone(parts)
	for i := range parts {
		parts[i].name = strings.Trim(role+"."+parts[i].name, ".")
		parts[i].action = action
	}
	return parts
}

// splitPositive makes one rule for each chunk: a packet is in a list if it is in one of
// its chunks. For Both it is one for each pair of chunks, since the ends may be in two.
func splitPositive(m Match, chunks [][]string) []geoPart {
	if m == Both && filled(chunks) > 1 {
		return splitPairs(chunks)
	}
	var parts []geoPart
	for i, chunk := range chunks {
		if len(chunk) == 0 {
			continue
		}
		part := geoPart{geoip: []string{geoip(m, chunk, "")}, countries: chunk}
		if part.name = chunkName(i); m == Both {
			part.name = pairName(i, i)
		}
		parts = append(parts, part)
	}
	return parts
}

func splitPairs(chunks [][]string) []geoPart {
	var parts []geoPart
	for i, src := range chunks {
		for j, dst := range chunks {
			if len(src) == 0 || len(dst) == 0 {
				continue
			}
			parts = append(parts, geoPart{
				name:      pairName(i, j),
				geoip:     []string{geoip(Src, src, ""), geoip(Dst, dst, "")},
				countries: union(src, dst),
			})
		}
	}
	return parts
}

// splitNegated repeats the keyword, since a packet is outside a list if it is outside
// of each chunk. For Any it makes two rules: "any,!A; any,!B" would also match a packet
// from A to B, whose ends are each outside of one chunk.
func splitNegated(m Match, chunks [][]string) []geoPart {
	all := union(chunks...)
	part := func(name string, m Match) geoPart {
		p := geoPart{name: name, countries: all, not: true}
		for _, chunk := range chunks {
			if len(chunk) > 0 {
				p.geoip = append(p.geoip, geoip(m, chunk, "!"))
			}
		}
		return p
	}
	if m == Any && filled(chunks) > 1 {
		return []geoPart{part("", Src), part("dst", Dst)}
	}
	return []geoPart{part("", m)}
}

// geoip is the value of the keyword.
func geoip(m Match, countries []string, not string) string {
	return string(m) + "," + not + strings.Join(countries, ","+not)
}

// chunkCountries divides countries into chunks of at most 64. A country that has its
// place in known keeps it; a new one goes to the first chunk with room. So a country
// that comes or goes changes one chunk, and a chunk may become empty.
func chunkCountries(countries []string, known [][]string) [][]string {
	var chunks [][]string
	placed := map[string]bool{}
	for _, old := range known {
		chunk := []string{}
		for _, country := range old {
			if slices.Contains(countries, country) && !placed[country] && len(chunk) < MaxCountries {
				chunk = append(chunk, country)
				placed[country] = true
			}
		}
		chunks = append(chunks, chunk)
	}
	for _, country := range countries {
		if !placed[country] {
			chunks = place(chunks, country)
		}
	}
	for _, chunk := range chunks {
		slices.Sort(chunk)
	}
	for len(chunks) > 0 && len(chunks[len(chunks)-1]) == 0 {
		chunks = chunks[:len(chunks)-1]
	}
	return chunks
}

func place(chunks [][]string, country string) [][]string {
	for i := range chunks {
		if len(chunks[i]) < MaxCountries {
			chunks[i] = append(chunks[i], country)
			return chunks
		}
	}
	return append(chunks, []string{country})
}

// chunkName is "" for the first chunk, "2" for the second.
func chunkName(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint(i + 1)
}

func pairName(i, j int) string {
	if i == 0 && j == 0 {
		return ""
	}
	return fmt.Sprintf("%dx%d", i+1, j+1)
}

func filled(chunks [][]string) int {
	n := 0
	for _, chunk := range chunks {
		if len(chunk) > 0 {
			n++
		}
	}
	return n
}

// union returns what is in one of the lists, in order.
func union(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}
