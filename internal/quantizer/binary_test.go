package quantizer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// binaryRows are vectors in memory.
type binaryRows struct {
	dimension int
	values    []float32
	largest   int // numbers that were asked for at a time
	reads     int
	err       error
}

func (r *binaryRows) Len() int       { return len(r.values) / r.dimension }
func (r *binaryRows) Dimension() int { return r.dimension }
func (r *binaryRows) ReadVectors(dst []float32, from int) error {
	r.largest, r.reads = max(r.largest, len(dst)), r.reads+1
	if from*r.dimension+len(dst) > len(r.values) {
		return fmt.Errorf("vector %d: there is none", from)
	}
	copy(dst, r.values[from*r.dimension:])
	return r.err
}

// binaryDrawn draws vectors whose dimensions differ in mean and deviation.
func binaryDrawn(n, dimension int, seed uint64) *binaryRows {
	random := rand.New(rand.NewPCG(seed, 1))
	mean, scale := make([]float64, dimension), make([]float64, dimension)
	for i := range mean {
		mean[i], scale[i] = random.NormFloat64(), math.Exp(random.NormFloat64())
	}
	values := make([]float32, 0, n*dimension)
	for range n {
		for i := range mean {
			values = append(values, float32(mean[i]+scale[i]*random.NormFloat64()))
		}
	}
	return &binaryRows{dimension: dimension, values: values}
}

func trainBinary(t *testing.T, b Binary, rows *binaryRows) *binaryQuantizer {
	t.Helper()
	q, err := b.Train(t.Context(), rows)
	if err != nil {
		t.Fatal(err)
	}
	return q.(*binaryQuantizer)
}

func binaryCodes(q Quantizer, rows *binaryRows) []byte {
	codes := bytes.Repeat([]byte{0xa5}, rows.Len()*q.CodeSize())
	q.Encode(codes, rows.values)
	return codes
}

// naiveBinary is what the documentation says, number by number, in float64.
type naiveBinary struct {
	thresholds [][]float64 // of each bit
}

func newNaiveBinary(rows *binaryRows, bits int) naiveBinary {
	n := naiveBinary{thresholds: make([][]float64, bits)}
	for i := range rows.dimension {
		var sum, squares float64
		for r := range rows.Len() {
			sum += float64(rows.values[r*rows.dimension+i])
		}
		mean := sum / float64(rows.Len())
		for r := range rows.Len() {
			off := float64(rows.values[r*rows.dimension+i]) - mean
			squares += off * off
		}
		deviation := math.Sqrt(squares / float64(rows.Len()))
		for b := range bits {
			part := map[int][]float64{1: {0}, 2: {-1. / 3, 1. / 3}, 4: {-.6, -.2, .2, .6}}[bits][b]
			n.thresholds[b] = append(n.thresholds[b], mean+part*deviation)
		}
	}
	return n
}

// level is how many thresholds a number is above, and whether it is too near to one to
// tell in float32.
func (n naiveBinary) level(x float32, i int) (level int, unsure bool) {
	for _, row := range n.thresholds {
		if float64(x) > row[i] {
			level++
		}
		unsure = unsure || math.Abs(float64(x)-row[i]) < 1e-5*(1+math.Abs(row[i]))
	}
	return level, unsure
}

// TestBinaryAgainstNaive compares bits and distances with those of the naive
// implementation: a distance is the sum of the differences in level.
func TestBinaryAgainstNaive(t *testing.T) {
	for _, bits := range []int{1, 2, 4} {
		for _, dimension := range []int{1, 3, 7, 8, 9, 31, 64, 100, 384} {
			for _, n := range []int{1, 2, 3, 200} {
				for _, sums := range []bool{false, true} {
					checkBinaryAgainstNaive(t, Binary{Bits: bits, Sums: sums}, n, dimension)
				}
			}
		}
	}
}

