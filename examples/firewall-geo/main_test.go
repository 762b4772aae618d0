package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/internal/golden"
)

// runIn runs the example in an empty folder, with the files that it is to find there,
// and returns what it printed.
func runIn(t *testing.T, files map[string]string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}

func testdata(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOutput(t *testing.T) {
	output, rendered := testdata(t, "output.txt"), testdata(t, "firewall-geo.rules")
	status, stdout, stderr := runIn(t, nil)
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, output, stdout)
	text, err := os.ReadFile("firewall-geo.rules")
	if err != nil {
		t.Fatal(err)
	}
	golden.Equal(t, rendered, string(text))
}

// TestOutcomes checks what the golden file shows against what the rules are for.
func TestOutcomes(t *testing.T) {
	status, stdout, _ := runIn(t, nil)
	if status != 0 {
		t.Fatal(status)
	}
	tests := []struct{ address, want string }{
		{"192.0.2.9", "US pass (customers-only) pass (customers-only) -"},
		{"192.0.2.100", "IN pass (allow-in), logged (allow-in) pass (allow-in), logged (allow-in) -"},
		{"198.51.100.9", "JP drop (block-jp) drop (block-jp) -"},
		{"198.51.100.70", "RU drop (customers-only) drop (block-ssh-ru) -"},
		{"198.51.100.140", "IR drop (customers-only) drop (customers-only) reject (reject-to-ir)"},
		{"203.0.113.200", "unknown drop (customers-only) drop (customers-only) -"},
		{"2001:db8:1::9", "DE pass (customers-only) pass (customers-only) -"},
	}
	lines := strings.Split(stdout, "\n")
	for _, test := range tests {
		found := ""
		for _, line := range lines {
			if words := strings.Fields(line); len(words) > 0 && words[0] == test.address {
				found = strings.Join(words[1:], " ")
			}
		}
		if found != test.want {
			t.Errorf("%s: got %q, want %q", test.address, found, test.want)
		}
	}
}

func TestSidsAreKept(t *testing.T) {
	t.Chdir(t.TempDir())
	var first string
	for i := range 2 {
		var out, errs bytes.Buffer
		if status := run([]string{"-sids", "sids.json"}, &out, &errs); status != 0 {
			t.Fatal(errs.String())
		}
		sids, err := os.ReadFile("sids.json")
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = string(sids)
		} else if string(sids) != first {
			t.Errorf("got %s, want %s", sids, first)
		}
	}
}

func TestFlags(t *testing.T) {
	tests := []struct {
		name   string
		files  map[string]string
		args   []string
		status int
		want   string // in the output or the messages
	}{
		{"help", nil, []string{"-help"}, 0, "-addresses"},
		{"no such flag", nil, []string{"-x"}, 2, "-x"},
		{"an argument", nil, []string{"x"}, 2, "no x"},
		{"own rules", map[string]string{"my.rules": "drop ip any any -> any any (geoip:src,ZZ; sid:1;)\r\n"}, []string{"-lint", "my.rules"}, 0, "my.rules, as it would fare in a group of strict order:\n  1:35: never matches"},
		{"own addresses", map[string]string{"a.txt": "198.51.100.200\n"}, []string{"-addresses", "a.txt"}, 0, "198.51.100.200  VE "},
		{"order of actions", nil, []string{"-action-order"}, 0, "8 rules for DEFAULT_ACTION_ORDER"},
		{"no such file", nil, []string{"-lint", "none"}, 1, "none"},
		{"no such addresses", nil, []string{"-addresses", "none"}, 1, "none"},
		{"no address", map[string]string{"a.txt": "# two\nhost.example\n"}, []string{"-addresses", "a.txt"}, 1, "line 2"},
		{"sids that are none", map[string]string{"s.json": "{"}, []string{"-sids", "s.json"}, 1, "sids in s.json"},
		{"nowhere to write", nil, []string{"-o", "none/x"}, 1, "none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := runIn(t, test.files, test.args...)
			if status != test.status || !strings.Contains(stdout+stderr, test.want) {
				t.Errorf("got status %d and %q, want %d and %q", status, stdout+stderr, test.status, test.want)
			}
			if status > 0 && stderr == "" {
				t.Error("no message")
			}
		})
	}
}

// TestGroup plans and applies the rule group in the process.
func TestGroup(t *testing.T) {
	status, stdout, stderr := runIn(t, nil, "-group", "countries", "-policy", "edge", "-apply")
	if status != 0 {
		t.Fatal(stderr)
	}
	for _, want := range []string{"1 to create, 1 to update", "priority 100", "stateful-rulegroup/countries\n"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("there is no %q in %s", want, stdout)
		}
	}
	if status, _, stderr := runIn(t, nil, "-policy", "edge"); status != 2 || !strings.Contains(stderr, "-group") {
		t.Errorf("a policy without a group: status %d, %s", status, stderr)
	}
}
