package redshift

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
	"github.com/awspatterns/awspatterns/redshift/share"
)

// readCatalog reads what the databases hold.
func (r *reader) readCatalog(ctx context.Context) {
	f := &r.found
	all := []lookup{
		ask(redshiftsql.QuerySession, nil, func(row catalogRow) {
			f.Version, f.User, f.Superuser = versionOf(row.text("version")), row.text("user_name"), row.flag("superuser")
		}),
		{name: caseSensitive, sql: redshiftsql.ShowSetting{Name: caseSensitive}.String(), keep: func(row catalogRow) {
			f.CaseSensitive = isOn(row.text(caseSensitive))
		}},
		ask(redshiftsql.QueryDatabases, nil, func(row catalogRow) {
			f.Databases = append(f.Databases, share.Database{
				Name: row.text("database_name"), Shared: row.text("database_type") == "shared", Isolation: row.text("isolation_level"),
			})
		}),
		ask(redshiftsql.QueryDatashares, nil, r.keepDatashare),
		ask(redshiftsql.QueryDatashareObjects, nil, r.keepObject),
	}
	if r.warehouse.Cluster != "" {
		all = append(all, ask(redshiftsql.QuerySlices, nil, func(row catalogRow) { f.Slices = int(row.number("slices")) }))
	}
	if r.producer {
		all = append(append(all, r.askProducer()...), r.askPrivileges()...)
	}
	if len(r.grantees) > 0 || r.everybody {
		all = append(all, r.askIdentities()...)
	}
	r.lookUp(ctx, all)
}

// caseSensitive is whether names in quotes keep their case.
const caseSensitive = "enable_case_sensitive_identifier"

var revision = regexp.MustCompile(`Redshift (\d+(?:\.\d+)+)`)

