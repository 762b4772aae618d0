package share

import (
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

func (v *validator) objects(path string, o Objects) {
	names := v.names("schema")
	for i, s := range o.Schemas {
		at := fmt.Sprintf("%s.schemas[%d]", path, i)
		names.add(at, s.Name, redshiftsql.CheckIdentifier("schema", s.Name))
		v.schema(at, s)
	}
	v.privileges(path+".all_schemas", OnSchema, o.AllSchemas)
	v.privileges(path+".all_tables", OnTable, o.AllTables)
	v.privileges(path+".all_functions", OnFunction, o.AllFunctions)
}

func (v *validator) schema(path string, s Schema) {
	v.privileges(path+".privileges", OnSchema, s.Privileges)
	v.privileges(path+".all_tables", OnTable, s.AllTables)
	v.privileges(path+".all_functions", OnFunction, s.AllFunctions)
	tables := v.names("table")
	for i, t := range s.Tables {
		at := fmt.Sprintf("%s.tables[%d]", path, i)
		tables.add(at, t.Name, redshiftsql.CheckIdentifier("table", t.Name))
		v.privileges(at+".privileges", OnTable, t.Privileges)
		if len(t.Privileges) == 0 {
			v.bad(at+".privileges", "empty: name the privileges on table %q, or leave the table out", t.Name)
		}
	}
	functions := v.names("function")
	for i, f := range s.Functions {
		at := fmt.Sprintf("%s.functions[%d]", path, i)
		functions.add(at, f.signature(), checkFunction(f))
	}
}

func checkFunction(f Function) error {
	if err := redshiftsql.CheckIdentifier("function", f.Name); err != nil {
		return err
	}
	if strings.Contains(f.Name, "(") {
		return fmt.Errorf("function %q: write the types of its arguments in arguments, not in the name", f.Name)
	}
	for _, a := range f.Arguments {
		if err := redshiftsql.CheckArgument(redshiftsql.ArgumentType(a)); err != nil {
			return fmt.Errorf("function %q: %w", f.Name, err)
		}
	}
	return nil
}

// privilegesOn are those that can be granted to a datashare, and so in a database made of
// one ("Permissions you can grant to datashares").
var privilegesOn = map[Scope][]Privilege{
	OnSchema:   {Usage, Create, Alter, Drop},
	OnTable:    {Select, Insert, Update, Delete, Truncate, Drop, Alter, References},
	OnFunction: {Execute},
}

func (v *validator) privileges(path string, on Scope, privileges []Privilege) {
	for i, p := range privileges {
		switch {
		case !slices.Contains(privilegesOn[on], p):
			v.bad(fmt.Sprintf("%s[%d]", path, i), "%q: no privilege on a %s; there are %s", p, on, list(privilegesOn[on]))
		case slices.Contains(privileges[:i], p):
			v.bad(fmt.Sprintf("%s[%d]", path, i), "%s is there twice: leave one out", p)
		}
	}
}

// list returns privileges as a person reads them.
func list(privileges []Privilege) string {
	names := make([]string, len(privileges))
	for i, p := range privileges {
		names[i] = string(p)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

// changes reports whether a privilege is for more than reading.
func (p Privilege) changes() bool { return p != Select && p != Usage && p != Execute }

// writing returns the privileges of what is described that are for more than reading.
func (o Objects) writing() []Privilege {
	var writing []Privilege
	for _, g := range o.grants(Grantee{}, "") {
		if g.Privilege.changes() && !slices.Contains(writing, g.Privilege) {
			writing = append(writing, g.Privilege)
		}
	}
	return writing
}
