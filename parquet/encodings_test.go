package parquet

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"slices"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/delta"
	"github.com/parquet-go/parquet-go/format"
)

// deltas returns n numbers that are all first, in DELTA_BINARY_PACKED, in blocks of 65,536.
func deltas(first int64, n uint64) []byte {
	b := binary.AppendUvarint(nil, 65536)
	b = binary.AppendUvarint(b, 1)
	b = binary.AppendUvarint(b, n)
	b = binary.AppendVarint(b, first)
	for blocks := (n + 65534) / 65536; blocks > 0; blocks-- {
		b = append(b, 0, 0) // the least difference, and the bits of each
	}
	return b
}

// TestDeltasOfNothing has pages that say, or repeat, more than there is: no memory is
// asked for that.
func TestDeltasOfNothing(t *testing.T) {
	integer := &node{kind: parquet.Int64, physical: parquet.Int64Type, width: 8}
	text := &node{kind: parquet.ByteArray, physical: parquet.ByteArrayType}
	fixed := &node{kind: parquet.FixedLenByteArray, physical: parquet.FixedLenByteArrayType(16), width: 16}
	says := deltas(0, 1<<27)[:20]
	for _, test := range []struct {
		name     string
		leaf     *node
		encoding format.Encoding
		data     []byte
		ok       bool
	}{
		{"numbers", integer, format.DeltaBinaryPacked, deltas(1, 1000), true},
		{"numbers that are not there", integer, format.DeltaBinaryPacked, says, false},
		{"numbers without end", integer, format.DeltaBinaryPacked, deltas(0, 1<<28), false},
		{"numbers of more bits than there are", integer, format.DeltaBinaryPacked, []byte{128, 1, 1, 2, 0, 0, 65, 0}, false},
		{"lengths", text, format.DeltaLengthByteArray, append(deltas(1, 3), "abc"...), true},
		{"lengths that are not there", text, format.DeltaLengthByteArray, says, false},
		{"prefixes", text, format.DeltaByteArray, append(append(deltas(0, 3), deltas(1, 3)...), "abc"...), true},
		{"prefixes that are not there", text, format.DeltaByteArray, says, false},
		{"prefixes of fixed values that are not there", fixed, format.DeltaByteArray, says, false},
		{"prefixes that repeat", text, format.DeltaByteArray, repeating(1<<20, 1025), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := sourceOf(test.leaf, test.encoding, test.data)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; (err == nil) != test.ok || used > 1<<20 {
				t.Errorf("%d bytes of memory, %v", used, err)
			}
		})
	}
}

// repeating returns n values in DELTA_BYTE_ARRAY that are all the same one of size bytes.
func repeating(size, n int) []byte {
	prefixes, suffixes := make([]int32, n), make([]int32, n)
	for i := range prefixes {
		prefixes[i] = int32(size)
	}
	prefixes[0], suffixes[0] = 0, int32(size)
	var e delta.BinaryPackedEncoding
	a, _ := e.EncodeInt32(nil, prefixes)
	b, _ := e.EncodeInt32(nil, suffixes)
	return slices.Concat(a, b, make([]byte, size))
}

// TestDictionaryOfNothing has a dictionary whose values need more memory than its bytes.
func TestDictionaryOfNothing(t *testing.T) {
	leaf := &node{kind: parquet.Boolean, physical: parquet.BooleanType, width: 1}
	leaf.value = func([]byte) (any, error) { return true, nil }
	p := pages{leaf: leaf, packed: make([]byte, 1<<23)}
	h := format.PageHeader{UncompressedPageSize: 1 << 23}
	h.DictionaryPageHeader.Valid = true
	h.DictionaryPageHeader.V.NumValues = 1 << 26
	if err := p.readDictionary(&h); err == nil || len(p.dictionary) > 0 {
		t.Errorf("%d values, %v", len(p.dictionary), err)
	}
}

// TestLargeRow has rows of which all columns together have many values: 1,000 each, of
// few bytes in the file.
func TestLargeRow(t *testing.T) {
	type lists struct{ A, B []int64 }
	var file bytes.Buffer
	w := parquet.NewGenericWriter[lists](&file)
	for range 2 {
		w.Write([]lists{{make([]int64, 1000), make([]int64, 1000)}})
	}
	w.Close()
	f, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for limit, want := range map[int]bool{2000: true, 1999: false} {
		r, err := f.openGroup(0, 0)
		if err != nil {
			t.Fatal(err)
		}
		r.limit = limit
		for range 2 {
			if _, err := r.next(); (err == nil) != want {
				t.Errorf("%d: %v", limit, err)
			}
		}
	}
}