// versionOf returns the version of Redshift in what version() returns.
func versionOf(text string) string {
	if m := revision.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

func isOn(setting string) bool {
	return slices.Contains([]string{"on", "true", "t", "1"}, strings.ToLower(setting))
}

// outbound is the type of a datashare of the namespace itself.
const outbound = "OUTBOUND"

func (r *reader) keepDatashare(row catalogRow) {
	name, f := row.text("share_name"), &r.found
	if row.text("share_type") == outbound {
		f.Outbound = append(f.Outbound, share.Outbound{
			Name: name, Database: row.text("source_database"),
			PublicAccessible: row.flag("is_publicaccessible"), ManagedBy: row.text("managed_by"),
		})
		return
	}
	f.Inbound = append(f.Inbound, share.Inbound{
		Name: name, Account: row.text("producer_account"), Namespace: row.text("producer_namespace"), Database: row.text("consumer_database"),
	})
}

// keepObject keeps an object of a datashare that keepDatashare kept.
func (r *reader) keepObject(row catalogRow) {
	o := share.ObjectOf{Type: row.text("object_type"), Name: row.text("object_name"), IncludeNew: row.flag("include_new")}
	name, namespace := row.text("share_name"), row.text("producer_namespace")
	if row.text("share_type") == outbound {
		if d := r.outbound(name); d != nil {
			d.Objects = append(d.Objects, o)
		}
		return
	}
	for i := range r.found.Inbound {
		if in := &r.found.Inbound[i]; in.Name == name && in.Namespace == namespace {
			in.Objects = append(in.Objects, o)
		}
	}
}

func (r *reader) outbound(name string) *share.Outbound {
	for i := range r.found.Outbound {
		if r.found.Outbound[i].Name == name {
			return &r.found.Outbound[i]
		}
	}
	return nil
}

// askProducer asks for what is there to be shared, and with whom it is.
func (r *reader) askProducer() []lookup {
	f, table := &r.found, r.tables()
	database := map[string]string{"database": r.database()}
	return []lookup{
		ask(redshiftsql.QuerySchemas, database, func(row catalogRow) { f.Schemas = append(f.Schemas, row.text("schema_name")) }),
		ask(redshiftsql.QueryTables, database, func(row catalogRow) { table(row).Type = row.text("table_type") }),
		ask(redshiftsql.QueryFunctions, database, func(row catalogRow) {
			f.Functions = append(f.Functions, share.FunctionOf{
				Database: r.database(), Schema: row.text("schema_name"),
				Name: signature(row.text("function_name") + "(" + row.text("argument_types") + ")"),
			})
		}),
		ask(redshiftsql.QueryColumns, database, func(row catalogRow) {
			t := table(row)
			t.Interleaved = t.Interleaved || row.number("sortkey") < 0
			if identityColumn.MatchString(row.text("column_default")) {
				t.Identity = append(t.Identity, row.text("column_name"))
			}
		}),
		ask(redshiftsql.QueryMasks, nil, func(row catalogRow) {
			policy := row.text("policy_name")
			if t := table(row); row.flag("is_masking_datashare_on") && !slices.Contains(t.Masks, policy) {
				t.Masks = append(t.Masks, policy)
			}
		}),
		ask(redshiftsql.QueryRowSecurity, nil, func(row catalogRow) {
			table(row).RowSecurity = row.flag("is_rls_on") && row.flag("is_rls_datashare_on")
		}),
		ask(redshiftsql.QueryDatashareConsumers, nil, func(row catalogRow) {
			if d := r.outbound(row.text("share_name")); d != nil {
				d.Consumers = append(d.Consumers, share.UsedBy{Account: row.text("consumer_account"), Namespace: row.text("consumer_namespace")})
			}
		}),
	}
}

// tables returns a function that returns the table of a row, new if it was not seen yet.
func (r *reader) tables() func(catalogRow) *share.TableOf {
	index := map[[2]string]int{}
	return func(row catalogRow) *share.TableOf {
		name := [2]string{row.text("schema_name"), row.text("table_name")}
		i, ok := index[name]
		if !ok {
			i = len(r.found.Tables)
			index[name] = i
			r.found.Tables = append(r.found.Tables, share.TableOf{Database: r.database(), Schema: name[0], Name: name[1]})
		}
		return &r.found.Tables[i]
	}
}

// identityColumn is the default of an identity column in the catalog: "identity"(…), or
// default_identity for one that was generated by default.
var identityColumn = regexp.MustCompile(`identity"?\s*\(`)

// askIdentities asks who there is and, for an audit, who has which role.
func (r *reader) askIdentities() []lookup {
	f := &r.found
	all := []lookup{
		ask(redshiftsql.QueryRoles, nil, func(row catalogRow) { f.Roles = append(f.Roles, row.text("role_name")) }),
		ask(redshiftsql.QueryUsers, nil, func(row catalogRow) {
			name := row.text("user_name")
			f.Users = append(f.Users, name)
			if row.flag("superuser") {
				f.Superusers = append(f.Superusers, name)
			}
		}),
	}
	if !r.everybody {
		return all
	}
	given := func(kind share.GranteeType, to, role string) func(catalogRow) {
		return func(row catalogRow) {
			f.RoleGrants = append(f.RoleGrants, share.RoleGrant{Role: row.text(role), To: share.Grantee{Type: kind, Name: row.text(to)}})
		}
	}
	return append(all,
		ask(redshiftsql.QueryGroups, nil, r.keepMember),
		ask(redshiftsql.QueryUserGrants, nil, given(share.ToUser, "user_name", "role_name")),
		ask(redshiftsql.QueryRoleGrants, nil, given(share.ToRole, "role_name", "granted_role_name")),
	)
}

// keepMember keeps a user of a group. Rows are in the order of the groups.
func (r *reader) keepMember(row catalogRow) {
	name, user := row.text("group_name"), row.text("user_name")
	groups := r.found.Groups
	if n := len(groups); n > 0 && groups[n-1].Name == name {
		groups[n-1].Users = append(groups[n-1].Users, user)
		return
	}
	r.found.Groups = append(groups, share.Group{Name: name, Users: []string{user}})
}
