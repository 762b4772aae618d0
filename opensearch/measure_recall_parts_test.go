package opensearch

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// TestRecallTechnique checks what mappings come to, as facts of versions have it.
func TestRecallTechnique(t *testing.T) {
	const lucene, faiss = `"method":{"name":"hnsw","engine":"lucene"%s}`, `"method":{"name":"hnsw","engine":"faiss"%s}`
	sq := func(bits string) string { return `,"parameters":{"encoder":{"name":"sq","parameters":{` + bits + `}}}` }
	tests := []struct {
		mapping, created string
		want             string // engine method mode encoder bits; empty if it is not known
	}{
		{``, "2.17.0", "nmslib hnsw in_memory fp32"},
		{``, "2.18.0", "faiss hnsw in_memory fp32"},
		{``, "3.6.0", "faiss hnsw in_memory fp32"},
		{``, "", ""},
		{`"mode":"on_disk"`, "2.17.0", "faiss hnsw on_disk binary 1"},
		{`"mode":"on_disk"`, "3.5.0", "faiss hnsw on_disk binary 1"},
		{`"mode":"on_disk"`, "3.6.0", "faiss hnsw on_disk osq"},
		{`"mode":"on_disk"`, "", ""},
		{`"mode":"on_disk","compression_level":"16x"`, "3.6.0", "faiss hnsw on_disk binary 2"},
		{`"compression_level":"8x"`, "", "faiss hnsw in_memory binary 4"},
		{`"compression_level":"4x"`, "", "lucene hnsw in_memory sq7"},
		{`"compression_level":"2x"`, "2.19.0", "faiss hnsw in_memory fp16"},
		{`"compression_level":"1x","mode":"on_disk"`, "3.1.0", "faiss hnsw on_disk fp32"},
		{`"mode":"on_disk",` + fmt.Sprintf(lucene, ""), "3.5.0", "lucene hnsw on_disk sq7"},
		{`"mode":"on_disk",` + fmt.Sprintf(lucene, ""), "3.6.0", "lucene hnsw on_disk osq"},
		{fmt.Sprintf(lucene, sq(`"bits":7`)), "3.6.0", "lucene hnsw in_memory sq7"},
		{fmt.Sprintf(lucene, sq(``)), "2.19.0", "lucene hnsw in_memory sq7"},
		{fmt.Sprintf(lucene, sq(`"bits":1`)), "3.6.0", "lucene hnsw in_memory osq"},
		{fmt.Sprintf(lucene, sq(`"bits":7,"confidence_interval":0.95`)), "3.6.0", ""},
		{fmt.Sprintf(faiss, sq(`"bits":16,"type":"fp16"`)), "3.6.0", "faiss hnsw in_memory fp16"},
		{fmt.Sprintf(faiss, sq(``)), "2.19.0", "faiss hnsw in_memory fp16"},
		{fmt.Sprintf(faiss, sq(`"bits":5`)), "3.6.0", ""},
		{fmt.Sprintf(faiss, `,"parameters":{"encoder":{"name":"binary","parameters":{"bits":2,"random_rotation":true}}}`), "3.6.0", "faiss hnsw in_memory binary 2 rotated"},
		{fmt.Sprintf(faiss, `,"parameters":{"encoder":{"name":"pq","parameters":{"m":16}}}`), "3.6.0", "faiss hnsw in_memory pq 16x8"},
		{fmt.Sprintf(faiss, `,"parameters":{"encoder":{"name":"new"}}`), "3.6.0", ""},
		{`"method":{"name":"flat"}`, "3.6.0", "lucene flat in_memory osq"},
		{`"data_type":"BYTE",` + fmt.Sprintf(lucene, ""), "3.6.0", "lucene hnsw in_memory byte"},
		{`"model_id":"m"`, "3.6.0", ""},
		{`"compression_level":"64x"`, "3.9.0", ""},
	}
	for _, test := range tests {
		var f recallField
		text := strings.TrimSuffix(`{"type":"knn_vector","dimension":4,`+test.mapping, ",") + "}"
		if err := json.Unmarshal([]byte(text), &f.declared); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := f.complete(""); err != nil {
			t.Fatal(err)
		}
		f.created = test.created
		r := f.technique("")
		got := fmt.Sprintf("%s %s %s %s", r.Engine, r.Method, r.Mode, r.Encoding.Encoder)
		if r.Encoding.Bits > 0 {
			got += fmt.Sprint(" ", r.Encoding.Bits)
		}
		if r.Encoding.RandomRotation {
			got += " rotated"
		}
		if r.Encoding.Encoder == vector.PQ {
			got += fmt.Sprintf(" %dx%d", r.Encoding.SubVectors, r.Encoding.CodeSize)
		}
		if r.Known != (test.want != "") || r.Known && got != test.want || !r.Known && len(r.Notes) == 0 {
			t.Errorf("%s of %q: got %s, %+v", test.mapping, test.created, got, r)
		}
	}
}

func TestCreatedVersion(t *testing.T) {
	for setting, want := range map[string]string{"137277827": "3.6.0", "136407927": "2.19.1", "": "", "x": "", "7100299": "", "-1": ""} {
		if got := createdVersion(setting); setting != "-1" && got != want {
			t.Errorf("%s: got %q, want %q", setting, got, want)
		}
	}
}

