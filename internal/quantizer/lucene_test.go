package quantizer

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/parallel"
)

// luceneVectors are vectors in memory for the tests of Lucene's quantizers.
type luceneVectors struct {
	dimension int
	values    []float32
	longest   int // that was read at a time
}

func (v *luceneVectors) Len() int       { return len(v.values) / v.dimension }
func (v *luceneVectors) Dimension() int { return v.dimension }

func (v *luceneVectors) ReadVectors(dst []float32, from int) error {
	if from < 0 || from*v.dimension+len(dst) > len(v.values) || len(dst)%v.dimension != 0 {
		return fmt.Errorf("vectors %d to %d of %d", from, from+len(dst)/v.dimension, v.Len())
	}
	v.longest = max(v.longest, len(dst))
	copy(dst, v.values[from*v.dimension:])
	return nil
}

func (v *luceneVectors) at(i int) []float32 { return v.values[i*v.dimension : (i+1)*v.dimension] }

// luceneKinds are kinds of data: the first that have structure, then random, then hostile.
var luceneKinds = []string{"latent", "skewed", "gauss", "unit", "constant", "equal", "zero", "sparse", "huge", "overflow", "tiny", "duplicates", "far"}

// luceneData makes n vectors of a kind.
func luceneData(kind string, n, dimension int, seed uint64) *luceneVectors {
	random := rand.New(rand.NewPCG(seed, uint64(len(kind))))
	v := &luceneVectors{dimension: dimension, values: make([]float32, n*dimension)}
	latent := make([]float64, 8*dimension)
	for i := range latent {
		latent[i] = random.NormFloat64()
	}
	for i := range n {
		luceneVector(v.at(i), kind, i, random, latent)
	}
	switch kind {
	case "duplicates":
		copy(v.values[len(v.values)/2/dimension*dimension:], v.values)
	case "latent", "unit":
		for i := range n {
			luceneNormalize(v.at(i))
		}
	}
	return v
}

func luceneVector(v []float32, kind string, i int, random *rand.Rand, latent []float64) {
	var hidden [8]float64
	for h := range hidden {
		hidden[h] = random.NormFloat64()
	}
	for d := range v {
		x := random.NormFloat64()
		switch kind {
		case "latent":
			x *= 0.3
			for h := range hidden {
				x += hidden[h] * latent[h*len(v)+d]
			}
		case "skewed":
			x *= math.Exp(-float64(d) / 10)
		case "constant":
			if d%3 == 0 {
				x = 7
			}
		case "equal":
			x = float64(d%5) - 1
		case "zero":
			x = 0
		case "sparse":
			if d != i%len(v) {
				x = 0
			}
		case "huge":
			x *= 1e30
		case "overflow": // of sums, too
			x = 3e38 * math.Tanh(x+0.5)
		case "tiny":
			x *= 1e-30
		case "far":
			x += 1000
		}
		v[d] = float32(x)
	}
}

func luceneNormalize(v []float32) {
	length := float32(math.Sqrt(squares(v)))
	for i := range v {
		v[i] /= length
	}
}

func luceneTrain(t testing.TB, m Method, v Vectors) Quantizer {
	t.Helper()
	q, err := m.Train(context.Background(), v)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// luceneMethods are all that is tested, by name.
func luceneMethods() map[string]Method {
	return map[string]Method{
		"osq/l2":     OSQ{Space: L2},
		"osq/ip":     OSQ{Space: InnerProduct},
		"osq/cosine": OSQ{Space: InnerProduct, Cosine: true},
		"sq7/l2":     SQ7{Space: L2},
		"sq7/ip":     SQ7{Space: InnerProduct},
		"sq7/0.9":    SQ7{Space: InnerProduct, ConfidenceInterval: 0.9},
		"sq7/1":      SQ7{Space: L2, ConfidenceInterval: 1},
		"sq7/merged": SQ7{Space: InnerProduct, Merged: true},
	}
}

// Every kind of data at several dimensions: no panic, no NaN, the same code from one
// call for many vectors and one for each, and the same when trained again.
func TestLuceneHostile(t *testing.T) {
	for name, method := range luceneMethods() {
		for _, kind := range luceneKinds {
			for _, shape := range [][2]int{{1, 1}, {1, 9}, {2, 3}, {45, 1}, {45, 7}, {45, 64}, {3, 16_000}} {
				t.Run(fmt.Sprintf("%s/%s/%dx%d", name, kind, shape[0], shape[1]), func(t *testing.T) {
					luceneHostile(t, method, luceneData(kind, shape[0], shape[1], 1))
				})
			}
		}
	}
}

func luceneHostile(t *testing.T, method Method, v *luceneVectors) {
	q, err := method.Train(context.Background(), v)
	if err == errZeroCentroid || err != nil && slices.Max(v.values) > 1e38 && strings.Contains(err.Error(), "quantiles") {
		return // as Lucene does
	}
	if err != nil {
		t.Fatal(err)
	}
	size := q.CodeSize()
	codes := make([]byte, v.Len()*size)
	q.Encode(codes, v.values)
	single := make([]byte, size)
	for i := range v.Len() {
		q.Encode(single, v.at(i))
		if !slices.Equal(single, codes[i*size:(i+1)*size]) {
			t.Fatalf("vector %d alone has another code than among others", i)
		}
	}
	again := make([]byte, len(codes))
	luceneTrain(t, method, v).Encode(again, v.values)
	if !slices.Equal(again, codes) {
		t.Error("trained again, the codes differ")
	}
	scores := make([]float32, v.Len())
	for i := range min(5, v.Len()) {
		q.Query(v.at(i)).Score(scores, codes)
		for j, s := range scores {
			if s != s {
				t.Fatalf("score of %d for %d is no number", j, i)
			}
		}
	}
}

func TestLuceneEmptySegment(t *testing.T) {
	for name, method := range luceneMethods() {
		q := luceneTrain(t, method, &luceneVectors{dimension: 3})
		if q.CodeSize() < 4 {
			t.Errorf("%s: CodeSize = %d", name, q.CodeSize())
		}
	}
}

func TestLuceneCodeSize(t *testing.T) {
	for _, test := range []struct {
		method          Method
		dimension, want int
	}{
		{OSQ{}, 1, 1 + 16}, {OSQ{}, 8, 1 + 16}, {OSQ{}, 9, 2 + 16}, {OSQ{}, 384, 48 + 16},
		{SQ7{}, 1, 5}, {SQ7{}, 384, 388},
	} {
		if got := luceneTrain(t, test.method, luceneData("gauss", 2, test.dimension, 1)).CodeSize(); got != test.want {
			t.Errorf("%T of %d dimensions: CodeSize = %d, want %d", test.method, test.dimension, got, test.want)
		}
	}
}

// What is read at a time stays small, whatever the segment.
func TestLuceneBlocks(t *testing.T) {
	v := luceneData("gauss", 30_000, 64, 1)
	for name, method := range luceneMethods() {
		v.longest = 0
		luceneTrain(t, method, v)
		if v.longest > 1<<20 {
			t.Errorf("%s read %d numbers at a time", name, v.longest)
		}
	}
}

func TestLuceneTrainStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := fmt.Errorf("enough")
	cancel(why)
	for name, method := range luceneMethods() {
		if _, err := method.Train(ctx, luceneData("gauss", 100, 4, 1)); err != why {
			t.Errorf("%s: %v, want %v", name, err, why)
		}
	}
}

