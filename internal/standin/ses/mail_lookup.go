package ses

// mailFacts are what sending asks of the account.
type mailFacts struct {
	sandbox, paused, shutdown bool
	rate, daily, sent         float64 // recipients: in a second, in 24 hours (-1: any number), in the last 24
}

func (r *Region) facts() mailFacts {
	return mailFacts{rate: 14, daily: 50_000, sent: 0}
}

// sent adds to what was sent in the last 24 hours.
func (r *Region) sent(n int) {}

// setState tells whether there is a configuration set, and whether it sends.
func (r *Region) setState(name string) (there, sending bool) { return true, true }

// hasTemplate tells whether there is a template.
func (r *Region) hasTemplate(name string) bool { return true }

// identityState tells whether an address, or its domain, is verified for sending, and
// whether mail from it is rejected because of its MAIL FROM domain.
func (r *Region) identityState(address string) (verified, rejects bool) { return true, false }

// suppresses tells whether mail through a configuration set is kept from an address.
func (r *Region) suppresses(address, set string) bool { return false }

// endpointRegions returns the Regions of a multi-region endpoint that is ready.
func (w *World) endpointRegions(account, id string) []string { return nil }
