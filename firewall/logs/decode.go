package logs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/awspatterns/awspatterns/internal/jsonscan"
)

const (
	maxDepth = 10_000 // of nested values, as for encoding/json
	maxText  = 512    // bytes of a value that are kept: whoever sends a request chooses how long its URL is
)

// A decoder reads lines, each of which is an event as JSON. It looks at each byte
// once, accepts what encoding/json accepts, and keeps the values of fields as
// slices of the line. Of a key that occurs twice, the last value counts; of
// objects that occur twice, the members of both.
type decoder struct {
	event
	line    []byte // with a line feed at its end, so that nothing needs to look for the end
	depth   int
	keys    keys
	clock   clock
	scratch []byte // holds values that are not written as they are
	at      int    // where the line is bad
	reason  string // why
}

// An event is what a line says.
type event struct {
	text    [fieldCount][]byte // of the fields; nil is one that is not there
	log     Log                // empty if it is no event of a firewall
	packets uint64
	bytes   uint64
	time    int64 // microseconds since 1970
	dated   bool  // there is a time
	cut     bool  // a value was longer than maxText
}

// decode reads a line, which must end in its only line feed. The event is valid
// until the next line is read.
func (d *decoder) decode(line []byte) bool {
	d.event = event{}
	d.line, d.depth, d.scratch = line, 0, d.scratch[:0]
	i := d.space(0)
	if line[i] != '{' {
		i = d.exported(i)
	}
	if line[i] != '{' {
		d.expected(i, "an object")
		return false
	}
	if i = d.members(i+1, none); i < 0 {
		return false
	}
	if i = d.space(i); i != len(line)-1 {
		d.expected(i, "the end of the line")
		return false
	}
	return d.finish()
}

// exported skips the time that CloudWatch Logs writes before each line that it
// exports to S3.
func (d *decoder) exported(i int) int {
	word, _, ok := bytes.Cut(d.line[i:], []byte(" "))
	if !ok {
		return i
	}
	if _, ok := d.clock.parse(word); !ok {
		return i
	}
	return d.space(i + len(word))
}

// fail notes why the line is bad. It returns -1, as all that read do then.
func (d *decoder) fail(i int, reason string) int {
	if i == len(d.line)-1 && d.line[i] == '\n' {
		reason = "the line stops in the middle"
	}
	d.at, d.reason = i, reason
	return -1
}

func (d *decoder) expected(i int, what string) int {
	return d.fail(i, fmt.Sprintf("found %q where %s should stand", d.line[i], what))
}

// space returns where what follows white space begins.
func (d *decoder) space(i int) int {
	for d.line[i] == ' ' || d.line[i] == '\t' || d.line[i] == '\r' {
		i++
	}
	return i
}

// members reads an object, whose opening brace is behind us, and returns where it
// ends.
func (d *decoder) members(i int, of field) int {
	if d.depth++; d.depth > maxDepth {
		return d.fail(i, "nested too deep")
	}
	if i = d.space(i); d.line[i] == '}' {
		d.depth--
		return i + 1
	}
	line := d.line
	last := &d.keys.first[of]
	for {
		if next := last.followedBy(line[i:]); next != nil {
			last = next
			if i += len(next.text); line[i] <= ' ' {
				i = d.space(i)
			}
			i = d.value(i, next.is)
		} else {
			i, last = d.member(i, of, last)
		}
		if i < 0 {
			return -1
		}
		if line[i] <= ' ' {
			i = d.space(i)
		}
		switch line[i] {
		case ',':
			if i++; line[i] <= ' ' {
				i = d.space(i)
			}
		case '}':
			d.depth--
			return i + 1
		default:
			return d.expected(i, "a comma or }")
		}
	}
}

// member reads a key that never followed last before, and its value. It returns
// what later keys may follow.
func (d *decoder) member(i int, of field, last *seenKey) (int, *seenKey) {
	if d.line[i] != '"' {
		return d.expected(i, "a key in quotes"), nil
	}
	end, odd := d.quoted(i + 1)
	if end < 0 {
		return -1, nil
	}
	key := d.line[i+1 : end]
	if odd {
		key = d.plain(key)
	}
	if i = d.space(end + 1); d.line[i] != ':' {
		return d.expected(i, "a colon"), nil
	}
	is := none
	if of != inOther {
		is = member(of, key)
	}
	if !odd && i == end+1 {
		last = d.keys.follow(last, of, key, is)
	}
	return d.value(d.space(i+1), is), last
}

func (d *decoder) value(i int, is field) int {
	switch {
	case is == none:
		return d.skip(i)
	case is < fieldCount:
		return d.scalar(i, is)
	case is == inHeaders && d.line[i] == '[':
		return d.headers(i + 1)
	case is != inHeaders && d.line[i] == '{':
		return d.members(i+1, is)
	}
	return d.skip(i)
}

// scalar reads the value of a field. Strings and numbers have one, anything else
// has none.
func (d *decoder) scalar(i int, is field) int {
	line := d.line
	switch c := line[i]; {
	case c == '"':
		end, odd := d.quoted(i + 1)
		if end < 0 {
			return -1
		}
		text := line[i+1 : end]
		if odd || len(text) > maxText {
			text = d.keep(text, odd)
		}
		d.text[is] = text
		return end + 1
	case c == '-' || c >= '0' && c <= '9':
		end := d.number(i)
		if end >= 0 {
			d.text[is] = d.keep(line[i:end], false)
		}
		return end
	case c == '[' && is == country:
		return d.list(i+1, is)
	}
	d.text[is] = nil
	return d.skip(i)
}

