package redshift

import "strings"

// readsOnly reports whether a statement only reads.
func readsOnly(sql string) bool {
	switch w, _ := leadingWords(sql); w {
	case "SELECT", "SHOW", "DESC", "DESCRIBE", "EXPLAIN":
		return true
	}
	return false
}

// runsAlone reports whether a statement cannot run in a transaction block.
func runsAlone(sql string) bool {
	first, second := leadingWords(sql)
	switch first {
	case "VACUUM":
		return true
	case "CREATE", "DROP", "ALTER":
		return second == "DATABASE" || second == "EXTERNAL"
	}
	return false
}

// controlsTransaction reports whether a statement begins or ends a transaction.
func controlsTransaction(sql string) bool {
	switch first, second := leadingWords(sql); first {
	case "BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT":
		return true
	case "START":
		return second == "TRANSACTION"
	}
	return false
}

// leadingWords returns the first two words of a statement, in upper case.
func leadingWords(sql string) (string, string) {
	var words []string
	for len(sql) > 0 && len(words) < 2 {
		token := firstToken(sql)
		sql = sql[len(token):]
		if strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*") {
			continue
		}
		words = append(words, strings.ToUpper(token))
	}
	words = append(words, "", "")
	return words[0], words[1]
}
