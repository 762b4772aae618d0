package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
	"github.com/awspatterns/awspatterns/internal/golden"
	"github.com/awspatterns/awspatterns/internal/standin/eventbridge"
	"github.com/awspatterns/awspatterns/internal/standin/guardduty"
	"github.com/awspatterns/awspatterns/internal/standin/sns"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

func TestArticle(t *testing.T) {
	var out, errs bytes.Buffer
	if status := run(t.Context(), nil, &out, &errs); status != 0 || errs.Len() > 0 {
		t.Fatalf("status %d: %s", status, errs.String())
	}
	took := regexp.MustCompile(`\b[0-9]s\b`) // however slow the machine is
	golden.Equal(t, "testdata/article.txt", took.ReplaceAllString(out.String(), "0s"))
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]string{
		"-alert x": "go with -aws", "-aws": "does nothing alone", "-aws -try x -apply": "go with -alert", "more": "is not a flag", "-no": "not defined",
	} {
		var out, errs bytes.Buffer
		if status := run(t.Context(), strings.Fields(args), &out, &errs); status != 2 || !strings.Contains(errs.String(), want) {
			t.Errorf("%s: status %d, %s", args, status, errs.String())
		}
	}
}

// With -aws, nothing is changed unless it is asked for.
func TestAWS(t *testing.T) {
	cloud := awstest.New(t)
	sts.Handle(cloud)
	topics := sns.New(cloud)
	eventbridge.New(cloud)
	guardduty.New(cloud).CreateDetector(account, region)
	for _, step := range []struct {
		args, want string
		topics     bool
	}{
		{"-aws -alert findings", "SNS topic", false},
		{"-aws -ip-set arn:aws:wafv2:eu-west-1:111122223333:regional/ipset/a/b -rule-group arn:aws:network-firewall:eu-west-1:111122223333:stateful-rulegroup/a", "block domain", false},
		{"-aws -alert findings -apply", "SNS topic", true},
		{"-aws -try UnauthorizedAccess:EC2/SSHBruteForce", "true", true},
	} {
		s, err := parse(strings.Fields(step.args), &bytes.Buffer{})
		if err != nil {
			t.Fatal(err)
		}
		s.connect = func(context.Context) (respond.Clients, error) {
			return respond.NewClients(cloud.Config(region, account)), nil
		}
		var out bytes.Buffer
		if err := s.run(t.Context(), &out); err != nil || !strings.Contains(out.String(), step.want) || (topics.Dump() != "") != step.topics {
			t.Errorf("%s: %v\n%s\n%s", step.args, err, out.String(), topics.Dump())
		}
	}
}
