package cloudwatch

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	cw "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/awstest"
)

type rule struct {
	name, definition, state string
	transformed             bool
	managed                 bool
	made                    int // how often: history is lost each time
	tags                    tags
}

func ruleARN(c awstest.Caller, name string) string { return arnOf(c, "insight-rule/"+name) }

// CreateManagedRule makes a rule of a service, which cannot be changed.
func (s *Service) CreateManagedRule(account, region, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[ruleARN(awstest.Caller{Account: account, Region: region}, name)] = &rule{
		name: name, definition: `{"Schema": {"Name": "ServiceLogRule", "Version": 1}}`, state: "ENABLED", managed: true, tags: tags{}, made: 1,
	}
}

// CreateRule makes a rule, or replaces it.
func (s *Service) CreateRule(account, region, name, definition, state string, tags map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules[ruleARN(awstest.Caller{Account: account, Region: region}, name)] = &rule{
		name: name, definition: definition, state: state, tags: cloned(tags), made: 1,
	}
}

var (
	ruleName = regexp.MustCompile(`^[\x20-\x7e]+$`)
	ascii    = regexp.MustCompile(`^[\x00-\x7f]{1,}$`)
)

// maxDefinition is from "PutInsightRule" in the API reference.
const maxDefinition = 8192

// putInsightRule creates a rule or changes it. Tags of one that exists "are ignored"
// (PutInsightRule in the API reference).
func (s *Service) putInsightRule(ctx context.Context, in *cw.PutInsightRuleInput) (*cw.PutInsightRuleOutput, error) {
	state := aws.ToString(in.RuleState)
	if state == "" {
		state = "ENABLED"
	}
	switch text := *in.RuleDefinition; {
	case !ruleName.MatchString(*in.RuleName) || len(*in.RuleName) > 128:
		return nil, invalidValue("the rule name must be 1 to 128 printable ASCII characters")
	case state != "ENABLED" && state != "DISABLED":
		return nil, invalidValue("the rule state must be ENABLED or DISABLED")
	case !ascii.MatchString(text) || len(text) > maxDefinition:
		return nil, invalidValue("the rule definition must be 1 to 8192 ASCII characters")
	}
	if why := definitionError(*in.RuleDefinition); why != "" {
		return nil, invalidValue("%s", why)
	}
	created, err := newTags(in.Tags)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	r := s.rules[ruleARN(c, *in.RuleName)]
	switch {
	case r != nil && r.managed:
		return nil, invalidValue("a managed rule cannot be changed")
	case r == nil && s.countRules(c) >= s.maxRules():
		return nil, awstest.Status(http.StatusBadRequest, &types.LimitExceededException{Message: aws.String("The maximum number of rules has been reached")})
	case r == nil:
		r = &rule{name: *in.RuleName, tags: created, made: 1}
		s.rules[ruleARN(c, *in.RuleName)] = r
	}
	r.definition, r.state, r.transformed = *in.RuleDefinition, state, aws.ToBool(in.ApplyOnTransformedLogs)
	s.writes++
	return &cw.PutInsightRuleOutput{}, nil
}

func (s *Service) maxRules() int {
	if s.MaxRules > 0 {
		return s.MaxRules
	}
	return 100
}

func (s *Service) countRules(c awstest.Caller) (n int) {
	for arn, r := range s.rules {
		if arn == ruleARN(c, r.name) && !r.managed {
			n++
		}
	}
	return n
}

// definitionError returns why a definition is refused, as it was measured, empty if it
// is not.
func definitionError(text string) string {
	var form map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &form) != nil {
		return "INVALID_RULE_BODY: The RuleBody is not valid JSON."
	}
	for _, key := range slices.Sorted(maps.Keys(form)) {
		if !slices.Contains([]string{"AggregateOn", "Contribution", "Fields", "LogFormat", "LogGroupARNs", "LogGroupNames", "Schema"}, key) {
			return "INVALID_RULE_BODY: UnknownKey encountered at " + key + " in the RuleBody."
		}
	}
	var d struct {
		Schema        struct{ Name, Version any }
		LogGroupNames []string
		Contribution  struct {
			Keys    []string
			Filters *[]json.RawMessage
		}
	}
	if json.Unmarshal([]byte(text), &d) != nil {
		return "INVALID_RULE_BODY: The RuleBody is not valid."
	}
	switch {
	case d.Schema.Name != "CloudWatchLogRule" || d.Schema.Version != 1.:
		return "INVALID_RULE_BODY: InvalidSchema encountered at Schema in the RuleBody."
	case len(d.LogGroupNames) == 0:
		return "INVALID_RULE_BODY: Empty encountered at LogGroupNames in the RuleBody."
	case len(d.Contribution.Keys) == 0:
		return "INVALID_RULE_BODY: MissingKey encountered at Keys in the RuleBody."
	case d.Contribution.Filters == nil:
		return "INVALID_RULE_BODY: MissingKey encountered at Filters in the RuleBody."
	case len(d.Contribution.Keys) > 4:
		return `RULE_BODY_COMPLEXITY: A RuleBody must have no more than 4 "Keys" in the "Contribution".`
	case len(*d.Contribution.Filters) > 4:
		return `RULE_BODY_COMPLEXITY: A RuleBody must have no more than 4 "Filters" in the "Contribution".`
	}
	return ""
}

func (s *Service) describeInsightRules(ctx context.Context, in *cw.DescribeInsightRulesInput) (*cw.DescribeInsightRulesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := awstest.CallerOf(ctx)
	var all []types.InsightRule
	for _, arn := range slices.Sorted(maps.Keys(s.rules)) {
		if r := s.rules[arn]; arn == ruleARN(c, r.name) {
			all = append(all, types.InsightRule{
				Name: &r.name, Definition: aws.String(r.definition), State: aws.String(r.state), ApplyOnTransformedLogs: aws.Bool(r.transformed),
				ManagedRule: aws.Bool(r.managed), Schema: aws.String(`{"Name": "CloudWatchLogRule", "Version": 1}`),
			})
		}
	}
	most := 500
	if in.MaxResults != nil {
		most = int(*in.MaxResults)
	}
	list, next, err := page(s, all, most, 500, in.NextToken)
	return &cw.DescribeInsightRulesOutput{InsightRules: list, NextToken: next}, err
}

// deleteInsightRules tells in its answer, which is a success, what it could not delete.
func (s *Service) deleteInsightRules(ctx context.Context, in *cw.DeleteInsightRulesInput) (*cw.DeleteInsightRulesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &cw.DeleteInsightRulesOutput{}
	for _, name := range in.RuleNames {
		arn := ruleARN(awstest.CallerOf(ctx), name)
		code := s.refused[name]
		switch r := s.rules[arn]; {
		case r == nil:
			code = "ResourceNotFound"
		case r.managed:
			code = "InvalidParameterValue"
		}
		if code != "" {
			out.Failures = append(out.Failures, types.PartialFailure{
				FailureResource: &name, FailureCode: &code, ExceptionType: aws.String(code + "Exception"), FailureDescription: aws.String("The rule was not deleted."),
			})
			continue
		}
		delete(s.rules, arn)
		s.writes++
	}
	return out, nil
}
