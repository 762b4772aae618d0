// Package opensearch loads documents into Amazon OpenSearch Service, domains and
// collections of OpenSearch Serverless, and into OpenSearch itself.
//
//   - [NewConn] is a connection to one domain or collection: signed, with several
//     endpoints, timeouts and typed errors.
//   - [Ingest] reads JSON lines, CSV, TSV, Parquet or the caller's documents, and
//     writes them so that none is lost and none is doubled.
//   - [PlanReplace] and [ApplyReplace] replace all that an alias shows, at once.
//   - [MeasureIndexRecall] measures how much of the truth a search for vectors finds.
//
// Errors of requests are an *[Error], which is an answer that refuses, or a *[ConnError],
// which is no answer. Collections for vectors and for time series take no ids: what is
// loaded there may be doubled, and is counted (GeneratedIDs). On Serverless a document is
// found only some 10 to 60 seconds after it was written.
package opensearch
