package region

import (
	"fmt"
	"math"

	"github.com/awspatterns/awspatterns"
)

// LimitsOptions say what each Region must be able to carry alone.
type LimitsOptions struct {
	// Max24HourSend is how many recipients in 24 hours each Region must be able to carry. Zero
	// is the larger of the quotas of both. It is never less than what both sent in the last
	// 24 hours.
	Max24HourSend float64 `json:"max24HourSend,omitempty"`

	// MaxSendRate is how many recipients in a second each Region must be able to carry. Zero
	// is the larger of the rates of both. It is never less than what both sent takes, nor than
	// Max24HourSend does, evenly over the day.
	MaxSendRate float64 `json:"maxSendRate,omitempty"`
}

// mostAskedFor is the largest value that Service Quotas takes (RequestServiceQuotaIncrease in
// its API reference).
const mostAskedFor = 10_000_000_000

// Check refuses options that nothing can be done with.
func (o LimitsOptions) Check() error {
	for _, f := range []struct {
		name  string
		value float64
	}{{"Max24HourSend", o.Max24HourSend}, {"MaxSendRate", o.MaxSendRate}} {
		if !(f.value >= 0 && f.value <= mostAskedFor) {
			return fmt.Errorf("%s is %v: give how many recipients, up to %s, or 0", f.name, f.value, amount(mostAskedFor))
		}
	}
	return nil
}

// A Limit is a sending quota of a Region, and what is to be done about it.
type Limit struct {
	Region string  `json:"region"`
	Quota  string  `json:"quota"` // its code: SendingQuota or SendingRate; empty: the whole account
	Has    float64 `json:"has"`   // -1 is unlimited
	Want   float64 `json:"want"`

	// Action is Update for an increase that is to be requested, Manual for what only a person
	// can get, and Unknown for what could not be read. It is empty if a request is open, and
	// AWS is to decide.
	Action awspatterns.Action `json:"action,omitempty"`
	Reason string             `json:"reason,omitempty"`
	Steps  []string           `json:"steps,omitempty"`

	// Last is the newest request, if there is one.
	Last *Increase `json:"last,omitempty"`
}

// Limits returns the sending quotas that do not let each of two Regions carry all mail, and
// what is to be done: those of the primary first.
//
// It never asks for less than there is, nor while a request is open, nor again for what AWS
// has denied.
func Limits(primary, secondary State, opts LimitsOptions) (all []Limit) {
	states := []State{primary, secondary}
	for _, s := range states {
		if !limitsKnown(primary) || !limitsKnown(secondary) {
			all = append(all, unknownLimits(s, states))
			continue
		}
		targets := []Limit{
			{Region: s.Region, Quota: SendingQuota, Has: s.Settings.Max24HourSend, Want: wantedQuota(primary, secondary, opts)},
			{Region: s.Region, Quota: SendingRate, Has: s.Settings.MaxSendRate, Want: wantedRate(primary, secondary, opts)},
		}
		if !s.Settings.ProductionAccess {
			all = append(all, sandboxLimit(s, targets[0].Want, targets[1].Want))
			continue
		}
		for _, l := range targets {
			if l.short() {
				all = append(all, l.decide(s))
			}
		}
	}
	return all
}

// limitsKnown reports whether the quotas of a Region were read.
func limitsKnown(s State) bool { return !s.hasUnread(Account, "") }

// wantedQuota is how many recipients in 24 hours each Region must carry; -1 is unlimited.
func wantedQuota(a, b State, opts LimitsOptions) float64 {
	sent := math.Ceil(a.Settings.SentLast24Hours + b.Settings.SentLast24Hours)
	return max(wanted(opts.Max24HourSend, a.Settings.Max24HourSend, b.Settings.Max24HourSend), sent)
}

// wantedRate is how many recipients in a second each Region must carry; -1 is unlimited.
func wantedRate(a, b State, opts LimitsOptions) float64 {
	const secondsADay = 24 * 60 * 60
	sent := max(opts.Max24HourSend, a.Settings.SentLast24Hours+b.Settings.SentLast24Hours)
	return max(wanted(opts.MaxSendRate, a.Settings.MaxSendRate, b.Settings.MaxSendRate), math.Ceil(sent/secondsADay))
}

