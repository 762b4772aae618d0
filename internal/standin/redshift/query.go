package redshift

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/awspatterns/awspatterns/internal/redshiftsql"
)

// A viewer reads the views as one user does.
type viewer struct {
	*Warehouse
	caller
	parameters map[string]string
}

// answers are the rows of the queries by name, in any order.
var answers = map[string]func(viewer) ([][]any, error){
	redshiftsql.QuerySession.Name:            viewer.session,
	redshiftsql.QueryDatabases.Name:          viewer.databases,
	redshiftsql.QuerySchemas.Name:            viewer.schemasOf,
	redshiftsql.QueryTables.Name:             viewer.tablesOf,
	redshiftsql.QueryFunctions.Name:          viewer.functionsOf,
	redshiftsql.QueryColumns.Name:            viewer.columns,
	redshiftsql.QueryMasks.Name:              viewer.masks,
	redshiftsql.QueryRowSecurity.Name:        viewer.rowSecurity,
	redshiftsql.QuerySlices.Name:             viewer.slices,
	redshiftsql.QueryDatashares.Name:         viewer.datashares,
	redshiftsql.QueryDatashareObjects.Name:   viewer.datashareObjects,
	redshiftsql.QueryDatashareConsumers.Name: viewer.datashareConsumers,
	redshiftsql.QueryDatabasePrivileges.Name: viewer.databasePrivileges,
	redshiftsql.QuerySchemaPrivileges.Name:   viewer.schemaPrivileges,
	redshiftsql.QueryTablePrivileges.Name:    viewer.tablePrivileges,
	redshiftsql.QueryFunctionPrivileges.Name: viewer.functionPrivileges,
	redshiftsql.QueryRoles.Name:              viewer.rolesThere,
	redshiftsql.QueryUsers.Name:              viewer.usersThere,
	redshiftsql.QueryGroups.Name:             viewer.groupsThere,
	redshiftsql.QueryUserGrants.Name:         viewer.userGrants,
	redshiftsql.QueryRoleGrants.Name:         viewer.rolesOfRoles,
}

// query answers a query with its columns, in its order.
func (wh *Warehouse) query(c caller, q redshiftsql.Query, parameters map[string]string) (Result, error) {
	for _, name := range q.Parameters {
		if parameters[name] == "" {
			return Result{}, fail(syntaxError, `syntax error at or near ":"`)
		}
	}
	answer, ok := answers[q.Name]
	if !ok {
		answer, ok = usageAnswers[q.Name]
	}
	if !ok {
		return Result{}, fail(notSupported, "query %q is not supported", q.Name)
	}
	rows, err := answer(viewer{wh, c, parameters})
	if err != nil {
		return Result{}, err
	}
	sortRows(rows, orderOf(q.SQL))
	result := Result{Rows: rows}
	for _, column := range q.Columns {
		result.Columns = append(result.Columns, Column(column))
	}
	return result, nil
}

// orderOf returns the columns that a query orders by, counted from 0.
func orderOf(sql string) []int {
	_, list, _ := strings.Cut(sql, " ORDER BY ")
	var order []int
	for n := range strings.SplitSeq(list, ",") {
		if i, err := strconv.Atoi(strings.TrimSpace(n)); err == nil {
			order = append(order, i-1)
		}
	}
	return order
}

// sortRows sorts rows by some columns and then, for a defined result, by all others.
func sortRows(rows [][]any, by []int) {
	slices.SortFunc(rows, func(a, b []any) int {
		for _, i := range by {
			if c := compare(a[i], b[i]); c != 0 {
				return c
			}
		}
		return slices.CompareFunc(a, b, compare)
	})
}

// compare orders values of one column; NULL comes last.
func compare(a, b any) int {
	switch {
	case a == nil || b == nil:
		return cmp.Compare(number(a == nil), number(b == nil))
	}
	switch a := a.(type) {
	case string:
		return cmp.Compare(a, b.(string))
	case bool:
		return cmp.Compare(number(a), number(b.(bool)))
	case int64:
		return cmp.Compare(a, b.(int64))
	}
	return 0
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// null is the text, or NULL for an empty one.
func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func (v viewer) session() ([][]any, error) {
	version := "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift " + v.Version
	return [][]any{{version, v.user, v.shownSuper(v.user)}}, nil
}

// shownSuper reports whether PG_USER shows a user as a superuser. Who only has the role
// sys:superuser is not.
func (v viewer) shownSuper(name string) bool {
	return v.users[name].superuser || v.world.superusers[name]
}

// showSetting shows a configuration parameter.
func (wh *Warehouse) showSetting(s redshiftsql.ShowSetting) (Result, error) {
	if s.Name != "enable_case_sensitive_identifier" {
		return Result{}, fail(undefinedObject, "unrecognized configuration parameter %q", s.Name)
	}
	value := "off"
	if wh.CaseSensitive {
		value = "on"
	}
	return Result{Columns: []Column{{s.Name, "varchar"}}, Rows: [][]any{{value}}}, nil
}
