package region

import (
	"cmp"
	"slices"
)

// A Severity is how much a finding hurts when one Region has to carry the mail of both.
type Severity string

// The severities, the worst first.
const (
	// Blocks: mail, or a part of it, does not go out.
	Blocks Severity = "blocks"

	// NotKnown: what there is could not be read, or was not looked at. It may be anything.
	NotKnown Severity = "unknown"

	// Degrades: mail goes out, and something of it is lost or another: events, a signature,
	// the pace, the address it comes from, who is spared. Or mail names what only the secondary
	// has, and does not go out without it.
	Degrades Severity = "degrades"

	// Notes: nothing is worse than before. It is said so that nobody is surprised.
	Notes Severity = "notes"
)

// severities are all of them, the worst first.
var severities = [...]Severity{Blocks, NotKnown, Degrades, Notes}

// rank is the place of s among the severities. What is no severity is as bad as the worst.
func (s Severity) rank() int { return max(slices.Index(severities[:], s), 0) }

// A Finding is something that would hurt when one Region has to carry the mail of both.
type Finding struct {
	Severity Severity `json:"severity"`
	Kind     Kind     `json:"kind"`
	Name     string   `json:"name,omitempty"`   // of the object; empty: the account, or all of the kind
	Aspect   Aspect   `json:"aspect,omitempty"` // of the object
	Region   string   `json:"region,omitempty"` // where it is so; empty: in neither alone
	Problem  string   `json:"problem"`
	Remedy   string   `json:"remedy,omitempty"`

	// Source is the page of AWS that says what this does to mail. Empty: no page that we
	// know says it, and it is supposed.
	Source string `json:"source,omitempty"`
}

// ReadinessOptions say what each Region must be able to carry.
type ReadinessOptions struct {
	// Options are those of the comparison: what stands for what in the other Region. What Only
	// leaves out is not looked at, and so is unknown. The endpoint always is.
	Options

	// Max24HourSend is how many recipients in 24 hours each Region must be able to carry alone.
	// Zero is what both sent in the last 24 hours, which is the least in any case.
	Max24HourSend float64 `json:"max24HourSend,omitempty"`

	// MaxSendRate is how many recipients in a second each Region must be able to carry alone.
	// Zero is the larger of the rates of both.
	MaxSendRate float64 `json:"maxSendRate,omitempty"`

	// Endpoint is the name of the multi-region endpoint that mail is sent through. If it is
	// empty, any that has both Regions is good.
	Endpoint string `json:"endpoint,omitempty"`
}

// Check refuses options that nothing can be done with.
func (o ReadinessOptions) Check() error {
	if err := o.Options.Check(); err != nil {
		return err
	}
	return LimitsOptions{Max24HourSend: o.Max24HourSend, MaxSendRate: o.MaxSendRate}.Check()
}

// wants reports whether a kind is looked at.
func (o ReadinessOptions) wants(k Kind) bool {
	return len(o.Only) == 0 || slices.Contains(o.Only, k)
}

// A Readiness is what would hurt if one of two Regions failed.
type Readiness struct {
	Primary   string    `json:"primary"`
	Secondary string    `json:"secondary"`
	Findings  []Finding `json:"findings"` // the worst first, then by kind, name and aspect
}

// Ready reports whether nothing would hurt: no finding blocks or degrades, and none is
// unknown.
func (r Readiness) Ready() bool { return r.Count(Blocks)+r.Count(NotKnown)+r.Count(Degrades) == 0 }

// Count returns how many findings have a severity.
func (r Readiness) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// CheckReadiness tells what would hurt if one of two Regions failed, and the other had to
// carry the mail of both. It looks at each as the one that is left.
//
// What could not be read, or was not looked at, is unknown and never fine: no finding goes
// away because something was not read, unless it becomes an unknown one.
func CheckReadiness(in Inputs, opts ReadinessOptions) Readiness {
	p, s := newSide(in.Primary), newSide(in.Secondary)
	there := carriage{from: p, to: s, opts: opts, planned: true, remedy: syncRemedy}
	back := carriage{from: s, to: p, opts: opts, remedy: backRemedy}
	for _, c := range []*carriage{&there, &back} {
		c.unread()
		c.region()
		c.objects()
	}
	findings := slices.Concat(there.findings, back.findings,
		endpointFindings(in, opts), listFindings(in, opts), skippedFindings(opts))
	findings = append(findings, comparedFindings(in, opts)...)
	return Readiness{Primary: in.Primary.Region, Secondary: in.Secondary.Region, Findings: sortFindings(findings)}
}

// sortFindings puts findings into their order, each once.
func sortFindings(findings []Finding) []Finding {
	kinds := append(Kinds(), Endpoints, Quotas)
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(a.Severity.rank(), b.Severity.rank()),
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.Aspect, b.Aspect),
			cmp.Compare(a.Region, b.Region), cmp.Compare(a.Problem, b.Problem))
	})
	return slices.Compact(findings)
}

// skippedFindings tell which kinds the options leave out.
func skippedFindings(opts ReadinessOptions) (all []Finding) {
	for _, k := range Kinds() {
		if !opts.wants(k) {
			all = append(all, Finding{Severity: NotKnown, Kind: k, Problem: "not looked at, since Only leaves it out"})
		}
	}
	return all
}
