// Opensearch-ingest loads a file into OpenSearch so that no document is lost and none
// is doubled, and then replaces the whole index while somebody searches it. It needs no
// account: without flags it starts an OpenSearch in this process, which answers as a busy
// cluster does, with refusals, broken connections and lost answers.
//
//	go run github.com/awspatterns/awspatterns/examples/opensearch-ingest@latest
//
// Into a cluster of your own, or with -aws into a domain or collection with the
// credentials of the environment. With -replace the file replaces all that the alias
// shows; without -apply that is only planned:
//
//	opensearch-ingest -url http://localhost:9200 -file my.jsonl -index my-index -id key
//	opensearch-ingest -aws -url https://search-movies-abc.eu-west-1.es.amazonaws.com -file my.csv -index movies
//	opensearch-ingest -aws -url https://… -file my.csv -index movies -replace -apply
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/awspatterns/awspatterns/opensearch"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	url, file, index, id string
	user, body           string
	aws, replace, apply  bool
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := flag.NewFlagSet("opensearch-ingest", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.url, "url", "", "endpoint of a domain, collection or cluster; without it, one in this process")
	flags.BoolVar(&s.aws, "aws", false, "with -url: sign requests with the AWS credentials of the environment")
	flags.StringVar(&s.user, "user", "", "with -url: name for basic authentication; OPENSEARCH_PASSWORD has the password")
	flags.StringVar(&s.file, "file", "", "with -url: .jsonl, .csv or .tsv file, also with .gz")
	flags.StringVar(&s.index, "index", "", "with -url: index, or with -replace alias, to load into")
	flags.StringVar(&s.id, "id", "", "with -url: field with the id; without it, ids are made from the content")
	flags.BoolVar(&s.replace, "replace", false, "with -url: replace what the alias shows")
	flags.StringVar(&s.body, "body", "", "with -replace: JSON file with settings and mappings; without it, those of the old index")
	flags.BoolVar(&s.apply, "apply", false, "with -replace: apply the plan")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintln(stderr, "opensearch-ingest: there are flags only, and no", flags.Arg(0))
		return 2
	}
	if problem := s.problem(); problem != "" {
		fmt.Fprintln(stderr, "opensearch-ingest:", problem)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "opensearch-ingest:", err)
		return 1
	}
	return 0
}

// problem returns what is wrong with the flags.
func (s settings) problem() string {
	switch {
	case s.url == "" && s != settings{}:
		return "all flags go with a -url"
	case s.url != "" && (s.file == "" || s.index == ""):
		return "a -url goes with a -file and an -index"
	case s.aws && s.user != "":
		return "-aws and -user exclude each other"
	case !s.replace && (s.apply || s.body != ""):
		return "-apply and -body are for -replace"
	}
	return ""
}

func (s settings) run(ctx context.Context, stdout io.Writer) error {
	if s.url == "" {
		return demonstrate(ctx, stdout)
	}
	conn, err := s.connect(ctx)
	if err != nil {
		return err
	}
	info, err := conn.Info(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, s.url, "is", describe(info))
	clients := opensearch.Clients{Conn: conn}
	opts := opensearch.IngestOptions{Files: []string{s.file}, IDField: s.id, RetryFor: time.Minute}
	if s.replace {
		return s.replaceAll(ctx, stdout, clients, opts)
	}
	opts.Index = s.index
	return load(ctx, stdout, clients, opts)
}

func (s settings) connect(ctx context.Context) (*opensearch.Conn, error) {
	opts := opensearch.ConnOptions{Endpoints: []string{s.url}, Username: s.user}
	if s.user != "" {
		opts.Password = os.Getenv("OPENSEARCH_PASSWORD")
	}
	if s.aws {
		cfg, err := config.LoadDefaultConfig(ctx)
		if err != nil {
			return nil, err
		}
		opts.Credentials, opts.Region = cfg.Credentials, cfg.Region
	}
	return opensearch.NewConn(opts)
}

// describe says in words what is at an endpoint.
func describe(info opensearch.Info) string {
	if info.Unknown != "" {
		return fmt.Sprintf("a %s endpoint of unknown version: %s", info.Product, info.Unknown)
	}
	return fmt.Sprintf("%s, %s %s", info.Product, info.Distribution, info.Version)
}

// replaceAll plans to replace what an alias shows and, if told to, does it.
func (s settings) replaceAll(ctx context.Context, stdout io.Writer, clients opensearch.Clients, ingest opensearch.IngestOptions) error {
	ingest.Progress = newBar(stdout).show
	opts := opensearch.ReplaceOptions{Alias: s.index, Ingest: ingest}
	if s.body != "" {
		body, err := os.ReadFile(s.body)
		if err != nil {
			return err
		}
		opts.Body = body
	}
	plan, err := opensearch.PlanReplace(ctx, clients, opts)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, plan)
	if !s.apply {
		return nil
	}
	result, err := opensearch.ApplyReplace(ctx, clients, plan)
	fmt.Fprintln(stdout)
	printCounts(stdout, result.Ingest)
	return err
}
