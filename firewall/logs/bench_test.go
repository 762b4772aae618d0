package logs

import (
	"bytes"
	"testing"

	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// sample returns logs that are invented.
func sample(tb testing.TB, events int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := firewalllogs.Write(&b, firewalllogs.Options{Seed: 1, Events: events}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkDecode(b *testing.B) {
	text := sample(b, 20_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var d decoder
	for b.Loop() {
		for line := range bytes.Lines(text) {
			if !d.decode(line) {
				b.Fatal(d.reason)
			}
		}
	}
}

func BenchmarkAnalyze(b *testing.B) {
	text := sample(b, 200_000)
	for _, bench := range []struct {
		name string
		opts Options
	}{{"exact", Options{Workers: 1}}, {"bounded", Options{Workers: 1, Entries: 1000}}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				bench.opts.Sources = Reader("benchmark", bytes.NewReader(text))
				if r, err := Analyze(b.Context(), bench.opts); err != nil || r.Lines != 200_000 {
					b.Fatal(r.Totals, err)
				}
			}
		})
	}
}
