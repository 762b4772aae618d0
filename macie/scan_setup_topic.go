package macie

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
	"github.com/awspatterns/awspatterns/internal/policydoc"
)

// maxTopicPolicy is in bytes ("Amazon SNS endpoints and quotas" in the AWS General
// Reference).
const maxTopicPolicy = 30 * 1024

// A setupTopic is the topic that Textract publishes to.
type setupTopic struct {
	sns    SNSAPI
	opts   ScanSetupEvents
	arn    string
	policy string // that the topic is created with
}

// The names of attributes of topics.
const (
	topicKey    = "KmsMasterKeyId"
	topicPolicy = "Policy"
)

func topicGroup(c Clients, e ScanSetupEvents, t awspatterns.Target, arn string) setupGroup {
	statements := topicStatements(arn)
	made, err := policydoc.Add("", append([]policydoc.Statement{ownerStatement(arn, t)}, statements...)...)
	if err != nil {
		panic(err) // to an empty policy
	}
	topic := setupTopic{c.SNS, e, arn, made}
	policy := policyThing("SNS topic policy", arn, maxTopicPolicy, statements)
	policy.read, policy.write, policy.born = topic.reader(topicPolicy), topic.writer(topicPolicy), true
	policy.effect = "messages sent without TLS are refused"
	g := setupGroup{
		object: &setupThing{
			kind: "SNS topic", id: arn, read: topic.whose, write: topic.createOrTag, same: sameText,
			fields: tagField(topic.bornFields()...),
		},
		settings: []setupThing{policy},
	}
	if e.TopicKMSKey != "" {
		g.settings = append(g.settings, setupThing{
			kind: "SNS topic encryption", id: arn, read: topic.reader(topicKey), write: topic.writer(topicKey), born: true,
			effect: "who publishes needs permission for the key",
			want:   always(e.TopicKMSKey), same: sameText, fields: oneField("KMS key"),
		})
	}
	return g
}

func (t setupTopic) bornFields() []awspatterns.Field {
	fields := []awspatterns.Field{{Name: "policy", New: t.policy}}
	if t.opts.TopicKMSKey != "" {
		fields = append(fields, awspatterns.Field{Name: "KMS key", New: t.opts.TopicKMSKey})
	}
	return fields
}

func (t setupTopic) whose(ctx context.Context) (string, error) {
	out, err := t.sns.ListTagsForResource(ctx, &sns.ListTagsForResourceInput{ResourceArn: &t.arn})
	switch {
	case errorCode(err) == "ResourceNotFound" || errorCode(err) == "NotFound":
		return absent, nil
	case err != nil:
		return "", err
	case slices.ContainsFunc(out.Tags, func(tag snstypes.Tag) bool { return *tag.Key == markKey && *tag.Value == markValue }):
		return ours, nil
	}
	return foreign, nil
}

func (t setupTopic) createOrTag(ctx context.Context, found, _ string) error {
	tags := []snstypes.Tag{{Key: aws.String(markKey), Value: aws.String(markValue)}}
	if found == foreign {
		_, err := t.sns.TagResource(ctx, &sns.TagResourceInput{ResourceArn: &t.arn, Tags: tags})
		return err
	}
	attributes := map[string]string{topicPolicy: t.policy}
	if t.opts.TopicKMSKey != "" {
		attributes[topicKey] = t.opts.TopicKMSKey
	}
	_, err := t.sns.CreateTopic(ctx, &sns.CreateTopicInput{Name: &t.opts.Topic, Attributes: attributes, Tags: tags})
	if errorCode(err) == "InvalidParameter" && strings.Contains(err.Error(), "already exists") { // with other attributes or tags
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

func (t setupTopic) reader(attribute string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		out, err := t.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &t.arn})
		if err != nil {
			return "", err
		}
		return out.Attributes[attribute], nil
	}
}

func (t setupTopic) writer(attribute string) func(ctx context.Context, found, wanted string) error {
	return func(ctx context.Context, _, wanted string) error {
		_, err := t.sns.SetTopicAttributes(ctx, &sns.SetTopicAttributesInput{TopicArn: &t.arn, AttributeName: &attribute, AttributeValue: &wanted})
		return err
	}
}
