package dashboard

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// The limits of dashboards and rules ("CloudWatch service quotas" in the user guide,
// "Dashboard Body Structure and Syntax" and "PutInsightRule" in the API reference,
// "CloudWatch search expression syntax" and "Contributor Insights rule syntax in
// CloudWatch" in the user guide).
const (
	maxWidgets         = 500
	maxWidgetMetrics   = 500
	maxMetrics         = 2500
	maxSearch          = 1024
	maxDefinition      = 8192
	maxKeys            = 4
	maxFilters         = 4
	maxFilterValues    = 10
	maxAlarmName       = 255
	maxDescription     = 1024
	gridWidth          = 24
	maxHeight          = 1000
	maxLogGroupsOfRule = 50
)

// Validate checks a dashboard, also one that was changed after it was rendered, against
// the documented limits of CloudWatch. The error joins an [*InvalidError] for each that
// is broken. That an account has no more than its quota of rules, 100 in a Region
// unless it was raised, is not checked: other rules count, too.
func (d Dashboard) Validate() error {
	var c checker
	c.check(dashboardName.fits(d.Name), "dashboard name", "%q; want 1 to 255 letters, digits, \"-\" and \"_\"", d.Name)
	c.check(d.Body.Widgets != nil, "body", "no widgets, not even an empty list")
	c.check(len(d.Body.Widgets) <= maxWidgets, "body", "%d widgets; want at most %d", len(d.Body.Widgets), maxWidgets)
	metrics := 0
	for i, w := range d.Body.Widgets {
		w.check(&c, fmt.Sprintf("widget %d", i))
		metrics += len(w.Properties.Metrics)
	}
	c.check(metrics <= maxMetrics, "body", "%d metrics; want at most %d", metrics, maxMetrics)
	names := map[string]bool{}
	for _, r := range d.Rules {
		c.check(!names[r.Name], fmt.Sprintf("rule %q", r.Name), "is there twice")
		names[r.Name] = true
		r.check(&c)
	}
	alarms := map[string]bool{}
	for _, a := range d.Alarms {
		c.check(!alarms[a.AlarmName], fmt.Sprintf("alarm %q", a.AlarmName), "is there twice")
		alarms[a.AlarmName] = true
		a.check(&c)
	}
	return errors.Join(c.errs...)
}

func (w Widget) check(c *checker, where string) {
	if w.Properties.Title != "" {
		where += fmt.Sprintf(" (%s)", w.Properties.Title)
	}
	p := w.Properties
	c.check(w.X >= 0 && w.X < gridWidth && w.Y >= 0, where, "at %d, %d; want a column from 0 to %d and a row from 0", w.X, w.Y, gridWidth-1)
	c.check(w.Width >= 1 && w.X+w.Width <= gridWidth, where, "%d wide at column %d; want 1 to %d in all", w.Width, w.X, gridWidth)
	c.check(w.Height >= 1 && w.Height <= maxHeight, where, "%d high; want 1 to %d", w.Height, maxHeight)
	switch w.Type {
	case "text":
		c.check(p.Markdown != "", where, "a text widget without markdown")
	case "log":
		c.check(p.Query != "" && p.Region != "", where, "a log widget without a query or Region")
	case "metric":
		c.check(p.Region != "" && (len(p.Metrics) > 0) != (p.InsightRule != nil), where, "a metric widget wants a Region and either metrics or a rule")
		p.checkMetrics(c, where)
	default:
		c.check(false, where, "of type %q; want text, log or metric", w.Type)
	}
}

func (p Properties) checkMetrics(c *checker, where string) {
	c.check(len(p.Metrics) <= maxWidgetMetrics, where, "%d metrics; want at most %d", len(p.Metrics), maxWidgetMetrics)
	c.check(p.Period > 0 && p.Period%60 == 0, where, "a period of %d seconds; want a multiple of 60", p.Period)
	for _, line := range p.Metrics {
		for _, m := range line {
			query := m.Expression
			if _, rest, ok := strings.Cut(query, "SEARCH('"); ok {
				query, _, _ = strings.Cut(rest, "'")
			}
			c.check(len(query) <= maxSearch, where, "a search of %d characters; want at most %d: show fewer subnets", len(query), maxSearch)
		}
	}
	if r := p.InsightRule; r != nil {
		c.check(r.MaxContributorCount >= 1 && r.MaxContributorCount <= maxTopN, where, "%d contributors; want 1 to %d", r.MaxContributorCount, maxTopN)
		c.check(ruleNameForm.fits(r.RuleName), where, "the rule %q; want a name of 1 to %d printable ASCII characters", r.RuleName, maxRuleName)
	}
}

// The forms of names, of paths in JSON, and of the ids of metrics.
var (
	ruleNameForm = form{regexp.MustCompile(`^[\x20-\x7e]+$`), maxRuleName}
	alarmForm    = form{regexp.MustCompile(`^[^\x00-\x1f\x7f]+$`), maxAlarmName}
	jsonPath     = form{regexp.MustCompile(`^\$(\.[A-Za-z0-9_\-]+)+$`), maxDefinition}
	queryID      = form{regexp.MustCompile(`^[a-z][A-Za-z0-9_]*$`), 255}
)

