package opensearch

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/rows"
)

// The types of rejections of records that were not sent, since no document can be
// made of them.
const (
	RejectedRecord    = "record_error"   // it cannot be read
	RejectedDocument  = "document_error" // it is no JSON object
	RejectedField     = "field_error"    // a field cannot be what IngestOptions.Fields say, or is not UTF-8
	RejectedID        = "id_error"       // a field of the id is missing, null, empty, a list or an object, or the id is not UTF-8
	RejectedIDTooLong = "id_too_long"    // the id has more than 512 bytes
	RejectedRouting   = "routing_error"  // RoutingField is missing, null, empty, a list or an object, or the routing is not UTF-8
)

// A maker makes documents of records. It is for one goroutine.
type maker struct {
	ids       []string // fields
	routing   string   // field
	generated bool

	// shapes capture the fields of the id (first index 1) and of the routing (second
	// index 1), which a document that comes with its own need not have.
	shapes [2][2]*rows.Shape
	bare   *rows.Shape // leaves records as they are
	buf    []byte
	raw    []byte
}

func newMaker(opts IngestOptions) (*maker, error) {
	if opts.GeneratedIDs && opts.IDField != "" {
		return nil, errors.New("GeneratedIDs and IDField exclude each other: set one of them")
	}
	m := &maker{routing: opts.RoutingField, generated: opts.GeneratedIDs}
	if opts.IDField != "" {
		m.ids = strings.Split(opts.IDField, ",")
	}
	for id := range m.shapes {
		for routing := range m.shapes[id] {
			shape, err := rows.NewShape(opts.Fields, m.captures(id == 1, routing == 1)...)
			if err != nil {
				return nil, err
			}
			m.shapes[id][routing] = shape
		}
	}
	var err error
	m.bare, err = rows.NewShape(rows.Fields{})
	return m, err
}

// captures returns the fields whose values are wanted, that of the routing last.
func (m *maker) captures(ids, routing bool) (fields []string) {
	if ids {
		fields = append(fields, m.ids...)
	}
	if routing && m.routing != "" {
		fields = append(fields, m.routing)
	}
	return fields
}

func (m *maker) shape(ids, routing bool) *rows.Shape {
	i, r := 0, 0
	if ids {
		i = 1
	}
	if routing {
		r = 1
	}
	return m.shapes[i][r]
}

// item makes an item of a record, which came with what is given of an id and a
// routing. What is wrong with the one record is in item.bad; an error is about all.
func (m *maker) item(pos Position, input string, r rows.Record, given Document) (item, error) {
	doc, err := m.document(r, given)
	if err == nil {
		return item{pos: pos, input: input, doc: doc}, nil
	}
	if _, all := errors.AsType[*rows.ColumnsError](err); all {
		return item{}, err
	}
	bad := &Rejection{Position: pos, Input: input, Type: m.kind(r, given, err), Reason: err.Error(), Source: m.source(r)}
	if utf8.ValidString(doc.ID) { // otherwise the reason has it
		bad.ID = doc.ID
	}
	if utf8.ValidString(doc.Routing) {
		bad.Routing = doc.Routing
	}
	return item{pos: pos, input: input, bad: bad}, nil
}

// document returns the document of a record. With an error it has what is known of
// the id and the routing.
func (m *maker) document(r rows.Record, given Document) (Document, error) {
	doc := Document{ID: given.ID, Routing: given.Routing}
	object, captured, err := m.shape(given.ID == "", given.Routing == "").JSON(m.buf[:0], r)
	m.buf = object
	if err != nil {
		return doc, err
	}
	doc.Source = object
	if m.routing != "" && given.Routing == "" {
		doc.Routing = captured[len(captured)-1]
	}
	switch {
	case given.ID != "" || m.generated:
	case len(m.ids) > 0:
		doc.ID = joinID(captured[:len(m.ids)])
	default:
		doc.ID = contentID(doc.Source, doc.Routing)
	}
	if err := checkID(doc.ID); err != nil {
		return doc, err
	}
	return doc, checkRouting(doc.Routing)
}

// A kindError tells the type of its rejection.
type kindError struct {
	kind string
	error
}

// kind returns the type of the rejection of a record.
func (m *maker) kind(r rows.Record, given Document, err error) string {
	if e, ok := errors.AsType[*kindError](err); ok {
		return e.kind
	}
	fails := func(s *rows.Shape) bool {
		object, _, err := s.JSON(m.raw[:0], r)
		m.raw = object
		return err != nil
	}
	switch {
	case r.Err != nil:
		return RejectedRecord
	case r.Columns == nil && fails(m.bare):
		return RejectedDocument
	case fails(m.shape(false, false)):
		return RejectedField
	case given.ID == "" && fails(m.shape(true, false)):
		return RejectedID
	}
	return RejectedRouting
}

// source returns what was read of a record, to be repaired: a JSON object with its
// fields as they were, if it can be.
func (m *maker) source(r rows.Record) []byte {
	switch {
	case r.Err != nil:
		return r.Raw
	case r.Columns == nil:
		return r.JSON
	}
	object, _, err := m.bare.JSON(m.raw[:0], r)
	if err != nil {
		object = describeRow(m.raw[:0], r)
	}
	m.raw = object
	return object
}

// describeRow appends a JSON object of a row with values that JSON does not have,
// such as bytes that are not UTF-8, as text that comes near.
func describeRow(b []byte, r rows.Record) []byte {
	b = append(b, '{')
	for i, name := range r.Columns {
		if i > 0 {
			b = append(b, ',')
		}
		key, _ := json.Marshal(name) // a string always can be
		b = append(append(b, key...), ':')
		b = append(b, describeValue(r, i)...)
	}
	return append(b, '}')
}

func describeValue(r rows.Record, i int) []byte {
	var v any
	switch {
	case i < len(r.Values):
		v = r.Values[i]
	case i < len(r.Text) && r.Text[i] != nil:
		v = string(r.Text[i])
	}
	text, err := json.Marshal(v)
	if err != nil {
		text, _ = json.Marshal(fmt.Sprint(v))
	}
	return text
}
