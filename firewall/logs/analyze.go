// Package logs answers questions about the traffic through AWS Network Firewall from
// its logs, without CloudWatch: top talkers, protocols, flows that nobody answered,
// what was blocked and by which rule. It is pure: it imports no AWS SDK.
//
//   - [Analyze] reads logs, as the firewall writes them to S3, and makes a [Report].
//   - [Questions] are what it answers: those of the CloudWatch dashboard. A caller
//     may ask others.
//   - [Report.WriteText], [Report.WriteCSV] and [Report.WriteHTML] are for people;
//     as JSON it is for programs.
//
// # Counts
//
// Counts are exact, and memory grows with the number of different keys. With
// [Options.Entries] memory stays the same however long the logs are, and each count
// tells by how much it is too high at most.
//
// # Bad lines
//
// A line that is no event never ends the run: it is counted, and the first ones are
// reported with their place. A source that cannot be read to the end is reported
// too, and makes the error of [Analyze].
package logs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Options say what to read and to ask.
type Options struct {
	// Sources are the logs, such as [Files]. Required.
	Sources Sources

	// Questions to answer. Defaults to [Questions].
	Questions []Question

	// Top is how many keys an answer lists. Defaults to 10.
	Top int

	// Entries bounds memory: a question holds at most twice as many keys for each
	// worker, and a key that it does not hold has at most 1/Entries of the total: what
	// is not listed has at most [Answer.Unlisted]. 0 holds all keys and counts exactly.
	Entries int

	// Since and Until leave out events before and from that time on. The zero
	// values leave out none.
	Since, Until time.Time

	// Firewalls leaves out events of others. Empty leaves out none.
	Firewalls []string

	// Workers is how many sources, or pieces of large files, are read at a time.
	// Defaults to the number of CPUs or, with Entries, to 4: there, counts that are
	// not exact depend on it.
	Workers int

	// MaxLine is the length in bytes from which a line is bad. Defaults to 16 MiB.
	MaxLine int

	// Reported is how many bad lines and sources are reported, beside their
	// number. Defaults to 20.
	Reported int

	// Progress, if set, is told now and then what has been read so far, one call
	// at a time.
	Progress func(Totals)

	pieceSize int64 // 16 MiB but in tests
}

func (o *Options) complete() error {
	if o.Questions == nil {
		o.Questions = Questions()
	}
	defaultWorkers := runtime.GOMAXPROCS(0)
	if o.Entries > 0 {
		defaultWorkers = 4
	}
	o.Top, o.Workers = cmp.Or(o.Top, 10), cmp.Or(o.Workers, defaultWorkers)
	o.MaxLine, o.Reported = cmp.Or(o.MaxLine, 16<<20), cmp.Or(o.Reported, 20)
	o.pieceSize = cmp.Or(o.pieceSize, 16<<20)
	switch {
	case o.Sources == nil:
		return errors.New("no Sources: there is nothing to read")
	case o.Top < 0 || o.Entries < 0 || o.Workers < 0 || o.MaxLine < 0 || o.Reported < 0:
		return errors.New("options Top, Entries, Workers, MaxLine and Reported: want no negative number")
	case !o.Since.IsZero() && !o.Until.IsZero() && !o.Since.Before(o.Until):
		return fmt.Errorf("option Since %v is not before Until %v", o.Since, o.Until)
	}
	names := map[string]bool{}
	for _, q := range o.Questions {
		if names[q.Name] {
			return fmt.Errorf("question %s is asked twice", q.Name)
		}
		names[q.Name] = true
		if err := q.check(); err != nil {
			return err
		}
	}
	return nil
}

// Analyze reads logs and answers questions about them. The report covers all that
// could be read. Sources that could not be read to the end make an error that joins
// a [*SourceError] for each of the first; nil says that everything was read. Any
// other error, such as the end of ctx, comes without a report.
func Analyze(ctx context.Context, opts Options) (Report, error) {
	if err := opts.complete(); err != nil {
		return Report{}, fmt.Errorf("logs: analyze: %w", err)
	}
	a := newAnalysis(opts)
	err := a.run(ctx)
	if err == nil {
		report := a.report()
		return report, report.err()
	}
	return Report{}, fmt.Errorf("logs: analyze: %w", err)
}

// err returns the error for sources that were not read to the end.
func (r *Report) err() error {
	if r.Failed == 0 {
		return nil
	}
	errs := make([]error, len(r.Unread))
	for i := range r.Unread {
		errs[i] = &r.Unread[i]
	}
	return fmt.Errorf("logs: analyze: %d of %d sources were not read to the end: %w", r.Failed, r.Sources, errors.Join(errs...))
}

