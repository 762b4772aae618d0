package firewall

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// QueryLogsPermissions returns what [EstimateQueryLogs] (as planning) and [QueryLogs] (as
// applying) need. With firewalls and no log groups it is not known before which groups
// they will be. For Athena name in the options the logs, the output and the keys. Options
// that QueryLogs refuses need nothing.
func QueryLogsPermissions(opts QueryLogsOptions) awspatterns.Permissions {
	opts, err := opts.complete()
	if err != nil {
		return awspatterns.Permissions{}
	}
	if opts.Athena != nil {
		return awspatterns.Permissions{Apply: opts.Athena.permissions()}
	}
	var plan, apply awspatterns.Policy
	if opts.LogGroups == nil {
		plan, apply = loggingPermissions(opts.Firewalls), loggingPermissions(opts.Firewalls)
	}
	all := []string{"*"}
	describe := awspatterns.Permission{Action: "logs:DescribeLogGroups", Resources: all, Source: logsActions}
	plan = append(plan, describe)
	if opts.MaxBytes > 0 {
		apply = append(apply, describe)
	}
	return awspatterns.Permissions{Plan: plan, Apply: append(apply,
		awspatterns.Permission{Action: "logs:StartQuery", Resources: opts.groupARNs(), Source: logsActions},
		awspatterns.Permission{Action: "logs:GetQueryResults", Resources: opts.groupARNs(), Source: logsActions},
		awspatterns.Permission{Action: "logs:StopQuery", Resources: all, Source: logsActions},
	)}
}

const (
	logsActions   = "Actions, resources, and condition keys for Amazon CloudWatch Logs (Service Authorization Reference)"
	athenaActions = "Actions, resources, and condition keys for Amazon Athena (Service Authorization Reference)"
	athenaAccess  = "Identity-based policies for Amazon Athena, Access to databases and tables (user guide of Athena)"
)

func (o QueryLogsOptions) groupARNs() (arns []string) {
	const prefix = "arn:${Partition}:logs:${Region}:${Account}:log-group:"
	for _, log := range slices.Sorted(maps.Keys(o.LogGroups)) {
		for _, name := range o.LogGroups[log] {
			arns = append(arns, prefix+awspatterns.PolicyLiteral(name), prefix+awspatterns.PolicyLiteral(name)+":*")
		}
	}
	if arns == nil {
		return []string{prefix + "*"}
	}
	return arns
}

// permissions are those of a query, and what Athena does in the name of the caller: it
// reads the table's definition and the logs, and writes and reads the results.
func (o *AthenaOptions) permissions() (policy awspatterns.Policy) {
	group := []string{"arn:${Partition}:athena:${Region}:${Account}:workgroup/" + awspatterns.PolicyLiteral(cmp.Or(o.WorkGroup, "primary"))}
	for _, action := range []string{"StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution"} {
		policy = append(policy, awspatterns.Permission{Action: "athena:" + action, Resources: group, Source: athenaActions})
	}
	implied := func(action string, resources ...string) {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: resources, ImpliedBy: "athena:StartQueryExecution", Source: athenaAccess})
	}
	database, table := o.names()
	const glue = "arn:${Partition}:glue:${Region}:${Account}:"
	catalog := []string{glue + "catalog", glue + "database/" + database}
	implied("glue:GetDatabase", catalog...)
	implied("glue:GetTable", append(catalog, glue+"table/"+database+"/"+table)...)
	if o.Logs.Bucket != "" {
		implied("s3:ListBucket", s3policy.Bucket(o.Logs.Bucket))
		implied("s3:GetObject", s3policy.Below(o.Logs.Bucket, o.Logs.Prefix)...)
	}
	if bucket, prefix, _ := strings.Cut(strings.TrimPrefix(o.Output, "s3://"), "/"); bucket != "" {
		implied("s3:GetBucketLocation", s3policy.Bucket(bucket))
		for _, action := range []string{"s3:PutObject", "s3:GetObject", "s3:AbortMultipartUpload"} {
			implied(action, s3policy.Below(bucket, prefix)...)
		}
	}
	for _, key := range o.KMSKeys {
		policy = append(policy, s3policy.Key("kms:Decrypt", key, "athena:StartQueryExecution")...)
		policy = append(policy, s3policy.Key("kms:GenerateDataKey", key, "athena:StartQueryExecution")...)
	}
	return policy
}

// names returns the database and the table.
func (o *AthenaOptions) names() (database, table string) {
	if database, table, ok := strings.Cut(o.Table, "."); ok {
		return database, table
	}
	return cmp.Or(o.Database, "default"), cmp.Or(o.Table, "firewall_logs")
}
