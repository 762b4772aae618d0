package redshiftsql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A parser reads tokens one after the other, looking one ahead. After the first error it
// reads nothing, and what it returns means nothing.
type parser struct {
	text string
	next token
	at   int // of what follows next
	err  error
}

// choose reads one of some keywords.
func (p *parser) choose(keywords ...string) string {
	t := p.next
	if t.kind != keywordToken || !slices.Contains(keywords, t.value) {
		p.expected(strings.Join(keywords, " or "))
		return ""
	}
	return p.take(keywordToken, t.offset > 0).value
}

// optional reads a keyword if it is next.
func (p *parser) optional(s string) bool {
	t := p.next
	found := t.kind == keywordToken && t.value == s
	if found {
		p.take(keywordToken, true)
	}
	return found && p.err == nil
}

// identifier reads a name of something.
func (p *parser) identifier(of string) string { return p.name(named(of)) }

// part reads a name behind a dot.
func (p *parser) part(of string) string {
	p.mark(".")
	return p.checked(p.take(nameToken, false), named(of))
}

// name reads a name that has a check of its own.
func (p *parser) name(check func(string) error) string {
	return p.checked(p.take(nameToken, true), check)
}

// string reads a string.
func (p *parser) string(check func(string) error) string {
	return p.checked(p.take(stringToken, true), check)
}

func (p *parser) checked(t token, check func(string) error) string {
	if p.err == nil {
		if err := check(t.value); err != nil {
			p.fail(t, err.Error())
		}
	}
	return t.value
}

func named(of string) func(string) error {
	return func(s string) error { return CheckIdentifier(of, s) }
}

// mark reads a punctuation mark. None has a space before it.
func (p *parser) mark(s string) {
	if !p.next.is(s) {
		p.expected(strconv.Quote(s))
		return
	}
	p.take(markToken, false)
}

// end reads the end.
func (p *parser) end() {
	if p.next.kind != endToken {
		p.expected(string(endToken))
	}
}

// take reads a token of a kind, with or without a space before it.
func (p *parser) take(k kind, spaced bool) token {
	t := p.next
	switch {
	case t.kind != k:
		p.expected(string(k))
	case t.spaced && !spaced:
		p.fail(t, fmt.Sprintf("a space before %s", t))
	case !t.spaced && spaced:
		p.fail(t, fmt.Sprintf("no space before %s", t))
	}
	if p.err == nil {
		p.next, p.at = scan(p.text, p.at)
	}
	return t
}

// expected fails at the next token.
func (p *parser) expected(what string) {
	p.fail(p.next, fmt.Sprintf("expected %s, found %s", what, p.next))
}

// fail keeps the first error.
func (p *parser) fail(t token, message string) {
	if p.err == nil {
		p.err = &ParseError{t.offset, message}
	}
}
