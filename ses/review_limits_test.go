package ses_test

import (
	"slices"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/ses"
)

// TestQuotaHistoryPermission: IAM allows what has no resources only on all.
func TestQuotaHistoryPermission(t *testing.T) {
	limits, _ := ses.LimitsPermissions(ses.LimitsOptions{})
	readiness, _ := ses.ReadinessPermissions(ses.ReadinessOptions{})
	for _, policy := range []awspatterns.Policy{limits.Plan, limits.Apply, readiness.Apply} {
		i := slices.IndexFunc(policy, func(p awspatterns.Permission) bool {
			return p.Action == "servicequotas:ListRequestedServiceQuotaChangeHistoryByQuota"
		})
		if i < 0 || !slices.Equal(policy[i].Resources, []string{"*"}) {
			t.Errorf("got %v", policy)
		}
	}
}
