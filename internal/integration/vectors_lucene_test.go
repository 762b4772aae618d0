package integration_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/quantizer"
)

// A luceneCase is a segment that Lucene writes, and that is compared with ours.
type luceneCase struct {
	kind         string
	n, dimension int
	similarity   int // as Lucene counts them: 0 Euclidean, 2 cosine, 3 maximum inner product
	segment      int // vectors of a segment before all are merged; 0 is one segment
	interval     float32

	vectors, queries []float32
}

const (
	luceneEuclidean = 0
	luceneCosine    = 2
	luceneProduct   = 3

	luceneQueries = 20

	// twins are segments of the same vectors, so that their quantiles are the same and
	// their codes are kept when they are merged.
	twins = "twins"
)

func (c *luceneCase) String() string {
	name := fmt.Sprintf("%s-%dx%d-%s", c.kind, c.n, c.dimension, [4]string{"l2", "", "cosine", "ip"}[c.similarity])
	if c.segment > 0 {
		name += "-merged"
	}
	if c.interval > 0 {
		name += fmt.Sprintf("-%g", c.interval)
	}
	return name
}

func (c *luceneCase) Len() int       { return c.n }
func (c *luceneCase) Dimension() int { return c.dimension }
func (c *luceneCase) ReadVectors(dst []float32, from int) error {
	copy(dst, c.vectors[from*c.dimension:])
	return nil
}

func (c *luceneCase) space() quantizer.Space {
	if c.similarity == luceneEuclidean {
		return quantizer.L2
	}
	return quantizer.InnerProduct
}

// luceneCases returns all spaces with data of all kinds, in one segment and merged.
func luceneCases() []*luceneCase {
	var cases []*luceneCase
	for _, similarity := range []int{luceneEuclidean, luceneCosine, luceneProduct} {
		cases = append(cases,
			&luceneCase{kind: "latent", n: 5000, dimension: 96, similarity: similarity},
			&luceneCase{kind: "latent", n: 5000, dimension: 96, similarity: similarity, segment: 1700},
			&luceneCase{kind: "gauss", n: 1500, dimension: 384, similarity: similarity},
			&luceneCase{kind: "skewed", n: 1000, dimension: 65, similarity: similarity},
			&luceneCase{kind: "far", n: 500, dimension: 31, similarity: similarity},
			&luceneCase{kind: "gauss", n: 1, dimension: 7, similarity: similarity},
			&luceneCase{kind: "gauss", n: 45, dimension: 1, similarity: similarity},
			&luceneCase{kind: "equal", n: 45, dimension: 12, similarity: similarity},
			&luceneCase{kind: "constant", n: 300, dimension: 33, similarity: similarity},
			&luceneCase{kind: "duplicates", n: 300, dimension: 33, similarity: similarity},
		)
	}
	for _, similarity := range []int{luceneEuclidean, luceneProduct} {
		cases = append(cases,
			&luceneCase{kind: twins, n: 1200, dimension: 48, similarity: similarity, segment: 400},
			&luceneCase{kind: "zero", n: 45, dimension: 12, similarity: similarity},
			&luceneCase{kind: "huge", n: 300, dimension: 33, similarity: similarity},
			&luceneCase{kind: "overflow", n: 40, dimension: 33, similarity: similarity},
			&luceneCase{kind: "tiny", n: 300, dimension: 33, similarity: similarity},
		)
	}
	for i, c := range cases {
		c.make(uint64(i))
	}
	return cases
}

func (c *luceneCase) make(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 5))
	hidden := make([]float64, 12*c.dimension)
	for i := range hidden {
		hidden[i] = random.NormFloat64()
	}
	all := make([]float32, (c.n+luceneQueries)*c.dimension)
	for i := range c.n + luceneQueries {
		c.vector(all[i*c.dimension:(i+1)*c.dimension], random, hidden)
	}
	c.vectors, c.queries = all[:c.n*c.dimension], all[c.n*c.dimension:]
	switch c.kind {
	case "duplicates":
		copy(c.vectors[c.n/2*c.dimension:], c.vectors)
		copy(c.queries, c.vectors)
	case twins:
		for i := c.segment; i < c.n; i += c.segment {
			copy(c.vectors[i*c.dimension:], c.vectors[:c.segment*c.dimension])
		}
	}
}

