package vector

import (
	"encoding/json"
	"fmt"
)

// searchBody returns a search for the K nearest, with the numbers of the query to be put
// in.
func searchBody(o SizeVectorIndexOptions, r release, c candidate) json.RawMessage {
	query := object{"vector": fmt.Sprintf("%d numbers", o.Dimension), "k": o.K}
	if parameters := searchParameters(o, r, c.Technique); parameters != nil {
		query["method_parameters"] = parameters
	}
	if c.Rescoring.Known && c.Rescoring.Factor > 0 && canRescore(r, c.Technique) {
		query["rescore"] = object{"oversample_factor": c.Rescoring.Factor}
	}
	return encode(object{
		"size":    o.K,
		"_source": object{"excludes": []string{o.Field}},
		"query":   object{"knn": object{o.Field: query}},
	})
}

// canRescore reports whether rescore does anything: with FAISS and, from version 3.1 on,
// Lucene, for vectors of float.
//
// Source: KNNQueryFactory of the k-NN plugin.
func canRescore(r release, t Technique) bool {
	switch {
	case t.Encoding.Encoder == Byte || !r.known():
		return false
	case t.Engine == Lucene:
		return r.from(3, 1)
	}
	return t.Engine == FAISS
}

// searchParameters are for this search what the index has as its default.
func searchParameters(o SizeVectorIndexOptions, r release, t Technique) object {
	switch {
	case !r.known() || t.Method == Flat:
		return nil
	case t.Method == IVF:
		return object{"nprobes": o.NProbes}
	}
	return object{"ef_search": max(efSearch, o.K)}
}
