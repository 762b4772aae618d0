package apply_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// regionSync is a plan of a pattern that is still to be written.
type regionSync struct {
	awspatterns.Plan
	Identities []string `json:"identities"`
	Sender     func()   `json:"-"`
}

func sealable() regionSync {
	return regionSync{
		Plan: awspatterns.Plan{
			Pattern: "ses.RegionSync",
			Target:  awspatterns.Target{Partition: "aws", Account: "123456789012", Region: "eu-west-1"},
			Changes: []awspatterns.Change{
				{Action: awspatterns.Create, Resource: awspatterns.Resource{Type: "SES template", ID: "welcome"}},
				{Action: awspatterns.Unknown, Resource: awspatterns.Resource{Type: "SES suppression list", ID: "account"}},
			},
			Costs: []awspatterns.Cost{{Item: "dedicated IP addresses", Quantity: 2, Unit: "address and month", Price: 24.95, Ceiling: 4}},
		},
		Identities: []string{"example.org"},
	}
}

func seal(t *testing.T, p *regionSync) {
	t.Helper()
	if err := apply.Seal(&p.Plan, p); err != nil {
		t.Fatal(err)
	}
}

// TestDigest keeps plans as JSON, also with names that are not UTF-8, and spoils
// them.
func TestDigest(t *testing.T) {
	p := sealable()
	p.Identities = append(p.Identities, "not \xff UTF-8", "<&>")
	p.Sender = func() {}
	seal(t, &p)
	if !p.Incomplete {
		t.Error("a plan with an unknown change is not incomplete")
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	read := func() regionSync {
		var kept regionSync
		if err := json.Unmarshal(text, &kept); err != nil {
			t.Fatal(err)
		}
		return kept
	}
	kept := read()
	if err := apply.Verify(&kept.Plan, &kept, "ses.RegionSync"); err != nil {
		t.Errorf("after JSON: %v", err)
	}
	for name, spoil := range map[string]func(p *regionSync){
		"action":     func(p *regionSync) { p.Changes[0].Action = awspatterns.Delete },
		"change":     func(p *regionSync) { p.Changes = p.Changes[1:] },
		"order":      func(p *regionSync) { p.Changes[0], p.Changes[1] = p.Changes[1], p.Changes[0] },
		"account":    func(p *regionSync) { p.Target.Account = "999999999999" },
		"incomplete": func(p *regionSync) { p.Incomplete = false },
		"ceiling":    func(p *regionSync) { p.Costs[0].Ceiling = 0 },
		"own field":  func(p *regionSync) { p.Identities[0] = "example.com" },
		"digest":     func(p *regionSync) { p.Digest = "" },
		"pattern":    func(p *regionSync) { p.Pattern = "ses.Replica" },
		"format":     func(p *regionSync) { p.Format = 2 },
	} {
		kept := read()
		spoil(&kept)
		if err := apply.Verify(&kept.Plan, &kept, "ses.RegionSync"); !errors.Is(err, awspatterns.ErrAltered) {
			t.Errorf("%s spoiled: got %v, want ErrAltered", name, err)
		}
	}
	kept = read()
	kept.Costs[0].Quantity = 5
	seal(t, &kept)
	if err := apply.Verify(&kept.Plan, &kept, "ses.RegionSync"); !errors.Is(err, awspatterns.ErrCeiling) {
		t.Errorf("over the ceiling: got %v", err)
	}
}

func TestCheckTarget(t *testing.T) {
	p := sealable()
	if err := apply.CheckTarget(p.Plan, p.Target); err != nil {
		t.Error(err)
	}
	for _, other := range []awspatterns.Target{
		{Partition: "aws", Account: "999999999999", Region: "eu-west-1"},
		{Partition: "aws", Account: "123456789012", Region: "eu-west-2"},
		{Partition: "aws-cn", Account: "123456789012", Region: "eu-west-1"},
		{Partition: "aws", Account: "123456789012", Region: "eu-west-1", Cluster: "x"},
		{},
	} {
		err := apply.CheckTarget(p.Plan, other)
		if !errors.Is(err, awspatterns.ErrWrongAccount) || !strings.Contains(err.Error(), "123456789012") {
			t.Errorf("%s: got %v", other, err)
		}
	}
}
