// Package respond acts on findings of Amazon GuardDuty.
//
//   - [PlanBlock] and [ApplyBlock] block what a finding names in IP sets of AWS WAF and rule
//     groups of AWS Network Firewall, for a time, and tag its instance.
//   - [PlanExpiry] and [ApplyExpiry] lift blocks that have ended: those alone that this
//     library made. Run them every few minutes.
//   - [OnFinding] plans and applies a block for an event: what a function of AWS Lambda calls.
//   - [PlanAlert] and [ApplyAlert] have EventBridge send findings to a topic.
//   - [MatchPattern] judges event patterns offline, for a stated subset, and [TestPattern] by
//     EventBridge itself; [FindingCoverage] says which types of findings a pattern and a
//     response act on.
//   - [TestResponse] makes sample findings, and waits for what becomes of them.
package respond
