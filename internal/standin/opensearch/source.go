package opensearch

import (
	"encoding/json"
	"slices"
	"strings"
)

// A sourceFilter says which part of a document is shown.
type sourceFilter struct {
	all, none          bool
	includes, excludes []string
}

// sourcesOf reads the parameters of a request.
func sourcesOf(q *request) (sourceFilter, *apiError) {
	list := func(name string) []string {
		if q.query.Get(name) == "" {
			return nil
		}
		return strings.Split(q.query.Get(name), ",")
	}
	f := sourceFilter{includes: list("_source_includes"), excludes: list("_source_excludes")}
	switch given := q.query.Get("_source"); {
	case given == "false":
		f.none = true
	case given != "" && given != "true":
		f.includes = list("_source")
	}
	f.all = !f.none && f.includes == nil && f.excludes == nil
	return f, nil
}

// readSources reads the member _source of a body.
func readSources(body json.RawMessage) (sourceFilter, *apiError) {
	var object struct{ Includes, Excludes, Include, Exclude json.RawMessage }
	switch body[0] {
	case 't', 'n':
		return sourceFilter{all: true}, nil
	case 'f':
		return sourceFilter{none: true}, nil
	case '"', '[':
		return sourceFilter{includes: words(body)}, nil
	case '{':
		if json.Unmarshal(body, &object) == nil {
			f := sourceFilter{includes: words(object.Includes, object.Include), excludes: words(object.Excludes, object.Exclude)}
			f.all = f.includes == nil && f.excludes == nil
			return f, nil
		}
	}
	return sourceFilter{}, newError(400, "parsing_exception", "Expected one of [VALUE_BOOLEAN, START_OBJECT] but found [VALUE_NUMBER]")
}

// words reads strings and arrays of strings.
func words(values ...json.RawMessage) (all []string) {
	for _, value := range values {
		var one string
		var several []string
		if json.Unmarshal(value, &one) == nil && one != "" {
			all = append(all, one)
		} else if json.Unmarshal(value, &several) == nil {
			all = append(all, several...)
		}
	}
	return all
}

// apply returns what is to be shown of a document; nil is nothing.
func (f sourceFilter) apply(source []byte) json.RawMessage {
	switch {
	case f.none:
		return nil
	case f.all:
		return source
	}
	shown, _ := f.object("", source)
	return shown
}

// object filters an object; some tells whether anything is left.
func (f sourceFilter) object(path string, source []byte) (shown []byte, some bool) {
	shown = []byte{'{'}
	for _, m := range members(source) {
		full := join(path, []byte(m.key))
		value := m.value
		switch {
		case slices.ContainsFunc(f.excludes, func(p string) bool { return matchName(p, full) }):
			continue
		case len(f.includes) > 0 && !slices.ContainsFunc(f.includes, func(p string) bool { return matchName(p, full) || strings.HasPrefix(full, p+".") }):
			var some bool
			if value, some = f.inside(full, value); !some {
				continue
			}
		case value[0] == '{':
			value, _ = f.object(full, value)
		}
		if some {
			shown = append(shown, ',')
		}
		shown = append(appendString(shown, m.key), ':')
		shown, some = append(shown, compact(value)...), true
	}
	return append(shown, '}'), some
}

// inside filters an object, or those of a list; nothing is left of other values.
func (f sourceFilter) inside(path string, value []byte) (shown []byte, some bool) {
	switch value[0] {
	case '{':
		return f.object(path, value)
	case '[':
		var list []json.RawMessage
		json.Unmarshal(value, &list) // checked
		shown = []byte{'['}
		for _, one := range list {
			left, has := f.inside(path, one)
			if !has {
				continue
			}
			if some {
				shown = append(shown, ',')
			}
			shown, some = append(shown, left...), true
		}
		return append(shown, ']'), some
	}
	return nil, false
}
