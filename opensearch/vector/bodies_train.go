package vector

import (
	"fmt"
	"net/url"
)

// modelID is what the model of an index is called.
func modelID(o SizeVectorIndexOptions) string { return o.Index + "-model" }

// trainingSteps returns the requests that train the model of an index: those of an index
// for training data, of the training, and of its state.
//
// Source: https://docs.opensearch.org/latest/vector-search/api/knn/#train-a-model
func trainingSteps(o SizeVectorIndexOptions, t Technique) []Step {
	training := o.Index + trainingSuffix
	field := object{"type": "knn_vector", "dimension": o.Dimension}
	if t.Encoding.Encoder == Byte {
		field["data_type"] = "byte"
	}
	minimum, advised := trainingVectors(o, t)
	model := "/_plugins/_knn/models/" + url.PathEscape(modelID(o))
	return []Step{
		{
			Method: "PUT", Path: "/" + url.PathEscape(training),
			Note: fmt.Sprintf("put vectors into it: at least %d, better %d", minimum, advised),
			Body: encode(object{
				"settings": object{"index": object{"number_of_shards": o.Shards, "number_of_replicas": 0}},
				"mappings": object{"properties": object{o.Field: field}},
			}),
		},
		{
			Method: "POST", Path: model + "/_train",
			Body: encode(trainingBody(o, t, training)),
		},
		{
			Method: "GET", Path: model + "?filter_path=state,error",
			Note: `repeat until state is "created"; if it is "failed", error says why`,
		},
	}
}

// trainingBody returns what is to be trained. A field with a model can have no mode, but
// the model can.
func trainingBody(o SizeVectorIndexOptions, t Technique, training string) object {
	r, _ := parseVersion(o.Version)
	body := object{
		"training_index": training,
		"training_field": o.Field,
		"dimension":      o.Dimension,
		"method":         methodOfBody(o, r, t),
	}
	if t.Encoding.Encoder == Byte {
		body["data_type"] = "byte"
	} else {
		body["mode"] = t.Mode
	}
	return body
}
