package vector

import (
	"encoding/json"
	"fmt"
	"net/url"
)

// An object is one of JSON, whose keys are written in their order.
type object = map[string]any

// bodies returns the requests that make the index of a candidate, a search, and the
// settings while it is loaded. The bodies say what defaults of other versions would say
// differently. A search with Rescoring.Factor asks for it, if the engine can.
func bodies(o SizeVectorIndexOptions, c candidate) (create []Step, search json.RawMessage, ingest Ingest) {
	r, err := parseVersion(o.Version)
	if err != nil {
		return nil, nil, Ingest{}
	}
	if !r.known() {
		return []Step{serverlessStep(o, c.Technique)}, searchBody(o, r, c), Ingest{Notes: []string{
			"Serverless sets refreshing and replicas itself",
		}}
	}
	if needsTraining(c.Technique) {
		create = trainingSteps(o, c.Technique)
	}
	create = append(create, indexStep(o, r, c.Technique))
	return create, searchBody(o, r, c), ingestOf(o, r, c.Technique)
}

func needsTraining(t Technique) bool { return t.Method == IVF || t.Encoding.Encoder == PQ }

// indexStep returns the request that makes the index.
func indexStep(o SizeVectorIndexOptions, r release, t Technique) Step {
	settings := object{"knn": true, "number_of_shards": o.Shards, "number_of_replicas": o.Replicas}
	if t.Method == HNSW {
		settings["knn.algo_param.ef_search"] = efSearch
	}
	field := methodField(o, r, t)
	note := ""
	if needsTraining(t) {
		field = object{"type": "knn_vector", "model_id": modelID(o)}
		note = "once the model is created"
	}
	return Step{Method: "PUT", Path: "/" + url.PathEscape(o.Index), Note: note, Body: encode(object{
		"settings": object{"index": settings},
		"mappings": object{"properties": object{o.Field: field}},
	})}
}

// efSearch is how many candidates a search of HNSW keeps; the default of 2.17 to 3.8.
const efSearch = 100

// methodField returns the mapping of a field that needs no model.
func methodField(o SizeVectorIndexOptions, r release, t Technique) object {
	field := object{"type": "knn_vector", "dimension": o.Dimension, "method": methodOfBody(o, r, t)}
	if t.Encoding.Encoder == Byte {
		field["data_type"] = "byte"
		return field
	}
	if t.Engine == NMSLIB || t.Method == Flat { // the first knows no mode, the second takes none
		return field
	}
	field["mode"] = t.Mode
	if t.Mode == OnDisk && t.Encoding.Encoder == FP32 {
		field["compression_level"] = "1x" // without, it would be 32x
	}
	return field
}

// methodOfBody returns the method with its parameters.
func methodOfBody(o SizeVectorIndexOptions, r release, t Technique) object {
	method := object{"name": t.Method, "engine": t.Engine, "space_type": o.Space}
	if t.Method == Flat { // which takes no parameters: it has codes of 1 bit
		return method
	}
	parameters := object{"m": o.M, "ef_construction": o.EFConstruction}
	if t.Method == IVF {
		parameters = object{"nlist": o.NLists, "nprobes": o.NProbes}
	}
	if leavesM(o, r, t) {
		delete(parameters, "m")
	}
	if encoder := encoderOfBody(r, t); encoder != nil {
		parameters["encoder"] = encoder
	}
	method["parameters"] = parameters
	return method
}

// encoderOfBody returns the encoder; nil if there is none.
func encoderOfBody(r release, t Technique) object {
	e := t.Encoding
	encoder := func(name string, parameters object) object {
		return object{"name": name, "parameters": parameters}
	}
	switch e.Encoder {
	case FP16:
		parameters := object{"type": "fp16", "clip": false}
		if r.from(3, 6) { // which refuses sq without bits, and those before refuse them
			parameters["bits"] = 16
		}
		return encoder("sq", parameters)
	case SQ7:
		return encoder("sq", object{"bits": 7})
	case OSQ:
		return encoder("sq", object{"bits": 1})
	case PQ:
		return encoder("pq", object{"m": e.SubVectors, "code_size": e.CodeSize})
	case Binary:
		parameters := object{"bits": e.Bits}
		if r.from(3, 2) {
			parameters["enable_adc"], parameters["random_rotation"] = e.ADC, e.RandomRotation
		}
		return encoder("binary", parameters)
	}
	if t.Engine == FAISS {
		return encoder("flat", object{})
	}
	return nil
}

// serverlessStep returns the request that makes an index of Serverless.
//
// Source: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-vector-search.html
func serverlessStep(o SizeVectorIndexOptions, t Technique) Step {
	field := object{
		"type": "knn_vector", "dimension": o.Dimension, "space_type": o.Space,
		"compression_level": fmt.Sprintf("%dx", compression(t.Encoding, o.Dimension)),
		"method": object{"name": t.Method, "engine": t.Engine, "parameters": object{
			"m": o.M, "ef_construction": o.EFConstruction,
		}},
	}
	if t.Mode == OnDisk {
		field["mode"] = t.Mode
	}
	return Step{
		Method: "PUT", Path: "/" + url.PathEscape(o.Index), Note: "as AWS documents it; not tried",
		Body: encode(object{
			"settings": object{"index": object{"knn": true}},
			"mappings": object{"properties": object{o.Field: field}},
		}),
	}
}

// encode writes JSON. What this package puts into it can always be written.
func encode(value any) json.RawMessage {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}
