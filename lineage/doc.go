// Package lineage brings the lineage of several dbt projects together.
//
//   - [MergeDAG] merges the manifests of any number of projects into one graph,
//     from the lake to the last report.
//   - [PlanPublish] and [ApplyPublish] put the graph into S3 as a small site: the
//     page to explore, the graph as JSON and the report.
//
// The graph is a [dag.Graph]: it answers what feeds on what, and writes itself
// as a page to explore, as JSON and in the formats of graph tools. The package
// dag can be used without this one; it imports no AWS SDK.
//
// # Clients and permissions
//
// [NewClients] makes clients from an [aws.Config]; reading files needs none.
// [MergeDAGPermissions] and [PublishPermissions] list the IAM actions, by bucket
// and key.
//
// # Errors
//
// A manifest that cannot be read makes an [*ProjectError], which wraps a
// [*dag.ReadError] with the byte at which reading stopped. Nothing is merged
// then, and all such errors are reported together. An object in S3 that is not
// the one asked for makes an [ErrObjectChanged]; the errors of a plan are those
// of package awspatterns.
package lineage
