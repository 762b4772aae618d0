package awstest

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// CheckPermissions compares a policy with the calls that were recorded, usually
// those of several tests together: every call needs a permission, and every
// operation that a permission names must have been called. An action without
// operations must be implied by one that the policy has.
func CheckPermissions(tb TB, p awspatterns.Policy, calls []Call) {
	tb.Helper()
	for _, err := range permissionFindings(p, calls) {
		tb.Errorf("%v", err)
	}
}

func permissionFindings(p awspatterns.Policy, calls []Call) (findings []error) {
	called := map[string]bool{} // operations of permissions
	var undeclared []string
	for _, call := range calls {
		if call.Service == "local" {
			continue
		}
		declared := false
		for _, operation := range operations(p) {
			if matches(operation, call) {
				called[operation], declared = true, true
			}
		}
		if !declared && !slices.Contains(undeclared, call.Name()) {
			undeclared = append(undeclared, call.Name())
			findings = append(findings, fmt.Errorf("%s was called, and no permission names it", call))
		}
	}
	for _, permission := range p {
		if err := justified(p, permission, called); err != nil {
			findings = append(findings, fmt.Errorf("%s: %w", permission.Action, err))
		}
	}
	return findings
}

func operations(p awspatterns.Policy) []string {
	var all []string
	for _, permission := range p {
		all = append(all, permission.Operations...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// justified checks that a permission is needed.
func justified(p awspatterns.Policy, permission awspatterns.Permission, called map[string]bool) error {
	switch {
	case len(permission.Resources) == 0:
		return errors.New("the permission names no resources")
	case permission.ImpliedBy != "" && len(permission.Operations) > 0:
		return errors.New("the permission is both called and implied")
	case permission.ImpliedBy == "" && len(permission.Operations) == 0:
		return errors.New("the permission names neither operations nor what implies it")
	case permission.ImpliedBy != "" && !slices.Contains(p.Actions(), permission.ImpliedBy):
		return fmt.Errorf("it is implied by %s, which the policy lacks", permission.ImpliedBy)
	case permission.ImpliedBy != "" && permission.Source == "":
		return errors.New("the permission is implied and names no source for that")
	}
	for _, operation := range permission.Operations {
		if !called[operation] {
			return fmt.Errorf("%s was not called", operation)
		}
	}
	return nil
}

// matches reports whether a call is the operation that a permission names, such
// as "S3.GetObject", "S3.GetObject(VersionId)" or "S3.GetObject(!VersionId)".
func matches(operation string, call Call) bool {
	name, condition, conditional := strings.Cut(strings.TrimSuffix(operation, ")"), "(")
	if name != call.Name() {
		return false
	}
	if !conditional {
		return true
	}
	field, unset := strings.CutPrefix(condition, "!")
	if call.Input == nil {
		return unset
	}
	v := reflect.ValueOf(call.Input).Elem().FieldByName(field)
	if !v.IsValid() {
		panic(fmt.Sprintf("awstest: %s has no field %s", call.Name(), field))
	}
	return v.IsZero() == unset
}
