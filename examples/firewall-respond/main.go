// Firewall-respond answers findings of GuardDuty: it sends them to a topic, blocks what
// they name for a time, and lifts that again. Without flags it does so with AWS in this
// process, with the findings of AWS's article "Testing and evaluating GuardDuty detections":
//
//	go run github.com/awspatterns/awspatterns/examples/firewall-respond@latest
//
// In the account of the environment, it prints what it would do, and changes something
// only with -apply; -try makes sample findings there:
//
//	firewall-respond -aws -alert findings -ip-set ARN -rule-group ARN
//	firewall-respond -aws -alert findings -apply
//	firewall-respond -aws -try UnauthorizedAccess:EC2/SSHBruteForce
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/firewall/respond"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	aws, apply       bool
	alert, topic     string
	ipSet, ruleGroup string
	try              string

	connect func(context.Context) (respond.Clients, error) // to AWS; tests have another
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "firewall-respond:", err)
		return 2
	}
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "firewall-respond:", err)
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect}
	flags := flag.NewFlagSet("firewall-respond", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&s.aws, "aws", false, "work with the account of the environment")
	flags.StringVar(&s.alert, "alert", "", "with -aws: plan the rule and the topic `NAME`")
	flags.StringVar(&s.topic, "topic", "", "with -alert: send to the topic `ARN` instead")
	flags.BoolVar(&s.apply, "apply", false, "with -alert: make what is planned")
	flags.StringVar(&s.ipSet, "ip-set", "", "with -aws: tell what blocking in the IP set `ARN` of AWS WAF covers")
	flags.StringVar(&s.ruleGroup, "rule-group", "", "with -aws: and in rules of the rule group `ARN` of Network Firewall")
	flags.StringVar(&s.try, "try", "", "with -aws: make a sample finding of the `TYPE`, and look whether it matches")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("%s is not a flag", flags.Arg(0))
	case !s.aws && flags.NFlag() > 0:
		return s, errors.New("all flags go with -aws")
	case s.aws && s.alert+s.ipSet+s.ruleGroup+s.try == "":
		return s, errors.New("-aws does nothing alone: add -alert, -ip-set, -rule-group or -try")
	case s.alert == "" && (s.apply || s.topic != ""):
		return s, errors.New("-apply and -topic go with -alert")
	}
	return s, nil
}

func connect(ctx context.Context) (respond.Clients, error) {
	cfg, err := config.LoadDefaultConfig(ctx)
	return respond.NewClients(cfg), err
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	if !s.aws {
		return article(ctx, w)
	}
	c, err := s.connect(ctx)
	if err != nil {
		return err
	}
	alert := respond.AlertOptions{Name: s.alert, TopicARN: s.topic, MinSeverity: 4, Text: true}
	if s.alert != "" {
		if err := s.planAlert(ctx, c, alert, w); err != nil {
			return err
		}
	}
	pattern, err := respond.AlertPattern(alert)
	if err != nil {
		return err
	}
	if targets := s.targets(); len(targets) > 0 {
		return coverage(pattern, targets, w, false)
	}
	if s.try == "" {
		return nil
	}
	result, err := respond.TestResponse(ctx, c, respond.TestResponseOptions{Types: []string{s.try}, Pattern: pattern})
	if tableErr := result.WriteTable(w); tableErr != nil {
		return tableErr
	}
	return err
}

func (s *settings) planAlert(ctx context.Context, c respond.Clients, opts respond.AlertOptions, w io.Writer) error {
	plan, err := respond.PlanAlert(ctx, c, opts)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, plan)
	for _, note := range plan.Notes {
		fmt.Fprintln(w, "note:", note)
	}
	if s.apply {
		_, err = respond.ApplyAlert(ctx, c, plan)
	}
	return err
}

func (s *settings) targets() (targets []respond.Target) {
	if s.ipSet != "" {
		targets = append(targets, respond.Target{WAFIPSet: s.ipSet})
	}
	if s.ruleGroup != "" {
		targets = append(targets, respond.Target{RuleGroup: s.ruleGroup, Rules: &respond.BlockRules{FirstSid: 9_000_000, LastSid: 9_009_999}})
	}
	return targets
}
