package region

import (
	"cmp"

	"github.com/awspatterns/awspatterns"
)

// account decides about the settings of the account. They bear no mark, so that changing
// them takes Adopt.
func (c *comparer) account() {
	if !c.opts.Covers(Account) || c.unreadKind(Account) {
		return
	}
	id := cmp.Or(c.to.Account, everything)
	if c.from.Settings.ProductionAccess && !c.to.Settings.ProductionAccess {
		c.add(c.manual(Account, id, "the account is in the sandbox of "+c.to.Region+": it can send only to verified addresses, and its suppression list cannot be written",
			"request production access: "+command(c.to.Region, "put-account-details", "--production-access-enabled", "--mail-type", "TRANSACTIONAL", "--website-url", "URL")))
	}
	changes := c.accountChanges(id)
	for i := range changes {
		changes[i].Change.Resource.ID, changes[i].Step.Name = id, ""
		changes[i].Change.Adopts = changes[i].Change.Action.Applies()
	}
	if applies(changes) && !c.opts.Adopt {
		changes = c.stop(object{kind: Account, name: id}, changes, awspatterns.Blocked,
			"settings of an account bear no mark, so that it is not known whether they are meant to differ",
			"set Adopt, to have them changed, or make them alike")
	}
	c.add(changes...)
}

// accountChanges returns what makes the settings alike.
func (c *comparer) accountChanges(id string) (all []Decision) {
	p, s := &c.from.Settings, &c.to.Settings
	update := func(a Aspect, wanted *Settings) []Decision {
		return c.update(Account, "", "", a, Value{Settings: s}, Value{Settings: wanted}, false)
	}
	suppression := update(SuppressionAspect, &Settings{Suppression: wantedSuppression(p.Suppression, s.Suppression)})
	for i := range suppression {
		suppression[i].Change.Reason = validationNote(p.Suppression, s.Suppression)
	}
	all = append(all, suppression...)
	vdm := update(VDMAspect, &Settings{VDM: wantedVDM(p.VDM)})
	for i := range vdm {
		if orZero(p.VDM).Enabled == "ENABLED" && orZero(s.VDM).Enabled != "ENABLED" {
			vdm[i].Change.Reason = "the Virtual Deliverability Manager is charged for by the number of mails that are sent"
		}
	}
	all = append(all, vdm...)
	all = append(all, update(WarmupAspect, &Settings{AutoWarmup: p.AutoWarmup})...)
	return append(all, c.sendingChange(Account, id, p.SendingEnabled, s.SendingEnabled,
		update(SendingAspect, &Settings{SendingEnabled: p.SendingEnabled}), command(c.to.Region, "put-account-sending-attributes", "--sending-enabled"))...)
}

// sendingChange disables sending as in the primary. It enables nothing: somebody paused it.
func (c *comparer) sendingChange(kind Kind, id string, from, to bool, update []Decision, enable string) []Decision {
	switch {
	case from && !to:
		return []Decision{c.manual(kind, id, "sending is off in "+c.to.Region+", where somebody, or SES, paused it", "find out why, then: "+enable)}
	case !from && to:
		for i := range update {
			update[i].Change.Interrupts = "no mail goes out of " + c.to.Region + " with it, as in " + c.from.Region
		}
	}
	return update
}

// wantedSuppression returns the preferences of the account with everything said, since there
// is nobody to inherit from, and what is left out may stay as it is.
func wantedSuppression(p, s *Suppression) *Suppression {
	wanted := &Suppression{Reasons: append([]string{}, orZero(p).Reasons...), Validation: orZero(p).Validation}
	if wanted.Validation == "" && orZero(s).Validation != "" {
		wanted.Validation = "DISABLED"
	}
	return wanted
}

// wantedVDM is wantedSuppression for the Virtual Deliverability Manager.
func wantedVDM(p *VDM) *VDM {
	v := orZero(p)
	if v.Enabled != "ENABLED" {
		return &VDM{Enabled: "DISABLED"}
	}
	return &VDM{Enabled: v.Enabled, Engagement: cmp.Or(v.Engagement, "DISABLED"), OptimizedShared: cmp.Or(v.OptimizedShared, "DISABLED")}
}

// validationNote tells what validation costs where it is switched on
// (https://docs.aws.amazon.com/ses/latest/dg/email-validation-auto.html).
func validationNote(p, s *Suppression) string {
	on := func(s *Suppression) bool { v := orZero(s).Validation; return v != "" && v != "DISABLED" }
	if on(p) && !on(s) {
		return "automatic validation is charged for by the number of mails that are sent, those that it suppresses included"
	}
	return ""
}
