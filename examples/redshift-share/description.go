package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/awspatterns/awspatterns/redshift/share"
)

// The case of the article, as it should be: the units write into their own schemas, also
// into tables to come, and all append to the audit log.
//
//go:embed anycompany.json
var anyCompanyJSON []byte

// readDescription reads a description from a file. Nobody is asked anything about one
// that could not be made.
func readDescription(file string) (share.Description, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return share.Description{}, err
	}
	d, err := parseDescription(text)
	if err != nil {
		return d, fmt.Errorf("%s: %w", file, err)
	}
	return d, nil
}

// parseDescription refuses fields that it does not know: a privilege under a name with a
// typing error would be taken away.
func parseDescription(text []byte) (share.Description, error) {
	var d share.Description
	from := json.NewDecoder(bytes.NewReader(text))
	from.DisallowUnknownFields()
	if err := from.Decode(&d); err != nil {
		return d, inLine(err, text, from.InputOffset())
	}
	if _, err := from.Token(); !errors.Is(err, io.EOF) {
		return d, inLine(errors.New("there is more than one description"), text, from.InputOffset())
	}
	return d, d.Validate()
}

// inLine says where in the text an error is.
func inLine(err error, text []byte, offset int64) error {
	syntax, isSyntax := errors.AsType[*json.SyntaxError](err)
	kind, isKind := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case errors.Is(err, io.EOF):
		return errors.New("there is no description in it")
	case errors.Is(err, io.ErrUnexpectedEOF):
		offset = int64(len(text))
	case isSyntax:
		offset = syntax.Offset
	case isKind:
		offset = kind.Offset
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(text[:min(offset, int64(len(text)))], []byte("\n")), err)
}
