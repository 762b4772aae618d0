// Package redshift shares data between warehouses of Amazon Redshift, provisioned clusters
// and serverless workgroups, bills those who use them, and runs statements through its Data
// API.
//
//   - NewConn is a connection to one warehouse: typed rows, all pages, statements in a
//     transaction or without one as they can be, stopped when the context ends.
//   - PlanShare and ApplyShare make datashares and all that belongs to them as described:
//     privileges, also on objects to come, consumers in this and other accounts, the
//     databases made of them, and what users and roles may do there.
//   - ShareAudit tells who can read or write what, across warehouses, and ShareDrill who
//     still could if one of them were paused.
//   - Harvest and OnSchedule keep what warehouses have used, before their views forget it
//     after 7 days. Chargeback bills business units from that, in lines that add up to the
//     charges exactly, and Reconcile explains what differs from Cost Explorer.
//
// Packages share and chargeback have the descriptions and the decisions, which need no
// account.
//
// Statements cost: a serverless workgroup that was idle is charged for at least 60 seconds
// when it is asked anything, also about its catalog, and a paused cluster answers nothing.
package redshift
