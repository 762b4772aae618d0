// Package redshiftarn knows the ARNs of datashares and namespaces of Amazon Redshift.
package redshiftarn

import (
	"fmt"
	"strings"
)

// Datashare returns the ARN of a datashare of a namespace.
func Datashare(partition, region, account, namespace, name string) string {
	return fmt.Sprintf("arn:%s:redshift:%s:%s:datashare:%s/%s", partition, region, account, namespace, name)
}

// Namespace returns the GUID in the ARN of a namespace, which ends in :namespace:GUID for
// a cluster and in :namespace/GUID for serverless. It is empty for another text.
func Namespace(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	guid, ok := strings.CutPrefix(parts[5], "namespace")
	if !ok || guid == "" || guid[0] != ':' && guid[0] != '/' {
		return ""
	}
	return guid[1:]
}
