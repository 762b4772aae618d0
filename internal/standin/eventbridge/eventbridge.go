// Package eventbridge stands in for Amazon EventBridge, as far as the rules of the
// default event bus and their targets go. It keeps them and answers with the
// errors and limits of the API reference. No event is sent anywhere.
package eventbridge

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	eventbridgesdk "github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that calls of Amazon EventBridge need ("Actions,
// resources, and condition keys for Amazon EventBridge" in the service
// authorization reference).
var Actions = awstest.Actions{
	"EventBridge.DescribeRule":        {"events:DescribeRule"},
	"EventBridge.ListTagsForResource": {"events:ListTagsForResource"},
	"EventBridge.ListTargetsByRule":   {"events:ListTargetsByRule"},
	"EventBridge.PutRule":             {"events:PutRule"},
	"EventBridge.PutRule(Tags)":       {"events:TagResource"},
	"EventBridge.PutTargets":          {"events:PutTargets"},
	"EventBridge.TagResource":         {"events:TagResource"},
	"EventBridge.TestEventPattern":    {"events:TestEventPattern"},
}

// A Service is EventBridge in all accounts and Regions of a Cloud. Its methods are
// not calls: the log of the Cloud does not hold them and faults do not meet them.
type Service struct {
	// PageSize, if not zero, is the most targets that one answer lists.
	PageSize int

	mu      sync.Mutex
	rules   map[string]*Rule  // by ARN
	refused map[string]string // why a target is, by its ARN
	writes  int
}

// A Rule is what a test says of a rule.
type Rule struct {
	Name     string
	Pattern  string
	Schedule string
	State    eventtypes.RuleState // Defaults to ENABLED.
	Tags     map[string]string
	Targets  []eventtypes.Target

	// ManagedBy is the service that made the rule; others may not change it.
	ManagedBy string
}

// New returns an EventBridge without rules, and makes it answer the calls of c.
func New(c *awstest.Cloud) *Service {
	s := &Service{rules: map[string]*Rule{}, refused: map[string]string{}}
	awstest.Handle(c, s.putRule)
	awstest.Handle(c, s.describeRule)
	awstest.Handle(c, s.putTargets)
	awstest.Handle(c, s.listTargetsByRule)
	awstest.Handle(c, s.tagResource)
	awstest.Handle(c, s.listTagsForResource)
	awstest.Handle(c, s.testEventPattern)
	return s
}

// CreateRule makes a rule, or replaces it.
func (s *Service) CreateRule(account, region string, r Rule) {
	if r.State == "" {
		r.State = eventtypes.RuleStateEnabled
	}
	r.Tags, r.Targets = cloned(r.Tags), slices.Clone(r.Targets)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[ruleARN(awstest.Caller{Account: account, Region: region}, r.Name)] = &r
}

// Rule returns a rule.
func (s *Service) Rule(account, region, name string) (Rule, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rules[ruleARN(awstest.Caller{Account: account, Region: region}, name)]
	if r == nil {
		return Rule{}, false
	}
	same := *r
	same.Tags, same.Targets = cloned(r.Tags), slices.Clone(r.Targets)
	return same, true
}

// RefuseTarget makes PutTargets fail for a target, with that code.
func (s *Service) RefuseTarget(arn, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[arn] = code
}

// Writes returns how often calls changed a rule so far.
func (s *Service) Writes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.writes
}

// Dump returns the state of all rules as text, in a defined order.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out strings.Builder
	for _, arn := range slices.Sorted(maps.Keys(s.rules)) {
		r := s.rules[arn]
		fmt.Fprintf(&out, "rule %s, %s, %s%s\n", arn, r.State, r.Pattern, r.Schedule)
		for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
			fmt.Fprintf(&out, "  tag %s=%q\n", key, r.Tags[key])
		}
		for _, target := range r.Targets {
			fmt.Fprintf(&out, "  target %s %s\n", *target.Id, *target.Arn)
			if t := target.InputTransformer; t != nil {
				fmt.Fprintf(&out, "    %v %s\n", t.InputPathsMap, *t.InputTemplate)
			}
		}
	}
	return out.String()
}

func cloned(m map[string]string) map[string]string {
	c := map[string]string{}
	maps.Copy(c, m)
	return c
}

