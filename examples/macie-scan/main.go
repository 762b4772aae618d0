// Macie-scan finds sensitive data in images: identity papers, invoices, photos of
// bank cards. Without flags it draws a few, puts them into a bucket of AWS in this
// process, scans them, and writes a page to look at:
//
//	go run github.com/awspatterns/awspatterns/examples/macie-scan@latest
//
// Text detection there tells what was drawn, and Macie is a stand-in that knows a
// few of its identifiers. The calls are those of the real thing:
//
//	macie-scan -aws -bucket my-scans -prefix 2026/ -results my-results -permissions
//	macie-scan -aws -bucket my-scans -prefix 2026/ -results my-results -price 0.0015
//
// The first prints the IAM policies that the second needs. The second counts the
// pages, asks, and scans with the account and Region of the environment. When it is
// stopped, the same command goes on where it was.
//
// The page of real images has redacted copies alone, unless -legible is given.
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
	"github.com/awspatterns/awspatterns/macie"
	"github.com/awspatterns/awspatterns/state"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	scan macie.ScanImagesOptions

	aws, yes, permissions bool
	identifiers           bool // those of this example are to be there
	patterns              bool // look for patterns, without Macie
	legible               bool // also write copies that can be read
	store                 string
	page, folder          string
	most                  int // images that are copied

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
		fmt.Fprintln(stderr, "macie-scan:", err)
		return 2
	}
	s.in = stdin
	if err := s.run(ctx, stdout); err != nil {
		s.explain(stderr, err)
		return 1
	}
	return 0
}

func (s *settings) run(ctx context.Context, w io.Writer) error {
	if s.permissions {
		return s.showPermissions(w)
	}
	clients, err := s.connect(ctx, w)
	if err != nil {
		return err
	}
	return s.runWith(ctx, clients, w)
}

// runWith scans with clients of whatever account.
func (s *settings) runWith(ctx context.Context, clients macie.Clients, w io.Writer) error {
	if s.store != "" {
		file, err := state.OpenFile(s.store)
		if err != nil {
			return err
		}
		defer file.Close()
		s.scan.Store = file
	}
	if err := s.prepare(ctx, clients, w); err != nil {
		return err
	}
	result, err := s.scanImages(ctx, clients, w)
	if len(result.States) == 0 && err != nil || ctx.Err() != nil {
		return err // there is nothing to show
	}
	r := report{settings: s, clients: clients, result: result}
	return errors.Join(err, r.write(ctx, w))
}

