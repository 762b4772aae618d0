// Package awspatterns is the root of a library of higher-level AWS patterns: jobs
// that take more than one API call, each done by one function.
//
//   - [github.com/awspatterns/awspatterns/lineage] merges the lineage of dbt
//     projects into one graph that a person can explore; lineage/dag is its pure
//     core, without any AWS SDK.
//
// Packages firewall, macie, ses, redshift and opensearch are planned.
//
// # One form
//
// Every pattern is a function X(ctx, Clients, XOptions) (XResult, error).
// Clients hold the AWS clients of the caller; retries, timeouts, logging and
// tracing are theirs. Options are checked before the first call. Results are
// plain data in a defined order. docs/design.md gives the rules and their
// reasons.
//
// # Stability
//
// Until v1.0.0 a minor version may change the API; CHANGELOG.md tells how.
package awspatterns
