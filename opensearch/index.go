package opensearch

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// An index is what a cluster tells of one.
type index struct {
	name     string
	aliases  map[string]json.RawMessage // how each shows the index
	mapping  map[string]json.RawMessage // its top level, such as "properties" and "_meta"
	settings map[string]any             // that are set: strings and lists, by their full name
}

func (i index) uuid() string { return i.setting("index.uuid") }

// setting returns a setting; empty if it is not set.
func (i index) setting(name string) string {
	s, _ := i.settings[name].(string)
	return s
}

// readIndices returns the indices of an expression, sorted by name: of the name of an
// index or alias, or of a pattern. None is no error.
func readIndices(ctx context.Context, c *Conn, expression string) ([]index, error) {
	found, err := ask[map[string]struct {
		Aliases  map[string]json.RawMessage
		Mappings map[string]json.RawMessage
		Settings map[string]any
	}](ctx, c, Request{
		Method: http.MethodGet, Path: pathOf(expression),
		Query: url.Values{"flat_settings": {"true"}, "expand_wildcards": {"all"}},
	})
	if isMissing(err) {
		return nil, nil
	}
	var indices []index
	for _, name := range slices.Sorted(maps.Keys(found)) {
		f := found[name]
		for key, value := range f.Settings {
			f.Settings[key] = settingText(value)
		}
		indices = append(indices, index{name, f.Aliases, f.Mappings, f.Settings})
	}
	return indices, err
}

// readMarks returns what readIndices does of the indices that fit a pattern, but of
// their settings the UUID alone, and of their mappings what this library keeps: there
// may be thousands. They are not to be written.
func readMarks(ctx context.Context, c *Conn, pattern string) ([]index, error) {
	query := url.Values{"expand_wildcards": {"all"}}
	if c.Product() != Serverless {
		query.Set("filter_path", "*.aliases,*.mappings._meta."+markKey+",*.settings.index.uuid")
	}
	found, err := ask[map[string]struct {
		Aliases  map[string]json.RawMessage
		Mappings map[string]json.RawMessage
		Settings struct{ Index struct{ UUID string } }
	}](ctx, c, Request{Method: http.MethodGet, Path: pathOf(pattern), Query: query})
	if isMissing(err) {
		return nil, nil
	}
	var indices []index
	for _, name := range slices.Sorted(maps.Keys(found)) {
		f := found[name]
		indices = append(indices, index{name, f.Aliases, f.Mappings, map[string]any{"index.uuid": f.Settings.Index.UUID}})
	}
	return indices, err
}

// readIndex returns one index by its name, and whether there is one.
func readIndex(ctx context.Context, c *Conn, name string) (index, bool, error) {
	indices, err := readIndices(ctx, c, name)
	if err != nil || len(indices) == 0 {
		return index{}, false, err
	}
	if len(indices) > 1 || indices[0].name != name {
		return index{}, false, fmt.Errorf("%s is the name of an alias or data stream, not of an index", name)
	}
	return indices[0], true, nil
}

