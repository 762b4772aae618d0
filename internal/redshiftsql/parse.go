package redshiftsql

import (
	"fmt"
	"slices"
	"strings"
)

// Parse returns the statement or [Query] whose text s is. It takes exactly the texts that
// String returns, byte for byte, and those of [Queries] and
// [UsageQueries]: Parse(s.String()) equals s (an
// empty list of arguments comes back as none), and Parse(t).String() is t. For all else the
// error is a [*ParseError].
func Parse(s string) (Statement, error) {
	if strings.HasPrefix(s, "SELECT ") {
		for _, q := range slices.Concat(Queries(), UsageQueries()) {
			if s == q.SQL {
				return q, nil
			}
		}
	}
	p := &parser{text: s}
	p.next, p.at = scan(s, 0)
	statement := p.statement()
	p.end()
	switch {
	case p.err != nil:
		return nil, p.err
	case statement.Check() != nil:
		return nil, &ParseError{0, statement.Check().Error()}
	case statement.String() != s:
		return nil, &ParseError{0, "is written otherwise: " + statement.String()}
	}
	return statement, nil
}

// statement reads any statement.
func (p *parser) statement() Statement {
	if p.next.spaced {
		p.fail(p.next, "a space at the beginning")
	}
	first := p.choose("GRANT", "REVOKE", "CREATE", "ALTER", "DROP", "SHOW", "SET")
	switch first {
	case "GRANT", "REVOKE":
		if p.optional("ROLE") {
			return p.grantRole(first == "REVOKE")
		}
		return p.grant(first == "REVOKE")
	case "CREATE":
		return p.create()
	case "ALTER":
		p.choose("DATASHARE")
		return AlterDatashare{p.identifier("datashare"), p.publicAccessible()}
	case "DROP":
		return p.drop()
	case "SHOW":
		return p.show()
	case "SET":
		return p.setQueryGroup()
	}
	return nil
}

func (p *parser) create() Statement {
	switch p.choose("ROLE", "DATASHARE", "DATABASE") {
	case "ROLE":
		return CreateRole{p.name(CheckRole)}
	case "DATASHARE":
		return CreateDatashare{p.identifier("datashare"), p.publicAccessible()}
	case "DATABASE":
		return p.createDatabase()
	}
	return nil
}

func (p *parser) createDatabase() CreateDatabase {
	c := CreateDatabase{Name: p.identifier("database")}
	c.WithPermissions = p.choose("WITH", "FROM") == "WITH"
	if c.WithPermissions {
		p.choose("PERMISSIONS")
		p.choose("FROM")
	}
	p.choose("DATASHARE")
	c.Datashare = p.identifier("datashare")
	p.choose("OF")
	if p.choose("ACCOUNT", "NAMESPACE") == "ACCOUNT" {
		c.Account = p.string(CheckAccount)
		p.choose("NAMESPACE")
	}
	c.Namespace = p.string(CheckNamespace)
	return c
}

func (p *parser) publicAccessible() bool {
	p.choose("SET")
	p.choose("PUBLICACCESSIBLE")
	return p.choose("FALSE", "TRUE") == "TRUE"
}

func (p *parser) drop() Statement {
	switch p.choose("ROLE", "DATASHARE", "DATABASE") {
	case "ROLE":
		return DropRole{p.name(CheckRole)}
	case "DATASHARE":
		return DropDatashare{p.identifier("datashare")}
	case "DATABASE":
		return DropDatabase{p.identifier("database")}
	}
	return nil
}

func (p *parser) show() Statement {
	if t := p.next; t.kind == wordToken {
		p.take(wordToken, true)
		return ShowSetting{t.value}
	}
	p.choose("GRANTS")
	if p.choose("ON", "FOR") == "ON" {
		o := p.on("DATABASE", "SCHEMA", "TABLE", "FUNCTION")
		return ShowGrants{On: &o}
	}
	g := Grantee{Type: User}
	if p.optional("ROLE") {
		g.Type = Role
	}
	g.Name = p.name(g.checkAsked)
	p.choose("FROM")
	p.choose("DATABASE")
	return ShowGrants{For: &g, Database: p.identifier("database")}
}

// setQueryGroup reads the one setting that is set.
func (p *parser) setQueryGroup() SetQueryGroup {
	if t := p.take(wordToken, true); p.err == nil && t.value != "query_group" {
		p.fail(t, fmt.Sprintf("setting %.80q: not one that is set here, which is query_group", t.value))
	}
	p.choose("TO")
	return SetQueryGroup{p.string(checkQueryGroup)}
}

