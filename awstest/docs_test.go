package awstest_test

import (
	"os"
	"strings"
	"testing"
)

// TestDocs keeps the example in docs/testing.md the one that runs.
func TestDocs(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, found := strings.Cut(string(source), "\n)\n\n") // behind the imports
	if !found || !strings.Contains(string(page), "```go\n"+strings.TrimSpace(code)+"\n```\n") {
		t.Error("docs/testing.md does not show example_test.go as it is")
	}
}
