package region

import "strings"

// A Volume is how much would not go out, in recipients in 24 hours.
type Volume struct {
	// Recipients that both Regions have together: what they sent in the last 24 hours, or
	// more if the options say so.
	Recipients float64 `json:"recipients"`

	// Known is whether what both sent could be read. If not, there may be more.
	Known bool `json:"known"`

	// Capacity of the Region that is left: the smaller of its sending quota and what its
	// rate lets through in 24 hours. -1 is unlimited.
	Capacity float64 `json:"capacity"`

	Stays        float64 `json:"stays"`        // would not go out, as far as is known
	OfIdentities float64 `json:"ofIdentities"` // of these, from identities that do not go out
	TooMany      float64 `json:"tooMany"`      // of these, over the capacity

	// Unmeasured is how many identities do not go out without DrillOptions.Volumes telling
	// how much they send: more stays than Stays, then.
	Unmeasured int `json:"unmeasured,omitempty"`
}

// volume tells how much would not go out.
func (d drill) volume(all load, loss Loss) Volume {
	v := Volume{Recipients: all.recipients, Known: all.known, Capacity: capacity(d.to.Settings)}
	if d.to.hasUnread(Account, "") {
		v.Capacity = 0
	}
	stopped := false
	for _, f := range loss.Findings {
		stopped = stopped || f.Kind == Account && f.Severity == Blocks
	}
	if stopped {
		v.Stays = v.Recipients
		return v
	}
	for _, i := range loss.Items {
		if i.Kind != Identities || i.Verdict != Blocks {
			continue
		}
		v.OfIdentities += i.Recipients
		if _, measured := d.opts.Volumes[i.Name]; !measured {
			v.Unmeasured++
		}
	}
	if !unlimited(v.Capacity) && !d.to.hasUnread(Account, "") {
		v.TooMany = max(0, v.Recipients-v.OfIdentities-v.Capacity)
	}
	v.Stays = v.OfIdentities + v.TooMany
	return v
}

// capacity is how many recipients a Region takes in 24 hours; -1 is unlimited.
func capacity(s Settings) float64 {
	const secondsADay = 24 * 60 * 60
	quota, rate := s.Max24HourSend, s.MaxSendRate*secondsADay
	switch {
	case unlimited(quota) && unlimited(rate):
		return -1
	case unlimited(quota):
		return rate
	case unlimited(rate):
		return quota
	}
	return min(quota, rate)
}

func sumVolumes(volumes map[string]float64) (sum float64) {
	for _, v := range volumes {
		sum += v
	}
	return sum
}

// listed joins words: "A, B and C".
func listed(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
