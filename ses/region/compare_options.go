package region

// Check refuses options that nothing can be done with, before anything is read.
func (o Options) Check() error { return nil }

// Covers tells whether a kind is kept the same.
func (o Options) Covers(kind Kind) bool { return true }

// Reads returns the kinds that must be read of both Regions: those that are kept the same,
// and those that they depend on.
func (o Options) Reads() []Kind { return Kinds() }
