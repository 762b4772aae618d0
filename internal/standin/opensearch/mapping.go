package opensearch

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// A mapping says which fields documents have. It is never changed: a change makes
// another one.
type mapping struct {
	dynamic string          // "true", "false" or "strict"; empty is true
	meta    json.RawMessage // nil if there never was one
	routing bool            // every write needs one
	noDates bool            // strings are not tried as dates
	others  map[string]json.RawMessage
	root    *field
	total   int // fields, for index.mapping.total_fields.limit
}

// A field is one of a mapping, or the object that the whole document is.
type field struct {
	typ     string // "object" if it has fields
	kind    kind
	dynamic string // of an object; empty is that of what it is in
	params  map[string]json.RawMessage
	fields  map[string]*field
}

func newField(typ string) *field { return &field{typ: typ, kind: kinds[typ]} }

func newMapping() *mapping { return &mapping{root: newField("object")} }

// mappingOf reads the value of "mappings" in the body of a request.
func (s *Server) mappingOf(body json.RawMessage) (*mapping, *apiError) {
	m := newMapping()
	if len(body) == 0 || string(body) == "null" {
		return m, nil
	}
	if err := m.read(body); err != nil {
		e := newError(400, "mapper_parsing_exception", "Failed to parse mapping [_doc]: %s", err.Reason)
		e.CausedBy, e.root = err, err
		if err.outer {
			e.root = nil
		}
		if err.Status != 400 {
			return nil, err
		}
		return nil, e
	}
	return m, nil
}

func mapperParsing(format string, args ...any) *apiError {
	return newError(400, "mapper_parsing_exception", format, args...)
}

func (m *mapping) read(body json.RawMessage) *apiError {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return mapperParsing("Expected map for property [mappings]")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := m.readMember(name, members[name]); err != nil {
			return err
		}
	}
	m.total = m.root.count()
	return nil
}

func (m *mapping) readMember(name string, value json.RawMessage) *apiError {
	switch name {
	case "properties":
		return m.root.readFields(value)
	case "dynamic":
		return readDynamic(value, &m.dynamic)
	case "_meta":
		return m.readMeta(value)
	case "date_detection":
		m.noDates = string(value) == "false"
	case "_routing":
		var routing struct{ Required bool }
		if json.Unmarshal(value, &routing) != nil {
			return mapperParsing("Failed to parse [_routing]")
		}
		m.routing = routing.Required
	case "_source", "dynamic_templates", "dynamic_date_formats", "numeric_detection", "_field_names", "_size":
	default:
		return mapperParsing("Root mapping definition has unsupported parameters:  [%s : %s]", name, value)
	}
	if m.others == nil {
		m.others = map[string]json.RawMessage{}
	}
	m.others[name] = value
	return nil
}

// readMeta takes a _meta as it is. One that is null is none.
func (m *mapping) readMeta(value json.RawMessage) *apiError {
	switch value[0] {
	case '{':
		var compact bytes.Buffer
		json.Compact(&compact, value) // it is JSON
		m.meta = compact.Bytes()
	case 'n':
	default:
		return newError(500, "class_cast_exception", "class java.lang.String cannot be cast to class java.util.Map (java.lang.String and java.util.Map are in module java.base of loader 'bootstrap')")
	}
	return nil
}

func readDynamic(value json.RawMessage, to *string) *apiError {
	switch word := strings.Trim(string(value), `"`); word {
	case "true", "false", "strict":
		*to = word
		return nil
	case "strict_allow_templates", "false_allow_templates":
		return notImplemented("dynamic: " + word)
	default:
		return mapperParsing("Could not convert [dynamic] to boolean")
	}
}

func (f *field) readFields(body json.RawMessage) *apiError {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return mapperParsing("Expected map for property [properties]")
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		added, err := readField(name, members[name])
		if err != nil {
			return err
		}
		path := strings.Split(name, ".")
		if slices.Contains(path, "") {
			return newError(400, "illegal_argument_exception", "name cannot be empty string")
		}
		for _, step := range path[:len(path)-1] {
			f = f.child(step)
		}
		f.set(path[len(path)-1], added)
	}
	return nil
}

