package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/ses"
	"github.com/awspatterns/awspatterns/ses/region"
)

// connect returns clients for the account of the environment.
func connect(ctx context.Context, region string) (ses.Clients, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(region))
	if err != nil {
		return ses.Clients{}, err
	}
	return ses.NewClients(cfg), nil
}

// real works with the account of the environment.
func (s *settings) real(ctx context.Context, w io.Writer) error {
	primary, err := s.connect(ctx, s.primary)
	if err != nil {
		return err
	}
	secondary, err := s.connect(ctx, s.secondary)
	if err != nil {
		return err
	}
	if err := s.showReadiness(ctx, w, primary, secondary); err != nil || s.check {
		return err
	}
	s.opts.Progress = s.progress
	plan, err := ses.PlanRegionSync(ctx, primary, secondary, s.opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s", plan)
	if !s.apply {
		return nil
	}
	fmt.Fprintln(w)
	plan.Progress = s.progress
	result, err := ses.ApplyRegionSync(ctx, primary, secondary, plan)
	for i, o := range result.Outcomes {
		showOutcome(w, o, plan.Steps[i])
	}
	if err != nil && !errors.Is(err, awspatterns.ErrIncomplete) {
		return err
	}
	fmt.Fprintln(w)
	return errors.Join(err, s.showReadiness(ctx, w, primary, secondary))
}

// showReadiness tells what would hurt in a failover and, with -check, what would not go out.
func (s *settings) showReadiness(ctx context.Context, w io.Writer, primary, secondary ses.Clients) error {
	opts := ses.ReadinessOptions{ReadinessOptions: region.ReadinessOptions{Options: s.opts.Options}, Rates: s.opts.Rates, Progress: s.progress}
	result, err := ses.CheckReadiness(ctx, primary, secondary, opts)
	if err != nil {
		return err
	}
	fmt.Fprint(w, result.Readiness)
	if !s.check {
		return nil
	}
	drill, err := region.Drill(result.Inputs, s.primary, region.DrillOptions{ReadinessOptions: opts.ReadinessOptions})
	if err == nil {
		fmt.Fprintf(w, "\n%s", drill)
	}
	return err
}

// progress tells on the terminal how far it has got.
func (s *settings) progress(p ses.RegionSyncProgress) {
	switch {
	case p.Outcome != nil:
		fmt.Fprintf(s.stderr, "%s %s\n", p.Outcome.State, printable.Replace(p.Outcome.Resource.String()))
	case p.Total > 0:
		fmt.Fprintf(s.stderr, "%s, %s: %d of %d\n", p.Region, p.Kind, p.Done, p.Total)
	default:
		fmt.Fprintf(s.stderr, "%s, %s: %d\n", p.Region, p.Kind, p.Done)
	}
}

// showOutcome writes what became of a change.
func showOutcome(w io.Writer, o awspatterns.Outcome, step region.Step) {
	line := fmt.Sprintf("  %-8s %s %s", o.State, o.Action, o.Resource)
	if step.Aspect != region.Object {
		line += ": " + string(step.Aspect)
	}
	fmt.Fprintln(w, line)
}

// showPermissions prints the policies for both Regions: one for planning, one for applying.
func (s *settings) showPermissions(w io.Writer) error {
	if err := s.opts.Check(); err != nil {
		return err
	}
	primary, secondary := ses.RegionSyncPermissions(s.opts)
	readPrimary, readSecondary := ses.ReadinessPermissions(ses.ReadinessOptions{ReadinessOptions: region.ReadinessOptions{Options: s.opts.Options}})
	for _, p := range []struct {
		title, in string
		policy    awspatterns.Policy
	}{
		{"telling and planning", s.primary, append(readPrimary.Apply, primary.Plan...)},
		{"telling and planning", s.secondary, append(readSecondary.Apply, secondary.Plan...)},
		{"applying", s.primary, primary.Apply},
		{"applying", s.secondary, secondary.Apply},
	} {
		fmt.Fprintf(w, "IAM policy for %s, in %s:\n%s\n", p.title, p.in, p.policy.Document(awspatterns.Target{Region: p.in}))
	}
	return nil
}
