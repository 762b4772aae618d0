package region

import (
	"fmt"
	"slices"
	"strings"
)

// Check refuses options that nothing can be done with, before anything is read: kinds that
// are not kept the same, ARNs that are none or of two services, and MAIL FROM domains that
// are no domain or not below that of their identity. A MAIL FROM domain that the primary uses
// is known only when that is read: [Compare] blocks it.
func (o Options) Check() error {
	for _, kind := range o.Only {
		if !slices.Contains(Kinds(), kind) {
			return fmt.Errorf("option Only: %q is not kept the same: give some of %s", kind, quoteAll(Kinds()))
		}
	}
	for _, from := range sortedKeys(o.ARNs) {
		if err := checkMapped(from, o.ARNs[from]); err != nil {
			return fmt.Errorf("ARNs: %w", err)
		}
	}
	for _, identity := range sortedKeys(o.MailFrom) {
		if err := checkMailFrom(identity, o.MailFrom[identity]); err != nil {
			return fmt.Errorf("MailFrom: %w", err)
		}
	}
	return nil
}

// Covers tells whether a kind is kept the same.
func (o Options) Covers(kind Kind) bool {
	return len(o.Only) == 0 && slices.Contains(Kinds(), kind) || slices.Contains(o.Only, kind)
}

// needs are the kinds whose objects those of a kind name.
func needs(kind Kind) []Kind {
	switch kind {
	case Sets:
		return []Kind{Pools, Identities}
	case Destinations, Identities:
		return []Kind{Sets}
	case Verification:
		return []Kind{Identities}
	case Contacts:
		return []Kind{Lists}
	case SuppressionList:
		return []Kind{Tenants}
	case Associations:
		return []Kind{Tenants, Sets, Identities, Templates}
	}
	return nil
}

// users are the kinds whose objects name those of a kind: these must not be deleted while
// they do.
func users(kind Kind) []Kind {
	switch kind {
	case Pools:
		return []Kind{Sets}
	case Sets:
		return []Kind{Identities, Associations}
	case Templates:
		return []Kind{Associations}
	}
	return nil
}

// Reads returns the kinds that must be read of both Regions, in the order of [Kinds]: those
// that are kept the same, those that they name and, if anything may be deleted, those that
// name them. The settings of the account are always read.
func (o Options) Reads() []Kind {
	wanted := map[Kind]bool{Account: true}
	var want func(Kind)
	want = func(kind Kind) {
		if wanted[kind] && kind != Account {
			return
		}
		wanted[kind] = true
		for _, needed := range needs(kind) {
			want(needed)
		}
	}
	for _, kind := range Kinds() {
		if !o.Covers(kind) {
			continue
		}
		want(kind)
		if o.Delete {
			for _, user := range users(kind) {
				want(user)
			}
		}
	}
	return slices.DeleteFunc(Kinds(), func(k Kind) bool { return !wanted[k] })
}

// arnParts are the parts of an ARN.
type arnParts struct{ partition, service, region, account, resource string }

// parseARN returns the parts of an ARN, and whether it is one.
func parseARN(arn string) (arnParts, bool) {
	p := strings.SplitN(arn, ":", 6)
	if len(p) != 6 || p[0] != "arn" || p[1] == "" || p[2] == "" || p[5] == "" || strings.ContainsAny(arn, " \t\r\n") {
		return arnParts{}, false
	}
	return arnParts{p[1], p[2], p[3], p[4], p[5]}, true
}

func (a arnParts) String() string {
	return strings.Join([]string{"arn", a.partition, a.service, a.region, a.account, a.resource}, ":")
}

// checkMapped refuses a pair of which one cannot stand for the other.
func checkMapped(from, to string) error {
	a, ok := parseARN(from)
	if !ok {
		return fmt.Errorf("%q is no ARN", from)
	}
	b, ok := parseARN(to)
	switch {
	case !ok:
		return fmt.Errorf("%s: %q is no ARN", from, to)
	case a.service != b.service || a.partition != b.partition:
		return fmt.Errorf("%s: %s is of another service or partition: give what stands for it in the secondary Region", from, to)
	case from == to && a.region != "":
		return fmt.Errorf("%s stands for itself: give what stands for it in the secondary Region", from)
	}
	return nil
}

// checkMailFrom refuses what SES would refuse: "It has to be a subdomain of the verified
// identity" (PutEmailIdentityMailFromAttributes). For that of an address, its domain counts;
// https://docs.aws.amazon.com/ses/latest/dg/mail-from.html speaks of the parent domain, so a
// sibling passes, too.
func checkMailFrom(identity, domain string) error {
	if !isDomain(domain) {
		return fmt.Errorf("%s: %q is no domain", identity, domain)
	}
	of := strings.ToLower(identity[strings.LastIndex(identity, "@")+1:])
	if !isDomain(of) {
		return fmt.Errorf("%q is no identity", identity)
	}
	parent := of
	if _, rest, _ := strings.Cut(of, "."); strings.Contains(rest, ".") {
		parent = rest
	}
	switch lower := strings.ToLower(domain); {
	case lower == of:
		return fmt.Errorf("%s: its MAIL FROM domain must be another than it: give a subdomain that is used for nothing else", identity)
	case !strings.HasSuffix(lower, "."+parent):
		return fmt.Errorf("%s: %s is no subdomain of it", identity, domain)
	}
	return nil
}

// isDomain reports whether s can be a domain name of two labels or more.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	return !slices.ContainsFunc(labels, func(label string) bool {
		return label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != ""
	})
}
