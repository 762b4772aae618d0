package chargeback

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// members are the roles of users, as one harvest found them.
type members struct {
	direct map[member][]string // roles
	roles  map[string][]string // of users, found so far

	ambiguous map[string]string // users with roles of several units, and the role that counts
}

// A member is a user or a role that has roles.
type member struct {
	name   string
	isRole bool
}

// readMembers reads who had which roles: as of the last harvest before the end of the
// period, else of the first after it. It reads nothing if no role decides anything.
func (s *sharer) readMembers(ctx context.Context) error {
	s.members = &members{direct: map[member][]string{}, roles: map[string][]string{}, ambiguous: map[string]string{}}
	if !s.needsRoles() {
		return nil
	}
	taken, ok, err := s.reading(ctx, Memberships, s.options.Period.To)
	if err != nil {
		return err
	}
	switch {
	case !ok:
		s.note("%s: roles of users were never harvested: no user has one", s.Warehouse)
		return nil
	case taken.After(s.options.Period.To):
		s.note("%s: roles of users are those of %s, after the period", s.Warehouse, taken.Format(time.RFC3339))
	}
	for m, err := range Read[Membership](ctx, s.options.Usage, s.key, momentOf(taken)) {
		if err != nil {
			return err
		}
		of := member{m.Member, m.IsRole}
		s.members.direct[of] = append(s.members.direct[of], m.Role)
	}
	return nil
}

func (s *sharer) needsRoles() bool {
	of := func(a *activity) bool { return a.rule != nil && len(a.rule.Roles) > 0 }
	return s.By == ByRole || slices.ContainsFunc(s.ledgers, of)
}

// reading returns the moment of the last reading of a table at or before a time, else of the
// first after it.
func (s *sharer) reading(ctx context.Context, t Table, until time.Time) (taken time.Time, ok bool, err error) {
	if s.coverage == nil {
		c, err := s.options.Usage.Coverage(ctx, s.key)
		if err != nil {
			return time.Time{}, false, err
		}
		s.coverage = &c
	}
	for _, at := range s.coverage.Taken[t] {
		before, best := !at.After(until), !taken.After(until)
		if !ok || before && (!best || at.After(taken)) || !before && !best && at.Before(taken) {
			taken, ok = at.UTC(), true
		}
	}
	return taken, ok, nil
}

// momentOf returns the interval of the rows of a reading: rows have their time to the
// microsecond.
func momentOf(taken time.Time) Interval {
	from := taken.Truncate(time.Microsecond)
	return Interval{from, from.Add(time.Microsecond)}
}

// rolesOf returns all roles of a user, those that roles of his have included, by name.
func (m *members) rolesOf(user string) []string {
	roles, ok := m.roles[user]
	if ok {
		return roles
	}
	seen := map[string]bool{}
	for todo := m.direct[member{user, false}]; len(todo) > 0; {
		role := todo[0]
		todo = todo[1:]
		if !seen[role] {
			seen[role] = true
			todo = slices.Concat(todo, m.direct[member{role, true}])
		}
	}
	roles = slices.Sorted(maps.Keys(seen))
	m.roles[user] = roles
	return roles
}

// several keeps in mind that a user has roles of several units.
func (m *members) several(user, role string) { m.ambiguous[user] = role }

// notes tells of users with roles of several units.
func (m *members) notes(of fmt.Stringer, note func(string, ...any)) {
	users := slices.Sorted(maps.Keys(m.ambiguous))
	if len(users) == 0 {
		return
	}
	note("%s: %d users have roles of several units, such as %q: the first role by name counts, %q", of, len(users), users[0], m.ambiguous[users[0]])
}
