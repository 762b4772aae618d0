package awspatterns

import "errors"

// What can keep a plan from being applied, for use with errors.Is. The errors of
// this library say which object it is about and what to do.
var (
	// ErrWrongAccount: the credentials, or the Region of the clients, are not
	// those that the plan was made with.
	ErrWrongAccount = errors.New("not the account and Region of the plan")

	// ErrStale: an object is neither as the plan found it nor as the plan leaves
	// it. Plan again.
	ErrStale = errors.New("changed since the plan was made")

	// ErrIncomplete: a part of the plan was not applied, since it is blocked or
	// unknown, or is a deletion in a plan that could not read everything.
	ErrIncomplete = errors.New("not all of the plan was applied")

	// ErrAltered: the plan, or the content that goes with it, is not what was
	// planned.
	ErrAltered = errors.New("not what was planned")

	// ErrCeiling: a cost is over the ceiling that the caller set.
	ErrCeiling = errors.New("cost over the ceiling")
)

// PlanFormat is the version of the JSON form of plans that this version of the
// library writes and applies.
const PlanFormat = 1

// A Plan is what every plan has: what to change, and where. The plan of a pattern
// embeds it and adds what applying it needs. Plans are plain data: they print
// (as text with String, for a pull request with WriteMarkdown), are kept as
// JSON, and are approved before they are applied. They hold no secret.
type Plan struct {
	Format  int      `json:"format"`  // PlanFormat
	Pattern string   `json:"pattern"` // such as "lineage.Publish"
	Target  Target   `json:"target"`
	Changes []Change `json:"changes"` // in the order in which they are applied
	Costs   []Cost   `json:"costs,omitempty"`

	// Incomplete is whether something could not be read. What is unknown is not
	// taken for absent: deletions of an incomplete plan are not applied.
	Incomplete bool `json:"incomplete,omitempty"`

	// Digest is over all of the plan. It tells plans apart, for instance the
	// approved one, and finds one that was changed by accident; it is no
	// signature.
	Digest string `json:"digest"`
}

// A Target is where a plan applies.
type Target struct {
	Partition string `json:"partition,omitempty"`
	Account   string `json:"account,omitempty"`
	Region    string `json:"region,omitempty"`

	// Endpoint and Cluster, the URL and unique id of what is not reached through
	// an account, such as an OpenSearch domain.
	Endpoint string `json:"endpoint,omitempty"`
	Cluster  string `json:"cluster,omitempty"`
}

// Empty reports whether the plan has no changes: all is as wanted. A plan whose
// changes are all left to a person is not empty.
func (p Plan) Empty() bool { return len(p.Changes) == 0 }

// Count returns how many changes do a.
func (p Plan) Count(a Action) int {
	n := 0
	for _, c := range p.Changes {
		if c.Action == a {
			n++
		}
	}
	return n
}

// Applies reports whether applying the plan would change anything.
func (p Plan) Applies() bool {
	return p.Count(Create)+p.Count(Update)+p.Count(Replace)+p.Count(Delete) > 0
}
