package vector

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// resolveOptions are complete options.
func resolveOptions(t *testing.T, o SizeVectorIndexOptions) SizeVectorIndexOptions {
	t.Helper()
	if o.Vectors == 0 {
		o.Vectors = 1_000_000
	}
	if o.Dimension == 0 {
		o.Dimension = 384
	}
	if err := o.complete(); err != nil {
		t.Fatal(err)
	}
	return o
}

// resolveOne returns the candidate of a technique.
func resolveOne(t *testing.T, o SizeVectorIndexOptions, technique Technique) candidate {
	t.Helper()
	for _, c := range candidates(o) {
		if c.Technique == technique {
			return c
		}
	}
	t.Fatalf("%s is no candidate", technique)
	return candidate{}
}

func TestCandidatesExcluded(t *testing.T) {
	binary, osq := Encoding{Encoder: Binary, Bits: 1}, Encoding{Encoder: OSQ}
	adc, rotated := Encoding{Encoder: Binary, Bits: 1, ADC: true}, Encoding{Encoder: Binary, Bits: 4, RandomRotation: true}
	fp32, fp16, bytes, sq7 := Encoding{Encoder: FP32}, Encoding{Encoder: FP16}, Encoding{Encoder: Byte}, Encoding{Encoder: SQ7}
	pq := Encoding{Encoder: PQ, SubVectors: 48, CodeSize: 8}
	for _, test := range []struct {
		technique Technique
		space     Space
		yes, no   string // versions that have it, and have it not
		want      string
	}{
		{Technique{FAISS, HNSW, InMemory, fp32}, L2, "2.17 2.19 3.8 serverless", "", ""},
		{Technique{FAISS, HNSW, InMemory, fp32}, Cosine, "2.19 3.0 3.8 serverless", "2.17 2.18", "2.19"},
		{Technique{FAISS, HNSW, InMemory, fp16}, InnerProduct, "2.17 3.8 serverless", "", ""},
		{Technique{FAISS, HNSW, InMemory, bytes}, L2, "2.17 3.8", "serverless", "not document"},
		{Technique{FAISS, HNSW, InMemory, bytes}, Cosine, "", "2.17 2.19 3.6 3.8", "FAISS has cosinesimil"},
		{Technique{Lucene, HNSW, InMemory, bytes}, Cosine, "2.17 3.8", "serverless", "Lucene"},
		{Technique{FAISS, HNSW, OnDisk, bytes}, L2, "", "2.17 3.8 serverless", ""},
		{Technique{FAISS, HNSW, OnDisk, fp32}, L2, "3.1 3.8", "2.17 2.19 3.0", "3.1"},
		{Technique{FAISS, IVF, OnDisk, fp32}, L2, "", "3.0 3.1 3.8", "HNSW only"},
		{Technique{Lucene, HNSW, OnDisk, fp32}, L2, "", "2.17 3.1 3.8", "1x"},
		{Technique{Lucene, HNSW, InMemory, sq7}, Cosine, "2.17 3.8", "serverless", "Lucene"},
		{Technique{Lucene, HNSW, OnDisk, sq7}, L2, "2.17 3.8", "serverless", "Lucene"},
		{Technique{Lucene, HNSW, InMemory, osq}, L2, "3.6 3.8", "2.17 3.5", "3.6"},
		{Technique{Lucene, Flat, OnDisk, osq}, Cosine, "3.6 3.8", "2.17 3.5 serverless", ""},
		{Technique{FAISS, HNSW, OnDisk, osq}, L2, "3.6 3.8", "2.17 3.5 serverless", ""},
		{Technique{FAISS, IVF, OnDisk, osq}, L2, "", "3.5 3.6 3.8", "HNSW"},
		{Technique{FAISS, HNSW, OnDisk, binary}, L2, "2.17 3.6 3.8 serverless", "", ""},
		{Technique{FAISS, HNSW, InMemory, binary}, L2, "2.17 3.6 3.8", "serverless", "memory"},
		{Technique{FAISS, IVF, InMemory, binary}, L2, "2.17 3.6 3.8", "serverless", "IVF"},
		{Technique{FAISS, HNSW, OnDisk, adc}, L2, "3.2 3.8", "2.17 3.1 serverless", "ADC"},
		{Technique{FAISS, HNSW, InMemory, rotated}, InnerProduct, "3.2 3.8", "2.17 3.1 serverless", "rotation"},
		{Technique{FAISS, HNSW, InMemory, pq}, L2, "2.17 3.8", "serverless", "training"},
		{Technique{FAISS, HNSW, InMemory, pq}, InnerProduct, "", "2.17 3.8", "innerproduct"},
		{Technique{FAISS, HNSW, InMemory, pq}, Cosine, "", "2.17 3.8", "innerproduct"},
		{Technique{FAISS, IVF, InMemory, pq}, InnerProduct, "2.17 3.8", "serverless", "IVF"},
		{Technique{NMSLIB, HNSW, InMemory, fp32}, Cosine, "2.17 2.19", "3.0 3.8 serverless", ""},
	} {
		for _, version := range strings.Fields(test.yes + " " + test.no) {
			o := resolveOptions(t, SizeVectorIndexOptions{Version: version, Space: test.space})
			got := strings.Join(resolveOne(t, o, test.technique).Excluded, "; ")
			if has := slices.Contains(strings.Fields(test.yes), version); has != (got == "") || !has && !strings.Contains(got, test.want) {
				t.Errorf("%s, %s, %s: excluded %q", version, test.space, test.technique, got)
			}
		}
	}
}

