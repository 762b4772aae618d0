package integration_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns/internal/quantizer"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// A binaryCase is a segment and queries, for KnnBinary.java.
type binaryCase struct {
	name            string
	dimension, bits int
	rotate          bool
	vectors         []float32
	queries         []float32
	matrix          []float32 // of the plugin, if it rotates
	thresholds      []float32 // of the plugin
}

func (c *binaryCase) rows() int { return len(c.vectors) / c.dimension }

// binaryCases are segments of many forms, of less than 25,000 vectors, so that the
// sample is the segment.
func binaryCases(rotated bool) []*binaryCase {
	var cases []*binaryCase
	for _, bits := range []int{1, 2, 4} {
		for _, dimension := range []int{1, 3, 8, 12, 31, 40, 256} {
			for _, n := range []int{1, 2, 100} {
				for _, kind := range slices.Sorted(maps.Keys(binaryDraws)) {
					draw := binaryDraws[kind]
					c := &binaryCase{name: fmt.Sprintf("%s, %d vectors of %d dimensions, %d bits", kind, n, dimension, bits), dimension: dimension, bits: bits}
					random := rand.New(rand.NewPCG(uint64(dimension), uint64(n)))
					c.vectors, c.queries = drawBinary(random, draw, n, dimension), drawBinary(random, draw, 3, dimension)
					cases = append(cases, c)
					if rotated && (kind == "normal" || kind == "offset") && n > 2 {
						c := *c
						c.rotate, c.name = true, c.name+", rotated"
						cases = append(cases, &c)
					}
				}
			}
		}
	}
	return cases
}

var binaryDraws = map[string]func(r *rand.Rand, dimension int) float64{
	"normal":    func(r *rand.Rand, i int) float64 { return r.NormFloat64() },
	"offset":    func(r *rand.Rand, i int) float64 { return float64(i%10) + r.NormFloat64()/float64(1+i) },
	"far":       func(r *rand.Rand, i int) float64 { return 1e4 + r.NormFloat64()/100 },
	"few":       func(r *rand.Rand, i int) float64 { return float64(r.IntN(3)) / 10 },
	"constant":  func(r *rand.Rand, i int) float64 { return 0.1 * float64(i%3) },
	"denormal":  func(r *rand.Rand, i int) float64 { return r.NormFloat64() * 1e-44 },
	"tiny, big": func(r *rand.Rand, i int) float64 { return r.NormFloat64() * math.Pow(10, float64(i%30-15)) },
	"huge":      func(r *rand.Rand, i int) float64 { return r.NormFloat64() * 1e37 },
}

func drawBinary(random *rand.Rand, draw func(*rand.Rand, int) float64, n, dimension int) []float32 {
	values := make([]float32, n*dimension)
	for i := range values {
		values[i] = float32(draw(random, i%dimension))
	}
	return values
}

// binaryJava compiles KnnBinary.java and runs it with the k-NN plugin of a version, "2"
// or "3", over cases.
func binaryJava(t *testing.T, version string, cases []*binaryCase) *bytes.Reader {
	t.Helper()
	lib := engine(t, "opensearch_knn", filepath.Join(version, "lib"))
	java := "java"
	if version == "3" {
		java = engine(t, "opensearch_knn", filepath.Join(version, "java"))
	}
	javac, err := exec.LookPath("javac")
	if err != nil {
		missing(t, "opensearch_knn")
	}
	classes := t.TempDir()
	if out, err := exec.Command(javac, "--release", "11", "-d", classes, "testdata/vectors_binary/KnnBinary.java").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var in, failure bytes.Buffer
	for _, c := range cases {
		rotate := int32(0)
		if c.rotate {
			rotate = 1
		}
		head := []int32{int32(c.dimension), int32(c.rows()), int32(len(c.queries) / c.dimension), int32(c.bits), rotate}
		binary.Write(&in, binary.BigEndian, head)
		binary.Write(&in, binary.BigEndian, c.vectors)
		binary.Write(&in, binary.BigEndian, c.queries)
	}
	// Without fused multiplication, Lucene's products are the same on every processor.
	command := exec.Command(java, "-Dlucene.useScalarFMA=false", "-cp", classes+":"+filepath.Join(lib, "*"), "KnnBinary")
	command.Stdin, command.Stderr = &in, &failure
	out, err := command.Output()
	if err != nil {
		t.Fatalf("KnnBinary: %v: %s", err, failure.String())
	}
	return bytes.NewReader(out)
}

