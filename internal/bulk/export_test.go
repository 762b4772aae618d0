package bulk

// RingSize returns the number of words that t keeps.
func RingSize(t *Tracker) int { return len(t.ring) }
