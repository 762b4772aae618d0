package respond

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/eventpattern"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// alertTarget is the ID of the target of a rule.
const alertTarget = "awspatterns"

// An alertRule is a rule of the default event bus.
type alertRule struct {
	events EventBridgeAPI
	opts   AlertOptions
	arn    string
	value  ruleValue
	target targetValue
}

// A ruleValue is what a rule does.
type ruleValue struct {
	Pattern  string `json:"pattern,omitempty"` // in one form
	Schedule string `json:"schedule,omitempty"`
	State    string `json:"state"`
}

// A targetValue is where a rule sends events, and as what.
type targetValue struct {
	ARN      string            `json:"arn"`
	Paths    map[string]string `json:"paths,omitempty"`
	Template string            `json:"template,omitempty"`
	Other    bool              `json:"other,omitempty"` // something else is set
}

func alertRuleOf(c Clients, o AlertOptions, at awspatterns.Target) *alertRule {
	pattern, err := AlertPattern(o)
	if err != nil {
		panic(err) // the options were checked
	}
	r := &alertRule{events: c.EventBridge, opts: o, arn: ruleARN(o, at), target: targetValue{ARN: topicARN(o, at)}}
	r.value = ruleValue{Pattern: oneForm(string(pattern)), State: string(types.RuleStateEnabled)}
	if o.Disabled {
		r.value.State = string(types.RuleStateDisabled)
	}
	if o.Text {
		r.target.Paths, r.target.Template = mailPaths(), mailTemplate(at.Partition)
	}
	return r
}

// mailPaths and mailTemplate are after "Creating custom responses to GuardDuty findings"
// in the GuardDuty user guide. Each line of a text is a string.
func mailPaths() map[string]string {
	return map[string]string{
		"type": "$.detail.type", "severity": "$.detail.severity", "title": "$.detail.title", "description": "$.detail.description",
		"account": "$.detail.accountId", "region": "$.detail.region", "id": "$.detail.id", "updated": "$.detail.updatedAt",
	}
}

func mailTemplate(partition string) string {
	console := map[string]string{"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}[partition]
	if console == "" {
		console = "console.aws.amazon.com"
	}
	return `"GuardDuty: <type>, severity <severity>, in account <account>, Region <region>, at <updated>"` + "\n" +
		`"<title>"` + "\n" + `"<description>"` + "\n" +
		`"https://` + console + `/guardduty/home?region=<region>#/findings?search=id%3D<id>"`
}

// oneForm returns JSON in one form, and what is none as it is.
func oneForm(text string) string {
	object, err := eventpattern.Object([]byte(text))
	if err != nil {
		return text
	}
	same, err := policydoc.Marshal(object)
	if err != nil {
		return text
	}
	return same
}

func asText(v any) string {
	text, err := policydoc.Marshal(v)
	if err != nil {
		panic(err) // strings
	}
	return text
}

func (r *alertRule) group() alertGroup {
	tags := alertTags(r.opts)
	return alertGroup{
		object: alertPart{
			kind: "EventBridge rule", id: r.arn, read: r.tags, wanted: tagText(tags), write: r.createOrTag,
			fields: func(found string) []awspatterns.Field {
				fields := tagFields(tags, found)
				if found == "" {
					fields = append(fields, r.fields("")...)
				}
				return fields
			},
		},
		setting: []alertPart{{
			kind: "EventBridge rule settings", id: r.arn, read: r.read, wanted: asText(r.value), write: r.put, fields: r.fields,
		}, {
			kind: "EventBridge target", id: r.arn + ":" + alertTarget, read: r.readTarget, wanted: asText(r.target), write: r.putTarget, fields: r.targetFields,
		}},
		born: 1,
	}
}

func (r *alertRule) fields(found string) []awspatterns.Field {
	var old ruleValue
	_ = json.Unmarshal([]byte(found), &old) // ours, or empty
	return differing(
		awspatterns.Field{Name: "event pattern", Old: old.Pattern, New: r.value.Pattern},
		awspatterns.Field{Name: "schedule", Old: old.Schedule, New: r.value.Schedule},
		awspatterns.Field{Name: "state", Old: old.State, New: r.value.State})
}

func (r *alertRule) targetFields(found string) []awspatterns.Field {
	var old targetValue
	_ = json.Unmarshal([]byte(found), &old) // ours, or empty
	return differing(
		awspatterns.Field{Name: "target", Old: old.ARN, New: r.target.ARN},
		awspatterns.Field{Name: "text", Old: old.Template, New: r.target.Template})
}

func differing(all ...awspatterns.Field) (fields []awspatterns.Field) {
	for _, f := range all {
		if f.Old != f.New {
			fields = append(fields, f)
		}
	}
	return fields
}

func (r *alertRule) tags(ctx context.Context) (string, error) {
	out, err := r.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &r.opts.Name})
	if _, missing := errors.AsType[*types.ResourceNotFoundException](err); missing {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if by := aws.ToString(out.ManagedBy); by != "" {
		return "", &formError{"the rule is managed by " + by, "choose another name", false}
	}
	list, err := r.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: &r.arn})
	if err != nil {
		return "", err
	}
	have := map[string]string{}
	for _, tag := range list.Tags {
		have[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tagText(only(have, alertTags(r.opts))), nil
}

func (r *alertRule) ruleTags() (tags []types.Tag) {
	for key, value := range alertTags(r.opts) {
		tags = append(tags, types.Tag{Key: &key, Value: &value})
	}
	return tags
}

func (r *alertRule) createOrTag(ctx context.Context, found string) error {
	if found != "" {
		_, err := r.events.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: &r.arn, Tags: r.ruleTags()})
		return err
	}
	in := r.input()
	in.Tags = r.ruleTags()
	_, err := r.events.PutRule(ctx, in)
	return err
}

