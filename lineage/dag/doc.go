// Package dag reads dbt manifests, merges them into one lineage graph, answers
// questions about the graph and writes it in the formats people look at.
//
// The usual way in is lineage.MergeDAG, which reads the manifests too. This
// package is its pure core: it knows no AWS service and imports no AWS SDK.
package dag