func readFloats(t *testing.T, r *bytes.Reader, n int) []float32 {
	t.Helper()
	values := make([]float32, n)
	if err := binary.Read(r, binary.BigEndian, values); err != nil {
		t.Fatal(err)
	}
	return values
}

// TestBinaryIsThatOfThePlugin compares thresholds, codes, transformed queries and
// distances with what the classes of the k-NN plugin compute.
func TestBinaryIsThatOfThePlugin(t *testing.T) {
	for version, sums := range map[string]bool{"2": true, "3": false} {
		t.Run(version, func(t *testing.T) {
			cases := binaryCases(!sums)
			answer, near, bits := binaryJava(t, version, cases), 0, 0
			for _, c := range cases {
				n, b := c.check(t, answer, sums)
				near, bits = near+n, bits+b
				if t.Failed() {
					return
				}
			}
			if answer.Len() != 0 {
				t.Errorf("%d bytes are left over", answer.Len())
			}
			if near*10_000 > bits {
				t.Errorf("%d of %d bits differ", near, bits)
			}
			t.Logf("%d cases; %d of %d bits differ, of rotated numbers at a threshold", len(cases), near, bits)
		})
	}
}

// check compares with one answer. It counts the bits, and those that differ because a
// rotated number is at a threshold.
func (c *binaryCase) check(t *testing.T, answer *bytes.Reader, sums bool) (near, bits int) {
	t.Helper()
	segment, err := vector.FromValues(c.dimension, c.vectors)
	if err != nil {
		t.Fatal(err)
	}
	q, err := quantizer.Binary{Bits: c.bits, RandomRotation: c.rotate, Sums: sums}.Train(t.Context(), segment)
	if err != nil {
		t.Fatal(err)
	}
	c.thresholds = readFloats(t, answer, c.bits*c.dimension)
	all := slices.Concat(c.vectors, c.queries)
	n := len(all) / c.dimension
	want, got := make([]byte, n*q.CodeSize()), make([]byte, n*q.CodeSize())
	if _, err := answer.Read(want); err != nil {
		t.Fatal(err)
	}
	q.Encode(got, all)
	if c.rotate {
		c.matrix = readFloats(t, answer, c.dimension*c.dimension)
		near = c.sameButNear(t, got, want)
	} else {
		c.sameThresholds(t, q)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: codes\n%x, the plugin has\n%x", c.name, got, want)
		}
	}
	if c.bits == 1 && !sums {
		c.sameADC(t, answer, want[:c.rows()*q.CodeSize()])
	}
	return near, len(want) * 8
}

// sameThresholds: a vector of thresholds is not above them, but the next number is. So
// thresholds are known to the bit.
func (c *binaryCase) sameThresholds(t *testing.T, q quantizer.Quantizer) {
	t.Helper()
	code, inf := make([]byte, q.CodeSize()), float32(math.Inf(1))
	for plane := range c.bits {
		at := slices.Clone(c.thresholds[plane*c.dimension : (plane+1)*c.dimension])
		for above := range 2 {
			for i, x := range at {
				if x != x {
					at[i] = inf // no number is above NaN
				}
			}
			q.Encode(code, at)
			for i, x := range at {
				bit, want := plane*c.dimension+i, above
				if !(c.thresholds[bit] < inf) {
					want = 0
				}
				if got := int(code[bit/8] >> (7 - bit%8) & 1); got != want {
					t.Errorf("%s: threshold %d of dimension %d is not %v", c.name, plane, i, c.thresholds[bit])
				}
				at[i] = math.Nextafter32(x, inf)
			}
		}
	}
}

// sameButNear compares codes of rotated vectors: the order in which products are added
// is another, so that numbers at a threshold may fall to either side.
func (c *binaryCase) sameButNear(t *testing.T, got, want []byte) (near int) {
	t.Helper()
	vectors, size := slices.Concat(c.vectors, c.queries), (c.dimension*c.bits+7)/8
	for bit := range len(want) * 8 {
		if got[bit/8]>>(7-bit%8)&1 == want[bit/8]>>(7-bit%8)&1 {
			continue
		}
		row, at := bit/(size*8), bit%(size*8)
		x, length := c.rotated(vectors[row*c.dimension:(row+1)*c.dimension], at%c.dimension)
		if off := math.Abs(x - float64(c.thresholds[at])); off > 2e-6*length {
			t.Errorf("%s, vector %d: bit %d differs, the number is %v, the threshold %v", c.name, row, at, x, c.thresholds[at])
		}
		near++
	}
	return near
}

