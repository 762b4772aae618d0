// Opensearch-vectors finds out, before a cluster is paid for, how much memory each way
// of keeping vectors in OpenSearch takes, and how much of the truth it still finds, for
// vectors of your own: all that the engines do with them is done here, in this process.
// It needs no account and calls nothing.
//
//	go run github.com/awspatterns/awspatterns/examples/opensearch-vectors@latest
//
// Without -file it takes 20,000 sentences of WordNet with embeddings of 384 dimensions,
// which come with it: made by a real model, but kept with 8 bits of a number to be small
// (embed.py says how). It writes a chart to opensearch-vectors.html and .svg.
//
//	opensearch-vectors -file my.npy -space l2 -target 500000000 -shards 40 -min-recall 0.95
//	opensearch-vectors -file my.jsonl.gz -field embedding -price 0.012 -currency EUR
//
// The file is .fvecs, .npy, JSON lines, .csv or .tsv, also with .gz.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/awspatterns/awspatterns/opensearch/vector"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// settings are what the flags say.
type settings struct {
	file, field, temp, out string
	space, currency        string
	price                  float64
	license                bool
	opts                   vector.MeasureRecallOptions
}

// run returns the exit status: 1 if something failed, 2 for flags that make no sense.
func run(args []string, stdout, stderr io.Writer) int {
	var s settings
	flags := s.flags(stderr)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case flags.NArg() > 0:
		fmt.Fprintln(stderr, "opensearch-vectors: there are flags only, and no", flags.Arg(0))
		return 2
	case s.file == "" && s.field != "":
		fmt.Fprintln(stderr, "opensearch-vectors: -field is for -file")
		return 2
	}
	if s.license {
		fmt.Fprint(stdout, textsLicense)
		return 0
	}
	s.complete()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx, stdout); err != nil {
		fmt.Fprintln(stderr, "opensearch-vectors:", err)
		return 1
	}
	return 0
}

func (s *settings) flags(stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("opensearch-vectors", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&s.file, "file", "", "vectors of your own: .fvecs, .npy, JSON lines, .csv or .tsv, also with .gz")
	flags.StringVar(&s.field, "field", "", "with -file: field or column that has the vector; needed if several could")
	flags.StringVar(&s.temp, "temp", "", "with -file: folder for what has to be unpacked; without it, the system's")
	flags.StringVar(&s.out, "out", "opensearch-vectors", "what the chart is called, without .html and .svg")
	flags.IntVar(&s.opts.K, "k", 10, "results of a search")
	flags.IntVar(&s.opts.NumQueries, "queries", 0, "vectors to search for, out of the sample; 0 is as many as make sense")
	flags.Int64Var(&s.opts.TargetVectors, "target", 100_000_000, "vectors that the index is to hold one day")
	flags.IntVar(&s.opts.Shards, "shards", 20, "primary shards of that index; each scores candidates of its own again")
	flags.IntVar(&s.opts.SegmentsPerShard, "segments", 0, "segments of a shard; 0 is as many as are usual")
	flags.IntVar(&s.opts.Size.Replicas, "replicas", 1, "copies of each shard beside the primary")
	flags.StringVar(&s.opts.Version, "version", "3.8", "of OpenSearch, 2.17 to 3.8, or serverless")
	flags.StringVar(&s.space, "space", string(vector.Cosine), "l2, innerproduct or cosinesimil")
	flags.Float64Var(&s.opts.Size.MinRecall, "min-recall", 0.9, "part of the nearest that searches have to find")
	flags.Float64Var(&s.price, "price", 0, "what a GB of memory costs for an hour; 0 is not known")
	flags.StringVar(&s.currency, "currency", "USD", "of -price")
	flags.Uint64Var(&s.opts.Seed, "seed", 1, "of what is drawn at random")
	flags.BoolVar(&s.license, "license", false, "print the licence of the sentences that come with this, and stop")
	return flags
}

func (s *settings) complete() {
	s.opts.Space = vector.Space(s.space)
	if s.price != 0 { // what makes no sense is refused with the rest
		s.opts.Size.PricePerGBHour, s.opts.Size.Currency = s.price, s.currency
	}
}

func (s *settings) run(ctx context.Context, stdout io.Writer) error {
	sample, err := s.sample(ctx)
	if err != nil {
		return err
	}
	defer sample.close()
	fmt.Fprintf(stdout, "%s: %d vectors of %d dimensions\n", sample.name, sample.Len(), sample.Dimension())
	if err := sample.showNeighbours(ctx, stdout); err != nil {
		return err
	}
	if _, err := vector.SizeVectorIndex(s.sizeOptions(sample, vector.MeasureRecallResult{})); err != nil {
		return err // what is wrong with the flags, before anything is measured
	}
	if folder, err := os.Stat(filepath.Dir(s.out)); err != nil || !folder.IsDir() {
		return fmt.Errorf("-out is %q: there is no folder %s", s.out, filepath.Dir(s.out))
	}
	opts := s.opts
	opts.Progress = newBar(stdout).show
	result, err := vector.MeasureRecall(ctx, sample, opts)
	if err != nil {
		return err
	}
	size, err := vector.SizeVectorIndex(s.sizeOptions(sample, result))
	if err != nil {
		return err
	}
	printTable(stdout, result)
	printClaims(stdout, size.Claims, result)
	printRecommendation(stdout, result, size)
	return s.writeChart(stdout, result)
}

// sizeOptions asks how large the index is to be, with the recalls that were measured.
func (s *settings) sizeOptions(sample vector.Vectors, result vector.MeasureRecallResult) vector.SizeVectorIndexOptions {
	o := s.opts.Size
	o.Vectors, o.Dimension, o.Space, o.Version = s.opts.TargetVectors, sample.Dimension(), s.opts.Space, s.opts.Version
	o.Shards, o.SegmentsPerShard, o.K = s.opts.Shards, s.opts.SegmentsPerShard, s.opts.K
	o.Recalls, o.Recommendation = result.Techniques, result.Recommendation
	return o
}
