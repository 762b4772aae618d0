package opensearch

import (
	"bytes"
	"fmt"
	"strings"
)

// A reading goes through one document under a mapping.
type reading struct {
	scanner
	server *Server
	m      *mapping
	id     string
	added  []addition
}

// An addition is a field that the mapping lacks.
type addition struct {
	path string
	*field
}

// begin makes r ready for another document, in the same memory.
func (r *reading) begin(m *mapping, id string, source []byte) {
	r.reset(source)
	r.m, r.id, r.added = m, id, r.added[:0]
}

// read checks a document, and collects the fields that are new. The error is that
// of the item.
func (r *reading) read() *apiError {
	if bytes.HasPrefix(r.b, []byte("\ufeff")) {
		r.i = 3
	}
	switch r.peek() {
	case 0:
		return mapperParsing("failed to parse, document is empty")
	case '{':
	default:
		e := mapperParsing("failed to parse")
		e.CausedBy = newError(400, "not_x_content_exception", "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes")
		return e
	}
	err := r.fields(r.m.root, "", r.m.dynamic)
	if c := r.peek(); err == nil && c != 0 {
		e := mapperParsing("failed to parse")
		e.CausedBy = illegalArgument("Malformed content, found extra data after parsing: %s", tokenName(c))
		return e
	}
	if err == nil {
		return nil
	}
	if item, ok := err.(*apiError); ok {
		return item
	}
	e := mapperParsing("failed to parse")
	e.CausedBy = r.server.jsonError(err)
	return e
}

// fields goes through an object. f is nil if the mapping does not know it.
func (r *reading) fields(f *field, path, dynamic string) error {
	if f != nil && f.dynamic != "" {
		dynamic = f.dynamic
	}
	return r.object(func(key []byte) error {
		if f != nil {
			if child := f.fields[string(key)]; child != nil && !(path == "" && key[0] == '_') {
				return r.known(child, path, key, dynamic)
			}
		}
		if err := r.checkName(path, key); err != nil {
			return err
		}
		if bytes.IndexByte(key, '.') >= 0 {
			return r.dotted(f, path, key, dynamic)
		}
		return r.unknown(path, key, dynamic)
	})
}

var metadata = map[string]bool{"_id": true, "_index": true, "_routing": true, "_source": true, "_field_names": true,
	"_ignored": true, "_seq_no": true, "_version": true, "_primary_term": true, "_type": true, "_size": true}

func (r *reading) checkName(path string, key []byte) error {
	wrong := ""
	switch {
	case len(key) == 0:
		wrong = "field name cannot be an empty string"
	case key[0] == '.' || key[len(key)-1] == '.' || bytes.Contains(key, []byte("..")):
		wrong = fmt.Sprintf("object field starting or ending with a [.] makes object resolution ambiguous: [%s]", key)
	case path == "" && metadata[string(key)]:
		return r.metadata(key)
	default:
		return nil
	}
	e := mapperParsing("failed to parse")
	e.CausedBy = illegalArgument("%s", wrong)
	return e
}

func (r *reading) metadata(key []byte) error {
	raw, err := r.value()
	if err != nil {
		return err
	}
	e := r.refuse(key, &field{typ: string(key)}, bytes.Trim(raw, `"`))
	e.CausedBy = mapperParsing("Field [%s] is a metadata field and cannot be added inside a document. Use the index API request parameters.", key)
	return e
}

func join(path string, key []byte) string {
	if path == "" {
		return string(key)
	}
	return path + "." + string(key)
}

// refuse is the error of an item whose field has a value that it cannot have.
func (r *reading) refuse(name []byte, f *field, text []byte) *apiError {
	return mapperParsing("failed to parse field [%s] of type [%s] in document with id '%s'. %s", name, f.typ, r.id, preview(text))
}

