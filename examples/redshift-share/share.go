package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
	"github.com/awspatterns/awspatterns/state"
)

// share plans what the description needs, and makes it if told so.
func (s *settings) share(ctx context.Context, w io.Writer, clients redshift.ClientsFunc, d share.Description) error {
	opts := redshift.ShareOptions{Description: d, Name: s.name, Adopt: s.adopt, PricePerRPUHour: s.price}
	if s.state != "" {
		store, err := state.OpenFile(s.state)
		if err != nil {
			return err
		}
		defer store.Close()
		opts.Store = store
	}
	s.sayReading(d)
	plan, err := redshift.PlanShare(ctx, clients, opts)
	if err != nil {
		return err
	}
	if s.script {
		_, err := io.WriteString(w, plan.Script())
		return err
	}
	showPlan(w, plan)
	switch {
	case s.apply:
		return applyPlan(ctx, w, clients, plan)
	case plan.Applies():
		fmt.Fprintln(w, "\nNothing was changed; -apply makes these changes.")
	}
	return nil
}

// sayReading tells what is going to be read, before it costs anything.
func (s *settings) sayReading(d share.Description) {
	names, idle := []string{}, ""
	for _, at := range d.Warehouses() {
		names = append(names, printable.Replace(at.String()))
		if at.Workgroup != "" {
			idle = ". A workgroup that is idle is woken, and charged for at least 60 seconds"
		}
	}
	fmt.Fprintf(s.stderr, "Reading %s%s.\n", strings.Join(names, ", "), idle)
}

// showPlan writes the plan, what has drifted, and what one should know.
func showPlan(w io.Writer, plan redshift.SharePlan) {
	fmt.Fprint(w, plan)
	for _, d := range plan.Drift {
		fmt.Fprintf(w, "drift: %s\n", driftText(d))
	}
	for _, note := range plan.Notes {
		fmt.Fprintf(w, "note: %s\n", printable.Escape(note))
	}
}

// applyPlan makes a plan, and tells of each change that it comes to.
func applyPlan(ctx context.Context, w io.Writer, clients redshift.ClientsFunc, plan redshift.SharePlan) error {
	fmt.Fprintln(w)
	plan.Options.Progress = func(o awspatterns.Outcome) {
		if o.State == awspatterns.Pending {
			return
		}
		fmt.Fprintf(w, "  %-8s %s\n", o.State, o.Resource)
		if o.Reason != "" {
			fmt.Fprintf(w, "           %s\n", printable.Escape(o.Reason))
		}
	}
	result, err := redshift.ApplyShare(ctx, clients, plan)
	fmt.Fprintln(w, outcomes(result))
	return err
}

// outcomes counts what became of the changes.
func outcomes(result redshift.ShareResult) string {
	count := map[awspatterns.State]int{}
	for _, o := range result.Outcomes {
		count[o.State]++
	}
	var parts []string
	for _, state := range []awspatterns.State{awspatterns.Applied, awspatterns.Already, awspatterns.Left, awspatterns.Failed, awspatterns.Pending} {
		if n := count[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, state))
		}
	}
	if len(parts) == 0 {
		return "nothing to apply"
	}
	statements := "statements"
	if result.Statements == 1 {
		statements = "statement"
	}
	return fmt.Sprintf("%s, by %d %s", strings.Join(parts, ", "), result.Statements, statements)
}

// showPermissions prints the IAM policies, and what is needed beside them.
func showPermissions(w io.Writer, d share.Description) {
	p := redshift.SharePermissions(redshift.ShareOptions{Description: d})
	audit := redshift.ShareAuditPermissions(redshift.ShareAuditOptions{Warehouses: d.Warehouses()})
	for _, policy := range []struct {
		title  string
		policy awspatterns.Policy
	}{{"planning", p.Plan}, {"applying", p.Apply}, {"-audit and -drill", audit.Apply}} {
		fmt.Fprintf(w, "IAM policy for %s:\n%s\n", policy.title, policy.policy.Document(awspatterns.Target{}))
	}
	fmt.Fprintln(w, "Beside IAM:")
	beside := append(slices.Clone(p.Beside), audit.Beside...)
	slices.Sort(beside)
	for _, line := range slices.Compact(beside) {
		fmt.Fprintf(w, "- %s\n", line)
	}
}
