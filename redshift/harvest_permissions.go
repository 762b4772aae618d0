package redshift

import (
	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// HarvestPermissions returns what Harvest and OnSchedule need.
func HarvestPermissions(opts HarvestOptions) awspatterns.Permissions {
	var policy awspatterns.Policy
	for _, w := range opts.Warehouses {
		for _, p := range warehousePermissions([]share.Warehouse{w}, databaseOf) {
			if p.Action != "redshift-data:ExecuteStatement" && p.Action != "redshift-serverless:GetNamespace" {
				policy = append(policy, p)
			}
		}
		for _, name := range opts.Databases[w.Key()] {
			of := func(share.Warehouse) string { return awspatterns.PolicyLiteral(name) }
			for _, p := range statementPermissions(w, of(w)) {
				if p.Action != "redshift-data:ExecuteStatement" {
					policy = append(policy, p)
				}
			}
		}
	}
	return awspatterns.Permissions{Apply: compact(policy), Beside: []string{
		"a database superuser in each warehouse: SYS_SERVERLESS_USAGE, SYS_TRANSACTION_HISTORY, SVV_TABLE_INFO and SVCS_CONCURRENCY_SCALING_USAGE are visible to superusers alone, and SYS_QUERY_HISTORY shows others only what is theirs",
		"what the Store of Usage needs of the service that it is in, such as UsageBucketPermissions",
	}}
}
