package ses

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
)

// notes tells what the numbers mean, for whoever does not know managed addresses.
func (r *ManagedIPReportResult) notes() (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if len(r.Pools) == 0 {
		note("there is no managed pool in the Region: PlanManagedIPs makes one")
		return notes
	}
	for _, p := range r.Pools {
		switch {
		case p.Mode == modeStandard:
			note("%s is a standard pool: these metrics are of managed ones", p.Name)
		case p.Addresses != nil && *p.Addresses == 0:
			note("%s has no address yet: SES allocates the first once hundreds of mails were sent over a few days; until then, all mail goes through shared addresses", p.Name)
		}
		if len(p.Providers) == 0 {
			note("there are no metrics of %s: nothing was sent through it in the past two weeks, or metrics could not be read or recognized", p.Name)
		}
		for _, v := range p.Providers {
			if v.Sent24h != nil && v.Capacity24 != nil && *v.Sent24h >= *v.Capacity24 {
				note("%s, %s: what is sent reaches what the addresses are fit for; while they warm up, more goes through shared addresses, and later it waits", p.Name, v.shown())
			}
		}
	}
	if r.PoolDimension != "" {
		note("metrics were recognized by the dimension %s, whose values are names of pools; by provider they are told apart by %s", r.PoolDimension, reportDimension(r.ProviderDimension))
		note("even warm addresses do not get all mail: a sudden rise or fall of what is sent goes through shared ones in part")
	}
	return notes
}

func reportDimension(name string) string {
	if name == "" {
		return "no dimension"
	}
	return name
}

// shown names the provider.
func (v ManagedProviderReport) shown() string {
	if v.Provider == "" {
		return "all providers"
	}
	return v.Provider
}

// String returns the report as text for a person: a table, and what it means.
func (r ManagedIPReportResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Managed IP addresses in %s from %s to %s\n\n", printable.Escape(r.Region), reportHour(r.From), reportHour(r.To))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POOL\tADDRESSES\tPROVIDER\tSENT\tDEDICATED\tSENT IN 24 H\tOF AT MOST")
	for _, p := range r.Pools {
		p.rows(w)
	}
	w.Flush()
	b.WriteString(reportList("Notes", r.Notes) + reportList("Could not be read", r.Unread))
	return b.String()
}

func (p ManagedPoolReport) rows(w *tabwriter.Writer) {
	addresses := "unknown"
	if p.Addresses != nil {
		addresses = strconv.Itoa(*p.Addresses)
	}
	if len(p.Providers) == 0 {
		fmt.Fprintf(w, "%s\t%s\t-\t-\t-\t-\t-\n", printable.Escape(p.Name), addresses)
	}
	for i, v := range p.Providers {
		name := printable.Escape(p.Name)
		if i > 0 {
			name, addresses = "", ""
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", name, addresses, printable.Escape(v.shown()),
			reportCount(v.Send, ""), reportCount(v.Dedicated, " %"), reportCount(v.Sent24h, ""), reportCount(v.Capacity24, ""))
	}
}

// reportCount shows a number without fractions, "-" if there is none.
func reportCount(v *float64, unit string) string {
	if v == nil {
		return "-"
	}
	if *v >= 1e15 { // no number of mails
		return strconv.FormatFloat(*v, 'g', 3, 64) + unit
	}
	return strconv.FormatFloat(*v, 'f', 0, 64) + unit
}

func reportList(title string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s:\n", title)
	for _, line := range slices.Compact(lines) {
		fmt.Fprintf(&b, "- %s\n", printable.Escape(line))
	}
	return b.String()
}

func reportHour(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }
