package vector

import (
	"fmt"
	"strings"
)

// Pages of the documentation that have the formulas.
const (
	pageMethods = "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-methods-engines/"
	pageMemory  = "https://docs.opensearch.org/latest/mappings/supported-field-types/knn-memory-optimized/"
	pageFAISS   = "https://docs.opensearch.org/latest/vector-search/optimizing-storage/faiss-scalar-quantization/"
	pageLucene  = "https://docs.opensearch.org/latest/vector-search/optimizing-storage/lucene-scalar-quantization/"
	pageBinary  = "https://docs.opensearch.org/latest/vector-search/optimizing-storage/binary-quantization/"
	pagePQ      = "https://docs.opensearch.org/latest/vector-search/optimizing-storage/faiss-product-quantization/"
	pageFlat    = "https://docs.opensearch.org/latest/vector-search/optimizing-storage/scalar-quantization-flat/"
)

// Bytes beside each code.
const (
	// besidePQ is what the documentation's formula adds to a code of PQ.
	besidePQ = 24

	// besideOSQ are two ends of an interval, a correction and the sum of the code, of 4
	// bytes each. Source: Lucene104ScalarQuantizedVectorsFormat of Lucene 10.4.
	besideOSQ = 16

	// besideSQ7 is a correction. Source: Lucene99ScalarQuantizedVectorsFormat, of which
	// the k-NN plugin has a copy since Lucene 10.4 writes it no more.
	besideSQ7 = 4

	// besideIVF is the number of a vector in a list of FAISS, and besideHNSW its number,
	// its offset and its level. The tenth that formulas add is for these, too. Source:
	// InvertedLists, IndexIDMap and HNSW of FAISS.
	besideIVF  = 8
	besideHNSW = 8 + 8 + 4
)

// A code is how a vector is kept in memory.
type code struct {
	bits       int64  // of the code alone
	beside     int64  // bytes kept beside it
	documented int64  // bits that the documentation counts, with what is beside it
	term       string // of the formula
	page       string
}

// codeOf returns how an encoding keeps vectors of a dimension.
func codeOf(t Technique, dimension int) code {
	d, e := int64(dimension), t.Encoding
	c := code{page: pageMethods}
	switch e.Encoder {
	case FP16:
		c.bits, c.page = 16*d, pageFAISS
	case Byte:
		c.bits, c.page = 8*d, pageMemory
	case SQ7:
		c.bits, c.documented, c.beside, c.page = 8*d, 7*d, besideSQ7, pageLucene
	case Binary:
		c.bits, c.page = int64(e.Bits)*d, pageBinary
	case OSQ:
		c.bits, c.documented, c.beside, c.page = d, d, besideOSQ, pageOfOSQ(t)
	case PQ:
		c.bits, c.beside, c.page = int64(e.CodeSize)*int64(e.SubVectors), besidePQ, pagePQ
		c.documented = c.bits + 8*besidePQ
	default:
		c.bits = 32 * d
	}
	if c.documented == 0 {
		c.documented = c.bits
	}
	c.term = codeTerm(c, e, d)
	return c
}

// pageOfOSQ returns the page that documents codes of one bit. That of the flat method
// has no formula; that of the others, without a graph, is taken.
func pageOfOSQ(t Technique) string {
	switch {
	case t.Method == Flat:
		return pageFlat
	case t.Engine == Lucene:
		return pageLucene
	default:
		return pageFAISS
	}
}

// bytes returns how many bytes a vector takes: codes end with a byte.
func (c code) bytes() int64 { return (c.bits+7)/8 + c.beside }

// codeTerm returns the term of a formula for a code.
func codeTerm(c code, e Encoding, d int64) string {
	term := fmt.Sprint((c.bits + 7) / 8)
	switch {
	case e.Encoder == PQ && c.bits%8 == 0:
		term = fmt.Sprintf("%d*%d/8", e.SubVectors, e.CodeSize)
	case e.Encoder == PQ:
	case c.bits == 8*d:
		term = fmt.Sprint(d)
	case c.bits > 8*d:
		term = fmt.Sprintf("%d*%d", c.bits/8/d, d)
	case c.bits%8 == 0:
		term = fmt.Sprintf("%d*%d/8", c.bits/d, d)
	}
	if c.beside != 0 {
		term += fmt.Sprintf(" + %d", c.beside)
	}
	return term
}

// memoryOf returns the memory that a technique takes. The options are complete and
// valid, so that no number here is beyond int64.
func memoryOf(o SizeVectorIndexOptions, t Technique) Memory {
	c := codeOf(t, o.Dimension)
	shared, sharedTerm := sharedOf(o, t)
	segments := int64(o.Shards) * int64(o.SegmentsPerShard)
	m := Memory{
		Vectors:           o.Vectors * c.bytes(),
		Shared:            segments * shared,
		PageCache:         inPageCache(o, t),
		VectorCompression: float64(32*o.Dimension) / float64(c.bits),
		Formula:           formula(o, t, c, sharedTerm),
		Source:            c.page,
	}
	if t.Method == HNSW {
		m.Graph = o.Vectors * 8 * int64(o.M)
	}
	m.Primary = tenthMore(m.Vectors + m.Graph + m.Shared)
	m.Total = m.Primary * int64(1+o.Replicas)
	m.Documented = documented(o, t, c, m)
	m.Note = memoryNote(o, t, c, m)
	fp32 := tenthMore(o.Vectors * (4*int64(o.Dimension) + 8*int64(o.M)))
	m.Compression = float64(fp32) / float64(m.Primary)
	return m
}

