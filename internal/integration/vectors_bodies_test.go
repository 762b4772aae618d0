package integration_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// bodiesVersions are what the servers are to SizeVectorIndex.
var bodiesVersions = map[string]string{"2knn": "2.19", "3knn": "3.6"}

// Every body for a technique that a version has is accepted by that version, for all
// spaces: one by one for some, and for others as fields of one index.
func TestVectorBodiesAreAccepted(t *testing.T) {
	for _, version := range openSearchKNNVersions {
		server := sharedOpenSearch(t, version)
		for _, space := range []vector.Space{vector.L2, vector.InnerProduct, vector.Cosine} {
			for _, dimension := range []int{8, 384, 1001} {
				if dimension == 1001 && space != vector.L2 {
					continue
				}
				t.Run(fmt.Sprintf("%s %s %d", version, space, dimension), func(t *testing.T) {
					fields := map[string]json.RawMessage{}
					single := space == vector.L2 && dimension == 8 && version == "3knn"
					for _, technique := range admissibleBodies(t, version, space, dimension) {
						if steps := technique.Create; len(steps) > 1 {
							server.acceptsTraining(t, technique)
						} else if single {
							server.acceptsIndex(t, technique.Name, steps[0])
						} else {
							fields[technique.Name] = fieldOfBody(t, steps[0])
						}
					}
					if len(fields) > 0 {
						body, _ := json.Marshal(map[string]any{
							"settings": map[string]any{"index.knn": true},
							"mappings": map[string]any{"properties": plainNames(fields)},
						})
						server.acceptsIndex(t, "all", vector.Step{Method: "PUT", Path: "/" + uniqueName(t), Body: body})
					}
				})
			}
		}
	}
}

// admissibleBodies returns the techniques that a server has.
func admissibleBodies(t *testing.T, version string, space vector.Space, dimension int) []vector.TechniqueSize {
	t.Helper()
	m := 8
	if dimension%m != 0 {
		m = 0
	}
	result, err := vector.SizeVectorIndex(vector.SizeVectorIndexOptions{
		Vectors: 1_000_000, Dimension: dimension, Space: space, Version: bodiesVersions[version],
		Index: uniqueName(t), Field: bodiesField, EFConstruction: 50, M: m, K: 5,
	})
	if err != nil {
		t.Fatal(err)
	}
	admissible := slices.DeleteFunc(result.Techniques, func(t vector.TechniqueSize) bool { return len(t.Excluded) > 0 })
	if len(admissible) < 20 {
		t.Errorf("only %d techniques are left", len(admissible))
	}
	return admissible
}

const bodiesField = `vec'%{ör`

// plainNames numbers fields, since names of techniques have spaces.
func plainNames(fields map[string]json.RawMessage) map[string]json.RawMessage {
	numbered := map[string]json.RawMessage{}
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		numbered[fmt.Sprintf("f%d", i)] = fields[name]
	}
	return numbered
}

// fieldOfBody returns the mapping of the one field that a body has.
func fieldOfBody(t *testing.T, step vector.Step) json.RawMessage {
	t.Helper()
	var body struct {
		Mappings struct{ Properties map[string]json.RawMessage }
	}
	if err := json.Unmarshal(step.Body, &body); err != nil {
		t.Fatal(err)
	}
	return body.Mappings.Properties[bodiesField]
}

// acceptsIndex makes an index, which must have the mapping that was sent, and removes it.
func (s *openSearchServer) acceptsIndex(t *testing.T, name string, step vector.Step) {
	t.Helper()
	if status, answer := s.call(t, step.Method, step.Path, step.Body); status != http.StatusOK {
		t.Errorf("%s: %s\n%s", name, step.Body, answer)
		return
	}
	var sent struct{ Mappings any }
	var kept map[string]struct{ Mappings any }
	_, answer := s.call(t, http.MethodGet, step.Path+"/_mapping", nil)
	answer = strings.ReplaceAll(answer, `"BYTE"`, `"byte"`)
	if err := errors.Join(json.Unmarshal(step.Body, &sent), json.Unmarshal([]byte(answer), &kept)); err != nil {
		t.Fatal(err)
	}
	for _, index := range kept {
		if !reflect.DeepEqual(withoutEmpty(sent.Mappings), withoutEmpty(index.Mappings)) {
			t.Errorf("%s: sent\n%v\nkept\n%v", name, sent.Mappings, index.Mappings)
		}
	}
	s.call(t, http.MethodDelete, step.Path, nil)
}

