package opensearch

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// catIndices lists indices. Only JSON is known.
func catIndices(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	slices.SortFunc(found, func(a, b *index) int { return cmp.Compare(a.number, b.number) })
	var rows []row
	for _, ix := range found {
		s.refreshDue(ix, q.start)
		n, status := ix.numbers(), "open"
		if ix.closed {
			status = "close"
		}
		size := strconv.FormatInt(n.bytes, 10)
		rows = append(rows, row{{"health", s.healthOf(ix).Status}, {"status", status}, {"index", ix.name}, {"uuid", ix.uuid},
			{"pri", strconv.Itoa(len(ix.shards))}, {"rep", strconv.Itoa(ix.replicas())}, {"docs.count", strconv.FormatInt(n.docs, 10)},
			{"docs.deleted", "0"}, {"store.size", size}, {"pri.store.size", size}})
	}
	return cat(q, rows)
}

// catSegments lists segments: one for each shard that has documents, with none that are
// deleted.
func catSegments(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	var rows []row
	for _, ix := range found {
		s.refreshDue(ix, q.start)
		for n, sh := range ix.shards {
			sh.mu.RLock()
			if sh.visible > 0 {
				rows = append(rows, row{{"index", ix.name}, {"shard", strconv.Itoa(n)}, {"prirep", "p"}, {"ip", "127.0.0.1"}, {"segment", "_0"},
					{"generation", "0"}, {"docs.count", strconv.Itoa(sh.visible)}, {"docs.deleted", "0"}, {"size", "1000"}, {"size.memory", "0"},
					{"committed", "false"}, {"searchable", "true"}, {"version", "9.12.1"}, {"compound", "true"}})
			}
			sh.mu.RUnlock()
		}
	}
	return cat(q, rows)
}

func catAliases(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var rows []row
	for _, name := range slices.Sorted(maps.Keys(s.aliases)) {
		if q.name != "" && !slices.ContainsFunc(strings.Split(q.name, ","), func(p string) bool { return matchName(p, name) }) {
			continue
		}
		for _, index := range slices.Sorted(maps.Keys(s.aliases[name])) {
			a := s.aliases[name][index]
			filter, write := "-", "-"
			if a.Filter != nil {
				filter = "*"
			}
			if a.IsWriteIndex != nil {
				write = strconv.FormatBool(*a.IsWriteIndex)
			}
			rows = append(rows, row{{"alias", name}, {"index", index}, {"filter", filter},
				{"routing.index", cmp.Or(a.IndexRouting, "-")}, {"routing.search", cmp.Or(a.SearchRouting, "-")}, {"is_write_index", write}})
		}
	}
	return cat(q, rows)
}

// A row of a table, in the order of its columns.
type row [][2]string

// cat shows those columns that are asked for.
func cat(q *request, rows []row) (int, any, error) {
	if q.query.Get("format") != "json" {
		return 0, nil, notImplemented("tables in a format other than json")
	}
	wanted := strings.Split(q.query.Get("h"), ",")
	out := []json.RawMessage{}
	for _, r := range rows {
		b := []byte("{")
		for _, cell := range r {
			if q.query.Has("h") && !slices.Contains(wanted, cell[0]) {
				continue
			}
			if len(b) > 1 {
				b = append(b, ',')
			}
			b = appendString(append(appendString(b, cell[0]), ':'), cell[1])
		}
		out = append(out, append(b, '}'))
	}
	return http.StatusOK, out, nil
}
