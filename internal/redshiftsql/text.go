package redshiftsql

import "strings"

// String returns the statement, or nothing if Check refuses it. So do all statements:
// nothing is no text that [Parse] takes or that a database could be sent.
func (g Grant) String() string {
	if g.Check() != nil {
		return ""
	}
	return words(verb(g.Revoke), strings.Join(g.Privileges, ", "), g.Object.text(), toFrom(g.Revoke), g.Grantee.text())
}

// String returns the statement, or nothing if Check refuses it.
func (g GrantRole) String() string {
	if g.Check() != nil {
		return ""
	}
	return words(verb(g.Revoke), "ROLE", identifier(g.Role), toFrom(g.Revoke), g.Grantee.text())
}

// String returns the statement, or nothing if Check refuses it.
func (c CreateRole) String() string { return simple(c.Check(), "CREATE ROLE", c.Name) }

// String returns the statement, or nothing if Check refuses it.
func (d DropRole) String() string { return simple(d.Check(), "DROP ROLE", d.Name) }

// String returns the statement, or nothing if Check refuses it.
func (c CreateDatashare) String() string {
	return simple(c.Check(), "CREATE DATASHARE", c.Name, "SET PUBLICACCESSIBLE", truth(c.PublicAccessible))
}

// String returns the statement, or nothing if Check refuses it.
func (a AlterDatashare) String() string {
	return simple(a.Check(), "ALTER DATASHARE", a.Name, "SET PUBLICACCESSIBLE", truth(a.PublicAccessible))
}

// String returns the statement, or nothing if Check refuses it.
func (d DropDatashare) String() string { return simple(d.Check(), "DROP DATASHARE", d.Name) }

// String returns the statement, or nothing if Check refuses it.
func (c CreateDatabase) String() string {
	var with, account string
	if c.WithPermissions {
		with = "WITH PERMISSIONS"
	}
	if c.Account != "" {
		account = "ACCOUNT " + literal(c.Account)
	}
	return simple(c.Check(), "CREATE DATABASE", c.Name,
		with, "FROM DATASHARE", identifier(c.Datashare), "OF", account, "NAMESPACE", literal(c.Namespace))
}

// String returns the statement, or nothing if Check refuses it.
func (d DropDatabase) String() string { return simple(d.Check(), "DROP DATABASE", d.Name) }

// String returns the statement, or nothing if Check refuses it.
func (s ShowGrants) String() string {
	switch {
	case s.Check() != nil:
		return ""
	case s.On != nil:
		return words("SHOW GRANTS", s.On.text())
	}
	return words("SHOW GRANTS FOR", s.For.text(), "FROM DATABASE", identifier(s.Database))
}

// String returns the statement, or nothing if Check refuses it.
func (s ShowSetting) String() string {
	if s.Check() != nil {
		return ""
	}
	return words("SHOW", s.Name)
}

// String returns the statement, or nothing if Check refuses it.
func (s SetQueryGroup) String() string {
	if s.Check() != nil {
		return ""
	}
	return words("SET query_group TO", literal(s.Group))
}

// Transaction reports that the statement can run in a transaction block. "GRANT" says that
// one "on an external resource" cannot, and not what such resources are: whether a
// database made of a datashare is one is for the caller to decide.
func (g Grant) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (g GrantRole) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (c CreateRole) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (d DropRole) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (c CreateDatashare) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (a AlterDatashare) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (d DropDatashare) Transaction() bool { return true }

// Transaction reports that the statement cannot run in a transaction block ("CREATE
// DATABASE").
func (c CreateDatabase) Transaction() bool { return false }

// Transaction reports that the statement cannot run in a transaction block ("DROP
// DATABASE").
func (d DropDatabase) Transaction() bool { return false }

// Transaction reports that the statement can run in a transaction block.
func (s ShowGrants) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (s ShowSetting) Transaction() bool { return true }

// Transaction reports that the statement can run in a transaction block.
func (s SetQueryGroup) Transaction() bool { return true }

// text returns what follows the privileges.
func (o Object) text() string {
	switch o.Scope {
	case OnDatashare:
		return words("ON DATASHARE", identifier(o.Name))
	case ForSchemas:
		return words("FOR SCHEMAS IN DATABASE", identifier(o.Database))
	case ForTables, ForFunctions:
		var schema string
		if o.Schema != "" {
			schema = "SCHEMA " + identifier(o.Schema)
		}
		return words("FOR", string(o.Scope), "IN", schema, "DATABASE", identifier(o.Database))
	}
	name := identifier(o.Database)
	if o.Schema != "" {
		name += "." + identifier(o.Schema)
	}
	if o.Name != "" {
		name += "." + identifier(o.Name)
	}
	if o.Scope == OnFunction {
		name += "(" + strings.Join(o.Arguments, ", ") + ")"
	}
	return words("ON", string(o.Scope), name)
}

// text returns the grantee; a user is named by nothing but the name.
func (g Grantee) text() string {
	switch g.Type {
	case User:
		return identifier(g.Name)
	case Namespace, Account:
		return words(string(g.Type), literal(g.Name))
	}
	return words(string(g.Type), identifier(g.Name))
}

func toFrom(revoke bool) string {
	if revoke {
		return "FROM"
	}
	return "TO"
}

func truth(b bool) string {
	if b {
		return "TRUE"
	}
	return "FALSE"
}

// simple returns a statement on something with a name, or nothing if it is refused.
func simple(refused error, statement, name string, rest ...string) string {
	if refused != nil {
		return ""
	}
	return words(append([]string{statement, identifier(name)}, rest...)...)
}

// words joins what is not empty with single spaces.
func words(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		if p == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(p)
	}
	return b.String()
}
