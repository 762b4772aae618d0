package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
)

// Options say what a dashboard shows.
type Options struct {
	// Name of the dashboard: 1 to 255 letters, digits, "-" and "_". Dashboards
	// belong to an account and not to a Region. Defaults to the name of the
	// firewall with "-dashboard", if there is one.
	Name string `json:"name,omitempty"`

	// Partition aws, aws-cn or aws-us-gov, account and Region of the firewalls.
	Partition string `json:"partition"`
	Account   string `json:"account"`
	Region    string `json:"region"`

	// Firewalls, each with a section of 60 widgets.
	Firewalls []Firewall `json:"firewalls"`

	// TopN is how many contributors and rows lists have, 1 to 100. Defaults to 10.
	TopN int `json:"topN,omitempty"`

	// RulesState is ENABLED, the default, or DISABLED: such rules read no logs, and
	// their widgets stay empty.
	RulesState string `json:"rulesState,omitempty"`

	// Alarms, if any are wanted.
	Alarms *AlarmOptions `json:"alarms,omitempty"`

	// Mark, if set, is shown in the first widget of each section. It tells programs
	// whose the dashboard is.
	Mark string `json:"mark,omitempty"`
}

// A Firewall is what a dashboard has to know of one.
type Firewall struct {
	Name string `json:"name"`

	// ARN defaults to that of a firewall of the account.
	ARN string `json:"arn,omitempty"`

	// Endpoints of the firewall. Their subnets find the metrics of endpoints, and
	// their Availability Zones those that alarms watch.
	Endpoints []Endpoint `json:"endpoints"`

	// FlowLogGroup and AlertLogGroup are the CloudWatch log groups that the firewall
	// logs to. They must be two.
	FlowLogGroup  string `json:"flowLogGroup"`
	AlertLogGroup string `json:"alertLogGroup"`

	// SharedLogs says that firewalls that are not on this dashboard log to the same
	// groups, so that only events with the name of this one are counted. For
	// firewalls of one dashboard that share a group, this is done anyway.
	SharedLogs bool `json:"sharedLogs,omitempty"`
}

// An Endpoint is a firewall endpoint. One of a firewall that is attached to a transit
// gateway has no subnet: its endpoint metrics are in an account of AWS.
type Endpoint struct {
	AvailabilityZone string `json:"availabilityZone"`
	SubnetID         string `json:"subnetId,omitempty"`
	EndpointID       string `json:"endpointId,omitempty"`
}

// The states of Contributor Insights rules.
const (
	Enabled  = "ENABLED"
	Disabled = "DISABLED"
)

// The default and the most contributors that a list shows ("GetInsightRuleReport" in
// the CloudWatch API reference).
const (
	defaultTopN = 10
	maxTopN     = 100
)

// DefaultName returns the name of a dashboard for one firewall.
func DefaultName(firewall string) string { return firewall + "-dashboard" }

func (o Options) withDefaults() Options {
	if o.Name == "" && len(o.Firewalls) == 1 {
		o.Name = DefaultName(o.Firewalls[0].Name)
	}
	o.TopN = cmp.Or(o.TopN, defaultTopN)
	o.RulesState = cmp.Or(o.RulesState, Enabled)
	o.Firewalls = slices.Clone(o.Firewalls)
	groups := map[string]int{}
	for i, f := range o.Firewalls {
		o.Firewalls[i].ARN = cmp.Or(f.ARN, "arn:"+o.Partition+":network-firewall:"+o.Region+":"+o.Account+":firewall/"+f.Name)
		groups[f.FlowLogGroup]++
		groups[f.AlertLogGroup]++
	}
	for i, f := range o.Firewalls {
		if groups[f.FlowLogGroup] > 1 || groups[f.AlertLogGroup] > 1 {
			o.Firewalls[i].SharedLogs = true
		}
	}
	return o
}

// A form is what a name looks like, and how long it is at most. Bounds on repetition
// would make regular expressions slow.
type form struct {
	chars *regexp.Regexp
	most  int
}

func (f form) fits(s string) bool { return len(s) <= f.most && f.chars.MatchString(s) }

