package respond

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/awspatterns/awspatterns/internal/eventpattern"
)

// FindingCoverageOptions say what is judged.
type FindingCoverageOptions struct {
	// Pattern is the event pattern of the rule that starts the response, of the subset that
	// MatchPattern knows. None matches all.
	Pattern []byte

	// Account and Region are where findings are, for patterns that ask for these.
	Account, Region string

	// Response is what is done about a finding. Its Store, For and Finding are not looked at.
	Response OnFindingOptions
}

// FindingCoverageResult says what becomes of each type of findings that is known.
type FindingCoverageResult struct {
	AsOf  string         `json:"asOf"` // of the list of types
	Types []TypeCoverage `json:"types"`
}

// A TypeCoverage is what becomes of findings of a type.
type TypeCoverage struct {
	FindingType
	Matched Coverage `json:"matched"` // by the pattern
	Handled Coverage `json:"handled"` // by the response, if it is matched

	// Does is what the response does: "block address", "block domain", "tag instance".
	Does []string `json:"does,omitempty"`

	// Why tells what a Depends depends on, and why nothing is done.
	Why []string `json:"why,omitempty"`
}

// A Coverage tells whether something happens to findings of a type.
type Coverage string

// What a Coverage can be.
const (
	Yes     Coverage = "yes"
	No      Coverage = "no"
	Depends Coverage = "depends" // on what differs from finding to finding
)

// FindingCoverage says which types of GuardDuty's findings a pattern and a response act
// on, and what they would do: all without a call. What a target really takes (the version
// of an IP set, room) is not looked at; PlanBlock does.
//
// A condition of the pattern that is about more than source, detail-type, type, severity,
// account and Region makes the answer "depends" where the rest matches.
func FindingCoverage(opts FindingCoverageOptions) (FindingCoverageResult, error) {
	result, err := findingCoverage(opts)
	if err != nil {
		return FindingCoverageResult{}, fmt.Errorf("respond: finding coverage: %w", err)
	}
	return result, nil
}

func findingCoverage(opts FindingCoverageOptions) (FindingCoverageResult, error) {
	result := FindingCoverageResult{AsOf: FindingTypesAsOf}
	if err := errors.Join(checkTargets(opts.Response.Block.Targets), opts.Response.validate()); err != nil {
		return result, err
	}
	var pattern *eventpattern.Pattern
	var dropped []string
	if len(opts.Pattern) > 0 {
		if _, err := eventpattern.Parse(opts.Pattern); err != nil {
			return result, fmt.Errorf("pattern: %w", err)
		}
		object, err := eventpattern.Object(opts.Pattern)
		if err != nil {
			return result, fmt.Errorf("pattern: %w", err)
		}
		if dropped = opts.dropUnknown(object, ""); len(object) > 0 {
			if pattern, err = eventpattern.Read(object); err != nil {
				return result, fmt.Errorf("pattern: %w", err)
			}
		}
	}
	for _, t := range FindingTypes() {
		result.Types = append(result.Types, opts.cover(t, pattern, dropped))
	}
	return result, nil
}

// dropUnknown takes out of a pattern what a type alone does not decide, and returns the
// paths of it. A pattern matches less than what is left of it.
func (o *FindingCoverageOptions) dropUnknown(object map[string]any, path string) (dropped []string) {
	known := map[string]bool{"source": true, "detail-type": true, "detail.type": true, "detail.severity": true}
	known["account"], known["detail.accountId"] = o.Account != "", o.Account != ""
	known["region"], known["detail.region"] = o.Region != "", o.Region != ""
	for _, name := range slices.Sorted(maps.Keys(object)) {
		here := strings.TrimPrefix(path+"."+name, ".")
		below, isObject := object[name].(map[string]any)
		var out []string
		switch {
		case name == "$or":
			for _, p := range object[name].([]any) { // Parse has seen it
				out = append(out, o.dropUnknown(maps.Clone(p.(map[string]any)), path)...)
			}
			if len(out) > 0 {
				delete(object, name)
			}
		case isObject:
			if out = o.dropUnknown(below, here); len(below) == 0 {
				delete(object, name)
			}
		case !known[here]:
			out = []string{here}
			delete(object, name)
		}
		dropped = append(dropped, out...)
	}
	return slices.Compact(dropped)
}

