package bulk_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/bulk"
)

// answers are of 5,000 items, as servers write them.
func answers() map[string]string {
	list := func(item func(i int) string) string {
		items := make([]string, 5000)
		for i := range items {
			items[i] = `{"index":` + item(i) + `}`
		}
		return `{"took":30,"errors":true,"items":[` + strings.Join(items, ",") + `]}`
	}
	return map[string]string{
		"whole": list(func(i int) string {
			return fmt.Sprintf(`{"_index":"movies","_id":"tt%07d","_version":1,"result":"created","_shards":{"total":2,"successful":1,"failed":0},"_seq_no":%d,"_primary_term":1,"status":201}`, i, i)
		}),
		"filtered": list(func(i int) string { return `{"result":"created","status":201}` }),
		"conflicts": list(func(i int) string {
			return fmt.Sprintf(`{"_index":"movies","_id":"tt%07d","status":409,"error":{"type":"version_conflict_engine_exception","reason":"[tt%07d]: version conflict, document already exists (current version [1])","index":"movies","shard":"0","index_uuid":"qJ0xR8hVQoq2g6rZBc2cLA"}}`, i, i)
		}),
	}
}

func BenchmarkParseAnswer(b *testing.B) {
	for name, answer := range answers() {
		b.Run(name, func(b *testing.B) {
			body := []byte(answer)
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := bulk.ParseAnswer(body, bulk.Index, 5000, func(int, bulk.Item) {}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppendItem(b *testing.B) {
	source := []byte(`{"title":"` + strings.Repeat("a film of its time ", 50) + `"}`)
	for _, a := range []bulk.Action{bulk.Create, bulk.Update} {
		b.Run(string(a), func(b *testing.B) {
			dst := bulk.AppendItem(nil, a, "tt0000001", "de", source)
			b.SetBytes(int64(len(dst)))
			b.ReportAllocs()
			for b.Loop() {
				dst = bulk.AppendItem(dst[:0], a, "tt0000001", "de", source)
			}
		})
	}
}
