// Firewall-dashboard makes a CloudWatch dashboard of AWS Network Firewall firewalls,
// from their names alone. Without flags it makes one in AWS in this process, and writes a
// page that shows what is on it:
//
//	go run github.com/awspatterns/awspatterns/examples/firewall-dashboard@latest
//
// With an account, it prints the plan with its costs, asks, and applies:
//
//	firewall-dashboard -aws -firewall edge -permissions
//	firewall-dashboard -aws -firewall edge -alarms -action arn:aws:sns:eu-central-1:123456789012:ops
//	firewall-dashboard -aws -firewall edge -remove
//
// The first prints the IAM policies that the second needs. Before it asks, the second has
// written firewall-dashboard.json, the body, firewall-dashboard.html, the page, and, with
// -parts, a file for Terraform with the rules and alarms, too.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/dashboard"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	opts firewall.DashboardOptions

	aws, yes, permissions bool
	body, page, parts     string // files to write

	in io.Reader // what a person answers
}

// run returns the exit status: 1 if something failed or the person said no, 2 for
// flags that make no sense.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "firewall-dashboard:", err)
		return 2
	}
	s.in = stdin
	if err := s.run(ctx, stdout); err != nil {
		explain(stderr, err)
		return 1
	}
	return 0
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	if s.permissions {
		needs := firewall.DashboardPermissions(s.opts)
		fmt.Fprintf(w, "To plan:\n%s\nTo apply:\n%s", needs.Plan.Document(awspatterns.Target{}), needs.Apply.Document(awspatterns.Target{}))
		return nil
	}
	clients, err := s.connect(ctx, w)
	if err != nil {
		return err
	}
	plan, err := firewall.PlanDashboard(ctx, clients, s.opts)
	if err != nil {
		return err
	}
	s.show(w, plan)
	if err := s.write(w, plan); err != nil {
		return err
	}
	if !plan.Applies() {
		return nil
	}
	if err := s.ask(w); err != nil {
		return err
	}
	if err := s.apply(ctx, clients, plan, w); err != nil {
		return err
	}
	again, err := firewall.PlanDashboard(ctx, clients, s.opts)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\nPlanned again: %s changes\n", orNo(len(again.Changes)))
	return nil
}

func orNo(n int) string {
	if n == 0 {
		return "no"
	}
	return fmt.Sprint(n)
}

func (s *settings) show(w io.Writer, plan firewall.DashboardPlan) {
	fmt.Fprint(w, plan.String())
	for _, p := range plan.Accepted {
		fmt.Fprintln(w, "Accepted:", p)
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(w, "Note:", note)
	}
}

// ask returns an error unless a person, or -yes, says yes.
func (s *settings) ask(w io.Writer) error {
	if s.yes || !s.aws {
		return nil
	}
	fmt.Fprint(w, "\nApply this plan? Type yes: ")
	answer, _ := bufio.NewReader(s.in).ReadString('\n')
	if strings.TrimSpace(answer) != "yes" {
		return errors.New("nothing was changed")
	}
	return nil
}

func (s *settings) apply(ctx context.Context, c firewall.Clients, plan firewall.DashboardPlan, w io.Writer) error {
	fmt.Fprintln(w)
	done := 0
	plan.Progress = func(o awspatterns.Outcome) {
		if o.State == awspatterns.Applied || o.State == awspatterns.Already {
			done++
			return
		}
		fmt.Fprintf(w, "%s: %s %s: %s\n", o.State, o.Action, o.Resource, o.Reason)
	}
	result, err := firewall.ApplyDashboard(ctx, c, plan)
	fmt.Fprintf(w, "Applied %d of %d changes\n", done, len(result.Outcomes))
	for _, m := range result.Messages {
		fmt.Fprintf(w, "CloudWatch says of %s: %s\n", m.DataPath, m.Message)
	}
	if err == nil && result.URL != "" {
		fmt.Fprintln(w, "The dashboard:", result.URL)
	}
	return err
}

// write writes the files, if there is a dashboard to write.
func (s *settings) write(w io.Writer, plan firewall.DashboardPlan) error {
	d := plan.Dashboard
	if d.Name == "" {
		return nil
	}
	page, err := renderPage(d, plan)
	if err != nil {
		return err
	}
	parts, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, file := range []struct {
		name, what string
		content    []byte
	}{
		{s.body, "the body of the dashboard", d.Files()["dashboard.json"]},
		{s.page, "a page that shows it; open it in a browser", page},
		{s.parts, "all parts, for Terraform", append(parts, '\n')},
	} {
		if file.name == "" {
			continue
		}
		if err := os.WriteFile(file.name, file.content, 0o666); err != nil {
			return err
		}
		fmt.Fprintf(w, "Wrote %s: %s\n", file.name, file.what)
	}
	return nil
}

