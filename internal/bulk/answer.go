package bulk

import (
	"cmp"
	"errors"
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
	p := parser{scanner{b: body}, a, n, each}
	items, err := p.answer()
	if err != nil {
		return fmt.Errorf("answer of %d bytes, at byte %d: %w", len(body), p.i, err)
	}
	if items != n {
		return fmt.Errorf("answer with %d items to a request of %d", items, n)
	}
	return nil
}

type parser struct {
	scanner
	action Action
	n      int
	each   func(int, Item)
}

// answer reads the whole and returns the number of items, -1 for none at all.
func (p *parser) answer() (int, error) {
	items, whole := -1, failure{}
	err := p.object(func(key []byte) (err error) {
		switch string(key) {
		case "items":
			if items >= 0 {
				return errors.New("items for the second time")
			}
			items, err = p.items()
		case "error":
			whole, err = p.failure()
		default:
			err = p.skip()
		}
		return err
	})
	if err == nil {
		err = p.end()
	}
	if err == nil && items < 0 {
		err = fmt.Errorf("no items in it (error: %s %.200q)", whole.kind, whole.text())
	}
	return items, err
}

func (p *parser) items() (int, error) {
	n := 0
	err := p.array(func() error {
		if n == p.n {
			return fmt.Errorf("more items than the %d of the request", n)
		}
		it, err := p.item()
		if err != nil {
			return fmt.Errorf("item %d: %w", n, err)
		}
		p.each(n, it)
		n++
		return nil
	})
	return n, err
}

// item reads {"action": {…}}.
func (p *parser) item() (it Item, err error) {
	actions := 0
	err = p.object(func(key []byte) error {
		if string(key) != string(p.action) {
			return fmt.Errorf("it is of action %.40q, not %q", key, p.action)
		}
		actions++
		it, err = p.fields()
		return err
	})
	switch {
	case err != nil:
		return it, err
	case actions != 1:
		return it, fmt.Errorf("%d actions", actions)
	case it.Status == 0:
		return it, errors.New("no status")
	}
	return it, nil
}

func (p *parser) fields() (it Item, err error) {
	err = p.object(func(key []byte) (err error) {
		switch string(key) {
		case "status":
			it.Status, err = p.status()
		case "result":
			it.Result, err = p.result()
		case "error":
			var f failure
			f, err = p.failure()
			it.Type, it.Reason = f.kind, f.text()
		default:
			err = p.skip()
		}
		return err
	})
	return it, err
}

// status reads a number of three digits.
func (p *parser) status() (int, error) {
	start := p.i
	if err := p.skip(); err != nil {
		return 0, err
	}
	b := p.b[start:p.i]
	if len(b) != 3 || b[0] < '1' || b[0] > '5' || b[1] < '0' || b[1] > '9' || b[2] < '0' || b[2] > '9' {
		return 0, fmt.Errorf("status %.40q", b)
	}
	return int(b[0]-'0')*100 + int(b[1]-'0')*10 + int(b[2]-'0'), nil
}

// result reads a string. The common ones cost no memory.
func (p *parser) result() (string, error) {
	b, err := p.text()
	switch string(b) {
	case "created":
		return "created", err
	case "updated":
		return "updated", err
	case "noop":
		return "noop", err
	}
	return cut(b), err
}

// A failure is what "error" holds.
type failure struct {
	kind, reason string
	root         string // reason of what caused it first; empty if that is not told
}

// failure reads an object, or a string as old versions and proxies write it. Anything
// else but null is taken as it stands.
func (p *parser) failure() (f failure, err error) {
	switch p.peek() {
	case '{':
		return p.exception()
	case '"':
		b, err := p.text()
		return failure{reason: cut(b)}, err
	}
	start := p.i
	err = p.skip()
	if b := p.b[start:p.i]; string(b) != "null" {
		f.reason = cut(b)
	}
	return f, err
}

// exception reads {"type": …, "reason": …, "caused_by": {…}}.
func (p *parser) exception() (f failure, err error) {
	err = p.object(func(key []byte) (err error) {
		switch string(key) {
		case "type":
			f.kind, err = p.word()
		case "reason":
			f.reason, err = p.word()
		case "caused_by":
			var cause failure
			cause, err = p.failure()
			f.root = cmp.Or(cause.root, cause.reason, cause.kind)
		default:
			err = p.skip()
		}
		return err
	})
	return f, err
}

// word reads a string or null.
func (p *parser) word() (string, error) {
	b, err := p.text()
	return cut(b), err
}

// text is the reason with what caused it first, if that is not said yet.
func (f failure) text() string {
	if f.root == "" || strings.Contains(f.reason, f.root) {
		return f.reason
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
