package redshift

import "strings"

// reads reports whether a statement only reads.
func reads(sql string) bool {
	switch w, _ := leading(sql); w {
	case "SELECT", "SHOW", "DESC", "DESCRIBE", "EXPLAIN":
		return true
	}
	return false
}

// alone reports whether a statement cannot run in a transaction block.
func alone(sql string) bool {
	first, second := leading(sql)
	switch first {
	case "VACUUM":
		return true
	case "CREATE", "DROP", "ALTER":
		return second == "DATABASE" || second == "EXTERNAL"
	}
	return false
}

// controls reports whether a statement begins or ends a transaction.
func controls(sql string) bool {
	switch first, second := leading(sql); first {
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT":
		return true
	case "START":
		return second == "TRANSACTION"
	}
	return false
}

// leading returns the first two words of a statement, in upper case.
func leading(sql string) (string, string) {
	var words []string
	for len(sql) > 0 && len(words) < 2 {
		token := first(sql)
		sql = sql[len(token):]
		if strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*") {
			continue
		}
		words = append(words, strings.ToUpper(token))
	}
	words = append(words, "", "")
	return words[0], words[1]
}
