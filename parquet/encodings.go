package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A source gives the values of a page, one after the other, as the bytes of PLAIN: numbers
// in little endian, truth values as a byte. They may be used until the next one.
type source interface {
	next() ([]byte, error)
}

// sourceOf reads the values in data. Dictionaries are not its matter.
func sourceOf(leaf *node, encoding format.Encoding, data []byte) (source, error) {
	switch {
	case leaf.kind == parquet.Boolean && encoding == format.Plain:
		return &truthBits{data: data}, nil
	case leaf.kind == parquet.Boolean && encoding == format.RLE:
		// parquet-go v0.32.0 reads runs of true as 1 in 8.
		if len(data) < 4 {
			return nil, errShort
		}
		return &truthRuns{hybrid: hybrid{src: data[4:], width: 1}}, nil
	case encoding == format.Plain && leaf.kind == parquet.ByteArray:
		return &plainBytes{data}, nil
	case encoding == format.Plain:
		return &fixed{data, leaf.width}, nil
	case encoding == format.RLE:
		return nil, fmt.Errorf("encoding RLE of %v", leaf.kind)
	}
	if err := checkDeltas(leaf, encoding, data); err != nil {
		return nil, err
	}
	d, err := leaf.physical.Decode(leaf.physical.NewValues(nil, nil), data, parquet.LookupEncoding(encoding))
	if err != nil {
		return nil, err
	}
	if bytes, offsets := d.Data(); leaf.kind == parquet.ByteArray {
		return &byteSlices{bytes, offsets}, nil
	} else {
		return &fixed{bytes, leaf.width}, nil
	}
}

// fixed are values of one size.
type fixed struct {
	data []byte
	size int
}

func (s *fixed) next() ([]byte, error) {
	if len(s.data) < s.size {
		return nil, errShort
	}
	b := s.data[:s.size]
	s.data = s.data[s.size:]
	return b, nil
}

// plainBytes are values with their length before them.
type plainBytes struct{ data []byte }

func (s *plainBytes) next() ([]byte, error) {
	if len(s.data) < 4 {
		return nil, errShort
	}
	n := uint64(binary.LittleEndian.Uint32(s.data))
	if uint64(len(s.data)-4) < n {
		return nil, errShort
	}
	b := s.data[4 : 4+n]
	s.data = s.data[4+n:]
	return b, nil
}

// byteSlices are values that stand behind each other.
type byteSlices struct {
	data    []byte
	offsets []uint32
}

func (s *byteSlices) next() ([]byte, error) {
	if len(s.offsets) < 2 || s.offsets[0] > s.offsets[1] || int(s.offsets[1]) > len(s.data) {
		return nil, errShort
	}
	b := s.data[s.offsets[0]:s.offsets[1]]
	s.offsets = s.offsets[1:]
	return b, nil
}

// truthBits are truth values.
type truthBits struct {
	data []byte
	at   int
	out  [1]byte
}

func (s *truthBits) next() ([]byte, error) {
	if s.at/8 >= len(s.data) {
		return nil, errShort
	}
	s.out[0] = s.data[s.at/8] >> (s.at % 8) & 1
	s.at++
	return s.out[:], nil
}

// truthRuns are truth values in runs.
type truthRuns struct {
	hybrid
	out [1]byte
}

func (s *truthRuns) next() ([]byte, error) {
	v, err := s.hybrid.next()
	s.out[0] = byte(v)
	return s.out[:], err
}