func (r *alertRule) input() *eventbridge.PutRuleInput {
	return &eventbridge.PutRuleInput{
		Name: &r.opts.Name, State: types.RuleState(r.value.State), EventPattern: &r.value.Pattern,
		Description: aws.String("Sends findings of GuardDuty to a topic"),
	}
}

func (r *alertRule) put(ctx context.Context, _ string) error {
	_, err := r.events.PutRule(ctx, r.input()) // of a rule that is there, EventBridge keeps the tags
	return err
}

func (r *alertRule) read(ctx context.Context) (string, error) {
	out, err := r.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &r.opts.Name})
	if err != nil {
		return "", err
	}
	return asText(ruleValue{oneForm(aws.ToString(out.EventPattern)), aws.ToString(out.ScheduleExpression), string(out.State)}), nil
}

// readTarget returns the target of this library or, if another one sends the same to
// the same topic, that one: everything would otherwise arrive twice.
func (r *alertRule) readTarget(ctx context.Context) (string, error) {
	in := &eventbridge.ListTargetsByRuleInput{Rule: &r.opts.Name}
	own := ""
	for {
		out, err := r.events.ListTargetsByRule(ctx, in)
		if err != nil {
			return "", err
		}
		for _, t := range out.Targets {
			value := asText(valueOf(t))
			if value == asText(r.target) {
				return value, nil
			}
			if aws.ToString(t.Id) == alertTarget {
				own = value
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return own, nil
		}
		in.NextToken = out.NextToken
	}
}

func valueOf(t types.Target) targetValue {
	v := targetValue{ARN: aws.ToString(t.Arn), Other: t.Input != nil || t.InputPath != nil || t.RoleArn != nil}
	if t.InputTransformer != nil {
		v.Paths, v.Template = t.InputTransformer.InputPathsMap, aws.ToString(t.InputTransformer.InputTemplate)
	}
	return v
}

func (r *alertRule) putTarget(ctx context.Context, _ string) error {
	t := types.Target{Id: aws.String(alertTarget), Arn: &r.target.ARN}
	if r.target.Template != "" {
		t.InputTransformer = &types.InputTransformer{InputPathsMap: r.target.Paths, InputTemplate: &r.target.Template}
	}
	out, err := r.events.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: &r.opts.Name, Targets: []types.Target{t}})
	if err != nil {
		return err
	}
	for _, failed := range out.FailedEntries { // the call itself succeeds
		return fmt.Errorf("target %s: %s: %s", r.target.ARN, aws.ToString(failed.ErrorCode), aws.ToString(failed.ErrorMessage))
	}
	return nil
}
