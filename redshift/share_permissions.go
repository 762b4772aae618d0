package redshift

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/identity"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// SharePermissions returns what PlanShare and ApplyShare need. Where a warehouse names its
// Account or Region, its resources do; each account needs the part that is about it.
func SharePermissions(opts ShareOptions) awspatterns.Permissions {
	crosses := (&view{opts: opts}).crossesAccounts()
	plan := warehousePermissions(opts.Description.Warehouses(), databaseOf)
	if crosses {
		plan = append(plan, describeDatashares)
	}
	changes := slices.Clone(plan)
	if crosses {
		changes = append(changes,
			datashares("redshift:AuthorizeDataShare"), datashares("redshift:DeauthorizeDataShare"),
			datashares("redshift:AssociateDataShareConsumer"), datashares("redshift:DisassociateDataShareConsumer"),
		)
	}
	return awspatterns.Permissions{Plan: plan, Apply: changes, Beside: []string{
		"planning: a database superuser in each warehouse (CREATE USER … CREATEUSER, or the role of an IAM identity with it): the views about grants show others a part, and the plan is incomplete then",
		"applying, producer: a superuser, or the owner of the database with the privileges that are granted (CREATE DATASHARE; GRANT … TO DATASHARE; GRANT USAGE ON DATASHARE)",
		"applying, consumers: a superuser, or a user with CREATEDB (CREATE DATABASE … FROM DATASHARE) who owns the database that was made",
		"what Store needs of the service that it is kept in, such as state.S3Permissions",
	}}
}

// ShareAuditPermissions returns what ShareAudit and ShareDrill need.
func ShareAuditPermissions(opts ShareAuditOptions) awspatterns.Permissions {
	anyDatabase := func(share.Warehouse) string { return "*" } // those that are shared from
	p := append(warehousePermissions(opts.Warehouses, anyDatabase), describeDatashares)
	return awspatterns.Permissions{Apply: p, Beside: []string{
		"a database superuser in each warehouse: the views about grants show others a part, and what they leave out is unknown then",
	}}
}

// describeDatashares knows no resources.
var describeDatashares = awspatterns.Permission{Action: "redshift:DescribeDataShares", Resources: []string{"*"}}

func datashares(action string) awspatterns.Permission {
	return awspatterns.Permission{Action: action, Resources: []string{"arn:${Partition}:redshift:*:*:datashare:*/*"}}
}

// statementOwner limits statements to those of the caller, as the Data API does anyway.
var statementOwner = map[string]map[string][]string{"StringEquals": {"redshift-data:statement-owner-iam-userid": {"${aws:userid}"}}}

// warehousePermissions are those for looking at warehouses and running statements there.
func warehousePermissions(warehouses []share.Warehouse, database func(share.Warehouse) string) awspatterns.Policy {
	policy := awspatterns.Policy{identity.Permission}
	for _, action := range []string{"redshift-data:DescribeStatement", "redshift-data:GetStatementResult", "redshift-data:CancelStatement"} {
		policy = append(policy, awspatterns.Permission{Action: action, Resources: []string{"*"}, Conditions: statementOwner})
	}
	for _, w := range warehouses {
		policy = append(policy, controlPermissions(w)...)
		policy = append(policy, statementPermissions(w, database(w))...)
	}
	return compact(policy)
}

// arnOf returns the ARN of a resource of the account and Region of a warehouse.
func arnOf(w share.Warehouse, service, resource string) string {
	account, region := w.Account, w.Region
	if account == "" {
		account = "${Account}"
	}
	if region == "" {
		region = "${Region}"
	}
	return fmt.Sprintf("arn:${Partition}:%s:%s:%s:%s", service, region, account, resource)
}

func clusterARN(w share.Warehouse) string {
	return arnOf(w, "redshift", "cluster:"+awspatterns.PolicyLiteral(w.Cluster))
}

func controlPermissions(w share.Warehouse) awspatterns.Policy {
	if w.Cluster != "" {
		return awspatterns.Policy{{Action: "redshift:DescribeClusters", Resources: []string{clusterARN(w)}}}
	}
	return awspatterns.Policy{
		{Action: "redshift-serverless:GetWorkgroup", Resources: []string{arnOf(w, "redshift-serverless", "workgroup/*")}},
		{Action: "redshift-serverless:GetNamespace", Resources: []string{arnOf(w, "redshift-serverless", "namespace/*")}},
	}
}

// databaseOf is the pattern of the database that a warehouse is connected to.
func databaseOf(w share.Warehouse) string {
	return awspatterns.PolicyLiteral(cmp.Or(w.Database, connDatabase))
}

// credentialsPage tells which credentials the Data API gets in the name of the caller.
const credentialsPage = "https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-access.html"

// statementPermissions are those for running statements, with those for the credentials
// that the Data API gets for them. database is a pattern of those connected to.
func statementPermissions(w share.Warehouse, database string) awspatterns.Policy {
	const batch = "redshift-data:BatchExecuteStatement"
	where := arnOf(w, "redshift-serverless", "workgroup/*") // its ARN has an id that is not its name
	if w.Cluster != "" {
		where = clusterARN(w)
	}
	policy := awspatterns.Policy{
		{Action: batch, Resources: []string{where}},
		{Action: "redshift-data:ExecuteStatement", Resources: []string{where}},
	}
	implied := func(action string, resources ...string) awspatterns.Policy {
		return append(policy, awspatterns.Permission{Action: action, Resources: resources, ImpliedBy: batch, Source: credentialsPage})
	}
	database = arnOf(w, "redshift", "dbname:"+awspatterns.PolicyLiteral(w.Cluster)+"/"+database)
	switch {
	case w.Secret != "":
		return implied("secretsmanager:GetSecretValue", secretARN(w))
	case w.Workgroup != "":
		return implied("redshift-serverless:GetCredentials", where)
	case w.User != "":
		return implied("redshift:GetClusterCredentials", database, arnOf(w, "redshift", "dbuser:"+awspatterns.PolicyLiteral(w.Cluster)+"/"+awspatterns.PolicyLiteral(w.User)))
	}
	return implied("redshift:GetClusterCredentialsWithIAM", database)
}

// secretARN is the ARN of the secret of a warehouse. Secrets Manager adds six characters to
// the name.
func secretARN(w share.Warehouse) string {
	if len(w.Secret) > 4 && w.Secret[:4] == "arn:" {
		return awspatterns.PolicyLiteral(w.Secret)
	}
	return arnOf(w, "secretsmanager", "secret:"+awspatterns.PolicyLiteral(w.Secret)+"-??????")
}

// compact joins permissions of one action into one with all resources.
func compact(policy awspatterns.Policy) awspatterns.Policy {
	var all awspatterns.Policy
	for _, p := range policy {
		i := slices.IndexFunc(all, func(q awspatterns.Permission) bool { return q.Action == p.Action })
		if i < 0 {
			all = append(all, p)
			continue
		}
		for _, r := range p.Resources {
			if !slices.Contains(all[i].Resources, r) {
				all[i].Resources = append(slices.Clone(all[i].Resources), r)
			}
		}
	}
	return all
}
