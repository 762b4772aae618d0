package vector

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// heapFile is how large the file is that is measured. One of 10 GB is for -heap-file 10000.
var heapFile = flag.Int("heap-file", 512, "size in MiB of the file of TestHeap")

const mostHeap = 128 << 20

// writeFVecs writes a file of vectors of a size in MiB.
func writeFVecs(t *testing.T, mib, dimension int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vectors.fvecs")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	r := rand.New(rand.NewPCG(1, 2))
	drawn := make([]float32, 1<<16+dimension)
	for i := range drawn {
		drawn[i] = float32(r.NormFloat64())
	}
	record := binary.LittleEndian.AppendUint32(nil, uint32(dimension))
	for range mib << 20 / (4 * (dimension + 1)) {
		record = record[:4]
		from, scale := r.IntN(1<<16), 1+r.Float32()
		for _, x := range drawn[from : from+dimension] {
			record = binary.LittleEndian.AppendUint32(record, math.Float32bits(x*scale))
		}
		if _, err := w.Write(record); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return path
}

// watchHeap returns a function that ends watching and returns the most that the heap
// had, with its garbage, beyond what it had before.
func watchHeap() func() int64 {
	alloc := func() int64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	runtime.GC()
	before, most := alloc(), int64(0)
	stop := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for {
			most = max(most, alloc()-before)
			select {
			case <-stop:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	return func() int64 {
		close(stop)
		done.Wait()
		return most
	}
}

// The heap must not grow with the file: neither for exact search, nor for any encoder,
// nor for candidates that are scored again. Each worker has blocks of its own.
func TestHeap(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("it takes half a minute, and minutes with the race detector")
	}
	const dimension = 512
	file, err := Open(t.Context(), writeFVecs(t, *heapFile, dimension), OpenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	queries := structured(t, 4, dimension, 5, 1)
	for name, do := range map[string]func(context.Context) error{
		"Nearest": func(ctx context.Context) error {
			_, err := Nearest(ctx, file, queries, NearestOptions{Space: Cosine, Workers: 2})
			return err
		},
		"FitByteEncoder": func(ctx context.Context) error {
			_, err := FitByteEncoder(ctx, file, FitByteEncoderOptions{})
			return err
		},
		"MeasureRecall": func(ctx context.Context) error {
			opts := MeasureRecallOptions{Queries: queries, Shards: 2, TargetVectors: 1e9, Workers: 2}
			rows := someRows(10, Encoding{Encoder: FP16}, Encoding{Encoder: Byte}, Encoding{Encoder: SQ7}, Encoding{Encoder: OSQ},
				Encoding{Encoder: Binary, Bits: 1, ADC: true}, Encoding{Encoder: Binary, Bits: 4}, Encoding{Encoder: PQ, SubVectors: 32, CodeSize: 8})
			_, err := measureRows(ctx, t, file, opts, rows)
			return err
		},
	} {
		most, start := watchHeap(), time.Now()
		if err := do(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := most()
		t.Logf("%s of %d MiB: at most %d MiB of heap, %v", name, *heapFile, got>>20, time.Since(start).Round(time.Millisecond))
		if got > mostHeap {
			t.Errorf("%s of %d MiB takes %d MiB of heap, more than %d", name, *heapFile, got>>20, mostHeap>>20)
		}
	}
}
