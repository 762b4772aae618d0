package redshift

import "testing"

// TestReviewDenialAlike has the same view denied twice, with the id of the failure that the
// database adds: why is told alike, so that a coverage stays as it is.
func TestReviewDenialAlike(t *testing.T) {
	t.Parallel()
	const want = "ERROR: permission denied for relation sys_serverless_usage"
	for _, message := range []string{
		want, want + " [ErrorId: 1-656a6401-67bc80cb02ba7898069d8916]", want + " [ErrorId: 1-64da9ea9]", want + "\n  [ErrorId: 1-68f7ff75-672e60d16356d0f719974665]\n",
	} {
		if got := (fetched{err: &StatementError{Message: message}}).denial(); got != want {
			t.Errorf("%q is told as %q", message, got)
		}
	}
}
