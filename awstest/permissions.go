package awstest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
)

// Actions tells which IAM actions the calls of a service need. A key is an
// operation such as "S3.HeadObject" or, of a signed HTTP request, its signing
// name and method, "es.GET"; with "(Field)" behind it, it is about calls with
// that field of the input set, with "(!Field)" about those without. A call needs
// the actions of all keys that match it.
type Actions map[string][]string

// CheckPermissions compares a policy with the calls that were recorded, usually
// those of several tests together: what the tables say that the calls need must
// be exactly what the policy allows. Beside that it may allow actions that are
// implied by one that was called, and must say where that is written. Calls that
// were denied show no need.
func CheckPermissions(tb TB, p awspatterns.Policy, calls []Call, tables ...Actions) {
	tb.Helper()
	for _, err := range permissionFindings(p, calls, tables...) {
		tb.Errorf("%v", err)
	}
}

func permissionFindings(p awspatterns.Policy, calls []Call, tables ...Actions) (findings []error) {
	table := Actions{}
	for _, t := range tables {
		maps.Copy(table, t)
	}
	needed := map[string]Call{}
	unknown := map[string]bool{}
	for _, call := range calls {
		if call.Service == "local" || denied(call.Err) {
			continue
		}
		actions, known := table.of(call)
		if !known && !unknown[call.Name()] {
			unknown[call.Name()] = true
			findings = append(findings, fmt.Errorf("no table tells what %s needs", call))
		}
		for _, action := range actions {
			needed[action] = call
		}
	}
	for _, action := range slices.Sorted(maps.Keys(needed)) {
		if !slices.ContainsFunc(p, func(p awspatterns.Permission) bool { return p.Action == action && p.ImpliedBy == "" }) {
			findings = append(findings, fmt.Errorf("%s needs %s, which the policy does not allow", needed[action], action))
		}
	}
	for _, permission := range p {
		if err := justified(p, permission, needed); err != nil {
			findings = append(findings, fmt.Errorf("%s: %w", permission.Action, err))
		}
	}
	return findings
}

func denied(err error) bool {
	e, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err)
	return ok && e.HTTPStatusCode() == http.StatusForbidden
}

// of returns the actions that a call needs, and whether the table knows.
func (a Actions) of(call Call) (actions []string, known bool) {
	for key, needs := range a {
		if matches(key, call) {
			actions, known = append(actions, needs...), true
		}
	}
	return actions, known
}

// justified checks that a permission is needed: called or, through others that
// imply one another, implied by one that is.
func justified(p awspatterns.Policy, permission awspatterns.Permission, needed map[string]Call) error {
	if len(permission.Resources) == 0 {
		return errors.New("the permission names no resources")
	}
	if permission.ImpliedBy != "" && permission.Source == "" {
		return errors.New("the permission is implied and names no source for that")
	}
	for range p {
		if permission.ImpliedBy == "" {
			break
		}
		i := slices.IndexFunc(p, func(other awspatterns.Permission) bool { return other.Action == permission.ImpliedBy })
		if i < 0 {
			return fmt.Errorf("it is implied by %s, which the policy lacks", permission.ImpliedBy)
		}
		permission = p[i]
	}
	if permission.ImpliedBy != "" {
		return errors.New("the permission is implied in a circle")
	}
	if _, called := needed[permission.Action]; !called {
		return errors.New("no call needs it")
	}
	return nil
}

// matches reports whether a call is the operation of a key, such as "S3.GetObject",
// "S3.GetObject(VersionId)" or "S3.GetObject(!VersionId)".
func matches(key string, call Call) bool {
	name, condition, conditional := strings.Cut(strings.TrimSuffix(key, ")"), "(")
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
