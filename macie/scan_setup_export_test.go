package macie

import "github.com/awspatterns/awspatterns/internal/apply"

// DigestOf digests a plan anew, as a forger would.
func DigestOf(p ScanSetupPlan) string {
	if err := apply.Seal(&p.Plan, &p); err != nil {
		panic(err)
	}
	return p.Digest
}