func (c *luceneCase) vector(v []float32, random *rand.Rand, hidden []float64) {
	var at [12]float64
	for h := range at {
		at[h] = random.NormFloat64()
	}
	for d := range v {
		x := random.NormFloat64()
		switch c.kind {
		case "latent", twins:
			x *= 0.3
			for h := range at {
				x += at[h] * hidden[h*len(v)+d]
			}
		case "skewed":
			x *= math.Exp(-float64(d) / 10)
		case "far":
			x += 100
		case "equal":
			x = float64(d%5) - 1
		case "constant":
			if d%3 == 0 {
				x = 7
			}
		case "zero":
			x = 0
		case "huge":
			x *= 1e30
		case "overflow": // of sums, too
			x = 3e38 * math.Tanh(x+0.5)
		case "tiny":
			x *= 1e-30
		}
		v[d] = float32(x)
	}
	if c.similarity == luceneCosine {
		luceneUnit(v)
	}
}

func luceneUnit(v []float32) {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
}

// write writes a case as the programs read it.
func (c *luceneCase) write(t *testing.T, file string) {
	t.Helper()
	var b bytes.Buffer
	segment := c.segment
	if segment == 0 {
		segment = c.n + 1
	}
	for _, part := range []any{
		[]int32{int32(c.n), int32(c.dimension), luceneQueries, int32(c.similarity), int32(segment)},
		c.interval, c.vectors, c.queries,
	} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// runLucene runs one of the programs with all cases, and returns what it wrote.
func runLucene(t *testing.T, command []string, cases []*luceneCase) [][]byte {
	t.Helper()
	dir := t.TempDir()
	command = slices.Insert(command, 1, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC") // as it runs only for seconds
	for i, c := range cases {
		in, out := filepath.Join(dir, fmt.Sprint(i, ".in")), filepath.Join(dir, fmt.Sprint(i, ".out"))
		c.write(t, in)
		command = append(command, in, out)
	}
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
	outputs := make([][]byte, len(cases))
	for i := range outputs {
		var err error
		if outputs[i], err = os.ReadFile(filepath.Join(dir, fmt.Sprint(i, ".out"))); err != nil {
			t.Fatal(err)
		}
	}
	return outputs
}

// luceneCore returns the archive of Lucene's core of an OpenSearch.
func luceneCore(t *testing.T, engineName string) string {
	t.Helper()
	return luceneCoreIn(t, engine(t, engineName, "lib"))
}

func luceneCoreIn(t *testing.T, lib string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(lib, "lucene-core-*.jar"))
	if err != nil || len(found) != 1 {
		t.Fatalf("lucene-core in %s: %v, %v", lib, found, err)
	}
	return found[0]
}

func luceneJava(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		missing(t, "opensearch2")
	}
	return path
}

// compileForNewerJava compiles a program against an archive for a newer Java than the
// compiler's, for which it takes the classes of the archive for older ones.
func compileForNewerJava(t *testing.T, source, archive string) (classes string) {
	t.Helper()
	dir := t.TempDir()
	older := filepath.Join(dir, "older.jar")
	if err := olderClasses(older, archive); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(luceneJava(t, "javac"), "--release", "17", "-d", dir, "-cp", older, source).CombinedOutput()
	if err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	return dir
}

