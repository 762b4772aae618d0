package opensearch

import (
	"fmt"

	"github.com/awspatterns/awspatterns"
)

// MeasureIndexRecallPermissions returns what [MeasureIndexRecall] needs: all as Apply,
// since it has no plan, and all of it reads. A policy for a domain knows only HTTP
// methods, and searches are POST; what keeps from writing is beside: fine-grained access
// control and data access policies, which know indices.
func MeasureIndexRecallPermissions(opts MeasureIndexRecallOptions) awspatterns.Permissions {
	switch serviceOf(opts.ARN) {
	case "es":
		return awspatterns.Permissions{Apply: methodPermissions(opts.ARN, "Get", "Post"), Beside: recallDomainBeside(opts.Index)}
	case "aoss":
		return awspatterns.Permissions{Apply: awspatterns.Policy{collectionPermission(opts.ARN)}, Beside: recallCollectionBeside(opts.Index)}
	}
	return awspatterns.Permissions{}
}

// recallDomainBeside are permissions of the security plugin, where a domain has
// fine-grained access control ("Permissions" in the documentation of OpenSearch).
func recallDomainBeside(index string) []string {
	return []string{
		fmt.Sprintf("fine-grained access control, index permissions on %s: indices:admin/get, indices:data/read/search, indices:monitor/segments", index),
		"fine-grained access control, cluster permissions: cluster:monitor/main and cluster:monitor/state, without which the result has less; for an index made with a model cluster:admin/knn_get_model_action, without which nothing is measured",
	}
}

// recallCollectionBeside is a data access policy, ready but for the names in capitals:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html
func recallCollectionBeside(index string) []string {
	document := dataAccessPolicy(accessRule{"index", []string{"index/COLLECTION/" + index}, []string{"aoss:DescribeIndex", "aoss:ReadDocument"}})
	return []string{
		"data access policy of the collection: " + document,
		"network policy of the collection: access from where this runs",
	}
}
