// Firewall-logs answers from the logs of AWS Network Firewall what its CloudWatch
// dashboard answers: top talkers, protocols, what was blocked and by which rule. Without
// arguments it reads six hours of logs that it invents, prints a table and writes a page:
//
//	go run github.com/awspatterns/awspatterns/examples/firewall-logs@latest
//
// With logs of your own, as the firewall has written them to S3, compressed or not:
//
//	aws s3 sync s3://my-bucket/AWSLogs/123456789012/network-firewall/ logs/
//	firewall-logs logs/
//	firewall-logs -firewall egress -since 2026-03-02T06:00:00Z -until 2026-03-02T07:00:00Z logs/
//	zcat logs/*.gz | firewall-logs -json -html "" -
//
// Or where they are, with the account and Region of the environment:
//
//	firewall-logs -aws -firewall egress -since 2026-03-02T06:00:00Z -max 1000000000
//
// Counts are exact; -bounded holds no more than so many keys, however long the logs are.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/awspatterns/awspatterns/firewall"
	"github.com/awspatterns/awspatterns/firewall/logs"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	opts       logs.Options
	invented   bool
	page, csv  string // files to write
	json, full bool
	quiet      bool

	aws     bool
	most    int64 // bytes to read from S3
	clients func(context.Context) (firewall.Clients, error)
}

// run returns the exit status: 1 if something failed, such as the reading of a source, 2
// for flags that make no sense.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s, err := parse(args, stdin, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "firewall-logs:", err)
		return 2
	}
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "firewall-logs:", err)
		return 1
	}
	return 0
}

// run analyzes. A source that cannot be read to the end is no reason not to show the
// others.
func (s *settings) run(ctx context.Context, w io.Writer) error {
	report, err := s.analyze(ctx, w)
	if err != nil && report.Sources == 0 {
		return err
	}
	return errors.Join(err, s.show(w, report), s.write(w, report))
}

func (s *settings) analyze(ctx context.Context, w io.Writer) (logs.Report, error) {
	if s.aws {
		return s.analyzeS3(ctx, w)
	}
	return logs.Analyze(ctx, s.opts)
}

func (s *settings) show(w io.Writer, report logs.Report) error {
	var err error
	switch {
	case s.quiet:
	case s.json:
		to := json.NewEncoder(w)
		to.SetIndent("", "  ")
		err = to.Encode(report)
	case s.full:
		err = report.WriteText(w)
	default:
		if s.invented {
			fmt.Fprint(w, "Logs that were invented; name files or folders to read yours.\n\n")
		}
		_, err = io.WriteString(w, report.Summary())
	}
	return err
}

// write writes the files.
func (s *settings) write(w io.Writer, report logs.Report) error {
	html := func(w io.Writer) error {
		opts := logs.HTMLOptions{}
		if s.invented {
			opts.Title = "Firewall logs, invented"
		}
		return report.WriteHTML(w, opts)
	}
	said := s.quiet || s.json
	for _, file := range []struct {
		name, what string
		write      func(io.Writer) error
	}{
		{s.page, "the report with charts; open it in a browser", html},
		{s.csv, "the answers as a table", report.WriteCSV},
	} {
		if file.name == "" {
			continue
		}
		var b bytes.Buffer
		if err := file.write(&b); err != nil {
			return err
		}
		if err := os.WriteFile(file.name, b.Bytes(), 0o666); err != nil {
			return err
		}
		if !said {
			fmt.Fprintf(w, "\nWrote %s: %s\n", file.name, file.what)
		}
	}
	return nil
}

func parse(args []string, stdin io.Reader, stderr io.Writer) (*settings, error) {
	s := &settings{clients: ofEnvironment}
	flags := flag.NewFlagSet("firewall-logs", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run tells the error
	moment := func(to *time.Time) func(string) error {
		return func(text string) (err error) { *to, err = time.Parse(time.RFC3339, text); return err }
	}
	flags.StringVar(&s.page, "html", "firewall-logs.html", "`FILE` for the page with charts; empty for none")
	flags.StringVar(&s.csv, "csv", "", "`FILE` for the answers as CSV")
	flags.BoolVar(&s.json, "json", false, "print the report as JSON")
	flags.BoolVar(&s.full, "full", false, "print all answers, not only the first key of each")
	flags.BoolVar(&s.quiet, "quiet", false, "print nothing but errors")
	flags.IntVar(&s.opts.Top, "top", 10, "list the first `N` keys of each answer")
	flags.IntVar(&s.opts.Entries, "bounded", 0, "hold about `N` keys for each answer, and say how far counts may be too high; 0 holds all")
	flags.Func("since", "leave out events before this `TIME`, such as 2026-03-02T06:00:00Z", moment(&s.opts.Since))
	flags.Func("until", "leave out events from this `TIME` on", moment(&s.opts.Until))
	flags.Func("firewall", "leave out events of other firewalls than `NAME`; repeatable", func(name string) error {
		s.opts.Firewalls = append(s.opts.Firewalls, name)
		return nil
	})
	flags.Func("question", "answer only the question of this `NAME`, such as TopSourceIPByBytes; repeatable", s.ask)
	flags.IntVar(&s.opts.Workers, "workers", 0, "read so many files, or pieces of large ones, at a time; 0 for one for each CPU, with -bounded 4")
	flags.BoolVar(&s.aws, "aws", false, "read what each -firewall has logged to S3, in the account and Region of the environment")
	flags.Int64Var(&s.most, "max", 0, "with -aws: read nothing if the objects have more `BYTES`; 0 for any")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(stderr, "Usage: firewall-logs [flags] [file, folder or - ...]")
			flags.SetOutput(stderr)
			flags.PrintDefaults()
		}
		return nil, err
	}
	s.invented = flags.NArg() == 0 && !s.aws
	switch {
	case s.invented:
		s.opts.Sources = inventedLogs()
	case !s.aws:
		s.opts.Sources = sourcesOf(flags.Args(), stdin)
	}
	return s, s.check(flags.NArg())
}

// ask adds a question by its name.
func (s *settings) ask(name string) error {
	all := logs.Questions()
	i := slices.IndexFunc(all, func(q logs.Question) bool { return q.Name == name })
	if i < 0 {
		return fmt.Errorf("there is no question %q", name)
	}
	s.opts.Questions = append(s.opts.Questions, all[i])
	return nil
}

// check tells which flags make no sense.
func (s *settings) check(arguments int) error {
	switch {
	case s.opts.Top < 1 || s.opts.Entries < 0 || s.opts.Workers < 0 || s.most < 0:
		return errors.New("-top is at least 1, -bounded, -workers and -max at least 0")
	case s.aws && (arguments > 0 || len(s.opts.Firewalls) == 0):
		return errors.New("-aws needs -firewall NAME, and no files")
	case s.most > 0 && !s.aws:
		return errors.New("-max is for -aws")
	}
	return nil
}

// sourcesOf are files, folders and, for -, standard input.
func sourcesOf(args []string, stdin io.Reader) logs.Sources {
	return func(yield func(logs.Source, error) bool) {
		for _, arg := range args {
			sources := logs.Files(arg)
			if arg == "-" {
				sources = logs.Reader("standard input", stdin)
			}
			for source, err := range sources {
				if !yield(source, err) {
					return
				}
			}
		}
	}
}