// Several goroutines make codes and score with one quantizer.
func TestLuceneConcurrent(t *testing.T) {
	for name, method := range luceneMethods() {
		v := luceneData("latent", 200, 40, 2)
		q := luceneTrain(t, method, v)
		want := make([]byte, v.Len()*q.CodeSize())
		q.Encode(want, v.values)
		parallel.ForEach(4, 4, func(i int) {
			got, scores := make([]byte, len(want)), make([]float32, v.Len())
			q.Encode(got, v.values)
			q.Query(v.at(i)).Score(scores, got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: another code in goroutine %d", name, i)
			}
		})
	}
}

// The scores are near the exact ones. 7 bits are better than 1 by far if no number is
// cut off. Lucene's default cuts one number in dimension+1 off, which costs more than
// rounding does, and more than all of 1 bit if few dimensions carry everything.
func TestLuceneScoreErrors(t *testing.T) {
	for _, test := range []struct {
		kind                      string
		one, seven, sevenCuttings float64 // in standard deviations of the exact scores
	}{
		{"latent", 0.25, 0.02, 0.08},
		{"gauss", 0.8, 0.06, 0.3},
		{"unit", 0.8, 0.06, 0.3},
		{"far", 0.8, 0.06, 0.3},
		{"skewed", 0.8, 0.1, 0.9},
	} {
		for _, space := range []Space{L2, InnerProduct} {
			v := luceneData(test.kind, 600, 128, 3)
			one := luceneError(t, OSQ{Space: space}, v, space)
			seven := luceneError(t, SQ7{Space: space, ConfidenceInterval: 1}, v, space)
			cuttings := luceneError(t, SQ7{Space: space}, v, space)
			t.Logf("%s, space %d: 1 bit %.4f, 7 bits %.4f, with cuttings %.4f", test.kind, space, one, seven, cuttings)
			if one > test.one || seven > test.seven || cuttings > test.sevenCuttings {
				t.Errorf("%s, space %d: errors %.3f, %.3f, %.3f, want at most %.3f, %.3f, %.3f",
					test.kind, space, one, seven, cuttings, test.one, test.seven, test.sevenCuttings)
			}
		}
	}
}

// luceneError returns the root of the mean square of the error, in standard deviations
// of the exact distances or inner products.
func luceneError(t *testing.T, m Method, v *luceneVectors, space Space) float64 {
	q := luceneTrain(t, m, v)
	codes := make([]byte, v.Len()*q.CodeSize())
	q.Encode(codes, v.values)
	scores := make([]float32, v.Len())
	var errors, exacts, squared float64
	var n float64
	for i := range 20 {
		q.Query(v.at(i)).Score(scores, codes)
		for j, s := range scores {
			if i == j {
				continue
			}
			exact := luceneExact(space, v.at(i), v.at(j))
			d := luceneRaw(space, s) - exact
			errors, exacts, squared, n = errors+d*d, exacts+exact, squared+exact*exact, n+1
		}
	}
	return math.Sqrt(errors/n) / math.Sqrt(squared/n-exacts/n*exacts/n)
}

// luceneRaw makes a distance or an inner product of a score.
func luceneRaw(space Space, s float32) float64 {
	switch {
	case space == L2:
		return 1/float64(s) - 1
	case s < 1:
		return 1 - 1/float64(s)
	}
	return float64(s) - 1
}

func luceneExact(space Space, a, b []float32) float64 {
	var dot, square float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		dot += float64(a[i]) * float64(b[i])
		square += d * d
	}
	if space == L2 {
		return square
	}
	return dot
}

func luceneWord(code []byte, at int) float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(code[at:]))
}