// sharedOf returns how many bytes of centroids each segment has.
func sharedOf(o SizeVectorIndexOptions, t Technique) (bytes int64, term string) {
	d := int64(o.Dimension)
	var terms []string
	if e := t.Encoding; e.Encoder == PQ {
		bytes += 4 * d << e.CodeSize
		terms = append(terms, fmt.Sprintf("%d*4*%d", 1<<e.CodeSize, d))
	}
	if t.Method == IVF {
		bytes += 4 * int64(o.NLists) * d
		terms = append(terms, fmt.Sprintf("4*%d*%d", o.NLists, d))
	}
	return bytes, strings.Join(terms, " + ")
}

// documented returns what the documentation's formula gives: for IVF without PQ it
// counts the centroids once, and not for each segment.
func documented(o SizeVectorIndexOptions, t Technique, c code, m Memory) int64 {
	shared := m.Shared
	if t.Method == IVF && t.Encoding.Encoder != PQ {
		shared, _ = sharedOf(o, t)
	}
	return tenthMore(eighths(o.Vectors, c.documented) + m.Graph + shared)
}

// memoryNote says why the documentation has another number.
func memoryNote(o SizeVectorIndexOptions, t Technique, c code, m Memory) string {
	var notes []string
	switch e := t.Encoding.Encoder; {
	case e == SQ7:
		notes = append(notes, fmt.Sprintf("the documentation counts 7 bits of a dimension, Lucene keeps a byte, and %d bytes beside each code", c.beside))
	case e == OSQ && t.Method == Flat:
		notes = append(notes, fmt.Sprintf("the documentation has no formula for this method: it is taken without the graph; Lucene keeps %d bytes beside each code", c.beside))
	case e == OSQ:
		notes = append(notes, fmt.Sprintf("the documentation leaves out the %d bytes that Lucene keeps beside each code", c.beside))
	case m.Documented < m.Primary && c.bits%8 != 0:
		notes = append(notes, "the documentation leaves out the bits that fill the last byte of a code")
	}
	if t.Method == IVF && t.Encoding.Encoder != PQ && o.Shards*o.SegmentsPerShard > 1 {
		notes = append(notes, "the documentation counts the centroids once, and each segment has them")
	}
	return strings.Join(notes, "; ")
}

// tenthWarning warns if FAISS keeps more beside each vector than the tenth that the
// formulas add.
func tenthWarning(o SizeVectorIndexOptions, t Technique, m Memory) []string {
	beside := int64(besideHNSW)
	if t.Method == IVF {
		beside = besideIVF
	}
	if t.Engine != FAISS || t.Encoding.Encoder == PQ || 10*beside <= (m.Vectors+m.Graph)/o.Vectors {
		return nil
	}
	return []string{fmt.Sprintf("FAISS keeps %d bytes beside each vector for its number and place, which is more than the tenth that the formula adds", beside)}
}

// inPageCache tells whether a technique is searched in files. FAISS searches codes of 1
// bit only so, and fp32 on disk since 3.1.
//
// Source: https://docs.opensearch.org/latest/vector-search/optimizing-storage/memory-optimized-search/
func inPageCache(o SizeVectorIndexOptions, t Technique) bool {
	if t.Engine == Lucene || t.Encoding.Encoder == OSQ {
		return true
	}
	return t.Engine == FAISS && t.Mode == OnDisk && t.Encoding.Encoder == FP32 && sizeSince(o.Version, 3, 1)
}

// formula returns the formula of the memory with its numbers.
func formula(o SizeVectorIndexOptions, t Technique, c code, shared string) string {
	vector := c.term
	if t.Method == HNSW {
		vector += fmt.Sprintf(" + 8*%d", o.M)
	}
	f := fmt.Sprintf("1.1 * (%s) * %d", vector, o.Vectors)
	if shared != "" {
		f = fmt.Sprintf("1.1 * ((%s) * %d + %d * (%s))", vector, o.Vectors, o.Shards*o.SegmentsPerShard, shared)
	}
	if o.Replicas > 0 {
		f += fmt.Sprintf(" * %d", 1+o.Replicas)
	}
	return f
}

// tenthMore returns 1.1 times x, rounded up, exactly.
func tenthMore(x int64) int64 { return x + (x+9)/10 }

// eighths returns n·bits/8, rounded up, without a number that is greater than that.
func eighths(n, bits int64) int64 { return n/8*bits + (n%8*bits+7)/8 }
