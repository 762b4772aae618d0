package awspatterns

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Permissions are what a pattern needs, in separate policies: whoever plans need
// not be allowed to apply.
type Permissions struct {
	Plan  Policy // for PlanX, which only reads; none for a pattern without a plan
	Apply Policy // for ApplyX, its reads included, or for a pattern without a plan

	// Beside are permissions that IAM does not hold, such as database privileges
	// and data access policies, one a line.
	Beside []string
}

// A Policy is a set of permissions, each for an IAM action.
type Policy []Permission

// A Permission allows an IAM action that the pattern calls or, if ImpliedBy is set,
// that a service calls in the name of the caller.
type Permission struct {
	Action string // such as "s3:GetObject"

	// Resources are ARN patterns, "*" if the action knows no resources. They may
	// hold ${Partition}, ${Region} and ${Account}, which Document fills in.
	Resources []string

	// Conditions, if any, by operator and key.
	Conditions map[string]map[string][]string

	// ImpliedBy is the action of this policy that brings this one about, such as
	// "s3:GetObject" for kms:Decrypt. Empty for an action that is called.
	ImpliedBy string

	// Source is the page that says so, where the name of the action does not.
	Source string
}

// Actions returns the names of the actions, sorted, each once.
func (p Policy) Actions() []string {
	var actions []string
	for _, permission := range p {
		actions = append(actions, permission.Action)
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// Document returns the policy as an IAM policy document, for the partition,
// account and Region of t; what t leaves out is "aws" for the partition and
// "*" otherwise. Actions with the same resources and conditions share a
// statement. Equal policies give equal bytes.
func (p Policy) Document(t Target) []byte {
	placeholders := strings.NewReplacer(
		"${Partition}", cmp.Or(t.Partition, "aws"),
		"${Region}", cmp.Or(t.Region, "*"),
		"${Account}", cmp.Or(t.Account, "*"),
	)
	statements := map[string]*policyStatement{}
	for _, permission := range p {
		var resources []string
		for _, r := range permission.Resources {
			resources = append(resources, placeholders.Replace(r))
		}
		slices.Sort(resources)
		key := fmt.Sprintf("%q %q", resources, permission.Conditions) // fmt prints maps in the order of their keys
		if statements[key] == nil {
			statements[key] = &policyStatement{Effect: "Allow", Resource: slices.Compact(resources), Condition: permission.Conditions}
		}
		statements[key].Action = append(statements[key].Action, permission.Action)
	}
	document := policyDocument{Version: "2012-10-17", Statement: []policyStatement{}}
	for _, key := range slices.Sorted(maps.Keys(statements)) {
		s := statements[key]
		slices.Sort(s.Action)
		s.Action = slices.Compact(s.Action)
		document.Statement = append(document.Statement, *s)
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		panic(err) // strings, slices and maps of strings
	}
	return text.Bytes()
}

// PolicyLiteral returns s as a part of a resource or of the value of a condition
// that stands for itself: IAM reads *, ? and $ as wildcards and variables.
func PolicyLiteral(s string) string { return policyEscapes.Replace(s) }

var policyEscapes = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")
