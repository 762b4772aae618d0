package firewall

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awspatterns/awspatterns/firewall/retrofit"
	"github.com/awspatterns/awspatterns/internal/printable"
)

// Unread returns what could not be read, by account.
func (r ComplianceResult) Unread() []retrofit.Unread {
	var unread []retrofit.Unread
	for _, a := range r.Accounts {
		if a.Unread != "" {
			unread = append(unread, retrofit.Unread{Account: a.Account, Region: r.Region, What: "violators", Reason: a.Unread})
		}
		for _, v := range a.Violators {
			if v.Unread != "" {
				unread = append(unread, retrofit.Unread{Account: a.Account, Region: r.Region, What: "violations of " + v.ID, Reason: v.Unread})
			}
		}
	}
	return unread
}

// String returns the result as text for a person: a line for each account, and
// below it the violators that are known.
func (r ComplianceResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Compliance with policy %s (%s) of account %s in %s\n%s\n\n",
		printable.Escape(r.PolicyName), printable.Escape(r.PolicyID), printable.Escape(r.Owner), printable.Escape(r.Region), r.summary())
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ACCOUNT\tSTATUS\tVIOLATORS\tLAST UPDATED\tEXPIRED AT")
	for _, a := range r.Accounts {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", printable.Escape(a.Account), printable.Escape(a.Status), a.count(), timeText(a.LastUpdated), timeText(a.ExpiredAt))
	}
	w.Flush()
	for _, a := range r.Accounts {
		b.WriteString(a.details())
	}
	return b.String()
}

// summary counts the accounts.
func (r ComplianceResult) summary() string {
	counts := map[string]int{}
	unread, capped := 0, 0
	for _, a := range r.Accounts {
		counts[a.Status]++
		if a.Unread != "" {
			unread++
		}
		if a.LimitExceeded {
			capped++
		}
	}
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[status], printable.Escape(status)))
	}
	text := fmt.Sprintf("%d accounts: %s", len(r.Accounts), strings.Join(parts, ", "))
	if unread > 0 {
		text += fmt.Sprintf("; violators of %d could not be read", unread)
	}
	if capped > 0 {
		text += fmt.Sprintf("; of %d Firewall Manager does not list all violators", capped)
	}
	return text
}

func (a AccountCompliance) count() string {
	n, more := a.AtLeast()
	switch {
	case more:
		return fmt.Sprintf("at least %d, %d listed", n, len(a.Violators))
	case a.Unread != "":
		return fmt.Sprintf("%d, not read", n)
	case a.Status == NotEvaluated && n == 0:
		return "unknown"
	}
	return strconv.FormatInt(n, 10)
}

// details returns what there is to say beside the line of the account.
func (a AccountCompliance) details() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	if a.Unread != "" {
		line("  not read: %s", printable.Escape(a.Unread))
	}
	for _, service := range slices.Sorted(maps.Keys(a.Issues)) {
		line("  issue with %s: %s", printable.Escape(service), printable.Escape(a.Issues[service]))
	}
	for _, v := range a.Violators {
		line("  %s %s: %s", printable.Escape(v.Type), printable.Escape(v.ID), printable.Escape(v.Reason))
		for _, key := range slices.Sorted(maps.Keys(v.Metadata)) {
			line("    %s: %s", printable.Escape(key), printable.Escape(v.Metadata[key]))
		}
		for _, d := range v.Incompatible {
			line("    incompatible: %s", printable.Escape(d))
		}
		for _, arn := range v.OutOfScope {
			line("    shared with %s, which is out of scope", printable.Escape(arn))
		}
		if v.Description != "" {
			line("    %s", printable.Escape(v.Description))
		}
		if v.Unread != "" {
			line("    details not read: %s", printable.Escape(v.Unread))
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\nAccount " + printable.Escape(a.Account) + "\n" + b.String()
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format(time.RFC3339)
}

// WriteCSV writes accounts and violators as two tables with a header each. Their
// first columns are those of the reports account_compliance and resource_violator
// of "Automations for AWS Firewall Manager" (AWS Solutions), which is retired; the
// others say what those left out. Lists within a field are separated by semicolons.
func (r ComplianceResult) WriteCSV(accounts, violators io.Writer) error {
	rows := [][]string{{
		"MEMBER_ACCOUNT", "COMPLIANCE_STATUS", "VIOLATOR_COUNT", "LIMIT_EXCEEDED", "ISSUES", "LAST_UPDATED", "EXPIRED_AT", "UNREAD",
	}}
	for _, a := range r.Accounts {
		n, more := a.AtLeast()
		rows = append(rows, []string{
			a.Account, a.Status, strconv.FormatInt(n, 10), strconv.FormatBool(more), issueList(a.Issues),
			csvTime(a.LastUpdated), csvTime(a.ExpiredAt), a.Unread,
		})
	}
	if err := csv.NewWriter(accounts).WriteAll(rows); err != nil {
		return err
	}
	rows = [][]string{{
		"MEMBER_ACCOUNT", "RESOURCE_ID", "RESOURCE_TYPE", "VIOLATION_REASON", "OUT_OF_SCOPE_RESOURCES", "INCOMPATIBLE_CONFIGURATION", "UNREAD",
	}}
	for _, a := range r.Accounts {
		for _, v := range a.Violators {
			rows = append(rows, []string{
				a.Account, v.ID, v.Type, v.Reason, strings.Join(v.OutOfScope, ";"), strings.Join(v.Incompatible, ";"), v.Unread,
			})
		}
	}
	return csv.NewWriter(violators).WriteAll(rows)
}

func issueList(issues map[string]string) string {
	var list []string
	for _, service := range slices.Sorted(maps.Keys(issues)) {
		list = append(list, service+": "+issues[service])
	}
	return strings.Join(list, ";")
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeText(t)
}
