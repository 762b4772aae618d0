package vector

import (
	"encoding/json"
	"fmt"
	"slices"
)

// SizeVectorIndex says what every technique would take that a version of OpenSearch
// has, what that version makes of it, and why the others cannot be had, and ranks them.
// It calls nothing, and its result depends on the options alone.
//
// Memory is what the formulas of the documentation give, with the replicas. Where they
// leave out what the code keeps, it is added, and [Memory] has both numbers.
//
// Disk is an estimate, with the replicas: the vectors themselves (4 bytes of a dimension;
// 1 of byte vectors), the codes and the graph without the tenth (FAISS has its own copy
// of vectors that it does not encode), centroids, Metadata, and before version 3.0, which
// leaves vectors out of _source, their text there: 12 bytes of a number, 5 of byte
// vectors. What merges, the translog and deleted documents take is not in it.
//
// Nodes are as many as have room for all shards: a node takes whole shards, and no copy
// beside its primary. Native engines have (RAM - heap) times the circuit breaker; Lucene
// has the page cache, for which [Node] has a limit of our own. Disks are filled to 85 %,
// from where on OpenSearch puts no more shards on them.
//
// MonthlyCost is memory times the caller's price times 730 hours, and disk times its
// price. No prices come with this library, and what nodes, requests and traffic cost is
// not in it.
//
// Recall is as measured (Recalls), and never calculated; a technique of which none is
// known meets no wish. Latency is not known here: a wish for it leads to warnings with
// what others have published.
//
// All options that are wrong are in one error.
func SizeVectorIndex(opts SizeVectorIndexOptions) (SizeVectorIndexResult, error) {
	if err := opts.complete(); err != nil {
		return SizeVectorIndexResult{}, fmt.Errorf("vector: size vector index: %w", err)
	}
	return sizeAll(opts, candidates(opts), bodies), nil
}

// bodiesFunc makes requests.
type bodiesFunc func(SizeVectorIndexOptions, candidate) ([]Step, json.RawMessage, Ingest)

// sizeAll sizes candidates and ranks them.
func sizeAll(o SizeVectorIndexOptions, all []candidate, bodies bodiesFunc) SizeVectorIndexResult {
	r := SizeVectorIndexResult{
		Vectors: o.Vectors, Dimension: o.Dimension, Version: o.Version, Replicas: o.Replicas, K: o.K,
		DefaultEngine: defaultEngine(o.Version), Claims: claims(),
	}
	if o.PricePerGBHour > 0 {
		r.Currency = o.Currency
	}
	order := make([]ranked, len(all))
	for i, c := range all {
		order[i] = sizeOne(o, c, bodies)
	}
	rankSizes(o, order)
	r.Techniques = make([]TechniqueSize, len(order))
	for i, t := range order {
		r.Techniques[i] = t.TechniqueSize
	}
	r.Notes = sizeNotes(o, order)
	return r
}

// sizeOne sizes a candidate.
func sizeOne(o SizeVectorIndexOptions, c candidate, bodies bodiesFunc) ranked {
	t := TechniqueSize{
		Technique:     c.Technique,
		Name:          c.Technique.String(),
		Excluded:      append([]string(nil), c.Excluded...),
		Preconditions: c.Preconditions,
		Resolved:      c.Resolved,
		Rescoring:     c.Rescoring,
		Memory:        memoryOf(o, c.Technique),
	}
	t.Disk = diskOf(o, c.Technique, t.Memory)
	if o.Version != Serverless {
		t.Nodes, t.Warnings = nodesOf(o, t.Memory, t.Disk)
	}
	t.Warnings = append(t.Warnings, tenthWarning(o, t.Technique, t.Memory)...)
	t.MonthlyCost = costOf(o, t.Memory.Total, t.Disk)
	group := judgeRecall(o, c, &t)
	if t.Oversample != 0 {
		c.Rescoring = Rescoring{Known: true, Factor: t.Oversample, Source: "asked for, to have the recall that was measured"}
	}
	if group != notToBeHad {
		t.Create, t.Search, t.Ingest = bodies(o, c)
		t.Warnings = append(t.Warnings, latencyWarnings(o, c.Technique)...)
		if c.Technique.Method == Flat {
			t.Warnings = append(t.Warnings, "a search compares all codes of a shard: it takes longer with every vector")
		}
	}
	return ranked{t, group}
}

// sizeNotes are what is to be known of the whole result.
func sizeNotes(o SizeVectorIndexOptions, order []ranked) []string {
	notes := []string{"memory and disk are for all copies; disk is an estimate"}
	if engine := defaultEngine(o.Version); engine != "" {
		notes = append(notes, fmt.Sprintf("a field that names no engine, mode or level has %s; all bodies here name what they mean", engine))
	}
	if o.Version == Serverless {
		notes = append(notes, "which version a collection of OpenSearch Serverless has is not known; it has no nodes to count, and keeps capacity of its own",
			"nor is it known what Serverless encodes its levels with: 8x, 16x and 32x are sized as binary with 4, 2 and 1 bits")
	}
	if o.PricePerGBHour > 0 && o.PricePerDiskGBMonth == 0 {
		notes = append(notes, "disk is not in the cost: no PricePerDiskGBMonth was given")
	}
	if o.MaxLatency > 0 {
		notes = append(notes, "latency is not calculated here: what is said of it is what others have published of other data and nodes")
	}
	if o.Recommendation != nil && (len(order) == 0 || recommended(o, order[0]) != 0) {
		why := "is none of those that are sized here"
		if slices.ContainsFunc(order, func(t ranked) bool { return isRecommended(o, t.Technique) }) {
			why = "cannot be had"
		}
		notes = append(notes, fmt.Sprintf("%s, which was recommended, %s", o.Recommendation.Technique, why))
	}
	for _, t := range order {
		if t.group != notToBeHad && t.Technique.Encoding.Encoder == PQ && t.Technique.Method == HNSW {
			notes = addOnce(notes, articlePQNote(o, t.TechniqueSize))
		}
	}
	return notes
}

// defaultEngine returns the engine that a version takes for a field that names none, nor
// a mode or a level. That of Serverless is not known.
//
// Source: KNNEngine.DEFAULT of the k-NN plugin.
func defaultEngine(version string) Engine {
	switch {
	case version == Serverless:
		return ""
	case sizeSince(version, 2, 18):
		return FAISS
	default:
		return NMSLIB
	}
}

// articlePQ returns what the article's formula for PQ gives: it has no codebooks, and
// one m, which is taken as that of PQ for the code and as that of HNSW for the graph.
func articlePQ(o SizeVectorIndexOptions, e Encoding) int64 {
	return tenthMore(eighths(o.Vectors, int64(e.CodeSize)*int64(e.SubVectors)) + o.Vectors*(24+8*int64(o.M)))
}

// articlePQNote tells both numbers.
func articlePQNote(o SizeVectorIndexOptions, t TechniqueSize) string {
	return fmt.Sprintf("%s: the article's formula gives %s without replicas, since it leaves out the codebooks of %s segments, and has one m for sub-vectors and edges; with them it is %s, which is right",
		t.Technique.Encoding, bothUnits(articlePQ(o, t.Technique.Encoding)), grouped(int64(o.Shards)*int64(o.SegmentsPerShard)), bothUnits(t.Memory.Primary))
}
