package sns

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (s *Service) getTopicAttributes(ctx context.Context, in *sdk.GetTopicAttributesInput) (*sdk.GetTopicAttributesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err != nil {
		return nil, err
	}
	return &sdk.GetTopicAttributesOutput{Attributes: t.shown()}, nil
}

func (s *Service) setTopicAttributes(ctx context.Context, in *sdk.SetTopicAttributesInput) (*sdk.SetTopicAttributesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err != nil {
		return nil, err
	}
	return nil, t.set(*in.AttributeName, aws.ToString(in.AttributeValue))
}

// set sets an attribute that callers may set.
func (t *topic) set(name, value string) error {
	switch name {
	case "DisplayName":
		if utf8.RuneCountInString(value) > 100 {
			return invalid("DisplayName")
		}
	case "KmsMasterKeyId":
		if value == "" { // "" ends the encryption
			delete(t.attributes, name)
			return nil
		}
	case "Policy":
		if err := checkPolicy(value, t.arn); err != nil {
			return err
		}
		value = compact(value)
	case "DeliveryPolicy":
		if !json.Valid([]byte(value)) {
			return invalid("DeliveryPolicy")
		}
		value = compact(value)
	case "TracingConfig":
		if value != "Active" && value != "PassThrough" {
			return invalid("TracingConfig")
		}
	case "SignatureVersion":
		if value != "1" && value != "2" {
			return invalid("SignatureVersion")
		}
	case "MaximumMessageSize":
		if n, err := strconv.Atoi(value); err != nil || n < 1024 || n > 1<<20 {
			return invalid("MaximumMessageSize")
		}
	case "FifoTopic", "ContentBasedDeduplication", "ArchivePolicy", "FifoThroughputScope":
		return notImplemented("FIFO topics")
	default:
		return invalid("AttributeName")
	}
	t.attributes[name] = value
	return nil
}

// shown returns all attributes. JSON comes back in another form than it was set:
// SNS promises none.
func (t *topic) shown() map[string]string {
	all := map[string]string{
		"TopicArn": t.arn, "Owner": t.owner, "DisplayName": "", "Policy": t.defaultPolicy(),
		"SubscriptionsConfirmed": "0", "SubscriptionsPending": "0", "SubscriptionsDeleted": "0",
		"EffectiveDeliveryPolicy": `{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}`,
	}
	counts := map[string]int{}
	for _, sub := range t.subscriptions {
		if *sub.SubscriptionArn == pending {
			counts["SubscriptionsPending"]++
		} else {
			counts["SubscriptionsConfirmed"]++
		}
	}
	for name, n := range counts {
		all[name] = strconv.Itoa(n)
	}
	maps.Copy(all, t.attributes)
	return all
}

func (t *topic) defaultPolicy() string {
	return fmt.Sprintf(`{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow",`+
		`"Principal":{"AWS":"*"},"Action":["SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission",`+
		`"SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],"Resource":"%s",`+
		`"Condition":{"StringEquals":{"AWS:SourceOwner":"%s"}}}]}`, t.arn, t.owner)
}

func compact(text string) string {
	var b bytes.Buffer
	json.Compact(&b, []byte(text)) // text is valid
	return b.String()
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

type statement struct {
	Effect              string
	Principal           json.RawMessage
	Action, NotAction   list[string]
	Resource, Condition json.RawMessage
}

// checkPolicy checks the form of the policy of a topic: its statements are about
// SNS and that topic.
func checkPolicy(text, arn string) error {
	var p struct{ Statement list[statement] }
	if json.Unmarshal([]byte(text), &p) != nil || len(p.Statement) == 0 {
		return invalid("Policy Error: null")
	}
	for _, st := range p.Statement {
		var resource string
		switch {
		case st.Effect != "Allow" && st.Effect != "Deny", st.Principal == nil, st.Action == nil,
			json.Unmarshal(st.Resource, &resource) != nil, resource != arn:
			return invalid("Policy Error: null")
		case slices.ContainsFunc(st.Action, func(a string) bool { return !strings.HasPrefix(strings.ToLower(a), "sns:") }):
			return invalid("Policy statement action out of service scope!")
		}
	}
	return nil
}

func (s *Service) tagResource(ctx context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findResource(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, t.tag(in.Tags)
}

func (s *Service) untagResource(ctx context.Context, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findResource(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	for _, key := range in.TagKeys {
		delete(t.tags, key)
	}
	return nil, nil
}

func (s *Service) listTagsForResource(ctx context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.findResource(ctx, in.ResourceArn)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListTagsForResourceOutput{}
	for _, key := range slices.Sorted(maps.Keys(t.tags)) {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: aws.String(t.tags[key])})
	}
	return out, nil
}

// findResource is find for the calls whose error is named otherwise.
func (s *Service) findResource(ctx context.Context, arn *string) (*topic, error) {
	t, err := s.find(ctx, arn)
	if codeOf(err) == "NotFound" {
		return nil, refuse(http.StatusNotFound, &types.ResourceNotFoundException{}, "Resource does not exist")
	}
	return t, err
}

const maxTags = 50 // of a topic ("Amazon SNS topic tagging" in the developer guide)

// tag adds tags, or changes none.
func (t *topic) tag(tags []types.Tag) error {
	added := map[string]string{}
	for _, tag := range tags {
		key, value := aws.ToString(tag.Key), aws.ToString(tag.Value)
		_, twice := added[key]
		if twice || key == "" || utf8.RuneCountInString(key) > 128 || utf8.RuneCountInString(value) > 256 ||
			strings.HasPrefix(strings.ToLower(key), "aws:") {
			return invalid("Tags")
		}
		added[key] = value
	}
	all := maps.Clone(t.tags)
	maps.Copy(all, added)
	if len(all) > maxTags {
		return refuse(http.StatusBadRequest, &types.TagLimitExceededException{}, "Could not complete request: tag quota of per resource exceeded")
	}
	t.tags = all
	return nil
}
