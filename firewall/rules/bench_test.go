package rules_test

import (
	"testing"

	"github.com/awspatterns/awspatterns/firewall/rules"
)

// A group can have 30,000 rules.
func BenchmarkParse(b *testing.B) {
	text := numbered(30_000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rules.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLint(b *testing.B) {
	text := numbered(30_000)
	parsed, err := rules.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		rules.Lint(parsed, rules.LintOptions{})
	}
}

// Most rules of this text have issues.
func BenchmarkLintIssues(b *testing.B) {
	text := numbered(30_000)
	parsed, err := rules.Parse(text)
	if err != nil {
		b.Fatal(err)
	}
	opts := rules.LintOptions{Standard: true}
	b.ReportAllocs()
	for b.Loop() {
		rules.Lint(parsed, opts)
	}
}
