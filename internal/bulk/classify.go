package bulk

import "strings"

// An Outcome is what became of a document, or of a whole request.
type Outcome int

// The outcomes.
const (
	Written   Outcome = iota + 1 // created or updated
	Unchanged                    // Update: there was nothing to change
	Dropped                      // Create and Index: an ingest pipeline dropped the document
	Exists                       // Create: the id is there, and what is there stayed
	Again                        // not written, for a reason that may pass
	Halve                        // a whole request: nothing was written; parts of it may be
	Refused                      // not written, and never will be
	Fatal                        // nor will any other document; see Verdict.Advice
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
	}
	if advice := hopeless(it.Status, it.Type, it.Reason); advice != "" {
		return Verdict{Outcome: Fatal, Advice: advice}
	}
	if passing(it.Status) || it.Type == "resource_already_exists_exception" || it.Type == "shard_not_found_exception" {
		// An index that is created by itself is found there by others that do the same.
		return Verdict{Outcome: Again, Busy: overload(it.Status)}
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

// conflict tells what 409 means. Only a version conflict proves that the document is
// there.
func conflict(a Action, kind string) Verdict {
	if a == Create && (kind == "" || strings.Contains(kind, "version_conflict") || strings.Contains(kind, "already_exists")) {
		return Verdict{Outcome: Exists}
	}
	return Verdict{Outcome: Again}
}

// ClassifyStatus tells what to make of a response without items: its status, and the
// type and reason of the error in it, if any.
func ClassifyStatus(status int, kind, reason string) Verdict {
	switch {
	case status == 413:
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

// passing is whether a status tells of a state that may pass.
func passing(status int) bool {
	switch status {
	case 402, 408, 425, 429:
		return true
	case 501, 505:
		return false
	}
	return status >= 500
}

// overload is whether a status tells of too much load. 402 is what collections of
// OpenSearch Serverless answer while they grow to their maximum.
func overload(status int) bool { return status == 402 || status == 429 || status == 503 }

// hopeless returns what to do about an error that every other document would meet,
// too; "" if it is none.
func hopeless(status int, kind, reason string) string {
	switch {
	case kind == "index_not_found_exception":
		return "create the index, or allow it to be created (action.auto_create_index)"
	}
	switch status {
	case 401, 403:
		return "allow this"
	}
	return ""
}