func olderClasses(older, archive string) error {
	from, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer from.Close()
	var b bytes.Buffer
	to := zip.NewWriter(&b)
	for _, file := range from.File {
		if strings.HasPrefix(file.Name, "META-INF") || !strings.HasSuffix(file.Name, ".class") {
			continue
		}
		if err := olderClass(to, file); err != nil {
			return err
		}
	}
	if err := to.Close(); err != nil {
		return err
	}
	return os.WriteFile(older, b.Bytes(), 0o600)
}

func olderClass(to *zip.Writer, file *zip.File) error {
	r, err := file.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	class, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	class[7] = 61 // the version of class files of Java 17
	w, err := to.CreateHeader(&zip.FileHeader{Name: file.Name, Method: zip.Store})
	if err != nil {
		return err
	}
	_, err = w.Write(class)
	return err
}

// A luceneDifference is how far ours is from Lucene's.
type luceneDifference struct {
	codes, levels int     // numbers in codes that differ, and by how many levels at most
	beside        float64 // greatest difference of a correction, relative to the greatest correction
	score         float64 // greatest difference of a score, relative to the score; of a cosine as it is
	ours, theirs  float64 // recall of the 10 nearest
}

func (d *luceneDifference) level(ours, theirs byte) {
	if ours != theirs {
		d.codes++
		d.levels = max(d.levels, int(ours)-int(theirs), int(theirs)-int(ours))
	}
}

// compareScores compares the scores of all queries, each for all vectors.
func (d *luceneDifference) compareScores(c *luceneCase, q quantizer.Quantizer, codes, theirs []byte) {
	ours, wanted := make([]float32, luceneQueries*c.n), make([]float32, luceneQueries*c.n)
	for i := range luceneQueries {
		q.Query(c.queries[i*c.dimension:(i+1)*c.dimension]).Score(ours[i*c.n:(i+1)*c.n], codes)
	}
	for i := range wanted {
		wanted[i] = math.Float32frombits(binary.LittleEndian.Uint32(theirs[i*4:]))
		d.score = max(d.score, luceneScoreDifference(c, ours[i], wanted[i]))
	}
	d.ours, d.theirs = luceneRecall(c, ours), luceneRecall(c, wanted)
}

// luceneScoreDifference compares scores. Cosines are compared as such, since ours has
// the scores of inner products: Lucene cuts off what is beyond -1 and 1.
func luceneScoreDifference(c *luceneCase, ours, theirs float32) float64 {
	switch {
	case theirs != theirs && math.IsInf(float64(ours), -1), ours == theirs:
		return 0
	case c.similarity == luceneCosine:
		cosine := float64(ours) - 1
		if ours < 1 {
			cosine = 1 - 1/float64(ours)
		}
		return math.Abs(min(max(cosine, -1), 1) - (2*float64(theirs) - 1))
	}
	return math.Abs(float64(ours)-float64(theirs)) / math.Abs(float64(theirs))
}

func luceneFloat(b []byte, at int) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(b[at:])))
}

func luceneRelative(ours, theirs, greatest float64) float64 {
	if ours == theirs || ours != ours && theirs != theirs {
		return 0
	}
	return math.Abs(ours-theirs) / greatest
}

// What Lucene 10 writes into a segment with 1 bit, and how its scorer scores it.
func TestLuceneOSQ(t *testing.T) {
	archive := luceneCore(t, "opensearch3")
	classes := compileForNewerJava(t, "testdata/vectors_lucene/OSQ.java", archive)
	cases := luceneCases()
	outputs := runLucene(t, []string{engine(t, "opensearch3", "java"), "-cp", classes + ":" + archive, "OSQ"}, cases)
	for i, c := range cases {
		t.Run(c.String(), func(t *testing.T) {
			d := compareOSQ(t, c, outputs[i])
			t.Logf("%d bits of %d differ; corrections %.2g, scores %.2g; recall %.3f, Lucene's %.3f", d.codes, c.n*c.dimension, d.beside, d.score, d.ours, d.theirs)
			d.check(t, c)
		})
	}
}

