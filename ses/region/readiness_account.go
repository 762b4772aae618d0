package region

import (
	"fmt"
	"strconv"
)

// The quotas that Service Quotas has for sending, by their codes.
const (
	SendingQuota = "L-804C8AE8" // recipients in 24 hours
	SendingRate  = "L-CDEF9B6B" // recipients in a second
)

// Their names in findings.
const (
	quotaName = "recipients in 24 hours"
	rateName  = "recipients in a second"
)

const supportRemedy = "answer the case that AWS opened in the Support Center"

// account looks at whether the Region may send at all.
func (c *carriage) account() {
	s := c.to.Settings
	add := func(severity Severity, problem, remedy, source string) {
		c.add(Finding{Severity: severity, Kind: Account, Problem: problem, Remedy: remedy, Source: source})
	}
	if !s.ProductionAccess {
		remedy := "request production access in this Region (PutAccountDetails, or the console)"
		if s.Review != "" {
			remedy += "; the review of the last request: " + s.Review
		}
		add(Blocks, "in the sandbox: mail goes only to verified addresses", remedy, pageSandbox)
	}
	if !s.SendingEnabled {
		add(Blocks, "sending is paused", "enable sending once it is known why it was paused (PutAccountSendingAttributes)", pagePause)
	}
	switch s.Enforcement {
	case "HEALTHY":
	case "SHUTDOWN":
		add(Blocks, "AWS has paused sending (SHUTDOWN)", supportRemedy, pageEnforcement)
	case "PROBATION":
		add(Degrades, "under review by AWS (PROBATION), which may pause sending", supportRemedy, pageEnforcement)
	default:
		add(NotKnown, fmt.Sprintf("the enforcement status is %q, which says nothing that is known here", s.Enforcement),
			"look at the account's status in the console", "")
	}
	if other := c.from.Settings; c.planned && other.PricingPlan != s.PricingPlan && !c.from.lacks(Account, "") {
		add(Notes, fmt.Sprintf("the pricing plan is %s, and %s in %s", orNone(s.PricingPlan), orNone(other.PricingPlan), c.from.Region),
			"see whether the plan of this Region has what mail needs", "")
	}
}

// orNone returns s, or "none" if it is empty.
func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// A load is what a Region has to carry alone.
type load struct {
	recipients float64 // in 24 hours
	known      bool    // what both Regions have sent
}

// load is what the Region that carries has to carry in 24 hours: what was asked for, and at
// least what both have sent.
func (c *carriage) load() load {
	sent, known := 0.0, true
	for _, s := range []*side{c.from, c.to} {
		if s.lacks(Account, "") {
			known = false
		} else {
			sent += s.Settings.SentLast24Hours
		}
	}
	return load{max(c.opts.Max24HourSend, sent), known}
}

// quota looks at the recipients in 24 hours.
func (c *carriage) quota() {
	need, has := c.load(), c.to.Settings.Max24HourSend
	f := Finding{Kind: Quotas, Name: quotaName, Remedy: c.askFor(SendingQuota, "PlanLimits asks for an increase")}
	other := c.from.Settings.Max24HourSend
	switch {
	case unlimited(has):
		return
	case has == 0:
		f.Severity, f.Source, f.Problem = Blocks, pageQuotaErrors, "takes none in 24 hours"
	case has < need.recipients:
		f.Severity, f.Source = Blocks, pageQuotaErrors
		f.Problem = fmt.Sprintf("takes %s in 24 hours; both Regions together have %s, so that %s do not fit",
			amount(has), amount(need.recipients), amount(need.recipients-has))
	case !need.known:
		f.Severity, f.Remedy = NotKnown, ""
		f.Problem = "whether it carries all mail is not known, since what the other Region sends could not be read"
	case c.opts.Max24HourSend == 0 && (unlimited(other) || has < other):
		f.Severity, f.Source = Degrades, pageEndpoints
		f.Problem = fmt.Sprintf("takes %s in 24 hours, less than the %s of %s: a day that fills that quota would not fit",
			amount(has), orUnlimited(other), c.from.Region)
		if unlimited(other) {
			f.Remedy = "say in Max24HourSend how many it must carry, and ask for that: PlanLimits"
		}
	default:
		return
	}
	c.add(f)
}

// rate looks at the recipients in a second.
func (c *carriage) rate() {
	has, other := c.to.Settings.MaxSendRate, c.from.Settings.MaxSendRate
	f := Finding{Kind: Quotas, Name: rateName, Remedy: c.askFor(SendingRate, "PlanLimits asks for an increase")}
	need, known := c.opts.MaxSendRate, true
	if need == 0 {
		need, known = other, !c.from.lacks(Account, "")
	}
	const secondsADay = 24 * 60 * 60
	switch all := c.load().recipients; {
	case unlimited(has):
		return
	case has == 0:
		f.Severity, f.Source, f.Problem = Blocks, pageQuotaErrors, "takes none in a second"
	case has*secondsADay < all:
		f.Severity, f.Source = Blocks, pageQuotaErrors
		f.Problem = fmt.Sprintf("takes %s in a second, %s in 24 hours; both Regions together have %s",
			amount(has), amount(has*secondsADay), amount(all))
	case !known:
		f.Severity, f.Remedy = NotKnown, ""
		f.Problem = "whether it carries all mail is not known, since the rate of the other Region could not be read"
	case unlimited(need) || has < need:
		f.Severity, f.Source = Degrades, pageQuotaErrors
		f.Problem = fmt.Sprintf("takes %s in a second; %s are needed, and what is above is throttled", amount(has), orUnlimited(need))
	default:
		return
	}
	c.add(f)
}

// askFor returns the remedy for a quota that is too small, with what was asked for already.
func (c *carriage) askFor(quota, remedy string) string {
	if i := latestIncrease(c.to.State, quota); i != nil {
		return fmt.Sprintf("%s; the last request, for %s, is %s", remedy, amount(i.Value), i.Status)
	}
	return remedy
}

// increases tell of requests that are open, where nothing is wrong, and of those that could
// not be read.
func (c *carriage) increases() {
	for _, q := range []struct{ code, name string }{{SendingQuota, quotaName}, {SendingRate, rateName}} {
		if i := latestIncrease(c.to.State, q.code); i != nil && i.open() {
			c.add(Finding{Severity: Notes, Kind: Quotas, Name: q.name, Problem: fmt.Sprintf("an increase to %s is requested: %s", amount(i.Value), i.Status)})
		}
	}
}

// latestIncrease returns the newest request for a quota, nil if there is none.
func latestIncrease(s State, quota string) *Increase {
	for i := range s.Increases {
		if s.Increases[i].Quota == quota {
			return &s.Increases[i]
		}
	}
	return nil
}

// open reports whether AWS has not decided on a request.
func (i Increase) open() bool { return i.Status == "PENDING" || i.Status == "CASE_OPENED" }

// unlimited reports whether a quota is: SES says -1 for that.
func unlimited(quota float64) bool { return quota < 0 }

// orUnlimited returns a quota as text.
func orUnlimited(quota float64) string {
	if unlimited(quota) {
		return "unlimited number"
	}
	return amount(quota)
}

// amount returns a number as people write it: 1,000,000 or 0.5.
func amount(f float64) string {
	text := strconv.FormatFloat(f, 'f', -1, 64)
	whole, fraction := text, ""
	for i := range text {
		if text[i] == '.' {
			whole, fraction = text[:i], text[i:]
		}
	}
	sign := ""
	if whole != "" && whole[0] == '-' {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + fraction
}
