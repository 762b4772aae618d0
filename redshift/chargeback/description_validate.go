package chargeback

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/awspatterns/awspatterns/internal/printable"
	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// Validate refuses a description that nothing can be billed by. The error joins one for each
// defect, which names its place, such as warehouses[0].rules["storage"], and the fix. A
// shared warehouse may have no rules: its charges are attributed to no unit then.
func (d Description) Validate() error {
	v := &defects{units: map[string]int{}}
	if d.Currency != "" && !currencyCode.MatchString(d.Currency) {
		v.bad("currency", "%q: not a code of ISO 4217 such as EUR", d.Currency)
	}
	for i, u := range d.Units {
		v.unit(fmt.Sprintf("units[%d]", i), i, u)
	}
	if len(d.Warehouses) == 0 {
		v.bad("warehouses", "there is none: name a cluster or a workgroup")
	}
	keys := map[string]int{}
	for i, w := range d.Warehouses {
		at := fmt.Sprintf("warehouses[%d]", i)
		if first, twice := keys[w.Key()]; twice {
			v.bad(at, "%s is there twice: it is warehouses[%d], too", w, first)
		} else {
			keys[w.Key()] = i
		}
		v.warehouse(at, w)
	}
	if len(v.errs) == 0 {
		return nil
	}
	return fmt.Errorf("chargeback: description: %w", errors.Join(v.errs...))
}

type defects struct {
	errs  []error
	units map[string]int // index by name
}

func (v *defects) bad(path, format string, args ...any) {
	v.errs = append(v.errs, fmt.Errorf("%s: %w", path, fmt.Errorf(format, args...)))
}

