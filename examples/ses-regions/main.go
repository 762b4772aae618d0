// Ses-regions makes a Region of Amazon SES like another one, and tells whether either could
// carry all mail if the other failed. Without flags it does so with SES in this process: a
// Region that has sent for years, and one that is empty.
//
//	go run github.com/awspatterns/awspatterns/examples/ses-regions@latest
//
// With the account of the environment, it tells and plans, and changes nothing:
//
//	ses-regions -aws -primary us-east-1 -secondary eu-west-1 \
//		-arn arn:aws:sns:us-east-1:123456789012:bounces=arn:aws:sns:eu-west-1:123456789012:bounces \
//		-mail-from example.com=bounce-eu.example.com
//
// With -apply it makes what is planned, with -check it only tells, with -permissions it
// prints the IAM policies that this takes. SES allows most operations one call in a second:
// 1,000 identities and templates take half an hour.
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
	aws                       bool
	primary, secondary        string // Regions
	apply, check, permissions bool
	opts                      ses.RegionSyncOptions

	connect func(ctx context.Context, region string) (ses.Clients, error) // to AWS; tests have another
	stderr  io.Writer
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(stderr, "ses-regions:", printable.Replace(err.Error()))
		return 2
	}
	return s.exit(s.run(ctx, stdout))
}

// exit tells an error, each of several on a line of its own.
func (s *settings) exit(err error) int {
	if err == nil {
		return 0
	}
	for line := range strings.Lines(strings.TrimPrefix(err.Error(), "ses: ")) {
		fmt.Fprintln(s.stderr, "ses-regions:", printable.Replace(strings.TrimRight(line, "\n")))
	}
	return 1
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	switch {
	case !s.aws:
		return demonstrate(ctx, w)
	case s.permissions:
		return s.showPermissions(w)
	}
	return s.real(ctx, w)
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{connect: connect, stderr: stderr}
	s.opts.ARNs, s.opts.MailFrom = map[string]string{}, map[string]string{}
	flags := flag.NewFlagSet("ses-regions", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	flags.BoolVar(&s.aws, "aws", false, "work with the account of the environment; needs -primary and -secondary")
	flags.StringVar(&s.primary, "primary", "", "with -aws: `REGION` that is as it should be")
	flags.StringVar(&s.secondary, "secondary", "", "with -aws: `REGION` that is made like it")
	flags.BoolVar(&s.apply, "apply", false, "with -aws: make what is planned")
	flags.BoolVar(&s.check, "check", false, "with -aws: tell what would hurt in a failover and what would not go out, and plan nothing")
	flags.BoolVar(&s.permissions, "permissions", false, "with -aws: print the IAM policies that this needs, and do nothing")
	flags.Func("arn", "with -aws: `ARN=ARN` of a topic, stream or role, and of what stands for it in the secondary; may be given again", pairsInto(s.opts.ARNs))
	flags.Func("mail-from", "with -aws: `IDENTITY=DOMAIN`, its MAIL FROM domain in the secondary; may be given again", pairsInto(s.opts.MailFrom))
	flags.BoolVar(&s.opts.Adopt, "adopt", false, "with -aws: change also what this library did not make, account settings among it")
	flags.BoolVar(&s.opts.Delete, "delete", false, "with -aws: delete what this library made and the primary no longer has")
	flags.BoolVar(&s.opts.ConvertToReplica, "convert", false, "with -aws: make replicas of domains that are there with DKIM keys of their own")
	flags.BoolVar(&s.opts.ManagedPools, "managed-pools", false, "with -aws: create managed pools, which cost from the first on")
	flags.BoolVar(&s.opts.ReplicationPolicy, "replication-policy", false, "with -aws: write the policies that replicas need, in the primary")
	flags.BoolVar(&s.opts.TwoWaySuppression, "two-way", false, "with -aws: suppress in the primary, too, what only the secondary does")
	flags.StringVar(&s.opts.StagingBucket, "staging", "", "with -aws: `BUCKET` in the secondary, for long suppression lists")
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stderr)
		flags.Usage()
		return nil, err
	}
	if err != nil {
		return nil, err
	}
	return s, s.checkFlags(flags)
}

// pairsInto returns what reads a flag of two texts with = between them.
func pairsInto(m map[string]string) func(string) error {
	return func(text string) error {
		from, to, ok := strings.Cut(text, "=")
		if !ok || from == "" || to == "" {
			return errors.New("want two with = between them")
		}
		m[from] = to
		return nil
	}
}

// checkFlags refuses flags that do not go together.
func (s *settings) checkFlags(flags *flag.FlagSet) error {
	doing := 0
	for _, one := range []bool{s.apply, s.check, s.permissions} {
		if one {
			doing++
		}
	}
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("%s is not a flag", flags.Arg(0))
	case !s.aws && flags.NFlag() > 0:
		return errors.New("all flags go with -aws")
	case s.aws && (s.primary == "" || s.secondary == ""):
		return errors.New("-aws needs -primary and -secondary")
	case doing > 1:
		return errors.New("only one of -apply, -check and -permissions")
	}
	return nil
}
