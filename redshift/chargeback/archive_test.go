package chargeback

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const warehouse = "111111111111/us-east-1/workgroup/sales"

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func seqOf[T any](rows ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

func always() Interval { return Interval{noon.AddDate(-1, 0, 0), noon.AddDate(1, 0, 0)} }

func readAll[T Row](t *testing.T, a Archive, in Interval) []T {
	t.Helper()
	var all []T
	for row, err := range Read[T](t.Context(), a, warehouse, in) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	return all
}

func mergeAll[T Row](t *testing.T, a Archive, rows ...T) Merged {
	t.Helper()
	m, err := Merge(t.Context(), a, warehouse, seqOf(rows...))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// hostile is text that formats tend to stumble over.
const hostile = " \"a\",b\\N\r\n\x00\x1f\x7f\\x41é\u2028\ufffd=1+1 "

// drawn fills a row with values, at times around noon.
func drawn[T Row](r *rand.Rand) T {
	var row T
	for _, c := range tableOf[T]().column {
		switch at := c.at(&row).(type) {
		case *string:
			*at = []string{"", "dev", hostile, `\N`, "IAMR:etl"}[r.IntN(5)]
		case *int64:
			*at = r.Int64N(50) - 5
		case *bool:
			*at = r.IntN(2) == 0
		case *time.Time:
			*at = noon.Add(time.Duration(r.Int64N(48*3600)) * time.Second / 2).Add(time.Duration(r.IntN(3)) * time.Microsecond)
		case *time.Duration:
			*at = time.Duration(r.Int64N(1e6)) * time.Microsecond
		}
	}
	return row
}

// forEachTable runs a test for each type of rows.
func forEachTable(t *testing.T, test interface{ run(*testing.T, Table) }) {
	for _, name := range []Table{Minutes, Queries, Transactions, Opens, SchemaSizes, Scalings, Scans, Memberships, States} {
		t.Run(string(name), func(t *testing.T) { test.run(t, name) })
	}
}

type everyTable struct{}

func (everyTable) run(t *testing.T, name Table) {
	switch name {
	case Minutes:
		checkModel[Minute](t)
	case Queries:
		checkModel[Query](t)
	case Transactions:
		checkModel[Transaction](t)
	case Opens:
		checkModel[Open](t)
	case SchemaSizes:
		checkModel[SchemaSize](t)
	case Scalings:
		checkModel[Scaling](t)
	case Scans:
		checkModel[Scan](t)
	case Memberships:
		checkModel[Membership](t)
	case States:
		checkModel[ClusterState](t)
	}
}

// TestMergeModel merges batches that overlap, and compares with a map of the rows by object
// and key.
func TestMergeModel(t *testing.T) { forEachTable(t, everyTable{}) }

func checkModel[T Row](t *testing.T) {
	table := tableOf[T]()
	r := rand.New(rand.NewPCG(1, 2))
	store := NewMemory()
	a := Archive{Store: store}
	type place struct {
		object string
		key    rowKey
	}
	model := map[place]T{}
	for range 8 {
		var batch []T
		before := maps.Clone(model)
		for range r.IntN(40) {
			row := drawn[T](r)
			batch = append(batch, row)
			model[place{objectOf("", "", table.hourly, table.time(&row)).name, table.key(&row)}] = row
		}
		want := Merged{Added: len(model) - len(before)}
		for at, row := range before {
			if model[at] != row {
				want.Changed++
			}
		}
		got := mergeAll(t, a, batch...)
		if table.hourly { // a group may have been written twice, and changed what the batch added
			got.Changed = max(got.Changed, want.Changed)
			want.Changed = got.Changed
		}
		if got.Added != want.Added || got.Changed != want.Changed {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	want := slices.SortedFunc(maps.Values(model), table.compare)
	if got := readAll[T](t, a, always()); !slices.Equal(got, want) {
		t.Fatalf("got %v\nwant %v", got, want)
	}
	if got := mergeAll(t, a, want...); got != (Merged{}) {
		t.Errorf("merging again wrote %+v", got)
	}
	in := Interval{noon.Add(90*time.Minute + time.Second), noon.Add(13 * time.Hour)}
	want = slices.DeleteFunc(want, func(row T) bool { return !in.contains(table.time(&row)) })
	if got := readAll[T](t, a, in); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("got %d rows of a part, want %d", len(got), len(want))
	}
}

// TestTables checks what the descriptions of tables promise: all fields, each once, and the
// documented key.
func TestTables(t *testing.T) {
	checkFields[Minute](t, "start_time")
	checkFields[Query](t, "query_id")
	checkFields[Transaction](t, "transaction_id")
	checkFields[Open](t, "taken transaction_id")
	checkFields[SchemaSize](t, "taken database_name schema_name")
	checkFields[Scaling](t, "start_time end_time")
	checkFields[Scan](t, "query_id")
	checkFields[Membership](t, "taken member member_is_role role_name")
	checkFields[ClusterState](t, "taken")
}

func checkFields[T Row](t *testing.T, key string) {
	table := tableOf[T]()
	names, kinds := table.header()
	if got := strings.Join(names[:table.keys], " "); got != key {
		t.Errorf("%s: the key is %s, want %s", table.name, got, key)
	}
	var row T
	var at []any
	for _, c := range table.column {
		at = append(at, c.at(&row))
	}
	fields := reflect.ValueOf(&row).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i).Addr().Interface()
		if n := slices.Index(at, field); n < 0 || slices.Contains(at[n+1:], field) {
			t.Errorf("%s: field %s is not kept, or twice", table.name, fields.Type().Field(i).Name)
		}
	}
	if len(at) != fields.NumField() || len(kinds) != len(names) {
		t.Errorf("%s: %d columns and %d kinds for %d fields", table.name, len(at), len(kinds), fields.NumField())
	}
}

// counted counts what is asked of a Store.
type counted struct {
	Store
	gets, puts int
	names      []string
}

func (c *counted) Get(ctx context.Context, name string) ([]byte, string, error) {
	c.gets++
	c.names = append(c.names, name)
	return c.Store.Get(ctx, name)
}

func (c *counted) Put(ctx context.Context, name, version string, body []byte) error {
	c.puts++
	return c.Store.Put(ctx, name, version, body)
}

func TestNames(t *testing.T) {
	a := Archive{Store: NewMemory()}
	mergeAll(t, a, Query{ID: 1, End: noon.Add(61 * time.Minute)}, Query{ID: 2, End: time.Date(2026, 11, 1, 23, 0, 0, 0, time.FixedZone("", -3*3600))})
	mergeAll(t, a, Minute{Start: noon}, Minute{Start: noon.Add(time.Minute)})
	if err := a.Cover(t.Context(), warehouse, func(*Coverage) {}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for name, err := range a.Store.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	const folder = "111111111111~us-east-1~workgroup~sales/"
	want := []string{
		folder + "coverage.json",
		folder + "minutes/day=2026-11-01/rows.csv.gz",
		folder + "queries/day=2026-11-01/hour=13.csv.gz",
		folder + "queries/day=2026-11-02/hour=02.csv.gz",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// TestFolders checks that no two warehouses have one folder, not even where case does not
// count, and that all folders are names that stores take.
func TestFolders(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{
		"a", "A", "a/b", "a~b", "a%2fb", "a%7eb", "a\\b", "..", ".", "../a", "/", "//", "~", "%", "%25", "é", "e\u0301", "a b", "a\x00", "\xff", "a.b", "a=b",
		"///", "a:b", "111111111111/us-east-1/cluster/a", "111111111111/us-east-1/workgroup/a",
	} {
		folder, err := folderOf(key)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[strings.ToLower(folder)]; ok {
			t.Errorf("%q and %q are both %q", key, other, folder)
		}
		seen[strings.ToLower(folder)] = key
		if err := checkCall(t.Context(), folder+"/coverage.json"); err != nil || strings.Contains(folder, "/") {
			t.Errorf("%q: %q, %v", key, folder, err)
		}
	}
	for _, key := range []string{"", strings.Repeat("a", 256), strings.Repeat("A", 86)} {
		if folder, err := folderOf(key); err == nil {
			t.Errorf("%q: got %q", key, folder)
		}
	}
}

// TestReadPrunes counts the objects that are read for an interval.
func TestReadPrunes(t *testing.T) {
	c := &counted{Store: NewMemory()}
	a := Archive{Store: c}
	var rows []Query
	for hour := range 72 {
		rows = append(rows, Query{ID: int64(hour), End: noon.Add(time.Duration(hour) * time.Hour)})
	}
	if m := mergeAll(t, a, rows...); m != (Merged{Added: 72, Objects: 72}) || c.puts != 72 || c.gets != 72 {
		t.Fatalf("got %+v with %d reads and %d writes", m, c.gets, c.puts)
	}
	for _, test := range []struct {
		from, to time.Duration
		gets     int
		rows     int
	}{
		{0, 0, 0, 0},
		{0, 1, 1, 1},
		{0, time.Hour, 1, 1},
		{0, time.Hour + 1, 2, 2},
		{-time.Hour, time.Minute, 1, 1},
		{time.Minute, time.Hour, 1, 0},
		{-1e6 * time.Hour, 1e6 * time.Hour, 72, 72},
	} {
		c.gets = 0
		if got := readAll[Query](t, a, Interval{noon.Add(test.from), noon.Add(test.to)}); len(got) != test.rows || c.gets != test.gets {
			t.Errorf("%v to %v: got %d rows of %d objects, want %d of %d", test.from, test.to, len(got), c.gets, test.rows, test.gets)
		}
	}
	for range Read[Query](t.Context(), a, warehouse, always()) {
		break
	}
	c.gets = 0
	for row, err := range Read[Query](t.Context(), a, warehouse, Interval{noon, noon.Add(-1)}) {
		if err == nil || c.gets > 0 {
			t.Errorf("an interval that ends before it begins: got %v", row)
		}
	}
}

// TestUnreadable puts objects into the archive that do not belong there: each is an error
// that names it, and none is left out.
func TestUnreadable(t *testing.T) {
	const folder = "111111111111~us-east-1~workgroup~sales/queries/"
	const own = folder + "day=2026-11-01/hour=12.csv.gz"
	names, kinds := queryTable.header()
	object := func(names, kinds []string, rows ...Query) []byte {
		var b strings.Builder
		values := make([][]any, len(rows))
		for i := range rows {
			values[i] = make([]any, len(queryTable.column))
			queryTable.values(&rows[i], values[i])
			values[i] = values[i][:len(names)]
		}
		if err := (CSV{}).Encode(&b, names, kinds, seqOf(values...)); err != nil {
			t.Fatal(err)
		}
		return []byte(b.String())
	}
	sound := object(names, kinds, Query{ID: 1, End: noon})
	for what, test := range map[string]struct {
		name string
		body []byte
		want string
	}{
		"text":              {own, []byte("hello"), "no gzipped CSV"},
		"nothing":           {own, nil, "no gzipped CSV"},
		"half of it":        {own, sound[:len(sound)-9], "row 2: unexpected EOF"},
		"a missing column":  {own, object(names[:5], kinds[:5], Query{ID: 1}), "no column query_type"},
		"another hour":      {own, object(names, kinds, Query{ID: 1, End: noon}, Query{ID: 2, End: noon.Add(time.Hour)}), "row 2: its time is 2026-11-01 13:00:00"},
		"no time":           {own, object(names, kinds, Query{ID: 1}), "row 1: its time is 0001"},
		"a row twice":       {own, object(names, kinds, Query{ID: 7, End: noon}, Query{ID: 7, End: noon, User: "a"}), "two rows have the key [7]"},
		"another format":    {folder + "day=2026-11-01/hour=12.parquet", nil, "use the format"},
		"a copy":            {folder + "day=2026-11-01/hour=12 (1).csv.gz", sound, "is no object of this archive"},
		"a day":             {folder + "day=2026-11-01/rows.csv.gz", sound, "is no object of this archive"},
		"no date":           {folder + "day=2026-11-31/hour=12.csv.gz", sound, "is no object of this archive"},
		"an hour too many":  {folder + "day=2026-11-01/hour=24.csv.gz", sound, "is no object of this archive"},
		"something else":    {folder + "day=2026-1notes.txt", nil, "is no object of this archive"},
		"an hour otherwise": {folder + "day=2026-11-01/hour=12.csv.gz.csv.gz", sound, "is no object of this archive"},
	} {
		t.Run(what, func(t *testing.T) {
			m := NewMemory().(*memory)
			m.objects[test.name] = memoryObject{test.body, "1"}
			n := 0
			for row, err := range Read[Query](t.Context(), Archive{Store: m}, warehouse, Interval{noon.AddDate(0, -1, 0), noon.AddDate(0, 1, 0)}) {
				if n++; err == nil || !strings.Contains(err.Error(), test.name) || !strings.Contains(err.Error(), test.want) {
					t.Errorf("got %v and %v, want %q", row, err, test.want)
				}
			}
			if n != 1 {
				t.Errorf("got %d rows and errors", n)
			}
			if _, err := Merge(t.Context(), Archive{Store: m}, warehouse, seqOf(Query{ID: 1, End: noon})); (err == nil) != (test.name != own) {
				t.Errorf("merging: got %v", err)
			}
			if test.name == own && m.writes > 0 {
				t.Error("it was written over")
			}
		})
	}
}

// TestExtraColumns reads objects of a later version, which has more columns, in another
// order.
func TestExtraColumns(t *testing.T) {
	var b strings.Builder
	err := CSV{}.Encode(&b, []string{"new", "end_time", "scanned_bytes", "username", "query_id"}, []string{"bool", "timestamp", "int64", "string", "int64"},
		seqOf([]any{nil, noon, int64(5), "a", int64(9)}))
	if err != nil {
		t.Fatal(err)
	}
	m := NewMemory().(*memory)
	m.objects["111111111111~us-east-1~workgroup~sales/scans/day=2026-11-01/hour=12.csv.gz"] = memoryObject{[]byte(b.String()), "1"}
	if got, want := readAll[Scan](t, Archive{Store: m}, always()), []Scan{{Query: 9, User: "a", End: noon, Bytes: 5}}; !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

// TestMergeNothing merges what is no row, or comes with an error.
func TestMergeNothing(t *testing.T) {
	c := &counted{Store: NewMemory()}
	a := Archive{Store: c}
	enough := errors.New("enough")
	failing := func(yield func(Minute, error) bool) { _ = yield(Minute{Start: noon}, nil) && yield(Minute{}, enough) }
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
	for what, try := range map[string]func() (Merged, error){
		"no rows":  func() (Merged, error) { return Merge(t.Context(), a, warehouse, seqOf[Minute]()) },
		"an error": func() (Merged, error) { return Merge(t.Context(), a, warehouse, failing) },
		"no time":  func() (Merged, error) { return Merge(t.Context(), a, warehouse, seqOf(Minute{Charged: 1})) },
		"the year 10000": func() (Merged, error) {
			return Merge(t.Context(), a, warehouse, seqOf(Minute{Start: noon.AddDate(8000, 0, 0)}))
		},
		"no warehouse": func() (Merged, error) { return Merge(t.Context(), a, "", seqOf(Minute{Start: noon})) },
		"no store":     func() (Merged, error) { return Merge(t.Context(), Archive{}, warehouse, seqOf(Minute{Start: noon})) },
		"canceled":     func() (Merged, error) { return Merge(canceled, a, warehouse, seqOf(Minute{Start: noon})) },
	} {
		got, err := try()
		if (err == nil) != (what == "no rows") || got != (Merged{}) || c.puts > 0 {
			t.Errorf("%s: got %+v and %v, %d writes", what, got, err, c.puts)
		}
		if (what == "an error" || what == "canceled") && !errors.Is(err, enough) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for _, err := range Read[Minute](canceled, a, warehouse, always()) {
		if err != nil && !errors.Is(err, enough) {
			t.Errorf("got %v", err)
		}
	}
}

// TestMergeOrder merges rows that jump to and fro between more objects than are held.
func TestMergeOrder(t *testing.T) {
	c := &counted{Store: NewMemory()}
	a := Archive{Store: c}
	var rows []Query
	for i := range 40 {
		rows = append(rows, Query{ID: int64(i), End: noon.Add(time.Duration(i%mergeObjects) * time.Hour)})
	}
	if got := mergeAll(t, a, rows...); got != (Merged{Added: 40, Objects: mergeObjects}) || c.puts != mergeObjects {
		t.Errorf("got %+v", got)
	}
	rows = nil
	for i := range 40 {
		rows = append(rows, Query{ID: int64(i + 100), End: noon.Add(time.Duration(i%(mergeObjects+1)) * time.Hour)})
	}
	if got := mergeAll(t, a, rows...); got.Added != 40 || got.Objects <= mergeObjects {
		t.Errorf("got %+v", got)
	}
	if got := readAll[Query](t, a, always()); len(got) != 80 {
		t.Errorf("got %d rows", len(got))
	}
}

// A racing store lets another process write before each of the first so many Puts.
type racing struct {
	Store
	times int
	other func()
}

func (r *racing) Put(ctx context.Context, name, version string, body []byte) error {
	if r.times > 0 {
		r.times--
		r.other()
	}
	return r.Store.Put(ctx, name, version, body)
}

func TestMergeConflicts(t *testing.T) {
	for _, test := range []struct {
		times int
		want  error
	}{{0, nil}, {1, nil}, {9, nil}, {10, ErrConflict}} {
		store, n := NewMemory(), int64(100)
		r := &racing{store, test.times, func() {
			n++
			mergeAll(t, Archive{Store: store}, Query{ID: n, End: noon})
		}}
		got, err := Merge(t.Context(), Archive{Store: r}, warehouse, seqOf(Query{ID: 1, End: noon}))
		rows := readAll[Query](t, Archive{Store: store}, always())
		if !errors.Is(err, test.want) || err == nil && (got != (Merged{Added: 1, Objects: 1}) || len(rows) != test.times+1) {
			t.Errorf("%d times: got %+v and %v, %d rows", test.times, got, err, len(rows))
		}
	}
}

// TestMergeAtOnce has several processes merge into the same objects of a folder.
func TestMergeAtOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		group.Go(func() {
			a := Archive{Store: NewFolder(dir)}
			for j := range 5 {
				rows := []Minute{{Start: noon.Add(time.Duration(j) * time.Minute), Charged: 8}, {Start: noon.Add(time.Duration(100*i+j+10) * time.Minute)}}
				_, err := Merge(t.Context(), a, warehouse, seqOf(rows...))
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	group.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	if got := readAll[Minute](t, Archive{Store: NewFolder(dir)}, always()); len(got) != 4*5+5 {
		t.Errorf("got %d rows, want 25", len(got))
	}
}

func BenchmarkRead(b *testing.B) {
	const n = 20_000
	a := Archive{Store: NewMemory()}
	var rows []Query
	for i := range n {
		end := noon.Add(time.Duration(i) * 100 * time.Millisecond)
		rows = append(rows, Query{
			ID: int64(i), Transaction: int64(i), User: "IAMR:etl", Label: "nightly", Database: "dev", Type: "SELECT", Status: "success",
			Start: end.Add(-time.Second), End: end, Elapsed: time.Second, Execution: time.Second,
		})
	}
	if _, err := Merge(b.Context(), a, warehouse, seqOf(rows...)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		read := 0
		for _, err := range Read[Query](b.Context(), a, warehouse, always()) {
			if err != nil {
				b.Fatal(err)
			}
			read++
		}
		if read != n {
			b.Fatal(read)
		}
	}
	b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func ExampleRead() {
	ctx := context.Background()
	archive := Archive{Store: NewMemory()}
	key := "111111111111/us-east-1/workgroup/sales"
	minutes := seqOf(Minute{Start: noon, End: noon.Add(time.Minute), Charged: 480})
	if _, err := Merge(ctx, archive, key, minutes); err != nil {
		fmt.Println(err)
	}
	for m, err := range Read[Minute](ctx, archive, key, Interval{noon, noon.Add(time.Hour)}) {
		fmt.Println(m.Start, m.Charged, err)
	}
	// Output: 2026-11-01 12:00:00 +0000 UTC 480 <nil>
}
