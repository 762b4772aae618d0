package vector

import "slices"

// A candidate is a technique as a version takes it, or does not.
type candidate struct {
	Technique     Technique
	Excluded      []string // why it cannot be had; empty if it can
	Preconditions []string
	Resolved      Resolution
	Rescoring     Rescoring
}

// candidates returns all techniques, those that the version has not with why. The
// options are complete and valid, but for a version that is not known, of which there
// are none.
func candidates(o SizeVectorIndexOptions) []candidate {
	r, err := parseVersion(o.Version)
	if err != nil {
		return nil
	}
	var result []candidate
	for _, t := range techniques(o.SubVectors) {
		result = append(result, candidate{
			Technique:     t,
			Excluded:      excluded(o, r, t),
			Preconditions: preconditions(o, t),
			Resolved:      resolution(r, t, o.Dimension),
			Rescoring:     rescoring(r, t, o.Dimension),
		})
	}
	return result
}

// techniques returns every way of keeping and searching vectors that any version has.
func techniques(subVectors []int) []Technique {
	var all []Technique
	for _, method := range []Method{HNSW, IVF} {
		for _, mode := range []Mode{InMemory, OnDisk} {
			for _, e := range faissEncodings(subVectors) {
				all = append(all, Technique{FAISS, method, mode, e})
			}
		}
	}
	for _, mode := range []Mode{InMemory, OnDisk} {
		for _, encoder := range []Encoder{FP32, Byte, SQ7, OSQ} {
			all = append(all, Technique{Lucene, HNSW, mode, Encoding{Encoder: encoder}})
		}
	}
	return append(all,
		Technique{Lucene, Flat, OnDisk, Encoding{Encoder: OSQ}},
		Technique{NMSLIB, HNSW, InMemory, Encoding{Encoder: FP32}})
}

func faissEncodings(subVectors []int) []Encoding {
	all := []Encoding{{Encoder: FP32}, {Encoder: FP16}, {Encoder: Byte}}
	for _, bits := range []int{4, 2, 1} {
		for _, rotation := range []bool{false, true} {
			all = append(all, Encoding{Encoder: Binary, Bits: bits, RandomRotation: rotation})
		}
	}
	for _, rotation := range []bool{false, true} {
		all = append(all, Encoding{Encoder: Binary, Bits: 1, ADC: true, RandomRotation: rotation})
	}
	all = append(all, Encoding{Encoder: OSQ})
	for _, m := range slices.Compact(slices.Sorted(slices.Values(subVectors))) {
		all = append(all, Encoding{Encoder: PQ, SubVectors: m, CodeSize: 8})
	}
	return all
}
