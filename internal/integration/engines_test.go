package integration_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// engine returns the path of an engine that engines.sh installs: an executable
// on PATH or a file in its folder. Without it the test skips, and fails in CI.
func engine(t *testing.T, name, file string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cmp.Or(os.Getenv("AWSPATTERNS_ENGINES"), filepath.Join(cache, "awspatterns", "engines")), name, file)
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if path, err := exec.LookPath(filepath.Base(file)); err == nil {
		return path
	}
	missing(t, name)
	return ""
}

func missing(t *testing.T, name string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("no %s: run engines.sh %s", name, name)
	}
	t.Skipf("no %s: run engines.sh %s", name, name)
}
