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

// JobsOf returns the places of the statements of each call, and the token of the call.
func JobsOf(ss []Statement, mode Mode) (places [][]int, tokens []string, err error) {
	jobs, err := jobsOf(ss, mode)
	for _, j := range jobs {
		places, tokens = append(places, j.indexes), append(tokens, j.token)
	}
	return places, tokens, err
}
