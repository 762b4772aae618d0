package opensearch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/s3policy"
)

// ReplacePermissions returns what [PlanReplace] and [ApplyReplace] need: Ingest.ARN
// says whether it is for a domain or a collection, Ingest.Objects and Ingest.KMSKey what
// to read in S3. A policy for a domain knows only HTTP methods; fine-grained access control and
// data access policies, which know indices, are beside. The places of a Checkpoint and of
// DeadLetters have their own. Options that PlanReplace refuses need nothing.
func ReplacePermissions(opts ReplaceOptions) awspatterns.Permissions {
	in := opts.Ingest
	product := Domain
	if serviceOf(in.ARN) == "aoss" {
		product = Serverless
	}
	urls, err := parseObjectURLs(in.Objects)
	if service := serviceOf(in.ARN); err != nil || opts.validate(product) != nil || service != "es" && service != "aoss" {
		return awspatterns.Permissions{}
	}
	lookUp, objects := lookUpPermissions(urls), objectPermissions(urls, in.KMSKey)
	if product == Serverless {
		collection := awspatterns.Policy{collectionPermission(in.ARN)}
		return awspatterns.Permissions{
			Plan: slices.Concat(collection, lookUp), Apply: slices.Concat(collection, objects), Beside: replaceCollectionBeside(opts),
		}
	}
	return awspatterns.Permissions{
		Plan:   slices.Concat(methodPermissions(in.ARN, "Get"), lookUp),
		Apply:  slices.Concat(methodPermissions(in.ARN, "Get", "Put", "Post", "Delete"), objects),
		Beside: replaceDomainBeside(opts),
	}
}

// lookUpPermissions are what looking up objects takes, without reading them.
func lookUpPermissions(urls []objectURL) awspatterns.Policy {
	var keys []objectURL
	var policy awspatterns.Policy
	for _, u := range urls {
		if u.isPrefix() {
			policy = append(policy, s3policy.List(u.bucket, u.key))
		} else {
			keys = append(keys, u)
		}
	}
	return append(policy, objectPermissions(keys, "")...)
}

func methodPermissions(arn string, methods ...string) awspatterns.Policy {
	resource := "arn:${Partition}:es:${Region}:${Account}:domain/*"
	if arn != "" {
		resource = strings.TrimSuffix(arn, "/*") + "/*"
	}
	var policy awspatterns.Policy
	for _, method := range methods {
		policy = append(policy, awspatterns.Permission{
			Action: "es:ESHttp" + method, Resources: []string{resource},
			Source: "https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html",
		})
	}
	return policy
}

// replaceDomainBeside are permissions of the security plugin, where a domain has
// fine-grained access control ("Permissions" in the documentation of OpenSearch).
func replaceDomainBeside(opts ReplaceOptions) []string {
	read := []string{"indices:admin/get"}
	write := []string{
		"indices:admin/aliases", "indices:admin/create", "indices:admin/delete", "indices:admin/mapping/put", "indices:admin/refresh*",
		"indices:admin/settings/update", "indices:data/read/mget*", "indices:data/read/search",
		"indices:data/write/bulk*", "indices:data/write/index",
	}
	if !opts.AllowWrites {
		read = append(read, "indices:monitor/stats")
	}
	if opts.ForceMerge > 0 {
		write = append(write, "indices:admin/forcemerge*")
	}
	slices.Sort(write)
	where := opts.Alias + ", " + generationPattern(opts.Alias) + " and the indices that the alias shows"
	return []string{
		fmt.Sprintf("fine-grained access control, index permissions on %s: %s", where, strings.Join(read, ", ")),
		fmt.Sprintf("the same, to apply: %s", strings.Join(write, ", ")),
		"fine-grained access control, cluster permissions: cluster:monitor/main and, to apply, cluster:monitor/health, indices:data/read/mget, indices:data/write/bulk",
	}
}

// replaceCollectionBeside is a data access policy, ready but for the names in capitals:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html
func replaceCollectionBeside(opts ReplaceOptions) []string {
	document := dataAccessPolicy(
		accessRule{"index", []string{"index/COLLECTION/" + opts.Alias, "index/COLLECTION/" + generationPattern(opts.Alias)}, []string{
			"aoss:CreateIndex", "aoss:DeleteIndex", "aoss:DescribeIndex", "aoss:ReadDocument", "aoss:UpdateIndex", "aoss:WriteDocument",
		}},
		accessRule{"collection", []string{"collection/COLLECTION"}, []string{"aoss:CreateCollectionItems", "aoss:DescribeCollectionItems", "aoss:UpdateCollectionItems"}},
	)
	return []string{
		"data access policy of the collection: " + document,
		"network policy of the collection: access from where this runs",
	}
}