// Numbers of vectors and dimensions that do not fit.
func TestCandidatesWithoutTraining(t *testing.T) {
	pq := Encoding{Encoder: PQ, SubVectors: 4, CodeSize: 8}
	for vectors, want := range map[int64]string{255: "at least 256", 256: ""} {
		o := resolveOptions(t, SizeVectorIndexOptions{Version: "3.6", Vectors: vectors, Dimension: 12, SubVectors: []int{4}, M: 12})
		if got := strings.Join(resolveOne(t, o, Technique{FAISS, HNSW, InMemory, pq}).Excluded, ";"); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%d vectors: excluded %q", vectors, got)
		}
	}
	o := resolveOptions(t, SizeVectorIndexOptions{Version: "3.6", Vectors: 3, Dimension: 12})
	if c := resolveOne(t, o, Technique{FAISS, IVF, InMemory, Encoding{Encoder: FP32}}); !strings.Contains(strings.Join(c.Excluded, ";"), "4 lists") {
		t.Errorf("4 lists of 3 vectors: excluded %q", c.Excluded)
	}
	for m, want := range map[int]string{5: "cannot be divided", 0: "1 to 1,023", 1024: "1 to 1,023"} {
		e := Encoding{Encoder: PQ, SubVectors: m, CodeSize: 8}
		got := excluded(o, release{3, 6}, Technique{FAISS, HNSW, InMemory, e})
		if !strings.Contains(strings.Join(got, ";"), want) {
			t.Errorf("%d sub-vectors: excluded %q", m, got)
		}
	}
}

// With PQ, the plugin has the M of HNSW divide the dimension, unless it is not given.
func TestCandidatesHNSWPQ(t *testing.T) {
	technique := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: PQ, SubVectors: 7, CodeSize: 8}}
	for _, test := range []struct {
		version string
		m       int
		has     bool
		body    string
	}{
		{"2.19", 8, false, ""}, {"2.19", 16, false, ""}, {"2.19", 7, true, `"m":7}`}, {"3.1", 16, false, ""}, {"3.2", 8, false, ""}, {"3.8", 16, true, `"parameters":{"code_size":8,"m":7}}},"space_type"`}, {"3.8", 11, true, `"m":11}`},
	} {
		o := resolveOptions(t, SizeVectorIndexOptions{Version: test.version, Dimension: 1001, SubVectors: []int{7}, M: test.m})
		c := resolveOne(t, o, technique)
		if has := len(c.Excluded) == 0; has != test.has {
			t.Errorf("%s, M %d: excluded %q", test.version, test.m, c.Excluded)
			continue
		}
		if create, _, _ := bodies(o, c); !strings.Contains(string(create[1].Body), test.body) {
			t.Errorf("%s, M %d: %s", test.version, test.m, create[1].Body)
		}
	}
}

