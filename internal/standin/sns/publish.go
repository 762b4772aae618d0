package sns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
)

func (s *Service) publish(ctx context.Context, in *sdk.PublishInput) (*sdk.PublishOutput, error) {
	if in.TargetArn != nil || in.PhoneNumber != nil || in.MessageGroupId != nil || in.MessageDeduplicationId != nil {
		return nil, notImplemented("SMS, mobile endpoints and FIFO topics")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t, err := s.find(ctx, in.TopicArn)
	if err != nil {
		return nil, err
	}
	m := Message{Subject: aws.ToString(in.Subject), Text: *in.Message, Structure: aws.ToString(in.MessageStructure)}
	size := len(m.Text)
	for name, a := range in.MessageAttributes {
		if err := checkAttribute(name, a); err != nil {
			return nil, err
		}
		if m.Attributes == nil {
			m.Attributes = map[string]string{}
		}
		m.Attributes[name] = aws.ToString(a.StringValue) + string(a.BinaryValue)
		size += len(name) + len(*a.DataType) + len(m.Attributes[name])
	}
	switch {
	case m.Text == "":
		return nil, invalid("Empty message")
	case !utf8.ValidString(m.Text):
		return nil, invalid("Message")
	case size > t.maxSize():
		return nil, invalid("Message too long")
	case in.Subject != nil && !validSubject(*in.Subject):
		return nil, invalid("Subject")
	case in.MessageStructure != nil && !validStructure(m):
		return nil, invalid("Message Structure - No default entry in JSON message body")
	}
	return &sdk.PublishOutput{MessageId: aws.String(s.keep(t, m))}, nil
}

// Publish publishes a message by another hand, such as that of an AWS service,
// without asking the policy of the topic. It fails if there is no such topic.
func (s *Service) Publish(topicARN, message string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.topics[topicARN]
	if !ok {
		return fmt.Errorf("sns: no topic %s", topicARN)
	}
	s.keep(t, Message{Text: message})
	return nil
}

// keep keeps a message and returns its ID.
func (s *Service) keep(t *topic, m Message) string {
	m.ID, m.Time = s.newID(), time.Now()
	t.messages = append(t.messages, m)
	return m.ID
}

// newID returns an ID in the form of a UUID.
func (s *Service) newID() string {
	s.made++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", s.made)
}

func (t *topic) maxSize() int {
	if n, err := strconv.Atoi(t.attributes["MaximumMessageSize"]); err == nil {
		return n
	}
	return 256 << 10
}

// validSubject reports whether neither documentation refuses a subject: see the
// package comment.
func validSubject(subject string) bool {
	if subject == "" || len(subject) >= 100 || subject[0] == ' ' {
		return false
	}
	return strings.IndexFunc(subject, func(r rune) bool { return r < ' ' || r > '~' || unicode.IsControl(r) }) < 0
}

// validStructure reports whether a message is different by protocol: a JSON object
// with at least a default.
func validStructure(m Message) bool {
	var byProtocol struct {
		Default *string `json:"default"`
	}
	return m.Structure == "json" && json.Unmarshal([]byte(m.Text), &byProtocol) == nil && byProtocol.Default != nil
}

// checkAttribute wants the value that goes with the type.
func checkAttribute(name string, a types.MessageAttributeValue) error {
	kind, _, _ := strings.Cut(*a.DataType, ".")
	var ok bool
	switch kind {
	case "String", "Number":
		ok = aws.ToString(a.StringValue) != "" && a.BinaryValue == nil
	case "Binary":
		ok = len(a.BinaryValue) > 0 && a.StringValue == nil
	}
	if !ok || name == "" || len(name) > 256 {
		return refuse(http.StatusBadRequest, &types.InvalidParameterValueException{},
			fmt.Sprintf("The message attribute '%s' must contain non-empty message attribute value for message attribute type '%s'.", name, *a.DataType))
	}
	return nil
}

func codeOf(err error) string {
	if api, ok := errors.AsType[interface {
		error
		ErrorCode() string
	}](err); ok {
		return api.ErrorCode()
	}
	return ""
}
