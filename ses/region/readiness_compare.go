package region

// comparedFindings are what the comparison of both Regions finds beside what readiness looks
// at by itself.
func comparedFindings(in Inputs, opts ReadinessOptions) (all []Finding) { return nil }
