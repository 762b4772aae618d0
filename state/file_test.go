package state_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/awspatterns/awspatterns/state"
)

func TestFileIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scan.db")
	f := openFile(t, path)
	batch := batchOf(600)
	if err := f.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	for range 2 { // closing it again does nothing
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	f = openFile(t, path)
	if got := listed(t, f); !sameRecords(got, batch) {
		t.Errorf("got %d records", len(got))
	}
	old := batchOf(600)
	copy(old, batch)
	if err := f.Put(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if err := f.Put(t.Context(), old); !errors.Is(err, state.ErrConflict) {
		t.Errorf("got %v, want conflicts", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v and %v, want a file for its user alone", info.Mode(), err)
	}
}

func TestFileLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scan.db")
	f := openFile(t, path)
	if _, err := state.OpenFile(path); !errors.Is(err, state.ErrLocked) || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	f.Close()
	openFile(t, path)
}

// TestFileLockedByProcess opens the file in another process, and then kills that.
func TestFileLockedByProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scan.db")
	kill := runWriter(t, path, 1)
	if _, err := state.OpenFile(path); !errors.Is(err, state.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	kill()
	if n := len(listed(t, openFile(t, path))); n == 0 || n%100 != 0 {
		t.Errorf("%d records are there", n)
	}
}

// TestFileKilled kills a process that writes batches of 100, each time after
// another number of them: all that it said were written are there, and of none a
// part.
func TestFileKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scan.db")
	total := 0
	for batches := 1; batches < 12; batches += 3 {
		runWriter(t, path, batches)()
		f, err := state.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := len(listed(t, f))
		if n%100 != 0 || n < total+100*batches {
			t.Errorf("%d records are there, want at least %d, in hundreds", n, total+100*batches)
		}
		total = n
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

const writerPath = "AWSPATTERNS_TEST_WRITER"

// runWriter runs this test binary as TestWriter, and returns when it has written
// some batches. It goes on writing until it is killed.
func runWriter(t *testing.T, path string, batches int) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestWriter$")
	cmd.Env = append(os.Environ(), writerPath+"="+path)
	said, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var n int
	for n < batches {
		if _, err := fmt.Fscanf(said, "written %d\n", &n); err != nil {
			cmd.Process.Kill()
			t.Fatalf("the writer: %v", err)
		}
	}
	kill = func() {
		cmd.Process.Kill()
		cmd.Wait()
	}
	t.Cleanup(kill)
	return kill
}

// TestWriter is no test but the process that runWriter runs.
func TestWriter(t *testing.T) {
	path := os.Getenv(writerPath)
	if path == "" {
		t.Skip("it is for runWriter")
	}
	f := openFile(t, path)
	for n := 1; n < 1000; n++ {
		batch := batchOf(100)
		for i := range batch {
			batch[i].Key = fmt.Sprintf("%x", rand.Uint64())
		}
		if err := f.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		fmt.Printf("written %d\n", n)
	}
}

// TestFileWaits waits with a context for the turn to write.
func TestFileWaits(t *testing.T) {
	f := newFile(t)
	release := state.HoldWrites(f)
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	cancel(cause)
	batch := batchOf(3)
	if err := f.Put(ctx, batch); !errors.Is(err, cause) || batch[0].Version != "" {
		t.Errorf("got %v", err)
	}
	if got, err := f.Get(t.Context(), "set", "000"); err != nil || got.Version != "" { // reading needs no turn
		t.Errorf("got %v and %v", got, err)
	}
	release()
	if err := f.Put(t.Context(), batch); err != nil {
		t.Error(err)
	}
}

func TestFileClosed(t *testing.T) {
	f := newFile(t)
	stored := batchOf(600)
	if err := f.Put(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	var last error
	n := 0
	for _, err := range f.List(t.Context(), "set", "") {
		if n++; n == 1 {
			f.Close() // List holds nothing
		}
		last = err
	}
	if last == nil || n >= len(stored) {
		t.Errorf("a list over a closed file had %d records and ended with %v", n, last)
	}
	if _, err := f.Get(t.Context(), "set", "000"); err == nil || !strings.Contains(err.Error(), `"set": "000": `) {
		t.Errorf("Get: got %v", err)
	}
	again := batchOf(1)
	if err := f.Put(t.Context(), again); err == nil || errors.Is(err, state.ErrConflict) || again[0].Version != "" {
		t.Errorf("Put: got %v", err)
	}
}

// TestNotState opens what is no file of records.
func TestNotState(t *testing.T) {
	folder := t.TempDir()
	good := filepath.Join(folder, "good")
	f := openFile(t, good)
	if err := f.Put(t.Context(), batchOf(2000)); err != nil {
		t.Fatal(err)
	}
	f.Close()
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"text":        "hello",
		"much text":   strings.Repeat("hello", 100_000),
		"zeros":       string(make([]byte, 100_000)),
		"half":        string(whole[:len(whole)/2]),
		"two pages":   string(whole[:8192]),
		"one page":    string(whole[:4096]),
		"a later one": database(t, "github.com/awspatterns/awspatterns/state", "2"),
		"another's":   database(t, "another's", "1"),
	} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := state.OpenFile(path); !errors.Is(err, state.ErrNotState) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want ErrNotState", name, err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != content {
			t.Errorf("%s was changed", name)
		}
	}
	for _, path := range []string{folder, filepath.Join(folder, "no", "such")} { // no file at all
		if _, err := state.OpenFile(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", path, err)
		}
	}
	empty := filepath.Join(folder, "empty") // as it is left by a process killed when it made it
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	openFile(t, empty)
	if got := listed(t, openFile(t, good)); len(got) != 2000 {
		t.Errorf("the good file has %d records", len(got))
	}
}

