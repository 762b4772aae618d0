package main

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	for want, args := range map[string][]string{
		`the fields ["id" "v"] hold arrays of numbers`: nil,
		"1.17": {"-field", "v", "-version", "1.17"},
		"-5":   {"-field", "v", "-target", "-5"},
	} {
		if status, stdout, stderr := try(args...); status != 1 || !strings.Contains(stderr, want) || strings.Contains(stdout, "measuring") {
			t.Errorf("%v: status %d: %s", args, status, stderr)
		}
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
	if status := run([]string{"-file", "missing.npy"}, &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), "missing.npy") {
		t.Errorf("a file that is not there: status %d, %q", status, stderr.String())
	}
}
