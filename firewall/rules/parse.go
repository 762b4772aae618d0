package rules

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Text is a text of rules as it was read: [Text.String] gives back every byte.
type Text struct {
	text   string
	rules  []placed
	errors ParseErrors
}

// A placed is a rule with the place of its line. The columns of its parts are found
// anew by readRule when somebody asks.
type placed struct {
	Rule
	at     Position // of its first character, # included if it is disabled
	raw    string   // its line without blanks around it, and without #
	column int      // of raw

	parentheses bool // there is one on either side of the options
}

// A Position is a place in a text. Lines and columns count from 1, columns in bytes.
type Position struct {
	Line   int
	Column int
}

// String gives back the text that was read, byte for byte.
func (t Text) String() string { return t.text }

// Rules iterates over the rules with their places, in their order: those that are
// commented out, too (see Rule.Disabled), and not what could not be read.
func (t Text) Rules() iter.Seq2[Position, Rule] {
	return func(yield func(Position, Rule) bool) {
		for _, p := range t.rules {
			if !yield(p.at, p.Rule) {
				return
			}
		}
	}
}

// Errors returns what could not be read, in the order of lines.
func (t Text) Errors() ParseErrors { return slices.Clone(t.errors) }

// Parse reads a text of rules, one a line, as Suricata 7 does: values end at the first
// semicolon without a backslash before it, keywords, actions and protocols are read
// in any case, and lines that begin with # are comments. A comment that would be a
// rule without its # is a disabled rule.
//
// What it cannot read is in the error, which is a [ParseErrors] with every line that
// has one; the other rules are in the text. It checks the form alone: see [Lint] for
// what the service refuses or never matches. A rule over several lines with a
// backslash at their ends is an error since AWS refuses it, though Suricata does not.
func Parse(text string) (Text, error) {
	t := Text{text: text}
	continued := false
	for line, raw := range numberedLines(text) {
		start := len(raw) - len(strings.TrimLeft(raw, blanks))
		content := strings.TrimRight(raw[start:], endBlanks)
		comment := strings.HasPrefix(content, "#")
		switch more := strings.HasSuffix(content, `\`) && (continued || !comment); {
		case continued:
			continued = more
		case more:
			continued = true
			t.errors = append(t.errors, &ParseError{
				Position: Position{line, start + len(content)}, code: CodeContinued,
				Problem: `the rule goes on in the next line, which AWS refuses ("Illegal option syntax: \")`,
				Fix:     "write the rule in one line",
			})
		case comment:
			t.readComment(content, Position{line, start + 1})
		case content != "":
			t.readLine(content, Position{line, start + 1})
		}
	}
	if len(t.errors) > 0 {
		return t, t.errors
	}
	return t, nil
}

// blanks separate words, as isblank has it; endBlanks are left out at ends of lines.
const (
	blanks    = " \t"
	endBlanks = " \t\r\v\f"
)

// numberedLines cuts a text at its newlines.
func numberedLines(text string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for number := 1; text != ""; number++ {
			line, rest, _ := strings.Cut(text, "\n")
			if !yield(number, line) {
				return
			}
			text = rest
		}
	}
}

func (t *Text) readLine(content string, at Position) {
	rule, where, err := readRule(content)
	if err != nil {
		err.Line, err.Column = at.Line, err.Column+at.Column-1
		t.errors = append(t.errors, err)
		return
	}
	t.rules = append(t.rules, placed{Rule: rule, at: at, raw: content, column: at.Column, parentheses: where.parentheses})
}

// readComment finds a disabled rule; whatever else a comment says is no error.
func (t *Text) readComment(content string, at Position) {
	raw := strings.TrimLeft(content, "#"+blanks)
	word := raw[:wordEnd(raw)]
	if !slices.Contains(suricataActions, strings.ToLower(word)) {
		return
	}
	rule, _, err := readRule(raw)
	if err != nil {
		return
	}
	rule.Disabled = true
	t.rules = append(t.rules, placed{Rule: rule, at: at, raw: raw, column: at.Column + len(content) - len(raw)})
}

// suricataActions are the words that begin a rule of Suricata 7.
var suricataActions = []string{"alert", "pass", "drop", "reject", "rejectsrc", "rejectdst", "rejectboth", "config"}