func ruleARN(c awstest.Caller, name string) string {
	return "arn:" + c.Partition() + ":events:" + c.Region + ":" + c.Account + ":rule/" + name
}

var (
	nameForm = regexp.MustCompile(`^[.\-_A-Za-z0-9]{1,64}$`)
	rateForm = regexp.MustCompile(`^rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)$`)
	cronForm = regexp.MustCompile(`^cron\(\S+( \S+){5}\)$`)
)

// maxPattern is from "Amazon EventBridge quotas" in the user guide, in characters.
const maxPattern = 4096

// putRule creates a rule or replaces all of it but the tags: "If you are updating
// an existing rule, any tags you specify in the PutRule operation are ignored"
// (PutRule in the API reference).
func (s *Service) putRule(ctx context.Context, in *eventbridgesdk.PutRuleInput) (*eventbridgesdk.PutRuleOutput, error) {
	if err := checkRule(in); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := ruleARN(awstest.CallerOf(ctx), *in.Name)
	r := s.rules[arn]
	switch {
	case r == nil:
		r = &Rule{Name: *in.Name, Tags: map[string]string{}}
		for _, tag := range in.Tags {
			r.Tags[*tag.Key] = *tag.Value
		}
		s.rules[arn] = r
	case r.ManagedBy != "":
		return nil, managed(r)
	}
	r.Pattern, r.Schedule, r.State = aws.ToString(in.EventPattern), aws.ToString(in.ScheduleExpression), in.State
	if r.State == "" {
		r.State = eventtypes.RuleStateEnabled
	}
	s.writes++
	return &eventbridgesdk.PutRuleOutput{RuleArn: &arn}, nil
}

func checkRule(in *eventbridgesdk.PutRuleInput) error {
	schedule, pattern := aws.ToString(in.ScheduleExpression), aws.ToString(in.EventPattern)
	switch {
	case in.EventBusName != nil && *in.EventBusName != "default":
		return awstest.Error(http.StatusNotImplemented, "NotImplemented", "the stand-in for EventBridge knows the default event bus only")
	case !nameForm.MatchString(*in.Name):
		return invalid("Value '" + *in.Name + "' at 'name' failed to satisfy constraint")
	case schedule == "" && pattern == "":
		return invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
	case schedule != "" && !rateForm.MatchString(schedule) && !cronForm.MatchString(schedule):
		return invalid("Parameter ScheduleExpression is not valid.")
	case pattern != "" && (len(pattern) > maxPattern || !isPattern([]byte(pattern))):
		return awstest.Status(http.StatusBadRequest, &eventtypes.InvalidEventPatternException{Message: aws.String("Event pattern is not valid.")})
	}
	return nil
}

// isPattern reports whether it is an object whose leaves are lists, none empty
// ("Amazon EventBridge event patterns" in the user guide).
func isPattern(text []byte) bool {
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil || len(fields) == 0 {
		return false
	}
	for _, value := range fields {
		var values []any
		if json.Unmarshal(value, &values) == nil && len(values) > 0 || isPattern(value) {
			continue
		}
		return false
	}
	return true
}

func (s *Service) describeRule(ctx context.Context, in *eventbridgesdk.DescribeRuleInput) (*eventbridgesdk.DescribeRuleOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	arn := ruleARN(awstest.CallerOf(ctx), *in.Name)
	r, err := s.open(arn)
	if err != nil {
		return nil, err
	}
	return &eventbridgesdk.DescribeRuleOutput{
		Arn: &arn, Name: &r.Name, EventBusName: aws.String("default"), State: r.State,
		EventPattern: set(r.Pattern), ScheduleExpression: set(r.Schedule), ManagedBy: set(r.ManagedBy),
	}, nil
}

// open returns a rule for a call. The caller of open holds s.mu.
func (s *Service) open(arn string) (*Rule, error) {
	r := s.rules[arn]
	if r == nil {
		_, name, _ := strings.Cut(arn, "rule/")
		return nil, awstest.Status(http.StatusBadRequest, &eventtypes.ResourceNotFoundException{Message: aws.String("Rule " + name + " does not exist.")})
	}
	return r, nil
}

