package awspatterns

// An Action is what a [Change] does.
type Action string

// The actions. Applying a plan does the first four; the others are told to a
// person and left alone.
const (
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // delete and create, where the service cannot update
	Delete  Action = "delete"
	Manual  Action = "manual"  // only a person can do it: Steps tell how
	Blocked Action = "blocked" // something is in the way: Reason tells what, Steps the way out
	Unknown Action = "unknown" // what is there could not be read: Reason tells why
)

// Applies reports whether applying a plan does a.
func (a Action) Applies() bool {
	return a == Create || a == Update || a == Replace || a == Delete
}

// A Change is one thing that a plan does, or leaves to a person.
type Change struct {
	Action   Action   `json:"action"`
	Resource Resource `json:"resource"`

	// Fields are what differs, in a defined order.
	Fields []Field `json:"fields,omitempty"`

	// Reason tells why it is this action: what blocks, what could not be read,
	// why an update is not enough.
	Reason string `json:"reason,omitempty"`

	// Steps are, for Replace, what is done in which order; for Manual and
	// Blocked, what a person must do.
	Steps []string `json:"steps,omitempty"`

	// Interrupts tells what does not work while the change is made.
	Interrupts string `json:"interrupts,omitempty"`

	// Irreversible tells what cannot be got back.
	Irreversible string `json:"irreversible,omitempty"`

	// Adopts is whether the object is taken over: this library did not make it.
	Adopts bool `json:"adopts,omitempty"`
}

// A Resource is what a change is made to.
type Resource struct {
	Type string `json:"type"` // such as "S3 object"
	ID   string `json:"id"`   // its ARN, URL or name

	// Account and Region, where they are not those of the plan.
	Account string `json:"account,omitempty"`
	Region  string `json:"region,omitempty"`
}

// A Field is a difference in one attribute. The values are text for people: empty
// where there is no value, and "" in quotes for one that is an empty string.
type Field struct {
	Name string `json:"name"`
	Old  string `json:"old,omitempty"`
	New  string `json:"new,omitempty"`
}

// Secret returns the difference in an attribute whose value must not be seen: it
// tells only whether there is a value. No plan holds a secret, nor a hash of
// one, which could be guessed from.
func Secret(name string, had, has bool) Field {
	f := Field{Name: name}
	if had {
		f.Old = "(secret)"
	}
	if has {
		f.New = "(new secret)"
	}
	return f
}

// An Outcome is what became of a [Change] when its plan was applied.
type Outcome struct {
	Action   Action   `json:"action"`
	Resource Resource `json:"resource"`
	State    State    `json:"state"`
	Reason   string   `json:"reason,omitempty"` // why it is in this state, if not applied
	Err      error    `json:"-"`                // set if State is Failed
}

// A State is how far a change got.
type State string

// The states of a change.
const (
	Applied State = "applied" // by this call
	Already State = "already" // it was so, from an earlier application of the plan
	Left    State = "left"    // to a person: manual, blocked, unknown, or a deletion of an incomplete plan
	Failed  State = "failed"
	Pending State = "pending" // not begun, since one before it failed or the context ended
)