func compareOSQ(t *testing.T, c *luceneCase, theirs []byte) luceneDifference {
	q, err := quantizer.OSQ{Space: c.space(), Cosine: c.similarity == luceneCosine}.Train(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	size, length := q.CodeSize(), (c.dimension+7)/8
	ours := make([]byte, c.n*size)
	q.Encode(ours, c.vectors)
	theirs = theirs[c.dimension*4:] // the centroid
	var d luceneDifference
	greatest := luceneGreatest(theirs[:len(ours)], size, length)
	for i := 0; i < len(ours); i += size {
		for j := range length {
			for b := range 8 {
				d.level(ours[i+j]>>b&1, theirs[i+j]>>b&1)
			}
		}
		for j := range 3 {
			at := i + length + j*4
			d.beside = max(d.beside, luceneRelative(luceneFloat(ours, at), luceneFloat(theirs, at), greatest[j]))
		}
	}
	d.compareScores(c, q, ours, theirs[len(ours):])
	return d
}

// luceneGreatest returns the greatest of each of the three corrections.
func luceneGreatest(codes []byte, size, length int) (greatest [3]float64) {
	for i := 0; i < len(codes); i += size {
		for j := range greatest {
			greatest[j] = max(greatest[j], math.Abs(luceneFloat(codes, i+length+j*4)))
		}
	}
	return greatest
}

// What Lucene 9 writes into a segment with 7 bits, and how its scorer scores it.
func TestLuceneSQ7(t *testing.T) {
	command := []string{luceneJava(t, "java"), "-cp", luceneCore(t, "opensearch2"), "testdata/vectors_lucene/SQ7.java"}
	cases := luceneCases()
	for _, more := range []*luceneCase{
		{kind: "latent", n: 26_000, dimension: 8, similarity: luceneEuclidean}, // more than the sample; the first such
		{kind: "gauss", n: 400, dimension: 40, similarity: luceneProduct, interval: 0.9},
		{kind: "gauss", n: 400, dimension: 40, similarity: luceneEuclidean, interval: 1},
	} {
		more.make(uint64(len(cases)))
		cases = append(cases, more)
	}
	outputs := runLucene(t, command, cases)
	for i, c := range cases {
		t.Run(c.String(), func(t *testing.T) {
			if len(outputs[i]) == 0 {
				if _, err := (quantizer.SQ7{Space: c.space()}).Train(t.Context(), c); err == nil {
					t.Error("Lucene cannot write this segment, but ours is trained")
				}
				return
			}
			d := compareSQ7(t, c, outputs[i])
			t.Logf("%d codes of %d differ, by %d; corrections %.2g, scores %.2g; recall %.3f, Lucene's %.3f", d.codes, c.n*c.dimension, d.levels, d.beside, d.score, d.ours, d.theirs)
			d.check(t, c)
		})
	}
}

// What the k-NN plugin 3.6 writes into a segment with 7 bits: its copy of Lucene's
// writer has another default for the confidence interval.
func TestLuceneSQ7OfPlugin(t *testing.T) {
	lib := engine(t, "opensearch_knn", "3/lib")
	classes := compileForNewerJava(t, "testdata/vectors_lucene/KNN.java", luceneCoreIn(t, lib))
	cases := slices.DeleteFunc(luceneCases(), func(c *luceneCase) bool {
		return c.n > 1500 || c.kind == "overflow" || c.kind == "huge"
	})
	outputs := runLucene(t, []string{engine(t, "opensearch_knn", "3/java"), "-cp", classes + ":" + filepath.Join(lib, "*"), "KNN"}, cases)
	for i, c := range cases {
		t.Run(c.String(), func(t *testing.T) {
			c.interval = float32(max(0.9, 1-math.Log2(float64(c.dimension))/100))
			q, err := quantizer.SQ7{Space: c.space(), ConfidenceInterval: float64(c.interval), Merged: c.kind == twins}.Train(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			codes := make([]byte, c.n*q.CodeSize())
			q.Encode(codes, c.vectors)
			var d luceneDifference
			d.compareScores(c, q, codes, outputs[i])
			t.Logf("scores %.2g; recall %.3f, the plugin's %.3f", d.score, d.ours, d.theirs)
			d.check(t, c)
		})
	}
}

func compareSQ7(t *testing.T, c *luceneCase, theirs []byte) luceneDifference {
	q, err := quantizer.SQ7{Space: c.space(), ConfidenceInterval: float64(c.interval), Merged: c.kind == twins}.Train(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	size := q.CodeSize()
	ours := make([]byte, c.n*size)
	q.Encode(ours, c.vectors)
	theirs = theirs[8:] // the quantiles
	var greatest float64
	for i := 0; i < len(ours); i += size {
		greatest = max(greatest, math.Abs(luceneFloat(theirs, i+c.dimension)))
	}
	var d luceneDifference
	for i := 0; i < len(ours); i += size {
		for j := range c.dimension {
			d.level(ours[i+j], theirs[i+j])
		}
		if c.similarity != luceneEuclidean { // for which ours keeps something else there
			at := i + c.dimension
			d.beside = max(d.beside, luceneRelative(luceneFloat(ours, at), luceneFloat(theirs, at), greatest))
		}
	}
	d.compareScores(c, q, ours, theirs[len(ours):])
	return d
}

// check wants what is not merged to be the same, and as good what is. Lucene divides
// vectors by their length for the cosine, and the query, though they have the length 1
// but for rounding: that is where the last bit of some numbers comes from.
func (d *luceneDifference) check(t *testing.T, c *luceneCase) {
	t.Helper()
	codes, beside, score := 0, 0.0, 1e-6
	if c.similarity == luceneCosine {
		codes, beside, score = c.n*c.dimension/100_000, 2e-5, 5e-5
	}
	if c.kind == twins { // after the merge quantiles and centroids may differ in the last bit
		beside, score = 1e-6, 1e-3
	}
	if (c.segment == 0 || c.kind == twins) && (d.codes > codes || d.beside > beside || d.score > score) {
		t.Errorf("want at most %d, %.2g, %.2g", codes, beside, score)
	}
	if math.Abs(d.ours-d.theirs) > 0.03 {
		t.Errorf("recall is %.3f, with Lucene %.3f", d.ours, d.theirs)
	}
}

// luceneRecall returns which part of the 10 nearest are among the 10 of the greatest
// scores, on average over the queries, of which each has n scores.
func luceneRecall(c *luceneCase, scores []float32) float64 {
	found, k := 0, min(10, c.n)
	for i := range luceneQueries {
		query := c.queries[i*c.dimension : (i+1)*c.dimension]
		exact := make([]float32, c.n)
		for j := range exact {
			exact[j] = luceneExact(c, query, c.vectors[j*c.dimension:(j+1)*c.dimension])
		}
		best := luceneBest(exact, k)
		for _, j := range luceneBest(scores[i*c.n:(i+1)*c.n], k) {
			if slices.Contains(best, j) {
				found++
			}
		}
	}
	return float64(found) / float64(k*luceneQueries)
}

func luceneExact(c *luceneCase, a, b []float32) float32 {
	var dot, square float64
	for i, x := range a {
		dot += float64(x) * float64(b[i])
		square += (float64(x) - float64(b[i])) * (float64(x) - float64(b[i]))
	}
	if c.similarity == luceneEuclidean {
		return float32(-square)
	}
	return float32(dot)
}

// luceneBest returns where the k greatest scores are.
func luceneBest(scores []float32, k int) []int {
	numbers := make([]int, len(scores))
	for i := range numbers {
		numbers[i] = i
	}
	slices.SortStableFunc(numbers, func(i, j int) int { return cmp.Compare(scores[j], scores[i]) })
	return numbers[:k]
}
