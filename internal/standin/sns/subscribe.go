package sns

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

// pending is the ARN that a listing tells of a subscription that waits for its
// confirmation.
const pending = "PendingConfirmation"

// endpoints are how the endpoint of a protocol begins, and whether its
// subscriptions need to be confirmed. Queues and functions of the caller do not.
var endpoints = map[string]struct {
	begins string
	asks   bool
}{
	"sqs":        {begins: "arn:"},
	"lambda":     {begins: "arn:"},
	"http":       {"http://", true},
	"https":      {"https://", true},
	"email":      {"", true},
	"email-json": {"", true},
}

// subscribe makes a subscription, or finds the one that is there.
func (s *Service) subscribe(ctx context.Context, in *sdk.SubscribeInput) (*sdk.SubscribeOutput, error) {
	if len(in.Attributes) > 0 {
		return nil, notImplemented("attributes of subscriptions")
	}
	protocol, known := endpoints[*in.Protocol]
	endpoint := aws.ToString(in.Endpoint)
	switch {
	case !known && slices.Contains([]string{"sms", "application", "firehose"}, *in.Protocol):
		return nil, notImplemented("the protocol " + *in.Protocol)
	case !known:
		return nil, invalid("Protocol")
	case endpoint == "" || !strings.HasPrefix(endpoint, protocol.begins), protocol.begins == "arn:" && !strings.Contains(endpoint, ":"+*in.Protocol+":"),
		protocol.begins == "" && !strings.Contains(endpoint, "@"):
		return nil, invalid("Endpoint")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err != nil {
		return nil, err
	}
	sub := t.subscription(*in.Protocol, endpoint)
	if sub == nil {
		arn := pending
		if !protocol.asks {
			arn = t.arn + ":" + s.newID()
		}
		t.subscriptions = append(t.subscriptions, types.Subscription{
			TopicArn: aws.String(t.arn), Protocol: in.Protocol, Endpoint: &endpoint, Owner: aws.String(t.owner), SubscriptionArn: &arn,
		})
		sub = &t.subscriptions[len(t.subscriptions)-1]
	}
	if *sub.SubscriptionArn == pending {
		return &sdk.SubscribeOutput{SubscriptionArn: aws.String("pending confirmation")}, nil
	}
	return &sdk.SubscribeOutput{SubscriptionArn: aws.String(*sub.SubscriptionArn)}, nil
}

func (t *topic) subscription(protocol, endpoint string) *types.Subscription {
	for i, sub := range t.subscriptions {
		if *sub.Protocol == protocol && *sub.Endpoint == endpoint {
			return &t.subscriptions[i]
		}
	}
	return nil
}

// maxPage is from ListSubscriptionsByTopic in the API reference: "Each call returns
// a limited list of subscriptions, up to 100".
const maxPage = 100

func (s *Service) listSubscriptionsByTopic(ctx context.Context, in *sdk.ListSubscriptionsByTopicInput) (*sdk.ListSubscriptionsByTopicOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err != nil {
		return nil, err
	}
	from, size := 0, maxPage
	if s.PageSize > 0 {
		size = min(size, s.PageSize)
	}
	if in.NextToken != nil {
		digits, err := base64.StdEncoding.DecodeString(*in.NextToken)
		n, numberErr := strconv.Atoi(string(digits))
		if err != nil || numberErr != nil || n < 1 || n >= len(t.subscriptions) {
			return nil, invalid("NextToken")
		}
		from = n
	}
	to := min(from+size, len(t.subscriptions))
	out := &sdk.ListSubscriptionsByTopicOutput{}
	for _, sub := range t.subscriptions[from:to] {
		out.Subscriptions = append(out.Subscriptions, types.Subscription{
			TopicArn: aws.String(*sub.TopicArn), Protocol: aws.String(*sub.Protocol), Endpoint: aws.String(*sub.Endpoint),
			Owner: aws.String(*sub.Owner), SubscriptionArn: aws.String(*sub.SubscriptionArn),
		})
	}
	if to < len(t.subscriptions) {
		out.NextToken = aws.String(base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to))))
	}
	return out, nil
}
