package region

import "testing"

// TestLimitsAreWhatReadinessWants: what readiness says that PlanLimits asks for, it asks for,
// by the same options, and with it no quota is short.
func TestLimitsAreWhatReadinessWants(t *testing.T) {
	for _, want := range []ReadinessOptions{
		{}, {Max24HourSend: 60_000}, {Max24HourSend: 5_000_000}, {Max24HourSend: 5_000_000, MaxSendRate: 20}, {MaxSendRate: 100},
	} {
		for _, quota := range []float64{0, 200, 40_000, 50_000} {
			for _, rate := range []float64{0, 0.25, 1, 14} {
				in := readyInputs()
				in.Secondary.Settings.Max24HourSend, in.Secondary.Settings.MaxSendRate = quota, rate
				limits := Limits(in.Primary, in.Secondary, LimitsOptions{Max24HourSend: want.Max24HourSend, MaxSendRate: want.MaxSendRate})
				for _, l := range limits {
					s := &in.Secondary.Settings
					if l.Region == in.Primary.Region {
						s = &in.Primary.Settings
					}
					if l.Quota == SendingQuota {
						s.Max24HourSend = l.Want
					} else {
						s.MaxSendRate = l.Want
					}
				}
				for _, f := range CheckReadiness(in, want).Findings {
					if f.Kind == Quotas {
						t.Errorf("%+v, %v, %v: with %+v granted: %s", want, quota, rate, limits, f)
					}
				}
			}
		}
	}
}
