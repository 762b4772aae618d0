package quantizer

import (
	"fmt"
	"testing"
)

// binaryVariants are the kinds of the encoder.
var binaryVariants = []Binary{
	{Bits: 1}, {Bits: 2}, {Bits: 4}, {Bits: 1, RandomRotation: true},
	{Bits: 1, ADC: true}, {Bits: 1, ADC: true, Space: InnerProduct},
}

func (b Binary) benchmarkName() string {
	name := fmt.Sprintf("bits=%d", b.Bits)
	if b.RandomRotation {
		name += "/rotated"
	}
	if b.ADC {
		name += "/adc"
	}
	if b.Space == InnerProduct {
		name += "/ip"
	}
	return name
}

func trainedForBenchmark(b *testing.B, method Binary) (Quantizer, *binaryRows, []byte) {
	b.Helper()
	rows := binaryDrawn(2000, 384, 1)
	q, err := method.Train(b.Context(), rows)
	if err != nil {
		b.Fatal(err)
	}
	codes := make([]byte, rows.Len()*q.CodeSize())
	q.Encode(codes, rows.values)
	return q, rows, codes
}

func BenchmarkBinaryEncode(b *testing.B) {
	for _, method := range binaryVariants[:4] {
		b.Run(method.benchmarkName(), func(b *testing.B) {
			q, rows, codes := trainedForBenchmark(b, method)
			b.SetBytes(int64(len(rows.values) * 4))
			for b.Loop() {
				q.Encode(codes, rows.values)
			}
		})
	}
}

func BenchmarkBinaryScore(b *testing.B) {
	for _, method := range binaryVariants {
		b.Run(method.benchmarkName(), func(b *testing.B) {
			q, rows, codes := trainedForBenchmark(b, method)
			query, scores := q.Query(rows.values[:384]), make([]float32, rows.Len())
			for b.Loop() {
				query.Score(scores, codes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(scores)), "ns/code")
		})
	}
}

func BenchmarkBinaryQuery(b *testing.B) {
	for _, method := range binaryVariants {
		b.Run(method.benchmarkName(), func(b *testing.B) {
			q, rows, _ := trainedForBenchmark(b, method)
			for b.Loop() {
				q.Query(rows.values[:384])
			}
		})
	}
}

func BenchmarkBinaryTrain(b *testing.B) {
	for _, method := range binaryVariants {
		b.Run(method.benchmarkName(), func(b *testing.B) {
			rows := binaryDrawn(2000, 384, 1)
			method.Rotations = &Rotations{}
			b.SetBytes(int64(len(rows.values) * 4))
			for b.Loop() {
				if _, err := method.Train(b.Context(), rows); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRotationMatrix(b *testing.B) {
	for _, dimension := range []int{384, 1024} {
		b.Run(fmt.Sprint(dimension), func(b *testing.B) {
			for b.Loop() {
				if _, err := makeRotation(b.Context(), dimension); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