// settingText returns a setting as a cluster gives it: numbers and booleans are text.
func settingText(value any) any {
	switch v := value.(type) {
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return value
}

// ask makes a request and decodes the answer.
func ask[T any](ctx context.Context, c *Conn, r Request) (answer T, err error) {
	response, err := c.Do(ctx, r)
	if err != nil {
		return answer, err
	}
	decoder := json.NewDecoder(bytes.NewReader(response.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		return answer, fmt.Errorf("%s %s: the answer is not what OpenSearch says: %w", r.Method, r.Path, err)
	}
	return answer, nil
}

// tell makes a request whose answer says no more than that it was done.
// It may be made again.
func tell(ctx context.Context, c *Conn, method, path string, body any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	answer, err := ask[struct{ Acknowledged *bool }](ctx, c, Request{Method: method, Path: path, Body: text, Repeat: true})
	if err == nil && answer.Acknowledged != nil && !*answer.Acknowledged {
		return unreadError(fmt.Sprintf("%s %s: the cluster has not confirmed it in time; run it again", method, path))
	}
	return err
}

// isMissing reports whether an error says for certain that there is no such index.
func isMissing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusNotFound && e.Type == "index_not_found_exception"
}

// shards is what of a request that goes to every shard succeeded.
type shards struct {
	Total, Successful, Failed int
	Failures                  json.RawMessage
}

func (s shards) err(what string) error {
	if s.Failed == 0 {
		return nil
	}
	return unreadError(fmt.Sprintf("%s: %d shards failed: %s", what, s.Failed, cmp.Or(string(s.Failures), "no reason given")))
}

// searched is err for a search, which asks one copy of each shard: one of which no
// copy is there has not failed.
func (s shards) searched(what string) error {
	if err := s.err(what); err != nil || s.Successful >= s.Total {
		return err
	}
	return unreadError(fmt.Sprintf("%s: only %d of %d shards have answered", what, s.Successful, s.Total))
}

// count returns how many documents of an index can be found.
func count(ctx context.Context, c *Conn, name string) (int64, error) {
	answer, err := ask[struct {
		Count  int64
		Shards shards `json:"_shards"`
	}](ctx, c, Request{Method: http.MethodGet, Path: pathOf(name, "_count")})
	return answer.Count, cmp.Or(err, answer.Shards.searched("count "+name))
}

// countRouted returns how many documents a search with a routing finds.
func countRouted(ctx context.Context, c *Conn, name, routing string) (int64, error) {
	answer, err := ask[struct {
		Hits   struct{ Total struct{ Value int64 } }
		Shards shards `json:"_shards"`
	}](ctx, c, Request{
		Method: http.MethodGet, Path: pathOf(name, "_search"),
		Query: url.Values{"size": {"0"}, "track_total_hits": {"true"}, "routing": {routing}},
	})
	return answer.Hits.Total.Value, cmp.Or(err, answer.Shards.searched("search "+name))
}

// refresh makes what was written to an index be found.
func refresh(ctx context.Context, c *Conn, name string) error {
	return broadcast(ctx, c, name, "_refresh", nil)
}

// forceMerge merges the segments of an index.
func forceMerge(ctx context.Context, c *Conn, name string, segments int) error {
	return broadcast(ctx, c, name, "_forcemerge", url.Values{"max_num_segments": {strconv.Itoa(segments)}})
}

// merges returns how many merges of segments of an index are under way.
func merges(ctx context.Context, c *Conn, name string) (int, error) {
	answer, err := ask[struct {
		All struct {
			Total struct{ Merges struct{ Current int } }
		} `json:"_all"`
	}](ctx, c, Request{Method: http.MethodGet, Path: pathOf(name, "_stats", "merge")})
	return answer.All.Total.Merges.Current, err
}

func broadcast(ctx context.Context, c *Conn, name, operation string, query url.Values) error {
	answer, err := ask[struct {
		Shards shards `json:"_shards"`
	}](ctx, c, Request{Method: http.MethodPost, Path: pathOf(name, operation), Query: query, Repeat: true})
	return cmp.Or(err, answer.Shards.err(operation+" of "+name))
}

// An indexHealth is how many copies of its shards an index has.
type indexHealth struct {
	Status   string // green, yellow or red
	Shards   int    `json:"number_of_shards"`
	Replicas int    `json:"number_of_replicas"` // that it is to have
	Active   int    `json:"active_shards"`      // copies that work, primary ones among them
}

// health returns how indices are, by name.
func health(ctx context.Context, c *Conn, names ...string) (map[string]indexHealth, error) {
	answer, err := ask[struct{ Indices map[string]indexHealth }](ctx, c, Request{
		Method: http.MethodGet, Path: pathOf("_cluster", "health", strings.Join(names, ",")), Query: url.Values{"level": {"indices"}},
	})
	for _, name := range names {
		if _, ok := answer.Indices[name]; !ok && err == nil {
			err = fmt.Errorf("the cluster does not tell the health of %s", name)
		}
	}
	return answer.Indices, err
}
