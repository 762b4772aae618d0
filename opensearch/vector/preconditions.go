package vector

import "fmt"

// preconditions returns what has to hold of vectors, or to be done, for a technique.
func preconditions(o SizeVectorIndexOptions, t Technique) []string {
	var all []string
	need := func(applies bool, format string, args ...any) {
		if applies {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	e := t.Encoding
	need(o.Space == Cosine, "no vector may be zero: it is refused")
	need(e.Encoder == FP16, "every number lies in -65504 to 65504: other vectors are refused (see ClampFP16)")
	need(e.Encoder == Byte, "vectors and queries are quantized before, to whole numbers of -128 to 127 (see ByteEncoder)")
	need(e.RandomRotation, "each segment has a matrix of %s in the heap of the JVM, to rotate with", bothUnits(4*int64(o.Dimension)*int64(o.Dimension)))
	need(t.Engine == FAISS && o.Dimension%8 != 0,
		"%d dimensions are no multiple of 8, so that FAISS calculates without SIMD, and slower", o.Dimension)
	need(t.Method == Flat, "all codes are read for each search: for shards of few vectors, or searches with filters")
	if minimum, advised := trainingVectors(o, t); minimum > 0 {
		need(true, "a model is trained first, with at least %d vectors in an index for that; %d or more are advised", minimum, advised)
		need(o.Vectors < advised, "of %d vectors, there are fewer than are advised", o.Vectors)
	}
	return all
}

// trainingVectors returns how many vectors a technique is trained with, at least and as
// is advised; 0 without training.
//
// Source: https://docs.opensearch.org/latest/vector-search/optimizing-storage/faiss-product-quantization/
func trainingVectors(o SizeVectorIndexOptions, t Technique) (minimum, advised int64) {
	if t.Method == IVF {
		minimum, advised = int64(o.NLists), 1000*int64(o.NLists)
	}
	if t.Encoding.Encoder == PQ {
		minimum = max(minimum, minTrainingVectors(t.Encoding))
		advised = max(advised, 1000*minTrainingVectors(t.Encoding))
	}
	return minimum, advised
}
