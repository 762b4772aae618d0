package redshiftsql

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Check refuses names that cannot be, privileges that cannot be granted on the object to
// the grantee, and fields that say nothing in the statement.
func (g Grant) Check() error {
	err := cmp.Or(g.Object.check(), g.Grantee.check())
	if err == nil {
		_, err = checkPrivileges(g.Privileges, g.Object.Scope, g.Grantee.Type)
	}
	return prefixed(verb(g.Revoke), err)
}

// Check refuses what is no role, and to grant one to itself.
func (g GrantRole) Check() error {
	err := cmp.Or(CheckRole(g.Role), g.Grantee.check())
	switch {
	case err != nil:
	case g.Grantee.Type != User && g.Grantee.Type != Role:
		err = fmt.Errorf("a role cannot be granted to %s %q, but to a user or role", g.Grantee.Type, g.Grantee.Name)
	case g.Grantee.Type == Role && Fold(g.Grantee.Name) == Fold(g.Role):
		err = fmt.Errorf("role %q cannot be granted to itself", g.Role)
	}
	return prefixed(verb(g.Revoke)+" ROLE", err)
}

// Check refuses what [CheckRole] does, and reserved words, which roles cannot be named by.
func (c CreateRole) Check() error {
	err := CheckRole(c.Name)
	if err == nil && slices.Contains(reserved(), strings.ToUpper(Fold(c.Name))) {
		err = fmt.Errorf("role %q: a reserved word", c.Name)
	}
	return prefixed("CREATE ROLE", err)
}

// Check refuses what [CheckRole] does.
func (d DropRole) Check() error { return prefixed("DROP ROLE", CheckRole(d.Name)) }

// Check refuses what [CheckIdentifier] does.
func (c CreateDatashare) Check() error {
	return prefixed("CREATE DATASHARE", CheckIdentifier("datashare", c.Name))
}

// Check refuses what [CheckIdentifier] does.
func (a AlterDatashare) Check() error {
	return prefixed("ALTER DATASHARE", CheckIdentifier("datashare", a.Name))
}

// Check refuses what [CheckIdentifier] does.
func (d DropDatashare) Check() error {
	return prefixed("DROP DATASHARE", CheckIdentifier("datashare", d.Name))
}

// Check refuses names that cannot be, and what is no namespace or account.
func (c CreateDatabase) Check() error {
	err := cmp.Or(
		CheckIdentifier("database", c.Name),
		CheckIdentifier("datashare", c.Datashare),
		CheckNamespace(c.Namespace),
	)
	if c.Account != "" {
		err = cmp.Or(err, CheckAccount(c.Account))
	}
	return prefixed("CREATE DATABASE", err)
}

// Check refuses what [CheckIdentifier] does, and the databases that cannot be dropped and
// are never made of a datashare ("DROP DATABASE").
func (d DropDatabase) Check() error {
	err := CheckIdentifier("database", d.Name)
	if err == nil && slices.Contains([]string{"dev", "padb_harvest", "template0", "template1", "sys:internal"}, Fold(d.Name)) {
		err = fmt.Errorf("database %q: cannot be dropped", d.Name)
	}
	return prefixed("DROP DATABASE", err)
}

// Check refuses all but one object, or one user or role and a database.
func (s ShowGrants) Check() error {
	var err error
	switch {
	case s.On != nil && s.For == nil && s.Database == "":
		err = s.On.check()
		if err == nil && !slices.Contains([]Scope{OnDatabase, OnSchema, OnTable, OnFunction}, s.On.Scope) {
			err = fmt.Errorf("not on %s, but on one database, schema, table or function", s.On.Scope)
		}
	case s.For != nil && s.On == nil:
		err = cmp.Or(s.For.checkAsked(s.For.Name), CheckIdentifier("database", s.Database))
	default:
		err = errors.New("either on an object, or for a user or role in a database")
	}
	return prefixed("SHOW GRANTS", err)
}

// checkAsked checks a name that is asked about. It may be that of a role that is
// Redshift's own, too: nothing is granted to it.
func (g Grantee) checkAsked(name string) error {
	if g.Type != User && g.Type != Role {
		return fmt.Errorf("for a user or role, not for %q", g.Type)
	}
	return checkGrantee(strings.ToLower(string(g.Type)), name)
}

// Check refuses all but the settings that this library reads: the name is in no quotation
// marks, and some names are commands.
func (s ShowSetting) Check() error {
	if s.Name != "enable_case_sensitive_identifier" {
		return fmt.Errorf("SHOW: setting %.80q: not one that is read here, such as enable_case_sensitive_identifier", s.Name)
	}
	return nil
}

// Check refuses what [SYS_QUERY_HISTORY] could not show as it is: labels that are empty, of
// more than 320 bytes, not printable, or that begin or end with a space.
//
// [SYS_QUERY_HISTORY]: https://docs.aws.amazon.com/redshift/latest/dg/SYS_QUERY_HISTORY.html
func (s SetQueryGroup) Check() error { return prefixed("SET query_group", checkQueryGroup(s.Group)) }

func checkQueryGroup(label string) error {
	const longest = 320
	if len(label) > longest {
		return fmt.Errorf("label %.40q…: %d bytes, at most %d are shown", label, len(label), longest)
	}
	return checkText("label", label)
}

// check returns an error unless the object has just the fields that its scope needs.
func (o Object) check() error {
	database, schema, name := o.fields()
	if !database && !schema && !name {
		return fmt.Errorf("scope %.40q: not one of a statement", o.Scope)
	}
	return cmp.Or(
		o.checkField("database", o.Database, database),
		o.checkField("schema", o.Schema, schema),
		o.checkField(strings.ToLower(string(o.Scope)), o.Name, name),
		o.checkArguments(),
	)
}

// fields returns which fields the scope of the object needs; none if it is no scope.
func (o Object) fields() (database, schema, name bool) {
	switch o.Scope {
	case OnDatabase, ForSchemas:
		return true, false, false
	case OnSchema:
		return true, true, false
	case ForTables, ForFunctions:
		return true, o.Schema != "", false
	case OnTable, OnFunction:
		return true, true, true
	case OnDatashare:
		return false, false, true
	}
	return false, false, false
}

func (o Object) checkField(of, name string, needed bool) error {
	switch {
	case needed:
		return CheckIdentifier(of, name)
	case name != "":
		return fmt.Errorf("%s %.80q: has no place in a statement on %s", of, name, o.Scope)
	}
	return nil
}

func (o Object) checkArguments() error {
	switch n := len(o.Arguments); {
	case n > 0 && o.Scope != OnFunction:
		return fmt.Errorf("arguments: have no place in a statement on %s", o.Scope)
	case n > maxArguments:
		return fmt.Errorf("function %q: %d arguments, at most %d are allowed", o.Name, n, maxArguments)
	}
	for _, a := range o.Arguments {
		if err := CheckArgument(a); err != nil {
			return err
		}
	}
	return nil
}

func (g Grantee) check() error {
	switch g.Type {
	case User:
		return CheckUser(g.Name)
	case Role:
		return CheckRole(g.Name)
	case Datashare:
		return CheckIdentifier("datashare", g.Name)
	case Namespace:
		return CheckNamespace(g.Name)
	case Account:
		return CheckAccount(g.Name)
	}
	return fmt.Errorf("grantee type %.40q: not one of a statement", g.Type)
}

func verb(revoke bool) string {
	if revoke {
		return "REVOKE"
	}
	return "GRANT"
}

// prefixed puts the statement before an error.
func prefixed(statement string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", statement, err)
}