var (
	currencyCode  = regexp.MustCompile(`^[A-Z]{3}$`)
	warehouseName = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	regionName    = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$`)
)

// allKinds are those that there are.
var allKinds = []Kind{Compute, Reservation, Storage, Transfer, Nodes, UnusedNodes, ScalingTime, Spectrum, Snapshots, Optimization, Other}

func (v *defects) unit(at string, i int, u Unit) {
	v.text(at+".name", u.Name)
	if first, twice := v.units[u.Name]; twice {
		v.bad(at+".name", "%q is there twice: it is units[%d], too", u.Name, first)
	} else {
		v.units[u.Name] = i
	}
	if u.CostCenter != "" {
		v.text(at+".cost_center", u.CostCenter)
	}
	for _, name := range slices.Sorted(maps.Keys(u.Tags)) {
		v.text(at+".tags", name)
		if value := u.Tags[name]; value != "" {
			v.text(fmt.Sprintf("%s.tags[%q]", at, name), value)
		}
	}
}

// text refuses what people could not see, or tell from others.
func (v *defects) text(at, s string) {
	switch {
	case s == "":
		v.bad(at, "empty")
	case printable.Escape(s) != s:
		v.bad(at, "%s: has characters that are not printable", printable.Escape(s))
	}
}

// known refuses a unit that is not described.
func (v *defects) known(at, unit string) {
	if _, ok := v.units[unit]; !ok {
		v.bad(at, "there is no unit %q: add it to units", unit)
	}
}

func (v *defects) warehouse(at string, w Warehouse) {
	v.identity(at, w)
	if w.Unit != "" {
		v.known(at+".unit", w.Unit)
		if len(w.Rules) > 0 {
			v.bad(at+".rules", "unit %q pays for all of it: leave out the unit or the rules", w.Unit)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(w.Rules)) {
		path := fmt.Sprintf("%s.rules[%q]", at, kind)
		if kind != "" && !slices.Contains(allKinds, kind) {
			v.bad(path, "no such kind; there are %q", allKinds)
		}
		v.rule(path, w.Rules[kind])
	}
	v.owners(at, w)
	v.idle(at, w)
}

// identity refuses names that are none of a warehouse: they are part of the names of objects
// in an archive.
func (v *defects) identity(at string, w Warehouse) {
	name, of := w.Cluster, ".cluster"
	if w.Workgroup != "" {
		name, of = w.Workgroup, ".workgroup"
	}
	switch {
	case name == "":
		v.bad(at, "neither cluster nor workgroup: name one")
	case w.Cluster != "" && w.Workgroup != "":
		v.bad(at, "both a cluster, %q, and a workgroup, %q: leave one out", w.Cluster, w.Workgroup)
	case !warehouseName.MatchString(name):
		v.bad(at+of, "%q: not a name of 1 to 64 lower-case letters, digits and hyphens", name)
	}
	if w.Account != "" {
		if err := redshiftsql.CheckAccount(w.Account); err != nil {
			v.bad(at+".account", "%w", err)
		}
	}
	if w.Region != "" && !regionName.MatchString(w.Region) {
		v.bad(at+".region", "%q: not a Region such as eu-central-1", w.Region)
	}
}

func (v *defects) owners(at string, w Warehouse) {
	if !slices.Contains([]By{ByNothing, ByUser, ByRole, ByLabel, ByDatabase}, w.By) {
		v.bad(at+".by", "%q: want user, role, label, database, or nothing", w.By)
	}
	switch {
	case w.By == ByRole && len(w.Roles) == 0:
		v.bad(at+".roles", "by is role: name the roles that count, first those that win")
	case w.By != ByRole && len(w.Roles) > 0:
		v.bad(at+".roles", "by is %q: leave the roles out, or make it role", w.By)
	}
	for i, role := range w.Roles {
		v.text(fmt.Sprintf("%s.roles[%d]", at, i), role)
		if first := slices.Index(w.Roles, role); first < i {
			v.bad(fmt.Sprintf("%s.roles[%d]", at, i), "%q is there twice: it is roles[%d], too", role, first)
		}
	}
}

func (v *defects) idle(at string, w Warehouse) {
	if !slices.Contains([]Idle{IdleExplicit, IdleSpread, IdleOwner}, w.Idle) {
		v.bad(at+".idle", "%q: want spread, owner, or nothing", w.Idle)
	}
	switch {
	case w.Idle == IdleOwner && w.IdleUnit == "":
		v.bad(at+".idle_unit", "idle is owner: name the unit that pays")
	case w.Idle == IdleOwner:
		v.known(at+".idle_unit", w.IdleUnit)
	case w.IdleUnit != "":
		v.bad(at+".idle_unit", "idle is %q: leave the unit out, or make it owner", w.Idle)
	}
}

func (v *defects) rule(at string, r Rule) {
	set := 0
	for _, is := range []bool{len(r.ByStorage) > 0, r.ByUsage != nil, len(r.Shares) > 0} {
		if is {
			set++
		}
	}
	if set != 1 {
		v.bad(at, "%d of by_storage, by_usage and shares are set: set one", set)
	}
	v.referred(at+".by_storage", r.ByStorage)
	if u := r.ByUsage; u != nil {
		v.usage(at+".by_usage", *u)
	}
	if len(r.Shares) > 0 {
		v.shares(at+".shares", r.Shares)
	}
}

func (v *defects) usage(at string, u UsageRule) {
	if len(u.Labels)+len(u.Users)+len(u.Roles)+len(u.Databases) == 0 && u.Rest == "" {
		v.bad(at, "names no unit")
	}
	v.referred(at+".labels", u.Labels)
	v.referred(at+".users", u.Users)
	v.referred(at+".roles", u.Roles)
	v.referred(at+".databases", u.Databases)
	if u.Rest != "" {
		v.known(at+".rest", u.Rest)
	}
}

func (v *defects) referred(at string, units map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(units)) {
		v.text(at, name)
		v.known(fmt.Sprintf("%s[%q]", at, name), units[name])
	}
}

func (v *defects) shares(at string, shares map[string]string) {
	positive := false
	for _, unit := range slices.Sorted(maps.Keys(shares)) {
		path := fmt.Sprintf("%s[%q]", at, unit)
		v.known(path, unit)
		n, err := parseShare(shares[unit])
		if err != nil {
			v.bad(path, "%q is not a share: %w", shares[unit], err)
		}
		positive = positive || n > 0
	}
	if !positive {
		v.bad(at, "none is more than 0")
	}
}

// parseShare reads a share of up to a perOne, in billionths: those of thousands of units
// can be added.
func parseShare(s string) (int64, error) {
	n, err := parseDecimal(s, 9)
	if err != nil {
		return 0, err
	}
	if n > perOne*1_000_000_000 {
		return 0, errors.New("it is more than 1000000")
	}
	return int64(n), nil
}