// An analysis is one call of Analyze.
type analysis struct {
	Options
	workers []*worker
	inputs  []chan piece // of the workers

	mu    sync.Mutex
	soFar Totals
}

func newAnalysis(o Options) *analysis {
	a := &analysis{Options: o}
	groups, seed := groupsOf(o.Questions), maphash.MakeSeed()
	shared := make(chan piece, 64)
	for range o.Workers {
		w := &worker{analysis: a}
		w.recent.most = o.Top
		if o.Entries > 0 {
			// Which worker reads what must not be left to chance: the order of
			// events decides which keys are thrown out.
			w.tally = newBounded(o.Questions, groups, o.Entries, seed)
			a.inputs = append(a.inputs, make(chan piece, 64))
		} else {
			w.tally = newExact(o.Questions, groups)
			a.inputs = append(a.inputs, shared)
		}
		a.workers = append(a.workers, w)
	}
	return a
}

// run reads everything. It returns when no goroutine of it is left.
func (a *analysis) run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for i, w := range a.workers {
		group.Go(func() {
			for p := range a.inputs[i] {
				if ctx.Err() == nil {
					w.read(ctx, p)
				}
			}
		})
	}
	err := a.dispatch(ctx)
	if err != nil {
		cancel(err)
	}
	for i, input := range a.inputs {
		if i == 0 || input != a.inputs[0] {
			close(input)
		}
	}
	group.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

// dispatch hands out the pieces of all sources.
func (a *analysis) dispatch(ctx context.Context) error {
	number := 0
	for s, err := range a.Sources {
		if err != nil {
			return err
		}
		a.count(Totals{Sources: 1})
		src := &source{Source: s}
		for _, p := range src.pieces(a.pieceSize) {
			p.number = number
			select {
			case a.inputs[number%len(a.inputs)] <- p:
				number++
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
	}
	return nil
}

// count adds to what has been read, and tells it.
func (a *analysis) count(t Totals) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.soFar.add(t)
	if a.Progress != nil {
		a.Progress(a.soFar)
	}
}

// report makes one of what the workers have counted.
func (a *analysis) report() Report {
	all := a.workers[0]
	for _, w := range a.workers[1:] {
		all.merge(w)
	}
	r := Report{Entries: a.Entries, Totals: a.soFar, Timeline: all.timeline.result(), Recent: all.recent.result()}
	if len(r.Timeline) > 0 {
		r.First, r.Last = time.UnixMicro(all.first).UTC(), time.UnixMicro(all.last).UTC()
	}
	r.Answers = all.tally.answers(a.Top)
	r.Bad, r.Unread = all.badLines(), all.unreadSources()
	return r
}

// merge adds what another worker has counted.
func (w *worker) merge(o *worker) {
	w.tally.merge(o.tally)
	if len(w.timeline.buckets) == 0 {
		w.first, w.last = o.first, o.last
	} else if len(o.timeline.buckets) > 0 {
		w.first, w.last = min(w.first, o.first), max(w.last, o.last)
	}
	w.timeline.merge(&o.timeline)
	w.recent.merge(&o.recent)
	w.bad = append(w.bad, o.bad...)
	w.unread = append(w.unread, o.unread...)
}

// badLines returns the first bad lines, with their numbers in their sources.
func (w *worker) badLines() []BadLine {
	slices.SortFunc(w.bad, func(a, b foundBad) int {
		return cmp.Or(cmp.Compare(a.piece.number, b.piece.number), cmp.Compare(a.Offset, b.Offset))
	})
	var list []BadLine
	for _, bad := range w.bad[:min(len(w.bad), w.Reported)] {
		for _, lines := range bad.piece.source.lines[:bad.piece.chunk] {
			bad.Line += lines
		}
		list = append(list, bad.BadLine)
	}
	return list
}

// unreadSources returns the first sources that were not read to the end, each once.
func (w *worker) unreadSources() []SourceError {
	slices.SortFunc(w.unread, func(a, b foundUnread) int { return cmp.Compare(a.piece.number, b.piece.number) })
	list := slices.CompactFunc(w.unread, func(a, b foundUnread) bool { return a.piece.source == b.piece.source })
	var unread []SourceError
	for _, u := range list[:min(len(list), w.Reported)] {
		unread = append(unread, u.SourceError)
	}
	return unread
}
