package compare

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/internal/allocate"
)

const (
	allocateMinutes = 30 * 24 * 60
	allocateCharge  = 480e6 // of each minute, in millionths of the currency
	allocateUsers   = 1000
)

// A queryRow is what one query ran, in microseconds of the month.
type queryRow struct {
	user         int
	began, ended int64
}

// queryRows makes n of them in the order in which they began, as an archive has them.
// They run 20 seconds on average.
func queryRows(n int) []queryRow {
	random := rand.New(rand.NewPCG(5, 6))
	rows := make([]queryRow, n)
	for i := range rows {
		began := random.Int64N(allocateMinutes * 60e6)
		rows[i] = queryRow{random.IntN(allocateUsers), began, began + 1 + int64(random.ExpFloat64()*20e6)}
	}
	slices.SortFunc(rows, func(a, b queryRow) int { return cmp.Compare(a.began, b.began) })
	return rows
}

// shareQueries shares the charge of each minute by what ran in it, and returns the sum of
// each user, and that of all minutes in which somebody ran.
func shareQueries(rows []queryRow) (amounts []int64, charged int64, heap uint64) {
	ledger := allocate.NewLedger(time.Minute)
	for _, row := range rows {
		ledger.Add(row.user, time.UnixMicro(row.began), time.UnixMicro(row.ended), row.ended-row.began)
	}
	amounts = make([]int64, allocateUsers)
	for m := range int64(allocateMinutes) {
		shares, active := ledger.Share(time.Unix(m*60, 0), time.Unix(m*60+60, 0), allocateCharge)
		if !active {
			continue
		}
		charged += allocateCharge
		for _, s := range shares {
			amounts[s.Key] += s.Amount
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return amounts, charged, m.HeapInuse
}

// A duckAllocation is a process that has the rows in memory.
type duckAllocation struct {
	tb     testing.TB
	folder string
	in     *os.File
	out    *bufio.Reader
}

func newDuckAllocation(tb testing.TB, rows []queryRow) *duckAllocation {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Fatal(err)
	}
	python := filepath.Join(cmp.Or(os.Getenv("AWSPATTERNS_ENGINES"), filepath.Join(cache, "awspatterns", "engines")), "duckdb", "bin", "python")
	if _, err := os.Stat(python); err != nil {
		tb.Skip("no DuckDB: run engines.sh duckdb")
	}
	d := &duckAllocation{tb: tb, folder: tb.TempDir()}
	file := filepath.Join(d.folder, "rows.csv")
	if err := writeQueryRows(file, rows); err != nil {
		tb.Fatal(err)
	}
	command := exec.Command(python, filepath.Join("testdata", "duckdb_allocate.py"), file,
		strconv.Itoa(allocateCharge), strconv.Itoa(allocateMinutes), strconv.Itoa(1))
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	in, write, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	command.Stdin, d.in, d.out = in, write, bufio.NewReader(out)
	if err := command.Start(); err != nil {
		tb.Fatal(err)
	}
	in.Close()
	tb.Cleanup(func() {
		write.Close()
		command.Wait()
	})
	if line, err := d.out.ReadString('\n'); err != nil || line != "ready\n" {
		tb.Fatalf("DuckDB: %q, %v", line, err)
	}
	return d
}

func writeQueryRows(name string, rows []queryRow) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	w := bufio.NewWriter(file)
	for _, row := range rows {
		fmt.Fprintf(w, "%d,%d,%d\n", row.user, row.began, row.ended)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return file.Close()
}

// share returns the sum of each user.
func (d *duckAllocation) share() (amounts []float64, seconds, cpu, peakMiB float64) {
	d.tb.Helper()
	name := filepath.Join(d.folder, "amounts")
	fmt.Fprintln(d.in, name)
	line, err := d.out.ReadString('\n')
	if err == nil {
		_, err = fmt.Sscan(line, &seconds, &cpu, &peakMiB)
	}
	if err != nil {
		d.tb.Fatalf("DuckDB: %q: %v", line, err)
	}
	file, err := os.Open(name)
	if err != nil {
		d.tb.Fatal(err)
	}
	defer file.Close()
	amounts = make([]float64, allocateUsers)
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var user int
		var amount float64
		if _, err := fmt.Sscan(lines.Text(), &user, &amount); err != nil {
			d.tb.Fatalf("%q: %v", lines.Text(), err)
		}
		amounts[user] = amount
	}
	return amounts, seconds, cpu, peakMiB / 1024
}

// sameAmounts compares sums of users to a millionth: DuckDB has them as floating point, and
// does not round them to shares that add up.
func sameAmounts(tb testing.TB, ours []int64, theirs []float64) {
	tb.Helper()
	for user, want := range theirs {
		if got := float64(ours[user]); math.Abs(got-want) > 1e-6*want {
			tb.Errorf("user %d: %.0f, and %f by DuckDB", user, got, want)
		}
	}
}

// Both share alike, and ours add up to what was charged.
func TestAllocationAgrees(t *testing.T) {
	rows := queryRows(200_000)
	theirs, _, _, _ := newDuckAllocation(t, rows).share()
	ours, charged, _ := shareQueries(rows)
	sameAmounts(t, ours, theirs)
	var sum int64
	for _, amount := range ours {
		sum += amount
	}
	if sum != charged || charged == 0 {
		t.Errorf("shared %d of %d", sum, charged)
	}
}

// BenchmarkAllocate shares the charges of a month's minutes by 10,000,000 queries of 1,000
// users, 100,000 with -short, with one goroutine and one thread, in turn.
func BenchmarkAllocate(b *testing.B) {
	n := 10_000_000
	if testing.Short() {
		n = 100_000
	}
	rows := queryRows(n)
	duck := newDuckAllocation(b, rows)
	var ours, theirs time.Duration
	var heap, peak, base float64
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	base = float64(before.HeapInuse)
	for b.Loop() {
		began := time.Now()
		amounts, _, inuse := shareQueries(rows)
		ours += time.Since(began)
		heap = max(heap, (float64(inuse)-base)/(1<<20))

		b.StopTimer()
		want, seconds, _, mib := duck.share()
		theirs += time.Duration(seconds * float64(time.Second))
		peak = mib
		sameAmounts(b, amounts, want)
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/ours.Seconds(), "rows/s")
	b.ReportMetric(float64(n)*float64(b.N)/theirs.Seconds(), "duckdb-rows/s")
	b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-duckdb")
	b.ReportMetric(heap, "MiB-heap")
	b.ReportMetric(peak, "duckdb-MiB-peak")
}
