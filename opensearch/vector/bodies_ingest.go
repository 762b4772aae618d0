package vector

// ingestOf returns settings for the time that an index is loaded.
//
// Source: https://docs.opensearch.org/latest/vector-search/performance-tuning-indexing/
func ingestOf(o SizeVectorIndexOptions, r release, t Technique) Ingest {
	before := object{"refresh_interval": "-1", "number_of_replicas": 0}
	after := object{"refresh_interval": nil, "number_of_replicas": o.Replicas}
	notes := []string{"after loading: restore the settings, then POST _forcemerge with max_num_segments of 1, or as many as a shard is to have"}
	if t.Engine != Lucene && t.Encoding.Encoder != OSQ && r.from(2, 18) {
		// Segments that are merged away get no graph.
		before["knn.advanced.approximate_threshold"] = -1
		after["knn.advanced.approximate_threshold"] = nil
		notes = append(notes, "with approximate_threshold -1 segments get no graph: those that are there get it when they are merged, so merge after the setting is restored")
	}
	if r.from(3, 0) {
		notes = append(notes, "vectors are left out of _source and derived from the index (index.knn.derived_source.enabled): reindexing and updates keep them")
	} else {
		notes = append(notes, "before version 3.0, _source holds the vectors as text: exclude the field from it if documents are never updated nor reindexed")
	}
	return Ingest{
		Before: encode(object{"index": before}),
		After:  encode(object{"index": after}),
		Notes:  notes,
	}
}
