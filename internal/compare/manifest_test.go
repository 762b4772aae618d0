package compare

import (
	"bytes"
	stdjson "encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/bytedance/sonic"
	experiment "github.com/go-json-experiment/json"
	"github.com/goccy/go-json"

	"github.com/awspatterns/awspatterns/internal/standin/dbt"
	"github.com/awspatterns/awspatterns/lineage/dag"
)

var fixture = flag.String("fixture", "", "manifest.json to clone instead of the repository's own")

// manifest has the fields that dag.ReadManifest reads, and no other.
type manifest struct {
	Metadata struct {
		SchemaVersion string `json:"dbt_schema_version"`
		DBTVersion    string `json:"dbt_version"`
		Adapter       string `json:"adapter_type"`
		ProjectName   string `json:"project_name"`
		ProjectID     string `json:"project_id"`
	} `json:"metadata"`
	Nodes          map[string]resource `json:"nodes"`
	Sources        map[string]resource `json:"sources"`
	Exposures      map[string]resource `json:"exposures"`
	Metrics        map[string]resource `json:"metrics"`
	SemanticModels map[string]resource `json:"semantic_models"`
	SavedQueries   map[string]resource `json:"saved_queries"`
	UnitTests      map[string]resource `json:"unit_tests"`
	Functions      map[string]resource `json:"functions"`
	Groups         map[string]struct {
		Owner any `json:"owner"`
	} `json:"groups"`
	ParentMap map[string][]string `json:"parent_map"`
	ChildMap  map[string][]string `json:"child_map"`
}

type resource struct {
	Type         string `json:"resource_type"`
	Package      string `json:"package_name"`
	Name         string `json:"name"`
	Version      any    `json:"version"`
	Database     string `json:"database"`
	Schema       string `json:"schema"`
	Identifier   string `json:"identifier"`
	Alias        string `json:"alias"`
	Relation     string `json:"relation_name"`
	Description  string `json:"description"`
	Tags         any    `json:"tags"`
	Path         string `json:"path"`
	OriginalPath string `json:"original_file_path"`
	Group        string `json:"group"`
	Owner        any    `json:"owner"`
	Meta         struct {
		Owner any `json:"owner"`
	} `json:"meta"`
	Config struct {
		Materialized string `json:"materialized"`
		Meta         struct {
			Owner any `json:"owner"`
		} `json:"meta"`
	} `json:"config"`
	Columns map[string]struct {
		Name        string `json:"name"`
		Type        string `json:"data_type"`
		Description string `json:"description"`
	} `json:"columns"`
	DependsOn struct {
		Nodes []string `json:"nodes"`
	} `json:"depends_on"`
}

// readers read a manifest, each from an io.Reader. A library that can also work
// on a slice is tried both ways.
var readers = []struct {
	name string
	read func(io.Reader) (any, error)
}{
	{"awspatterns", func(r io.Reader) (any, error) { return dag.ReadManifest(r, "") }},
	{"encoding-json", func(r io.Reader) (any, error) { return decode(stdjson.NewDecoder(r)) }},
	{"encoding-json/slice", slice(stdjson.Unmarshal)},
	{"experiment-json", func(r io.Reader) (any, error) {
		var m manifest
		return &m, experiment.UnmarshalRead(r, &m)
	}},
	{"goccy-json", func(r io.Reader) (any, error) { return decode(json.NewDecoder(r)) }},
	{"goccy-json/slice", slice(json.Unmarshal)},
	{"sonic", func(r io.Reader) (any, error) { return decode(sonic.ConfigStd.NewDecoder(r)) }},
	{"sonic/slice", slice(sonic.ConfigStd.Unmarshal)},
}

func decode(d interface{ Decode(any) error }) (any, error) {
	var m manifest
	return &m, d.Decode(&m)
}

func slice(unmarshal func([]byte, any) error) func(io.Reader) (any, error) {
	return func(r io.Reader) (any, error) {
		b, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		var m manifest
		return &m, unmarshal(b, &m)
	}
}

