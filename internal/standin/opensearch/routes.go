package opensearch

import (
	"net/http"
	"slices"
	"strings"
)

// A route is one thing that can be asked for.
type route struct {
	methods    []string
	path       []string // {index} and {name} stand for anything
	params     []string
	do         func(*Server, *request) (int, any, error)
	serverless bool // collections have it, too
}

const (
	which    = "ignore_unavailable allow_no_indices expand_wildcards"
	writes   = "refresh routing wait_for_active_shards require_alias pipeline"
	ones     = writes + " if_seq_no if_primary_term version version_type op_type retry_on_conflict"
	works    = "refresh wait_for_completion wait_for_active_shards slices scroll max_docs scroll_size"
	reads    = "preference realtime refresh routing _source _source_includes _source_excludes"
	healths  = "level local wait_for_status wait_for_no_relocating_shards " + which
	cats     = "format h s v bytes health pri local time expand_wildcards include_unloaded_segments"
	searches = which + " routing preference request_cache track_total_hits size from sort _source search_type typed_keys batched_reduce_size ccs_minimize_roundtrips max_concurrent_shard_requests"
)

// routes has what is known of the API. The first one that fits is taken.
var routes = []route{
	at("GET HEAD", "", "", root),
	at("POST PUT", "_bulk", writes, bulk).everywhere(),
	at("POST PUT", "{index}/_bulk", writes, bulk).everywhere(),
	at("GET POST", "_mget", reads, mget).everywhere(),
	at("GET POST", "{index}/_mget", reads, mget).everywhere(),
	at("GET HEAD", "{index}/_doc/{name}", reads, getDocument).everywhere(),
	at("PUT POST DELETE", "{index}/_doc/{name}", ones, writeDocument).everywhere(),
	at("POST", "{index}/_doc", ones, writeDocument).everywhere(),
	at("PUT POST", "{index}/_create/{name}", ones, writeDocument).everywhere(),
	at("POST", "{index}/_update/{name}", ones, writeDocument).everywhere(),
	at("POST", "_reindex", works+" requests_per_second", reindex),
	at("POST", "{index}/_delete_by_query", works+" conflicts "+which, deleteByQuery),
	at("GET", "_tasks/{name}", "wait_for_completion", getTask),
	at("PUT POST", "_index_template/{name}", "create cause", putTemplate).everywhere(),
	at("GET", "_index_template", "local flat_settings", getTemplate).everywhere(),
	at("GET", "_index_template/{name}", "local flat_settings", getTemplate).everywhere(),
	at("DELETE", "_index_template/{name}", "", deleteTemplate).everywhere(),
	at("PUT", "_data_stream/{name}", "", putStream),
	at("GET", "_data_stream", "", getStream),
	at("GET", "_data_stream/{name}", "", getStream),
	at("DELETE", "_data_stream/{name}", "", deleteStream),
	at("GET POST", "_count", which+" routing preference", count).everywhere(),
	at("GET POST", "{index}/_count", which+" routing preference", count).everywhere(),
	at("GET POST", "_search", searches, search).everywhere(),
	at("GET POST", "{index}/_search", searches, search).everywhere(),
	at("GET POST", "_refresh", which, refresh),
	at("GET POST", "{index}/_refresh", which, refresh),
	at("GET POST", "_flush", which+" force wait_if_ongoing", flush),
	at("GET POST", "{index}/_flush", which+" force wait_if_ongoing", flush),
	at("POST", "_forcemerge", which+" max_num_segments only_expunge_deletes flush", flush),
	at("POST", "{index}/_forcemerge", which+" max_num_segments only_expunge_deletes flush", flush),
	at("POST", "{index}/_close", which+" wait_for_active_shards", closeIndex),
	at("POST", "{index}/_open", which+" wait_for_active_shards", openIndex),
	at("GET", "_cluster/health", healths, clusterHealth),
	at("GET", "_cluster/health/{index}", healths, clusterHealth),
	at("PUT", "_cluster/settings", "flat_settings", putClusterSettings),
	at("GET", "_stats", which+" level", stats),
	at("GET", "_stats/{name}", which+" level", stats),
	at("GET", "{index}/_stats", which+" level", stats),
	at("GET", "{index}/_stats/{name}", which+" level", stats),
	at("GET", "_nodes/http", "", nodes),
	at("GET", "_nodes/_local/http", "", nodes),
	at("GET", "_cat/indices", cats, catIndices).everywhere(),
	at("GET", "_cat/indices/{index}", cats, catIndices).everywhere(),
	at("GET", "_cat/segments", cats, catSegments),
	at("GET", "_cat/segments/{index}", cats, catSegments),
	at("GET", "_cat/aliases", cats, catAliases).everywhere(),
	at("GET", "_cat/aliases/{name}", cats, catAliases).everywhere(),
	at("GET", "_resolve/index/{name}", which, resolveIndex).everywhere(),
	at("GET", "_mapping", which+" local", getMapping).everywhere(),
	at("GET", "{index}/_mapping", which+" local", getMapping).everywhere(),
	at("PUT POST", "{index}/_mapping", which, putMapping).everywhere(),
	at("GET", "_settings", which+" flat_settings include_defaults local", getSettings).everywhere(),
	at("GET", "{index}/_settings", which+" flat_settings include_defaults local", getSettings).everywhere(),
	at("GET", "{index}/_settings/{name}", which+" flat_settings include_defaults local", getSettings).everywhere(),
	at("PUT", "_settings", which+" preserve_existing flat_settings", putSettings).everywhere(),
	at("PUT", "{index}/_settings", which+" preserve_existing flat_settings", putSettings).everywhere(),
	at("POST", "_aliases", "", postAliases).everywhere(),
	at("GET HEAD", "_alias", which+" local", getAlias).everywhere(),
	at("GET HEAD", "_alias/{name}", which+" local", getAlias).everywhere(),
	at("GET HEAD", "{index}/_alias", which+" local", getAlias).everywhere(),
	at("GET HEAD", "{index}/_alias/{name}", which+" local", getAlias).everywhere(),
	at("PUT POST", "{index}/_alias/{name}", "", putAlias).everywhere(),
	at("DELETE", "{index}/_alias/{name}", "", deleteAlias).everywhere(),
	at("PUT", "{index}", "wait_for_active_shards", createIndex).everywhere(),
	at("DELETE", "{index}", which, deleteIndex).everywhere(),
	at("GET HEAD", "{index}", which+" flat_settings include_defaults local", getIndex).everywhere(),
}