func TestCandidatesPreconditions(t *testing.T) {
	o := resolveOptions(t, SizeVectorIndexOptions{Version: "3.6", Vectors: 100_000, Dimension: 12, Space: Cosine, SubVectors: []int{4}})
	for technique, want := range map[Technique][]string{
		{FAISS, HNSW, InMemory, Encoding{Encoder: FP16}}:                                  {"zero", "65504", "without SIMD"},
		{Lucene, HNSW, InMemory, Encoding{Encoder: Byte}}:                                 {"zero", "ByteEncoder"},
		{FAISS, IVF, InMemory, Encoding{Encoder: FP32}}:                                   {"zero", "SIMD", "at least 4 vectors in an index for that; 4000"},
		{FAISS, IVF, InMemory, Encoding{Encoder: PQ, SubVectors: 4, CodeSize: 8}}:         {"zero", "SIMD", "at least 256 vectors in an index for that; 256000", "fewer than are advised"},
		{Lucene, Flat, OnDisk, Encoding{Encoder: OSQ}}:                                    {"zero", "all codes"},
		{Lucene, HNSW, OnDisk, Encoding{Encoder: SQ7}}:                                    {"zero"},
		{FAISS, HNSW, InMemory, Encoding{Encoder: Binary, Bits: 2, RandomRotation: true}}: {"zero", "matrix", "SIMD"},
	} {
		got := resolveOne(t, o, technique).Preconditions
		if len(got) != len(want) {
			t.Errorf("%s: got %q", technique, got)
			continue
		}
		for i := range want {
			if !strings.Contains(got[i], want[i]) {
				t.Errorf("%s: %q does not say %q", technique, got[i], want[i])
			}
		}
	}
}

// Every technique is there once, with the same order each time.
func TestCandidatesOnce(t *testing.T) {
	for _, version := range []string{"2.17", "3.8", Serverless} {
		o := resolveOptions(t, SizeVectorIndexOptions{Version: version})
		o.SubVectors = []int{96, 48, 48}
		all := candidates(o)
		seen := map[Technique]bool{}
		for _, c := range all {
			if seen[c.Technique] {
				t.Errorf("%s: %s is there twice", version, c.Technique)
			}
			seen[c.Technique] = true
			if r := c.Resolved; r.Known != (version != Serverless) || r.Known && (r.Engine != c.Technique.Engine || r.Encoding != c.Technique.Encoding) {
				t.Errorf("%s: %s is resolved to %+v", version, c.Technique, r)
			}
		}
		if !reflect.DeepEqual(all, candidates(o)) {
			t.Errorf("%s: candidates differ from one time to the next", version)
		}
	}
	if got := candidates(SizeVectorIndexOptions{Version: "1.0"}); got != nil {
		t.Errorf("of a version that is not known, there are %d candidates", len(got))
	}
}

// What versions have, and the requests for it.
func TestCandidatesGolden(t *testing.T) {
	for _, version := range []string{"2.17", "2.19", "3.1", "3.6", "3.8", Serverless} {
		o := resolveOptions(t, SizeVectorIndexOptions{Version: version, Shards: 3, Replicas: 1, SubVectors: []int{48}})
		var text strings.Builder
		for _, c := range candidates(o) {
			writeCandidate(&text, o, c)
		}
		golden.Equal(t, "testdata/candidates-"+version+".txt", text.String())
	}
}

