package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/firewall/logs"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/firewalllogs"
)

// testdata is absolute, since the tests run in folders of their own.
var testdata = func() string {
	dir, err := filepath.Abs("testdata")
	if err != nil {
		panic(err)
	}
	return dir
}()

// runIn runs the example in an empty folder.
func runIn(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	t.Chdir(t.TempDir())
	var out, errs bytes.Buffer
	status = run(t.Context(), args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
}

func lines(t *testing.T, events int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := firewalllogs.Write(&b, firewalllogs.Options{Seed: 3, Events: events}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestInvented(t *testing.T) {
	status, stdout, stderr := runIn(t, "", "-csv", "answers.csv")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden.Equal(t, filepath.Join(testdata, "summary.txt"), stdout)
	page := readFile(t, "firewall-logs.html")
	for _, want := range []string{"<h1>Firewall logs, invented</h1>", "<h2>Top talkers</h2>", "<h2>Bad lines", "<circle", "</html>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(readFile(t, "answers.csv"))).ReadAll()
	if err != nil || len(rows) < 200 {
		t.Errorf("got %d rows, %v", len(rows), err)
	}
}

// TestTraps: the logs that are invented have what real ones have.
func TestTraps(t *testing.T) {
	var report logs.Report
	status, stdout, stderr := runIn(t, "", "-json", "-html", "", "-top", "3")
	if err := json.Unmarshal([]byte(stdout), &report); err != nil || status != 0 {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	if report.BadLines != 1 || report.Blank != 1 || report.Other != 1 || report.Flows+report.Alerts+report.TLSErrors != 6000 || len(report.Answers[2].Rows) != 3 {
		t.Errorf("got %+v", report.Totals)
	}
	if files, _ := filepath.Glob("*"); len(files) > 0 {
		t.Errorf("-html \"\" wrote %v", files)
	}
	var all bytes.Buffer
	for source, err := range inventedLogs() {
		if err != nil {
			t.Fatal(err)
		}
		r, err := source.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all.ReadFrom(r)
	}
	if !bytes.HasPrefix(all.Bytes(), []byte{0x1f, 0x8b}) {
		t.Error("they are not compressed")
	}
}

func TestArguments(t *testing.T) {
	text := lines(t, 400)
	for _, test := range []struct {
		name, args, want string
	}{
		{"file", "a.log", "Firewall logs: 1 source, 400 lines"},
		{"folder", "logs", "Firewall logs: 2 sources, 800 lines"},
		{"stdin", "-", "Firewall logs: 1 source, 400 lines"},
		{"all of them", "- logs a.log", "Firewall logs: 4 sources, 1,600 lines"},
		{"firewall", "-firewall egress a.log", "left out"},
		{"time", "-since 2026-03-02T07:00:00Z -until 2026-03-02T08:00:00Z a.log", "2026-03-02 07:0"},
		{"bounded", "-bounded 16 -workers 2 a.log", "Memory was bounded."},
		{"full", "-full -top 2 a.log", "Latest alerts: 2 of"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if err := os.Mkdir("logs", 0o777); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"a.log", "logs/b.log", "logs/c.log", "logs/.hidden"} {
				write(t, name, text)
			}
			var out, errs bytes.Buffer
			status := run(t.Context(), strings.Fields(test.args), bytes.NewReader(text), &out, &errs)
			if status != 0 || errs.Len() > 0 || !strings.Contains(out.String(), test.want) {
				t.Errorf("status %d, %s%s", status, errs.String(), out.String())
			}
		})
	}
}

// TestQuiet: what is timed says and writes nothing.
func TestQuiet(t *testing.T) {
	status, stdout, stderr := runIn(t, string(lines(t, 50)), "-top", "10", "-quiet", "-html", "", "-")
	files, _ := filepath.Glob("*")
	if status != 0 || stdout != "" || stderr != "" || len(files) > 0 {
		t.Errorf("status %d, %q, %q, %v", status, stdout, stderr, files)
	}
}

// TestUnread: what can be read of a file that is cut is shown; the status tells the rest.
func TestUnread(t *testing.T) {
	t.Chdir(t.TempDir())
	packed := compressed(lines(t, 400))
	write(t, "cut.log.gz", packed[:len(packed)-20])
	write(t, "whole.log.gz", packed)
	var out, errs bytes.Buffer
	status := run(t.Context(), []string{"cut.log.gz", "whole.log.gz"}, nil, &out, &errs)
	if status != 1 || !strings.Contains(errs.String(), "1 of 2 sources") {
		t.Errorf("status %d, %s", status, errs.String())
	}
	for _, want := range []string{"Firewall logs: 2 sources", "Not read to the end: 1 source", "cut.log.gz: after ", "Wrote firewall-logs.html"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in %s", want, out.String())
		}
	}
	if !strings.Contains(readFile(t, "firewall-logs.html"), "<h2>Not read to the end") {
		t.Error("the page does not tell")
	}
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args   string
		status int
		want   string
	}{
		{"-h", 0, "Usage: firewall-logs [flags]"},
		{"-top 0", 2, "-top is at least 1"},
		{"-aws", 2, "-aws needs -firewall"},
		{"-aws -firewall egress a.log", 2, "and no files"},
		{"-max 5", 2, "-max is for -aws"},
		{"-bounded -1", 2, "-bounded, -workers and -max"},
		{"-since yesterday", 2, "since"},
		{"-nothing", 2, "not defined"},
		{"-question TopSecret", 2, "no question \"TopSecret\""},
		{"missing.log", 1, "missing.log"},
		{"-since 2026-03-02T07:00:00Z -until 2026-03-02T06:00:00Z", 1, "is not before"},
		{"-html no/folder.html", 1, "no/folder.html"},
	} {
		status, _, stderr := runIn(t, "", strings.Fields(test.args)...)
		if status != test.status || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: got %d, %s", test.args, status, stderr)
		}
	}
}

func TestQuestion(t *testing.T) {
	status, stdout, stderr := runIn(t, "", "-json", "-html", "", "-question", "TopProtocols", "-question", "TopCountries")
	if status != 0 || strings.Count(stdout, `"Question": {`) != 2 || !strings.Contains(stdout, `"Name": "TopProtocols"`) {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	if status := run(ctx, nil, nil, &out, &errs); status != 1 || out.Len() > 0 || !strings.Contains(errs.String(), "canceled") {
		t.Errorf("status %d, %s%s", status, out.String(), errs.String())
	}
}
