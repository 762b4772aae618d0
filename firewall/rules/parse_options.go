package rules

import "strings"

// readBody reads the options from raw[rest:]. Like Suricata it takes any number of
// parentheses on either side, none as well; the layout says so.
func readBody(raw string, rest int, rule *Rule, at *layout) *ParseError {
	inner := strings.TrimLeft(raw[rest:], "("+endBlanks)
	start := len(raw) - len(inner)
	inner = strings.TrimRight(inner, ")"+endBlanks)
	end := start + len(inner)
	opened, closed := raw[rest:start], raw[end:]
	if strings.TrimLeft(raw[rest:], endBlanks) == "" {
		return problem(rest, "there are no options", "put them in parentheses, at least (sid:1;)")
	}
	at.parentheses = strings.Count(opened, "(") == 1 && strings.Count(closed, ")") == 1
	count := strings.Count(inner, ";")
	rule.Options = make([]Option, 0, count)
	at.options, at.values = make([]int, 0, count), make([]int, 0, count)
	for pos := start; ; {
		pos += len(raw[pos:end]) - len(strings.TrimLeft(raw[pos:end], blanks))
		if pos == end {
			return nil
		}
		semicolon := optionEnd(raw[pos:end])
		if semicolon < 0 {
			return unended(raw[pos:end], pos)
		}
		option, value, err := readOption(raw[pos : pos+semicolon])
		if err != nil {
			err.Column += pos
			return err
		}
		rule.Options = append(rule.Options, option)
		at.options, at.values = append(at.options, pos), append(at.values, pos+value)
		pos += semicolon + 1
	}
}

// unended is the error of text that no semicolon ends.
func unended(s string, pos int) *ParseError {
	if strings.HasPrefix(s, ")") {
		return behind(pos)
	}
	return problem(pos+len(s), "no semicolon ends the last option", "put ; before the closing parenthesis")
}

func behind(pos int) *ParseError {
	return problem(pos, "there is text behind the closing parenthesis", "put it in a line of its own that begins with #")
}

// optionEnd finds the semicolon that ends an option: the first without a backslash
// before it. Suricata looks at that one character only, so that \\; is none either.
func optionEnd(s string) int {
	for i := 0; ; i++ {
		next := strings.IndexByte(s[i:], ';')
		if next < 0 {
			return -1
		}
		i += next
		if i == 0 || s[i-1] != '\\' {
			return i
		}
	}
}

// readOption reads an option without its semicolon, and tells where its value begins.
func readOption(s string) (Option, int, *ParseError) {
	name, value, colon := strings.Cut(s, ":")
	keyword := strings.TrimRight(name, blanks)
	if bad := keywordProblem(keyword); bad != nil {
		return Option{}, 0, bad
	}
	trimmed := strings.TrimLeft(value, blanks)
	start := len(s) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, blanks)
	if quoteIsOpen(trimmed) {
		return Option{}, 0, problem(start, "the quotation mark of "+keyword+" is not closed before the semicolon", `close it, and write \; for a semicolon inside`)
	}
	return Option{Keyword: strings.ToLower(keyword), Value: trimmed, Bare: !colon}, start, nil
}

// keywordProblem checks the characters of a keyword.
func keywordProblem(keyword string) *ParseError {
	if keyword == "" {
		return problem(0, "an option has no keyword", "leave out the semicolon or colon that is too many")
	}
	if keyword[0] == ')' {
		return behind(0)
	}
	for i, c := range []byte(keyword) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-' {
			continue
		}
		return problem(i, `"`+keyword+`" is no keyword`, `if it belongs to the value before it, write \; for the semicolon there`)
	}
	return nil
}

// quoteIsOpen reports whether a value begins with a quotation mark, behind a ! or not,
// and does not end with another.
func quoteIsOpen(value string) bool {
	value = strings.TrimLeft(strings.TrimPrefix(value, "!"), blanks)
	return strings.HasPrefix(value, `"`) && (len(value) == 1 || !strings.HasSuffix(value, `"`))
}
