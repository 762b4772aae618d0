// Package opensearch loads documents into Amazon OpenSearch Service, domains and
// collections of OpenSearch Serverless, and into OpenSearch itself.
//
//   - [NewConn] is a connection to one domain or collection: signed, with several
//     endpoints, timeouts and typed errors.
//   - [Ingest] reads JSON lines, CSV, TSV, Parquet or the caller's documents, and
//     writes them so that none is lost and none is doubled.
//   - [PlanReplace] and [ApplyReplace] replace all that an alias shows, at once.
package opensearch