// explain prints an error and, where one is known, what to do.
func (s *settings) explain(w io.Writer, err error) {
	if missing, ok := errors.AsType[*macie.PreflightError](err); ok {
		fmt.Fprintln(w, "macie-scan: nothing was read and nothing is paid for. What is missing:")
		for _, m := range missing.Missing {
			fmt.Fprintln(w, "  -", printable.Replace(m))
		}
		fmt.Fprintln(w, "macie.PlanScanSetup sets up the results bucket; -unprotected takes it as it is.")
		return
	}
	for line := range strings.Lines(strings.TrimPrefix(err.Error(), "macie: ")) {
		fmt.Fprintln(w, "macie-scan:", printable.Replace(strings.TrimRight(line, "\n")))
	}
	switch {
	case errors.Is(err, context.Canceled) && s.store != "":
		fmt.Fprintln(w, "The same command goes on where this one was stopped.")
	case errors.Is(err, macie.ErrFailedImages):
		fmt.Fprintln(w, "The next scan tries failed images again.")
	case errors.Is(err, state.ErrLocked):
		fmt.Fprintln(w, "Another process uses the file; -store FILE names another one.")
	}
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{scan: macie.ScanImagesOptions{Results: macie.ResultsLocation{Prefix: "macie-scan/"}}}
	flags := flag.NewFlagSet("macie-scan", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	var source macie.ImageSource
	flags.BoolVar(&s.aws, "aws", false, "use the AWS account and Region of the environment; needs -bucket and -results")
	flags.StringVar(&source.Bucket, "bucket", "", "`NAME` of the bucket with images")
	flags.StringVar(&source.Prefix, "prefix", "", "scan only keys that begin with `PREFIX`")
	flags.StringVar(&s.scan.Results.Bucket, "results", "", "`NAME` of the bucket for the text of the images, which is as sensitive as they are")
	flags.StringVar(&s.scan.Results.Prefix, "results-prefix", s.scan.Results.Prefix, "`PREFIX` of what is written there")
	flags.StringVar(&s.scan.Results.KMSKey, "kms-key", "", "`ARN` of the KMS key to encrypt it with (default: as the bucket does)")
	flags.StringVar(&source.KMSKey, "source-kms-key", "", "with -permissions: `ARN` of the KMS key of the images")
	flags.Func("export", "with -permissions: `s3://BUCKET/PREFIX` where Macie exports its analysis records", func(v string) error {
		rest, ok := strings.CutPrefix(v, "s3://")
		s.scan.Export.Bucket, s.scan.Export.Prefix, _ = strings.Cut(rest, "/")
		if !ok || s.scan.Export.Bucket == "" {
			return errors.New("want s3://BUCKET/PREFIX")
		}
		return nil
	})
	flags.BoolVar(&s.permissions, "permissions", false, "print the IAM policies that the other flags need, and do nothing")
	flags.BoolVar(&s.yes, "yes", false, "do not ask before pages are paid for")
	flags.Int64Var(&s.scan.MaxPages, "max-pages", 0, "read nothing if it would be more than `N` pages")
	flags.Float64Var(&s.scan.MaxCost, "max-cost", 0, "read nothing if it would cost more than `AMOUNT`; needs -price")
	flags.Float64Var(&s.scan.Prices.Page, "price", 0, "`PRICE` of text detection for a page, in your currency; see the price list of Amazon Textract")
	all := flags.Bool("all-managed", false, "let Macie look for all that it knows, and not only for its recommended set")
	flags.Func("custom", "`ID` of a custom data identifier to look for; repeatable", func(v string) error {
		s.scan.Identifiers.Custom = append(s.scan.Identifiers.Custom, v)
		return nil
	})
	flags.BoolVar(&s.identifiers, "identifiers", false, "create the custom data identifiers of this example, and look for them, too")
	flags.BoolVar(&s.patterns, "patterns", false, "look for a few patterns in place of Macie: a quick check, no replacement")
	flags.BoolVar(&s.scan.AllNames, "all-names", false, "look into objects of all names, not only .png, .jpg, .jpeg, .tif, .tiff, .pdf and none")
	flags.BoolVar(&s.scan.RequireProof, "require-proof", false, "do not start unless Macie exports its analysis records, which prove images clean")
	flags.BoolVar(&s.scan.Unprotected, "unprotected", false, "take a results bucket without a KMS key, public access block or lifecycle rule")
	flags.StringVar(&s.store, "store", "", "`FILE` to keep the state of the scan in (default macie-scan.state with -aws, none without)")
	flags.StringVar(&s.page, "o", "macie-scan.html", "`FILE` of the page to write")
	flags.StringVar(&s.folder, "d", "macie-scan", "`FOLDER` for copies of images with findings")
	flags.BoolVar(&s.legible, "legible", false, "with -aws: also write copies with what was found outlined, so that it can be read")
	flags.IntVar(&s.most, "images", 50, "copy at most `N` images with findings")
	flags.DurationVar(&s.scan.PollInterval, "poll", 0, "`TIME` between two looks at a Macie job (default 30s)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	s.scan.Sources = []macie.ImageSource{source}
	if *all {
		s.scan.Identifiers.Selector = "ALL"
	}
	return s, s.check(flags.Args())
}

func (s *settings) check(rest []string) error {
	bucket := s.scan.Sources[0].Bucket
	switch {
	case len(rest) > 0:
		return fmt.Errorf("unexpected argument %q; -h tells the flags", rest[0])
	case s.most < 0:
		return fmt.Errorf("-images %d: must not be negative", s.most)
	case s.page == "" || s.folder == "":
		return errors.New("-o and -d must not be empty")
	case !s.aws && !s.permissions && (bucket != "" || s.scan.Results.Bucket != ""):
		return errors.New("-bucket and -results need -aws: without it, this scans drawn images in this process")
	case (s.aws || s.permissions) && (bucket == "" || s.scan.Results.Bucket == ""):
		return errors.New("-aws and -permissions need -bucket NAME and -results NAME")
	case s.patterns && (s.identifiers || len(s.scan.Identifiers.Custom) > 0 || s.scan.RequireProof):
		return errors.New("-patterns goes with none of -identifiers, -custom and -require-proof, which are of Macie")
	case s.scan.MaxCost > 0 && s.scan.Prices.Page == 0:
		return errors.New("-max-cost needs -price")
	}
	if s.patterns {
		s.scan.Detector = macie.PatternDetector()
	}
	if s.aws && s.store == "" {
		s.store = "macie-scan.state"
	}
	return nil
}

// every returns a function that is true at most once in so long.
func every(d time.Duration) func() bool {
	last := time.Now()
	return func() bool {
		if time.Since(last) < d {
			return false
		}
		last = time.Now()
		return true
	}
}
