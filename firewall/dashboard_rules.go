package firewall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// ruleSettings are what a Contributor Insights rule is told.
type ruleSettings struct {
	State       string          `json:"state"`
	Definition  json.RawMessage `json:"definition"`
	Transformed bool            `json:"applyOnTransformedLogs,omitempty"`
}

func wantedRule(r dashboard.Rule) string {
	return canonicalSettings(ruleSettings{State: r.State, Definition: r.Definition.JSON()})
}

// foundRule returns the settings of a rule. A definition that is not JSON is kept as text.
func foundRule(r cwtypes.InsightRule) string {
	definition := []byte(aws.ToString(r.Definition))
	if !json.Valid(definition) {
		definition = []byte(canonicalSettings(string(definition)))
	}
	return canonicalSettings(ruleSettings{State: aws.ToString(r.State), Definition: definition, Transformed: aws.ToBool(r.ApplyOnTransformedLogs)})
}

// canonicalSettings returns a value as JSON in canonical form.
func canonicalSettings(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // structs of strings and numbers, and JSON that is valid
	}
	return string(dashboard.Canonical(text))
}

func (p dashboardParts) writeRule(ctx context.Context, name, settings string, tags []cwtypes.Tag) error {
	var s ruleSettings
	if err := json.Unmarshal([]byte(settings), &s); err != nil {
		return err
	}
	_, err := p.clients.CloudWatch.PutInsightRule(ctx, &cloudwatch.PutInsightRuleInput{
		RuleName: &name, RuleDefinition: aws.String(string(s.Definition)), RuleState: &s.State, Tags: tags,
	})
	return err
}

// A DashboardRuleError is why CloudWatch did not delete a rule, which it tells in an
// answer that is a success.
type DashboardRuleError struct {
	Rule, Code, Description string
}

func (e *DashboardRuleError) Error() string {
	return fmt.Sprintf("the rule %s was not deleted: %s: %s", e.Rule, e.Code, e.Description)
}

// removeRule deletes a rule. What is refused is looked at again: an earlier attempt of
// the client may have done it.
func (p dashboardParts) removeRule(ctx context.Context, name string) error {
	out, err := p.clients.CloudWatch.DeleteInsightRules(ctx, &cloudwatch.DeleteInsightRulesInput{RuleNames: []string{name}})
	if err != nil {
		return err
	}
	for _, f := range out.Failures {
		part, err := p.part(ctx, ruleKind, name)
		failure := &DashboardRuleError{aws.ToString(f.FailureResource), aws.ToString(f.FailureCode), aws.ToString(f.FailureDescription)}
		if err != nil {
			return errors.Join(failure, err)
		}
		if !part.gone {
			return failure
		}
	}
	return nil
}
