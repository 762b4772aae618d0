package redshift

// Can reports whether a user of the warehouse has a privilege on a table or view, such as
// "INSERT", with everything that it takes: local grants, roles of roles, groups, public and
// scoped grants; in a database made of a datashare, what the datashare may do and whether
// the warehouse may use it, and to write.
func (wh *Warehouse) Can(database, user, privilege, schema, table string) bool { return false }
