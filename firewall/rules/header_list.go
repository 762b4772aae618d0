package rules

import "strings"

// A listItem is what stands between the commas of a source, destination or port.
type listItem struct {
	at      int // where it begins, behind its !
	negated bool
	text    string     // without its !
	list    []listItem // what is in its brackets, if it has some
}

// readList cuts a source, destination or port at its commas and brackets. Blanks
// before items are left out and those behind are errors, as in Suricata, which also
// takes !! for ! and a comma before the end.
func readList(text string) ([]listItem, *ParseError) {
	l := &listReader{text: text}
	items, err := l.list(0)
	if err == nil && l.pos < len(text) {
		return nil, problem(l.pos, "a bracket ] closes none", "put [ before the list, or leave ] out")
	}
	return items, err
}

// maxLists is how deep lists can be within lists in Suricata.
const maxLists = 64

type listReader struct {
	text string
	pos  int
}

// list reads up to the bracket that closes it, or to the end.
func (l *listReader) list(depth int) ([]listItem, *ParseError) {
	if depth >= maxLists {
		return nil, problem(l.pos, "lists are within each other too deeply", "write one list")
	}
	var items []listItem
	for {
		item, err := l.item(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		if l.pos == len(l.text) || l.text[l.pos] == ']' {
			return items, nil
		}
		l.pos++ // the comma
		if rest := l.text[l.pos:]; rest == "" || rest[0] == ']' {
			return items, nil
		}
	}
}

// item reads one, and stops at the comma or bracket behind it.
func (l *listReader) item(depth int) (listItem, *ParseError) {
	l.skip(blanks)
	item := listItem{negated: l.skip("!"+blanks) > 0, at: l.pos}
	if strings.HasPrefix(l.text[l.pos:], "[") {
		list, err := l.brackets(depth)
		item.list = list
		return item, err
	}
	l.pos += strings.IndexAny(l.text[l.pos:]+",", ",[]")
	item.text = l.text[item.at:l.pos]
	bare := strings.TrimRight(item.text, blanks)
	switch {
	case strings.HasPrefix(l.text[l.pos:], "["):
		return item, problem(l.pos, "a bracket [ follows without a comma", "put a comma before it")
	case bare == "":
		return item, problem(item.at, "an item is empty", "write it, or leave a comma out")
	case bare != item.text:
		return item, problem(item.at+len(bare), "there is a blank behind "+bare, "leave it out")
	}
	return item, nil
}

func (l *listReader) brackets(depth int) ([]listItem, *ParseError) {
	open := l.pos
	l.pos++
	if strings.HasPrefix(l.text[l.pos:], "]") {
		return nil, problem(open, "the list is empty", "write any, or what is meant")
	}
	list, err := l.list(depth + 1)
	if err != nil {
		return nil, err
	}
	if l.pos == len(l.text) {
		return nil, problem(open, "the bracket [ is not closed", "put ] behind the list")
	}
	l.pos++
	if rest := l.text[l.pos:]; rest != "" && rest[0] != ',' && rest[0] != ']' {
		return nil, problem(l.pos, "there is no comma behind the bracket", "put one there")
	}
	return list, nil
}

// skip goes over characters, and returns how many there were.
func (l *listReader) skip(chars string) int {
	rest := strings.TrimLeft(l.text[l.pos:], chars)
	skipped := len(l.text) - l.pos - len(rest)
	l.pos += skipped
	return skipped
}

// shifted moves an error to where its text begins.
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
	items, ok := values[variable[1:]]
	if !ok || variable[0] != '$' {
		return "", false
	}
	return "[" + strings.Join(items, ",") + "]", true
}
