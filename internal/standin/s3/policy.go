package s3

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/awstest"
)

// A policy is a bucket policy as far as its form is checked.
type policy struct {
	Version   string
	Statement list[statement]
}

type statement struct {
	Effect                  string
	Principal, NotPrincipal json.RawMessage
	Action, NotAction       list[string]
	Resource, NotResource   list[string]
	Condition               json.RawMessage
}

// A list in a policy may be written as its only element.
type list[T any] []T

func (l *list[T]) UnmarshalJSON(data []byte) error {
	var many []T
	if json.Unmarshal(data, &many) == nil {
		*l = many
		return nil
	}
	var one T
	err := json.Unmarshal(data, &one)
	*l = list[T]{one}
	return err
}

// maxPolicyBytes is from "Bucket policies and user policies" in the user guide.
const maxPolicyBytes = 20 * 1024

func parsePolicy(text string) (policy, error) {
	var p policy
	trimmed := strings.TrimSpace(text)
	switch {
	case len(text) > maxPolicyBytes:
		return p, awstest.Error(http.StatusBadRequest, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
	case !strings.HasPrefix(trimmed, "{") || !json.Valid([]byte(text)):
		return p, malformedPolicy("Policies must be valid JSON and the first byte must be '{'")
	case json.Unmarshal([]byte(text), &p) != nil:
		return p, malformedPolicy("Policy has invalid syntax")
	}
	return p, nil
}

// check refuses what S3 refuses in the policy of the bucket with that ARN.
func (p policy) check(bucketARN string) error {
	switch {
	case p.Version != "" && p.Version != "2012-10-17" && p.Version != "2008-10-17":
		return malformedPolicy("The policy must contain a valid version string")
	case len(p.Statement) == 0:
		return malformedPolicy("Missing required field Statement")
	}
	for _, s := range p.Statement {
		if err := s.check(bucketARN); err != nil {
			return err
		}
	}
	return nil
}

func (s statement) check(bucketARN string) error {
	switch {
	case s.Effect == "":
		return malformedPolicy("Missing required field Effect")
	case s.Effect != "Allow" && s.Effect != "Deny":
		return malformedPolicy("Invalid effect: " + s.Effect)
	case s.Principal == nil && s.NotPrincipal == nil:
		return malformedPolicy("Missing required field Principal")
	case s.Action == nil && s.NotAction == nil:
		return malformedPolicy("Missing required field Action")
	case s.Resource == nil && s.NotResource == nil:
		return malformedPolicy("Missing required field Resource")
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if action != "*" && !strings.HasPrefix(strings.ToLower(action), "s3:") {
			return malformedPolicy("Policy has invalid action")
		}
	}
	for _, resource := range slices.Concat(s.Resource, s.NotResource) {
		if resource != bucketARN && !strings.HasPrefix(resource, bucketARN+"/") {
			return malformedPolicy("Policy has invalid resource")
		}
	}
	return nil
}

// public reports whether a policy lets everyone in. S3 looks into conditions to
// see whether they hold for fixed values only ("The meaning of public" in the user
// guide); here any condition is taken for one of those.
func (p policy) public() bool {
	return slices.ContainsFunc(p.Statement, func(s statement) bool {
		return s.Effect == "Allow" && s.Condition == nil && (s.NotPrincipal != nil || everyone(s.Principal))
	})
}

func everyone(principal json.RawMessage) bool {
	var word string
	if json.Unmarshal(principal, &word) == nil {
		return word == "*"
	}
	var kinds map[string]list[string]
	return json.Unmarshal(principal, &kinds) == nil && slices.Contains(kinds["AWS"], "*")
}

func malformedPolicy(message string) error {
	return awstest.Error(http.StatusBadRequest, "MalformedPolicy", message)
}
