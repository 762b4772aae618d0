package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/opensearch"
)

// load loads documents and says what became of them.
func load(ctx context.Context, stdout io.Writer, clients opensearch.Clients, opts opensearch.IngestOptions) error {
	opts.Progress = newBar(stdout).show
	result, err := opensearch.Ingest(ctx, clients, opts)
	fmt.Fprintln(stdout)
	printCounts(stdout, result)
	return err
}

// A bar shows how far loading is: on a terminal it moves, elsewhere it is a line for
// each step.
type bar struct {
	w        io.Writer
	terminal bool
	shown    int // percent
}

func newBar(w io.Writer) *bar {
	b := &bar{w: w, shown: -1}
	if f, ok := w.(*os.File); ok {
		info, err := f.Stat()
		b.terminal = err == nil && info.Mode()&os.ModeCharDevice != 0
	}
	return b
}

func (b *bar) show(p opensearch.IngestProgress) {
	percent := 0
	if p.SourceBytes > 0 && p.Read > 0 { // of what was read, what is done
		percent = int(100 * float64(p.SourceRead) / float64(p.SourceBytes) * float64(p.Read-p.Pending) / float64(p.Read))
	}
	if !b.terminal && b.shown >= 0 && percent < b.shown+25 && (percent < 100 || b.shown == 100) {
		return
	}
	b.shown = percent
	const width = 30
	full := width * percent / 100
	start, end := "", "\n"
	if b.terminal {
		start, end = "\r", "\x1b[K" // what is left of a longer line
	}
	fmt.Fprintf(b.w, "%s[%s%s] %3d %%  %d documents done, %d under way, %d requests at a time of up to %d KiB%s",
		start, strings.Repeat("█", full), strings.Repeat("·", width-full), percent,
		p.Read-p.Pending, p.Pending, p.Concurrency, p.BatchBytes>>10, end)
}

// printCounts prints what became of every document.
func printCounts(w io.Writer, r opensearch.IngestResult) {
	line := func(name string, n int64, note string) {
		if n > 0 || note == "" {
			fmt.Fprintf(w, "  %-14s %8d  %s\n", name, n, note)
		}
	}
	fmt.Fprintf(w, "%d documents read in %s\n", r.Read, r.Elapsed.Round(time.Millisecond))
	line("created", r.Created, "")
	line("updated", r.Updated, "the id was there")
	line("unchanged", r.Unchanged, "nothing to change")
	line("existing", r.Existing, "there already, or written by a request whose answer was lost")
	line("dropped", r.Dropped, "by the ingest pipeline")
	line("skipped", r.Skipped, "written by an earlier run")
	line("rejected", r.Rejected, "for good, in the dead letters:")
	for _, kind := range slices.Sorted(maps.Keys(r.Reasons)) {
		fmt.Fprintf(w, "  %-14s %8d    %s\n", "", r.Reasons[kind], kind)
	}
	line("pending", r.Pending, "not written")
	fmt.Fprintf(w, "in %d requests: %d items throttled, %d requests failed, %d items sent again\n",
		r.Requests, r.Throttled, r.Failures, r.Retried)
	if r.MayBeDoubled > 0 {
		fmt.Fprintf(w, "up to %d documents may be doubled: %s\n", r.MayBeDoubled, r.Doubled)
	}
}
