package region

// Compare decides what makes the secondary Region like the primary, in the order in which it
// is done. What both have alike needs no decision. The options must have passed
// [Options.Check].
func Compare(in Inputs, opts Options) []Decision { return nil }
