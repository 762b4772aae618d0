package jsonscan_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

// BenchmarkSkip checks a document like a manifest, with keys, short strings and
// SQL, beside the check of encoding/json.
func BenchmarkSkip(b *testing.B) {
	var doc bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&doc, `%c{"unique_id": "model.shop.m%d", "tags": ["a", "b"], "created_at": 1763764000.25, "enabled": true, "group": null, "sql": %q}`,
			map[bool]rune{true: '[', false: ','}[i == 0], i, bytes.Repeat([]byte("select customer_id, amount\nfrom \"raw\".orders\n"), 8))
	}
	doc.WriteByte(']')
	b.Run("jsonscan", func(b *testing.B) {
		b.SetBytes(int64(doc.Len()))
		b.ReportAllocs()
		for b.Loop() {
			s := jsonscan.New(bytes.NewReader(doc.Bytes()))
			if err := s.Skip(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json.Valid", func(b *testing.B) {
		b.SetBytes(int64(doc.Len()))
		for b.Loop() {
			if !json.Valid(doc.Bytes()) {
				b.Fatal("not valid")
			}
		}
	})
}
