package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/cloudwatch"
	"github.com/awspatterns/awspatterns/internal/standin/networkfirewall"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// testdata is absolute, since the tests run in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// runIn runs the example in an empty folder.
func runIn(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestDashboard(t *testing.T) {
	status, stdout, stderr := runIn(t, "")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, filepath.Join(testdata, "dashboard.txt"), stdout)
	if !strings.HasSuffix(stdout, "Planned again: no changes\n") {
		t.Errorf("got %s", stdout)
	}

	var body dashboard.Body
	if err := json.Unmarshal([]byte(readFile(t, "firewall-dashboard.json")), &body); err != nil || len(body.Widgets) != 60 {
		t.Errorf("got %d widgets, %v", len(body.Widgets), err)
	}
	page := readFile(t, "firewall-dashboard.html")
	if n := strings.Count(page, `<article id="w`) + strings.Count(page, `<section id="w`); n != 60 {
		t.Errorf("the page shows %d widgets", n)
	}
	for _, w := range body.Widgets {
		title := strings.NewReplacer("&", "&amp;", ">", "&gt;").Replace(w.Properties.Title)
		if w.Type != "text" && !strings.Contains(page, "<h3>"+title+"</h3>") {
			t.Errorf("the page lacks %q", w.Properties.Title)
		}
	}
	for _, want := range []string{
		`<code class="filter">netflow.age &gt; 350</code>`, `<b>filter</b> event.alert.action = &#34;blocked&#34;`,
		`<dt>MetricName</dt><dd><code>OtherDroppedPackets, InvalidDroppedPackets</code></dd>`, `<code>m1*8/300</code>`,
		"<span class=\"button\">re:Post</span>", "<td class=\"n\">85.00</td>", "above the band of what is usual, 3 of 3 × 300 s",
		"#w3 { grid-area: 4 / 7 / span 7 / span 6; }",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	// It asks the network for nothing.
	if found := regexp.MustCompile(`https?:|url\(|<img|<link|style="`).FindString(page); found != "" {
		t.Errorf("the page has %q", found)
	}
}

// TestParts: what Terraform reads is a dashboard.
func TestParts(t *testing.T) {
	status, _, stderr := runIn(t, "", "-firewall", "east-west", "-firewall", "edge-inspection", "-name", "perimeter", "-parts", "parts.json", "-rules", "DISABLED", "-top", "5")
	if status != 0 {
		t.Fatalf("status %d, %s", status, stderr)
	}
	var d dashboard.Dashboard
	if err := json.Unmarshal([]byte(readFile(t, "parts.json")), &d); err != nil {
		t.Fatal(err)
	}
	if err := d.Validate(); err != nil || d.Name != "perimeter" || len(d.Body.Widgets) != 120 || len(d.Rules) != 52 || len(d.Alarms) != 0 || d.Rules[0].State != "DISABLED" {
		t.Errorf("got %s with %d widgets and %d rules, %v", d.Name, len(d.Body.Widgets), len(d.Rules), err)
	}
	if page := readFile(t, "firewall-dashboard.html"); strings.Count(page, "<em>DISABLED</em>") != 52 || !strings.Contains(page, "Overview · east-west") {
		t.Error("the page does not show it")
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-h", 0, "-flow-events NUMBER"},
		{"x", 2, `unexpected argument "x"`},
		{"-aws", 2, "need -firewall NAME"},
		{"-permissions", 2, "need -firewall NAME"},
		{"-firewall mine", 2, "without -aws, there are the firewalls edge-inspection and east-west"},
		{"-firewall edge-inspection -top 101", 1, "TopN: 101; want 1 to 100"},
		{"-firewall edge-inspection -accept NotCloudWatch", 1, `Accept: "NotCloudWatch"`},
		{"-nothing", 2, "not defined"},
	} {
		status, _, stderr := runIn(t, "", strings.Fields(test.args)...)
		if status != test.status || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: got %d, %s", test.args, status, stderr)
		}
	}
	status, stdout, _ := runIn(t, "", "-permissions", "-firewall", "edge", "-alarms")
	for _, want := range []string{"cloudwatch:PutMetricAlarm", "network-firewall:DescribeFirewall", "firewall/edge"} {
		if status != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%d: there is no %s", status, want)
		}
	}
	if status, stdout, stderr := runIn(t, "", "-name", "edge-dashboard", "-remove"); status != 0 || !strings.Contains(stdout, "No changes") {
		t.Errorf("nothing to remove: %d, %s%s", status, stdout, stderr)
	}
}

// TestAsk: with an account, nothing is changed without a yes.
func TestAsk(t *testing.T) {
	for answer, want := range map[string]string{"": "nothing was changed", "no\n": "nothing was changed", "yes\n": ""} {
		var out bytes.Buffer
		s := settings{aws: true, in: strings.NewReader(answer)}
		if err := s.ask(&out); (err == nil) != (want == "") || err != nil && err.Error() != want {
			t.Errorf("%q: got %v", answer, err)
		}
	}
}

// TestExplain: problems of firewalls are told one by one, with what to do.
func TestExplain(t *testing.T) {
	cloud := awstest.New(t)
	sts.Handle(cloud)
	cloudwatch.New(cloud)
	networkfirewall.New(cloud).CreateFirewall(inProcessAccount, inProcessRegion, networkfirewall.Firewall{Name: "edge"})
	_, err := firewall.PlanDashboard(t.Context(), firewall.NewClients(cloud.Config(inProcessRegion, inProcessAccount)), firewall.DashboardOptions{Firewalls: []string{"edge"}})
	var out bytes.Buffer
	explain(&out, err)
	for _, want := range []string{"edge: it logs neither flows nor alerts\n    log flows and alerts to two CloudWatch log groups (LoggingOff)", "(NoSubnets)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %s, want %s", out.String(), want)
		}
	}
}
