package integration_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
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

// What is compared with FAISS, on each set of vectors.
const (
	faissVectors    = 6_000
	faissQueries    = 500
	faissDimension  = 32
	faissK          = 10
	faissSubVectors = 8
)

var faissSeeds = []uint64{1, 2, 3}

// faissPython returns the Python that has FAISS.
func faissPython(t *testing.T) string {
	t.Helper()
	python := engine(t, "faiss", "bin/python")
	if exec.CommandContext(t.Context(), python, "-c", "import faiss").Run() != nil {
		missing(t, "faiss")
	}
	return python
}

// faissData makes vectors of one kind, and queries that are in none of them.
func faissData(kind string) (vectors, queries []float32) {
	random := rand.New(rand.NewPCG(7, uint64(len(kind))))
	latent := make([]float64, 12*faissDimension) // directions of "structured"
	for i := range latent {
		latent[i] = random.NormFloat64()
	}
	values := make([]float32, (faissVectors+faissQueries)*faissDimension)
	for i := 0; i < len(values); i += faissDimension {
		faissVector(values[i:i+faissDimension], kind, latent, random)
	}
	return values[:faissVectors*faissDimension], values[faissVectors*faissDimension:]
}

func faissVector(v []float32, kind string, latent []float64, random *rand.Rand) {
	var weights [12]float64
	for i := range weights {
		weights[i] = random.NormFloat64()
	}
	for d := range v {
		x := random.NormFloat64()
		switch kind {
		case "structured": // near a plane of few dimensions, of length 1
			x *= 0.2
			for i, weight := range weights {
				x += weight * latent[i*len(v)+d]
			}
		case "anisotropic": // each dimension is narrower than the one before, and lies elsewhere
			x = x*math.Pow(0.93, float64(d)) + float64(d%5)
		}
		v[d] = float32(x)
	}
	if kind == "structured" {
		faissNormalize(v)
	}
}

func faissNormalize(v []float32) {
	var square float64
	for _, x := range v {
		square += float64(x) * float64(x)
	}
	for i, x := range v {
		v[i] = float32(float64(x) / math.Sqrt(square))
	}
}

// A faissRun is a folder that the program has worked on.
type faissRun struct {
	folder string
	Lost   []float64 // by PQ, for each seed
}

func (r *faissRun) write(t *testing.T, name string, values any) {
	t.Helper()
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, values); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.folder, name), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r *faissRun) read(t *testing.T, name string, values any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(r.folder, name))
	if err == nil {
		_, err = binary.Decode(data, binary.LittleEndian, values)
	}
	if err != nil || len(data) != binary.Size(values) {
		t.Fatalf("%s of %d bytes: %v", name, len(data), err)
	}
}

func (r *faissRun) run(t *testing.T, python string, space vector.Space) {
	t.Helper()
	spec, err := json.Marshal(map[string]any{
		"dimension": faissDimension, "k": faissK, "metric": map[vector.Space]int{vector.L2: 1, vector.InnerProduct: 0}[space],
		"sub_vectors": faissSubVectors, "code_size": 8, "seeds": faissSeeds,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.folder, "spec.json"), spec, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-I", "testdata/vectors_faiss.py", r.folder)
	// Several threads wait for each other without sleeping: on a busy machine, for minutes.
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, r)
	}
	if err != nil {
		t.Fatalf("FAISS: %v\n%s", err, errs.String())
	}
}

// found reads what was found for each query.
func (r *faissRun) found(t *testing.T, name string) (numbers [][]int, scores []float32) {
	t.Helper()
	all := make([]int32, faissQueries*faissK)
	scores = make([]float32, len(all))
	r.read(t, name+".numbers", all)
	r.read(t, name+".scores", scores)
	for some := range slices.Chunk(all, faissK) {
		var of []int
		for _, n := range some {
			of = append(of, int(n))
		}
		numbers = append(numbers, of)
	}
	return numbers, scores
}

// searchCodes returns the codes with the best scores for each query, of equal ones the
// first, and the scores.
func searchCodes(q quantizer.Quantizer, codes []byte, queries []float32) (numbers [][]int, scores []float32) {
	all := make([]float32, faissVectors)
	for query := range slices.Chunk(queries, faissDimension) {
		q.Query(query).Score(all, codes)
		var best []int
		for i, score := range all {
			if len(best) == faissK && score <= all[best[faissK-1]] {
				continue
			}
			at, _ := slices.BinarySearchFunc(best, score, func(j int, score float32) int {
				if all[j] >= score {
					return -1
				}
				return 1
			})
			best = slices.Insert(best, at, i)
			best = best[:min(len(best), faissK)]
		}
		numbers = append(numbers, best)
		for _, i := range best {
			scores = append(scores, all[i])
		}
	}
	return numbers, scores
}

// faissRecall is which part of the truth was found.
func faissRecall(found, truth [][]int) float64 {
	var hits int
	for i := range found {
		for _, n := range found[i] {
			if slices.Contains(truth[i], n) {
				hits++
			}
		}
	}
	return float64(hits) / float64(len(truth)*faissK)
}

