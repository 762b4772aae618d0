// Redshift-chargeback bills business units for the Amazon Redshift warehouses that they
// use, so that the lines of the bill add up to the charges. Without flags it does so with
// Redshift in this process, for a month of the AnyCompany of AWS's article "Develop a
// business chargeback model within your organization using Amazon Redshift multi-warehouse
// writes": it harvests each day, bills the month, compares it with Cost Explorer, and writes
// redshift-chargeback.html and two CSV files:
//
//	go run github.com/awspatterns/awspatterns/examples/redshift-chargeback@latest
//
// With the account and Region of the environment. The description is a
// chargeback.Description as JSON; -example prints one to begin with:
//
//	redshift-chargeback -example > description.json
//	redshift-chargeback -aws -file description.json -permissions
//	redshift-chargeback -aws -file description.json -usage usage -harvest
//	redshift-chargeback -aws -file description.json -usage usage -month 2026-11
//
// The second prints the IAM policy that the others need. The third keeps what was used in
// the folder usage, or in s3://bucket/prefix/, and is to run at least once in 6 days, better
// each day. The fourth bills a month from that. Without -usage, the last days are harvested
// for one bill, and forgotten.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	example, aws, harvest, permissions, reconcile bool
	file, usage, tag                              string
	month                                         string // 2026-11
	page, csv, focus                              string // files to write
	payer                                         string // account that is invoiced

	connect func(ctx context.Context) (account, error) // to AWS; tests have another
	stderr  io.Writer
}

// An account is where warehouses are: clients for them, and for the bucket of usage.
type account struct {
	clients redshift.Clients
	bucket  redshift.UsageBucketAPI
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "redshift-chargeback:", printable.Replace(err.Error()))
		return 2
	}
	if err := s.run(ctx, stdout); err != nil {
		for line := range strings.Lines(strings.TrimPrefix(err.Error(), "redshift: ")) {
			fmt.Fprintln(stderr, "redshift-chargeback:", printable.Replace(strings.TrimRight(line, "\n")))
		}
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect, stderr: stderr}
	flags := flag.NewFlagSet("redshift-chargeback", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.BoolVar(&s.example, "example", false, "print the description of AnyCompany, and do nothing")
	flags.BoolVar(&s.aws, "aws", false, "work with the account of the environment; needs -file")
	flags.StringVar(&s.file, "file", "", "with -aws: `FILE` with the description")
	flags.StringVar(&s.usage, "usage", "", "with -aws: `FOLDER`, or s3://bucket/prefix/, that keeps what was used")
	flags.BoolVar(&s.harvest, "harvest", false, "with -usage: keep what was used, instead of billing")
	flags.StringVar(&s.month, "month", "", "with -aws: `YYYY-MM` to bill, in UTC; this month if empty")
	flags.BoolVar(&s.permissions, "permissions", false, "with -aws: print the IAM policy that this needs, and do nothing")
	flags.BoolVar(&s.reconcile, "reconcile", false, "with -aws: compare the bill with Cost Explorer, at 0.01 USD for each request")
	flags.StringVar(&s.tag, "tag", "", "with -reconcile: cost allocation `TAG` whose values are names of units")
	flags.StringVar(&s.page, "html", "redshift-chargeback.html", "write the bill to `FILE`; \"\" writes none")
	flags.StringVar(&s.csv, "csv", "redshift-chargeback.csv", "write the lines to `FILE`; \"\" writes none")
	flags.StringVar(&s.focus, "focus", "redshift-chargeback-focus.csv", "write the lines with FOCUS columns to `FILE`, if there is a -payer; \"\" writes none")
	flags.StringVar(&s.payer, "payer", "", "with -aws: `ACCOUNT` that AWS invoices, for the FOCUS columns")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return s, s.check(flags)
}

// check refuses flags that do not go together.
func (s *settings) check(flags *flag.FlagSet) error {
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	for _, output := range []string{"html", "csv", "focus"} {
		delete(given, output)
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%s is not a flag: want -file FILE", flags.Arg(0))
	case s.example && len(given) > 1:
		return errors.New("-example goes alone")
	case !s.aws && !s.example && len(given) > 0:
		return errors.New("all flags but -example and those of files to write go with -aws")
	case s.aws && s.file == "":
		return errors.New("-aws needs a -file; -example prints one to begin with")
	case s.harvest && s.usage == "":
		return errors.New("-harvest needs -usage, to keep what it harvests")
	case s.harvest && (s.month != "" || s.reconcile):
		return errors.New("-month and -reconcile are for the bill, not for -harvest")
	case s.tag != "" && !s.reconcile:
		return errors.New("-tag is for -reconcile")
	}
	return nil
}

// period is the month to bill.
func (s *settings) period(now time.Time) (chargeback.Interval, error) {
	from := time.Date(now.UTC().Year(), now.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	if s.month != "" {
		var err error
		if from, err = time.Parse("2006-01", s.month); err != nil {
			return chargeback.Interval{}, fmt.Errorf("-month %q is no month: want YYYY-MM", s.month)
		}
	}
	return chargeback.Interval{From: from, To: from.AddDate(0, 1, 0)}, nil
}
