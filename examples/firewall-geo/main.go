// Firewall-geo renders geo rules for AWS Network Firewall, checks a text of rules that
// was typed by hand, and predicts what happens to a list of addresses. It needs no
// account:
//
//	go run github.com/awspatterns/awspatterns/examples/firewall-geo@latest
//
// With files of your own, and with the memory of sids that keeps them stable when
// rules come and go:
//
//	firewall-geo -lint my.rules -addresses my-addresses.txt -sids sids.json
//
// It also plans the rule group and its place in a firewall policy, in this process or,
// with -aws, in the account and Region of the environment:
//
//	firewall-geo -group countries -policy edge -priority 100 -aws
//	firewall-geo -group countries -policy edge -priority 100 -aws -apply
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

var (
	// Rules as they are found in the wild, each wrong in its own way.
	//go:embed bad.rules
	badRules string

	//go:embed addresses.txt
	addressList string
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	out, sids       string
	lint, addresses string
	byAction        bool

	groupName, policy string
	priority          int
	aws, apply        bool
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("firewall-geo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.out, "o", "firewall-geo.rules", "file for the rendered rules, as a rule group takes them")
	flags.StringVar(&s.sids, "sids", "", "file that remembers sids; read if it is there, then written")
	flags.StringVar(&s.lint, "lint", "", "file of rules to check, instead of the built-in ones")
	flags.StringVar(&s.addresses, "addresses", "", "file of addresses, one a line, instead of the built-in ones")
	flags.BoolVar(&s.byAction, "action-order", false, "render for a policy of default order, not of strict order")
	flags.StringVar(&s.groupName, "group", "", "name of a rule group to plan for the rules")
	flags.StringVar(&s.policy, "policy", "", "with -group: name or ARN of the firewall policy that it is attached to")
	flags.IntVar(&s.priority, "priority", 100, "with -policy: place among the groups of a policy of strict order")
	flags.BoolVar(&s.aws, "aws", false, "with -group: use AWS, with the credentials of the environment")
	flags.BoolVar(&s.apply, "apply", false, "with -group: apply the plan")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintln(stderr, "firewall-geo: there are flags only, and no", flags.Arg(0))
		return 2
	case s.groupName == "" && (s.policy != "" || s.aws || s.apply):
		fmt.Fprintln(stderr, "firewall-geo: -policy, -aws and -apply are for a -group")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "firewall-geo:", err)
		return 1
	}
	return 0
}

func (s settings) order() rules.Order {
	if s.byAction {
		return rules.ActionOrder
	}
	return rules.StrictOrder
}

func (s settings) run(ctx context.Context, stdout io.Writer) error {
	rendered, err := s.render(stdout)
	if err != nil {
		return err
	}
	if err := s.check(stdout); err != nil {
		return err
	}
	if err := s.predict(stdout, rendered); err != nil || s.groupName == "" {
		return err
	}
	return s.group(ctx, stdout)
}

// render writes the rules to their file, and says what they are.
func (s settings) render(stdout io.Writer) (rules.GeoRules, error) {
	opts := rules.GeoRulesOptions{Rules: geoRules(), Order: s.order()}
	var err error
	if opts.Sids, err = readSids(s.sids); err != nil {
		return rules.GeoRules{}, err
	}
	rendered, err := rules.RenderGeoRules(opts)
	if err != nil {
		return rendered, err
	}
	if err := os.WriteFile(s.out, []byte(rendered.Text), 0o644); err != nil {
		return rendered, err
	}
	fmt.Fprintf(stdout, "%d geo rules are %d rules for %s: %s\n", len(opts.Rules), len(rendered.Rules), opts.Order, s.out)
	fmt.Fprintln(stdout, rendered.Capacity)
	for _, note := range rendered.Notes {
		fmt.Fprintln(stdout, "note:", note)
	}
	return rendered, writeSids(s.sids, rendered.Sids)
}

// check says what is wrong with a text of rules.
func (s settings) check(stdout io.Writer) error {
	text, err := readOr(s.lint, badRules)
	if err != nil {
		return err
	}
	name := s.lint
	if name == "" {
		name = "bad.rules"
	}
	parsed, _ := rules.Parse(text) // what cannot be read is among the issues
	fmt.Fprintf(stdout, "\n%s, as it would fare in a group of strict order:\n", name)
	found := map[rules.Severity]int{}
	for _, issue := range rules.Lint(parsed, rules.LintOptions{Order: rules.StrictOrder}) {
		found[issue.Severity]++
		if issue.Severity != rules.Advice {
			fmt.Fprintf(stdout, "  %s\n", issue)
		}
	}
	fmt.Fprintf(stdout, "%d refused by AWS, %d refused by Suricata, %d never match, %d misleading; %d pieces of advice not shown\n",
		found[rules.RefusedByAWS], found[rules.RefusedBySuricata], found[rules.NeverMatches], found[rules.Misleading], found[rules.Advice])
	return nil
}

// readOr reads a file, or returns what is built in if there is no name.
func readOr(name, builtIn string) (string, error) {
	if name == "" {
		return builtIn, nil
	}
	text, err := os.ReadFile(name)
	return strings.ReplaceAll(string(text), "\r\n", "\n"), err
}
