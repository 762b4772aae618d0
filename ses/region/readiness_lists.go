package region

import (
	"fmt"
	"slices"
)

// endpointFindings look at the multi-region endpoint. It is kept in its primary Region,
// which may be either.
func endpointFindings(in Inputs, opts ReadinessOptions) []Finding {
	unknown := in.Primary.hasUnread(Endpoints, opts.Endpoint) || in.Secondary.hasUnread(Endpoints, opts.Endpoint)
	all := slices.Concat(in.Primary.Endpoints, in.Secondary.Endpoints)
	f := Finding{Severity: Blocks, Kind: Endpoints, Name: opts.Endpoint, Source: pageEndpoints}
	if opts.Endpoint == "" {
		all = slices.DeleteFunc(all, func(e Endpoint) bool { return !e.has(in) })
	} else {
		all = slices.DeleteFunc(all, func(e Endpoint) bool { return e.Name != opts.Endpoint })
	}
	ready := slices.IndexFunc(all, func(e Endpoint) bool { return e.has(in) && e.Status == "READY" })
	switch {
	case ready >= 0:
		return nil
	case unknown:
		return nil // what could not be read is said
	case len(all) > 0 && !all[0].has(in):
		f.Name = all[0].Name
		f.Problem = fmt.Sprintf("it is over %v, and not over these Regions", all[0].Regions)
		f.Remedy = "make an endpoint over these Regions: PlanGlobalEndpoint"
	case len(all) > 0:
		f.Name, f.Problem = all[0].Name, "it is "+orNone(all[0].Status)+", and not READY"
		f.Remedy = endpointRemedy(all[0].Status)
	case opts.Endpoint != "":
		f.Problem, f.Remedy = "missing: mail that names it is refused", "make it: PlanGlobalEndpoint"
	default:
		f.Severity, f.Problem = Degrades, "no endpoint is over both Regions: mail does not go over by itself when one fails"
		f.Remedy, f.Source = "make one (PlanGlobalEndpoint), or have the sender change Regions", ""
	}
	return []Finding{f}
}

// has reports whether an endpoint is over the two Regions.
func (e Endpoint) has(in Inputs) bool {
	return slices.Contains(e.Regions, in.Primary.Region) && slices.Contains(e.Regions, in.Secondary.Region)
}

func endpointRemedy(status string) string {
	switch status {
	case "CREATING":
		return "wait until it is READY"
	case "DELETING":
		return "make another: PlanGlobalEndpoint"
	}
	return "replace it: PlanGlobalEndpoint"
}

// listFindings look at the lists that are streamed: suppressed addresses and contacts.
func listFindings(in Inputs, opts ReadinessOptions) (all []Finding) {
	if opts.wants(SuppressionList) {
		all = append(all, suppressedFindings(in)...)
	}
	if opts.wants(Contacts) {
		all = append(all, contactFindings(in)...)
	}
	return all
}

// suppressedFindings look at the suppression lists, of the account and of tenants that have
// one of their own.
func suppressedFindings(in Inputs) (all []Finding) {
	looked := map[string]bool{}
	for _, d := range in.Suppressed {
		looked[d.Tenant] = true
		all = append(all, suppressedFinding(in, d)...)
	}
	wanted := []string{""}
	for _, t := range in.Primary.Tenants {
		if t.Suppression != nil && t.Suppression.Scope == "TENANT" {
			wanted = append(wanted, t.Name)
		}
	}
	for _, tenant := range wanted {
		if !looked[tenant] {
			all = append(all, Finding{Severity: NotKnown, Kind: SuppressionList, Name: tenant,
				Problem: "not looked at: who is suppressed in only one Region may be mailed from the other", Remedy: "check again with the lists"})
		}
	}
	return all
}