// keep returns a value as it is kept.
func (d *decoder) keep(text []byte, odd bool) []byte {
	if odd {
		text = d.plain(text)
	}
	if len(text) <= maxText {
		return text
	}
	d.cut = true
	n := maxText - len("…")
	for !utf8.RuneStart(text[n]) {
		n--
	}
	start := len(d.scratch)
	d.scratch = append(append(d.scratch, text[:n]...), "…"...)
	return d.scratch[start:]
}

// plain returns what a string with escapes, or beyond ASCII, stands for.
func (d *decoder) plain(text []byte) []byte {
	start := len(d.scratch)
	d.scratch = jsonscan.AppendText(d.scratch, text)
	return d.scratch[start:]
}

// list reads an array of strings, which become one value. What is beyond the length that
// is kept is not joined, which would take the square of the memory of the line.
func (d *decoder) list(i int, is field) int {
	var all []byte
	i = d.elements(i, func(i int) int {
		if d.line[i] != '"' || len(all) > maxText {
			return d.skip(i)
		}
		i = d.scalar(i, is)
		if len(all) == 0 {
			all = d.text[is]
		} else if i >= 0 {
			start := len(d.scratch)
			d.scratch = append(append(append(d.scratch, all...), '/'), d.text[is]...)
			all = d.scratch[start:]
		}
		return i
	})
	d.text[is] = d.keep(all, false)
	return i
}

// headers reads the headers of HTTP/2, of which :authority is the host.
func (d *decoder) headers(i int) int {
	return d.elements(i, func(i int) int {
		if d.line[i] != '{' {
			return d.skip(i)
		}
		d.text[headerName], d.text[headerValue] = nil, nil
		i = d.members(i+1, inHeaders)
		if string(d.text[headerName]) == ":authority" && len(d.text[hostname]) == 0 {
			d.text[hostname] = d.text[headerValue]
		}
		return i
	})
}

// elements reads an array, whose opening bracket is behind us.
func (d *decoder) elements(i int, element func(i int) int) int {
	if d.depth++; d.depth > maxDepth {
		return d.fail(i, "nested too deep")
	}
	if i = d.space(i); d.line[i] == ']' {
		d.depth--
		return i + 1
	}
	for {
		if i = element(i); i < 0 {
			return -1
		}
		switch i = d.space(i); d.line[i] {
		case ',':
			i = d.space(i + 1)
		case ']':
			d.depth--
			return i + 1
		default:
			return d.expected(i, "a comma or ]")
		}
	}
}

// skip reads a value that nobody asks for.
func (d *decoder) skip(i int) int {
	switch d.line[i] {
	case '"':
		if i, _ = d.quoted(i + 1); i < 0 {
			return -1
		}
		return i + 1
	case '{':
		return d.members(i+1, inOther)
	case '[':
		return d.elements(i+1, d.skip)
	case 't':
		return d.word(i, "true")
	case 'f':
		return d.word(i, "false")
	case 'n':
		return d.word(i, "null")
	}
	return d.number(i)
}

func (d *decoder) word(i int, word string) int {
	for n := range len(word) {
		if d.line[i+n] != word[n] {
			return d.expected(i+n, word)
		}
	}
	return i + len(word)
}

func (d *decoder) number(i int) int {
	line := d.line
	if line[i] == '-' {
		i++
	}
	switch c := line[i]; {
	case c == '0':
		i++
	case c >= '1' && c <= '9':
		i = d.digits(i)
	default:
		return d.expected(i, "a value")
	}
	if line[i] == '.' {
		if i = d.someDigits(i + 1); i < 0 {
			return -1
		}
	}
	if c := line[i]; c == 'e' || c == 'E' {
		i++
		if line[i] == '+' || line[i] == '-' {
			i++
		}
		return d.someDigits(i)
	}
	return i
}

func (d *decoder) digits(i int) int {
	line := d.line
	for line[i] >= '0' && line[i] <= '9' {
		i++
	}
	return i
}

func (d *decoder) someDigits(i int) int {
	end := d.digits(i)
	if end == i {
		return d.expected(i, "a digit")
	}
	return end
}

// quoted returns where the closing quote of a string is, and whether the string is
// anything else than ASCII without escapes. It looks at eight bytes at a time: the
// first test marks control characters and quotes, which are below 0x21 with one bit
// turned, the second backslashes. The lowest mark is exact, since a borrow only
// runs upwards.
func (d *decoder) quoted(i int) (end int, odd bool) {
	const each, high = 0x0101010101010101, 0x8080808080808080
	line := d.line
	var beyond uint64
	for {
		for i+8 <= len(line) {
			x := binary.LittleEndian.Uint64(line[i:])
			marked := (((x ^ each*0x02) - each*0x21) | ((x ^ each*'\\') - each)) &^ x & high
			if marked != 0 {
				n := bits.TrailingZeros64(marked)
				beyond |= x & (1<<n - 1)
				i += n >> 3
				break
			}
			beyond |= x
			i += 8
		}
		switch c := line[i]; {
		case c == '"':
			return i, odd || beyond&high != 0
		case c == '\\':
			if i = d.escape(i + 1); i < 0 {
				return -1, false
			}
			odd = true
		case c < 0x20:
			return d.fail(i, fmt.Sprintf("control character %q in a string", c)), false
		default: // one of the last bytes of the line
			odd = odd || c >= 0x80
			i++
		}
	}
}

// escape returns where an escape ends whose backslash is behind us.
func (d *decoder) escape(i int) int {
	switch d.line[i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1
	case 'u':
		for n := 1; n <= 4; n++ {
			c := d.line[i+n]
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return d.fail(i+n, fmt.Sprintf("%q in a \\u escape", c))
			}
		}
		return i + 5
	}
	return d.fail(i, fmt.Sprintf("unknown escape \\%c", d.line[i]))
}