// database returns a database with a bucket that names a format.
func database(t *testing.T, bucket, format string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucket([]byte(bucket))
		if err != nil {
			return err
		}
		if _, err := tx.CreateBucket([]byte("records")); err != nil {
			return err
		}
		return b.Put([]byte("format"), []byte(format))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestFileOfAMillion puts and lists 1,000,000 records with keys of 60 bytes and
// values of 200, and wants little of the heap.
func TestFileOfAMillion(t *testing.T) {
	records := 1_000_000
	if testing.Short() || underRace() {
		records = 50_000
	}
	f := newFile(t)
	peak := heapPeak{}
	start := peak.sample()
	value := []byte(strings.Repeat("v", 200))
	key := func(i int) string { return fmt.Sprintf("bucket-of-scans/2024/%02d/scan-%030d", i%12, i) }
	for from := 0; from < records; from += 1000 {
		batch := make([]state.Record, 1000)
		for i := range batch {
			batch[i] = state.Record{Set: "images", Key: key(from + i), Value: value}
		}
		if err := f.Put(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		if from%50_000 == 0 {
			peak.sample()
		}
	}
	n, last := 0, ""
	for r, err := range f.List(t.Context(), "images", "") {
		if err != nil {
			t.Fatal(err)
		}
		if r.Key <= last || len(r.Value) != len(value) {
			t.Fatalf("%q after %q, with %d bytes", r.Key, last, len(r.Value))
		}
		if n++; n%50_000 == 0 {
			peak.sample()
		}
		last = r.Key
	}
	if n != records {
		t.Errorf("listed %d records", n)
	}
	peak.sample()
	t.Logf("%d records, heap %.1f MiB, before %.1f MiB", records, float64(peak.most)/(1<<20), float64(start)/(1<<20))
	if peak.most > 50<<20 {
		t.Errorf("the heap has %d MiB", peak.most>>20)
	}
}

// underRace reports whether the race detector runs, which makes all slow.
func underRace() bool {
	build, _ := debug.ReadBuildInfo()
	return build != nil && slices.Contains(build.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

// A heapPeak is the most that the heap had when it was looked at.
type heapPeak struct{ most uint64 }

func (p *heapPeak) sample() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	p.most = max(p.most, m.HeapAlloc)
	return m.HeapAlloc
}
