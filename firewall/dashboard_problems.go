package firewall

import (
	"fmt"
	"strings"
)

// A DashboardProblemKind is what can be wrong with a firewall whose dashboard is to show
// right numbers. They are those of "Troubleshooting" in the article that introduces the
// dashboard, and what follows from them.
type DashboardProblemKind string

// The kinds of problems.
const (
	// FirewallNotFound: the account has no firewall of that name in the Region.
	FirewallNotFound DashboardProblemKind = "FirewallNotFound"

	// LoggingOff: the firewall logs nothing.
	LoggingOff DashboardProblemKind = "LoggingOff"

	// LogTypeMissing: it logs flows or alerts, and not both.
	LogTypeMissing DashboardProblemKind = "LogTypeMissing"

	// NotCloudWatch: it logs to S3 or Firehose, where widgets find nothing.
	NotCloudWatch DashboardProblemKind = "NotCloudWatch"

	// OneLogGroup: it logs flows and alerts to one group, so that each would be counted
	// among the other.
	OneLogGroup DashboardProblemKind = "OneLogGroup"

	// LogGroupMissing: it logs to a group that is not there. Can be accepted: the
	// group may be made later.
	LogGroupMissing DashboardProblemKind = "LogGroupMissing"

	// LogGroupClass: it logs to a group of a class other than Standard, which
	// Contributor Insights does not read. Can be accepted: the 26 widgets stay empty.
	LogGroupClass DashboardProblemKind = "LogGroupClass"

	// EndpointNotReady: an endpoint is not ready. Can be accepted: it is shown once it
	// is.
	EndpointNotReady DashboardProblemKind = "EndpointNotReady"

	// NoSubnets: it has no endpoint in a subnet of the account, as when it is attached to
	// a transit gateway. Can be accepted: the four widgets about endpoints stay empty.
	NoSubnets DashboardProblemKind = "NoSubnets"
)

// acceptable returns the kinds in spite of which there can be a dashboard.
func acceptable() []DashboardProblemKind {
	return []DashboardProblemKind{LogGroupMissing, LogGroupClass, EndpointNotReady, NoSubnets}
}

// A DashboardProblem is what is wrong with a firewall.
type DashboardProblem struct {
	Firewall string               `json:"firewall"`
	Kind     DashboardProblemKind `json:"kind"`
	Detail   string               `json:"detail"` // what was found
	Fix      string               `json:"fix"`    // what to do
}

func (p DashboardProblem) String() string {
	return fmt.Sprintf("firewall %s: %s: %s; %s", p.Firewall, p.Kind, p.Detail, p.Fix)
}

// A DashboardProblemsError has all problems of all firewalls that were not accepted.
type DashboardProblemsError struct{ Problems []DashboardProblem }

func (e *DashboardProblemsError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}