// withoutEmpty removes objects that are empty from an object, such as parameters that the
// engine adds.
func withoutEmpty(value any) any {
	object, is := value.(map[string]any)
	if !is {
		return value
	}
	for key, value := range object {
		if inner, is := withoutEmpty(value).(map[string]any); is && len(inner) == 0 {
			delete(object, key)
		}
	}
	return object
}

// acceptsTraining sends the requests for a model, but trains none, which needs native
// libraries: a node that does not exist is to do it, and that must be the only thing that
// is wrong.
func (s *openSearchServer) acceptsTraining(t *testing.T, technique vector.TechniqueSize) {
	t.Helper()
	data, train := technique.Create[0], technique.Create[1]
	if technique.Technique.Encoding.Encoder == vector.Byte { // the others have fields of float
		s.call(t, http.MethodDelete, data.Path, nil)
		defer s.call(t, http.MethodDelete, data.Path, nil)
	}
	status, answer := s.call(t, data.Method, data.Path, data.Body)
	if status != http.StatusOK && !strings.Contains(answer, "resource_already_exists") {
		t.Errorf("%s: %s", technique.Name, answer)
	}
	_, answer = s.call(t, train.Method, train.Path+"?preference=nobody", train.Body)
	if want := `"reason":"Validation Failed: 1: Preferred node \"nobody\" does not exist;"`; !strings.Contains(answer, want) {
		t.Errorf("%s: %s\n%s", technique.Name, train.Body, answer)
	}
}

