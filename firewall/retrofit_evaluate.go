package firewall

import "github.com/awspatterns/awspatterns/firewall/retrofit"

// EvaluateRetrofit tells what Firewall Manager will make of the web ACLs and
// resources of a state, as [ReadState] collects it, under a policy that need not be
// there yet. It calls nothing: see [retrofit.Evaluate], and [retrofit.Diff] for what
// another scope would change.
func EvaluateRetrofit(s retrofit.State, p retrofit.Policy) (retrofit.Evaluation, error) {
	return retrofit.Evaluate(s, p)
}
