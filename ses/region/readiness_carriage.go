package region

import "fmt"

// A carriage is the mail of one Region that another has to carry. Its methods find what is
// in the way.
type carriage struct {
	from, to *side
	opts     ReadinessOptions

	// planned is whether to is made like from: what only from has is missing there. Otherwise
	// it may be meant for from alone, and only that mail is lost with it.
	planned bool

	remedy string // what brings to it what from has

	findings []Finding
}

// Pages that say what a finding does to mail.
const (
	pages           = "https://docs.aws.amazon.com/ses/latest/dg/"
	pageEndpoints   = pages + "global-endpoints.html"
	pageRegions     = pages + "regions.html"
	pageSets        = pages + "managing-configuration-sets.html"
	pageQuotaErrors = pages + "manage-sending-quotas-errors.html"
	pageSandbox     = pages + "request-production-access.html"
	pageMailFrom    = pages + "mail-from.html"
	pagePause       = pages + "monitoring-sender-reputation-pausing-account.html"
	pagePauseSet    = pages + "monitoring-sender-reputation-pausing-configuration-set.html"
	pageEnforcement = pages + "faqs-enforcement.html"
	pageIdentities  = pages + "creating-identities.html"
	pageWarming     = pages + "dedicated-ip-warming.html"
	pagePools       = pages + "managing-ip-pools.html"
	pageTemplates   = pages + "send-personalized-email-api.html"
	pageTenants     = pages + "tenants.html"
	pagePolicies    = pages + "sending-authorization.html"
)

// What brings to one Region what the other has.
const (
	syncRemedy = "make the Regions the same: PlanRegionSync"
	backRemedy = "do the same here: PlanRegionSync only makes the secondary like the primary"
)

// add adds a finding about the Region that carries.
func (c *carriage) add(f Finding) {
	f.Region = c.to.Region
	c.findings = append(c.findings, f)
}

// unread tells what of the Region that carries was not read.
func (c *carriage) unread() {
	c.findings = append(c.findings, unreadFindings(c.to.State)...)
}

// unreadFindings tell what of a Region was not read.
func unreadFindings(s State) (all []Finding) {
	for _, u := range s.Unread {
		f := Finding{Severity: NotKnown, Kind: u.Kind, Name: u.Name, Aspect: u.Aspect, Region: s.Region,
			Problem: "could not be read: " + u.Reason, Remedy: "allow what ReadinessPermissions names, and check again"}
		if u.Kind == Quotas {
			f.Name = LimitName(u.Name)
			f.Problem = "which increases were requested could not be read: " + u.Reason
		}
		all = append(all, f)
	}
	return all
}

// hasUnread reports whether all of a kind, or an object of it, was not read: with the name
// empty, whether the list of all was not.
func (s *State) hasUnread(k Kind, name string) bool {
	for _, u := range s.Unread {
		if u.Kind == k && u.Aspect == Object && (u.Name == "" || u.Name == name) {
			return true
		}
	}
	return false
}

// lacks reports whether all of a kind, or an object of it, was not read.
func (s *side) lacks(k Kind, name string) bool {
	_, unread := s.unreadOf(k, name, Object)
	return unread
}

// readable reports whether it is known, in both Regions, what an object is and that it is
// missing if it is not there.
func (c *carriage) readable(k Kind, name string) bool {
	return !c.from.lacks(k, name) && !c.to.lacks(k, name)
}

// region looks at the account in the Region that carries.
func (c *carriage) region() {
	if c.opts.wants(Account) && !c.to.lacks(Account, "") {
		c.account()
		c.quota()
		c.rate()
		c.increases()
	}
}

// objects looks at what mail names.
func (c *carriage) objects() {
	for _, look := range []struct {
		kind Kind
		look func()
	}{
		{Pools, c.pools}, {Sets, c.sets}, {Identities, c.identities}, {Templates, c.templates},
		{Verification, c.verificationTemplates}, {Lists, c.contactLists}, {Tenants, c.tenants},
	} {
		if c.opts.wants(look.kind) {
			look.look()
		}
	}
}

// absent adds that an object is not in the Region that carries. The problem tells what that
// does to mail.
func (c *carriage) absent(s Severity, k Kind, name, problem, source string) {
	f := Finding{Severity: s, Kind: k, Name: name, Problem: "missing: " + problem, Remedy: c.remedy, Source: source}
	if !c.planned {
		f.Severity, f.Remedy = Degrades, "make it here, too, if mail that names it is sent through both"
		f.Problem = fmt.Sprintf("only in %s: %s", c.from.Region, problem)
	}
	c.add(f)
}

// namedIn finds an object by its name in a list.
func namedIn[T any](all []T, nameOf func(*T) string, name string) *T {
	for i := range all {
		if nameOf(&all[i]) == name {
			return &all[i]
		}
	}
	return nil
}

func poolName(p *Pool) string                         { return p.Name }
func setName(s *ConfigurationSet) string              { return s.Name }
func identityName(i *Identity) string                 { return i.Name }
func templateName(t *Template) string                 { return t.Name }
func verificationName(t *VerificationTemplate) string { return t.Name }
func listName(l *ContactList) string                  { return l.Name }
func tenantName(t *Tenant) string                     { return t.Name }
func destinationName(d *EventDestination) string      { return d.Name }
