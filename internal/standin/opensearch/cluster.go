package opensearch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// nodeID is the id of the only node that answers name.
const nodeID = "standin_node_000000000"

// root tells who the cluster is.
func root(s *Server, _ *request) (int, any, error) {
	return http.StatusOK, fmt.Appendf(nil, `{
  "name" : "Node 1",
  "cluster_name" : %q,
  "cluster_uuid" : %q,
  "version" : {
    "distribution" : %q,
    "number" : %q,
    "build_type" : "unknown",
    "build_hash" : "standin",
    "build_date" : "2026-01-01T00:00:00Z",
    "build_snapshot" : false,
    "lucene_version" : "9.12.1",
    "minimum_wire_compatibility_version" : "7.10.0",
    "minimum_index_compatibility_version" : "7.0.0"
  },
  "tagline" : "The OpenSearch Project: https://opensearch.org/"
}
`, s.clusterName(), cmp.Or(s.ClusterUUID, "standin_cluster_000000"), cmp.Or(s.Distribution, "opensearch"), s.version()), nil
}

func (s *Server) clusterName() string { return cmp.Or(s.ClusterName, "standin") }

// nodes tells of the one node what clients look at.
func nodes(s *Server, _ *request) (int, any, error) {
	return http.StatusOK, map[string]any{
		"_nodes":       map[string]int{"total": 1, "successful": 1, "failed": 0},
		"cluster_name": s.clusterName(),
		"nodes": map[string]any{nodeID: map[string]any{
			"name": "Node 1", "version": s.version(), "http": map[string]int64{"max_content_length_in_bytes": s.maxContentLength()},
		}},
	}, nil
}

// resolveIndex tells what names stand for.
func resolveIndex(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	indices, aliases, streams := []any{}, []any{}, []any{}
	for part := range strings.SplitSeq(q.name, ",") {
		for _, name := range slices.Sorted(maps.Keys(s.indices)) {
			if !matchName(part, name) {
				continue
			}
			one, attributes := map[string]any{"name": name}, "open"
			if s.indices[name].closed {
				attributes = "closed"
			}
			one["attributes"] = []string{attributes}
			if of := slices.Sorted(maps.Keys(s.aliasesOf(name))); len(of) > 0 {
				one["aliases"] = of
			}
			indices = append(indices, one)
		}
		for _, name := range slices.Sorted(maps.Keys(s.aliases)) {
			if matchName(part, name) {
				aliases = append(aliases, map[string]any{"name": name, "indices": slices.Sorted(maps.Keys(s.aliases[name]))})
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.streams)) {
			if matchName(part, name) {
				streams = append(streams, map[string]any{"name": name, "backing_indices": []string{s.streams[name].backing}, "timestamp_field": "@timestamp"})
			}
		}
	}
	return http.StatusOK, map[string]any{"indices": indices, "aliases": aliases, "data_streams": streams}, nil
}

func closeIndex(s *Server, q *request) (int, any, error) { return s.setClosed(q, true) }
func openIndex(s *Server, q *request) (int, any, error)  { return s.setClosed(q, false) }

func (s *Server) setClosed(q *request, closed bool) (int, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	all := map[string]any{}
	for _, ix := range found {
		ix.closed = closed
		all[ix.name] = map[string]bool{"closed": true}
	}
	answer := map[string]any{"acknowledged": true, "shards_acknowledged": true}
	if closed {
		answer["indices"] = all
	}
	return http.StatusOK, answer, nil
}

// putClusterSettings knows one setting: whether writing makes indices.
func putClusterSettings(s *Server, q *request) (int, any, error) {
	var body map[string]json.RawMessage
	if fail := s.decode(q.body, &body); fail != nil {
		return 0, nil, fail
	}
	answer := map[string]any{"acknowledged": true, "persistent": map[string]any{}, "transient": map[string]any{}}
	for _, part := range []string{"persistent", "transient"} {
		if len(body[part]) == 0 {
			continue
		}
		settings, fail := readSettings(body[part])
		if fail != nil {
			return 0, nil, fail
		}
		for name, value := range settings {
			if name != "index.action.auto_create_index" {
				return 0, nil, notImplemented("the setting " + strings.TrimPrefix(name, "index."))
			}
			s.mu.Lock()
			s.autoCreateOff = value != nil && *value == "false"
			s.mu.Unlock()
			if value != nil {
				answer[part] = map[string]any{"action": map[string]string{"auto_create_index": *value}}
			}
		}
	}
	return http.StatusOK, answer, nil
}
