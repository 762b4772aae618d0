package firewall

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// The kinds of parts, as resources of changes.
const (
	dashboardKind = "CloudWatch dashboard"
	ruleKind      = "Contributor Insights rule"
	alarmKind     = "CloudWatch alarm"
)

// A dashboardPart is a dashboard, rule or alarm as it is.
type dashboardPart struct {
	name     string
	settings string // as JSON in canonical form
	mark     string // whose it is: the value of its tag, empty without one
	unknown  error  // why it could not be read; then only its name is known
	gone     bool   // deleted since it was listed
}

// hash returns what tells settings apart: a plan needs no more of what it replaces.
func (p dashboardPart) hash() string {
	sum := sha256.Sum256([]byte(p.settings))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// dashboardParts reads the parts of a dashboard.
type dashboardParts struct {
	clients Clients
	target  awspatterns.Target
	name    string // of the dashboard
}

func (p dashboardParts) mark() string { return dashboardMark(p.target.Region, p.name) }

func (p dashboardParts) arn(kind, name string) string {
	rest := "alarm:" + name
	if kind == ruleKind {
		rest = "insight-rule/" + name
	}
	return "arn:" + p.target.Partition + ":cloudwatch:" + p.target.Region + ":" + p.target.Account + ":" + rest
}

// tagged reads the mark of a rule or alarm.
func (p dashboardParts) tagged(ctx context.Context, kind string, part dashboardPart) dashboardPart {
	arn := p.arn(kind, part.name)
	out, err := p.clients.CloudWatch.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: &arn})
	if isGone(err) {
		part.gone = true
		return part
	}
	if part.unknown = err; err != nil {
		return part
	}
	for _, tag := range out.Tags {
		if aws.ToString(tag.Key) == dashboardMarkKey {
			part.mark = aws.ToString(tag.Value)
		}
	}
	return part
}

// list returns the rules or alarms that can be of a dashboard and have names with a
// prefix, without their marks, and how many rules there are in all.
func (p dashboardParts) list(ctx context.Context, kind, prefix string) (parts []dashboardPart, total int, err error) {
	if kind == alarmKind {
		parts, err = p.listAlarms(ctx, cmp.Or(prefix, dashboard.AlarmPrefix))
		return parts, 0, err
	}
	return p.listRules(ctx, prefix)
}

// listRules lists all rules, since CloudWatch lists no fewer.
func (p dashboardParts) listRules(ctx context.Context, prefix string) (parts []dashboardPart, total int, err error) {
	in := &cloudwatch.DescribeInsightRulesInput{}
	for {
		out, err := p.clients.CloudWatch.DescribeInsightRules(ctx, in)
		if err != nil {
			return nil, 0, err
		}
		total += len(out.InsightRules)
		for _, r := range out.InsightRules {
			if name := aws.ToString(r.Name); strings.HasPrefix(name, prefix) && dashboard.IsRuleName(name) {
				parts = append(parts, dashboardPart{name: name, settings: foundRule(r)})
			}
		}
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return parts, total, nil
		}
	}
}

func (p dashboardParts) listAlarms(ctx context.Context, prefix string) (parts []dashboardPart, err error) {
	pages := cloudwatch.NewDescribeAlarmsPaginator(p.clients.CloudWatch, &cloudwatch.DescribeAlarmsInput{
		AlarmNamePrefix: &prefix, AlarmTypes: []cwtypes.AlarmType{cwtypes.AlarmTypeMetricAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, a := range page.MetricAlarms {
			if name := aws.ToString(a.AlarmName); dashboard.IsAlarmName(name) {
				parts = append(parts, dashboardPart{name: name, settings: foundAlarm(a)})
			}
		}
	}
	return parts, nil
}

// dashboard reads the dashboard.
func (p dashboardParts) dashboard(ctx context.Context) dashboardPart {
	part := dashboardPart{name: p.name}
	out, err := p.clients.CloudWatch.GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &p.name})
	if isGone(err) {
		part.gone = true
		return part
	}
	if part.unknown = err; err != nil {
		return part
	}
	part.settings = string(dashboard.Canonical([]byte(aws.ToString(out.DashboardBody))))
	if bodyHasMark(part.settings, p.mark()) {
		part.mark = p.mark()
	}
	return part
}

