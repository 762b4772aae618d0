package compare

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/opensearch"
)

// TestMain makes this program the sink of a benchmark when it is told to, so that time
// and memory of the clients are not those of the sink.
func TestMain(m *testing.M) {
	if os.Getenv("COMPARE_SINK") == "" {
		os.Exit(m.Run())
	}
	s := new(sink)
	s.slow, _ = time.ParseDuration(os.Getenv("COMPARE_SINK"))
	if _, err := s.start(1); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.urls[0])
	io.Copy(io.Discard, os.Stdin) // until the benchmark ends
}

// sinkProcess starts a sink that counts documents, and takes latency for a request, and
// returns its URL.
func sinkProcess(tb testing.TB, latency time.Duration) string {
	tb.Helper()
	program, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	command := exec.Command(program)
	command.Env = append(os.Environ(), "COMPARE_SINK="+latency.String())
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		tb.Fatal(err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		in.Close()
		command.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		tb.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// An arm of a benchmark loads all documents.
type arm struct {
	name string
	load func(context.Context, string) error // to the sink of that URL
	cost
}

// A cost is what the runs of one arm took.
type cost struct {
	wall   []time.Duration
	cpu    time.Duration // of this process alone
	allocs uint64
	heap   uint64 // the largest, of objects that are live or not yet collected, without what was there before
}

// alternate runs the arms in turn and reports the costs of each, and how many times
// that of the first one the time and CPU of every other arm are: the median of the
// rounds, since both are measured in each.
func alternate(b *testing.B, latency time.Duration, arms []*arm, documents int, size int64) {
	url := sinkProcess(b, latency)
	for b.Loop() {
		for _, a := range arms {
			before := stored(b, url)
			a.measure(b, url)
			if got := stored(b, url) - before; got != documents {
				b.Fatalf("%s wrote %d documents, want %d", a.name, got, documents)
			}
		}
	}
	b.ReportMetric(0, "ns/op") // of all arms: it means nothing
	first := arms[0]
	for _, a := range arms {
		seconds := median(a.wall).Seconds()
		all := float64(documents * len(a.wall))
		b.ReportMetric(float64(documents)/seconds, a.name+"-docs/s")
		b.ReportMetric(float64(size)/seconds/1e6, a.name+"-MB/s")
		b.ReportMetric(float64(a.cpu.Nanoseconds())/all, a.name+"-cpu-ns/doc")
		b.ReportMetric(float64(a.allocs)/all, a.name+"-allocs/doc")
		b.ReportMetric(float64(a.heap)/1e6, a.name+"-peak-MB")
		if a != first {
			b.ReportMetric(ratio(a.wall, first.wall), a.name+"-x-time")
			b.ReportMetric(float64(a.cpu)/float64(first.cpu), a.name+"-x-cpu")
		}
	}
}

func (a *arm) measure(b *testing.B, url string) {
	runtime.GC()
	held, most := readMetric(heapObjects), uint64(0)
	stop := watchHeap(&most)
	allocs, cpu, began := readMetric("/gc/heap/allocs:objects"), cpuTime(), time.Now()
	err := a.load(b.Context(), url)
	a.wall = append(a.wall, time.Since(began))
	a.cpu += cpuTime() - cpu
	a.allocs += readMetric("/gc/heap/allocs:objects") - allocs
	stop()
	a.heap = max(a.heap, most-held)
	if err != nil {
		b.Fatalf("%s: %v", a.name, err)
	}
}

func median(all []time.Duration) time.Duration {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// ratio is the median of a/b.
func ratio(a, b []time.Duration) float64 {
	var all []float64
	for i := range a {
		all = append(all, float64(a[i])/float64(b[i]))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func stored(b *testing.B, url string) (n int) {
	response, err := http.Get(url + "/bench/_count")
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Count int }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		b.Fatal(err)
	}
	return answer.Count
}

const heapObjects = "/memory/classes/heap/objects:bytes"

func readMetric(name string) uint64 {
	sample := []metrics.Sample{{Name: name}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// watchHeap keeps the largest heap in most until it is stopped.
func watchHeap(most *uint64) (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			*most = max(*most, readMetric(heapObjects))
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	}()
	return func() { close(done); <-stopped }
}

// TestIngestHeap checks that memory is bounded by the options, not by the input.
func TestIngestHeap(t *testing.T) {
	const workers, batch, limit = 4, 1 << 20, 32 << 20
	count := 400_000
	if testing.Short() {
		count = 100_000
	}
	url := sinkProcess(t, 5*time.Millisecond)
	runtime.GC()
	held, most := readMetric(heapObjects), uint64(0)
	stop := watchHeap(&most)
	got := ingestAll(t.Context(), load{
		urls: []string{url}, count: count, documents: documents([][]byte{source(0, 1000)}, count, given), workers: workers, batch: batch,
	}, opensearch.Append)
	stop()
	if got.err != nil {
		t.Fatal(got.err)
	}
	t.Logf("loading %d MB took %.1f MiB", count/1000, float64(most-held)/(1<<20))
	if most-held > limit {
		t.Errorf("want at most %d MiB", limit>>20)
	}
}

// BenchmarkIngest loads documents that a program makes, and which have ids.
func BenchmarkIngest(b *testing.B) {
	for _, size := range []struct {
		name         string
		bytes, count int
	}{{"300B", 300, 200_000}, {"2KB", 2000, 60_000}} {
		count := size.count
		if testing.Short() {
			count /= 20
		}
		var sources [][]byte
		total := int64(0)
		for n := range 1000 { // few, so that the heap is that of the clients
			sources = append(sources, source(n, size.bytes))
		}
		for n := range count {
			total += int64(len(sources[n%len(sources)]))
		}
		for _, setup := range []struct {
			workers int
			latency time.Duration
		}{{1, 0}, {4, 0}, {4, 50 * time.Millisecond}} {
			workers := setup.workers
			b.Run(fmt.Sprintf("%s/%d-workers/%s-latency", size.name, workers, setup.latency), func(b *testing.B) {
				run := func(c client) func(context.Context, string) error {
					return func(ctx context.Context, url string) error {
						return c.run(ctx, load{urls: []string{url}, count: count, documents: documents(sources, count, given), workers: workers}).err
					}
				}
				alternate(b, setup.latency, []*arm{
					{name: "Ingest", load: run(ingestClients[0])},
					{name: "BulkIndexer", load: run(client{run: bulkIndexer(true)})},
				}, count, total)
			})
		}
	}
}

// BenchmarkIngestFile loads a file of JSON lines, with ids from a field, from the content
// or, of BulkIndexer alone, with none.
func BenchmarkIngestFile(b *testing.B) {
	count := 100_000
	if testing.Short() {
		count /= 20
	}
	path, size := documentFile(b, count)
	for _, workers := range []int{1, 4} {
		b.Run(fmt.Sprintf("%d-workers", workers), func(b *testing.B) {
			alternate(b, 0, []*arm{
				{name: "Ingest-field", load: func(ctx context.Context, url string) error { return ingestFile(ctx, url, path, "title", workers) }},
				{name: "BulkIndexer-field", load: func(ctx context.Context, url string) error { return addFile(ctx, url, path, true, workers) }},
				{name: "Ingest-content", load: func(ctx context.Context, url string) error { return ingestFile(ctx, url, path, "", workers) }},
				{name: "BulkIndexer-none", load: func(ctx context.Context, url string) error { return addFile(ctx, url, path, false, workers) }},
			}, count, size)
		})
	}
}

// documentFile writes a file of documents of 300 bytes.
func documentFile(tb testing.TB, count int) (path string, size int64) {
	var text bytes.Buffer
	for n := range count {
		text.Write(source(n, 300))
		text.WriteByte('\n')
	}
	path = filepath.Join(tb.TempDir(), "documents.jsonl")
	if err := os.WriteFile(path, text.Bytes(), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path, int64(text.Len())
}

func ingestFile(ctx context.Context, url, path, idField string, workers int) error {
	conn, err := opensearch.NewConn(opensearch.ConnOptions{Endpoints: []string{url}})
	if err != nil {
		return err
	}
	_, err = opensearch.Ingest(ctx, opensearch.Clients{Conn: conn}, opensearch.IngestOptions{
		Index: "bench", Files: []string{path}, IDField: idField, Workers: workers,
	})
	return err
}

// addFile gives lines to BulkIndexer, as programs do: with the id of a field, the line
// is decoded for it.
func addFile(ctx context.Context, url, path string, ids bool, workers int) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	documents := func(yield func(string, []byte) bool) {
		for lines.Scan() {
			var document struct {
				Title string `json:"title"`
			}
			if ids && json.Unmarshal(lines.Bytes(), &document) != nil {
				return // the number of documents will be wrong
			}
			if !yield(document.Title, bytes.Clone(lines.Bytes())) {
				return
			}
		}
	}
	result := bulkIndexer(true)(ctx, load{urls: []string{url}, documents: documents, workers: workers})
	return cmp.Or(result.err, lines.Err())
}
