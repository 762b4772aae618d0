package chargeback

import (
	"cmp"
	"slices"
)

// payerOf returns who pays for what a query used.
func (s *sharer) payerOf(q Query, a *activity) debtor {
	p := debtor{unit: s.Unit, basis: BasisQueries}
	if s.Unit == "" {
		p.unit = s.unitOf(q, a.rule)
	}
	harvest := q.Label == HarvestLabel
	switch {
	case a.sharing == byDay: // by unit alone: only compute is told apart
		return p
	case harvest:
		p.owner = OwnerHarvest
	default:
		p.owner = s.ownerOf(q)
	}
	switch {
	case a.sharing == byScans:
		p.basis = BasisScans
	case s.Unit != "" && s.By == ByNothing && !harvest:
		p.basis = BasisWhole
	}
	return p
}

// payerOfTransaction returns who pays for an open transaction, of which only the user is
// known.
func (s *sharer) payerOfTransaction(t Transaction, rule *UsageRule) debtor {
	q := Query{User: t.User}
	p := debtor{s.Unit, s.ownerOf(q), BasisTransactions}
	if s.Unit == "" {
		p.unit = s.unitOf(q, rule)
	}
	return p
}

// unitOf returns the unit of a query: by label, then user, role, database and the rest. What
// Harvest ran is the rest, if it has no label of a unit.
func (s *sharer) unitOf(q Query, rule *UsageRule) string {
	if unit, ok := rule.Labels[q.Label]; ok {
		return unit
	}
	if q.Label == HarvestLabel {
		return rule.Rest
	}
	if unit, ok := rule.Users[q.User]; ok {
		return unit
	}
	if unit, ok := s.unitOfRoles(q.User, rule); ok {
		return unit
	}
	if unit, ok := rule.Databases[q.Database]; ok {
		return unit
	}
	return rule.Rest
}

// unitOfRoles returns the unit of the roles of a user, of the first by name if several have
// one.
func (s *sharer) unitOfRoles(user string, rule *UsageRule) (string, bool) {
	unit, first := "", ""
	if len(rule.Roles) == 0 {
		return "", false
	}
	for _, role := range s.members.rolesOf(user) {
		switch of, ok := rule.Roles[role]; {
		case !ok:
		case first == "":
			unit, first = of, role
		case of != unit:
			s.members.several(user, first)
		}
	}
	return unit, first != ""
}

// ownerOf returns what a query is told apart by inside its unit.
func (s *sharer) ownerOf(q Query) string {
	switch s.By {
	case ByUser:
		return cmp.Or(q.User, OwnerNone)
	case ByRole:
		return s.roleOf(q.User)
	case ByLabel:
		return cmp.Or(q.Label, OwnerNone)
	case ByDatabase:
		return cmp.Or(q.Database, OwnerNone)
	}
	return ""
}

// roleOf returns the first of the roles that count that a user has.
func (s *sharer) roleOf(user string) string {
	has := s.members.rolesOf(user)
	for _, role := range s.Roles {
		if slices.Contains(has, role) {
			return role
		}
	}
	return OwnerNone
}
