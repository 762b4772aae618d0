package opensearch

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/rows"
)

// The types of rejections of records that were not sent, as no document can be made of
// them.
const (
	RejectedRecord         = "record_error"    // it cannot be read
	RejectedDocument       = "document_error"  // it is no JSON object
	RejectedField          = "field_error"     // a field cannot be made what IngestOptions.Fields say
	RejectedIDMissing      = "id_missing"      // it lacks IDField, or that is null or empty
	RejectedIDInvalid      = "id_invalid"      // the id is a list or an object, or not UTF-8
	RejectedIDTooLong      = "id_too_long"     // it has more than 512 bytes
	RejectedRoutingInvalid = "routing_invalid" // the routing is a list or an object, or not UTF-8
)

// A maker makes documents of records.
type maker struct {
	ids       []string
	routing   string
	generated bool
	buf       bytes.Buffer
}

func newMaker(opts IngestOptions) (*maker, error) {
	if opts.GeneratedIDs && opts.IDField != "" {
		return nil, errors.New("GeneratedIDs and IDField exclude each other: set one of them")
	}
	m := &maker{routing: opts.RoutingField, generated: opts.GeneratedIDs}
	if opts.IDField != "" {
		m.ids = strings.Split(opts.IDField, ",")
	}
	return m, nil
}

// item makes the item of a record.
func (m *maker) item(pos Position, input string, r rows.Record) item {
	return m.itemOf(pos, input, r, Document{})
}

// itemOf is item for a record that comes with an id or a routing.
func (m *maker) itemOf(pos Position, input string, r rows.Record, given Document) item {
	doc, p := m.document(r, given)
	if p == nil {
		return item{pos: pos, input: input, doc: doc}
	}
	if !utf8.ValidString(doc.ID) { // the reason has it
		doc.ID = ""
	}
	if !utf8.ValidString(doc.Routing) {
		doc.Routing = ""
	}
	return item{pos: pos, input: input, bad: &Rejection{
		Position: pos, Input: input, ID: doc.ID, Routing: doc.Routing, Type: p.kind, Reason: p.reason, Source: bytes.Clone(m.raw(r)),
	}}
}

func (m *maker) raw(r rows.Record) []byte {
	if r.Raw != nil {
		return r.Raw
	}
	return r.JSON
}

func (m *maker) document(r rows.Record, doc Document) (Document, *problem) {
	if r.Err != nil {
		return doc, problemf(RejectedRecord, "%v", r.Err)
	}
	m.buf.Reset()
	if text := bytes.TrimSpace(r.JSON); len(text) == 0 || text[0] != '{' {
		return doc, problemf(RejectedDocument, "it is no JSON object")
	}
	if err := json.Compact(&m.buf, r.JSON); err != nil {
		return doc, problemf(RejectedDocument, "it is no JSON object: %v", err)
	}
	doc.Source = m.buf.Bytes()
	var p *problem
	if doc.Routing == "" && m.routing != "" {
		if doc.Routing, p = m.value(m.routing); p != nil {
			return doc, p
		}
	}
	switch {
	case doc.ID != "" || m.generated:
	case len(m.ids) == 0:
		doc.ID = contentID(doc.Source, doc.Routing)
	default:
		var values []string
		for _, name := range m.ids {
			v, p := m.value(name)
			if p != nil || v == "" {
				return doc, problemf(RejectedIDMissing, "the field %q of the id is missing", name)
			}
			values = append(values, v)
		}
		doc.ID = joinID(values)
	}
	if p := checkID(doc.ID); p != nil {
		return doc, p
	}
	return doc, checkRouting(doc.Routing)
}

// value returns a field as text. To be replaced by what package rows captures.
func (m *maker) value(name string) (string, *problem) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(m.buf.Bytes(), &fields); err != nil {
		return "", problemf(RejectedDocument, "%v", err)
	}
	var text string
	raw := fields[name]
	if len(raw) > 0 && raw[0] == '"' {
		err := json.Unmarshal(raw, &text)
		if err != nil {
			return "", problemf(RejectedIDInvalid, "%v", err)
		}
		return text, nil
	}
	if string(raw) == "null" {
		return "", nil
	}
	return string(raw), nil
}
