package region

import (
	"strings"
	"testing"
)

// TestReadinessOfBothDirections breaks one thing that hurts whoever is left without it, and
// that must not pass for ready.
func TestReadinessOfBothDirections(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Inputs)
		want  string // a part of a finding
	}{
		{"opted out in the secondary only", func(in *Inputs) { in.Contacts[0].Stricter = 3 },
			"! degrades contacts \"news\" in eu-west-1"},
		{"complaints there, bounces here, which do not count", func(in *Inputs) {
			in.Primary.Settings.Suppression.Reasons = []string{"COMPLAINT"}
			in.Secondary.Settings.Suppression.Reasons = []string{"COMPLAINT"}
			in.Suppressed[0].Stricter = 4
		}, "! degrades suppression list in eu-west-1"},
		{"bounces there, complaints here, which do not count", func(in *Inputs) {
			in.Primary.Settings.Suppression.Reasons = []string{"COMPLAINT"}
			in.Secondary.Settings.Suppression.Reasons = []string{"COMPLAINT"}
			in.Suppressed[0].Different = 4
		}, "! degrades suppression list in us-east-1"},
		{"contacts missing, and others only there", func(in *Inputs) { in.Contacts[0].Missing, in.Contacts[0].Extra = 1, 2 },
			"! degrades contacts \"news\" in eu-west-1"},
		{"no quota in either", func(in *Inputs) {
			for _, s := range []*State{&in.Primary, &in.Secondary} {
				s.Settings.Max24HourSend, s.Settings.SentLast24Hours = 0, 0
			}
		}, "x blocks   sending quota \"recipients in 24 hours\" in us-east-1"},
		{"no rate in either", func(in *Inputs) {
			for _, s := range []*State{&in.Primary, &in.Secondary} {
				s.Settings.MaxSendRate, s.Settings.SentLast24Hours = 0, 0
			}
		}, "x blocks   sending quota \"recipients in a second\" in eu-west-1"},
		{"other selectors of the owner's keys", func(in *Inputs) {
			readyIdentity(&in.Primary).DKIM = DKIM{Origin: "EXTERNAL", Enabled: true, Status: "SUCCESS", Tokens: []string{"one"}}
			readyIdentity(&in.Secondary).DKIM = DKIM{Origin: "EXTERNAL", Enabled: true, Status: "SUCCESS", Tokens: []string{"two"}}
		}, "! degrades identity \"example.com\", DKIM origin in us-east-1"},
		{"a tenant's status that is not known", func(in *Inputs) { in.Secondary.Tenants[0].Status = "PAUSED" },
			"? unknown  tenant \"acme\", sending in us-east-1"},
		{"a verification template only in the secondary", func(in *Inputs) {
			in.Secondary.VerificationTemplates = []VerificationTemplate{{Name: "v"}}
		}, "! degrades custom verification template \"v\" in eu-west-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := readyInputs()
			tt.spoil(&in)
			r := CheckReadiness(in, ReadinessOptions{})
			if r.Ready() || !strings.Contains(r.String(), tt.want) {
				t.Errorf("ready %t, want %q in\n%s", r.Ready(), tt.want, r)
			}
		})
	}
}