func checkBinaryAgainstNaive(t *testing.T, b Binary, n, dimension int) {
	t.Helper()
	rows := binaryDrawn(n, dimension, uint64(n*dimension))
	q, naive := trainBinary(t, b, rows), newNaiveBinary(rows, b.Bits)
	if want := (dimension*b.Bits + 7) / 8; q.CodeSize() != want {
		t.Fatalf("%+v, %d dimensions: code of %d bytes, want %d", b, dimension, q.CodeSize(), want)
	}
	codes := binaryCodes(q, rows)
	query := binaryDrawn(1, dimension, 99).values
	scores := make([]float32, n)
	q.Query(query).Score(scores, codes)
	for r := range n {
		distance, unsure := 0, 0
		for i := range dimension {
			x, notX := naive.level(rows.values[r*dimension+i], i)
			y, notY := naive.level(query[i], i)
			distance += max(x-y, y-x)
			if notX || notY {
				unsure += b.Bits
			}
		}
		if off := math.Abs(-float64(scores[r]) - float64(distance)); off > float64(unsure) {
			t.Errorf("%+v, %d vectors of %d dimensions, vector %d: score %v, want %d (%d unsure)", b, n, dimension, r, scores[r], -distance, unsure)
		}
	}
}

// TestBinaryThresholds has numbers that can be computed by hand: the mean is 3, the
// standard deviation √2.
func TestBinaryThresholds(t *testing.T) {
	rows := &binaryRows{dimension: 1, values: []float32{1, 2, 3, 4, 5}}
	for bits, parts := range map[int][]float64{1: {0}, 2: {-1. / 3, 1. / 3}, 4: {-.6, -.2, .2, .6}} {
		for _, sums := range []bool{false, true} {
			q := trainBinary(t, Binary{Bits: bits, Sums: sums}, rows)
			if len(q.thresholds) != bits {
				t.Fatalf("%d bits: %d thresholds", bits, len(q.thresholds))
			}
			for i, part := range parts {
				if want := 3 + part*math.Sqrt2; math.Abs(float64(q.thresholds[i])-want) > 1e-6 {
					t.Errorf("%d bits, sums %v: threshold %d is %v, want %v", bits, sums, i, q.thresholds[i], want)
				}
			}
		}
	}
}

// TestBinaryPacking: bits of a threshold follow upon those of the one before it, from
// the highest of a byte; what is as great as a threshold is not above it.
func TestBinaryPacking(t *testing.T) {
	q := &binaryQuantizer{dimension: 5, bits: 2, thresholds: []float32{0, 0, 0, 0, 0, 1, 1, 1, 1, 1}}
	code := []byte{0xff, 0xff}
	q.Encode(code, []float32{0.5, 0, 2, -1, 1})
	if want := []byte{0b10101_001, 0b00_000000}; !bytes.Equal(code, want) {
		t.Errorf("code %08b, want %08b", code, want)
	}
	nan := float32(math.NaN())
	q = &binaryQuantizer{dimension: 1, bits: 1, thresholds: []float32{nan}}
	q.Encode(code[:1], []float32{5})
	if code[0] != 0 {
		t.Errorf("above a threshold that is NaN: code %08b", code[0])
	}
}

// TestBinarySums: versions before 3.2 lose deviations that are small beside the mean,
// and then no number is above such a threshold.
func TestBinarySums(t *testing.T) {
	rows := &binaryRows{dimension: 1}
	for i := range 1000 {
		rows.values = append(rows.values, 10_000+float32(i%7)/64)
	}
	now := trainBinary(t, Binary{Bits: 2}, rows).thresholds
	before := trainBinary(t, Binary{Bits: 2, Sums: true}, rows).thresholds
	if step := now[1] - now[0]; step < 0.01 || step > 0.05 {
		t.Errorf("thresholds %v, want 2/3 of a deviation of about 0.03 apart", now)
	}
	if step := before[1] - before[0]; step > 0.01 && step < 0.05 {
		t.Errorf("thresholds by sums %v are as exact as the others", before)
	}
}

