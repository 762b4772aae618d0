package redshift

import "github.com/awspatterns/awspatterns"

// ConnPermissions returns what a [Conn] and its sessions need.
func ConnPermissions(opts ConnOptions) awspatterns.Permissions {
	policy := statementPermissions(opts.Warehouse, databaseOf(opts.Warehouse))
	for _, action := range []string{"redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"} {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: []string{"*"}, Conditions: statementOwner})
	}
	return awspatterns.Permissions{Apply: policy, Beside: []string{
		"in the database: what the statements need of the user that they run as",
	}}
}
