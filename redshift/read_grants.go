package redshift

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// database is the one that is connected to.
func (r *reader) database() string { return r.conn.opts.Warehouse.Database }

// askPrivileges asks for what datashares and, for an audit, others are granted in the
// database that is connected to.
func (r *reader) askPrivileges() []lookup {
	return []lookup{
		ask(redshiftsql.QueryDatabasePrivileges, nil, func(row catalogRow) {
			if row.text("database_name") == r.database() {
				r.keepGrant(row, share.Grant{Scope: scopeOf(row)})
			}
		}),
		ask(redshiftsql.QuerySchemaPrivileges, nil, func(row catalogRow) {
			r.keepGrant(row, share.Grant{Scope: scopeOf(row), Schema: row.text("schema_name")})
		}),
		ask(redshiftsql.QueryTablePrivileges, nil, func(row catalogRow) {
			r.keepGrant(row, share.Grant{Scope: share.OnTable, Schema: row.text("schema_name"), Object: row.text("table_name")})
		}),
		ask(redshiftsql.QueryFunctionPrivileges, nil, func(row catalogRow) {
			r.keepGrant(row, share.Grant{
				Scope: share.OnFunction, Schema: row.text("schema_name"),
				Object: signature(row.text("function_name") + "(" + row.text("argument_types") + ")"),
			})
		}),
	}
}

// signature returns a function with the types of its arguments as a grant has it.
func signature(f string) string { return strings.ReplaceAll(f, ", ", ",") }

// scopeOf returns the scope that the catalog tells.
func scopeOf(row catalogRow) share.Scope {
	return share.Scope(strings.ToLower(row.text("privilege_scope")))
}

// granteeIn returns who a row is about. In the catalog a datashare is a role whose name
// begins with ds:, which is reserved for that.
func granteeIn(row catalogRow) share.Grantee {
	g := share.Grantee{Type: share.GranteeType(strings.ToLower(row.text("identity_type"))), Name: row.text("identity_name")}
	if name, ok := strings.CutPrefix(g.Name, "ds:"); ok && g.Type == share.ToRole {
		return share.Grantee{Type: share.ToDatashare, Name: name}
	}
	if g.Type == share.ToPublic {
		g.Name = ""
	}
	return g
}

// keepGrant keeps a grant to a datashare; for an audit, to anybody.
func (r *reader) keepGrant(row catalogRow, g share.Grant) {
	if g.Grantee = granteeIn(row); g.Grantee.Type != share.ToDatashare && !r.everybody {
		return
	}
	g.Database, g.Privilege = r.database(), share.Privilege(row.text("privilege_type"))
	r.found.Grants = append(r.found.Grants, g)
}

// readGrants reads the grants in databases that were made of datashares, which the views
// about grants do not show.
func (r *reader) readGrants(ctx context.Context) {
	var all []lookup
	databases := r.sharedDatabases()
	objects := r.readObjects(ctx, databases)
	for _, d := range databases {
		for _, o := range objects[d] {
			all = append(all, r.askObject(o))
		}
		if slices.Contains(r.dropped, d) {
			all = append(all, r.askObject(redshiftsql.Object{Scope: redshiftsql.OnDatabase, Database: d}))
		}
		for _, g := range r.grantees[d] {
			if r.mayExist(g) {
				all = append(all, r.askGrantee(d, g))
			}
		}
	}
	if len(all) > 0 {
		r.lookUp(ctx, all)
	}
	for i := range r.found.Databases {
		r.judgePermissions(&r.found.Databases[i])
	}
}

// judgePermissions tells that a database was made WITH PERMISSIONS if something is granted
// on what is in it, which is only possible there. Nothing else tells.
func (r *reader) judgePermissions(d *share.Database) {
	inside := func(g share.Grant) bool { return g.Database == d.Name && g.Scope != share.OnDatabase }
	if d.Shared && slices.ContainsFunc(r.found.Grants, inside) {
		d.WithPermissions = new(true)
	}
}

// sharedDatabases are those whose grants are read: of the databases that are made of
// datashares, the ones that somebody is interested in.
func (r *reader) sharedDatabases() []string {
	var names []string
	for _, d := range r.found.Databases {
		if _, wanted := r.grantees[d.Name]; d.Shared && (wanted || r.everybody || slices.Contains(r.dropped, d.Name)) {
			names = append(names, d.Name)
		}
	}
	slices.Sort(names)
	return names
}

