package ses

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/ses/region"
)

// A dnsChecker looks up one record.
type dnsChecker struct {
	Resolver
	record region.Record
	check  DNSCheck
}

// checkDNS tells how a record is.
func checkDNS(ctx context.Context, resolver Resolver, r region.Record, timeout time.Duration) DNSCheck {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	c := dnsChecker{Resolver: resolver, record: r, check: DNSCheck{Record: r}}
	var err error
	switch r.Type {
	case "CNAME":
		err = c.cname(ctx)
	case "MX":
		err = c.mx(ctx)
	case "TXT":
		err = c.txt(ctx)
	}
	switch {
	case err != nil && notFound(err):
		c.missing(ctx)
	case err != nil:
		c.check.State, c.check.Err = DNSUnknown, err
	}
	return c.check
}

// notFound reports whether a server said that there is no such record. A question that was
// not answered says nothing.
func notFound(err error) bool {
	dns, ok := errors.AsType[*net.DNSError](err)
	return ok && dns.IsNotFound && !dns.IsTimeout && !dns.IsTemporary
}

// decide keeps what was found, and whether that is right.
func (c *dnsChecker) decide(ok bool, hint string, found ...string) {
	c.check.State, c.check.Hint, c.check.Found = DNSDifferent, hint, found
	if ok {
		c.check.State = DNSOK
	}
}

// maxAliases bounds how far a chain of CNAME records is followed.
const maxAliases = 8

// cname checks that a name leads to its target. A resolver may return the first name of the
// chain or the last: so the chain is followed, and if it passes by the target unseen, the
// end of the target's own chain is compared.
func (c *dnsChecker) cname(ctx context.Context) error {
	first, err := c.alias(ctx, c.record.Name)
	switch {
	case err != nil:
		return err
	case sameName(first, c.record.Value):
		c.decide(true, "", first)
		return nil
	case sameName(first, c.record.Name):
		c.decide(false, "the name has addresses, perhaps those of a wildcard, and no CNAME record", first)
		return nil
	}
	end, passed, err := c.follow(ctx, first, c.record.Value)
	if err != nil {
		return err
	}
	if passed {
		c.decide(true, "by way of "+plainName(first), first)
		return nil
	}
	own, _, err := c.follow(ctx, c.record.Value, end)
	if err != nil {
		return err
	}
	if sameName(own, end) && !sameName(own, c.record.Value) {
		_, all, err := c.follow(ctx, "none."+c.record.Value, end)
		switch {
		case err != nil:
			return err
		case all:
			c.decide(false, "the resolver has this answer for any name: ask another", first)
		default:
			c.decide(true, "both lead to "+plainName(end), first)
		}
		return nil
	}
	c.decide(false, targetHint(c.record, first), first)
	return nil
}

// alias looks up what a name leads to. An answer without a name is none.
func (c *dnsChecker) alias(ctx context.Context, name string) (string, error) {
	next, err := c.LookupCNAME(ctx, fqdn(name))
	if err == nil && plainName(next) == "" {
		return "", orNone(nil)
	}
	return next, err
}

// follow follows the aliases of a name to their end, or to the name that is looked for. A
// name that has no records of its own ends the chain.
func (c *dnsChecker) follow(ctx context.Context, name, target string) (end string, passed bool, err error) {
	for range maxAliases {
		next, err := c.alias(ctx, name)
		switch {
		case err != nil && notFound(err), err == nil && sameName(next, name):
			return name, false, nil
		case err != nil:
			return "", false, err
		case sameName(next, target):
			return next, true, nil
		}
		name = next
	}
	return "", false, fmt.Errorf("%s leads to more than %d names", c.record.Name, maxAliases)
}

// targetHint tells what may have gone wrong with the target of a CNAME record.
func targetHint(r region.Record, found string) string {
	want, got := plainName(r.Value), plainName(found)
	if zone, appended := strings.CutPrefix(got, want+"."); appended && within(r.Name, zone) {
		return "the target has " + zone + " appended: enter it with a dot at its end"
	}
	token, zone, _ := strings.Cut(want, ".")
	other, otherZone, _ := strings.Cut(got, ".")
	switch {
	case token == other:
		return fmt.Sprintf("the token is right, the hosted zone is %s and not %s", otherZone, zone)
	case zone == otherZone:
		return "the target has the token of another record"
	}
	return ""
}

