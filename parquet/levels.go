package parquet

import (
	"encoding/binary"
	"errors"
)

var errShort = errors.New("its values end too early")

// A hybrid reads numbers that are encoded as runs and as packed bits: levels, indexes
// of dictionaries, and truth values.
// https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
type hybrid struct {
	src    []byte
	width  uint // bits of a number, up to 32
	left   uint64
	packed bool
	value  uint32 // of a run
	bit    uint64 // place of the next packed number in src
}

func (h *hybrid) next() (uint32, error) {
	if h.width == 0 {
		return 0, nil
	}
	for h.left == 0 {
		if err := h.head(); err != nil {
			return 0, err
		}
	}
	h.left--
	if !h.packed {
		return h.value, nil
	}
	return h.unpack()
}

// head begins the next run.
func (h *hybrid) head() error {
	if h.packed {
		h.src, h.packed = h.src[min(h.bit/8, uint64(len(h.src))):], false
	}
	n, size := binary.Uvarint(h.src)
	if size <= 0 {
		return errShort
	}
	h.src = h.src[size:]
	if h.left = n >> 1; n&1 == 1 {
		h.left, h.packed, h.bit = h.left*8, true, 0
		return nil
	}
	bytes := int(h.width+7) / 8
	if len(h.src) < bytes {
		return errShort
	}
	h.value = 0
	for i := range bytes {
		h.value |= uint32(h.src[i]) << (8 * i)
	}
	h.src = h.src[bytes:]
	return nil
}

func (h *hybrid) unpack() (uint32, error) {
	at, shift := h.bit/8, h.bit%8
	h.bit += uint64(h.width)
	if (h.bit+7)/8 > uint64(len(h.src)) {
		return 0, errShort
	}
	var word [8]byte
	copy(word[:], h.src[at:])
	return uint32(binary.LittleEndian.Uint64(word[:]) >> shift & (1<<h.width - 1)), nil
}
