// Package awspatterns is the root of a library of higher-level AWS patterns: jobs
// that take more than one API call, each done by one function. It has the words
// that the patterns share: [Plan], [Change], [Cost], [Permissions].
//
//   - [github.com/awspatterns/awspatterns/lineage] merges the lineage of dbt
//     projects into one graph that a person can explore, and publishes it;
//     lineage/dag is its pure core, without any AWS SDK.
//   - [github.com/awspatterns/awspatterns/macie] finds sensitive data in images.
//   - [github.com/awspatterns/awspatterns/firewall] tells what Firewall Manager will
//     do, makes geo rules and dashboards, and analyses logs; its cores are
//     firewall/retrofit, firewall/rules, firewall/dashboard and firewall/logs, and
//     firewall/respond acts on findings.
//   - [github.com/awspatterns/awspatterns/opensearch] loads documents into OpenSearch
//     so that none is lost and none is doubled, and replaces what an alias shows;
//     opensearch/vector says what an index of vectors takes, and what it will find.
//   - [github.com/awspatterns/awspatterns/redshift] shares data between warehouses as
//     described, tells who can read or write what, bills business units for what they
//     use, and runs statements through the Data API; redshift/share and
//     redshift/chargeback are its cores.
//   - [github.com/awspatterns/awspatterns/ses] keeps two Regions of Amazon SES the
//     same, tells whether one could carry all mail, and sends none twice; ses/region
//     is its core.
//   - [github.com/awspatterns/awspatterns/rows] reads records of files, and parquet, a
//     module of its own, those of Parquet; both are free of any AWS SDK.
//   - [github.com/awspatterns/awspatterns/state] keeps what patterns go on by.
//   - [github.com/awspatterns/awspatterns/awstest] is AWS in the process, for
//     tests of code that calls AWS.
//
// # One form
//
// Every pattern is a function X(ctx, Clients, XOptions) (XResult, error).
// Clients hold the AWS clients of the caller; retries, timeouts, logging and
// tracing are theirs. Options are checked before the first call. Results are
// plain data in a defined order.
//
// What changes an account is PlanX, which only reads, and ApplyX, which makes the
// changes of a plan. Applying twice changes nothing more; a run that was killed
// at any call is repeated; what could not be read is never taken for absent;
// only what this library made is changed or deleted. XPermissions tells the IAM
// actions, for planning and for applying.
//
// docs/design.md gives the rules and their reasons.
//
// # Stability
//
// Until v1.0.0 a minor version may change the API; CHANGELOG.md tells how.
package awspatterns
