package distance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// An arm of a benchmark does all of the work in one way.
type arm struct {
	name string
	run  func()
	took []time.Duration
}

// inTurn runs the arms in turn and reports, for each, what one of count things takes, and
// how many times as fast as the first arm it is: medians of the rounds, since other
// programs may take a part of any of them.
func inTurn(b *testing.B, unit string, count int, arms []*arm) {
	for b.Loop() {
		for _, a := range arms {
			began := time.Now()
			a.run()
			a.took = append(a.took, time.Since(began))
		}
	}
	b.ReportMetric(0, "ns/op") // of all arms: it means nothing
	for _, a := range arms {
		var times []float64
		for i, took := range a.took {
			times = append(times, float64(arms[0].took[i])/float64(took))
		}
		slices.Sort(a.took)
		slices.Sort(times)
		b.ReportMetric(float64(a.took[len(a.took)/2])/float64(count), a.name+"-ns/"+unit)
		b.ReportMetric(times[len(times)/2], a.name+"-times")
	}
}

func armsOf(naive func(), at func(l level)) []*arm {
	arms := []*arm{{name: "naive", run: naive}}
	for _, l := range levels() {
		arms = append(arms, &arm{name: l.String(), run: func() { at(l) }})
	}
	return arms
}

// BenchmarkFloats computes blocks as exact search does, one query alone, and parts of
// vectors as product quantization does.
func BenchmarkFloats(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, size := range []struct{ queries, rows, dimension int }{{1000, 1000, 384}, {1, 1000, 384}, {96, 500, 1536}, {1000, 256, 8}} {
		queries, rows := numbers(r, size.queries*size.dimension), numbers(r, size.rows*size.dimension)
		out := make([]float32, size.queries*size.rows)
		for name, f := range formulas {
			arms := armsOf(
				func() { naiveFloats(f, out, queries, rows, size.dimension) },
				func(l level) { floats(l, f, out, queries, rows, size.dimension) })
			b.Run(fmt.Sprintf("%s/%dx%dx%d", name, size.queries, size.rows, size.dimension), func(b *testing.B) {
				inTurn(b, "number", len(out)*size.dimension, arms)
			})
		}
	}
}

func naiveFloats(f formula, out, queries, rows []float32, dimension int) {
	m := len(rows) / dimension
	for q := range len(queries) / dimension {
		for r := range m {
			a, b := queries[q*dimension:(q+1)*dimension], rows[r*dimension:(r+1)*dimension]
			if f == dot {
				out[q*m+r] = naiveDot(a, b)
			} else {
				out[q*m+r] = naiveL2(a, b)
			}
		}
	}
}

func naiveDot(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

func naiveL2(a, b []float32) float32 {
	var sum float32
	for i, x := range a {
		d := x - b[i]
		sum += d * d
	}
	return sum
}

// BenchmarkCodes compares one query with 2,000 codes.
func BenchmarkCodes(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 2000
	for _, f := range codeFuncs {
		for _, size := range []int{48, 128, 384} {
			query, codes, out := someBytes(r, 4*size)[:size*f.parts], someBytes(r, n*size), make([]int32, n)
			arms := armsOf(
				func() {
					for i := range out {
						out[i] = int32(f.want(query, codes[i*size:][:size]))
					}
				},
				func(l level) { f.run(l, out, query, codes, size) })
			b.Run(fmt.Sprintf("%s/%d-bytes", f.name, size), func(b *testing.B) { inTurn(b, "code", n, arms) })
		}
	}
}
