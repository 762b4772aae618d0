package compare

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"
)

// source returns the document of number n, of about size bytes.
func source(n, size int) []byte {
	const words = "the quick brown fox jumps over the lazy dog and \\\"runs\\\" away; "
	b := fmt.Appendf(nil, `{"n":%d,"title":"Document %d","year":%d,"score":%d.5,"tags":["a","b"],"text":"`, n, n, 1900+n%120, n%10)
	for len(b)+len(words)+2 < size {
		b = append(b, words...)
	}
	return append(b, `"}`...)
}

// number returns that of a document; -1 if it has none.
func number(source []byte) int {
	_, digits, _ := bytes.Cut(source, []byte(`"n":`))
	n, err := strconv.Atoi(string(digits[:max(0, bytes.IndexAny(digits, ",}"))]))
	if err != nil {
		return -1
	}
	return n
}

// faultCases are what goes wrong in TestIngestLosesNothing.
var faultCases = []struct {
	name string
	faults
}{
	{"nothing", faults{}},
	{"much of it at once", faults{status: 503, share: 0.1, limit: 20 << 10, itemStatus: 429, itemShare: 0.1, bad: 100, before: 0.05, after: 0.05, cut: 0.05, slow: 50 * time.Millisecond}},
	{"429: 1 request in 4", faults{status: 429, share: 0.25}},
	{"429: all requests for 2 s", faults{status: 429, outage: 2 * time.Second}},
	{"429: more than 2 requests at once", faults{status: 429, busy: 2}},
	{"503: 1 request in 4", faults{status: 503, share: 0.25}},
	{"413: above 16 KiB", faults{limit: 16 << 10}},
	{"429: 1 item in 10", faults{itemStatus: 429, itemShare: 0.1}},
	{"503: 1 item in 10", faults{itemStatus: 503, itemShare: 0.1}},
	{"402: 1 item in 10", faults{itemStatus: 402, itemShare: 0.1}},
	{"400: 1 document in 100", faults{bad: 100}},
	{"reset before: 1 request in 5", faults{before: 0.2}},
	{"reset after: 1 request in 5", faults{after: 0.2}},
	{"answer cut: 1 request in 5", faults{cut: 0.2}},
	{"200, but no answer: 1 request in 5", faults{garbage: 0.2}},
	{"one node takes 200 ms", faults{slow: 200 * time.Millisecond}},
	{"one node is silent", faults{silent: true}},
	{"one node is down", faults{down: true}},
	{"own ids: nothing", faults{ownIDs: true}},
	{"own ids: 429, 1 item in 10", faults{ownIDs: true, itemStatus: 429, itemShare: 0.1}},
	{"own ids: 503, 1 request in 4", faults{ownIDs: true, status: 503, share: 0.25}},
	{"own ids: reset after, 1 request in 5", faults{ownIDs: true, after: 0.2}},
}

// TestIngestLosesNothing has every client load the same documents into sinks where
// something goes wrong, and prints what each says it wrote beside what is there. All
// is asserted of Ingest, nothing of BulkIndexer.
func TestIngestLosesNothing(t *testing.T) {
	count := 6000
	if testing.Short() {
		count = 2000
	}
	var table strings.Builder
	tab := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "fault\tclient\tids\tsent\tsays written\tsays failed\tin sink\tlost\tdoubled\tfailed, but there\trequests\ttime")
	lines := make([][]string, len(faultCases))
	var sources [][]byte
	for n := range count {
		sources = append(sources, source(n, 300))
	}
	var wg sync.WaitGroup
	places := make(chan struct{}, 16) // not t.Parallel: most of the time is spent waiting
	for i, fault := range faultCases {
		clients := slices.DeleteFunc(slices.Clone(ingestClients), func(c client) bool {
			return fault.ownIDs != (c.ids == generated) && (fault.ownIDs || c.ours)
		})
		lines[i] = make([]string, len(clients))
		for j, c := range clients {
			places <- struct{}{}
			wg.Go(func() {
				defer func() { <-places }()
				t.Run(fault.name+"/"+c.name+"/"+string(c.ids), func(t *testing.T) {
					lines[i][j] = fault.name + "\t" + tryFaults(t, c, fault.faults, sources)
				})
			})
		}
	}
	wg.Wait()
	for _, line := range slices.Concat(lines...) {
		fmt.Fprintln(tab, line)
	}
	tab.Flush()
	t.Log("\n" + table.String())
}

// tryFaults runs one client against a sink and returns its line of the table.
func tryFaults(t *testing.T, c client, f faults, sources [][]byte) string {
	f.seed = 1
	s := newSink(t, f, len(sources))
	l := load{s.urls, len(sources), documents(sources, len(sources), c.ids), c.ids == generated, 4, 32 << 10, 30 * time.Second}
	limit := 5 * time.Minute
	if f.silent {
		l.patience = time.Second
	}
	switch {
	case f.silent && c.name == "BulkIndexer":
		limit = 2 * time.Second // it would wait forever
	case f.limit > 0 && c.name == "BulkIndexer tuned":
		l.batch = f.limit - 1000 // as one does who knows the limit
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	began := time.Now()
	got := c.run(ctx, l)
	took := time.Since(began)
	there := s.tally()
	failedButThere := 0
	for _, n := range got.failed {
		if s.holds(n) {
			failedButThere++
		}
	}
	if c.ours {
		check(t, c, s, got, there)
	}
	return fmt.Sprintf("%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f s", c.name, c.ids, l.count, got.written, len(got.failed),
		there.Stored, there.Lost, there.Doubled, failedButThere, s.requests.Load(), took.Seconds())
}

// check holds Ingest to its word.
func check(t *testing.T, c client, s *sink, got counts, there tally) {
	t.Helper()
	answersLost := s.after > 0 || s.cut > 0 || s.garbage > 0 || s.silent
	bad := 0
	for n := range s.copies {
		if s.refusedForGood(n) {
			bad++
		}
	}
	switch {
	case got.err != nil:
		t.Errorf("%v", got.err)
	case there.Lost != 0:
		t.Errorf("%d lost", there.Lost)
	case there.Doubled > 0 && !(s.ownIDs && answersLost):
		t.Errorf("%d doubled", there.Doubled)
	case there.Doubled > got.doubled:
		t.Errorf("%d doubled, it says %d", there.Doubled, got.doubled)
	case !answersLost && s.before == 0 && s.status != 503 && got.doubled > 0:
		t.Errorf("it says that %d may be doubled, though no answer was lost", got.doubled)
	case got.written != there.Stored || len(got.failed) != bad:
		t.Errorf("says %d written and %d rejected, want %d and %d", got.written, len(got.failed), there.Stored, bad)
	}
	for _, n := range got.failed {
		if !s.refusedForGood(n) {
			t.Errorf("document %d is a dead letter", n)
			return
		}
	}
}
