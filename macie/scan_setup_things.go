package macie

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// setupGroups are what setup looks after, in the order in which it is changed:
// what comes later works with what comes before.
func setupGroups(c Clients, o ScanSetupOptions, t awspatterns.Target) []setupGroup {
	groups := []setupGroup{bucketGroup(c, o, t), keyGroup(c, o, t)}
	if o.Export != nil {
		groups = append(groups, exportGroup(c, o, t))
	}
	if o.Events == nil {
		return groups
	}
	n, e := setupNames{t}, *o.Events
	return append(groups,
		topicGroup(c, e, t, n.topic(e.Topic)),
		roleGroup(c, e, t, n.role(e.Role), n.topic(e.Topic)),
		tableGroup(c, e, n.table(e.Table)),
		ruleGroup(c, e, e.findingsRule(), n.rule(e.findingsRule()), ruleValue{Pattern: findingsPattern(o.Bucket)}),
		ruleGroup(c, e, e.scheduleRule(), n.rule(e.scheduleRule()), ruleValue{Schedule: e.Schedule}),
	)
}

// setupNames makes ARNs.
type setupNames struct{ awspatterns.Target }

func (n setupNames) arn(service, rest string) string {
	return "arn:" + n.Partition + ":" + service + ":" + n.Region + ":" + n.Account + ":" + rest
}

func (n setupNames) topic(name string) string { return n.arn("sns", name) }
func (n setupNames) table(name string) string { return n.arn("dynamodb", "table/"+name) }
func (n setupNames) rule(name string) string  { return n.arn("events", "rule/"+name) }
func (n setupNames) role(name string) string {
	return "arn:" + n.Partition + ":iam::" + n.Account + ":role/" + name
}

// always wants a value whatever is found.
func always(value string) func(context.Context, string) (string, error) {
	return func(context.Context, string) (string, error) { return value, nil }
}

func sameText(a, b string) bool { return a == b }

// oneField shows a value as it is.
func oneField(name string) func(found, wanted string) []awspatterns.Field {
	return func(found, wanted string) []awspatterns.Field {
		return []awspatterns.Field{{Name: name, Old: found, New: wanted}}
	}
}

// tagField shows that a mark is added to an object, and the attributes that one is
// created with.
func tagField(attributes ...awspatterns.Field) func(found, wanted string) []awspatterns.Field {
	return func(found, _ string) []awspatterns.Field {
		tag := awspatterns.Field{Name: "tag " + markKey, New: markValue}
		if found != absent {
			return []awspatterns.Field{tag}
		}
		return append([]awspatterns.Field{tag}, attributes...)
	}
}

// policyThing is the policy of something, to which statements are added.
func policyThing(kind, id string, limit int, statements []policydoc.Statement) setupThing {
	return setupThing{
		kind: kind, id: id, same: policydoc.Same, fields: policyFields(statements),
		want: func(_ context.Context, found string) (string, error) {
			wanted, err := policydoc.Add(found, statements...)
			if err != nil {
				return "", &blockedError{
					"the policy has a form that this library does not edit: " + err.Error(),
					statementSteps(statements),
				}
			}
			if wanted != found && len(wanted) > limit {
				return "", &blockedError{"the policy would be larger than the service allows", []string{"shorten the policy, and plan again"}}
			}
			return wanted, nil
		},
	}
}

// statementSteps tell a person what to add.
func statementSteps(statements []policydoc.Statement) []string {
	var steps []string
	for _, s := range statements {
		steps = append(steps, "add the statement "+s.String())
	}
	return steps
}

// policyFields shows the statements that a policy lacks, each with what it
// replaces.
func policyFields(statements []policydoc.Statement) func(found, wanted string) []awspatterns.Field {
	return func(found, _ string) []awspatterns.Field {
		var fields []awspatterns.Field
		for _, s := range statements {
			if added, err := policydoc.Add(found, s); err == nil && found != "" && added == found {
				continue
			}
			fields = append(fields, awspatterns.Field{Name: "statement", Old: policydoc.StatementOf(found, s.Sid), New: s.String()})
		}
		return fields
	}
}

// settings returns a value as JSON, without what is not set.
func settings(v any) (string, error) {
	text, err := policydoc.Marshal(v)
	if err != nil {
		return "", err
	}
	var plain any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&plain); err != nil {
		return "", err
	}
	return policydoc.Marshal(withoutNulls(plain))
}

func withoutNulls(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			if value == nil {
				delete(v, name)
			} else {
				v[name] = withoutNulls(value)
			}
		}
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	}
	return v
}

// errorCode returns the code of an error of AWS, empty if it is none.
func errorCode(err error) string {
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		return api.ErrorCode()
	}
	return ""
}

// movedPermanently is what S3 answers in another Region than the bucket's.
const movedPermanently = http.StatusMovedPermanently
