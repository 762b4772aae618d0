package vector

import "encoding/json"

// A candidate is a technique as a version takes it, or does not.
type candidate struct {
	Technique     Technique
	Excluded      []string // why it cannot be had; empty if it can
	Preconditions []string
	Resolved      Resolution
	Rescoring     Rescoring
}

// candidates returns all techniques, those that the version has not with why. The
// options are complete and valid.
func candidates(o SizeVectorIndexOptions) []candidate { return nil }

// bodies returns the requests that make the index of a candidate, a search, and the
// settings while it is loaded.
func bodies(o SizeVectorIndexOptions, c candidate) (create []Step, search json.RawMessage, ingest Ingest) {
	return nil, nil, Ingest{}
}
