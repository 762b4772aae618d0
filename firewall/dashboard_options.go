package firewall

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func (o DashboardOptions) withDefaults() DashboardOptions {
	if o.Name == "" && len(o.Firewalls) == 1 {
		o.Name = dashboard.DefaultName(o.Firewalls[0])
	}
	return o
}

// validate checks all that can be checked before a call, by rendering a dashboard of
// firewalls with these names.
func (o DashboardOptions) validate(region string) error {
	var errs []error
	for _, k := range o.Accept {
		if !slices.Contains(acceptable(), k) {
			errs = append(errs, &dashboard.InvalidError{Where: "Accept", Reason: fmt.Sprintf("%q; want some of %q", k, acceptable())})
		}
	}
	tried := dashboard.Options{
		Name: o.Name, Partition: "aws", Account: "123456789012", Region: region,
		TopN: o.TopN, RulesState: o.RulesState, Alarms: o.Alarms, Mark: dashboardMark(region, o.Name),
	}
	names := o.Firewalls
	if o.Remove && o.Name != "" {
		names = []string{"any"}
	}
	for _, name := range names {
		tried.Firewalls = append(tried.Firewalls, dashboard.Firewall{
			Name: name, FlowLogGroup: "f", AlertLogGroup: "a", Endpoints: []dashboard.Endpoint{{AvailabilityZone: "a", SubnetID: "subnet-0"}},
		})
	}
	_, err := dashboard.Render(tried)
	return errors.Join(append(errs, errors.Unwrap(err))...) // without its prefix
}

// checkDashboard reports which client is missing.
func (c Clients) checkDashboard(withFirewalls bool) error {
	switch {
	case c.CloudWatch == nil:
		return errors.New("the Clients have no CloudWatch client")
	case c.STS == nil:
		return errors.New("the Clients have no STS client")
	case c.Region == "":
		return errors.New("the Clients have no Region")
	case withFirewalls && c.NetworkFirewall == nil:
		return errors.New("the Clients have no NetworkFirewall client")
	case withFirewalls && c.Logs == nil:
		return errors.New("the Clients have no Logs client")
	}
	return nil
}

// The mark is a tag of rules and alarms, and a text on the dashboard. Its value says for
// which dashboard something was made. It holds the Region, since one name can be asked
// for in two, which make one dashboard of the account.
const (
	dashboardMarkKey = "awspatterns"
	maxTagValue      = 256 // in characters ("TagResource" in the CloudWatch API reference)
)

func dashboardMark(region, name string) string {
	mark := dashboardPattern + "/" + region + "/" + name
	if len(mark) <= maxTagValue {
		return mark
	}
	sum := sha256.Sum256([]byte(mark))
	return mark[:maxTagValue-17] + "." + hex.EncodeToString(sum[:8])
}
