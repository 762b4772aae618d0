package redshift

import (
	"context"
	"slices"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// mayBeLeftOut reports whether a view may not show a grant to a datashare: the pages of
// SVV_RELATION_PRIVILEGES and SVV_SCHEMA_PRIVILEGES name neither ALTER and TRUNCATE of a
// table nor DROP of a schema. That of SHOW GRANTS names all.
func mayBeLeftOut(g share.Grant) bool {
	switch {
	case g.Grantee.Type != share.ToDatashare:
		return false
	case g.Scope == share.OnTable:
		return g.Privilege == share.Alter || g.Privilege == share.Truncate
	}
	return g.Scope == share.OnSchema && g.Privilege == share.Drop
}

// readLeftOut asks SHOW GRANTS about what the views may have left out: grants to datashares
// that are there, on what is there. Grants that the views show are not asked about.
func (r *reader) readLeftOut(ctx context.Context) {
	shown := map[share.Grant]bool{}
	for _, g := range r.found.Grants {
		shown[g] = true
	}
	tables := map[[2]string]bool{}
	for _, t := range r.found.Tables {
		tables[[2]string{t.Schema, t.Name}] = true
	}
	asked := map[[2]string]bool{}
	var all []lookup
	for _, g := range r.leftOut {
		at := [2]string{g.Schema, g.Object}
		there := tables[at] || g.Object == "" && slices.Contains(r.found.Schemas, g.Schema)
		d := r.outbound(g.Grantee.Name)
		if shown[g] || asked[at] || !there || d == nil || d.Database != r.database() || g.Database != r.database() {
			continue
		}
		asked[at] = true
		all = append(all, r.askLeftOut(g, shown))
	}
	if len(all) > 0 {
		r.lookUp(ctx, all)
	}
}

func (r *reader) askLeftOut(left share.Grant, shown map[share.Grant]bool) lookup {
	o := redshiftsql.Object{Scope: redshiftsql.OnTable, Database: left.Database, Schema: left.Schema, Name: left.Object}
	name := redshiftsql.QueryTablePrivileges.Name
	if left.Scope == share.OnSchema {
		o.Scope, name = redshiftsql.OnSchema, redshiftsql.QuerySchemaPrivileges.Name
	}
	return lookup{
		name: name,
		sql:  redshiftsql.ShowGrants{On: &o}.String(),
		keep: func(row catalogRow) {
			g := share.Grant{
				Grantee: granteeIn(row), Privilege: share.Privilege(row.text("privilege_type")),
				Scope: scopeOf(row), Database: left.Database, Schema: left.Schema, Object: left.Object,
			}
			if g.Scope == left.Scope && mayBeLeftOut(g) && !shown[g] {
				shown[g] = true
				r.found.Grants = append(r.found.Grants, g)
			}
		},
	}
}
