package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// TestPublish publishes to AWS in this process.
func TestPublish(t *testing.T) {
	status, stdout, stderr := runIn(t, "-publish", "s3://my-bucket/lineage/", "-remove-stale")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
		t.Errorf("wrote %v, %v", files, err)
	}
	_, got, found := strings.Cut(stdout, "\nPlan of ")
	if !found {
		t.Fatalf("got\n%s", stdout)
	}
	got = regexp.MustCompile(`\d+ bytes, SHA-256 [0-9a-f]+|: 0\.0\d+ `).ReplaceAllString(got, "…")
	golden.Equal(t, filepath.Join(testdata, "publish.txt"), got)
}

// TestPermissions prints policies, and calls nothing, although it says -aws.
func TestPermissions(t *testing.T) {
	status, stdout, stderr := runIn(t, "-aws", "-publish", "s3://my-bucket/lineage/", "-permissions", "-remove-stale",
		"-manifest", "lake=s3://artifacts/manifest.json")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, filepath.Join(testdata, "permissions.txt"), stdout)
}

func TestPublishWholeBucket(t *testing.T) {
	status, stdout, stderr := runIn(t, "-publish", "s3://my-bucket", "-downstream", "title_crew")
	if status != 0 || !strings.Contains(stdout, "The page is s3://my-bucket/index.html") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
}

func TestPublishBadFlags(t *testing.T) {
	tests := []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-publish", "my-bucket"}, 2, "want s3://BUCKET/KEY"},
		{[]string{"-publish", "s3://"}, 2, "want s3://BUCKET/KEY"},
		{[]string{"-publish", "s3://b/x/", "-o", "x.html"}, 2, "none of -diff, -format and -o"},
		{[]string{"-publish", "s3://my-bucket/x", "-permissions"}, 1, "ends with a slash"},
		{[]string{"-publish", "s3://my-bucket/x"}, 1, "does not end with a slash"},
		{[]string{"-publish", "s3://b/x/"}, 1, "no name of a bucket"},
		{[]string{"-apply"}, 2, "need -publish"},
		{[]string{"-permissions"}, 2, "need -publish"},
		{[]string{"-remove-stale"}, 2, "need -publish"},
		{[]string{"-publish", "s3://my-bucket/x/", "-apply"}, 2, "-apply needs -aws"},
		{[]string{"-manifest", "lake=s3://b/manifest.json"}, 2, "needs -aws"},
		{[]string{"-manifest", "lake=s3:///manifest.json"}, 2, "want s3://BUCKET/KEY"},
	}
	for _, tt := range tests {
		if status, _, stderr := runIn(t, tt.args...); status != tt.status || !strings.Contains(stderr, tt.want) {
			t.Errorf("%v: status %d, %s; want %d and %q", tt.args, status, stderr, tt.status, tt.want)
		}
	}
}

func TestParseS3(t *testing.T) {
	for text, want := range map[string][2]string{
		"s3://bucket":              {"bucket", ""},
		"s3://bucket/":             {"bucket", ""},
		"s3://bucket/a/b.json":     {"bucket", "a/b.json"},
		"s3://bucket/a%20b#c?d=e/": {"bucket", "a%20b#c?d=e/"},
		"s3://bucket//a":           {"bucket", "/a"},
	} {
		o, err := parseS3(text)
		if err != nil || o.Bucket != want[0] || o.Key != want[1] {
			t.Errorf("%s: got %+v, %v", text, o, err)
		}
	}
}