// suppressedFinding is about one suppression list.
func suppressedFinding(in Inputs, d ListDifference) (all []Finding) {
	f := Finding{Severity: Degrades, Kind: SuppressionList, Name: d.Tenant, Source: pageRegions}
	if d.Unread != "" {
		f.Severity, f.Region, f.Source = NotKnown, d.Where, ""
		f.Problem, f.Remedy = "could not be read: "+d.Unread, "allow what ReadinessPermissions names, and check again"
		return []Finding{f}
	}
	if d.Missing > 0 {
		f.Region, f.Remedy = in.Secondary.Region, syncRemedy
		f.Problem = fmt.Sprintf("%s that %s suppresses would be mailed again", addresses(d.Missing), in.Primary.Region)
		all = append(all, f)
	}
	if d.Extra > 0 {
		f.Region, f.Remedy = in.Primary.Region, "PlanRegionSync with TwoWaySuppression"
		f.Problem = fmt.Sprintf("%s that %s suppresses would be mailed again", addresses(d.Extra), in.Secondary.Region)
		all = append(all, f)
	}
	if d.Different > 0 {
		f.Region, f.Remedy = in.Secondary.Region, syncRemedy
		all = append(all, otherReason(f, in.Secondary, d.Different))
	}
	if d.Stricter > 0 {
		f.Region, f.Remedy = in.Primary.Region, "PlanRegionSync with TwoWaySuppression"
		all = append(all, otherReason(f, in.Primary, d.Stricter))
	}
	return all
}

// otherReason is about addresses that a Region has for a bounce, and the other for a
// complaint. They are mailed from one that suppresses for complaints only.
func otherReason(f Finding, s State, n int) Finding {
	f.Problem = fmt.Sprintf("%s suppressed in both, for another reason", addresses(n))
	if reasons := orZero(s.Settings.Suppression).Reasons; slices.Contains(reasons, "BOUNCE") || !slices.Contains(reasons, "COMPLAINT") {
		f.Severity, f.Source = Notes, ""
	} else {
		f.Problem = fmt.Sprintf("%s that the other Region has for a complaint, and this one for a bounce, for which it does not suppress", addresses(n))
	}
	return f
}

// addresses returns how many addresses.
func addresses(n int) string {
	if n == 1 {
		return "1 address"
	}
	return amount(float64(n)) + " addresses"
}

// contactFinding is about the contacts of one list. Who opted out in the secondary only, or
// is only there, is not spared by the primary: a list need not have an address for mail to go
// to it.
func contactFinding(in Inputs, d ListDifference) (all []Finding) {
	f := Finding{Severity: Degrades, Kind: Contacts, Name: d.List}
	if d.Unread != "" {
		f.Severity, f.Region = NotKnown, d.Where
		f.Problem, f.Remedy = "could not be read: "+d.Unread, "allow what ReadinessPermissions names, and check again"
		return []Finding{f}
	}
	if d.Missing+d.Different > 0 {
		f.Region, f.Remedy = in.Secondary.Region, syncRemedy
		f.Problem = fmt.Sprintf("missing: %s, different: %s; what they subscribe to, or not, is not known there",
			amount(float64(d.Missing)), amount(float64(d.Different)))
		all = append(all, f)
	}
	if d.Extra+d.Stricter > 0 {
		f.Region, f.Remedy = in.Primary.Region, backRemedy
		f.Problem = fmt.Sprintf("only in %s: %s, opted out of more there: %s; who has unsubscribed there may be mailed from here",
			in.Secondary.Region, amount(float64(d.Extra)), amount(float64(d.Stricter)))
		all = append(all, f)
	}
	return all
}

// contactFindings look at the contacts of the lists of the primary.
func contactFindings(in Inputs) (all []Finding) {
	looked := map[string]bool{}
	for _, d := range in.Contacts {
		looked[d.List] = true
		all = append(all, contactFinding(in, d)...)
	}
	for _, l := range in.Primary.ContactLists {
		if !looked[l.Name] {
			all = append(all, Finding{Severity: NotKnown, Kind: Contacts, Name: l.Name,
				Problem: "not looked at: who has unsubscribed may be mailed", Remedy: "check again with the lists"})
		}
	}
	return all
}
