package macie

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

const everyFiveMinutes = "rate(5 minutes)"

// targetID is that of the target of a rule.
const targetID = "awspatterns"

// A ruleValue is what a rule does.
type ruleValue struct {
	Pattern  string `json:"pattern,omitempty"`
	Schedule string `json:"schedule,omitempty"`
	State    string `json:"state"`
}

// findingsPattern matches findings in objects of the bucket ("Amazon EventBridge
// event schema for Macie findings" in the Macie user guide).
func findingsPattern(bucket string) string {
	text, err := policydoc.Marshal(map[string]any{
		"source":      []string{"aws.macie"},
		"detail-type": []string{"Macie Finding"},
		"detail":      map[string]any{"resourcesAffected": map[string]any{"s3Bucket": map[string]any{"name": []string{bucket}}}},
	})
	if err != nil {
		panic(err) // strings in maps
	}
	return text
}

// A setupRule is a rule of the default event bus.
type setupRule struct {
	events    EventBridgeAPI
	name, arn string
	wanted    ruleValue
	target    string
}

func ruleGroup(c Clients, e ScanSetupEvents, name, arn string, wanted ruleValue) setupGroup {
	wanted.State = string(eventtypes.RuleStateEnabled)
	text, err := policydoc.Marshal(wanted)
	if err != nil {
		panic(err) // strings
	}
	r := setupRule{c.EventBridge, name, arn, wanted, e.TargetARN}
	g := setupGroup{
		object: &setupThing{
			kind: "EventBridge rule", id: arn, read: r.whose, write: r.createOrTag, same: sameText,
			fields: tagField(ruleFields("", text)...),
		},
		settings: []setupThing{{
			kind: "EventBridge rule settings", id: arn, read: r.read, write: r.put, born: true,
			want: always(text), same: sameRule, fields: ruleFields,
		}},
	}
	if e.TargetARN != "" {
		g.settings = append(g.settings, setupThing{
			kind: "EventBridge target", id: arn + ":" + targetID, read: r.readTarget, write: r.putTarget,
			want: always(e.TargetARN), same: sameText, fields: oneField("target"),
		})
	}
	return g
}

func (r setupRule) describe(ctx context.Context) (*eventbridge.DescribeRuleOutput, error) {
	return r.events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &r.name})
}

func (r setupRule) whose(ctx context.Context) (string, error) {
	out, err := r.describe(ctx)
	_, missing := errors.AsType[*eventtypes.ResourceNotFoundException](err)
	switch {
	case missing:
		return absent, nil
	case err != nil:
		return "", err
	case aws.ToString(out.ManagedBy) != "":
		return "", &blockedError{"the rule is managed by " + *out.ManagedBy, []string{"choose another name"}}
	}
	tags, err := r.events.ListTagsForResource(ctx, &eventbridge.ListTagsForResourceInput{ResourceARN: &r.arn})
	switch {
	case err != nil:
		return "", err
	case slices.ContainsFunc(tags.Tags, func(tag eventtypes.Tag) bool { return *tag.Key == markKey && *tag.Value == markValue }):
		return ours, nil
	}
	return foreign, nil
}

func ruleTags() []eventtypes.Tag {
	return []eventtypes.Tag{{Key: aws.String(markKey), Value: aws.String(markValue)}}
}

func (r setupRule) createOrTag(ctx context.Context, found, _ string) error {
	if found == foreign {
		_, err := r.events.TagResource(ctx, &eventbridge.TagResourceInput{ResourceARN: &r.arn, Tags: ruleTags()})
		return err
	}
	in := r.input()
	in.Tags = ruleTags()
	_, err := r.events.PutRule(ctx, in)
	return err
}

func (r setupRule) input() *eventbridge.PutRuleInput {
	in := &eventbridge.PutRuleInput{
		Name: &r.name, State: eventtypes.RuleStateEnabled, Description: aws.String("Tells a scan of images with Macie what happened"),
	}
	if r.wanted.Pattern != "" {
		in.EventPattern = &r.wanted.Pattern
	}
	if r.wanted.Schedule != "" {
		in.ScheduleExpression = &r.wanted.Schedule
	}
	return in
}

func (r setupRule) put(ctx context.Context, _, _ string) error {
	_, err := r.events.PutRule(ctx, r.input()) // of a rule that is there, EventBridge keeps the tags
	return err
}

func (r setupRule) read(ctx context.Context) (string, error) {
	out, err := r.describe(ctx)
	if err != nil {
		return "", err
	}
	return policydoc.Marshal(ruleValue{aws.ToString(out.EventPattern), aws.ToString(out.ScheduleExpression), string(out.State)})
}

// sameRule compares patterns as JSON: EventBridge may write them otherwise.
func sameRule(a, b string) bool {
	var x, y ruleValue
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	x.Pattern, y.Pattern = policydoc.Meaning(json.RawMessage(x.Pattern)), policydoc.Meaning(json.RawMessage(y.Pattern))
	return x == y
}

func ruleFields(found, wanted string) []awspatterns.Field {
	var old, to ruleValue
	json.Unmarshal([]byte(found), &old) // ours, or empty
	json.Unmarshal([]byte(wanted), &to)
	var fields []awspatterns.Field
	for _, f := range []awspatterns.Field{
		{Name: "event pattern", Old: old.Pattern, New: to.Pattern},
		{Name: "schedule", Old: old.Schedule, New: to.Schedule},
		{Name: "state", Old: old.State, New: to.State},
	} {
		if f.Old != f.New {
			fields = append(fields, f)
		}
	}
	return fields
}

// readTarget returns the target of this library or, if another one leads to the
// same place, that place: it would otherwise be called twice.
func (r setupRule) readTarget(ctx context.Context) (string, error) {
	in := &eventbridge.ListTargetsByRuleInput{Rule: &r.name}
	own, other := "", ""
	for {
		out, err := r.events.ListTargetsByRule(ctx, in)
		if err != nil {
			return "", err
		}
		for _, t := range out.Targets {
			switch {
			case aws.ToString(t.Id) == targetID:
				own = aws.ToString(t.Arn)
			case aws.ToString(t.Arn) == r.target:
				other = r.target
			}
		}
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	if own == "" {
		return other, nil
	}
	return own, nil
}

func (r setupRule) putTarget(ctx context.Context, _, wanted string) error {
	out, err := r.events.PutTargets(ctx, &eventbridge.PutTargetsInput{
		Rule: &r.name, Targets: []eventtypes.Target{{Id: aws.String(targetID), Arn: &wanted}},
	})
	if err != nil {
		return err
	}
	for _, failed := range out.FailedEntries { // the call itself succeeds
		return fmt.Errorf("target %s: %s: %s", wanted, aws.ToString(failed.ErrorCode), aws.ToString(failed.ErrorMessage))
	}
	return nil
}

// compactJSON returns JSON on one line, and what is none as it is.
func compactJSON(text string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(text)) != nil {
		return text
	}
	return b.String()
}