func at(methods, path, params string, do func(*Server, *request) (int, any, error)) route {
	return route{methods: strings.Fields(methods), path: split(path), params: strings.Fields(params), do: do}
}

func split(path string) []string {
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

func (r route) everywhere() route {
	r.serverless = true
	return r
}

// route finds the route of a request, and takes the names out of its path.
func (s *Server) route(q *request) (*route, *apiError) {
	var allowed []string
	for i := range routes {
		r := &routes[i]
		if !r.fits(q.path) || s.Product.Serverless() && !r.serverless {
			continue
		}
		if !slices.Contains(r.methods, q.Method) {
			allowed = append(allowed, r.methods...)
			continue
		}
		for i, step := range r.path {
			switch step {
			case "{index}":
				q.index = q.path[i]
			case "{name}":
				q.name = q.path[i]
			}
		}
		return r, nil
	}
	switch {
	case s.Product.Serverless():
		return nil, &apiError{Status: http.StatusNotFound, text: true}
	case len(allowed) > 0:
		return nil, textError(http.StatusMethodNotAllowed, "Incorrect HTTP method for uri [%s] and method [%s], allowed: [%s]", q.RequestURI, q.Method, strings.Join(allowed, ", "))
	}
	e := textError(http.StatusBadRequest, "no handler found for uri [%s] and method [%s]", q.URL.RequestURI(), q.Method)
	e.bare = true
	return nil, e
}

func (r *route) fits(path []string) bool {
	return slices.EqualFunc(r.path, path, func(want, have string) bool {
		return want == have || want == "{name}" || want == "{index}"
	})
}
