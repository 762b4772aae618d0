package ses_test

import "testing"

// sweep marks a test that tries every call of a pattern many times over: without the
// race detector, which finds nothing more in the hundredth trial, and beside others.
func sweep(t *testing.T) {
	t.Helper()
	if underRace {
		t.Skip("runs without the race detector")
	}
	t.Parallel()
}
