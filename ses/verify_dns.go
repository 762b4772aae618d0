package ses

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"github.com/awspatterns/awspatterns/internal/parallel"
	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/ses/region"
)

// A Resolver asks DNS, as [net.Resolver] does. Names end with a dot, so that no search list
// applies to them.
//
// A [net.Resolver] should have StrictErrors and PreferGo set: without the first, it takes a
// name for missing where one of its questions was not answered; the C library does not tell
// the two apart everywhere.
type Resolver interface {
	LookupCNAME(ctx context.Context, host string) (string, error)
	LookupTXT(ctx context.Context, name string) ([]string, error)
	LookupMX(ctx context.Context, name string) ([]*net.MX, error)
}

// VerifyDNSOptions say what is to be in DNS.
type VerifyDNSOptions struct {
	// Records of type CNAME, MX and TXT: see [region.DKIMRecords] and
	// [region.MailFromRecords]. Required.
	Records []region.Record

	// Concurrency is how many records are looked up at a time. Defaults to 8.
	Concurrency int

	// Timeout of all questions about one record. Defaults to 10 seconds.
	Timeout time.Duration
}

// DNSState is how a record is.
type DNSState string

// The states. What a server did not answer is unknown, never missing.
const (
	DNSOK        DNSState = "OK"
	DNSMissing   DNSState = "missing"
	DNSDifferent DNSState = "different"
	DNSUnknown   DNSState = "unknown"
)

// A DNSCheck tells how a record is.
type DNSCheck struct {
	Record region.Record
	State  DNSState
	Found  []string // values that are there, as DNS has them
	Hint   string   // what is wrong, or special, where that can be told
	Err    error    // why it is unknown
}

// String returns a line about the record.
func (c DNSCheck) String() string {
	text := fmt.Sprintf("%s: %s %s", c.State, c.Record.Name, c.Record.Type)
	if c.State == DNSOK {
		text += " " + c.Record.Value
	} else {
		text += ": want " + c.Record.Value
	}
	if c.State == DNSDifferent {
		text += fmt.Sprintf(", found %q", c.Found)
	}
	if c.Hint != "" {
		text += ": " + printable.Escape(c.Hint) // it may hold what a server answered
	}
	if c.Err != nil {
		text += ": " + printable.Escape(c.Err.Error())
	}
	return text
}

// VerifyDNSResult is how the records are.
type VerifyDNSResult struct {
	Checks []DNSCheck // in the order of the options
}

// OK reports whether all records are as wanted.
func (r VerifyDNSResult) OK() bool {
	for _, c := range r.Checks {
		if c.State != DNSOK {
			return false
		}
	}
	return len(r.Checks) > 0
}

// VerifyDNS looks up the records that SES wants, as they are seen from here: SES itself may
// see older ones until their time to live has passed. A nil resolver is that of the system,
// with StrictErrors and PreferGo.
//
// A CNAME record is OK if it leads to its target, directly or by way of other names.
// LookupCNAME is documented to return the last name of the chain, and on most systems returns
// the first: both are understood. An MX record must be the only one of its name, with any
// preference. A TXT record is OK if one of those there is equal or, if it is an SPF record,
// includes what the wanted one includes.
//
// Letter case and trailing dots do not matter. Hints tell the common mistakes: a name or
// target that has the domain twice, since the provider appends it, quotes inside a text, and
// a MAIL FROM domain of another Region.
//
// The only errors are those of options and of the end of ctx.
func VerifyDNS(ctx context.Context, resolver Resolver, opts VerifyDNSOptions) (VerifyDNSResult, error) {
	if err := opts.check(); err != nil {
		return VerifyDNSResult{}, fmt.Errorf("ses: verify DNS: %w", err)
	}
	if resolver == nil {
		resolver = &net.Resolver{PreferGo: true, StrictErrors: true}
	}
	checks := make([]DNSCheck, len(opts.Records))
	parallel.ForEach(len(checks), cmp.Or(opts.Concurrency, 8), func(i int) {
		if ctx.Err() == nil {
			checks[i] = checkDNS(ctx, resolver, opts.Records[i], cmp.Or(opts.Timeout, 10*time.Second))
		}
	})
	if ctx.Err() != nil {
		return VerifyDNSResult{}, fmt.Errorf("ses: verify DNS: %w", context.Cause(ctx))
	}
	return VerifyDNSResult{checks}, nil
}

// check refuses options that cannot be meant.
func (o VerifyDNSOptions) check() error {
	var errs []error
	if len(o.Records) == 0 {
		errs = append(errs, errors.New("no Records: an identity whose DKIM tokens or hosted zone SES does not tell has none"))
	}
	if o.Concurrency < 0 || o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("the Concurrency %d and the Timeout %v; want none below 0", o.Concurrency, o.Timeout))
	}
	for _, r := range o.Records {
		if err := checkRecord(r); err != nil {
			errs = append(errs, fmt.Errorf("the record %q: %w", r, err))
		}
	}
	return errors.Join(errs...)
}

// dnsName is that of a host or of a record, also with underscores.
var dnsName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)

func checkRecord(r region.Record) error {
	isName := func(s string) bool { return len(s) <= 254 && dnsName.MatchString(s) }
	switch {
	case !isName(r.Name):
		return fmt.Errorf("the name %q is none of DNS", r.Name)
	case r.Type == "CNAME" && !isName(r.Value):
		return fmt.Errorf("the target %q is no name of DNS", r.Value)
	case r.Type == "MX" && !isName(mxHost(r.Value)):
		return fmt.Errorf("the value %q; want a preference, a space and a host", r.Value)
	case r.Type == "TXT" && r.Value == "":
		return errors.New("no value")
	case r.Type != "CNAME" && r.Type != "MX" && r.Type != "TXT":
		return fmt.Errorf("the type %q; want CNAME, MX or TXT", r.Type)
	}
	return nil
}

// mxHost returns the host of the value of an MX record.
func mxHost(value string) string {
	_, host, _ := strings.Cut(value, " ")
	return strings.TrimSpace(host)
}

// sameName reports whether two names are the same in DNS.
func sameName(a, b string) bool { return plainName(a) == plainName(b) }

// plainName returns a name in lower case without its trailing dot.
func plainName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }
