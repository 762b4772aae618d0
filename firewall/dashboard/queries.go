package dashboard

import (
	"fmt"
	"strings"
)

// logWidgets show queries of CloudWatch Logs Insights. Each filters first, since
// after "stats" only its results are left to be compared.
func (s section) logWidgets() []Widget {
	const (
		blocked = `filter event.alert.action = "blocked"`
		byRule  = "stats count(*) as Count by event.alert.signature_id as SID, event.alert.action as Action, " +
			"event.verdict.action as Verdict, event.alert.signature as Message, event.proto as Protocol"
		recent = "fields event.timestamp as Time, event.alert.signature_id as SID, event.alert.action as Action, event.verdict.action as Verdict, " +
			"event.alert.signature as Message, event.proto as Protocol, event.src_ip as Source, event.src_port as SourcePort, " +
			"event.dest_ip as Destination, event.dest_port as DestinationPort"
	)
	top := func(field, as string) string { return "stats count(*) as Count by " + field + " as " + as }
	return []Widget{
		s.query(0, 50, 6, flow, "Top Protocols", "pie", "Count", top("event.proto", "Protocol")),
		s.query(6, 50, 6, flow, "Top Application Layer Protocols Detected", "pie", "Count", top("event.app_proto", "Protocol")),
		s.query(18, 57, 6, flow, "Top TCP Flags", "pie", "Count", `filter event.proto = "TCP"`, top("event.tcp.tcp_flags", "Flags")),
		s.query(0, 73, 6, alert, "Top Drop/Reject Rules", "table", "Count", blocked, byRule),
		s.query(6, 73, 6, alert, "Top Alert Rules", "table", "Count",
			`filter ispresent(event.alert.action) and event.alert.action != "blocked"`, byRule),
		s.query(12, 73, 12, alert, "Recent Alert Log Events", "table", "Time", recent),
		s.query(0, 80, 6, alert, "Top Blocked Source IPs", "pie", "Count", blocked, top("event.src_ip", "Source")),
		s.query(6, 80, 6, alert, "Top Blocked Destination IPs", "pie", "Count", blocked, top("event.dest_ip", "Destination")),
		s.query(12, 80, 6, alert, "Top Blocked Destination Ports", "pie", "Count", blocked, top("event.dest_port", "Port")),
		s.query(12, 102, 12, alert, "Top PrivateLink Endpoint Candidates (S3, DynamoDB, & Backup)", "table", "Count",
			"filter "+awsHost("event.tls.sni")+" or "+awsHost("event.http.hostname"),
			"stats count(*) as Count by event.src_ip as Source, event.dest_ip as Destination, "+
				"event.app_proto as Protocol, event.tls.sni as SNI, event.http.hostname as Hostname"),
	}
}

// awsHost compares a field with the names of services that VPC endpoints reach: a
// part of the name between dots that begins with s3, dynamodb, ddb or backup.
func awsHost(field string) string {
	return field + ` like /(^|\.)(s3|dynamodb|ddb|backup)[.-].*(amazonaws\.com|api\.aws)/`
}

// query returns a log widget that shows the top rows of the commands, by a column.
func (s section) query(x, y, width int, log logKind, title, view, by string, commands ...string) Widget {
	if s.Firewall.SharedLogs {
		commands = append([]string{`filter firewall_name = "` + s.Firewall.Name + `"`}, commands...)
	}
	commands = append(commands, "sort "+by+" desc", fmt.Sprintf("limit %d", s.TopN))
	return Widget{Type: "log", X: x, Y: y, Width: width, Height: 7, Properties: Properties{
		Title: title, Region: s.Region, View: view,
		Query: "SOURCE '" + s.logGroup(log) + "' | " + strings.Join(commands, "\n| "),
	}}
}
