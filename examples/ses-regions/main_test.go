package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/ses"
)

func runWith(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestDemo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, stdout, stderr := runWith(t)
		if status != 0 || stderr != "" {
			t.Fatalf("status %d, %s", status, stderr)
		}
		golden.Equal(t, "testdata/demo.txt", stdout)
	})
}

func TestFlags(t *testing.T) {
	for _, test := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-h"}, 0, "-managed-pools"},
		{[]string{"-x"}, 2, "flag provided but not defined"},
		{[]string{"x"}, 2, "x is not a flag"},
		{[]string{"-apply"}, 2, "all flags go with -aws"},
		{[]string{"-aws", "-primary", "us-east-1"}, 2, "needs -primary and -secondary"},
		{[]string{"-aws", "-primary", "a", "-secondary", "b", "-apply", "-check"}, 2, "only one of"},
		{[]string{"-aws", "-primary", "a", "-secondary", "b", "-arn", "x"}, 2, "two with = between them"},
		{[]string{"-aws", "-primary", "a", "-secondary", "b", "-arn", "x=y", "-permissions"}, 1, "ARN"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			status, stdout, stderr := runWith(t, test.args...)
			if status != test.status || !strings.Contains(stderr, test.want) || stdout != "" {
				t.Errorf("status %d, %q, want %d, %q; %d bytes of output", status, stderr, test.status, test.want, len(stdout))
			}
		})
	}
}

// inWorld runs with the flags in the account of the demo, in virtual time.
func inWorld(t *testing.T, w *world, flags ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	s, err := parse(append(flags, "-aws", "-primary", primary, "-secondary", secondary), &errs)
	if err != nil {
		t.Fatal(err)
	}
	s.connect = func(_ context.Context, region string) (ses.Clients, error) { return w.clients(region), nil }
	status = s.exit(s.run(t.Context(), &out))
	return status, out.String(), errs.String()
}

// TestAWS goes through the demo's account with the flags, at the usual rates.
func TestAWS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld()
		if err != nil {
			t.Fatal(err)
		}
		options := []string{"-adopt", "-managed-pools", "-replication-policy", "-arn", topic(primary) + "=" + topic(secondary),
			"-arn", stream(primary) + "=" + stream(secondary), "-mail-from", "example.com=bounce-eu.example.com"}
		before := w.region(secondary).Dump()
		status, stdout, stderr := inWorld(t, w, options...)
		if status != 0 || !strings.Contains(stdout, "3 manual, 5 blocked, 0 unknown") || !strings.Contains(stderr, "eu-west-1, suppression list: ") {
			t.Errorf("planning: status %d, %s\n%s", status, stderr, stdout)
		}
		if w.region(secondary).Dump() != before {
			t.Error("planning changed something")
		}
		status, stdout, stderr = inWorld(t, w, append(options, "-apply")...)
		if status != 1 || !strings.Contains(stderr, "changes left: not all of the plan was applied") || !strings.Contains(stdout, "applied  update suppression list account") ||
			strings.Count(stdout, "Readiness of") != 2 {
			t.Errorf("applying: status %d, %s\n%s", status, stderr, stdout)
		}
		status, stdout, stderr = inWorld(t, w, append(options, "-check")...)
		if status != 0 || !strings.Contains(stdout, "Drill: us-east-1 is gone") || strings.Contains(stdout, "Plan of") {
			t.Errorf("checking: status %d, %s\n%s", status, stderr, stdout)
		}
		if err := w.Err(); err != nil {
			t.Error(err)
		}
	})
}

func TestPermissions(t *testing.T) {
	status, stdout, stderr := runWith(t, "-aws", "-primary", primary, "-secondary", secondary, "-permissions", "-replication-policy")
	if status != 0 || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	_, planning, _ := strings.Cut(stdout, "IAM policy for telling and planning, in us-east-1:")
	planning, applying, _ := strings.Cut(planning, "IAM policy for applying, in us-east-1:")
	if !strings.Contains(applying, `"ses:CreateEmailIdentityPolicy"`) || strings.Contains(planning, "Create") || strings.Contains(planning, "Put") {
		t.Errorf("got %s", stdout)
	}
}

// TestErrors tells errors of the account, each on a line.
func TestErrors(t *testing.T) {
	var errs bytes.Buffer
	s, err := parse([]string{"-aws", "-primary", "us-east-1", "-secondary", "us-east-1"}, &errs)
	if err != nil {
		t.Fatal(err)
	}
	s.connect = func(context.Context, string) (ses.Clients, error) {
		return ses.Clients{}, errors.Join(errors.New("no credentials"), errors.New("no profile"))
	}
	if status := s.exit(s.run(t.Context(), &bytes.Buffer{})); status != 1 || errs.String() != "ses-regions: no credentials\nses-regions: no profile\n" {
		t.Errorf("status %d, %q", status, errs.String())
	}
}
