package parquet

import (
	"slices"
	"testing"
)

func TestHybrid(t *testing.T) {
	for _, test := range []struct {
		src   string
		width uint
		want  []uint32
		more  bool // there is more than wanted
	}{
		{"", 0, []uint32{0, 0, 0}, true},
		{"", 1, nil, false},
		{"\x06\x01", 1, []uint32{1, 1, 1}, false},
		{"\x04\x02\x02\x00", 2, []uint32{2, 2, 0}, false},
		{"\x02\x34\x12", 9, []uint32{0x1234}, false},
		{"\x02\x78\x56\x34\x12", 32, []uint32{0x12345678}, false},
		{"\x03\x88\xc6\xfa", 3, []uint32{0, 1, 2, 3, 4, 5, 6, 7}, false}, // the example of the format
		{"\x03\x88\xc6", 3, []uint32{0, 1, 2, 3, 4}, false},              // cut off
		{"\x03\xff\x04\x00", 1, []uint32{1, 1, 1, 1, 1, 1, 1, 1, 0, 0}, false},
		{"\x00\x01\x02\x01", 1, []uint32{1}, false}, // a run of nothing
		{"\x02", 8, nil, false},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 8, nil, false},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x07", 8, []uint32{7}, false},
	} {
		h := hybrid{src: []byte(test.src), width: test.width}
		var got []uint32
		for len(got) < len(test.want) {
			v, err := h.next()
			if err != nil {
				break
			}
			got = append(got, v)
		}
		if _, err := h.next(); !slices.Equal(got, test.want) || (err == nil) != test.more {
			t.Errorf("%q, width %d: got %v, want %v, then %v", test.src, test.width, got, test.want, err)
		}
	}
}
