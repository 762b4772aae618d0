package quantizer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

func trainPQ(t testing.TB, m PQ, vectors Vectors) *pq {
	t.Helper()
	q, err := m.Train(t.Context(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	return q.(*pq)
}

// nearestCentroids compares with all centroids in 64 bits. It returns what is nearest
// for each sub-vector and how far the second nearest is behind.
func nearestCentroids(q *pq, vector []float32) (numbers []uint8, ahead []float64) {
	for m := range q.SubVectors {
		best, second, at := math.Inf(1), math.Inf(1), 0
		for c := range 1 << q.PQ.CodeSize {
			centroid := q.of(m)[c*q.sub : (c+1)*q.sub]
			far := -trueScore(L2, vector[m*q.sub:(m+1)*q.sub], centroid)
			switch {
			case far < best:
				best, second, at = far, best, c
			case far < second:
				second = far
			}
		}
		numbers, ahead = append(numbers, uint8(at)), append(ahead, second-best)
	}
	return numbers, ahead
}

// pqBits writes numbers as text, the lowest bit first.
func pqBits(numbers []uint8, size int) string {
	var bits []byte
	for _, number := range numbers {
		for b := range size {
			bits = append(bits, '0'+number>>b&1)
		}
	}
	return string(bits)
}

func codeBits(code []byte) string {
	return pqBits(code, 8)
}

func TestPQEncodesAndScores(t *testing.T) {
	tests := []struct{ dimension, subVectors, codeSize int }{
		{1, 1, 8}, {12, 4, 8}, {12, 3, 4}, {12, 12, 1}, {14, 7, 5}, {20, 5, 7}, {30, 10, 3}, {96, 1, 2}, {66, 33, 6},
	}
	for _, test := range tests {
		vectors := pqData(600, test.dimension, 1)
		for _, space := range []Space{L2, InnerProduct} {
			q := trainPQ(t, PQ{Space: space, SubVectors: test.subVectors, CodeSize: test.codeSize, Seed: 4}, vectors)
			size := q.CodeSize()
			if want := (test.subVectors*test.codeSize + 7) / 8; size != want {
				t.Fatalf("%+v: codes of %d bytes, want %d", test, size, want)
			}
			codes := bytes.Repeat([]byte{0xff}, 600*size) // what was there before does not matter
			q.Encode(codes, vectors.values)
			decoded, scores := make([]float32, len(vectors.values)), make([]float32, 600)
			q.Decode(decoded, codes)
			query := pqData(1, test.dimension, 2).values
			q.Query(query).Score(scores, codes)
			for i := range 600 {
				row, code := vectors.values[i*test.dimension:(i+1)*test.dimension], codes[i*size:(i+1)*size]
				checkPQCode(t, q, row, code)
				back := decoded[i*test.dimension : (i+1)*test.dimension]
				if want := trueScore(space, query, back); math.Abs(float64(scores[i])-want) > 1e-4*(1+math.Abs(want)) {
					t.Fatalf("%+v: vector %d scores %v, want %v", test, i, scores[i], want)
				}
			}
		}
	}
}

func checkPQCode(t *testing.T, q *pq, row []float32, code []byte) {
	t.Helper()
	numbers, ahead := nearestCentroids(q, row)
	for m, number := range numbers {
		if q.get(code, m) != number && ahead[m] > 1e-5 {
			t.Fatalf("sub-vector %d is %d, want %d", m, q.get(code, m), number)
		}
		numbers[m] = q.get(code, m)
	}
	want := pqBits(numbers, q.PQ.CodeSize)
	if got := codeBits(code); got[:len(want)] != want || bytes.ContainsRune([]byte(got[len(want):]), '1') {
		t.Fatalf("code %s, want %s and zeros", got, want)
	}
}

// objective is the mean square of what is lost.
func (q *pq) objective(vectors *pqVectors) float64 {
	codes, back := make([]byte, vectors.Len()*q.CodeSize()), make([]float32, len(vectors.values))
	q.Encode(codes, vectors.values)
	q.Decode(back, codes)
	return -trueScore(L2, vectors.values, back) / float64(vectors.Len())
}

// naiveKMeans is Lloyd's algorithm in 64 bits, from the same first centroids.
func naiveKMeans(q *pq, vectors *pqVectors, m int) float64 {
	points := make([][]float64, vectors.Len())
	for i := range points {
		for _, x := range vectors.values[i*q.dimension+m*q.sub:][:q.sub] {
			points[i] = append(points[i], float64(x))
		}
	}
	var centroids [][]float64
	for _, i := range q.random(1).Perm(len(points))[:1<<q.PQ.CodeSize] {
		centroids = append(centroids, points[i])
	}
	var lost float64
	for range 26 {
		lost = 0
		members := map[int][][]float64{}
		for _, p := range points {
			at, best := 0, math.Inf(1)
			for c, centroid := range centroids {
				var far float64
				for j := range p {
					far += (p[j] - centroid[j]) * (p[j] - centroid[j])
				}
				if far < best {
					at, best = c, far
				}
			}
			members[at] = append(members[at], p)
			lost += best
		}
		for c, group := range members {
			mean := make([]float64, q.sub)
			for _, p := range group {
				for j, x := range p {
					mean[j] += x / float64(len(group))
				}
			}
			centroids[c] = mean
		}
	}
	return lost / float64(len(points))
}

func TestPQTrainingIsKMeans(t *testing.T) {
	vectors := pqData(2000, 12, 7)
	q := trainPQ(t, PQ{SubVectors: 3, CodeSize: 4, Seed: 11}, vectors)
	var want float64
	for m := range 3 {
		want += naiveKMeans(q, vectors, m)
	}
	if got := q.objective(vectors); math.Abs(got-want) > 0.01*want {
		t.Errorf("loses %v, plain k-means %v", got, want)
	}
}

func TestPQTrainingDependsOnTheSeedAlone(t *testing.T) {
	vectors := pqData(3000, 24, 3)
	first := trainPQ(t, PQ{SubVectors: 6, CodeSize: 5, Seed: 1, Workers: 1}, vectors)
	for _, workers := range []int{2, 3, 16} {
		again := trainPQ(t, PQ{SubVectors: 6, CodeSize: 5, Seed: 1, Workers: workers}, vectors)
		if !slices.Equal(again.centroids, first.centroids) {
			t.Fatalf("%d goroutines change the result", workers)
		}
	}
	one := trainPQ(t, PQ{SubVectors: 1, CodeSize: 5, Seed: 1, Workers: 1}, vectors)
	shared := trainPQ(t, PQ{SubVectors: 1, CodeSize: 5, Seed: 1, Workers: 7}, vectors)
	if !slices.Equal(one.centroids, shared.centroids) {
		t.Error("goroutines that share a sub-vector change the result")
	}
	again := trainPQ(t, PQ{SubVectors: 6, CodeSize: 5, Seed: 1, Workers: 2}, vectors)
	clear(again.centroids)
	if err := again.train(t.Context(), vectors, 2*4*3000*4+1); err != nil || !slices.Equal(again.centroids, first.centroids) {
		t.Errorf("two sub-vectors at a time change the result: %v", err)
	}
	other := trainPQ(t, PQ{SubVectors: 6, CodeSize: 5, Seed: 2}, vectors)
	if other.centroids[0] == first.centroids[0] && other.centroids[1] == first.centroids[1] {
		t.Error("another seed gives the same")
	}
}

// A large segment is not read whole, and each of its parts is in the sample.
func TestPQSamples(t *testing.T) {
	vectors := pqData(40_000, 4, 3)
	q := trainPQ(t, PQ{SubVectors: 2, CodeSize: 2, Seed: 1}, vectors)
	sample := q.sample(40_000)
	if len(sample) != 1024 || vectors.reads > 30_000 {
		t.Errorf("%d vectors in the sample, %d read", len(sample), vectors.reads)
	}
	var tenths [10]int
	for i, n := range sample {
		if i > 0 && n <= sample[i-1] {
			t.Fatal("not in order")
		}
		tenths[n/4000]++
	}
	for i, n := range tenths {
		if n < 60 || n > 150 {
			t.Errorf("%d vectors of tenth %d", n, i)
		}
	}
	if sample := q.sample(5); len(sample) != 5 || sample[4] != 4 {
		t.Errorf("sample of 5: %v", sample)
	}
}

// What is cut out of the sample is what is in the segment, whatever is read at once.
func TestPQCuts(t *testing.T) {
	vectors := pqData(5000, 6, 3)
	q := trainPQ(t, PQ{SubVectors: 3, CodeSize: 1, Seed: 1}, vectors)
	sample := []int{0, 1, 5, 90, 91, 3000, 3017, 4999}
	points := [][]float32{make([]float32, 16), make([]float32, 16)}
	if err := q.cut(t.Context(), vectors, sample, 1, points); err != nil {
		t.Fatal(err)
	}
	for i, n := range sample {
		for m := range points {
			for j := range 2 {
				if got, want := points[m][2*i+j], vectors.values[n*6+(m+1)*2+j]; got != want {
					t.Errorf("vector %d, sub-vector %d: %v, want %v", n, m+1, got, want)
				}
			}
		}
	}
}

func TestPQRefuses(t *testing.T) {
	few := pqData(255, 8, 1)
	var training *TrainingError
	if _, err := (PQ{SubVectors: 2, CodeSize: 8}).Train(t.Context(), few); !errors.As(err, &training) || *training != (TrainingError{255, 256}) {
		t.Errorf("255 vectors: %v", err)
	}
	for _, m := range []PQ{{SubVectors: 3, CodeSize: 8}, {SubVectors: 0, CodeSize: 8}, {SubVectors: 2}, {SubVectors: 2, CodeSize: 9}, {SubVectors: 1024, CodeSize: 8}} {
		if _, err := m.Train(t.Context(), pqData(300, 8, 1)); err == nil {
			t.Errorf("%+v is taken", m)
		}
	}
	hostile := pqData(300, 8, 1)
	hostile.values[100*8+3] = float32(math.Inf(1))
	var refused *NotFiniteError
	if _, err := (PQ{SubVectors: 2, CodeSize: 8}).Train(t.Context(), hostile); !errors.As(err, &refused) || refused.Vector != 100 || refused.Dimension != 3 {
		t.Errorf("infinite: %v", err)
	}
	hostile.err = errors.New("gone")
	if _, err := (PQ{SubVectors: 2, CodeSize: 8}).Train(t.Context(), hostile); !errors.Is(err, hostile.err) {
		t.Errorf("unreadable: %v", err)
	}
}

// stoppingVectors end a context when they have been read.
type stoppingVectors struct {
	*pqVectors
	stop func()
}

func (v *stoppingVectors) ReadVectors(dst []float32, from int) error {
	defer v.stop()
	return v.pqVectors.ReadVectors(dst, from)
}

func TestPQTrainingStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	vectors := &stoppingVectors{pqData(1000, 8, 1), cancel}
	if q, err := (PQ{SubVectors: 2, CodeSize: 4}).Train(ctx, vectors); !errors.Is(err, context.Canceled) || q != nil {
		t.Errorf("%v, %v", q, err)
	}
}

// Quantizers that know nothing of each other's work give the same codes and scores.
func TestQuantizersAreForSeveralGoroutines(t *testing.T) {
	vectors := pqData(1000, 16, 1)
	for _, m := range []Method{FP16{}, Byte{Space: L2}, PQ{SubVectors: 4, CodeSize: 6}} {
		q, err := m.Train(t.Context(), vectors)
		if err != nil {
			t.Fatal(err)
		}
		work := func() ([]byte, []float32) {
			codes, scores := make([]byte, 1000*q.CodeSize()), make([]float32, 1000)
			q.Encode(codes, vectors.values)
			q.Query(vectors.values[:16]).Score(scores, codes)
			return codes, scores
		}
		codes, scores := work()
		parallel.ForEach(8, 8, func(int) {
			if c, s := work(); !bytes.Equal(c, codes) || !slices.Equal(s, scores) {
				t.Errorf("%+v: another result", m)
			}
		})
	}
}

func TestPQWarns(t *testing.T) {
	m := PQ{SubVectors: 2, CodeSize: 8}
	if m.Warning(9983) == "" || m.Warning(9984) != "" {
		t.Errorf("%q, %q", m.Warning(9983), m.Warning(9984))
	}
}

func TestPQOfHostileVectors(t *testing.T) {
	fill := func(n, dimension int, x func(i int) float32) *pqVectors {
		v := &pqVectors{dimension: dimension, values: make([]float32, n*dimension)}
		for i := range v.values {
			v.values[i] = x(i)
		}
		return v
	}
	tests := []struct {
		name    string
		vectors *pqVectors
		lost    float64 // at most
	}{
		{"as many as centroids", pqData(16, 8, 1), 0},
		{"all the same", fill(400, 8, func(int) float32 { return 3 }), 1e-4},
		{"all zero", fill(400, 8, func(int) float32 { return 0 }), 0},
		{"two of each", fill(400, 8, func(i int) float32 { return float32(i / 8 % 2) }), 1e-4},
		{"a constant dimension", fill(400, 8, func(i int) float32 { return float32(i % 8 / 7 * (i % 11)) }), 1},
		{"16,000 dimensions", pqData(64, 16000, 1), 16000},
		{"huge", fill(400, 8, func(i int) float32 { return math.MaxFloat32 * float32(i%3-1) }), math.Inf(1)},
		{"tiny", fill(400, 8, func(i int) float32 { return math.SmallestNonzeroFloat32 * float32(i%5) }), 1e-80},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			q := trainPQ(t, PQ{SubVectors: 4, CodeSize: 4}, test.vectors)
			for i, x := range q.centroids {
				if x-x != 0 {
					t.Fatalf("number %d of the centroids is %v", i, x)
				}
			}
			if lost := q.objective(test.vectors); !(lost <= test.lost) {
				t.Errorf("loses %v, want at most %v", lost, test.lost)
			}
		})
	}
}