// maxTargets is from "Amazon EventBridge quotas" in the user guide.
const maxTargets = 5

// putTargets adds targets, or replaces those with the same ids. What is wrong with
// one is told in the answer, which is a success ("PutTargets" in the API
// reference).
func (s *Service) putTargets(ctx context.Context, in *eventbridgesdk.PutTargetsInput) (*eventbridgesdk.PutTargetsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ruleARN(awstest.CallerOf(ctx), *in.Rule))
	switch {
	case err != nil:
		return nil, err
	case r.ManagedBy != "":
		return nil, managed(r)
	}
	targets := slices.Clone(r.Targets)
	out := &eventbridgesdk.PutTargetsOutput{FailedEntries: []eventtypes.PutTargetsResultEntry{}}
	for _, target := range in.Targets {
		if !nameForm.MatchString(*target.Id) || !strings.HasPrefix(*target.Arn, "arn:") {
			return nil, invalid("Parameter " + *target.Arn + " is not valid. Reason: Provided Arn is not in correct format.")
		}
		if code := s.refused[*target.Arn]; code != "" {
			out.FailedEntryCount++
			out.FailedEntries = append(out.FailedEntries, eventtypes.PutTargetsResultEntry{
				TargetId: target.Id, ErrorCode: &code, ErrorMessage: aws.String("The target is refused."),
			})
			continue
		}
		targets = slices.DeleteFunc(targets, func(t eventtypes.Target) bool { return *t.Id == *target.Id })
		targets = append(targets, target)
	}
	if len(targets) > maxTargets {
		return nil, awstest.Status(http.StatusBadRequest, &eventtypes.LimitExceededException{Message: aws.String("The requested resource exceeds the maximum number allowed.")})
	}
	r.Targets = targets
	s.writes++
	return out, nil
}

func (s *Service) listTargetsByRule(ctx context.Context, in *eventbridgesdk.ListTargetsByRuleInput) (*eventbridgesdk.ListTargetsByRuleOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(ruleARN(awstest.CallerOf(ctx), *in.Rule))
	if err != nil {
		return nil, err
	}
	from := 0
	if in.NextToken != nil {
		if _, err := fmt.Sscanf(*in.NextToken, "from-%d", &from); err != nil || from < 0 || from > len(r.Targets) {
			return nil, invalid("Parameter NextToken is not valid.")
		}
	}
	out := &eventbridgesdk.ListTargetsByRuleOutput{Targets: slices.Clone(r.Targets[from:])}
	if s.PageSize > 0 && len(out.Targets) > s.PageSize {
		out.Targets, out.NextToken = out.Targets[:s.PageSize], aws.String(fmt.Sprintf("from-%d", from+s.PageSize))
	}
	return out, nil
}

func (s *Service) tagResource(_ context.Context, in *eventbridgesdk.TagResourceInput) (*eventbridgesdk.TagResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(*in.ResourceARN)
	switch {
	case err != nil:
		return nil, err
	case r.ManagedBy != "":
		return nil, managed(r)
	}
	for _, tag := range in.Tags {
		if strings.HasPrefix(*tag.Key, "aws:") {
			return nil, invalid("aws: prefixed tag key names are not allowed for external use.")
		}
		r.Tags[*tag.Key] = *tag.Value
	}
	s.writes++
	return &eventbridgesdk.TagResourceOutput{}, nil
}

func (s *Service) listTagsForResource(_ context.Context, in *eventbridgesdk.ListTagsForResourceInput) (*eventbridgesdk.ListTagsForResourceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.open(*in.ResourceARN)
	if err != nil {
		return nil, err
	}
	out := &eventbridgesdk.ListTagsForResourceOutput{}
	for _, key := range slices.Sorted(maps.Keys(r.Tags)) {
		out.Tags = append(out.Tags, eventtypes.Tag{Key: &key, Value: aws.String(r.Tags[key])})
	}
	return out, nil
}

func managed(r *Rule) error {
	return awstest.Status(http.StatusBadRequest, &eventtypes.ManagedRuleException{Message: aws.String("The rule is managed by " + r.ManagedBy)})
}

func invalid(message string) error {
	return awstest.Error(http.StatusBadRequest, "ValidationException", message)
}

// set returns nil for what an answer leaves out.
func set(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
