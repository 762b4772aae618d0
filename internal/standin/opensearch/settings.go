package opensearch

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// readSettings reads settings in any of their forms, nested or flat, with or
// without "index.", into flat ones. A nil value is one that was null.
func readSettings(body json.RawMessage) (map[string]*string, *apiError) {
	settings := map[string]*string{}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var tree any
	if decoder.Decode(&tree) != nil {
		return nil, newError(http.StatusBadRequest, "parse_exception", "key [settings] must be an object")
	}
	object, ok := tree.(map[string]any)
	if !ok && tree != nil {
		return nil, newError(http.StatusBadRequest, "parse_exception", "key [settings] must be an object")
	}
	flatten("", object, settings)
	return settings, nil
}

func flatten(prefix string, value any, into map[string]*string) {
	switch v := value.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(prefix+"."+name, member, into)
		}
		return
	case []any:
		into[settingName(prefix)] = new(string(marshal(v)))
	case nil:
		into[settingName(prefix)] = nil
	default:
		into[settingName(prefix)] = new(fmt.Sprint(v))
	}
}

func settingName(name string) string {
	name = strings.TrimPrefix(name, ".")
	if !strings.HasPrefix(name, "index.") {
		name = "index." + name
	}
	return name
}

// Settings that can be given. Those of final and private cannot be changed on an
// open index, private ones not even be given.
var (
	finalSettings   = []string{"number_of_shards", "number_of_routing_shards", "routing_partition_size", "codec", "sort.*", "analysis.*", "similarity.*", "knn", "soft_deletes.enabled", "replication.type", "store.type", "mapping.ignore_malformed", "mapping.coerce", "sort.field", "sort.order"}
	dynamicSettings = []string{"number_of_replicas", "auto_expand_replicas", "refresh_interval", "blocks.*", "max_*", "translog.*",
		"merge.*", "routing.*", "search.*", "indexing.*", "mapping.*", "default_pipeline", "final_pipeline", "hidden", "priority",
		"gc_deletes", "highlight.*", "requests.*", "knn.*", "unassigned.*", "query.*", "write.*", "shard.*", "plugins.*", "opendistro.*",
		"warmer.*", "allocation.*", "queries.*", "store.*", "load_fixed_bitset_filters_eagerly", "optimize_auto_generated_id", "verified_before_close"}
)

// shardSettings have no effect in a collection. There, a new index may be given them
// (opensearch-go, pull request 374), and to change them is taken to be refused.
var shardSettings = []string{"number_of_shards", "number_of_replicas", "auto_expand_replicas", "number_of_routing_shards", "routing.allocation.*"}

func among(name string, patterns []string) bool {
	name = strings.TrimPrefix(name, "index.")
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(name, prefix)
		}
		return name == pattern
	})
}

// checkSettings checks settings for a new index, or, if ix is given, for that one.
func (s *Server) checkSettings(settings map[string]*string, ix *index) *apiError {
	var fail *apiError
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		err := s.checkSetting(name, settings[name], ix)
		switch {
		case err == nil:
		case fail == nil:
			fail = err
		default:
			fail.Suppressed = append(fail.Suppressed, err)
		}
	}
	return fail
}

func (s *Server) checkSetting(name string, value *string, ix *index) *apiError {
	switch {
	case name == "index.version.created" && ix == nil:
		return nil
	case !among(name, dynamicSettings) && !among(name, finalSettings):
		e := illegalArgument("unknown setting [%s] please check that any required plugins are installed, or check the breaking changes documentation for removed settings", name)
		if s.major() >= 3 {
			e.Type = "settings_exception"
		}
		return e
	case ix != nil && !ix.closed && among(name, finalSettings):
		return illegalArgument("Can't update non dynamic settings [[%s]] for open indices [[%s/%s]]", name, ix.name, ix.uuid)
	case s.Product.Serverless() && ix != nil && among(name, shardSettings):
		return illegalArgument("unknown setting [%s] please check that any required plugins are installed, or check the breaking changes documentation for removed settings", name)
	case value == nil:
		return nil
	}
	return checkValue(name, *value)
}

