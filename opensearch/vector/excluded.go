package vector

import "fmt"

// excluded returns why a version does not have a technique, for vectors such as these;
// nothing if it does.
func excluded(o SizeVectorIndexOptions, r release, t Technique) []string {
	if !r.known() {
		return excludedServerless(t)
	}
	var reasons []string
	because := func(applies bool, format string, args ...any) {
		if applies {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	e, onDisk := t.Encoding, t.Mode == OnDisk
	because(t.Engine == NMSLIB && r.from(3, 0), "NMSLIB takes no new indices from version 3.0 on")
	because(t.Engine == FAISS && o.Space == Cosine && !r.from(2, 19), "FAISS has cosinesimil from version 2.19 on")
	because(e.Encoder == Byte && t.Engine == FAISS && o.Space == Cosine && r.from(2, 19), "FAISS has cosinesimil by normalising vectors, which it cannot do with bytes")
	because(e.Encoder == OSQ && !r.from(3, 6), "%s is there from version 3.6 on", osqName(t))
	because(e.Encoder == OSQ && t.Method == IVF, "sq with 1 bit is a format of HNSW: a model of IVF would keep whole vectors")
	because((e.ADC || e.RandomRotation) && !r.from(3, 2), "ADC and random rotation are there from version 3.2 on")
	because(e.Encoder == Byte && onDisk, "on_disk is for data_type float only")
	because(e.Encoder == FP32 && onDisk && t.Engine == Lucene, "Lucene has no on_disk with compression level 1x")
	because(e.Encoder == FP32 && onDisk && t.Engine == FAISS && !r.from(3, 1), "on_disk with compression level 1x is there from version 3.1 on")
	because(e.Encoder == FP32 && onDisk && t.Method == IVF, "memory-optimized search, which 1x on disk stands for, is of HNSW only")
	because(hnswPQ(t) && o.Dimension%o.M != 0 && !leavesM(o, r, t),
		"the plugin has the M of HNSW with PQ divide the dimension, and %d does not divide %d: give a divisor, or %d from version 3.2 on", o.M, o.Dimension, defaultM)
	return append(reasons, excludedTraining(o, t)...)
}

// defaultM is what HNSW has without m.
const defaultM = 16

func hnswPQ(t Technique) bool { return t.Method == HNSW && t.Encoding.Encoder == PQ }

// leavesM reports whether the M of HNSW is left to the plugin. With PQ, that has M divide
// the dimension, where it means the number of sub-vectors; from version 3.2 on, it does
// not look at an M that nobody gave.
//
// Source: AbstractFaissPQEncoder.validateEncoderConfig of the k-NN plugin, and what 2.19
// and 3.6 do.
func leavesM(o SizeVectorIndexOptions, r release, t Technique) bool {
	return hnswPQ(t) && o.Dimension%o.M != 0 && o.M == defaultM && r.from(3, 2)
}

func osqName(t Technique) string {
	if t.Method == Flat {
		return "the method flat"
	}
	return "sq with 1 bit"
}

// excludedTraining returns why no model can be trained for a technique.
func excludedTraining(o SizeVectorIndexOptions, t Technique) []string {
	var reasons []string
	because := func(applies bool, format string, args ...any) {
		if applies {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	e := t.Encoding
	because(t.Method == IVF && o.Vectors < int64(o.NLists), "%d lists cannot be made of %d vectors", o.NLists, o.Vectors)
	if e.Encoder != PQ {
		return reasons
	}
	switch {
	case e.SubVectors < 1 || e.SubVectors >= 1024:
		because(true, "PQ takes 1 to 1,023 sub-vectors, not %d", e.SubVectors)
	case o.Dimension%e.SubVectors != 0:
		because(true, "%d dimensions cannot be divided by %d sub-vectors", o.Dimension, e.SubVectors)
	}
	because(t.Method == HNSW && o.Space != L2, "HNSW with PQ has no innerproduct, which cosinesimil is to FAISS")
	because(o.Vectors < minTrainingVectors(e), "PQ is trained with at least %d vectors", minTrainingVectors(e))
	return reasons
}

// minTrainingVectors are as many as there are centroids.
func minTrainingVectors(e Encoding) int64 { return 1 << min(e.CodeSize, 16) }

// excludedServerless returns why Serverless does not have a technique. What AWS does not
// document cannot be planned with.
//
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-vector-search.html
func excludedServerless(t Technique) []string {
	var reasons []string
	because := func(applies bool, text string) {
		if applies {
			reasons = append(reasons, text)
		}
	}
	e := t.Encoding
	because(t.Engine == Lucene, "Serverless has no Lucene engine for vectors")
	because(t.Engine == NMSLIB, "AWS documents HNSW with FAISS only for Serverless")
	because(t.Method == IVF, "Serverless has only HNSW, no IVF")
	because(e.Encoder == PQ || t.Method == IVF, "Serverless has no training of models")
	if t.Engine != FAISS || t.Method != HNSW || e.Encoder == PQ {
		return reasons
	}
	because(e.Encoder == Byte, "AWS does not document vectors of bytes for Serverless")
	because(e.ADC || e.RandomRotation, "AWS does not document ADC and random rotation for Serverless")
	because(e.Encoder == OSQ, "AWS does not document that sq with 1 bit can be asked for on Serverless; 32x may be that")
	because(e.Encoder == Binary && t.Mode == InMemory, "AWS documents 8x, 16x and 32x for Serverless, not that they are kept in memory")
	because((e.Encoder == FP32 || e.Encoder == FP16) && t.Mode == OnDisk, "AWS does not document what on_disk does to 1x and 2x on Serverless")
	return reasons
}
