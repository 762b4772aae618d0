package redshift

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// A scannedSQL is what can be told of it without knowing its grammar.
type scannedSQL struct {
	parameters []string // that it names, each once
	several    bool     // something stands behind its semicolon
}

// scanSQL looks at what stands outside of strings, quoted names and comments.
func scanSQL(sql string) (s scannedSQL) {
	ended := false
	for len(sql) > 0 {
		token := firstToken(sql)
		sql = sql[len(token):]
		switch {
		case token == ";":
			ended = true
		case !isBlank(token) && ended:
			s.several = true
		case len(token) > 1 && token[0] == ':' && token != "::":
			if name := token[1:]; !slices.Contains(s.parameters, name) {
				s.parameters = append(s.parameters, name)
			}
		}
	}
	return s
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
	words := []string{"", ""}
	for found := 0; len(sql) > 0 && found < len(words); {
		token := firstToken(sql)
		sql = sql[len(token):]
		if !isBlank(token) {
			words[found] = strings.ToUpper(token)
			found++
		}
	}
	return words[0], words[1]
}

// isBlank reports whether a token is a comment or white space.
func isBlank(token string) bool {
	return strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*")
}

// firstToken returns the first token of a statement: a string, a quoted name, a comment, a word,
// a parameter, or one byte.
func firstToken(sql string) string {
	switch c := sql[0]; {
	case c == '\'':
		return sql[:stringEnd(sql, '\'')]
	case c == '"':
		return sql[:stringEnd(sql, '"')]
	case strings.HasPrefix(sql, "--"):
		return upTo(sql, 2, "\n")
	case strings.HasPrefix(sql, "/*"):
		return sql[:commentEnd(sql)]
	case c == '$':
		return dollarString(sql)
	case strings.HasPrefix(sql, "::"):
		return "::"
	case c == ':':
		return sql[:1+nameLength(sql[1:])]
	case identifierLength(sql) > 0:
		return sql[:identifierLength(sql)]
	}
	return sql[:1]
}

// nameLength returns how long the name is that s begins with.
func nameLength(s string) int { return len(s) - len(strings.TrimLeft(s, nameBytes)) }

// identifierLength is nameLength for identifiers, which may have letters beyond ASCII, and
// in which a $ begins no string.
func identifierLength(s string) int {
	for i := range len(s) {
		if c := s[i]; c < utf8.RuneSelf && c != '$' && strings.IndexByte(nameBytes, c) < 0 || i == 0 && c == '$' {
			return i
		}
	}
	return len(s)
}

// upTo returns s to the end of the first end at or after from, or all of it.
func upTo(s string, from int, end string) string {
	if i := strings.Index(s[from:], end); i >= 0 {
		return s[:from+i+len(end)]
	}
	return s
}

// stringEnd returns where a string or a quoted name ends. A quote that is doubled, and in a
// string one behind a backslash, is part of it.
func stringEnd(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && quote == '\'':
			i++
		case s[i] != quote:
		case i+1 < len(s) && s[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(s)
}

// commentEnd returns where a comment ends. Comments nest.
func commentEnd(s string) int {
	depth := 0
	for i := 0; i+1 < len(s); i++ {
		switch s[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}

// dollarString returns a string such as $$…$$ or $body$…$body$, or the $ alone.
func dollarString(s string) string {
	n := 1 + nameLength(s[1:])
	if n == len(s) || s[n] != '$' || n > 1 && s[1] >= '0' && s[1] <= '9' {
		return s[:1]
	}
	return upTo(s, n+1, s[:n+1])
}