func checkValue(name, value string) *apiError {
	switch name {
	case "index.number_of_shards", "index.number_of_replicas":
		least, most := 0, 1<<31-1
		if name == "index.number_of_shards" {
			least, most = 1, 1024
		}
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
			e := illegalArgument("Failed to parse value [%s] for setting [%s]", value, name)
			e.CausedBy = newError(http.StatusBadRequest, "number_format_exception", "For input string: %q", value)
			return e
		case n < least:
			return illegalArgument("Failed to parse value [%s] for setting [%s] must be >= %d", value, name, least)
		case n > most:
			return illegalArgument("Failed to parse value [%s] for setting [%s] must be <= %d", value, name, most)
		}
	case "index.refresh_interval":
		if _, ok := parseTime(value); !ok {
			return illegalArgument("failed to parse setting [%s] with value [%s] as a time value: unit is missing or unrecognized", name, value)
		}
	case "index.blocks.write", "index.blocks.read", "index.blocks.read_only", "index.blocks.read_only_allow_delete", "index.blocks.metadata", "index.hidden":
		if value != "true" && value != "false" {
			return illegalArgument("Failed to parse value [%s] as only [true] or [false] are allowed.", value)
		}
	}
	return nil
}

// parseTime reads a time value, such as 30s.
func parseTime(value string) (time.Duration, bool) {
	if value == "-1" {
		return -1, true
	}
	if value == "0" {
		return 0, true
	}
	number := strings.TrimRight(value, "abcdefghijklmnopqrstuvwxyz")
	n, err := strconv.ParseFloat(number, 64)
	unit, known := map[string]time.Duration{"d": 24 * time.Hour, "h": time.Hour, "m": time.Minute, "s": time.Second,
		"ms": time.Millisecond, "micros": time.Microsecond, "nanos": time.Nanosecond}[value[len(number):]]
	return time.Duration(n * float64(unit)), err == nil && known
}

func putSettings(s *Server, q *request) (int, any, error) {
	body := q.body
	var wrapped struct{ Settings json.RawMessage }
	if err := checkJSON(body); err != nil {
		return 0, nil, s.parseFailure(err)
	}
	if json.Unmarshal(body, &wrapped) != nil {
		return 0, nil, invalid("no settings to update")
	}
	if wrapped.Settings != nil {
		body = wrapped.Settings
	}
	settings, fail := readSettings(body)
	if fail != nil {
		return 0, nil, fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	for _, ix := range found {
		if fail := s.checkSettings(settings, ix); fail != nil {
			return 0, nil, fail
		}
	}
	for _, ix := range found {
		s.change(ix, settings, q.flag("preserve_existing"))
	}
	return http.StatusOK, acknowledged{true}, nil
}

// change sets settings. A number of replicas that is reset is 1 again, all others
// are gone.
func (s *Server) change(ix *index, settings map[string]*string, preserve bool) {
	before, replicas := s.intervalOf(ix), ix.replicas()
	for name, value := range settings {
		_, has := ix.settings[name]
		switch {
		case preserve && has:
		case value == nil && name == "index.number_of_replicas":
			ix.settings[name] = "1"
		case value == nil:
			delete(ix.settings, name)
		default:
			ix.settings[name] = *value
		}
	}
	if expand := ix.settings["index.auto_expand_replicas"]; expand != "" && expand != "false" {
		ix.settings["index.number_of_replicas"] = s.expanded(expand)
	}
	if ix.replicas() > replicas {
		ix.replicasSince = time.Now()
	}
	if before < 0 && s.intervalOf(ix) >= 0 { // the refresh is scheduled anew
		for _, sh := range ix.shards {
			sh.since = time.Now()
		}
	}
}

// expanded is how many replicas auto_expand_replicas makes.
func (s *Server) expanded(setting string) string {
	low, high, _ := strings.Cut(setting, "-")
	least, _ := strconv.Atoi(low)
	most := s.dataNodes() - 1
	if n, err := strconv.Atoi(high); err == nil {
		most = min(most, n)
	}
	return strconv.Itoa(max(least, most))
}
