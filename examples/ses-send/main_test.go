package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
)

var times = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// TestDemonstration compares all that it says.
func TestDemonstration(t *testing.T) {
	var out, errs bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		if status := run(t.Context(), nil, &out, &errs); status != 0 {
			t.Fatalf("status %d: %s", status, errs.String())
		}
	})
	golden.Equal(t, filepath.Join("testdata", "demonstration.txt"), times.ReplaceAllString(out.String(), "TIME"))
}

// A testAccount is what -aws meets in a test.
type testAccount struct {
	*inn
	dir string
}

func newAccount(t *testing.T) testAccount {
	t.Helper()
	n, err := newInn(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	a := testAccount{n, t.TempDir()}
	a.write(t, "guests.csv", "id,address,name\n1,bob@example.org,Bob\n2,gus@example.org,Gus\n3,no address,Nix\n")
	return a
}

func (a testAccount) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs the program with -aws.
func (a testAccount) run(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	args = append([]string{"-aws", "-file", filepath.Join(a.dir, "guests.csv"), "-from", "inn@example.com", "-template", "invitation"}, args...)
	s, err := parse(args, &errs)
	if err != nil {
		t.Fatal(err)
	}
	s.connect = func(_ context.Context, region string) (ses.Clients, error) {
		if region == away {
			return a.secondary, nil
		}
		return a.primary, nil
	}
	return s.exit(t.Context(), &out, &errs), out.String(), errs.String()
}

// TestAWS sends a file twice, with what is suppressed and without.
func TestAWS(t *testing.T) {
	a := newAccount(t)
	ledger := filepath.Join(a.dir, "sent.db")
	status, out, errs := a.run(t, "-endpoint", "global", "-secondary", away, "-suppressed", "-ledger", ledger)
	if status != 0 || !strings.Contains(out, "3 mails at 200 in a second: about 0s") || !strings.Contains(out, "Nothing was sent") || len(a.world.Mails()) != 0 {
		t.Errorf("without -send: status %d, %s%s", status, out, errs)
	}
	for i, want := range []string{"1 sent, 1 suppressed, 1 refused", "1 sent earlier, 1 suppressed, 1 refused"} {
		status, out, errs = a.run(t, "-endpoint", "global", "-secondary", away, "-suppressed", "-ledger", ledger, "-send")
		if status != 1 || !strings.HasSuffix(out, want+"\n") || errs != "ses-send: 1 of 3 mails are not sent, or may not be\n" || len(a.world.Mails()) != 1 {
			t.Errorf("run %d: status %d, %s%s", i, status, out, errs)
		}
	}
	a.write(t, "guests.csv", "address,id\nbob@example.org,new\n")
	status, out, errs = a.run(t, "-ledger", ledger, "-send", "-share", "0.5")
	if m := a.world.Mails(); status != 0 || errs != "" || len(m) != 2 || m[1].Endpoint != "" || !strings.Contains(out, "at 100 in a second") {
		t.Errorf("in one Region: status %d, %s%s", status, out, errs)
	}
}

// TestFiles has files that are none.
func TestFiles(t *testing.T) {
	a := newAccount(t)
	for text, want := range map[string]string{
		"":                        "EOF",
		"id,mail\n1,x\n":          "columns id and address",
		"id,address\n1\n":         "wrong number of fields",
		"id,address\n\"1,a@b.c\n": "extraneous or missing",
	} {
		a.write(t, "guests.csv", text)
		if status, _, errs := a.run(t); status != 1 || !strings.Contains(errs, want) {
			t.Errorf("%q: status %d, %s", text, status, errs)
		}
	}
	os.Remove(filepath.Join(a.dir, "guests.csv"))
	if status, _, errs := a.run(t); status != 1 || errs == "" {
		t.Errorf("no file: status %d, %s", status, errs)
	}
}

func TestPermissions(t *testing.T) {
	_, out, _ := newAccount(t).run(t, "-permissions", "-suppressed", "-endpoint", "global", "-secondary", away)
	for _, want := range []string{"In the primary Region:", "ses:SendEmail", "ses:GetMultiRegionEndpoint", "ses:ListSuppressedDestinations", "In eu-central-1:", "template/invitation"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in %s", want, out)
		}
	}
}

func TestFlags(t *testing.T) {
	good := []string{"-aws", "-file", "x", "-from", "y", "-template", "z"}
	for _, args := range [][]string{
		{"x"}, {"-nix"}, {"-send"}, {"-aws"}, {"-aws", "-file", "x"},
		append(good, "-endpoint", "e"), append(good, "-secondary", "r"), append(good, "-fallback"),
		append(good, "-resend-unknown"), append(good, "-send"),
	} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), args, &out, &errs); status != 2 || errs.Len() == 0 {
			t.Errorf("%v: status %d, %q", args, status, errs.String())
		}
	}
	var out, errs bytes.Buffer
	if status := run(t.Context(), []string{"-h"}, &out, &errs); status != 0 || !strings.Contains(errs.String(), "-ledger") {
		t.Errorf("-h: status %d, %s", status, errs.String())
	}
}
