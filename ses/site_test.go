package ses

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/internal/standin/sts"
)

// TestSiteTurns has calls of two operations: each waits for its own kind alone, and retries
// wait, too.
func TestSiteTurns(t *testing.T) {
	tests := []struct {
		name   string
		rates  Rates
		calls  int
		faults int // throttled attempts
		least  time.Duration
		most   time.Duration
	}{
		{name: "one a second", calls: 10, least: 9 * time.Second, most: 11 * time.Second},
		{name: "more by contract", rates: Rates{"GetAccount": 10}, calls: 10, least: 900 * time.Millisecond, most: 2 * time.Second},
		{name: "retries wait", calls: 1, faults: 2, least: 2 * time.Second, most: 20 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cloud := awstest.New(t)
				awstest.Handle(cloud, func(context.Context, *sesv2.GetAccountInput) (*sesv2.GetAccountOutput, error) {
					return &sesv2.GetAccountOutput{}, nil
				})
				if test.faults > 0 {
					cloud.Inject(awstest.Fault{Attempts: test.faults, Err: awstest.Throttled()})
				}
				s := newSite(NewClients(cloud.Config("us-east-1", "123456789012")), test.rates)
				begin := time.Now()
				for range test.calls {
					if _, err := s.SES.GetAccount(t.Context(), nil, s.turn("GetAccount")); err != nil {
						t.Fatal(err)
					}
				}
				if took := time.Since(begin); took < test.least || took > test.most {
					t.Errorf("took %v", took)
				}
				if got := s.called("GetAccount", "GetTenant"); got != test.calls {
					t.Errorf("counted %d calls", got)
				}
			})
		})
	}
}

func TestPairRefuses(t *testing.T) {
	cloud := awstest.New(t)
	sts.Handle(cloud)
	clients := func(region, account string) Clients { return NewClients(cloud.Config(region, account)) }
	tests := []struct {
		name               string
		primary, secondary Clients
		rates              Rates
		want               string
		is                 error
	}{
		{name: "one Region", primary: clients("us-east-1", "1"), secondary: clients("us-east-1", "1"), want: `both Regions are "us-east-1"`},
		{name: "a rate of none", primary: clients("us-east-1", "1"), secondary: clients("eu-west-1", "1"), rates: Rates{"GetAccount": 0}, want: "GetAccount"},
		{
			name: "two accounts", primary: clients("us-east-1", "123456789012"), secondary: clients("eu-west-1", "210987654321"),
			want: "one account", is: awspatterns.ErrWrongAccount,
		},
		{name: "two partitions", primary: clients("us-east-1", "123456789012"), secondary: clients("us-gov-west-1", "123456789012"), want: "one account", is: awspatterns.ErrWrongAccount},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := newPair(test.primary, test.secondary, test.rates)
			if err == nil {
				err = p.identify(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestPairCheck has plans for other Regions than those of the clients.
func TestPairCheck(t *testing.T) {
	cloud := awstest.New(t)
	sts.Handle(cloud)
	target := func(region string) awspatterns.Target {
		return awspatterns.Target{Partition: "aws", Account: "123456789012", Region: region}
	}
	p, err := newPair(NewClients(cloud.Config("us-east-1", "123456789012")), NewClients(cloud.Config("eu-west-1", "123456789012")), nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		primary, secondary string
		wrong              bool
	}{
		{"us-east-1", "eu-west-1", false},
		{"eu-west-1", "us-east-1", true},
		{"us-east-1", "eu-west-2", true},
	}
	for _, test := range tests {
		err := p.check(t.Context(), awspatterns.Plan{Target: target(test.primary)}, target(test.secondary))
		if errors.Is(err, awspatterns.ErrWrongAccount) != test.wrong {
			t.Errorf("%s and %s: got %v", test.primary, test.secondary, err)
		}
	}
}