// mx checks that a name has one MX record, to the right host.
func (c *dnsChecker) mx(ctx context.Context) error {
	records, err := c.LookupMX(ctx, fqdn(c.record.Name))
	records = slices.DeleteFunc(slices.Clone(records), func(r *net.MX) bool { return r == nil })
	if len(records) == 0 {
		return orNone(err)
	}
	var found []string
	right := false
	for _, r := range records {
		found = append(found, fmt.Sprintf("%d %s", r.Pref, r.Host))
		right = right || sameName(r.Host, mxHost(c.record.Value))
	}
	slices.Sort(found)
	switch {
	case err != nil: // some records were refused as malformed
		return err
	case right && len(records) == 1:
		c.decide(true, "", found...)
	case right:
		c.decide(false, "SES wants exactly one MX record", found...)
	default:
		c.decide(false, hostHint(c.record, records[0].Host), found...)
	}
	return nil
}

// hostHint tells what may have gone wrong with the host of an MX record.
func hostHint(r region.Record, found string) string {
	want, got := plainName(mxHost(r.Value)), plainName(found)
	if zone, appended := strings.CutPrefix(got, want+"."); appended && within(r.Name, zone) {
		return "the host has " + zone + " appended: enter it with a dot at its end"
	}
	if name, ok := strings.CutPrefix(got, "feedback-smtp."); ok && strings.HasSuffix(name, ".amazonses.com") {
		return "it is for the Region " + strings.TrimSuffix(name, ".amazonses.com") + ": a MAIL FROM domain serves one Region"
	}
	return ""
}

// missing tells that there is no record, and looks where it is if the provider appended the
// domain to a name that was entered in full.
func (c *dnsChecker) missing(ctx context.Context) {
	c.check.State = DNSMissing
	for _, zone := range zonesOf(c.record.Name) {
		name := plainName(c.record.Name) + "." + zone
		if c.present(ctx, fqdn(name)) {
			enter, inside := strings.CutSuffix(plainName(c.record.Name), "."+zone)
			if !inside {
				enter = "@" // the name of the zone itself
			}
			c.check.Hint = "it is at " + name + ": the provider appends " + zone + " to names, so enter " + enter
			return
		}
	}
}

// present reports whether a name has a record of the type. Not knowing costs only a hint.
func (c *dnsChecker) present(ctx context.Context, name string) bool {
	switch c.record.Type {
	case "CNAME":
		target, err := c.alias(ctx, name)
		return err == nil && !sameName(target, name)
	case "MX":
		records, err := c.LookupMX(ctx, name)
		return err == nil && len(records) > 0
	}
	texts, err := c.LookupTXT(ctx, name)
	return err == nil && slices.ContainsFunc(texts, func(text string) bool {
		return text == c.record.Value || isSPF(text) && isSPF(c.record.Value)
	})
}

// zonesOf returns the domains that a name may be in, the longest first, at most four: those
// behind _domainkey, or all, of two labels or more.
func zonesOf(name string) []string {
	name = plainName(name)
	if _, domain, ok := strings.Cut(name, "._domainkey."); ok {
		name = domain
	}
	var zones []string
	for strings.Contains(name, ".") && len(zones) < 4 {
		zones = append(zones, name)
		_, name, _ = strings.Cut(name, ".")
	}
	return zones
}

// within reports whether a name is in a zone.
func within(name, zone string) bool {
	return zone != "" && (sameName(name, zone) || strings.HasSuffix(plainName(name), "."+zone))
}

// fqdn returns a name with its trailing dot.
func fqdn(name string) string { return strings.TrimSuffix(name, ".") + "." }

// orNone returns err, or that there is no such record: a resolver may answer with an empty
// list.
func orNone(err error) error {
	if err != nil {
		return err
	}
	return &net.DNSError{Err: "no such record", IsNotFound: true}
}