// TestBinaryOverflow: where squares go beyond float32, versions from 3.2 on have no
// thresholds, not even for 1 bit; those before have the mean.
func TestBinaryOverflow(t *testing.T) {
	rows := &binaryRows{dimension: 1, values: []float32{1e30, -1e30, 1e30}}
	if code := binaryCodes(trainBinary(t, Binary{Bits: 1}, rows), rows); !bytes.Equal(code, []byte{0, 0, 0}) {
		t.Errorf("codes %08b, want no bit", code)
	}
	if code := binaryCodes(trainBinary(t, Binary{Bits: 1, Sums: true}, rows), rows); !bytes.Equal(code, []byte{128, 0, 128}) {
		t.Errorf("codes %08b before 3.2, want bits above the mean", code)
	}
}

// TestBinarySample: a segment of more than 25,000 vectors is sampled by the seed, and
// read in blocks.
func TestBinarySample(t *testing.T) {
	rows := binaryDrawn(60_000, 32, 5)
	first := trainBinary(t, Binary{Bits: 2, Seed: 1}, rows)
	again := trainBinary(t, Binary{Bits: 2, Seed: 1}, rows)
	other := trainBinary(t, Binary{Bits: 2, Seed: 2}, rows)
	if !reflect.DeepEqual(first.thresholds, again.thresholds) {
		t.Error("one seed, two results")
	}
	if reflect.DeepEqual(first.thresholds, other.thresholds) {
		t.Error("two seeds, one result")
	}
	if rows.largest > binaryRead {
		t.Errorf("%d numbers were read at a time, want at most %d", rows.largest, binaryRead)
	}
	if rows.reads > 3*10 {
		t.Errorf("%d reads", rows.reads)
	}
	naive := newNaiveBinary(rows, 2)
	for i := range rows.dimension { // the mean of 25,000 is within 5 standard errors
		deviation := (naive.thresholds[1][i] - naive.thresholds[0][i]) * 1.5
		for b := range 2 {
			if off := math.Abs(float64(first.thresholds[b*rows.dimension+i]) - naive.thresholds[b][i]); off > 5*deviation/math.Sqrt(25_000) {
				t.Errorf("dimension %d, bit %d: off by %v of deviation %v", i, b, off, deviation)
			}
		}
	}
}

func TestReservoirPositions(t *testing.T) {
	if got := reservoirPositions(3, 5, 1); !reflect.DeepEqual(got, []int{0, 1, 2}) {
		t.Errorf("3 of 3 are %v", got)
	}
	seen := make([]int, 20)
	for seed := range uint64(4000) {
		positions := reservoirPositions(20, 5, seed)
		if len(positions) != 5 {
			t.Fatalf("%d positions", len(positions))
		}
		for i, p := range positions {
			if i > 0 && positions[i-1] >= p {
				t.Fatalf("not rising: %v", positions)
			}
			seen[p]++
		}
	}
	for p, n := range seen { // 1,000 each, with a deviation of 27
		if n < 850 || n > 1150 {
			t.Errorf("position %d was drawn %d times of 4,000, want about 1,000", p, n)
		}
	}
}

// TestBinarySparse: positions far from each other are read one by one.
func TestBinarySparse(t *testing.T) {
	rows := binaryDrawn(10_000, 3, 1)
	s := &binarySampled{segment: rows, positions: []int{0, 1, 2, 5000, 5003, 9999}}
	var got []float32
	if err := s.each(t.Context(), func(v []float32) { got = append(got, v...) }); err != nil {
		t.Fatal(err)
	}
	var want []float32
	for _, p := range s.positions {
		want = append(want, rows.values[p*3:p*3+3]...)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("vectors %v, want %v", got, want)
	}
	if rows.reads != 3 || rows.largest > 12 {
		t.Errorf("%d reads of up to %d numbers, want 3 of up to 12", rows.reads, rows.largest)
	}
}

