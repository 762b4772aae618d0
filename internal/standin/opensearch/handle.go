package opensearch

import (
	"net/http"
	"strings"

	"github.com/awspatterns/awspatterns/awstest"
)

// Handle makes the server answer the requests of c to a host.
func (s *Server) Handle(c *awstest.Cloud, host string) { c.HandleHTTP(host, s) }

// stream is a data stream with its one index.
type stream struct{ backing string }

type refusal struct {
	Status int
	Body   any
}

// authorize tells why a request may not be made; nil if it may.
func (s *Server) authorize(r *http.Request) *refusal {
	if s.Username != "" {
		user, password, ok := r.BasicAuth()
		if !ok || user != s.Username || password != s.Password {
			return &refusal{http.StatusUnauthorized, []byte("Unauthorized")}
		}
	}
	return nil
}

// banner is the answer at the root.
func (s *Server) banner() string {
	version, distribution := s.version(), s.Distribution
	if distribution == "" {
		distribution = "opensearch"
	}
	name, uuid := s.ClusterName, s.ClusterUUID
	if name == "" {
		name = "standin"
	}
	if uuid == "" {
		uuid = "standin-cluster-uuid-0"
	}
	return strings.NewReplacer("VERSION", version, "DISTRIBUTION", distribution, "NAME", name, "UUID", uuid).Replace(`{
  "name" : "Node 1",
  "cluster_name" : "NAME",
  "cluster_uuid" : "UUID",
  "version" : {
    "distribution" : "DISTRIBUTION",
    "number" : "VERSION",
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
`)
}

func getMapping(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	all := map[string]any{}
	for _, ix := range found {
		all[ix.name] = map[string]any{"mappings": ix.mapping.Load()}
	}
	return http.StatusOK, all, nil
}

func putMapping(s *Server, q *request) (int, any, error) {
	if len(q.body) == 0 {
		return 0, nil, invalid("mapping source is missing")
	}
	if err := checkJSON(q.body); err != nil {
		return 0, nil, s.parseFailure(err)
	}
	change, fail := s.mappingOf(q.body)
	if fail != nil {
		return 0, nil, fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	merged := make([]*mapping, len(found))
	for i, ix := range found {
		if merged[i], fail = ix.mapping.Load().merge(change); fail != nil {
			return 0, nil, fail
		}
	}
	for i, ix := range found {
		ix.mapping.Store(merged[i])
	}
	return http.StatusOK, acknowledged{true}, nil
}