// wanted is what was asked for, or else the larger of two quotas. Nobody can ask for
// unlimited: then it is the one that is limited, which stays as it is.
func wanted(asked, a, b float64) float64 {
	if asked > 0 {
		return asked
	}
	return max(a, b)
}

// short reports whether the quota is less than it is to be.
func (l Limit) short() bool { return !unlimited(l.Has) && l.Has < l.Want }

// decide decides what is to be done about a quota that is short.
func (l Limit) decide(s State) Limit {
	if s.hasUnread(Quotas, l.Quota) {
		l.Action, l.Reason = awspatterns.Unknown, "which increases were requested could not be read: "+s.whyUnread(Quotas, l.Quota)
		return l
	}
	l.Action, l.Last = awspatterns.Update, latestIncrease(s, l.Quota)
	switch {
	case l.Last == nil:
	case l.Last.open():
		l.Action, l.Reason = "", "AWS has not decided on the request yet"
		if l.Last.Value < l.Want {
			l.Reason += fmt.Sprintf("; it is for less than %s, which can be asked for only then", amount(l.Want))
		}
	case l.Last.Value >= l.Want && l.Last.Status == "APPROVED":
		l.Action, l.Reason = "", "AWS has granted the request, and it is not in force yet"
	case l.Last.Value > l.Has && l.Last.Value <= l.Want && l.Last.Status != "APPROVED":
		l.Action = awspatterns.Manual
		l.Reason = fmt.Sprintf("AWS has not granted the last request, for %s: %s", amount(l.Last.Value), l.Last.Status)
		l.Steps = []string{"read what AWS wrote to the case in the Support Center, and answer it",
			"or ask again in the console of Service Quotas in " + s.Region}
	}
	return l
}

// whyUnread returns why something was not read.
func (s *State) whyUnread(k Kind, name string) string {
	for _, u := range s.Unread {
		if u.Kind == k && (u.Name == "" || u.Name == name) {
			return u.Reason
		}
	}
	return ""
}

// unknownLimits is for two Regions of which one could not be read: what the other is to
// carry is not known then.
func unknownLimits(s State, states []State) Limit {
	l := Limit{Region: s.Region, Action: awspatterns.Unknown}
	for _, other := range states {
		if !limitsKnown(other) {
			l.Reason = fmt.Sprintf("the account in %s could not be read: %s", other.Region, other.whyUnread(Account, ""))
		}
	}
	return l
}

// sandboxLimit is for a Region in the sandbox. Leaving that is no quota, and the request for
// it takes the quotas along.
func sandboxLimit(s State, quota, rate float64) Limit {
	l := Limit{Region: s.Region, Action: awspatterns.Manual, Has: s.Settings.Max24HourSend, Want: quota,
		Reason: "the account is in the sandbox, and leaving that is no quota"}
	if s.Settings.Review != "" {
		l.Reason += "; the review of the last request: " + s.Settings.Review
	}
	l.Steps = []string{fmt.Sprintf("request production access in %s (PutAccountDetails, or the console), with %s recipients in 24 hours and %s in a second",
		s.Region, orUnlimited(quota), orUnlimited(rate))}
	return l
}

// LimitName returns what a quota is, by its code.
func LimitName(quota string) string {
	switch quota {
	case SendingQuota:
		return quotaName
	case SendingRate:
		return rateName
	}
	return quota
}

// LimitText returns the value of a quota as text.
func LimitText(value float64) string {
	if unlimited(value) {
		return "unlimited"
	}
	return amount(value)
}

// Look tells whether the request for an increase is still to be made, from what the quota is
// now and the newest request for it, nil if there is none. A request since the plan that is
// for as much is the one of the plan, whatever AWS has decided on it.
func (l Limit) Look(has float64, newest *Increase) Now {
	fresh := newest != nil && (l.Last == nil || newest.ID != l.Last.ID)
	switch {
	case unlimited(has), has >= l.Want, fresh && newest.Value >= l.Want:
		return AsPlanned
	case fresh, newest == nil && l.Last != nil, newest != nil && newest.open():
		return Other
	}
	return AsFound
}