func TestBinaryRefuses(t *testing.T) {
	rows := binaryDrawn(5, 4, 1)
	for name, c := range map[string]struct {
		method Binary
		rows   *binaryRows
		want   string
	}{
		"bits":     {Binary{Bits: 3}, rows, "3 bits: give 1, 2 or 4"},
		"ADC":      {Binary{Bits: 2, ADC: true}, rows, "2 bits with ADC"},
		"none":     {Binary{Bits: 1}, &binaryRows{dimension: 4}, "without vectors"},
		"rotation": {Binary{Bits: 1, RandomRotation: true}, binaryDrawn(1, 16_000, 1), "at most 4096 dimensions"},
		"read":     {Binary{Bits: 1}, &binaryRows{dimension: 1, values: []float32{1}, err: errors.New("disk on fire")}, "disk on fire"},
	} {
		if _, err := c.method.Train(t.Context(), c.rows); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, method := range []Binary{{Bits: 1}, {Bits: 1, RandomRotation: true}} {
		if _, err := method.Train(ctx, rows); !errors.Is(err, context.Canceled) {
			t.Errorf("%+v: error %v after the context has ended", method, err)
		}
	}
}

// TestBinaryHostile: nothing panics, and a distance of a vector to itself is 0.
func TestBinaryHostile(t *testing.T) {
	tiny := math.Float32frombits(1)
	same := binaryDrawn(1, 9, 1).values
	for name, rows := range map[string]*binaryRows{
		"one vector":  binaryDrawn(1, 9, 1),
		"duplicates":  {dimension: 9, values: append(append(append([]float32{}, same...), same...), same...)},
		"zeros":       {dimension: 4, values: make([]float32, 40)},
		"constant":    {dimension: 2, values: []float32{0.1, 1, 0.1, 2, 0.1, 3}},
		"denormals":   {dimension: 2, values: []float32{tiny, 0, 2 * tiny, -tiny, 0, 3 * tiny}},
		"huge":        {dimension: 2, values: []float32{3e38, -3e38, -3e38, 3e38, 3e38, 3e38}},
		"dimension 1": binaryDrawn(10, 1, 1),
		"16,000":      binaryDrawn(3, 16_000, 1),
	} {
		for _, method := range []Binary{{Bits: 1}, {Bits: 2}, {Bits: 4}, {Bits: 4, Sums: true}} {
			q := trainBinary(t, method, rows)
			scores := make([]float32, rows.Len())
			q.Query(rows.values[:rows.dimension]).Score(scores, binaryCodes(q, rows))
			if scores[0] != 0 {
				t.Errorf("%s, %+v: a vector is %v from itself", name, method, scores[0])
			}
		}
		for _, space := range []Space{L2, InnerProduct} {
			q := trainBinary(t, Binary{Bits: 1, ADC: true, Space: space}, rows)
			scores := make([]float32, rows.Len())
			q.Query(rows.values[:rows.dimension]).Score(scores, binaryCodes(q, rows))
			for i, score := range scores {
				if score != score {
					t.Errorf("%s, space %v: score %d is NaN", name, space, i)
				}
			}
		}
	}
}

// TestBinaryConstantRead: a dimension that is the same in all vectors has the threshold
// that it has, and no bit.
func TestBinaryConstant(t *testing.T) {
	rows := &binaryRows{dimension: 2, values: []float32{0.1, 1, 0.1, 2, 0.1, 3}}
	q := trainBinary(t, Binary{Bits: 2}, rows)
	for i, code := range binaryCodes(q, rows) {
		if code&0b10100000 != 0 {
			t.Errorf("vector %d has code %08b, want no bit of the first dimension", i, code)
		}
	}
}

func TestBinaryConcurrent(t *testing.T) {
	rows, rotations := binaryDrawn(500, 48, 3), &Rotations{}
	var want []byte
	for range 2 {
		var wait sync.WaitGroup
		results := make([][]byte, 4)
		for i := range results {
			wait.Go(func() {
				method := Binary{Bits: 2, RandomRotation: true, Rotations: rotations}
				q, err := method.Train(t.Context(), &binaryRows{dimension: 48, values: rows.values})
				if err != nil {
					t.Error(err)
					return
				}
				results[i] = binaryCodes(q, rows)
			})
		}
		wait.Wait()
		for _, got := range results {
			if want == nil {
				want = got
			}
			if !bytes.Equal(got, want) {
				t.Error("codes differ by goroutine")
			}
		}
	}
	if len(rotations.matrices) != 1 {
		t.Errorf("%d matrices", len(rotations.matrices))
	}
}
