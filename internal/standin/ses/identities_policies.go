package ses

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns/awstest"
)

const (
	maxPolicies   = 20   // of an identity
	maxPolicySize = 4096 // bytes
)

func (w *World) handlePolicies(c *awstest.Cloud) {
	handleIn(c, w, (*Region).createPolicy)
	handleIn(c, w, (*Region).updatePolicy)
	handleIn(c, w, (*Region).deletePolicy)
	handleIn(c, w, (*Region).getPolicies)
}

func (r *Region) createPolicy(in *sesv2.CreateEmailIdentityPolicyInput) (*sesv2.CreateEmailIdentityPolicyOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	if !setName.MatchString(*in.PolicyName) {
		return nil, refuseBad("The name of a policy has 1 to 64 letters, digits, hyphens and underscores")
	}
	if _, known := i.policies[*in.PolicyName]; known {
		return nil, refuseExists("Policy <%s> already exists.", *in.PolicyName)
	}
	if err := r.checkPolicy(i, *in.Policy); err != nil {
		return nil, err
	}
	if len(i.policies) >= maxPolicies {
		return nil, refuseLimit("An identity can have at most %d policies", maxPolicies)
	}
	i.policies[*in.PolicyName] = *in.Policy
	return nil, nil
}

func (r *Region) updatePolicy(in *sesv2.UpdateEmailIdentityPolicyInput) (*sesv2.UpdateEmailIdentityPolicyOutput, error) {
	i, err := r.withPolicy(in.EmailIdentity, in.PolicyName)
	if err != nil {
		return nil, err
	}
	if err := r.checkPolicy(i, *in.Policy); err != nil {
		return nil, err
	}
	i.policies[*in.PolicyName] = *in.Policy
	return nil, nil
}

func (r *Region) deletePolicy(in *sesv2.DeleteEmailIdentityPolicyInput) (*sesv2.DeleteEmailIdentityPolicyOutput, error) {
	i, err := r.withPolicy(in.EmailIdentity, in.PolicyName)
	if err != nil {
		return nil, err
	}
	delete(i.policies, *in.PolicyName)
	return nil, nil
}

func (r *Region) getPolicies(in *sesv2.GetEmailIdentityPoliciesInput) (*sesv2.GetEmailIdentityPoliciesOutput, error) {
	i, err := r.identity(in.EmailIdentity)
	if err != nil {
		return nil, err
	}
	return &sesv2.GetEmailIdentityPoliciesOutput{Policies: maps.Clone(i.policies)}, nil
}

// withPolicy returns an identity that has a policy.
func (r *Region) withPolicy(name, policy *string) (*identity, error) {
	i, err := r.identity(name)
	if err != nil {
		return nil, err
	}
	if _, known := i.policies[aws.ToString(policy)]; !known {
		return nil, refuseMissing("Policy <%s> does not exist.", aws.ToString(policy))
	}
	return i, nil
}

// A several in a policy may be written as its only element.
type several[T any] []T

func (l *several[T]) UnmarshalJSON(data []byte) error {
	var many []T
	if json.Unmarshal(data, &many) == nil {
		*l = many
		return nil
	}
	var one T
	err := json.Unmarshal(data, &one)
	*l = several[T]{one}
	return err
}

type policyStatement struct {
	Effect    string
	Principal json.RawMessage
	Action    several[string]
	Resource  several[string]
	Condition map[string]map[string]several[string]
}

// checkPolicy wants a policy about the identity.
func (r *Region) checkPolicy(i *identity, text string) error {
	statements, ok := parsePolicy(text)
	switch {
	case len(text) > maxPolicySize:
		return refuseBad("A policy has at most %d bytes", maxPolicySize)
	case !ok || len(statements) == 0:
		return refuseBad("The policy is not valid JSON, or has no statement")
	}
	for _, s := range statements {
		about := slices.Equal(s.Resource, several[string]{r.arn("identity/" + i.name)})
		if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Principal) == 0 || len(s.Action) == 0 || !about {
			return refuseBad("Each statement needs Effect, Principal, Action, and the ARN of the identity as its Resource")
		}
		if slices.ContainsFunc(s.Action, func(a string) bool { return !strings.HasPrefix(strings.ToLower(a), "ses:") }) {
			return refuseBad("The actions of the policy are not those of SES")
		}
	}
	return nil
}

func parsePolicy(text string) ([]policyStatement, bool) {
	var p struct{ Statement several[policyStatement] }
	err := json.Unmarshal([]byte(text), &p)
	return p.Statement, err == nil
}

// allowsReplica reports whether the policies of an identity let its own account have its
// keys in a Region.
func (r *Region) allowsReplica(i *identity, region string) bool {
	allowed := false
	for _, text := range i.policies {
		statements, _ := parsePolicy(text)
		for _, s := range statements {
			if !s.isAbout("ses:replicateemailidentitydkimsigningkey") || !s.names(r.Account) || !s.holds(region) {
				continue
			}
			if s.Effect == "Deny" {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

func (s policyStatement) isAbout(action string) bool {
	return slices.ContainsFunc(s.Action, func(a string) bool {
		prefix, any := strings.CutSuffix(strings.ToLower(a), "*")
		return prefix == action || any && strings.HasPrefix(action, prefix)
	})
}

// names reports whether the principal is the account, or anybody.
func (s policyStatement) names(account string) bool {
	var anybody string
	if json.Unmarshal(s.Principal, &anybody) == nil {
		return anybody == "*"
	}
	var p struct{ AWS several[string] }
	return json.Unmarshal(s.Principal, &p) == nil && slices.ContainsFunc(p.AWS, func(who string) bool {
		return who == "*" || who == account || strings.HasSuffix(who, ":iam::"+account+":root")
	})
}

// holds reports whether the conditions hold for a request that names one replica Region.
// Conditions that it does not know do not hold.
func (s policyStatement) holds(region string) bool {
	for operator, keys := range s.Condition {
		for key, values := range keys {
			if !strings.EqualFold(key, "ses:ReplicaRegion") {
				return false
			}
			switch operator {
			case "StringEquals", "ForAllValues:StringEquals", "ForAnyValue:StringEquals":
				if !slices.Contains(values, region) {
					return false
				}
			case "Null":
				if !slices.Equal(values, several[string]{"false"}) {
					return false
				}
			default:
				return false
			}
		}
	}
	return true
}