func BenchmarkPQTrain(b *testing.B) {
	vectors := pqData(8192, 96, 1)
	for b.Loop() {
		trainPQ(b, PQ{SubVectors: 4, CodeSize: 8}, vectors)
	}
}

func BenchmarkPQEncode(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	q := trainPQ(b, PQ{SubVectors: 16, CodeSize: 8}, vectors)
	codes := make([]byte, 1000*q.CodeSize())
	b.SetBytes(int64(4 * len(vectors.values)))
	for b.Loop() {
		q.Encode(codes, vectors.values)
	}
}

func BenchmarkPQScore(b *testing.B) {
	vectors := pqData(1000, 384, 1)
	for _, m := range []PQ{{SubVectors: 16, CodeSize: 8}, {SubVectors: 96, CodeSize: 8}, {SubVectors: 16, CodeSize: 5}} {
		b.Run(fmt.Sprintf("%dx%d", m.SubVectors, m.CodeSize), func(b *testing.B) {
			q := trainPQ(b, m, vectors)
			codes, scores := make([]byte, 1000*q.CodeSize()), make([]float32, 1000)
			q.Encode(codes, vectors.values)
			query := q.Query(vectors.values[:384])
			b.SetBytes(int64(len(codes)))
			for b.Loop() {
				query.Score(scores, codes)
			}
		})
	}
}