// The forms of names. They stand in queries and search expressions, so nothing that could
// end a quotation is among it. Of firewalls: "CreateFirewall" in the Network Firewall API
// reference; of log groups: "CreateLogGroup" in that of CloudWatch Logs.
var (
	firewallName  = form{regexp.MustCompile(`^[A-Za-z0-9-]+$`), 128}
	logGroupName  = form{regexp.MustCompile(`^[.\-_/#A-Za-z0-9]+$`), 512}
	subnetID      = form{regexp.MustCompile(`^subnet-[0-9a-z]+$`), 47}
	zoneName      = form{regexp.MustCompile(`^[a-z0-9-]+$`), 40}
	regionName    = form{regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`), 40}
	accountID     = form{regexp.MustCompile(`^[0-9]{12}$`), 12}
	firewallARN   = form{regexp.MustCompile(`^arn:[a-z-]+:network-firewall:[a-z0-9-]+:[0-9]{12}:firewall/[A-Za-z0-9-]+$`), 256}
	dashboardName = form{regexp.MustCompile(`^[A-Za-z0-9_-]+$`), 255}
	markText      = form{regexp.MustCompile(`^[\x20-\x5f\x61-\x7e]*$`), 600} // no "`"
)

// An InvalidError says what is wrong with one thing, and what it may be.
type InvalidError struct {
	Where  string // such as `Firewalls[0].FlowLogGroup` or `rule "TopTCPFlowsRule-edge"`
	Reason string
}

func (e *InvalidError) Error() string { return e.Where + ": " + e.Reason }

// A checker collects what is wrong.
type checker struct{ errs []error }

func (c *checker) check(ok bool, where, format string, args ...any) {
	if !ok {
		c.errs = append(c.errs, &InvalidError{where, fmt.Sprintf(format, args...)})
	}
}

func (o Options) validate() error {
	var c checker
	c.check(dashboardName.fits(o.Name), "Name", "%q; want 1 to 255 letters, digits, \"-\" and \"_\"", o.Name)
	c.check(domains[o.Partition] != "", "Partition", "%q; want aws, aws-cn or aws-us-gov", o.Partition)
	c.check(accountID.fits(o.Account), "Account", "%q; want 12 digits", o.Account)
	c.check(regionName.fits(o.Region), "Region", "%q; want one such as eu-central-1", o.Region)
	c.check(o.TopN >= 1 && o.TopN <= maxTopN, "TopN", "%d; want 1 to %d", o.TopN, maxTopN)
	c.check(o.RulesState == Enabled || o.RulesState == Disabled, "RulesState", "%q; want ENABLED or DISABLED", o.RulesState)
	c.check(markText.fits(o.Mark), "Mark", "%q; want at most 600 printable ASCII characters and no \"`\"", o.Mark)
	c.check(len(o.Firewalls) > 0, "Firewalls", "none")
	seen := map[string]bool{}
	for i, f := range o.Firewalls {
		where := fmt.Sprintf("Firewalls[%d]", i)
		c.check(!seen[f.Name], where+".Name", "%q is there twice", f.Name)
		seen[f.Name] = true
		f.check(&c, where)
	}
	if o.Alarms != nil {
		o.Alarms.check(&c, o.Firewalls)
	}
	return errors.Join(c.errs...)
}

func (f Firewall) check(c *checker, where string) {
	c.check(firewallName.fits(f.Name), where+".Name", "%q; want 1 to 128 letters, digits and \"-\"", f.Name)
	c.check(firewallARN.fits(f.ARN), where+".ARN", "%q; want the ARN of a firewall", f.ARN)
	c.check(logGroupName.fits(f.FlowLogGroup), where+".FlowLogGroup", "%q; want 1 to 512 letters, digits and \"._-/#\"", f.FlowLogGroup)
	c.check(logGroupName.fits(f.AlertLogGroup), where+".AlertLogGroup", "%q; want 1 to 512 letters, digits and \"._-/#\"", f.AlertLogGroup)
	c.check(f.FlowLogGroup != f.AlertLogGroup || f.FlowLogGroup == "", where+".AlertLogGroup",
		"%q is the flow log group, too; log flows and alerts to two groups", f.AlertLogGroup)
	for i, e := range f.Endpoints {
		at := fmt.Sprintf("%s.Endpoints[%d]", where, i)
		c.check(e.SubnetID == "" || subnetID.fits(e.SubnetID), at+".SubnetID", "%q; want one such as subnet-0123456789abcdef0", e.SubnetID)
		c.check(zoneName.fits(e.AvailabilityZone), at+".AvailabilityZone", "%q; want one such as eu-central-1a", e.AvailabilityZone)
	}
}

// subnets returns the subnets of the endpoints, sorted, each once.
func (f Firewall) subnets() []string {
	set := map[string]bool{}
	for _, e := range f.Endpoints {
		if e.SubnetID != "" {
			set[e.SubnetID] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// zones returns the Availability Zones of the endpoints, sorted, each once.
func (f Firewall) zones() []string {
	set := map[string]bool{}
	for _, e := range f.Endpoints {
		set[e.AvailabilityZone] = true
	}
	return slices.Sorted(maps.Keys(set))
}
