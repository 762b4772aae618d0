package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/opensearch/vector"
)

// TestSentences checks that the vectors have length 1, and that sentences of one meaning
// are near each other.
func TestSentences(t *testing.T) {
	s, err := sentences()
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 20_000 || s.Dimension() != 384 || len(s.texts) != 20_000 {
		t.Fatalf("%d vectors of %d dimensions, %d sentences", s.Len(), s.Dimension(), len(s.texts))
	}
	values := make([]float32, s.Len()*s.Dimension())
	if err := s.ReadVectors(values, 0); err != nil {
		t.Fatal(err)
	}
	for i := range s.Len() {
		square := 0.0
		for _, x := range values[i*384 : (i+1)*384] {
			square += float64(x) * float64(x)
		}
		if math.Abs(square-1) > 1e-5 {
			t.Fatalf("vector %d has length %v", i, math.Sqrt(square))
		}
	}
	var out strings.Builder
	if err := s.showNeighbours(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  espresso: strong black coffee", "1 by exact search, cosine 0.60,     1 by bits  coffee bean: a seed of the coffee tree",
		"2 by exact search, cosine 0.58,     4 by bits  instant coffee", "2 by exact search, cosine 0.51,    14 by bits  patience: ",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
}

// TestOwnFile reads JSON lines, which have no sentences.
func TestOwnFile(t *testing.T) {
	var b strings.Builder
	r := rand.New(rand.NewPCG(1, 1))
	for i := range 300 {
		fmt.Fprintf(&b, `{"id": [%d], "v": [%.6f, %.6f, %.6f, %.6f]}`+"\n", i, r.NormFloat64(), r.NormFloat64(), r.NormFloat64(), r.NormFloat64())
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "my.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	try := func(args ...string) (int, string, string) {
		var stdout, stderr strings.Builder
		status := run(append([]string{"-file", file, "-out", filepath.Join(folder, "chart"), "-space", "l2"}, args...), &stdout, &stderr)
		return status, stdout.String(), stderr.String()
	}
	status, stdout, stderr := try("-field", "v", "-k", "5", "-target", "1000000", "-price", "0.01", "-currency", "EUR")
	if status != 0 || !strings.Contains(stdout, "my.jsonl: 300 vectors of 4 dimensions") || !strings.Contains(stdout, "No recommendation: ") {
		t.Errorf("status %d: %s%s", status, stdout, stderr)
	}
	for _, name := range []string{"chart.html", "chart.svg"} {
		if content, err := os.ReadFile(filepath.Join(folder, name)); err != nil || len(content) < 500 {
			t.Errorf("%s: %d bytes, %v", name, len(content), err)
		}
	}
	for want, args := range map[string][]string{
		`the fields ["id" "v"] hold arrays of numbers`: nil,
		"1.17":                  {"-field", "v", "-version", "1.17"},
		"-5":                    {"-field", "v", "-target", "-5"},
		"PricePerGBHour is -1":  {"-field", "v", "-price", "-1"},
		"PricePerGBHour is NaN": {"-field", "v", "-price", "NaN"},
		"there is no folder":    {"-field", "v", "-out", filepath.Join(folder, "none", "chart")},
	} {
		if status, stdout, stderr := try(args...); status != 1 || !strings.Contains(stderr, want) || strings.Contains(stdout, "measuring") {
			t.Errorf("%v: status %d: %s", args, status, stderr)
		}
	}
}

// TestReport prints what was invented to have been measured.
func TestReport(t *testing.T) {
	hnsw := func(mode vector.Mode, e vector.Encoding) vector.Technique {
		return vector.Technique{Engine: vector.FAISS, Method: vector.HNSW, Mode: mode, Encoding: e}
	}
	row := func(technique vector.Technique, oversample, measured, target float64, memory int64) vector.TechniqueRecall {
		return vector.TechniqueRecall{
			Technique: technique, Name: technique.String(), Oversample: oversample, Default: true, Memory: memory,
			Measured: []vector.RecallAt{{Vectors: 100, Recall: 1}, {Vectors: 19_800, Recall: measured}},
			Target:   vector.RecallAt{Recall: target, Low: target - 0.01, High: target + 0.01, Extrapolated: true},
		}
	}
	bits := vector.Encoding{Encoder: vector.Binary, Bits: 1}
	binary, fp16 := hnsw(vector.OnDisk, bits), hnsw(vector.InMemory, vector.Encoding{Encoder: vector.FP16})
	asked := row(binary, 10, 0.99, 0.98, 38_700_000_000)
	asked.Default = false
	refused := row(fp16, 0, 0, 0, 197_000_000_000)
	refused.Refused = "numbers beyond 65504"
	lists := row(binary, 3, 0.96, 0.92, 10_600_000_000) // finds what the graph finds
	lists.Technique.Method = vector.IVF
	result := vector.MeasureRecallResult{
		Vectors: 19_800, Queries: 200, K: 10, Space: vector.L2, Version: "3.8", Shards: 2, Target: 100_000_000,
		Techniques: []vector.TechniqueRecall{
			lists, row(hnsw(vector.InMemory, bits), 0, 0.6, 0.55, 38_700_000_000), row(binary, 3, 0.96, 0.92, 38_700_000_000), asked, refused,
			row(hnsw(vector.InMemory, vector.Encoding{Encoder: vector.PQ, SubVectors: 16, CodeSize: 8}), 0, 0.5, 0.3, 37_100_000_000),
		},
		Recommendation: &vector.Recommendation{Technique: binary, Oversample: 10, Why: "it takes the least"},
		Notes:          []string{"a note"},
	}
	size, err := vector.SizeVectorIndex(vector.SizeVectorIndexOptions{Vectors: 1, Dimension: 1, Version: "3.8"})
	if err != nil {
		t.Fatal(err)
	}
	size.Techniques = []vector.TechniqueSize{
		{Technique: binary, Excluded: []string{"no"}}, {Technique: fp16},
		{Technique: binary, Create: []vector.Step{{Method: "PUT", Path: "/my-vector-index", Body: []byte(`{"a":{"b":1}}`), Note: "then wait"}, {Method: "GET", Path: "/_x"}},
			Search: []byte(`{"query":{}}`), Ingest: vector.Ingest{After: []byte(`{"index":1}`)}},
	}
	var b strings.Builder
	printTable(&b, result)
	printClaims(&b, size.Claims, result)
	printRecommendation(&b, result, size)
	golden.Equal(t, filepath.Join("testdata", "report.txt"), b.String())
	b.Reset()
	printRecommendation(&b, vector.MeasureRecallResult{Why: "too few"}, size)
	if b.String() != "\nNo recommendation: too few\n" {
		t.Errorf("got %q", b.String())
	}
}

// TestBar shows each percent once on a terminal, and the last elsewhere.
func TestBar(t *testing.T) {
	var b strings.Builder
	for _, terminal := range []bool{false, true} {
		shown := bar{w: &b, terminal: terminal, shown: -1}
		for _, done := range []int64{0, 1, 500, 501, 1000, 1000} {
			shown.show(vector.MeasureProgress{Done: done, Total: 1000})
		}
		b.WriteString("|")
	}
	full := "measuring [" + strings.Repeat("=", 40) + "] 100 %\n"
	half := "\rmeasuring [" + strings.Repeat("=", 20) + strings.Repeat(" ", 20) + "]  50 %"
	none := "\rmeasuring [" + strings.Repeat(" ", 40) + "]   0 %"
	if want := full + "|" + none + half + "\r" + full + "|"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{{"x"}, {"-nix"}, {"-field", "v"}, {"-k", "many"}} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || stderr.Len() == 0 || stdout.Len() > 0 {
			t.Errorf("%v: status %d, %q", args, status, stderr.String())
		}
	}
	var stdout, stderr strings.Builder
	if status := run([]string{"-license"}, &stdout, &stderr); status != 0 || !strings.Contains(stdout.String(), "WordNet 3.0 Copyright 2006 by Princeton University.") {
		t.Errorf("licence: status %d, %q", status, stdout.String())
	}
	if status := run([]string{"-file", "missing.npy"}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "missing.npy") {
		t.Errorf("a file that is not there: status %d, %q", status, stderr.String())
	}
}
