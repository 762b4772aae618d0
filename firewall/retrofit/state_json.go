package retrofit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// WriteJSON writes the state in the form that [ReadJSON] reads.
func (s State) WriteJSON(w io.Writer) error {
	s.Format = StateFormat
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(s); err != nil {
		return fmt.Errorf("retrofit: write state: %w", err)
	}
	return nil
}

// ReadJSON reads a state that [State.WriteJSON] wrote. A state of another format, a
// member that a state does not have and text behind it are errors.
func ReadJSON(r io.Reader) (State, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return State{}, fmt.Errorf("retrofit: read state: %w", err)
	}
	var head struct{ Format int }
	if err := json.Unmarshal(text, &head); err != nil {
		return State{}, fmt.Errorf("retrofit: read state: %w", err)
	}
	if head.Format != StateFormat {
		return State{}, fmt.Errorf("retrofit: read state: format %d is not %d: read the accounts again, or use the version of this library that wrote it", head.Format, StateFormat)
	}
	var s State
	if err := readStrict(text, &s); err != nil {
		return State{}, fmt.Errorf("retrofit: read state: %w", err)
	}
	return s, nil
}

// readStrict decodes a document of which every member has a field.
func readStrict(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the document")
	}
	return nil
}
