package compare

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/distance"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

const (
	vectorDimension = 384
	vectorCode      = vectorDimension / 8
	vectorK         = 10
)

// vectorData are vectors and codes to search for and in, one after the other.
type vectorData struct {
	vectors, queries   []float32
	codes, codeQueries []byte
}

func newVectorData(vectors, queries int) vectorData {
	r := rand.New(rand.NewPCG(1, 1))
	floats := func(n int) []float32 {
		values := make([]float32, n*vectorDimension)
		for i := range values {
			values[i] = float32(r.NormFloat64())
		}
		return values
	}
	codes := func(n int) []byte {
		b := make([]byte, n*vectorCode)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	return vectorData{floats(vectors), floats(queries), codes(vectors), codes(queries)}
}

// A faissProcess has the data in flat indexes and searches when it is told to.
type faissProcess struct {
	tb     testing.TB
	in     io.Writer
	out    *bufio.Reader
	folder string
}

func newFAISS(tb testing.TB, data vectorData) *faissProcess {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	python := filepath.Join(cmp.Or(os.Getenv("AWSPATTERNS_ENGINES"), filepath.Join(cache, "awspatterns", "engines")), "faiss", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		tb.Skip("no FAISS: run engines.sh faiss")
	}
	f := &faissProcess{tb: tb, folder: tb.TempDir()}
	for name, values := range map[string]any{"vectors": data.vectors, "queries": data.queries, "codes": data.codes, "code-queries": data.codeQueries} {
		f.write(name, values)
	}
	command := exec.Command(python, filepath.Join("testdata", "faiss_search.py"), strconv.Itoa(vectorDimension), f.folder)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	f.in, f.out = in, bufio.NewReader(out)
	return f
}

func (f *faissProcess) write(name string, values any) {
	file, err := os.Create(filepath.Join(f.folder, name))
	if err == nil {
		err = binary.Write(file, binary.LittleEndian, values)
	}
	if err == nil {
		err = file.Close()
	}
	if err != nil {
		f.tb.Fatal(err)
	}
}

// search returns how long the search took, and the processor's time, without what it
// takes to hand its result over.
func (f *faissProcess) search(index string, threads int) (took, cpu time.Duration) {
	f.tb.Helper()
	fmt.Fprintln(f.in, index, threads, filepath.Join(f.folder, "result"))
	line, err := f.out.ReadString('\n')
	if err != nil {
		f.tb.Fatalf("FAISS: %v", err)
	}
	var seconds [2]float64
	if _, err := fmt.Sscan(line, &seconds[0], &seconds[1]); err != nil {
		f.tb.Fatalf("FAISS: %q: %v", line, err)
	}
	return time.Duration(seconds[0] * 1e9), time.Duration(seconds[1] * 1e9)
}

// result reads what the last search has found: numbers and distances, ten for each query.
func (f *faissProcess) result(queries int) (labels []int64, distances []float32) {
	labels, distances = make([]int64, vectorK*queries), make([]float32, vectorK*queries)
	for name, values := range map[string]any{"result-labels": labels, "result-distances": distances} {
		file, err := os.Open(filepath.Join(f.folder, name))
		if err == nil {
			err = binary.Read(bufio.NewReader(file), binary.LittleEndian, values)
			file.Close()
		}
		if err != nil {
			f.tb.Fatal(err)
		}
	}
	return labels, distances
}

// nearest is our exact search.
func (d vectorData) nearest(tb testing.TB, space vector.Space, workers int) [][]vector.Neighbor {
	tb.Helper()
	vectors, err := vector.FromValues(vectorDimension, d.vectors)
	if err != nil {
		tb.Fatal(err)
	}
	queries, err := vector.FromValues(vectorDimension, d.queries)
	if err != nil {
		tb.Fatal(err)
	}
	found, err := vector.Nearest(context.Background(), vectors, queries, vector.NearestOptions{K: vectorK, Space: space, Workers: workers})
	if err != nil {
		tb.Fatal(err)
	}
	return found
}

// A hammingNeighbor is a code that was found.
type hammingNeighbor struct{ distance, number int32 }

// hammingNearest is what searches for codes do: distances of a block that stays in the
// cache, and the ten least of them.
func (d vectorData) hammingNearest(workers int) [][]hammingNeighbor {
	const block = 4096
	found := make([][]hammingNeighbor, len(d.codeQueries)/vectorCode)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			distances := make([]int32, block)
			for from := 0; from < len(d.codes)/vectorCode; from += block {
				codes := d.codes[from*vectorCode : min((from+block)*vectorCode, len(d.codes))]
				out := distances[:len(codes)/vectorCode]
				for q := w; q < len(found); q += workers {
					distance.Hammings(out, d.codeQueries[q*vectorCode:][:vectorCode], codes, vectorCode)
					found[q] = leastOf(found[q], out, int32(from))
				}
			}
		})
	}
	wg.Wait()
	return found
}

