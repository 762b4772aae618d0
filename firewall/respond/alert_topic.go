package respond

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// The mark is a tag.
const alertMark = "awspatterns"

// alertTags are the tags that a rule and a topic are to have.
func alertTags(o AlertOptions) map[string]string {
	tags := map[string]string{alertMark: alertPattern}
	maps.Copy(tags, o.Tags)
	return tags
}

// tagText is the value of an object: those of its tags that matter. Maps are written in the
// order of their keys.
func tagText(tags map[string]string) string {
	text, err := policydoc.Marshal(tags)
	if err != nil {
		panic(err) // strings
	}
	return text
}

// marked reports whether an object was made by this library.
func marked(tagText string) bool {
	var tags map[string]string
	return json.Unmarshal([]byte(tagText), &tags) == nil && tags[alertMark] == alertPattern
}

// tagFields show the tags that are added and changed.
func tagFields(wanted map[string]string, found string) []awspatterns.Field {
	var have map[string]string
	_ = json.Unmarshal([]byte(found), &have) // ours, or empty
	var fields []awspatterns.Field
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		if old, there := have[key]; !there || old != wanted[key] {
			f := awspatterns.Field{Name: "tag " + key, New: fmt.Sprintf("%q", wanted[key])}
			if there {
				f.Old = fmt.Sprintf("%q", old)
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// An alertTopic is the topic that findings are sent to.
type alertTopic struct {
	sns       SNSAPI
	opts      AlertOptions
	arn       string
	statement policydoc.Statement
	notes     []string
}

func alertTopicOf(c Clients, o AlertOptions, at awspatterns.Target) *alertTopic {
	topic := topicARN(o, at)
	sum := sha256.Sum256([]byte(o.Name)) // a Sid has no - and _
	return &alertTopic{sns: c.SNS, opts: o, arn: topic, statement: policydoc.Statement{
		Sid: "AWSPatternsAlert" + hex.EncodeToString(sum[:8]), Effect: "Allow",
		Principal: map[string]string{"Service": "events.amazonaws.com"},
		Action:    policydoc.OneOrMore{"sns:Publish"}, Resource: policydoc.OneOrMore{topic},
		Condition: map[string]map[string]policydoc.OneOrMore{"ArnEquals": {"aws:SourceArn": {ruleARN(o, at)}}},
	}}
}

func topicARN(o AlertOptions, at awspatterns.Target) string {
	if o.TopicARN != "" {
		return o.TopicARN
	}
	return "arn:" + at.Partition + ":sns:" + at.Region + ":" + at.Account + ":" + o.Name
}

func ruleARN(o AlertOptions, at awspatterns.Target) string {
	return "arn:" + at.Partition + ":events:" + at.Region + ":" + at.Account + ":rule/" + o.Name
}

func (t *alertTopic) group() alertGroup {
	wanted := alertTags(t.opts)
	return alertGroup{
		given: t.opts.TopicARN != "",
		object: alertPart{
			kind: "SNS topic", id: t.arn, read: t.tags, wanted: tagText(wanted), write: t.createOrTag,
			fields: func(found string) []awspatterns.Field { return tagFields(wanted, found) },
		},
		setting: []alertPart{{
			kind: "SNS topic encryption", id: t.arn, read: t.encryption, wanted: usable, manual: "EventBridge cannot use the AWS managed key of SNS, so no message arrives",
			fields: func(string) []awspatterns.Field {
				return []awspatterns.Field{{Name: "KMS key", Old: managedKey}}
			},
		}, {
			kind: "SNS topic policy", id: t.arn, read: t.readStatement, wanted: t.statement.String(), write: t.writeStatement,
			fields: func(found string) []awspatterns.Field {
				return []awspatterns.Field{{Name: "statement", Old: found, New: t.statement.String()}}
			},
		}},
		born: 1, // without encryption
	}
}

// tags returns those of the tags that matter.
func (t *alertTopic) tags(ctx context.Context) (string, error) {
	out, err := t.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &t.arn})
	if api, ok := errors.AsType[smithy.APIError](err); ok && (api.ErrorCode() == "ResourceNotFound" || api.ErrorCode() == "NotFound") {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	have := map[string]string{}
	for _, tag := range out.Tags {
		have[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tagText(only(have, alertTags(t.opts))), nil
}

// only returns the tags whose keys are among those that are wanted.
func only(have, wanted map[string]string) map[string]string {
	maps.DeleteFunc(have, func(key, _ string) bool { _, ok := wanted[key]; return !ok })
	return have
}

func (t *alertTopic) createOrTag(ctx context.Context, found string) error {
	var tags []snstypes.Tag
	for key, value := range alertTags(t.opts) {
		tags = append(tags, snstypes.Tag{Key: &key, Value: &value})
	}
	if found != "" {
		_, err := t.sns.TagResource(ctx, &sns.TagResourceInput{ResourceArn: &t.arn, Tags: tags})
		return err
	}
	_, err := t.sns.CreateTopic(ctx, &sns.CreateTopicInput{Name: &t.opts.Name, Tags: tags})
	if api, ok := errors.AsType[smithy.APIError](err); ok && strings.Contains(api.ErrorMessage(), "already exists") { // with other tags
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

func (t *alertTopic) attribute(ctx context.Context, name string) (string, error) {
	out, err := t.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &t.arn})
	if err != nil {
		return "", err
	}
	return out.Attributes[name], nil
}

// usable is the value of an encryption that EventBridge can publish under, as far as
// the topic tells.
const (
	usable     = "usable"
	managedKey = "alias/aws/sns"
)

func (t *alertTopic) encryption(ctx context.Context) (string, error) {
	key, err := t.attribute(ctx, "KmsMasterKeyId")
	if err != nil || key == managedKey || strings.HasSuffix(key, ":"+managedKey) {
		return managedKey, err
	}
	if key != "" {
		t.notes = []string{"the topic is encrypted with the key " + key + ": its policy has to let events.amazonaws.com use kms:Decrypt and kms:GenerateDataKey*"}
	}
	return usable, nil
}

// readStatement returns what is wanted if the policy says so, and otherwise the
// statement that stands there under our Sid.
func (t *alertTopic) readStatement(ctx context.Context) (string, error) {
	policy, err := t.attribute(ctx, "Policy")
	if err != nil {
		return "", err
	}
	wanted, err := t.withStatement(policy)
	if err != nil {
		return "", err
	}
	if wanted == policy || grantsAll(policy, t.arn) {
		return t.statement.String(), nil
	}
	return policydoc.StatementOf(policy, t.statement.Sid), nil
}

// maxTopicPolicy is in bytes ("Amazon SNS endpoints and quotas" in the AWS General
// Reference).
const maxTopicPolicy = 30 * 1024

func (t *alertTopic) withStatement(policy string) (string, error) {
	wanted, err := policydoc.Add(policy, t.statement)
	if err != nil {
		return "", &formError{"the policy has a form that this library does not edit: " + err.Error(), "add the statement " + t.statement.String(), false}
	}
	if wanted != policy && len(wanted) > maxTopicPolicy {
		return "", &formError{"the policy would be larger than SNS allows", "shorten it, and plan again", false}
	}
	return wanted, nil
}

// grantsAll reports whether a policy lets EventBridge publish for all rules.
func grantsAll(policy, topic string) bool {
	var p struct {
		Statement []struct {
			Effect    string
			Principal struct{ Service any }
			Action    any
			Resource  any
			Condition map[string]any
		}
	}
	if json.Unmarshal([]byte(policy), &p) != nil { // such as a principal *
		return false
	}
	for _, s := range p.Statement {
		action, _ := s.Action.(string)
		if s.Effect == "Allow" && s.Principal.Service == "events.amazonaws.com" && strings.EqualFold(action, "sns:Publish") && s.Resource == topic && len(s.Condition) == 0 {
			return true
		}
	}
	return false
}

// writeStatement adds the statement to what the policy is at that moment.
func (t *alertTopic) writeStatement(ctx context.Context, _ string) error {
	policy, err := t.attribute(ctx, "Policy")
	if err != nil {
		return err
	}
	if policy, err = t.withStatement(policy); err != nil {
		return err
	}
	_, err = t.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &t.arn, AttributeName: aws.String("Policy"), AttributeValue: &policy})
	return err
}