// TestReadersAgree checks that all arms of the benchmark do the same work.
func TestReadersAgree(t *testing.T) {
	text, err := os.ReadFile(large(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, r := range readers {
		got, err := r.read(onlyReader{bytes.NewReader(text)})
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
			continue
		}
		if n := nodes(got); want == 0 {
			want = n
		} else if n != want || n < 1000 {
			t.Errorf("%s: read %d nodes, %s %d", r.name, n, readers[0].name, want)
		}
	}
}

func nodes(read any) int {
	switch read := read.(type) {
	case *dag.Project:
		n, _ := read.Len()
		return n
	case *manifest:
		return len(read.Nodes) + len(read.Sources) + len(read.Exposures) + len(read.Metrics) + len(read.SemanticModels) +
			len(read.SavedQueries) + len(read.UnitTests) + len(read.Functions)
	}
	return -1
}

// large returns the path of a manifest of the given size, made once per run.
func large(tb testing.TB, megabytes int64) string {
	tb.Helper()
	small := *fixture
	if small == "" {
		small = "../../lineage/dag/testdata/manifests/shop_duckdb_1.12.6.json.gz"
	}
	text := unpack(tb, small)
	path := filepath.Join(tb.TempDir(), "manifest.json")
	f, err := os.Create(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	if err := dbt.Clone(f, text, megabytes<<20); err != nil {
		tb.Fatal(err)
	}
	return path
}

func unpack(tb testing.TB, path string) []byte {
	tb.Helper()
	text, err := dbt.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// onlyReader hides everything of a file but Read, so that nobody can take
// another way than the others.
type onlyReader struct{ io.Reader }

func BenchmarkReadManifest(b *testing.B) {
	for _, size := range []struct {
		name      string
		megabytes int64
	}{{"48MB", 48}, {"200MB", 200}} {
		b.Run(size.name, func(b *testing.B) {
			text, err := os.ReadFile(large(b, size.megabytes))
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range readers {
				b.Run(r.name, func(b *testing.B) {
					b.SetBytes(int64(len(text)))
					b.ReportAllocs()
					for b.Loop() {
						if _, err := r.read(onlyReader{bytes.NewReader(text)}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// TestReadManifestHeap checks that memory grows with the graph and not with the
// file.
func TestReadManifestHeap(t *testing.T) {
	const limit = 64 << 20
	most, held := peak(t, large(t, 200), readers[0].read)
	if over := most - min(most, held); over >= limit {
		t.Errorf("reading 200 MB took %d MiB more than the graph's %d MiB, want less than %d", over>>20, held>>20, limit>>20)
	} else {
		t.Logf("reading 200 MB took %.1f MiB more than the graph's %.1f MiB", float64(over)/(1<<20), float64(held)/(1<<20))
	}
}

// BenchmarkReadManifestHeap reports the largest live heap while a file of 200 MB
// is read, less that with only the result held. The heap is measured after a
// collection at every megabyte or so of the file.
func BenchmarkReadManifestHeap(b *testing.B) {
	path := large(b, 200)
	for _, r := range readers {
		b.Run(r.name, func(b *testing.B) {
			var most, held uint64
			for b.Loop() {
				most, held = peak(b, path, r.read)
			}
			b.ReportMetric(float64(most-min(most, held))/(1<<20), "MiB-over-result")
			b.ReportMetric(float64(held)/(1<<20), "MiB-result")
		})
	}
}

func peak(tb testing.TB, path string, read func(io.Reader) (any, error)) (most, held uint64) {
	tb.Helper()
	f, err := os.Open(path)
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	before := live()
	watch := &heapWatcher{r: f}
	stop := watch.start()
	result, err := read(watch)
	stop()
	if err != nil {
		tb.Fatal(err)
	}
	held = live() - before
	runtime.KeepAlive(result)
	return max(watch.most-min(before, watch.most), held), held
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// heapWatcher measures the live heap every 8 MB of what is read, and every 20
// milliseconds, so that work after the last byte is seen too.
type heapWatcher struct {
	r    io.Reader
	n    int
	mu   sync.Mutex
	most uint64
}

func (w *heapWatcher) Read(p []byte) (int, error) {
	if w.n -= len(p); w.n <= 0 {
		w.measure()
		w.n = 8 << 20
	}
	return w.r.Read(p)
}

func (w *heapWatcher) measure() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.most = max(w.most, live())
}

func (w *heapWatcher) start() (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
				w.measure()
			}
		}
	}()
	return func() { close(done); <-stopped }
}
