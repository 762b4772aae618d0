package opensearch

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// An index is one. Its name, uuid and shards never change; settings change under
// the lock of the Server.
type index struct {
	name, uuid    string
	settings      map[string]string // flat, as they were given
	routingShards int
	shards        []*shard
	closed        bool
	replicasSince time.Time // when they were asked for
	number        int       // in the order of creation

	mapping atomic.Pointer[mapping]
	mapMu   sync.Mutex // held by who changes mapping
}

type createBody struct {
	settings map[string]*string
	mapping  *mapping
	aliases  map[string]*alias
}

// readCreate reads the body of a request that makes an index.
func (s *Server) readCreate(body []byte) (c createBody, fail *apiError) {
	c.mapping = newMapping()
	if len(body) == 0 {
		return c, nil
	}
	var members map[string]json.RawMessage
	if fail := s.decode(body, &members); fail != nil {
		return c, fail
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		switch name {
		case "settings":
			c.settings, fail = readSettings(members[name])
		case "mappings":
			c.mapping, fail = s.mappingOf(members[name])
		case "aliases":
			c.aliases, fail = s.readAliases(members[name])
		default:
			fail = newError(http.StatusBadRequest, "parse_exception", "unknown key [%s] for create index", name)
		}
		if fail != nil {
			return c, fail
		}
	}
	return c, nil
}

func createIndex(s *Server, q *request) (int, any, error) {
	c, fail := s.readCreate(q.body)
	if taken := s.createNew(q.index, c, fail); taken != nil {
		return 0, nil, taken
	}
	return http.StatusOK, struct {
		Acknowledged       bool   `json:"acknowledged"`
		ShardsAcknowledged bool   `json:"shards_acknowledged"`
		Index              string `json:"index"`
	}{true, s.active(q, q.index), q.index}, nil
}

// createNew makes an index, unless its name cannot be, or the body is wrong.
func (s *Server) createNew(name string, c createBody, wrong *apiError) *apiError {
	s.mu.Lock()
	defer s.mu.Unlock()
	if taken := s.checkNewName(name); taken != nil {
		return taken
	}
	if wrong != nil {
		return wrong
	}
	if t := s.templateFor(name); t != nil && t.stream {
		return illegalArgument("cannot create index with name [%s], because it matches with template that creates data streams only, use create data stream api instead", name)
	}
	return s.create(name, c)
}

// create makes an index whose name has been checked. The caller holds s.mu.
func (s *Server) create(name string, c createBody) *apiError {
	if !strings.HasPrefix(name, ".ds-") {
		var fail *apiError
		if c, fail = c.under(s.templateFor(name)); fail != nil {
			return fail
		}
	}
	if fail := s.checkSettings(c.settings, nil); fail != nil {
		return fail
	}
	settings := map[string]string{
		"index.number_of_shards": "1", "index.number_of_replicas": "1", "index.replication.type": "DOCUMENT",
	}
	for key, value := range c.settings {
		if value != nil && key != "index.version.created" && !(s.Product.Serverless() && among(key, shardSettings)) {
			settings[key] = *value
		}
	}
	shards, _ := strconv.Atoi(settings["index.number_of_shards"])     // checked
	replicas, _ := strconv.Atoi(settings["index.number_of_replicas"]) // checked
	if fail := s.checkShards(shards * (1 + replicas)); fail != nil {
		return fail
	}
	ix := &index{name: name, uuid: s.uuid(), settings: settings, number: s.made, routingShards: routingShards(shards), replicasSince: time.Now()}
	if n, err := strconv.Atoi(settings["index.number_of_routing_shards"]); err == nil && n >= shards && n%shards == 0 {
		ix.routingShards = n
	}
	maps.Copy(settings, map[string]string{
		"index.provided_name": name, "index.uuid": ix.uuid,
		"index.creation_date":   strconv.FormatInt(time.Now().UnixMilli(), 10),
		"index.version.created": "136407927",
	})
	for range shards {
		ix.shards = append(ix.shards, &shard{entries: map[string]*entry{}})
	}
	ix.mapping.Store(c.mapping)
	for alias := range c.aliases {
		if alias == name {
			return newError(http.StatusInternalServerError, "illegal_state_exception", "index, alias, and data stream names need to be unique, but the following duplicates were found [%s (alias of [%s/%s]) conflicts with index]", name, name, ix.uuid)
		}
		if s.indices[alias] != nil {
			return s.aliasIsIndex(alias)
		}
	}
	s.indices[name] = ix
	for alias, a := range c.aliases {
		s.setAlias(alias, name, a)
	}
	return nil
}

