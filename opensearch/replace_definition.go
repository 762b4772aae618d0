package opensearch

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A definition is what an index is created with, once it is loaded.
type definition struct {
	Settings map[string]any             `json:"settings"` // by their full names, as text and lists of text
	Mappings map[string]json.RawMessage `json:"mappings"`
}

// definitionOf returns the definition of an index for another one, and the settings
// that it leaves out. Settings that are tuned are taken as they were before.
func definitionOf(g generation, p Product) (definition, []string) {
	d := definition{Settings: map[string]any{}, Mappings: maps.Clone(g.mapping)}
	var left []string
	for _, name := range slices.Sorted(maps.Keys(g.settings)) {
		switch {
		case !isOwn(name) && !(p == Serverless && isServerless(name)):
			d.Settings[name] = g.settings[name]
		case strings.HasPrefix(name, "index.blocks."):
			left = append(left, name)
		}
	}
	d.untune(g.mark.settings)
	if g.mark.replace != nil {
		d.untune(g.mark.replace.Settings)
	}
	d.setMeta(g.mark.others())
	return d, left
}

// untune sets settings to what they were, unless somebody has changed them since they
// were tuned.
func (d definition) untune(saved originals) {
	for name, old := range saved {
		if d.Settings[name] != tuned[name] {
			continue
		}
		if delete(d.Settings, name); old != nil {
			d.Settings[name] = *old
		}
	}
}

// isOwn reports whether a setting is about one index alone: the cluster sets it, or it
// would keep the new index from being written to.
func isOwn(name string) bool {
	for _, prefix := range []string{
		"index.version.", "index.resize.", "index.shrink.", "index.routing.allocation.initial_recovery.",
		"index.blocks.", "index.remote_store.", "index.store.snapshot.", "archived.",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch name {
	case "index.uuid", "index.creation_date", "index.creation_date_string", "index.provided_name", "index.history.uuid",
		"index.verified_before_close", "index.frozen", "index.search.throttled":
		return true
	}
	return false
}

// isServerless reports whether Serverless decides on a setting itself.
func isServerless(name string) bool {
	switch name {
	case "index.number_of_shards", "index.number_of_replicas", "index.refresh_interval", "index.replication.type":
		return true
	}
	return false
}

// parseBody returns the definition that the caller gives, and how the alias is to show
// the index; nil if that is not said.
func parseBody(body []byte, alias string) (definition, json.RawMessage, error) {
	var parts struct {
		Settings map[string]any
		Mappings map[string]json.RawMessage
		Aliases  map[string]json.RawMessage
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&parts); err != nil {
		return definition{}, nil, fmt.Errorf("the Body: want an object with settings, mappings and aliases: %w", err)
	}
	if decoder.More() {
		return definition{}, nil, fmt.Errorf("the Body: there is more behind the JSON object")
	}
	d := definition{Settings: map[string]any{}, Mappings: parts.Mappings}
	if err := d.flatten("", parts.Settings); err != nil {
		return definition{}, nil, fmt.Errorf("the Body: settings: %w", err)
	}
	m, err := readMark(index{name: "the Body", mapping: parts.Mappings})
	if err != nil {
		return definition{}, nil, err
	}
	d.setMeta(m.others())
	for name, how := range parts.Aliases {
		if name != alias {
			return definition{}, nil, fmt.Errorf("the Body: the alias %q: only %q can be given, since others would show the index while it is loaded", name, alias)
		}
		if how, err = parseAlias(how); err != nil {
			return definition{}, nil, fmt.Errorf("the Body: the alias %q: %w", name, err)
		}
		return d, how, nil
	}
	return d, nil, nil
}

// parseAlias returns how an alias shows an index in the words in which a cluster tells
// it.
func parseAlias(text []byte) (json.RawMessage, error) {
	var how struct {
		Filter        json.RawMessage `json:"filter,omitempty"`
		Routing       string          `json:"routing,omitempty"`
		IndexRouting  string          `json:"index_routing,omitempty"`
		SearchRouting string          `json:"search_routing,omitempty"`
		IsWriteIndex  *bool           `json:"is_write_index,omitempty"`
		IsHidden      *bool           `json:"is_hidden,omitempty"`
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&how); err != nil {
		return nil, err
	}
	how.IndexRouting = cmp.Or(how.IndexRouting, how.Routing)
	how.SearchRouting = cmp.Or(how.SearchRouting, how.Routing)
	how.Routing = ""
	if filter := string(how.Filter); filter == "null" || equalJSON(how.Filter, []byte("{}")) {
		how.Filter = nil
	}
	return json.Marshal(how)
}

// flatten adds settings by their full names, however they are nested.
func (d definition) flatten(prefix string, settings map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		name := prefix + key
		if nested, ok := settings[key].(map[string]any); ok {
			if err := d.flatten(name+".", nested); err != nil {
				return err
			}
			continue
		}
		if !strings.HasPrefix(name, "index.") {
			name = "index." + name
		}
		switch _, twice := d.Settings[name]; {
		case twice:
			return fmt.Errorf("%s is set twice", name)
		case isOwn(name):
			return fmt.Errorf("%s is not for a new index", name)
		case settings[key] != nil:
			d.Settings[name] = settingText(settings[key])
		}
	}
	return nil
}

// setMeta sets the _meta of the mapping; none if it is empty.
func (d *definition) setMeta(meta map[string]json.RawMessage) {
	if d.Mappings == nil {
		d.Mappings = map[string]json.RawMessage{}
	}
	delete(d.Mappings, "_meta")
	if len(meta) > 0 {
		d.Mappings["_meta"], _ = json.Marshal(meta) // it was JSON
	}
}

// render returns the definition as JSON, with its digest.
func (d definition) render() (json.RawMessage, string, error) {
	text, err := json.Marshal(d)
	if err != nil {
		return nil, "", err
	}
	digest, err := digestJSON(text)
	return text, digest, err
}

// birth is what an index is created with: it is tuned, and the originals are saved in
// its mark from the first moment.
func (d definition) birth(p Product, r replacement) (definition, error) {
	i := index{mapping: d.Mappings, settings: d.Settings}
	m, err := readMark(i)
	if err != nil {
		return definition{}, err
	}
	born := definition{Settings: maps.Clone(d.Settings), Mappings: maps.Clone(d.Mappings)}
	if p != Serverless {
		var change originals
		r.Settings, change = i.tuning(nil)
		for name, value := range change {
			born.Settings[name] = *value
		}
	}
	m.replace = &r
	meta, err := m.render()
	born.setMeta(meta)
	return born, err
}

// comparable tells why documents cannot be compared with what was sent; empty if they
// can.
func (d definition) incomparable(in IngestOptions) string {
	var source struct {
		Enabled            *bool
		Includes, Excludes []string
	}
	if text, ok := d.Mappings["_source"]; ok && json.Unmarshal(text, &source) != nil {
		return "the mapping has a _source that is not understood"
	}
	is := func(name string, values ...string) bool {
		value, _ := d.Settings[name].(string)
		return slices.Contains(values, value)
	}
	switch {
	case source.Enabled != nil && !*source.Enabled:
		return "_source is disabled"
	case len(source.Includes)+len(source.Excludes) > 0:
		return "_source leaves out fields"
	case in.Pipeline != "" && in.Pipeline != "_none", !is("index.default_pipeline", "", "_none") && in.Pipeline == "", !is("index.final_pipeline", "", "_none"):
		return "an ingest pipeline may change documents"
	case is("index.derived_source.enabled", "true"), is("index.knn", "true") && !is("index.knn.derived_source.enabled", "false"):
		return "_source is not stored, but made of the fields"
	}
	return ""
}
