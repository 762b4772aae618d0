package dashboard_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

// invalid returns what is wrong, each thing on a line, and fails unless each is typed.
func invalid(t *testing.T, err error) string {
	t.Helper()
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		t.Fatalf("got %v", err)
	}
	var lines []string
	for _, e := range joined.Unwrap() {
		typed, ok := errors.AsType[*dashboard.InvalidError](e)
		if !ok || typed.Where == "" || typed.Reason == "" {
			t.Errorf("%v is not typed", e)
		}
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// TestRenderRefuses: bad options, each alone.
func TestRenderRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*dashboard.Options)
		want   string
	}{
		{"no firewall", func(o *dashboard.Options) { o.Firewalls = nil; o.Name = "x" }, "Firewalls: none"},
		{"no name for two", func(o *dashboard.Options) {
			f := o.Firewalls[0]
			f.Name = "other"
			o.Firewalls = append(o.Firewalls, f)
		}, `Name: ""; want`},
		{"name", func(o *dashboard.Options) { o.Name = "a b" }, `Name: "a b"; want 1 to 255`},
		{"long name", func(o *dashboard.Options) { o.Name = strings.Repeat("a", 256) }, "want 1 to 255"},
		{"partition", func(o *dashboard.Options) { o.Partition = "aws-iso" }, `Partition: "aws-iso"; want aws, aws-cn or aws-us-gov`},
		{"account", func(o *dashboard.Options) { o.Account = "1" }, "Account"},
		{"Region", func(o *dashboard.Options) { o.Region = "Frankfurt" }, "Region"},
		{"too few", func(o *dashboard.Options) { o.TopN = -1 }, "TopN: -1; want 1 to 100"},
		{"too many", func(o *dashboard.Options) { o.TopN = 101 }, "TopN: 101; want 1 to 100"},
		{"state", func(o *dashboard.Options) { o.RulesState = "enabled" }, `RulesState: "enabled"`},
		{"mark", func(o *dashboard.Options) { o.Mark = "a`b" }, "Mark"},
		{"firewall", func(o *dashboard.Options) { o.Firewalls[0].Name = `x" OR "y` }, "Firewalls[0].Name"},
		{"long firewall", func(o *dashboard.Options) { o.Firewalls[0].Name = strings.Repeat("a", 129) }, "Firewalls[0].Name"},
		{"ARN", func(o *dashboard.Options) { o.Firewalls[0].ARN = "arn:aws:s3:::b" }, "Firewalls[0].ARN"},
		{"twice", func(o *dashboard.Options) { o.Firewalls = append(o.Firewalls, o.Firewalls[0]); o.Name = "x" }, `Firewalls[1].Name: "edge" is there twice`},
		{"no flow log", func(o *dashboard.Options) { o.Firewalls[0].FlowLogGroup = "" }, "Firewalls[0].FlowLogGroup"},
		{"quotation", func(o *dashboard.Options) { o.Firewalls[0].AlertLogGroup = "a' | x" }, "Firewalls[0].AlertLogGroup"},
		{"wildcard", func(o *dashboard.Options) { o.Firewalls[0].FlowLogGroup = "/edge/*" }, "Firewalls[0].FlowLogGroup"},
		{"one log", func(o *dashboard.Options) { o.Firewalls[0].AlertLogGroup = "/edge/flow" }, "is the flow log group, too"},
		{"subnet", func(o *dashboard.Options) { o.Firewalls[0].Endpoints[0].SubnetID = `subnet-1" OR "` }, "Endpoints[0].SubnetID"},
		{"zone", func(o *dashboard.Options) { o.Firewalls[0].Endpoints[1].AvailabilityZone = "" }, "Endpoints[1].AvailabilityZone"},
		{"too many subnets", func(o *dashboard.Options) {
			for range 30 {
				e := dashboard.Endpoint{AvailabilityZone: "a", SubnetID: "subnet-" + strings.Repeat("0", 17) + string(rune('a'+len(o.Firewalls[0].Endpoints)%26))}
				o.Firewalls[0].Endpoints = append(o.Firewalls[0].Endpoints, e)
			}
		}, "characters; want at most 1024: show fewer subnets"},
		{"alarm kind", func(o *dashboard.Options) { o.Alarms = &dashboard.AlarmOptions{Kinds: []dashboard.AlarmKind{"x"}} }, `Alarms.Kinds: "x"`},
		{"action", func(o *dashboard.Options) { o.Alarms = &dashboard.AlarmOptions{Actions: []string{"ops"}} }, "Alarms.Actions"},
		{"six actions", func(o *dashboard.Options) {
			o.Alarms = &dashboard.AlarmOptions{OKActions: strings.Fields(strings.Repeat("arn:aws:sns:r:1:t ", 6))}
		}, "Alarms.OKActions: 6; want at most 5"},
		{"alarms without zones", func(o *dashboard.Options) {
			o.Alarms, o.Firewalls[0].Endpoints = &dashboard.AlarmOptions{}, nil
		}, "alarms watch metrics by Availability Zone"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			o := edge()
			test.change(&o)
			d, err := dashboard.Render(o)
			if err == nil || len(d.Rules) > 0 {
				t.Fatalf("got %d rules and %v", len(d.Rules), err)
			}
			if got := invalid(t, err); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
			if !strings.HasPrefix(err.Error(), "dashboard: render ") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestRenderReportsAll: everything that is wrong is told at once.
func TestRenderReportsAll(t *testing.T) {
	_, err := dashboard.Render(dashboard.Options{Name: "a b", TopN: 200})
	if got := strings.Count(invalid(t, err), "\n") + 1; got != 6 { // name, partition, account, Region, top N, firewalls
		t.Errorf("got %d: %v", got, err)
	}
}

// TestValidate spoils a rendered dashboard in one place each time.
func TestValidate(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*dashboard.Dashboard)
		want  string
	}{
		{"name", func(d *dashboard.Dashboard) { d.Name = "ä" }, "dashboard name"},
		{"no widgets", func(d *dashboard.Dashboard) { d.Body.Widgets = nil }, "no widgets"},
		{"x", func(d *dashboard.Dashboard) { d.Body.Widgets[3].X = 24 }, "want a column from 0 to 23"},
		{"negative x", func(d *dashboard.Dashboard) { d.Body.Widgets[3].X = -1 }, "want a column from 0 to 23"},
		{"y", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Y = -1 }, "a row from 0"},
		{"width", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Width = 25 }, "25 wide"},
		{"no width", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Width = 0 }, "0 wide"},
		{"over the edge", func(d *dashboard.Dashboard) { d.Body.Widgets[3].X = 23 }, "6 wide at column 23"},
		{"height", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Height = 1001 }, "1001 high"},
		{"type", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Type = "metricc" }, `of type "metricc"`},
		{"markdown", func(d *dashboard.Dashboard) { d.Body.Widgets[0].Properties.Markdown = "" }, "without markdown"},
		{"no source", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Properties.Metrics = nil }, "either metrics or a rule"},
		{"two sources", func(d *dashboard.Dashboard) {
			d.Body.Widgets[3].Properties.InsightRule = &dashboard.InsightRule{RuleName: "x", MaxContributorCount: 1}
		}, "either metrics or a rule"},
		{"period", func(d *dashboard.Dashboard) { d.Body.Widgets[3].Properties.Period = 90 }, "multiple of 60"},
		{"contributors", func(d *dashboard.Dashboard) {
			for i := range d.Body.Widgets {
				if r := d.Body.Widgets[i].Properties.InsightRule; r != nil {
					r.MaxContributorCount = 101
				}
			}
		}, "101 contributors"},
		{"metrics of a widget", func(d *dashboard.Dashboard) {
			d.Body.Widgets[3].Properties.Metrics = make([][]dashboard.Expression, 501)
		}, "501 metrics; want at most 500"},
		{"metrics", func(d *dashboard.Dashboard) {
			for i := range 6 {
				d.Body.Widgets[3+i].Properties.Metrics = make([][]dashboard.Expression, 500)
			}
		}, "body: 30"},
		{"rule name", func(d *dashboard.Dashboard) { d.Rules[0].Name = strings.Repeat("a", 129) }, "1 to 128 printable"},
		{"rule twice", func(d *dashboard.Dashboard) { d.Rules[1].Name = d.Rules[0].Name }, "is there twice"},
		{"rule state", func(d *dashboard.Dashboard) { d.Rules[0].State = "on" }, "the state"},
		{"schema", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Schema.Version = 2 }, "the schema"},
		{"format", func(d *dashboard.Dashboard) { d.Rules[0].Definition.LogFormat = "CLF" }, "the log format"},
		{"no log group", func(d *dashboard.Dashboard) { d.Rules[0].Definition.LogGroupNames = nil }, "0 log groups"},
		{"log group", func(d *dashboard.Dashboard) { d.Rules[0].Definition.LogGroupNames = []string{strings.Repeat("a", 513)} }, "the log group"},
		{"not ASCII", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Contribution.Filters[0].In = []string{"ü"} }, "not all ASCII"},
		{"long definition", func(d *dashboard.Dashboard) {
			d.Rules[2].Definition.Contribution.Filters = []dashboard.Filter{{Match: "$.a", In: []string{strings.Repeat("a", 8192)}}}
		}, "want at most 8192"},
		{"no keys", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Contribution.Keys = nil }, "0 keys; want 1 to 4"},
		{"five keys", func(d *dashboard.Dashboard) {
			k := &d.Rules[0].Definition.Contribution.Keys
			*k = append(*k, "$.event.proto")
		}, "5 keys; want 1 to 4"},
		{"no Filters", func(d *dashboard.Dashboard) { d.Rules[2].Definition.Contribution.Filters = nil }, "no Filters, not even an empty list"},
		{"five filters", func(d *dashboard.Dashboard) {
			d.Rules[2].Definition.Contribution.Filters = []dashboard.Filter{{Match: "$.a", In: []string{"x"}}, {Match: "$.a", In: []string{"x"}}, {Match: "$.a", In: []string{"x"}}, {Match: "$.a", In: []string{"x"}}, {Match: "$.a", In: []string{"x"}}}
		}, "5 filters"},
		{"filter without comparison", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Contribution.Filters[0].GreaterThan = nil }, "want one comparison"},
		{"filter with two", func(d *dashboard.Dashboard) {
			d.Rules[0].Definition.Contribution.Filters[0].In = []string{"x"}
		}, "want one comparison"},
		{"eleven values", func(d *dashboard.Dashboard) {
			d.Rules[1].Definition.Contribution.Filters[0].In = strings.Fields(strings.Repeat("x ", 11))
		}, "11 values"},
		{"path", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Contribution.Keys[0] = "event.src_ip" }, "the field"},
		{"sum of nothing", func(d *dashboard.Dashboard) { d.Rules[2].Definition.Contribution.ValueOf = "" }, `aggregates on "Sum"`},
		{"count of something", func(d *dashboard.Dashboard) { d.Rules[0].Definition.Contribution.ValueOf = "$.x" }, `aggregates on "Count"`},
		{"alarm name", func(d *dashboard.Dashboard) { d.Alarms[0].AlarmName = "a\n" }, "none of control"},
		{"alarm twice", func(d *dashboard.Dashboard) { d.Alarms[1].AlarmName = d.Alarms[0].AlarmName }, "is there twice"},
		{"description", func(d *dashboard.Dashboard) { d.Alarms[0].AlarmDescription = strings.Repeat("a", 1025) }, "want at most 1024"},
		{"actions", func(d *dashboard.Dashboard) { d.Alarms[0].AlarmActions = make([]string, 6) }, "more than 5 actions"},
		{"datapoints", func(d *dashboard.Dashboard) { d.Alarms[0].DatapointsToAlarm = 9 }, "9 of 3 periods"},
		{"id", func(d *dashboard.Dashboard) { d.Alarms[0].Metrics[0].ID = "M0" }, "a lower-case letter first"},
		{"neither", func(d *dashboard.Dashboard) { d.Alarms[0].Metrics[0].MetricStat = nil }, "either a metric or an expression"},
		{"search", func(d *dashboard.Dashboard) { d.Alarms[0].Metrics[4].Expression = "SEARCH('x', 'Sum', 300)" }, "which alarms cannot"},
		{"eleven metrics", func(d *dashboard.Dashboard) {
			for i := range 9 {
				m := d.Alarms[2].Metrics[0]
				m.ID = "n" + string(rune('0'+i))
				d.Alarms[2].Metrics = append(d.Alarms[2].Metrics, m)
			}
		}, "11 metrics and 1 expressions"},
		{"returns too much", func(d *dashboard.Dashboard) { d.Alarms[2].Metrics[0].ReturnData = true }, "2 metrics return data; want 1"},
		{"band returns nothing", func(d *dashboard.Dashboard) { d.Alarms[0].Metrics[5].ReturnData = false }, `no metric "band" that returns data`},
		{"no threshold", func(d *dashboard.Dashboard) { d.Alarms[2].Threshold = nil }, "either a threshold"},
	}
	o := edge()
	o.Alarms = &dashboard.AlarmOptions{}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := render(t, o)
			if err := d.Validate(); err != nil {
				t.Fatal(err)
			}
			test.spoil(&d)
			err := d.Validate()
			if err == nil {
				t.Fatal("it is valid")
			}
			if got := invalid(t, err); !strings.Contains(got, test.want) {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
