package opensearch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"unicode/utf8"
)

// Document returns what was refused, to be loaded again: of a document that was sent
// that one, and of a record that was not (see [RejectedRecord]) what was read of
// it, which must be made a JSON object first unless it is one.
func (r Rejection) Document() Document {
	return Document{ID: r.ID, Routing: r.Routing, Source: r.Source}
}

// rejectionJSON is a Rejection as it is written: one of the last three fields holds
// its Source.
type rejectionJSON struct {
	Position Position        `json:"position"`
	Input    string          `json:"input,omitempty"`
	ID       string          `json:"id,omitempty"`
	Routing  string          `json:"routing,omitempty"`
	Status   int             `json:"status,omitempty"`
	Type     string          `json:"type"`
	Reason   string          `json:"reason"`
	Source   json.RawMessage `json:"source,omitempty"` // a JSON object
	Text     string          `json:"text,omitempty"`   // other text
	Raw      []byte          `json:"raw,omitempty"`    // other bytes, in base64
}

// MarshalJSON writes Source as a JSON object, as "source", so that it can be read
// and repaired. What is no JSON object is written as "text" and, if it is not UTF-8
// either, in base64 as "raw". [Rejection.UnmarshalJSON] reads all three.
func (r Rejection) MarshalJSON() ([]byte, error) { return marshal(r.toJSON()) }

func (r Rejection) toJSON() rejectionJSON {
	j := rejectionJSON{
		Position: r.Position, Input: r.Input, ID: r.ID, Routing: r.Routing, Status: r.Status, Type: r.Type, Reason: r.Reason,
	}
	switch {
	case isCompactObject(r.Source):
		j.Source = r.Source
	case utf8.Valid(r.Source):
		j.Text = string(r.Source)
	default:
		j.Raw = r.Source
	}
	return j
}

// isCompactObject reports whether source stays as it is when it is written into JSON.
func isCompactObject(source []byte) bool {
	if len(source) == 0 || source[0] != '{' || !utf8.Valid(source) {
		return false
	}
	var compact bytes.Buffer
	return json.Compact(&compact, source) == nil && bytes.Equal(compact.Bytes(), source)
}

// marshal is json.Marshal that leaves "<", ">" and "&" as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// UnmarshalJSON reads what [Rejection.MarshalJSON] wrote.
func (r *Rejection) UnmarshalJSON(text []byte) error {
	var j rejectionJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	given := 0
	for _, is := range []bool{len(j.Source) > 0, j.Text != "", len(j.Raw) > 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return errors.New(`it has more than one of "source", "text" and "raw": leave one of them`)
	}
	*r = Rejection{
		Position: j.Position, Input: j.Input, ID: j.ID, Routing: j.Routing, Status: j.Status, Type: j.Type, Reason: j.Reason,
	}
	switch {
	case string(j.Source) == "null":
	case len(j.Source) > 0:
		r.Source = j.Source
	case j.Text != "":
		r.Source = []byte(j.Text)
	case len(j.Raw) > 0:
		r.Source = j.Raw
	}
	return nil
}

// appendRejections appends a line for each.
func appendRejections(b []byte, rejections []Rejection) ([]byte, error) {
	for _, r := range rejections {
		line, err := marshal(r.toJSON())
		if err != nil {
			return nil, fmt.Errorf("dead letter at %+v of %s: %w", r.Position, r.Input, err)
		}
		b = append(append(b, line...), '\n')
	}
	return b, nil
}

// ReadRejections reads what a [DeadLetters] of this package wrote, one after the
// other, also after a tool has written it in several lines each. An error is the
// last it gives.
func ReadRejections(r io.Reader) iter.Seq2[Rejection, error] {
	return func(yield func(Rejection, error) bool) {
		d := json.NewDecoder(r)
		for n := 0; ; n++ {
			var rejection Rejection
			err := d.Decode(&rejection)
			if err == io.EOF {
				return
			}
			if err != nil {
				yield(Rejection{}, fmt.Errorf("opensearch: read dead letters: number %d, behind byte %d: %w", n, d.InputOffset(), err))
				return
			}
			if !yield(rejection, nil) {
				return
			}
		}
	}
}