// rotated returns a number of a rotated vector, and the length of the vector.
func (c *binaryCase) rotated(vector []float32, i int) (x, length float64) {
	for j, v := range vector {
		x += float64(v) * float64(c.matrix[i*c.dimension+j])
		length += float64(v) * float64(v)
	}
	return x, math.Sqrt(length)
}

// inexact returns by how much a number of a query that was rotated may differ once it
// is transformed: rounding is divided by how far the means are apart. If a number of
// the sample is at the threshold, it may count for either mean, and nothing is known.
func (c *binaryCase) inexact(query []float32, codes []byte, i int) float64 {
	if !c.rotate {
		return 0
	}
	var sums, counts [2]float64
	for row := range c.rows() {
		bit := codes[row*((c.dimension+7)/8)+i/8] >> (7 - i%8) & 1
		x, length := c.rotated(c.vectors[row*c.dimension:(row+1)*c.dimension], i)
		if math.Abs(x-float64(c.thresholds[i])) < 2e-6*length {
			return math.Inf(1)
		}
		sums[bit], counts[bit] = sums[bit]+x, counts[bit]+1
	}
	_, length := c.rotated(query, i)
	apart := math.Abs(sums[1]/max(1, counts[1]) - sums[0]/max(1, counts[0]))
	return 1e-5 * length / apart
}

// sameADC compares queries with codes: by inner product a code of one bit gives back a
// number of the transformed query.
func (c *binaryCase) sameADC(t *testing.T, answer *bytes.Reader, codes []byte) {
	t.Helper()
	segment, err := vector.FromValues(c.dimension, c.vectors)
	if err != nil {
		t.Fatal(err)
	}
	for _, space := range []quantizer.Space{quantizer.L2, quantizer.InnerProduct} {
		q, err := quantizer.Binary{Bits: 1, ADC: true, RandomRotation: c.rotate, Space: space}.Train(t.Context(), segment)
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(c.queries) / c.dimension {
			transformed, distances := readFloats(t, answer, c.dimension), readFloats(t, answer, c.rows())
			values := c.queries[i*c.dimension : (i+1)*c.dimension]
			query, scores := q.Query(values), make([]float32, c.rows())
			if space == quantizer.InnerProduct {
				for i, x := range transformed {
					c.sameNumber(t, query, i, x, c.inexact(values, codes, i))
				}
			}
			query.Score(scores, codes)
			c.sameScores(t, space, scores, transformed, distances)
		}
	}
}

// sameNumber compares a number of the transformed query.
func (c *binaryCase) sameNumber(t *testing.T, query quantizer.Query, i int, want float32, inexact float64) {
	t.Helper()
	code, score := make([]byte, (c.dimension+7)/8), make([]float32, 1)
	code[i/8] = 1 << (7 - i%8)
	query.Score(score, code)
	if want != want {
		want = float32(math.Inf(-1))
	}
	if score[0] != want && !(math.Abs(float64(score[0]-want)) <= inexact) {
		t.Errorf("%s: number %d of the query becomes %v, the plugin has %v", c.name, i, score[0], want)
	}
}

// sameScores: what is added in another order differs by as much as its parts.
func (c *binaryCase) sameScores(t *testing.T, space quantizer.Space, scores, transformed, distances []float32) {
	t.Helper()
	var size float64
	for _, x := range transformed {
		if space == quantizer.L2 {
			size += float64(x)*float64(x) + 1
		} else {
			size += math.Abs(float64(x))
		}
	}
	tolerance := 1e-5 * size
	if c.rotate {
		tolerance = 1e-3 * size
	}
	for i, want := range distances {
		if space == quantizer.L2 {
			want = -want
		}
		if size-size != 0 { // the plugin's distances are infinite or no numbers
			continue
		}
		if math.Abs(float64(scores[i]-want)) > tolerance {
			t.Errorf("%s, space %v, vector %d: score %v, the plugin has %v", c.name, space, i, scores[i], want)
		}
	}
}