// leastOf keeps the ten least, in order.
func leastOf(best []hammingNeighbor, distances []int32, from int32) []hammingNeighbor {
	for i, distance := range distances {
		if len(best) == vectorK && distance >= best[vectorK-1].distance {
			continue
		}
		if len(best) == vectorK {
			best = best[:vectorK-1]
		}
		at, _ := slices.BinarySearchFunc(best, distance+1, func(n hammingNeighbor, d int32) int { return int(n.distance - d) })
		best = slices.Insert(best, at, hammingNeighbor{distance, from + int32(i)})
	}
	return best
}

// Both find the same neighbours: what FAISS has found in a place has, computed in
// float64, the score of what we have found there.
func TestVectorsAgree(t *testing.T) {
	data := newVectorData(5000, 50)
	faiss := newFAISS(t, data)
	for index, space := range map[string]vector.Space{"ip": vector.InnerProduct, "l2": vector.L2} {
		for _, threads := range []int{1, 2} {
			faiss.search(index, threads)
			labels, _ := faiss.result(50)
			same := 0
			for q, neighbors := range data.nearest(t, space, threads) {
				for i, got := range neighbors {
					label := int(labels[q*vectorK+i])
					if got.Number == label {
						same++
					}
					want := exactScore(space, data.queries[q*vectorDimension:][:vectorDimension], data.vectors[label*vectorDimension:][:vectorDimension])
					if math.Abs(got.Score-want) > 1e-3 {
						t.Errorf("%s, query %d: place %d has vector %d with %v, FAISS has %d with %v", index, q, i, got.Number, got.Score, label, want)
					}
				}
			}
			if same < 498 {
				t.Errorf("%s: %d of 500 neighbours are the same", index, same)
			}
		}
	}
}

func exactScore(space vector.Space, a, b []float32) (score float64) {
	for i, x := range a {
		x, y := float64(x), float64(b[i])
		if space == vector.L2 {
			score -= (x - y) * (x - y)
		} else {
			score += x * y
		}
	}
	return score
}

// Distances are whole numbers here, of which many are equal: FAISS may have any of those.
func TestHammingAgrees(t *testing.T) {
	data := newVectorData(5000, 50)
	faiss := newFAISS(t, data)
	for _, threads := range []int{1, 2} {
		faiss.search("hamming", threads)
		labels, distances := faiss.result(50)
		for q, neighbors := range data.hammingNearest(threads) {
			for i, got := range neighbors {
				label, want := labels[q*vectorK+i], int32(distances[q*vectorK+i])
				again := make([]int32, 1)
				distance.Hammings(again, data.codeQueries[q*vectorCode:][:vectorCode], data.codes[label*vectorCode:], vectorCode)
				if got.distance != want || again[0] != want {
					t.Errorf("query %d: place %d has code %d with %d; FAISS has %d with %d, which we compute as %d", q, i, got.number, got.distance, label, want, again[0])
				}
			}
		}
	}
}

// BenchmarkVectors searches 100,000 vectors of 384 dimensions for the 10 nearest of each
// of 1,000 queries, with FAISS and with this module in turn, each with the same number
// of threads.
func BenchmarkVectors(b *testing.B) {
	vectors, queries := 100_000, 1000
	if testing.Short() {
		vectors, queries = 5000, 50
	}
	data := newVectorData(vectors, queries)
	faiss := newFAISS(b, data)
	for _, index := range []struct {
		name string
		ours func(workers int)
	}{
		{"ip", func(workers int) { data.nearest(b, vector.InnerProduct, workers) }},
		{"l2", func(workers int) { data.nearest(b, vector.L2, workers) }},
		{"hamming", func(workers int) { data.hammingNearest(workers) }},
	} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", index.name, threads), func(b *testing.B) {
				var ours, theirs, oursCPU, theirsCPU []time.Duration
				faiss.search(index.name, threads) // once before it counts
				for b.Loop() {
					took, cpu := faiss.search(index.name, threads)
					theirs, theirsCPU = append(theirs, took), append(theirsCPU, cpu)
					time.Sleep(250 * time.Millisecond) // its threads wait for more work in loops
					began, before := time.Now(), cpuTime()
					index.ours(threads)
					ours, oursCPU = append(ours, time.Since(began)), append(oursCPU, cpuTime()-before)
				}
				b.ReportMetric(0, "ns/op") // of both, and the pause: it means nothing
				b.ReportMetric(median(ours).Seconds()*1e3, "ours-ms")
				b.ReportMetric(median(theirs).Seconds()*1e3, "faiss-ms")
				b.ReportMetric(ratio(oursCPU, theirsCPU), "x-faiss-cpu")
				b.ReportMetric(ratio(ours, theirs), "x-faiss")
			})
		}
	}
}
