package rules

import "strings"

// eachElement calls read for what stands between the commas of a source, destination
// or port, brackets resolved: negated says whether the ! before it and before the
// brackets around it are odd in number. Blanks before elements are left out and those
// behind are not, as in Suricata, which refuses them.
func eachElement(text string, read func(element string, negated bool) *ParseError) error {
	l := &headerList{text: text, read: read}
	if err := l.list(false, 0); err != nil {
		return err
	}
	if l.pos < len(text) {
		return problem(l.pos, "a bracket ] closes none", "put [ before the list, or leave ] out")
	}
	return nil
}

type headerList struct {
	text string
	pos  int
	read func(string, bool) *ParseError
}

// list reads up to the bracket that closes it, or to the end.
func (l *headerList) list(negated bool, depth int) *ParseError {
	if depth > maxDepth {
		return problem(l.pos, "lists are within each other too deeply", "write one list")
	}
	for {
		if err := l.element(negated, depth); err != nil {
			return err
		}
		if l.pos == len(l.text) || l.text[l.pos] == ']' {
			return nil
		}
		l.pos++ // the comma
		if rest := l.text[l.pos:]; rest == "" || rest[0] == ']' {
			return nil // Suricata takes a comma before the end
		}
	}
}

// element reads one, and stops at the comma or bracket behind it.
func (l *headerList) element(negated bool, depth int) *ParseError {
	l.skip(blanks)
	if l.skip("!"+blanks) > 0 { // Suricata takes !! for !
		negated = !negated
	}
	if strings.HasPrefix(l.text[l.pos:], "[") {
		return l.brackets(negated, depth)
	}
	start := l.pos
	l.pos += strings.IndexAny(l.text[start:]+",", ",[]")
	switch element := l.text[start:l.pos]; {
	case strings.HasPrefix(l.text[l.pos:], "["):
		return problem(l.pos, "a bracket [ follows without a comma", "put a comma before it")
	case element == "":
		return problem(start, "an element is empty", "write it, or leave a comma out")
	case strings.TrimRight(element, blanks) != element:
		return problem(l.pos-1, "there is a blank behind "+strings.TrimRight(element, blanks), "leave it out")
	default:
		return shifted(l.read(element, negated), start)
	}
}

func (l *headerList) brackets(negated bool, depth int) *ParseError {
	open := l.pos
	l.pos++
	if strings.HasPrefix(l.text[l.pos:], "]") {
		return problem(open, "the list is empty", "write any, or what is meant")
	}
	if err := l.list(negated, depth+1); err != nil {
		return err
	}
	if l.pos == len(l.text) {
		return problem(open, "the bracket [ is not closed", "put ] behind the list")
	}
	l.pos++
	if rest := l.text[l.pos:]; rest != "" && rest[0] != ',' && rest[0] != ']' {
		return problem(l.pos, "there is no comma behind the bracket", "put one there")
	}
	return nil
}

// skip goes over characters, and returns how many there were.
func (l *headerList) skip(chars string) int {
	rest := strings.TrimLeft(l.text[l.pos:], chars)
	skipped := len(l.text) - l.pos - len(rest)
	l.pos += skipped
	return skipped
}

func shifted(err *ParseError, by int) *ParseError {
	if err != nil {
		err.Column += by
	}
	return err
}

// number reads a decimal number of at most five digits.
func number(s string) (int, bool) {
	if s == "" || len(s) > 5 {
		return 0, false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, true
}

// variableProblem checks the name of a variable.
func variableProblem(s string) *ParseError {
	for i, c := range []byte(s[1:]) {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '_' {
			continue
		}
		return problem(i+1, `the name of `+s+` has a character that is no letter, digit or _`, "write the name of a variable")
	}
	if len(s) == 1 {
		return problem(0, "the name of the variable is missing", "write it, as in $HOME_NET")
	}
	return nil
}

// definitionOf makes a list of the value of a variable.
func definitionOf(variable string, values map[string][]string) (string, bool) {
	elements, ok := values[variable[1:]]
	if !ok || variable[0] != '$' {
		return "", false
	}
	return "[" + strings.Join(elements, ",") + "]", true
}
