package chargeback

import (
	"fmt"
	"iter"
	"runtime"
	"testing"
	"time"
)

// BenchmarkComputeBill bills a month of 1,000,000 queries of 1,000 users on one workgroup,
// 20,000 with -short, from an archive in files. The heap that is reported is the largest
// that is looked at while the bill is computed, with garbage.
func BenchmarkComputeBill(b *testing.B) {
	rows := int64(1_000_000)
	if testing.Short() {
		rows = 20_000
	}
	w := workgroupOf("")
	w.Rules = byUsers()
	o := optionsOf(w)
	o.Prices, o.Usage = chargePrices(), Archive{Store: NewFolder(b.TempDir())}
	o.Period = Interval{utc("2026-11-01 00:00:00"), utc("2026-12-01 00:00:00")}
	putMonth(b, o, w, rows)
	for i := range 1000 {
		w.Rules[""].ByUsage.Users[fmt.Sprint("user", i)] = []string{"a", "b", "c"}[i%3]
	}
	var heap uint64
	looked := 0
	o.Progress = func(Progress) {
		if looked++; looked%16 == 1 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			heap = max(heap, m.HeapInuse)
		}
	}
	for b.Loop() {
		bill, err := ComputeBill(b.Context(), o)
		if err != nil || len(bill.Charges) == 0 || bill.Check() != nil || len(bill.Gaps) > 0 {
			b.Fatal(err, bill.Charges, bill.Gaps, bill.Check())
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(heap)/(1<<20), "MiB-heap")
}

// putMonth archives queries, each a transaction, that are spread over the period, and a
// charge in each of its minutes.
func putMonth(b *testing.B, o BillOptions, w Warehouse, n int64) {
	apart := o.Period.To.Sub(o.Period.From) / time.Duration(n)
	end := func(i int64) time.Time { return o.Period.From.Add(time.Duration(i) * apart).Truncate(time.Microsecond) }
	took := func(i int64) time.Duration { return time.Duration(1+i*7919%40_000) * time.Millisecond }
	user := func(i int64) string { return fmt.Sprint("user", i*31%1000) }
	_, err := Merge(b.Context(), o.Usage, w.Key(), rowsOf(n, func(i int64) Query {
		return Query{
			ID: i, Transaction: i, User: user(i), Database: "dev", Type: "SELECT", Status: "success",
			Start: end(i).Add(-took(i)), End: end(i), Elapsed: took(i), Execution: took(i),
		}
	}))
	if err == nil {
		_, err = Merge(b.Context(), o.Usage, w.Key(), rowsOf(n, func(i int64) Transaction {
			return Transaction{ID: i, User: user(i), Status: "committed", Start: end(i).Add(-took(i)), End: end(i)}
		}))
	}
	if err == nil {
		minutes := int64(o.Period.To.Sub(o.Period.From) / time.Minute)
		_, err = Merge(b.Context(), o.Usage, w.Key(), rowsOf(minutes, func(i int64) Minute {
			at := o.Period.From.Add(time.Duration(i) * time.Minute)
			return Minute{Start: at, End: at.Add(time.Minute), Charged: 480}
		}))
	}
	if err == nil {
		err = o.Usage.Cover(b.Context(), w.Key(), func(c *Coverage) {
			c.Region, c.Taken = "us-east-1", map[Table][]time.Time{Opens: {o.Period.To}}
			for _, table := range []Table{Minutes, Queries, Transactions} {
				*c = c.With(table, Interval{o.Period.From.Add(-lookBack), o.Period.To})
			}
		})
	}
	if err != nil {
		b.Fatal(err)
	}
}

func rowsOf[T Row](n int64, row func(int64) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for i := range n {
			if !yield(row(i), nil) {
				return
			}
		}
	}
}
