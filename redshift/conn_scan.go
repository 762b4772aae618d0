package redshift

import (
	"slices"
	"strings"
)

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// A scanned statement is what can be told of it without knowing its grammar.
type scanned struct {
	parameters []string // that it names, each once
	several    bool     // something stands behind its semicolon
}

// scan looks at what stands outside of strings, quoted names and comments.
func scan(sql string) (s scanned) {
	ended := false
	for len(sql) > 0 {
		token := first(sql)
		sql = sql[len(token):]
		blank := strings.TrimSpace(token) == "" || strings.HasPrefix(token, "--") || strings.HasPrefix(token, "/*")
		switch {
		case token == ";":
			ended = true
		case !blank && ended:
			s.several = true
		case len(token) > 1 && token[0] == ':' && token != "::":
			if name := token[1:]; !slices.Contains(s.parameters, name) {
				s.parameters = append(s.parameters, name)
			}
		}
	}
	return s
}

// first returns the first token of a statement: a string, a quoted name, a comment, a word,
// a parameter, or one byte.
func first(sql string) string {
	switch c := sql[0]; {
	case c == '\'':
		return sql[:quoted(sql, '\'')]
	case c == '"':
		return sql[:quoted(sql, '"')]
	case strings.HasPrefix(sql, "--"):
		return through(sql, 2, "\n")
	case strings.HasPrefix(sql, "/*"):
		return sql[:commented(sql)]
	case c == '$':
		return dollars(sql)
	case strings.HasPrefix(sql, "::"):
		return "::"
	case c == ':':
		return sql[:1+word(sql[1:])]
	case strings.IndexByte(nameBytes, c) >= 0:
		return sql[:wordOrDollar(sql)]
	}
	return sql[:1]
}

// word returns how long the name is that s begins with.
func word(s string) int { return len(s) - len(strings.TrimLeft(s, nameBytes)) }

// wordOrDollar is word for identifiers, in which a $ begins no string.
func wordOrDollar(s string) int { return len(s) - len(strings.TrimLeft(s, nameBytes+"$")) }

// through returns s to the end of the first end at or after from, or all of it.
func through(s string, from int, end string) string {
	if i := strings.Index(s[from:], end); i >= 0 {
		return s[:from+i+len(end)]
	}
	return s
}

// quoted returns where a string or a quoted name ends. A quote that is doubled, and in a
// string one behind a backslash, is part of it.
func quoted(s string, quote byte) int {
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

// commented returns where a comment ends. Comments nest.
func commented(s string) int {
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

// dollars returns a string such as $$…$$ or $body$…$body$, or the $ alone.
func dollars(s string) string {
	n := 1 + word(s[1:])
	if n == len(s) || s[n] != '$' || n > 1 && s[1] >= '0' && s[1] <= '9' {
		return s[:1]
	}
	return through(s, n+1, s[:n+1])
}
