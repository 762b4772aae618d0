package redshift

// For tests of parsers.
var (
	ParseTime    = parseTime
	ParseNumeric = parseNumeric
)

// ScanSQL returns the parameters of a statement, and whether there are several statements.
func ScanSQL(sql string) ([]string, bool) {
	s := scanSQL(sql)
	return s.parameters, s.several
}