// What this package excludes is refused.
func TestVectorBodiesAreRefused(t *testing.T) {
	faiss := func(method, more string) string {
		return `{"dimension":8,` + more + `"method":{"engine":"faiss","space_type":"l2",` + method + `}}`
	}
	tests := map[string]struct{ version, field, want string }{
		"fp16 without bits":   {"3knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"sq","parameters":{"type":"fp16"}}}`, ""), "[bits] is required"},
		"sq7 without bits":    {"3knn", `{"dimension":8,"method":{"name":"hnsw","engine":"lucene","parameters":{"encoder":{"name":"sq"}}}}`, "[bits] is required"},
		"fp16 with bits":      {"2knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"sq","parameters":{"type":"fp16","bits":16}}}`, ""), "parameter validation failed"},
		"Lucene 1x on disk 3": {"3knn", `{"dimension":8,"mode":"on_disk","compression_level":"1x","method":{"name":"hnsw","engine":"lucene"}}`, "x1"},
		"FAISS 1x on disk":    {"2knn", `{"dimension":8,"mode":"on_disk","compression_level":"1x","method":{"name":"hnsw","engine":"faiss"}}`, "x1"},
		"FAISS 4x":            {"3knn", faiss(`"name":"hnsw"`, `"compression_level":"4x",`), "does not support"},
		"FAISS 4x 2":          {"2knn", faiss(`"name":"hnsw"`, `"compression_level":"4x",`), "does not support"},
		"flat":                {"2knn", `{"dimension":8,"method":{"name":"flat","engine":"lucene"}}`, "Invalid method name"},
		"flat with mode":      {"3knn", `{"dimension":8,"mode":"on_disk","method":{"name":"flat","engine":"lucene"}}`, "not supported"},
		"Lucene 32x":          {"2knn", `{"dimension":8,"compression_level":"32x","method":{"name":"hnsw","engine":"lucene"}}`, "does not support"},
		"sq 1 bit":            {"2knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"sq","parameters":{"bits":1}}}`, ""), "parameter validation failed"},
		"ADC with 2 bits":     {"3knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"binary","parameters":{"bits":2,"enable_adc":true}}}`, ""), "ADC is not supported for bit count: 2"},
		"ADC":                 {"2knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"binary","parameters":{"bits":1,"enable_adc":true}}}`, ""), "parameter validation failed"},
		"NMSLIB":              {"3knn", `{"dimension":8,"method":{"name":"hnsw","engine":"nmslib"}}`, "nmslib"},
		"byte on disk":        {"3knn", `{"dimension":8,"data_type":"byte","mode":"on_disk"}`, "non-float32"},
		"binary 8 bits":       {"3knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"binary","parameters":{"bits":8}}}`, ""), "parameter validation failed"},
		"IVF without a model": {"3knn", faiss(`"name":"ivf"`, ""), "requires training"},
		"PQ without a model":  {"3knn", faiss(`"name":"hnsw","parameters":{"encoder":{"name":"pq","parameters":{"m":2,"code_size":8}}}`, ""), "requires training"},
		"dimension":           {"3knn", `{"dimension":16001,"method":{"name":"hnsw","engine":"lucene"}}`, "16000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := sharedOpenSearch(t, test.version)
			var field map[string]any
			if err := json.Unmarshal([]byte(test.field), &field); err != nil {
				t.Fatal(err)
			}
			field["type"] = "knn_vector"
			status, answer := server.call(t, http.MethodPut, "/"+uniqueName(t), map[string]any{
				"settings": map[string]any{"index.knn": true},
				"mappings": map[string]any{"properties": map[string]any{"v": field}},
			})
			if status != http.StatusBadRequest || !strings.Contains(answer, test.want) {
				t.Errorf("status %d: %s", status, answer)
			}
		})
	}
}

// The search bodies find what is nearest, and the settings for loading are accepted, as
// far as Lucene goes.
func TestVectorBodiesSearch(t *testing.T) {
	const dimension, count = 64, 500
	random := rand.New(rand.NewPCG(3, 4))
	vectors := make([][]float32, count)
	for i := range vectors {
		vectors[i] = randomBodyVector(random, dimension)
	}
	query := randomBodyVector(random, dimension)
	for _, version := range openSearchKNNVersions {
		server := sharedOpenSearch(t, version)
		for _, technique := range admissibleBodies(t, version, vector.L2, dimension) {
			if technique.Technique.Engine != vector.Lucene || technique.Technique.Encoding.Encoder == vector.Byte {
				continue
			}
			t.Run(version+" "+technique.Name, func(t *testing.T) {
				step := technique.Create[0]
				if status, answer := server.call(t, step.Method, step.Path, step.Body); status != http.StatusOK {
					t.Fatal(answer)
				}
				defer server.call(t, http.MethodDelete, step.Path, nil)
				server.putSettings(t, step.Path, technique.Ingest.Before)
				server.loadVectors(t, step.Path[1:], bodiesField, vectors)
				server.putSettings(t, step.Path, technique.Ingest.After)
				encoded, _ := json.Marshal(query)
				search := strings.Replace(string(technique.Search), `"64 numbers"`, string(encoded), 1)
				found := server.searchIDs(t, step.Path[1:], json.RawMessage(search))
				if common := commonIDs(found, nearestBodyVectors(vectors, query)[:5]); common < 4 {
					t.Errorf("%s: found %v, nearest are %v", search, found, nearestBodyVectors(vectors, query)[:5])
				}
			})
		}
	}
}

func (s *openSearchServer) putSettings(t *testing.T, index string, settings json.RawMessage) {
	t.Helper()
	if status, answer := s.call(t, http.MethodPut, index+"/_settings", settings); status != http.StatusOK {
		t.Errorf("%s: %s", settings, answer)
	}
}
