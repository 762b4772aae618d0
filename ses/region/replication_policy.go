package region

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// ReplicationOrigin returns the origin of the DKIM keys of a replica whose parent is in a
// Region, such as AWS_SES_US_EAST_1.
func ReplicationOrigin(parent string) string {
	return "AWS_SES_" + strings.ToUpper(strings.ReplaceAll(parent, "-", "_"))
}

// ReplicationPolicy returns the policy, named [PolicyName], that lets the account have the
// DKIM keys of a parent identity in the replicas' Regions, and nowhere else. It asks that the
// Region is named at all: ForAllValues holds where a request has no such key.
func ReplicationPolicy(partition, account, parent, domain string, replicas []string) string {
	replicas = slices.Compact(slices.Sorted(slices.Values(replicas)))
	text, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Sid":       "ReplicateDKIMSigningKey",
			"Effect":    "Allow",
			"Principal": map[string]any{"AWS": fmt.Sprintf("arn:%s:iam::%s:root", partition, account)},
			"Action":    "ses:ReplicateEmailIdentityDKIMSigningKey",
			"Resource":  fmt.Sprintf("arn:%s:ses:%s:%s:identity/%s", partition, parent, account, domain),
			"Condition": map[string]any{
				"ForAllValues:StringEquals": map[string]any{"ses:ReplicaRegion": replicas},
				"Null":                      map[string]any{"ses:ReplicaRegion": "false"},
			},
		}},
	})
	if err != nil {
		panic(err) // maps of strings have a JSON form
	}
	return string(text)
}