// known goes through the value of a field that the mapping has.
func (r *reading) known(f *field, path string, key []byte, dynamic string) error {
	switch c := r.peek(); {
	case f.kind == kindAny:
		return r.skip()
	case f.kind == kindVector:
		return r.vector(f, path, key)
	case c == '[':
		return r.array(func() error { return r.known(f, path, key, dynamic) })
	case f.kind == kindObject:
		switch c {
		case '{':
			return r.fields(f, join(path, key), dynamic)
		case 'n':
			return r.skip()
		}
		if err := r.skip(); err != nil {
			return err
		}
		return mapperParsing("object mapping for [%s] tried to parse field [%s] as object, but found a concrete value", join(path, key), key)
	case c == '{':
		raw, err := r.value()
		if err != nil {
			return err
		}
		e := r.refuse([]byte(join(path, key)), f, raw)
		e.CausedBy = newError(400, "illegal_state_exception", "Can't get text on a START_OBJECT at 1:%d", r.i)
		return e
	default:
		raw, text, err := r.scalar()
		if err != nil && c == '"' { // it is parsed when its text is wanted
			e := r.refuse([]byte(join(path, key)), f, nil)
			e.CausedBy = r.server.jsonError(err)
			return e
		} else if err != nil {
			return err
		}
		return r.accept(f, path, key, raw, text)
	}
}

// accept refuses a scalar that is no value of f.
func (r *reading) accept(f *field, path string, key, raw, text []byte) error {
	wrong := f.accept(raw, text)
	if wrong == nil {
		return nil
	}
	e := r.refuse([]byte(join(path, key)), f, text)
	if e.CausedBy = wrong; wrong.Type == "input_coercion_exception" {
		e.CausedBy = r.server.coercion(wrong, r.i)
	}
	return e
}

// dotted goes through the value of a field whose name is a path.
func (r *reading) dotted(f *field, path string, key []byte, dynamic string) error {
	steps := strings.Split(string(key), ".")
	for i, step := range steps {
		var child *field
		if f != nil {
			child = f.fields[step]
		}
		switch last := i == len(steps)-1; {
		case last && child != nil:
			return r.known(child, path, []byte(step), dynamic)
		case last:
			return r.unknown(path, []byte(step), dynamic)
		case child != nil && child.kind != kindObject:
			if err := r.skip(); err != nil {
				return err
			}
			return mapperParsing("Could not dynamically add mapping for field [%s]. Existing mapping for [%s] must be of type object but found [%s].",
				key, join(path, []byte(step)), child.typ)
		case child != nil && child.dynamic != "":
			dynamic = child.dynamic
		}
		f, path = child, join(path, []byte(step))
	}
	return nil
}

// unknown goes through the value of a field that the mapping lacks.
func (r *reading) unknown(path string, key []byte, dynamic string) error {
	c := r.peek()
	switch {
	case dynamic == "false":
		return r.skip()
	case dynamic == "strict":
		if err := r.skip(); err != nil {
			return err
		}
		within := path
		if within == "" {
			within = "_doc"
		}
		return newError(400, "strict_dynamic_mapping_exception", "mapping set to strict, dynamic introduction of [%s] within [%s] is not allowed", key, within)
	case c == '{':
		full := join(path, key)
		r.added = append(r.added, addition{full, newField("object")})
		return r.fields(nil, full, dynamic)
	case c == '[':
		return r.array(func() error { return r.unknown(path, key, dynamic) })
	}
	raw, text, err := r.scalar()
	if err != nil || c == 'n' {
		return err
	}
	f := dynamicField(raw, text, r.m.noDates)
	r.added = append(r.added, addition{join(path, key), f})
	return r.accept(f, path, key, raw, text)
}

// with returns m with the fields that a document brought.
func (m *mapping) with(added []addition) (*mapping, *apiError) {
	other := newMapping()
	for _, a := range added {
		steps := strings.Split(a.path, ".")
		f := other.root
		for _, step := range steps[:len(steps)-1] {
			f = f.child(step)
		}
		last := steps[len(steps)-1]
		switch have := f.fields[last]; {
		case f.kind != kindObject:
			return nil, illegalArgument("can't merge a non object mapping [%s] with an object mapping", strings.Join(steps[:len(steps)-1], "."))
		case have == nil:
			f.set(last, a.field)
		case have.typ == a.typ:
		case have.kind == kindObject || a.kind == kindObject:
			return nil, illegalArgument("can't merge a non object mapping [%s] with an object mapping", a.path)
		default:
			return nil, illegalArgument("mapper [%s] cannot be changed from type [%s] to [%s]", a.path, have.typ, a.typ)
		}
	}
	return m.merge(other)
}
