package vector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// articleSize sizes a million vectors for a version.
func articleSize(t *testing.T, version string, dimension int) SizeVectorIndexResult {
	t.Helper()
	r, err := SizeVectorIndex(SizeVectorIndexOptions{Vectors: 1_000_000, Dimension: dimension, Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestArticleError03Oversample: "below 1,000" is up to 1,000, 16x has 3 and not 2, 2.17
// has no 5, and 4x is rescored from 3.1 on.
func TestArticleError03Oversample(t *testing.T) {
	bits := func(b int) Encoding { return Encoding{Encoder: Binary, Bits: b} }
	for _, test := range []struct {
		version   string
		dimension int
		e         Encoding
		want      float64
	}{
		{"2.17", 384, bits(1), 3}, {"2.17", 384, bits(2), 3}, {"2.17", 384, bits(4), 2},
		{"2.18", 999, bits(1), 5}, {"2.18", 999, bits(2), 5}, {"2.18", 999, bits(4), 5},
		{"2.19", 1000, bits(1), 5}, {"3.5", 1000, bits(2), 5}, {"3.5", 1000, bits(4), 5},
		{"2.18", 1001, bits(1), 3}, {"3.0", 1001, bits(2), 3}, {"3.5", 1001, bits(4), 2},
		{"3.8", 1001, bits(2), 3}, {"3.8", 1001, bits(4), 2},
		{"3.0", 384, Encoding{Encoder: SQ7}, 0}, {"3.1", 384, Encoding{Encoder: SQ7}, 1}, {"3.8", 1001, Encoding{Encoder: SQ7}, 1},
		{"3.8", 384, Encoding{Encoder: OSQ}, 2}, {"3.8", 1001, Encoding{Encoder: OSQ}, 2},
	} {
		engine := FAISS
		if test.e.Encoder == SQ7 {
			engine = Lucene
		}
		s := sizeOfTechnique(t, articleSize(t, test.version, test.dimension), Technique{engine, HNSW, OnDisk, test.e})
		if !s.Rescoring.Known || s.Rescoring.Factor != test.want || len(s.Excluded) > 0 {
			t.Errorf("%s, %d dimensions, %s: %+v, want %v", test.version, test.dimension, test.e, s.Rescoring, test.want)
		}
	}
}

// TestArticleError04InMemory: 16x and 8x are there in memory, too.
func TestArticleError04InMemory(t *testing.T) {
	for _, version := range []string{"2.17", "3.8"} {
		for bits, level := range map[int]string{2: "16x", 4: "8x"} {
			s := sizeOfTechnique(t, articleSize(t, version, 384), Technique{FAISS, HNSW, InMemory, Encoding{Encoder: Binary, Bits: bits}})
			if len(s.Excluded) > 0 || s.Resolved.Mode != InMemory || s.Resolved.CompressionLevel != level || len(s.Create) != 1 {
				t.Errorf("%s, %d bits: excluded %q, resolved %+v", version, bits, s.Excluded, s.Resolved)
			}
		}
	}
}

// TestArticleError05Byte: 4x is Lucene's 7 bits and not bytes, which whoever writes has to
// make before, and which are never on disk.
func TestArticleError05Byte(t *testing.T) {
	r := articleSize(t, "3.8", 384)
	sq7 := sizeOfTechnique(t, r, Technique{Lucene, HNSW, OnDisk, Encoding{Encoder: SQ7}})
	if sq7.Resolved.Engine != Lucene || sq7.Resolved.CompressionLevel != "4x" || len(sq7.Excluded) > 0 {
		t.Errorf("4x is %+v", sq7.Resolved)
	}
	bytes := sizeOfTechnique(t, r, Technique{FAISS, HNSW, InMemory, Encoding{Encoder: Byte}})
	if bytes.Resolved.CompressionLevel == "4x" || !strings.Contains(strings.Join(bytes.Preconditions, ";"), "quantized before, to whole numbers of -128 to 127") {
		t.Errorf("bytes are %+v, with the preconditions %q", bytes.Resolved, bytes.Preconditions)
	}
	for _, s := range r.Techniques {
		if s.Resolved.CompressionLevel == "4x" && (s.Technique.Engine != Lucene || s.Technique.Encoding.Encoder != SQ7) {
			t.Errorf("4x is %s", s.Name)
		}
		if s.Technique.Encoding.Encoder == Byte && s.Technique.Mode == OnDisk && len(s.Excluded) == 0 {
			t.Errorf("%s can be had", s.Name)
		}
	}
}

// TestArticleError08Bits: fp16 without bits is refused from 3.6 on, and with them before.
func TestArticleError08Bits(t *testing.T) {
	for version, want := range map[string]bool{"2.17": false, "2.19": false, "3.5": false, "3.6": true, "3.8": true} {
		s := sizeOfTechnique(t, articleSize(t, version, 384), Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP16}})
		var body map[string]any
		if err := json.Unmarshal(s.Create[0].Body, &body); err != nil {
			t.Fatal(err)
		}
		field := sizePath(body, "mappings", "properties", "my_vector", "method", "parameters", "encoder")
		if bits, has := sizePath(field, "parameters")["bits"]; field["name"] != "sq" || has != want || has && bits != 16.0 {
			t.Errorf("%s: %v", version, field)
		}
	}
}

// sizePath goes down an object.
func sizePath(object map[string]any, path ...string) map[string]any {
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

// TestArticleError09Engine: the engine of a field that names none is NMSLIB in 2.17.
func TestArticleError09Engine(t *testing.T) {
	for version, want := range map[string]Engine{"2.17": NMSLIB, "2.18": FAISS, "2.19.1": FAISS, "3.8": FAISS, Serverless: ""} {
		r := articleSize(t, version, 384)
		if r.DefaultEngine != want {
			t.Errorf("%s: %q, want %q", version, r.DefaultEngine, want)
		}
		for _, s := range r.Techniques {
			last := len(s.Create) - 1
			if version != Serverless && last == 0 && !strings.Contains(string(s.Create[0].Body), fmt.Sprintf(`"engine":%q`, s.Technique.Engine)) {
				t.Errorf("%s, %s: the body names no engine: %s", version, s.Name, s.Create[0].Body)
			}
		}
	}
}

// TestArticleError10OSQ: 32x is sq with 1 bit from 3.6 on, rescored 2 times, and no
// longer binary.
func TestArticleError10OSQ(t *testing.T) {
	osq := Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: OSQ}}
	for version, want := range map[string]bool{"2.17": false, "3.5": false, "3.6": true, "3.8": true} {
		r := articleSize(t, version, 384)
		s := sizeOfTechnique(t, r, osq)
		if had := len(s.Excluded) == 0; had != want || had && (s.Rescoring.Factor != 2 || s.Resolved.CompressionLevel != "32x") {
			t.Errorf("%s: excluded %q, %+v, %+v", version, s.Excluded, s.Rescoring, s.Resolved)
		}
		binary := sizeOfTechnique(t, r, Technique{FAISS, HNSW, OnDisk, Encoding{Encoder: Binary, Bits: 1}})
		if told := slices.ContainsFunc(binary.Resolved.Notes, func(s string) bool { return strings.Contains(s, "compression_level 32x alone would be sq") }); told != want {
			t.Errorf("%s: %q", version, binary.Resolved.Notes)
		}
	}
}

// TestArticleError11Training: 256 documents are the least that PQ is trained with; 1,000
// times as many are advised.
func TestArticleError11Training(t *testing.T) {
	r := articleSize(t, "3.8", 384)
	s := sizeOfTechnique(t, r, Technique{FAISS, HNSW, InMemory, Encoding{Encoder: PQ, SubVectors: 48, CodeSize: 8}})
	if got := strings.Join(s.Preconditions, ";"); !strings.Contains(got, "at least 256 vectors") || !strings.Contains(got, "256000 or more are advised") {
		t.Errorf("preconditions: %q", got)
	}
	if len(s.Create) != 4 || !strings.HasSuffix(s.Create[1].Path, "/_train") {
		t.Errorf("steps: %v", s.Create)
	}
}