// compareScores compares the scores of what was found with distances of FAISS.
func compareScores(t *testing.T, what string, space vector.Space, ours, faiss []float32) {
	t.Helper()
	for i, score := range ours {
		want := float64(faiss[i])
		if space == vector.L2 {
			want = -want
		}
		if math.Abs(float64(score)-want) > 1e-4*max(1, math.Abs(want)) {
			t.Fatalf("%s: result %d of query %d scores %v, want %v", what, i%faissK, i/faissK, score, want)
		}
	}
}

// trained trains and encodes.
func trained(t *testing.T, m quantizer.Method, vectors vector.Vectors, values []float32) (quantizer.Quantizer, []byte) {
	t.Helper()
	q, err := m.Train(t.Context(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	codes := make([]byte, vectors.Len()*q.CodeSize())
	q.Encode(codes, values)
	return q, codes
}

func TestVectorsAsFAISS(t *testing.T) {
	python := faissPython(t)
	tests := []struct {
		kind  string
		space vector.Space
	}{
		{"structured", vector.InnerProduct}, {"anisotropic", vector.L2}, {"gaussian", vector.L2},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s", test.kind, test.space), func(t *testing.T) {
			vectorsAsFAISS(t, python, test.kind, test.space)
		})
	}
}

func vectorsAsFAISS(t *testing.T, python, kind string, space vector.Space) {
	values, queryValues := faissData(kind)
	vectors, err := vector.FromValues(faissDimension, values)
	if err != nil {
		t.Fatal(err)
	}
	queries, err := vector.FromValues(faissDimension, queryValues)
	if err != nil {
		t.Fatal(err)
	}
	inner := faissSpaces[space]
	r := &faissRun{folder: t.TempDir()}
	r.write(t, "vectors.f32", values)
	r.write(t, "queries.f32", queryValues)
	floats := hardFloats()
	r.write(t, "floats.f32", floats)
	encoder, err := vector.FitByteEncoder(t.Context(), vectors, vector.FitByteEncoderOptions{Space: space})
	if err != nil {
		t.Fatal(err)
	}
	byteVectors, byteQueries := encodedBytes(t, encoder, values), encodedBytes(t, encoder, queryValues)
	r.write(t, "byte.vectors", byteVectors)
	r.write(t, "byte.queries", byteQueries)
	pq, pqCodes := trained(t, faissPQ(space, 0), vectors, values)
	r.write(t, "centroids.f32", pq.(interface{ Centroids() []float32 }).Centroids())
	r.write(t, "pq.given", pqCodes)
	fp16, fp16Codes := trained(t, quantizer.FP16{Space: inner}, vectors, values)
	r.write(t, "fp16.given", fp16Codes)
	r.write(t, "byte.given", shifted(byteVectors))
	r.run(t, python, space)

	truth := exactNumbers(t, vectors, queries, space)
	exact, _ := r.found(t, "exact")
	if recall := faissRecall(exact, truth); recall < 0.999 {
		t.Errorf("exact search: %v of FAISS's", recall)
	}

	r.compare(t, "fp16", space, truth, fp16, fp16Codes, queryValues)
	r.sameHalves(t, fp16Codes, values)
	r.halves(t, floats)

	r.sameBytes(t, "documented.vectors", byteVectors)
	r.sameBytes(t, "documented.queries", byteQueries)
	coded, byteCodes := trained(t, quantizer.Byte{Space: inner, Min: encoder.Min, Max: encoder.Max}, vectors, values)
	r.compare(t, "byte", space, truth, coded, byteCodes, queryValues)

	r.compare(t, "pq", space, truth, pq, pqCodes, queryValues)
	r.sameCodes(t, "pq", pqCodes, len(pqCodes)/10_000) // some are as near to another centroid
	r.training(t, space, vectors, values, queryValues, truth)
}

var faissSpaces = map[vector.Space]quantizer.Space{vector.L2: quantizer.L2, vector.InnerProduct: quantizer.InnerProduct}

func faissPQ(space vector.Space, seed uint64) quantizer.PQ {
	return quantizer.PQ{Space: faissSpaces[space], SubVectors: faissSubVectors, CodeSize: 8, Seed: seed}
}

// training compares what differently drawn first centroids come to on average.
func (r *faissRun) training(t *testing.T, space vector.Space, vectors vector.Vectors, values, queries []float32, truth [][]int) {
	t.Helper()
	var ours, theirs, ourLoss, theirLoss float64
	for i, seed := range faissSeeds {
		q, codes := trained(t, faissPQ(space, seed), vectors, values)
		found, _ := searchCodes(q, codes, queries)
		ours += faissRecall(found, truth)
		back := make([]float32, len(values))
		q.(quantizer.Decoder).Decode(back, codes)
		for j, x := range values {
			d := float64(x) - float64(back[j])
			ourLoss += d * d / faissVectors
		}
		numbers, _ := r.found(t, fmt.Sprintf("pq%d", seed))
		theirs += faissRecall(numbers, truth)
		theirLoss += r.Lost[i]
	}
	n := float64(len(faissSeeds))
	t.Logf("PQ: recall %.4f, FAISS %.4f; loss %.5g, FAISS %.5g", ours/n, theirs/n, ourLoss/n, theirLoss/n)
	if math.Abs(ours-theirs)/n > 0.01 {
		t.Errorf("PQ: recall %v, FAISS %v", ours/n, theirs/n)
	}
	if math.Abs(ourLoss-theirLoss) > 0.005*theirLoss {
		t.Errorf("PQ: loss %v, FAISS %v", ourLoss/n, theirLoss/n)
	}
}

