package state

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// An envelope is a record as an object in S3 holds it: a line of JSON that says
// whose the record is, and then its value. Whoever looks at a bucket can read it.
type envelope struct {
	Record
	mark string // of one write; random
}

type envelopeHeader struct {
	Format int    `json:"awspatternsState"` // 1
	Set    string `json:"set"`
	Key    string `json:"key"`
	Mark   string `json:"mark"`
}

const envelopeFormat = 1

// maxEnvelope is more than the longest envelope has: JSON writes a byte of text in
// up to 6.
const maxEnvelope = 6*(MaxSet+MaxKey) + 1024 + MaxValue

var errNotRecord = errors.New("the object is not the record that its key tells")

func (e envelope) encode() []byte {
	header, err := json.Marshal(envelopeHeader{envelopeFormat, e.Set, e.Key, e.mark})
	if err != nil {
		panic(err) // a number and strings
	}
	return append(append(header, '\n'), e.Value...)
}

func decodeEnvelope(text []byte) (envelope, error) {
	line, value, found := bytes.Cut(text, []byte{'\n'})
	if !found || len(text) > maxEnvelope {
		return envelope{}, fmt.Errorf("%w: it has no header", errNotRecord)
	}
	var h envelopeHeader
	if err := json.Unmarshal(line, &h); err != nil {
		return envelope{}, fmt.Errorf("%w: %w", errNotRecord, err)
	}
	if h.Format != envelopeFormat {
		return envelope{}, fmt.Errorf("%w: its format is %d, and this version reads %d", errNotRecord, h.Format, envelopeFormat)
	}
	return envelope{Record{Set: h.Set, Key: h.Key, Value: value}, h.Mark}, nil
}
