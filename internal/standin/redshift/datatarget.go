package redshift

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/awspatterns/awspatterns/awstest"
)

// A dataTarget is what a statement is run in, and as whom.
type dataTarget struct {
	warehouse *Warehouse
	workgroup string // as the call named it
	database  string
	user      string
	secret    string // as the call named it
}

// dataAddress is what a call says about its target.
type dataAddress struct{ cluster, workgroup, database, user, secret, session *string }

var (
	dataClusterName   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	dataWorkgroupName = regexp.MustCompile(`^([a-z0-9-]{3,63}|arn:aws[a-z-]*:redshift-serverless:[a-z0-9-]+:\d{12}:workgroup/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
)

// check refuses what is not one of the ways to authenticate ("Choosing database
// authentication credentials when calling the Amazon Redshift Data API").
func (a dataAddress) check() error {
	switch {
	case a.session != nil && (a.cluster != nil || a.workgroup != nil || a.database != nil || a.user != nil || a.secret != nil):
		return dataInvalid("ClusterIdentifier, WorkgroupName, Database, DbUser and SecretArn can't be specified with SessionId.")
	case a.session != nil:
		return nil
	case a.cluster != nil && a.workgroup != nil:
		return dataInvalid("ClusterIdentifier and WorkgroupName can't both be specified.")
	case a.cluster == nil && a.workgroup == nil && a.secret == nil:
		return dataInvalid("Either ClusterIdentifier, WorkgroupName or SessionId must be provided.")
	case a.cluster != nil && (len(*a.cluster) > 63 || !dataClusterName.MatchString(*a.cluster)):
		return dataInvalid("clusterIdentifier must satisfy regex pattern: %s", dataClusterName)
	case a.workgroup != nil && !dataWorkgroupName.MatchString(*a.workgroup):
		return dataInvalid("workgroupName must satisfy regex pattern: %s", dataWorkgroupName)
	case a.user != nil && a.workgroup != nil:
		return dataInvalid("DbUser can't be specified with WorkgroupName.")
	case a.user != nil && a.secret != nil:
		return dataInvalid("DbUser and SecretArn can't both be specified.")
	case a.user != nil && *a.user == "", a.secret != nil && *a.secret == "":
		return dataInvalid("DbUser and SecretArn can't be empty.")
	case aws.ToString(a.database) == "":
		return dataInvalid("Database must be provided.")
	}
	return nil
}

// target finds what a call is about, if it is there and can be reached.
func (d *Data) target(caller awstest.Caller, a dataAddress) (dataTarget, error) {
	t := dataTarget{workgroup: aws.ToString(a.workgroup), database: aws.ToString(a.database), user: aws.ToString(a.user), secret: aws.ToString(a.secret)}
	cluster := aws.ToString(a.cluster)
	if t.secret != "" {
		secret, known := d.Secrets[t.secret]
		switch {
		case !known:
			return t, dataInvalid("Secrets Manager can't find the specified secret.")
		case cluster != "" && secret.Cluster != "" && cluster != secret.Cluster:
			return t, dataInvalid("The cluster identifier doesn't match the one in the secret.")
		case cluster == "" && t.workgroup == "" && secret.Cluster == "":
			return t, dataInvalid("Either ClusterIdentifier, WorkgroupName or SessionId must be provided.")
		case t.workgroup == "":
			cluster = cmp.Or(cluster, secret.Cluster)
		}
		t.user = secret.User
	}
	if t.user == "" {
		t.user = dataUser(d.identity(caller))
	}
	t.warehouse = d.find(caller, cluster, t.workgroup)
	if t.warehouse == nil {
		return t, dataInvalid("Redshift endpoint doesn't exist in this region.")
	}
	return t, dataPaused(t.warehouse)
}

// find returns the cluster or workgroup of a name, or the workgroup of an ARN.
func (d *Data) find(caller awstest.Caller, cluster, workgroup string) *Warehouse {
	for _, wh := range d.world.Warehouses() {
		switch {
		case wh.Account != caller.Account || wh.Region != caller.Region:
		case wh.Serverless && (wh.Name == workgroup || serverlessARN(wh) == workgroup), !wh.Serverless && wh.Name == cluster:
			return wh
		}
	}
	return nil
}

// dataPaused returns the error of a warehouse that takes no statements now.
func dataPaused(wh *Warehouse) error {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	if wh.running() {
		return nil
	}
	return dataInvalid("%s is %s and can't be connected to.", wh.Name, strings.ToLower(wh.Status))
}

// identity returns who makes a call, as "user/name" or "role/name".
func (d *Data) identity(caller awstest.Caller) string {
	if d.Identity != nil {
		return d.Identity(caller)
	}
	return "user/awstest"
}

// dataUser returns the database user of an identity: "IAM:name" or "IAMR:name".
func dataUser(identity string) string {
	kind, name, _ := strings.Cut(identity, "/")
	if kind == "role" {
		return "IAMR:" + name
	}
	return "IAM:" + name
}

// serverlessARN returns the ARN of a workgroup.
func serverlessARN(wh *Warehouse) string {
	return fmt.Sprintf("arn:aws:redshift-serverless:%s:%s:workgroup/%s", wh.Region, wh.Account, serverlessID(wh))
}

func serverlessID(wh *Warehouse) string {
	return guid(fmt.Sprintf("workgroup %s/%s/%s", wh.Account, wh.Region, wh.Name))
}
