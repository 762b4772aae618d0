// Package policy checks the form of IAM policy documents, for stand-ins of the
// services that keep them. It decides about access only as far as AWS KMS does
// when it looks for a policy that locks its caller out.
//
// Source: "IAM JSON policy elements" and "Grammar of the IAM JSON policy
// language" in the IAM user guide.
package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// A Document is a policy whose form is right.
type Document struct {
	Version   string
	ID        string `json:"Id"`
	Statement List[Statement]
}

// A Statement is one of its statements.
type Statement struct {
	Sid, Effect           string
	Principal             Principals
	NotPrincipal          Principals
	Action, NotAction     List[string]
	Resource, NotResource List[string]
	Condition             map[string]map[string]json.RawMessage
}

// A List may be written as its only element.
type List[T any] []T

func (l *List[T]) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return strict(data, (*[]T)(l))
	}
	var one T
	err := strict(data, &one)
	*l = List[T]{one}
	return err
}

// Principals are by kind: AWS, Service, Federated or CanonicalUser. Everybody is
// "*" of the kind AWS.
type Principals map[string]List[string]

func (p *Principals) UnmarshalJSON(data []byte) error {
	var word string
	if json.Unmarshal(data, &word) == nil {
		if word != "*" {
			return fmt.Errorf("the principal %q", word)
		}
		*p = Principals{"AWS": {"*"}}
		return nil
	}
	kinds := map[string]List[string]{}
	err := json.Unmarshal(data, &kinds)
	*p = kinds
	return err
}

// Parse reads a policy that is attached to a resource, or with ofIdentity, to a
// user or role. Elements that IAM does not know, and those given twice, are
// refused.
func Parse(text string, ofIdentity bool) (Document, error) {
	var d Document
	if i := strings.IndexFunc(text, outside); i >= 0 {
		return d, fmt.Errorf("a character outside Latin-1 at byte %d", i)
	}
	if err := duplicates(json.NewDecoder(strings.NewReader(text))); err != nil {
		return d, err
	}
	if err := strict([]byte(text), &d); err != nil {
		return d, err
	}
	if d.Version != "" && d.Version != "2012-10-17" && d.Version != "2008-10-17" {
		return d, fmt.Errorf("the version %q", d.Version)
	}
	if len(d.Statement) == 0 {
		return d, errors.New("no statement")
	}
	sids := map[string]bool{}
	for i, s := range d.Statement {
		if err := s.check(ofIdentity); err != nil {
			return d, fmt.Errorf("statement %d: %w", i+1, err)
		}
		if s.Sid != "" && sids[s.Sid] {
			return d, fmt.Errorf("two statements with the Sid %q", s.Sid)
		}
		sids[s.Sid] = true
	}
	return d, nil
}

// outside reports whether the API reference of IAM and KMS does not allow a
// character in a policy.
func outside(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && (r < ' ' || r > 0xff)
}

func (s Statement) check(ofIdentity bool) error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("the effect %q", s.Effect)
	case ofIdentity && (s.Principal != nil || s.NotPrincipal != nil):
		return errors.New("a principal, in a policy of an identity")
	case !ofIdentity && (s.Principal == nil) == (s.NotPrincipal == nil):
		return errors.New("not one of Principal and NotPrincipal")
	case (s.Action == nil) == (s.NotAction == nil):
		return errors.New("not one of Action and NotAction")
	case s.Resource != nil && s.NotResource != nil, ofIdentity && s.Resource == nil && s.NotResource == nil:
		return errors.New("not one of Resource and NotResource")
	}
	return nil
}

// Allows reports whether the policy lets one of the principals call an action:
// a statement allows it, and none denies it. Conditions are taken to hold for
// Deny and not for Allow.
func (d Document) Allows(action string, principals ...string) bool {
	allowed := false
	for _, s := range d.Statement {
		if !s.about(action, principals) {
			continue
		}
		if s.Effect == "Deny" {
			return false
		}
		allowed = allowed || s.Condition == nil
	}
	return allowed
}

func (s Statement) about(action string, principals []string) bool {
	named := slices.ContainsFunc(s.Principal["AWS"], func(p string) bool { return p == "*" || slices.Contains(principals, p) })
	if s.NotPrincipal != nil {
		named = !slices.ContainsFunc(s.NotPrincipal["AWS"], func(p string) bool { return p == "*" || slices.Contains(principals, p) })
	}
	matches := func(pattern string) bool {
		ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(action))
		return ok && err == nil
	}
	if s.NotAction != nil {
		return named && !slices.ContainsFunc(s.NotAction, matches)
	}
	return named && slices.ContainsFunc(s.Action, matches)
}

// strict decodes without letting unknown elements pass.
func strict(data []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("something behind the policy")
	}
	return nil
}

// duplicates reports the first element that an object has twice.
func duplicates(d *json.Decoder) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	delim, ok := token.(json.Delim)
	if !ok {
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		if delim == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			if seen[name.(string)] {
				return fmt.Errorf("the element %q twice", name)
			}
			seen[name.(string)] = true
		}
		if err := duplicates(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}
