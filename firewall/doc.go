// Package firewall works on the firewalls of an organization: AWS Firewall
// Manager, AWS WAF and AWS Network Firewall.
//
// # Retrofit
//
// Firewall Manager can add the rule groups of a policy to web ACLs that are there. What
// it will do, and to which, is told before:
//
//   - [ReadState] reads the web ACLs of accounts and Regions, and what they protect;
//     [ReadAccounts] the accounts, with their organizational units.
//   - [EvaluateRetrofit] says what becomes of each web ACL and resource under a
//     policy, without credentials; package retrofit has the types, and compares two
//     evaluations.
//   - [ReadPolicy], [PlanRetrofit] and [ApplyRetrofit] read and change the policy.
//   - [Compliance] says what Firewall Manager found in all accounts of a policy.
//
// # Countries
//
// Package rules renders geo rules that mean what they say, checks rules that there
// are, and predicts what rules do with a packet. [PlanGeoRuleGroup] and
// [ApplyGeoRuleGroup] make a rule group of geo rules and attach it to a firewall
// policy. Package mmdb, a module of its own, knows the countries of addresses from a
// database in MaxMind's format.
//
// # Dashboard and logs
//
//   - [PlanDashboard] and [ApplyDashboard] make the CloudWatch dashboard of firewalls
//     from their names, with Contributor Insights rules and alarms; package dashboard renders
//     it for whoever applies it otherwise.
//   - [AnalyzeLogs] answers the dashboard's questions from the logs in S3; package
//     logs does so from files. [EstimateLogs] says first how much there is to read.
//   - [QueryLogs] asks CloudWatch Logs Insights or Amazon Athena the same questions, where the
//     logs are too many for one machine.
//
// # Response
//
// Package respond acts on findings of Amazon GuardDuty. It stands apart since the
// client of Amazon EC2 that it needs takes long to build.
//
// Planning only reads. A plan is plain data, to be printed and approved; package
// awspatterns says what plans have in common.
package firewall
