// Package redshift shares data between warehouses of Amazon Redshift, provisioned clusters
// and serverless workgroups, and runs statements through its Data API.
//
//   - NewConn is a connection to one warehouse: typed rows, all pages, statements in a
//     transaction or without one as they can be, stopped when the context ends.
//   - PlanShare and ApplyShare make datashares and all that belongs to them as described:
//     privileges, also on objects to come, consumers in this and other accounts, the
//     databases made of them, and what users and roles may do there.
//   - ShareAudit tells who can read or write what, across warehouses, and ShareDrill who
//     still could if one of them were paused.
//
// Package share has the description and the decisions, which need no account.
//
// Statements cost: a serverless workgroup that was idle is charged for at least 60 seconds
// when it is asked anything, also about its catalog, and a paused cluster answers nothing.
package redshift