func (f *field) set(name string, added *field) {
	if f.fields == nil {
		f.fields = map[string]*field{}
	}
	f.fields[name] = added
}

// child returns the object of a name in f, which is made if it is not there.
func (f *field) child(name string) *field {
	if f.fields[name] == nil {
		f.set(name, newField("object"))
	}
	return f.fields[name]
}

func readField(name string, body json.RawMessage) (*field, *apiError) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, mapperParsing("Expected map for property [fields] on field [%s] but got a class java.lang.String", name)
	}
	f := newField("object")
	if typ, given := members["type"]; given {
		json.Unmarshal(typ, &f.typ) // what is no string is no type
		known := false
		if f.kind, known = kinds[f.typ]; !known {
			return nil, mapperParsing("No handler for type [%s] declared on field [%s]", f.typ, name)
		}
	} else if members["properties"] == nil && members["dynamic"] == nil && members["enabled"] == nil {
		return nil, mapperParsing("No type specified for field [%s]", name)
	}
	for _, param := range slices.Sorted(maps.Keys(members)) {
		switch value := members[param]; {
		case param == "type":
		case param == "properties":
			if err := f.readFields(value); err != nil {
				return nil, err
			}
		case param == "dynamic":
			if err := readDynamic(value, &f.dynamic); err != nil {
				return nil, err
			}
		default:
			f.param(param, value)
		}
	}
	if f.kind == kindVector {
		if wrong := f.readVector(name); wrong != nil {
			wrong.outer = wrong.Type != "mapper_parsing_exception"
			return nil, wrong
		}
	}
	return f, nil
}

func (f *field) param(name string, value json.RawMessage) {
	if f.params == nil {
		f.params = map[string]json.RawMessage{}
	}
	f.params[name] = value
	if name == "enabled" && strings.Trim(string(value), `"`) == "false" || name == "ignore_malformed" && strings.Trim(string(value), `"`) == "true" {
		f.kind = kindAny
	}
}

func (f *field) count() (n int) {
	for _, child := range f.fields {
		n += 1 + child.count()
		var multi map[string]json.RawMessage
		json.Unmarshal(child.params["fields"], &multi)
		n += len(multi)
	}
	return n
}

// merge returns m with what other has beside or instead: _meta and the switches
// are replaced, fields are added.
func (m *mapping) merge(other *mapping) (*mapping, *apiError) {
	root, err := m.root.merge("", other.root)
	if err != nil {
		return nil, err
	}
	merged := *m
	merged.root, merged.total = root, root.count()
	if other.dynamic != "" {
		merged.dynamic = other.dynamic
	}
	if other.meta != nil {
		merged.meta = other.meta
	}
	merged.routing = m.routing || other.routing
	merged.noDates = m.noDates || other.noDates
	merged.others = maps.Clone(m.others)
	if merged.others == nil {
		merged.others = map[string]json.RawMessage{}
	}
	maps.Copy(merged.others, other.others)
	return &merged, nil
}

func (f *field) merge(path string, other *field) (*field, *apiError) {
	if f.typ != other.typ {
		switch {
		case f.typ == "object" || other.typ == "object":
			return nil, illegalArgument("can't merge a non object mapping [%s] with an object mapping", path)
		}
		return nil, illegalArgument("mapper [%s] cannot be changed from type [%s] to [%s]", path, f.typ, other.typ)
	}
	merged := *f
	if other.dynamic != "" {
		merged.dynamic = other.dynamic
	}
	merged.fields = maps.Clone(f.fields)
	for name, child := range other.fields {
		if mine := f.fields[name]; mine != nil {
			var err *apiError
			if child, err = mine.merge(strings.TrimPrefix(path+"."+name, "."), child); err != nil {
				return nil, err
			}
		}
		merged.set(name, child)
	}
	if len(other.params) > 0 {
		merged.params = maps.Clone(f.params)
		for name, value := range other.params {
			merged.param(name, value)
		}
	}
	return &merged, nil
}
