package integration_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/awspatterns/awspatterns/parquet"
	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// usageTotals reads an archive as an analyst does: all objects of a table at once.
const usageTotals = `
import duckdb, json, sys
folder, format = sys.argv[1:]
c = duckdb.connect()
table = {
  "csv": f"read_csv('{folder}/*/queries/*/*.csv.gz', header = true, delim = ',', quote = '\"', escape = '\"', all_varchar = true)",
  "parquet": f"read_parquet('{folder}/*/queries/*/*.parquet')",
}[format]
print(json.dumps(c.execute(f"""SELECT count(*), CAST(sum(CAST(execution_us AS BIGINT)) AS BIGINT), count(DISTINCT username),
  CAST(sum(CASE WHEN CAST(result_cache_hit AS BOOLEAN) THEN 1 ELSE 0 END) AS BIGINT),
  epoch_us(max(CAST(end_time AS TIMESTAMPTZ))), max(CASE WHEN CAST(query_id AS BIGINT) = 7 THEN query_label END) FROM {table}""").fetchone()))
`

// TestRedshiftUsageFiles has DuckDB read an archive in both formats: rows, sums, times and
// text are those that were merged.
func TestRedshiftUsageFiles(t *testing.T) {
	python := engine(t, "duckdb", "bin/python")
	const label = `nightly, "load" é` + "\u2028"
	begun := time.Date(2026, 11, 1, 23, 30, 0, 0, time.UTC)
	var queries []chargeback.Query
	var execution, hits int64
	for i := range 3000 {
		end := begun.Add(time.Duration(i)*2*time.Second + 5*time.Microsecond)
		q := chargeback.Query{
			ID: int64(i), User: fmt.Sprint("user ", i%7), Database: "dev", Status: "success", CacheHit: i%10 == 0,
			Start: end.Add(-time.Second), End: end, Elapsed: time.Second, Execution: time.Duration(i) * time.Microsecond,
		}
		if i == 7 {
			q.Label = label
		}
		if q.CacheHit {
			hits++
		}
		execution += int64(i)
		queries = append(queries, q)
	}
	last := queries[len(queries)-1].End.UnixMicro()
	want, err := json.Marshal([]any{3000, execution, 7, hits, last, label})
	if err != nil {
		t.Fatal(err)
	}
	for name, format := range map[string]chargeback.Format{"csv": chargeback.CSV{}, "parquet": parquet.Usage{}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			archive := chargeback.Archive{Store: chargeback.NewFolder(dir), Format: format}
			const warehouse = "111111111111/us-east-1/workgroup/sales"
			merged, err := chargeback.Merge(t.Context(), archive, warehouse, func(yield func(chargeback.Query, error) bool) {
				for _, q := range queries {
					if !yield(q, nil) {
						return
					}
				}
			})
			if err != nil || merged != (chargeback.Merged{Added: 3000, Objects: 3}) {
				t.Fatalf("got %+v and %v", merged, err)
			}
			out, err := exec.Command(python, "-c", usageTotals, dir, name).CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if got := compactJSON(t, out); got != compactJSON(t, want) {
				t.Errorf("got %s, want %s", got, want)
			}
			var back []chargeback.Query
			for q, err := range chargeback.Read[chargeback.Query](t.Context(), archive, warehouse, chargeback.Interval{From: begun, To: begun.AddDate(0, 0, 1)}) {
				if err != nil {
					t.Fatal(err)
				}
				back = append(back, q)
			}
			if !slices.Equal(back, queries) {
				t.Errorf("got %d other rows", len(back))
			}
		})
	}
}

// compactJSON returns a document in the one form that Go writes.
func compactJSON(t *testing.T, text []byte) string {
	t.Helper()
	var v []any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
