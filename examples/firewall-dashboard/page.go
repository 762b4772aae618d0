package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"regexp"
	"strings"

	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/page"
)

var (
	//go:embed page/page.css
	pageCSS string
	//go:embed page/body.html
	pageBody string
)

// renderPage returns a page that draws the grid of a dashboard, and needs no other file.
func renderPage(d dashboard.Dashboard, plan firewall.DashboardPlan) ([]byte, error) {
	data := pageData{Dashboard: d, Plan: plan, Kinds: map[string]int{}}
	rules := map[string]dashboard.Rule{}
	for _, r := range d.Rules {
		rules[r.Name] = r
	}
	var grid strings.Builder
	for i, w := range d.Body.Widgets {
		c := cardOf(w, rules)
		c.ID = fmt.Sprintf("w%d", i)
		data.Kinds[c.Kind]++
		data.Cards = append(data.Cards, c)
		fmt.Fprintf(&grid, "#%s { grid-area: %d / %d / span %d / span %d; }\n", c.ID, w.Y+1, w.X+1, w.Height, w.Width)
	}
	for _, a := range d.Alarms {
		data.Alarms = append(data.Alarms, alarmOf(a))
	}
	t, err := template.New("body").Parse(pageBody)
	if err != nil {
		return nil, err
	}
	var body, out bytes.Buffer
	if err := t.Execute(&body, data); err != nil {
		return nil, err
	}
	document := page.Document{Title: d.Name + ": firewall dashboard", Style: pageCSS + grid.String(), Body: body.String()}
	err = document.Write(&out)
	return out.Bytes(), err
}

// pageData is what the page is filled with.
type pageData struct {
	Dashboard dashboard.Dashboard
	Plan      firewall.DashboardPlan
	Kinds     map[string]int // of widgets, by kind
	Cards     []card
	Alarms    []alarmRow
}

// A card shows a widget.
type card struct {
	ID, Kind, View, Title string
	Wide                  bool

	Heading string // of a text
	Level   int
	Buttons []string
	Note    string

	Rule    *dashboard.Rule
	Keys    []string // of a rule
	Filters []string
	Value   string // what a rule adds up, empty if it counts
	Log     string // that a rule or a query reads

	Commands []command // of a query
	Searches []searchLine
}

// A command is a step of a query of Logs Insights.
type command struct{ Name, Rest string }

// A searchLine is an expression of a metric widget.
type searchLine struct {
	Terms []term
	Stat  string
	Math  string // instead of a search
}

// A term is a part of a search: what is compared, with which values.
type term struct{ Name, Value string }

func cardOf(w dashboard.Widget, rules map[string]dashboard.Rule) card {
	c := card{Kind: w.Type, View: w.Properties.View, Title: w.Properties.Title, Wide: w.Width > 6}
	switch {
	case w.Type == "text":
		c.text(w.Properties.Markdown)
	case w.Type == "log":
		c.query(w.Properties.Query)
	case w.Properties.InsightRule != nil:
		c.Kind = "rule"
		c.insight(rules[w.Properties.InsightRule.RuleName])
	default:
		for _, line := range w.Properties.Metrics {
			for _, e := range line {
				c.Searches = append(c.Searches, searchOf(e.Expression))
			}
		}
	}
	return c
}

var button = regexp.MustCompile(`\[button(?::primary)?:([^\]]*)\]\([^)]*\)`)

// text reads the heading and buttons of a text widget.
func (c *card) text(markdown string) {
	heading, rest, _ := strings.Cut(markdown, "\n")
	c.Heading = strings.TrimLeft(heading, "# ")
	c.Level = len(heading) - len(strings.TrimLeft(heading, "#"))
	for _, b := range button.FindAllStringSubmatch(rest, -1) {
		c.Buttons = append(c.Buttons, strings.ReplaceAll(b[1], "&#58;", ":"))
	}
	c.Note = strings.TrimSpace(strings.ReplaceAll(button.ReplaceAllString(rest, ""), "`", ""))
}

func (c *card) query(text string) {
	source, rest, _ := strings.Cut(text, " | ")
	c.Log = strings.Trim(strings.TrimPrefix(source, "SOURCE "), "'")
	for step := range strings.SplitSeq(rest, "\n| ") {
		name, rest, _ := strings.Cut(step, " ")
		c.Commands = append(c.Commands, command{name, rest})
	}
}

func (c *card) insight(r dashboard.Rule) {
	c.Rule = &r
	field := func(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, "$."), "event.") }
	k := r.Definition.Contribution
	for _, key := range k.Keys {
		c.Keys = append(c.Keys, field(key))
	}
	for _, f := range k.Filters {
		text := field(f.Match) + " is " + strings.Join(f.In, " or ")
		switch {
		case f.GreaterThan != nil:
			text = fmt.Sprintf("%s > %v", field(f.Match), *f.GreaterThan)
		case len(f.NotIn) > 0:
			text = field(f.Match) + " is not " + strings.Join(f.NotIn, " or ")
		}
		c.Filters = append(c.Filters, text)
	}
	c.Value, c.Log = field(k.ValueOf), strings.Join(r.Definition.LogGroupNames, ", ")
}

var (
	searchForm = regexp.MustCompile(`^SEARCH\('(.*)', '(\w+)', (\d+)\)$`)
	termForm   = regexp.MustCompile(`("[^"]*"|\w+)="?([^" )]+)"?`)
)

// searchOf reads a search as its terms; those with one name are joined.
func searchOf(expression string) searchLine {
	parts := searchForm.FindStringSubmatch(expression)
	if parts == nil {
		return searchLine{Math: expression}
	}
	line := searchLine{Stat: parts[2] + " over " + parts[3] + " s"}
	for _, t := range termForm.FindAllStringSubmatch(parts[1], -1) {
		name := strings.Trim(t[1], `"`)
		if n := len(line.Terms); n > 0 && line.Terms[n-1].Name == name {
			line.Terms[n-1].Value += ", " + t[2]
			continue
		}
		line.Terms = append(line.Terms, term{name, t[2]})
	}
	return line
}

// An alarmRow shows an alarm.
type alarmRow struct{ Name, When, Metrics, Missing string }

func alarmOf(a dashboard.Alarm) alarmRow {
	row := alarmRow{Name: strings.TrimPrefix(a.AlarmName, dashboard.AlarmPrefix), Missing: a.TreatMissingData}
	seen := map[string]bool{}
	var names []string
	period := 0
	for _, m := range a.Metrics {
		if m.MetricStat != nil && !seen[m.MetricStat.Metric.MetricName] {
			seen[m.MetricStat.Metric.MetricName] = true
			names = append(names, m.MetricStat.Metric.MetricName)
			period = m.MetricStat.Period
		}
	}
	row.Metrics = strings.Join(names, " + ")
	row.When = "above the band of what is usual"
	if a.Threshold != nil {
		row.When = fmt.Sprintf("over %v", *a.Threshold)
		if strings.HasPrefix(a.ComparisonOperator, "LessThan") {
			row.When = fmt.Sprintf("at most %v", *a.Threshold)
		}
	}
	row.When += fmt.Sprintf(", %d of %d × %d s", a.DatapointsToAlarm, a.EvaluationPeriods, period)
	return row
}
