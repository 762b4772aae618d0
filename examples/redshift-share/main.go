// Redshift-share shares the schemas of one Amazon Redshift warehouse with others that
// write into them, from a description. Without flags it does so with Redshift in this
// process, for the AnyCompany of AWS's article "Develop a business chargeback model within
// your organization using Amazon Redshift multi-warehouse writes", and writes a page of who
// may do what:
//
//	go run github.com/awspatterns/awspatterns/examples/redshift-share@latest
//
// With the account and Region of the environment. The description is a share.Description
// as JSON; -example prints one to begin with:
//
//	redshift-share -example > description.json
//	redshift-share -aws -file description.json -permissions
//	redshift-share -aws -file description.json -state made.db -name anycompany
//	redshift-share -aws -file description.json -state made.db -name anycompany -apply
//	redshift-share -aws -file description.json -audit
//	redshift-share -aws -file description.json -drill etl
//
// The second prints the IAM policies that the others need, the third the plan, and the
// fourth makes it so. The file of -state remembers what was made: without it, nothing is
// ever revoked. The last two tell who may read and write what, and who still could if the
// cluster etl were paused. With -role, the role is assumed in each account that the
// description names.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/redshift"
	"github.com/awspatterns/awspatterns/redshift/share"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	example       bool
	aws           bool
	file          string // description
	role          string
	state, name   string
	adopt         bool
	price         float64 // of an RPU for an hour
	apply, script bool
	permissions   bool
	audit         bool
	page          string // file to write
	drill         string // warehouse

	connect func(ctx context.Context, role string) (redshift.ClientsFunc, error) // to AWS; tests have another
	stderr  io.Writer
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "redshift-share:", printable.Replace(err.Error()))
		return 2
	}
	return s.exit(s.run(ctx, stdout))
}

// exit tells an error, each of several on a line of its own.
func (s *settings) exit(err error) int {
	if err == nil {
		return 0
	}
	for line := range strings.Lines(strings.TrimPrefix(err.Error(), "redshift: ")) {
		fmt.Fprintln(s.stderr, "redshift-share:", printable.Replace(strings.TrimRight(line, "\n")))
	}
	return 1
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	switch {
	case s.example:
		_, err := w.Write(anyCompanyJSON)
		return err
	case !s.aws:
		return s.demonstrate(ctx, w)
	}
	d, err := readDescription(s.file)
	if err != nil {
		return err
	}
	if s.role != "" && !slices.ContainsFunc(d.Warehouses(), func(at share.Warehouse) bool { return at.Account != "" }) {
		return fmt.Errorf("-role %s is assumed in accounts that the description names, and it names none", s.role)
	}
	if s.permissions {
		showPermissions(w, d)
		return nil
	}
	clients, err := s.connect(ctx, s.role)
	switch {
	case err != nil:
		return err
	case s.audit:
		return s.showAudit(ctx, w, clients, d)
	case s.drill != "":
		return s.showDrill(ctx, w, clients, d)
	}
	return s.share(ctx, w, clients, d)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect, stderr: stderr}
	flags := flag.NewFlagSet("redshift-share", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.BoolVar(&s.example, "example", false, "print the description of AnyCompany, and do nothing")
	flags.BoolVar(&s.aws, "aws", false, "work with the account of the environment; needs -file")
	flags.StringVar(&s.file, "file", "", "with -aws: `FILE` with the description")
	flags.StringVar(&s.role, "role", "", "with -aws: `NAME` of the role to assume in accounts that the description names")
	flags.StringVar(&s.state, "state", "", "with -aws: `FILE` that remembers what was made, so that it can be revoked; needs -name")
	flags.StringVar(&s.name, "name", "", "with -state: `NAME` of the description, under which is remembered")
	flags.BoolVar(&s.adopt, "adopt", false, "with -aws: take over what others granted, and revoke what is not described")
	flags.Float64Var(&s.price, "price", 0, "with -aws: `PRICE` of a Redshift Processing Unit for an hour, for the costs of the plan")
	flags.BoolVar(&s.apply, "apply", false, "with -aws: make what is planned")
	flags.BoolVar(&s.script, "script", false, "with -aws: print only the statements of the plan")
	flags.BoolVar(&s.permissions, "permissions", false, "with -aws: print the IAM policies that this needs, and do nothing")
	flags.BoolVar(&s.audit, "audit", false, "with -aws: tell who may read and write what, instead of planning")
	flags.StringVar(&s.page, "html", "redshift-share.html", "write the page of -audit or -drill to `FILE`; \"\" writes none")
	flags.StringVar(&s.drill, "drill", "", "with -aws: tell who could still read and write if `WAREHOUSE` were paused, instead of planning")
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
	doing := 0
	for _, one := range []bool{s.apply, s.script, s.permissions, s.audit, s.drill != ""} {
		if one {
			doing++
		}
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%s is not a flag: want -file FILE", flags.Arg(0))
	case s.example && len(given) > 1:
		return errors.New("-example goes alone")
	case !s.aws && !s.example && len(given) > 0 && (len(given) > 1 || !given["html"]):
		return errors.New("all flags but -example and -html go with -aws")
	case s.aws && s.file == "":
		return errors.New("-aws needs a -file; -example prints one to begin with")
	case (s.state == "") != (s.name == ""):
		return errors.New("-state and -name go together")
	case doing > 1:
		return errors.New("only one of -apply, -script, -permissions, -audit and -drill")
	case !(s.price >= 0):
		return errors.New("-price is no price")
	case (s.audit || s.drill != "") && (s.state != "" || s.adopt || given["price"]):
		return errors.New("-state, -adopt and -price are for the plan, not for -audit and -drill")
	}
	return nil
}
