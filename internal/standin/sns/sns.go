// Package sns stands in for Amazon SNS.
//
// It knows standard topics with their attributes and tags, publishing and
// subscriptions, with the limits of the API reference, and keeps what is published
// for tests to look at; it delivers nothing. Policies are stored and checked for
// form, but do not decide who may do what: only the account of a topic may use it,
// in its Region, and whoever calls [Service.Publish].
//
// The messages of errors are those that users report. Of the subject of a message,
// the SDK's model says UTF-8 text, and the older documentation ASCII text that
// begins with a letter, number or punctuation mark: refused is what either refuses.
//
// Not known, and refused, are FIFO topics, SMS, mobile endpoints and attributes of
// subscriptions. Not checked is whether the publisher may use the KMS key of a
// topic.
package sns

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// A Service is Amazon SNS in all accounts and Regions of a Cloud. Its methods may
// be called from several goroutines. They are not calls: the log of the Cloud does
// not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most subscriptions that one page holds, up to
	// 100. Set it before the first call.
	PageSize int

	mu     sync.Mutex
	topics map[string]*topic // by ARN
	made   int               // messages and subscriptions so far
}

type topic struct {
	arn           string
	owner         string
	attributes    map[string]string // that were set
	tags          map[string]string
	subscriptions []types.Subscription
	messages      []Message
}

// A Message is what was published.
type Message struct {
	ID         string
	Subject    string // empty if there is none
	Text       string
	Structure  string            // "json" if Text differs by protocol
	Attributes map[string]string // values by name; binary ones as they are
	Time       time.Time
}

// New returns an SNS without topics, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{topics: map[string]*topic{}}
	awstest.Handle(c, s.createTopic)
	awstest.Handle(c, s.deleteTopic)
	awstest.Handle(c, s.getTopicAttributes)
	awstest.Handle(c, s.setTopicAttributes)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.untagResource)
	awstest.Handle(c, s.listTagsForResource)
	awstest.Handle(c, s.publish)
	awstest.Handle(c, s.subscribe)
	awstest.Handle(c, s.listSubscriptionsByTopic)
	return s
}

// CreateTopic makes a topic by another hand, or replaces one, and returns its ARN.
func (s *Service) CreateTopic(account, region, name string) (arn string) {
	arn = topicARN(awstest.Caller{Account: account, Region: region}, name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics[arn] = newTopic(arn, account)
	return arn
}

// DeleteTopic deletes a topic by another hand.
func (s *Service) DeleteTopic(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.topics, arn)
}

// Messages returns what was published to a topic, oldest first. A topic that was
// deleted has none.
func (s *Service) Messages(topicARN string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.topics[topicARN]; ok {
		return slices.Clone(t.messages)
	}
	return nil
}

func newTopic(arn, owner string) *topic {
	return &topic{arn: arn, owner: owner, attributes: map[string]string{}, tags: map[string]string{}}
}

func topicARN(c awstest.Caller, name string) string {
	return fmt.Sprintf("arn:%s:sns:%s:%s:%s", c.Partition(), c.Region, c.Account, name)
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// createTopic creates a topic, or finds the one that is there if it has the
// attributes and tags that the call names.
func (s *Service) createTopic(ctx context.Context, in *sdk.CreateTopicInput) (*sdk.CreateTopicOutput, error) {
	caller := awstest.CallerOf(ctx)
	switch {
	case caller.Account == "":
		return nil, unauthorized()
	case strings.HasSuffix(*in.Name, ".fifo"), in.DataProtectionPolicy != nil:
		return nil, notImplemented("FIFO topics and data protection policies")
	case !topicName.MatchString(*in.Name):
		return nil, invalid("Topic Name")
	}
	made := newTopic(topicARN(caller, *in.Name), caller.Account)
	for name, value := range in.Attributes {
		if err := made.set(name, value); err != nil {
			return nil, err
		}
	}
	if err := made.tag(in.Tags); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	there, exists := s.topics[made.arn]
	switch {
	case !exists:
		s.topics[made.arn] = made
	case !there.has(made.attributes):
		return nil, invalid("Attributes Reason: Topic already exists with different attributes")
	case len(in.Tags) > 0 && !maps.Equal(there.tags, made.tags):
		return nil, invalid("Tags Reason: Topic already exists with different tags")
	}
	return &sdk.CreateTopicOutput{TopicArn: aws.String(made.arn)}, nil
}

func (t *topic) has(attributes map[string]string) bool {
	for name, value := range attributes {
		if t.shown()[name] != value {
			return false
		}
	}
	return true
}

// deleteTopic succeeds also without the topic: "This action is idempotent, so
// deleting a topic that does not exist does not result in an error."
func (s *Service) deleteTopic(ctx context.Context, in *sdk.DeleteTopicInput) (*sdk.DeleteTopicOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err == nil {
		delete(s.topics, t.arn)
	}
	if _, missing := errors.AsType[*types.NotFoundException](err); missing {
		err = nil
	}
	return nil, err
}

// find returns the topic that a call names. The caller of find holds s.mu.
func (s *Service) find(ctx context.Context, arn *string) (*topic, error) {
	caller := awstest.CallerOf(ctx)
	parts := strings.Split(aws.ToString(arn), ":")
	switch {
	case caller.Account == "":
		return nil, unauthorized()
	case len(parts) != 6 || parts[0] != "arn" || parts[2] != "sns" || parts[3] != caller.Region:
		return nil, invalid("TopicArn")
	case parts[4] != caller.Account:
		return nil, unauthorized()
	}
	t, ok := s.topics[*arn]
	if !ok {
		return nil, refuse(http.StatusNotFound, &types.NotFoundException{}, "Topic does not exist")
	}
	return t, nil
}
