package redshift

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/redshift/chargeback"
)

// What Cost Explorer allows.
const (
	costMonths    = 14 // of days
	maxTagKey     = 1024
	maxDimensions = 100 // values of a filter; its own limit is not documented
)

var costMetrics = []string{"UnblendedCost", "NetUnblendedCost", "AmortizedCost", "NetAmortizedCost"}

func (o ReconcileOptions) withDefaults() ReconcileOptions {
	if o.Period == (chargeback.Interval{}) {
		o.Period = o.Bill.Period
	}
	o.Period.From, o.Period.To = o.Period.From.UTC(), o.Period.To.UTC()
	o.Metric = cmp.Or(o.Metric, costMetrics[0])
	o.MaxRequests = cmp.Or(o.MaxRequests, 100)
	return o
}

func (o ReconcileOptions) validate(now time.Time) error {
	if err := o.validatePeriod(now); err != nil {
		return err
	}
	switch {
	case o.Bill.Currency == "":
		return errors.New("the bill has no currency")
	case !slices.Contains(costMetrics, o.Metric):
		return fmt.Errorf("metric %q: want one of %s", o.Metric, strings.Join(costMetrics, ", "))
	case o.MaxRequests < 0:
		return fmt.Errorf("MaxRequests is %d", o.MaxRequests)
	case !utf8.ValidString(o.TagKey), utf8.RuneCountInString(o.TagKey) > maxTagKey:
		return fmt.Errorf("tag key %q: want UTF-8 of at most %d characters", o.TagKey, maxTagKey)
	case strings.HasPrefix(o.TagKey, "user:"):
		return fmt.Errorf("tag key %q: want it without user: in front, as Cost Explorer lists it", o.TagKey)
	case o.TagKey == "" && len(o.UnitOf) > 0:
		return errors.New("UnitOf is set without a TagKey")
	case len(o.Accounts) > maxDimensions || len(o.Regions) > maxDimensions:
		return fmt.Errorf("more than %d accounts or Regions", maxDimensions)
	}
	for _, account := range o.Accounts {
		if len(account) != 12 || strings.Trim(account, "0123456789") != "" {
			return fmt.Errorf("account %q: want 12 digits", account)
		}
	}
	for _, region := range o.Regions {
		if strings.Count(region, "-") < 2 || strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return fmt.Errorf("region %q: want a name such as eu-central-1", region)
		}
	}
	return nil
}

// validatePeriod refuses what Cost Explorer would: days that it no longer has, that have not
// begun, or that end after the beginning of the next month.
func (o ReconcileOptions) validatePeriod(now time.Time) error {
	from, to, bill := o.Period.From, o.Period.To, o.Bill.Period
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	between := fmt.Sprintf("period %s to %s", from.Format(time.RFC3339), to.Format(time.RFC3339))
	switch {
	case !from.Before(to):
		return fmt.Errorf("%s: it has no days", between)
	case from != from.Truncate(24*time.Hour) || to != to.Truncate(24*time.Hour):
		return fmt.Errorf("%s: want whole days in UTC", between)
	case from.Before(bill.From) || to.After(bill.To):
		return fmt.Errorf("%s: it is not within the bill's, %s to %s", between, bill.From.Format(time.RFC3339), bill.To.Format(time.RFC3339))
	case from.Before(month.AddDate(0, -costMonths, 0)):
		return fmt.Errorf("%s: Cost Explorer keeps days for %d months", between, costMonths)
	case from.After(now):
		return fmt.Errorf("%s: it has not begun", between)
	case to.After(month.AddDate(0, 1, 0)):
		return fmt.Errorf("%s: Cost Explorer answers until the end of this month", between)
	}
	return nil
}
