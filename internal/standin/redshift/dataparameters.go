package redshift

import (
	"regexp"
	"strings"

	datatypes "github.com/aws/aws-sdk-go-v2/service/redshiftdata/types"
)

// dataParameterName is from SqlParameter in the API reference.
var dataParameterName = regexp.MustCompile(`^[0-9a-zA-Z_]+$`)

// dataParameters checks the parameters of a call against its statements: each is used
// by at least one of them, and they use no other.
func dataParameters(list []datatypes.SqlParameter, sqls []string) (map[string]string, error) {
	if list != nil && len(list) == 0 {
		return nil, dataInvalid("Parameters must have at least 1 item")
	}
	values, used := map[string]string{}, map[string]bool{}
	for _, p := range list {
		_, twice := values[*p.Name]
		switch {
		case !dataParameterName.MatchString(*p.Name):
			return nil, dataInvalid("the name of a parameter must satisfy regex pattern: %s", dataParameterName)
		case *p.Value == "":
			return nil, dataInvalid("the value of parameter %s must have at least 1 character", *p.Name)
		case twice:
			return nil, dataInvalid("parameter %s is given twice", *p.Name)
		}
		values[*p.Name] = *p.Value
	}
	for _, sql := range sqls {
		for _, name := range dataScan(sql).names {
			if _, given := values[name]; !given {
				return nil, dataInvalid("Cannot find parameter: %s", name)
			}
			used[name] = true
		}
	}
	for _, p := range list {
		if !used[*p.Name] {
			return nil, dataInvalid("Parameters list contains unused parameters. Unused parameters: [%s]", *p.Name)
		}
	}
	return values, nil
}

// dataText is what a scan of SQL finds.
type dataText struct {
	names      []string // of parameters, each once, in order
	statements int      // that a semicolon parts; blank ones do not count
}

// dataScan reads SQL as far as it needs to know what is text in quotes or a comment: there
// a colon begins no parameter and a semicolon ends no statement. What is not closed goes
// on to the end.
func dataScan(sql string) (t dataText) {
	blank, seen := true, map[string]bool{}
	for i := 0; i < len(sql); {
		n, quiet := dataSkip(sql[i:])
		switch c := sql[i]; {
		case quiet: // a comment, or space
		case c == ';':
			blank = true
		default:
			if blank {
				t.statements, blank = t.statements+1, false
			}
			if name := sql[i+1 : i+n]; c == ':' && name != "" && name[0] != ':' && !seen[name] {
				t.names, seen[name] = append(t.names, name), true
			}
		}
		i += n
	}
	return t
}

// dataSkip returns the length of the token that sql begins with, and whether it says
// nothing.
func dataSkip(sql string) (n int, quiet bool) {
	switch c := sql[0]; {
	case strings.HasPrefix(sql, "--"):
		return dataUntil(sql, 2, "\n"), true
	case strings.HasPrefix(sql, "/*"):
		return dataComment(sql), true
	case c == '\'' || c == '"':
		return dataQuoted(sql), false
	case c == '$':
		return dataDollar(sql), false
	case strings.HasPrefix(sql, "::"):
		return 2, false
	case c == ':':
		return 1 + dataWord(sql[1:]), false
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		return 1, true
	}
	return max(1, dataName(sql)), false
}

// dataName returns the length of the name, keyword or number that sql begins with. It may
// hold a $, which then begins no string.
func dataName(sql string) int {
	for i := range len(sql) {
		if c := sql[i]; c < 0x80 && c != '$' && dataWord(sql[i:i+1]) == 0 {
			return i
		}
	}
	return len(sql)
}

// dataUntil returns the length of sql up to the end of what closes it, from a place on.
func dataUntil(sql string, from int, end string) int {
	if i := strings.Index(sql[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(sql)
}

// dataComment returns the length of a comment, which may hold others.
func dataComment(sql string) int {
	for i, depth := 0, 0; i < len(sql); {
		switch {
		case strings.HasPrefix(sql[i:], "/*"):
			i, depth = i+2, depth+1
		case strings.HasPrefix(sql[i:], "*/"):
			if i, depth = i+2, depth-1; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return len(sql)
}

// dataQuoted returns the length of a string or name in quotes. A quote in it is doubled
// or, in a string, behind a backslash.
func dataQuoted(sql string) int {
	quote := sql[0]
	for i := 1; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && quote == '\'':
			i++
		case sql[i] != quote:
		case i+1 < len(sql) && sql[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}

// dataDollar returns the length of a string such as $$text$$ or $tag$text$tag$, or 1.
func dataDollar(sql string) int {
	n := 1 + dataWord(sql[1:])
	if n == len(sql) || sql[n] != '$' || n > 1 && sql[1] >= '0' && sql[1] <= '9' {
		return 1
	}
	return dataUntil(sql, n+1, sql[:n+1])
}

// dataWord returns the length of the letters, digits and underscores that s begins with.
func dataWord(s string) int {
	for i := range len(s) {
		if c := s[i]; c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return i
		}
	}
	return len(s)
}
