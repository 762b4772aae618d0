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
	// rate lets through in 24 hours. -1 is unlimited, and so far as CapacityKnown.
	Capacity      float64 `json:"capacity"`
	CapacityKnown bool    `json:"capacityKnown"`

	Stays        float64 `json:"stays"`        // would not go out
	OfIdentities float64 `json:"ofIdentities"` // of these, from identities that do not go out
	TooMany      float64 `json:"tooMany"`      // of these, over the capacity

	// AtLeast is whether more may stay than Stays: what something is about that does not go
	// out, or that is not known, has no volume. Only identities have, if
	// DrillOptions.Volumes tell it.
	AtLeast bool `json:"atLeast,omitempty"`
}

// volume tells how much would not go out.
func (d drill) volume(all load, loss Loss) Volume {
	v := Volume{Recipients: all.recipients, Known: all.known, AtLeast: !all.known}
	if v.CapacityKnown = d.opts.wants(Account) && !d.to.hasUnread(Account, ""); v.CapacityKnown {
		v.Capacity = capacity(d.to.Settings)
	}
	for _, f := range loss.Findings {
		if f.Kind == Account && f.Severity == Blocks {
			v.Stays = v.Recipients
			return v
		}
		v.AtLeast = v.AtLeast || f.Severity == NotKnown && f.Kind != SuppressionList && f.Kind != Contacts && f.Kind != Endpoints
	}
	for _, i := range loss.Items {
		v.add(i, d.opts.Volumes)
	}
	if v.CapacityKnown && !unlimited(v.Capacity) {
		v.TooMany = max(0, v.Recipients-v.OfIdentities-v.Capacity)
	}
	v.Stays = v.OfIdentities + v.TooMany
	return v
}

// add adds what an item stands for, if it does not go out.
func (v *Volume) add(i DrillItem, volumes map[string]float64) {
	_, measured := volumes[i.Name]
	switch {
	case i.Verdict == NotKnown:
		v.AtLeast = true
	case i.Verdict == Blocks && i.Kind == Identities && measured && i.whole():
		v.OfIdentities += i.Recipients
	case i.Verdict == Blocks:
		v.AtLeast = true
	}
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
