package share

// DecideOptions are how to decide.
type DecideOptions struct {
	// Owned are the items that earlier plans made. Nothing else is taken away.
	Owned []Item

	// Remembers is whether there is a store that Owned comes from.
	Remembers bool

	// Adopt says that the description is all there is to be in the datashares and
	// databases that it describes: what is foreign in them is taken away.
	Adopt bool

	// PricePerRPUHour is the caller's price of one RPU for an hour; 0 if not known.
	PricePerRPUHour float64
}

// Decide compares what is described, what was found and what earlier plans made, and
// returns what to do.
func Decide(d Description, s State, opts DecideOptions) (Decision, error) { return Decision{}, nil }
