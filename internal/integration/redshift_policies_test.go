package integration_test

import (
	"reflect"
	"testing"

	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// redshiftDeclares are the policies of package redshift: for all kinds of warehouses and
// ways to connect to them.
func redshiftDeclares() []declaredPolicy {
	producer := share.Warehouse{Cluster: "etl", Database: "prod"}
	units := []share.Warehouse{
		{Cluster: "unit", User: "loader"},
		{Cluster: "unit-2", Secret: "unit"},
		{Workgroup: "unit"},
		{Account: "444455556666", Region: "eu-central-1", Workgroup: "unit", Secret: "arn:aws:secretsmanager:eu-central-1:444455556666:secret:unit-AbCdEf"},
	}
	datashare := share.Datashare{Name: "sales_ds"}
	for i := range units {
		datashare.Consumers = append(datashare.Consumers, share.Consumer{Warehouse: &units[i]})
	}
	declared := []declaredPolicy{{"ShareAudit", redshift.ShareAuditPermissions(redshift.ShareAuditOptions{Warehouses: append(units, producer)}).Apply, true}}
	for name, consumers := range map[string][]share.Consumer{
		"over accounts":     datashare.Consumers,
		"within an account": datashare.Consumers[:1],
	} {
		datashare.Consumers = consumers
		p := redshift.SharePermissions(redshift.ShareOptions{Description: share.Description{Producer: producer, Datashares: []share.Datashare{datashare}}})
		declared = append(declared, declaredPolicy{"Share, planning, " + name, p.Plan, true}, declaredPolicy{"Share, " + name, p.Apply, false})
	}
	all := append(units, producer)
	bill := redshift.ChargebackOptions{}
	for _, w := range all {
		bill.Description.Warehouses = append(bill.Description.Warehouses, chargeback.Warehouse{Warehouse: w})
	}
	return append(declared,
		declaredPolicy{"Harvest", redshift.HarvestPermissions(redshift.HarvestOptions{Warehouses: all}).Apply, true},
		declaredPolicy{"Chargeback", redshift.ChargebackPermissions(bill).Apply, true},
		declaredPolicy{"Reconcile", redshift.ReconcilePermissions(redshift.ReconcileOptions{}).Apply, true},
	)
}

// redshiftActions are what the calls of package redshift need, with a resource of each of
// their types: the operations of its clients, and what the service does in the caller's
// name. ARNs of Redshift Serverless have an id in them and not the name.
var redshiftActions = []struct {
	action    string
	resources []string
}{
	{"redshift-data:ExecuteStatement", []string{redshiftCluster, redshiftWorkgroup}},
	{"redshift-data:BatchExecuteStatement", []string{redshiftCluster, redshiftWorkgroup}},
	{"redshift-data:DescribeStatement", []string{"*"}},
	{"redshift-data:GetStatementResult", []string{"*"}},
	{"redshift-data:CancelStatement", []string{"*"}},
	{"redshift:DescribeClusters", []string{redshiftCluster}},
	{"redshift:DescribeDataShares", []string{"*"}},
	{"redshift:AuthorizeDataShare", []string{redshiftDatashare}},
	{"redshift:DeauthorizeDataShare", []string{redshiftDatashare}},
	{"redshift:AssociateDataShareConsumer", []string{redshiftDatashare}},
	{"redshift:DisassociateDataShareConsumer", []string{redshiftDatashare}},
	{"redshift-serverless:GetWorkgroup", []string{redshiftWorkgroup}},
	{"redshift-serverless:GetNamespace", []string{"arn:aws:redshift-serverless:eu-central-1:123456789012:namespace/22222222-2222-4222-8222-222222222222"}},
	{"redshift:DescribeReservedNodes", []string{"*"}},
	{"redshift-serverless:ListReservations", []string{"*"}},
	{"pricing:GetProducts", []string{"*"}},
	{"ce:GetCostAndUsage", []string{"arn:aws:billing::123456789012:billingview/primary"}},
	{"sts:GetCallerIdentity", []string{"*"}},

	// Implied by running a statement.
	{"redshift-serverless:GetCredentials", []string{redshiftWorkgroup}},
	{"redshift:GetClusterCredentialsWithIAM", []string{"arn:aws:redshift:eu-central-1:123456789012:dbname:etl/prod"}},
	{"redshift:GetClusterCredentials", []string{"arn:aws:redshift:eu-central-1:123456789012:dbuser:etl/loader", "arn:aws:redshift:eu-central-1:123456789012:dbname:etl/prod"}},
	{"secretsmanager:GetSecretValue", []string{"arn:aws:secretsmanager:eu-central-1:123456789012:secret:etl-AbCdEf"}},
}

const (
	redshiftCluster   = "arn:aws:redshift:eu-central-1:123456789012:cluster:etl"
	redshiftWorkgroup = "arn:aws:redshift-serverless:eu-central-1:123456789012:workgroup/33333333-3333-4333-8333-333333333333"
	redshiftDatashare = "arn:aws:redshift:eu-central-1:123456789012:datashare:11111111-1111-4111-8111-111111111111/sales_ds"
)

// Each operation of the clients is an action of IAM, for these types of resources.
func TestRedshiftActions(t *testing.T) {
	var documents []policyDocument
	known := map[string]bool{}
	for _, a := range redshiftActions {
		known[a.action] = true
		for _, resource := range a.resources {
			documents = append(documents, policyDocument{Name: a.action + " " + resource, JSON: []byte(allow(resource, a.action))})
		}
	}
	prefixes := map[string]string{"Data": "redshift-data", "Redshift": "redshift", "Serverless": "redshift-serverless", "STS": "sts", "Pricing": "pricing", "Costs": "ce"}
	clients := reflect.TypeFor[redshift.Clients]()
	for _, field := range reflect.VisibleFields(clients) {
		if field.Type.Kind() != reflect.Interface {
			continue
		}
		for i := range field.Type.NumMethod() {
			if action := prefixes[field.Name] + ":" + field.Type.Method(i).Name; !known[action] {
				t.Errorf("%s is not tried", action)
			}
		}
	}
	checkPolicies(t, documents)
}

// What package redshift declares allows no action that is not tried above.
func TestRedshiftPolicies(t *testing.T) {
	known := map[string]bool{}
	for _, a := range redshiftActions {
		known[a.action] = true
	}
	for _, p := range redshiftDeclares() {
		if len(p.policy) == 0 {
			t.Errorf("%s allows nothing", p.name)
		}
		for _, action := range p.policy.Actions() {
			if !known[action] {
				t.Errorf("%s allows %s, which no call needs", p.name, action)
			}
		}
	}
}