// mayExist reports whether a grantee is there or nobody knows. One who is not there is
// granted nothing; to ask about it is an error.
func (r *reader) mayExist(g share.Grantee) bool {
	names, query := r.found.Roles, redshiftsql.QueryRoles.Name
	if g.Type == share.ToUser {
		names, query = r.found.Users, redshiftsql.QueryUsers.Name
	}
	unread := func(u share.Unknown) bool { return u.What == query }
	return slices.Contains(names, g.Name) || slices.ContainsFunc(r.found.Unknown, unread)
}

// askGrantee asks what one role or user may do in a database.
func (r *reader) askGrantee(database string, g share.Grantee) lookup {
	to := redshiftsql.Grantee{Type: redshiftsql.Role, Name: g.Name}
	if g.Type == share.ToUser {
		to.Type = redshiftsql.User
	}
	return lookup{
		name: fmt.Sprintf("grants of %s %s in database %s", g.Type, g.Name, database),
		sql:  redshiftsql.ShowGrants{For: &to, Database: database}.String(),
		keep: func(row catalogRow) {
			// What it has through a role of its own is listed, too, and is not its own.
			if granteeIn(row) == g {
				r.keepShown(row, database, row.text("schema_name"), row.text("object_name"))
			}
		},
	}
}

// keepShown keeps a row of SHOW GRANTS.
func (r *reader) keepShown(row catalogRow, database, schema, object string) {
	g := share.Grant{
		Grantee: granteeIn(row), Privilege: share.Privilege(row.text("privilege_type")),
		Scope: scopeOf(row), Database: database, Schema: schema,
	}
	if g.Scope == share.OnTable || g.Scope == share.OnFunction {
		g.Object = signature(object)
	}
	r.found.Grants = append(r.found.Grants, g)
}

// readObjects reads, for an audit, what there is in databases made of datashares: what the
// datashare lists, and what privileges on all objects of a schema or database bring along.
func (r *reader) readObjects(ctx context.Context, databases []string) map[string][]redshiftsql.Object {
	if !r.everybody || len(databases) == 0 {
		return nil
	}
	objects := map[string][]redshiftsql.Object{}
	seen := map[string]bool{}
	listed := map[[2]string]bool{} // by database and the name that a datashare lists
	var all []lookup
	add := func(d string) func(redshiftsql.Scope, string, string) {
		return func(scope redshiftsql.Scope, schema, name string) {
			o := redshiftsql.Object{Scope: scope, Database: d, Schema: schema, Name: name}
			if key := fmt.Sprintf("%q", []string{d, schema, name}); !seen[key] {
				seen[key] = true
				objects[d] = append(objects[d], o)
				listed[[2]string{d, schema + "." + name}] = true
			}
		}
	}
	for _, d := range databases {
		add := add(d)
		add(redshiftsql.OnDatabase, "", "")
		parameters := map[string]string{"database": d}
		all = append(all,
			ask(redshiftsql.QuerySchemas, parameters, func(row catalogRow) { add(redshiftsql.OnSchema, row.text("schema_name"), "") }),
			ask(redshiftsql.QueryTables, parameters, func(row catalogRow) {
				add(redshiftsql.OnTable, row.text("schema_name"), row.text("table_name"))
			}),
		)
	}
	for i := range all {
		all[i].name += " of database " + all[i].parameters["database"]
	}
	r.lookUp(ctx, all)
	for _, d := range databases {
		r.eachInbound(d, func(scope redshiftsql.Scope, schema, name string) {
			// Where there are several dots, only the catalog knows which is the one between.
			if scope != redshiftsql.OnTable || !listed[[2]string{d, schema + "." + name}] {
				add(d)(scope, schema, name)
			}
		})
	}
	return objects
}

// eachInbound calls f for each schema and table that a datashare lists, as it is called in
// the database made of it. Functions are left out: they are listed without their arguments.
func (r *reader) eachInbound(database string, f func(scope redshiftsql.Scope, schema, name string)) {
	for _, in := range r.found.Inbound {
		if in.Database != database {
			continue
		}
		for _, o := range in.Objects {
			kind := strings.ToLower(o.Type)
			schema, name, ok := strings.Cut(o.Name, ".")
			switch {
			case kind == "schema":
				f(redshiftsql.OnSchema, o.Name, "")
			case ok && !strings.Contains(kind, "function"):
				f(redshiftsql.OnTable, schema, name)
			}
		}
	}
}

func (r *reader) askObject(o redshiftsql.Object) lookup {
	return lookup{
		name: fmt.Sprintf("grants on %s %s", strings.ToLower(string(o.Scope)), strings.Trim(o.Database+"."+o.Schema+"."+o.Name, ".")),
		sql:  redshiftsql.ShowGrants{On: &o}.String(),
		keep: func(row catalogRow) { r.keepShown(row, o.Database, o.Schema, o.Name) },
	}
}
