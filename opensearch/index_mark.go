package opensearch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
)

// markKey is where this library keeps what it must know of an index, in the _meta of
// its mapping.
const markKey = "awspatterns"

// An indexMark is what this library keeps of an index. What others keep beside it, and what
// later versions of this library do, stays as it is.
type indexMark struct {
	settings originals    // before they were tuned
	replace  *replacement // that the index was made for

	meta, own map[string]json.RawMessage
}

func readMark(i index) (m indexMark, err error) {
	m.meta, m.own = map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, part := range []struct {
		of   map[string]json.RawMessage
		key  string
		into any
	}{
		{i.mapping, "_meta", &m.meta}, {m.meta, markKey, &m.own},
		{m.own, "settings", &m.settings}, {m.own, "replace", &m.replace},
	} {
		if text, ok := part.of[part.key]; ok {
			if err := json.Unmarshal(text, part.into); err != nil {
				return indexMark{}, fmt.Errorf("%s: %q in the _meta of its mapping: %w", i.name, part.key, err)
			}
		}
	}
	return m, nil
}

// render returns the whole _meta.
func (m indexMark) render() (map[string]json.RawMessage, error) {
	meta, own := maps.Clone(m.meta), maps.Clone(m.own)
	if meta == nil {
		meta = map[string]json.RawMessage{}
	}
	if own == nil {
		own = map[string]json.RawMessage{}
	}
	delete(own, "settings")
	delete(own, "replace")
	var err error
	put := func(in map[string]json.RawMessage, key string, value any) {
		if err == nil {
			in[key], err = json.Marshal(value)
		}
	}
	if len(m.settings) > 0 {
		put(own, "settings", m.settings)
	}
	if m.replace != nil {
		put(own, "replace", m.replace)
	}
	delete(meta, markKey)
	if len(own) > 0 {
		put(meta, markKey, own)
	}
	return meta, err
}

// others returns what of the _meta others keep.
func (m indexMark) others() map[string]json.RawMessage {
	meta := maps.Clone(m.meta)
	delete(meta, markKey)
	return meta
}

// write replaces the _meta of an index, which OpenSearch does as a whole.
func (m indexMark) write(ctx context.Context, c *Conn, name string) error {
	meta, err := m.render()
	if err != nil {
		return err
	}
	return tell(ctx, c, http.MethodPut, pathOf(name, "_mapping"), map[string]any{"_meta": meta})
}
