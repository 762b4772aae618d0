package vector

import (
	"encoding/json"
	"testing"
)

// sizeFake are techniques of a version that has nearly everything, and one that it has
// not.
func sizeFake(o SizeVectorIndexOptions) []candidate {
	add := func(all []candidate, engine Engine, method Method, mode Mode, factor float64, e Encoding) []candidate {
		t := Technique{Engine: engine, Method: method, Mode: mode, Encoding: e}
		return append(all, candidate{
			Technique: t,
			Resolved:  Resolution{Known: true, Engine: engine, Method: method, Mode: mode, Encoding: e},
			Rescoring: Rescoring{Known: true, Factor: factor},
		})
	}
	var all []candidate
	all = add(all, FAISS, HNSW, InMemory, 0, Encoding{Encoder: FP32})
	all = add(all, FAISS, IVF, InMemory, 0, Encoding{Encoder: FP32})
	all = add(all, FAISS, IVF, InMemory, 0, Encoding{Encoder: FP16})
	all = add(all, FAISS, IVF, InMemory, 0, Encoding{Encoder: Byte})
	all = add(all, Lucene, HNSW, InMemory, 0, Encoding{Encoder: FP32})
	all = add(all, FAISS, HNSW, InMemory, 0, Encoding{Encoder: FP16})
	all = add(all, FAISS, HNSW, InMemory, 0, Encoding{Encoder: Byte})
	all = add(all, Lucene, HNSW, InMemory, 0, Encoding{Encoder: Byte})
	all = add(all, Lucene, HNSW, OnDisk, 1, Encoding{Encoder: SQ7})
	for _, bits := range []int{1, 2, 4} {
		all = add(all, FAISS, HNSW, OnDisk, 5, Encoding{Encoder: Binary, Bits: bits})
		all = add(all, FAISS, IVF, OnDisk, 5, Encoding{Encoder: Binary, Bits: bits})
	}
	all = add(all, FAISS, HNSW, InMemory, 0, Encoding{Encoder: Binary, Bits: 1, ADC: true, RandomRotation: true})
	all = add(all, FAISS, HNSW, OnDisk, 2, Encoding{Encoder: OSQ})
	all = add(all, Lucene, HNSW, OnDisk, 2, Encoding{Encoder: OSQ})
	all = add(all, Lucene, Flat, OnDisk, 2, Encoding{Encoder: OSQ})
	for _, m := range o.SubVectors {
		all = add(all, FAISS, HNSW, InMemory, 0, Encoding{Encoder: PQ, SubVectors: m, CodeSize: 8})
		all = add(all, FAISS, IVF, InMemory, 0, Encoding{Encoder: PQ, SubVectors: m, CodeSize: 8})
	}
	all = add(all, NMSLIB, HNSW, InMemory, 0, Encoding{Encoder: FP32})
	all[len(all)-1].Excluded = []string{"version " + o.Version + " makes no new indices of NMSLIB"}
	return all
}

// sizeFakeBodies are bodies that tell what they were made for.
func sizeFakeBodies(o SizeVectorIndexOptions, c candidate) ([]Step, json.RawMessage, Ingest) {
	body, _ := json.Marshal(map[string]any{"oversample_factor": c.Rescoring.Factor})
	return []Step{{Method: "PUT", Path: "/" + o.Index, Body: json.RawMessage(`{}`)}}, body, Ingest{}
}

// sizeIt sizes the techniques above.
func sizeIt(t *testing.T, o SizeVectorIndexOptions) SizeVectorIndexResult {
	t.Helper()
	if o.Version == "" {
		o.Version = "3.8"
	}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	return sizeAll(o, sizeFake(o), sizeFakeBodies)
}

// sizeOf returns the size of the first technique that is of a method and an encoding.
func sizeOf(t *testing.T, r SizeVectorIndexResult, engine Engine, method Method, e Encoding) TechniqueSize {
	t.Helper()
	for _, s := range r.Techniques {
		if s.Technique.Engine == engine && s.Technique.Method == method && s.Technique.Encoding == e {
			return s
		}
	}
	t.Fatalf("there is no %s %s %s", engine, method, e)
	return TechniqueSize{}
}