func (p *parser) grantRole(revoke bool) GrantRole {
	g := GrantRole{Revoke: revoke, Role: p.name(CheckRole)}
	p.choose(toFrom(revoke))
	g.Grantee = p.grantee("ROLE")
	return g
}

func (p *parser) grant(revoke bool) Grant {
	privileges := p.privileges()
	g := Grant{Revoke: revoke}
	for _, t := range privileges {
		g.Privileges = append(g.Privileges, t.value)
	}
	if p.choose("ON", "FOR") == "ON" {
		g.Object = p.on("DATABASE", "SCHEMA", "TABLE", "FUNCTION", "DATASHARE")
	} else {
		g.Object = p.all()
	}
	p.choose(toFrom(revoke))
	g.Grantee = p.grantee("ROLE", "DATASHARE", "NAMESPACE", "ACCOUNT")
	if i, err := checkPrivileges(g.Privileges, g.Object.Scope, g.Grantee.Type); err != nil {
		p.fail(privileges[i], err.Error())
	}
	return g
}

// privileges reads keywords between commas. Which of them can be granted follows from what
// comes after them.
func (p *parser) privileges() []token {
	list := []token{p.take(keywordToken, true)}
	for p.err == nil && p.next.is(",") {
		p.mark(",")
		list = append(list, p.take(keywordToken, true))
	}
	return list
}

// on reads one object: what it is, and its name with all its parts.
func (p *parser) on(scopes ...string) Object {
	o := Object{Scope: Scope(p.choose(scopes...))}
	if o.Scope == OnDatashare {
		o.Name = p.identifier("datashare")
		return o
	}
	o.Database = p.identifier("database")
	if o.Scope != OnDatabase {
		o.Schema = p.part("schema")
	}
	if o.Scope == OnTable || o.Scope == OnFunction {
		o.Name = p.part(strings.ToLower(string(o.Scope)))
	}
	if o.Scope == OnFunction {
		o.Arguments = p.arguments()
	}
	return o
}

// all reads a scope: all objects of a kind.
func (p *parser) all() Object {
	o := Object{Scope: Scope(p.choose("SCHEMAS", "TABLES", "FUNCTIONS"))}
	p.choose("IN")
	if o.Scope != ForSchemas && p.optional("SCHEMA") {
		o.Schema = p.identifier("schema")
	}
	p.choose("DATABASE")
	o.Database = p.identifier("database")
	return o
}

// grantee reads who is granted to: a user if it is nothing but a name.
func (p *parser) grantee(types ...string) Grantee {
	if p.next.kind == nameToken {
		return Grantee{User, p.name(CheckUser)}
	}
	if p.next.kind != keywordToken {
		p.expected(string(nameToken) + " or " + strings.Join(types, " or "))
	}
	g := Grantee{Type: GranteeType(p.choose(types...))}
	switch g.Type {
	case Namespace:
		g.Name = p.string(CheckNamespace)
	case Account:
		g.Name = p.string(CheckAccount)
	case Role:
		g.Name = p.name(CheckRole)
	default:
		g.Name = p.identifier("datashare")
	}
	return g
}

// arguments reads types in parentheses.
func (p *parser) arguments() []string {
	var list []string
	p.mark("(")
	if !p.next.is(")") {
		list = append(list, p.argument(false))
	}
	for p.err == nil && p.next.is(",") {
		p.mark(",")
		list = append(list, p.argument(true))
	}
	p.mark(")")
	return list
}

// argument reads a type: words, and numbers in parentheses.
func (p *parser) argument(spaced bool) string {
	const long = 50 // no type is
	first := p.next
	s := p.take(wordToken, spaced).value
	for p.err == nil && p.next.kind == wordToken && len(s) < long {
		s += " " + p.take(wordToken, true).value
	}
	if p.next.is("(") {
		p.mark("(")
		s += "(" + p.take(numberToken, false).value
		for p.err == nil && p.next.is(",") && len(s) < long {
			p.mark(",")
			s += "," + p.take(numberToken, false).value
		}
		p.mark(")")
		s += ")"
	}
	if err := CheckArgument(s); err != nil {
		p.fail(first, err.Error())
	}
	return s
}
