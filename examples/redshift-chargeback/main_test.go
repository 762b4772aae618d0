package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// TestDemonstration compares what the example prints with what it printed before.
func TestDemonstration(t *testing.T) {
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	synctest.Test(t, func(t *testing.T) { // Harvest keeps to the rates of the Data API
		time.Sleep(time.Until(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))) // usage is of the past
		if code := run(t.Context(), nil, &out, &errs); code != 0 {
			t.Fatalf("%d: %s", code, &errs)
		}
	})
	if !strings.Contains(out.String(), "The lines add up to the charges") {
		t.Error("the bill does not tell that it adds up")
	}
	for _, name := range []string{"redshift-chargeback.html", "redshift-chargeback.csv", "redshift-chargeback-focus.csv"} {
		if about, err := os.Stat(name); err != nil || about.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	golden.Equal(t, filepath.Join(source, "testdata", "demonstration.txt"), out.String())
}

// source is the folder of this file.
var source = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-file", "x"}, "go with -aws"},
		{[]string{"-aws"}, "-aws needs a -file"},
		{[]string{"-example", "-aws"}, "goes alone"},
		{[]string{"-aws", "-file", "x", "-harvest"}, "needs -usage"},
		{[]string{"-aws", "-file", "x", "-usage", "u", "-harvest", "-month", "2026-10"}, "not for -harvest"},
		{[]string{"-aws", "-file", "x", "-tag", "unit"}, "-tag is for -reconcile"},
		{[]string{"extra"}, "not a flag"},
	} {
		var out, errs bytes.Buffer
		if code := run(t.Context(), test.args, &out, &errs); code != 2 || !strings.Contains(errs.String(), test.want) {
			t.Errorf("%v: %d, %s", test.args, code, &errs)
		}
	}
}

// TestDescription prints a description that can be read again, and its permissions.
func TestDescription(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"-example"}, &out, &errs); code != 0 {
		t.Fatal(errs.String())
	}
	if _, err := parseDescription(out.Bytes()); err != nil {
		t.Fatal(err)
	}
	if _, err := parseDescription([]byte(`{"unitz":[]}`)); err == nil {
		t.Error("a mistyped field is taken")
	}
	file := filepath.Join(t.TempDir(), "description.json")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := run(t.Context(), []string{"-aws", "-file", file, "-permissions", "-reconcile"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "ce:GetCostAndUsage") {
		t.Errorf("%d: %s%s", code, &out, &errs)
	}
}
