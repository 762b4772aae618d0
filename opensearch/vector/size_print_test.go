package vector

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

func TestSizeTable(t *testing.T) {
	const n = 1_000_000_000
	full := SizeVectorIndexOptions{
		Vectors: n, Dimension: 384, Version: "3.8", Replicas: 1, Shards: 40, Metadata: 100e9, SubVectors: []int{16},
		Node:           Node{RAM: 128 << 30, Disk: 2 << 40},
		PricePerGBHour: 0.005, PricePerDiskGBMonth: 0.1, Currency: "EUR",
		MinRecall: 0.9, MaxLatency: 100 * time.Millisecond,
		Recalls: []TechniqueRecall{
			recallAt(Encoding{Encoder: FP32}, 0, 1, n), recallAt(Encoding{Encoder: OSQ}, 2, 0.947, n),
			recallAt(Encoding{Encoder: Binary, Bits: 1}, 5, 0.42, n), recallAt(Encoding{Encoder: Binary, Bits: 1}, 40, 0.91, n),
			recallAt(Encoding{Encoder: Binary, Bits: 2}, 5, 0.61, n),
		},
	}
	full.Recalls[1].Target.Extrapolated = true
	golden.Equal(t, "testdata/size_full.txt", sizeIt(t, full).String())
	small := SizeVectorIndexOptions{Vectors: 1000, Dimension: 8, Version: Serverless}
	golden.Equal(t, "testdata/size_small.txt", sizeIt(t, small).String())
}

func TestWithoutModes(t *testing.T) {
	names := []string{"a, in_memory", "b 1 bit, ADC, on_disk", "a, on_disk", "c, in_memory", "d", "0.1 GB: b 1 bit, ADC, on_disk"}
	want := []string{"a", "b 1 bit, ADC, on_disk", "c, in_memory", "d", "0.1 GB: b 1 bit, ADC, on_disk"}
	if got := withoutModes(names); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestSizeTableEscapes tests that no text of a result can pass for a line of the table.
func TestSizeTableEscapes(t *testing.T) {
	r := SizeVectorIndexResult{
		Version: "3\x1b[2J", Currency: "U\nD", Notes: []string{"a\nb"}, Claims: []Claim{{Technique: "x\ry"}},
		Techniques: []TechniqueSize{{Name: "n\n m", Excluded: []string{"e\nf"}}, {Name: "\u202eo", Warnings: []string{"w\tx"}}},
	}
	for _, bad := range []string{"\x1b", "U\nD", "a\nb", "\r", "n\n m", "e\nf", "\u202e", "\t"} {
		if strings.Contains(r.String(), bad) {
			t.Errorf("%q is in the table", bad)
		}
	}
}

type sizeNoWriter struct{}

func (sizeNoWriter) Write([]byte) (int, error) { return 0, errSizeFull }

var errSizeFull = errors.New("full")

func TestSizeTableError(t *testing.T) {
	if err := (SizeVectorIndexResult{}).Table(sizeNoWriter{}); !errors.Is(err, errSizeFull) {
		t.Errorf("got %v", err)
	}
}
