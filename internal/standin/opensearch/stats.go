package opensearch

import (
	"net/http"
)

// stats tells how many documents there are and were written.
func stats(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(searching))
	if fail != nil {
		return 0, nil, fail
	}
	var whole numbers
	var info shardsInfo
	indices := map[string]any{}
	for _, ix := range found {
		s.refreshDue(ix, q.start)
		n := ix.numbers()
		whole = whole.plus(n)
		total, successful := s.copies(ix)
		info.Total += total * len(ix.shards)
		info.Successful += successful * len(ix.shards)
		indices[ix.name] = map[string]any{"uuid": ix.uuid, "primaries": n.show(1), "total": n.show(successful)}
	}
	return http.StatusOK, map[string]any{
		"_shards": info,
		"_all":    map[string]any{"primaries": whole.show(1), "total": whole.show(1)},
		"indices": indices,
	}, nil
}

// numbers are of an index.
type numbers struct{ docs, bytes, writes int64 }

func (n numbers) plus(m numbers) numbers {
	return numbers{n.docs + m.docs, n.bytes + m.bytes, n.writes + m.writes}
}

func (ix *index) numbers() (n numbers) {
	for _, sh := range ix.shards {
		sh.mu.RLock()
		n.docs += int64(sh.visible)
		n.writes += sh.writes
		for _, e := range sh.order {
			n.bytes += int64(len(e.source))
		}
		sh.mu.RUnlock()
	}
	return n
}

// show is what _stats shows, for some copies of each shard.
func (n numbers) show(copies int) any {
	type object = map[string]int64
	return map[string]object{
		"docs":     {"count": n.docs, "deleted": 0},
		"store":    {"size_in_bytes": n.bytes * int64(copies)},
		"indexing": {"index_total": n.writes * int64(copies), "index_current": 0, "index_failed": 0},
	}
}