// TestBinaryAgainstFAISS compares the number of differing bits with IndexBinaryFlat, and
// the recall after rescoring.
func TestBinaryAgainstFAISS(t *testing.T) {
	python := engine(t, "faiss", filepath.Join("bin", "python"))
	const n, queries, dimension, k = 10_000, 100, 96, 10
	random := rand.New(rand.NewPCG(9, 9))
	values := binaryClusters(random, n+queries, dimension)
	rows, asked := values[:n*dimension], values[n*dimension:]
	segment, err := vector.FromValues(dimension, rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, bits := range []int{1, 2, 4} {
		q, err := quantizer.Binary{Bits: bits}.Train(t.Context(), segment)
		if err != nil {
			t.Fatal(err)
		}
		codes, questions := make([]byte, n*q.CodeSize()), make([]byte, queries*q.CodeSize())
		q.Encode(codes, rows)
		q.Encode(questions, asked)
		dir := t.TempDir()
		for name, data := range map[string]any{"rows": rows, "queries": asked, "codes": codes, "questions": questions} {
			writeBinary(t, filepath.Join(dir, name), data)
		}
		out, err := exec.Command(python, "testdata/vectors_binary/flat.py", dir, fmt.Sprint(dimension), fmt.Sprint(bits)).Output()
		if err != nil {
			t.Fatalf("%v: %s", err, failureOf(err))
		}
		faiss := bytes.NewReader(out)
		for _, candidates := range []int{10, 50, 100} {
			var theirs float64
			distances := make([]int32, queries*candidates)
			exact := make([]int32, queries*k)
			for _, into := range []any{&theirs, distances, exact} {
				if err := binary.Read(faiss, binary.LittleEndian, into); err != nil {
					t.Fatal(err)
				}
			}
			ours := 0.0
			scores := make([]float32, n)
			for i := range queries {
				query := asked[i*dimension : (i+1)*dimension]
				q.Query(query).Score(scores, codes)
				found := nearestBinary(scores, candidates)
				for rank, id := range found {
					if want := distances[i*candidates+rank]; scores[id] != -float32(want) {
						t.Fatalf("%d bits, query %d, result %d: distance %v, FAISS has %d", bits, i, rank, -scores[id], want)
					}
				}
				ours += recallBinary(query, rows, found, exact[i*k:(i+1)*k])
			}
			ours /= queries
			t.Logf("%d bits, %d candidates: recall %.3f, FAISS %.3f", bits, candidates, ours, theirs)
			if math.Abs(ours-theirs) > 0.01 {
				t.Errorf("%d bits, %d candidates: recall %.3f, FAISS %.3f", bits, candidates, ours, theirs)
			}
		}
	}
}

// binaryClusters draws vectors around centers, so that there is something to find.
func binaryClusters(random *rand.Rand, n, dimension int) []float32 {
	centers := make([]float64, 200*dimension)
	for i := range centers {
		centers[i] = random.NormFloat64()
	}
	values := make([]float32, 0, n*dimension)
	for range n {
		center := random.IntN(200) * dimension
		for i := range dimension {
			values = append(values, float32(centers[center+i]+random.NormFloat64()))
		}
	}
	return values
}

// nearestBinary returns the ids of the best scores, the best first.
func nearestBinary(scores []float32, k int) []int {
	ids := make([]int, len(scores))
	for i := range ids {
		ids[i] = i
	}
	slices.SortStableFunc(ids, func(a, b int) int { return int(scores[b] - scores[a]) })
	return ids[:k]
}

// recallBinary scores candidates again with the vectors, and returns the part of the
// exact results that are among the first.
func recallBinary(query, rows []float32, found []int, exact []int32) float64 {
	distance := func(id int) (sum float64) {
		for i, x := range query {
			off := float64(x) - float64(rows[id*len(query)+i])
			sum += off * off
		}
		return sum
	}
	slices.SortFunc(found, func(a, b int) int {
		if distance(a) < distance(b) {
			return -1
		}
		return 1
	})
	hits := 0
	for _, id := range found[:len(exact)] {
		if slices.Contains(exact, int32(id)) {
			hits++
		}
	}
	return float64(hits) / float64(len(exact))
}

func writeBinary(t *testing.T, path string, data any) {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// failureOf returns what a command said on its standard error.
func failureOf(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}
