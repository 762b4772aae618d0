// Package lineage brings the lineage of several dbt projects together.
//
//   - [MergeDAG] merges the manifests of any number of projects into one graph,
//     from the lake to the last report.
//
// The graph is a [dag.Graph]: it answers what feeds on what, and writes itself
// as a page to explore, as JSON and in the formats of graph tools. The package
// dag can be used without this one; it imports no AWS SDK.
//
// # Errors
//
// A manifest that cannot be read makes an [*ProjectError], which wraps a
// [*dag.ReadError] with the byte at which reading stopped. Nothing is merged
// then, and all such errors are reported together.
package lineage
