package share

// Script returns the steps as a script that a person can read and run.
func Script(steps []Step) string { return "" }
