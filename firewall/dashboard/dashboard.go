// Package dashboard renders a CloudWatch dashboard of AWS Network Firewall
// firewalls: its body, the Contributor Insights rules that 26 of its 60 widgets a
// firewall show, and alarms. It is pure: it imports no AWS SDK and calls nothing.
// [Render] gives the parts to whoever creates them, such as Terraform;
// firewall.PlanDashboard reads what it takes from an account and creates them.
//
// The widgets are those of the template that AWS published with "Introducing the
// AWS Network Firewall CloudWatch Dashboard"
// (aws-samples/aws-networkfirewall-cfn-templates), with the same titles in the same
// places. What the template gets wrong is not the same: the gauge shows bits in a
// second, queries filter before they count, concurrent connections are averaged
// and not summed, rules have names within 128 characters, and the verdict of the
// firewall stands beside the action of a rule.
//
// # Terraform
//
// The JSON of a [Dashboard] is what Terraform reads:
//
//	locals { d = jsondecode(file("parts.json")) }
//
//	resource "aws_cloudwatch_contributor_insight_rule" "firewall" {
//	  for_each        = { for r in local.d.rules : r.name => r }
//	  rule_name       = each.value.name
//	  rule_state      = each.value.state
//	  rule_definition = jsonencode(each.value.definition)
//	}
//
//	resource "aws_cloudwatch_dashboard" "firewall" {
//	  dashboard_name = local.d.name
//	  dashboard_body = jsonencode(local.d.body)
//	}
//
// [Dashboard.Files] gives the parts as files for the AWS CLI.
package dashboard

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// A Dashboard is all that CloudWatch is told. Its JSON has these fields in lower case.
type Dashboard struct {
	Name   string  `json:"name"`
	URL    string  `json:"url"` // of the dashboard in the console
	Body   Body    `json:"body"`
	Rules  []Rule  `json:"rules"`  // Contributor Insights rules, 26 a firewall
	Alarms []Alarm `json:"alarms"` // empty unless Options asks for them
}

// A Body is the body of a dashboard ("Dashboard Body Structure and Syntax" in the
// CloudWatch API reference).
type Body struct {
	Widgets []Widget `json:"widgets"`
}

// JSON returns the body as PutDashboard takes it. Equal bodies give equal bytes.
func (b Body) JSON() []byte { return encoded(b) }

// A Widget is one of the boxes of a dashboard, in a grid that is 24 units wide.
type Widget struct {
	Type       string     `json:"type"` // text, metric or log
	X          int        `json:"x"`
	Y          int        `json:"y"`
	Width      int        `json:"width"`
	Height     int        `json:"height"`
	Properties Properties `json:"properties"`
}

// Properties are those of a widget that this package sets.
type Properties struct {
	Title  string `json:"title,omitempty"`
	Region string `json:"region,omitempty"`
	View   string `json:"view,omitempty"`

	Markdown   string `json:"markdown,omitempty"`   // of a text widget
	Background string `json:"background,omitempty"` // likewise

	Query string `json:"query,omitempty"` // of a log widget

	// Of a metric widget: either metrics, each a list with one expression, or a
	// Contributor Insights rule.
	Metrics     [][]Expression `json:"metrics,omitempty"`
	InsightRule *InsightRule   `json:"insightRule,omitempty"`
	Stat        string         `json:"stat,omitempty"`
	Period      int            `json:"period,omitempty"` // in seconds
	Sparkline   bool           `json:"sparkline,omitempty"`
	Stacked     *bool          `json:"stacked,omitempty"`
	YAxis       *YAxis         `json:"yAxis,omitempty"`
	Legend      *Legend        `json:"legend,omitempty"`
}

// An Expression is a line of a graph, or as many as it finds metrics.
type Expression struct {
	Expression string `json:"expression"`
	ID         string `json:"id"`
	Label      string `json:"label,omitempty"`
	Region     string `json:"region,omitempty"`
	Period     int    `json:"period,omitempty"`
	Visible    *bool  `json:"visible,omitempty"`
}

// An InsightRule is what a widget shows of a Contributor Insights rule.
type InsightRule struct {
	RuleName            string `json:"ruleName"`
	OrderBy             string `json:"orderBy"`
	MaxContributorCount int    `json:"maxContributorCount"`
}

// A YAxis has bounds, or hides units that mean nothing.
type YAxis struct {
	Left Axis `json:"left"`
}

// An Axis is the left axis of a graph.
type Axis struct {
	Min       *float64 `json:"min,omitempty"`
	Max       *float64 `json:"max,omitempty"`
	ShowUnits *bool    `json:"showUnits,omitempty"`
}

// A Legend tells where the names of the lines are.
type Legend struct {
	Position string `json:"position"`
}

// Render renders a dashboard. It checks the options and then, with
// [Dashboard.Validate], what it rendered against the limits of CloudWatch; all that
// is wrong is in the error, each a [*InvalidError].
//
// With several firewalls, their sections are stacked in the order of the options;
// a dashboard holds eight. Equal options give equal dashboards.
func Render(o Options) (Dashboard, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return Dashboard{}, fmt.Errorf("dashboard: render %s: %w", o.Name, err)
	}
	d := Dashboard{Name: o.Name, URL: o.console().dashboard(o.Name), Rules: []Rule{}, Alarms: []Alarm{}}
	for i, f := range o.Firewalls {
		s := section{Options: o, Firewall: f, top: i * sectionHeight}
		d.Body.Widgets = append(d.Body.Widgets, s.widgets()...)
		d.Rules = append(d.Rules, s.rules()...)
		if o.Alarms != nil {
			d.Alarms = append(d.Alarms, s.alarms()...)
		}
	}
	if err := d.Validate(); err != nil {
		return Dashboard{}, fmt.Errorf("dashboard: render %s: %w", o.Name, err)
	}
	return d, nil
}

// sectionHeight is that of the widgets of one firewall.
const sectionHeight = 109

// A section is what a dashboard shows of one firewall.
type section struct {
	Options
	Firewall Firewall
	top      int // row that it begins in
}

// widgets returns the widgets of the section by row and column.
func (s section) widgets() []Widget {
	widgets := slices.Concat(s.texts(), s.endpointWidgets(), s.engineWidgets(), s.ruleWidgets(), s.logWidgets())
	slices.SortFunc(widgets, func(a, b Widget) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
	for i := range widgets {
		widgets[i].Y += s.top
	}
	return widgets
}

// encoded returns v as JSON on one line, with <, > and & as they are.
func encoded(v any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // structs of strings, numbers and slices of them
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n"))
}
