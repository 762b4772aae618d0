// Package dag reads dbt manifests, merges them into one lineage graph, answers
// questions about the graph and writes it in the formats people look at.
//
// The usual way in is lineage.MergeDAG, which reads the manifests too. This
// package is its pure core: it knows no AWS service and imports no AWS SDK.
//
//   - [ReadManifest] reads a project, and [Project.AddCatalog] what its database
//     knows of the columns.
//   - [Merge] joins projects into a [Graph]; its [Report] holds each decision, and
//     [Graph.Check] shows that no edge was lost.
//   - [Graph.Upstream], [Graph.Downstream], [Graph.Impact], [Graph.Paths],
//     [Graph.Search] and others ask it; [Diff] compares two graphs.
//   - [Graph.WriteHTML] writes a page to explore, other methods JSON, DOT, Mermaid,
//     GraphML, CSV and Markdown. Equal graphs are written as equal bytes.
//
// # Limits
//
// dbt manifests tell which table feeds which, but not which column; so does the
// graph. A table that SQL names without ref or source is unknown to dbt, and so
// to the graph.
//
// # Errors
//
// Errors of reading are [*ReadError] with the file and the byte at which reading
// stopped; nothing of such a file is used. Errors that name a node which is not
// there wrap [ErrNoNode].
package dag