// A layout says where the parts of a rule are in its line, from 0.
type layout struct {
	fields      [7]int // action to destination port
	options     []int
	values      []int // of the options; where they end if they have none
	parentheses bool  // there is one on either side of the options
}

// The fields of a header.
const (
	fieldAction = iota
	fieldProtocol
	fieldSource
	fieldSourcePort
	fieldDirection
	fieldDestination
	fieldDestinationPort
)

var fieldNames = [7]string{"action", "protocol", "source", "source port", "direction", "destination", "destination port"}

// readRule reads a rule from a line without blanks around it.
func readRule(raw string) (Rule, layout, *ParseError) {
	if !utf8.ValidString(raw) || strings.Contains(raw, "\x00") {
		return Rule{}, layout{}, problem(invalidAt(raw), "the text is not UTF-8, or has a zero byte", "save it as UTF-8")
	}
	fields, where, rest, err := readHeader(raw)
	if err != nil {
		return Rule{}, layout{}, err
	}
	rule := Rule{
		Action: Action(strings.ToLower(fields[fieldAction])), Protocol: strings.ToLower(fields[fieldProtocol]),
		Source: fields[fieldSource], SourcePort: fields[fieldSourcePort], Direction: Direction(fields[fieldDirection]),
		Destination: fields[fieldDestination], DestinationPort: fields[fieldDestinationPort],
	}
	if rule.Direction != Forward && rule.Direction != Either {
		return Rule{}, layout{}, problem(where[fieldDirection], fmt.Sprintf("%q is no direction", rule.Direction), "write -> or <>")
	}
	at := layout{fields: where}
	err = readBody(raw, rest, &rule, &at)
	return rule, at, err
}

func invalidAt(raw string) int {
	for i, r := range raw {
		if r == 0 || r == utf8.RuneError {
			return i
		}
	}
	return 0
}

// readHeader reads the seven fields before the options, which begin at rest.
func readHeader(raw string) (fields [7]string, where [7]int, rest int, err *ParseError) {
	for i := range fields {
		rest += len(raw[rest:]) - len(strings.TrimLeft(raw[rest:], blanks))
		end := wordEnd(raw[rest:])
		if i != fieldAction && i != fieldDirection {
			if end, err = listEnd(raw[rest:]); err != nil {
				err.Column += rest
				return fields, where, rest, err
			}
		}
		fields[i], where[i] = raw[rest:rest+end], rest
		if bad := headerProblem(fields[i], i); bad != nil {
			bad.Column += rest
			return fields, where, rest, bad
		}
		rest += end
	}
	return fields, where, rest, nil
}

func headerProblem(field string, i int) *ParseError {
	const all = "write action, protocol, source, source port, direction, destination and destination port before the parenthesis, as in: drop ip any any -> any any (…)"
	if field == "" || strings.HasPrefix(field, "(") {
		return problem(0, "the "+fieldNames[i]+" is missing", all)
	}
	if p := strings.IndexByte(field, '('); p >= 0 {
		return problem(p, "there is no blank before the parenthesis", "put one there")
	}
	if i != fieldAction && i != fieldDirection {
		if p := strings.IndexAny(field, "\t\r\v\f"); p >= 0 && !strings.Contains(field, "[") {
			return problem(p, "a tab follows the "+fieldNames[i]+", where Suricata takes only a blank", "put a blank there")
		}
	}
	return nil
}

// wordEnd is where action and direction end.
func wordEnd(s string) int {
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return i
	}
	return len(s)
}

// listEnd is where the other fields end: at a blank that is not in brackets.
func listEnd(s string) (int, *ParseError) {
	depth, open := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			if depth == 0 {
				open = i
			}
			depth++
		case ']':
			if depth--; depth < 0 {
				return 0, problem(i, "a bracket ] closes none", "put [ before the list, or leave ] out")
			}
		case ' ':
			if depth == 0 {
				return i, nil
			}
		}
	}
	if depth > 0 {
		return 0, problem(open, "the bracket [ is not closed", "put ] behind the list")
	}
	return len(s), nil
}
