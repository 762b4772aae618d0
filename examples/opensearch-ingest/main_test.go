package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	standin "github.com/awspatterns/awspatterns/internal/standin/opensearch"
)

// TestDemonstration checks that what is shown is true: nothing is lost, and the reader
// sees the first edition and the second, and nothing between.
func TestDemonstration(t *testing.T) {
	var stdout, stderr strings.Builder
	if status := run(nil, &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	out := stdout.String()
	for _, want := range []string{
		"  rejected              2  for good", "id tt0000777", "id tt0002048", "in the index: 0 lost, 0 doubled", "planned again: 0 changes",
		"verified: 5120 documents, 100 compared", "The best of the second edition",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not there: %q", want)
		}
	}
	if !regexp.MustCompile(`the reader saw:\n  4998 films, \d+ times\n  5120 films, \d+ times\nplanned`).MatchString(out) {
		t.Errorf("the reader saw something else:\n%s", out)
	}
}

// TestOwnCluster loads a file into a cluster and replaces what it shows.
func TestOwnCluster(t *testing.T) {
	server := standin.New()
	node := httptest.NewServer(server)
	defer node.Close()
	file := filepath.Join(t.TempDir(), "my.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	try := func(args ...string) string {
		t.Helper()
		var stdout, stderr strings.Builder
		args = append([]string{"-url", node.URL, "-file", file, "-id", "key"}, args...)
		if status := run(args, &stdout, &stderr); status != 0 {
			t.Fatalf("%v: status %d: %s", args, status, stderr.String())
		}
		return stdout.String()
	}
	write("key,name\n1,one\n2,two\n")
	if out := try("-index", "plain"); !strings.Contains(out, "opensearch 2.19.1") || !strings.Contains(out, "2 documents read") {
		t.Errorf("got %s", out)
	}
	if got := len(server.Docs("plain")); got != 2 {
		t.Errorf("%d documents", got)
	}
	body := filepath.Join(t.TempDir(), "body.json")
	if err := os.WriteFile(body, []byte(`{"settings": {"number_of_shards": 2}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := try("-index", "shown", "-replace", "-body", body); !strings.Contains(out, "+   create") || len(server.Aliases()) != 0 {
		t.Errorf("planning alone: %s", out)
	}
	try("-index", "shown", "-replace", "-body", body, "-apply")
	if out := try("-index", "shown", "-replace", "-body", body); !strings.Contains(out, "No changes") {
		t.Errorf("planned again: %s", out)
	}
}

func TestFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-file", "x"}, {"-url", "http://localhost:1"}, {"-url", "http://localhost:1", "-file", "x"}, {"x"}, {"-nix"},
		{"-url", "http://localhost:1", "-file", "x", "-index", "y", "-apply"},
		{"-url", "http://localhost:1", "-file", "x", "-index", "y", "-aws", "-user", "z"},
	} {
		var stdout, stderr strings.Builder
		if status := run(args, &stdout, &stderr); status != 2 || stderr.Len() == 0 {
			t.Errorf("%v: status %d, %q", args, status, stderr.String())
		}
	}
	var stdout, stderr strings.Builder
	if status := run([]string{"-url", "http://localhost:1", "-file", "missing.csv", "-index", "y"}, &stdout, &stderr); status != 1 {
		t.Errorf("a file that is not there: status %d, %q", status, stderr.String())
	}
}