// TestRecallReach checks that equal distances count, however the script tells them, and
// others do not.
func TestRecallReach(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, space := range []vector.Space{vector.L2, vector.InnerProduct, vector.Cosine} {
		for range 2000 {
			a, b := make([]float32, 16), make([]float32, 16)
			scale := math.Exp(4 * random.NormFloat64())
			for i := range a {
				a[i], b[i] = float32(scale*random.NormFloat64()), float32(scale*random.NormFloat64())
			}
			truth := readTruth{m: &recallMeasurer{field: recallField{space: space}}}
			exact := truth.distance(exactScore(space, a, b))
			score := map[vector.Space]float64{vector.L2: 1 / (1 + exact), vector.Cosine: 2 - exact, vector.InnerProduct: 1 - exact}[space]
			if space == vector.InnerProduct && exact > 0 {
				score = 1 / (1 + exact)
			}
			told := distanceOf(space, float64(float32(score)))
			if told > reach(space, exact) || exact > reach(space, told) {
				t.Fatalf("%s: %v is told as %v, which is not the same", space, exact, told)
			}
			if farther := exact + 2e-5*(1+math.Abs(exact)); farther <= reach(space, exact) {
				t.Fatalf("%s: %v counts as %v", space, farther, exact)
			}
		}
	}
}

// TestRecallSpool writes vectors with ids of any length, and reads them by numbers.
func TestRecallSpool(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s, err := newRecallSpool(t.TempDir(), 3)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	var keys []string
	var values []float32
	for i := range 500 {
		key := strings.Repeat("é", random.IntN(5)) + strings.Repeat("k", random.IntN(300)*random.IntN(2))
		if i < 2 {
			key = ""
		}
		one := []float32{float32(i), random.Float32(), -1}
		keys, values = append(keys, key), append(values, one...)
		if err := s.add(key, one); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.flush(); err != nil {
		t.Fatal(err)
	}
	for i, want := range keys {
		if got, err := s.key(i); err != nil || got != want {
			t.Fatalf("key %d: got %q, %v, want %q", i, got, err, want)
		}
	}
	// All but some, read in runs of any length.
	own := []string{}
	left := map[string]bool{}
	for _, i := range []int{2, 3, 4, 100, 498, 499} {
		own, left[keys[i]] = append(own, keys[i]), true
	}
	var want []float32
	for i, key := range keys {
		if !left[key] {
			want = append(want, values[3*i:3*i+3]...)
		}
	}
	rest, err := newRecallRest(s, recallQueries{own: own})
	if err != nil || rest.Len() != len(want)/3 || rest.Len() == 500 {
		t.Fatalf("%d vectors, %v, want %d", rest.Len(), err, len(want)/3)
	}
	for range 300 {
		from := random.IntN(rest.Len())
		dst := make([]float32, 3*(1+random.IntN(rest.Len()-from)))
		if err := rest.ReadVectors(dst, from); err != nil || !slices.Equal(dst, want[3*from:3*from+len(dst)]) {
			t.Fatalf("%d vectors from %d: %v", len(dst)/3, from, err)
		}
	}
	if err := rest.ReadVectors(make([]float32, 3), rest.Len()); err == nil {
		t.Error("a vector behind the last one is read")
	}
	if err := s.ReadVectors(make([]float32, 3), -1); err == nil {
		t.Error("a vector before the first one is read")
	}
}

func TestRecallOf(t *testing.T) {
	at, least := recallOf(7, []float64{1, 1, 1, 1}, 10)
	if at.Recall != 1 || at.High != 1 || math.Abs(at.Low-0.925) > 1e-9 || least != 1 || at.Vectors != 7 {
		t.Errorf("got %+v, %v", at, least)
	}
	at, least = recallOf(7, []float64{0.5, 1, 0, 1}, 10)
	if at.Recall != 0.625 || at.Low > 0.2 || at.High != 1 || least != 0 {
		t.Errorf("got %+v, %v", at, least)
	}
	if median, p90 := tookOf([]int64{5, 1, 9, 3}); median.Milliseconds() != 3 || p90.Milliseconds() != 9 {
		t.Errorf("got %v, %v", median, p90)
	}
}

func FuzzValueAt(f *testing.F) {
	f.Add([]byte(`{"o":{"p.v":[1,2]}}`), "o.p.v")
	f.Add([]byte(`{"o.p":{"v":null},"o":{"p":{"v":[3,1]}}}`), "o.p.v")
	f.Add([]byte(`{"v":[1e400,1]}`), "v")
	f.Fuzz(func(t *testing.T, source []byte, path string) {
		m := recallMeasurer{field: recallField{path: path, dimension: 2, space: vector.L2}}
		dst := make([]float32, 2)
		if m.vectorOf(recallHit{Source: source}, dst) == nil {
			for _, x := range dst {
				if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
					t.Errorf("%s: got %v", source, dst)
				}
			}
		}
	})
}

// Queries that are drawn are kept in memory, so that there are bounds.
func TestRecallCheckSize(t *testing.T) {
	m := recallMeasurer{opts: MeasureIndexRecallOptions{K: 10, NumQueries: 10_000, MaxDocuments: 1e9}, field: recallField{index: "books", dimension: 16_000, window: 10_000}}
	if err := m.checkSize(1e6); err == nil || !strings.Contains(err.Error(), "set NumQueries to at most 2097") {
		t.Errorf("got %v", err)
	}
	if err := m.checkSize(2_000); err != nil {
		t.Errorf("got %v", err)
	}
	if got := m.page(); got < 128 || got > 10_000 {
		t.Errorf("a page of %d", got)
	}
}