// isGone reports whether an error says that there is no such thing. CloudWatch has three
// shapes for that, of which one has the code of another.
func isGone(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains([]string{"ResourceNotFound", "ResourceNotFoundException", "DashboardNotFoundError"}, api.ErrorCode())
}

// goneIsMoved marks an error that says so as one that tells that the object has changed.
func goneIsMoved(err error) error {
	if isGone(err) {
		return fmt.Errorf("%w: %w", apply.ErrMoved, err)
	}
	return err
}

// bodyHasMark reports whether a text widget of a body shows a mark.
func bodyHasMark(body, mark string) bool {
	var b struct {
		Widgets []struct {
			Type       string
			Properties struct{ Markdown string }
		}
	}
	_ = json.Unmarshal([]byte(body), &b) // widgets of another form have no mark
	for _, w := range b.Widgets {
		if w.Type == "text" && strings.Contains(w.Properties.Markdown, "`"+mark+"`") {
			return true
		}
	}
	return false
}

// part reads one part as it is now.
func (p dashboardParts) part(ctx context.Context, kind, name string) (dashboardPart, error) {
	if kind == dashboardKind {
		part := p.dashboard(ctx)
		return part, part.unknown
	}
	parts, _, err := p.list(ctx, kind, name)
	if err != nil {
		return dashboardPart{}, err
	}
	for _, part := range parts {
		if part.name == name {
			part = p.tagged(ctx, kind, part)
			return part, part.unknown
		}
	}
	return dashboardPart{name: name, gone: true}, nil
}

// write creates a part or replaces its settings. A new one gets the mark in the same
// call; CloudWatch ignores it for one that exists.
func (p dashboardParts) write(ctx context.Context, kind, name, settings string, created bool) ([]DashboardMessage, error) {
	var tags []cwtypes.Tag
	if created {
		tags = p.tags()
	}
	switch kind {
	case dashboardKind:
		return p.writeDashboard(ctx, settings)
	case ruleKind:
		return nil, p.writeRule(ctx, name, settings, tags)
	}
	return nil, p.writeAlarm(ctx, settings, tags)
}

func (p dashboardParts) tags() []cwtypes.Tag {
	return []cwtypes.Tag{{Key: aws.String(dashboardMarkKey), Value: aws.String(p.mark())}}
}

// adopt marks a rule or alarm. A dashboard is marked by its body.
func (p dashboardParts) adopt(ctx context.Context, kind, name string) error {
	if kind == dashboardKind {
		return nil
	}
	_, err := p.clients.CloudWatch.TagResource(ctx, &cloudwatch.TagResourceInput{ResourceARN: aws.String(p.arn(kind, name)), Tags: p.tags()})
	return err
}

// writeDashboard returns what CloudWatch says of a body that it takes. What it says of
// one that it refuses is in the error.
func (p dashboardParts) writeDashboard(ctx context.Context, body string) ([]DashboardMessage, error) {
	out, err := p.clients.CloudWatch.PutDashboard(ctx, &cloudwatch.PutDashboardInput{DashboardName: &p.name, DashboardBody: &body})
	if refused, ok := errors.AsType[*cwtypes.DashboardInvalidInputError](err); ok {
		for _, m := range refused.DashboardValidationMessages {
			err = fmt.Errorf("%w; at %q: %s", err, aws.ToString(m.DataPath), aws.ToString(m.Message))
		}
	}
	if err != nil {
		return nil, err
	}
	var messages []DashboardMessage
	for _, m := range out.DashboardValidationMessages {
		messages = append(messages, DashboardMessage{aws.ToString(m.DataPath), aws.ToString(m.Message)})
	}
	return messages, nil
}

// remove deletes a part. That it is not there any more is no error.
func (p dashboardParts) remove(ctx context.Context, kind, name string) error {
	switch kind {
	case dashboardKind:
		_, err := p.clients.CloudWatch.DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{name}})
		return goneIsMoved(err)
	case alarmKind:
		_, err := p.clients.CloudWatch.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{name}})
		return goneIsMoved(err)
	}
	return p.removeRule(ctx, name)
}
