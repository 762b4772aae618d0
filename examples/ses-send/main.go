// Ses-send sends a mail to each line of a CSV file, through a global endpoint of Amazon SES,
// and no mail twice: not when answers are lost, and not when it is killed and started again.
// Without flags it does so with SES in this process, and is killed in the middle:
//
//	go run github.com/awspatterns/awspatterns/examples/ses-send@latest
//
// With the account of the environment. The file has the columns id and address; the others
// are the values of the template. Without -send, it tells what it would send and how long
// that takes, and sends nothing:
//
//	ses-send -aws -file guests.csv -from "The Inn <inn@example.com>" -template invitation \
//		-secondary eu-central-1 -endpoint global -ledger invitations.db
//	ses-send -aws … -send
//
// The file of -ledger keeps what was sent, by the ids: after a kill, start it again as before.
// With -suppressed, addresses that either Region suppresses get no mail. With -permissions it
// prints the IAM policies that the others need.
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

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/ses"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	aws, send, permissions, suppressed bool
	file, ledger                       string
	mail                               mailing
	secondary                          string // Region
	opts                               ses.SenderOptions

	connect func(ctx context.Context, region string) (ses.Clients, error) // to AWS; tests have another
}

// run returns the exit status: 1 if something was not sent, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "ses-send:", printable.Replace(err.Error()))
		return 2
	}
	return s.exit(ctx, stdout, stderr)
}

// exit runs what the flags say and tells the error.
func (s *settings) exit(ctx context.Context, stdout, stderr io.Writer) int {
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "ses-send:", printable.Replace(strings.TrimPrefix(err.Error(), "ses: ")))
		return 1
	}
	return 0
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect}
	flags := flag.NewFlagSet("ses-send", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.BoolVar(&s.aws, "aws", false, "send with the account of the environment; needs -file, -from and -template")
	flags.StringVar(&s.file, "file", "", "with -aws: CSV `FILE` with the columns id and address")
	flags.StringVar(&s.mail.from, "from", "", "with -aws: `ADDRESS` that mails are from")
	flags.StringVar(&s.mail.template, "template", "", "with -aws: `NAME` of the template; columns of the file are its values")
	flags.StringVar(&s.mail.set, "set", "", "with -aws: `NAME` of the configuration set")
	flags.StringVar(&s.opts.EndpointName, "endpoint", "", "with -aws: `NAME` of the global endpoint; needs -secondary")
	flags.StringVar(&s.secondary, "secondary", "", "with -endpoint: its other `REGION`")
	flags.BoolVar(&s.opts.Fallback, "fallback", false, "with -endpoint: send through one Region if the endpoint cannot be reached")
	flags.StringVar(&s.ledger, "ledger", "", "with -aws: `FILE` that keeps what was sent")
	flags.BoolVar(&s.opts.ResendUnknown, "resend-unknown", false, "with -ledger: send again what an earlier run may have sent")
	flags.Float64Var(&s.opts.Share, "share", 1, "with -aws: `PART` of the sending rate to use")
	flags.BoolVar(&s.suppressed, "suppressed", false, "with -aws: read the suppression lists first, and send to nobody on them")
	flags.BoolVar(&s.send, "send", false, "with -aws: send, instead of telling what would be sent")
	flags.BoolVar(&s.permissions, "permissions", false, "with -aws: print the IAM policies that this needs, and do nothing")
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

func (s *settings) check(flags *flag.FlagSet) error {
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("there are flags only, and no %s", flags.Arg(0))
	case !s.aws && flags.NFlag() > 0:
		return errors.New("all flags go with -aws")
	case s.aws && !s.permissions && (s.file == "" || s.mail.from == "" || s.mail.template == ""):
		return errors.New("-aws goes with -file, -from and -template")
	case (s.opts.EndpointName == "") != (s.secondary == ""):
		return errors.New("-endpoint and -secondary go together")
	case s.opts.Fallback && s.opts.EndpointName == "":
		return errors.New("-fallback goes with -endpoint")
	case s.opts.ResendUnknown && s.ledger == "":
		return errors.New("-resend-unknown goes with -ledger")
	case s.send && s.ledger == "":
		return errors.New("-send goes with -ledger: without it, a run that is killed does not know what it sent")
	}
	return nil
}

func (s *settings) run(ctx context.Context, stdout io.Writer) error {
	switch {
	case !s.aws:
		return demonstrate(ctx, stdout)
	case s.permissions:
		s.showPermissions(stdout)
		return nil
	}
	return s.sendFile(ctx, stdout)
}

// connect returns clients for a Region, that of the environment if it is empty.
func connect(ctx context.Context, region string) (ses.Clients, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	return ses.NewClients(cfg), err
}
