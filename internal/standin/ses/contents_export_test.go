package ses

// Production takes the Region out of the sandbox.
func (r *Region) Production() {}