// cover judges a type, at all severities that its findings can have.
func (o *FindingCoverageOptions) cover(t FindingType, pattern *eventpattern.Pattern, dropped []string) TypeCoverage {
	c := TypeCoverage{FindingType: t}
	matched, handled := map[bool]bool{}, map[bool]bool{} // at some severity
	for _, severity := range t.severities() {
		matched[pattern == nil || pattern.Matches(o.event(t, severity))] = true
		why := o.Response.skips(Finding{Type: t.Name, Severity: severity})
		handled[why == ""] = true
		if why != "" && strings.HasPrefix(why, "its type") {
			c.Why = []string{why}
		}
	}
	c.Matched, c.Handled = of(matched), of(handled)
	switch {
	case c.Matched == Depends:
		c.Why = append(c.Why, "the pattern: its severity")
	case c.Matched == Yes && len(dropped) > 0:
		c.Matched = Depends
		c.Why = append(c.Why, "the pattern: "+strings.Join(dropped, ", "))
	}
	o.respond(&c)
	return c
}

func of(seen map[bool]bool) Coverage {
	switch {
	case seen[true] && seen[false]:
		return Depends
	case seen[true]:
		return Yes
	}
	return No
}

// severities are those that findings of a type can have. Patterns may list them one by
// one, or ask for a part of a level, so that its ends are not enough.
func (t FindingType) severities() []float64 {
	from, to := t.Severity.span()
	if t.Varies {
		from, to = 1, 8.9 // no type but attack sequences is critical by default
	}
	var all []float64
	for tenths := math.Round(10 * from); tenths <= math.Round(10*to); tenths++ {
		all = append(all, tenths/10)
	}
	return all
}

func (o *FindingCoverageOptions) event(t FindingType, severity float64) map[string]any {
	return map[string]any{
		"source": "aws.guardduty", "detail-type": "GuardDuty Finding", "account": o.Account, "region": o.Region,
		"detail": map[string]any{
			"type": t.Name, "severity": json.Number(fmt.Sprint(severity)), "accountId": o.Account, "region": o.Region,
		},
	}
}

// respond says what the response does about a finding that it does not skip.
func (o *FindingCoverageOptions) respond(c *TypeCoverage) {
	if c.Matched == No {
		c.Why = append(c.Why, "the pattern does not match")
	}
	if c.Handled == No {
		if o.Response.MinSeverity > 0 && !strings.HasPrefix(strings.Join(c.Why, ""), "its type") {
			c.Why = append(c.Why, fmt.Sprintf("the response: its severity is below %g", o.Response.MinSeverity))
		}
		return
	}
	if c.Handled == Depends {
		c.Why = append(c.Why, "the response: its severity")
	}
	block := o.Response.Block
	domains := slices.ContainsFunc(block.Targets, func(t Target) bool { return t.Rules != nil })
	if c.RemoteAddress && len(block.Targets) > 0 {
		c.Does = append(c.Does, "block address")
	}
	if c.Domain && domains {
		c.Does = append(c.Does, "block domain")
	} else if c.Domain {
		c.Why = append(c.Why, "no target takes domains")
	}
	if c.Instance && len(block.InstanceTags) > 0 {
		c.Does = append(c.Does, "tag instance")
	}
	if len(c.Does) == 0 {
		c.Handled = No
		if !c.RemoteAddress && !c.Domain {
			c.Why = append(c.Why, "it names no address and no domain")
		}
	}
}

// Covered returns how many types are matched and handled, those that depend included.
func (r FindingCoverageResult) Covered() int {
	n := 0
	for _, t := range r.Types {
		if t.Matched != No && t.Handled != No {
			n++
		}
	}
	return n
}

// WriteTable writes a line for each type.
func (r FindingCoverageResult) WriteTable(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FINDING TYPE\tSEVERITY\tMATCHED\tRESPONSE\tWHY")
	for _, t := range r.Types {
		severity := string(t.Severity)
		if t.Varies {
			severity += "*"
		}
		does := "nothing"
		if len(t.Does) > 0 && t.Matched != No {
			does = strings.Join(t.Does, ", ")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", t.Name, severity, t.Matched, does, cmp.Or(strings.Join(t.Why, "; "), "-"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%d of %d types, as of %s. * varies with the finding.\n", r.Covered(), len(r.Types), r.AsOf)
	return err
}