// checkShards refuses more than 1,000 shards a node (cluster.max_shards_per_node).
func (s *Server) checkShards(added int) *apiError {
	have, most := 0, 1000*s.dataNodes()
	for _, ix := range s.indices {
		have += len(ix.shards) * (1 + ix.replicas())
	}
	if have+added <= most {
		return nil
	}
	kind := ""
	if s.major() >= 3 {
		kind = " LOCAL_ONLY"
	}
	return newError(http.StatusBadRequest, "validation_exception", "Validation Failed: 1: this action would add [%d] total%s shards, but this cluster currently has [%d]/[%d] maximum%s shards open;", added, kind, have, most, kind)
}

func deleteIndex(s *Server, q *request) (int, any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range strings.SplitSeq(q.index, ",") {
		if s.aliases[name] != nil {
			if q.flag("ignore_unavailable") {
				continue
			}
			return 0, nil, matchesAlias(name)
		}
	}
	found, fail := s.resolve(q.index, q.resolving(concrete))
	if fail == nil {
		fail = unchangeable(found, true)
	}
	if fail != nil {
		return 0, nil, fail
	}
	for _, ix := range found {
		s.remove(ix.name)
	}
	return http.StatusOK, acknowledged{true}, nil
}

type acknowledged struct {
	Acknowledged bool `json:"acknowledged"`
}

// remove removes an index together with its aliases. The caller holds s.mu.
func (s *Server) remove(name string) {
	delete(s.indices, name)
	for alias, members := range s.aliases {
		if delete(members, name); len(members) == 0 {
			delete(s.aliases, alias)
		}
	}
	for stream, of := range s.streams {
		if of.backing == name {
			delete(s.streams, stream)
		}
	}
}

func getIndex(s *Server, q *request) (int, any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	found, fail := s.resolve(q.index, q.resolving(open))
	if fail != nil {
		return 0, nil, fail
	}
	all := map[string]any{}
	for _, ix := range found {
		all[ix.name] = struct {
			Aliases  map[string]*alias `json:"aliases"`
			Mappings *mapping          `json:"mappings"`
			Settings any               `json:"settings"`
		}{s.aliasesOf(ix.name), ix.mapping.Load(), ix.showSettings(nil, q.flag("flat_settings"))}
	}
	return http.StatusOK, all, nil
}

// refreshInterval is how long changes to ix wait; negative if for ever.
func (s *Server) intervalOf(ix *index) time.Duration {
	given, ok := ix.settings["index.refresh_interval"]
	if !ok {
		return s.refreshInterval()
	}
	interval, _ := parseTime(given) // checked
	return interval
}

func (ix *index) replicas() int {
	n, _ := strconv.Atoi(ix.settings["index.number_of_replicas"]) // checked
	return n
}

// copies returns how many copies of a shard there are to be, and how many are: none
// if there is no node that the index may be on.
func (s *Server) copies(ix *index) (total, successful int) {
	total = 1 + ix.replicas()
	switch {
	case ix.homeless():
		return total, 0
	case time.Since(ix.replicasSince) < s.ReplicaTime:
		return total, 1
	}
	return total, min(total, s.dataNodes())
}

// homeless tells whether an index demands a node with some attribute. None has any.
func (ix *index) homeless() bool {
	for name := range ix.settings {
		if strings.HasPrefix(name, "index.routing.allocation.require.") {
			return true
		}
	}
	return false
}

// refreshDue makes visible what is due. The caller holds s.mu for reading.
func (s *Server) refreshDue(ix *index, now time.Time) {
	for _, sh := range ix.shards {
		sh.refreshAt(now, s.intervalOf(ix))
	}
}

func (ix *index) refresh() {
	for _, sh := range ix.shards {
		sh.mu.Lock()
		sh.refresh()
		sh.mu.Unlock()
	}
}