// compare compares recall with that of codes which FAISS made itself, and scores with
// those of the same codes.
func (r *faissRun) compare(t *testing.T, what string, space vector.Space, truth [][]int, q quantizer.Quantizer, codes []byte, queries []float32) {
	t.Helper()
	found, scores := searchCodes(q, codes, queries)
	numbers, _ := r.found(t, what)
	ours, theirs := faissRecall(found, truth), faissRecall(numbers, truth)
	t.Logf("%s: recall %.4f, FAISS %.4f", what, ours, theirs)
	if math.Abs(ours-theirs) > 0.001 || ours < 0.1 {
		t.Errorf("%s: recall %v, FAISS %v", what, ours, theirs)
	}
	numbers, theirScores := r.found(t, what+".given")
	if same := faissRecall(found, numbers); same < 0.999 {
		t.Errorf("%s: only %v of what is found is what FAISS finds among these codes", what, same)
	}
	compareScores(t, what, space, scores, theirScores)
}

// shifted returns signed bytes as FAISS keeps them.
func shifted(codes []int8) []byte {
	out := make([]byte, len(codes))
	for i, code := range codes {
		out[i] = byte(int(code) + 128)
	}
	return out
}

// sameHalves compares halves with those of FAISS. Those of numbers in the middle of two
// may differ: FAISS rounds them to the even one if it was built for processors that do so
// themselves, and else up, as the build from PyPI does.
func (r *faissRun) sameHalves(t *testing.T, codes []byte, values []float32) {
	t.Helper()
	want := make([]byte, len(codes))
	r.read(t, "fp16.codes", want)
	for i, x := range values {
		if !bytes.Equal(codes[2*i:2*i+2], want[2*i:2*i+2]) && math.Float32bits(x)&0x1fff != 0x1000 {
			t.Fatalf("%v is half %x, want %x", x, codes[2*i:2*i+2], want[2*i:2*i+2])
		}
	}
}

// sameCodes compares codes with those of FAISS, of which some may differ.
func (r *faissRun) sameCodes(t *testing.T, what string, codes []byte, some int) {
	t.Helper()
	want := make([]byte, len(codes))
	r.read(t, what+".codes", want)
	var differ int
	for i, code := range codes {
		if code != want[i] {
			differ++
		}
	}
	if differ > some {
		t.Errorf("%s: %d of %d bytes of the codes are others than FAISS's", what, differ, len(codes))
	}
}

func (r *faissRun) sameBytes(t *testing.T, name string, codes []int8) {
	t.Helper()
	want := make([]int8, len(codes))
	r.read(t, name, want)
	for i, code := range codes {
		if code != want[i] {
			t.Fatalf("%s: byte %d is %d, want %d", name, i, code, want[i])
		}
	}
}

func encodedBytes(t *testing.T, e vector.ByteEncoder, values []float32) []int8 {
	t.Helper()
	codes := make([]int8, len(values))
	for i := 0; i < len(values); i += faissDimension {
		if _, err := e.Encode(codes[i:i+faissDimension], values[i:i+faissDimension]); err != nil {
			t.Fatal(err)
		}
	}
	return codes
}

func exactNumbers(t *testing.T, vectors, queries vector.Vectors, space vector.Space) [][]int {
	t.Helper()
	found, err := vector.Nearest(t.Context(), vectors, queries, vector.NearestOptions{K: faissK, Space: space})
	if err != nil {
		t.Fatal(err)
	}
	var numbers [][]int
	for _, neighbors := range found {
		var of []int
		for _, n := range neighbors {
			of = append(of, n.Number)
		}
		numbers = append(numbers, of)
	}
	return numbers
}

// hardFloats are numbers of all sizes, many of which are near the middle of two halves.
func hardFloats() []float32 {
	random := rand.New(rand.NewPCG(5, 5))
	var floats []float32
	for half := range 0x7c00 {
		low := quantizer.FromHalf(uint16(half))
		middle := (low + quantizer.FromHalf(uint16(min(half+1, 0x7bff)))) / 2
		floats = append(floats, low, -middle, math.Nextafter32(middle, 0), math.Nextafter32(middle, 1e9))
	}
	for len(floats) < 500_000 {
		if x := math.Float32frombits(random.Uint32()); x == x {
			floats = append(floats, x)
		}
	}
	return floats
}

// halves compares with how NumPy rounds.
func (r *faissRun) halves(t *testing.T, floats []float32) {
	t.Helper()
	want := make([]uint16, len(floats))
	r.read(t, "floats.f16", want)
	for i, x := range floats {
		if got := quantizer.Half(x); got != want[i] {
			t.Fatalf("%v (%08x) is half %04x, want %04x", x, math.Float32bits(x), got, want[i])
		}
	}
}