func writeCandidate(text *strings.Builder, o SizeVectorIndexOptions, c candidate) {
	fmt.Fprintf(text, "%s\n", c.Technique)
	for _, reason := range c.Excluded {
		fmt.Fprintf(text, "  not: %s\n", reason)
	}
	if len(c.Excluded) > 0 {
		return
	}
	fmt.Fprintf(text, "  level %q, known %v, rescoring %v, known %v\n", c.Resolved.CompressionLevel, c.Resolved.Known, c.Rescoring.Factor, c.Rescoring.Known)
	for _, line := range c.Preconditions {
		fmt.Fprintf(text, "  needs: %s\n", line)
	}
	for _, line := range c.Resolved.Notes {
		fmt.Fprintf(text, "  note: %s\n", line)
	}
	if !goldenBodies(c.Technique) {
		return
	}
	create, search, ingest := bodies(o, c)
	for _, step := range create {
		fmt.Fprintf(text, "  %s %s %s %s\n", step.Method, step.Path, step.Body, step.Note)
	}
	fmt.Fprintf(text, "  search %s\n  before %s\n  after %s\n", search, ingest.Before, ingest.After)
	for _, note := range ingest.Notes {
		fmt.Fprintf(text, "  then: %s\n", note)
	}
}

// goldenBodies are techniques whose requests are shown: the others differ by a number.
func goldenBodies(t Technique) bool {
	e := t.Encoding
	switch {
	case e.RandomRotation != e.ADC, e.Bits == 2, e.Bits == 4 && t.Mode == InMemory:
		return false
	case t.Method == IVF:
		return e.Encoder == PQ && t.Mode == OnDisk || e.Encoder == Byte
	case e.Encoder == OSQ || e.Encoder == Binary || e.Encoder == FP32:
		return true
	}
	return t.Mode == InMemory
}

// Names go into paths and JSON as what they are.
func TestBodiesHostileNames(t *testing.T) {
	o := resolveOptions(t, SizeVectorIndexOptions{Version: "3.6"})
	o.Index, o.Field = `a/../b?x=1#"%2e`, "f\"}},\"x\":{\n\u2028<"
	for _, c := range candidates(o) {
		create, search, _ := bodies(o, c)
		for _, step := range create {
			if !json.Valid(step.Body) && step.Body != nil {
				t.Errorf("%s: %s is no JSON", c.Technique, step.Body)
			}
			found, err := url.Parse(step.Path)
			if err != nil || found.Fragment != "" || strings.ContainsAny(strings.TrimSuffix(step.Path, "?filter_path=state,error"), `?#"`) || strings.Contains(step.Path, "..") && strings.Contains(step.Path, "a/") {
				t.Errorf("%s: path %s: %v", c.Technique, step.Path, err)
			}
		}
		var body struct{ Query struct{ KNN map[string]any } }
		if err := json.Unmarshal(search, &body); err != nil || len(body.Query.KNN) != 1 || body.Query.KNN[o.Field] == nil {
			t.Errorf("%s: %s: %v", c.Technique, search, err)
		}
	}
}

// A search asks for the factor that the candidate has, as far as the engine can.
func TestBodiesRescore(t *testing.T) {
	sq7 := Technique{Lucene, HNSW, InMemory, Encoding{Encoder: SQ7}}
	fp16 := Technique{FAISS, HNSW, InMemory, Encoding{Encoder: FP16}}
	for _, test := range []struct {
		version   string
		technique Technique
		factor    float64
		want      bool
	}{
		{"3.0", sq7, 4, false}, {"3.1", sq7, 4, true}, {"2.17", fp16, 1.5, true}, {"2.17", fp16, 0, false},
		{"3.8", Technique{FAISS, HNSW, InMemory, Encoding{Encoder: Byte}}, 3, false},
		{"2.19", Technique{NMSLIB, HNSW, InMemory, Encoding{Encoder: FP32}}, 3, false},
		{Serverless, fp16, 3, false},
	} {
		o := resolveOptions(t, SizeVectorIndexOptions{Version: test.version, K: 10})
		c := resolveOne(t, o, test.technique)
		c.Rescoring = Rescoring{Known: true, Factor: test.factor}
		_, search, _ := bodies(o, c)
		if got := strings.Contains(string(search), fmt.Sprintf(`"rescore":{"oversample_factor":%v}`, test.factor)); got != test.want {
			t.Errorf("%s, %s: %s", test.version, test.technique, search)
		}
	}
}
