package respond_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/firewall/respond"
)

const bruteForce = `{"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "detail": {
	"accountId": "111122223333", "region": "eu-west-1", "id": "f1", "type": "UnauthorizedAccess:EC2/SSHBruteForce",
	"severity": 5, "updatedAt": "2026-11-01T10:00:00Z",
	"resource": {"instanceDetails": {"instanceId": "i-0123456789abcdef0"}},
	"service": {"action": {"networkConnectionAction": {"remoteIpDetails": {"ipAddressV4": "198.51.100.7"}}}, "additionalInfo": {}}}}`

func TestOnFinding(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := respond.OnFindingOptions{Block: w.options(), Types: []string{"CryptoCurrency:*", "UnauthorizedAccess:EC2/*"}, MinSeverity: 4}
	opts.Block.Finding = respond.Finding{}
	result, err := respond.OnFinding(t.Context(), w.clients(), []byte(bruteForce), opts)
	if err != nil || result.Skipped != "" || len(result.Result.Outcomes) != 4 {
		t.Fatalf("%v: %+v", err, result)
	}
	if !slices.Contains(w.held(w.v4), "198.51.100.7/32") || w.ec2.Tags(account, region, instance)["infected"] == "" {
		t.Error("nothing was done")
	}
	again, err := respond.OnFinding(t.Context(), w.clients(), []byte(bruteForce), opts)
	if err != nil || !again.Plan.Empty() {
		t.Errorf("the event again: %v\n%s", err, again.Plan)
	}
}

func TestOnFindingSkips(t *testing.T) {
	tests := map[string]struct {
		event  string
		change func(*respond.OnFindingOptions)
		want   string
	}{
		"severity": {bruteForce, func(o *respond.OnFindingOptions) { o.MinSeverity = 5.5 }, "severity is 5, below 5.5"},
		"type":     {bruteForce, func(o *respond.OnFindingOptions) { o.Types = []string{"UnauthorizedAccess:EC2/SSH"} }, "type"},
		"sample":   {strings.Replace(bruteForce, `"additionalInfo": {}`, `"additionalInfo": {"sample": true}`, 1), func(*respond.OnFindingOptions) {}, "sample"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(awstest.New(t))
			opts := respond.OnFindingOptions{Block: w.options()}
			opts.Block.Finding = respond.Finding{}
			test.change(&opts)
			result, err := respond.OnFinding(t.Context(), w.clients(), []byte(test.event), opts)
			if err != nil || !strings.Contains(result.Skipped, test.want) || w.Count() > 0 {
				t.Errorf("%v: %q after %d calls", err, result.Skipped, w.Count())
			}
		})
	}
}

// A sample can be acted on, to try a response: its instance is not tagged.
func TestOnFindingSample(t *testing.T) {
	w := newWorld(awstest.New(t))
	opts := respond.OnFindingOptions{Block: w.options(), Samples: true}
	opts.Block.Finding = respond.Finding{}
	event := strings.Replace(bruteForce, `"additionalInfo": {}`, `"additionalInfo": {"value": "{\"sample\":true}"}`, 1)
	if _, err := respond.OnFinding(t.Context(), w.clients(), []byte(event), opts); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.held(w.v4), "198.51.100.7/32") || w.ec2.Tags(account, region, instance)["infected"] != "" {
		t.Error("it is not blocked, or tagged")
	}
}

func TestOnFindingRefuses(t *testing.T) {
	w := newWorld(awstest.New(t))
	if _, err := respond.OnFinding(t.Context(), w.clients(), []byte(`{"detail": {}, "source": "aws.s3"}`), respond.OnFindingOptions{Block: respond.BlockOptions{Store: w.store}}); !errors.Is(err, respond.ErrNotFinding) {
		t.Errorf("error %v, want ErrNotFinding", err)
	}
	for want, opts := range map[string]respond.OnFindingOptions{
		"Finding is set": {Block: w.options()}, "MinSeverity": {MinSeverity: 11},
	} {
		if _, err := respond.OnFinding(t.Context(), w.clients(), []byte(bruteForce), opts); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
