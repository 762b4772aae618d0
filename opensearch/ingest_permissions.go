package opensearch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// IngestPermissions returns what [Ingest] needs: all as Apply, since it has no plan.
// The places of a Checkpoint and of DeadLetters have their own, such as
// [DeadLetterS3Permissions]. Options that Ingest refuses need nothing.
func IngestPermissions(opts IngestOptions) awspatterns.Permissions {
	urls, err := parseObjectURLs(opts.Objects)
	if err != nil {
		return awspatterns.Permissions{}
	}
	objects := objectPermissions(urls, opts.KMSKey)
	switch serviceOf(opts.ARN) {
	case "es":
		return awspatterns.Permissions{Apply: append(domainPermissions(opts), objects...), Beside: domainBeside(opts)}
	case "aoss":
		return awspatterns.Permissions{
			Apply:  append(awspatterns.Policy{collectionPermission(opts.ARN)}, objects...),
			Beside: collectionBeside(opts.Index),
		}
	}
	return awspatterns.Permissions{}
}

// serviceOf returns the service of the ARN of a domain, which is the default, or of a
// collection of OpenSearch Serverless.
func serviceOf(arn string) string {
	if arn == "" {
		return "es"
	}
	parts := strings.SplitN(arn, ":", 6) // arn:partition:service:Region:account:resource
	if len(parts) < 6 || parts[0] != "arn" {
		return ""
	}
	return parts[2]
}

func collectionPermission(arn string) awspatterns.Permission {
	return awspatterns.Permission{
		Action: "aoss:APIAccessAll", Resources: []string{arn},
		Source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/security-iam-serverless.html",
	}
}

// domainPermissions allow the HTTP methods: reading what the index is, _bulk and,
// for Tune, its settings and the mark in its mapping.
func domainPermissions(opts IngestOptions) awspatterns.Policy {
	methods := []string{"Get", "Post"}
	if opts.Tune {
		methods = append(methods, "Put")
	}
	return methodPermissions(opts.ARN, methods...)
}

// objectPermissions are what looking up and reading objects takes.
func objectPermissions(urls []objectURL, kmsKey string) awspatterns.Policy {
	var objects []string
	var lists awspatterns.Policy
	for _, u := range urls {
		if !u.isPrefix() {
			objects = append(objects, s3policy.Object(u.bucket, u.key))
			continue
		}
		objects = append(objects, s3policy.Below(u.bucket, u.key)...)
		lists = append(lists, s3policy.List(u.bucket, u.key))
	}
	if len(objects) == 0 {
		return nil
	}
	policy := append(lists, awspatterns.Permission{Action: "s3:GetObject", Resources: objects, Source: s3policy.API + "GetObject.html"})
	return append(policy, s3policy.Key("kms:Decrypt", kmsKey, "s3:GetObject")...)
}

// An accessRule is a part of a data access policy ("Data access control" in the
// developer guide of OpenSearch Serverless).
type accessRule struct {
	ResourceType         string
	Resource, Permission []string
}

// dataAccessPolicy returns a policy that is ready but for the names in capitals.
func dataAccessPolicy(rules ...accessRule) string {
	type statement struct {
		Rules     []accessRule
		Principal []string
	}
	document, err := json.Marshal([]statement{{rules, []string{"PRINCIPAL_ARN"}}})
	if err != nil {
		panic(err) // strings and slices
	}
	return string(document)
}

// collectionBeside is what a collection demands beside IAM ("Supported operations and
// plugins in Amazon OpenSearch Serverless").
func collectionBeside(index string) []string {
	document := dataAccessPolicy(accessRule{"index", []string{"index/COLLECTION/" + index}, []string{"aoss:WriteDocument"}})
	return []string{
		"data access policy of the collection: " + document,
		"data access policy of the collection, if the index is yet to be made: aoss:CreateIndex on the same resource",
		"network policy of the collection: access from where this runs",
	}
}

// domainBeside are permissions of the security plugin, where a domain has
// fine-grained access control ("Permissions" in the documentation of OpenSearch).
func domainBeside(opts IngestOptions) []string {
	index := []string{
		"indices:admin/get", "indices:admin/mapping/put", "indices:admin/mappings/get",
		"indices:data/write/bulk*", "indices:data/write/index", "indices:monitor/settings/get",
	}
	if opts.Mode == Upsert {
		index = append(index, "indices:data/write/update")
	}
	if opts.Tune {
		index = append(index, "indices:admin/settings/update")
	}
	slices.Sort(index)
	return []string{
		fmt.Sprintf("fine-grained access control, index permissions on %s: %s", opts.Index, strings.Join(index, ", ")),
		"fine-grained access control, cluster permissions: cluster:monitor/main, indices:data/write/bulk",
	}
}
