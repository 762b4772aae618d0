package bulk

import (
	"strconv"
	"strings"
)

// An Outcome is what became of a document, or of a whole request.
type Outcome int

// The outcomes.
const (
	Written   Outcome = iota + 1 // created or updated
	Unchanged                    // Update: there was nothing to change
	Dropped                      // Create and Index: an ingest pipeline dropped the document
	Exists                       // Create: the id is there, and what is there stayed
	Again                        // not written, or not known to be, for a reason that may pass
	Halve                        // a whole request of which nothing was written; parts of it may be
	Refused                      // not written, and never will be
	Fatal                        // nor will any other document: see Verdict.Advice
)

// A Verdict is what to make of an item or of a response.
type Verdict struct {
	Outcome Outcome
	Busy    bool   // with Again: the service has too much to do
	Advice  string // with Fatal: what to do about it
}

// Classify tells what became of a document by its item in the answer.
func Classify(a Action, it Item) Verdict {
	switch {
	case it.Status == 200 || it.Status == 201:
		return success(a, it)
	case it.Status == 409:
		return conflict(a, it.Type)
	case passing(it.Status) || moving(it.Type):
		return Verdict{Outcome: Again, Busy: overload(it.Status)}
	}
	if advice := hopeless(it.Status, it.Type, it.Reason); advice != "" {
		return Verdict{Outcome: Fatal, Advice: advice}
	}
	return Verdict{Outcome: Refused}
}

func success(a Action, it Item) Verdict {
	switch {
	case it.Type != "" || it.Reason != "":
		return Verdict{Outcome: Again} // it contradicts itself
	case it.Result != "noop":
		return Verdict{Outcome: Written}
	case a == Update:
		return Verdict{Outcome: Unchanged}
	}
	return Verdict{Outcome: Dropped}
}

// conflict tells what 409 means. Only a conflict of versions proves that the document
// is there; "already exists" is how old versions say it.
func conflict(a Action, kind string) Verdict {
	if a == Create && (kind == "" || strings.Contains(kind, "version_conflict") || strings.Contains(kind, "already_exists")) {
		return Verdict{Outcome: Exists}
	}
	return Verdict{Outcome: Again}
}

// ClassifyStatus tells what to make of a response without items: its status, and the
// type and reason of the error in it, if it has any. What is halved down to a single
// document is refused; if that becomes of all documents of a request, the fault is
// likely not theirs.
func ClassifyStatus(status int, kind, reason string) Verdict {
	switch {
	case status == 413 || status == 429 && neverFits(reason):
		return Verdict{Outcome: Halve}
	case passing(status):
		return Verdict{Outcome: Again, Busy: overload(status)}
	}
	if advice := hopeless(status, kind, reason); advice != "" {
		return Verdict{Outcome: Fatal, Advice: advice}
	}
	if status == 400 {
		return Verdict{Outcome: Halve}
	}
	return Verdict{Outcome: Fatal, Advice: "check that the endpoint is one of OpenSearch, and what stands between"}
}

// passing is whether a status tells of a state that may pass. 402 is what collections
// of OpenSearch Serverless answer while they grow.
func passing(status int) bool {
	switch status {
	case 402, 408, 425, 429:
		return true
	case 501, 505: // not implemented, HTTP version
		return false
	}
	return status >= 500
}

// overload is whether a status tells of too much to do.
func overload(status int) bool { return status == 402 || status == 429 || status == 503 }

// moving is whether an error, whatever its status, tells that a shard is on its way
// between nodes, or that somebody else has just created the index.
func moving(kind string) bool {
	switch kind {
	case "shard_not_found_exception", "illegal_index_shard_state_exception", "index_shard_closed_exception",
		"index_shard_not_started_exception", "index_shard_not_recovering_exception", "no_shard_available_action_exception",
		"resource_already_exists_exception":
		return true
	}
	return false
}

// neverFits is whether a request was rejected that takes more memory than a node
// gives to all of them (indexing pressure): no waiting helps.
func neverFits(reason string) bool {
	need, max := number(reason, "coordinating_operation_bytes="), number(reason, "max_coordinating_and_primary_bytes=")
	return max > 0 && need > max
}

// number returns the number behind name, 0 if there is none.
func number(text, name string) int64 {
	_, text, _ = strings.Cut(text, name)
	end := 0
	for end < len(text) && text[end] >= '0' && text[end] <= '9' {
		end++
	}
	n, _ := strconv.ParseInt(text[:end], 10, 64)
	return n
}

// hopeless returns what to do about an error that every other document would meet,
// too; "" if it is none.
func hopeless(status int, kind, reason string) string {
	for _, h := range hopelessCases {
		if (h.status == 0 || h.status == status) && (h.kind == "" || h.kind == kind) && strings.HasPrefix(reason, h.reason) {
			return h.advice
		}
	}
	return ""
}

// hopelessCases are looked through in order. What is not set fits all. Reasons are
// compared from their start and with their type, since they quote documents: no
// document must end a run by what it says.
var hopelessCases = []struct {
	status int
	kind   string
	reason string // how it begins
	advice string
}{
	{kind: "index_not_found_exception", advice: "create the index, or have the cluster create it (action.auto_create_index); a collection takes up to a minute until it finds a new one"},
	{kind: "index_closed_exception", advice: "open the index (POST /{index}/_open)"},
	{kind: "invalid_index_name_exception", advice: "choose another name for the index"},
	{status: 403, kind: "cluster_block_exception", advice: "the index or the cluster is blocked for writing: a domain does that while storage or JVM memory runs short (https://docs.aws.amazon.com/opensearch-service/latest/developerguide/handling-errors.html); otherwise look at the settings index.blocks.*"},
	{kind: "illegal_argument_exception", reason: "no write index is defined for alias", advice: "make one index of the alias its write index (is_write_index), or name an index"},
	{kind: "illegal_argument_exception", reason: "only write ops with an op_type of create", advice: "it is a data stream: use the mode append"},
	{kind: "illegal_argument_exception", reason: idsRefused, advice: "it is a collection for time series or vectors, which makes ids itself: ask for generated ids"},
	{kind: "illegal_argument_exception", reason: "pipeline with id [", advice: "create the ingest pipeline, or name another"},
	{kind: "illegal_argument_exception", reason: "request [", advice: "what answers is too old, or is not OpenSearch"},
	{status: 401, advice: "give credentials that are valid"},
	{kind: "security_exception", advice: "allow the caller indices:data/write/bulk* and indices:data/write/index on the index (fine-grained access control), or aoss:WriteDocument in a data access policy, which takes up to a minute"},
	{status: 403, advice: "allow the caller es:ESHttpPost on the domain (IAM and its access policy), or aoss:APIAccessAll on the collection and aoss:WriteDocument in a data access policy"},
}

const idsRefused = "Document ID is not supported"

// IDsRefused reports whether an item says that the collection makes the ids itself:
// those for vectors and time series do. For Classify that is Fatal, unless the caller
// can do without ids. Reasons quote documents, so that it must be how this one begins.
func IDsRefused(it Item) bool {
	return it.Status == 400 && strings.HasPrefix(it.Reason, idsRefused)
}

// MappingRace reports whether a document was Refused since its fields were about to be
// mapped, by guessing their types, and another one had them mapped in another way at
// that moment. The next time, the mapping decides.
func MappingRace(it Item) bool {
	return it.Type == "illegal_argument_exception" && strings.HasPrefix(it.Reason, "mapper [") &&
		strings.Contains(it.Reason, "cannot be changed from type")
}