// explain prints an error and, where one is known, what to do.
func explain(w io.Writer, err error) {
	if problems, ok := errors.AsType[*firewall.DashboardProblemsError](err); ok {
		fmt.Fprintln(w, "firewall-dashboard: the dashboard would show wrong numbers:")
		for _, p := range problems.Problems {
			fmt.Fprintf(w, "  - %s: %s\n    %s (%s)\n", p.Firewall, p.Detail, p.Fix, p.Kind)
		}
		return
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(w, "firewall-dashboard:", strings.TrimRight(line, "\n"))
	}
	if errors.Is(err, awspatterns.ErrStale) || errors.Is(err, awspatterns.ErrIncomplete) {
		fmt.Fprintln(w, "The same command plans anew and goes on from what is there now.")
	}
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	flags := flag.NewFlagSet("firewall-dashboard", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	list := func(to *[]string) func(string) error {
		return func(v string) error { *to = append(*to, v); return nil }
	}
	var alarms dashboard.AlarmOptions
	var accept []string
	flags.BoolVar(&s.aws, "aws", false, "use the AWS account and Region of the environment; needs -firewall or -name")
	flags.Func("firewall", "`NAME` of a firewall to show; repeatable", list(&s.opts.Firewalls))
	flags.StringVar(&s.opts.Name, "name", "", "`NAME` of the dashboard (default: the firewall with -dashboard)")
	flags.IntVar(&s.opts.TopN, "top", 10, "show the first `N` of each list, 1 to 100")
	flags.StringVar(&s.opts.RulesState, "rules", dashboard.Enabled, "`STATE` of the Contributor Insights rules: ENABLED, or DISABLED to pay for no events")
	withAlarms := flags.Bool("alarms", false, "also make alarms")
	flags.Func("action", "`ARN` that alarms tell, such as an SNS topic; repeatable", list(&alarms.Actions))
	flags.BoolVar(&s.opts.SharedLogs, "shared-logs", false, "other firewalls log to the same groups")
	flags.Func("accept", "`KIND` of problem to accept; repeatable", list(&accept))
	flags.BoolVar(&s.opts.Adopt, "adopt", false, "take over a dashboard, rules and alarms of the same names, such as those of AWS's template")
	flags.BoolVar(&s.opts.Remove, "remove", false, "delete the dashboard, its rules and its alarms")
	flags.BoolVar(&s.permissions, "permissions", false, "print the IAM policies that the other flags need, and do nothing")
	flags.BoolVar(&s.yes, "yes", false, "do not ask before the plan is applied")
	flags.Float64Var(&s.opts.Usage.FlowEvents, "flow-events", 0, "`NUMBER` of events in the flow logs in a month, for the cost")
	flags.Float64Var(&s.opts.Usage.AlertEvents, "alert-events", 0, "`NUMBER` of events in the alert logs in a month, for the cost")
	flags.Float64Var(&s.opts.Prices.MillionEvents, "price", 0, "`PRICE` of a million log events that match rules, in your currency; see the price list of CloudWatch")
	flags.StringVar(&s.body, "body", "firewall-dashboard.json", "`FILE` for the body of the dashboard")
	flags.StringVar(&s.page, "o", "firewall-dashboard.html", "`FILE` for the page that shows it")
	flags.StringVar(&s.parts, "parts", "", "`FILE` for body, rules and alarms together, for Terraform")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	if *withAlarms || len(alarms.Actions) > 0 {
		s.opts.Alarms = &alarms
	}
	for _, kind := range accept {
		s.opts.Accept = append(s.opts.Accept, firewall.DashboardProblemKind(kind))
	}
	return s, s.check(flags.Args())
}

func (s *settings) check(rest []string) error {
	named := len(s.opts.Firewalls) > 0 || s.opts.Name != ""
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q; -h tells the flags", rest[0])
	case (s.aws || s.permissions) && !named:
		return errors.New("-aws and -permissions need -firewall NAME or, with -remove, -name NAME")
	case !s.aws && !s.permissions && slices.ContainsFunc(s.opts.Firewalls, func(name string) bool { return !slices.Contains(inProcess, name) }):
		return fmt.Errorf("without -aws, there are the firewalls %s", strings.Join(inProcess, " and "))
	}
	return nil
}
