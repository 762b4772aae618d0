// Package redshiftsql is the SQL of Amazon Redshift that this library sends: names and
// strings in quotes, the statements as data, their text, and a parser that takes exactly
// that text.
//
// Identifiers cannot be parameters of a statement, so what is granted and shared is
// written into it. It is written here and nowhere else: a [Statement] is built of plain
// values, checked, rendered by String, and [Parse] takes nothing but what String makes of
// some statement. Whatever a name holds, it stays one identifier or one string.
//
// Sources: the pages of GRANT, REVOKE, CREATE DATASHARE, ALTER DATASHARE, CREATE DATABASE,
// CREATE ROLE, SHOW GRANTS, "Names and identifiers" and "Adding objects to a datashare" in
// the Amazon Redshift Database Developer Guide.
package redshiftsql
