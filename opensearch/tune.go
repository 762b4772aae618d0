package opensearch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
)

// tuned is what settings are while an index is loaded.
var tuned = map[string]string{"index.refresh_interval": "-1", "index.number_of_replicas": "0"}

// originals are settings before they were tuned, by name; nil if not set.
type originals map[string]*string

// tune turns off refreshing and drops the replicas of an index, or of the write index
// of an alias. The settings as they were are saved in the mapping's _meta first, and
// nothing of them is forgotten when it is called again. What auto_expand_replicas
// decides is not changed, nor replicas that the cluster demands.
func tune(ctx context.Context, c *Conn, name string) error {
	if c.Product() == Serverless {
		return errors.New("option Tune is not for Serverless, which decides on refreshing and replicas itself")
	}
	indices, err := readIndices(ctx, c, name)
	if err != nil {
		return err
	}
	i, err := writeIndex(name, indices)
	if err != nil {
		return err
	}
	m, err := readMark(i)
	if err != nil {
		return err
	}
	saved, change := i.tuning(m.settings)
	if len(change) == 0 {
		return nil
	}
	if !same(saved, m.settings) {
		m.settings = saved
		if err := m.write(ctx, c, i.name); err != nil {
			return err
		}
	}
	err = putSettings(ctx, c, i.name, change)
	if _, ok := change[replicas]; ok && needsCopies(err) {
		if delete(change, replicas); len(change) == 0 {
			return nil
		}
		err = putSettings(ctx, c, i.name, change)
	}
	return err
}

const replicas = "index.number_of_replicas"

// needsCopies reports whether a cluster refuses an index without replicas: one over
// several zones may demand a copy, or several, in each of them, as domains in three
// zones do (cluster.routing.allocation.awareness.balance).
func needsCopies(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Status == http.StatusBadRequest && strings.Contains(e.Reason, "total awareness attributes")
}

// tuning returns the originals to save, and the settings to change. An original that
// is saved is kept as long as the setting is still as it was tuned: whoever changed it
// since means the change.
func (i index) tuning(saved originals) (originals, originals) {
	save, change := originals{}, originals{}
	for name, value := range i.tunable() {
		now := i.optional(name)
		old, known := saved[name]
		switch {
		case now != nil && *now == value && known:
			save[name] = old
		case now != nil && *now == value: // as it should be, by another hand
		default:
			save[name], change[name] = now, &value
		}
	}
	return save, change
}

// tunable returns the settings that loading an index should change.
func (i index) tunable() map[string]string {
	wanted := maps.Clone(tuned)
	if expand := i.setting("index.auto_expand_replicas"); expand != "" && expand != "false" {
		delete(wanted, "index.number_of_replicas")
	}
	return wanted
}

// optional returns a setting, nil if it is not set.
func (i index) optional(name string) *string {
	if s, ok := i.settings[name].(string); ok {
		return &s
	}
	return nil
}

// restore sets back what tune changed, in this process or in one that was killed, of
// an index or of all indices of an alias. It reports whether all is as it was: it is
// not if there was nothing to set back, or if somebody has changed a setting since,
// which is then left as it is.
func restore(ctx context.Context, c *Conn, name string) (bool, error) {
	if c.Product() == Serverless {
		return false, nil
	}
	indices, err := readIndices(ctx, c, name)
	if err != nil {
		return false, err
	}
	found, all := false, true
	for _, i := range indices {
		m, err := readMark(i)
		if err != nil {
			return false, err
		}
		if len(m.settings) == 0 {
			continue
		}
		whole, err := restoreIndex(ctx, c, i, m)
		if err != nil {
			return false, err
		}
		found, all = true, all && whole
	}
	return found && all, nil
}

// restoreIndex forgets the originals only when they are set.
func restoreIndex(ctx context.Context, c *Conn, i index, m indexMark) (bool, error) {
	whole, err := i.setBack(ctx, c, m.settings)
	if err != nil {
		return false, err
	}
	m.settings = nil
	return whole, m.write(ctx, c, i.name)
}

// setBack sets settings back that are still as they were tuned. It reports whether all
// are as they were.
func (i index) setBack(ctx context.Context, c *Conn, saved originals) (bool, error) {
	change, whole := originals{}, true
	for name, old := range saved {
		switch now := i.optional(name); {
		case sameText(now, old):
		case now != nil && *now == tuned[name]:
			change[name] = old
		default:
			whole = false
		}
	}
	if len(change) == 0 {
		return whole, nil
	}
	return whole, putSettings(ctx, c, i.name, change)
}

func putSettings(ctx context.Context, c *Conn, name string, settings originals) error {
	return tell(ctx, c, http.MethodPut, pathOf(name, "_settings"), settings)
}

func same(a, b originals) bool { return maps.EqualFunc(a, b, sameText) }

func sameText(a, b *string) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// writeIndex returns the index that is written to under a name.
func writeIndex(name string, indices []index) (index, error) {
	var marked []index
	var names []string
	for _, i := range indices {
		var alias struct {
			Write bool `json:"is_write_index"`
		}
		if json.Unmarshal(i.aliases[name], &alias) == nil && alias.Write {
			marked = append(marked, i)
		}
		names = append(names, i.name)
	}
	switch {
	case len(indices) == 1:
		return indices[0], nil
	case len(marked) == 1:
		return marked[0], nil
	case len(indices) == 0:
		return index{}, fmt.Errorf("there is no index %s", name)
	case strings.HasPrefix(names[0], ".ds-"): // of a data stream, in their order
		return indices[len(indices)-1], nil
	}
	return index{}, fmt.Errorf("none of the indices of %s is its write index: %s", name, strings.Join(names, ", "))
}
