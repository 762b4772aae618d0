package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestLambdaPage compiles the programs of docs/macie-scan-lambda.md, with a
// stand-in for the module of Lambda, and has each print its policy.
func TestLambdaPage(t *testing.T) {
	if testing.Short() || underRace {
		t.Skip("links two programs")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "macie-scan-lambda.md"))
	if err != nil {
		t.Fatal(err)
	}
	programs := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(programs) != 2 {
		t.Fatalf("%d programs", len(programs))
	}
	dir := t.TempDir()
	module := "module example.com/scan\n" + strings.Join(strings.SplitAfter(readFile(t, root, "go.mod"), "\n")[1:], "") +
		"require github.com/awspatterns/awspatterns v0.0.0\nrequire github.com/aws/aws-lambda-go v0.0.0\n" +
		fmt.Sprintf("replace github.com/awspatterns/awspatterns => %s\n", root) +
		"replace github.com/aws/aws-lambda-go => ./lambda-go\n"
	files := map[string]string{
		"go.mod": module, "go.sum": readFile(t, root, "go.sum"),
		"lambda-go/go.mod":           "module github.com/aws/aws-lambda-go\n\ngo 1.26\n",
		"lambda-go/lambda/lambda.go": "package lambda\n\nfunc Start(handler any) {}\n",
	}
	for i, p := range programs {
		files[fmt.Sprintf("p%d/main.go", i)] = p[1]
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i, wants := range [][]string{
		{"textract:DetectDocumentText", "macie2:CreateClassificationJob", "dynamodb:PutItem", "kms:GenerateDataKey"},
		{"textract:StartDocumentTextDetection", "iam:PassRole", "dynamodb:PutItem", "macie2:ListFindings"},
	} {
		cmd := exec.CommandContext(t.Context(), "go", "run", "-mod=mod", fmt.Sprintf("./p%d", i), "policy")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "GOPROXY=off", "TABLE=scan",
			"TEXTRACT_TOPIC=arn:aws:sns:eu-west-1:123456789012:AmazonTextract-scan", "TEXTRACT_ROLE=arn:aws:iam::123456789012:role/scan")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("program %d: %v\n%s", i+1, err, out)
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("program %d: no %s in\n%s", i+1, want, out)
			}
		}
	}
}

func readFile(t *testing.T, elements ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elements...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
