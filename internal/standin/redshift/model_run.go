package redshift

import (
	"errors"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A caller is who runs a statement, and where.
type caller struct {
	user      string
	superuser bool
	database  string
	local     bool // the database is not made of a datashare
	label     *string
}

// Run runs statements in one session. With transaction they are all or nothing: after one
// that failed none is run, and what was done is undone. Otherwise each is by itself.
// Parameters are given by name and shared by all statements. An empty User is the
// superuser that the warehouse was made with.
func (wh *Warehouse) Run(s Session, statements []string, parameters map[string]string, transaction bool) []Outcome {
	wh.world.mu.Lock()
	defer wh.world.mu.Unlock()
	outcomes, labels := make([]Outcome, len(statements)), make([]string, len(statements))
	c, err := wh.connect(s)
	if c.label = s.Label; c.label == nil {
		c.label = new(string)
	}
	label := *c.label
	var before catalog
	if transaction {
		before = wh.catalog.clone()
	}
	for i, text := range statements {
		out := &outcomes[i]
		if out.Err = err; err == nil {
			out.Ran, labels[i] = true, *c.label
			out.Result, out.Err = wh.execute(c, text, parameters, transaction)
		}
		if out.Err != nil && transaction {
			wh.catalog, *c.label = before, label
			break
		}
	}
	if err == nil && wh.world.RecordUsage {
		wh.record(recording{c, statements, labels, outcomes, transaction})
	}
	return outcomes
}

// connect opens a session. Redshift makes the users of IAM identities when they first
// connect.
func (wh *Warehouse) connect(s Session) (caller, error) {
	if !wh.running() {
		return caller{}, fatal(cannotConnect, "cluster %s is %s", wh.Name, wh.Status)
	}
	if s.User == "" {
		s.User = wh.admin
	}
	_, ok := wh.users[s.User]
	if !ok && !fromIAM(s.User) {
		return caller{}, fatal(notAuthenticated, "password authentication failed for user %q", s.User)
	}
	if !ok {
		wh.users[s.User] = user{id: wh.nextID(), fromIAM: true}
	}
	c := caller{user: s.User, superuser: wh.isSuperuser(s.User), database: wh.fold(s.Database)}
	b, ok := wh.bases[c.database]
	if !ok {
		return c, fatal(undefinedDatabase, "database %q does not exist", c.database)
	}
	if c.local = !b.shared(); !c.local && !c.superuser && !wh.usesBase(s.User, c.database) {
		return c, fatal(insufficientPrivilege, "permission denied for database %q", c.database)
	}
	return c, nil
}

// running reports whether the warehouse takes statements. Clusters that are modified do
// ("The availability status of the cluster for queries").
func (wh *Warehouse) running() bool {
	status := redshiftsql.Fold(wh.Status)
	return strings.HasPrefix(status, "available") || status == "modifying" || status == "resizing"
}

// execute runs the text of one statement.
func (wh *Warehouse) execute(c caller, text string, parameters map[string]string, transaction bool) (Result, error) {
	statement, err := parse(text)
	if err != nil {
		return Result{}, err
	}
	if q, ok := statement.(redshiftsql.Query); ok {
		return wh.query(c, q, parameters)
	}
	return wh.run(c, statement, transaction)
}

// run runs a statement that is no query.
func (wh *Warehouse) run(c caller, statement redshiftsql.Statement, transaction bool) (Result, error) {
	switch s := statement.(type) {
	case redshiftsql.ShowGrants:
		return wh.showGrants(c, s)
	case redshiftsql.ShowSetting:
		return wh.showSetting(s)
	case redshiftsql.SetQueryGroup:
		*c.label = s.Group
		return Result{}, nil
	case redshiftsql.Grant:
		return Result{}, wh.grant(c, s)
	case redshiftsql.GrantRole:
		return Result{}, wh.grantRole(c, s)
	case redshiftsql.CreateRole:
		return Result{}, wh.createRole(c, s)
	case redshiftsql.DropRole:
		return Result{}, wh.dropRole(c, s)
	case redshiftsql.CreateDatashare:
		return Result{}, wh.createShare(c, s)
	case redshiftsql.AlterDatashare:
		return Result{}, wh.alterShare(c, s)
	case redshiftsql.DropDatashare:
		return Result{}, wh.dropShare(c, s)
	case redshiftsql.CreateDatabase:
		return Result{}, wh.createBase(c, s, transaction)
	case redshiftsql.DropDatabase:
		return Result{}, wh.dropBase(c, s, transaction)
	}
	return Result{}, fail(notSupported, "statement %T is not supported", statement)
}

// parse takes a statement apart. What is no statement of this library is refused as a
// syntax error, though Redshift may know it.
func parse(text string) (redshiftsql.Statement, error) {
	statement, err := redshiftsql.Parse(text)
	var at *redshiftsql.ParseError
	if !errors.As(err, &at) {
		return statement, err
	}
	near, _, _ := strings.Cut(strings.TrimLeft(text[min(at.Offset, len(text)):], " "), " ")
	if near == "" {
		return nil, fail(syntaxError, "syntax error at end of input; %s", at.Message)
	}
	return nil, fail(syntaxError, "syntax error at or near %q; %s", near, at.Message)
}
