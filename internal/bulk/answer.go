package bulk

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Item is what an answer says of one document.
type Item struct {
	Status int    // as of HTTP
	Result string // "created", "updated", "noop" and the like; empty if it failed
	Type   string // of the error, such as "mapper_parsing_exception"; empty if it has none
	Reason string // of the error and of what caused it first, up to 1,024 bytes; may quote the document
}

// maxReason is the length of Item.Reason at most. Servers quote what they could not
// read.
const maxReason = 1024

// ParseAnswer reads the answer to a request of n items that all have action a, and
// calls each with them in the order of the request. Fields may come in any order,
// and those it does not know are skipped, but all is checked.
//
// An error means that the answer says nothing: what became of the documents is not
// known, also of those that each was called with.
func ParseAnswer(body []byte, a Action, n int, each func(i int, it Item)) error {
	p := parser{scanner: scanner{b: body}, action: a, n: n, each: each}
	if err := p.answer(); err != nil {
		return fmt.Errorf("answer of %d bytes to %d items: %w", len(body), n, err)
	}
	return nil
}

type parser struct {
	scanner
	action Action
	n      int
	each   func(int, Item)
	before [8]field // of the item before this one
}

func (p *parser) answer() error {
	found, whole := -1, failure{}
	for more := p.open('{'); more; more = p.more('}') {
		switch string(p.key()) {
		case "items":
			if found >= 0 {
				p.failf("items for the second time")
			}
			found = p.items()
		case "error":
			whole = p.failure()
		default:
			p.skip()
		}
	}
	err := p.end()
	switch {
	case err != nil:
		return err
	case found < 0:
		return fmt.Errorf("there are no items in it, but this error: %s %q", whole.kind, whole.text())
	case found != p.n:
		return fmt.Errorf("there are %d items in it", found)
	}
	return nil
}

// items reads the list of items, and returns how many there are.
func (p *parser) items() (n int) {
	for more := p.open('['); more; more = p.more(']') {
		it := p.item()
		switch {
		case n == p.n:
			p.failf("there are more items in it")
		case it.Status == 0:
			p.failf("item %d has no status", n)
		}
		if p.err != nil {
			return n
		}
		p.each(n, it)
		n++
	}
	return n
}

// item reads {"action": {…}}.
func (p *parser) item() (it Item) {
	actions := 0
	for more := p.open('{'); more; more = p.more('}') {
		if key := p.key(); string(key) != string(p.action) {
			p.failf("action %.40q, not %q", key, p.action)
		}
		if actions++; actions > 1 {
			p.failf("two actions")
		}
		it = p.fields()
	}
	return it
}

// fields reads what is said of one document.
func (p *parser) fields() (it Item) {
	n := 0
	for more := p.open('{'); more; more = p.more('}') {
		f := &p.before[n%len(p.before)]
		n++
		if !p.again(f.text) {
			p.field(f, &it)
		}
		switch f.sets {
		case 's':
			it.Status = f.status
		case 'r':
			it.Result = f.result
		}
	}
	return it
}

// A field is one of the item before: as it was written, and what it set.
type field struct {
	text   []byte
	sets   byte // 's' for the status, 'r' for the result
	status int
	result string
}

// again passes a field that is written as in the item before, as most are. This is
// what makes reading fast.
func (p *parser) again(text []byte) bool {
	end := p.i + len(text)
	if len(text) == 0 || end >= len(p.b) || string(p.b[p.i:end]) != string(text) {
		return false
	}
	if c := p.b[end]; c != ',' && c != '}' {
		return false
	}
	p.i = end
	return true
}

// field reads a field, keeps it in f, and sets what belongs to an error.
func (p *parser) field(f *field, it *Item) {
	b, start := p.b, p.i
	*f = field{}
	switch string(p.key()) {
	case "status":
		f.sets, f.status = 's', p.status()
	case "result":
		f.sets, f.result = 'r', p.result()
	case "error":
		e := p.failure()
		it.Type, it.Reason = e.kind, e.text()
		return
	default:
		p.skip()
	}
	if p.err == nil {
		f.text = b[start:p.i]
	}
}

// status reads a number of three digits.
func (p *parser) status() (status int) {
	b := p.raw()
	if len(b) != 3 || b[0] < '1' || b[0] > '5' {
		p.failf("%.40q is no status", b)
		return 0
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			p.failf("%.40q is no status", b)
		}
		status = 10*status + int(c-'0')
	}
	return status
}

// result reads a string. The usual ones cost no memory.
func (p *parser) result() string {
	b := p.text()
	switch string(b) {
	case "created":
		return "created"
	case "updated":
		return "updated"
	case "noop":
		return "noop"
	}
	return cut(b)
}

// A failure is what "error" holds.
type failure struct {
	kind, reason string
	root         string // reason of what caused it first; empty if that is not told
}

// failure reads an object, or a string as old versions and proxies write it. Anything
// else but null is taken as it stands.
func (p *parser) failure() (f failure) {
	switch p.peek() {
	case '{':
		return p.exception()
	case '"':
		return failure{reason: cut(p.text())}
	}
	if b := p.raw(); string(b) != "null" {
		f.reason = cut(bytes.ToValidUTF8(b, []byte("\ufffd")))
	}
	return f
}

// exception reads {"type": …, "reason": …, "caused_by": {…}}.
func (p *parser) exception() (f failure) {
	for more := p.open('{'); more; more = p.more('}') {
		switch string(p.key()) {
		case "type":
			f.kind = cut(p.text())
		case "reason":
			f.reason = cut(p.text())
		case "caused_by":
			cause := p.failure()
			f.root = cmp.Or(cause.root, cause.reason, cause.kind)
		default:
			p.skip()
		}
	}
	return f
}

// text is the reason with what caused it first, if that is not said yet.
func (f failure) text() string {
	switch {
	case strings.Contains(f.reason, f.root):
		return f.reason
	case f.reason == "":
		return f.root
	}
	return cut([]byte(f.reason + ": " + f.root))
}

// cut returns the text of b, cut to what a reason may be long.
func cut(b []byte) string {
	if len(b) <= maxReason {
		return string(b)
	}
	n := maxReason - len("…")
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return string(b[:n]) + "…"
}