func (r Rule) check(c *checker) {
	where := fmt.Sprintf("rule %q", r.Name)
	c.check(ruleNameForm.fits(r.Name), where, "want a name of 1 to %d printable ASCII characters", maxRuleName)
	c.check(r.State == Enabled || r.State == Disabled, where, "the state %q; want ENABLED or DISABLED", r.State)
	d := r.Definition
	text := d.JSON()
	c.check(len(text) <= maxDefinition, where, "a definition of %d characters; want at most %d", len(text), maxDefinition)
	c.check(isASCII(text), where, "a definition that is not all ASCII")
	c.check(d.Schema == RuleSchema{"CloudWatchLogRule", 1}, where, "the schema %v; want CloudWatchLogRule 1", d.Schema)
	c.check(d.LogFormat == "JSON", where, "the log format %q; want JSON", d.LogFormat)
	c.check(len(d.LogGroupNames) > 0 && len(d.LogGroupNames) <= maxLogGroupsOfRule, where, "%d log groups; want 1 to %d", len(d.LogGroupNames), maxLogGroupsOfRule)
	for _, g := range d.LogGroupNames {
		c.check(logGroupName.fits(strings.TrimSuffix(g, "*")), where, "the log group %q; want 1 to 512 letters, digits and \"._-/#\"", g)
	}
	d.Contribution.check(c, where, d.AggregateOn)
}

func (k Contribution) check(c *checker, where, aggregate string) {
	c.check(len(k.Keys) >= 1 && len(k.Keys) <= maxKeys, where, "%d keys; want 1 to %d", len(k.Keys), maxKeys)
	c.check(k.Filters != nil, where, "no Filters, not even an empty list")
	c.check(len(k.Filters) <= maxFilters, where, "%d filters; want at most %d", len(k.Filters), maxFilters)
	c.check(aggregate == "Sum" && k.ValueOf != "" || aggregate == "Count" && k.ValueOf == "", where,
		"aggregates on %q with the value of %q; want Sum with one or Count without", aggregate, k.ValueOf)
	paths := append([]string{}, k.Keys...)
	if k.ValueOf != "" {
		paths = append(paths, k.ValueOf)
	}
	for _, f := range k.Filters {
		paths = append(paths, f.Match)
		n := len(f.In) + len(f.NotIn)
		c.check((f.GreaterThan != nil) != (n > 0) && (len(f.In) == 0 || len(f.NotIn) == 0), where, "the filter of %s; want one comparison", f.Match)
		c.check(n <= maxFilterValues, where, "the filter of %s has %d values; want at most %d", f.Match, n, maxFilterValues)
	}
	for _, path := range paths {
		c.check(jsonPath.fits(path), where, "the field %q; want one such as $.event.src_ip", path)
	}
}

func (a Alarm) check(c *checker) {
	where := fmt.Sprintf("alarm %q", a.AlarmName)
	c.check(alarmForm.fits(a.AlarmName), where, "want a name of 1 to %d characters, none of control", maxAlarmName)
	c.check(len(a.AlarmDescription) <= maxDescription, where, "a description of %d characters; want at most %d", len(a.AlarmDescription), maxDescription)
	c.check(len(a.AlarmActions) <= maxAlarmActions && len(a.OKActions) <= maxAlarmActions, where, "more than %d actions", maxAlarmActions)
	c.check(a.DatapointsToAlarm >= 1 && a.DatapointsToAlarm <= a.EvaluationPeriods, where, "%d of %d periods", a.DatapointsToAlarm, a.EvaluationPeriods)
	metrics, expressions, returned, threshold := 0, 0, 0, 0
	ids := map[string]bool{}
	for _, m := range a.Metrics {
		c.check(queryID.fits(m.ID) && !ids[m.ID], where, "the id %q; want each once, a lower-case letter first", m.ID)
		ids[m.ID] = true
		c.check((m.MetricStat != nil) != (m.Expression != ""), where, "%s; want either a metric or an expression", m.ID)
		if m.MetricStat != nil {
			metrics++
		} else {
			expressions++
		}
		if m.ReturnData {
			returned++
		}
		if m.ReturnData && m.ID == a.ThresholdMetricID {
			threshold++
		}
		c.check(!strings.Contains(m.Expression, "SEARCH("), where, "%s searches, which alarms cannot", m.ID)
	}
	c.check(metrics <= maxAlarmMetrics && expressions <= maxAlarmMetrics, where, "%d metrics and %d expressions; want at most %d each", metrics, expressions, maxAlarmMetrics)
	want := 1
	if a.ThresholdMetricID != "" {
		want = 2
		c.check(threshold == 1, where, "no metric %q that returns data", a.ThresholdMetricID)
	}
	c.check(returned == want, where, "%d metrics return data; want %d", returned, want)
	c.check((a.Threshold != nil) != (a.ThresholdMetricID != ""), where, "want either a threshold or a metric for it")
}

func isASCII(text []byte) bool {
	for _, b := range text {
		if b > 0x7f {
			return false
		}
	}
	return true
}
